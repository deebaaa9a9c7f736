#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Contacts: from files, from a real Radicale by CardDAV, and from a real slapd."""
import glob
import http.server
import json
import os
import re
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.authority import Authority
from lib.cases import at_end, case, cases, check, equal, main, until
from lib.installation import Installation, folder
from lib.radicale import Radicale, card
from lib.slapd import BASE, READER, READER_PASSWORD, Slapd, person

ADA, BOB, EVE, MAX, ODD = (f"{n}@example.com" for n in ("ada", "bob", "eve", "max", "x+y"))
SECRET = "hush hush"

site = Installation("contacts", domains=("example.com",))
for address in (ADA, BOB, EVE, MAX, ODD):
    site.run("mailbox", "add", address, input="")
files = folder("vcf")
dav = Radicale({ADA: SECRET, BOB: SECRET, "reader": "read on", "shared": "all"}).start()
with open(os.path.join(files, "password"), "w") as f:
    f.write(SECRET + "\nand more\n")
with open(os.path.join(files, "reader"), "w") as f:
    f.write("read on\n")
with open(os.path.join(files, "wrong"), "w") as f:
    f.write("wrong\n")
for name in os.listdir(files):
    os.chmod(os.path.join(files, name), 0o644)


def vcf(name, text):
    path = os.path.join(files, name)
    with open(path, "w", encoding="utf-8", newline="") as f:
        f.write(text)
    os.chmod(path, 0o644)
    return path


def ask(*words):
    return json.loads(site.run("contacts", *words, "--json"))


def known(address, origin=None):
    return sorted(r["contact"] for r in ask("list", address) if origin in (None, r["origin"]))


def section(kind="carddav", **settings):
    """This one section, and no others."""
    with open(site.conf) as f:
        text = re.sub(r'(carddav|directory) "[^"]*" \{.*?\n\}\n', "", f.read(), flags=re.S)
    with open(site.conf, "w") as f:
        f.write(text)
    if settings:
        lines = "".join(f"\t{k} = {v}\n" if isinstance(v, int) else f"\t{k} = \"{v}\"\n"
                        for k, v in settings.items())
        site.configure(kind + ' "office" {\n' + lines + "}\n")


def own(user="%u", password="password", url=None, **more):
    section(url=dav.url + "/" if url is None else url, user=user,
            password_file=os.path.join(files, password), **more)


def sync(address, added=None, changed=None, removed=None, origin="carddav:office"):
    """One sync that goes well; what it did."""
    rows = ask("sync", address)
    equal(len(rows), 1, "origins")
    equal((rows[0]["origin"], rows[0]["reason"]), (origin, None), "sync")
    for name, wanted in (("added", added), ("changed", changed), ("removed", removed)):
        if wanted is not None:
            equal(rows[0][name], wanted, name)


def fails(address, *words):
    """One that does not; its reason has these words."""
    done = site.command("contacts", "sync", address, "--json")
    rows = json.loads(done.stdout)
    equal(done.returncode, 7, "status")
    check(rows[0]["reason"], "it went well")
    for word in words:
        check(word in rows[0]["reason"], rows[0]["reason"])


# ---- files ----

def imported():
    path = vcf("one.vcf", card("1", "Zoë", "zoe@x.org", "zoe@work.example") + card("2", "Bob", "Bob@X.org"))
    got = ask("import", ADA, path)
    equal(got, {"address": ADA, "cards": 2, "addresses": 3, "added": 3, "changed": 0,
                "removed": 0, "contacts": 3, "skipped": []}, "import")
    equal(ask("import", ADA, path)["added"], 0, "again")
    equal(known(ADA), ["bob@x.org", "zoe@work.example", "zoe@x.org"], "contacts")
    equal(site.run("contacts", "list", ADA).splitlines()[0], "bob@x.org\tBob\tfile", "line")


def partly():
    path = vcf("odd.vcf", card("1", "Odd", "nobody", "odd@x.org") + "BEGIN:VCARD\r\n" + card("2", "Fine"))
    done = site.command("contacts", "import", ADA, path, "--json")
    equal(done.returncode, 7, "status")
    equal(json.loads(done.stdout)["skipped"],
          [{"line": 9, "reason": "the card has no end"},
           {"line": 6, "reason": "'nobody' is no mail address"}], "skipped")
    check(f"{path}:6: 'nobody'".encode() in done.stderr, done.stderr)


def replaced():
    path = vcf("two.vcf", card("1", "New", "new@x.org"))
    equal(ask("import", ADA, path, "--replace")["removed"], 4, "removed")
    equal(known(ADA), ["new@x.org"], "contacts")


def refused(words, status, word):
    done = site.command("contacts", *(w.replace("FILES", files) for w in words))
    equal(done.returncode, status, "status")
    check(word.encode() in done.stderr, done.stderr)


def audited():
    rows = [r for r in json.loads(site.run("audit", ADA, "--json"))
            if r["what"].startswith("contacts-")]
    equal((rows[-1]["what"], rows[-1]["detail"]), ("contacts-set-for", "file"), "audit")
    ask("clear", ADA, "--origin", "file")
    rows = json.loads(site.run("audit", ADA, "--json"))
    equal(rows[-1]["what"], "contacts-clear-for", "audit")
    equal(known(ADA), [], "contacts")


def effect(address):
    return json.loads(site.run("oof", "show", address, "--json"))["effect"]["reason"]


def known_acts():
    """R-7, and what contacts make of it."""
    site.run("oof", "set", BOB, "--to", "+2d", "--internal", "x", "--external", "y",
             "--audience", "known")
    check("Known acts as None" in effect(BOB), effect(BOB))
    ask("import", BOB, vcf("b.vcf", card("1", "Zoë", "zoe@x.org")))
    check("Known" not in effect(BOB), effect(BOB))
    ask("clear", BOB)
    check("Known acts as None" in effect(BOB), effect(BOB))


def erased():
    """Who leaves takes his contacts along; what is kept of them is nowhere."""
    ask("import", EVE, vcf("e.vcf", card("1", "Rumpelstilzchen", "rumpel@stilzchen.example")))
    got = json.loads(site.run("mailbox", "export", EVE))
    equal(got["contacts"], [{"contact": "rumpel@stilzchen.example", "name": "Rumpelstilzchen",
                             "origin": "file"}], "export")
    site.run("mailbox", "remove", EVE, "--yes")
    equal([r for r in ask("status") if r["address"] == EVE], [], "status")
    for path in glob.glob(os.path.join(site.dir, "data", "frontdesk.db*")):
        with open(path, "rb") as f:
            check(b"umpelstilz" not in f.read(), path)
    site.run("check")


# ---- CardDAV ----

def first_sync():
    dav.book(ADA, "contacts")
    dav.put(ADA, "contacts", "zoe", card("zoe", "Zoë", "zoe@x.org", "zoe@work.example"))
    dav.put(ADA, "contacts", "nobody", card("nobody", "Nobody"))
    own(url=dav.url + "/%u/contacts/")
    sync(ADA, added=2, changed=0, removed=0)
    equal(known(ADA), ["zoe@work.example", "zoe@x.org"], "contacts")
    sync(ADA, added=0, changed=0, removed=0)
    row = [r for r in ask("status", ADA) if r["place"]]
    check(row[0]["place"].endswith("/contacts/"), row)


def changes():
    dav.put(ADA, "contacts", "zoe", card("zoe", "Zoë", "zoe@new.example"))
    dav.put(ADA, "contacts", "max", card("max", "Max", "max@x.org", more="NOTE:" + "n" * 6000 + "\r\n"))
    dav.remove(ADA, "contacts", "nobody")
    sync(ADA, added=1, changed=1, removed=1)
    equal(known(ADA), ["max@x.org", "zoe@new.example"], "contacts")


def token_lost():
    dav.forget_tokens()
    dav.remove(ADA, "contacts", "max")
    dav.put(ADA, "contacts", "tim", card("tim", "Tim", "tim@x.org"))
    sync(ADA, added=1, changed=0, removed=1)
    equal(known(ADA), ["tim@x.org", "zoe@new.example"], "contacts")


def files_beside():
    """What a file brought stays, whatever the server says."""
    ask("import", ADA, vcf("s.vcf", card("1", "Tim", "tim@x.org")))
    dav.remove(ADA, "contacts", "tim")
    sync(ADA, removed=1)
    equal(known(ADA), ["tim@x.org", "zoe@new.example"], "contacts")
    equal(known(ADA, "file"), ["tim@x.org"], "of files")
    ask("clear", ADA, "--origin", "file")


def discovery():
    """From the server's root, as oneself: every address book, and nothing else."""
    dav.book(ADA, "more")
    dav.book(ADA, "dates", space="caldav", kind="calendar")
    dav.put(ADA, "more", "kim", card("kim", "Kim", "kim@x.org"))
    own()
    sync(ADA, added=1)
    equal(known(ADA), ["kim@x.org", "zoe@new.example"], "contacts")
    dav.remove(ADA, "more")
    sync(ADA, removed=1)
    equal(known(ADA), ["zoe@new.example"], "contacts")


def by_reader():
    """One who may read what is theirs, at everybody's place."""
    dav.book(BOB, "contacts")
    dav.put(BOB, "contacts", "lea", card("lea", "Lea", "lea@x.org"))
    own(user="reader", password="reader", url=dav.url + "/%u/contacts/")
    sync(BOB, added=1)
    equal(known(BOB), ["lea@x.org"], "contacts")
    fails(MAX, "404")
    equal(known(MAX), [], "contacts")


def everybody():
    own(user="reader", password="reader", url=dav.url + "/%u/contacts/")
    done = site.command("contacts", "sync", "--json")
    equal(done.returncode, 7, "status")
    equal({r["address"]: r["reason"] is None for r in json.loads(done.stdout)},
          {ADA: True, BOB: True, MAX: False, ODD: False}, "each")


def shared():
    dav.book("shared", "office")
    dav.put("shared", "office", "boss", card("boss", "Boss", "boss@x.org"))
    own(user="reader", password="reader", url=dav.url + "/shared/office/")
    rows = ask("sync")
    equal([(r["address"], r["added"]) for r in rows], [(None, 1)], "once for all")
    site.run("oof", "set", MAX, "--internal", "x", "--external", "y", "--audience", "known")
    check("Known" not in effect(MAX), effect(MAX))
    equal(known(MAX), [], "his own")
    section()
    check("Known acts as None" in effect(MAX), effect(MAX))


def wrong_password():
    own(password="wrong")
    fails(ADA, "status 401")
    own(password="none")
    fails(ADA, "none: No such file")
    equal(known(ADA), ["zoe@new.example"], "what was there stays")
    status = [r for r in ask("status", ADA) if r["place"] is None]
    equal(status[0]["failures"], 2, "failures")


def tls():
    authority, other = Authority(files), Authority(files, "Other CA")
    safe = Radicale({BOB: SECRET}, certificate=authority.sign("127.0.0.1"), ca=authority.ca).start()
    safe.book(BOB, "contacts")
    safe.put(BOB, "contacts", "lea", card("lea", "Lea", "lea@tls.example"))
    for path in (authority.ca, other.ca):
        os.chmod(path, 0o644)
    own(url=safe.url + "/", ca=other.ca)
    fails(BOB, "certificate")
    own(url=safe.url + "/", ca=authority.ca)
    sync(BOB, added=1)
    check("lea@tls.example" in known(BOB), known(BOB))
    safe.stop()
    fails(BOB, "127.0.0.1")
    check("lea@tls.example" in known(BOB), "what was there stays")


# ---- a server of another kind ----

def multistatus(*responses, more=""):
    return ('<?xml version="1.0"?><multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav">'
            + "".join(responses) + more + "</multistatus>")


def response(href, prop, status="200 OK"):
    return (f"<response><href>{href}</href><propstat><prop>{prop}</prop>"
            f"<status>HTTP/1.1 {status}</status></propstat></response>")


BOOK = "<resourcetype><collection/><C:addressbook/></resourcetype>"


class Plain(http.server.BaseHTTPRequestHandler):
    """Tags and multiget, no tokens; `script` has what it answers otherwise."""
    cards, script, seen = {}, {}, []

    def log_message(self, *args):
        pass

    def answer(self, status, body="", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        try:
            self.wfile.write(body.encode())
        except OSError:
            pass  # it was too much

    def take(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.seen.append((self.command, self.path, body))
        if self.path in self.script:
            status, body, *more = self.script[self.path]
            return self.answer(status, body, **(more[0] if more else {}))
        if self.command == "PROPFIND" and self.headers["Depth"] == "0":
            return self.answer(207, multistatus(response("/book/", BOOK)))
        if self.command == "PROPFIND":
            return self.answer(207, multistatus(response("/book/", BOOK), *(
                response(f"/book/{n}", f"<getetag>\"{tag}\"</getetag>")
                for n, (tag, _) in self.cards.items())))
        wanted = re.findall(r"<d:href>/book/(.*?)</d:href>", body)
        return self.answer(207, multistatus(*(
            response(f"http://127.0.0.1:{self.server.server_port}/book/{n}",
                     f"<getetag>x</getetag><C:address-data>{self.cards[n][1]}</C:address-data>")
            for n in wanted if n in self.cards)))

    do_PROPFIND = do_REPORT = take


plain = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Plain)
threading.Thread(target=plain.serve_forever, daemon=True).start()
at_end(plain.shutdown)
HERE = f"http://127.0.0.1:{plain.server_port}"


def reports():
    return [b for m, _, b in Plain.seen if m == "REPORT"]


def tags():
    ask("clear", ADA)
    section(url=HERE + "/book/%u")
    Plain.cards = {f"{i}.vcf": ("1", card(str(i), "N", f"n{i}@x.org")) for i in range(120)}
    sync(ADA, added=120)
    equal(len(known(ADA)), 120, "contacts")
    equal(len(reports()), 3, "requests for cards")
    Plain.seen.clear()
    Plain.cards["3.vcf"] = ("2", card("3", "N", "other@x.org"))
    del Plain.cards["4.vcf"]
    sync(ADA, added=0, changed=1, removed=1)
    equal(len(reports()), 1, "requests for cards")
    check("/book/3.vcf" in reports()[0] and "/book/5.vcf" not in reports()[0], reports()[0])
    check("other@x.org" in known(ADA) and "n4@x.org" not in known(ADA), known(ADA))


def broken_card():
    """One that cannot be read has no addresses, and the others have theirs."""
    Plain.cards = {"a.vcf": ("1", "BEGIN:VCARD\nnonsense\nEND:VCARD\n"),
                   "b.vcf": ("1", card("b", "B", "nobody", "b@x.org")),
                   "c.vcf": ("1", "")}
    ask("sync", ADA)
    equal(known(ADA), ["b@x.org"], "contacts")
    Plain.seen.clear()
    sync(ADA, added=0, changed=0, removed=0)
    equal(reports(), [], "requests for cards")


def hostile(name, answer, words):
    """What was there stays."""
    Plain.script = {"/book/ada%40example.com": answer}
    fails(ADA, *words)
    Plain.script = {}
    equal(known(ADA), ["b@x.org"], "contacts")


def redirected():
    Plain.script = {"/away": (301, "", {"Location": "/book/"})}
    section(url=HERE + "/away?%n")
    Plain.script["/away?ada"] = Plain.script["/away"]
    sync(ADA)
    equal(known(ADA), ["b@x.org"], "contacts")
    Plain.script = {}


# ---- LDAP ----

def unit(name, below=f"ou=contacts,{BASE}"):
    return f"dn: ou={name},{below}\nobjectClass: organizationalUnit\n"


slapd = Slapd(unit("contacts", BASE), unit("ada"), unit("x\\+y"), *(
    person(f"l{i}", [f"l{i}@X.org"] + ["second@x.org"] * (i == 0) + ["no address"] * (i == 1),
           base=f"ou=ada,ou=contacts,{BASE}") for i in range(4)),
    person("odd", ["odd@x.org"], base=f"ou=x\\+y,ou=contacts,{BASE}", description=[ODD])).start()
with open(os.path.join(files, "ldap"), "w") as f:
    f.write(READER_PASSWORD + "\n")
os.chmod(os.path.join(files, "ldap"), 0o644)


def ldap_open(**more):
    section("directory", uri=slapd.local, base=BASE, preset="openldap", bind_dn=READER,
            password_file=os.path.join(files, "ldap"), page_size=2, **more)


def ldap_own():
    ldap_open(contacts_base=f"ou=%n,ou=contacts,{BASE}", contacts_filter="(mail=*)")
    sync(ADA, added=5, origin="ldap:office")
    equal(known(ADA, "ldap:office"),
          sorted([f"l{i}@x.org" for i in range(4)] + ["second@x.org"]), "contacts")
    slapd.remove("l0", base=f"ou=ada,ou=contacts,{BASE}")
    sync(ADA, added=0, removed=2, origin="ldap:office")
    sync(ODD, added=1, origin="ldap:office")
    equal(known(ODD), ["odd@x.org"], "contacts of who has a + in his name")


def ldap_filtered():
    """What is in a name stays in its value."""
    ldap_open(contacts_base=f"ou=contacts,{BASE}", contacts_filter="(&(mail=*)(description=%u))")
    sync(ODD, added=0, changed=0, removed=0, origin="ldap:office")
    equal(known(ODD), ["odd@x.org"], "contacts")


def ldap_shared():
    ldap_open(contacts_base=f"ou=contacts,{BASE}", contacts_filter="(mail=*)")
    rows = ask("sync")
    equal([(r["address"], r["added"], r["reason"]) for r in rows], [(None, 4, None)], "once")
    site.run("oof", "set", MAX, "--internal", "x", "--external", "y", "--audience", "known")
    check("Known" not in effect(MAX), effect(MAX))


def ldap_down():
    """What was there stays."""
    ldap_open(contacts_base=f"ou=none,{BASE}")
    equal(json.loads(site.command("contacts", "sync", "--json").stdout)[0]["reason"] is None,
          False, "an entry that is not there")
    slapd.stop()
    done = site.command("contacts", "sync", "--json")
    equal(done.returncode, 7, "status")
    check("Known" not in effect(MAX), effect(MAX))


def by_clerk():
    """The server does it by itself; a section that is gone takes its contacts
    along, and an address that is kept no longer is no contact."""
    own(user="reader", password="reader", url=dav.url + "/%u/contacts/")
    ask("clear", ADA)
    ask("clear", BOB)
    site.start()
    until(60, "contacts by the clerk", lambda: known(ADA) == ["zoe@new.example"] and
          known(BOB) == ["lea@x.org"])
    equal(site.stop(), 0, "serve's status")
    section()
    site.start()
    until(60, "no contacts any more", lambda: known(ADA) == [] and ask("status") == [])
    equal(site.stop(), 0, "serve's status")


case("a file's contacts are known, and the file again changes nothing", imported)
case("what cannot be read is told with its line", partly)
case("a file in the place of earlier ones", replaced)
cases("refused: contacts {0}", [
    (("import", ADA, "FILES/none.vcf"), 3, "none.vcf"),
    (("import", "nobody@example.com", "FILES/one.vcf"), 3, "no such mailbox"),
    (("import", ADA, "FILES/password"), 4, "there is no card in it"),
    (("import", ADA), 2, "FILE"), (("list",), 2, "ADDRESS"),
    (("list", "nobody@example.com"), 3, "no such mailbox"),
    (("sync", "nobody@example.com"), 3, "no such mailbox")], refused)
case("who changed another's contacts is in the audit", audited)
case("an absence for Known senders says what contacts make of it", known_acts)
case("a removed mailbox takes its contacts along", erased)
case("CardDAV: the first time all, the second nothing", first_sync)
case("CardDAV: what has changed since", changes)
case("CardDAV: a token that the server has forgotten", token_lost)
case("CardDAV: contacts from files are none of its business", files_beside)
case("CardDAV: address books are found from the server's root", discovery)
case("CardDAV: one reads everybody's", by_reader)
case("CardDAV: all mailboxes, and what fails is told", everybody)
case("CardDAV: an address book for all is kept once", shared)
case("CardDAV: a wrong password, and none", wrong_password)
case("CardDAV: over TLS, with the right certificate only", tls)
case("a server without tokens is asked for tags", tags)
case("a card that cannot be read costs nobody else's", broken_card)
cases("a bad answer changes nothing: {0}", [
    ("another server", (302, "", {"Location": "http://127.0.0.2:1/book/"}), ("another server",)),
    ("round and round", (302, "", {"Location": "/book/ada%40example.com"}), ("302",)),
    ("trouble", (500, "oops"), ("500",)), ("busy", (429, ""), ("429",)),
    ("not WebDAV", (200, "<html/>"), ("200",)), ("no XML", (207, "hello"), ("not well-formed",)),
    ("a DTD", (207, "<!DOCTYPE x><x/>"), ("document type",)),
    ("another document", (207, "<x/>"), ("multistatus",)),
    ("too much", (207, " " * (16 << 20) + "<x/>"), ("more than",))], hostile)
case("a redirect on the same server is followed", redirected)
case("LDAP: a mailbox's own contacts, by the name of their entry", ldap_own)
case("LDAP: by the filter", ldap_filtered)
case("LDAP: contacts that are for all", ldap_shared)
case("LDAP: a directory that does not answer", ldap_down)
case("the clerk reads contacts, and forgets those of no section", by_clerk)
main()
