#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`meson install`: everything where it belongs, and a program that finds it.

A build of its own, with a prefix that is a temporary folder, so that what was
installed is run from where it was installed, with no build folder left.
"""
import json
import os
import re
import shutil
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import Failed, case, cases, check, equal, main
from lib.installation import ROOT, Installation, environment, folder, picture
from lib.soap import expect, get_oof

EXPOSURE_MAX = 2.0  # of `systemd-analyze security`
TARGETS = ("frontdesk", "frontdesk-image", "ngx_http_frontdesk_module.so")
PAGES = ("man/frontdesk.1", "man/frontdesk.conf.5")

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
    "lib/frontdesk/ngx_http_frontdesk_module.so": 0o755,
    "libexec/frontdesk/frontdesk-image": 0o755,
    "lib/systemd/system/frontdesk.service": 0o644,
    "lib/sysusers.d/frontdesk.conf": 0o644,
    "lib/tmpfiles.d/frontdesk.conf": 0o644,
    "share/bash-completion/completions/frontdesk": 0o644,
    "share/doc/frontdesk/nginx-site.conf": 0o644,
    "share/man/man1/frontdesk.1": 0o644,
    "share/man/man5/frontdesk.conf.5": 0o644,
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


def unit_is_sandboxed():
    text = tool("systemd-analyze", "security", "--offline=yes", "--no-pager", UNIT)
    score = float(re.search(r"exposure level for \S+: ([0-9.]+)", text).group(1))
    check(score <= EXPOSURE_MAX, f"exposure {score}:\n{text}")


def account_and_folder():
    """What systemd makes of both files, in a root of its own."""
    root = os.path.join(home, "root")
    os.makedirs(os.path.join(root, "etc"))
    tool("systemd-sysusers", f"--root={root}", os.path.join(prefix, "lib/sysusers.d/frontdesk.conf"))
    with open(os.path.join(root, "etc/passwd")) as f:
        account = [line.split(":") for line in f if line.startswith("frontdesk:")][0]
    equal(account[5:], ["/var/lib/frontdesk", "/usr/sbin/nologin\n"], "the account")
    tool("systemd-tmpfiles", f"--root={root}", "--create",
         os.path.join(prefix, "lib/tmpfiles.d/frontdesk.conf"))
    made = os.stat(os.path.join(root, "var/lib/frontdesk"))
    equal((made.st_uid, stat.S_IMODE(made.st_mode)), (int(account[2]), 0o750), "the folder")


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
case("nothing installed names the folder it was built in", no_build_folder)
case("the unit starts the installed program", unit_runs_it)
case(f"the unit's exposure is at most {EXPOSURE_MAX}", unit_is_sandboxed)
if os.getuid() == 0:
    case("the unit's account and folder are made", account_and_folder)
cases("{} has no warnings", list(PAGES), page_is_clean)
case("man finds the pages", pages_are_found)
cases("completion of `{}` is `{}`", COMPLETIONS, completes)
case("completion of a configuration is a file", completes_files)
main()
