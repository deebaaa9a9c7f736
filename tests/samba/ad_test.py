#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""People, photos and logins of a real domain controller: Samba's AD DC."""
import base64
import hashlib
import json
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import Failed, case, cases, check, equal, main, until
from lib.installation import Installation, picture
from lib.jpeg import jpeg
from lib.samba import BASE, DISABLED, HOST, NEVER_EXPIRES, NORMAL, PASSWORD, REALM, USERS, Samba, alone

alone()
import gssapi  # only where there is a controller

THUMBNAIL_MAX = 102400  # bytes: the schema's rangeUpper of thumbnailPhoto
SEEN_SECONDS = 30  # a limit for a busy machine: the clerk asks each second
STAFF = f"OU=staff,{BASE}"

dc = Samba()
dc.start()
dc.modify([("dn", STAFF), ("changetype", "add"), ("objectClass", "organizationalUnit")])
dc.spn("DC1", f"ldap/{HOST}")


def person(name, *more, mail=True, **options):
    """A user of the domain controller, with his address; returns his DN."""
    mine = [("mail", f"{name}@example.com")] if mail else []
    return dc.add(name, ("displayName", f"{name.title()} of AD"), *mine, *more, **options)


def policy(name, dn, **values):
    """Password settings for one user (a PSO of AD)."""
    given = {"MaximumPasswordAge": "-864000000000", "LockoutThreshold": "0", **values}
    dc.modify([("dn", f"CN={name},CN=Password Settings Container,CN=System,{BASE}"), ("changetype", "add"),
               ("objectClass", "msDS-PasswordSettings"), ("msDS-PasswordSettingsPrecedence", "1"),
               ("msDS-PasswordReversibleEncryptionEnabled", "FALSE"), ("msDS-PasswordHistoryLength", "0"),
               ("msDS-PasswordComplexityEnabled", "FALSE"), ("msDS-MinimumPasswordLength", "1"),
               ("msDS-MinimumPasswordAge", "0"), ("msDS-LockoutObservationWindow", "-18000000000"),
               ("msDS-LockoutDuration", "-18000000000"), ("msDS-PSOAppliesTo", dn),
               *((f"msDS-{k}", v) for k, v in given.items())])


FACE = jpeg(5000, 160, 160)
WHOLE = jpeg(THUMBNAIL_MAX)
ann = person("ann", ("proxyAddresses", "SMTP:Ann.Smith@Example.com"), ("proxyAddresses", "smtp:a.smith@example.com"),
             ("proxyAddresses", "X400:c=US;a= ;p=AD;o=x;s=Smith"), ("proxyAddresses", "sip:sip.ann@example.com"),
             ("thumbnailPhoto", FACE))
upn = person("upn", ("thumbnailPhoto", FACE), mail=False)
odd = person("odd", ("proxyAddresses", "smtp:o'd*d&x@example.com"), ("thumbnailPhoto", FACE))
whole = person("whole", ("thumbnailPhoto", WHOLE))
noise = person("noise", ("thumbnailPhoto", random.Random(7).randbytes(THUMBNAIL_MAX)))
barred = person("barred", ("thumbnailPhoto", FACE), control=DISABLED)
toggled = person("toggled", ("thumbnailPhoto", FACE))
moved = person("moved")
changing = person("changing", ("thumbnailPhoto", FACE))
writer = person("writer")
expired = person("expired", ("accountExpires", "133000000000000000"))
must = person("must", control=NORMAL)
dc.replace(must, "pwdLastSet", "0")
old = person("old", control=NORMAL)
dc.age_password(old)
locked = person("locked")
policy("strict", locked, LockoutThreshold="2")
person("frontdesk", ("mail", "frontdesk@elsewhere.example"), mail=False)
person("service", mail=False)
dc.replace(f"CN=service,{USERS}", "msDS-SupportedEncryptionTypes", "24")  # AES alone
dc.spn("service", "HTTP/localhost")
# Whom a site lets write photos: simply everything, here.
dc.modify([("dn", f"CN=Domain Admins,{USERS}"), ("changetype", "modify"), ("add", "member"),
           ("member", f"CN=frontdesk,{USERS}")])

SECRET = dc.write("secret", PASSWORD + "\n")
WRONG = dc.write("wrong", "not this\n")
KEYTAB = dc.keytab("frontdesk.keytab", "frontdesk")
HTTP = dc.keytab("http.keytab", f"HTTP/localhost@{REALM}")


def section(*more, **settings):
    """A directory section; a setting that is None is left out."""
    given = {"preset": "ad", "uri": f'"ldaps://{HOST}"', "base": f'"{BASE}"', "ca": f'"{dc.ca}"',
             "bind_dn": f'"CN=frontdesk,{USERS}"', "password_file": f'"{SECRET}"', "poll_s": "1",
             "photo_write_back": "yes", **settings}
    return 'directory "office" {\n' + "".join(
        f"\t{k} = {v}\n" for k, v in given.items() if v is not None) + "}\n"


site = Installation("ad", domains=("example.com", "ad.example"), settings=section() + (
    "workers = 1\nlogin {\n\tpasswords = directory\n\tpenalty_exempt = {\"127.0.0.1\"}\n}\n"
    'avatar {\n\tdomains = {"example.com"}\n}\n'
    f'negotiate {{\n\tkeytab = "{HTTP}"\n\trealms = {{"{REALM}=example.com"}}\n}}\n'))
LOCAL = site.add("local@example.com")  # a mailbox of our own, which AD does not know
site.start()


def photo(address, size=648):
    return site.client(LOCAL).photo(address.replace("&", "%26"), f"HR{size}x{size}")


def soon(what, probe):
    """A change at the controller, seen by the clerk's poll."""
    return until(SEEN_SECONDS, what, probe)


# ---- people ----

def found(address):
    answer = photo(address)
    equal((answer.status, answer.body), (200, FACE))


def not_found(address):
    equal(photo(address).status, 404)


def told():
    """`directory test` shows the steps, whoever asks."""
    out = site.run("directory", "test", "A.Smith@example.com")
    check("ann" in out.lower(), out)
    site.run("directory", "test", "upn@ad.example")
    equal(site.command("directory", "test", "nobody@example.com").returncode, 3)
    check("disabled" in site.run("directory", "test", "barred@example.com"), "a disabled one is told to be")


def one_mailbox():
    """All his addresses lead to one mailbox; the one with SMTP: is the primary."""
    shown = [json.loads(site.run("mailbox", "show", a, "--json")) for a in (
        "ann@example.com", "a.smith@example.com", "ann@ad.example")]
    equal({s["address"] for s in shown}, {"ann.smith@example.com"})
    equal(shown[0]["name"], "Ann of AD")


def disabled():
    equal(photo("toggled@example.com").status, 200)
    dc.replace(toggled, "userAccountControl", str(DISABLED))
    soon("he is gone", lambda: photo("toggled@example.com").status == 404)
    equal(site.client("toggled@example.com", PASSWORD).photo("toggled@example.com").status, 401)
    dc.replace(toggled, "userAccountControl", str(NORMAL | NEVER_EXPIRES))
    soon("he is back", lambda: photo("toggled@example.com").status == 200)
    soon("he may sign in", lambda: site.client(
        "toggled@example.com", PASSWORD).photo("toggled@example.com").status == 200)


def renamed():
    """objectGUID is who he is: his absence and his photo stay."""
    site.run("directory", "test", "moved@example.com")
    equal(photo("moved@example.com").status, 404)
    site.run("oof", "set", "moved@example.com", "--internal", "in Rome")
    site.run("photo", "set", "moved@example.com", picture("photo-1600.jpg"))
    tag = photo("moved@example.com")["ETag"]
    dn = dc.rename(moved, "CN=Another Name", STAFF)
    dc.replace(dn, "sAMAccountName", "other")
    dc.replace(dn, "mail", "other@example.com")
    dc.replace(dn, "userPrincipalName", "other@ad.example")
    soon("the new name", lambda: photo("other@example.com").status == 200)
    equal(photo("other@example.com")["ETag"], tag)
    shown = json.loads(site.run("oof", "show", "other@example.com", "--json"))
    equal(shown["internal"]["text"], "in Rome")
    soon("the old one is nobody's", lambda: photo("moved@example.com").status == 404)
    equal(site.client("other@example.com", PASSWORD).photo("other@example.com").status, 200, "signing in")


# ---- photos ----

def largest():
    """What the schema allows comes back byte for byte (R-15)."""
    answer = photo("whole@example.com")
    equal((answer.status, answer["Content-Type"]), (200, "image/jpeg"))
    check(answer.body == WHOLE, f"{len(answer.body)} other bytes")
    smaller = photo("whole@example.com", 96)
    equal(smaller.status, 200)
    check(len(smaller.body) < len(WHOLE) and smaller["ETag"] != answer["ETag"], "scaled down")


def too_large():
    """The limit of the option photo_write_back is the controller's."""
    try:
        dc.replace(whole, "thumbnailPhoto", jpeg(THUMBNAIL_MAX + 1))
    except Failed as e:
        check("thumbnailPhoto" in str(e) and "invalid value" in str(e), str(e)[-300:])
        return
    raise Failed("more than the limit was taken")


def no_picture():
    equal(photo("noise@example.com").status, 404)
    equal(photo("noise@example.com", 48).status, 404)
    equal(photo("whole@example.com").status, 200, "the next one")


def new_face():
    before = photo("changing@example.com")
    other = jpeg(6000, 160, 160, seed=2)
    dc.replace(changing, "thumbnailPhoto", other)
    soon("the other picture", lambda: photo("changing@example.com").body == other)
    check(photo("changing@example.com")["ETag"] != before["ETag"], "another tag")
    dc.replace(changing, "thumbnailPhoto")
    soon("none", lambda: photo("changing@example.com").status == 404)
    dc.replace(changing, "thumbnailPhoto", FACE)
    soon("one again", lambda: photo("changing@example.com").body == FACE)


def new_name():
    dc.replace(changing, "displayName", "Änne Ändern")
    soon("the name", lambda: json.loads(
        site.run("mailbox", "show", "changing@example.com", "--json"))["name"] == "Änne Ändern")


def written_back():
    """An upload is written to AD as well, in a size that AD takes."""
    site.run("directory", "test", "writer@example.com")
    equal(photo("writer@example.com").status, 404)
    site.run("photo", "set", "writer@example.com", picture("photo-1600.jpg"))
    value = soon("thumbnailPhoto", lambda: dc.get(writer, "thumbnailPhoto"))[0]
    check(value[:3] == b"\xff\xd8\xff" and len(value) <= THUMBNAIL_MAX, f"{len(value)} bytes")
    check(len(photo("writer@example.com").body) >= len(value), "what is served is the upload")


def avatar():
    """Everybody may see the directory's picture, too, where avatars are shown."""
    for address, status in (("a.smith@example.com", 200), ("ann@ad.example", 404), ("noise@example.com", 404),
                            ("barred@example.com", 404)):
        answer = site.client().get(f"/avatar/{hashlib.sha256(address.encode()).hexdigest()}?s=160&d=404")
        equal((answer.status, answer.body), (status, FACE if status == 200 else b""), address)


# ---- the way there ----

def way(what, status, words, *more, **settings):
    other = Installation("way", domains=("example.com",), settings=section(**settings))
    done = other.command("directory", "test", "ann@example.com")
    text = (done.stdout + done.stderr).decode()
    equal(done.returncode, status, text)
    for word in words:
        check(word.lower() in text.lower(), f"no {word!r} in: {text}")


def foreign_ca():
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=foreign", "-days", "2", "-keyout", dc.path("foreign.key"),
                    "-out", dc.path("foreign.pem")], check=True, capture_output=True)
    return dc.path("foreign.pem")


WAYS = [  # what, status, words, settings
    ("ldaps", 0, [], {}),
    ("StartTLS", 0, [], {"uri": f'"ldap://{HOST}"', "starttls": "yes"}),
    ("a user's principal name instead of a DN", 0, [], {"bind_dn": '"frontdesk@ad.example"'}),
    ("an authority that has not signed", 6, ["certificate"], {"ca": f'"{foreign_ca()}"'}),
    ("the same with StartTLS", 6, ["certificate"],
     {"uri": f'"ldap://{HOST}"', "starttls": "yes", "ca": f'"{foreign_ca()}"'}),
    ("another name than the certificate's", 6, ["certificate"], {"uri": '"ldaps://localhost"'}),
    ("a password in clear, which the controller refuses", 6, ["strong"], {"uri": '"ldap://127.0.0.1"'}),
    ("a wrong password", 6, ["invalid credentials", "52e"], {"password_file": f'"{WRONG}"'}),
    ("a keytab, with Kerberos", 0, [],
     {"uri": f'"ldap://{HOST}"', "keytab": f'"{KEYTAB}"', "bind_dn": None, "password_file": None}),
    ("a keytab within TLS, which the controller refuses", 6, ["sign or seal"],
     {"keytab": f'"{KEYTAB}"', "bind_dn": None, "password_file": None}),
    ("a keytab without the keys of a principal", 6, ["nobody"],
     {"keytab": f'"{KEYTAB}"', "principal": f'"nobody@{REALM}"', "bind_dn": None, "password_file": None}),
]


# ---- logins ----

def signs_in(login):
    equal(site.client(login, PASSWORD).photo("ann@example.com").status, 200)


def plain_401(address, password, reason=""):
    """A refusal like any other; only the access log has the reason."""
    answer, other = ([a.status, a.body, *((k, v) for k, v in a.headers.items() if k != "Date")] for a in (
        site.client(address, password).photo(LOCAL), site.client("nobody@example.com", password).photo(LOCAL)))
    equal(answer[:2], [401, b""])
    equal(answer, other, "a refusal")
    until(10, f"a line of the log with {reason!r}", lambda: any(
        reason in json.loads(line).get("reason", "") for line in site.access_lines()))


REFUSED = [  # who, what the log says
    ("expired", "account has expired"), ("must", "has to be changed"), ("old", "password has expired"),
]


def refused(name, reason):
    plain_401(f"{name}@example.com", PASSWORD, reason)


def wrong_password():
    plain_401("whole@example.com", "wrong", "wrong password")
    plain_401("barred@example.com", PASSWORD)
    plain_401("nobody@example.com", PASSWORD)


def locked_out():
    for _ in range(2):
        plain_401("locked@example.com", "wrong")
    plain_401("locked@example.com", PASSWORD, "account is locked")


def empty_password():
    """A simple bind without a password is one of nobody, and would go well."""
    plain_401("whole@example.com", "")


def own_mailbox():
    equal(site.client(LOCAL).photo("ann@example.com").status, 200)
    plain_401(LOCAL, "wrong")


def ticket():
    """A ticket of the controller's own KDC."""
    dc.login("whole", "whole.cc")
    os.environ["KRB5CCNAME"] = "FILE:" + dc.path("whole.cc")
    name = gssapi.Name(f"HTTP/localhost@{REALM}", gssapi.NameType.kerberos_principal)
    context = gssapi.SecurityContext(name=name, mech=gssapi.OID.from_int_seq("1.3.6.1.5.5.2"), usage="initiate")
    token = base64.b64encode(context.step()).decode()
    answer = site.client().get("/photo/whole@example.com", authorization=f"Negotiate {token}")
    equal((answer.status, answer.body == WHOLE), (200, True))


# ---- the controller away ----

def away():
    """What is known stays known; who is not is not nobody."""
    person("late", ("thumbnailPhoto", FACE))
    dc.stop()
    equal(photo("ann@example.com").body, FACE, "the known picture")
    answer = photo("late@example.com")
    equal((answer.status, bool(answer["Retry-After"])), (503, True), "one that could not be looked for")
    equal(site.client("odd@example.com", PASSWORD).photo(LOCAL).status, 503, "a login that could not be checked")
    dc.start()
    until(SEEN_SECONDS, "the controller again", lambda: photo("late@example.com").body == FACE)
    signs_in("odd@example.com")


cases("somebody is found by {}", [
    "ann@example.com", "ANN.SMITH@EXAMPLE.COM", "a.smith@example.com", "ann@ad.example", "upn@ad.example",
    "o'd*d&x@example.com"], found)
cases("nobody is found by {}", [
    "nobody@example.com", "*@example.com", "ann*@example.com", "sip.ann@example.com", "barred@example.com",
    "smtp:a.smith@example.com", "administrator@ad.example"], not_found)
case("all of somebody's addresses are one mailbox's", one_mailbox)
case("directory test shows the way to somebody", told)
case("a photo as large as AD allows is served as it is", largest)
case("AD takes no byte more", too_large)
case("noise is no photo", no_picture)
case("a photo that is changed at the controller is seen", new_face)
case("a name that is changed at the controller is seen", new_name)
case("an uploaded photo is written to thumbnailPhoto", written_back)
case("an avatar is the directory's picture", avatar)
case("who is disabled is nobody until he is enabled", disabled)
case("somebody who is renamed and moved keeps absence and photo", renamed)
cases("the way there: {}", [(w[0],) for w in WAYS], lambda what: next(
    way(w[0], w[1], w[2], **w[3]) for w in WAYS if w[0] == what))
cases("signing in as {}", ["whole@example.com", "a.smith@example.com", "upn@ad.example"], signs_in)
cases("a login is refused: {}, {}", REFUSED, refused)
case("a wrong password is wrong", wrong_password)
case("an account that is locked is told so in the log alone", locked_out)
case("no password is a wrong one", empty_password)
case("a mailbox of our own keeps its own password", own_mailbox)
case("a ticket of the controller's signs in", ticket)
case("a controller that is away is not an empty one", away)
main()
