#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`meson install`: everything where it belongs, and a program that finds it.

A build of its own, with a prefix that is a temporary folder, so that what was
installed is run from where it was installed, with no build folder left.
"""
import json
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import Failed, case, cases, check, equal, main, until
from lib.http import Client
from lib.installation import (PASSWORD, READY_SECONDS, ROOT, STOP_SECONDS, Installation, environment,
                              folder, free_port, picture)
from lib.soap import expect, get_oof, set_oof

EXPOSURE_MAX = 2.0  # of `systemd-analyze security`
TARGETS = ("frontdesk", "frontdesk-image", "ngx_http_frontdesk_module.so", "libfrontdesk-client.so.0.1.0")
PAGES = ("man/frontdesk.1", "man/frontdesk-client.3", "man/frontdesk.conf.5", "man/frontdesk-replies.7")

os.environ.pop("FRONTDESK_SANITIZED", None)  # what is installed here is not
home = folder("install")
prefix = os.path.join(home, "usr")


def tool(*argv, **more):
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, **more)
    if done.returncode != 0:
        raise Failed(f"{' '.join(argv)}: status {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def install():
    """Builds and installs, once under DESTDIR and once for good."""
    build = os.path.join(home, "build")
    tool("meson", "setup", build, ROOT, f"--prefix={prefix}", "--libdir=lib", "-Doptimization=0",
         "-Ddebug=false")
    tool("ninja", "-C", build, *TARGETS)
    tool("meson", "install", "-C", build, "--no-rebuild", "--destdir", os.path.join(home, "dest"))
    check(not os.path.exists(prefix), "DESTDIR was not heeded")
    tool("meson", "install", "-C", build, "--no-rebuild")
    shutil.rmtree(build)


def places():
    install()
    equal(found(prefix), INSTALLED, "under the prefix")
    equal(found(os.path.join(home, "dest") + prefix), INSTALLED, "under DESTDIR")
    equal(os.listdir(os.path.join(home, "dest")), [prefix.split("/")[1]], "in DESTDIR")


INSTALLED = {
    "bin/frontdesk": 0o755,
    "include/frontdesk/client.h": 0o644,
    "lib/frontdesk/ngx_http_frontdesk_module.so": 0o755,
    "libexec/frontdesk/frontdesk-image": 0o755,
    "lib/libfrontdesk-client.so": 0o755,
    "lib/libfrontdesk-client.so.0": 0o755,
    "lib/libfrontdesk-client.so.0.1.0": 0o755,
    "lib/pkgconfig/frontdesk-client.pc": 0o644,
    "lib/systemd/system/frontdesk.service": 0o644,
    "lib/sysusers.d/frontdesk.conf": 0o644,
    "lib/tmpfiles.d/frontdesk.conf": 0o644,
    "share/bash-completion/completions/frontdesk": 0o644,
    "share/doc/frontdesk/away.c": 0o644,
    "share/doc/frontdesk/nginx-site.conf": 0o644,
    "share/man/man1/frontdesk.1": 0o644,
    "share/man/man3/frontdesk-client.3": 0o644,
    "share/man/man5/frontdesk.conf.5": 0o644,
    "share/man/man7/frontdesk-replies.7": 0o644,
}
PROGRAM = os.path.join(prefix, "bin", "frontdesk")
UNIT = os.path.join(prefix, "lib/systemd/system/frontdesk.service")
site = Installation("installed")
ME = site.add("me@example.com")


def found(under):
    return {os.path.relpath(os.path.join(at, name), under):
            stat.S_IMODE(os.stat(os.path.join(at, name)).st_mode)
            for at, _, names in os.walk(under) for name in names}


def finds_its_parts():
    done = subprocess.run([PROGRAM, "check", "--json", "-c", site.conf], capture_output=True,
                          env=environment())
    equal(done.returncode, 0, done.stdout + done.stderr)
    details = {row["check"]: row["detail"] for row in json.loads(done.stdout)}
    for row, name in (("nginx", "lib/frontdesk/ngx_http_frontdesk_module.so"),
                      ("image worker", "libexec/frontdesk/frontdesk-image")):
        check(os.path.join(prefix, name) in details[row], details[row])


def serves():
    done = subprocess.run([PROGRAM, "photo", "set", ME, picture("photo-1600.jpg"), "-c", site.conf],
                          capture_output=True, env=environment())
    equal(done.returncode, 0, done.stderr)
    site.start(program=PROGRAM)
    expect(site.client(ME).post(get_oof(ME)), 200, "NoError")
    equal(site.client(ME).photo(ME).status, 200)
    lines = " ".join(site.children().values())
    check(os.path.join(prefix, "libexec/frontdesk/frontdesk-image") in lines, lines)
    equal(site.stop(), 0)


LIBRARY = {**os.environ, "PKG_CONFIG_PATH": os.path.join(prefix, "lib/pkgconfig"),
           "LD_LIBRARY_PATH": os.path.join(prefix, "lib")}
STRICT = ("-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Werror")


def flags(what):
    return tool("pkg-config", what, "frontdesk-client", env=LIBRARY).split()


def library_is_used():
    """The example, built as others would build it, asks the server."""
    away = os.path.join(home, "away")
    tool("gcc", *STRICT, *flags("--cflags"), "-o", away,
         os.path.join(prefix, "share/doc/frontdesk/away.c"), *flags("--libs"))
    site.start(program=PROGRAM)
    url = f"https://localhost:{site.port}/EWS/Exchange.asmx"

    def ask(password, *words):
        done = subprocess.run([away, ME, *words], input=password + "\n", capture_output=True, text=True,
                              timeout=60, env=LIBRARY)
        return done.returncode, done.stdout + done.stderr
    equal(ask(PASSWORD, url, site.ca), (0, f"{ME} is there\n"))
    site.run("oof", "set", ME, "--to", "+2d", "--internal", "x")
    equal(ask(PASSWORD, url, site.ca), (0, f"{ME} is away\n"))
    for words, said in (((url,), "certificate"), ((url, site.ca), "the login is not taken"),
                        ((url.replace("https", "http"),), "no https URL")):
        status, text = ask("wrong", *words)
        check(status == 1 and said in text, (status, text))
    equal(site.stop(), 0)


def library_shows_its_own():
    """Its header is C++, too, and no other name of ours can clash."""
    header = os.path.join(prefix, "include/frontdesk/client.h")
    tool("clang-14", "-x", "c++", "-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", header)
    names = {line.split()[-1] for line in tool(
        "nm", "-D", "--defined-only", os.path.join(prefix, "lib/libfrontdesk-client.so")).splitlines()}
    with open(header) as f:
        declared = set(re.findall(r"\b(ewsc_\w+)\(", f.read()))
    equal(names, declared, "what the library shows")


def no_build_folder():
    """Nothing of it knows where it was built or where its source lies."""
    for name in INSTALLED:
        with open(os.path.join(prefix, name), "rb") as f:
            data = f.read()
        check(os.path.join(home, "build").encode() not in data, f"{name} names its build folder")
        check((ROOT + "/src").encode() not in data, f"{name} names its source")


def unit_runs_it():
    with open(UNIT) as f:
        unit = f.read()
    command = re.search(r"^ExecStart=(\S+) (.*)$", unit, re.M)
    equal(command.group(1), PROGRAM, "ExecStart")
    check("Type=notify" in unit and "@" not in command.group(0), unit)
    conf = command.group(2).split()[-1]
    equal(command.group(2), f"serve -c {conf}")
    state = re.search(r"^StateDirectory=(\S+)$", unit, re.M).group(1)
    equal(conf, f"/var/lib/{state}/frontdesk.conf", "the configuration's place")
    # the page that its Documentation= names need not be on the system's path
    tool("systemd-analyze", "verify", "--man=no", UNIT)


def unit_lets_mail_servers_in():
    """Who delivers mail comes to the scripts, and Postfix to the milter's socket."""
    with open(UNIT) as f:
        lines = f.read().splitlines()
    for line in ("StateDirectoryMode=0751", "ReadWritePaths=-/var/spool/postfix/frontdesk"):
        check(line in lines, f"no {line}")


def unit_is_sandboxed():
    text = tool("systemd-analyze", "security", "--offline=yes", "--no-pager", UNIT)
    score = float(re.search(r"exposure level for \S+: ([0-9.]+)", text).group(1))
    check(score <= EXPOSURE_MAX, f"exposure {score}:\n{text}")


def system_calls(group, known):
    """Names of a group of `systemd-analyze syscall-filter`, with those inside."""
    names = set()
    for word in known[group]:
        names |= system_calls(word, known) if word.startswith("@") else {word}
    return names


def unit_allows():
    """What SystemCallFilter= leaves: lists of what is allowed, then of what is not."""
    known, group = {}, None
    for line in tool("systemd-analyze", "syscall-filter").splitlines():
        if line.startswith("@"):
            group = known.setdefault(line.strip(), [])
        elif line.strip() and not line.strip().startswith("#") and group is not None:
            group.append(line.strip())
    allowed = set()
    with open(UNIT) as f:
        for words in re.findall(r"^SystemCallFilter=(.*)$", f.read(), re.M):
            names = set()
            for word in words.lstrip("~").split():
                names |= system_calls(word, known) if word.startswith("@") else {word}
            allowed = allowed - names if words.startswith("~") else allowed | names
    return allowed | system_calls("@default", known)  # these always


# Loads filters like systemd's, which answer EPERM, and becomes a program: one for
# RestrictSUIDSGID=, then the one of SystemCallFilter=.
FILTERED = """
import ctypes, os, sys
lib = ctypes.CDLL("libseccomp.so.2")
lib.seccomp_init.restype = ctypes.c_void_p
class Compare(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]
MASKED_EQUAL = 7
bits = ctypes.c_void_p(lib.seccomp_init(0x7fff0000))
for name, arg in ((b"chmod", 1), (b"fchmod", 1), (b"fchmodat", 2), (b"mkdir", 1), (b"mkdirat", 2)):
    for bit in (0o2000, 0o4000):
        compare = Compare(arg, MASKED_EQUAL, bit, bit)
        assert lib.seccomp_rule_add_array(bits, 0x00050001, lib.seccomp_syscall_resolve_name(name), 1,
                                          ctypes.byref(compare)) == 0, name
assert lib.seccomp_load(bits) == 0
filter = ctypes.c_void_p(lib.seccomp_init(0x00050001))
for name in sys.argv[1].split(","):
    number = lib.seccomp_syscall_resolve_name(name.encode())
    if number >= 0:
        assert lib.seccomp_rule_add(filter, 0x7fff0000, number, 0) == 0, name
assert lib.seccomp_load(filter) == 0
os.execv(sys.argv[2], sys.argv[2:])
"""


def works_in_the_sandbox():
    """The server and its image worker need no system call that the unit bars."""
    root = os.getuid() == 0
    user = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())
    become = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": ()} if root else {}
    parent = folder("sandbox")
    if root:
        os.chown(parent, user.pw_uid, user.pw_gid)
    port, status = free_port(), free_port()
    allowed = ",".join(sorted(unit_allows()))

    def command(*words):
        return ["/usr/bin/python3", "-c", FILTERED, allowed, PROGRAM, *words]

    def run(*words, stdin=b""):
        done = subprocess.run(command(*words), input=stdin, capture_output=True, cwd="/", **become)
        equal(done.returncode, 0, f"{words}: {done.stderr}")
    conf = os.path.join(parent, "site", "frontdesk.conf")
    run("init", os.path.join(parent, "site"), "--domain", "example.com", "--listen", f"127.0.0.1:{port}")
    with open(conf, "a") as f:
        f.write(f'status_listen = "127.0.0.1:{status}"\n'
                'backend "files" {\n\tkind = "sieve-file"\n\tfolder = "files"\n}\n'
                'backend "rows" {\n\tkind = "sieve-sql"\n\tdomains = "example.org"\n'
                '\tdatabase = "rows/sieve.db"\n}\n')
    run("mailbox", "add", ME, "--password-stdin", "-c", conf, stdin=PASSWORD.encode() + b"\n")
    with open(picture("photo-1600.jpg"), "rb") as f:
        jpeg = f.read()
    run("photo", "set", ME, "-", "-c", conf, stdin=jpeg)  # by a worker of its own
    run("oof", "set", ME, "--internal", "x", "-c", conf)  # makes the folder of scripts
    with open(os.path.join(parent, "said"), "w+") as said:
        server = subprocess.Popen(command("serve", "-c", conf), stdin=subprocess.DEVNULL,
                                  stdout=said, stderr=said, cwd="/", **become)

    def log():
        with open(os.path.join(parent, "said")) as f:
            return f.read()
    try:
        def ready():
            check(server.poll() is None, log())
            return "ready " in log()
        until(READY_SECONDS, "the ready line", ready)
        client = Client(("127.0.0.1", port), ca=os.path.join(parent, "site", "tls", "ca.pem"),
                        user=ME, password=PASSWORD)
        expect(client.post(set_oof(ME)), 200, "NoError")
        run("photo", "set", ME, "-", "-c", conf, stdin=jpeg)  # by the server's worker
        equal(client.photo(ME).status, 200)
        server.send_signal(signal.SIGHUP)
        until(20, "the reload", lambda: "was read again" in log())
    finally:
        server.terminate()
        equal(server.wait(STOP_SECONDS), 0, "exit status")
    # without the bit setgid, and nothing is said of it
    for name in ("files", "rows"):
        made = os.stat(os.path.join(parent, "site", name))
        equal(oct(stat.S_IMODE(made.st_mode)), oct(0o750), name)
        check(os.path.join("site", name) not in log(), log())
    check(os.listdir(os.path.join(parent, "site", "files")), "no script was written")


def folders_make(root):
    tool("systemd-tmpfiles", f"--root={root}", "--create",
         os.path.join(prefix, "lib/tmpfiles.d/frontdesk.conf"))


def account_and_folder():
    """What systemd makes of both files, in a root of its own."""
    root = os.path.join(home, "root")
    os.makedirs(os.path.join(root, "etc"))
    tool("systemd-sysusers", f"--root={root}", os.path.join(prefix, "lib/sysusers.d/frontdesk.conf"))
    with open(os.path.join(root, "etc/passwd")) as f:
        account = [line.split(":") for line in f if line.startswith("frontdesk:")][0]
    equal(account[5:], ["/var/lib/frontdesk", "/usr/sbin/nologin\n"], "the account")
    folders_make(root)
    made = os.stat(os.path.join(root, "var/lib/frontdesk"))
    equal((made.st_uid, stat.S_IMODE(made.st_mode)), (int(account[2]), 0o751), "the folder")
    scripts = os.path.join(root, "var/lib/frontdesk/sieve")

    def owned():
        made = os.stat(scripts)
        return made.st_uid, made.st_gid, oct(stat.S_IMODE(made.st_mode))
    equal(owned(), (int(account[2]), int(account[3]), oct(0o2750)), "the folder of scripts")
    os.chown(scripts, -1, 8)  # as an administrator gives it to who delivers mail
    os.chmod(scripts, 0o2710)
    folders_make(root)
    equal(owned(), (int(account[2]), 8, oct(0o2710)), "what the administrator has changed")


def page_is_clean(page):
    said = subprocess.run(["mandoc", "-Tlint", "-Wwarning", os.path.join(ROOT, page)],
                          capture_output=True, text=True)
    equal((said.returncode, said.stdout + said.stderr), (0, ""), page)


def pages_are_found():
    env = {**os.environ, "MANPATH": os.path.join(prefix, "share/man"), "MANWIDTH": "80"}
    text = tool("man", "frontdesk", env=env)
    check("serve" in text and "GetUserPhoto" in text, text[:200])
    text = tool("man", "5", "frontdesk.conf", env=env)
    check("public_url" in text, text[:200])


COMPLETIONS = [
    ("frontdesk ma", "mailbox"), ("frontdesk mailbox sh", "show"),
    ("frontdesk -c x mailbox sh", "show"), ("frontdesk oof set a@b.c --int", "--internal --internal-file"),
    ("frontdesk photo get a@b.c --si", "--size"), ("frontdesk serve --w", "--without-web"),
    ("frontdesk remote o", "oof"), ("frontdesk remote photo s", "set"),
    ("frontdesk remote oof get a@b.c --bea", "--bearer-file --bearer-stdin"),
    ("frontdesk nonsense", ""),
]


def completes(line, wanted):
    file = os.path.join(prefix, "share/bash-completion/completions/frontdesk")
    script = ('set -eu; . "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
              '_frontdesk frontdesk "${!#}" "${COMP_WORDS[COMP_CWORD-1]}"; echo "${COMPREPLY[*]-}"')
    equal(" ".join(sorted(tool("bash", "-c", script, "bash", file, *line.split()).split())),
          wanted, line)


def completes_files():
    file = os.path.join(prefix, "share/bash-completion/completions/frontdesk")
    script = ('. "$1"; COMP_WORDS=(frontdesk check -c "$2"); COMP_CWORD=3; '
              '_frontdesk frontdesk "$2" -c; echo "${COMPREPLY[*]-}"; complete -p frontdesk')
    said = tool("bash", "-c", script, "bash", file, site.conf[:-3]).splitlines()
    equal(said[0], site.conf)
    check("-F _frontdesk" in said[1], said[1])


case("meson install puts everything where it belongs", places)
case("the installed program finds its parts", finds_its_parts)
case("the installed program serves", serves)
case("the library is used by the example", library_is_used)
case("the library shows what its header declares", library_shows_its_own)
case("nothing installed names the folder it was built in", no_build_folder)
case("the unit starts the installed program", unit_runs_it)
case("the unit leaves the mail servers their ways", unit_lets_mail_servers_in)
case(f"the unit's exposure is at most {EXPOSURE_MAX}", unit_is_sandboxed)
case("the unit bars no system call that is needed", works_in_the_sandbox)
if os.getuid() == 0:
    case("the unit's account and folder are made", account_and_folder)
cases("{} has no warnings", list(PAGES), page_is_clean)
case("man finds the pages", pages_are_found)
cases("completion of `{}` is `{}`", COMPLETIONS, completes)
case("completion of a configuration is a file", completes_files)
main()
