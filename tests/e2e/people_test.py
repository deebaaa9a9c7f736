#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""People of a real slapd become mailboxes: at first sight, by the sweep, and as they
change; renamed, disabled, gone, and while the directory is down."""
import json
import os
import re
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main, until
from lib.http import basic
from lib.installation import Installation, picture
from lib.slapd import BASE, Slapd, person
from lib.soap import expect, get_oof, set_oof

OTHERS = f"ou=others,{BASE}"
MANY = 48      # people that only the sweep meets, ...
TOGETHER = 64  # ... and requests for one
WAIT = 30      # seconds until what is followed is there; a limit, not a timing
FOR_EVER = 604800
LOCKED = "add: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z"

with open(picture("jpeg-baseline.jpg"), "rb") as f:
    JPEG = f.read()

slapd = Slapd(
    f"dn: {OTHERS}\nobjectClass: organizationalUnit\nou: others\n",
    *[person(f"p{n}", [f"p{n}@example.com"], f"Person {n}") for n in range(MANY)],
    person("abroad", ["abroad@b.example"]), person("far", ["far@elsewhere.example"]),
    person("off", ["off@example.com"]),
    person("own", ["own@example.com"], "Owned Elsewhere"),
).start()
slapd.modify("off", LOCKED)

site = Installation("people", domains=("example.com",))
site.run("domain", "add", "b.example", "--organization", "B")
ASKER = site.add("asker@example.com")
OWN = site.add("own@example.com", "--alias", "mine@example.com")
site.run("oof", "set", OWN, "--internal", "own words")


def section(title="office", base=None, **more):
    more = {"domains": ["example.com"], "refresh_s": 0, "poll_s": 0, **more}
    if base is not None:
        more["base"] = base
    return slapd.section(title, **more)


def reloaded(text):
    at = len(site.lines)
    site.configure(text)
    site.signal(signal.SIGHUP)
    until(20, "the reload", lambda: any("was read again" in line for line in site.lines[at:]))


def photo(address, client=None, user=ASKER):
    return (client or site.client(user)).photo(address)


def known(address):
    """Whether anybody has that address: by the tips for whom one writes to."""
    answer = site.client(ASKER).post(AUTODISCOVER % address, "/autodiscover/autodiscover.svc")
    return b"InvalidUser" not in answer.body


def shown(address):
    done = site.command("mailbox", "show", address, "--json")
    return json.loads(done.stdout) if done.returncode == 0 else None


def listed():
    return {m["address"]: m for m in json.loads(site.run("mailbox", "list", "--json"))}


def counted(outcome, source="directory:office"):
    text = site.back().request("GET", "/metrics").body.decode()
    found = re.findall(r'searches_total\{source="%s",outcome="%s"\} (\d+)' % (source, outcome),
                       text)
    return int(found[0])


def seen(address, wanted=404):
    """A photo of somebody is asked for: 404 for none, also of nobody."""
    equal(photo(address).status, wanted, address)


# ---- at first sight ----

def first_sight():
    """The first who asks for him makes a mailbox of him, for one search."""
    before = counted("found")
    slapd.add(person("ada", ["ada@example.com"], "Ada Lovelace", jpegPhoto=[JPEG]))
    check("ada@example.com" not in listed(), "before")
    answer = photo("ada@example.com")
    equal((answer.status, answer["Content-Type"]), (200, "image/jpeg"))
    equal(counted("found") - before, 1)
    facts = shown("ada@example.com")
    equal((facts["name"], facts["source"], facts["state"], facts["login"]),
          ("Ada Lovelace", "directory:office", "active", False))


def together():
    """Many who ask for the same new one cost one search."""
    reloaded(section(refresh_s=FOR_EVER))
    slapd.add(person("bob", ["bob@example.com"], "Bob"))
    before = counted("found")
    clients = [site.client(ASKER) for _ in range(TOGETHER)]
    for c in clients:
        equal(c.photo(ASKER).status, 404)
    results = []
    threads = [threading.Thread(target=lambda c=c: results.append(photo("bob@example.com", c).status))
               for c in clients]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    equal(results, [404] * TOGETHER)
    check(counted("found") - before <= 2, f"{counted('found') - before} searches")
    equal(shown("bob@example.com")["source"], "directory:office")
    reloaded(section())


def nobody_is_remembered():
    """Once asked for, nobody is nobody for a while."""
    before = counted("nobody")
    for _ in range(5):
        seen("nobody@example.com")
    equal(counted("nobody") - before, 1)


def not_asked(address):
    """Whose domain is not ours, or not the section's, or behind the wall."""
    before = counted("nobody") + counted("found")
    seen(address)
    equal(counted("nobody") + counted("found"), before)
    check(shown(address) is None, "no mailbox")


def two():
    slapd.add(person("twin1", ["twin@example.com"]), person("twin2", ["twin@example.com"]))
    no_one("twin@example.com", "more than one")


def no_one(address, why):
    """The administrator is told why."""
    seen(address)
    check(shown(address) is None, "no mailbox")
    done = site.command("directory", "test", address)
    check(why in (done.stdout + done.stderr).decode(), done)


# ---- afterwards ----

def renamed():
    """Another address, name and entry: the mailbox with its absence stays."""
    slapd.add(person("eve", ["eve@example.com"], "Eve", jpegPhoto=[JPEG]))
    seen("eve@example.com", 200)
    site.run("oof", "set", "eve@example.com", "--internal", "words that stay")
    site.run("photo", "set", "eve@example.com", picture("jpeg-progressive.jpg"))
    own = photo("eve@example.com")["ETag"]
    slapd.rename("eve", "adam")
    slapd.modify("adam", "replace: mail\nmail: adam@example.com", "replace: cn\ncn: Adam")
    seen("eve@example.com")
    answer = photo("adam@example.com")
    equal((answer.status, answer["ETag"]), (200, own))
    facts = shown("adam@example.com")
    equal((facts["name"], facts["oof"]), ("Adam", "enabled"))
    check(shown("eve@example.com") is None, "the old address")


def swapped_away():
    """Whoever has the address of somebody who has it no more gets it at once."""
    reloaded(section(refresh_s=FOR_EVER))
    slapd.add(person("one", ["first@example.com"], "One"))
    seen("first@example.com")
    slapd.modify("one", "replace: mail\nmail: second@example.com")
    slapd.add(person("two", ["first@example.com", "two@example.com"], "Two"))
    seen("two@example.com")
    equal(shown("first@example.com")["name"], "Two")
    equal(shown("second@example.com")["name"], "One")
    reloaded(section())


def disabled():
    slapd.add(person("dis", ["dis@example.com"], "Dis", jpegPhoto=[JPEG], userPassword="pw"))
    seen("dis@example.com", 200)
    slapd.modify("dis", LOCKED)
    seen("dis@example.com")
    equal(shown("dis@example.com")["state"], "disabled")
    slapd.modify("dis", "delete: pwdAccountLockedTime")
    seen("dis@example.com", 200)
    equal(shown("dis@example.com")["state"], "active")


def gone():
    """He is kept, but found no more; another one with his address takes his place."""
    slapd.add(person("leaver", ["leaver@example.com"], "Leaver", jpegPhoto=[JPEG]))
    seen("leaver@example.com", 200)
    slapd.remove("leaver")
    seen("leaver@example.com")
    equal(shown("leaver@example.com")["state"], "gone")
    slapd.add(person("back", ["leaver@example.com"], "Back", jpegPhoto=[JPEG]))
    site.run("directory", "sync", "office")
    seen("leaver@example.com", 200)
    facts = shown("leaver@example.com")
    equal((facts["name"], facts["state"]), ("Back", "active"))


def removed():
    """A mailbox that is removed comes back, as a new one, when he is next seen."""
    slapd.add(person("again", ["again@example.com"], "Again"))
    seen("again@example.com")
    site.run("oof", "set", "again@example.com", "--internal", "words")
    done = site.command("mailbox", "remove", "again@example.com", "--yes")
    check(b"directory:office" in done.stdout + done.stderr, done)
    seen("again@example.com")
    equal(shown("again@example.com")["oof"], "disabled")


def alias_gone():
    slapd.add(person("al", ["al@example.com"], employeeType=["alias@example.com"]))
    reloaded(section(alias_attributes=["employeeType"]))
    seen("alias@example.com")
    equal(shown("al@example.com")["aliases"], ["alias@example.com"])
    site.run("mailbox", "alias", "al@example.com", "add", "ours@example.com")
    slapd.modify("al", "delete: employeeType")
    seen("al@example.com")
    equal(shown("al@example.com")["aliases"], ["ours@example.com"])
    reloaded(section())


def down():
    """Who is known stays, and at once; of others nobody can tell."""
    slapd.add(person("here", ["here@example.com"], "Here"))
    seen("here@example.com")
    slapd.stop()
    for _ in range(3):
        expect(site.client(ASKER).post(get_oof(ASKER)), 200, "NoError")
    answer = photo("unseen@example.com")
    equal((answer.status, answer["Retry-After"] is not None), (503, True))
    equal(shown("here@example.com")["state"], "active")
    before = counted("down")
    for _ in range(20):
        equal(photo("unseen@example.com").status, 503)
    check(counted("down") - before <= 2, "it is left alone")
    slapd.start()
    until(WAIT, "it is asked again", lambda: photo("unseen@example.com").status == 404)


def section_gone():
    """Without the section his mailbox is as one of our own."""
    seen("here@example.com")
    reloaded(section("another", base=OTHERS))
    seen("here@example.com")
    facts = shown("here@example.com")
    equal((facts["source"], facts["state"]), ("directory:office", "active"))
    with open(site.conf, encoding="utf-8") as conf:
        text = conf.read()
    at = text.index('directory "another"')
    with open(site.conf, "w", encoding="utf-8") as conf:
        conf.write(text[:at] + text[text.index("\n}\n", at) + 3:])
    reloaded(section())


# ---- everybody ----

def swept():
    """The clerk goes through all when it starts; a mailbox of our own is tied when
    nobody works with it any more."""
    until(WAIT, "the sweep", lambda: len(listed()) > MANY)
    all_now = listed()
    for n in range(MANY):
        check(f"p{n}@example.com" in all_now, n)
    for address in ("off@example.com", "far@elsewhere.example", "abroad@b.example"):
        check(address not in all_now, address)
    equal(shown(OWN)["source"], None)
    expect(site.client(OWN).post(get_oof(OWN)), 200, "NoError")
    site.run("mailbox", "passwd", OWN, "--none")
    site.run("directory", "sync")
    facts = shown(OWN)
    equal((facts["name"], facts["source"], facts["login"], facts["oof"], facts["aliases"]),
          ("Owned Elsewhere", "directory:office", False, "enabled", ["mine@example.com"]))
    equal(shown(ASKER)["source"], None)


def synced(*options):
    return json.loads(site.run("directory", "sync", *options, "--json"))


def wrong_base():
    """A section that finds nobody any more switches off nobody."""
    reloaded(section(base=OTHERS))
    done = site.command("directory", "sync", "office")
    check(b"more than a quarter" in done.stderr, done.stderr)
    states = {a: shown(a)["state"] for a in ("p1@example.com", "p2@example.com")}
    equal(set(states.values()), {"active"})
    reloaded(section())


def few_gone():
    for n in range(3):
        slapd.remove(f"p{n}")
    site.run("directory", "sync", "office")
    equal([shown(f"p{n}@example.com")["state"] for n in range(4)], ["gone"] * 3 + ["active"])


# ---- what changes ----

def followed():
    """Without a question: a new person, another name, another picture."""
    reloaded(section(refresh_s=FOR_EVER, poll_s=1))
    text = site.back().request("GET", "/metrics").body.decode()
    until(WAIT, "the first mark", lambda: re.search(
        r'followed_seconds\{source="directory:office"\} [1-9]',
        site.back().request("GET", "/metrics").body.decode()))
    slapd.add(person("fresh", ["fresh@example.com"], "Fresh"))
    until(WAIT, "a new one", lambda: shown("fresh@example.com"))
    seen("fresh@example.com")
    slapd.modify("fresh", "replace: cn\ncn: Fresher")
    until(WAIT, "another name", lambda: shown("fresh@example.com")["name"] == "Fresher")
    slapd.modify("fresh", LOCKED)
    until(WAIT, "disabled", lambda: shown("fresh@example.com")["state"] == "disabled")
    check("directory_searches" in text, "metrics")
    reloaded(section())


site.configure(section() + "workers = 1\n")
site.start()
case("everybody is a mailbox after the sweep, and one of our own is tied", swept)
case("who is seen first becomes a mailbox", first_sight)
case(f"{TOGETHER} requests for one new person", together)
case("nobody is remembered as such", nobody_is_remembered)
cases("{} is not asked for", ["x@elsewhere.example", "abroad@b.example"],
      not_asked)
case("two who have one address are nobody", two)
case("who is disabled at first sight is nobody", no_one, "off@example.com", "disabled")
case("a renamed person keeps absence and photo", renamed)
case("an address that another has now", swapped_away)
case("a disabled person", disabled)
case("a person who is gone", gone)
case("a mailbox that is removed comes back", removed)
case("an alias that is gone there is gone here", alias_gone)
case("the directory is down", down)
case("the section is taken away", section_gone)
case("a wrong base switches off nobody", wrong_base)
case("a few who left are marked", few_gone)
case("what changes is seen without asking", followed)
main()
