#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Absences that a real Dovecot answers, by scripts that its dict reads from our
database: who gets a reply, when, and what happens to mail when that database is
missing, locked, or left in the middle of a change."""
import base64
import json
import os
import signal
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import Failed, case, cases, check, equal, main, until
from lib.dovecot_mail import DICT_BEFORE, DovecotMail, dict_map
from lib.installation import BUILD, Installation
from lib.sink import Sink
from lib.soap import expect, set_oof

WAIT_SECONDS = 60  # a limit for a busy machine, not a timing
DRIVER = os.path.join(BUILD, "backend-driver")
KIB = 1024

site = Installation("sieve-sql", settings="""workers = 1
backend "office" {
	kind = sieve-sql
	database = "rows/sieve.db"
}
""")
ROWS = os.path.join(site.dir, "rows")
DATABASE = os.path.join(ROWS, "sieve.db")
sink = Sink()
dovecot = DovecotMail(sink.port, before=[DICT_BEFORE], dict=dict_map(DATABASE),
                      user="mail")
ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.com"
ODD = "o'neil--&%n@example.com"
PEOPLE = [ADA, BOB, EVE, ODD]
for who in PEOPLE:
    dovecot.put(who.replace("'", "\\'"), "pw")  # as it looks them up
senders = 0


def let_in():
    """As an administrator does: the group is one that Dovecot's account is in."""
    for path in (ROWS, DATABASE):
        mode = os.stat(path).st_mode & 0o7777
        os.chown(path, -1, dovecot.account.pw_gid)
        os.chmod(path, mode)


def sender(domain="far.test"):
    """Somebody who has not written yet."""
    global senders
    senders += 1
    return f"sender{senders}@{domain}"


def mail(who, frm):
    """The status of the delivery, and the plain texts of the replies that it called for."""
    before = len(sink.mails)
    message = (f"From: {frm}\r\nTo: {who}\r\nSubject: question\r\n"
               f"Message-ID: <{senders}.{before}@far.test>\r\n\r\nHello\r\n")
    status, text = dovecot.deliver(frm, who, message.encode())
    replies = sink.mails[before:]
    for reply in replies:
        equal((reply.recipients, reply.sender), ([frm], ""), "the envelope")
    return status, [reply.message.get_body(("plain",)).get_content().strip()
                    for reply in replies]


def show(who):
    return json.loads(site.run("oof", "show", who, "--json"))


def by_command(who, state, text):
    if state == "Disabled":
        site.run("oof", "off", who)
    else:
        site.run("oof", "set", who, "--internal", text + " (in)", "--external", text,
                 "--audience", "all")


def by_soap(who, state, text):
    client = site.client(who)
    expect(client.post(set_oof(who, state, internal=text + " (in)", external=text)), 200, "NoError")


# ---- before anything is there ----

def test_missing():
    """Which is why the database is to be there before Dovecot is told of it."""
    equal(mail(ADA, sender())[0], 451, "without a database")
    if os.getuid() == 0:
        done = site.command("backend", "test", "office")
        check(b"install -d -m 2750" in done.stdout, f"no remedy: {done.stdout}")
        equal(done.returncode != 0, True, "its status")
    site.start()
    until(WAIT_SECONDS, "the database", lambda: os.path.exists(DATABASE))
    told = site.run("backend", "test", "office")
    check("\tno\t" not in told, told)
    if os.getuid() == 0:
        equal(mail(ADA, sender())[0], 451, "in a group that Dovecot is not in")
    let_in()
    equal(mail(ADA, sender()), (250, []), "with an empty one")


# ---- an absence ----

def test_absence(way, who, put):
    first = sender()
    put(who, "Enabled", "Away until Monday")
    equal(show(who)["effect"]["status"], "in_force", "the effect")
    equal(mail(who, first), (250, ["Away until Monday"]), "the first mail")
    equal(mail(who, first), (250, []), "the second")
    equal(mail(who, sender("example.com")), (250, ["Away until Monday (in)"]), "a colleague's")
    put(who, "Enabled", "Away until Tuesday")
    equal(mail(who, first), (250, []), "when only the text is another")
    equal(mail(who, sender()), (250, ["Away until Tuesday"]), "a new sender")
    put(who, "Disabled", "Away until Tuesday")
    equal(mail(who, sender()), (250, []), "when it is off")
    put(who, "Enabled", "Away again")
    equal(mail(who, first), (250, ["Away again"]), "in another absence")
    put(who, "Disabled", "Away again")
    equal(show(who)["effect"]["status"], "off", "the effect")


def test_nobody():
    by_command(ADA, "Enabled", "Away")
    equal(mail(EVE, sender()), (250, []), "of somebody who is there")
    before = len(dovecot.mails(EVE))
    mail(EVE, sender())
    equal(len(dovecot.mails(EVE)), before + 1, "her mails")


def test_own_script():
    """It runs, whatever ours does."""
    by_command(BOB, "Enabled", "Out of office")
    dovecot.own_script(BOB, 'require ["fileinto", "mailbox"];\nfileinto :create "Work";\n')
    equal(mail(BOB, sender()), (250, ["Out of office"]), "the reply")
    equal(len(dovecot.mails(BOB, ".Work")), 1, "in its folder")
    by_command(BOB, "Disabled", "")
    equal(mail(BOB, sender()), (250, []), "no reply")
    equal(len(dovecot.mails(BOB, ".Work")), 2, "in its folder")


def test_too_long():
    """It is told, and the texts of before are not sent any more."""
    by_command(ADA, "Enabled", "short")
    path = os.path.join(site.parent, "long")
    with open(path, "w") as f:
        f.write("word " * 25000)
    site.run("oof", "set", ADA, "--external-file", path, "--internal-file", path)
    effect = show(ADA)["effect"]
    equal(effect["status"], "stored", "the effect")
    check("bytes" in effect["reason"], effect["reason"])
    equal(mail(ADA, sender()), (250, []), "a mail")
    by_command(ADA, "Enabled", "short again")
    equal(mail(ADA, sender()), (250, ["short again"]), "a mail")


# ---- the longest that Dovecot's dict passes on ----

def driver(*lines, **section):
    done = subprocess.run(
        [DRIVER, "kind=sieve-sql", f"database={DATABASE}",
         *(f"{k}={v}" for k, v in section.items())],
        input="".join("\t".join(line) + "\n" for line in lines), capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"backend-driver: {done.stdout}{done.stderr}")
    return done.stdout


def test_longest():
    """Lines of three bytes: on their way, a third more."""
    begin = ('require "vacation";\nvacation :handle "long" :addresses '
             f'"{EVE}" "The longest";\n')
    lines = (240 * KIB - len(begin)) // 3
    begin += "#" * (240 * KIB - len(begin) - 3 * lines)
    script = begin + "\n#x" * lines
    equal(len(script), 240 * KIB, "its length")
    more = 320 * KIB - len(script) - script.count("\n")
    check(0 <= more < 100, f"{more} bytes less than may be")
    told = driver(("put", EVE, base64.b64encode(script.encode()).decode()))
    check(told.rstrip().endswith("ok"), told)
    equal(mail(EVE, sender()), (250, ["The longest"]), "a mail")
    driver(("remove", EVE))
    equal(mail(EVE, sender()), (250, []), "a mail")


# ---- others at the database ----

def test_locked():
    """Mail waits, and nothing is lost."""
    by_command(ADA, "Enabled", "locked out")
    first = sender()
    with sqlite3.connect(DATABASE, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        equal(mail(ADA, first), (451, []), "while it is locked")
        other.execute("ROLLBACK")
    other.close()
    equal(mail(ADA, first), (250, ["locked out"]), "when it is not")


DIES = """
import os, signal, sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute("PRAGMA cache_size = 4")
c.execute("BEGIN IMMEDIATE")
c.execute("UPDATE sieve_data SET data = 'half'")
for n in range(300):
    c.execute("INSERT INTO sieve_data VALUES (?, ?, ?, NULL)", (f"u{n}", "x", "y" * 4000))
os.kill(os.getpid(), signal.SIGKILL)
"""


def is_half():
    journal = DATABASE + "-journal"
    return os.path.exists(journal) and os.path.getsize(journal) > 0


def leave_half():
    """As the power going off in the middle of a change."""
    done = subprocess.run([sys.executable, "-c", DIES, DATABASE])
    equal(done.returncode, -signal.SIGKILL, "its end")
    check(is_half(), "nothing is left of it")


def test_half():
    """Dovecot only reads, and so cannot end it; the clerk does when the server starts."""
    by_command(ADA, "Enabled", "whole again")
    site.close()
    leave_half()
    reads = os.getuid() == 0  # else it is the account that writes
    equal(mail(ADA, sender())[0], 451 if reads else 250, "while it is half")
    site.start()
    until(WAIT_SECONDS, "the clerk", lambda: not is_half())
    equal(mail(ADA, sender()), (250, ["whole again"]), "a mail")


def texts(who):
    with sqlite3.connect(DATABASE) as other:
        n = other.execute("SELECT count(*) FROM sieve_data WHERE username = ?", (who,)).fetchone()[0]
    other.close()
    return n


def test_removed():
    """Whoever is removed answers nobody."""
    by_command(ADA, "Enabled", "gone soon")
    site.run("mailbox", "remove", ADA, "--yes")
    until(WAIT_SECONDS, "her texts are gone", lambda: texts(ADA) == 0)
    equal(mail(ADA, sender()), (250, []), "a mail")


WAYS = [("a command", BOB, by_command), ("SOAP", ADA, by_soap), ("SOAP, odd names,", ODD, by_soap)]

for who in PEOPLE:
    site.add(who)
dovecot.start()
case("without a database Dovecot has mail wait; the server makes it", test_missing)
cases("an absence set by {0} is answered once at the next mail", WAYS, test_absence)
case("who is there answers nobody and gets his mail", test_nobody)
case("somebody's own script runs as before", test_own_script)
case("texts that are too long are stored, told, and not sent", test_too_long)
case("the longest script is run", test_longest)
case("while another has locked it mail waits", test_locked)
case("a change that was broken off is ended when the server starts", test_half)
case("who is removed leaves nothing", test_removed)
main()
