# SPDX-License-Identifier: Apache-2.0
"""A DNS server on loopback that knows what a test tells it: A and SRV."""
import socket
import struct
import threading

from .cases import at_end

A, SRV = 1, 33
NO_SUCH_NAME = 3


def _labels(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".") if part) + b"\0"


def _question(message):
    """(name, type, where it ends)"""
    at, parts = 12, []
    while message[at]:
        parts.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    return ".".join(parts).lower(), struct.unpack(">H", message[at + 1:at + 3])[0], at + 5


class Names:
    """records: {(name, type): [data]}: an address, or for SRV (priority, weight,
    port, host); bytes are sent as they are."""

    def __init__(self, records=None):
        self.records = records or {}
        self.asked = []
        self.silent = False
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()
        at_end(self.socket.close)

    def _serve(self):
        while True:
            try:
                message, peer = self.socket.recvfrom(4096)
            except OSError:
                return
            if not self.silent:
                self.socket.sendto(self._answer(message), peer)

    def _answer(self, message):
        name, kind, end = _question(message)
        self.asked.append((name, kind))
        found = self.records.get((name, kind), [])
        known = any(n == name for n, _ in self.records)
        out = message[:2] + struct.pack(">HHHHH", 0x8180 | (0 if known else NO_SUCH_NAME), 1,
                                        len(found), 0, 0) + message[12:end]
        for data in found:
            if isinstance(data, bytes):
                pass  # as it is, right or wrong
            elif kind == A:
                data = socket.inet_aton(data)
            elif kind == SRV:
                data = struct.pack(">HHH", *data[:3]) + _labels(data[3])
            out += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
        return out
