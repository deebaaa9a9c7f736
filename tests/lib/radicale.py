# SPDX-License-Identifier: Apache-2.0
"""A real Radicale (CardDAV) on loopback, in a folder of its own."""
import base64
import http.client
import os
import shutil
import signal
import ssl
import subprocess
import sys
import urllib.parse

from .cases import Failed, at_end, until
from .installation import folder, free_port

START_SECONDS = 30

CONFIGURATION = """
[server]
hosts = 127.0.0.1:{port}
{ssl}
[auth]
type = htpasswd
htpasswd_filename = {dir}/users
htpasswd_encryption = plain
delay = 0
[rights]
type = from_file
file = {dir}/rights
[storage]
filesystem_folder = {dir}/collections
[web]
type = none
[logging]
level = warning
"""

# Everybody has what is his; "reader" reads everybody's.
RIGHTS = """
[root]
user: .+
collection:
permissions: R
[reader]
user: reader
collection: .*
permissions: Rr
[principal]
user: .+
collection: {user}
permissions: RW
[own]
user: .+
collection: {user}/[^/]+
permissions: rw
[shared]
user: .+
collection: shared(/[^/]+)?
permissions: Rr
"""

BOOK = """<?xml version="1.0" encoding="utf-8"?>
<d:mkcol xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:{space}"><d:set><d:prop>
<d:resourcetype><d:collection/><c:{kind}/></d:resourcetype></d:prop></d:set></d:mkcol>"""


def card(uid, name, *addresses, more=""):
    lines = "".join(f"EMAIL;TYPE=INTERNET:{a}\r\n" for a in addresses)
    return (f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN:{name}\r\nN:{name};;;;\r\n"
            f"{lines}{more}END:VCARD\r\n")


class Radicale:
    def __init__(self, users, certificate=None, ca=None):
        """users: {name: password}. certificate: (file, key), then it has TLS."""
        self.dir = folder("radicale")
        self.port = free_port()
        self.users = users
        self.ca = ca
        self.certificate = certificate
        self.process = None
        os.mkdir(self.path("collections"))
        self.write("users", "".join(f"{u}:{p}\n" for u, p in users.items()))
        self.write("rights", RIGHTS)
        secured = "" if certificate is None else \
            f"ssl = True\ncertificate = {certificate[0]}\nkey = {certificate[1]}\n"
        self.write("config", CONFIGURATION.format(dir=self.dir, port=self.port, ssl=secured))
        at_end(self.stop)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)

    @property
    def url(self):
        return f"http{'' if self.certificate is None else 's'}://127.0.0.1:{self.port}"

    def start(self):
        with open(self.path("log"), "ab") as log:
            self.process = subprocess.Popen(
                ["/usr/bin/python3", "-m", "radicale", "--config", self.path("config")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                cwd=self.dir)
        until(START_SECONDS, "Radicale", self.ready)
        return self

    def ready(self):
        if self.process.poll() is not None:
            with open(self.path("log"), errors="replace") as f:
                sys.stdout.write(f.read()[-3000:])
            raise Failed("Radicale ended")
        try:
            self.ask("OPTIONS", "/", next(iter(self.users)))
        except OSError:
            return False
        return True

    def stop(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def ask(self, method, path, user, body=None, **headers):
        """(status, body); as a user."""
        if self.certificate is None:
            link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        else:
            link = http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=30,
                context=ssl.create_default_context(cafile=self.ca))
        word = base64.b64encode(f"{user}:{self.users[user]}".encode()).decode()
        try:
            link.request(method, urllib.parse.quote(path), body=body,
                         headers={"Authorization": f"Basic {word}", **headers})
            answer = link.getresponse()
            return answer.status, answer.read()
        finally:
            link.close()

    def _must(self, wanted, method, path, user, body=None, **headers):
        status, text = self.ask(method, path, user, body, **headers)
        if status not in wanted:
            raise Failed(f"Radicale: {method} {path}: {status} {text[:300]}")

    def book(self, user, name, space="carddav", kind="addressbook"):
        """Makes an address book, or another collection."""
        self._must((201,), "MKCOL", f"/{user}/{name}/", user,
                   BOOK.format(space=space, kind=kind), **{"Content-Type": "application/xml"})

    def put(self, user, book, name, text):
        self._must((201, 204), "PUT", f"/{user}/{book}/{name}.vcf", user, text.encode(),
                   **{"Content-Type": "text/vcard; charset=utf-8"})

    def remove(self, user, book, name=None):
        path = f"/{user}/{book}/" + (f"{name}.vcf" if name else "")
        self._must((200, 204), "DELETE", path, user)

    def forget_tokens(self):
        """Whatever sync-token it gave is of no use any more."""
        for place, folders, _ in os.walk(self.path("collections")):
            if os.path.basename(place) == ".Radicale.cache":
                for name in folders:
                    if name == "sync-token":
                        shutil.rmtree(os.path.join(place, name))
