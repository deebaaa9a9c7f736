#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The outbox: replies on their way out, to a real Postfix that is there, gone or
unwilling, and to a server that falls silent at each step while the sender is killed."""
import collections
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lib import postfix  # noqa: E402
from lib.authority import Authority  # noqa: E402
from lib.cases import Failed, case, cases, check, equal, main, until  # noqa: E402
from lib.dovecot import Dovecot  # noqa: E402
from lib.installation import BUILD, PROGRAM, Installation, environment, folder  # noqa: E402
from lib.sink import Sink  # noqa: E402

OWNER = "ada@example.com"
WAIT_SECONDS = 60
HOUR = 3600
TEXT_BYTES = 4000000  # more than sockets hold, less than a reply may have


class Outbox(Installation):
    """An installation of which only the clerk runs, and the replies in its outbox."""

    def __init__(self, server, **more):
        super().__init__("outbox")
        self.clerk, self.log_path = None, os.path.join(self.dir, "clerk.log")
        self.add(OWNER)
        self.set(server, **more)

    def set(self, server, timeout_ms=20000, more=""):
        self.configure(f'outbox {{\n\tserver = "127.0.0.1:{server}"\n'
                       f"\ttimeout_ms = {timeout_ms}\n{more}}}\n")

    def driver(self, *words):
        data = os.path.join(self.dir, "data")
        owner = os.stat(data)
        who = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} \
            if os.getuid() == 0 else {}
        done = subprocess.run([os.path.join(BUILD, "outbox-driver"), data, *map(str, words)],
                              capture_output=True, text=True, timeout=WAIT_SECONDS,
                              env=environment(), **who)
        if done.returncode != 0:
            raise Failed(f"outbox-driver {words}: {done.stderr}")
        return done.stdout

    def fill(self, n, domain, age=0, size=0):
        self.driver("fill", OWNER, n, domain, age, size)

    def replies(self, domain):
        """{address: (state, reason)} of those to a domain."""
        rows = [line.split("\t") for line in self.driver("list", OWNER).splitlines()]
        return {to: (state, reason) for to, state, reason in rows if to.endswith("@" + domain)}

    def until(self, domain, state):
        """Waits until all replies to a domain are so, and gives their reasons."""
        def all_so():
            got = self.replies(domain)
            return got if got and all(s == state for s, _ in got.values()) else None
        try:
            got = until(WAIT_SECONDS, f"all {state}", all_so)
        except Failed as e:
            some = collections.Counter(self.replies(domain).values()).most_common(5)
            raise Failed(f"{e}: {some}\n{self.told()}") from e
        return [reason for _, reason in got.values()]

    # ---- its clerk ----

    def begin(self):
        self.end()
        with open(self.log_path, "ab") as log:
            self.clerk = subprocess.Popen([PROGRAM, "clerk", "-c", self.conf], stdout=log,
                                          stderr=log, stdin=subprocess.DEVNULL,
                                          env=environment(), start_new_session=True)
        return self

    def end(self, number=signal.SIGTERM):
        if self.clerk is not None:
            self.clerk.send_signal(number)
            self.clerk.wait(WAIT_SECONDS)
        self.clerk = None

    def close(self):
        self.end(signal.SIGKILL)
        super().close()

    def told(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()


_made = {}


def made(what, make):
    """One of it for all cases."""
    if what not in _made:
        _made[what] = make()
    return _made[what]


def outbox():
    return made("outbox", lambda: Outbox(1))


def post():
    """A Postfix with a mailbox for everybody outside."""
    def make():
        p = postfix.Postfix()
        p.add("ann@outside.test").alias("@outside.test", "ann@outside.test")
        return p.start()
    return made("postfix", make)


def to_post():
    """The outbox that sends to it; its clerk does not run."""
    box = outbox()
    box.end()
    box.set(post().inside_port)
    return box


def sink():
    """A silent server, as at first."""
    s = made("sink", Sink)
    s.go_on()
    s.answers.clear()
    s.mails.clear()
    s.lines.clear()
    return s


def to_sink(**more):
    """The outbox that sends to it; its clerk does not run."""
    s, box = sink(), outbox()
    box.end()
    box.set(s.port, **more)
    return s, box


# ---- to a real Postfix ----

def test_postfix():
    box = to_post()
    box.fill(3, "outside.test")
    box.begin()
    for reason in box.until("outside.test", "sent"):
        check("250 2.0.0 Ok: queued as" in reason, f"the reason: {reason}")
    post().settled()
    mails = post().maildir("ann@outside.test")
    equal(sorted(m["To"] for m in mails), [f"s{n}@outside.test" for n in (1, 2, 3)])
    for mail in mails:
        equal(mail["Return-Path"], "<>", "the envelope's sender")
        equal(mail.get_content(), "I am away.\n.\n..dots\n", "the text")
    check("mail=3 rcpt=3 data=3 quit=1" in post().maillog(), "they went over one connection")


def test_refused():
    post().add("known@third.test")
    box = to_post()
    box.fill(2, "third.test")
    box.begin()
    for reason in box.until("third.test", "failed"):
        check(reason.startswith("550 5.1.1 "), f"the reason: {reason}")


def test_down():
    box = to_post()
    post().stop()
    box.fill(2, "down.outside.test")
    box.begin()
    post().add("x@down.outside.test").alias("@down.outside.test", "ann@outside.test")
    reasons = until(WAIT_SECONDS, "a reason", lambda: [
        r for _, r in box.replies("down.outside.test").values() if r])
    check("Connection refused" in reasons[0], f"the reason: {reasons}")
    post().start()
    box.until("down.outside.test", "sent")
    equal(box.told().count("replies wait: "), 1, "how often it is told")
    check("replies go out again" in box.told(), "that it is over is told")


def test_many():
    post().change(virtual_transport="discard")
    box = to_post()
    box.fill(200, "many.outside.test")
    post().domains.append("many.outside.test")
    post().alias("@many.outside.test", "ann@outside.test")
    box.begin()
    equal(len(box.until("many.outside.test", "sent")), 200, "replies")
    post().settled()
    queued = [line for line in post().maillog().splitlines()
              if "@many.outside.test>" in line and "status=sent" in line]
    equal(len(queued), 200, "mails that arrived")
    post().change(virtual_transport="virtual")


def with_tls():
    """A Postfix that wants STARTTLS and a login, which Dovecot checks."""
    auth = Dovecot()
    auth.put("frontdesk", "outbox secret")
    auth.start()
    authority = Authority(folder("outbox-tls"))
    certificate, key = authority.sign("127.0.0.1")
    p = postfix.Postfix(inside={
        "smtpd_tls_security_level": "encrypt", "smtpd_tls_cert_file": certificate,
        "smtpd_tls_key_file": key, "smtpd_sasl_auth_enable": "yes",
        "smtpd_sasl_type": "dovecot", "smtpd_sasl_path": auth.socket,
        "smtpd_relay_restrictions": "permit_sasl_authenticated, reject"})
    p.add("ann@outside.test").alias("@outside.test", "ann@outside.test")
    return p.start(), authority


def test_tls():
    p, authority = with_tls()
    box = outbox()
    box.end()
    password = os.path.join(box.dir, "outbox.password")
    with open(password, "w") as f:
        f.write("outbox secret\n")
    owner = os.stat(os.path.join(box.dir, "data"))
    os.chown(password, owner.st_uid, owner.st_gid)
    login = f'\tuser = "frontdesk"\n\tpassword_file = "{password}"\n'
    steps = [  # settings, what is told; the last one sends
        ("", "530 5.7.0 Must issue a STARTTLS command first"),
        ("\tstarttls = yes\n", "certificate"),
        (f'\tstarttls = yes\n\tca = "{authority.ca}"\n{login}', None),
    ]
    box.fill(1, "tls.outside.test")
    p.domains.append("tls.outside.test")
    p.alias("@tls.outside.test", "ann@outside.test")
    for more, told in steps:
        box.end()
        box.set(p.inside_port, more=more)
        box.driver("hasten")
        box.begin()
        if told is not None:
            until(WAIT_SECONDS, told, lambda: told in box.replies(
                "tls.outside.test")["s1@tls.outside.test"][1])
    box.until("tls.outside.test", "sent")
    p.settled()
    equal(len(p.maildir("ann@outside.test")), 1, "mails")
    p.stop()


# ---- to a server that says what it is told to ----

def test_envelope():
    s, box = to_sink()
    box.fill(1, "envelope.test")
    box.fill(1, "b\u00fccher.test")
    box.begin()
    box.until("envelope.test", "sent")
    box.until("b\u00fccher.test", "sent")
    plain, utf8 = s.to("s1@envelope.test")[0], s.to("s1@b\u00fccher.test")[0]
    equal((plain.sender, plain.sender_parameters, plain.parameters), ("", [], [["NOTIFY=NEVER"]]))
    equal((utf8.sender, utf8.sender_parameters), ("", ["BODY=8BITMIME", "SMTPUTF8"]))
    check(any(line == "EHLO localhost" for line in s.lines), f"its name: {s.lines[0]}")


def test_no_utf8():
    s, box = to_sink()
    s.answers["EHLO"] = "250 sink.test"
    box.fill(1, "\u00fc.test")
    box.fill(1, "plain.test")
    box.begin()
    box.until("plain.test", "sent")
    check("needs SMTPUTF8" in box.until("\u00fc.test", "failed")[0], "the reason")
    equal(s.to("s1@plain.test")[0].parameters, [[]], "NOTIFY is not offered")


def test_put_off(step, answer):
    domain = f"off{step.strip('.')}.test".lower()
    s, box = to_sink()
    s.answers[step] = answer
    box.fill(2, domain)
    box.begin()
    until(WAIT_SECONDS, "both tried", lambda: all(
        reason for _, reason in box.replies(domain).values()))
    equal(sorted(box.replies(domain).values()), [("waiting", answer)] * 2)
    s.answers.clear()
    box.driver("hasten")
    box.until(domain, "sent")
    equal(len(s.mails), 2, "mails")


def test_refused_by(step, answer):
    domain = f"no{step.strip('.')}.test".lower()
    s, box = to_sink()
    s.answers[step] = answer
    box.fill(1, domain)
    box.begin()
    equal(box.until(domain, "failed"), [answer])
    equal(s.mails, [], "mails")


def test_late():
    s, box = to_sink()
    box.fill(1, "old.test", 25 * HOUR)
    box.begin()
    equal(box.until("old.test", "failed"), ["not wanted any more after 24 h"])
    equal(s.lines, [], "what the server heard")


def test_given_up():
    s, box = to_sink()
    s.answers["RCPT"] = "450 not yet"
    box.fill(1, "last.test", 24 * HOUR)
    box.begin()
    equal(box.until("last.test", "failed"), ["given up after 24 h: 450 not yet"])
    equal(len([line for line in s.lines if line.startswith("RCPT")]), 1, "tries")


def test_lost(step, state):
    """The server closes without an answer."""
    domain = f"lost{step.strip('.')}.test".lower()
    s, box = to_sink()
    s.answers[step] = ""
    box.fill(1, domain)
    box.begin()
    until(WAIT_SECONDS, "a reason", lambda: box.replies(domain)[f"s1@{domain}"][1])
    s.answers.clear()
    box.until(domain, state)
    equal(len(s.mails), 1 if state == "sent" else 0, "mails")


def test_silent_end():
    s, box = to_sink(timeout_ms=100)
    s.hold(".")
    box.fill(1, "silent.test")
    box.begin()
    check("in time" in box.until("silent.test", "unknown")[0], "the reason")
    equal(len(s.mails), 1, "mails")


def test_killed(step, state):
    domain = f"killed{step.strip('.')}.test".lower()
    s, box = to_sink()
    s.hold(step)
    # a text that is not all on its way before somebody reads it
    n, size = (1, TEXT_BYTES) if step == "text" else (3, 0)
    box.fill(n, domain, size=size)
    box.begin()
    check(s.held.wait(WAIT_SECONDS), "it never came to that step")
    box.end(signal.SIGKILL)
    s.go_on()
    box.begin()
    until(WAIT_SECONDS, "the end of all", lambda: all(
        said in ("sent", "unknown") for said, _ in box.replies(domain).values()))
    equal(sorted(said for said, _ in box.replies(domain).values()),
          sorted([state] + ["sent"] * (n - 1)))
    for i in range(1, n + 1):
        equal(len(s.to(f"s{i}@{domain}")), 1, f"mails to s{i}")


def test_removed():
    """Of a mailbox that is gone nothing is sent any more, also from its middle on."""
    s, box = to_sink()
    s.hold("DATA")
    box.fill(1, "removed.test")
    box.begin()
    check(s.held.wait(WAIT_SECONDS), "it never came to that step")
    box.run("mailbox", "remove", OWNER, "--yes")
    s.go_on()
    box.add(OWNER)
    box.fill(1, "new.test")
    box.begin()
    box.until("new.test", "sent")
    equal([mail.recipients for mail in s.mails], [["s1@new.test"]])


def test_backend():
    """frontdesk backend test knocks at the server, too."""
    s, box = to_sink()
    box.configure('backend "mails" {\n\tkind = "milter"\n}\n'
                  'milter {\n\tlisten = "unix:run/milter.sock"\n}\n')
    step = f"hand replies to 127.0.0.1:{s.port}"
    rows = [("250 sink.test", "without DSN"), ("502 what", "502 what"), (None, "it answers")]
    for answer, said in rows:
        s.answers.clear()
        if answer:
            s.answers["EHLO"] = answer
        told = box.command("backend", "test").stdout.decode()
        line = next((line for line in told.splitlines() if step in line), told)
        check(said in line, f"{answer}: {line}")
    equal([line for line in s.lines if line.startswith("MAIL")], [], "mails begun")


def test_metrics():
    s, box = to_sink()
    box.end()
    s.answers["RCPT"] = "450 not yet"
    box.fill(2, "metrics.test", 60)
    box.start()

    def gauge(name):
        text = box.back().get("/metrics").body.decode()
        for line in text.splitlines():
            if line.startswith(name + " "):
                return int(line.split()[1])
        raise Failed(f"no {name}")
    sent = gauge('frontdesk_replies{state="sent"}')
    equal(gauge("frontdesk_outbox_waiting"), 2)
    check(60 <= gauge("frontdesk_outbox_oldest_seconds") < HOUR, "how old the oldest one is")
    s.answers.clear()
    box.driver("hasten")
    until(WAIT_SECONDS, "an empty outbox", lambda: gauge("frontdesk_outbox_waiting") == 0)
    equal(gauge('frontdesk_replies{state="sent"}'), sent + 2)
    equal(gauge("frontdesk_outbox_oldest_seconds"), 0)
    equal(box.stop(), 0, "status")


if postfix.lacks() is None:
    case("replies go out through a real Postfix, over one connection", test_postfix)
    case("an address that Postfix does not know is failed for good", test_refused)
    case("replies wait while Postfix is down", test_down)
    case("hundreds of replies go out", test_many)
    case("Postfix gets a password by TLS, and by a certificate that is checked", test_tls)
case("the envelope's sender is null, and nobody hears of failures", test_envelope)
case("an address outside ASCII needs a server that takes it", test_no_utf8)
cases("a reply that is put off at {} goes later", [
    ("RCPT", "450 4.2.0 not yet"), (".", "451 4.3.0 scanner")], test_put_off)
cases("a reply that is refused at {} is not tried again", [
    ("MAIL", "550 5.7.1 no null sender"), ("RCPT", "550 5.1.1 nobody"),
    (".", "554 5.7.1 spam")], test_refused_by)
case("a reply that is too late is not sent", test_late)
case("a reply is given up after its last try", test_given_up)
cases("a connection that is lost at {}: {}", [
    ("RCPT", "sent"), (".", "unknown")], test_lost)
case("a server that says nothing at the end leaves it unknown", test_silent_end)
cases("kill -9 of the sender at {}: {}, and once", [
    ("greeting", "sent"), ("EHLO", "sent"), ("MAIL", "sent"), ("RCPT", "sent"), ("DATA", "sent"),
    ("text", "sent"), (".", "unknown")], test_killed)
case("of a mailbox that is removed nothing is sent", test_removed)
case("the outbox is in the metrics", test_metrics)
case("backend test tries the server that replies are handed to", test_backend)

main()
