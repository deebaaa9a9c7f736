#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Clients that are slow in every part of an exchange, with both versions of HTTP:
they are dropped, and nobody else waits for them."""
import os
import socket
import ssl
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, check, equal, main, until
from lib.http import EWS, PHOTO
from lib.http2 import (CONTINUATION, DATA, END_HEADERS, END_STREAM, INITIAL_WINDOW, PING,
                       PREFACE, WINDOW_UPDATE, Http2, fields, frame, number, setting)
from lib.installation import PASSWORD, Installation, picture
from lib.soap import expect, get_oof

OF_EACH = 8
LIMIT_S = 3      # of each part of an exchange
DROPPED_S = 30   # three parts, and a busy machine
UNREAD = 60      # answers that are never read: more than any system takes over
FEW = 6          # no more than the connection's own share takes over

site = Installation("slow", settings="limits {\n" + "".join(
    f"\t{part}_timeout_s = {LIMIT_S}\n" for part in ("header", "body", "send", "keepalive")) + "}\n")
ME = site.add("me@example.com")
site.run("photo", "set", ME, picture("photo-1600.jpg"))
site.start()
LARGEST = f"{PHOTO}?email={ME}&size=HR648x648"
AUTH = f"Host: localhost\r\nAuthorization: {site.client(ME).authorization}\r\n"


def tls(start, receive=None):
    """A connection that has sent `start`; `receive`: bytes of its window."""
    s = socket.socket()
    if receive:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    s.connect(("127.0.0.1", site.port))
    s.settimeout(10)
    s = site.client(ME).context.wrap_socket(s, server_hostname="localhost")
    s.sendall(start.encode() if isinstance(start, str) else start)
    return s


def http2(start, settings=b""):
    """`start`: what to send first, made with the connection's own headers."""
    c = Http2(site, ME, PASSWORD, settings)
    c.send(start(c))
    return c.socket


def clear(_):
    return socket.create_connection(("127.0.0.1", site.port))


def many(c):
    return b"".join(c.head("GET", LARGEST)[1] for _ in range(20))


POST = f"POST {EWS} HTTP/1.1\r\n{AUTH}"
GET = f"GET {LARGEST} HTTP/1.1\r\n{AUTH}\r\n"
SMALL = f"GET /ews/types.xsd HTTP/1.1\r\n{AUTH}\r\n"
WAITS = b""      # sends nothing more
READS = None     # reads a little instead

# What it does, how it starts, and what it sends drop by drop.
KINDS = [
    ("no handshake", clear, b"\x16"),
    ("nothing after the handshake", lambda n: tls(""), WAITS),
    ("a header", lambda n: tls("GET / HTTP/1.1\r\nX: "), b"x"),
    ("many headers", lambda n: tls(POST), b"X: y\r\n"),
    ("a second header", lambda n: tls(GET + "GET / HTTP/1.1\r\nX: "), b"x"),
    ("a body of a known length", lambda n: tls(POST + "Content-Length: 100000\r\n\r\n"), b" "),
    ("a body in chunks", lambda n: tls(POST + "Transfer-Encoding: chunked\r\n\r\n"), b"1\r\n \r\n"),
    ("a chunk's extension", lambda n: tls(POST + "Transfer-Encoding: chunked\r\n\r\n1;"), b"x"),
    ("a body that nobody wants", lambda n: tls("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n"), b"x"),
    ("unread answers", lambda n: tls(GET * UNREAD, receive=2048), WAITS),
    ("requests whose answers it never reads", lambda n: tls(GET * FEW, receive=2048), SMALL.encode()),
    ("answers read in drops", lambda n: tls(GET * UNREAD, receive=2048), READS),
    ("HTTP/2: a preface", lambda n: tls(PREFACE[:3]), WAITS),
    ("HTTP/2: headers", lambda n: http2(lambda c: c.head("GET", "/", flags=END_STREAM)[1]),
     frame(CONTINUATION, 0, 1, fields([("x", "y")]))),
    ("HTTP/2: a body", lambda n: http2(lambda c: c.head("POST", EWS, flags=END_HEADERS)[1]),
     frame(DATA, 0, 1, b" ")),
    ("HTTP/2: answers without a window", lambda n: http2(many, setting(INITIAL_WINDOW, 0)), WAITS),
    ("HTTP/2: answers with a tiny window", lambda n: http2(many, setting(INITIAL_WINDOW, 1)),
     frame(WINDOW_UPDATE, 0, 1, number(1))),
    ("HTTP/2: nothing but PING", lambda n: http2(lambda c: b""), frame(PING, 0, 0, b"12345678")),
]


def held():
    """The ports of the clients whose connections the server still has."""
    ports = set()
    with open("/proc/net/tcp") as f:
        for line in list(f)[1:]:
            _, ours, theirs, *rest = line.split()
            inode = rest[6]
            if ours.endswith(f":{site.port:04X}") and inode != "0":
                ports.add(int(theirs.split(":")[1], 16))
    return ports


def drip(slow, stop):
    while not stop.wait(0.5):
        for s, drop in slow:
            try:
                if drop is READS:
                    s.recv(64)
                elif drop:
                    s.send(drop)
            except (OSError, ValueError):  # not now, or dropped
                pass


def dropped(slow):
    """Which are: their port is not the server's any more."""
    ports = {s.getsockname()[1]: name for s, name in slow}

    def left():
        return sorted({ports[p] for p in held() & set(ports)})
    until(DROPPED_S, "all slow clients are dropped", lambda: not left() or None)
    equal(left(), [], "not dropped")


def slow_clients():
    slow, stop = [], threading.Event()
    for n in range(OF_EACH):
        for name, start, drop in KINDS:
            s = start(n)
            s.setblocking(False)
            slow.append((name, s, drop))
    thread = threading.Thread(target=drip, args=([(s, drop) for _, s, drop in slow], stop))
    thread.start()
    try:
        client = site.client(ME)
        for _ in range(100):
            equal(client.photo(ME).status, 200)
            expect(client.post(get_oof(ME)), 200, "NoError")
        dropped([(s, name) for name, s, _ in slow])
    finally:
        stop.set()
        thread.join()
    for _, s, _ in slow:
        s.close()
    expect(site.client(ME).post(get_oof(ME)), 200, "NoError")


case(f"{OF_EACH} slow clients of each of {len(KINDS)} kinds are dropped, others never wait", slow_clients)
main()
