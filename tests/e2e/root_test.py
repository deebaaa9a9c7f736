#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Started as root: who serves, who owns what, and what bars the way."""
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, check, equal, main, until
from lib.http import EWS
from lib.installation import BUILD, PROGRAM, Installation, environment, folder, picture
from lib.soap import expect, get_oof

PARTS = ("frontdesk", "frontdesk-image", "ngx_http_frontdesk_module.so")

site = Installation("root", settings="workers = 1\n")
ME = site.add("me@example.com")


def stopped(test):
    """The test, with the server stopped behind it whatever came of it."""
    def run():
        try:
            test()
        finally:
            site.close()
    return run


def refused(done, status, *words):
    equal(done.returncode, status, done.stderr)
    for word in words:
        check(word.encode() in done.stderr, f"no {word!r}: {done.stderr}")


def owner(path):
    return pwd.getpwuid(os.lstat(path).st_uid).pw_name


def everything(path):
    for at, folders, files in os.walk(path):
        yield at
        for name in folders + files:
            yield os.path.join(at, name)


def belongs_to_the_server():
    """data/ and run/ belong to who serves, whichever verb made a file."""
    user = owner(os.path.join(site.dir, "data"))
    check(user != "root", "data belongs to root")
    site.run("photo", "set", ME, picture("photo-1600.jpg"))
    site.run("oof", "set", ME, "--internal", "x")
    site.run("backup", os.path.join(site.parent, "backup"))
    for name in ("data", "run"):
        for path in everything(os.path.join(site.dir, name)):
            equal(owner(path), user, path)
            mode = stat.S_IMODE(os.lstat(path).st_mode)
            equal(mode & 0o077, 0, f"mode of {path}")
    equal(owner(os.path.join(site.parent, "backup")), "root", "the backup's owner")
    for name in ("server.key", "ca.key"):
        path = os.path.join(site.dir, "tls", name)
        equal((owner(path), stat.S_IMODE(os.stat(path).st_mode)), ("root", 0o600), name)


def set_right():
    """serve gives back what another account has taken."""
    user = owner(os.path.join(site.dir, "data"))
    for name in ("data", "run"):
        for path in everything(os.path.join(site.dir, name)):
            os.lchown(path, 0, 0)
    equal(site.command("check").returncode, 0, "check, before serve sets it right")
    site.start()
    expect(site.client(ME).post(get_oof(ME)), 200, "NoError")
    equal(owner(os.path.join(site.dir, "run")), user, "run")
    for path in everything(os.path.join(site.dir, "data")):
        equal(owner(path), user, path)
    equal(site.stop(), 0)


def no_such_user():
    site.configure('user = "nobody-of-this-name"\n')
    for verb in ("serve", "check"):
        done = site.command(verb)
        refused(done, 78, "nobody-of-this-name" if verb == "serve" else "checks failed")
    site.configure('user = "root"\n')
    refused(site.command("serve"), 78, "root")
    site.configure('user = "nobody"\n')


def another_user():
    """A changed `user` gets what is there at the next start."""
    site.configure('user = "daemon"\n')
    os.chown(site.conf, 0, pwd.getpwnam("daemon").pw_gid)
    site.start()
    expect(site.client(ME).post(get_oof(ME)), 200, "NoError")
    equal(owner(os.path.join(site.dir, "data", "frontdesk.db")), "daemon")
    site.stop()
    site.configure('user = "nobody"\n')
    os.chown(site.conf, 0, pwd.getpwnam("nobody").pw_gid)
    site.start()
    equal(owner(os.path.join(site.dir, "data", "frontdesk.db")), "nobody")
    site.stop()


def barred_init():
    parent = folder("barred")
    os.chmod(parent, 0o700)
    done = site.command("init", os.path.join(parent, "site"), conf=False)
    refused(done, 78, parent, "chmod")
    equal(os.listdir(parent), [], "what a refused init leaves")


def barred_serve():
    os.chmod(site.parent, 0o700)
    try:
        refused(site.command("serve"), 78, site.parent, "chmod")
        done = site.command("check")
        equal(done.returncode, 78, done.stdout + done.stderr)
        check(site.parent.encode() in done.stdout, done.stdout)
    finally:
        os.chmod(site.parent, 0o755)


def barred_data():
    """Also when only the data lie behind such a folder."""
    parent = folder("behind")
    shutil.copytree(os.path.join(site.dir, "data"), os.path.join(parent, "data"))
    os.chmod(parent, 0o700)
    with open(site.conf) as f:
        good = f.read()
    site.configure(f'data = "{parent}/data"\n')
    try:
        for verb in ("serve", "check"):
            done = site.command(verb)
            equal(done.returncode, 78, done.stdout + done.stderr)
            check(parent.encode() in done.stdout + done.stderr, done)
        os.chmod(parent, 0o755)  # the data themselves are root's: set right
        site.start()
        expect(site.client(ME).post(get_oof(ME)), 200, "NoError")
        site.stop()
    finally:
        with open(site.conf, "w") as f:
            f.write(good)


def barred_programs():
    """The programs may lie where the server's account cannot go (/root)."""
    behind = folder("programs")
    for name in PARTS:
        shutil.copy2(os.path.join(BUILD, name), behind)
    os.chmod(behind, 0o700)
    program = os.path.join(behind, "frontdesk")
    done = subprocess.run([program, "photo", "set", ME, picture("photo-1600.jpg"), "-c", site.conf],
                          capture_output=True, env=environment())
    equal(done.returncode, 0, done.stderr)
    done = subprocess.run([program, "check", "-c", site.conf], capture_output=True,
                          env=environment())
    equal(done.returncode, 0, done.stdout + done.stderr)
    site.start(program=program)
    expect(site.client(ME).post(get_oof(ME)), 200, "NoError")
    equal(site.client(ME).photo(ME).status, 200)
    check(b"image ok" in site.back().get("/readyz").body, "no image worker")
    equal(site.stop(), 0)


def barred_reload():
    """A configuration that the workers cannot read does not come in force."""
    site.start()
    site.configure("photo {\n\tmax_age_s = 60\n}\n")
    group = os.stat(site.conf).st_gid
    os.chown(site.conf, 0, 0)
    os.chmod(site.conf, 0o600)
    try:
        site.signal(signal.SIGHUP)
        until(10, "the reason in the log", lambda: "may not read" in site.log())
        check("stays in force" in site.log(), site.log())
        site.run("photo", "set", ME, picture("photo-1600.jpg"))
        answer = site.client(ME).photo(ME)
        equal(answer["Cache-Control"], "private, max-age=300", repr(answer))
    finally:
        os.chown(site.conf, 0, group)
        os.chmod(site.conf, 0o640)
    site.signal(signal.SIGHUP)
    until(10, "the new setting",
          lambda: site.client(ME).photo(ME)["Cache-Control"] == "private, max-age=60")
    equal(site.stop(), 0)


def domain_keys():
    """`domain add` makes the certificate again; the keys stay root's."""
    site.run("domain", "add", "more.example")
    text = subprocess.run(["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in",
                           os.path.join(site.dir, "tls", "server.pem")],
                          capture_output=True, text=True).stdout
    check("DNS:autodiscover.more.example" in text, text)
    for name in ("server.key", "ca.key"):
        path = os.path.join(site.dir, "tls", name)
        equal((owner(path), stat.S_IMODE(os.stat(path).st_mode)), ("root", 0o600), name)


class Plain:
    """An installation of an account without privileges."""
    def __init__(self):
        root = os.getuid() == 0
        self.user = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())
        self.become = {"user": self.user.pw_uid, "group": self.user.pw_gid,
                       "extra_groups": ()} if root else {}
        parent = folder("plain")
        if root:
            os.chown(parent, self.user.pw_uid, self.user.pw_gid)
        self.dir = os.path.join(parent, "site")
        done = self.run("init", self.dir, "--domain", "example.com")
        equal(done.returncode, 0, done.stderr)

    def run(self, *words):
        return subprocess.run([PROGRAM, *words], env=environment(), capture_output=True, cwd="/",
                              stdin=subprocess.DEVNULL, timeout=120, **self.become)


def one_account():
    """Without root all belongs to who runs it."""
    plain = Plain()
    for path in everything(plain.dir):
        equal(owner(path), plain.user.pw_name, path)


def read_only():
    """Data that may not be written: a refusal that says so, and no other."""
    plain = Plain()
    conf, data = os.path.join(plain.dir, "frontdesk.conf"), os.path.join(plain.dir, "data")
    done = plain.run("mailbox", "add", ME, "-c", conf)
    equal(done.returncode, 0, done.stderr)
    for name in os.listdir(data):
        os.chmod(os.path.join(data, name), 0o400)
    os.chmod(data, 0o500)
    before = {name: os.path.getsize(os.path.join(data, name)) for name in os.listdir(data)}
    try:
        for words in (("serve",), ("oof", "off", ME), ("check",), ("migrate",)):
            done = plain.run(*words, "-c", conf)
            said = done.stdout + done.stderr
            check(done.returncode in (1, 6, 78), f"{words}: status {done.returncode}")
            check(b"readonly" in said or b"ermission denied" in said or b"may not be written" in said,
                  f"{words}: {said}")
            check(b"already" not in said, f"{words}: {said}")
        equal({name: os.path.getsize(os.path.join(data, name)) for name in os.listdir(data)}, before)
    finally:
        os.chmod(data, 0o700)


if os.getuid() == 0:
    case("data and run belong to who serves, the keys to root", stopped(belongs_to_the_server))
    case("serve sets ownership right again", stopped(set_right))
    case("a user that does not exist, or is root, is status 78", stopped(no_such_user))
    case("a changed user gets the data", stopped(another_user))
    case("init in a folder that bars the user is status 78 and leaves nothing", stopped(barred_init))
    case("serve in a folder that bars the user is status 78", stopped(barred_serve))
    case("data in a folder that bars the user are status 78", stopped(barred_data))
    case("programs in a folder that bars the user work", stopped(barred_programs))
    case("a reload that the user cannot read changes nothing", stopped(barred_reload))
    case("domain add as root keeps the keys root's", stopped(domain_keys))
case("without root everything belongs to the one account", one_account)
case("data that may not be written are refused as such", read_only)
main()
