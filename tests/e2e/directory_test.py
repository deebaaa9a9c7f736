#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""People in a real slapd: found, shown, swept, followed, signed in; and what is
done when the server is down, slow, somebody else's, or says what cannot be."""
import json
import os
import signal
import socket
import ssl
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.authority import Authority
from lib.cases import at_end, case, cases, check, equal, main, until
from lib.http import basic
from lib.installation import Installation, free_port, picture, statements
from lib.slapd import BASE, PEOPLE, READER, Slapd, person
from lib.soap import expect, get_oof

PICTURE_MAX = 8 << 20  # bytes
ANSWER_MAX = 24 << 20
NAME_MAX = 255         # bytes
ALIASES_MAX = 1200
PICTURES_MAX = 8
MANY = 25              # people, ...
PAGE = 4               # ... and of one page
LOCKED = "000001010000Z"

with open(picture("jpeg-baseline.jpg"), "rb") as f:
    JPEG = f.read()

slapd = Slapd(
    person("ada", ["countess@elsewhere.example", "ada@example.com", "Ada.L@Example.COM"],
           "Ada Lovelace", displayName="Ada, Countess of Lovelace", jpegPhoto=[JPEG, b"no picture"],
           userPassword="pw ada"),
    person("bob", ["bob@example.com"], "Bob", userPassword="pw bob"),
    person("cut", ["cut@example.com"], displayName="\u00fc" * 127 + "x" + "y" * 50),
    person("full", ["full@example.com"], displayName="\u00fc" * 127 + "x"),
    person("odd", ["odd@example.com", "no address", "a@b@c", "@x", "tab\t@example.com"],
           displayName="one\ntwo"),
    person("nomail", [], "Nomail"),
    person("twin1", ["twin@example.com"]), person("twin2", ["TWIN@example.com"]),
    person("off", ["off@example.com"], userPassword="pw off"),
    person("aliases", [f"a{n}@example.com" for n in range(ALIASES_MAX + 2)]),
    person("large", ["large@example.com"],
           jpegPhoto=[b"x" * PICTURE_MAX, b"y" * (PICTURE_MAX + 1)]),
    person("album", ["album@example.com"], jpegPhoto=[b"picture %d" % n for n in range(9)]),
    person("heavy", ["heavy@example.com"],
           jpegPhoto=[bytes([n]) * PICTURE_MAX for n in range(ANSWER_MAX // PICTURE_MAX + 1)]),
    person("umlaut", ["j\u00f6rg@example.com", "info@m\u00fcnchen.example"], "J\u00f6rg"),
    person("nopw", ["nopw@example.com"]),
    person("mover", ["mover@example.com"], userPassword="pw mover"),
    person("new", ["new@example.com"], userPassword="pw new"),
    person("guess", ["guess@example.com"], userPassword="pw guess"),
).start()
slapd.modify("off", f"add: pwdAccountLockedTime\npwdAccountLockedTime: {LOCKED}")
slapd.modify("new", "add: pwdReset\npwdReset: TRUE")

site = Installation("directory", domains=("example.com", "example.org"))


def using(*sections):
    """These instead of all that there were."""
    with open(site.conf) as f:
        parts = {name: text for name, text in statements(f.read()).items()
                 if not name.startswith("directory")}
    with open(site.conf, "w") as f:
        f.write("\n".join([*parts.values(), *sections]) + "\n")


def trace(address, status=0):
    """The steps of `frontdesk directory test`, as they were told."""
    done = site.command("directory", "test", address, "--json")
    equal(done.returncode, status, done.stdout.decode() + done.stderr.decode())
    return [(row["step"], row["found"]) for row in json.loads(done.stdout)], done.stderr.decode()


def found(steps, what):
    return [text for step, text in steps if step == what]


def says(steps, text):
    check(any(text in found for _, found in steps), f"no step says {text!r}: {steps}")


def shown(address):
    """The mailbox that it becomes, as another command shows it."""
    return json.loads(site.run("mailbox", "show", address, "--json"))


# ---- ways in ----

def way_in(uri, more, wanted):
    using(slapd.section(uri=uri, **more))
    steps, _ = trace("ada@example.com")
    for text in wanted:
        says(steps, text)
    equal(found(steps, "entry"), [f"uid=ada,{PEOPLE}"])


def no_way_in(section, status, reason, lists=False):
    using(section)
    _, error = trace("ada@example.com", status)
    check(reason in error, f"{reason!r} is not in {error!r}")
    if lists:
        return
    done = site.command("directory", "list", "--json")
    equal(done.returncode, 6)
    equal([row["state"] for row in json.loads(done.stdout)], ["failed"])


def environment():
    """What loosens ldapsearch does not loosen us."""
    other = Authority(slapd.dir, "Other CA")
    using(slapd.section(ca=other.ca))
    rc = slapd.write("ldaprc", f"TLS_REQCERT never\nTLS_CACERT {slapd.authority.ca}\n")
    os.environ.update(LDAPTLS_REQCERT="never", LDAPTLS_CACERT=slapd.authority.ca, LDAPRC=rc,
                      LDAPCONF=rc)
    try:
        _, error = trace("ada@example.com", 6)
        check("by an authority in" in error, error)
        using(slapd.section())
        trace("ada@example.com")
    finally:
        for name in ("LDAPTLS_REQCERT", "LDAPTLS_CACERT", "LDAPRC", "LDAPCONF"):
            del os.environ[name]


def checked():
    """frontdesk check asks each directory."""
    using(slapd.section())
    check("directory:office" in site.run("check"), "no word of the directory")
    using(slapd.section(base="ou=nobody," + BASE))
    done = site.command("check")
    equal(done.returncode, 78)
    check(b"No such object" in done.stdout, done.stdout.decode())


# ---- who is found ----

def several_addresses():
    """In any case of letters, by any value; the primary is in our domain."""
    using(slapd.section())
    for address in ("ada@example.com", "ADA@Example.com", "ada.l@example.com"):
        trace(address)
    site.run("directory", "sync")
    for address in ("ada@example.com", "ada.l@example.com"):
        mailbox = shown(address)
        check(mailbox["address"].endswith("@example.com"), mailbox["address"])
        equal(mailbox["name"], "Ada, Countess of Lovelace")


def pictures():
    using(slapd.section())
    steps, _ = trace("ada@example.com")
    equal(found(steps, "jpegPhoto"),
          [f"a picture of {len(JPEG)} bytes: taken", "a picture of 10 bytes: taken"])
    using(slapd.section(photo_attributes=["none"]))
    steps, _ = trace("ada@example.com")
    equal(found(steps, "jpegPhoto"), [])


def limits():
    using(slapd.section())
    steps, _ = trace("large@example.com")
    equal(sorted(found(steps, "jpegPhoto")),
          [f"a picture of {PICTURE_MAX} bytes: taken",
           f"a picture of {PICTURE_MAX + 1} bytes: left out: it is too large"])
    steps, _ = trace("album@example.com")
    equal([text.split(": ")[1] for text in found(steps, "jpegPhoto")],
          ["taken"] * PICTURES_MAX + ["left out"])
    says(trace(f"a{ALIASES_MAX}@example.com")[0], "one person")
    steps, _ = trace(f"a{ALIASES_MAX + 1}@example.com", 3)
    equal(found(steps, "mail"), ["left out: he has too many addresses"])


def heavy():
    """More of pictures than an answer may have: he has none, and the server is not down."""
    using(slapd.section())
    steps, _ = trace("heavy@example.com")
    says(steps, f"an answer of more than {ANSWER_MAX} bytes")
    equal(found(steps, "jpegPhoto"), [])
    trace("ada@example.com")


def odd_values():
    using(slapd.section())
    steps, _ = trace("odd@example.com")
    equal(len(found(steps, "mail")), 4, steps)
    equal(found(steps, "displayName"), ["left out: \"one\ntwo\""])


def nobody(address):
    using(slapd.section())
    steps, _ = trace(address, 3)
    equal(found(steps, "found"), ["0"], address)


def no_address(address):
    using(slapd.section())
    equal(trace(address, 4)[0], [])


def one_of_two():
    using(slapd.section())
    _, error = trace("twin@example.com", 1)
    check("more than one" in error and "uid=twin1" in error, error)


def disabled():
    using(slapd.section())
    says(trace("off@example.com")[0], "none")
    site.run("directory", "sync")
    equal(site.command("mailbox", "show", "off@example.com").returncode, 3)


def narrowed():
    """The section's filter, base and domains."""
    using(slapd.section(filter="(uid=bob)"))
    trace("bob@example.com")
    trace("ada@example.com", 3)
    using(slapd.section(domains=["example.org"]))
    says(trace("ada@example.com", 3)[0], "does not serve the domain")
    using(slapd.section(base="uid=ada," + PEOPLE))
    trace("ada@example.com")
    trace("bob@example.com", 3)


# ---- everybody ----

def in_pages():
    """More people than a page; those of two sections do not mix."""
    slapd.add(*[person(f"many{n}", [f"many{n}@example.org"], f"Many {n}") for n in range(MANY)])
    using(slapd.section(page_size=PAGE, filter="(uid=many*)"))
    counts = json.loads(site.run("directory", "sync", "office", "--json"))
    equal((counts["seen"], counts["made"]), (MANY, MANY))
    equal(shown(f"many{MANY - 1}@example.org")["name"], f"Many {MANY - 1}")
    counts = json.loads(site.run("directory", "sync", "office", "--json"))
    equal((counts["seen"], counts["made"], counts["changed"]), (MANY, 0, 0))
    rows = json.loads(site.run("directory", "list", "--json"))
    equal(rows[0]["people"] >= MANY, True, rows)


def no_more_than():
    """A server that gives our account a few entries only is not believed."""
    few = Slapd(*[person(f"p{n}", [f"p{n}@example.org"]) for n in range(8)], limit=5,
                authority=slapd.authority).start()
    using(few.section(title="few", page_size=2))
    done = site.command("directory", "sync", "few")
    equal(done.returncode, 6, done.stderr.decode())
    check(b"limit" in done.stderr.lower(), done.stderr.decode())
    few.stop()


def renamed():
    """Another name and address, the same mailbox."""
    using(slapd.section())
    slapd.add(person("rob", ["rob@example.com"]))
    site.run("directory", "sync")
    site.run("oof", "set", "rob@example.com", "--internal", "gone fishing")
    slapd.rename("rob", "robert")
    slapd.modify("robert", "replace: mail\nmail: robert@example.com",
                 "replace: displayName\ndisplayName: Robert")
    site.run("directory", "sync")
    mailbox = shown("robert@example.com")
    equal(mailbox["name"], "Robert")
    check("gone fishing" in site.run("oof", "show", "robert@example.com"), "his absence")


# ---- servers that are not there, or not as they should be ----

class Bad:
    """Takes connections; act(connection) says what then."""

    def __init__(self, act):
        self.act, self.kept = act, []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()
        at_end(self.close)

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.kept.append(connection)
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        try:
            self.act(connection)
        except OSError:
            pass

    def close(self):
        self.socket.close()
        for connection in self.kept:
            connection.close()


def silent(connection):
    pass


def hangs_up(connection):
    connection.close()


def babbles(connection):
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 20)


def drips(connection):
    """An answer without end, a byte at a time."""
    connection.sendall(b"\x30\x84\x00\x10\x00\x00")
    while True:
        connection.sendall(b"\x02")
        time.sleep(0.02)


def endless(connection):
    """An answer of 2 GiB, as it says."""
    connection.recv(1000)
    connection.sendall(b"\x30\x84\x7f\xff\xff\xff\x02\x01\x01")
    while True:
        connection.sendall(b"x" * 65536)


def drips_tls(connection):
    """TLS is as it should be; then a record without end."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(slapd.certificate, slapd.key)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            connection.sendall(outgoing.read())
            incoming.write(connection.recv(65536))
    connection.sendall(outgoing.read())
    connection.recv(65536)
    connection.sendall(b"\x17\x03\x03\x40\x00")
    while True:
        connection.sendall(b"x")
        time.sleep(0.02)


def passed_over(scheme, act):
    """The next server answers."""
    bad = Bad(act)
    using(slapd.section(uri=[f"{scheme}://127.0.0.1:{bad.port}", slapd.tls], timeout_ms=300))
    steps, _ = trace("ada@example.com")
    equal(found(steps, "entry"), [f"uid=ada,{PEOPLE}"])
    says(steps, f"127.0.0.1:{bad.port}: ")
    bad.close()


def all_down():
    port = free_port()
    using(slapd.section(uri=[f"ldap://127.0.0.1:{port}", f"ldaps://127.0.0.1:{port}"]))
    _, error = trace("ada@example.com", 6)
    check("Connection refused" in error, error)


# ---- the server: kept connections, logins ----

def serving():
    using(slapd.section(timeout_ms=1000, refresh_s=0, poll_s=0))
    site.configure('login {\n\tpasswords = "directory"\n\tremember_other_s = 0\n'
                   '\tpenalty_exempt = { "127.0.0.1" }\n}\nworkers = 1\n'
                   'threads {\n\tdirectory = 2\n}\n')
    site.start()


def status(name, password):
    return site.client().get("/ews/Exchange.asmx/s/GetUserPhoto?email=x@example.com&size=HR48x48",
                             authorization=basic(name, password)).status


def right(name, password, mailbox):
    expect(site.client(name, password).post(get_oof(mailbox)), 200, "NoError")


REASONS = []  # that the log has to say, in this order


def refused(name, password, said):
    """The reason is for the log, which is looked at later; the client is told none."""
    answer = site.client().post(get_oof("ada@example.com"), authorization=basic(name, password))
    equal(answer.status, 401)
    check(b"password" not in answer.body, answer.body)
    REASONS.append(said)


def reasons():
    def told():
        lines = [json.loads(line) for line in site.access_lines()]
        return [line["reason"] for line in lines if line["status"] == 401 and line["reason"]]
    until(10, f"the log saying {len(REASONS)} reasons", lambda: len(told()) >= len(REASONS))
    for said, wanted in zip(told(), REASONS):
        check(wanted in said, f"{said!r}, not {wanted!r}")


def moved():
    """He is bound as what he is now."""
    right("mover@example.com", "pw mover", "mover@example.com")
    slapd.rename("mover", "shaker")
    right("mover@example.com", "pw mover", "mover@example.com")
    refused("mover@example.com", "pw bob", "a wrong password")


def locked():
    """Three wrong passwords lock him out there; he stays who he is."""
    for _ in range(3):
        refused("guess@example.com", "wrong", "a wrong password")
    refused("guess@example.com", "pw guess", "the account is locked")
    check(slapd.entry("guess", "pwdAccountLockedTime") is not None, "not locked")
    right("bob@example.com", "pw bob", "bob@example.com")
    trace("guess@example.com")


def stopped():
    """Nobody can tell: 503; soon after it is back all is well again."""
    right("ada@example.com", "pw ada", "ada@example.com")
    slapd.stop()
    equal(status("ada@example.com", "pw ada"), 503)
    equal(status("ada@example.com", "wrong"), 503)
    slapd.start()
    until(20, "a login", lambda: status("ada@example.com", "pw ada") == 404)
    equal(status("ada@example.com", "wrong"), 401)


def restarted():
    """A connection that was closed meanwhile is noticed, and made again."""
    for _ in range(4):
        right("ada@example.com", "pw ada", "ada@example.com")
    slapd.stop()
    slapd.start()
    for _ in range(4):
        right("ada@example.com", "pw ada", "ada@example.com")


def halted():
    slapd.halt()
    equal(status("ada@example.com", "pw ada"), 503)
    slapd.go_on()
    until(20, "a login", lambda: status("ada@example.com", "pw ada") == 404)


def together():
    """Many at once, with two threads."""
    results = []
    def one(n):
        who = ("ada", "bob")[n % 2]
        good = n % 4 < 2
        results.append((good, status(f"{who}@example.com", f"pw {who}" if good else "wrong")))
    threads = [threading.Thread(target=one, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    equal(sorted(set(results)), [(False, 401), (True, 404)])


def followed():
    """What changes there is here before long."""
    using(slapd.section(timeout_ms=1000, poll_s=1))
    at = len(site.lines)
    site.signal(signal.SIGHUP)
    until(20, "the reload", lambda: any("was read again" in line for line in site.lines[at:]))
    right("bob@example.com", "pw bob", "bob@example.com")
    for name in ("Bobby", "Bobbie"):
        slapd.modify("bob", f"replace: displayName\ndisplayName: {name}")
        until(20, name, lambda: shown("bob@example.com")["name"] == name)


def secrets():
    """No password in any log of ours."""
    text = site.log() + "\n".join(site.access_lines())
    for word in ("pw ada", "pw bob", "reader secret"):
        check(word not in text, f"{word} in the log")


WRONG_NAME = Authority(slapd.dir, "Name CA")
other = Slapd(person("ada", ["ada@example.com"]), names=("other.example", "192.0.2.1"),
              authority=WRONG_NAME, anonymous="read").start()
old = Slapd(person("ada", ["ada@example.com"]), authority=slapd.authority,
            more='TLSCipherSuite "NORMAL:-VERS-ALL:+VERS-TLS1.1"').start()
empty = slapd.write("empty.password", "\nbehind\n")
wrong = slapd.write("wrong.password", "wrong\n")

cases("a way in: {0}", [
    (slapd.tls, {}, ["TLS1.3", f"bound as {READER}"]),
    (slapd.plain, {"starttls": True}, ["TLS1.3", f"bound as {READER}"]),
    (slapd.plain, {}, [f"bound as {READER}"]),
    (slapd.local, {}, [f"bound as {READER}"])], way_in)
case("asked as nobody", way_in, other.plain, {"bind_dn": None, "password_file": None},
     ["asked as nobody"])
cases("no way in: {2}", [
    (slapd.section(ca=WRONG_NAME.ca), 6, "by an authority in"),
    (slapd.section(ca=WRONG_NAME.ca, uri=slapd.plain, starttls=True), 6, "by an authority in"),
    (slapd.section(ca=wrong), 6, "by an authority in"),
    (other.section(), 6, "by an authority in"),
    (old.section(), 6, "TLS1.1 is too old"),
    (slapd.section(ca="/nowhere/ca.pem"), 6, "/nowhere/ca.pem cannot be read"),
    (slapd.section(password_file=wrong), 6, "Invalid credentials"),
    (slapd.section(password_file=empty), 6, "its first line is empty"),
    (slapd.section(password_file="/nowhere/pw"), 6, "/nowhere/pw: No such file"),
    (slapd.section(bind_dn=None, password_file=None), 6, "Insufficient access"),
    (slapd.section(base="ou=nobody," + BASE), 4, "No such object"),
    (slapd.section(uid_attribute="employeeNumber"), 4, "has no employeeNumber", True),
    ], no_way_in)
case("the machine's own settings of LDAP loosen nothing", environment)
case("frontdesk check asks the directory", checked)
case("several addresses", several_addresses)
case("pictures", pictures)
case("values just within and just over their limits", limits)
case("more pictures than an answer may have", heavy)
case("values that are nothing are left out and told", odd_values)
cases("nobody: {0}", ["nobody@example.com", "*@example.com", "ad*@example.com", "|=!&@example.com",
                      "nomail@example.com", "\u00e4da@example.com"], nobody)
cases("no address: {0}", ["*)(mail=*@example.com", "x)(|(mail=*)@example.com",
                          "a\\2aa@example.com", "(objectClass=*)@example.com"], no_address)
case("two with the same address", one_of_two)
case("who is disabled there", disabled)
case("the section's filter, base and domains", narrowed)
case("more people than a page", in_pages)
case("a server that gives no more than a few", no_more_than)
case("renamed there", renamed)
cases("a server that is passed over: {0}, {1.__name__}", [
    ("ldap", silent), ("ldaps", silent), ("ldap", hangs_up), ("ldaps", hangs_up),
    ("ldap", babbles), ("ldaps", babbles), ("ldap", drips), ("ldap", endless),
    ("ldaps", drips_tls)], passed_over)
case("no server is there", all_down)
case("serving", serving)
cases("signed in: {0}", [("ada@example.com", "pw ada", "ada@example.com"),
                         ("Ada.L@example.com", "pw ada", "ada@example.com"),
                         ("bob@example.com", "pw bob", "bob@example.com")], right)
cases("refused: {0} {1!r}", [
    ("ada@example.com", "wrong", "a wrong password"), ("ada@example.com", "pw bob", "a wrong"),
    ("ada@example.com", "", "an empty password"), ("nobody@example.com", "x", "no such user"),
    ("nopw@example.com", "x", "a wrong password"), ("off@example.com", "pw off", "no such user"),
    ("new@example.com", "pw new", "has to be changed"),
    ("ada@example.com", "x" * 512, "more than 511 bytes")], refused)
case("who was moved signs in all the same", moved)
case("who is locked out there", locked)
case("the log says why", reasons)
case("the server stopped, and started again", stopped)
case("the server restarted between two requests", restarted)
case("the server halted", halted)
case("many at once", together)
case("changes are followed", followed)
case("no password is in a log", secrets)
main()
