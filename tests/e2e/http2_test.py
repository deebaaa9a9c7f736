#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 where it differs: bodies in frames, streams that end early, floods."""
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main
from lib.http import EWS, PHOTO, basic
from lib.http2 import (CANCEL, CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, INITIAL_WINDOW,
                       PADDED, PING, PRIORITY, RST_STREAM, SETTINGS, WINDOW_UPDATE, Http2, fields,
                       frame, number, setting)
from lib.installation import PASSWORD, Installation, picture
from lib.soap import Message, expect, get_oof, set_oof

BODY_MAX = 11 * 1024**2 + 256 * 1024  # with a picture in it
STREAMS = 32  # at once
ROUNDS = 30

site = Installation("http2")
ME = site.add("me@example.com")
site.run("photo", "set", ME, picture("photo-1600.jpg"))
site.start()
SMALL = f"{PHOTO}?email={ME}&size=HR48x48"
LARGE = f"{PHOTO}?email={ME}&size=HR648x648"
GET = get_oof(ME).encode()
SET = set_oof(ME, internal="by HTTP/2").encode()
first = site.client(ME)
expect(first.post(SET), 200, "NoError")


def connect(**more):
    return Http2(site, ME, PASSWORD, **more)


def alive():
    expect(site.client(ME).post(get_oof(ME)), 200, "NoError")


def piece_by_piece(size, padding):
    """Frames of `size` bytes, with padding or without."""
    c = connect()
    stream, data = c.head("POST", EWS, flags=END_HEADERS)
    c.send(data)
    for at in range(0, len(GET), size):
        piece = GET[at:at + size]
        c.send(frame(DATA, PADDED, stream, bytes([padding]) + piece + b"\0" * padding)
               if padding else frame(DATA, 0, stream, piece))
    c.send(frame(DATA, END_STREAM, stream))
    answer = c.answer(stream)
    equal((answer.status, answer.end), (200, "end"), answer)
    equal(Message(answer).code, "NoError")


def without_body():
    c, tag = connect(), first.photo(ME, "HR648x648")["ETag"]
    head = c.request("HEAD", LARGE)
    equal((head.status, head.body, head.end), (200, b"", "end"), "HEAD")
    same = c.request("GET", LARGE, more=[("if-none-match", tag)])
    equal((same.status, same.body, same.end), (304, b"", "end"), "304")
    whole = c.request("GET", LARGE)
    equal(whole.body, first.photo(ME, "HR648x648").body, "GET")


def refused(wanted, body, more, authorization):
    """The stream is answered; the next one of the connection is, too."""
    c = connect()
    kept = c.authorization
    c.authorization = authorization or kept
    answer = c.request("POST", EWS, body, more)
    equal(answer.status, wanted, answer)
    c.authorization = kept
    equal(c.request("GET", SMALL).status, 200, "the next stream")


def told_behind_the_body():
    """Who comes without a login is answered when his body has come, however late,
    and the stream is not reset: curl 7.88 would forget the answer."""
    c, seen = connect(), []

    def ask_photo():
        """Everything that was sent before is dealt with; what it saw is noted."""
        last, data = c.head("GET", SMALL)
        c.send(data)
        while True:
            kind, flags, of, _ = c.frame()
            if of == stream:
                seen.append(kind)
            if of == last and flags & END_STREAM:
                return

    kept, c.authorization = c.authorization, None
    stream, data = c.head("POST", EWS, [("content-length", str(len(GET)))], END_HEADERS)
    c.authorization = kept
    c.send(data)
    ask_photo()
    equal(seen, [], "before the body")
    c.send(frame(DATA, END_STREAM, stream, GET))
    equal(c.answer(stream).status, 401)
    ask_photo()
    equal(seen, [], "behind the answer")


REFUSED = [
    ("a length over the limit", 413, b"", [("content-length", str(BODY_MAX + 1))], None),
    ("a length that is too large", 400, GET, [("content-length", str(len(GET) + 5))], None),
    ("a length that is too small", 400, GET, [("content-length", str(len(GET) - 5))], None),
    ("no XML", 500, b"no XML", [], None),
    ("an unknown coding", 415, GET, [("content-encoding", "br")], None),
    ("a wrong password", 401, GET, [], basic(ME, "wrong")),
    ("a body of several windows, unwanted", 401, b"x" * 60000, [], basic("nobody@example.com", "x")),
]


def pseudo(rows):
    """What RFC 9113 8.3 forbids is no request."""
    c = connect()
    c.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, fields(rows)))
    answer = c.answer(1, seconds=5)
    check(answer.status in (None, 400) and answer.end != "nothing", answer)
    check(b"<html" not in answer.body.lower(), "a page of nginx's own")
    alive()


PATH = [(":method", "GET"), (":scheme", "https"), (":path", "/ews/types.xsd"), (":authority", "localhost")]
FORBIDDEN = [
    ("no path", PATH[:2] + PATH[3:]), ("no method", PATH[1:]), ("an empty path", [*PATH[:2], (":path", ""), PATH[3]]),
    ("a URL as path", [*PATH[:2], (":path", "http://x/ews/types.xsd"), PATH[3]]),
    ("two methods", [(":method", "POST"), *PATH]), ("no host", PATH[:3]),
    ("a name in capitals", [*PATH, ("X-Upper", "1")]), ("a line break in a value", [*PATH, ("a", "b\r\nc: d")]),
    ("a NUL in a value", [*PATH, ("a", "b\0c")]), ("a name of nothing", [*PATH, ("", "b")]),
    ("CONNECT", [(":method", "CONNECT"), (":authority", "example.com:80")]),
]


def given_up(body, authorization, how):
    """The client goes while a thread has its requests, or a timer."""
    for _ in range(ROUNDS):
        c = connect()
        c.authorization = authorization or c.authorization
        streams, data = [], b""
        for _ in range(20):
            stream, head = c.head("POST", EWS, flags=END_HEADERS)
            data += head + frame(DATA, END_STREAM, stream, body)
            streams.append(stream)
        c.send(data)
        if how == "resets":
            c.send(b"".join(frame(RST_STREAM, 0, s, number(CANCEL)) for s in streams))
        elif how == "breaks":
            c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        c.close()
    alive()


def reset_at_once():
    """CVE-2023-44487."""
    for _ in range(ROUNDS):
        c = connect()
        try:
            for _ in range(20):
                data = b""
                for _ in range(50):
                    stream, head = c.head("GET", LARGE)
                    data += head + frame(RST_STREAM, 0, stream, number(CANCEL))
                c.send(data)
        except OSError:  # it has had enough
            pass
        c.close()
    alive()


def flood(data):
    c = connect()
    c.socket.settimeout(2)
    try:
        for _ in range(300):
            c.send(data * 100)
    except OSError:
        pass
    alive()
    c.close()
    alive()


FLOODS = [
    ("SETTINGS", frame(SETTINGS, 0, 0)), ("many settings", frame(SETTINGS, 0, 0, setting(INITIAL_WINDOW, 65535) * 50)),
    ("PING", frame(PING, 0, 0, b"12345678")), ("PRIORITY", frame(PRIORITY, 0, 1, b"\0\0\0\0\1")),
    ("WINDOW_UPDATE", frame(WINDOW_UPDATE, 0, 0, number(1))), ("empty DATA", frame(DATA, 0, 1)),
    ("frames of no kind", frame(0xee, 0xff, 99, b"x" * 50)),
]


def headers_without_end():
    """CONTINUATION for ever."""
    c = connect()
    stream, data = c.head("GET", "/ews/types.xsd", flags=END_STREAM)
    try:
        c.send(data)
        for _ in range(300):
            c.send(frame(CONTINUATION, 0, stream, fields([("x", "y" * 16000)])))
    except OSError:
        pass
    equal(c.answer(stream).status, None)
    alive()


def headers_that_unfold():
    """One field in HPACK's table, referred to 12,000 times."""
    c = connect()
    block = fields([*PATH]) + b"\x40" + fields([("a", "y" * 3900)])[1:] + b"\xbe" * 12000
    c.send(frame(HEADERS, END_HEADERS | END_STREAM, 1, block))
    check(c.answer(1).status in (None, 400, 431), "it was taken")
    alive()


def window_later():
    c = connect(settings=setting(INITIAL_WINDOW, 10))
    stream, data = c.head("GET", LARGE)
    c.send(data)
    part = c.answer(stream, seconds=0.5)
    equal((part.status, len(part.body), part.end), (200, 10, "nothing"))
    c.send(frame(WINDOW_UPDATE, 0, stream, number(1 << 20)) + frame(WINDOW_UPDATE, 0, 0, number(1 << 20)))
    equal(part.body + c.answer(stream).body, first.photo(ME, "HR648x648").body)


def streams_at_once():
    c, data, left = connect(), b"", set()
    for _ in range(STREAMS):
        stream, head = c.head("POST", EWS, flags=END_HEADERS)
        data += head + frame(DATA, END_STREAM, stream, SET)
        left.add(stream)
    c.send(data + frame(WINDOW_UPDATE, 0, 0, number(1 << 24)))
    while left:
        kind, flags, stream, payload = c.frame()
        check(kind != RST_STREAM, f"stream {stream} was reset")
        check(kind != HEADERS or payload[0] == 0x88, f"stream {stream} is not 200")
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            left.discard(stream)


cases("bodies in frames of {} bytes, padding {}", [(7, 0), (50, 200), (16384, 0)], piece_by_piece)
case("a 401 stands behind the body, and nothing behind it", told_behind_the_body)
case("HEAD and 304 end without a body", without_body)
for name, *row in REFUSED:
    case(f"refused, and the connection kept: {name}", refused, *row)
for name, rows in FORBIDDEN:
    case(f"no request: {name}", pseudo, rows)
for how in ("resets", "breaks", "closes"):
    case(f"a client that {how} while its Sets are written", given_up, SET, None, how)
    case(f"a client that {how} while its password is checked", given_up, GET,
         basic(f"{how}@example.com", "x"), how)
case("requests that are reset at once", reset_at_once)
for name, data in FLOODS:
    case(f"a flood of {name}", flood, data)
case("headers that never end", headers_without_end)
case("headers that unfold", headers_that_unfold)
case("an answer waits for its window", window_later)
case(f"{STREAMS} streams at once", streams_at_once)
main()
