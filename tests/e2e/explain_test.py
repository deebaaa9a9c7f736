#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""frontdesk oof explain: what the rules say of a mail, over a real store."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, check, equal, main
from lib.installation import Installation

site = Installation("explain", domains=("example.com", "example.net"))
site.run("domain", "add", "neighbour.example", "--organization", "Other")
ADA = site.add("ada@example.com", "--name", "Ada Lovelace", "--alias", "countess@example.net")
EVE = site.add("eve@neighbour.example")
site.configure('organization "example.com" {\n\ttrusted_domains = {"partner.example"}\n}\n'
               'reply {\n\tsubjects = {"de=Abwesend: %s"}\n}\n')
site.run("oof", "set", ADA, "--from", "2030-01-01", "--to", "2030-01-08", "--tz", "Asia/Tokyo",
         "--internal", "inside", "--external", "<p>Back on <b>Monday</b></p><script>x</script>",
         "--lang", "de", "--audience", "all")
WITHIN = "2030-01-02T00:00:00Z"


def explain(sender, *words, message=None, at=WITHIN):
    words = ["--sender", sender, "--at", at, *words]
    if message is not None:
        words += ["--message", "-"]
    return json.loads(site.run("oof", "explain", ADA, *words, "--json", input=message or ""))


def sides(sender, replies, side):
    """Domains of both organizations and the trusted one, as the store has them."""
    got = explain(sender)
    equal((got["replies"], got["side"] if replies else None), (replies, side), sender)


def edges(at, rule):
    equal(explain("bob@outside.example", at=at)["rule"], rule, at)


def headers(header, rule):
    got = explain("bob@outside.example", message=header + "\nbody\n")
    equal(got["rule"], rule, header)
    told = {r["rule"]: r["outcome"] for r in got["rules"]}
    equal(len(told), len(got["rules"]), "each rule once")
    memory = "later" if got["replies"] else "unused"
    equal((told["E-2"], told["E-17"]), (memory, memory))
    if not got["replies"]:
        equal((told[rule], got["reply"]), ("stopped", None))


def reply():
    message = ("To: countess@example.net\nSubject: =?utf-8?q?caf=C3=A9?=\n"
               "Message-ID: <m1@outside.example>\n\n")
    got = explain("bob@outside.example", message=message)["reply"]
    equal((got["from"], got["to"], got["envelope_from"], got["notify"]),
          ("countess@example.net", "bob@outside.example", "", "NEVER"))
    equal((got["subject"], got["text"]), ("Abwesend: caf\u00e9", "Back on Monday\n"))
    check("In-Reply-To: <m1@outside.example>\n" in got["header"], got["header"])
    check("From: Ada Lovelace <countess@example.net>\n" in got["header"], got["header"])
    check("<script" not in got["html"] and "<b>Monday</b>" in got["html"], got["html"])
    stored = json.loads(site.run("oof", "show", ADA, "--json"))
    check("<script>" in stored["external"]["text"], "the store keeps what was set")


def known():
    """Contacts count for Known; nobody else does."""
    site.run("oof", "set", ADA, "--keep", "--audience", "known")
    equal(explain("bob@outside.example")["rule"], "E-21")
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:Bob\nEMAIL:bob@outside.example\nEND:VCARD\n"
    site.run("contacts", "import", ADA, "-", input=card)
    equal(explain("Bob@Outside.example")["replies"], True)
    equal(explain("eve@outside.example")["rule"], "E-21")
    site.run("oof", "set", ADA, "--keep", "--audience", "all")


def return_path():
    got = json.loads(site.run("oof", "explain", ADA, "--message", "-", "--json",
                              input="Return-Path: <bob@outside.example>\n\n"))
    equal(got["sender"], "bob@outside.example")


for sender, replies, side in (
        ("eve@example.com", True, "internal"), ("eve@example.net", True, "internal"),
        ("eve@partner.example", True, "internal"), (EVE, True, "external"),
        ("bob@outside.example", True, "external"), ("<>", False, None), (ADA, False, None),
        ("SRS0=ab1c=XY=outside.example=bob@example.com", True, "external"),
        ("SRS0=ab1c=XY=example.com=eve@outside.example", True, "external")):
    case(f"{sender} is {side or 'not answered'}", sides, sender, replies, side)
for at, rule in (("2029-12-31T14:59:59Z", "E-1"), ("2029-12-31T15:00:00Z", "E-21"),
                 ("2030-01-07T14:59:59Z", "E-21"), ("2030-01-07T15:00:00Z", "E-1")):
    case(f"midnight of Tokyo: {at} by {rule}", edges, at, rule)
for header, rule in ((f"To: {ADA}\n", "E-21"), ("To: x@outside.example\n", "E-4"),
                     (f"To: {ADA}\nList-Id: x\n", "E-9"),
                     ("To: ada+tag@example.com\nAuto-Submitted: auto-replied\n", "E-10")):
    case(f"{header!r}: {rule}", headers, header, rule)
case("the reply is shown as it would be sent, and the store keeps its text", reply)
case("Known is who is in the contacts", known)
case("the sender may be the message's Return-Path", return_path)


def previewed():
    """Before and now, as a sender reads it, in the owner's zone."""
    site.run("mailbox", "add", "zoe@example.com", "--tz", "Asia/Tokyo", input="")
    first = json.loads(site.run("oof", "set", "zoe@example.com", "--to", "2031-01-07",
                                "--from", "2030-12-23 12:00", "--internal",
                                "<p>Back <b>soon</b></p>", "--audience", "none", "--json"))
    told = first["preview"]
    equal((told["zone"], told["before"]["when"], told["before"]["changed"]),
          ("Asia/Tokyo", "off", None))
    equal(told["after"], {**told["after"], "when": "from 2030-12-23 12:00 to 2031-01-07 00:00",
                          "internal": "Back soon\n", "external": None, "outside": "none"})
    off = json.loads(site.run("oof", "off", "zoe@example.com", "--json"))["preview"]
    equal(off["before"], told["after"])
    equal((off["after"]["when"], off["after"]["internal"]), ("off", None))


case("a change tells what goes out, before and now", previewed)
main()
