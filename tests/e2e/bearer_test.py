#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Access tokens, their issuers' keys, and service accounts that act for others."""
import collections
import json
import os
import signal
import sys
import time

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.authority import Authority
from lib.cases import at_end, case, cases, check, equal, main, until
from lib.http import PHOTO, basic
from lib.installation import PASSWORD, Installation, free_port
from lib.soap import Message, get_oof, set_oof
from lib.tokens import AUDIENCE, Issuer, Key, KeyServer, b64, hand_made, hmac_by, key_set

SKEW = 300
HEADER_MAX = 8192  # bytes of the header's value

RSA, EC = Key("rsa 1"), Key("ec 1", "ES256")
OTHER, SMALL = Key("other"), Key("small", bits=1024)
ID = Issuer("https://id.example/", RSA)
NET = Issuer("https://net.example/", Key("net 1"))

site = Installation("bearer", domains=("example.com",))
site.run("domain", "add", "branch.example")
site.run("domain", "add", "other.example", "--organization", "other")
ME = site.add("me@example.com", "--alias", "myself@example.com")
YOU = site.add("you@example.com")
LEAVER = site.add("leaver@example.com")
ROBOT = site.add("robot@example.com")
BRANCH = site.add("me@branch.example")
ALIEN = site.add("me@other.example")
NOBODY = "nobody@example.com"
APP = "7ab7862c-4c57-491e-8a45-d52a7e023983"

authority = Authority(site.parent)
server = KeyServer(*authority.sign("localhost", "127.0.0.1"), key_set(NET.key)).start()
at_end(server.stop)


def keys_put(*keys):
    """As a careful administrator does it: whole or not at all."""
    path = os.path.join(site.dir, "keys.json")
    with open(path + ".new", "w") as f:
        f.write(key_set(*keys))
    os.chmod(path + ".new", 0o644)
    os.rename(path + ".new", path)


keys_put(RSA, EC, SMALL, {"kty": "oct", "k": b64(b"secret" * 8), "kid": "oct", "alg": "HS256"},
         {"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "okp"}, {"kty": "RSA"})
ROBOTS = """service_account "Robot@example.com" {
	domains = {"example.com", "other.example"}
}
service_account "status board" {
	client_id = "%s" issuer = "id" addresses = {"me@example.com", "nobody@example.com"}
}
""" % APP
CREATE = "login {\n\tcreate_mailboxes = %s\n}\n"
site.configure(CREATE % "no" + """bearer {
	client_id = "00000002-0000-0ff1-ce00-000000000000"
	trusted_issuers = {"00000001-0000-0000-c000-000000000000@*", "x@y"}
}
issuer "id" {
	issuer = "https://id.example/"
	audiences = {"%s", "https://outlook.office365.com"}
	jwks = "keys.json"
	clock_skew_s = %d
}
issuer "net" {
	issuer = "https://net.example/"
	audiences = "%s"
	jwks = "https://localhost:%d/keys"
	jwks_ca = "%s"
	user_claim = "email"
	domains = "example.com"
}
issuer "gone" {
	issuer = "https://gone.example/"
	audiences = "%s"
	jwks = "https://localhost:%d/keys"
}
""" % (AUDIENCE, SKEW, AUDIENCE, server.port, authority.ca, AUDIENCE, free_port()) + ROBOTS)
site.start()


def post(token, body=None, scheme="Bearer "):
    return site.client().post(body or get_oof(ME), authorization=scheme + token)


def accepted(token, body=None):
    answer = post(token, body)
    equal((answer.status, Message(answer).code), (200, "NoError"), repr(answer))


def challenges(answer):
    return answer.headers.get_all("WWW-Authenticate")


def refused(token):
    answer = post(token)
    equal((answer.status, answer.body), (401, b""), repr(answer))
    check(challenges(answer)[0].startswith("Basic "), f"Basic first: {challenges(answer)}")
    check('error="invalid_token"' in challenges(answer)[-1], f"{challenges(answer)}")


def now(seconds):
    return int(time.time()) + seconds


def keys_are_there():
    until(60, "the clerk fetches", lambda: post(NET.token(email=ME)).status == 200)
    equal(server.asked, 1, "once, for any number of tokens")


case("keys are fetched once for all", keys_are_there)


# ---- tokens of users ----

def user(key=None, head=None, issuer=ID, **claims):
    return lambda: issuer.token(key, head, **{"upn": ME, **claims})


def signed_by_hand(head, sign, **claims):
    return lambda: hand_made({"kid": RSA.kid, "typ": "JWT", **head},
                             ID.claims(upn=ME, **claims), sign)


def tampered():
    head, _, signature = ID.token(upn=ME).split(".")
    return ".".join((head, b64(json.dumps(ID.claims(upn=YOU)).encode()), signature))


def twice():
    """RFC 7519 4: the last of two equal names, or none; we take none."""
    claims = json.dumps(ID.claims()).encode()[:-1] + b', "upn": "%s", "upn": "%s"}' % (
        YOU.encode(), ME.encode())
    return hand_made({"alg": "RS256", "kid": RSA.kid}, claims,
                     lambda text: RSA.private.sign(text, padding.PKCS1v15(), hashes.SHA256()))


GOOD = [
    ("signed with RS256", user()),
    ("signed with ES256", user(EC)),
    ("with one of two audiences", user(aud=["urn:x", "https://outlook.office365.com"])),
    ("for an alias", user(upn="MySelf@Example.com")),
    ("with scopes in a list", user(scp=["x", "EWS.AccessAsUser.All"])),
    ("with scopes as RFC 8693 names them", user(scp=None, scope="EWS.AccessAsUser.All")),
    ("without nbf and iat", user(nbf=None, iat=None)),
    ("with a fraction of a second", user(exp=time.time() + 300.5)),
    ("that ended inside the skew", user(exp=now(-SKEW + 30), iat=now(-1000), nbf=now(-1000))),
    ("that begins inside the skew", user(nbf=now(SKEW - 30), iat=now(SKEW - 30))),
    ("with an unknown head that need not be understood", user(head={"x5t": "abc"})),
]
BAD = [
    ("has expired", "has expired", user(exp=now(-SKEW - 2), iat=now(-1000), nbf=now(-1000))),
    ("is not valid yet", "not valid yet (nbf)", user(nbf=now(SKEW + 60))),
    ("was issued tomorrow", "not valid yet (iat)", user(iat=now(86400), nbf=None, exp=now(90000))),
    ("was issued after its end", "iat is no time", user(iat=now(SKEW + 100), exp=now(-SKEW + 100), nbf=None)),
    ("has no end", "lacks exp", user(exp=None)),
    ("has an end that is text", "lacks exp", user(exp="soon")),
    ("is for another audience", "another audience", user(aud="https://graph.microsoft.com")),
    ("is for an audience that only begins so", "another audience", user(aud=AUDIENCE + "/")),
    ("is for nobody", "another audience", user(aud=None)),
    ("is another issuer's, with our key", "issuer is unknown",
     lambda: Issuer("https://evil.example/", RSA).token(upn=ME)),
    ("has an issuer that differs by case", "issuer is unknown",
     lambda: Issuer("https://ID.example/", RSA).token(upn=ME)),
    ("names a known issuer, but another's key", "no key of the issuer",
     lambda: Issuer("https://net.example/", RSA).token(email=ME)),
    ("has algorithm none", "not signed as its issuer may", signed_by_hand({"alg": "none"}, lambda text: b"")),
    ("has algorithm None and a signature", "not signed as its issuer may",
     signed_by_hand({"alg": "None"}, lambda text: b"x")),
    ("is signed with HS256 by the public key", "not signed as its issuer may",
     signed_by_hand({"alg": "HS256"}, hmac_by(RSA.public_pem))),
    ("is signed with HS256 by the public key, cut", "not signed as its issuer may",
     signed_by_hand({"alg": "HS256"}, hmac_by(RSA.public_pem.strip()))),
    ("says RS256 and is HS256", "signature is wrong",
     signed_by_hand({"alg": "RS256"}, hmac_by(RSA.public_pem))),
    ("is signed with HS256 by a secret in the set", "not signed as its issuer may",
     signed_by_hand({"alg": "HS256", "kid": "oct"}, hmac_by(b"secret" * 8))),
    ("is signed with RS512", "not signed as its issuer may", lambda: jwt.encode(
        ID.claims(upn=ME), RSA.private, algorithm="RS512", headers={"kid": RSA.kid})),
    ("is signed with PS256", "not signed as its issuer may", lambda: jwt.encode(
        ID.claims(upn=ME), RSA.private, algorithm="PS256", headers={"kid": RSA.kid})),
    ("is signed by an unknown key", "no key of the issuer", user(OTHER)),
    ("is signed by another key under a known name", "signature is wrong", user(OTHER, head={"kid": RSA.kid})),
    ("is signed by a key of 1024 bits", "no key of the issuer", user(SMALL)),
    ("has RS256 and the name of an EC key", "no key of the issuer", user(head={"kid": EC.kid})),
    ("brings its own key", "no key of the issuer", user(OTHER, head={"jwk": OTHER.jwk(), "kid": "x"})),
    ("names a place for its key", "no key of the issuer",
     user(OTHER, head={"jku": "https://localhost/k", "kid": "x"})),
    ("has no key's name", "lacks alg or kid",
     lambda: hand_made({"alg": "RS256"}, ID.claims(upn=ME), lambda t: b"x" * 256)),
    ("has extensions to understand", "has extensions", user(head={"crit": ["exp"]})),
    ("was changed after it was signed", "signature is wrong", tampered),
    ("has a claim twice", "no JSON object", twice),
    ("has no user", "lacks the claim upn", user(upn=None)),
    ("has a user that is a number", "lacks the claim upn", user(upn=7)),
    ("has a user without a mailbox", "has no mailbox", user(upn=NOBODY)),
    ("has a user of an unknown domain", "has no mailbox", user(upn="me@unknown.example")),
    ("has a user that is no address", "has no mailbox", user(upn="me")),
]
FORMS = ["x", "a.b", "a.b.c", "a.b.c.d", "..", "e30.e30.e30", "e30.W10.", "%" * 40,
         "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSAxIn0..",
         "e30=.e30=.e30=", "a" * 8000]

cases("a token is taken: {}", GOOD, lambda _, make: accepted(make()))
cases("a token is refused that {}: {}", BAD, lambda _, why, make: refused(make()))
cases("what is no token is refused: {:.30}", FORMS, refused)


def cut_anywhere():
    token = ID.token(upn=ME)
    for n in range(1, len(token), 37):
        refused(token[:n])
    refused(token + "A")


def of_size(size):
    """A good token so long that its header has so many bytes."""
    for pad in range(5200, 6200):
        for more in ("", "x", "xx"):
            token = ID.token(EC, upn=ME, pad="p" * pad, head={"x": more})
            if len("Bearer ") + len(token) == size:
                return token
            if len(token) > size + 100:
                break
    raise AssertionError(size)


def sizes():
    accepted(of_size(HEADER_MAX))
    answer = post(of_size(HEADER_MAX + 1))
    equal(answer.status, 401)


def remembered():
    token = ID.token(upn=ME)
    accepted(token)
    before = counted("remembered")
    accepted(token)
    check(counted("remembered") > before, "the second time it is known")


def counted(what):
    text = site.back().request("GET", "/metrics").body.decode()
    return sum(float(line.split()[-1]) for line in text.splitlines()
               if what in line and not line.startswith("#"))


def empty():
    for value in ("Bearer", "Bearer ", "bearer"):
        answer = site.client().post(get_oof(ME), authorization=value)
        equal(answer.status, 401, value)
        equal([c.split()[0] for c in challenges(answer)], ["Basic", "Bearer"], value)
        equal(challenges(answer)[1],
              'Bearer client_id="00000002-0000-0ff1-ce00-000000000000", '
              'trusted_issuers="00000001-0000-0000-c000-000000000000@*,x@y"')


def no_scope():
    for scp in ("", "EWS.AccessAsUser", "Mail.Read EWS.AccessAsUser.Allx"):
        answer = post(ID.token(upn=ME, scp=scp))
        equal((answer.status, answer.body), (403, b""), scp)
        check('insufficient_scope' in challenges(answer)[0], f"{challenges(answer)}")


def beside_basic():
    equal(site.client(ME).post(get_oof(ME)).status, 200)
    answer = site.client().get(PHOTO + "?email=me@example.com&size=HR48x48",
                               authorization="Bearer " + ID.token(upn=ME))
    equal(answer.status, 404, "a user's token is good for photos, too")


def domains_of_an_issuer():
    accepted(NET.token(email=ME))
    refused(NET.token(email=BRANCH))
    refused(NET.token(upn=ME))
    accepted(ID.token(upn=BRANCH), get_oof(BRANCH))


def made():
    """A user of an issuer has a mailbox made, in the domains that are the issuer's."""
    at = len(site.lines)
    site.configure(CREATE % "yes")
    site.signal(signal.SIGHUP)
    until(20, "the reload", lambda: any("was read again" in line for line in site.lines[at:]))
    refused(NET.token(email="new@other.example"))
    refused(ID.token(upn="new@unknown.example"))
    accepted(NET.token(email="new@example.com"), get_oof("new@example.com"))
    accepted(ID.token(upn="New@Other.Example"), get_oof("new@other.example"))
    listed = site.run("mailbox", "list")
    check("new@example.com" in listed and "new@other.example" in listed, listed)
    at = len(site.lines)
    site.configure(CREATE % "no")
    site.signal(signal.SIGHUP)
    until(20, "the reload", lambda: any("was read again" in line for line in site.lines[at:]))
    refused(ID.token(upn="newer@example.com"))


def removed_at_once():
    token = ID.token(upn=LEAVER)
    accepted(token, get_oof(LEAVER))
    accepted(token, get_oof(LEAVER))
    site.run("mailbox", "remove", LEAVER, "--yes")
    refused(token)


def for_its_reason():
    """Each of them was refused for what is wrong with it, and nothing else."""
    def missing():
        found = collections.Counter(json.loads(l)["reason"] for l in site.access_lines())
        wanted = collections.Counter(why for _, why, _ in BAD)
        return [w for w, n in wanted.items() if sum(m for r, m in found.items() if w in r) < n]

    until(20, "the lines", lambda: len(site.access_lines()) >= len(GOOD) + len(BAD) + len(FORMS))
    equal(missing(), [])


case("each was refused for its own reason", for_its_reason)
case("a token cut anywhere is refused", cut_anywhere)
case("a token of 8 KiB is taken, one more byte is not", sizes)
case("a token that was verified is remembered", remembered)
case("an empty Bearer gets the challenge as it is set", empty)
case("a token without the scope gets 403", no_scope)
case("Basic works beside it, and photos with tokens", beside_basic)


# ---- keys ----

def issuer_that_is_gone():
    answer = post(Issuer("https://gone.example/", RSA).token(upn=ME))
    equal(answer.status, 503, "nobody could find out")


def file_rotates():
    new = Key("rsa 2")
    token = ID.token(upn=ME, jti="of its own")  # none that is remembered from this second
    keys_put(new, EC)
    accepted(ID.token(new, upn=ME))
    refused(token)
    with open(os.path.join(site.dir, "keys.json"), "w") as f:
        f.write("{ broken")
    accepted(ID.token(new, upn=ME))  # the old ones stay
    keys_put(RSA, EC)
    accepted(ID.token(upn=ME))


def url_rotates():
    new = Key("net 2")
    server.text, before = key_set(NET.key, new), server.asked
    for n in range(50):
        refused(NET.token(Key("forged", "ES256"), email=ME) if n == 0
                else NET.token(new, head={"kid": f"forged {n}"}, email=ME))
    until(60, "the new key is known", lambda: post(NET.token(new, email=ME)).status == 200)
    check(server.asked - before <= 3, f"{server.asked - before} fetches")
    NET.key = new


def url_is_down():
    server.stop()
    accepted(NET.token(email=ME))
    equal(site.stop(), 0)
    site.start()
    accepted(NET.token(email=ME))
    refused(NET.token(OTHER, email=ME))
    server.start()


def told_by_check():
    rows = json.loads(site.command("check", "--json").stdout)
    states = {r["check"]: (r["state"], r["detail"]) for r in rows}
    equal(states["issuer id"][0], "ok", str(states))
    check("2 keys in " in states["issuer id"][1], str(states))
    equal(states["issuer gone"][0], "failed", str(states))
    equal(states["issuers"][0], "failed", str(states))


def url_is_not_believed():
    """Another's certificate, a redirect to http, a set too large: no keys."""
    site2 = Installation("bearer-bad", domains=("example.com",))
    big = KeyServer(*authority.sign("localhost"), key_set(NET.key) + " " * 262144).start()
    foreign = KeyServer(*Authority(site2.parent, "Evil CA").sign("localhost"), key_set(NET.key)).start()
    name = KeyServer(*authority.sign("elsewhere.example"), key_set(NET.key)).start()
    for s in (big, foreign, name):
        at_end(s.stop)
    rows = {"big": (big, "keys", "maximum"), "foreign": (foreign, "keys", "certificate"),
            "name": (name, "keys", "localhost"), "moved": (server, "moved", "not supported")}
    for title, (s, path, _) in rows.items():
        site2.configure(f'issuer "{title}" {{\n issuer = "{title}" audiences = a\n jwks = '
                        f'"https://localhost:{s.port}/{path}" jwks_ca = "{authority.ca}"\n}}\n')
    found = {r["check"]: r for r in json.loads(site2.command("check", "--json").stdout)}
    for title, (_, _, says) in rows.items():
        row = found["issuer " + title]
        equal(row["state"], "failed", str(row))
        check(says.lower() in row["detail"].lower(), f"{says!r} in {row}")


case("an issuer whose keys nobody has is 503", issuer_that_is_gone)
case("an issuer's users are in its domains, by its claim", domains_of_an_issuer)
case("a token's user has a mailbox made", made)
case("a mailbox that is removed ends its tokens at once", removed_at_once)
case("keys in a file rotate, and a broken file changes nothing", file_rotates)
case("an unknown key has the URL asked, but not for each token", url_rotates)
case("a URL that does not answer leaves the keys, over a start too", url_is_down)
case("keys that cannot be read are told by check", told_by_check)
case("a URL is believed only with the right certificate, by https, in bounds", url_is_not_believed)


# ---- acting for others ----

def acting(address, element="PrimarySmtpAddress"):
    return (f"<t:ExchangeImpersonation><t:ConnectingSID><t:{element}>{address}</t:{element}>"
            "</t:ConnectingSID></t:ExchangeImpersonation>")


def inside(message, header):
    return message.replace("<s:Body>", f"<s:Header>{header}</s:Header><s:Body>", 1)


def board():
    return "Bearer " + ID.app(APP)


def robot():
    return basic(ROBOT, PASSWORD)


IMPERSONATIONS = [
    (robot, ME, ME, "NoError"),
    (robot, "myself@example.com", ME, "NoError"),
    (robot, ME, YOU, "ErrorAccessDenied"),  # it is me who asks: not the owner
    (robot, NOBODY, ME, "ErrorNonExistentMailbox"),
    (robot, BRANCH, BRANCH, "ErrorImpersonateUserDenied"),
    (robot, ALIEN, ALIEN, "ErrorImpersonateUserDenied"),
    (robot, "x@other.example", ME, "ErrorImpersonateUserDenied"),
    (board, ME, ME, "NoError"),
    (board, YOU, YOU, "ErrorImpersonateUserDenied"),
    (board, NOBODY, ME, "ErrorNonExistentMailbox"),
    (board, ALIEN, ALIEN, "ErrorImpersonateUserDenied"),
    (lambda: basic(YOU, PASSWORD), ME, ME, "ErrorImpersonateUserDenied"),
    (lambda: "Bearer " + ID.app("another"), ME, ME, "ErrorImpersonateUserDenied"),
    (lambda: "Bearer " + NET.app(APP), ME, ME, "ErrorImpersonateUserDenied"),
    (lambda: "Bearer " + ID.token(upn=ROBOT), ME, ME, "NoError"),
]


def impersonation(who, acts, asks, code):
    answer = site.client().post(inside(get_oof(asks), acting(acts)), authorization=who())
    equal((answer.status, Message(answer).code), (200 if code == "NoError" else 500, code), repr(answer))


def app_alone():
    for header in ("", "<t:RequestServerVersion Version='Exchange2013'/>"):
        answer = site.client().post(inside(get_oof(ME), header), authorization=board())
        equal((answer.status, Message(answer).code), (500, "ErrorImpersonateUserDenied"))
    answer = site.client().get(PHOTO + "?email=me@example.com&size=HR48x48", authorization=board())
    equal((answer.status, answer.body), (403, b""), "no photo for nobody")


def went_well():
    """Why, of each request that succeeded: there is nothing to tell."""
    lines = [json.loads(line) for line in site.access_lines()]
    return [line["reason"] for line in lines if line["result"] == "NoError"]


def app_is_remembered():
    token, before, lines = ID.app(APP), counted("remembered"), len(went_well())
    for _ in range(3):
        answer = post(token, inside(get_oof(ME), acting(ME)))
        equal(Message(answer).code, "NoError")
    check(counted("remembered") > before, "the second time it is known")
    until(20, "their lines", lambda: len(went_well()) >= lines + 3)
    equal([reason for reason in went_well() if reason], [], "nothing went wrong")
    answer = post(token, inside(get_oof(YOU), acting(YOU)))
    equal(Message(answer).code, "ErrorImpersonateUserDenied")


def app_without_role():
    for roles in (None, [], ["Mail.Read"], "full_access_as_app2"):
        answer = post(ID.token(scp=None, roles=roles, appid=APP))
        equal(answer.status, 403, str(roles))


def directly():
    """R-3: without the header it is its own; R-2: but it learns who exists."""
    for address, code in ((ME, "ErrorAccessDenied"), (NOBODY, "ErrorNonExistentMailbox"),
                          ("x@branch.example", "ErrorAccessDenied"), (ROBOT, "NoError")):
        answer = site.client().post(get_oof(address), authorization=robot())
        equal(Message(answer).code, code, address)
    answer = site.client().post(get_oof(NOBODY), authorization=basic(YOU, PASSWORD))
    equal(Message(answer).code, "ErrorAccessDenied", "others do not")


def sets_are_audited():
    site.client().post(inside(set_oof(ME, internal="by a robot"), acting(ME)), authorization=board())
    equal(Message(site.client(ME).post(get_oof(ME))).text("//t:InternalReply/t:Message"), "by a robot")
    rows = json.loads(site.run("audit", ME, "--json"))
    check(any("status board" in json.dumps(r) for r in rows), str(rows))

    def line():
        found = [json.loads(text) for text in site.access_lines()]
        return [l for l in found if l["caller"] == "status board"
                and l["acting_for"] == ME and l["operation"] == "SetUserOofSettings"]

    until(20, "the access line", line)


def rights_end_at_once():
    impersonation(robot, ME, ME, "NoError")
    text = open(site.conf).read()
    site.configure('service_account "Robot@example.com" {\n\taddresses = "you@example.com"\n}\n')
    site.signal(signal.SIGHUP)
    until(30, "the new settings", lambda: Message(site.client().post(
        inside(get_oof(ME), acting(ME)), authorization=robot())).code == "ErrorImpersonateUserDenied")
    impersonation(robot, YOU, YOU, "NoError")
    token = ID.token(upn=ME)
    accepted(token)
    with open(site.conf, "w") as f:
        f.write(text.replace('issuer = "https://id.example/"', 'issuer = "https://new.example/"'))
    site.signal(signal.SIGHUP)
    until(30, "the issuer is another", lambda: post(token).status == 401)
    with open(site.conf, "w") as f:
        f.write(text)
    site.signal(signal.SIGHUP)
    until(30, "all as before", lambda: post(token).status == 200)


cases("acting for another: {0.__name__} as {1} for {2}: {3}", IMPERSONATIONS, impersonation)
case("an application alone is nobody", app_alone)
case("an application that was verified is remembered, with its rights", app_is_remembered)
case("an application without the role gets 403", app_without_role)
case("a service account without the header owns what is its own", directly)
case("what is set for another is in the audit and the access log", sets_are_audited)
case("a change of rights or issuers counts at once", rights_end_at_once)

main()
