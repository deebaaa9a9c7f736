# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 frame by frame, to say what no library would: RFC 9113 and 7541."""
import socket
import ssl
import struct
import time

from .http import basic

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 2, 3, 4, 6, 7
WINDOW_UPDATE, CONTINUATION = 8, 9
END_STREAM, ACK, END_HEADERS, PADDED = 1, 1, 4, 8
CANCEL, INITIAL_WINDOW = 8, 4
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

# The codes of digits in HPACK's Huffman table, for a status that is sent so.
_DIGITS = {"00000": "0", "00001": "1", "00010": "2", **{f"{0b011001 + n:06b}": str(3 + n) for n in range(7)}}
_STATIC = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}


def frame(kind, flags, stream, payload=b""):
    return (struct.pack(">I", len(payload))[1:] + bytes([kind, flags])
            + struct.pack(">I", stream) + payload)


def number(n):
    return struct.pack(">I", n)


def setting(name, value):
    return struct.pack(">HI", name, value)


def fields(rows):
    """A header block: every field literal, nothing indexed or compressed."""
    def text(value):
        value = value.encode() if isinstance(value, str) else value
        n = len(value)
        if n < 127:
            return bytes([n]) + value
        n, out = n - 127, bytes([127])
        while n >= 128:
            out += bytes([n % 128 + 128])
            n //= 128
        return out + bytes([n]) + value
    return b"".join(b"\0" + text(name) + text(value) for name, value in rows)


def status_of(block):
    """The first field of nginx's blocks is the status."""
    at = 0
    while block[at] & 0xe0 == 0x20:  # a change of the table's size
        at += 1
    if block[at] & 0x80:
        return _STATIC[block[at] & 0x7f]
    length = block[at + 1]
    value = block[at + 2:at + 2 + (length & 0x7f)]
    if not length & 0x80:
        return int(value)
    bits, digits = "".join(f"{b:08b}" for b in value), ""
    while len(digits) < 3:
        code = next(bits[:n] for n in (5, 6) if bits[:n] in _DIGITS)
        digits, bits = digits + _DIGITS[code], bits[len(code):]
    return int(digits)


class Answer2:
    def __init__(self, block, body, end):
        self.status = status_of(block) if block else None
        self.body = body
        self.end = end  # "end", "reset CODE", "goaway CODE", "closed", "nothing"

    def __repr__(self):
        return f"<{self.status} {self.end} {self.body[:300]!r}>"


class Http2:
    """One connection. What is sent is sent as it is, flow control included."""

    def __init__(self, site, user=None, password="", settings=b""):
        context = ssl.create_default_context(cafile=site.ca)
        context.set_alpn_protocols(["h2"])
        plain = socket.create_connection(("127.0.0.1", site.port), timeout=10)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(plain, server_hostname="localhost")
        self.authorization = basic(user, password) if user else None
        self.next = 1
        self.unread = b""
        self.send(PREFACE + frame(SETTINGS, 0, 0, settings))

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def head(self, method, path, more=(), flags=END_STREAM | END_HEADERS):
        """(stream, frame) of a request's headers, not sent yet."""
        rows = [(":method", method), (":scheme", "https"), (":authority", "localhost"),
                (":path", path)]
        if self.authorization:
            rows.append(("authorization", self.authorization))
        stream, self.next = self.next, self.next + 2
        return stream, frame(HEADERS, flags, stream, fields([*rows, *more]))

    def request(self, method, path, body=None, more=()):
        """One exchange; the body has to fit into the first window."""
        stream, data = self.head(method, path, more,
                                 END_HEADERS | (END_STREAM if body is None else 0))
        if body is not None:
            pieces = [body[i:i + 16384] for i in range(0, len(body), 16384)] or [b""]
            data += b"".join(frame(DATA, END_STREAM * (i == len(pieces) - 1), stream, piece)
                             for i, piece in enumerate(pieces))
        self.send(data)
        return self.answer(stream)

    def frame(self):
        """(kind, flags, stream, payload) of the next frame."""
        def need(n):
            while len(self.unread) < n:
                more = self.socket.recv(65536)
                if not more:
                    raise EOFError
                self.unread += more
        need(9)
        n = int.from_bytes(self.unread[:3], "big")
        need(9 + n)
        kind, flags = self.unread[3], self.unread[4]
        stream, payload = int.from_bytes(self.unread[5:9], "big"), self.unread[9:9 + n]
        self.unread = self.unread[9 + n:]
        return kind, flags, stream, payload

    def answer(self, stream, seconds=10):
        block, body, end = b"", b"", time.monotonic() + seconds
        while True:
            self.socket.settimeout(max(0.05, end - time.monotonic()))
            try:
                kind, flags, of, payload = self.frame()
            except (EOFError, ConnectionError):
                return Answer2(block, body, "closed")
            except TimeoutError:
                return Answer2(block, body, "nothing")
            if kind == GOAWAY:
                return Answer2(block, body, f"goaway {int.from_bytes(payload[4:8], 'big')}")
            if of != stream:
                continue
            if kind == RST_STREAM:
                return Answer2(block, body, f"reset {int.from_bytes(payload, 'big')}")
            if kind == HEADERS:
                block += payload
            elif kind == DATA:
                body += payload
            if kind in (HEADERS, DATA) and flags & END_STREAM:
                return Answer2(block, body, "end")
