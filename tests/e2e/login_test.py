#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Logging in: every form of a name, guessing, an office behind one address."""
import base64
import os
import resource
import select
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main, until
from lib.http import EWS, basic
from lib.installation import PASSWORD, Installation
from lib.soap import get_oof

PEOPLE = 24
FLOOD = 48  # sources that guess at once
QUEUE = 1024  # who can wait for a hash, FAIR_MAX

site = Installation("login", domains=("example.com",))
ME = site.add("me@example.com", "--alias", "myself@example.com")
ODD = site.add("odd@example.com", password="gr\u00fc\u00df:e \u20ac")
LATIN = site.add("latin@example.com", password="caf\u00e9")
LOCKED = "locked@example.com"
site.run("mailbox", "add", LOCKED, input="")
people = [site.add(f"p{n}@example.com", password=f"secret {n}") for n in range(PEOPLE)]
newcomers = [site.add(f"new{n}@example.com", password=f"secret {n}") for n in range(3)]
# A trusted proxy lets one test come from many addresses.
site.configure("proxy {\n\tlisten = \"127.0.0.1:%d\"\n\ttrusted = {\"127.0.0.1\"}\n}\n"
               % (site.status_port + 1))
site.start()


def status(authorization, client=None, **headers):
    client = client or site.client()
    answer = client.get("/ews/Exchange.asmx/s/GetUserPhoto?email=x@example.com&size=HR48x48",
                        authorization=authorization, **headers)
    return answer.status  # 404: known, but no such picture


def accepted(name, password):
    equal(status(basic(name, password)), 404, name)


def refused(value):
    equal(status(value), 401, value)


def latin1():
    equal(status(basic(LATIN, "caf\u00e9", "latin-1")), 404, "Latin-1")
    equal(status(basic(LATIN, "caf\u00e9", "utf-8")), 404, "UTF-8")


def not_ours():
    answer = site.client().post(get_oof(ME))
    schemes = [v.split()[0] for v in answer.headers.get_all("WWW-Authenticate")]
    equal(schemes, ["Basic"], "challenges")


def connection_kept():
    """401, and the body that came with it, do not cost the connection."""
    client = site.client()
    equal(client.post(get_oof(ME) + " " * 100000).status, 401)
    connection = client.connection
    check(connection is not None, "the connection was closed")
    answer = client.request("POST", EWS, get_oof(ME).encode(),
                            {"Authorization": basic(ME, PASSWORD)})
    equal((answer.status, client.connection is connection), (200, True), "same connection")


def expect_continue():
    """With and without a login: the body is asked for, then answered. Asking for
    it also before a 401 is what keeps the connection in step."""
    body = get_oof(ME).encode()
    client = site.client(ME)
    with client.connect() as s:
        for authorization, wanted in ((None, b" 401 "), (client.authorization, b" 200 ")):
            head = (f"POST {EWS} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n"
                    f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\n")
            if authorization:
                head += f"Authorization: {authorization}\r\n"
            s.sendall(head.encode() + b"\r\n")
            got = s.recv(65536)
            check(got.startswith(b"HTTP/1.1 100"), got[:80])
            s.sendall(body)
            got = got.partition(b"\r\n\r\n")[2]
            while b"\r\n\r\n" not in got or (b" 200 " in got[:20] and b"</s" not in got[-20:]):
                more = s.recv(65536)
                check(more, f"the connection ended: {got[:200]}")
                got += more
            check(wanted in got[:20], got[:80])


def no_credentials_never_count():
    for _ in range(60):
        equal(status(None), 401)
    began = time.monotonic()
    accepted(ME, PASSWORD)
    check(time.monotonic() - began < 3, "the real user had to wait")


def same_answer():
    """Unknown user and wrong password: the same bytes."""
    def told(name):
        answer = site.client().get("/ews/Exchange.asmx", authorization=basic(name, "wrong"),
                                   x_forwarded_for="192.0.2.1")
        return (answer.status, answer.body,
                sorted((k, v) for k, v in answer.headers.items() if k != "Date"))
    equal(told("nobody@example.com"), told("p0@example.com"))
    equal(told(LOCKED), told("p1@example.com"))


def proxied(address):
    client = site.client()
    client.address = ("127.0.0.1", site.status_port + 1)
    client.context = None
    return client, {"x_forwarded_for": address, "x_forwarded_proto": "https"}


def office():
    """Everybody of one office, behind one address, with a few typos: no wait."""
    client, headers = proxied("198.51.100.7")
    for n in range(6):
        equal(status(basic(people[n], "typo"), *[proxied("198.51.100.7")[0]], **headers), 401)
    began = time.monotonic()
    for n in range(6, PEOPLE):
        equal(status(basic(people[n], f"secret {n}"), client, **headers), 404, people[n])
    check(time.monotonic() - began < 3 + 0.5 * PEOPLE, "colleagues had to wait")


def guessing():
    """One user guessed from one place: slowed there, served elsewhere."""
    client, headers = proxied("203.0.113.66")
    began = time.monotonic()
    tried = 0
    while tried < 8:
        answer = status(basic(ME, f"guess {tried}"), client, **headers)
        check(answer in (401, 429), answer)
        tried += 1
    slowed = time.monotonic() - began
    check(slowed > 1, f"8 guesses in {slowed:.2f} s")
    began = time.monotonic()
    other, elsewhere = proxied("203.0.113.200")
    equal(status(basic("myself@example.com", PASSWORD), other, **elsewhere), 404)
    check(time.monotonic() - began < 3, "the real user elsewhere had to wait")


def guessing_together():
    """Many guesses at once gain nothing: each waits for its turn."""
    results, began = [], time.monotonic()

    def guess(n):
        client, headers = proxied("203.0.113.77")
        results.append(status(basic("p3@example.com", f"guess {n}"), client, **headers))
    threads = [threading.Thread(target=guess, args=(n,)) for n in range(40)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check(all(r in (401, 429) for r in results), results)
    tried = results.count(401)
    check(tried < 20 or time.monotonic() - began > 10, f"{tried} guesses were tried at once")


def flood():
    """Guesses from many places at many names keep all hash threads busy: strangers are
    answered nevertheless. Who goes first is what tests/unit/base/fair_test.c tells."""
    over, answers = threading.Event(), []

    def guess(n):
        client = site.client()
        client.source = f"127.77.{n}.1"
        for turn in range(200):
            if over.is_set():
                break
            answers.append(status(basic(f"guessed{n}.{turn}@example.com", "guess"), client))
        client.close()
    guessers = [threading.Thread(target=guess, args=(n,)) for n in range(FLOOD)]
    for t in guessers:
        t.start()
    try:
        until(20, "the flood", lambda: len(answers) > FLOOD)
        for n, name in enumerate(newcomers):
            before = len(answers)
            client = site.client()
            client.source = f"127.78.{n}.1"
            equal(status(basic(name, f"secret {n}"), client), 404, name)
            client.close()
            until(20, "a flood that goes on", lambda: len(answers) > before)
    finally:
        over.set()
        for t in guessers:
            t.join()
    equal(set(answers) - {401, 429, 503}, set(), "guesses")


def full():
    """More wait than can: those who are not known are told at once that it is too much;
    who has been there before still comes in, before all of them."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    site.stop()
    site.configure("workers = 1\nthreads {\n\thash = 1\n}\n")
    site.start()
    client, headers = proxied("198.51.100.9")
    equal(status(basic("me@example.com", PASSWORD), client, **headers), 404)
    sockets = []
    try:
        for n in range(QUEUE + FLOOD):
            s = proxied("")[0].connect()
            sockets.append(s)
            s.sendall(("GET /ews/Exchange.asmx/s/GetUserPhoto HTTP/1.1\r\nHost: x\r\n"
                       f"X-Forwarded-Proto: https\r\nX-Forwarded-For: 203.0.{n % 250}.{n // 250}\r\n"
                       f"Authorization: {basic(f'full{n}', 'guess')}\r\n\r\n").encode())
        poll = select.poll()
        for s in sockets:
            poll.register(s, select.POLLIN)
        by_number = {s.fileno(): s for s in sockets}

        def refusals():
            return sum(by_number[n].recv(99, socket.MSG_PEEK).startswith(b"HTTP/1.1 503 ")
                       for n, _ in poll.poll(0))
        until(30, "refusals", lambda: refusals() > FLOOD // 2)
        equal(status(basic("myself@example.com", PASSWORD), client, **headers), 404, "known")
        waiting = len(sockets) - len(poll.poll(0))
        check(waiting > 100, f"only {waiting} still waited")
    finally:
        for s in sockets:
            s.close()
    site.kill()
    site.start()


def changed_password():
    accepted("p5@example.com", "secret 5")
    site.run("mailbox", "passwd", "p5@example.com", "--password-stdin", input="new one\n")
    refused(basic("p5@example.com", "secret 5"))
    accepted("p5@example.com", "new one")


def removed():
    who = site.add("leaver@example.com")
    accepted(who, PASSWORD)
    site.run("mailbox", "remove", who, "--yes")
    refused(basic(who, PASSWORD))


def remembered():
    """The second request costs no hash: the counters say so."""
    def count(kind):
        for line in site.back().get("/metrics").body.decode().splitlines():
            if line.startswith("frontdesk_logins_total") and f'"{kind}"' in line:
                return float(line.split()[-1])
        return 0.0
    accepted("p9@example.com", "secret 9")
    hashed, known = count("hashed"), count("remembered")
    for _ in range(10):
        accepted("p9@example.com", "secret 9")
    equal(count("hashed"), hashed, "hashes")
    check(count("remembered") >= known + 10, "remembered logins")


def removed_alias():
    """Also who is remembered by it."""
    site.run("mailbox", "alias", "p6@example.com", "add", "six@example.com")
    accepted("six@example.com", "secret 6")
    accepted("six@example.com", "secret 6")
    site.run("mailbox", "alias", "p6@example.com", "remove", "six@example.com")
    refused(basic("six@example.com", "secret 6"))
    accepted("p6@example.com", "secret 6")


def long_password():
    refused(basic(ME, "x" * 5000))
    refused(basic("x" * 3000 + "@example.com", "x"))


case("names: the address", accepted, ME, PASSWORD)
NAMES = ["ME@Example.COM", "myself@example.com", "me", "example.com\\me", "EXAMPLE\\me", "Example\\ME"]
for name in NAMES:
    case(f"names: {name}", accepted, name, PASSWORD)
case("passwords: UTF-8 and a colon", accepted, ODD, "gr\u00fc\u00df:e \u20ac")
case("passwords: Latin-1", latin1)
BAD = ["Basic", "Basic ", "Basic !!!!", "Basic " + base64.b64encode(b"nocolon").decode(),
       "Basic " + base64.b64encode(b"me@example.com\0:x").decode(), "basic",
       "Bearer x", "Negotiate YII=", "NTLM TlRM", basic(LOCKED, ""), basic(ME, ""),
       basic("", ""), basic("m\u0435@example.com", PASSWORD),
       basic("me@other.example", PASSWORD), basic("OTHER\\me", PASSWORD)]
for value in BAD:
    case(f"refused: {value[:40]}", refused, value)
case("only Basic is offered", not_ours)
case("401 keeps the connection", connection_kept)
case("Expect: 100-continue is answered", expect_continue)
case("requests without credentials never count", no_credentials_never_count)
case("unknown user and wrong password look the same", same_answer)
case("an office behind one address is never slowed", office)
case("guessing is slowed for that place and user alone", guessing)
case("guessing on many connections gains nothing", guessing_together)
case("a flood of guesses does not keep strangers out", flood)
case("a changed password ends the old one at once", changed_password)
case("a removed mailbox is nobody at once", removed)
case("a verified caller is remembered", remembered)
case("a removed alias ends at once", removed_alias)
case("overlong names and passwords are refused", long_password)
case("who has been here before comes in where too many wait", full)
main()
