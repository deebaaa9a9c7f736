# SPDX-License-Identifier: Apache-2.0
"""A real MariaDB on loopback, in a folder of its own. It does not run as root:
then the account of its package has it."""
import atexit
import os
import signal
import subprocess

from .cases import Failed, at_end, until
from .installation import folder, free_port
from .postgres import account

START_SECONDS = 60
# Nothing of it outlives the test, so nothing need reach a disk.
QUICK = ["--innodb-log-file-size=4M", "--innodb-buffer-pool-size=8M",
         "--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync",
         "--innodb-doublewrite=0", "--aria-pagecache-buffer-size=8M", "--key-buffer-size=1M"]


class Mariadb:
    def __init__(self, certificate=None, key=None):
        self.dir = folder("mariadb")
        self.data = os.path.join(self.dir, "data")
        self.socket = os.path.join(self.dir, "socket")
        self.port = free_port()
        self.process = None
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
                mine = os.path.join(self.dir, name)
                with open(path) as f, open(mine, "w") as to:
                    to.write(f.read())
                os.chmod(mine, 0o600)
                os.chown(mine, uid, gid)
                self.tls.append(f"--ssl-{name}={mine}")
        at_end(self.stop)
        atexit.register(self.stop)  # also when the preparations fail

    def start(self):
        with open(os.path.join(self.dir, "log"), "ab") as log:
            self.process = subprocess.Popen(
                ["/usr/sbin/mariadbd", "--no-defaults", f"--datadir={self.data}",
                 f"--socket={self.socket}", f"--port={self.port}", "--bind-address=127.0.0.1",
                 f"--pid-file={self.dir}/pid", "--skip-log-bin", "--skip-name-resolve",
                 *QUICK, *self.tls],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                cwd=self.dir, **self.who)
        until(START_SECONDS, "MariaDB\n" + self.log(), self._ready)
        return self

    def _ready(self):
        if self.process.poll() is not None:
            raise Failed("MariaDB ended: " + self.log())
        return self._client("SELECT 1").returncode == 0

    def stop(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process = None

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

    def log(self):
        path = os.path.join(self.dir, "log")
        if not os.path.exists(path):
            return ""
        with open(path, errors="replace") as f:
            return f.read()[-3000:]
