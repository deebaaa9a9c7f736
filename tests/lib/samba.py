# SPDX-License-Identifier: Apache-2.0
"""A real domain controller, Samba's AD DC, in a network of its own.

It wants the ports 88, 389, 464 and 636, and a name: so a test of it runs in a
network and a mount namespace of its own, which `alone` makes by running the
test once more. Where that cannot be, the test says why and is skipped.
"""
import base64
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys

from .authority import Authority
from .cases import Failed, at_end, until
from .installation import folder

INSIDE = "FRONTDESK_SAMBA_INSIDE"
START_SECONDS = 60  # a limit for a busy machine, not a timing
STOP_SECONDS = 20

REALM = "AD.EXAMPLE"
BASE = "DC=ad,DC=example"
USERS = f"CN=Users,{BASE}"
HOST = "dc1.ad.example"
ADMINISTRATOR = (f"CN=Administrator,{USERS}", "Adm1n-pass")
PASSWORD = "P4ss-word"  # complex enough for AD

NORMAL, DISABLED = 512, 514  # userAccountControl
NEVER_EXPIRES = 0x10000

# No name is looked up anywhere but in the hosts file.
KRB5 = f"""[libdefaults]
default_realm = {REALM}
dns_lookup_realm = false
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
[realms]
{REALM} = {{
	kdc = 127.0.0.1
	kpasswd_server = 127.0.0.1
}}
[domain_realm]
{HOST} = {REALM}
localhost = {REALM}
"""

# Of what a domain controller does, what is tested here: no files, no names.
CONF = """[global]
	netbios name = DC1
	realm = {realm}
	workgroup = AD
	server role = active directory domain controller
	server services = ldap, kdc
	prefork children = 2
	interfaces = lo
	bind interfaces only = yes
	private dir = {dir}/dc/private
	state directory = {dir}/dc/state
	cache directory = {dir}/dc/cache
	lock directory = {dir}/dc
	pid directory = {dir}/dc
	ncalrpc dir = {dir}/dc/ncalrpc
	winbindd socket directory = {dir}/dc/winbindd
	logging = file
	log file = {dir}/log
	tls keyfile = {key}
	tls certfile = {certificate}
	tls cafile = {ca}
"""


# ---- a place of its own ----

def _lacks():
    """Why there can be none here; None: there can."""
    if os.geteuid() != 0:
        return "a network of its own needs root"
    for program, package in (("unshare", "util-linux"), ("ip", "iproute2"), ("samba", "samba-ad-dc"),
                             ("samba-tool", "samba"), ("kinit", "krb5-user"), ("ldapmodify", "ldap-utils")):
        if shutil.which(program, path=_path()) is None:
            return f"there is no {program}: it is in the package {package}"
    if not os.path.isdir("/usr/share/samba/setup"):
        return "there is no schema: it is in the package samba-ad-provision"
    trial = subprocess.run(["unshare", "-n", "-m", "--", "sh", "-c",
                            "ip link set lo up && mount -t tmpfs none /tmp"],
                           env={**os.environ, "PATH": _path()}, capture_output=True, text=True)
    if trial.returncode != 0:
        return "no network of its own: " + " ".join(trial.stderr.split())
    return None


def _path():
    return "/usr/sbin:/sbin:" + os.environ["PATH"]


def _mount(*argv):
    subprocess.run(["mount", *argv], check=True)


def alone():
    """Called first by a test: comes back inside, or ends the program."""
    os.environ["PATH"] = _path()
    if os.environ.get(INSIDE) is None:
        reason = _lacks()
        if reason is not None:
            print(f"skipped: {reason}")
            sys.exit(0)
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "-n", "-m", "--", sys.executable, *sys.argv])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


# ---- the domain controller ----

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _end_with_us():
    """However this program ends: the first process takes the others along."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Samba:
    def __init__(self):
        self.dir = folder("samba")
        _mount("-t", "tmpfs", "-o", "mode=0755", "none", self.dir)  # it syncs much
        at_end(subprocess.run, ["umount", "-l", self.dir])
        hosts = self.write("hosts", f"127.0.0.1 localhost\n127.0.0.1 {HOST} dc1\n")
        _mount("--bind", hosts, "/etc/hosts")
        # also for the server that is tested
        os.environ["KRB5_CONFIG"] = self.write("krb5.conf", KRB5)
        os.environ["KRB5RCACHENAME"] = "none:"
        self.authority = Authority(self.dir)
        certificate, key = self.authority.sign(HOST)
        os.chmod(key, 0o600)
        self.ca = self.authority.ca
        self.process = None
        self._provision()
        self.conf = self.write("smb.conf", CONF.format(realm=REALM, dir=self.dir, key=key,
                                                       certificate=certificate, ca=self.ca))
        at_end(self.stop)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text, mode=0o644):
        path = self.path(name)
        with open(path, "w" if isinstance(text, str) else "wb") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def run(self, argv, cache=None, **more):
        env = dict(os.environ, LDAPTLS_CACERT=self.ca, LDAPSASL_NOCANON="on")
        if cache:
            env["KRB5CCNAME"] = "FILE:" + self.path(cache)
        done = subprocess.run(argv, env=env, capture_output=True, timeout=60, **more)
        if done.returncode != 0:
            raise Failed(f"{argv}: {done.stdout.decode(errors='replace')}"
                         f"{done.stderr.decode(errors='replace')}")
        return done.stdout

    def _provision(self):
        self.run(["samba-tool", "domain", "provision", "--configfile=" + self.write("empty.conf", ""),
                  "--realm=" + REALM, "--domain=AD", "--server-role=dc", "--dns-backend=NONE",
                  "--targetdir=" + self.path("dc"), "--host-name=dc1", "--host-ip=127.0.0.1",
                  "--adminpass=" + ADMINISTRATOR[1], "--option=interfaces=lo",
                  "--option=bind interfaces only=yes", "--option=logging=file",
                  "--option=log file=" + self.path("log")])

    def start(self):
        with open(self.path("out"), "wb") as out:
            self.process = subprocess.Popen(
                ["samba", "-F", "--no-process-group", "--configfile=" + self.conf],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                preexec_fn=_end_with_us)
        until(START_SECONDS, "the domain controller", self._answers)

    def _answers(self):
        if self.process.poll() is not None:
            with open(self.path("out"), errors="replace") as f:
                raise Failed(f"samba ended with {self.process.returncode}: {f.read()}")
        for port in (88, 389, 636):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", port)) != 0:
                    return False
        return True

    def _members(self):
        """All processes of its session, by id."""
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open(f"/proc/{name}/stat") as f:
                    if int(f.read().rsplit(")", 1)[1].split()[3]) == self.process.pid:
                        yield int(name)
            except (OSError, IndexError):
                pass

    def stop(self):
        if self.process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in list(self._members()):
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
            try:
                self.process.wait(STOP_SECONDS)
                until(STOP_SECONDS, "the end of samba", lambda: not list(self._members()))
                break
            except (subprocess.TimeoutExpired, Failed):
                continue
        self.process = None

    # ---- what is in it ----

    def modify(self, *records, who=ADMINISTRATOR):
        """Records of LDIF, each a list of (name, value), bytes or text; None: the
        value stands for itself, as "-" does."""
        self.run(["ldapmodify", "-x", "-H", f"ldaps://{HOST}", "-D", who[0], "-w", who[1]],
                 input="\n".join(_ldif(r) for r in records).encode())

    def add(self, name, *more, password=PASSWORD, control=NORMAL | NEVER_EXPIRES, below=USERS):
        """A user; returns the DN."""
        dn = f"CN={name},{below}"
        self.modify([("dn", dn), ("changetype", "add"), ("objectClass", "user"), ("sAMAccountName", name),
                     ("userPrincipalName", f"{name}@ad.example"),
                     ("unicodePwd", f'"{password}"'.encode("utf-16-le")),
                     ("userAccountControl", str(control)), *more])
        return dn

    def replace(self, dn, name, *values):
        """All values of an attribute; none: it is removed."""
        self.modify([("dn", dn), ("changetype", "modify"), ("replace", name),
                     *((name, v) for v in values)])

    def age_password(self, dn):
        """The password was set long ago: what nobody can say by LDAP."""
        import ldb  # as samba-tool has it
        file = ldb.Ldb(self.path(f"dc/private/sam.ldb.d/{BASE.upper()}.ldb"))
        message = ldb.Message(ldb.Dn(file, dn))
        message["pwdLastSet"] = ldb.MessageElement("132000000000000000", ldb.FLAG_MOD_REPLACE, "pwdLastSet")
        file.modify(message)

    def rename(self, dn, rdn, below):
        self.modify([("dn", dn), ("changetype", "modrdn"), ("newrdn", rdn), ("deleteoldrdn", "1"),
                     ("newsuperior", below)])
        return f"{rdn},{below}"

    def get(self, dn, name):
        """The values of an attribute, as bytes."""
        out = self.run(["ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", f"ldaps://{HOST}",
                        "-D", ADMINISTRATOR[0], "-w", ADMINISTRATOR[1], "-b", dn, "-s", "base", "(objectClass=*)",
                        name]).decode()
        values = []
        for line in out.splitlines():
            if line.lower().startswith(name.lower() + "::"):
                values.append(base64.b64decode(line.split("::", 1)[1]))
            elif line.lower().startswith(name.lower() + ":"):
                values.append(line.split(":", 1)[1].strip().encode())
        return values

    def spn(self, name, *principals):
        """Services that a user is; also of the controller itself, "DC1"."""
        dn = f"CN=DC1,OU=Domain Controllers,{BASE}" if name == "DC1" else f"CN={name},{USERS}"
        self.modify([("dn", dn), ("changetype", "modify"), ("add", "servicePrincipalName"),
                     *(("servicePrincipalName", p) for p in principals)])

    def keytab(self, name, principal, mode=0o644):
        """A file with the keys of a principal."""
        path = self.path(name)
        self.run(["samba-tool", "domain", "exportkeytab", path, "--principal=" + principal,
                  "--configfile=" + self.conf])
        os.chmod(path, mode)
        return path

    def login(self, user, cache, password=PASSWORD):
        self.run(["kinit", f"{user}@{REALM}"], cache, input=password.encode() + b"\n")


def _ldif(record):
    lines = []
    for name, value in record:
        if isinstance(value, str) and value.isascii() and value[:1] not in (" ", ":", "<") and "\n" not in value:
            lines.append(f"{name}: {value}")
        else:
            raw = value.encode() if isinstance(value, str) else value
            lines.append(f"{name}:: {base64.b64encode(raw).decode()}")
    return "\n".join(lines) + "\n"
