# SPDX-License-Identifier: Apache-2.0
"""A real Dovecot of which only auth runs, in a folder of its own, as a user
without rights. One that takes mail: dovecot_mail.py."""
import base64
import grp
import os
import pwd

from .cases import until
from .server import START_SECONDS, Server

# What every Dovecot here has; who may sign in follows it.
BASE = """
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/log
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
passdb {{
	driver = passwd-file
	args = {dir}/masters
	master = yes
}}
passdb {{
	driver = passwd-file
	args = {dir}/users
}}
"""

CONFIGURATION = BASE + """
protocols =
ssl = no
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


class Dovecot(Server):
    configuration = CONFIGURATION
    sockets = ()  # what it listens on

    def __init__(self, mechanisms="plain login", userdb=STATIC, user="nobody"):
        super().__init__("dovecot")
        self.socket = self.path("run/auth-frontdesk")
        self.userdb_socket = self.path("run/auth-userdb")
        self.sockets = [self.socket, self.userdb_socket]
        self.userdb = userdb
        self.user = user if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        self.account = pwd.getpwnam(self.user)
        self.users = {}
        self.time = 1700000000
        self.mechanisms = mechanisms
        self.write("masters", "boss:{PLAIN}master\n")
        self.write("check", CHECK, 0o755)
        self.write("log", "")
        self.put()
        for name in ("run", "state"):
            os.mkdir(self.path(name))
        for name in ("", "log", "run", "state"):
            os.chown(self.path(name), self.account.pw_uid, self.account.pw_gid)

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

    def words(self):
        """What the configuration says in braces."""
        words = {"dir": self.dir, "user": self.user, "mechanisms": self.mechanisms,
                 "group": grp.getgrgid(self.account.pw_gid).gr_name}
        return {"userdb": self.userdb.format(**words), **words}

    def start(self):
        self.write("dovecot.conf", self.configuration.format(**self.words()))
        who = {"user": self.user, "group": self.account.pw_gid, "extra_groups": []} \
            if os.getuid() == 0 else {}
        self.spawn(["/usr/sbin/dovecot", "-F", "-c", self.path("dovecot.conf")], who)
        until(START_SECONDS, "Dovecot's sockets\n" + self.log(), self.ready)
        return self

    def ready(self):
        if self.process.poll() is not None:
            raise RuntimeError("Dovecot ended: " + self.log())
        return all(os.path.exists(path) for path in self.sockets)

    def stop(self):
        super().stop()
        for path in self.sockets:
            if os.path.exists(path):
                os.unlink(path)  # nobody listens there
