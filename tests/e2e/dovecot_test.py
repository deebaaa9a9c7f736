#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Signing in as for mail: passwords asked of a real Dovecot."""
import json
import os
import signal
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main, until
from lib.dovecot import Dovecot
from lib.http import basic
from lib.installation import Installation
from lib.soap import expect, get_oof

TOGETHER = 32

dovecot = Dovecot()
site = Installation("dovecot", domains=("example.com", "example.org"))
SECRET = "our own, and of no use"


def person(address, password=None, fields="", *options):
    """A mailbox here, and a user of Dovecot's."""
    site.add(address, *options, password=SECRET)
    if password is not None:
        dovecot.put(address, password, fields)
    return address


ADA = person("ada@example.com", "pw ada", "", "--alias", "countess@example.com")
ODD = person("o~neil+x=y%u_{z}@example.com", "tab?:'%u\\ 1")
UTF8 = person("b\u00fcro@example.com", "gr\u00fc\u00df:e \u20ac \U0001d11e")
LONG = person("l" * 64 + "@example.com", "x" * 511)
OFF = person("off@example.com", "pw", "nologin=y reason=gone")
PROXIED = person("proxied@example.com", "pw", "proxy=y host=127.0.0.1")
TEMP = person("temp@example.com")
HOME = person("home@example.com")
OTHER = person("ada@example.org", "pw other")
dovecot.put("alias@example.com", "pw", "user=ada@example.com")
dovecot.put("stranger@example.com", "pw")
dovecot.put("uid@example.com", "pw", "user=u1234")
dovecot.put("home", "pw home")
dovecot.put("far@elsewhere.example", "pw")
dovecot.put("nick@example.com", "pw", "user=real@example.com")
for n in range(TOGETHER):
    dovecot.put(f"new{n % 2}@example.com", "pw new")
site.add("uid@example.com", password=SECRET)
dovecot.start()


def login(**more):
    lines = {"passwords": '"dovecot"', "dovecot_socket": f'"{dovecot.socket}"',
             "remember_other_s": "0", "create_mailboxes": "no", "penalty_exempt": '{"127.0.0.1"}', **more}
    return "login {\n" + "".join(f"\t{k} = {v}\n" for k, v in lines.items()) + "}\n"


def reloaded(**more):
    at = len(site.lines)
    site.configure(login(**more))
    site.signal(signal.SIGHUP)
    until(20, "the reload", lambda: any("was read again" in line for line in site.lines[at:]))


site.configure(login() + "workers = 1\n")
site.start()


def status(name, password):
    return site.client().get("/ews/Exchange.asmx/s/GetUserPhoto?email=x@example.com&size=HR48x48",
                             authorization=basic(name, password)).status


def right(name, password, mailbox):
    """Whose mailbox it is: the one whose absence he may read."""
    expect(site.client(name, password).post(get_oof(mailbox)), 200, "NoError")


def refused(name, password, wanted):
    equal(status(name, password), wanted, name)


def why(name, password, wanted, said):
    """The reason is for the log; the client is told nothing."""
    at = len(site.access_lines())
    answer = site.client().post(get_oof(ADA), authorization=basic(name, password))
    equal(answer.status, wanted)
    check(said.encode() not in answer.body, answer.body)
    until(10, f"the log saying {said}",
          lambda: any(said in line for line in site.access_lines()[at:]))


def ours_is_no_use():
    refused(ADA, SECRET, 401)


def same_answer():
    def told(name):
        answer = site.client().get("/ews/Exchange.asmx", authorization=basic(name, "wrong"))
        return (answer.status, answer.body,
                sorted((k, v) for k, v in answer.headers.items() if k != "Date"))
    equal(told("nobody@example.com"), told(ADA))
    equal(told(OFF), told(ADA))


def stopped():
    """Nobody can tell: 503, which is no failed login. Then it is as before."""
    right(ADA, "pw ada", ADA)
    dovecot.stop()
    for name, password in ((ADA, "pw ada"), (ADA, "wrong"), ("nobody@example.com", "x")):
        refused(name, password, 503)
    equal(site.client().post(get_oof(ADA)).status, 401, "without credentials")
    why(ADA, "pw ada", 503, "auth-frontdesk")
    dovecot.start()
    right(ADA, "pw ada", ADA)
    refused(ADA, "wrong", 401)


def restarted():
    """The next login is the new Dovecot's."""
    right(ADA, "pw ada", ADA)
    dovecot.stop()
    dovecot.start()
    for _ in range(8):
        right(ADA, "pw ada", ADA)


def becomes(name, password, wanted):
    """Dovecot itself looks at its file once a second."""
    until(20, f"{wanted} for {name} {password}", lambda: status(name, password) == wanted)


def changed():
    """With remember_other_s = 0 a change counts at once; else when that is over."""
    new = person("new@example.com", "one")
    becomes(new, "one", 404)
    dovecot.put(new, "two")
    becomes(new, "two", 404)
    refused(new, "one", 401)
    reloaded(remember_other_s=3)
    right(new, "two", new)
    dovecot.put(new, "three")
    becomes(new, "three", 404)
    becomes(new, "two", 401)
    reloaded(remember_other_s=900)
    right(new, "three", new)
    dovecot.put(new, "four")
    becomes(new, "four", 404)
    right(new, "three", new)
    reloaded()
    refused(new, "three", 401)


def remembered_while_down():
    reloaded(remember_other_s=900)
    right(ADA, "pw ada", ADA)
    dovecot.stop()
    right(ADA, "pw ada", ADA)
    refused(OTHER, "pw other", 503)
    dovecot.start()
    reloaded()


def together():
    results = []

    def one(n):
        good = n % 4 != 3
        results.append((status(f"p{n}@example.com", f"pw {n}" if good else "wrong"), good))
    for n in range(TOGETHER):
        person(f"p{n}@example.com", f"pw {n}")
    becomes(f"p{TOGETHER - 1}@example.com", f"pw {TOGETHER - 1}", 404)
    threads = [threading.Thread(target=one, args=(n,)) for n in range(TOGETHER)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    equal(sorted(set(results)), [(401, False), (404, True)])
    equal(len(results), TOGETHER)


def own_name():
    """A site whose users have no domain, and one that wants the login's mailbox."""
    refused(HOME, "pw home", 401)
    reloaded(dovecot_user='"%n"')
    right(HOME, "pw home", HOME)
    right("example.com\\home", "pw home", HOME)
    refused(ADA, "pw ada", 401)
    refused("uid@example.com", "pw", 401)
    reloaded(dovecot_mailbox="login")
    right("uid@example.com", "pw", "uid@example.com")
    reloaded()


def addresses():
    return {m["address"] for m in json.loads(site.run("mailbox", "list", "--json"))}


def made():
    """Whom Dovecot knows has a mailbox once he has signed in, and not before."""
    def one(n):
        right(f"new{n % 2}@example.com", "pw new", f"new{n % 2}@example.com")
    reloaded(create_mailboxes="yes")
    before = addresses()
    refused("stranger@example.com", "wrong", 401)
    why("far@elsewhere.example", "pw", 401, "no such mailbox")
    equal(addresses(), before, "nobody new")
    right("Stranger@Example.com", "pw", "stranger@example.com")
    right("nick@example.com", "pw", "real@example.com")
    right("example.com\\stranger", "pw", "stranger@example.com")
    threads = [threading.Thread(target=one, args=(n,)) for n in range(TOGETHER)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    new = {f"{name}@example.com" for name in ("stranger", "real", "new0", "new1")}
    equal(addresses() - before, new)
    facts = json.loads(site.run("mailbox", "show", "stranger@example.com", "--json"))
    equal((facts["login"], facts["name"], facts["aliases"]), (False, "", []))
    for address in new:
        site.run("mailbox", "remove", address, "--yes")
    reloaded(create_mailboxes="yes", mailbox='"%n@example.com"')
    right("stranger", "pw", "stranger@example.com")
    right("org.example\\stranger", "pw", "stranger@example.com")
    site.run("mailbox", "remove", "stranger@example.com", "--yes")
    reloaded()
    refused("stranger@example.com", "pw", 401)


def socket_of_nobody():
    reloaded(dovecot_socket='"run/none"')
    refused(ADA, "pw ada", 503)
    reloaded()


def checked():
    """frontdesk check asks Dovecot, and knows what to do."""
    check("answers" in site.run("check"), "no word of Dovecot")
    dovecot.stop()
    done = site.command("check")
    equal(done.returncode, 78, "status")
    for word in (b"unix_listener", dovecot.socket.encode()):
        check(word in done.stdout, done.stdout.decode())
    dovecot.start()


def no_plain():
    """A socket that takes other mechanisms alone."""
    dovecot.stop()
    dovecot.mechanisms = "cram-md5"
    dovecot.start()
    why(ADA, "pw ada", 503, "PLAIN")
    check(b"auth_mechanisms" in site.command("check").stdout, "the remedy")
    dovecot.stop()
    dovecot.mechanisms = "plain"
    dovecot.start()
    right(ADA, "pw ada", ADA)


def secrets():
    """No password in any log of ours."""
    text = site.log() + "\n".join(site.access_lines())
    for word in ("pw ada", "pw%20ada", "wrong password: ", "\u20ac", "x" * 100):
        check(word not in text, f"{word} in the log")


RIGHT = [(ADA, "pw ada", ADA), ("ADA@Example.COM", "pw ada", ADA), (OTHER, "pw other", OTHER),
         ("example.org\\ada", "pw other", OTHER), (ODD, "tab?:'%u\\ 1", ODD),
         (UTF8, "gr\u00fc\u00df:e \u20ac \U0001d11e", UTF8), (LONG, "x" * 511, LONG),
         ("alias@example.com", "pw", ADA)]
cases("right: {0}", RIGHT, right)
REFUSED = [(ADA, "wrong", 401), (ADA, "PW ADA", 401), (ADA, "pw ada ", 401), (ADA, "pw other", 401),
           ("nobody@example.com", "x", 401), ("ada@elsewhere.example", "pw ada", 401), ("ada", "pw ada", 401),
           ("countess@example.com", "pw ada", 401),  # an alias here, nobody there
           (OFF, "pw", 401), (OFF, "wrong", 401), ("stranger@example.com", "pw", 401),
           ("uid@example.com", "pw", 401), (TEMP, "x", 503), (PROXIED, "pw", 503),
           (ADA + "*boss", "master", 401), ("boss", "master", 401), (LONG, "x" * 512, 401),
           ("ada\tpw@example.com", "x", 401), ("ada@example.com\nAUTH\t9\tPLAIN", "x", 401),
           ("ada@example.com\0", "pw ada", 401), ("%u", "%w", 401)]
cases("{2}: {0!r}", [(n, p, s) for n, p, s in REFUSED], refused)
cases("the log says why: {3}", [
    (ADA, "wrong", 401, "Dovecot: an unknown user or a wrong password"),
    (OFF, "pw", 401, "may not log in"), (TEMP, "x", 503, "cannot tell now"),
    (PROXIED, "pw", 503, "proxy"), (ADA + "*boss", "master", 401, "master user"),
    ("stranger@example.com", "pw", 401, "no such mailbox")], why)
case("our own passwords are of no use", ours_is_no_use)
case("unknown, wrong and disabled look the same", same_answer)
case("Dovecot stopped and started again", stopped)
case("Dovecot restarted", restarted)
case("a password changed in Dovecot", changed)
case("who is remembered goes on without Dovecot", remembered_while_down)
case(f"{TOGETHER} logins at once", together)
case("names without a domain, and other names of Dovecot's", own_name)
case("a verified login has a mailbox made", made)
case("a socket where nobody listens", socket_of_nobody)
case("frontdesk check asks Dovecot", checked)
case("Dovecot without PLAIN", no_plain)
case("no password is in a log", secrets)
main()
