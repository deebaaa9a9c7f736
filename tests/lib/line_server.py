#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A server that speaks lines, for tests in C. It prints "PORT FOLDER": in the folder
are ca.pem, the certificate of whoever signed what it shows, stranger.pem of somebody
else, and the socket `socket`. The first line of a client says what it is to see; it
ends when its standard input does."""
import os
import shutil
import socket
import ssl
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.authority import Authority

CHUNK = 65536


def echo(link, stream, *_):
    """Whatever comes comes back."""
    for line in stream:
        link.sendall(line)


def secured(link, certificate, **limits):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificates[certificate])
    for name, version in limits.items():
        setattr(context, name, getattr(ssl.TLSVersion, version))
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    link = context.wrap_socket(link, server_side=True)
    stream = link.makefile("rb")
    echo(link, stream)


def tls(link, _, certificate, most="MAXIMUM_SUPPORTED", least="MINIMUM_SUPPORTED"):
    link.sendall(b"go\r\n")
    secured(link, certificate, maximum_version=most, minimum_version=least)


def inject(link, *_):
    """What somebody in between adds, in the same piece."""
    link.sendall(b"go\r\nOK injected\r\n")
    secured(link, "localhost")


def plain(link, stream, *_):
    """No TLS, whatever was agreed."""
    link.sendall(b"go\r\n")
    stream.readline()
    link.sendall(b"500 what?\r\n" * 100)


def line(link, _, size):
    link.sendall(b"x" * int(size) + b"\r\nnext\r\n")


def pieces(link, *_):
    """A byte at a time: lines of both ends, an empty one, one that has no end."""
    for byte in b"first\r\nsecond\n\r\n\r\r\nlast":
        link.sendall(bytes([byte]))


def literal(link, _, size):
    link.sendall(b"{%s}\r\n" % size.encode() + bytes(i % 256 for i in range(int(size))) + b"\r\nafter\r\n")


def drip(link, *_):
    while True:
        link.sendall(b"x")
        threading.Event().wait(0.01)


def silent(link, stream, *_):
    """Says nothing, and reads nothing."""
    over.wait()


def close(*_):
    pass


def serve(listener):
    listening = True
    while listening:
        link, _ = listener.accept()
        threading.Thread(target=answer, args=(link,), daemon=True).start()


def answer(link):
    with link:
        try:
            # one byte at a time: what follows may be TLS
            word = b""
            while not word.endswith(b"\n"):
                byte = link.recv(1)
                if not byte:
                    return
                word += byte
            what, *more = word.decode().split()
            globals()[what](link, link.makefile("rb", buffering=0) if what == "plain"
                            else link.makefile("rb") if what == "echo" else None, *more)
        except (OSError, ssl.SSLError):
            pass


over = threading.Event()
folder = tempfile.mkdtemp(prefix="frontdesk-lines-")
try:
    authority, stranger = Authority(folder), Authority(folder, "Stranger")
    os.rename(authority.ca, os.path.join(folder, "ca.pem"))
    os.rename(stranger.ca, os.path.join(folder, "stranger.pem"))
    authority.ca = os.path.join(folder, "ca.pem")
    certificates = {"localhost": authority.sign("localhost", "127.0.0.1"),
                    "named": authority.sign("localhost"),
                    "other": authority.sign("other.example"),
                    "wildcard": authority.sign("*.example"),
                    "expired": authority.sign("localhost", days=-1)}
    tcp = socket.create_server(("127.0.0.1", 0))
    unix = socket.socket(socket.AF_UNIX)
    unix.bind(os.path.join(folder, "socket"))
    unix.listen()
    for one in (tcp, unix):
        threading.Thread(target=serve, args=(one,), daemon=True).start()
    print(tcp.getsockname()[1], folder, flush=True)
    sys.stdin.read()
finally:
    shutil.rmtree(folder, True)
