# SPDX-License-Identifier: Apache-2.0
"""An SMTP server on loopback that keeps whatever it is sent: the sender's mail server,
for a test that needs no real one."""
import email
import email.policy
import socket
import socketserver
import threading

from .cases import at_end, until
from .installation import free_port

LINE_MAX = 1 << 20
WAIT_SECONDS = 30
# What nobody has read yet: without a bound the system makes it larger than a mail.
UNREAD_BYTES = 1 << 17


class Mail:
    """What came, with what the envelope said: bare addresses, and the parameters."""

    def __init__(self, sender, recipients, data):
        self.sender, self.sender_parameters = sender
        self.recipients = [address for address, _ in recipients]
        self.parameters = [words for _, words in recipients]
        self.data = data

    @property
    def message(self):
        return email.message_from_bytes(self.data, policy=email.policy.default)


def path_of(rest):
    """("ada@example.com", ["NOTIFY=NEVER"]) of ":<ada@example.com> NOTIFY=NEVER"."""
    address, _, words = rest.lstrip(": ").partition(">")
    return address.lstrip("<"), words.split()


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.sink = self.server.sink
        self.sender, self.recipients = None, []
        self.sink.pause("greeting")
        self.answer("220 sink.test ESMTP")
        while True:
            line = self.rfile.readline(LINE_MAX).decode(errors="replace").strip()
            if not line:
                return
            verb, _, rest = line.partition(" ")
            verb, colon, more = verb.partition(":")
            verb = verb.upper()
            self.sink.lines.append(line)
            self.sink.pause(verb)
            told = self.sink.answers.get(verb)
            if told == "":
                raise ConnectionAbortedError
            if told is not None:
                self.answer(told)
            elif verb == "QUIT":
                return self.answer("221 bye")
            else:
                self.take(verb, colon + more + " " + rest)

    def take(self, verb, rest):
        if verb == "EHLO":
            return self.answer("250-sink.test\r\n250-DSN\r\n250-8BITMIME\r\n250 SMTPUTF8")
        if verb == "DATA":
            return self.data()
        if verb in ("MAIL", "RCPT"):
            address, words = path_of(rest.partition(":")[2])
            if verb == "MAIL":
                self.sender, self.recipients = (address, words), []
            else:
                self.recipients.append((address, words))
        elif verb == "RSET":
            self.sender, self.recipients = None, []
        elif verb not in ("HELO", "NOOP"):
            return self.answer("500 what?")
        self.answer("250 ok")

    def data(self):
        if self.sender is None or not self.recipients:
            return self.answer("503 to whom?")
        self.answer("354 go on")
        lines = []
        while True:
            line = self.rfile.readline(LINE_MAX)
            if not line:
                return
            if line == b".\r\n":
                break
            if not lines:
                self.sink.pause("text")
            lines.append(line[1:] if line.startswith(b".") else line)
        told = self.sink.answers.get(".", "250 kept")
        if told.startswith("2"):
            self.sink.mails.append(Mail(self.sender, self.recipients, b"".join(lines)))
        self.sink.pause(".")
        if told == "":
            raise ConnectionAbortedError
        self.answer(told)

    def answer(self, text):
        self.wfile.write(text.encode() + b"\r\n")


class Sink(socketserver.ThreadingTCPServer):
    """answers: what is said instead to a verb ("RCPT": "450 later"), or to the end of a
    mail ("."), which is then not kept unless it begins with 2; "": it closes.
    holds: a verb, "greeting", "text" (of a mail) or "." (its end, when it has it) at
    which it falls silent until go_on()."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, port=None):
        self.port = port or free_port()
        self.sink, self.mails, self.lines, self.answers = self, [], [], {}
        self.holds, self.held, self.free = None, threading.Event(), threading.Event()
        super().__init__(("127.0.0.1", self.port), Session)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        at_end(self.stop)

    def server_bind(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UNREAD_BYTES)
        super().server_bind()

    def stop(self):
        """Nobody listens there any more."""
        if self.sink is not None:
            self.sink = None
            self.shutdown()
            self.server_close()

    def hold(self, step):
        self.holds = step
        self.held.clear()
        self.free.clear()

    def go_on(self):
        self.holds = None
        self.free.set()

    def pause(self, step):
        if step == self.holds:
            self.held.set()
            self.free.wait(WAIT_SECONDS)

    def to(self, address):
        return [mail for mail in self.mails if address in mail.recipients]

    def wait(self, address, n=1):
        """The mails to this address, when there are n."""
        return until(WAIT_SECONDS, f"mail {n} to {address}",
                     lambda: len(self.to(address)) >= n and self.to(address))

    def handle_error(self, request, client_address):
        """A client may be gone at any time."""
