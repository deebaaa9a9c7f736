#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The command line as people and scripts use it: verbs, statuses, JSON."""
import json
import os
import pty
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main
from lib.installation import PROGRAM, Installation, environment, folder, picture

site = Installation("cli", domains=("example.com", "example.org"))
ME = site.add("me@example.com", "--name", "Ada B\u00fcro", "--tz", "Europe/Berlin")
SHARED = site.add("shared@example.com")
site.add("keys2@example.com")


def status(words, wanted, *said):
    done = site.command(*words.split())
    equal(done.returncode, wanted, f"{words}: {done.stderr.decode()}")
    if wanted != 0:
        check(done.stderr.startswith(b"frontdesk"), f"{words}: {done.stderr}")
        check(len(done.stderr) > 15, "an error says what, where and what to do")
    for word in said:
        check(word.encode() in done.stdout + done.stderr, f"{words}: no {word}: {done.stderr}")


STATUSES = [
    ("mailbox show me@example.com", 0), ("mailbox show nobody@example.com", 3),
    ("mailbox add no-address", 4), ("mailbox add me@example.com --password-stdin", 1),
    ("mailbox add x@unknown.example", 3), ("mailbox add", 2), ("mailbox", 2), ("nonsense", 2),
    ("mailbox add x@example.com --external sometimes", 4), ("mailbox add x@example.com --tz Nowhere/Town", 4),
    ("mailbox add x@example.com --no-such-option", 2), ("oof show nobody@example.com", 3),
    ("oof set me@example.com --from 2099-01-02 --to 2099-01-01", 4),
    ("oof set me@example.com --from yesterday --to 2099-01-01", 4),
    ("oof set me@example.com --audience some", 4), ("oof set me@example.com --lang en_US --internal x", 4),
    ("photo get me@example.com -o /tmp/never", 3), ("photo set me@example.com /no/such/file", 3),
    ("photo set nobody@example.com /dev/null", 3), ("domain remove example.com", 1),
    ("domain add not_a_domain!", 4), ("domain remove nowhere.example", 3), ("domain list", 0),
    ("mailbox alias me@example.com add other@example.com", 0),
    ("mailbox alias me@example.com add shared@example.com", 1),
    ("mailbox owner shared@example.com add me@example.com", 0),
    ("mailbox owner shared@example.com add me@example.com", 1, "me@example.com", "already"),
    ("mailbox owner shared@example.com list", 0), ("mailbox owner shared@example.com add nobody@example.com", 3),
    ("check", 0), ("oof list", 0), ("photo list", 0), ("mailbox list", 0),
]


def show_json(words, keys):
    got = json.loads(site.run(*words.split(), "--json"))
    first = got[0] if isinstance(got, list) else got
    check(set(keys) <= set(first), f"{words}: {sorted(first)}")
    return got


def oof_json():
    site.run("oof", "set", ME, "--from", "2099-12-23 12:00", "--to", "2100-01-07", "--internal",
             "weg", "--external", "away", "--audience", "known", "--lang", "de-DE")
    got = show_json(f"oof show {ME}", ["address", "state", "audience", "start", "end", "internal",
                                       "external", "effect"])
    equal((got["address"], got["start"], got["end"]),
          (ME, "2099-12-23T11:00:00Z", "2100-01-06T23:00:00Z"))
    equal(got["internal"], {"text": "weg", "lang": "de-DE"})
    equal(set(got["effect"]), {"status", "via", "since", "reason"})
    equal((got["state"].lower(), got["audience"].lower()), ("scheduled", "known"))
    site.run("oof", "off", ME)
    got = show_json(f"oof show {ME}", [])
    equal((got["state"].lower(), got["internal"]["text"]), ("disabled", "weg"), "off keeps texts")


TIMES = [("2099-06-01", "2099-05-31T22:00:00Z"), ("2099-06-01 12:00", "2099-06-01T10:00:00Z"),
         ("2099-06-01T12:00:00Z", "2099-06-01T12:00:00Z"),
         ("2099-06-01T12:00:00+05:30", "2099-06-01T06:30:00Z")]


def times(written, wanted):
    site.run("oof", "set", ME, "--from", written, "--to", "2100-01-01", "--internal", "x")
    equal(show_json(f"oof show {ME}", [])["start"], wanted)


def zone_option():
    site.run("oof", "set", ME, "--from", "2099-06-01 12:00", "--to", "2099-06-02",
             "--tz", "America/New_York", "--internal", "x")
    equal(show_json(f"oof show {ME}", [])["start"], "2099-06-01T16:00:00Z")


def text_files():
    path = os.path.join(site.parent, "text.html")
    with open(path, "w") as f:
        f.write("<html><body>file</body></html>\n")
    site.run("oof", "set", ME, "--internal-file", path)
    check("file" in show_json(f"oof show {ME}", [])["internal"]["text"], "--internal-file")
    site.run("oof", "set", ME, "--external-file", "-", input="from stdin")
    equal(show_json(f"oof show {ME}", [])["external"]["text"], "from stdin")
    for size, wanted in ((128000, 0), (128001, 4)):
        done = site.command("oof", "set", ME, "--internal-file", "-", input="x" * size)
        equal(done.returncode, wanted, done.stderr)


def piped_and_terminal():
    piped = site.run("mailbox", "list")
    check(all("\t" in line for line in piped.splitlines()), f"not tab-separated: {piped!r}")
    ours, theirs = pty.openpty()
    done = subprocess.run([PROGRAM, "mailbox", "list", "-c", site.conf], stdout=theirs,
                          env=environment())
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    equal(done.returncode, 0)
    check("\t" not in shown and "ADDRESS" in shown.upper(), f"no table: {shown!r}")


def mailbox_json():
    show_json("mailbox list", ["address", "name"])
    got = show_json(f"mailbox show {ME}", ["address", "name"])
    equal(got["name"], "Ada B\u00fcro")


def environment_variable():
    env = {**environment(), "FRONTDESK_CONF": site.conf}
    done = subprocess.run([PROGRAM, "mailbox", "list"], capture_output=True, env=env)
    equal(done.returncode, 0, done.stderr)
    env.pop("FRONTDESK_CONF")
    done = subprocess.run([PROGRAM, "mailbox", "list"], capture_output=True, env=env)
    check(done.returncode in (2, 78) and b"-c" in done.stderr, done.stderr)


def export_and_remove():
    who = site.add("gone@example.com", "--alias", "went@example.com")
    site.run("oof", "set", who, "--internal", "private words")
    site.run("photo", "set", who, picture("photo-1600.jpg"))
    everything = json.loads(site.run("mailbox", "export", who))
    check("private words" in json.dumps(everything), "the text is exported")
    check("went@example.com" in json.dumps(everything), "the alias is exported")
    site.run("mailbox", "remove", who, "--yes")
    equal(site.command("oof", "show", who).returncode, 3)
    equal(site.command("mailbox", "show", "went@example.com").returncode, 3)
    for name in os.listdir(os.path.join(site.dir, "data")):
        with open(os.path.join(site.dir, "data", name), "rb") as f:
            check(b"private words" not in f.read(), f"a removed text is still in {name}")


def init_refuses():
    done = site.command("init", site.dir, conf=False)
    check(done.returncode != 0 and b"already" in done.stderr, done.stderr)


def init_outside():
    """Nothing outside DIR is touched; the certificate names every domain."""
    parent = folder("init")
    before = set(os.listdir(parent))
    subprocess.run([PROGRAM, "init", os.path.join(parent, "x"), "--domain", "d.example",
                    "--host", "mail.d.example", "--host", "192.0.2.7"], check=True,
                   capture_output=True, env=environment())
    equal(set(os.listdir(parent)) - before, {"x"})
    made = sorted(os.listdir(os.path.join(parent, "x")))
    equal(made, ["data", "frontdesk.conf", "run", "tls"])
    tls = os.path.join(parent, "x", "tls")
    equal(sorted(os.listdir(tls)), ["ca.key", "ca.pem", "server.key", "server.pem"])
    for key in ("ca.key", "server.key"):
        equal(os.stat(os.path.join(tls, key)).st_mode & 0o777, 0o600, key)
    text = subprocess.run(["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in",
                           os.path.join(tls, "server.pem")], capture_output=True, text=True).stdout
    for name in ("DNS:localhost", "IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1",
                 "DNS:mail.d.example", "IP Address:192.0.2.7", "DNS:d.example",
                 "DNS:autodiscover.d.example"):
        check(name in text, f"no {name} in {text}")
    done = subprocess.run(["openssl", "verify", "-CAfile", os.path.join(tls, "ca.pem"),
                           os.path.join(tls, "server.pem")], capture_output=True)
    equal(done.returncode, 0, done.stderr)


def help_everywhere():
    top = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True)
    equal(top.returncode, 0)
    for verb in ("init", "serve", "check", "backup", "restore", "migrate", "domain add", "domain list",
                 "domain remove", "mailbox add", "mailbox list", "mailbox show", "mailbox remove",
                 "mailbox export", "mailbox alias", "mailbox owner", "mailbox passwd", "oof show",
                 "oof set", "oof off", "oof list", "photo set", "photo get", "photo remove", "photo list"):
        done = subprocess.run([PROGRAM, *verb.split(), "--help"], capture_output=True, text=True)
        equal(done.returncode, 0, verb)
        check("xample" in done.stdout, f"{verb} --help has no example")
        check(verb.split()[-1] in top.stdout, f"{verb} is not in --help")
    done = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True)
    check(done.returncode == 0 and "frontdesk" in done.stdout, done)


KEYS = [
    "check", "domain list", "domain certificate", f"domain add new.example", "domain remove new.example",
    f"mailbox list", f"mailbox show {ME}", f"mailbox set {ME} --external known",
    f"mailbox passwd {ME} --none", "mailbox add keys@example.com", "mailbox remove keys@example.com --yes",
    f"mailbox alias {ME} add a1@example.com", "mailbox owner keys2@example.com add shared@example.com",
    f"oof set {ME} --internal x", f"oof show {ME}", f"oof off {ME}", "oof list --all",
    f"photo set {ME} PICTURE", f"photo get {ME} -o FOLDER/p.jpg", "photo list", f"photo remove {ME}",
    "backup FOLDER/keys.backup", "restore FOLDER/keys.backup --replace", "migrate",
]


def keys(words):
    """--json prints the keys that --help names, all of them and no others."""
    argv = words.replace("PICTURE", picture("photo-1600.jpg")).replace("FOLDER", site.parent).split()
    verb = [w for w in argv[:2] if w.isalpha() and w.islower()]
    text = site.command(*verb, "--help", conf=False).stdout.decode()
    named = re.findall(r"^  (\w+) ", text.partition("keys of --json:")[2].partition("examples:")[0], re.M)
    check(named, f"{verb} --help names no keys")
    got = json.loads(site.run(*argv, "--json"))
    check(got != [], f"{words}: an empty list proves nothing")
    for row in got if isinstance(got, list) else [got]:
        equal(sorted(row), sorted(named), words)
        for key, value in row.items():
            check(key not in ("since", "changed", "start", "end") or value is None
                  or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value), f"{key}: {value}")


def init_keys():
    parent = folder("init-keys")
    got = json.loads(site.run("init", os.path.join(parent, "x"), "--json", conf=False))
    text = site.command("init", "--help", conf=False).stdout.decode()
    for key in got:
        check(re.search(rf"^  {key} ", text, re.M), f"init --help does not name {key}")


def partly():
    """7: the store has the domain, the certificate could not be made."""
    key = os.path.join(site.dir, "tls", "ca.key")
    data = os.stat(os.path.join(site.dir, "data"))
    become = {}
    if os.getuid() == 0:  # as who serves, who may not read root's keys
        become = {"user": data.st_uid, "group": data.st_gid, "extra_groups": ()}
    else:
        os.chmod(key, 0)
    try:
        done = site.command("domain", "add", "partly.example", cwd="/", **become)
    finally:
        if os.getuid() != 0:
            os.chmod(key, 0o600)
    equal(done.returncode, 7, done.stderr)
    check(b".key" in done.stderr and b"domain certificate" in done.stderr, done.stderr)
    check("partly.example" in site.run("domain", "list"), "the domain is not stored")
    equal(json.loads(site.run("domain", "certificate", "--json"))["certificate"], "renewed")
    equal(json.loads(site.run("domain", "certificate", "--json"))["certificate"], "unchanged")
    site.run("domain", "remove", "partly.example")


def foreign_certificate():
    """A certificate of somebody else is left alone; what it lacks is told."""
    tls = os.path.join(site.dir, "tls")
    kept = {name: open(os.path.join(tls, name), "rb").read() for name in ("server.pem", "server.key")}
    try:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                        "-keyout", os.path.join(tls, "server.key"),
                        "-out", os.path.join(tls, "server.pem")], check=True, capture_output=True)
        theirs = open(os.path.join(tls, "server.pem"), "rb").read()
        got = json.loads(site.run("domain", "add", "foreign.example", "--json"))
        equal(got["certificate"], "foreign")
        check("autodiscover.foreign.example" in got["missing"], got)
        equal(open(os.path.join(tls, "server.pem"), "rb").read(), theirs, "the certificate")
    finally:
        for name, data in kept.items():
            with open(os.path.join(tls, name), "wb") as f:
                f.write(data)
        site.run("domain", "remove", "foreign.example")


def full_stdout():
    done = subprocess.run(f"'{PROGRAM}' mailbox list -c '{site.conf}' >/dev/full", shell=True,
                          capture_output=True, env=environment())
    equal(done.returncode, 1, "a write error on stdout is told")


for words, wanted, *said in STATUSES:
    case(f"status {wanted}: {words}" + (" again" if said else ""), status, words, wanted, *said)
cases("--from {} is {}", TIMES, times)
case("--from in another zone", zone_option)
case("oof show --json has its keys; off keeps the texts", oof_json)
case("texts from files and standard input, bounded", text_files)
case("mailbox --json", mailbox_json)
case("tabs when piped, a table on a terminal", piped_and_terminal)
case("$FRONTDESK_CONF stands for -c", environment_variable)
case("export gives all of a person, remove erases it", export_and_remove)
case("init refuses a folder that has an installation", init_refuses)
case("init makes what it says and nothing else", init_outside)
case("every verb has help with an example", help_everywhere)
case("a full disk behind stdout is an error", full_stdout)
cases("{} --json has the keys that its help names", KEYS, keys)
case("init --json has the keys that its help names", init_keys)
case("status 7: the domain is stored, its certificate is not", partly)
case("a foreign certificate is left alone", foreign_certificate)
main()
