# SPDX-License-Identifier: Apache-2.0
"""A real PostgreSQL on loopback, in a folder of its own. It does not run as root:
then the account of its package has it."""
import glob
import os
import pwd
import signal
import subprocess

from .cases import Failed, until
from .installation import free_port
from .server import START_SECONDS, Server

PROGRAMS = "/usr/lib/postgresql/*/bin"
SUPERUSER = "keeper"  # by the socket, without a password; others need theirs

ACCESS = """local all all trust
host all all 127.0.0.1/32 scram-sha-256
"""


def account(name):
    """What subprocess wants to know of who is to run a server, and who that is."""
    if os.getuid() != 0:
        return {}, os.getuid(), os.getgid()
    entry = pwd.getpwnam(name)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}, \
        entry.pw_uid, entry.pw_gid


class Postgres(Server):
    ends = signal.SIGINT

    def __init__(self, certificate=None, key=None):
        super().__init__("postgres")
        self.data = os.path.join(self.dir, "data")
        self.port = free_port()
        self.who, uid, gid = account("postgres")
        self.tls = []
        os.chown(self.dir, uid, gid)
        self._run("initdb", "-D", self.data, "-U", SUPERUSER, "--auth=trust", "--no-sync",
                  "--no-locale", "-E", "UTF8")
        with open(os.path.join(self.data, "pg_hba.conf"), "w") as f:
            f.write(ACCESS)
        if certificate is not None:
            self.tls = ["ssl=on"]
            for name, path in (("ssl_cert_file", certificate), ("ssl_key_file", key)):
                mine = self.own(name, path, uid, gid)
                self.tls.append(f"{name}={mine}")

    def program(self, name):
        return sorted(glob.glob(f"{PROGRAMS}/{name}"))[-1]

    def _run(self, name, *words):
        done = subprocess.run([self.program(name), *words], capture_output=True, text=True,
                              cwd=self.dir, **self.who)
        if done.returncode != 0:
            raise Failed(f"{name}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self):
        settings = [f"unix_socket_directories={self.dir}", "listen_addresses=127.0.0.1",
                    f"port={self.port}", "fsync=off", "full_page_writes=off", "jit=off",
                    "shared_buffers=8MB", "max_wal_senders=0", "wal_level=minimal",
                    *self.tls]
        self.spawn(
            [self.program("postgres"), "-D", self.data,
             *(word for s in settings for word in ("-c", s))],
            self.who)
        until(START_SECONDS, "PostgreSQL\n" + self.log(), self._ready)
        return self

    def _ready(self):
        if self.process.poll() is not None:
            raise Failed("PostgreSQL ended: " + self.log())
        return subprocess.run([self.program("pg_isready"), "-q", "-h", self.dir, "-p",
                               str(self.port)]).returncode == 0

    def do(self, sql, database="postgres"):
        """Runs statements; returns what they print, bare."""
        done = subprocess.run(
            [self.program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.dir,
             "-p", str(self.port), "-U", SUPERUSER, "-d", database], input=sql, text=True,
            capture_output=True)
        if done.returncode != 0:
            raise Failed("psql: " + done.stderr)
        return done.stdout.strip()
