#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""In bulk: mailboxes from a table, folders of photos, and all of a store as
lines of JSON that another installation takes over."""
import json
import os
import pty
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, check, equal, main
from lib.installation import BUILD, PROGRAM, Installation, environment, folder, picture
from lib.soap import expect, get_oof

JPEG = picture("jpeg-baseline.jpg")
LARGE = picture("photo-1600.jpg")
ADA, BOB, SLASH = "ada@example.com", "bob@example.com", "a/b%c@example.com"

site = Installation("bulk", settings="workers = 1\n")
site.run("domain", "add", "acme.example", "--organization", "acme")
work = folder("bulk-work")


def path(*names):
    return os.path.join(work, *names)


def write(name, text):
    with open(path(name), "wb") as f:
        f.write(text.encode() if isinstance(text, str) else text)
    return path(name)


def pictures(name, files):
    """A folder that only who gives the command may enter."""
    os.mkdir(path(name), 0o700)
    for file, source in files.items():
        os.makedirs(os.path.dirname(path(name, file)), exist_ok=True)
        shutil.copy(source, path(name, file))
    return path(name)


def told(words, status, at=site):
    """A verb's JSON, whose exit status is that."""
    done = at.command(*words, "--json")
    equal(done.returncode, status, f"status of {words}: {done.stderr}")
    return json.loads(done.stdout)


def counts(answer, *names):
    return tuple(answer[name] for name in names)


def reasons(answer, rows, name):
    return {row[name]: row["reason"] for row in answer[rows] if row["reason"]}


def by(answer, rows, name):
    return {row[name]: row["result"] for row in answer[rows]}


def all_of(at=site):
    done = at.command("export")
    equal(done.returncode, 0, done.stderr)
    return done.stdout


# ---- mailboxes ----

STAFF = """\ufeffaddress,name,aliases,password,external,zone
ada@example.com,"Lovelace, Ada",countess@example.com al@example.com,correct horse,known,Europe/London
bob@example.com,Bob,,correct horse,,
a/b%c@example.com,,,,,
eva@acme.example,Eva,,correct horse,,
nobody@elsewhere.example,,,,,
x@example.com,,ada@example.com,,,
y@example.com,,,,sometimes,
"""


def from_a_table():
    """Lines are done or fail for themselves, and who came in may log in."""
    csv = write("staff.csv", STAFF)
    before = all_of()
    dry = told(["mailbox", "import", csv, "--dry-run"], 7)
    equal(all_of(), before, "a store that is only looked at")
    answer = told(["mailbox", "import", csv], 7)
    for a in (dry, answer):
        equal(counts(a, "added", "skipped", "failed"), (4, 0, 3), a)
        why = reasons(a, "lines", "line")
        check("not accepted" in why[6], why)
        check("line 2 already" in why[7], why)
        check("none, known or all" in why[8], why)
    facts = json.loads(site.run("mailbox", "show", ADA, "--json"))
    equal(facts["aliases"], ["al@example.com", "countess@example.com"], "aliases")
    equal((facts["name"], facts["external"], facts["tz"], facts["login"]),
          ("Lovelace, Ada", "known", "Europe/London", True), "facts")
    expect(site.client(ADA).post(get_oof(ADA)), 200, "NoError")


def again():
    """What is there is skipped, or with --update made what the line says."""
    csv = write("again.csv", "address,name,aliases,external\n"
                "ada@example.com,Ada,ada.l@example.com,\n"
                "bob@example.com,Bob,,\n")
    answer = told(["mailbox", "import", csv], 0)
    equal(counts(answer, "skipped", "failed"), (2, 0), answer)
    answer = told(["mailbox", "import", csv, "--update"], 0)
    equal(counts(answer, "updated", "unchanged"), (1, 1), answer)
    facts = json.loads(site.run("mailbox", "show", ADA, "--json"))
    equal((facts["name"], len(facts["aliases"]), facts["external"]),
          ("Ada", 3, "known"), "facts")
    expect(site.client(ADA).post(get_oof(ADA)), 200, "NoError")


def with_hashes():
    """A hash of another program is taken, and lets its password in."""
    made = subprocess.run(["openssl", "passwd", "-6", "-salt", "saltsalt", "other words"],
                          capture_output=True, check=True, text=True).stdout.strip()
    csv = write("hashes.csv", "address;password_hash\n"
                "h1@example.com;{SHA512-CRYPT}%s\nh2@example.com;%s\n" % (made, made[:-1]))
    answer = told(["mailbox", "import", csv], 7)
    equal(by(answer, "lines", "address"),
          {"h1@example.com": "added", "h2@example.com": "failed"}, "results")
    client = site.client("h1@example.com", password="other words")
    expect(client.post(get_oof("h1@example.com")), 200, "NoError")


def unknown_column():
    done = site.command("mailbox", "import", write("odd.csv", "address,phone\n"))
    equal(done.returncode, 4, "status")
    check(b"'phone'" in done.stderr, done.stderr)


# ---- photos ----

def a_folder():
    """Each file is stored or has its reason; the server has them at once."""
    dir = pictures("photos", {
        "ada@example.com.JPG": JPEG, "sub/Bob@Example.com.png": picture("png-rgb.png"),
        "a%2Fb%25c@example.com.jpeg": JPEG, "sub/ada@example.com.jpg": JPEG,
        "carl@example.com.jpg": JPEG, "eva@acme.example.jpg": picture("refused.gif"),
        "notes.txt": JPEG, "someone.jpg": JPEG})
    os.symlink("/etc/passwd", path("photos", "h1@example.com.jpg"))
    dry = told(["photo", "import", dir, "--dry-run"], 7)
    equal(len(dry["files"]), 9, "files told")
    equal(counts(dry, "set", "unchanged", "skipped", "failed"), (4, 0, 1, 4), dry)
    equal(json.loads(site.run("photo", "list", "--json")), [], "photos")
    answer = told(["photo", "import", dir, "--jobs", "2"], 7)
    equal(counts(answer, "set", "unchanged", "skipped", "failed", "left"),
          (3, 0, 1, 5, 0), answer)
    why = reasons(answer, "files", "file")
    for file, word in [("carl@example.com.jpg", "no such mailbox"),
                       ("eva@acme.example.jpg", "GIF"), ("notes.txt", ".jpg"),
                       ("someone.jpg", "no address"),
                       ("sub/ada@example.com.jpg", "a photo here already"),
                       ("h1@example.com.jpg", "leads out of the folder")]:
        check(word in why[file], f"{file}: {why[file]}")
    equal(site.client(ADA).photo(SLASH.replace("/", "%2F").replace("%c", "%25c")).status,
          200, "the photo over HTTP")
    answer = told(["photo", "import", dir], 7)
    equal(counts(answer, "set", "unchanged"), (0, 3), answer)
    for at, _, files in os.walk(os.path.join(site.dir, "data")):
        for file in files:
            check(os.lstat(os.path.join(at, file)).st_uid ==
                  os.stat(os.path.join(site.dir, "data")).st_uid, file)


def by_a_map():
    dir = pictures("mapped", {"4711.jpg": LARGE, "4712.jpg": JPEG})
    os.symlink("4711.jpg", path("mapped", "link.jpg"))
    csv = write("map.csv", "file;address\r\n4711.jpg;bob@example.com\r\n"
                "link.jpg;h1@example.com\r\n../photos/notes.txt;ada@example.com\r\n"
                "none.jpg;eva@acme.example\r\n")
    answer = told(["photo", "import", dir, "--map", csv], 7)
    equal(by(answer, "files", "file"),
          {"../photos/notes.txt": "failed", "4711.jpg": "set", "4712.jpg": "skipped",
           "link.jpg": "set", "none.jpg": "failed"}, "results")
    facts = json.loads(site.run("photo", "list", "--json"))
    equal({f["address"]: f["width"] for f in facts}["bob@example.com"], 1600, "width")


class Decoders:
    """The real worker, behind a socket that sees each picture come."""

    def __init__(self):
        run = os.path.join(site.dir, "run")
        os.makedirs(run, exist_ok=True)
        self.name = os.path.join(run, "image.sock")
        if os.path.exists(self.name):
            os.unlink(self.name)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.name)
        os.chmod(self.name, 0o777)
        self.listener.listen(8)
        self.listener.settimeout(60)

    def serve(self):
        caller, _ = self.listener.accept()
        with caller:
            subprocess.run([os.path.join(BUILD, "frontdesk-image"), "--once"], stdin=caller)

    def close(self):
        self.listener.close()
        os.unlink(self.name)


def interrupted():
    """Ctrl-C ends it in good order, and --resume does the rest only."""
    people = [f"r{i}@example.com" for i in range(6)]
    csv = write("people.csv", "address\n" + "\n".join(people) + "\n")
    site.run("mailbox", "import", csv)
    dir = pictures("long", {f"{a}.jpg": LARGE for a in people})
    site.stop()
    decoders = Decoders()
    process = subprocess.Popen(
        [PROGRAM, "photo", "import", dir, "--jobs", "1", "--json", "-c", site.conf],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    try:
        decoders.serve()
        decoders.serve()
        caller, _ = decoders.listener.accept()  # the third is at work
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)  # else the decoder's end may be seen before the signal
        caller.close()
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        decoders.close()
    equal(process.returncode, 7, err)
    answer = json.loads(out)
    equal(counts(answer, "set", "failed", "left"), (2, 0, 4), answer)
    check(b"--resume" in err, err)
    have = {f["address"] for f in json.loads(site.run("photo", "list", "--json"))}
    done = have & set(people)
    equal(len(done), 2, "photos stored")
    answer = told(["photo", "import", dir, "--resume"], 0)
    equal(answer["set"], 4, answer)  # one behind the first that was left may be done, too
    check(answer["unchanged"] < 2, answer)
    answer = told(["photo", "import", dir, "--resume"], 0)  # nothing is left: from the start
    equal(counts(answer, "set", "unchanged"), (0, 6), answer)
    site.start()


def terminal(*words):
    """What comes on a terminal, and the status."""
    master, slave = pty.openpty()
    process = subprocess.Popen([PROGRAM, *words, "-c", site.conf], stdin=slave, stdout=slave,
                               stderr=slave, env=environment())
    os.close(slave)
    seen = b""
    while True:
        try:
            piece = os.read(master, 4096)
        except OSError:  # its other end is closed
            piece = b""
        if not piece:
            break
        seen += piece
    os.close(master)
    return seen.decode(), process.wait(60)


def a_bar():
    """How far it is, is shown on a terminal only."""
    seen, status = terminal("photo", "import", path("mapped"), "--map", path("map.csv"))
    equal(status, 7, seen)
    check("] " in seen and " of 5" in seen and "\x1b[K" in seen, repr(seen))
    done = site.command("photo", "import", path("mapped"), "--map", path("map.csv"))
    check(b"\x1b" not in done.stderr and b" of 5" not in done.stderr, done.stderr)


def out_and_in_again():
    """What photo export writes has safe names, and is known when it is read."""
    out = path("out")
    answer = told(["photo", "export", out, "--domain", "example.com"], 0)
    names = sorted(os.listdir(out))
    equal(len(names), answer["set"], "files")
    check("a%2Fb%25c@example.com.jpg" in names and "ada@example.com.jpg" in names, names)
    equal(pwd.getpwuid(os.stat(out).st_uid).pw_name, "root", "the folder's owner")
    answer = told(["photo", "import", out], 0)
    equal(counts(answer, "set", "unchanged"), (0, len(names)), answer)
    with open(path("out", "bob@example.com.jpg"), "wb") as f:
        f.write(b"mine")
    answer = told(["photo", "export", out], 1)
    equal(counts(answer, "set", "failed"), (0, len(names)), answer)
    with open(path("out", "bob@example.com.jpg"), "rb") as f:
        equal(f.read(), b"mine", "a file that was there")
    answer = told(["photo", "export", out, "--force", "--size", "96"], 0)
    equal(sorted(os.listdir(out)), names, "names")
    with open(path("out", "bob@example.com.jpg"), "rb") as f:
        equal(f.read(), site.client(ADA).photo(BOB).body, "the photo of 96 pixels")


# ---- all of it ----

other = Installation("bulk-other", domains=("example.com",), settings="workers = 1\n")


ANSWERS = [{"period": 1, "sender": f"{who}@navy.example", "to": f"{who}@navy.example",
            "message_id": "<1@example.com>", "text": "external", "state": state,
            "at": "2026-11-01T10:00:00Z", "settled": "2026-11-01T10:00:30Z",
            "via": "milter:office", "reason": ""}
           for who, state in (("grace", "sent"), ("hopper", "unknown"))]


def answered(file):
    """As if Ada had answered two; behind all that is of her."""
    with open(file, encoding="utf-8") as f:
        lines = [json.loads(line) for line in f]
    last = max(i for i, line in enumerate(lines) if line.get("address") == ADA
               and line["type"] not in ("owner", "mailbox"))
    lines.insert(last + 1, {"type": "answered", "address": ADA, "answers": ANSWERS})
    equal(lines[-1]["answered"], 0, "nobody answered yet")
    lines[-1]["answered"] = 1
    with open(file, "w", encoding="utf-8") as f:
        for line in lines:
            f.write(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n")


def moved():
    """Another installation takes all over; nobody sees a difference."""
    site.run("mailbox", "owner", BOB, "add", ADA)
    site.run("oof", "set", ADA, "--from", "+1d", "--to", "+3d", "--lang", "de",
             "--internal", "Weg \u2014 <b>\u00e9</b>\n\t\"bis\" bald \U0001f600",
             "--external", "<p>away</p>")
    site.run("oof", "set", BOB, "--internal", "x")
    site.run("oof", "off", BOB)
    site.run("photo", "hide", SLASH)
    site.run("contacts", "import", ADA, write("known.vcf", "BEGIN:VCARD\r\nVERSION:4.0\r\n"
             "FN:Grace\r\nEMAIL:grace@navy.example\r\nEMAIL:g@navy.example\r\nEND:VCARD\r\n"))
    file = path("all.ndjson")
    site.run("export", file)
    equal(stat.S_IMODE(os.stat(file).st_mode), 0o600, "mode")
    answered(file)
    answer = told(["import", file], 0, at=other)
    equal(counts(answer, "updated", "unchanged", "failed"), (0, 1, 0), answer)
    with open(file, "rb") as f:
        equal(all_of(other) == f.read(), True, "exported again, the same bytes")
    other.run("check")
    other.start()
    for address in (ADA, BOB):
        here, there = (s.client(ADA).post(get_oof(address)) for s in (site, other))
        equal(there.body, here.body, f"the absence of {address}")
        for size in ("HR48x48", "HR648x648"):
            here, there = (s.client(ADA).photo(address, size) for s in (site, other))
            equal((there.status, there["ETag"], there.body),
                  (here.status, here["ETag"], here.body), f"{size} of {address}")
    equal(other.client(ADA).photo("eva@acme.example").status, 404, "across the wall")
    equal(other.client(ADA).photo("a/b%25c@example.com").status, 404, "a hidden photo")
    equal(other.run("contacts", "list", ADA), site.run("contacts", "list", ADA), "contacts")
    hers = json.loads(other.run("mailbox", "export", ADA))["answered"]
    equal([(a["sender"], a["state"], a["when"]) for a in hers],
          [(a["sender"], a["state"], a["at"]) for a in reversed(ANSWERS)], "answered")
    other.stop()


def cut_off():
    """A file that is not whole, or not ours, changes nothing."""
    with open(path("all.ndjson"), "rb") as f:
        whole = f.read()
    lines = whole.splitlines(keepends=True)
    before = all_of(other)
    for name, text, word in [
            ("half", whole[:len(whole) // 2], b"cut off"),
            ("lastless", b"".join(lines[:-1]), b"cut off"),
            ("lineless", b"".join(lines[:3] + lines[4:]), b"counts otherwise"),
            ("strange", b"".join(lines[:3] + [b"{}\n"] + lines[3:]), b"line 4")]:
        for option in ("--merge", "--update"):
            done = other.command("import", write(name, text), option)
            equal(done.returncode, 4, name)
            check(word in done.stderr and b"nothing was changed" in done.stderr, done.stderr)
    equal(all_of(other), before, "the store")


def into_a_store_that_has_some():
    file = path("all.ndjson")
    done = other.command("import", file)
    equal(done.returncode, 1, "status without an option")
    check(b"--merge" in done.stderr, done.stderr)
    other.run("mailbox", "remove", ADA, "--yes")
    other.run("oof", "off", BOB)
    answer = told(["import", file, "--merge"], 7, at=other)
    failed = {row["type"] for row in answer["lines"]}
    check("mailbox" in failed and "owner" in failed, failed)
    equal(json.loads(other.run("oof", "show", ADA, "--json"))["state"], "scheduled",
          "the absence of who was gone")
    answer = told(["import", file, "--update"], 0, at=other)
    with open(file, "rb") as f:
        equal(all_of(other) == f.read(), True, "exported again, the same bytes")
    other.run("mailbox", "set", BOB, "--name", "Robert")
    other.run("domain", "add", "more.example", "--organization", "acme")
    told(["import", file, "--update"], 0, at=other)
    equal(json.loads(other.run("mailbox", "show", BOB, "--json"))["name"], "Bob", "name")


def walls_stay():
    """A domain of another organization there: its mailboxes are refused."""
    third = Installation("bulk-third", domains=("example.com", "acme.example"))
    answer = told(["import", path("all.ndjson")], 7, at=third)
    failed = [row for row in answer["lines"] if row["type"] in ("domain", "mailbox")]
    equal([row["type"] for row in failed], ["domain", "mailbox"], "failed")
    check("organization" in failed[0]["reason"], failed)
    done = third.command("mailbox", "show", "eva@acme.example")
    equal(done.returncode, 3, "eva")


def where_it_goes():
    """To a new file for its owner, to a pipe, never to a terminal."""
    done = site.command("export", path("all.ndjson"))
    equal(done.returncode, 1, "over a file")
    check(b"not overwritten" in done.stderr, done.stderr)
    seen, status = terminal("export")
    equal(status, 2, seen)
    check("$y$" not in seen and "FILE" in seen, seen)
    done = site.command("export", path("none", "x"))
    equal(done.returncode, 3, done.stderr)


site.start()
case("mailboxes come from a table, line by line", from_a_table)
case("a mailbox that is there is skipped or updated", again)
case("hashes of other programs let people in", with_hashes)
case("a column that nobody knows is named", unknown_column)
case("a folder of photos is stored, with a reason for each failure", a_folder)
case("a map says whose each file is", by_a_map)
case("Ctrl-C leaves nothing half done, and --resume goes on", interrupted)
case("progress is shown on a terminal only", a_bar)
case("photos go out under safe names and come in unchanged", out_and_in_again)
case("all that is stored moves to another installation", moved)
case("a file that is not whole changes nothing", cut_off)
case("what is there fails, or becomes what the file says", into_a_store_that_has_some)
case("an import crosses no wall between organizations", walls_stay)
case("an export goes to a new file or a pipe", where_it_goes)
main()
