#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The script of each row of cases.py, as Debian's own sieve-test runs it: no server, so
that what a script says can be told in seconds, and at any time of day in any zone.

Mails without a sender are left to the deliveries: sieve-test takes none.
"""
import concurrent.futures
import datetime
import email
import email.policy
import glob
import json
import os
import pwd
import shutil
import subprocess
import sys
import time
import zoneinfo

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, check, equal, main
from lib.installation import Installation, folder
from lib.kdc import FAKETIME
from office import organizations, reply_settings, take
from replies import examine
from scene import SECOND, Scene, is_over, is_sent, is_set

DOMAIN = "a.example"
TOOLS = ("sievec", "sieve-test")
SECONDS = 120  # a limit for a busy machine
ZONES = ("UTC", "Asia/Tokyo", "America/Los_Angeles")
HOUR = 3600

if not all(map(shutil.which, TOOLS)):
    print("skipped: there is no sieve-test: it is in the package dovecot-sieve")
    sys.exit(0)

place = folder("sieve")
account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
CONFIGURATION = os.path.join(place, "dovecot.conf")
with open(CONFIGURATION, "w") as f:
    f.write(f"""protocols =
ssl = no
import_environment = TZ LD_PRELOAD FAKETIME
log_path = /dev/stderr
first_valid_uid = 1
first_valid_gid = 0
mail_uid = {account.pw_uid}
mail_gid = {account.pw_gid}
mail_home = {place}/home
mail_location = maildir:{place}/mail
recipient_delimiter = +
plugin {{
	sieve = file:{place}/own.sieve
	sieve_vacation_min_period = 0
	sieve_duplicate_max_period = 3660d
	sieve_max_script_size = 2M
}}
""")
for name in ("home", "mail"):
    os.mkdir(os.path.join(place, name))
    os.chown(os.path.join(place, name), account.pw_uid, account.pw_gid)


def path(name):
    return os.path.join(place, name)


def put(name, text):
    with open(path(name), "w", encoding="utf-8", errors="surrogateescape", newline="") as f:
        f.write(text)
    os.chmod(path(name), 0o644)
    return path(name)


def run(*words, zone=None, at=None):
    env = dict(os.environ)
    if at is not None:  # as the clocks of the zone show it
        wall = datetime.datetime.fromtimestamp(at, zoneinfo.ZoneInfo(zone))
        env.update(TZ=zone, LD_PRELOAD=glob.glob(FAKETIME)[0], FAKETIME=f"@{wall:%Y-%m-%d %H:%M:%S}")
    return subprocess.run(words, capture_output=True, timeout=SECONDS, env=env)


# ---- scripts ----

site = Installation("sieve", domains=(DOMAIN, SECOND))
organizations(site, DOMAIN)


def script(address, *words):
    return json.loads(site.run("oof", "script", address, "--json", *words))


def compiled(local_part, text):
    """Where the script lies, or None; sievec has nothing at all to say about it."""
    if text is None:
        return None
    source = put(f"{local_part}.sieve", text)
    done = run("sievec", "-c", CONFIGURATION, source, path(f"{local_part}.svbin"))
    equal((done.returncode, done.stderr.decode()), (0, ""), "sievec")
    os.chmod(path(f"{local_part}.svbin"), 0o644)
    return source


def prepared(box):
    return compiled(box.address.split("@")[0], script(box.address)["script"])


# ---- mails ----

def tried(source, name, sender, recipient, message, **when):
    """The reply that the script has sent, as bytes; None: none."""
    if source is None:
        return None
    mail = put(f"{name}.eml", message)
    done = run("sieve-test", "-c", CONFIGURATION, "-e", "-f", sender, "-r", recipient, "-a", recipient,
               source, mail, **when)
    told = done.stderr.decode(errors="replace")
    equal(done.returncode, 0, told)
    check("final result: success" in told, told)
    check("rror" not in told, told)
    if "sending message from" not in told:
        return None
    return done.stdout[:done.stdout.rindex(b"\nRECIPIENT: ")]


def texts(reply):
    equal([part.get_content_type() for part in reply.iter_parts()], ["text/plain", "text/html"])
    return [part.get_payload(decode=True).decode() for part in reply.iter_parts()]


def answered(mail):
    got = replies[mail.id].result()
    equal(got is not None, mail.row["replies"] is not None, "a reply")
    if got is None:
        return
    reply = email.message_from_bytes(got, policy=email.policy.default)
    reply.replace_header("Auto-Submitted", reply["Auto-Submitted"].split()[0])  # "(vacation)"
    lang = mail.row["lang"]
    for part in reply.iter_parts():
        equal(part["Content-Language"], lang)
    examine(mail, reply, *texts(reply))


def tried_row(mail):
    return tried(scripts[mail.box.address].result(), mail.id, mail.sender, mail.recipient, mail.message)


def fits(row):
    return is_sent(row, "file") and not row["strict"] and row["sender"] != "" and \
        row["script"] is None and row["group"] is None


scene = Scene(DOMAIN, "s", time.time(), fits)
boxes = list(scene.boxes.values())
take(site, (DOMAIN, SECOND), boxes, [b for b in boxes if is_set(b)])
site.configure(reply_settings())
EDGE = site.add("edge@" + DOMAIN)
pool = concurrent.futures.ThreadPoolExecutor(2)
scripts = {b.address: pool.submit(prepared, b) for b in boxes}
replies = {m.id: pool.submit(tried_row, m) for m in scene.mails}


def is_there(box):
    """Whoever is away has a script, and nobody else."""
    s = box.set
    wanted = is_set(box) and s["state"] != "Disabled" and not is_over(box)
    empty = all(not text.strip() or text.startswith("<") and text in EMPTY
                for text in (s["internal"], s["external"]))
    equal(scripts[box.address].result() is not None, wanted and not empty, s["state"])


EMPTY = ("<p> </p>", "<div><br>&nbsp;</div>", "<html><body></body></html>")


# ---- the edges of a schedule ----

def edges(zone):
    """To the second, wherever the mail server's clock is shown: P-3."""
    start = 1_900_000_000
    site.run("oof", "set", EDGE, "--from", "2030-03-17T17:46:40Z", "--to", "2030-03-18T17:46:40Z",
             "--internal", "in", "--external", "out", "--audience", "all")
    source = compiled("edge." + zone.replace("/", "."), script(EDGE)["script"])
    for offset, due in ((-9 * HOUR, False), (-HOUR, False), (-1, False), (0, True), (1, True),
                        (24 * HOUR - 1, True), (24 * HOUR, False), (25 * HOUR, False), (32 * HOUR, False)):
        got = tried(source, "edge", "bob@outside.example", EDGE, f"To: {EDGE}\n\nx\n", zone=zone,
                    at=start + offset)
        equal(got is not None, due, f"{offset} s after its start")


# ---- what fits ----

def sizes():
    """What a server's limit takes away, and what it cannot."""
    site.run("oof", "set", EDGE, "--internal", "x" * 2000, "--external", "y" * 2000, "--audience", "known")
    cards = "".join(f"BEGIN:VCARD\nVERSION:3.0\nFN:c{n}\nEMAIL:c{n}@far.example\nEND:VCARD\n"
                    for n in range(300))
    site.run("contacts", "import", EDGE, "-", input=cards)
    whole = script(EDGE)
    equal(whole["note"], None)
    for size, part, note in ((whole["size"], "c299@", None), (whole["size"] - 1, "text/plain", "300 contacts"),
                             (whole["size"] - 8000, "text/html", "300 contacts")):
        got = script(EDGE, "--size-max", str(size))
        check(got["size"] <= size and part in got["script"], f"{size}: {got['size']}")
        check(note is None and got["note"] is None or note in got["note"], str(got["note"]))
        compiled("size", got["script"])
    done = site.command("oof", "script", EDGE, "--size-max", "1000")
    equal(done.returncode, 4)
    check(b" bytes exceeds the server's 1,000" in done.stderr, str(done.stderr))


def many_contacts():
    """A script of a site's size is taken as it is."""
    cards = "".join(f"BEGIN:VCARD\nVERSION:3.0\nFN:c{n}\nEMAIL:c{n}@far.example\nEND:VCARD\n"
                    for n in range(20000))
    site.run("contacts", "import", EDGE, "-", input=cards)
    source = compiled("many", script(EDGE)["script"])
    for sender, due in (("c19999@far.example", True), ("c20000@far.example", False)):
        got = tried(source, "many", sender, EDGE, f"To: {EDGE}\n\nx\n")
        equal(got is not None, due, sender)


def hostile():
    """Long fields take no time that grows faster than they do, and hide nothing."""
    site.run("oof", "set", EDGE, "--internal", "in", "--external", "out", "--audience", "all")
    source = compiled("hostile", script(EDGE)["script"])
    fold = 900
    for name, value, due in (
            ("X-Auto-Response-Suppress", "(" * 100000, True),
            ("X-Auto-Response-Suppress", "(a)" * 30000 + "OOF", False),
            ("X-Auto-Response-Suppress", "DR, " * 25000 + "OOF", False),
            ("Precedence", "(a(b)" * 20000 + "bulk", True), ("Precedence", "(a) " * 25000 + "bulk", False),
            ("Content-Type", "text/calendar; " + 'a="x;", ' * 12000 + "; method=reply", False),
            ("Content-Type", "text/calendar; " + 'a="' * 30000, True),
            ("Auto-Submitted", "n" * 100000, False), ("Subject", "a" * 100000, True),
            ("Subject", "é" * 50000, True)):
        lines = "\n ".join(value[i:i + fold] for i in range(0, len(value), fold))
        got = tried(source, "hostile", "bob@outside.example", EDGE, f"To: {EDGE}\n{name}: {lines}\n\nx\n")
        equal(got is not None, due, f"{name}: {value[:20]}...")


for box in boxes:
    case(f"a script, where there is one: {box.set['state']}, {box.set['audience']}, {box.address}",
         is_there, box)
for mail in scene.mails:
    case(f"{mail.row['sentence']}: {mail.row['rule']}", answered, mail)
for zone in ZONES:
    case(f"a schedule's edges, the server being in {zone}", edges, zone)
case("what a server's limit takes away", sizes)
case("twenty thousand contacts", many_contacts)
case("fields of a hundred thousand bytes", hostile)

main()
