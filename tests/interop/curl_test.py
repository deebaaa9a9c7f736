#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""curl 7.88 (C): absences and photos from scripts, over HTTP/1.1 and HTTP/2."""
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main
from lib.foreign import is_version, own_environment, take_tokens
from lib.installation import PASSWORD, Installation, folder, picture
from lib.kdc import Kdc
from lib.soap import Message, get_oof, set_oof, vector

site = Installation("curl", domains=("example.com", "frontdesk.example"),
                    hosts=("mail.frontdesk.example",))
ADA = site.add("ada@frontdesk.example")
FACELESS = site.add("faceless@frontdesk.example")
site.run("photo", "set", ADA, picture("photo-1600.jpg"))
issuer = take_tokens(site, "frontdesk.example")
site.start()
work = folder("curl-files")
URL = f"https://mail.frontdesk.example:{site.port}"
PHOTO = URL + "/ews/Exchange.asmx/s/GetUserPhoto"
RESOLVE = ["--resolve", f"mail.frontdesk.example:{site.port}:127.0.0.1"]


class Said:
    """What curl printed: the answer's parts by --write-out."""

    def __init__(self, done):
        self.exit = done.returncode
        self.body, _, parts = done.stdout.rpartition(b"\n--\n")
        self.status, self.version, self.type = parts.decode().split(" ", 2)
        self.error = done.stderr.decode(errors="replace")

    def __repr__(self):
        return f"<{self.exit} {self.status} {self.error} {self.body[:300]!r}>"


def curl(*words, input=b"", user=f"{ADA}:{PASSWORD}", env=None):
    argv = ["curl", "-sS", "--cacert", site.ca, "-w", "\\n--\\n%{http_code} %{http_version} "
            "%{content_type}", *RESOLVE, *(["-u", user] if user else []), *words]
    return Said(subprocess.run(argv, input=input, capture_output=True, timeout=60,
                               env=own_environment(**(env or {}))))


def post(body, *words, **more):
    body = body if isinstance(body, bytes) else body.encode()
    return curl("-H", "Content-Type: text/xml; charset=utf-8", "--data-binary", "@-", *words,
                URL + "/EWS/Exchange.asmx", input=body, **more)


def code(said):
    return Message(said).code


def over(version, number):
    said = post(vector("oof-set.req.scheduled-utc.xml"), version)
    equal((said.status, said.version, code(said)), ("200", number, "NoError"))
    said = post(vector("oof-get.req.seed.xml"), version)
    equal((said.status, said.version, said.type), ("200", number, "text/xml; charset=utf-8"))
    equal(Message(said).text("//t:OofState"), "Scheduled")


def compressed():
    said = post(get_oof(ADA), "--compressed")
    equal((said.status, code(said)), ("200", "NoError"))


def large():
    """curl asks with Expect: 100-continue before it sends so much."""
    text = "x" * 120000
    said = post(set_oof(ADA, internal=text), "-H", "Expect: 100-continue")
    equal((said.status, code(said)), ("200", "NoError"))
    equal(Message(post(get_oof(ADA))).text("//t:InternalReply/t:Message"), text)


def chunked():
    said = post(get_oof(ADA), "--http1.1", "-H", "Transfer-Encoding: chunked")
    equal((said.status, code(said)), ("200", "NoError"))


def any_login():
    said = post(get_oof(ADA), "--anyauth")
    equal((said.status, code(said)), ("200", "NoError"))


def token():
    said = post(get_oof(ADA), "--oauth2-bearer", issuer.token(upn=ADA), user=None)
    equal((said.status, code(said)), ("200", "NoError"))


def kerberos():
    """At a site of its own: without a ticket, curl's --anyauth does not go back from
    Negotiate to Basic where both are offered."""
    realm, host = "EXAMPLE.COM", "localhost"
    house = Installation("curl-kerberos")
    me = house.add("me@example.com")
    keytab = os.path.join(house.dir, "http.keytab")
    kdc = Kdc(realm)
    kdc.add(f"HTTP/{host}@{realm}")
    kdc.add(f"me@{realm}", password="secret")
    kdc.keytab(keytab, f"HTTP/{host}@{realm}")
    os.chmod(keytab, 0o644)
    kdc.start()
    kdc.login(f"me@{realm}", "secret", "me")
    house.configure('negotiate {\n\tkeytab = "http.keytab"\n}\n')
    house.start()
    target = f"https://{host}:{house.port}/EWS/Exchange.asmx"
    ticket = {n: v for n, v in kdc.environment("me").items() if n.startswith("KRB5")}
    for scheme, env, status in (("--negotiate", ticket, "200"), ("--anyauth", ticket, "200"),
                                ("--negotiate", {}, "401")):
        said = curl(scheme, "--cacert", house.ca, "-H", "Content-Type: text/xml", "--data-binary",
                    get_oof(me), target, user=":", env=env)
        equal(said.status, status, f"{scheme} {said!r}")
    house.stop()


def discovery_json():
    said = curl(f"{URL}/autodiscover/autodiscover.json?Email={ADA}&Protocol=EWS", user=None)
    equal((said.status, json.loads(said.body)["Url"]), ("200", f"{URL}/EWS/Exchange.asmx"))


def discovery_xml():
    said = curl("-H", "Content-Type: text/xml", "--data-binary", "@-",
                f"{URL}/autodiscover/autodiscover.xml", input=vector("autodiscover-pox.req.xml"))
    equal(said.status, "200")
    check(f"<EwsUrl>{URL}/EWS/Exchange.asmx</EwsUrl>".encode() in said.body, repr(said))


def discovery_soap():
    said = curl("-H", "Content-Type: text/xml; charset=utf-8", "--data-binary", "@-",
                f"{URL}/autodiscover/autodiscover.svc",
                input=vector("autodiscover-soap.req.photos.xml"))
    equal(said.status, "200")
    check(b"ExternalPhotosUrl" in said.body, repr(said))


def wrong_password():
    said = post(get_oof(ADA), user=f"{ADA}:wrong")
    equal((said.status, said.body), ("401", b""))
    said = post(get_oof(ADA), user=None)
    equal((said.status, said.body), ("401", b""))


def fault():
    said = post(get_oof(FACELESS), "--fail-with-body")
    equal((said.exit, said.status, code(said)), (22, "500", "ErrorAccessDenied"))


def photo_sizes():
    lengths = []
    for size in (48, 64, 96, 120, 240, 360, 432, 504, 648):
        said = curl(f"{PHOTO}?email={ADA}&size=HR{size}x{size}")
        equal((said.status, said.type, said.body[:3]), ("200", "image/jpeg", b"\xff\xd8\xff"))
        lengths.append(len(said.body))
    equal(sorted(set(lengths)), lengths, "their lengths")


def photo_unchanged(version):
    tag = os.path.join(work, "tag" + version)
    target = f"{PHOTO}?email={ADA}&size=HR96x96"
    first = curl(version, "--etag-save", tag, target)
    equal(first.status, "200")
    check(re.fullmatch(rb'"[^"]+"\n?', open(tag, "rb").read()), "no tag kept")
    again = curl(version, "--etag-compare", tag, target)
    equal((again.status, again.body), ("304", b""))


def photo_soap():
    """An entity tag makes the second answer short; none is 404, and says so inside."""
    ask = vector("photo-soap.req.xml")
    head = os.path.join(work, "head")
    said = post(ask, "-D", head)
    equal((said.status, Message(said).text("//m:HasChanged")), ("200", "true"))
    with open(head) as f:
        tag = re.search(r"(?im)^etag: (.*?)\s*$", f.read()).group(1)
    said = post(ask, "-H", f"If-None-Match: {tag}")
    equal((said.status, Message(said).text("//m:HasChanged")), ("200", "false"))
    said = post(ask.replace(ADA.encode(), FACELESS.encode()))
    equal((said.status, code(said)), ("404", "ErrorItemNotFound"))


def photo_none():
    said = curl("--fail", f"{PHOTO}?email={FACELESS}&size=HR96x96")
    equal((said.exit, said.status, said.body), (22, "404", b""))


def photo_head():
    said = curl("--head", f"{PHOTO}?email={ADA}&size=HR96x96")
    equal((said.status, said.type), ("200", "image/jpeg"))


is_version(__doc__, subprocess.run(["curl", "--version"], check=True, capture_output=True,
                                   text=True).stdout.split()[1])
case("login: --anyauth finds Basic", any_login)
case("login: a wrong password, and none, are 401", wrong_password)
case("login: --oauth2-bearer", token)
case("login: --negotiate, and --anyauth that prefers it, with a ticket", kerberos)
case("discovery: JSON, without a login", discovery_json)
case("discovery: XML", discovery_xml)
case("discovery: SOAP, with the URL of photos", discovery_soap)
cases("absences: set and get with {}", [("--http1.1", "1.1"), ("--http2", "2")], over)
case("absences: --compressed", compressed)
case("absences: a large one, with Expect: 100-continue", large)
case("absences: in chunks", chunked)
case("absences: a colleague's are ErrorAccessDenied, --fail-with-body", fault)
case("photos: nine sizes", photo_sizes)
cases("photos: --etag-save and --etag-compare with {}", ["--http1.1", "--http2"], photo_unchanged)
case("photos: none is 404", photo_none)
case("photos: in SOAP, with If-None-Match", photo_soap)
case("photos: --head", photo_head)
main()
