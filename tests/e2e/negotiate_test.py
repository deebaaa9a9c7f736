#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Negotiate: tickets of a real KDC, and what is none."""
import base64
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import Failed, case, cases, check, equal, main, until
from lib.installation import Installation
from lib.kdc import Kdc, unwrap
from lib.soap import expect, get_oof, set_oof

REALM, OTHER = "AD.EXAMPLE.COM", "OTHER.EXAMPLE"
HTTP = f"HTTP/localhost@{REALM}"
TOKEN_MAX = 16 * 1024

kdc = Kdc(REALM, OTHER)
site = Installation("negotiate", domains=("example.com", "other.example"))
KEYTAB = os.path.join(site.dir, "http.keytab")
ME = site.add("me@example.com")
site.add("me@other.example")

# HTTP/elsewhere has a key that is not ours; the host's is, but is not HTTP's.
for principal in (HTTP, f"HTTP/elsewhere@{REALM}", f"host/localhost@{REALM}",
                  f"HTTP/localhost@{OTHER}"):
    kdc.add(principal)
for principal in (HTTP, f"host/localhost@{REALM}", f"HTTP/localhost@{OTHER}"):
    kdc.keytab(KEYTAB, principal)
owner = os.stat(os.path.join(site.dir, "data"))
os.chown(KEYTAB, owner.st_uid, owner.st_gid)
os.chmod(KEYTAB, 0o600)
for user in ("me", "nobody", "me/admin"):
    kdc.add(f"{user}@{REALM}", password="secret")
kdc.add(f"me@{OTHER}", password="secret")
kdc.start(at="-3h")
kdc.login(f"me@{REALM}", "secret", "old", "-l", "1h", at="-3h")
kdc.token("old", HTTP, at="-3h")  # fetches the ticket
kdc.stop()
kdc.start()
for user in ("me", "nobody", "me/admin"):
    kdc.login(f"{user}@{REALM}", "secret", user.replace("/", "-"))
kdc.login(f"me@{OTHER}", "secret", "other")

NEGOTIATE = "negotiate {\n\tkeytab = \"http.keytab\"\n%s}\n"
MAPPED = f"\trealms = {{ \"{REALM}=example.com\" }}\n"
site.configure(NEGOTIATE % MAPPED + "workers = 2\nlogin {\n\tcreate_mailboxes = no\n}\n" +
               "proxy {\n\tlisten = \"127.0.0.1:%d\"\n\ttrusted = {\"127.0.0.1\"}\n}\n"
               % (site.status_port + 1))
site.start()


def ask(token, client=None, body=None, **headers):
    client = client or site.client()
    return client.post(body or get_oof(ME), authorization=f"Negotiate {token}", **headers)


def offered(answer):
    return [v.split()[0] for v in answer.headers.get_all("WWW-Authenticate", [])]


told = []  # the reasons that the log has to give, each as often as it is here


def refused(token, reason, schemes=("Basic", "Negotiate")):
    """401, which keeps the connection; `reason` is for the log."""
    told.append(reason)
    client = site.client()
    answer = ask(token, client)
    equal((answer.status, answer.body), (401, b""), "status and body")
    equal(offered(answer), list(schemes), "challenges")
    check(client.connection is not None, "the connection was closed")


def log_says_why():
    def missing():
        reasons = [json.loads(line).get("reason", "") for line in site.access_lines()]
        return [r for r in told if sum(r in said for said in reasons) < told.count(r)]
    try:
        until(20, "the log", lambda: not missing())
    except Failed:
        raise Failed(f"the log does not say {missing()}") from None


# ---- who has a ticket ----

def accepted(kind):
    """The answer proves who the server is."""
    def send(token):
        answer = ask(token)
        equal((answer.status, len(offered(answer))), (200, 1), answer)
        return unwrap(answer["WWW-Authenticate"]) + "\n"
    check(kdc.exchange("me", HTTP, send, kind), "the server's token is not right")


def own_mailbox():
    expect(ask(kdc.token("me", HTTP), body=set_oof(ME, internal="with a ticket")), 200, "NoError")
    answer = ask(kdc.token("me", HTTP))
    expect(answer, 200, "NoError")
    check(b"with a ticket" in answer.body, answer.body)
    expect(site.client(ME).post(get_oof(ME)), 200, "NoError")


def photo():
    """Without a body, and with an error for an answer."""
    answer = site.client().photo("me@example.com",
                                 authorization=f"Negotiate {kdc.token('me', HTTP)}")
    equal((answer.status, offered(answer)), (404, ["Negotiate"]), "no such picture")


def per_request():
    """Nothing stays with the connection."""
    client = site.client()
    equal(ask(kdc.token("me", HTTP), client).status, 200)
    connection = client.connection
    answer = client.post(get_oof(ME))
    equal((answer.status, offered(answer)), (401, ["Basic", "Negotiate"]), "without a token")
    equal(ask(kdc.token("me", HTTP), client).status, 200)
    check(client.connection is connection, "another connection")


def behind_a_proxy():
    client = site.client()
    client.address, client.context = ("127.0.0.1", site.status_port + 1), None
    headers = {"x_forwarded_for": "198.51.100.1", "x_forwarded_proto": "https"}
    equal(ask(kdc.token("me", HTTP), client, **headers).status, 200)
    equal(client.post(get_oof(ME), **headers).status, 401, "the same connection")
    equal(ask(kdc.token("me", HTTP), client, x_forwarded_for="198.51.100.1").status, 403,
          "without TLS")


def logged():
    until(20, "the caller in the log", lambda: any(
        json.loads(line).get("caller") in (f"me@{REALM}", ME) for line in site.access_lines()))


# ---- who has none ----

def replayed():
    """Also on another connection, which may be another worker's."""
    token = kdc.token("me", HTTP)
    equal(ask(token).status, 200)
    for _ in range(3):
        refused(token, "replay")


def not_for_us():
    refused(kdc.token("me", f"HTTP/elsewhere@{REALM}"), "a ticket that is refused")
    refused(kdc.token("me", f"host/localhost@{REALM}"), "another service, host/localhost")


def out_of_time():
    refused(kdc.token("old", HTTP, at="-3h"), "expired")
    refused(kdc.token("me", HTTP, at="+1h"), "skew")


def not_anybody():
    refused(kdc.token("nobody", HTTP), "no mailbox nobody@example.com")
    refused(kdc.token("me-admin", HTTP), "a service or machine")
    refused(kdc.token("other", f"HTTP/localhost@{OTHER}"), f"the realm {OTHER}")


def der(tag, *parts):
    body = b"".join(parts)
    n = len(body)
    size = bytes([n]) if n < 128 else b"\x82" + n.to_bytes(2, "big")
    return bytes([tag]) + size + body


NTLM = b"NTLMSSP\0\x01\0\0\0\x97\x82\x08\xe2" + bytes(24)
NTLM_OID = bytes.fromhex("060a2b06010401823702020a")
SPNEGO_OID = bytes.fromhex("06062b0601050502")


def spnego(mechanisms, token):
    return der(0x60, SPNEGO_OID, der(0xa0, der(
        0x30, der(0xa0, der(0x30, mechanisms)), der(0xa2, der(0x04, token)))))


def ntlm(token):
    """Refused without asking for the same again; Basic is still there."""
    refused(base64.b64encode(token).decode(), "NTLM", ("Basic",))


def garbage(token, reason):
    refused(token, reason)


def long_token():
    """As long as allowed, a byte more, and more than a header can have."""
    for n, reason in ((TOKEN_MAX, "a ticket that is refused"),
                      (TOKEN_MAX + 1, "not a token of Negotiate"),
                      (TOKEN_MAX + 8, "credentials that are too long")):
        refused(base64.b64encode(b"\x60" * n).decode(), reason)
    equal(ask("A" * 30000).status // 100, 4)


def second_leg():
    """A client that would rather have something else: Kerberos, but not at once."""
    other = bytes.fromhex("06092a864882f712010203")
    kerberos = bytes.fromhex("06092a864886f712010202")
    token = spnego(other + kerberos, b"something")
    refused(base64.b64encode(token).decode(), "another one behind it")


# ---- settings ----

def restarted(text):
    site.stop()
    site.configure(text)
    site.start()


def service_set():
    restarted(NEGOTIATE % (MAPPED + f"\tservice = \"HTTP/mail.example.com@{REALM}\"\n"))
    refused(kdc.token("me", HTTP), "another service, HTTP/localhost")
    restarted(NEGOTIATE % (MAPPED + "\tservice = \"HTTP/localhost\"\n"))
    equal(ask(kdc.token("me", HTTP)).status, 200)


def made():
    """A principal of a realm whose domain is accepted has a mailbox made."""
    restarted("login {\n\tcreate_mailboxes = yes\n}\n")
    expect(ask(kdc.token("nobody", HTTP), body=get_oof("nobody@example.com")), 200, "NoError")
    refused(kdc.token("other", f"HTTP/localhost@{OTHER}"), f"the realm {OTHER}")
    refused(kdc.token("me-admin", HTTP), "a service or machine")
    listed = site.run("mailbox", "list").split()
    check("nobody@example.com" in listed and len([w for w in listed if "@" in w]) == 3, listed)
    restarted("login {\n\tcreate_mailboxes = no\n}\n")


def realms_unset():
    """A realm stands for the domain of its name, if that is accepted."""
    restarted(NEGOTIATE % "")
    refused(kdc.token("me", HTTP), f"no mailbox me@{REALM}")
    token = kdc.token("other", f"HTTP/localhost@{OTHER}")
    expect(ask(token, body=get_oof("me@other.example")), 200, "NoError")


def keytab_gone():
    """Nobody could find out: that is 503, and Basic goes on."""
    os.rename(KEYTAB, KEYTAB + ".away")
    equal(ask(kdc.token("me", HTTP)).status, 503)
    equal(site.client(ME).post(get_oof(ME)).status, 200)
    os.rename(KEYTAB + ".away", KEYTAB)
    expect(ask(kdc.token("other", f"HTTP/localhost@{OTHER}"), body=get_oof("me@other.example")),
           200, "NoError")


def checked(mode, state, detail):
    """What frontdesk check says of it."""
    os.chmod(KEYTAB, mode)
    rows = json.loads(site.command("check", "--json").stdout)
    os.chmod(KEYTAB, 0o600)
    row = next(r for r in rows if r["check"] == "keytab")
    equal((row["state"], detail in row["detail"]), (state, True), row)


def empty():
    with open(KEYTAB, "rb") as f:
        keys = f.read()
    with open(KEYTAB, "wb") as f:
        f.write(keys[:2])  # the file's version, no key
    checked(0o600, "failed", "the keys of")
    with open(KEYTAB, "wb") as f:
        f.write(keys)


def without_keytab():
    restarted("negotiate {\n}\n")
    refused(kdc.token("me", HTTP), "a scheme that is not offered", ("Basic",))


cases("a {} token is accepted, and answered", ["spnego", "krb5"], accepted)
case("the own mailbox is set and read; Basic works beside", own_mailbox)
case("an answer without a body has the server's token too", photo)
case("a login is of one request, not of the connection", per_request)
case("behind a proxy it is the same", behind_a_proxy)
case("the log names the caller", logged)
case("a token counts but once", replayed)
case("a ticket for another service is refused", not_for_us)
case("a ticket of another time is refused", out_of_time)
case("a principal without a mailbox is refused", not_anybody)
case("a principal without a mailbox gets one, if that is wanted", made)
cases("NTLM is refused: {1}", [(NTLM, "bare"), (spnego(NTLM_OID, NTLM), "wrapped")],
      lambda token, _: ntlm(token))
cases("garbage is refused: {0}", [("", "a scheme that is not offered"),
                                  ("!!!!", "not a token of Negotiate"),
                                  ("YII=", "a ticket that is refused"),
                                  ("YIGeBgYrBgEFBQI=", "a ticket that is refused")], garbage)
case("a token has its limit", long_token)
case("a token that needs another behind it is refused", second_leg)
case("the service that is set is the only one", service_set)
case("without realms each stands for its domain", realms_unset)
case("without its keys it is no failed login", keytab_gone)
cases("check tells of a keytab with mode {0:o}", [(0o600, "ok", "http.keytab"),
                                                 (0o644, "failed", "read by everybody")], checked)
if os.getuid() != 0 or owner.st_uid != 0:
    case("check tells of a keytab that the server cannot read", checked, 0, "failed", "the keys of")
case("check tells of a keytab without keys", empty)
case("without a keytab it is not offered", without_keytab)
case("the log says why each was refused", log_says_why)
main()
