# SPDX-License-Identifier: Apache-2.0
"""What servers that a test starts for itself have in common: a folder, a process, a
log, an end."""
import atexit
import os
import signal
import subprocess

from .cases import at_end
from .installation import folder

START_SECONDS = 60


class Server:
    ends = signal.SIGTERM  # what has it end in good order

    def __init__(self, name):
        self.dir = folder(name)
        self.process = None
        at_end(self.stop)
        atexit.register(self.stop)  # also when the preparations fail

    def own(self, name, path, uid, gid):
        """A copy of a file, such as a key, for the account that runs it."""
        mine = os.path.join(self.dir, name)
        with open(path) as f, open(mine, "w") as to:
            to.write(f.read())
        os.chmod(mine, 0o600)
        os.chown(mine, uid, gid)
        return mine

    def spawn(self, argv, who):
        """Its output is in the log."""
        with open(os.path.join(self.dir, "log"), "ab") as log:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, cwd=self.dir, **who)

    def stop(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(self.ends)
            try:
                self.process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process = None

    def log(self):
        path = os.path.join(self.dir, "log")
        if not os.path.exists(path):
            return ""
        with open(path, errors="replace") as f:
            return f.read()[-3000:]
