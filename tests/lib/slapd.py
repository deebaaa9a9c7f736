# SPDX-License-Identifier: Apache-2.0
"""A real slapd on loopback, in a folder of its own: people with addresses and
pictures, TLS, a password policy."""
import base64
import os
import signal
import subprocess
from urllib.parse import quote

from .authority import Authority
from .cases import Failed, at_end, until
from .installation import folder, free_port

START_SECONDS = 30
SCHEMAS = "/etc/ldap/schema"
BASE = "dc=example,dc=com"
PEOPLE = f"ou=people,{BASE}"
ADMIN, ADMIN_PASSWORD = f"cn=admin,{BASE}", "admin secret"
READER, READER_PASSWORD = f"cn=reader,{BASE}", "reader secret"

# The reader sees everything but passwords; whoever is nobody only binds.
CONFIGURATION = """
{schemas}
pidfile {dir}/pid
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
sizelimit {sizelimit}
{more}
database mdb
suffix "{base}"
rootdn "{admin}"
rootpw "{admin_password}"
directory {dir}/data
maxsize 268435456
dbnosync
index objectClass,mail,entryUUID,modifyTimestamp eq
limits dn.exact="{reader}" size.soft={limit} size.hard={limit} size.prtotal={limit}
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="{reader}" read by users none by anonymous {anonymous}
overlay ppolicy
ppolicy_default "cn=policy,{base}"
ppolicy_use_lockout
"""

# With this for `more`, slapd counts what it is asked.
MONITOR = "database monitor\naccess to * by * read\n"
SEARCHES = "cn=Search,cn=Operations,cn=Monitor"

POLICY = f"""dn: cn=policy,{BASE}
objectClass: device
objectClass: pwdPolicy
cn: policy
pwdAttribute: userPassword
pwdLockout: TRUE
pwdMaxFailure: 3
pwdMustChange: TRUE
pwdMaxAge: 0
pwdAllowUserChange: TRUE
"""


def value(name, data):
    """A line of LDIF."""
    if isinstance(data, str):
        data = data.encode()
    return f"{name}:: {base64.b64encode(data).decode()}\n"


def person(uid, mail=(), name=None, base=PEOPLE, classes=("inetOrgPerson",), **more):
    """An entry in LDIF; a list of an attribute's values, text or bytes."""
    text = f"dn: uid={uid},{base}\n" + "".join(f"objectClass: {c}\n" for c in classes)
    more = {"uid": [uid], "cn": [name or uid], "sn": [uid], "mail": mail, **more}
    for attribute, values in more.items():
        text += "".join(value(attribute.replace("__", ";"), v)
                        for v in ([values] if isinstance(values, (str, bytes)) else values))
    return text


class Slapd:
    def __init__(self, *entries, names=("localhost", "127.0.0.1"), schemas=(), more="",
                 anonymous="auth", limit="unlimited", sizelimit=500, authority=None,
                 environment=None):
        self.dir = folder("slapd")
        self.port, self.tls_port = free_port(), free_port()
        self.socket = os.path.join(self.dir, "ldapi")
        self.process, self.counted = None, 0
        self.environment = {**os.environ, **(environment or {})}
        self.authority = authority or Authority(self.dir)
        self.certificate, self.key = self.authority.sign(*names)
        os.mkdir(os.path.join(self.dir, "data"))
        self.write("slapd.conf", CONFIGURATION.format(
            dir=self.dir, base=BASE, admin=ADMIN, admin_password=ADMIN_PASSWORD, reader=READER,
            certificate=self.certificate, key=self.key, more=more, anonymous=anonymous,
            limit=limit, sizelimit=sizelimit,
            schemas="".join(f"include {SCHEMAS}/{s}.schema\n"
                            for s in ("core", "cosine", "inetorgperson", *schemas))))
        self.fill(
            f"dn: {BASE}\nobjectClass: domain\ndc: example\n",
            f"dn: {PEOPLE}\nobjectClass: organizationalUnit\nou: people\n", POLICY,
            f"dn: {READER}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\n"
            f"cn: reader\nuserPassword: {READER_PASSWORD}\n", *entries)
        at_end(self.stop)

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def fill(self, *entries):
        """Before it runs."""
        self._run(["/usr/sbin/slapadd", "-q", "-f", os.path.join(self.dir, "slapd.conf")],
                  "\n".join(entries))

    @staticmethod
    def _run(argv, text):
        done = subprocess.run(argv, input=text.encode(), capture_output=True, timeout=60)
        if done.returncode != 0:
            raise Failed(f"{argv[0]}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode(errors="replace")

    # ---- running ----

    @property
    def plain(self):
        return f"ldap://127.0.0.1:{self.port}"

    @property
    def tls(self):
        # to libldap localhost is the machine's own name, also in certificates
        return f"ldaps://127.0.0.1:{self.tls_port}"

    @property
    def local(self):
        return "ldapi://" + quote(self.socket, safe="")

    def start(self):
        urls = f"ldap://127.0.0.1:{self.port}/ ldaps://127.0.0.1:{self.tls_port}/ {self.local}"
        self.process = subprocess.Popen(
            ["/usr/sbin/slapd", "-d", "0", "-h", urls, "-f", os.path.join(self.dir, "slapd.conf")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env=self.environment)
        until(START_SECONDS, "slapd", self._answers)
        return self

    def _answers(self):
        if self.process.poll() is not None:
            raise Failed("slapd ended: " + self.process.stderr.read().decode(errors="replace"))
        return subprocess.run(["ldapwhoami", "-x", "-H", self.local], capture_output=True,
                              timeout=60).returncode == 0

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()
        self.process = None

    def halt(self):
        """It goes on to take connections, and says nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    # ---- changing ----

    def _change(self, program, text):
        return self._run([program, "-x", "-H", self.local, "-D", ADMIN, "-w", ADMIN_PASSWORD],
                         text)

    def add(self, *entries):
        self._change("ldapadd", "\n".join(entries))

    def modify(self, uid, *changes, base=PEOPLE):
        """Changes in LDIF: "replace: mail\\nmail: x"."""
        self._change("ldapmodify", f"dn: uid={uid},{base}\nchangetype: modify\n" +
                     "\n-\n".join(c.rstrip("\n") for c in changes) + "\n")

    def rename(self, uid, new, base=PEOPLE):
        self._change("ldapmodify", f"dn: uid={uid},{base}\nchangetype: modrdn\n"
                     f"newrdn: uid={new}\ndeleteoldrdn: 1\n")

    def remove(self, uid, base=PEOPLE):
        self._change("ldapmodify", f"dn: uid={uid},{base}\nchangetype: delete\n")

    def entry(self, uid, attribute):
        """The first value as text."""
        said = self._run(["ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", self.local,
                          "-D", ADMIN, "-w", ADMIN_PASSWORD, "-b", BASE, f"(uid={uid})",
                          attribute], "")
        for line in said.splitlines():
            name, _, text = line.partition(": ")
            if name == attribute:
                return text
            if name == attribute + ":":
                return base64.b64decode(text).decode()
        return None

    def searches(self):
        """How many it was asked for so far, but by this function."""
        said = self._run(["ldapsearch", "-x", "-LLL", "-H", self.local, "-s", "base", "-b", SEARCHES,
                          "monitorOpInitiated"], "")
        self.counted += 1
        return int(said.split("monitorOpInitiated: ")[1].split()[0]) - self.counted

    # ---- our side ----

    def section(self, title="office", uri=None, **more):
        """Our settings for it; None leaves one out."""
        password = self.write("reader.password", READER_PASSWORD + "\n")
        lines = {"uri": self.tls if uri is None else uri, "base": PEOPLE, "preset": "openldap",
                 "ca": self.authority.ca, "bind_dn": READER, "password_file": password, **more}

        def text(setting):
            if isinstance(setting, (list, tuple)):
                return "{ " + ", ".join(f'"{s}"' for s in setting) + " }"
            if isinstance(setting, bool):
                return "yes" if setting else "no"
            return str(setting) if isinstance(setting, int) else f'"{setting}"'
        return f'directory "{title}" {{\n' + "".join(
            f"\t{k} = {text([v] if k == 'uri' and isinstance(v, str) else v)}\n"
            for k, v in lines.items() if v is not None) + "}\n"
