# SPDX-License-Identifier: Apache-2.0
"""A real Dovecot that takes mail (LMTP), runs scripts (Pigeonhole), lets people edit
theirs (ManageSieve), and hands replies to an SMTP server; of passwd-file users, each
with a Maildir. On loopback, in a folder of its own, as a user without rights.

    sink = Sink()
    dovecot = DovecotMail(sink.port, before=[file_before("/where/scripts/lie")])
    dovecot.put("ada@example.com", "password")
    dovecot.start()
    dovecot.deliver("bob@far.example", "ada@example.com", b"Subject: hi\\r\\n\\r\\nHello\\r\\n")
"""
import email
import email.policy
import os
import smtplib

from .dovecot import BASE, Dovecot
from .installation import free_port

CONFIGURATION = BASE + """
protocols = lmtp sieve
hostname = store.test
mail_location = maildir:~/Maildir
recipient_delimiter = +
submission_host = 127.0.0.1:{smtp}
lda_mailbox_autocreate = yes
{ssl}
userdb {{
	driver = passwd-file
	args = {dir}/users
	override_fields = uid={user} gid={group} home={dir}/home/%u
}}
protocol lmtp {{
	mail_plugins = sieve
}}
plugin {{
	sieve = file:~/sieve;active=~/.dovecot.sieve
{before}
	sieve_vacation_min_period = 0
	sieve_max_script_size = {script_max}
{plugin}
}}
service auth {{
	user = {user}
	unix_listener auth-userdb {{
		mode = 0666
	}}
}}
service lmtp {{
	user = {user}
	unix_listener lmtp {{
		mode = 0666
	}}
	inet_listener lmtp {{
		address = 127.0.0.1
		port = {lmtp}
	}}
}}
service managesieve {{
	user = {user}
}}
service managesieve-login {{
	chroot =
	inet_listener sieve {{
		address = 127.0.0.1
		port = {managesieve}
	}}
}}
service dict {{
	user = {user}
}}
{dict}
{more}
"""

# Asked by the dict process, from the database that sieve_sql.c makes.
DICT = """dict {{
	frontdesk = sqlite:{dir}/dict.conf
}}
"""


def file_before(folder, name="%u.sieve"):
    """A place of scripts as the backend sieve-file makes them."""
    return f"file:{folder}/{name};bindir=~/.frontdesk-sieve"


DICT_BEFORE = "dict:proxy::frontdesk;name=oof;bindir=~/.frontdesk-sieve"


def dict_map(database):
    """How the dict's SQL finds what the backend sieve-sql keeps there."""
    return f"connect = {database}\n" + "".join(
        f"map {{\n\tpattern = priv/sieve/{what}/${key}\n\ttable = sieve_{what}\n"
        f"\tusername_field = username\n\tvalue_field = {value}\n"
        f"\tfields {{\n\t\t{key} = ${key}\n\t}}\n}}\n"
        for what, key, value in (("name", "name", "id"), ("data", "id", "data")))


class DovecotMail(Dovecot):
    """smtp: the port where replies are handed in. before: values of sieve_before. dict:
    the text of the dict's SQL file, for DICT_BEFORE. certificate, key: with them STARTTLS,
    which `ssl` may require. plugin, more: further lines of the configuration, without
    braces but in pairs. user: whose it is, when we are root. There is a master user,
    "boss", whose password is "master": "ada@example.com*boss"."""
    configuration = CONFIGURATION

    def __init__(self, smtp, before=(), dict=None, certificate=None, key=None, ssl="yes",
                 script_max="2M", plugin="", more="", user="nobody"):
        super().__init__(userdb="", user=user)
        self.sockets = [self.path("run/lmtp"), self.userdb_socket]
        self.smtp, self.before, self.dict = smtp, list(before), dict
        self.script_max, self.plugin, self.more = script_max, plugin, more
        self.lmtp, self.managesieve = free_port(), free_port()
        self.ssl = "ssl = no"
        if certificate is not None:
            files = [self.own(name, path, self.account.pw_uid, self.account.pw_gid)
                     for name, path in (("cert.pem", certificate), ("key.pem", key))]
            self.ssl = f"ssl = {ssl}\nssl_cert = <{files[0]}\nssl_key = <{files[1]}"
        os.mkdir(self.path("home"))
        os.chown(self.path("home"), self.account.pw_uid, self.account.pw_gid)

    def words(self):
        # sieve_before, sieve_before2, sieve_before3
        before = "\n".join(f"\tsieve_before{n or ''} = {value}"
                           for n, value in zip([0, 2, 3, 4], self.before))
        words = super().words()
        if self.dict is not None:
            self.write("dict.conf", self.dict)
        return {**words, "smtp": self.smtp, "lmtp": self.lmtp, "ssl": self.ssl,
                "managesieve": self.managesieve, "script_max": self.script_max,
                "before": before, "plugin": self.plugin, "more": self.more,
                "dict": DICT.format(**words) if self.dict is not None else ""}

    # ---- mail ----

    def deliver(self, sender, recipient, message):
        """Hands a mail in by LMTP, as Postfix does; the status and text of the answer,
        (250, "...") when it lies there. When it is back, a reply that it has called for
        was handed in at the SMTP server."""
        with smtplib.LMTP(self.path("run/lmtp")) as link:
            for step in (lambda: link.docmd("LHLO", "mail.test"), lambda: link.mail(sender),
                         lambda: link.rcpt(recipient), lambda: link.data(message)):
                status, text = step()
                if status >= 400:
                    break
        return status, text.decode(errors="replace")

    def home(self, user, *names):
        return os.path.join(self.dir, "home", user, *names)

    def mails(self, user, mailbox=""):
        """What lies in the Maildir of a user, oldest first; mailbox: "", ".Junk"."""
        found = []
        for name in ("new", "cur"):
            folder = self.home(user, "Maildir", mailbox, name)
            if os.path.isdir(folder):
                found += [os.path.join(folder, entry) for entry in os.listdir(folder)]
        mails = []
        for path in sorted(found, key=os.path.basename):
            with open(path, "rb") as f:
                mails.append(email.message_from_binary_file(f, policy=email.policy.default))
        return mails

    def own_script(self, user, text):
        """The script that a user has made himself, and made active."""
        folder = self.home(user, "sieve")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "mine.sieve"), "w", encoding="utf-8") as f:
            f.write(text)
        active = self.home(user, ".dovecot.sieve")
        if not os.path.lexists(active):
            os.symlink("sieve/mine.sieve", active)
        for path in (self.home(user), folder):
            os.chown(path, self.account.pw_uid, self.account.pw_gid)
