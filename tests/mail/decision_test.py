#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the decision says of each row of cases.py, and the reply that it would write."""
import concurrent.futures
import email
import email.policy
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from cases import STRICT
from lib.cases import case, check, equal, main
from lib.installation import Installation
from replies import examine
from scene import FRIEND, SECOND, TRUSTED, WALLED, Scene, is_decided, is_set, written

DOMAIN = "a.example"
SUBJECTS = 'subjects = {"eo=Forestas: %s!"}'

site = Installation("decision", domains=(DOMAIN, SECOND))
for domain in (WALLED, FRIEND):
    site.run("domain", "add", domain, "--organization", domain)
ORGANIZATION = f'organization "{DOMAIN}" {{\n\ttrusted_domains = {{"{TRUSTED}", "{FRIEND}"}}\n}}\n'


def configure(**reply):
    lines = "".join(f"\t{key} = {value}\n" for key, value in reply.items())
    site.configure(ORGANIZATION + f"reply {{\n\t{SUBJECTS}\n{lines}}}\n")


def line(kind, **more):
    return json.dumps({"type": kind, **more})


def absence(box):
    """A line of an export; times are always there, as a client sends them."""
    s = box.set
    return line("oof", address=box.address, state=s["state"].lower(), audience=s["audience"].lower(),
                start=written(box.start), end=written(box.end), internal=s["internal"],
                internal_lang=s["lang"] or "", external=s["external"],
                external_lang=s["lang"] or "", period=1, changed=written(scene.now))


def fill(boxes):
    """All mailboxes at once, as an export has them."""
    mailboxes = [line("mailbox", address=b.address, name=b.set["name"], aliases=b.aliases,
                      zone=b.set["zone"], external=b.set["policy"], password=None) for b in boxes]
    absences = [absence(b) for b in boxes if is_set(b)]
    contacts = [line("contacts", address=b.address, origin="file", place="", token="",
                     cards=[{"card": c, "tag": "", "name": "", "addresses": [c]}
                            for c in b.contacts]) for b in boxes if b.contacts]
    domains = [line("domain", name=DOMAIN, organization=""), line("domain", name=SECOND, organization="")]
    lines = [line("frontdesk", format=1), *domains, *mailboxes, *absences, *contacts,
             line("end", domain=len(domains), mailbox=len(mailboxes), person=0, oof=len(absences), photo=0,
                  hidden=0, contacts=len(contacts), owner=0)]
    path = os.path.join(site.parent, "all.ndjson")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")
    done = json.loads(site.command("import", path, "--merge", "--json").stdout)
    equal(done["failed"], 0, str(done["lines"][:3]))


def explain(mail):
    words = ["--sender", mail.sender or "<>", "--recipient", mail.recipient,
             "--at", written(scene.now + mail.row["at"])]
    if mail.row["authenticated"]:
        words.append("--authenticated")
    return json.loads(site.run("oof", "explain", mail.box.address, *words, "--message", "-", "--json",
                               input=mail.message))


def decided(mail):
    got = answers[mail.id].result()
    equal((got["rule"], got["side"] if got["replies"] else None),
          (mail.row["rule"], mail.row["replies"]), f"{got['reason']}: rule and side")
    if not got["replies"]:
        equal(got["reply"], None)
        return
    reply = got["reply"]
    equal((reply["to"], reply["envelope_from"], reply["notify"]), (mail.sender, "", "NEVER"))
    head = email.message_from_string(reply["header"], policy=email.policy.default)
    examine(mail, head, reply["text"], reply["html"])


scene = Scene(DOMAIN, "p", time.time(), is_decided)
fill(scene.boxes.values())
answers = {}
configure()
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    for strict in (False, True):
        mails = [m for m in scene.mails if m.row["strict"] == strict]
        if strict:
            concurrent.futures.wait(answers.values())
            configure(**STRICT)
        answers.update((m.id, pool.submit(explain, m)) for m in mails)

for mail in scene.mails:
    case(f"{mail.row['sentence']}: {mail.row['rule']}", decided, mail)

main()
