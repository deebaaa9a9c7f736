#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Owners of shared mailboxes, and the audit of what is done to another's."""
import base64
import json
import os
import pwd
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main
from lib.installation import Installation, picture
from lib.soap import envelope, expect, get_oof, set_oof

site = Installation("audit", domains=("example.com",))
site.run("domain", "add", "other.example", "--organization", "Other")
ADA = site.add("ada@example.com", "--alias", "countess@example.com")
BOB = site.add("bob@example.com")
OFFICE = "office@example.com"
site.run("mailbox", "add", OFFICE, "--alias", "desk@example.com", input="")
EVE = site.add("eve@other.example")
ROBOT = site.add("robot@example.com")
ME = "cli:" + pwd.getpwuid(os.getuid()).pw_name
SECRET = "in strict confidence"
PICTURE = picture("photo-1600.jpg")
site.configure('service_account "robot@example.com" {\n\taddresses = {"bob@example.com"}\n}\n')
site.start()


def audit(*words):
    return json.loads(site.run("audit", *words, "--json"))


def last(what):
    rows = [r for r in audit() if r["what"] == what]
    check(rows, f"no {what}")
    return rows[-1]


def told(row, who, address, detail=""):
    equal((row["who"], row["address"], row["detail"]), (who, address, detail), row["what"])


# ---- owners ----

def stranger():
    """Whatever is asked for, it is the answer for a mailbox that is not there."""
    for body in (get_oof(OFFICE), set_oof(OFFICE)):
        nobody = site.client(BOB).post(body.replace(OFFICE, "none__@example.com"))
        answer = site.client(BOB).post(body)
        expect(answer, 500, "ErrorAccessDenied")
        equal(answer.body.replace(OFFICE.encode(), b"none__@example.com"), nobody.body)


def owner():
    """From the next request on, and not a moment longer than he is one."""
    client = site.client(ADA)
    expect(client.post(get_oof(OFFICE)), 500, "ErrorAccessDenied")
    site.run("mailbox", "owner", OFFICE, "add", ADA)
    for address in (OFFICE, "Desk@Example.com"):
        expect(client.post(set_oof(address, internal=SECRET)), 200, "NoError")
        check(SECRET in client.post(get_oof(address)).body.decode(), "not the text that was set")
    expect(site.client(BOB).post(get_oof(OFFICE)), 500, "ErrorAccessDenied")
    told(last("oof-set-for"), ADA, OFFICE, "enabled")
    site.run("mailbox", "owner", OFFICE, "remove", ADA)
    expect(client.post(get_oof(OFFICE)), 500, "ErrorAccessDenied")
    expect(client.post(set_oof(OFFICE)), 500, "ErrorAccessDenied")


def set_photo(address):
    with open(PICTURE, "rb") as f:
        content = base64.b64encode(f.read()).decode()
    return envelope(f"<m:SetUserPhoto><m:Email>{address}</m:Email>"
                    f"<m:Content>{content}</m:Content></m:SetUserPhoto>")


def owner_photo():
    """The photo too; his own is nobody's business."""
    client = site.client(ADA)
    check(client.post(set_photo(OFFICE)).status != 200, "before he owns it")
    site.run("mailbox", "owner", OFFICE, "add", ADA)
    rows = len(audit())
    expect(client.post(set_photo(ADA)), 200, "NoError")
    equal(len(audit()), rows)
    expect(client.post(set_photo(OFFICE)), 200, "NoError")
    told(last("photo-set-for"), ADA, OFFICE)
    equal(client.photo(OFFICE).status, 200, "the photo")
    site.run("mailbox", "owner", OFFICE, "remove", ADA)
    check(client.post(set_photo(OFFICE)).status != 200, "after he was removed")
    equal(len(audit()), rows + 2, "rows")


def owner_by_alias():
    site.run("mailbox", "owner", "desk@example.com", "add", "countess@example.com")
    equal(json.loads(site.run("mailbox", "owner", OFFICE, "list", "--json")),
          [{"address": OFFICE, "owner": ADA}])
    told(last("owner-add"), ME, OFFICE, ADA)
    expect(site.client(ADA).post(get_oof(OFFICE)), 200, "NoError")


def not_back():
    """Owning goes one way."""
    site.run("mailbox", "passwd", OFFICE, "--password-stdin", input="office\n")
    expect(site.client(OFFICE, "office").post(get_oof(ADA)), 500, "ErrorAccessDenied")
    site.run("mailbox", "passwd", OFFICE, "--none")


def no_chain():
    """The owner of an owner is none."""
    site.run("mailbox", "owner", ADA, "add", BOB)
    expect(site.client(BOB).post(get_oof(ADA)), 200, "NoError")
    expect(site.client(BOB).post(get_oof(OFFICE)), 500, "ErrorAccessDenied")
    site.run("mailbox", "owner", ADA, "remove", BOB)


def refused(words, status, said):
    rows = len(audit())
    done = site.command("mailbox", "owner", *words)
    equal(done.returncode, status, done.stderr.decode())
    check(said in done.stderr.decode(), done.stderr.decode())
    equal(len(audit()), rows, "what was refused is no row")


# ---- the audit ----

def own():
    """What people change of their own is nobody's business."""
    rows = len(audit())
    expect(site.client(ADA).post(set_oof(ADA)), 200, "NoError")
    expect(site.client(ADA).post(set_oof("countess@example.com")), 200, "NoError")
    equal(len(audit()), rows)


def acting_for(address, body):
    header = ("<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>"
              f"{address}</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>")
    return site.client(ROBOT).post(body.replace("<s:Body>", f"<s:Header>{header}</s:Header><s:Body>"))


def impersonated():
    """A service account is who did it, though it acts as the mailbox."""
    expect(acting_for(BOB, set_oof(BOB)), 200, "NoError")
    told(last("oof-set-for"), ROBOT, BOB, "enabled")
    expect(acting_for(BOB, set_photo(BOB)), 200, "NoError")
    told(last("photo-set-for"), ROBOT, BOB)
    rows = len(audit())
    expect(acting_for(BOB, get_oof(BOB)), 200, "NoError")
    equal(acting_for(ADA, set_oof(ADA)).status, 500)
    equal(len(audit()), rows, "reading, and what is refused")


def refused_set():
    """A Set that stores nothing is no row."""
    rows = len(audit())
    expect(site.client(ADA).post(set_oof(OFFICE, state="Scheduled")), 200,
           "ErrorInvalidScheduledOofDuration")
    equal(len(audit()), rows)


def command(what, words, detail, input):
    rows = len(audit())
    site.run(*words, input=input)
    equal(len(audit()), rows + 1, "rows")
    told(last(what), ME, words[-1] if what.startswith("domain") else BOB, detail)


def nothing_secret():
    """Neither a text nor a password."""
    text = site.run("audit")
    for word in (SECRET, "hush", "correct horse", "I am ill", "$y$"):
        check(word not in text, f"{word} in\n{text}")


def filtered():
    now = time.time()
    equal([r for r in audit(BOB) if BOB not in (r["address"], r["who"])], [])
    check(any(r["who"] == ADA for r in audit(ADA)), "what she did is hers, too")
    equal(audit("countess@example.com"), audit(ADA), "by an alias")
    equal(audit("--since", "-1h"), audit(), "an hour ago")
    equal(audit("--since", "+1h"), [], "in an hour")
    equal(audit("nobody@example.com"), [], "nobody")
    whens = [r["when"] for r in audit()]
    equal(whens, sorted(whens), "the oldest first, of both files")
    check(abs(now - time.time()) < 120, "the clock was moved")
    done = site.command("audit", "--since", "yesterday")
    equal(done.returncode, 4, "status")
    check(b"-7d" in done.stderr, done.stderr)


def exported():
    got = json.loads(site.run("mailbox", "export", ADA))
    equal(got["owns"], [OFFICE])
    equal(got["audit"], audit(ADA))
    check(SECRET not in json.dumps(got["audit"]), "a text")
    equal(json.loads(site.run("mailbox", "export", BOB))["owns"], [])


def removed():
    """Who did what when stays, the details go; owning ends with the mailbox."""
    leaver = site.add("leaver@example.com")
    site.run("mailbox", "alias", leaver, "add", "private-alias@example.com")
    site.run("mailbox", "owner", OFFICE, "add", leaver)
    site.run("photo", "set", leaver, PICTURE)
    site.run("mailbox", "remove", leaver, "--yes")
    rows = audit(leaver)
    equal(sorted(r["what"] for r in rows),  # one second has no order
          ["alias-add", "mailbox-add", "mailbox-remove", "photo-set-for"])
    equal({r["detail"] for r in rows}, {""})
    equal({r["who"] for r in rows}, {ME})
    site.add(leaver)
    expect(site.client(leaver).post(get_oof(OFFICE)), 500, "ErrorAccessDenied")
    equal([r["what"] for r in audit(leaver)], ["mailbox-add"], "the new one's")
    site.run("check")


case("who is no owner learns nothing", stranger)
case("an owner may, from the next request on and until he is removed", owner)
case("an owner may set its photo, so long", owner_photo)
case("owners and mailboxes are named by any address", owner_by_alias)
case("a shared mailbox does not own its owner", not_back)
case("the owner of an owner is none", no_chain)
cases("refused: mailbox owner {0}", [
    ((OFFICE, "add", EVE), 4, "organization"), ((EVE, "add", ADA), 4, "organization"),
    ((OFFICE, "add", OFFICE), 4, "owns itself"), ((OFFICE, "add", "desk@example.com"), 4, "owns itself"),
    ((OFFICE, "add", ADA), 1, "already"), ((OFFICE, "remove", BOB), 3, "does not own"),
    ((OFFICE, "add", "nobody@example.com"), 3, "no such mailbox"),
    (("nobody@example.com", "list"), 3, "no such mailbox"),
    ((OFFICE, "give", ADA), 2, "add, remove"), ((OFFICE, "add"), 2, "needs an address"),
    ((OFFICE, "list", ADA), 2, "takes no address")], refused)
case("what people set of their own is not in the audit", own)
case("what a service account does for others is in the audit", impersonated)
case("a Set that is refused is not in the audit", refused_set)
cases("a command is in the audit: {0}", [
    ("mailbox-set", ("mailbox", "set", BOB, "--name", "Bob"), "", None),
    ("passwd", ("mailbox", "passwd", BOB, "--password-stdin"), "", "hush\n"),
    ("alias-add", ("mailbox", "alias", BOB, "add", "rob@example.com"), "rob@example.com", None),
    ("alias-remove", ("mailbox", "alias", BOB, "remove", "rob@example.com"), "rob@example.com", None),
    ("owner-add", ("mailbox", "owner", BOB, "add", ADA), ADA, None),
    ("owner-remove", ("mailbox", "owner", BOB, "remove", ADA), ADA, None),
    ("oof-set-for", ("oof", "set", BOB, "--to", "+2d", "--internal", "I am ill"), "scheduled", None),
    ("oof-set-for", ("oof", "off", BOB), "disabled", None),
    ("photo-set-for", ("photo", "set", BOB, PICTURE), "", None),
    ("photo-remove-for", ("photo", "remove", BOB), "", None),
    ("domain-add", ("domain", "add", "new.example"), "", None),
    ("domain-remove", ("domain", "remove", "new.example"), "", None)], command)
case("no text of a reply and no password is in the audit", nothing_secret)
case("the audit of one address, and since a time", filtered)
case("an export has what a person owns, and the audit", exported)
case("a removed mailbox leaves who did what when", removed)
main()
