#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A directory that is asked by Kerberos: a real slapd and a real KDC."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.authority import Authority
from lib.cases import case, cases, check, equal, main
from lib.installation import Installation
from lib.kdc import Kdc
from lib.slapd import READER, Slapd, person

REALM = "AD.EXAMPLE.COM"
WE = f"frontdesk@{REALM}"

kdc = Kdc(REALM)
os.environ["KRB5_CONFIG"] = kdc.conf
SERVICE, OURS, OTHERS, STALE = (kdc.path(f"{name}.keytab")
                                for name in ("service", "ours", "others", "stale"))
for principal in (f"ldap/localhost@{REALM}", WE, f"other@{REALM}"):
    kdc.add(principal)
kdc.keytab(SERVICE, f"ldap/localhost@{REALM}")
kdc.keytab(STALE, WE)
kdc.keytab(OURS, WE)  # a new key: that before is stale
kdc.keytab(OTHERS, f"other@{REALM}")
kdc.start()

# A plain connection has to be sealed; our ticket is the reader's.
slapd = Slapd(person("ada", ["ada@example.com"], "Ada"), environment={"KRB5_KTNAME": SERVICE},
              names=("localhost", "127.0.0.1"),
              more=f'sasl-host localhost\nsasl-realm {REALM}\nsecurity ssf=56\n'
                   f'authz-regexp "uid=frontdesk,cn=[^,]*,cn=gssapi,cn=auth" "{READER}"\n'
                   f'authz-regexp "uid=frontdesk,cn=gssapi,cn=auth" "{READER}"\n').start()
PLAIN = f"ldap://localhost:{slapd.port}"
site = Installation("kerberos")
for path in (OURS, OTHERS, STALE):
    owner = os.stat(os.path.join(site.dir, "data"))
    os.chown(path, owner.st_uid, owner.st_gid)
os.chmod(kdc.dir, 0o755)


def using(**more):
    site.configure(slapd.section(bind_dn=None, password_file=None,
                                 **{"uri": PLAIN, "keytab": OURS, **more}))


def asked(**more):
    using(**more)
    done = site.command("directory", "test", "ada@example.com", "--json")
    equal(done.returncode, 0, done.stdout.decode() + done.stderr.decode())
    steps = [row["found"] for row in json.loads(done.stdout)]
    check("bound by Kerberos" in steps and f"uid=ada,{'ou=people,dc=example,dc=com'}" in steps,
          steps)


def environment():
    """Somebody else's ticket, or keys, in the environment do not count."""
    os.environ.update(KRB5CCNAME="FILE:/nowhere/cc", KRB5_CLIENT_KTNAME=OTHERS)
    try:
        asked()
    finally:
        del os.environ["KRB5CCNAME"], os.environ["KRB5_CLIENT_KTNAME"]


def refused(reason, status=6, **more):
    using(**more)
    done = site.command("directory", "test", "ada@example.com")
    equal(done.returncode, status, done.stdout.decode() + done.stderr.decode())
    check(reason in done.stderr.decode(), done.stderr.decode())


def no_kdc():
    kdc.stop()
    refused("KDC")
    kdc.start()
    asked()


cases("asked by Kerberos, {0}", [
    ("sealed", {}), ("by name", {"principal": WE}),
    ], lambda name, more: asked(**more))
case("what the environment has does not count", environment)
cases("refused: {0}", [
    ("No such object", {"keytab": OTHERS, "status": 4}),  # he may see nothing
    ("No credentials", {"principal": f"nobody@{REALM}"}),
    ("/nowhere/keytab", {"keytab": "/nowhere/keytab"}),
    ("Decrypt integrity check failed", {"keytab": STALE}),
    ], lambda reason, more: refused(reason, **more))
case("no KDC is there", no_kdc)
main()
