# SPDX-License-Identifier: Apache-2.0
"""The mail server's side of the milter protocol, to say what no mail server says.

    with Milter(("127.0.0.1", port)) as m:
        m.negotiate()
        m.envelope("ann@outside.test", ["ada@example.com"])
        m.header("To", "ada@example.com")
        m.end()
"""
import os
import socket
import struct

# What a filter can be spared, and what it need not answer: all bits of version 6
ALL_STEPS = 0x1FFFFF & ~0x000400
ACTIONS = 0x1FF  # of which 0x100: it may name its macros
NO_CONNECT, NO_HELO, NO_MAIL, NO_RCPT, NO_BODY, NO_HEADERS, NO_EOH = (1 << i for i in range(7))
NR_HEADER, NO_UNKNOWN, NO_DATA = 1 << 7, 1 << 8, 1 << 9
NR_CONNECT, NR_MAIL, NR_RCPT = 1 << 12, 1 << 14, 1 << 15

CONTINUE, ACCEPT = "c", "a"


class Milter:
    def __init__(self, address, seconds=30):
        """address: (host, port), or the path of a socket."""
        self.socket = socket.socket(socket.AF_UNIX if isinstance(address, str) else
                                    socket.AF_INET)
        self.socket.settimeout(seconds)
        self.socket.connect(address)
        self.steps = self.macros = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def say(self, command, data=b""):
        self.socket.sendall(struct.pack("!I", len(data) + 1) + command.encode() + data)

    def _read(self, n):
        data = b""
        while len(data) < n:
            more = self.socket.recv(n - len(data))
            if not more:
                raise ConnectionError("the milter closed the connection")
            data += more
        return data

    def hear(self):
        """(letter, data) of one answer."""
        n, = struct.unpack("!I", self._read(4))
        data = self._read(n)
        return data[:1].decode(), data[1:]

    def ask(self, command, data=b"", unless=0):
        """The letter of the answer; None: there is none, by what was negotiated."""
        self.say(command, data)
        return None if self.steps & unless else self.hear()[0]

    def negotiate(self, version=6, actions=ACTIONS, steps=ALL_STEPS):
        self.say("O", struct.pack("!III", version, actions, steps))
        letter, data = self.hear()
        assert letter == "O", letter
        _, _, self.steps = struct.unpack("!III", data[:12])
        self.macros = data[12:]
        return self

    def connect(self, client="198.51.100.7"):
        if not self.steps & NO_CONNECT:
            self.ask("C", b"host\0" + b"4" + struct.pack("!H", 25) + client.encode() + b"\0",
                     NR_CONNECT)
        return self

    def envelope(self, sender, recipients, macros=None, brackets=True):
        """MAIL and all RCPT."""
        def path(address):
            data = address if isinstance(address, bytes) else address.encode()
            return b"<" + data + b">\0" if brackets else data + b"\0"
        if macros:
            pairs = "".join(f"{k}\0{v}\0" for k, v in macros.items())
            self.say("D", b"M" + pairs.encode())
        if not self.steps & NO_MAIL:
            self.ask("M", path(sender), NR_MAIL)
        for recipient in recipients:
            if not self.steps & NO_RCPT:
                self.ask("R", path(recipient), NR_RCPT)
        return self

    def data(self):
        """What it wants to know behind the envelope: CONTINUE or ACCEPT."""
        return CONTINUE if self.steps & NO_DATA else self.ask("T")

    def header(self, name, value):
        def text(t):
            return (t if isinstance(t, bytes) else t.encode()) + b"\0"
        return self.ask("L", text(name) + text(value), NR_HEADER)

    def end(self):
        return self.ask("E")

    def abort(self):
        self.say("A")

    def quit(self):
        self.say("Q")

    def mail(self, sender, recipients, fields, macros=None):
        """All of a mail; the last answer."""
        self.envelope(sender, recipients, macros)
        said = self.data()
        if said != CONTINUE:
            return said
        for name, value in fields:
            self.header(name, value)
        return self.end()


def is_socket(path):
    return os.path.exists(path) and os.stat(path).st_mode & 0o170000 == 0o140000
