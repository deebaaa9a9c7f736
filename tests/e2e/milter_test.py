#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""frontdesk milter behind a real Postfix: mail in, replies out, and mail that flows
whatever becomes of the milter."""
import grp
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import Failed, case, cases, check, equal, main, until
from lib.installation import PROGRAM, Installation, environment, folder, free_port
from lib.milter import (ACCEPT, CONTINUE, NO_BODY, NO_CONNECT, NO_HEADERS, NO_MAIL, Milter,
                        is_socket)
from lib.postfix import Postfix, need

need()
PORT = free_port()
PLACE = ("127.0.0.1", PORT)
SECONDS = 60

post = Postfix(["example.com", "outside.test"], milters=[f"inet:127.0.0.1:{PORT}"], settings={
    "header_checks": "regexp:{ { /^X-Marked: (.*)/ PREPEND X-Spam-Flag: $$1 } }",
    "smtpd_authorized_xclient_hosts": "127.0.0.1",
    "header_size_limit": "1024000",
    "smtpd_client_message_rate_limit": "0",
})
site = Installation("milter")


def configure(reply="", milter="", with_milter=True):
    listens = f'listen = "127.0.0.1:{PORT}"\n\t' if with_milter else ""
    site.configure(f'''backend "office" {{
	kind = "{'milter' if with_milter else 'sieve-file'}"
}}
milter {{
	{listens}delay_s = 0
	{milter}
}}
outbox {{
	server = "127.0.0.1:{post.inside_port}"
}}
reply {{
	per_minute = 10000
	site_per_minute = 100000
	{reply}
}}''')


def reload():
    before = len(site.lines)
    site.signal(signal.SIGHUP)
    until(SECONDS, "the new configuration", lambda: any(
        "the configuration was read again" in line for line in site.lines[before:]))


configure()
ADA = site.add("ada@example.com", "--name", "Ada Lovelace", "--alias", "countess@example.com")
BOB = site.add("bob@example.com")
CARL = site.add("carl@example.com")
EVE = site.add("eve@example.com")
FAY = site.add("fay@example.com")
site.run("oof", "set", ADA, "--internal", "for colleagues", "--external", "for others",
         "--audience", "all")
site.run("oof", "set", CARL, "--internal", "later", "--from", "+1d", "--to", "+3d")
site.run("oof", "set", EVE, "--internal", "inside only", "--audience", "none")
site.run("oof", "set", FAY, "--internal", "i", "--external", "e", "--audience", "all")

DECIDED = re.compile(r"frontdesk milter: mail target=(\S+) side=(\S+) rule=(\S+) result=(\S+)")


def decisions(begin=0):
    """(target, side, rule, result) of each line of the milter since then."""
    return [m.groups() for m in map(DECIDED.search, site.lines[begin:]) if m]


def decided(begin, n):
    """Waits for that many, and a moment's end: a mail behind it that is told, too."""
    with Milter(PLACE) as m:
        m.negotiate().mail("x-request@outside.test", [FAY], [("To", FAY)])
    last = (FAY, "external", "E-7", "none")
    until(SECONDS, "the milter's line", lambda: last in decisions(begin))
    found = [d for d in decisions(begin) if d != last]
    equal(len(found), n, f"decisions {found}")
    return found


def replies(address):
    return post.maildir(address)


def replied(address, n=1):
    """Waits for the reply, and gives it."""
    until(SECONDS, f"a reply for {address}\n{site.log()[-3000:]}",
          lambda: len(replies(address)) >= n)
    equal(len(replies(address)), n, f"replies for {address}")
    return replies(address)[-1]


# ---- what becomes of a mail ----

TO_ADA = f"To: {ADA}\n"
LONG = "X-Long: " + ("x" * 498 + "\n ") * 100 + "x\n"  # 50 kB
# a sentence, the sender, the recipients, the header; what is decided: (rule, result) of
# each mailbox that was looked at
ROWS = [
    ("a mail from outside", "ann", [ADA], TO_ADA, [("E-21", "reply")]),
    ("the same sender once more", "ann", [ADA], TO_ADA, [("E-2", "none")]),
    ("a sender in capitals who was answered", "ANN", [ADA], TO_ADA, [("E-2", "none")]),
    ("a recipient in capitals", "b1", ["ADA@Example.COM"], TO_ADA, [("E-21", "reply")]),
    ("a plus address", "b2", ["ada+shop@example.com"], "To: ada+shop@example.com\n",
     [("E-21", "reply")]),
    ("an alias", "b3", ["countess@example.com"], "To: countess@example.com\n",
     [("E-21", "reply")]),
    ("a person, an alias and a tag of his", "b4",
     [ADA, "countess@example.com", "ada+x@example.com"], TO_ADA, [("E-21", "reply")]),
    ("somebody absent and somebody here", "b5", [BOB, ADA], TO_ADA, [("E-21", "reply")]),
    ("two who are absent", "b6", [ADA, FAY], f"To: {ADA}, {FAY}\n",
     [("E-21", "reply"), ("E-21", "reply")]),
    ("somebody who is here", "c1", [BOB], f"To: {BOB}\n", []),
    ("somebody whose absence has not begun", "c2", [CARL], f"To: {CARL}\n", []),
    ("an outsider, where outsiders get nothing", "c3", [EVE], f"To: {EVE}\n",
     [("E-21", "none")]),
    ("a mail to an address that the mail server alone expands", "c4", ["sales@example.com"],
     "To: sales@example.com\n", []),
    ("a blind copy", "c5", [ADA], f"To: {BOB}\n", [("E-4", "none")]),
    ("a mail to a list", "c6", [ADA], TO_ADA + "List-Id: <x.lists.test>\n", [("E-9", "none")]),
    ("a bounce", "", [ADA], TO_ADA, [("E-5", "none")]),
    ("a forged From", "c7", [ADA], TO_ADA + f"From: {BOB}\n", [("E-21", "reply")]),
    ("spam, by the mail server's own mark", "c8", [ADA], TO_ADA + "X-Marked: YES\n",
     [("E-13", "none")]),
    ("no spam, by that mark", "c9", [ADA], TO_ADA + "X-Marked: NO\n", [("E-21", "reply")]),
    ("a robot's mail", "d1", [ADA], TO_ADA + "Auto-Submitted: auto-generated\n",
     [("E-10", "none")]),
    ("a header of Latin-1 bytes", "d2", [ADA], b"To: ada@example.com\nSubject: Caf\xe9 \xff\n",
     [("E-21", "reply")]),
    ("a header with a NUL", "d3", [ADA], b"To: ada@example.com\nSubject: a\0b\n",
     [("E-21", "reply")]),
    ("a folded header", "d4", [ADA], "To: Bob\n <bob@example.com>,\n\tAda\n <ada@example.com>\n",
     [("E-21", "reply")]),
    ("as many fields as are read", "d5", [ADA], TO_ADA + "X-Many: x\n" * 990,
     [("E-21", "reply")]),
    ("10,000 fields", "d6", [ADA], TO_ADA + "X-Many: x\n" * 10000, [("E-0", "none")]),
    ("a header of 250 KB", "d9", [ADA], TO_ADA + LONG * 5, [("E-21", "reply")]),
    ("a header of 300 KB", "d7", [ADA], TO_ADA + LONG * 6, [("E-0", "none")]),
    ("a field that only begins as a list's", "d8", [ADA], TO_ADA + "List-Idx: <x>\n",
     [("E-21", "reply")]),
]
SENDERS = {row[1].lower() for row in ROWS if row[1]}
post.add(ADA, BOB, CARL, EVE, FAY, *(f"{s}@outside.test" for s in sorted(SENDERS)),
         "jörg@outside.test", *(f"k{i}@outside.test" for i in range(60)))
post.domains.append("many.test")
post.alias("@many.test", "k0@outside.test")
post.alias("sales@example.com", ADA).alias("countess@example.com", ADA)


def message(header):
    header = header if isinstance(header, bytes) else header.encode()
    return b"Subject: Lunch?\nMessage-ID: <m@outside.test>\n" * (b"Subject" not in header) \
        + header + b"\nThe text.\n"


def a_mail(sentence, sender, recipients, header, wanted):
    begin = len(site.lines)
    address = f"{sender}@outside.test" if sender else ""
    post.send(address, recipients, message(header))
    found = decided(begin, len(wanted))
    equal([(rule, result) for _, _, rule, result in found], wanted, sentence)


def each_reply_once():
    """All mails were delivered, and who was to get a reply has got it, once for each."""
    post.settled()
    for sender in sorted(SENDERS):
        n = sum(result == "reply" for row in ROWS if row[1].lower() == sender
                for _, result in row[4])
        if n:
            replied(f"{sender}@outside.test", n)
    for sender in sorted(SENDERS):
        n = sum(result == "reply" for row in ROWS if row[1].lower() == sender
                for _, result in row[4])
        equal(len(replies(f"{sender}@outside.test")), n, sender)
    equal(len(replies(ADA)), sum(1 for row in ROWS if ADA in map(str.lower, row[2]) or
                                 any(r.startswith(("ada+", "countess", "sales")) for r in row[2])
                                 for _ in {r for r in row[2] if r != BOB and r != FAY}),
          "mails of Ada")


def the_reply():
    reply = replied("ann@outside.test")
    equal(reply["Subject"], "Automatic reply: Lunch?")
    equal(reply["In-Reply-To"], "<m@outside.test>")
    equal(reply["Auto-Submitted"].split(" ")[0].split(";")[0], "auto-replied")
    equal(reply["Return-Path"], "<>")
    equal(reply["To"], "ann@outside.test")
    equal(reply["From"], f"Ada Lovelace <{ADA}>")
    check("for others" in reply.get_body(("plain",)).get_content(), "the external text")


def forged():
    check("for others" in replied("c7@outside.test").get_body(("plain",)).get_content(),
          "a forged From has brought the internal text out")


def colleagues():
    begin = len(site.lines)
    post.send(BOB, ADA, message(TO_ADA))
    equal(decided(begin, 1), [(ADA, "internal", "E-20", "reply")])
    post.settled()
    reply = until(SECONDS, "Bob's reply",
                  lambda: [m for m in replies(BOB) if "Automatic" in m["Subject"]])
    check("for colleagues" in reply[0].get_body(("plain",)).get_content(), "the internal text")


def written_to():
    """E-31: From is the address that was written to."""
    equal(replied("b3@outside.test")["From"], "Ada Lovelace <countess@example.com>")


def international():
    begin = len(site.lines)
    post.send("jörg@outside.test", ADA, message(TO_ADA), options=["SMTPUTF8"])
    equal(decided(begin, 1), [(ADA, "external", "E-21", "reply")])
    replied("jörg@outside.test")


def by_sendmail():
    """What is handed in on the machine itself comes from 127.0.0.1."""
    begin = len(site.lines)
    post.change(non_smtpd_milters=f"inet:127.0.0.1:{PORT}")
    subprocess.run(["sendmail", "-C", post.path("etc"), "-f", "k1@outside.test", ADA],
                   input=message(TO_ADA), check=True,
                   env={"PATH": "/usr/sbin:/usr/bin:/bin", "MAIL_CONFIG": post.path("etc")})
    until(SECONDS, "the decision", lambda: decisions(begin))
    replied("k1@outside.test")


# ---- options ----

def as_client(sender, address, login=None):
    """What Postfix hands on of a client at `address` that signed in as `login`."""
    client = post.client()
    words = f"XCLIENT ADDR={address}" + (f" LOGIN={login}" if login else "")
    equal(client.docmd(words)[0], 220, words)
    client.ehlo()
    equal(client.sendmail(sender, [ADA], message(TO_ADA)), {})
    client.quit()


def proved(sentence, number, address, login, side):
    begin = len(site.lines)
    sender = f"colleague{number}@example.com"
    as_client(sender, address, login)
    found = decided(begin, 1)
    equal(found, [(ADA, side, "E-20" if side == "internal" else "E-21", "reply")], sentence)


def prove_inside():
    """E-23"""
    configure("internal_authenticated = yes", 'networks = {"192.0.2.0/24", "2001:db8::/32"}')
    reload()
    for row in (("from a host of the site", 1, "192.0.2.5", None, "internal"),
                ("from outside, signed in", 3, "203.0.113.5", "bob@example.com", "internal"),
                ("from outside", 4, "203.0.113.5", None, "external"),
                ("from a neighbour of the site", 5, "192.0.3.5", None, "external")):
        proved(*row)
    begin = len(site.lines)
    with Milter(PLACE) as m:
        m.negotiate()
        check(b"{client_addr}" in m.macros and b"{auth_authen}" in m.macros, "what it asks for")
        for i, client in enumerate(("IPv6:2001:db8::5", "IPv6:2001:db9::5", "unknown")):
            m.mail(f"colleague1{i}@example.com", [ADA], [("To", ADA)], {"{client_addr}": client})
    equal([d[1] for d in decided(begin, 3)], ["internal", "external", "external"])
    configure()
    reload()
    proved("from outside, with the option off", 6, "203.0.113.5", None, "internal")


def prove_outside():
    """E-14"""
    configure('external_authenticated = yes\n\tauthserv_id = "mail.site.test"')
    reload()
    for number, header, wanted in ((40, "", ("E-14", "none")),
                                   (41, "Authentication-Results: mail.site.test; spf=pass "
                                    "smtp.mailfrom=outside.test\n", ("E-21", "reply")),
                                   (42, "Authentication-Results: other.test; spf=pass "
                                    "smtp.mailfrom=outside.test\n", ("E-14", "none"))):
        begin = len(site.lines)
        post.send(f"k{number}@outside.test", ADA, message(TO_ADA + header))
        equal([d[2:] for d in decided(begin, 1)], [wanted], header)
    configure()
    reload()


def brake():
    """E-17: just under, and just over."""
    gus = site.add("gus@example.com")
    site.run("oof", "set", gus, "--internal", "i", "--external", "e", "--audience", "all")
    configure()
    with open(site.conf) as f:
        text = f.read()
    with open(site.conf, "w") as f:
        f.write(text.replace("per_minute = 10000\n", "per_minute = 3\n", 1))
    reload()
    begin = len(site.lines)
    with Milter(PLACE) as m:
        m.negotiate()
        for i in range(5):
            equal(m.mail(f"g{i}@many.test", [gus], [("To", gus)]), ACCEPT)
    equal([d[2:] for d in decided(begin, 5)],
          [("E-21", "reply")] * 3 + [("E-17", "none")] * 2)
    configure()
    reload()


def hidden_targets():
    site.configure('log {\n\taccess = "run/access.log"\n\thash_targets = yes\n}')
    reload()
    begin = len(site.lines)
    with Milter(PLACE) as m:
        m.negotiate().mail("x-owner@outside.test", [ADA], [("To", ADA), ("List-Id", "<x>")])
    found = until(SECONDS, "the line", lambda: decisions(begin))
    check(re.fullmatch("[0-9a-f]{16}", found[0][0]), f"the target is told: {found}")
    site.configure('log {\n\taccess = "run/access.log"\n}')
    reload()


# ---- the protocol ----

def spared():
    with Milter(PLACE) as m:
        m.negotiate()
        for bit, what in ((NO_BODY, "bodies"), (NO_CONNECT, "connections")):
            check(m.steps & bit, f"it wants to be shown {what}")
        check(not m.steps & (NO_MAIL | NO_HEADERS), "it does not want what it needs")
        m.envelope("z1@many.test", [BOB])
        equal(m.data(), ACCEPT, "a mail that concerns nobody absent")
        m.envelope("z1@many.test", [ADA])
        equal(m.data(), CONTINUE, "a mail that concerns somebody absent")
        m.abort()


def old_server():
    """Version 2: every step is shown and answered, there is no DATA, no macros are asked."""
    begin = len(site.lines)
    with Milter(PLACE) as m:
        m.negotiate(version=2, actions=0x3F, steps=0x7F)
        m.connect()
        m.envelope("z2@many.test", [ADA], brackets=False)
        equal(m.header("To", ADA), CONTINUE)
        equal(m.end(), ACCEPT)
    equal([d[2:] for d in decided(begin, 1)], [("E-21", "reply")])


def old_server_networks():
    """Without macros the connection tells the client."""
    configure("internal_authenticated = yes", 'networks = {"198.51.100.0/24"}')
    reload()
    begin = len(site.lines)
    for client, sender in (("198.51.100.7", "old1@example.com"),
                           ("203.0.113.7", "old2@example.com")):
        with Milter(PLACE) as m:
            m.negotiate(version=2, actions=0x3F, steps=0x7F).connect(client)
            m.envelope(sender, [ADA])
            m.header("To", ADA)
            equal(m.end(), ACCEPT)
    equal([d[1] for d in decided(begin, 2)], ["internal", "external"])
    configure()
    reload()


def aborted():
    begin = len(site.lines)
    with Milter(PLACE) as m:
        m.negotiate()
        m.envelope("z3@many.test", [ADA])
        equal(m.data(), CONTINUE)
        m.header("To", ADA)
        m.abort()
        equal(m.mail("z4@many.test", [ADA], [("To", ADA), ("List-Id", "<x>")]), ACCEPT)
    equal([d[2] for d in decided(begin, 1)], ["E-9"], "a mail that was taken back")


ODD = [
    ("a sender of bytes that are no text", b"z\xff\xfe@outside.test", [ADA], "E-5"),
    ("a sender of 5,000 bytes", "z" * 5000 + "@outside.test", [ADA], "E-5"),
    ("a route before the sender", "@a.test,@b.test:owner-z@outside.test", [ADA], "E-7"),
    ("recipients of bytes that are no text", "owner-z@outside.test",
     [b"\xff@example.com", b"<>", b"@", b"", ADA], "E-7"),
    ("1,000 recipients", "owner-z@outside.test",
     [f"nobody{i}@example.com" for i in range(999)] + [ADA], "E-7"),
    ("1,001 recipients, of which the last is not looked at", "owner-z@outside.test",
     [f"nobody{i}@example.com" for i in range(1000)] + [ADA], None),
]


def odd(_, sender, recipients, rule):
    begin = len(site.lines)
    with Milter(PLACE) as m:
        m.negotiate()
        equal(m.mail(sender, recipients, [("To", ADA)]), ACCEPT)
    equal([d[2] for d in decided(begin, 1 if rule else 0)], [rule] if rule else [])


def odd_fields():
    begin = len(site.lines)
    with Milter(PLACE) as m:
        m.negotiate()
        equal(m.mail("z7@many.test", [ADA], [
            ("A B", "x"), (b"\xff", "x"), ("X" * 5000, "x"), ("List-Idx", "x"),
            ("Subject", "a\nList-Id: <x>\n\nPrecedence: bulk"), ("To", ADA)]), ACCEPT)
    equal([d[2:] for d in decided(begin, 1)], [("E-21", "reply")])


def garbage():
    """What is no command ends that connection, and nothing else."""
    for data in (b"\0\0\0\1?", b"\xff\xff\xff\xff", b"\0\0\0\1M", b"GET / HTTP/1.1\r\n\r\n"):
        with Milter(PLACE) as m:
            try:
                m.socket.sendall(data)
                m.socket.shutdown(1)
                while m.socket.recv(100):
                    continue
            except OSError:
                pass
    spared()


def many_at_once():
    """200 connections, each in the midst of its mail, and each gets its decision."""
    begin = len(site.lines)
    open_ones = [Milter(PLACE).negotiate() for _ in range(200)]
    for i, m in enumerate(open_ones):
        m.envelope(f"many{i}@many.test", [ADA])
        m.say("T")
    for m in open_ones:
        equal(m.hear()[0], CONTINUE)
    for m in open_ones:
        m.say("L", b"To\0" + ADA.encode() + b"\0")
        m.say("E")
    for m in open_ones:
        equal(m.hear()[0], ACCEPT)
        m.socket.close()
    equal(decided(begin, 200), [(ADA, "external", "E-21", "reply")] * 200)


def too_many():
    """What is over the limit is let through without a look."""
    before = metric_of("skipped")
    open_ones = [Milter(PLACE).negotiate() for _ in range(1001)]
    check(not open_ones[999].steps & NO_MAIL, "the last within the limit is not looked at")
    check(open_ones[1000].steps & NO_MAIL, "one over the limit is looked at")
    equal(open_ones[1000].end(), ACCEPT)
    for m in open_ones:
        m.socket.close()
    check(metric_of("skipped") > before, "it is not counted")
    until(SECONDS, "room for others", lambda: not Milter(PLACE).negotiate().steps & NO_MAIL)


def metric_of(name):
    text = site.back().get("/metrics").body.decode()
    return int(re.search(rf'frontdesk_milter_mails_total{{result="{name}"}} (\d+)', text).group(1))


# ---- a store that is slow ----

class Held:
    """The store's one place for who writes, taken away."""
    def __enter__(self):
        self.db = sqlite3.connect(os.path.join(site.dir, "data", "frontdesk.db"),
                                  isolation_level=None, timeout=SECONDS)
        self.db.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, *_):
        self.db.execute("ROLLBACK")
        self.db.close()


def slow_store():
    """Mail is taken while the store is held up; the replies follow."""
    begin = len(site.lines)
    with Held():
        sending = [threading.Thread(target=post.send,
                                    args=(f"k{i}@outside.test", ADA, message(TO_ADA)))
                   for i in range(20, 26)]
        for thread in sending:
            thread.start()
        for thread in sending:
            thread.join(SECONDS)
            check(not thread.is_alive(), "a mail waits for the store")
        equal(decisions(begin), [], "decisions while nobody can write")
    until(SECONDS, "the decisions", lambda: len(decisions(begin)) == 6)
    for i in range(20, 26):
        replied(f"k{i}@outside.test")


# ---- a milter that dies ----

def milter_pid(host=site):
    found = [pid for pid, line in host.children().items() if " milter " in line]
    return found[0] if len(found) == 1 else None


def killed_before():
    """Before the transaction: the mail is there, nothing is remembered, and the next mail
    is answered."""
    with Held():
        sending = threading.Thread(target=post.send,
                                   args=("k30@outside.test", ADA, message(TO_ADA)))
        mails = len(replies(ADA))
        before = metric_of("seen")
        sending.start()
        until(SECONDS, "the mail at the milter", lambda: metric_of("seen") > before)
        pid = until(SECONDS, "the milter", milter_pid)
        os.kill(pid, signal.SIGKILL)
        sending.join(SECONDS)
        check(not sending.is_alive(), "the mail waits for a milter that is gone")
    until(SECONDS, "the mail", lambda: len(replies(ADA)) == mails + 1)
    until(SECONDS, "another milter", lambda: milter_pid() not in (None, pid) and listens())
    equal(replies("k30@outside.test"), [])
    post.send("k30@outside.test", ADA, message(TO_ADA))
    replied("k30@outside.test")


def killed_behind():
    """Behind it: what is queued goes out, once."""
    begin = len(site.lines)
    post.send("k31@outside.test", ADA, message(TO_ADA))
    pid = until(SECONDS, "the milter", milter_pid)
    os.kill(pid, signal.SIGKILL)
    replied("k31@outside.test")
    until(SECONDS, "another milter", lambda: milter_pid() not in (None, pid) and listens())
    post.send("k31@outside.test", ADA, message(TO_ADA))
    until(SECONDS, "the decision", lambda: decisions(begin)[1:])
    equal(decisions(begin)[1], (ADA, "external", "E-2", "none"))
    replied("k31@outside.test")


def listens():
    try:
        Milter(PLACE, 1).socket.close()
        return True
    except OSError:
        return False


def without():
    """milter.listen is taken out: mail flows; and comes back: it is looked at."""
    configure(with_milter=False)
    reload()
    until(SECONDS, "its end", lambda: milter_pid() is None and not listens())
    begin = len(site.lines)
    mails = len(replies(BOB))
    post.send("k50@outside.test", [BOB, ADA], message(TO_ADA))
    until(SECONDS, "the mail", lambda: len(replies(BOB)) == mails + 1)
    equal(decisions(begin), [])
    configure()
    reload()
    until(SECONDS, "a milter", listens)
    post.send("k50@outside.test", [BOB, ADA], message(TO_ADA))
    equal([d[2:] for d in decided(begin, 1)], [("E-21", "reply")])
    check(not any("is started again" in line for line in site.lines[begin:]),
          "what was told to end is told as a failure")


def effect():
    said = site.run("oof", "show", ADA, "--json")
    check('"in_force"' in said.replace(" ", ""), f"the effect: {said}")
    check("milter:office" in said, f"the effect: {said}")


# ---- by itself, at a socket ----

alone = Installation("alone")
SOCKETS = folder("sockets")
os.chown(SOCKETS, os.stat(os.path.join(alone.dir, "data")).st_uid, -1)
PATH = os.path.join(SOCKETS, "milter.sock")
alone.configure(f'backend "b" {{\n\tkind = "milter"\n}}\nmilter {{\n\tlisten = "unix:{PATH}"\n}}'
                '\nreply {\n\tper_minute = 1000\n}')
alone.add("ada@example.com")
alone.run("oof", "set", "ada@example.com", "--internal", "i", "--external", "e", "--audience",
          "all")


def start_alone():
    process = subprocess.Popen([PROGRAM, "milter", "-c", alone.conf], env=environment(),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        until(SECONDS, "its socket", lambda: process.poll() is not None or answers())
    except Failed:
        process.kill()
        raise
    check(process.poll() is None, "it has ended")
    return process


def answers():
    try:
        with Milter(PATH, 1) as m:
            m.negotiate()
        return True
    except OSError:
        return False


def by_itself():
    owner = os.stat(os.path.join(alone.dir, "data"))
    group = grp.getgrnam("postdrop").gr_gid
    os.chown(SOCKETS, owner.st_uid, group)
    os.chmod(SOCKETS, 0o2750)  # what is made there is of the folder's group
    first = start_alone()
    try:
        check(is_socket(PATH), "there is no socket")
        st = os.stat(PATH)
        equal((st.st_mode & 0o777, st.st_gid), (0o660, group), "who may connect")
        second = subprocess.run([PROGRAM, "milter", "-c", alone.conf], env=environment(),
                                capture_output=True, text=True, timeout=SECONDS)
        equal(second.returncode, 1, second.stderr)
        check("a milter runs on this data already" in second.stderr, second.stderr)
        check(str(first.pid) in second.stderr, second.stderr)
        check(answers(), "the second one has taken the first one's place")
        first.kill()  # leaves its socket
        first.wait(SECONDS)
        check(is_socket(PATH) and not answers(), "a socket that nobody has")
        first = start_alone()
        check(answers(), "none after one that was killed")
        first.send_signal(signal.SIGHUP)
        first.send_signal(signal.SIGHUP)
        check(answers() and first.poll() is None, "SIGHUP has ended it")
        first.send_signal(signal.SIGTERM)
        equal(first.wait(SECONDS), 0, "its end")
    finally:
        first.kill()
        first.wait()


def no_place():
    with open(PATH, "w") as f:
        f.write("x")
    done = subprocess.run([PROGRAM, "milter", "-c", alone.conf], env=environment(),
                          capture_output=True, text=True, timeout=SECONDS)
    equal(done.returncode, 1, done.stderr)
    check("no socket" in done.stderr, done.stderr)
    check(os.path.isfile(PATH), "a file of somebody's was taken away")
    os.unlink(PATH)


def never_twice():
    """Killed again and again while mails come: each is answered at most once, and what
    was not, is by his next mail."""
    rounds = 8
    for number in range(rounds):
        process = start_alone()

        def show():
            for i in range(40):
                try:
                    with Milter(PATH, 5) as m:
                        m.negotiate().mail(f"r{i}@outside.test", ["ada@example.com"],
                                           [("To", "ada@example.com")])
                except OSError:
                    return
        threads = [threading.Thread(target=show) for _ in range(2)]
        for thread in threads:
            thread.start()
        threads[0].join(0.003 * (number + 1))
        process.kill()
        process.wait()
        for thread in threads:
            thread.join()
    process = start_alone()
    with Milter(PATH) as m:
        m.negotiate()
        for i in range(40):
            m.mail(f"r{i}@outside.test", ["ada@example.com"], [("To", "ada@example.com")])
    process.terminate()
    said = process.communicate()[1]
    equal(process.returncode, 0, said)
    kept = queued()
    equal(sorted(kept), sorted(f"r{i}@outside.test" for i in range(40)), "the outbox")


def queued():
    """Recipients of all replies that wait: nobody sends them here."""
    with sqlite3.connect(os.path.join(alone.dir, "data", "frontdesk.db")) as db:
        waiting = [r[0] for r in db.execute("SELECT recipient FROM outbox")]
    db.close()
    return waiting


site.start()
until(SECONDS, "the milter", listens)
post.start()

cases("a mail: {}", ROWS, a_mail)
case("everybody got his reply, once, and every mail was delivered", each_reply_once)
case("the reply is as RFC 3834 has it", the_reply)
case("a forged sender gets the external text", forged)
case("a colleague gets the internal text", colleagues)
case("a reply comes from the address that was written to", written_to)
case("a sender of SMTPUTF8 gets a reply", international)
case("a mail handed in by the sendmail command is answered", by_sendmail)
case("E-23: the internal text only for who signed in, or is near", prove_inside)
case("E-14: the external text only for who is proved", prove_outside)
case("E-17: so many replies a minute, and not one more", brake)
case("targets are hidden in the log when that is asked", hidden_targets)
case("it is shown no more than it needs", spared)
case("a mail server of version 2 is served", old_server)
case("a mail server without macros tells the client's address", old_server_networks)
case("a mail that is taken back is not answered", aborted)
cases("it lets pass: {}", ODD, odd)
case("fields that are none hide no others", odd_fields)
case("garbage ends a connection, and nothing else", garbage)
case("200 connections at once are served", many_at_once)
case("over 1,000 connections pass unseen, and are counted", too_many)
case("a slow store holds up no mail, and replies follow", slow_store)
case("killed before the transaction: the mail is there, and the next is answered", killed_before)
case("killed behind it: the reply goes out, once", killed_behind)
case("without a milter mail flows, and with the next it is looked at", without)
case("the effect says that it is in force", effect)
case("by itself: its socket, one at a time, a stale one, signals", by_itself)
case("a file in its place is left alone", no_place)
case("killed again and again it answers nobody twice", never_twice)
main()
