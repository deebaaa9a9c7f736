# SPDX-License-Identifier: Apache-2.0
"""What tests with other people's programs share: names, and rows of a program.

Nothing here touches the server: names of the house are made to lead to
loopback inside the client's own process, as a hosts file would, and every
other name is unknown, so that no client speaks to another machine.
"""
import fcntl
import filecmp
import os
import shutil
import socket
import subprocess

from .cases import Failed, case, equal
from .installation import BUILD, ROOT
from .tokens import AUDIENCE, Issuer, Key, key_set

INTEROP = os.path.join(ROOT, "tests", "interop")
PROGRAM_SECONDS = 120  # of a client that hangs


def names_lead_home(site, domains=("example.com",)):
    """In this process: the names of the domains, with port 443 or the site's
    own, are the site; loopback is itself; there are no others."""
    real = socket.getaddrinfo

    def look_up(host, port, *args, **kwargs):
        name = host.decode() if isinstance(host, bytes) else host
        name = (name or "").rstrip(".").lower()
        if any(name == d or name.endswith("." + d) for d in domains):
            port = site.port if str(port) in ("443", "https") else port
            return real("127.0.0.1", port, *args, **kwargs)
        if name in ("localhost", "127.0.0.1"):
            return real("127.0.0.1", port, *args, **kwargs)
        raise socket.gaierror(socket.EAI_NONAME, f"no such name here: {name}")
    socket.getaddrinfo = look_up


def own_environment(**more):
    """Without a CA bundle or proxy of the machine's, which clients would prefer."""
    env = {k: v for k, v in os.environ.items()
           if not k.endswith(("CA_BUNDLE", "CA_CERTS", "_PROXY", "_proxy"))
           and k not in ("SSL_CERT_FILE", "SSL_CERT_DIR")}
    return {**env, **more}


def is_version(text, version):
    """The header of a test names the version that it was run with."""
    name = text.split(":", 1)[0]
    series = name.split("(")[0].split()[-1]
    if not (version + ".").startswith(series + "."):
        raise Failed(f"made for {name.strip()}, run with {version}")


APPLICATION = "status-board"  # the client_id of a program that signs in without a user


def take_tokens(site, domain="example.com"):
    """The site takes tokens of the issuer that is returned; the application and
    robot@ may act for everybody of the domain."""
    key = Key("rsa 1")
    path = os.path.join(site.dir, "keys.json")
    with open(path, "w") as f:
        f.write(key_set(key))
    os.chmod(path, 0o644)
    site.configure(f"""issuer "id" {{
	issuer = "https://id.example/" audiences = {{"{AUDIENCE}"}} jwks = "keys.json"
}}
service_account "robot@{domain}" {{
	domains = {{"{domain}"}}
}}
service_account "board" {{
	client_id = "{APPLICATION}" issuer = "id" domains = {{"{domain}"}}
}}
""")
    return Issuer("https://id.example/", key)


class Rows:
    """A program that proves several rows in one run: it prints a line for each,
    its name, a tab, and "fine" or what was wrong."""

    def __init__(self, argv, env=None, cwd=None):
        self.argv, self.env, self.cwd = argv, env, cwd
        self.told = None
        self.names = set()

    def case(self, sentence, name):
        self.names.add(name)
        case(sentence, self._fine, name)

    def _fine(self, name):
        if self.told is None:
            self._run()
        equal(self.told.get(name, f"not told\n{self.said}"), "fine", name)

    def _run(self):
        if not shutil.which(self.argv[0]):
            raise Failed(f"no program {self.argv[0]}")
        done = subprocess.run(self.argv, stdin=subprocess.DEVNULL, capture_output=True,
                              env=self.env, cwd=self.cwd, timeout=PROGRAM_SECONDS)
        self.said = done.stderr.decode(errors="replace")[-3000:]
        self.told = {}
        for line in done.stdout.decode(errors="replace").splitlines():
            name, tab, result = line.partition("\t")
            if tab:
                self.told[name] = result
            else:
                self.said = line + "\n" + self.said
        self.said += f"\nended with {done.returncode}"
        others = sorted(set(self.told) - self.names)
        equal(others, [], "rows that no case asks for")


def scratch(name):
    """An empty folder in the build folder, for what is compiled or installed."""
    path = os.path.join(BUILD, "interop", name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


# npm's words for a registry that it does not reach
UNREACHED = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ENETUNREACH",
             "EHOSTUNREACH", "ETIMEDOUT", "ERR_SOCKET_TIMEOUT", "SELF_SIGNED_CERT_IN_CHAIN",
             "UNABLE_TO_GET_ISSUER_CERT", "UNABLE_TO_VERIFY_LEAF_SIGNATURE")


def javascript(program, *words, env):
    """Rows of a program of tests/interop/javascript; the packages it needs are
    installed once in the build folder, as the lock file says. A machine that
    does not reach npm's registry skips the file, and tells so."""
    source = os.path.join(INTEROP, "javascript")
    target = os.path.join(BUILD, "interop", "javascript")
    os.makedirs(target, exist_ok=True)
    with open(os.path.join(target, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of files that run beside each other
        _install(source, target)
    return Rows(["node", os.path.join(source, program), *words],
                env={**env, "NODE_PATH": os.path.join(target, "node_modules")})


def _install(source, target):
    done = os.path.join(target, "installed.json")
    wanted = os.path.join(source, "package-lock.json")
    if os.path.exists(done) and filecmp.cmp(wanted, done, shallow=False):
        return
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(source, name), target)
    probe = _npm(target, "view", "ews-javascript-api", "version", "--fetch-retries=1",
                 "--fetch-retry-mintimeout=1000")
    reasons = [word for word in UNREACHED if word in probe.stderr]
    if probe.returncode != 0 and reasons:
        print(f"skipped: npm's registry cannot be reached ({reasons[0]})")
        raise SystemExit(0)
    npm = _npm(target, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
    if npm.returncode != 0:
        raise SystemExit(f"npm ci failed:\n{npm.stderr}")
    shutil.copy(wanted, done)


def _npm(folder, *words):
    return subprocess.run(["npm", *words], cwd=folder, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
