#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Scripts at a real Dovecot by ManageSieve: ours beside those of their owners, which
are never lost, wherever the conversation breaks off."""
import base64
import json
import os
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.authority import Authority
from lib.cases import at_end, case, cases, check, equal, main, until
from lib.dovecot_mail import DovecotMail
from lib.installation import BUILD, Installation, environment, folder
from lib.sink import Sink
from lib.soap import expect, set_oof

WAIT_SECONDS = 60  # a limit for a busy machine, not a timing
DRIVER = os.path.join(BUILD, "backend-driver")
STAMP = b"# frontdesk sha256="

scratch = folder("managesieve")
authority, stranger = Authority(scratch), Authority(scratch, "Stranger")
sink = Sink()
certificate, key = authority.sign("localhost")
# Whoever has guessed wrong is not made to wait.
dovecot = DovecotMail(sink.port, certificate=certificate, key=key, more="""service anvil {
	unix_listener anvil-auth-penalty {
		mode = 0
	}
}
""")
PASSWORD = os.path.join(scratch, "password")
WRONG = os.path.join(scratch, "wrong")
for path, text in ((PASSWORD, "master\n"), (WRONG, "guessed\n")):
    with open(path, "w") as f:
        f.write(text)

# Dovecot looks at its users once a second only: all are there from the start.
free = [f"user{n}@example.com" for n in range(400)]
LIMITED = {"32k@example.com": "max_script_size=32k", "20k@example.com": "max_script_size=20k",
           "any@example.com": "max_script_size=0", "one@example.com": "quota_max_scripts=1",
           "two@example.com": "quota_max_scripts=2", "three@example.com": "quota_max_scripts=3"}
DEFAULT = os.path.join(dovecot.dir, "default.sieve")  # for who has no active one
dovecot.write("default.sieve", 'require "fileinto"; fileinto "Work";')
NAMED = "named@example.com"
LIMITED[NAMED] = f"default={DEFAULT} userdb_sieve_default_name=site"
dovecot.users = {name: ("pw", "") for name in free}
dovecot.users.update((name, ("pw", f"userdb_sieve_{field}")) for name, field in LIMITED.items())
dovecot.put()


def user():
    """One that has nothing yet."""
    return free.pop(0)


# ---- the server, as its user sees it ----

def own(name):
    return os.path.join(dovecot.dir, "home", name, "sieve")


def active(name):
    """The name of the active script; None: none is."""
    link = os.path.join(dovecot.dir, "home", name, ".dovecot.sieve")
    if not os.path.islink(link):
        return None
    return os.path.basename(os.readlink(link))[:-len(".sieve")]


def scripts(name):
    """{name: bytes} of what lies there."""
    found = {}
    if os.path.isdir(own(name)):
        for entry in os.listdir(own(name)):
            if entry.endswith(".sieve"):
                with open(os.path.join(own(name), entry), "rb") as f:
                    found[entry[:-len(".sieve")]] = f.read()
    return found


def write(name, script, text, activate=False):
    """What the user does himself."""
    home = os.path.join(dovecot.dir, "home", name)
    os.makedirs(own(name), exist_ok=True)
    path = os.path.join(own(name), script + ".sieve")
    with open(path, "wb") as f:
        f.write(text.encode() if isinstance(text, str) else text)
    link = os.path.join(home, ".dovecot.sieve")
    if activate:
        if os.path.lexists(link):
            os.unlink(link)
        os.symlink(f"sieve/{script}.sieve", link)
    for entry in (home, own(name), path):
        os.chown(entry, dovecot.account.pw_uid, dovecot.account.pw_gid)


def state(name):
    return active(name), scripts(name)


# ---- between us and it ----

class Between:
    """A proxy. It ends the connection with the command whose number is `cut`, which is
    carried out, and not answered; and it has `edit` change what the server says."""

    def __init__(self, edit=None):
        self.edit, self.cut, self.count = edit, None, 0
        self.connections, self.left = 0, set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()
        at_end(self.listener.close)

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", dovecot.managesieve))
            threading.Thread(target=self.answers, args=(server, client), daemon=True).start()
            threading.Thread(target=self.commands, args=(client, server), daemon=True).start()

    def answers(self, server, client):
        try:
            while data := server.recv(65536):
                client.sendall(self.edit(data) if self.edit else data)
        except OSError:
            pass
        if server not in self.left:
            self.end(client)

    def another(self, client, server):
        """The server lets go of its user, which Dovecot's cannot: a new one takes over."""
        self.left.add(server)
        self.end(server)
        fresh = socket.create_connection(("127.0.0.1", dovecot.managesieve))
        greeting = b""
        while not greeting.endswith(b'ready."\r\n'):
            greeting += fresh.recv(65536)
        threading.Thread(target=self.answers, args=(fresh, client), daemon=True).start()
        client.sendall(b"OK\r\n")
        return fresh

    @staticmethod
    def end(*sockets):
        for s in sockets:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def commands(self, client, server):
        """Whole commands: a line, and the literals that it announces."""
        stream = client.makefile("rb")
        try:
            while command := stream.readline():
                while command.endswith(b"+}\r\n"):
                    size = int(command[command.rindex(b"{") + 1:-4])
                    command += stream.read(size) + stream.readline()
                self.count += 1
                if self.count == self.cut:
                    self.end(client)  # what it answers is not heard
                    server.sendall(command)
                    self.drain(server)
                    break
                if command == b"UNAUTHENTICATE\r\n":
                    server = self.another(client, server)
                else:
                    server.sendall(command)
        except OSError:
            pass
        self.end(client, server)

    @staticmethod
    def drain(server):
        """Until the command is carried out."""
        server.settimeout(WAIT_SECONDS)
        try:
            server.sendall(b'NOOP "drained"\r\n')
            seen = b""
            while b"drained" not in seen:
                data = server.recv(65536)
                if not data:
                    return
                seen += data
        except OSError:
            pass


def edited(old, new):
    return Between(lambda data: data.replace(old, new)).port


NO_INCLUDE = b" include ", b" "  # a server that runs one script at a time


class Backend:
    def __init__(self, port=None, **section):
        section = {"kind": "managesieve", "server": f"127.0.0.1:{port or dovecot.managesieve}",
                   "starttls": "no", "master": "boss", "password_file": PASSWORD, **section}
        self.process = subprocess.Popen(
            [DRIVER, *(f"{k}={v}" for k, v in section.items())], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env=environment())
        at_end(self.close)

    def close(self):
        self.process.stdin.close()
        self.process.wait(WAIT_SECONDS)
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()

    def __call__(self, *words):
        """[what it says ..., its error's name, the reason]"""
        self.process.stdin.write("\t".join(words).encode() + b"\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().rstrip("\n").split("\t")

    def put(self, name, script):
        return self("put", name, base64.b64encode(script.encode()).decode())

    def good(self, *words):
        answer = self(*words) if words[0] != "put" else self.put(*words[1:])
        equal(answer[-2:], ["ok", ""], " ".join(words[:2]))
        return answer[:-2]

    def got(self, name):
        """What `get` gives: None, or the script."""
        answer = self.good("get", name)
        return None if answer[0] == "nothing" else base64.b64decode(answer[1]).decode()


def refuses(answer, err, words):
    equal(answer[-2], err, "error of " + repr(answer))
    check(words in answer[-1], f"'{words}' in the reason '{answer[-1]}'")


# ---- beside the user's own ----

RULE = 'if header :contains "subject" "work" { fileinto "Work"; }\r\n'
MAIN = 'require "fileinto";\r\n' + RULE
OURS = 'require "vacation";\r\nvacation :days 1 :handle "h" :subject "away" :addresses "{0}" "Away.";\r\n'
MAIL = b"From: bob@far.example\r\nTo: %s\r\nSubject: work\r\nMessage-ID: <%d@far.example>\r\n\r\nHello\r\n"
mails = 0


def deliver(name):
    """A mail from somebody new. How many lie in the user's Work, how many were answered."""
    global mails
    mails += 1
    sender = f"bob{mails}@far.example"
    status, text = dovecot.deliver(sender, name, MAIL % (name.encode(), mails))
    equal(status, 250, text)
    return len(dovecot.mails(name, ".Work")), [m for m in sink.mails if m.recipients == [sender]]


# what is there; active; how ours is run while it is there
BESIDE = [
    ("there is none", {}, None, "wrapped"),
    ("none is active", {"old": MAIN}, None, "wrapped"),
    ("one is active", {"main": MAIN, "old": "keep;"}, "main", "wrapped"),
    ("its name is odd", {'b\u00fcro "1" \\ {5}': MAIN}, 'b\u00fcro "1" \\ {5}', "wrapped"),
    ("its name is as long as may be", {"\u20ac" * 80: MAIN}, "\u20ac" * 80, "wrapped"),
    ("it includes ours", {"main": 'require ["include", "fileinto"];\r\ninclude :personal :optional "frontdesk";'
                          + RULE}, "main", "included"),
    ("it includes others", {"main": 'require ["include", "fileinto"];\r\ninclude "sub";' + RULE, "sub": "keep;"},
     "main", "wrapped"),
    ("it has a vacation that is switched off", {"main": 'require ["fileinto", "vacation"];\r\n'
     'if false # not now\r\n{ vacation "gone"; }\r\n' + RULE}, "main", "wrapped"),
]


def test_beside(what, there, running, how):
    name = user()
    for script, text in there.items():
        write(name, script, text, script == running)
    before = state(name)
    backend = Backend()
    ours = OURS.format(name)
    equal(backend.got(name), None)
    for text in (ours, ours.replace("Away.", "Far away.")):
        backend.good("put", name, text)
        equal(active(name), "frontdesk-active" if how == "wrapped" else running, "the active script")
        equal(backend.got(name), text)
        check(scripts(name)["frontdesk"].endswith(text.encode()), "it lies there whole")
    filed, answers = deliver(name)
    equal(filed, 1 if running else 0, "filed by his own")
    equal(len(answers), 1, "answered by ours")
    backend.good("remove", name)
    equal(backend.got(name), None)
    if how == "included":
        equal(active(name), running)
        check(scripts(name).pop("frontdesk").startswith(STAMP), "an empty one of ours is left")
    else:
        equal(state(name), before, "as it was before")
    filed_again, answers = deliver(name)
    equal(filed_again, 2 * filed, "filed by his own")
    equal(answers, [], "not answered any more")
    backend.good("remove", name)  # once more is no error


REFUSED = [
    ("a vacation of his own", {"main": 'require "vacation"; vacation "gone";'}, "main",
     'the active script "main" answers mails itself'),
    ("one in what his includes", {"main": 'require "include"; include "a";', "a":
     'require "include"; include :personal "b";', "b": 'require "vacation"; if true { vacation "gone"; }'},
     "main", 'vacation, in "b"'),
    ("a script of our name", {"frontdesk": "keep;"}, None, 'a script "frontdesk" is there that is not ours'),
    ("a script of our name that is active", {"frontdesk": "keep;"}, "frontdesk", "that is not ours"),
    ("a script of the other name", {"frontdesk-active": "keep;", "main": "keep;"}, "main",
     'a script "frontdesk-active" is there'),
    ("a script of the other name that is active", {"frontdesk-active": "keep;"}, "frontdesk-active",
     'a script "frontdesk-active" is there'),
]


def test_refused(what, there, running, words):
    name = user()
    for script, text in there.items():
        write(name, script, text, script == running)
    before, backend = state(name), Backend()
    refuses(backend.put(name, OURS.format(name)), "invalid", words)
    equal(state(name), before, "state")
    backend.good("remove", name)
    equal(state(name), before, "state")


def test_another_one():
    name = user()
    write(name, "main", MAIN, True)
    write(name, "other", MAIN.replace("Work", "Other"))
    backend = Backend()
    backend.good("put", name, OURS.format(name))
    write(name, "other", MAIN.replace("Work", "Other"), True)  # the user's choice
    equal(backend.got(name), "", "ours is there, and not run")
    backend.good("put", name, OURS.format(name))
    equal(active(name), "frontdesk-active")
    check(b'"other"' in scripts(name)["frontdesk-active"], "his new one is run")
    equal(backend.got(name), OURS.format(name))
    backend.good("remove", name)
    equal(active(name), "other")
    equal(sorted(scripts(name)), ["main", "other"])


def test_vacation_later():
    """Two answers to a mail are none: ours gives way."""
    name = user()
    write(name, "main", MAIN, True)
    backend = Backend()
    backend.good("put", name, OURS.format(name))
    text = 'require ["fileinto", "vacation"]; vacation "gone"; ' + RULE
    write(name, "main", text)
    equal(len(deliver(name)[1]), 0, "answers, as a server has it")
    equal(backend.got(name), "", "it is not in force")
    refuses(backend.put(name, OURS.format(name)), "invalid", 'the active script "main" answers mails itself')
    backend.good("remove", name)
    equal(state(name), ("main", {"main": text.encode()}))


def test_broken():
    """Who breaks his script has it back when it is whole, and is not answered for meanwhile."""
    name = user()
    write(name, "main", MAIN, True)
    backend = Backend()
    backend.good("put", name, OURS.format(name))
    write(name, "main", "if")
    refuses(backend("remove", name), "invalid", 'SETACTIVE "main": NO')
    equal(scripts(name)["main"], b"if")
    check("frontdesk" not in scripts(name), "ours has gone")
    equal(deliver(name)[1], [])
    write(name, "main", MAIN)
    backend.good("remove", name)
    equal(state(name), ("main", {"main": MAIN.encode()}))


def test_switched_off():
    name = user()
    write(name, "main", MAIN, True)
    backend = Backend()
    backend.good("put", name, OURS.format(name))
    write(name, "main", MAIN, True)  # back to his own, by himself
    backend.good("remove", name)
    equal(state(name), ("main", {"main": MAIN.encode()}))


def test_deleted():
    name = user()
    write(name, "main", MAIN, True)
    backend = Backend()
    backend.good("put", name, OURS.format(name))
    os.unlink(os.path.join(own(name), "main.sieve"))
    equal(len(deliver(name)[1]), 1, "still answered")
    backend.good("put", name, OURS.format(name))
    backend.good("remove", name)
    equal(state(name), (None, {}))


def test_file():
    """An active script that is a file of its own is not listed by Dovecot."""
    for text, answers in ((MAIN, False), ('require "vacation"; vacation "gone";', True)):
        name = user()
        write(name, "main", "keep;")
        link = os.path.join(dovecot.dir, "home", name, ".dovecot.sieve")
        with open(link, "w") as f:
            f.write(text)
        os.chown(link, dovecot.account.pw_uid, dovecot.account.pw_gid)
        backend = Backend()
        if answers:
            refuses(backend.put(name, OURS.format(name)), "invalid", 'the active script "dovecot.orig" answers')
        else:
            backend.good("put", name, OURS.format(name))
            equal(active(name), "frontdesk-active")
            filed, replies = deliver(name)
            equal((filed, len(replies)), (1, 1))
            backend.good("put", name, OURS.format(name))
            backend.good("remove", name)
        equal(state(name), ("dovecot.orig", {"main": b"keep;", "dovecot.orig": text.encode()}))


def test_default():
    """What a site has for those without a script of their own runs all the same."""
    backend = Backend()
    for _ in range(2):
        backend.good("put", NAMED, OURS.format(NAMED))
        equal(active(NAMED), "frontdesk-active")
        equal(backend.got(NAMED), OURS.format(NAMED))
    filed, replies = deliver(NAMED)
    equal((filed, len(replies)), (1, 1))
    backend.good("remove", NAMED)
    equal(state(NAMED), (None, {}))
    equal(deliver(NAMED), (2, []))
    write(NAMED, "frontdesk-default", "keep;")
    refuses(backend.put(NAMED, OURS.format(NAMED)), "invalid", 'a script "frontdesk-default" is there that is not ours')
    equal(state(NAMED), (None, {"frontdesk-default": b"keep;"}))


def test_changed_ours():
    name = user()
    backend = Backend(edited(*NO_INCLUDE))
    backend.good("put", name, OURS.format(name))
    equal(active(name), "frontdesk")
    changed = scripts(name)["frontdesk"] + b"# mine\r\n"
    write(name, "frontdesk", changed)
    check(backend.got(name) != OURS.format(name), "it is not what was put")
    refuses(backend.put(name, OURS.format(name)), "invalid", "somebody has changed our script")
    backend.good("remove", name)
    equal(state(name), (None, {"frontdesk": changed}), "left, and not run")
    equal(deliver(name)[1], [])


def test_changed_wrapper():
    name = user()
    write(name, "main", MAIN, True)
    backend = Backend()
    backend.good("put", name, OURS.format(name))
    changed = scripts(name)["frontdesk-active"] + b"# mine\r\n"
    write(name, "frontdesk-active", changed)
    backend.good("put", name, OURS.format(name))  # it includes ours: that is enough
    equal(backend.got(name), OURS.format(name))
    equal(scripts(name)["frontdesk-active"], changed)
    backend.good("remove", name)
    equal(active(name), "frontdesk-active", "which is the user's own by now")
    equal(scripts(name)["frontdesk-active"], changed)
    filed, answers = deliver(name)
    equal((filed, answers), (1, []))


cases("ours is put and taken away where {}", BESIDE, test_beside)
cases("{} is left alone, and ours refused", REFUSED, test_refused)
case("another script that the user activates is the one that comes back", test_another_one)
case("a vacation that the user writes later is told, and ours gives way to it", test_vacation_later)
case("a script that the user has broken meanwhile is waited for", test_broken)
case("what the user has switched back himself stays so", test_switched_off)
case("a script that the user deletes is missed by nobody", test_deleted)
case("an active script that is a file of its own runs, too", test_file)
case("the site's default for who has no script runs, too", test_default)
case("ours, changed by somebody, is not written over", test_changed_ours)
case("the one that runs both, changed by the user, is his", test_changed_wrapper)


# ---- breaking off ----

CUTS = [
    # what is done, from which state, and whether the server has include
    ("put", None, False, True),
    ("put", None, False, False),
    ("put", "main", False, True),
    ("put", "main", True, True),
    ("remove", None, True, False),
    ("remove", "main", True, True),
]
COMMANDS_MAX = 20


def broken(what, running, there, include, number):
    """One try. True: the conversation was over before it could be cut."""
    name = user()
    if running:
        write(name, running, MAIN, True)
    before = state(name)
    between = Between(None if include else lambda data: data.replace(*NO_INCLUDE))
    ours = OURS.format(name)
    with Backend(between.port) as backend:
        if there:
            backend.good("put", name, ours)
            backend.good("open")
        between.count, between.cut = 0, number
        answer = backend.put(name, ours.replace("Away", "Gone")) if what == "put" else backend("remove", name)
        whole = between.count < number
        equal(answer[-2], "ok" if whole else "down", repr(answer))
        filed, answers = deliver(name)
        equal(filed, 1 if running else 0, "filed by the user's own")
        if whole or there and what == "put":
            equal(len(answers), 1 if what == "put" else 0, "answers")
        if running:
            equal(scripts(name)[running], MAIN.encode(), "the user's own script")
            check(active(name) in (running, "frontdesk-active"), f"active: {active(name)}")
        between.cut = None
        if what == "put":
            backend.good("put", name, ours)
            equal(backend.got(name), ours)
            equal(len(deliver(name)[1]), 1, "answered at last")
        backend.good("remove", name)
    equal(state(name), before, "all is as it was")
    return whole


def test_cut(what, running, there, include):
    number = 1
    while not broken(what, running, there, include, number):
        number += 1
        check(number < COMMANDS_MAX, "it comes to an end")
    check(number > 5, f"cut {number} times")


cases("whichever command is the last one, nothing is lost: {}, active is {}, ours is there: {}, include: {}", CUTS, test_cut)


# ---- limits ----

def test_limit():
    name = "32k@example.com"
    between = Between()
    backend = Backend(between.port)
    size, included, capabilities = backend.good("limit", name)
    equal(included, "included")
    check(between.count < 12, f"{between.count} commands for what many servers have")
    check("vacation" in capabilities.split() and "date" in capabilities.split(), capabilities)
    most = int(size)
    check(32768 - 200 < most < 32768, f"{most} of 32768")
    text = OURS.format(name)
    backend.good("put", name, text + "#" * (most - len(text)))
    refuses(backend.put(name, text + "#" * (32768 - len(text))), "limit", "QUOTA/MAXSIZE")
    equal(len(backend.got(name)), most, "what was there")
    equal(backend.good("limit", name)[0], size, "asked again")
    other = "20k@example.com"
    equal(int(backend.good("limit", other)[0]), most - 12 * 1024, "another user's")
    equal(backend.good("limit", "any@example.com")[0], "0", "none at all")


def test_scripts_max():
    """Ours and the one that runs both are two."""
    name = "two@example.com"
    write(name, "main", MAIN, True)
    before, backend = state(name), Backend()
    refuses(backend.put(name, OURS.format(name)), "limit", "QUOTA/MAXSCRIPTS")
    equal(state(name), before, "state")
    name = "three@example.com"
    write(name, "main", MAIN, True)
    backend.good("put", name, OURS.format(name))
    equal(active(name), "frontdesk-active")
    name = "one@example.com"
    write(name, "old", MAIN)
    refuses(backend("limit", name), "limit", "as many scripts as are allowed")


def test_not_taken():
    name = user()
    write(name, "main", MAIN, True)
    before, backend = state(name), Backend()
    refuses(backend.put(name, 'require "vacation"; vacation '), "invalid", 'PUTSCRIPT "frontdesk": NO')
    equal(state(name), before, "state")


case("how long a script may be is asked, and is so to the byte", test_limit)
case("where there is room for one script only, none is left behind", test_scripts_max)
case("a script that the server does not understand is refused with its words", test_not_taken)


# ---- who they are ----

HOLD = [
    # section; error; words of the reason
    ("the wrong password", {"password_file": WRONG}, "denied", "signing in as boss for"),
    ("no file with a password", {"password_file": "/nowhere/password"}, "denied", "/nowhere/password: No such file"),
    ("somebody who is no master", {"master": "ada"}, "denied", "signing in as ada for"),
    ("a certificate of a stranger's", {"starttls": "yes", "server": "localhost", "ca": stranger.ca}, "denied",
     "name its authority's certificate with ca"),
    ("a certificate for another name", {"starttls": "yes", "server": "127.0.0.1", "ca": authority.ca}, "denied",
     "name the server as its certificate does"),
    ("a file that holds no certificates", {"starttls": "yes", "server": "localhost", "ca": PASSWORD}, "down",
     "no certificates can be read there"),
    ("no server", {"port": 1}, "down", "127.0.0.1:1: Connection refused"),
    ("a name that is nowhere", {"server": "nowhere.invalid"}, "down", "nowhere.invalid:"),
]


def test_hold(what, section, err, words):
    section = dict(section)
    name = user()
    if "server" in section:
        section["server"] += f":{dovecot.managesieve}"
    refuses(Backend(**section).put(name, OURS.format(name)), err, words)
    equal(state(name), (None, {}))


EDITS = [
    ("no STARTTLS", b'"STARTTLS"\r\n', b"", {"starttls": "yes", "ca": authority.ca}, "denied", "does not offer STARTTLS"),
    ("something behind the word for TLS", b"OK \"Begin TLS", b'OK\r\n"SIEVE" "none"\r\nOK "Begin TLS',
     {"starttls": "yes", "ca": authority.ca}, "denied", "somebody may be in between"),
    ("no PLAIN", b"PLAIN LOGIN", b"SCRAM-SHA-256", {}, "denied", "does not take PLAIN"),
    ("a referral", b'OK "Dovecot', b'BYE (REFERRAL "sieve://b.example") "Dovecot', {}, "denied",
     "REFERRAL sieve://b.example"),
    ("a referral at the login", b'OK "Logged in."', b'NO (REFERRAL "sieve://b.example") "Go."', {}, "denied",
     "name that one"),
    ("a promise for later", b'OK "Logged in."', b'NO (TRYLATER) "Busy."', {}, "down", "TRYLATER: Busy."),
    ("a good-bye", b'OK "Logged in."', b'BYE "Shutting down."', {}, "down", "BYE: Shutting down."),
    ("another protocol", b'"IMPLEMENTATION"', b"220 mail ESMTP", {}, "down", "that is not ManageSieve"),
    ("a line without an end", b'"IMPLEMENTATION"', b'"' + b"x" * 20000, {}, "down", "line has no end"),
    ("a string beyond measure", b'"IMPLEMENTATION"', b"{999999999}\r\n", {}, "down", "more than 17 MiB"),
]


def test_edit(what, old, new, section, err, words):
    name = user()
    backend = Backend(edited(old, new), **section)
    refuses(backend.put(name, OURS.format(name)), err, words)
    equal(state(name), (None, {}))


def test_tls():
    name = user()
    backend = Backend(server=f"localhost:{dovecot.managesieve}", starttls="yes", ca=authority.ca)
    backend.good("put", name, OURS.format(name))
    equal(active(name), "frontdesk-active")
    text = OURS.format(name) + "# " + "x" * 300000 + "\r\n"  # more than one record
    backend.good("put", name, text)
    equal(backend.got(name), text)


def test_no_include():
    backend = Backend(edited(*NO_INCLUDE))
    name = user()
    equal(backend.good("limit", name)[1], "alone")
    backend.good("put", name, OURS.format(name))
    equal(active(name), "frontdesk")
    backend.good("remove", name)
    write(name, "main", MAIN, True)
    before = state(name)
    refuses(backend.put(name, OURS.format(name)), "invalid", 'has no "include"')
    equal(state(name), before)


def test_slow():
    """A server that takes the connection, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        backend = Backend(silent.getsockname()[1], timeout_ms="200")
        refuses(backend.put(user(), "keep;"), "down", "does not answer in time")


def test_drip():
    """One that says something all the time, and nothing in the end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def drip():
            link, _ = listener.accept()
            try:
                while True:
                    link.sendall(b"x")
                    threading.Event().wait(0.02)
            except OSError:
                pass
        threading.Thread(target=drip, daemon=True).start()
        backend = Backend(listener.getsockname()[1], timeout_ms="300")
        refuses(backend.put(user(), "keep;"), "down", "does not answer in time")


def test_kept():
    """One connection for one user, a new one for the next, or when it is gone."""
    between = Between()
    backend = Backend(between.port)
    first, second = user(), user()
    for _ in range(3):
        backend.good("put", first, OURS.format(first))
        backend.good("get", first)
    equal(between.connections, 1)
    backend.good("put", second, OURS.format(second))
    equal(between.connections, 2)
    between.cut = between.count + 1
    backend.good("get", second)
    equal(between.connections, 3, "it had gone meanwhile")


def test_shared():
    """One connection for one user after the other, where the server can do that."""
    between = Between(lambda data: data.replace(b'"VERSION"', b'"UNAUTHENTICATE"\r\n"VERSION"'))
    backend = Backend(between.port)
    names = [user() for _ in range(3)]
    for name in names:
        backend.good("put", name, OURS.format(name))
    for name in names:
        check(name.encode() in scripts(name)["frontdesk"], "each has his own")
    equal(between.connections, 1)


def test_probe():
    backend = Backend(server=f"localhost:{dovecot.managesieve}", starttls="yes", ca=authority.ca)
    name = user()
    write(name, "main", MAIN, True)
    before = state(name)
    told = backend.good("test", name)
    steps = [(told[i], told[i + 1]) for i in range(0, len(told) - 2, 3)]
    equal([good for good, _ in steps], ["good"] * len(steps))
    equal([word for _, word in steps][:3], [f"connect to localhost:{dovecot.managesieve}", "begin TLS",
                                            f"sign in as boss for {name}"])
    equal(state(name), before, "nothing is left")
    bad = Backend(password_file=WRONG)("test", name)
    equal(bad[-5:-3], ["bad", f"sign in as boss for {name}"])
    check(bad[-3].endswith("name somebody who has: --user"), bad[-3])
    for word in (b" vacation ", b" regex ", b" date "):
        less = Backend(edited(word, b" "))("test", name)
        check(f'has no "{word.decode().strip()}"' in less[-3], repr(less))


cases("with {} nothing is put", HOLD, test_hold)
cases("{} ends it", EDITS, test_edit)
case("it is put by TLS, of any length", test_tls)
case("without include a script of the user's own is not replaced", test_no_include)
case("a silent server is waited for no longer than is set", test_slow)
case("nor is one that goes on and on", test_drip)
case("a connection is kept for its user", test_kept)
case("a connection is shared where the server lets its user go", test_shared)
case("a test tells step by step, and leaves nothing behind", test_probe)


# ---- with the clerk ----

def test_clerk():
    name = user()
    write(name, "main", MAIN, True)
    before = state(name)
    site = Installation("managesieve", domains=("example.com",), settings=f"""backend "office" {{
	kind = "managesieve"
	server = "localhost:{dovecot.managesieve}"
	ca = "{authority.ca}"
	master = "boss"
	password_file = "{PASSWORD}"
}}
""")
    os.chmod(PASSWORD, 0o644)  # of a server that runs as nobody
    site.add(name)
    site.start()

    told = json.loads(site.run("backend", "test", "office", "--user", name, "--json"))
    check(len(told) > 5 and all(row["good"] for row in told), repr(told))

    def effect():
        return json.loads(site.run("oof", "show", name, "--json"))["effect"]
    expect(site.client(name).post(set_oof(name, external="Gone fishing")), 200, "NoError")
    until(WAIT_SECONDS, "in force", lambda: effect()["status"] == "in_force")
    equal(effect()["via"], "managesieve:office")
    equal(active(name), "frontdesk-active")
    filed, answers = deliver(name)
    equal((filed, len(answers)), (1, 1))
    check("Gone fishing" in answers[0].message.get_body(("plain",)).get_content(), "the text")
    site.run("oof", "off", name)
    until(WAIT_SECONDS, "as before", lambda: state(name) == before)
    site.close()


case("what is set over SOAP is in force after a moment, and over when it is over", test_clerk)

dovecot.start()
main()
