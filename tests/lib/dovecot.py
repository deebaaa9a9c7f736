# SPDX-License-Identifier: Apache-2.0
"""A real Dovecot of which only auth runs, in a folder of its own, as a user
without rights."""
import base64
import grp
import os
import pwd
import signal
import subprocess
import sys

from .cases import at_end, until
from .installation import folder

START_SECONDS = 30

CONFIGURATION = """
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/log
protocols =
ssl = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
auth_failure_delay = 0
auth_username_chars =
auth_master_user_separator = *
auth_mechanisms = {mechanisms}
auth_verbose = yes
first_valid_uid = 1
service anvil {{
	chroot =
}}
service stats {{
	chroot =
}}
service auth {{
	user = {user}
	unix_listener auth-frontdesk {{
		mode = 0666
	}}
	unix_listener auth-userdb {{
		mode = 0666
	}}
}}
passdb {{
	driver = passwd-file
	args = {dir}/masters
	master = yes
}}
passdb {{
	driver = passwd-file
	args = {dir}/users
}}
passdb {{
	driver = checkpassword
	args = {dir}/check
}}
userdb {{
	{userdb}
}}
"""

STATIC = "driver = static\n\targs = uid={user} gid={group} home=/tmp"
# The users of the passdb, with their fields that begin with userdb_.
LISTED = "driver = passwd-file\n\targs = {dir}/users\n" \
    "\toverride_fields = uid={user} gid={group} home=/tmp"

# A passdb that cannot tell now, for those whose name begins so.
CHECK = """#!/bin/sh
read -r line <&3
case $line in temp*) exit 111 ;; esac
exit 1
"""


class Dovecot:
    def __init__(self, mechanisms="plain login", userdb=STATIC):
        self.dir = folder("dovecot")
        self.socket = os.path.join(self.dir, "run", "auth-frontdesk")
        self.userdb_socket = os.path.join(self.dir, "run", "auth-userdb")
        self.userdb = userdb
        self.user = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        self.account = pwd.getpwnam(self.user)
        self.process = None
        self.users = {}
        self.time = 1700000000
        for name in ("run", "state"):
            os.mkdir(os.path.join(self.dir, name))
        self.mechanisms = mechanisms
        self.write("masters", "boss:{PLAIN}master\n")
        self.write("check", CHECK, 0o755)
        self.put()
        for path in (self.dir, self.path("run"), self.path("state")):
            os.chown(path, self.account.pw_uid, self.account.pw_gid)
        at_end(self.stop)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text, mode=0o644):
        """A new file in the place of the old one. Dovecot looks, once a second, at
        its time in whole seconds and its size: so each is a second younger."""
        new = self.path(name + ".new")
        with open(new, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(new, mode)
        self.time += 1
        os.utime(new, (self.time, self.time))
        os.rename(new, self.path(name))

    def put(self, user=None, password=None, fields=""):
        """Adds or changes a user."""
        if user is not None:
            self.users[user] = (password, fields)
        self.write("users", "".join(
            f"{u}:{{PLAIN.b64}}{base64.b64encode(p.encode()).decode()}::::::{f}\n"
            for u, (p, f) in self.users.items()))

    def start(self):
        words = {"dir": self.dir, "user": self.user, "group": self.group()}
        self.write("dovecot.conf", CONFIGURATION.format(
            mechanisms=self.mechanisms, userdb=self.userdb.format(**words), **words))
        who = {"user": self.user, "group": self.account.pw_gid, "extra_groups": []} \
            if os.getuid() == 0 else {}
        self.process = subprocess.Popen(
            ["/usr/sbin/dovecot", "-F", "-c", self.path("dovecot.conf")],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            start_new_session=True, cwd=self.dir, **who)
        until(START_SECONDS, "Dovecot's socket\n" + self.log(), self.ready)
        return self

    def group(self):
        return grp.getgrgid(self.account.pw_gid).gr_name

    def ready(self):
        if self.process.poll() is not None:
            sys.stdout.write(self.process.stderr.read().decode(errors="replace") + self.log())
            raise RuntimeError("Dovecot ended")
        return os.path.exists(self.socket) and os.path.exists(self.userdb_socket)

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
        self.process.stderr.close()
        self.process = None
        for path in (self.socket, self.userdb_socket):
            if os.path.exists(path):
                os.unlink(path)  # nobody listens there

    def log(self):
        if not os.path.exists(self.path("log")):
            return ""
        with open(self.path("log"), errors="replace") as f:
            return f.read()[-3000:]
