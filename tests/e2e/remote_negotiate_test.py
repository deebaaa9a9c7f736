#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""frontdesk remote --negotiate: with tickets of a real KDC, and without."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, check, equal, main
from lib.installation import PROGRAM, Installation, environment, picture
from lib.kdc import Kdc

REALM = "AD.EXAMPLE.COM"
HTTP = f"HTTP/localhost@{REALM}"

kdc = Kdc(REALM)
site = Installation("remote-negotiate")
KEYTAB = os.path.join(site.dir, "http.keytab")
ME, YOU = site.add("me@example.com"), site.add("you@example.com")
site.run("photo", "set", ME, picture("photo-1600.jpg"))
kdc.add(HTTP)
kdc.keytab(KEYTAB, HTTP)
owner = os.stat(os.path.join(site.dir, "data"))
os.chown(KEYTAB, owner.st_uid, owner.st_gid)
os.chmod(KEYTAB, 0o600)
kdc.add(f"me@{REALM}", password="secret")
kdc.start()
kdc.login(f"me@{REALM}", "secret", "me")
site.configure('negotiate {\n\tkeytab = "http.keytab"\n\trealms = { "%s=example.com" }\n}\n' % REALM)
site.start()


def remote(*words, cache="me"):
    env = {**environment(), **{k: v for k, v in kdc.environment(cache).items() if k.startswith("KRB5")}}
    done = subprocess.run([PROGRAM, *words, "--negotiate", "--json", "--ca", site.ca, "--url",
                           f"https://localhost:{site.port}/EWS/Exchange.asmx"],
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60, env=env)
    return done.returncode, done.stdout, done.stderr.decode()


def with_a_ticket():
    status, said, why = remote("remote", "oof", "get", ME)
    equal((status, json.loads(said or b"{}").get("state")), (0, "disabled"), why)
    status, said, why = remote("remote", "oof", "set", ME, "--internal", "x" * 100000)
    equal((status, json.loads(said or b"{}").get("state")), (0, "enabled"), why)
    status, _, why = remote("remote", "photo", "get", ME, "-o", "/dev/null")
    equal(status, 0, why)


def not_the_owner():
    status, _, why = remote("remote", "oof", "get", YOU)
    equal(status, 5, why)
    check("ErrorAccessDenied" in why, why)


def without_a_ticket():
    status, _, why = remote("remote", "oof", "get", ME, cache="none")
    equal(status, 5, why)
    check("it offers: Basic, Negotiate" in why and "ticket" in why, why)


def the_doctor():
    status, said, why = remote("doctor", ME)
    rows = {row["check"]: row for row in json.loads(said)}
    equal((status, rows["login"]["state"], rows["photo"]["state"]), (0, "ok", "ok"), why)
    check("Basic, Negotiate" in rows["challenge"]["detail"], rows["challenge"])


case("a ticket is a login, for small and large requests", with_a_ticket)
case("a ticket is its user's alone", not_the_owner)
case("without a ticket it is told", without_a_ticket)
case("the doctor signs in so, too", the_doctor)
main()
