#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""frontdesk setup dovecot: what a real Dovecot lacks, that the lines printed for it are
right, and that its test sees what really happens. frontdesk oof log, from its log."""
import grp
import json
import os
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main
from lib.dovecot_mail import DovecotMail
from lib.installation import Installation
from lib.sink import Sink

ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.com"
sink = socket.create_server(("127.0.0.1", 0))  # nobody answers there: nothing goes to it
site = Installation("setup", domains=("example.com",))
for address in (ADA, BOB, EVE):
    site.add(address)


class Bare(DovecotMail):
    """One that knows nothing of us; what it is told stands in a file of its own."""
    told = ""

    def words(self):
        return {**super().words(), "more": self.told}


def make(kind, **more):
    """A site and a Dovecot for one kind of backend."""
    dovecot = Bare(sink.getsockname()[1], script_max="64k", **more)
    for address in (ADA, BOB, EVE):
        dovecot.put(address, "password")
    return dovecot


dovecot = make("sieve-file")
LOG = dovecot.path("log")
FOLDERS = os.path.join(site.dir, "scripts")
DATABASE = os.path.join(FOLDERS, "sieve.db")


def backend(kind, more=""):
    for address in (ADA, BOB):
        site.run("oof", "off", address)
    site.configure(f'backend "office" {{\n\tkind = "{kind}"\n\tfolder = "scripts"\n'
                   f'\tdatabase = "scripts/sieve.db"\n\tlog = "{LOG}"\n{more}}}\n')


def setup(*words, status=None):
    done = site.command("setup", "dovecot", "--dovecot", dovecot.path("dovecot.conf"), *words)
    if status is not None:
        equal(done.returncode, status, done.stdout.decode() + done.stderr.decode())
    return done


def plan(status=None):
    return json.loads(setup("--json", status=status).stdout)


def rows(printed, state):
    return {(r["check"], r["subject"]) for r in printed["rows"] if r["state"] == state}


def restart(told):
    dovecot.stop()
    dovecot.told = told
    dovecot.start()


def open_doors():
    """The account that delivers has to come to the scripts."""
    data = os.stat(os.path.join(site.dir, "data"))
    os.makedirs(FOLDERS, exist_ok=True)
    os.chown(FOLDERS, data.st_uid, data.st_gid)
    for folder in (site.dir, FOLDERS):
        os.chmod(folder, 0o755)


def database(state):
    """The remedy of the row for it, which has to be of this state."""
    row = [r for r in plan()["rows"] if r["check"] == "database"][0]
    equal(row["state"], state, row)
    return row["remedy"]


def follow_the_lines(kind):
    """What is printed makes all of it right: the second time nothing is missing."""
    backend(kind)
    open_doors()
    restart("")
    if kind == "sieve-sql":
        equal(database("failed"), "start frontdesk serve first, which makes it")
        site.command("backend", "test")  # so does this
    printed = plan(status=7)
    missing = rows(printed, "missing")
    check(("scripts", 'backend "office"') in missing, missing)
    check(("setting", "sieve_max_script_size") in missing, missing)
    told = ""
    for add in printed["add"]:
        if add["file"] == printed["configuration"]:
            told += add["text"]
        else:
            with open(add["file"], "w") as f:
                f.write(add["text"])
    check(told, printed)
    restart(told)
    done = plan(status=0)
    equal(rows(done, "missing") | rows(done, "failed"), set())
    equal([a["file"] for a in done["add"]], [], "nothing is to be added")
    text = setup(status=0).stdout.decode()
    check("Add to" not in text and "ok " in text, text)


def sees(kind):
    """The mail is answered, the reply is shown, and nothing of it is delivered."""
    before = len(dovecot.mails(ADA))
    site.run("oof", "set", ADA, "--internal", "Gone fishing.", "--external", "Away.")
    done = setup("--test", ADA, "--json", status=0)
    steps = {r["check"]: r for r in json.loads(done.stdout)}
    for name in ("mailbox", "effect", "rules", "delivery", "reply", "looks"):
        equal(steps[name]["state"], "ok", f"{name}: {steps[name]}")
    check("Automatic reply: Frontdesk test" in steps["reply"]["detail"], steps["reply"])
    check(f"{kind}:office" in steps["mailbox"]["detail"], steps["mailbox"])
    equal(len(dovecot.mails(ADA)), before, "mails in the mailbox")


def outsider(kind):
    """The sender may be named; somebody outside gets the other text."""
    done = setup("--test", ADA, "--sender", f"{kind}@far.example", "--json", status=0)
    steps = {r["check"]: r for r in json.loads(done.stdout)}
    check("external" in steps["rules"]["detail"], steps["rules"])
    again = setup("--test", ADA, "--sender", f"{kind}@far.example", "--json", status=1)
    steps = {r["check"]: r for r in json.loads(again.stdout)}
    equal(steps["reply"]["state"], "failed", "he was answered already")


for kind in ("sieve-file", "sieve-sql"):
    case(f"the lines printed for {kind} make Dovecot right", follow_the_lines, kind)
    case(f"the test of {kind} shows the reply that comes", sees, kind)
    case(f"the test of {kind} asks as a sender outside", outsider, kind)


# ---- what is not well ----

def present():
    done = setup("--test", BOB, "--json", status=1)
    steps = {r["check"]: r for r in json.loads(done.stdout)}
    equal(steps["effect"]["state"], "failed")
    check("reply" not in steps, "nothing was delivered")
    equal(dovecot.mails(BOB), [])


def not_told():
    """Dovecot runs no script of ours: the reply does not come, and that is said."""
    backend("sieve-file")
    told = dovecot.told
    restart("")
    site.run("oof", "set", ADA, "--internal", "Gone.")
    done = setup("--test", ADA, "--json", status=1)
    steps = {r["check"]: r for r in json.loads(done.stdout)}
    equal((steps["delivery"]["state"], steps["reply"]["state"]), ("ok", "failed"))
    restart(told)


WRONG = [
    # what Dovecot is told, what is wrong with it
    ("recipient_delimiter = -\n", "failed", "recipient_delimiter"),
    ("plugin {\n\tsieve_extensions = -vacation\n}\n", "failed", "sieve_extensions"),
    ("plugin {\n\tsieve_vacation_max_period = 7d\n}\n", "missing", "sieve_vacation_max_period"),
    ("plugin {\n\tsieve_vacation_send_from_recipient = yes\n}\n", "missing",
     "sieve_vacation_send_from_recipient"),
    ("plugin {\n\tsieve_before = file:%(folder)s/%%n.sieve\n}\n", "failed", 'backend "office"'),
    ("plugin {\n\tsieve_before = %(folder)s\n}\n", "failed", 'backend "office"'),
    ("plugin {\n\tsieve_before = file:%(folder)s/%%u.sieve\n}\n", "warning", 'backend "office"'),
]


def wrong(told, state, subject):
    backend("sieve-file")
    dovecot.told = told % {"folder": FOLDERS}
    dovecot.write("dovecot.conf", dovecot.configuration.format(**dovecot.words()))
    printed = plan()
    check(any(s == subject for _, s in rows(printed, state)),
          (subject, [r for r in printed["rows"] if r["subject"] == subject]))


def barred():
    backend("sieve-file")
    os.chmod(FOLDERS, 0o700)
    found = rows(plan(), "warning") | rows(plan(), "failed")
    os.chmod(FOLDERS, 0o755)
    check(("folder", FOLDERS) in found, found)


def barred_database():
    """Dovecot answers 451 to all mail when its dict may not read it."""
    backend("sieve-sql")
    owner = os.stat(DATABASE)

    def dict_is(more):
        dovecot.write("dovecot.conf", dovecot.configuration.format(
            **{**dovecot.words(), "more": "service dict {\n\tuser = daemon\n" + more + "}\n"}))
    dict_is("")
    os.chmod(DATABASE, 0o640)
    os.chown(DATABASE, 0, 0)
    check("chgrp -R GROUP " + FOLDERS in database("failed"), "its remedy")
    os.chown(DATABASE, 0, grp.getgrnam("daemon").gr_gid)
    equal(database("ok"), None)
    os.chown(DATABASE, 0, grp.getgrnam("games").gr_gid)
    check(database("failed"), "a group that is not the account's")
    for more in ("extra_groups = mail, games", "group = games"):
        dict_is(f"\t{more}\n")
        equal(database("ok"), None, more)
    os.chmod(FOLDERS, 0o700)
    check("chgrp -R GROUP " + FOLDERS in database("failed"), "the folder's remedy")
    os.chmod(FOLDERS, 0o755)
    os.chmod(site.dir, 0o700)
    equal(database("failed"), f"chmod o+x {site.dir}")
    os.chmod(site.dir, 0o755)
    os.chown(DATABASE, owner.st_uid, owner.st_gid)


def absent_program():
    done = site.command("setup", "dovecot", "--dovecot", "/nowhere/dovecot.conf")
    equal(done.returncode, 3)
    with open(dovecot.path("broken.conf"), "w") as f:
        f.write("nothing = of Dovecot's\n")
    done = site.command("setup", "dovecot", "--dovecot", dovecot.path("broken.conf"))
    equal(done.returncode, 1, done.stdout.decode())
    check(b"Unknown setting" in done.stdout, done.stdout)


case("the test of a mailbox that is not absent says so and delivers nothing", present)
case("a Dovecot that runs none of our scripts fails the test", not_told)
cases("what contradicts is found: {2} is {1}", WRONG, wrong)
case("a folder that nobody else may enter is told of", barred)
if os.getuid() == 0:
    case("a database that Dovecot's dict may not read is told of", barred_database)
case("a configuration that Dovecot itself refuses is told of", absent_program)


# ---- frontdesk oof log ----

def logged():
    """As Pigeonhole writes it: who was answered, and nobody else."""
    backend("sieve-file")
    follow_the_lines("sieve-file")
    site.run("oof", "set", EVE, "--internal", "Gone.", "--external", "Away.")
    mail = b"To: eve@example.com\r\nSubject: hi\r\nMessage-ID: <%s@far.example>\r\n\r\nHello\r\n"
    forged = b"x: vacation action: sent vacation response to <mallory@far.example"
    smtp = Sink()
    restart(dovecot.told + f"submission_host = 127.0.0.1:{smtp.port}\n")
    for sender, ident in (("bob@far.example", b"1"), ("bob@far.example", b"2"),
                          ("carl@far.example", forged)):
        equal(dovecot.deliver(sender, EVE, mail % ident)[0], 250)
    found = json.loads(site.run("oof", "log", EVE, "--json"))
    equal(sorted((r["sender"], r["state"], r["source"], r["via"]) for r in found),
          [("bob@far.example", "sent", "log", "office"),
           ("carl@far.example", "sent", "log", "office")])
    check(all(r["when"] for r in found), found)
    equal({r["in_reply_to"] for r in found if r["sender"][0] == "b"}, {"<1@far.example>"})
    equal(len(json.loads(site.run("oof", "log", EVE, "--limit", "1", "--json"))), 1)
    equal(json.loads(site.run("oof", "log", BOB, "--json")), [])


def rotated():
    os.rename(LOG, LOG + ".1")
    equal(len(json.loads(site.run("oof", "log", EVE, "--json"))), 2)
    os.rename(LOG + ".1", LOG)


def unreadable():
    """Told, and no failure."""
    os.rename(LOG, LOG + ".away")
    done = site.command("oof", "log", EVE, "--json")
    os.rename(LOG + ".away", LOG)
    equal((done.returncode, json.loads(done.stdout)), (0, []))
    check(b"No such file" in done.stderr and LOG.encode() in done.stderr, done.stderr)


case("oof log has the replies of Dovecot's log, and no forged ones", logged)
case("oof log reads the log before", rotated)
case("a log that is not there is told of", unreadable)
cases("oof log --limit {} is refused", ["0", "10001", "many"],
      lambda n: equal(site.command("oof", "log", EVE, "--limit", n).returncode, 4))

main()
