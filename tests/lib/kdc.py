# SPDX-License-Identifier: Apache-2.0
"""A real Kerberos KDC on loopback, for as many realms as wanted, in a folder of
its own; and tickets from it."""
import base64
import glob
import os
import signal
import socket
import subprocess
import sys

from .cases import Failed, at_end, until
from .installation import folder, free_port

START_SECONDS = 30
FAKETIME = "/usr/lib/*/faketime/libfaketime.so.1"

# No name is looked up anywhere: localhost is localhost.
KRB5 = """[libdefaults]
default_realm = {default}
dns_lookup_realm = false
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
[realms]
{realms}
[domain_realm]
localhost = {default}
"""

KDC = """[kdcdefaults]
kdc_listen = 127.0.0.1:{port}
kdc_tcp_listen = 127.0.0.1:{port}
[realms]
{realms}
[logging]
kdc = FILE:{dir}/kdc.log
"""

KDC_REALM = """{realm} = {{
	database_name = {dir}/{realm}.db
	key_stash_file = {dir}/{realm}.stash
	acl_file = {dir}/acl
	max_life = 24h
}}"""

# Prints what a client would send, then reads the server's answer: "mutual" when
# that proves who the server is.
CLIENT = """
import base64, sys
import gssapi
target, kind = sys.argv[1:]
name = gssapi.Name(target, gssapi.NameType.kerberos_principal)
mech = gssapi.MechType.kerberos if kind == "krb5" else gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
context = gssapi.SecurityContext(name=name, mech=mech, usage="initiate",
                                 flags=gssapi.RequirementFlag.mutual_authentication)
print(base64.b64encode(context.step()).decode(), flush=True)
answer = sys.stdin.readline()
if answer:
    context.step(base64.b64decode(answer))
    print("mutual" if context.complete else "not complete")
"""


class Kdc:
    def __init__(self, *realms):
        self.dir = folder("kdc")
        self.port = free_port()
        self.realms = realms
        self.process = None
        self.conf = self._write("krb5.conf", KRB5.format(
            default=realms[0], realms="\n".join(
                f"{r} = {{\n\tkdc = 127.0.0.1:{self.port}\n}}" for r in realms)))
        self._write("kdc.conf", KDC.format(
            port=self.port, dir=self.dir, realms="\n".join(
                KDC_REALM.format(realm=r, dir=self.dir) for r in realms)))
        self._write("acl", "")
        for realm in realms:
            self.run(["kdb5_util", "-r", realm, "create", "-s", "-P", "master"])
        at_end(self.stop)

    def _write(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w") as f:
            f.write(text)
        return path

    def environment(self, cache=None, at=None):
        """`at`: the clock that a program sees, as libfaketime has it: "-2h"."""
        env = dict(os.environ, KRB5_CONFIG=os.path.join(self.dir, "krb5.conf"),
                   KRB5_KDC_PROFILE=os.path.join(self.dir, "kdc.conf"),
                   PATH="/usr/sbin:" + os.environ["PATH"])
        if cache:
            env["KRB5CCNAME"] = "FILE:" + self.path(cache)
        if at:
            env["LD_PRELOAD"] = glob.glob(FAKETIME)[0]
            env["FAKETIME"] = at
        return env

    def path(self, name):
        return os.path.join(self.dir, name)

    def run(self, argv, cache=None, at=None, **more):
        done = subprocess.run(argv, env=self.environment(cache, at), text=True,
                              capture_output=True, timeout=60, **more)
        if done.returncode != 0:
            raise Failed(f"{argv}: {done.stdout}{done.stderr}")
        return done.stdout

    def add(self, principal, *options, password=None):
        realm = principal.rsplit("@")[-1]
        how = ["-pw", password] if password else ["-randkey"]
        self.run(["kadmin.local", "-r", realm, "addprinc", *options, *how, principal])

    def keytab(self, path, principal):
        realm = principal.rsplit("@")[-1]
        self.run(["kadmin.local", "-r", realm, "ktadd", "-q", "-k", path, principal])

    def start(self, at=None):
        argv = ["krb5kdc", "-n", "-P", self.path("pid")]
        for realm in self.realms:
            argv += ["-r", realm]
        self.process = subprocess.Popen(argv, env=self.environment(at=at),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(START_SECONDS, "the KDC", self._answers)

    def _answers(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        self.process = None

    def login(self, principal, password, cache, *options, at=None):
        self.run(["kinit", *options, principal], cache, at, input=password + "\n")

    def token(self, cache, service, kind="spnego", at=None):
        return self.exchange(cache, service, None, kind, at)

    def exchange(self, cache, service, ask, kind="spnego", at=None):
        """A token for the service. With `ask` it is sent by ask(token), which returns
        the server's: returns whether that one is right."""
        argv = [sys.executable, "-c", CLIENT, service, kind]
        with subprocess.Popen(argv, env=self.environment(cache, at), text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as client:
            token = client.stdout.readline().strip()
            answer = ask(token) if ask and token else ""
            out, err = client.communicate(answer, timeout=60)
        if not token or client.returncode != 0:
            raise Failed(f"no token for {service}: {out}{err}")
        return out.strip() == "mutual" if ask else token


def unwrap(header):
    """The token in a header Negotiate ..."""
    scheme, _, token = (header or "").partition(" ")
    if scheme != "Negotiate" or not base64.b64decode(token):
        raise Failed(f"no token in {header!r}")
    return token
