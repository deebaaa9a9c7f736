# SPDX-License-Identifier: Apache-2.0
"""A real Postfix on loopback, in a folder of its own: two listeners, Maildirs.

    post = Postfix(domains=["example.com", "outside.test"], milters=["unix:/run/x"])
    post.add("ada@example.com", "ann@outside.test")
    post.start()
    post.send("ann@outside.test", "ada@example.com", MESSAGE)
    until(30, "the reply", lambda: post.maildir("ann@outside.test"))

The first listener (`port`) is for mail that comes, by way of the milters; the
second (`inside_port`) takes what is sent by the site itself, without them.
"""
import email
import email.policy
import grp
import json
import os
import pwd
import re
import shutil
import signal
import smtplib
import subprocess
import sys
import time

from .cases import Failed, until
from .installation import free_port
from .server import Server

PROGRAMS = "/usr/lib/postfix/sbin"
SEND_SECONDS = 60

# No name is looked up and no other host is asked. Nobody's own mail settings count.
MAIN = {
    "compatibility_level": "3.6",
    "myhostname": "mail.site.test",
    "mydestination": "",
    "local_recipient_maps": "",
    "alias_maps": "",
    "alias_database": "",
    "mynetworks": "127.0.0.0/8",
    "inet_interfaces": "127.0.0.1",
    "inet_protocols": "ipv4",
    "smtp_dns_support_level": "disabled",
    "smtp_host_lookup": "native",
    "smtpd_peername_lookup": "no",
    "smtpd_client_connection_count_limit": "0",
    "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination",
    "default_transport": "error:this site sends nothing outside",
    "relay_transport": "error:this site sends nothing outside",
    "fast_flush_domains": "",
    "virtual_minimum_uid": "1",
    "mailbox_size_limit": "0",
    "virtual_mailbox_limit": "0",
    "in_flow_delay": "0",
    "queue_run_delay": "2s",
    "minimal_backoff_time": "2s",
    "maximal_backoff_time": "4s",
    "milter_default_action": "accept",
    "milter_protocol": "6",
    "biff": "no",
}

# name, type, private, without rights, processes at most, program
SERVICES = """
pickup    unix n - 1 pickup
cleanup   unix n - 0 cleanup
qmgr      unix n - 1 qmgr
tlsmgr    unix - - 1 tlsmgr
rewrite   unix - - - trivial-rewrite
bounce    unix - - 0 bounce
defer     unix - - 0 bounce
trace     unix - - 0 bounce
proxymap  unix - - - proxymap
smtp      unix - - - smtp
lmtp      unix - - - lmtp
showq     unix n - - showq
error     unix - - - error
retry     unix - - - error
discard   unix - - - discard
virtual   unix - n - virtual
scache    unix - - 1 scache
anvil     unix - - 1 anvil
postlog   unix-dgram n - 1 postlogd
"""

# What `postfix start` would make: folders of the queue and who may enter them.
QUEUE_POSTFIX = ["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
                 "private", "saved", "trace"]


def lacks():
    """Why there can be none here; None: there can."""
    if os.geteuid() != 0:
        return "Postfix needs root, for its queue is of an account of its own"
    if not os.path.exists(f"{PROGRAMS}/master") or shutil.which("postqueue", path=_path()) is None:
        return "there is no Postfix: it is in the package postfix"
    try:
        pwd.getpwnam("postfix"), grp.getgrnam("postdrop")
    except KeyError:
        return "there are no accounts for Postfix"
    return None


def need():
    """Called first by a test: ends the program where there can be none."""
    reason = lacks()
    if reason is not None:
        print(f"skipped: {reason}")
        sys.exit(0)


def _path():
    return "/usr/sbin:/sbin:" + os.environ["PATH"]


class Postfix(Server):
    """milters: of the first listener. transport: of all mailboxes, such as
    "lmtp:inet:127.0.0.1:2424"; none: Maildirs of its own. settings: more of
    main.cf; listener, inside: more of main.cf, for one of the listeners."""

    def __init__(self, domains=("example.com", "outside.test"), milters=(), transport=None,
                 delimiter="+", settings=None, listener=None, inside=None):
        super().__init__("postfix")
        self.port, self.inside_port = free_port(), free_port()
        self.transport, self.milters = transport, list(milters)
        self.domains, self.mailboxes, self.aliases = list(domains), {}, {}
        self.settings = {"recipient_delimiter": delimiter, **(settings or {})}
        self.listener, self.inside = dict(listener or {}), dict(inside or {})
        self.told = 0  # how long the log was when it began
        self.account = pwd.getpwnam("postfix")
        self.owner = pwd.getpwnam("nobody")  # of the Maildirs
        for name in ("etc", "queue", "data", "mail"):
            os.mkdir(self.path(name))
        os.chown(self.path("data"), self.account.pw_uid, self.account.pw_gid)
        os.chown(self.path("mail"), self.owner.pw_uid, self.owner.pw_gid)
        self._make_queue()

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def _make_queue(self):
        for name in QUEUE_POSTFIX:
            os.mkdir(self.path("queue", name), 0o700)
            os.chown(self.path("queue", name), self.account.pw_uid, -1)
        os.mkdir(self.path("queue", "pid"), 0o755)
        for name, mode in (("public", 0o710), ("maildrop", 0o730)):
            os.mkdir(self.path("queue", name))
            os.chown(self.path("queue", name), self.account.pw_uid,
                     grp.getgrnam("postdrop").gr_gid)
            os.chmod(self.path("queue", name), mode)

    # ---- settings ----

    def add(self, *addresses):
        """Mailboxes; also while it runs."""
        for address in addresses:
            local, _, domain = address.rpartition("@")
            self.mailboxes[address] = f"{domain}/{local}/"
            if domain not in self.domains:
                self.domains.append(domain)
        return self.change()

    def alias(self, address, *to):
        """An address of others; with "@domain" a whole domain's."""
        self.aliases[address] = to
        return self.change()

    def change(self, **settings):
        """More of main.cf; also while it runs: what begins from then on sees it."""
        self.settings.update(settings)
        self._write()
        if self.running():
            old = self._services()
            self.process.send_signal(signal.SIGHUP)
            self._until(SEND_SECONDS, "the end of its old services",
                        lambda: not old & self._services())
        return self

    def _services(self):
        """The pids of what its master runs now."""
        found = set()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat") as f:
                    parent = int(f.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            if parent == self.process.pid:
                found.add(int(pid))
        return found

    def _table(self, name, rows):
        return "texthash:" + self._file(name, "".join(f"{key} {value}\n" for key, value in rows))

    def _file(self, name, text):
        """Postfix waits until a file has not changed for a second or two: so it is older."""
        path = self.path("etc", name)
        with open(path + ".new", "w", encoding="utf-8") as f:
            f.write(text)
        old = time.time() - 3600
        os.utime(path + ".new", (old, old))
        os.rename(path + ".new", path)
        return path

    def _main(self):
        ours = {
            "queue_directory": self.path("queue"),
            "data_directory": self.path("data"),
            "maillog_file": self.path("maillog"),
            "maillog_file_prefixes": self.dir,
            "virtual_mailbox_domains": ", ".join(self.domains),
            "virtual_mailbox_maps": self._table("mailboxes", self.mailboxes.items()),
            "virtual_alias_maps": self._table(
                "aliases", [(a, ", ".join(to)) for a, to in self.aliases.items()]),
            "virtual_mailbox_base": self.path("mail"),
            "virtual_uid_maps": f"static:{self.owner.pw_uid}",
            "virtual_gid_maps": f"static:{self.owner.pw_gid}",
            "virtual_transport": self.transport or "virtual",
        }
        return {**MAIN, **ours, **self.settings}

    def _write(self):
        main = "".join(f"{k} = {v}\n" for k, v in self._main().items())
        lines = []
        for port, more in ((self.port, {"smtpd_milters": " ".join(self.milters), **self.listener}),
                           (self.inside_port, {"smtpd_milters": "", **self.inside})):
            lines.append(f"127.0.0.1:{port} inet n - n - - smtpd")
            lines += [f"  -o {{ {k} = {v} }}" for k, v in more.items()]
        for name, kind, private, without, most, program in map(str.split, SERVICES.strip().split("\n")):
            wakes = {"pickup": "1", "qmgr": "300"}.get(name, "-")
            lines.append(f"{name} {kind} {private} {without} n {wakes} {most} {program}")
        self._file("main.cf", main)
        self._file("master.cf", "\n".join(lines) + "\n")

    # ---- running ----

    def running(self):
        return self.process is not None and self.process.poll() is None

    def start(self):
        self._write()
        self.told = len(self.maillog())
        self.spawn([f"{PROGRAMS}/master", "-c", self.path("etc"), "-d"],
                   {"env": {"PATH": _path(), "LC_ALL": "C"}})
        self._until(SEND_SECONDS, "Postfix's greeting", self._answers)
        return self

    def _until(self, seconds, what, probe):
        try:
            until(seconds, what, probe)
        except Failed as e:
            raise Failed(f"{e}\n{self.log()}{self.maillog()[-3000:]}") from e

    def _answers(self):
        self._check()
        try:
            for port in (self.port, self.inside_port):
                self.client(port).quit()
            return True
        except (OSError, smtplib.SMTPException):
            return False

    def _check(self):
        """It would try again for a minute before anybody was told."""
        if not self.running() or ": fatal: " in self.maillog()[self.told:]:
            raise Failed("Postfix does not run")

    def stop(self):
        """Its services, too, are of its process group."""
        group = self.process and self.process.pid
        super().stop()
        if group:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                pass

    # ---- mail ----

    def client(self, port=None):
        """An smtplib.SMTP that has said EHLO."""
        client = smtplib.SMTP("127.0.0.1", port or self.port, "client.test", SEND_SECONDS)
        client.ehlo()
        return client

    def send(self, sender, recipients, message, port=None, options=()):
        """Hands in one mail and returns what was said of it; sender "": null. The
        message is text with any ends of lines, bytes, or an email.message."""
        recipients = [recipients] if isinstance(recipients, str) else recipients
        if hasattr(message, "as_bytes"):
            message = message.as_bytes()
        if isinstance(message, str):
            message = message.encode()
        message = re.sub(b"\r?\n", b"\r\n", message)
        with self.client(port) as client:
            self._said(client.mail(sender, options), f"MAIL FROM:<{sender}>")
            for recipient in recipients:
                self._said(client.rcpt(recipient), f"RCPT TO:<{recipient}>")
            return self._said(client.data(message), "the mail")

    @staticmethod
    def _said(answer, what):
        code, text = answer
        if code // 100 != 2:
            raise Failed(f"Postfix says to {what}: {code} {text.decode(errors='replace')}")
        return text.decode(errors="replace")

    def maildir(self, address):
        """The mails of a mailbox, as email.message objects, oldest first. Their
        Return-Path is the sender of the envelope."""
        folder = self.path("mail", self.mailboxes[address], "new")
        if not os.path.isdir(folder):
            return []
        names = sorted(os.listdir(folder), key=lambda n: os.stat(f"{folder}/{n}").st_mtime_ns)
        found = []
        for name in names:
            with open(f"{folder}/{name}", "rb") as f:
                found.append(email.message_from_binary_file(f, policy=email.policy.default))
        return found

    def forget(self, *addresses):
        """Empties mailboxes; none named: all."""
        for address in addresses or self.mailboxes:
            shutil.rmtree(self.path("mail", self.mailboxes[address]), True)

    def queue(self):
        """What it has not delivered yet, as postqueue -j tells it."""
        said = subprocess.run(["postqueue", "-c", self.path("etc"), "-j"], capture_output=True,
                              text=True, timeout=SEND_SECONDS, env={"PATH": _path(), "LC_ALL": "C"})
        if said.returncode != 0:
            raise Failed(f"postqueue: {said.stderr}")
        return [json.loads(line) for line in said.stdout.splitlines()]

    def settled(self, seconds=SEND_SECONDS):
        """Waits until nothing is on its way."""
        def empty():
            self._check()
            return not self.queue()
        self._until(seconds, "an empty queue", empty)
        return self

    def maillog(self):
        if not os.path.exists(self.path("maillog")):
            return ""
        with open(self.path("maillog"), errors="replace") as f:
            return f.read()


def rewrites_senders(domain, ours="site.test"):
    """Settings as a site with SRS has them: senders of a domain outside come as
    SRS0=...@ours. The local part is real, its hash is not."""
    return {"sender_canonical_classes": "envelope_sender",
            "sender_canonical_maps": "regexp:{ { /^([^@]+)@(%s)$$/ SRS0=HHHH=TT=$$2=$$1@%s } }"
            % (domain.replace(".", "\\."), ours)}
