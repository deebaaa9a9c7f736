# SPDX-License-Identifier: Apache-2.0
"""Postfix, Dovecot and Frontdesk beside each other, as a site has them: four domains,
each of which has its replies sent in another way.

    office = Office()
    office.populate([Scene(domain, way, now) for way, domain in WAYS.items()])
    office.start()
    office.set(...), office.send(...), office.settle(), office.replies(...)

Postfix takes mail in by SMTP and hands what is for our own people to Dovecot; people
elsewhere have Maildirs of Postfix's. Whatever replies, it has to come by the listener
that signs: here that writes a field into each mail.
"""
import atexit
import concurrent.futures
import itertools
import json
import os
import queue
import shutil
import signal
import smtplib
import sqlite3
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import Failed, equal, until
from lib.dovecot_mail import DICT_BEFORE, DovecotMail, file_before
from lib.installation import PASSWORD, Installation, free_port
from lib.postfix import Postfix, lacks
from scene import FRIEND, OUTSIDE, SECOND, TRUSTED, WALLED, is_over, is_set, written

INSIDE = "FRONTDESK_MAIL_INSIDE"
WAYS = {"file": "a.example", "sql": "b.example", "managesieve": "c.example", "milter": "d.example"}
DOMAINS = (*WAYS.values(), SECOND)
ROBOT = "robot@" + WAYS["file"]
SENDERS = 6  # connections at once
SETTERS = 2
WAIT_SECONDS = 60  # a limit for a busy machine
SIGNED = "X-Signed-By"
SUBJECTS = 'subjects = {"eo=Forestas: %s!"}'
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def alone():
    """Called first by a test: comes back in a network of its own, where there can be one;
    ends the program where there cannot be servers."""
    reason = lacks()
    if reason is None and not os.path.exists("/usr/sbin/dovecot"):
        reason = "there is no Dovecot: it is in the package dovecot-core"
    if reason is not None:
        print(f"skipped: {reason}")
        sys.exit(0)
    if os.environ.get(INSIDE) is None:
        os.environ[INSIDE] = "1"
        trial = ["unshare", "-n", "--", "ip", "link", "set", "lo", "up"]
        if shutil.which("unshare") and subprocess.run(trial, capture_output=True).returncode == 0:
            os.execvp("unshare", ["unshare", "-n", "--", sys.executable, *sys.argv])
    else:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def line(kind, **more):
    """Of an export."""
    return json.dumps({"type": kind, **more})


def absence(box):
    """Times are always there, as a client sends them."""
    s = box.set
    return line("oof", address=box.address, state=s["state"].lower(), audience=s["audience"].lower(),
                start=written(box.start), end=written(box.end), internal=s["internal"],
                internal_lang=s["lang"] or "", external=s["external"],
                external_lang=s["lang"] or "", period=1, changed=written(box.start))


def take(site, domains, boxes, absences=()):
    """Into an installation all mailboxes at once, as an export has them."""
    middle = [line("domain", name=d, organization="") for d in domains]
    middle += [line("mailbox", address=b.address, name=b.set["name"], aliases=b.aliases,
                    zone=b.set["zone"], external=b.set["policy"], password=None) for b in boxes]
    middle += [absence(b) for b in absences]
    with_contacts = [b for b in boxes if b.contacts]
    middle += [line("contacts", address=b.address, origin="file", place="", token="",
                    cards=[{"card": c, "tag": "", "name": "", "addresses": [c]}
                           for c in b.contacts]) for b in with_contacts]
    end = line("end", domain=len(domains), mailbox=len(boxes), person=0, oof=len(absences), photo=0,
               hidden=0, contacts=len(with_contacts), owner=0)
    path = os.path.join(site.parent, "all.ndjson")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join([line("frontdesk", format=1), *middle, end]) + "\n")
    done = site.command("import", path, "--merge", "--json")
    equal(done.returncode, 0, (done.stdout[-2000:] + done.stderr).decode())


def organizations(site, domain):
    for other in (WALLED, FRIEND):
        site.run("domain", "add", other, "--organization", other)
    site.run("domain", "add", "grün.example")
    site.configure(f'organization "{domain}" {{\n\ttrusted_domains = '
                   f'{{"{TRUSTED}", "{FRIEND}", "büro.example"}}\n}}\n')


def reply_settings(**more):
    """The site's settings about replies; each mailbox may send many."""
    given = {"per_minute": 10000, "site_per_minute": 100000, **more}
    lines = "".join(f"\t{key} = {value}\n" for key, value in given.items())
    return f"reply {{\n\t{SUBJECTS}\n{lines}}}\n"


def is_reply(mail):
    """Pigeonhole says in a comment what it has made."""
    return (mail["Auto-Submitted"] or "").split(" (")[0] == "auto-replied"


class Person:
    """A mailbox like any other."""

    def __init__(self, address):
        self.address = address
        self.set = {"name": "Ada Lovelace", "zone": "Europe/Berlin", "policy": "all", "script": None}
        self.aliases = self.contacts = ()
        self.group = None


class Letter:
    """A mail like any other."""
    number = itertools.count()
    authenticated = False

    def __init__(self, sender, recipient, to=None, mail_from=None):
        self.id = f"letter{next(self.number)}"
        self.sender, self.recipient = sender, recipient
        self.message = (f"From: {mail_from or sender}\nTo: {to or recipient}\nSubject: {self.id}\n"
                        f"Message-ID: <{self.id}@mail.outside.example>\n\nTHE BODY\n")


def folded(address):
    """Whose mail it is: in small letters, and without a tag."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.split('+')[0]}@{domain}"


# As `frontdesk setup dovecot` prints it, of the database of the backend sieve-sql.
DICT = """connect = {database}
map {{
	pattern = priv/sieve/name/$name
	table = sieve_name
	username_field = username
	value_field = id
	fields {{
		name = $name
	}}
}}
map {{
	pattern = priv/sieve/data/$id
	table = sieve_data
	username_field = username
	value_field = data
	fields {{
		id = $id
	}}
}}
"""

PLUGIN = """
	sieve_vacation_send_from_recipient = {}
	sieve_duplicate_max_period = 400d
"""

SETTINGS = """
backend "files" {{
	kind = sieve-file
	domains = {{"{file}"}}
	size = 2MiB
	folder = "{scripts}"
}}
backend "rows" {{
	kind = sieve-sql
	domains = {{"{sql}"}}
	size = 2MiB
	database = "{database}"
}}
backend "far" {{
	kind = managesieve
	domains = {{"{managesieve}"}}
	server = "127.0.0.1:{port}"
	starttls = no
	master = "boss"
	password_file = "{password}"
}}
backend "asked" {{
	kind = milter
	domains = {{"{milter}"}}
}}
milter {{
	listen = "127.0.0.1:{milter_port}"
	networks = {{"192.0.2.0/24"}}
	delay_s = 0
}}
outbox {{
	server = "127.0.0.1:{smtp}"
}}
service_account "{robot}" {{
	domains = {{{domains}}}
}}
"""


class Office:
    def __init__(self, name, **reply):
        self.post = Postfix(domains=(*DOMAINS, *OUTSIDE), settings={
            "local_header_rewrite_clients": "", "message_drop_headers": "return-path",
            "smtpd_authorized_xclient_hosts": "127.0.0.1", "lmtp_destination_recipient_limit": "1"},
            inside={"smtpd_client_restrictions":
                    f"check_client_access static:{{PREPEND {SIGNED}: the site}}"})
        self.site = Installation(name, domains=DOMAINS)
        atexit.register(self.site.close)  # also when the preparations fail
        organizations(self.site, WAYS["file"])
        self.milter_port = free_port()
        self.scripts = os.path.join(self.site.parent, "scripts")
        database = os.path.join(self.site.parent, "rows", "sieve.db")
        owner = os.stat(os.path.join(self.site.dir, "data"))
        for folder in (self.scripts, os.path.dirname(database)):
            os.mkdir(folder, 0o755)
            os.chown(folder, owner.st_uid, owner.st_gid)
        self.dovecot = DovecotMail(
            self.post.inside_port, before=[file_before(self.scripts), DICT_BEFORE],
            dict=DICT.format(database=database), plugin=PLUGIN.format(
                "yes" if reply.get("envelope_sender") == "recipient" else "no"))
        self.post.milters = [f"inet:127.0.0.1:{self.milter_port}"]
        password = os.path.join(self.site.dir, "master.password")
        with open(password, "w") as f:
            f.write("master\n")
        os.chmod(password, 0o644)
        self.site.configure(reply_settings(**reply) +
                            SETTINGS.format(
                                **WAYS, scripts=self.scripts, database=database,
                                port=self.dovecot.managesieve, password=password,
                                milter_port=self.milter_port, smtp=self.post.inside_port, robot=ROBOT,
                                domains=", ".join(f'"{d}"' for d in WAYS.values())))
        self.robot = None

    # ---- who is there ----

    def populate(self, boxes, addresses, absences=()):
        """Mailboxes at Frontdesk, and these and other addresses where mail is read."""
        take(self.site, DOMAINS, boxes, absences)
        self.site.add(ROBOT)
        there = {b.address for b in boxes} | {a for a in addresses if "@" in a}
        aliases = {a: (b.address,) for b in boxes for a in (*b.aliases, b.group) if a}
        self.post.aliases.update(aliases)
        self.own(*there)
        for box in boxes:
            if box.set["script"] is not None:
                self.dovecot.own_script(box.address, box.set["script"])

    def own(self, *addresses):
        """People of the mail servers', ours and others."""
        for address in sorted(map(folded, addresses)):
            local, _, domain = address.rpartition("@")
            if domain.startswith("["):
                continue
            self.post.mailboxes[address] = f"{domain}/{local}/"
            if domain in DOMAINS:
                self.dovecot.users[address] = ("password", "")
            elif domain not in self.post.domains:
                self.post.domains.append(domain)
        self.dovecot.put()
        lmtp = f"lmtp:inet:127.0.0.1:{self.dovecot.lmtp}"
        self.post.change(transport_maps="inline:{ %s }" % ", ".join(
            f"{{ {d} = {lmtp} }}" for d in DOMAINS))

    def start(self):
        self.site.start()
        self.dovecot.start()
        self.post.start()

    def reload(self, settings):
        """Frontdesk, with other settings, and as the same processes."""
        self.site.configure(settings)
        at = len(self.site.lines)
        self.site.signal(signal.SIGHUP)
        until(WAIT_SECONDS, "the settings are read", lambda: any(
            "was read again" in line for line in self.site.lines[at:]))

    def zone(self, name):
        """The mail server moves to another time zone."""
        os.environ["TZ"] = name
        self.dovecot.stop()
        self.dovecot.start()

    # ---- settings ----

    def client(self):
        """zeep, which reads our WSDL and knows nothing else of us."""
        import requests
        import zeep
        import zeep.transports
        session = requests.Session()
        session.trust_env = False
        session.verify, session.auth = self.site.ca, (ROBOT, PASSWORD)
        return zeep.Client(f"https://localhost:{self.site.port}/ews/services.wsdl",
                           transport=zeep.transports.Transport(session=session))

    def set(self, address, client=None, start=None, end=None, **s):
        """SetUserOofSettings by a service account; times in seconds."""
        from lxml import etree
        client = client or self.robot or self.client()
        self.robot = client
        header = etree.Element(f"{{{TYPES}}}ExchangeImpersonation")
        sid = etree.SubElement(header, f"{{{TYPES}}}ConnectingSID")
        etree.SubElement(sid, f"{{{TYPES}}}PrimarySmtpAddress").text = address
        reply = {side: {"Message": s[side], "_attr_1": {LANG: s["lang"]} if s.get("lang") else {}}
                 for side in ("internal", "external")}
        duration = start and {"StartTime": written(start), "EndTime": written(end)}
        answer = client.service.SetUserOofSettings(
            Mailbox={"Address": address}, _soapheaders=[header], UserOofSettings={
                "OofState": s["state"], "ExternalAudience": s["audience"], "Duration": duration,
                "InternalReply": reply["internal"], "ExternalReply": reply["external"]})
        equal(answer.body.ResponseMessage.ResponseCode, "NoError", f"Set of {address}")

    def set_all(self, boxes):
        """What the rows want of them, on a few connections."""
        def some(rows):
            client = self.client()
            for box in rows:
                s = {k: box.set[k] for k in ("state", "audience", "internal", "external", "lang")}
                self.set(box.address, client, box.start, box.end, **s)
        wanted = [b for b in boxes if is_set(b) and not is_over(b)]
        with concurrent.futures.ThreadPoolExecutor(SETTERS) as pool:
            list(pool.map(some, [wanted[n::SETTERS] for n in range(SETTERS)]))

    def in_force(self):
        """Waits until nothing has to be published any more."""
        try:
            until(WAIT_SECONDS, "everything published", lambda: not self._waiting_for())
        except Failed as e:
            raise Failed(f"{e}: {self._waiting_for()[:5]}") from e

    def _waiting_for(self):
        """What is not as it is wanted, and why."""
        return self._ask("SELECT address, backend, reason FROM publication JOIN mailbox "
                         "ON mailbox.id = publication.mailbox WHERE wanted <> done")

    def _ask(self, sql):
        with sqlite3.connect(f"file:{self.site.dir}/data/frontdesk.db?mode=ro", uri=True) as db:
            return db.execute(sql).fetchall()

    # ---- mail ----

    def send(self, mails):
        """Hands mails in by SMTP, many at once; returns what was refused."""
        todo, refused = queue.SimpleQueue(), []
        for mail in mails:
            todo.put(mail)

        def work():
            with self.post.client() as link:
                while True:
                    try:
                        mail = todo.get_nowait()
                    except queue.Empty:
                        return
                    try:
                        self._send(link, mail)
                    except (smtplib.SMTPException, Failed) as e:
                        refused.append((mail.id, str(e)))
                        link.rset()
        threads = [threading.Thread(target=work) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal(refused, [], "mails that Postfix does not take")

    def _send(self, link, mail):
        if mail.authenticated:
            self._said(link.docmd("XCLIENT", "LOGIN=someone"), "XCLIENT")
            link.ehlo()
        message = mail.message.encode(errors="surrogateescape").replace(b"\n", b"\r\n")
        self._said(link.mail(mail.sender), f"MAIL FROM:<{mail.sender}>")
        self._said(link.rcpt(mail.recipient), f"RCPT TO:<{mail.recipient}>")
        self._said(link.data(message), "DATA")
        if mail.authenticated:
            self._said(link.docmd("XCLIENT", "LOGIN=[UNAVAILABLE]"), "XCLIENT")
            link.ehlo()

    @staticmethod
    def _said(answer, what):
        if answer[0] // 100 != 2:
            raise Failed(f"{what}: {answer[0]} {answer[1].decode(errors='replace')}")

    def waiting(self):
        """Replies of the milter that are not sent yet."""
        return self._ask("SELECT count(*) FROM outbox")[0][0]

    def settle(self):
        """Waits until nothing is on its way any more: first mails, then replies."""
        self.post.settled(WAIT_SECONDS)
        until(WAIT_SECONDS, "an empty outbox", lambda: self.waiting() == 0)
        self.post.settled(WAIT_SECONDS)

    def mails(self, address):
        """What somebody has got."""
        address = folded(address)
        if address.rpartition("@")[2] in DOMAINS:
            return self.dovecot.mails(address)
        return self.post.maildir(address) if address in self.post.mailboxes else []

    def replies(self, address):
        return [m for m in self.mails(address) if is_reply(m)]

    def everything(self):
        """{address: mails} of everybody who has any."""
        return {a: found for a in self.post.mailboxes if (found := self.mails(a))}
