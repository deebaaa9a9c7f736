# SPDX-License-Identifier: Apache-2.0
"""A real MariaDB on loopback, in a folder of its own. It does not run as root:
then the account of its package has it."""
import os
import subprocess

from .cases import Failed, until
from .installation import free_port
from .postgres import account
from .server import START_SECONDS, Server

# Nothing of it outlives the test, so nothing need reach a disk.
QUICK = ["--innodb-log-file-size=4M", "--innodb-buffer-pool-size=8M",
         "--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync",
         "--innodb-doublewrite=0", "--aria-pagecache-buffer-size=8M", "--key-buffer-size=1M"]


class Mariadb(Server):
    def __init__(self, certificate=None, key=None):
        super().__init__("mariadb")
        self.data = os.path.join(self.dir, "data")
        self.socket = os.path.join(self.dir, "socket")
        self.port = free_port()
        self.who, uid, gid = account("mysql")
        self.tls = []
        os.chown(self.dir, uid, gid)
        done = subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--datadir={self.data}", "--skip-test-db",
             "--auth-root-authentication-method=normal", "--skip-name-resolve", *QUICK],
            capture_output=True, text=True, cwd=self.dir, **self.who)
        if done.returncode != 0:
            raise Failed("mariadb-install-db: " + done.stdout + done.stderr)
        if certificate is not None:
            for name, path in (("cert", certificate), ("key", key)):
                mine = self.own(name, path, uid, gid)
                self.tls.append(f"--ssl-{name}={mine}")

    def start(self):
        self.spawn(
            ["/usr/sbin/mariadbd", "--no-defaults", f"--datadir={self.data}",
             f"--socket={self.socket}", f"--port={self.port}", "--bind-address=127.0.0.1",
             f"--pid-file={self.dir}/pid", "--skip-log-bin", "--skip-name-resolve",
             *QUICK, *self.tls],
            self.who)
        until(START_SECONDS, "MariaDB\n" + self.log(), self._ready)
        return self

    def _ready(self):
        if self.process.poll() is not None:
            raise Failed("MariaDB ended: " + self.log())
        return self._client("SELECT 1").returncode == 0

    def _client(self, sql, database="mysql"):
        return subprocess.run(
            ["mariadb", "--no-defaults", "-u", "root", "-S", self.socket, "-N", "-B",
             "--default-character-set=utf8mb4", database], input=sql, text=True,
            capture_output=True)

    def do(self, sql, database="mysql"):
        """Runs statements; returns what they print, bare."""
        done = self._client(sql, database)
        if done.returncode != 0:
            raise Failed("mariadb: " + done.stderr)
        return done.stdout.strip()
