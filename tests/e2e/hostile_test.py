#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Bad input, and clients that mean harm: after each the server serves on."""
import concurrent.futures
import gzip
import os
import re
import socket
import ssl
import sys
import time
import warnings

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
warnings.simplefilter("ignore", DeprecationWarning)  # of TLS versions, on purpose
from lib.cases import case, cases, check, equal, main, until
from lib.http import EWS, PHOTO, XML, Client
from lib.installation import Installation, picture
from lib.soap import Message, envelope, escape, expect, get_oof, set_oof, set_raw

BODY_MAX = 1792 * 1024
PICTURE_MAX = 11 * 1024**2  # of a SetUserPhoto
BODIES = 12                 # at once: more than is kept would be seen
WORKER_MAX = 32 * 1024**2

site = Installation("hostile")
ME = site.add("me@example.com")
site.run("photo", "set", ME, picture("photo-1600.jpg"))
site.start()
kept = site.client(ME)
AUTH = f"Host: localhost\r\nAuthorization: {kept.authorization}\r\n"


def alive():
    expect(site.client(ME).post(get_oof(ME)), 200, "NoError")


def raw(data, wanted):
    """wanted: the status codes that are right; 0 is a closed connection."""
    if isinstance(data, str):
        data = data.encode("latin-1")
    got = site.client(ME).raw(data, seconds=5)
    status = int(got[9:12]) if got.startswith(b"HTTP/1.") else 0
    check(status in wanted, f"{status} for {data[:80]}: {got[:120]}")
    check(b"<html" not in got.lower(), "a page of nginx's own")
    alive()


HTTP = [
    ("HTTP/0.9", f"GET {EWS}\r\n\r\n", (0, 400)),
    ("no version", f"GET {EWS} \r\n{AUTH}\r\n", (0, 400)),
    ("HTTP/2.0 by name", f"GET {EWS} HTTP/2.0\r\n{AUTH}\r\n", (0, 400, 505)),
    ("a target that is not ASCII", f"GET /ews/\xe9 HTTP/1.1\r\n{AUTH}Connection: close\r\n\r\n", (400,)),
    ("a header line without a colon", f"GET {EWS} HTTP/1.1\r\n{AUTH}Oddity\r\nConnection: close\r\n\r\n", (400,)),
    ("white space before a colon", f"GET {EWS} HTTP/1.1\r\n{AUTH}X : y\r\nConnection: close\r\n\r\n", (400,)),
    ("Content-Length and chunked", f"POST {EWS} HTTP/1.1\r\n{AUTH}Content-Length: 3\r\n"
     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", (0, 400)),
    ("two lengths", f"POST {EWS} HTTP/1.1\r\n{AUTH}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", (0, 400)),
    ("a negative length", f"POST {EWS} HTTP/1.1\r\n{AUTH}Content-Length: -1\r\n\r\n", (0, 400)),
    ("a bad chunk", f"POST {EWS} HTTP/1.1\r\n{AUTH}Transfer-Encoding: chunked\r\n\r\nzz\r\n", (0, 400)),
    ("an unknown coding", f"POST {EWS} HTTP/1.1\r\n{AUTH}Transfer-Encoding: rot13\r\nConnection: close\r\n\r\n", (0, 400, 501)),
    ("no Host", f"GET {EWS} HTTP/1.1\r\nAuthorization: x\r\n\r\n", (400,)),
    ("two logins", f"GET {PHOTO}?email={ME}&size=HR48x48 HTTP/1.1\r\n{AUTH}Authorization: Basic x\r\n"
     "Connection: close\r\n\r\n", (400,)),
    ("a header of 64 KiB", f"GET {EWS} HTTP/1.1\r\n{AUTH}X: {'y' * 65536}\r\n\r\n", (0, 400, 431)),
    ("a target of 64 KiB", f"GET /{'y' * 65536} HTTP/1.1\r\n{AUTH}\r\n", (0, 400, 414)),
    ("a thousand headers", f"GET {EWS} HTTP/1.1\r\n{AUTH}" + "X: y\r\n" * 20000 + "\r\n", (0, 400, 431)),
    ("CONNECT", f"CONNECT example.com:443 HTTP/1.1\r\n{AUTH}\r\n", (0, 400, 404, 405)),
    ("TRACE", f"TRACE {EWS} HTTP/1.1\r\n{AUTH}Connection: close\r\n\r\n", (405,)),
]


def traversal(path):
    answer = kept.get(path)
    check(answer.status in (400, 404), f"{answer.status} for {path}")


def forged(name, value):
    """Nothing a client sends names its identity."""
    answer = site.client().get(f"{PHOTO}?email={ME}&size=HR48x48", **{name: value})
    equal(answer.status, 401, name)


def clear_http():
    plain = site.client(ME)
    plain.context = None
    got = plain.raw(f"GET {EWS} HTTP/1.1\r\n{AUTH}\r\n".encode())
    check(got == b"" or b" 400 " in got[:20], got[:80])
    check(b"<html" not in got.lower(), "a page of nginx's own")
    alive()


def tls_versions():
    for version, ok in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True),
                        (ssl.TLSVersion.TLSv1_3, True)):
        context = ssl.create_default_context(cafile=site.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.maximum_version = version
        context.minimum_version = version
        try:
            with socket.create_connection(("127.0.0.1", site.port)) as s:
                with context.wrap_socket(s, server_hostname="localhost") as t:
                    check(ok, f"{t.version()} was taken")
        except ssl.SSLError:
            check(not ok, f"{version} was refused")


def body_limit():
    def padded(n):
        body = get_oof(ME)
        return body + " " * (n - len(body))
    expect(kept.post(padded(BODY_MAX)), 200, "NoError")
    equal(kept.post(padded(BODY_MAX + 1)).status, 413, "one more")
    chunked = site.client(ME)
    for size, status in ((BODY_MAX, 200), (BODY_MAX + 1, 413)):
        whole = padded(size).encode()
        data = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in
                        (whole[i:i + 65536] for i in range(0, len(whole), 65536))) + b"0\r\n\r\n"
        answer = chunked.request("POST", EWS, data, {"Transfer-Encoding": "chunked",
                                                     "Content-Type": XML})
        equal(answer.status, status, f"chunked, {size} bytes")
    with kept.connect() as s:  # 100 MiB announced: refused before it is sent
        s.sendall(f"POST {EWS} HTTP/1.1\r\n{AUTH}Content-Length: {100 << 20}\r\n\r\n".encode())
        check(b" 413 " in s.recv(4096)[:20], "100 MiB announced")
    for method, path, status in (("POST", "/nowhere", 404), ("PUT", EWS, 405)):
        answer = kept.request(method, path, b"x" * 4096)
        equal(answer.status, status, path)
    equal(site.client().post(b"x" * (BODY_MAX + 1)).status, 401, "login comes before the body")


def body_memory():
    """Bodies that come slowly, more than a worker has memory for."""
    small = Installation("bodies", settings='workers = 1\nlimits {\n\tbody_memory = "4MiB"\n}\n')
    small.add(ME)
    small.start()
    client, slow = small.client(ME), []
    expect(client.post(get_oof(ME)), 200, "NoError")
    for n in range(2):
        s = client.connect()
        s.sendall(f"POST {EWS} HTTP/1.1\r\n{AUTH}Content-Length: {BODY_MAX}\r\n\r\n".encode()
                  + b" " * (BODY_MAX - 1))
        slow.append(s)
    whole = get_oof(ME) + " " * 700000
    until(20, "a body too many is refused", lambda: small.client(ME).post(whole).status == 503)
    expect(client.post(get_oof(ME)), 200, "NoError")  # came with its header: no memory
    for s in slow:
        s.close()
    until(20, "memory is given back", lambda: small.client(ME).post(whole).status == 200)
    small.stop()


def anonymous(pid):
    """Bytes of memory that are the process's own."""
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"RssAnon:\s+(\d+)", f.read()).group(1)) * 1024


def pictures_leave_no_memory():
    """Many of the largest bodies at once: a worker is as small afterwards."""
    large = Installation("large", settings="workers = 1\n")
    large.add(ME)
    large.start()
    expect(large.client(ME).post(get_oof(ME)), 200, "NoError")
    worker = next(p for p, line in large.children().items() if line.startswith("nginx: worker"))
    body = envelope(f"<m:SetUserPhoto><m:Email>{ME}</m:Email><m:Content>{'A' * PICTURE_MAX}"
                    "</m:Content></m:SetUserPhoto>")
    with concurrent.futures.ThreadPoolExecutor(BODIES) as many:
        for answer in many.map(lambda _: large.client(ME).post(body), range(2 * BODIES)):
            check(answer.status in (200, 503), repr(answer))
    until(20, f"memory is given back: {anonymous(worker)}",
          lambda: anonymous(worker) < WORKER_MAX)
    large.stop()


def gzip_bodies():
    body = set_oof(ME, internal="zipped").encode()
    expect(kept.post(gzip.compress(body), content_encoding="gzip"), 200, "NoError")
    expect(kept.post(body, content_encoding="identity"), 200, "NoError")
    for coding in ("br", "deflate", "gzip, gzip", "nonsense"):
        equal(kept.post(body, content_encoding=coding).status, 415, coding)
    for broken in (b"no gzip", gzip.compress(body)[:-5], b""):
        answer = kept.post(broken, content_encoding="gzip")
        check(answer.status in (400, 500), answer.status)
    bomb = gzip.compress(b" " * (200 << 20))
    began = time.monotonic()
    answer = kept.post(bomb, content_encoding="gzip")
    check(answer.status in (413, 500) and time.monotonic() - began < 4, answer)
    alive()


HUGE = "x" * 300000
XML_ATTACKS = [
    ("a DTD", '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>' + get_oof(ME)),
    ("a DTD from elsewhere", '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x">' + get_oof(ME)),
    ("a billion laughs", '<!DOCTYPE x [<!ENTITY a "lol">' + "".join(
        f'<!ENTITY a{n} "{"&a" + (str(n - 1) if n else "") + ";" * 1}">' for n in range(9)) + "]><x>&a8;</x>"),
    ("a file", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'),
    ("an unknown entity", get_oof(ME).replace("me@", "&nbsp;me@")),
    ("33 levels", "<a>" * 33 + "</a>" * 33), ("100,000 levels", "<a>" * 100000),
    ("100,000 attributes", "<a " + " ".join(f'a{n}="1"' for n in range(100000)) + "/>"),
    ("100,000 namespaces", "<a " + " ".join(f'xmlns:a{n}="u{n}"' for n in range(50000)) + "/>"),
    ("a long namespace on many attributes", f'<p:a xmlns:p="{"u" * 100000}">' + (
        "<p:b " + " ".join(f'p:a{n}="1"' for n in range(60)) + "/>") * 1800),
    ("a long namespace on one element's attributes", f'<p:a xmlns:p="{"u" * 800000}" ' + " ".join(
        f'p:a{n}="1"' for n in range(80000)) + "/>"),
    ("100,000 elements", "<a>" + "<b/>" * 100000 + "</a>"),
    ("a name of 300,000 bytes", f"<{HUGE}/>"), ("an attribute twice", '<a b="1" b="2"/>'),
    ("an unbound prefix", "<a:b/>"), ("two roots", "<a/><b/>"),
    ("UTF-7", '<?xml version="1.0" encoding="utf-7"?><a/>'),
]


def xml_attack(name, document):
    began = time.monotonic()
    expect(kept.post(document), 500, "ErrorSchemaValidation")
    check(time.monotonic() - began < 4, f"{name}: took longer than 4 s")
    alive()


INVALID_UTF8 = [b"\xc0\x80", b"\xff", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x00",
                b"\x01", b"\x0b"]


def invalid_text(piece):
    body = set_oof(ME, internal="MARK").encode().replace(b"MARK", piece)
    expect(kept.post(body), 500, "ErrorSchemaValidation")


def metacharacters():
    for text in ("'; DROP TABLE oof; --", "$(reboot) `id` ${1}", "*)(uid=*))(|(uid=*", "..\n.\n../../etc",
                 "\r\nSet-Cookie: a=b", "%n%s%x", "\\0 \\x00", "require [\"fileinto\"];"):
        expect(kept.post(set_oof(ME, internal=text, external=text)), 200, "NoError")
        message = Message(kept.post(get_oof(ME)))
        equal(message.text("//t:InternalReply/t:Message"),
              text.replace("\r\n", "\n"), "stored text")
        address = escape(text.strip().replace("\r\n", "")) + "@example.com"
        expect(kept.post(get_oof(address)), 500, "ErrorAccessDenied")


def lookalikes():
    for address in ("m\u0435@example.com", "me@ex\u0430mple.com", "\uff4de@example.com",
                    "me@example.com\u200b", "\u212ae@example.com"):
        expect(kept.post(get_oof(address)), 500, "ErrorAccessDenied")


def http2():
    import subprocess
    done = subprocess.run(
        ["curl", "-sS", "--http2", "--cacert", site.ca, "-u", f"{ME}:{kept_password()}",
         "-o", "/dev/null", "-w", "%{http_version} %{http_code}", "--data-binary", "@-",
         "-H", "Content-Type: text/xml", f"https://localhost:{site.port}{EWS}"],
        input=get_oof(ME).encode(), capture_output=True)
    equal(done.stdout, b"2 200", done.stderr)
    done = subprocess.run(
        ["curl", "-sS", "--http2", "--cacert", site.ca, "-u", f"{ME}:{kept_password()}",
         "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@-", "-H",
         "Content-Type: text/xml", f"https://localhost:{site.port}{EWS}"],
        input=b" " * (BODY_MAX + 1), capture_output=True)
    equal(done.stdout, b"413", done.stderr)


def kept_password():
    from lib.installation import PASSWORD
    return PASSWORD


def unknown_paths():
    for path in ("/", "/index.html", "/ews", "/ews/", "/favicon.ico", "/owa", "/ews/nothing.wsdl"):
        for client in (site.client(), kept):
            answer = client.get(path)
            equal((answer.status, answer.body), (404, b""), path)
            equal(answer["Server"] in (None, "nginx", ""), True, answer["Server"])


cases_http = [case(f"HTTP: {name}", raw, data, wanted) for name, data, wanted in HTTP]
cases("traversal: {}", ["/ews/../../etc/passwd", "/ews/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd",
                        "/ews/Exchange.asmx/../../x", "/ews/%00", "/ews/Exchange.asmx%00.jpg",
                        "/ews/..;/Exchange.asmx", "/%2e%2e%5c"], traversal)
cases("forged: {}", [("X-Forwarded-User", ME), ("Remote-User", ME), ("X-Forwarded-For", "127.0.0.1"),
                     ("X-Remote-User", ME), ("X-AnchorMailbox", ME), ("X-Client-Cert", ME)], forged)
case("clear HTTP on the TLS port is refused", clear_http)
case("TLS below 1.2 is refused", tls_versions)
case("bodies of 1.75 MiB are taken, a byte more refused", body_limit)
case("bodies beyond the memory for them are refused", body_memory)
if os.environ.get("FRONTDESK_SANITIZED") != "1":  # which keeps what is freed
    case("the largest bodies leave no memory behind", pictures_leave_no_memory)
case("gzip bodies are read, bombs refused", gzip_bodies)
for name, document in XML_ATTACKS:
    case(f"XML: {name}", xml_attack, name, document)
for piece in INVALID_UTF8:
    case(f"XML: the bytes {piece.hex()}", invalid_text, piece)
case("metacharacters arrive as data", metacharacters)
case("look-alike addresses are other addresses", lookalikes)
case("unknown paths are 404 without a page", unknown_paths)
case("HTTP/2 carries bodies, with the same limit", http2)
main()
