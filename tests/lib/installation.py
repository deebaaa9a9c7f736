# SPDX-License-Identifier: Apache-2.0
"""A throw-away installation: made by `frontdesk init`, served on loopback.

FRONTDESK_BUILD names the folder with the programs (default: build/). With
FRONTDESK_SANITIZED=1 nginx runs with the sanitizers' libraries preloaded,
for a module that was built with them.
"""
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from .cases import Failed, at_end, until
from .http import Client

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("FRONTDESK_BUILD", os.path.join(ROOT, "build")))
PROGRAM = os.path.join(BUILD, "frontdesk")
PASSWORD = "correct horse"

PORTS = (15000, 32000)
READY_SECONDS = 30  # a limit for a busy machine, not a timing
STOP_SECONDS = 35   # serve promises 30


_reserved = []  # as long as this program runs


def free_port():
    """A port of this program alone, also while the server that has it is down. It is
    below those that the system hands out, and a name that only one program can
    have keeps the other tests, which run beside, away from it."""
    while True:
        port = random.randrange(*PORTS)
        name = socket.socket(socket.AF_UNIX)
        try:
            name.bind(f"\0frontdesk-test-port-{port}")
            with socket.socket() as s:
                s.bind(("127.0.0.1", port))
        except OSError:
            name.close()
            continue
        _reserved.append(name)
        return port


def folder(prefix):
    """A temporary folder that the server's user may enter; removed at the end."""
    path = tempfile.mkdtemp(prefix=f"frontdesk-{prefix}-")
    os.chmod(path, 0o755)
    at_end(shutil.rmtree, path, True)
    return path


def environment():
    env = dict(os.environ)
    env.pop("FRONTDESK_CONF", None)
    if env.get("FRONTDESK_SANITIZED") == "1":
        suppressions = os.path.join(BUILD, "leaks.supp")
        with open(suppressions, "w") as f:
            f.write("leak:ngx_alloc\n")
        env["ASAN_OPTIONS"] = "detect_odr_violation=0:abort_on_error=1"
        env["LSAN_OPTIONS"] = f"suppressions={suppressions}:print_suppressions=0"
        env["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1"
        env["FRONTDESK_NGINX_PRELOAD"] = ":".join(
            subprocess.run(["gcc", f"-print-file-name={lib}"], check=True,
                           capture_output=True, text=True).stdout.strip()
            for lib in ("libasan.so", "libubsan.so"))
    return env


def statements(text):
    """{name: text} of the settings and sections of a configuration file; the
    name of a section with a title has it: issuer "x"."""
    parts, name, depth = {}, None, 0
    for line in text.splitlines():
        if not line.strip() or line.strip().startswith("#"):
            continue
        if depth == 0:
            name = re.match(r"\s*(\w+(\s+\"[^\"]*\")?)", line).group(1)
            parts[name] = line
        else:
            parts[name] += "\n" + line
        depth += line.count("{") - line.count("}")
    return parts


class Installation:
    def __init__(self, name="house", domains=("example.com",), hosts=(), settings=""):
        self.parent = folder(name)
        self.dir = os.path.join(self.parent, "site")
        self.conf = os.path.join(self.dir, "frontdesk.conf")
        self.port = free_port()
        self.status_port = free_port()
        self.process = None
        self.lines = []
        words = ["init", self.dir, "--listen", f"127.0.0.1:{self.port}"]
        for d in domains:
            words += ["--domain", d]
        for h in hosts:
            words += ["--host", h]
        self.run(*words, conf=False)
        self.configure(f'status_listen = "127.0.0.1:{self.status_port}"\n'
                       'log {\n\taccess = "run/access.log"\n}\n' + settings)
        at_end(self.close)

    # ---- commands ----

    def command(self, *words, input=None, conf=True, **more):
        """Runs a verb; returns the finished process, whatever its status."""
        argv = [PROGRAM, *words] + (["-c", self.conf] if conf else [])
        if isinstance(input, str):
            input = input.encode()
        return subprocess.run(argv, input=b"" if input is None else input,
                              capture_output=True, timeout=120,
                              env=environment(), **more)

    def run(self, *words, **more):
        """Runs a verb that must succeed; returns what it printed."""
        done = self.command(*words, **more)
        if done.returncode != 0:
            raise Failed(f"frontdesk {' '.join(words)}: status {done.returncode}: "
                         f"{done.stderr.decode(errors='replace')}")
        return done.stdout.decode()

    def add(self, address, *options, password=PASSWORD):
        self.run("mailbox", "add", address, "--password-stdin", *options,
                 input=password + "\n")
        return address

    def configure(self, text):
        """Sets top-level settings and whole sections, replacing what is there."""
        with open(self.conf) as f:
            parts = statements(f.read())
        parts.update(statements(text))
        with open(self.conf, "w") as f:
            f.write("\n".join(parts.values()) + "\n")

    # ---- the server ----

    def start(self, *options, wait=True, program=PROGRAM):
        self.close()  # one that a failed case left
        self.lines = []
        self.process = subprocess.Popen(
            [program, "serve", "-c", self.conf, *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=environment(), start_new_session=True)
        threading.Thread(target=self._read, args=(self.process.stdout,),
                         daemon=True).start()
        if wait:
            until(READY_SECONDS, "the ready line\n" + self.log(), self._ready)
        return self

    def _read(self, stream):
        for line in stream:
            self.lines.append(line.decode(errors="replace").rstrip("\n"))

    def _ready(self):
        if self.process.poll() is not None:
            time.sleep(0.1)
            raise Failed(f"serve ended with {self.process.returncode}:\n{self.log()}")
        return any(line.startswith("ready ") for line in self.lines)

    def log(self):
        text = "\n".join(self.lines)
        for name in ("error.log",):
            path = os.path.join(self.dir, "run", name)
            if os.path.exists(path):
                with open(path, errors="replace") as f:
                    text += f"\n--- {name}\n" + f.read()[-4000:]
        return text

    def signal(self, number):
        os.kill(self.process.pid, number)

    def stop(self):
        """SIGTERM; returns the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        status = self.process.wait(STOP_SECONDS)
        self.process = None
        return status

    def kill(self):
        """kill -9 of the supervisor; everything must die with it."""
        self.signal(signal.SIGKILL)
        self.process.wait(10)
        self.process = None

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def children(self):
        """{command line: pid} of the server's processes."""
        found = {}
        for pid in os.listdir("/proc"):
            if not pid.isdigit():
                continue
            try:
                with open(f"/proc/{pid}/stat") as f:
                    session = int(f.read().rsplit(")", 1)[1].split()[3])
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    line = f.read().replace(b"\0", b" ").decode(errors="replace").strip()
            except (OSError, IndexError):
                continue
            if session == self.process.pid and int(pid) != self.process.pid:
                found[int(pid)] = line
        return found

    def workers(self):
        """Their pids, all of them: the first answer may come before the last one
        has its name."""
        with open(self.conf) as f:
            said = re.search(r"(?m)^\s*workers = (\d+)", f.read())
        wanted = int(said.group(1)) if said else os.cpu_count()

        def named():
            return {pid for pid, line in self.children().items()
                    if "nginx: worker process" in line}
        return until(20, "every worker", lambda: len(named()) == wanted and named())

    # ---- clients ----

    @property
    def ca(self):
        return os.path.join(self.dir, "tls", "ca.pem")

    def client(self, user=None, password=PASSWORD, **more):
        return Client(("127.0.0.1", self.port), ca=self.ca, user=user,
                      password=password, **more)

    def back(self):
        return Client(("127.0.0.1", self.status_port))

    def access_lines(self):
        """The whole lines so far; each worker writes its own, some at a time."""
        path = os.path.join(self.dir, "run", "access.log")
        if not os.path.exists(path):
            return []
        with open(path) as f:
            return [line for line in f.read().split("\n")[:-1] if line]


def picture(name):
    return os.path.join(ROOT, "tests", "pictures", name)


if sys.version_info < (3, 9):
    sys.exit("the tests need Debian 12's python3")
