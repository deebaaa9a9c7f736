#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The store under a running server: commands beside it, backups, damage, a
full disk, a disk that may not be written."""
import glob
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main, until
from lib.installation import Installation, picture
from lib.soap import Message, expect, get_oof, set_oof

FLIPS = 40

site = Installation("store")
ME = site.add("me@example.com", "--name", "Me Myself")
site.run("photo", "set", ME, picture("photo-1600.jpg"))


def stored_text(client):
    return Message(client.post(get_oof(ME))).text("//t:InternalReply/t:Message")


def both_at_once():
    """The server sees a command's change on its next request, and vice versa."""
    site.start()
    client = site.client(ME)
    for n in range(10):
        site.run("oof", "set", ME, "--internal", f"by command {n}")
        equal(stored_text(client), f"by command {n}")
        expect(client.post(set_oof(ME, internal=f"by server {n}")), 200, "NoError")
        check(f"by server {n}" in site.run("oof", "show", ME), "the command sees the server's")
    equal(site.stop(), 0)


def backup_restore():
    site.start()
    client = site.client(ME)
    expect(client.post(set_oof(ME, internal="in the backup")), 200, "NoError")
    tag = client.photo(ME)["ETag"]
    file = os.path.join(site.parent, "backup.fd")
    stop, wrong = threading.Event(), []

    def write_on():
        other = site.client(ME)
        while not stop.is_set():
            if other.post(set_oof(ME, internal="in the backup")).status != 200:
                wrong.append(1)
    thread = threading.Thread(target=write_on)
    thread.start()
    site.run("backup", file)
    stop.set()
    thread.join()
    equal(wrong, [], "writes that failed during the backup")
    equal(os.stat(file).st_mode & 0o777, 0o600, "mode of the backup")
    check(site.command("backup", file).returncode != 0, "a backup was overwritten")
    expect(client.post(set_oof(ME, internal="after the backup")), 200, "NoError")
    site.run("photo", "remove", ME)
    check(site.command("restore", file, "--replace").returncode != 0,
          "restored under a running server")
    site.stop()
    check(site.command("restore", file).returncode != 0, "restored over a store unasked")
    site.run("restore", file, "--replace")
    site.run("check")
    site.start()
    client = site.client(ME)
    equal(stored_text(client), "in the backup")
    equal(client.photo(ME)["ETag"], tag, "the picture's tag")
    site.stop()
    with open(file, "r+b") as f:
        f.seek(os.path.getsize(file) // 2)
        byte = f.read(1)
        f.seek(-1, os.SEEK_CUR)
        f.write(bytes([byte[0] ^ 0x55]))
    before = stored_files()
    check(site.command("restore", file, "--replace").returncode != 0, "a damaged backup was taken")
    equal(stored_files(), before, "the store")


def stored_files():
    return {os.path.basename(p): os.path.getsize(p)
            for p in glob.glob(os.path.join(site.dir, "data", "*.db"))}


def database(name="frontdesk"):
    return os.path.join(site.dir, "data", f"{name}.db")


def with_damage(change, test):
    """Damages a copy-backed store, runs the test, puts the good one back."""
    site.stop()
    good = os.path.join(site.parent, "good")
    shutil.rmtree(good, ignore_errors=True)
    shutil.copytree(os.path.join(site.dir, "data"), good)
    for root, _, names in os.walk(good):
        for n in names:
            st = os.stat(os.path.join(site.dir, "data", n))
            os.chown(os.path.join(root, n), st.st_uid, st.st_gid)
    try:
        change()
        test()
    finally:
        site.close()
        for n in os.listdir(os.path.join(site.dir, "data")):
            os.unlink(os.path.join(site.dir, "data", n))
        for n in os.listdir(good):
            st = os.stat(os.path.join(good, n))
            shutil.copy2(os.path.join(good, n), os.path.join(site.dir, "data", n))
            os.chown(os.path.join(site.dir, "data", n), st.st_uid, st.st_gid)


def refused_to_start():
    for verb in ("serve", "check"):
        done = site.command(verb)
        check(done.returncode in (1, 78), f"{verb}: status {done.returncode}")
        check(b".db" in done.stderr + done.stdout, f"{verb} names no file: {done.stderr}")
    done = site.command("mailbox", "list")
    check(done.returncode not in (0, 3), "mailbox list took it for an empty store")


def damage(kind, name):
    path = database(name)

    def change():
        size = os.path.getsize(path)
        if kind == "empty":
            open(path, "w").close()
        elif kind == "missing":
            os.unlink(path)
        elif kind == "foreign":
            os.unlink(path)
            with sqlite3.connect(path) as c:
                c.execute("create table other (x)")
            os.chmod(path, 0o666)
        elif kind == "text":
            with open(path, "wb") as f:
                f.write(b"this is no database\n" * 500)
        elif kind == "cut":
            with open(path, "r+b") as f:
                f.truncate(size // 2)
    for tail in ("-wal", "-shm"):
        if os.path.exists(path + tail):
            os.unlink(path + tail)
    with_damage(change, refused_to_start if kind != "cut" else told)


def told():
    done = site.command("check")
    equal(done.returncode, 1, done.stdout + done.stderr)


def newer():
    def change():
        with sqlite3.connect(database()) as c:
            c.execute("pragma user_version = 9999")
    def test():
        done = site.command("serve")
        equal(done.returncode in (1, 78), True, done.returncode)
        check(b"newer" in done.stderr, done.stderr)
    with_damage(change, test)


def flipped():
    """Single flipped bytes anywhere: right content, or an error, nothing else."""
    site.start()
    client = site.client(ME)
    expect(client.post(set_oof(ME, internal="the right text")), 200, "NoError")
    good_photo = client.photo(ME, "HR648x648").body
    site.stop()
    rng = random.Random(4711)
    seen = {"right": 0, "error": 0, "refused": 0}

    def one(name, offset, bit):
        def change():
            with open(database(name), "r+b") as f:
                f.seek(offset)
                byte = f.read(1)[0]
                f.seek(offset)
                f.write(bytes([byte ^ (1 << bit)]))

        def test():
            site.start(wait=False)
            until(30, "a verdict", lambda: site.process.poll() is not None or
                  any(line.startswith("ready ") for line in site.lines))
            if site.process.poll() is not None:
                seen["refused"] += 1
                return
            c = site.client(ME)
            answer = c.post(get_oof(ME))
            where = f"{name} byte {offset} bit {bit}"
            if answer.status == 200:
                equal(stored_text(c), "the right text", where)
                seen["right"] += 1
            else:
                check(answer.status in (500, 503), f"{where}: {answer.status}")
                seen["error"] += 1
            photo = c.photo(ME, "HR648x648")
            if photo.status == 200:
                check(photo.body == good_photo, f"{where}: another picture")
            else:
                equal(photo.status, 503, where)
        with_damage(change, test)
    for name in ("frontdesk", "photos"):
        size = os.path.getsize(database(name))
        for _ in range(FLIPS // 2):
            one(name, rng.randrange(size), rng.randrange(8))
    check(seen["right"] and seen["error"] + seen["refused"], f"the flips hit nothing: {seen}")


def file_limit(pids, limit):
    """As the user who serves: root may lack the right in a container."""
    st = os.stat(os.path.join(site.dir, "data"))
    as_user = {"user": st.st_uid, "group": st.st_gid} if os.getuid() == 0 else {}
    for pid in pids:
        subprocess.run(["prlimit", "--pid", str(pid), f"--fsize={limit}:"], check=True, **as_user)


def full_disk():
    """A file-size limit: a clear error, reads go on, writes work again later."""
    limit = max(os.path.getsize(p) for p in glob.glob(os.path.join(site.dir, "data", "*"))) + 16384
    site.start()
    client = site.client(ME)
    expect(client.post(set_oof(ME, internal="before")), 200, "NoError")
    pids = site.workers()
    file_limit(pids, limit)
    acknowledged, failed = "before", 0
    for n in range(400):
        text = f"write {n} " + "x" * 20000
        message = Message(client.post(set_oof(ME, internal=text, external=text)))
        if message.code == "NoError":
            acknowledged = text
        else:
            failed += 1
            check(message.code in ("ErrorMailboxStoreUnavailable",
                                   "ErrorInternalServerTransientError"), message.code)
            if failed > 5:
                break
    check(failed > 0, "the limit was never met")
    equal(stored_text(client), acknowledged, "what was acknowledged")
    equal(client.photo(ME).status, 200, "photo while the disk is full")
    equal(site.workers(), pids,
          "processes")
    file_limit(pids, "unlimited")
    until(20, "writes work again",
          lambda: Message(client.post(set_oof(ME, internal="room"))).code == "NoError")
    equal(stored_text(client), "room")
    equal(site.stop(), 0)
    site.run("check")


def writer_elsewhere():
    """Another program holds the write lock: refused in time, then it works."""
    site.start()
    client = site.client(ME)
    with sqlite3.connect(database(), isolation_level=None) as c:
        c.execute("begin immediate")
        message = Message(client.post(set_oof(ME, internal="locked out")))
        equal(message.code, "ErrorMailboxStoreUnavailable")
        expect(client.post(get_oof(ME)), 200, "NoError")
        c.execute("rollback")
    expect(client.post(set_oof(ME, internal="let in")), 200, "NoError")
    equal(stored_text(client), "let in")
    equal(site.stop(), 0)


def traced(pid):
    """Has strace hold of every thread?"""
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status") as f:
            if re.search(r"(?m)^TracerPid:\s+0$", f.read()):
                return False
    return True


def fsync_per_write():
    """Writes made one after another: a completed fsync for each."""
    site.start()
    workers = site.workers()
    trace = os.path.join(site.parent, "trace")
    argv = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", trace]
    for pid in workers:
        argv += ["-p", str(pid)]
    tracer = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(60, "strace", lambda: all(traced(pid) for pid in workers))
    client = site.client(ME)
    for n in range(20):
        expect(client.post(set_oof(ME, internal=f"number {n}")), 200, "NoError")
    tracer.send_signal(signal.SIGINT)
    tracer.wait(20)
    with open(trace) as f:
        synced = sum(1 for line in f if line.rstrip().endswith("= 0"))
    check(synced >= 20, f"{synced} syncs for 20 acknowledged writes")
    equal(site.stop(), 0)


def erased():
    """What `mailbox remove` erases is in no file of the store any more, though
    the server holds them open."""
    who = site.add("gone@example.com")
    site.run("photo", "set", who, picture("photo-1600.jpg"))
    site.start()
    expect(site.client(who).post(set_oof(who, internal="erase these words")), 200, "NoError")
    photo = site.client(who).photo(who, "HR648x648").body[2000:2040]

    def found(words):
        return [p for p in glob.glob(os.path.join(site.dir, "data", "*"))
                if words in open(p, "rb").read()]
    site.run("photo", "remove", ME)  # the same picture
    check(found(b"erase these words") and found(photo), "the test sees nothing")
    site.run("mailbox", "remove", who, "--yes")
    equal((found(b"erase these words"), found(photo)), ([], []), "files with what was erased")
    equal(site.stop(), 0)
    site.run("photo", "set", ME, picture("photo-1600.jpg"))


def log_lost(kind):
    """A log that was removed, emptied or damaged at its end after a kill -9: what
    was acknowledged in it is missing, and that is told, never passed over."""
    site.start()
    expect(site.client(ME).post(set_oof(ME, internal="settled")), 200, "NoError")
    equal(site.stop(), 0)
    site.start()
    expect(site.client(ME).post(set_oof(ME, internal="acknowledged")), 200, "NoError")
    parts = list(site.children())
    site.kill()
    until(20, "nobody has it open", lambda: not any(os.path.exists(f"/proc/{p}/fd/0") for p in parts))
    wal = database() + "-wal"

    def change():
        check(os.path.getsize(wal) > 4096, "the log is empty")
        if kind == "removed":
            os.unlink(wal)
        elif kind == "emptied":
            os.truncate(wal, 0)
        else:  # from the last byte of the last frame on
            with open(wal, "r+b") as f:
                data = f.read()
                last = max(i for i in range(32, len(data), 4120) if data[i + 8:i + 16] == data[16:24])
                f.seek(last + 2000)
                f.write(bytes([data[last + 2000] ^ 1]))

    def test():
        for verb in ("serve", "check"):
            done = site.command(verb)
            equal(done.returncode, 1, f"{verb}: {done.stderr}")
            said = done.stdout + done.stderr
            check(b"lacks acknowledged changes" in said and b"frontdesk.db" in said, said)
        done = site.command("oof", "show", ME)
        check(done.returncode not in (0, 3), done)
        os.unlink(database() + "-mark")  # as the message says, to go on without them
        check("settled" in site.run("oof", "show", ME), "what is left")
    with_damage(change, test)
    check("acknowledged" in site.run("oof", "show", ME), "with its log it is there")


def log_overwritten(kind):
    """The log of a running server: its answers are right, or errors."""
    site.start()
    client = site.client(ME)
    texts = {"the first text", "the second text"}
    for text in sorted(texts):
        expect(client.post(set_oof(ME, internal=text)), 200, "NoError")
    tag = client.photo(ME)["ETag"]
    for name in ("frontdesk", "photos"):
        wal = database(name) + "-wal"
        size = os.path.getsize(wal) if os.path.exists(wal) else 0
        with open(wal, "r+b") as f:
            if kind == "truncated":
                f.truncate(0)
            else:
                for at in range(0, size, 512):
                    f.seek(at)
                    f.write(b"\0" * 512 if kind == "zeroed" else random.Random(at).randbytes(512))
    for _ in range(3):
        for c in (client, site.client(ME)):
            answer = c.post(get_oof(ME))
            if answer.status == 200:
                check(stored_text(c) in texts, stored_text(c))
            else:
                check(answer.status in (401, 500, 503), answer)
            answer = c.photo(ME)
            check(answer.status in (200, 401, 500, 503), answer)
            if answer.status == 200:
                equal(answer["ETag"], tag)
        site.close()
        site.start(wait=False)
        until(30, "a verdict", lambda: site.process.poll() is not None or
              any(line.startswith("ready ") for line in site.lines))
        if site.process.poll() is not None:
            break


def rows(table):
    """How many a file has, read from a copy of it and its log."""
    there = os.path.join(site.parent, "copy")
    shutil.rmtree(there, ignore_errors=True)
    os.mkdir(there)
    for path in glob.glob(database("photos") + "*"):
        if not path.endswith("-shm"):
            shutil.copy(path, there)
    try:
        with sqlite3.connect(os.path.join(there, "photos.db")) as c:
            return c.execute(f"select count(*) from {table}").fetchone()[0]
    except sqlite3.DatabaseError:
        return -1  # copied while it was written


def reaped():
    """The clerk clears away pictures whose mailbox is gone (a crash in between:
    here, by putting the older of both files back)."""
    who = site.add("orphan@example.com")
    site.run("photo", "set", who, picture("photo-1600.jpg"))
    before = rows("photo")
    old = os.path.join(site.parent, "photos.old")
    shutil.copy2(database("photos"), old)
    st = os.stat(database("photos"))
    site.run("mailbox", "remove", who, "--yes")
    equal(rows("photo"), before - 1, "pictures without the removed one")
    shutil.copy2(old, database("photos"))
    os.chown(database("photos"), st.st_uid, st.st_gid)
    os.unlink(database("photos") + "-mark")  # which tells that it is the older one
    equal(rows("photo"), before, "with the orphan")
    site.start()
    until(20, "the clerk has reaped it", lambda: rows("photo") == before - 1)
    equal(site.stop(), 0)
    site.run("check")


def migrate_is_told():
    told = json.loads(site.run("migrate", "--json"))
    version = told["to"]
    check(version >= 1, told)
    equal(told, {"data": os.path.join(site.dir, "data"), "migrated": False, "from": version,
                 "to": version, "backup": None, "result": f"nothing to do, version {version}"})
    check(f"nothing to do, version {version}" in site.run("migrate"), "words")
    equal(glob.glob(os.path.join(site.dir, "data", "*.backup")), [], "backups")


case("commands and server work on one store at once", both_at_once)
case("backup while it runs, and restore", backup_restore)
case("every acknowledged write was synced", fsync_per_write)
case("a locked store is refused in time", writer_elsewhere)
cases("a store file that is {}: {}.db", [(k, n) for k in ("empty", "missing", "foreign", "text", "cut")
                                         for n in ("frontdesk", "photos")], damage)
case("a newer store is refused", newer)
case(f"{FLIPS} flipped bits never change an answer", flipped)
case("a full disk loses nothing and heals", full_disk)
cases("a log that is {} after a crash is told", ["removed", "emptied", "damaged"], log_lost)
cases("a log that is {} under the server changes no answer", ["truncated", "zeroed", "overwritten"],
      lambda kind: with_damage(lambda: None, lambda: log_overwritten(kind)))
case("a removed mailbox is erased from every file", erased)
case("the clerk reaps pictures without a mailbox", reaped)
case("migrate has nothing to do", migrate_is_told)
main()
