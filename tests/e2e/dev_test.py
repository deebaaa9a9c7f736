#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`frontdesk dev`: the real server, its transcript, and errors on command."""
import contextlib
import http.client
import os
import pwd
import re
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import Failed, case, cases, check, equal, main, until
from lib.http import Client, basic
from lib.installation import (PROGRAM, READY_SECONDS, STOP_SECONDS, Installation, environment, folder,
                              free_port)
from lib.soap import Message, envelope, expect, get_oof, set_oof, vector

ALICE, BOB = "alice@example.com", "bob@example.com"


class Dev:
    """A running `frontdesk dev`, with what it says on both of its streams."""

    def __init__(self, *options, port=None, **more):
        self.port = port or free_port()
        self.said = []
        self.tmp = folder("dev")
        if "user" in more:
            os.chown(self.tmp, more["user"], more["group"])
        self.process = subprocess.Popen(
            [PROGRAM, "dev", "--listen", f"127.0.0.1:{self.port}", *options], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/",
            env={**environment(), "TMPDIR": self.tmp}, **more)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.said.append(line.decode(errors="replace").rstrip("\n"))

    def text(self):
        return "\n".join(self.said)

    def ready(self):
        def said():
            if self.process.poll() is not None:
                time.sleep(0.1)
                raise Failed(f"dev ended with {self.process.returncode}:\n{self.text()}")
            return "Every exchange is shown" in self.text()
        until(READY_SECONDS, "the ready line", said)
        self.ca = re.search(r"authority +(\S+)", self.text()).group(1)
        self.users = dict(re.findall(r"user +(\S+) +(\S+)", self.text()))
        return self

    def client(self, user=ALICE):
        return Client(("127.0.0.1", self.port), ca=self.ca, user=user, password=self.users[user])

    def type(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def end(self, number=signal.SIGTERM):
        """The exit status; nothing of its folder may be left."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(STOP_SECONDS)
        self.process.stdin.close()
        equal(os.listdir(self.tmp), [], "what it leaves")
        return status


@contextlib.contextmanager
def running(*options, **more):
    dev = Dev(*options, **more)
    try:
        yield dev.ready()
    finally:
        if dev.process.poll() is None:
            dev.process.terminate()
            dev.process.wait(STOP_SECONDS)


shared = None


def server():
    """One for most cases, with no fault waiting."""
    global shared
    if shared is None:
        shared = Dev().ready()
    return shared


def queued(dev, word):
    at = len(dev.said)
    dev.type(word)
    until(10, "the fault is queued", lambda: any("queued" in s for s in dev.said[at:]))


def serves():
    """What it prints is enough to use it; one user has a picture."""
    dev = server()
    equal(sorted(dev.users), [ALICE, BOB])
    for user in (ALICE, BOB):
        expect(dev.client(user).post(get_oof(user)), 200, "NoError")
    equal(dev.client().photo(ALICE, "HR648x648").status, 200)
    equal(dev.client().photo(BOB).status, 404)
    equal(Client(("127.0.0.1", dev.port), ca=dev.ca).photo(ALICE).status, 401)
    for line in [s for s in dev.said if s.startswith("curl ")]:
        done = subprocess.run(["sh", "-c", line], capture_output=True, cwd=folder("curl"))
        equal(done.returncode, 0, f"{line}: {done.stderr}")
    expect(dev.client().post(get_oof(ALICE)), 200, "NoError")


CODES = [  # what a client of [MS-OXWOOF] gets of a code
    ("ErrorServerBusy", 500), ("ErrorAccessDenied", 500), ("ErrorInternalServerError", 500),
    ("ErrorNonExistentMailbox", 500), ("ErrorMailboxStoreUnavailable", 500),
    ("ErrorTimeoutExpired", 500), ("ErrorExceededConnectionCount", 500),
    ("ErrorInvalidUserOofSettings", 200), ("ErrorDuplicateUserIdsSpecified", 200),
    ("ErrorOfTomorrow", 200),
]


def code(word, status):
    dev = server()
    for make in (get_oof, set_oof):
        queued(dev, word)
        message = expect(dev.client().post(make(ALICE)), status, word)
        equal(message.count("/s:Envelope/s:Body/*"), 1, "elements of the body")
        equal(message.count("/s:Envelope/s:Body/s:Fault"), int(status == 500), "faults")
        if status == 200:
            equal(message.text("//m:ResponseMessage/@ResponseClass"), "Error")
        if word == "ErrorServerBusy":
            equal(message.text("//t:Value[@Name='BackOffMilliseconds']"), "30000")
            check(message.answer["Retry-After"], "no Retry-After")
    expect(dev.client().post(get_oof(ALICE)), 200, "NoError")


def other_operations():
    """An error stands where each operation's answer has it."""
    dev, client = server(), server().client()
    for body, word, status, path in (
            (vector("photo-soap.req.xml"), "ErrorItemNotFound", 404, "/m:GetUserPhotoResponse"),
            (vector("photo-soap.req.xml"), "ErrorInvalidPhotoSize", 200, "/m:GetUserPhotoResponse"),
            (envelope("<m:ResolveNames><m:UnresolvedEntry>a</m:UnresolvedEntry></m:ResolveNames>"),
             "ErrorNameResolutionNoResults", 200,
             "/m:ResolveNamesResponse/m:ResponseMessages/m:ResolveNamesResponseMessage"),
            (envelope("<m:GetUserAvailabilityRequest/>"), "ErrorServerBusy", 500, "/s:Fault")):
        queued(dev, word)
        message = expect(client.post(body), status, word)
        equal(message.count(f"/s:Envelope/s:Body{path}"), 1, path)
        if status != 500:
            equal(message.text(f"/s:Envelope/s:Body{path}/@ResponseClass"), "Error")
    queued(dev, "ErrorServerBusy")
    answer = client.post(vector("autodiscover-soap.req.photos.xml"), "/autodiscover/autodiscover.svc")
    check(answer.status == 500 and b"ErrorServerBusy" in answer.body and b"Fault>" in answer.body, answer)
    for word, status in (("ErrorItemNotFound", 404), ("ErrorAccessDenied", 403),
                         ("ErrorServerBusy", 503)):
        queued(dev, word)
        answer = client.photo(ALICE)
        equal((answer.status, answer.body), (status, b""), word)
    equal(client.photo(ALICE).status, 200)


def status(number):
    dev = server()
    for ask in (lambda c: c.post(get_oof(ALICE)), lambda c: c.photo(ALICE)):
        queued(dev, str(number))
        answer = ask(dev.client())
        equal((answer.status, answer.body), (number, b""))
        equal(bool(answer["WWW-Authenticate"]), number == 401, "a challenge")
        equal(bool(answer["Retry-After"]), number in (429, 503), "Retry-After")
        check(ask(dev.client()).status == 200, "the next one")


def late():
    """One answer comes late, and is the right one; no other waits for it."""
    dev = server()
    queued(dev, "delay:2")
    answers, began = [], time.monotonic()
    threads = [threading.Thread(target=lambda c=dev.client(who), who=who: answers.append(c.post(get_oof(who))))
               for who in (ALICE, BOB)]
    for t in threads:
        t.start()
    until(30, "an answer", lambda: answers)
    equal(len(answers), 1, "answers before their time")
    for t in threads:
        t.join()
    check(time.monotonic() - began >= 2, "none was late")
    for answer in answers:
        expect(answer, 200, "NoError")


def cut():
    dev = server()
    for ask in (lambda c: c.post(get_oof(ALICE)), lambda c: c.photo(ALICE, "HR648x648")):
        queued(dev, "cut")
        try:
            answer = ask(dev.client())
            raise Failed(f"a whole answer: {answer!r}")
        except (http.client.IncompleteRead, ConnectionError, OSError) as e:
            if isinstance(e, http.client.IncompleteRead):
                check(len(e.partial) > 0 and e.expected > 0, e)
        equal(ask(dev.client()).status, 200)


def no_credentials():
    """What is not let in is refused as ever, and uses up no fault."""
    dev = server()
    queued(dev, "503")
    equal(Client(("127.0.0.1", dev.port), ca=dev.ca).post(get_oof(ALICE)).status, 401)
    equal(dev.client().get("/nowhere").status, 404)
    equal(dev.client().get("/ews/services.wsdl").status, 200)
    equal(dev.client().post(get_oof(ALICE)).status, 503)
    expect(dev.client().post(get_oof(ALICE)), 200, "NoError")


def transcript():
    dev = server()
    at = len(dev.said)
    client = dev.client()
    expect(client.post(set_oof(ALICE, internal="Words \u00e4nd more", external="x" * 1000), user_agent="A client"), 200, "NoError")
    client.photo(ALICE, "HR648x648")
    client.get("/autodiscover/autodiscover.json?Email=alice@example.com&Protocol=EWS")
    client.get("/ews/services.wsdl", cookie="a=secret-cookie")
    client.get("/nowhere", authorization="Bearer secret.token.here")
    until(10, "the last exchange", lambda: "/nowhere" in "\n".join(dev.said[at:]))
    text = "\n".join(dev.said[at:])
    for wanted in ("SetUserOofSettings  alice@example.com: 200 NoError", "> POST /EWS/Exchange.asmx",
                   "User-Agent: A client", "(alice@example.com)",
                   "<t:Message>Words \u00e4nd more</t:Message>", "< 200",
                   "<ResponseCode>NoError</ResponseCode>", "bytes of image/jpeg)",
                   "?email=alice@example.com&size=HR648x648", "x... (600 more bytes)</t:Message>", '"Protocol":"EWS"'):
        check(wanted in text, f"no {wanted}:\n{text[:1500]}")
    indented = [s for s in dev.said[at:] if s.startswith(">       <t:OofState>Enabled")
                or s.startswith(">         <t:OofState>Enabled")]
    equal(len(indented), 1, "the element on a line of its own")
    for secret in (dev.users[ALICE], basic(ALICE, dev.users[ALICE])[6:], "secret.token", "secret-cookie"):
        check(secret not in text, f"{secret} is shown")


def from_elsewhere():
    dev = server()
    where = ("--listen", f"127.0.0.1:{dev.port}")

    def fault(*words):
        return subprocess.run([PROGRAM, "dev", "fault", *words], capture_output=True, env=environment())
    equal(fault(*where, "429", "ErrorServerBusy").returncode, 0)
    equal(dev.client().photo(ALICE).status, 429)
    expect(dev.client().post(get_oof(ALICE)), 500, "ErrorServerBusy")
    for words, wanted in (((*where, "200"), 4), ((*where, "nonsense"), 4), (where, 2),
                          (("--listen", f"127.0.0.1:{free_port()}", "503"), 3),
                          (("--listen", "0.0.0.0:1", "503"), 4)):
        done = fault(*words)
        equal(done.returncode, wanted, f"{words}: {done.stderr}")
        check(done.stderr, f"{words}: no reason")
    at = len(dev.said)
    dev.type("nonsense")
    until(10, "the refusal", lambda: any("is no fault" in s for s in dev.said[at:]))
    expect(dev.client().post(get_oof(ALICE)), 200, "NoError")


def in_order():
    """--fault in its order, then --fault-every; --user; SIGINT ends it."""
    with running("--fault", "503", "--fault", "ErrorServerBusy", "--fault-every", "2:403",
                 "--user", "me@b\u00fccher.example:a:b c", "--user", "you@example.org:x") as dev:
        equal(list(dev.users), ["me@xn--bcher-kva.example", "you@example.org"])
        client = Client(("127.0.0.1", dev.port), ca=dev.ca, user="me@b\u00fccher.example", password="a:b c")
        seen = [client.photo("me@b%C3%BCcher.example").status]
        expect(client.post(get_oof("me@b\u00fccher.example")), 500, "ErrorServerBusy")
        seen += [client.post(get_oof("me@b\u00fccher.example")).status for _ in range(4)]
        equal(seen, [503, 200, 403, 200, 403])
        equal(dev.end(signal.SIGINT), 0, "exit status")


def taken_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        port = s.getsockname()[1]
        dev = Dev(port=port)
        dev.process.wait(READY_SECONDS)
        check(dev.end() != 0, "it ran")
        check(str(port) in dev.text() and "in use" in dev.text(), dev.text())
    other = Dev(port=server().port)
    other.process.wait(READY_SECONDS)
    check(other.end() != 0, "a second one ran")
    check(str(server().port) in other.text() and "--listen" in other.text(), other.text())
    expect(server().client().post(get_oof(ALICE)), 200, "NoError")


def wrong_words():
    for words, wanted in ((("--fault", "nonsense"), b"no fault"), (("--fault-every", "0:503"), b"no fault"),
                          (("--user", "nobody"), b"--user"), (("--user", "a@example.com:"), b"--user"),
                          (("--listen", "*:8443"), b"--listen"), (("--listen", "192.0.2.1:1"), b"--listen")):
        done = subprocess.run([PROGRAM, "dev", *words], capture_output=True, env=environment(),
                              stdin=subprocess.DEVNULL, timeout=60)
        equal(done.returncode, 4, f"{words}: {done.stderr}")
        check(wanted in done.stderr, done.stderr)


def killed():
    """The server does not outlive it."""
    dev = Dev().ready()
    os.kill(dev.process.pid, signal.SIGKILL)
    dev.process.wait(10)
    dev.process.stdin.close()

    def free():
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", dev.port)) != 0
    until(20, "nobody listens", free)


def without_root():
    user = pwd.getpwnam("nobody")
    with running(user=user.pw_uid, group=user.pw_gid, extra_groups=()) as dev:
        expect(dev.client().post(get_oof(ALICE)), 200, "NoError")
        queued(dev, "503")
        equal(dev.client().photo(ALICE).status, 503)
        equal(dev.end(), 0, "exit status")


def no_back_door():
    """No other server takes the setting that shows exchanges."""
    site = Installation("door")
    site.configure('dev {\n\tsocket = "@frontdesk-dev-1"\n}\n')
    for verb in ("serve", "check"):
        done = site.command(verb)
        equal(done.returncode, 78, done.stdout + done.stderr)
        check(b"frontdesk dev" in done.stdout + done.stderr, done)
    site.configure(f'listen = "*:{site.port}"\n')
    done = site.command("mailbox", "list")
    equal(done.returncode, 78, done.stderr)
    check(b"frontdesk.conf:" in done.stderr and b"loopback" in done.stderr, done.stderr)
    site.configure(f'listen = "127.0.0.1:{site.port}"\n')
    with open(site.conf) as f:
        text = f.read()
    with open(site.conf, "w") as f:
        f.write(re.sub(r"dev \{[^}]*\}\n", "", text))
    site.start()
    site.configure('dev {\n\tsocket = "@frontdesk-dev-1"\n}\n')
    site.signal(signal.SIGHUP)
    until(20, "the refusal", lambda: "stays in force" in site.log())
    check("frontdesk dev" in site.log(), site.log())
    equal(site.stop(), 0)


def ends():
    equal(server().end(), 0, "exit status")


case("it prints all that a client needs, and serves", serves)
cases("a client of [MS-OXWOOF] sees {}", CODES, code)
case("an error stands where each operation has it", other_operations)
cases("the status {} on command", [400, 401, 403, 404, 429, 500, 502, 503, 504], status)
case("an answer is late on command", late)
case("an answer is cut on command", cut)
case("a request that is not let in uses up no fault", no_credentials)
case("every exchange is shown, and no secret", transcript)
case("faults are queued from elsewhere", from_elsewhere)
case("faults come in their order; SIGINT ends it", in_order)
case("a port that is taken is told", taken_port)
case("wrong words are refused", wrong_words)
case("kill -9 takes the server along", killed)
if os.getuid() == 0:
    case("it needs no root", without_root)
case("no other server takes its setting", no_back_door)
case("SIGTERM ends it, and its folder is gone", ends)
main()
