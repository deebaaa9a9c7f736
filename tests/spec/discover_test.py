#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Autodiscover, rule by rule, against the real server over TLS.

S-n: the SOAP dialect ([MS-OXWSADISC]); P-n: POX ([MS-OXDSCLI]); J-n: JSON;
H-n: what all of them have in common.
"""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main, until
from lib.foreign import APPLICATION, take_tokens
from lib.http import basic
from lib.installation import Installation
from lib.soap import S, escape, same_tree, shape, vector
from lxml import etree

SVC = "/autodiscover/autodiscover.svc"
POX = "/autodiscover/autodiscover.xml"
JSON = "/autodiscover/autodiscover.json"
URL = "https://mail.frontdesk.example"
A = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
WSA = "http://www.w3.org/2005/08/addressing"
OUTLOOK = "http://schemas.microsoft.com/exchange/autodiscover/outlook/"
X = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
NS = {"s": S, "a": A, "wsa": WSA, "x": X, "o": OUTLOOK + "responseschema/2006a",
      "e": "http://schemas.microsoft.com/exchange/services/2006/errors"}
XML = "text/xml; charset=utf-8"

site = Installation("spec-discover", domains=("frontdesk.example",),
                    settings=f'public_url = "{URL}"\n')
ADA = site.add("ada@frontdesk.example", "--name", "Ada Example",
               "--alias", "lovelace@frontdesk.example")
BOB = site.add("bob@frontdesk.example")
site.run("domain", "add", "other.example", "--organization", "Other Ltd")
EVE = site.add("eve@other.example")
site.start()
me = site.client(ADA)
nobody = site.client()


# ---- SOAP ----

def envelope(body, header="<a:RequestedServerVersion>Exchange2013</a:RequestedServerVersion>"):
    return (f'<s:Envelope xmlns:s="{S}" xmlns:a="{A}" xmlns:w="{WSA}">'
            f"<s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>")


def request(users, settings):
    named = "".join(f"<a:User><a:Mailbox>{escape(u)}</a:Mailbox></a:User>" for u in users)
    asked = "".join(f"<a:Setting>{escape(s)}</a:Setting>" for s in settings)
    return ("<a:GetUserSettingsRequestMessage><a:Request>"
            f"<a:Users>{named}</a:Users><a:RequestedSettings>{asked}</a:RequestedSettings>"
            "</a:Request></a:GetUserSettingsRequestMessage>")


class Reply:
    def __init__(self, answer, status=200):
        equal(answer.status, status, f"status ({answer.body[:300]!r})")
        equal(answer["Content-Type"], XML, "Content-Type")
        check(answer.body.startswith(b"<?xml "), "no declaration")
        self.answer = answer
        self.tree = etree.fromstring(answer.body)

    def text(self, path):
        return str(self.tree.xpath(f"string({path})", namespaces=NS))

    def all(self, path):
        return self.tree.xpath(path, namespaces=NS)

    def values(self, user=1):
        """{name: value} and {name: code} of one user."""
        base = f"//a:UserResponse[{user}]"
        pairs = [(n.xpath("string(a:Name)", namespaces=NS), n.xpath("string(a:Value)", namespaces=NS))
                 for n in self.all(f"{base}/a:UserSettings/a:UserSetting")]
        errors = {n.xpath("string(a:SettingName)", namespaces=NS):
                  n.xpath("string(a:ErrorCode)", namespaces=NS)
                  for n in self.all(f"{base}/a:UserSettingErrors/a:UserSettingError")}
        equal(len(pairs), len(dict(pairs)), "names that come once")
        return dict(pairs), errors


def ask(users, settings, client=None, **headers):
    return Reply((client or me).post(envelope(request(users, settings)), SVC, **headers))


def photos_vector():
    answer = me.post(vector("autodiscover-soap.req.photos.xml"), SVC)
    same_tree(Reply(answer).answer.body, vector("autodiscover-soap.resp.photos.xml"))


def invalid_user_vector():
    got = ask(["nobody@frontdesk.example"], ["ExternalEwsUrl"])
    same_tree(got.answer.body, vector("autodiscover-soap.resp.invalid-user.xml"))


EXCHANGELIB = ["UserDN", "MailboxDN", "UserDisplayName", "AutoDiscoverSMTPAddress",
               "ExternalEwsUrl", "EwsSupportedSchemas"]


def every_value():
    values, errors = ask([ADA], [*EXCHANGELIB, "InternalEwsUrl", "ExternalPhotosUrl",
                                 "InternalPhotosUrl", "CasVersion", "ExternalEwsVersion"]).values()
    equal(errors, {}, "errors")
    equal(values, {
        "UserDN": "/o=Frontdesk/ou=frontdesk.example/cn=Recipients/cn=ada@frontdesk.example",
        "MailboxDN": "/o=Frontdesk/ou=frontdesk.example/cn=Mailboxes/cn=ada@frontdesk.example",
        "UserDisplayName": "Ada Example",
        "AutoDiscoverSMTPAddress": ADA,
        "ExternalEwsUrl": f"{URL}/EWS/Exchange.asmx",
        "InternalEwsUrl": f"{URL}/EWS/Exchange.asmx",
        "ExternalPhotosUrl": f"{URL}/EWS/Exchange.asmx/s/",
        "InternalPhotosUrl": f"{URL}/EWS/Exchange.asmx/s/",
        "EwsSupportedSchemas": "Exchange2007, Exchange2007_SP1, Exchange2010, Exchange2010_SP1, "
                               "Exchange2010_SP2, Exchange2013, Exchange2013_SP1",
        "CasVersion": "15.0.1497.2",
        "ExternalEwsVersion": "15.0.1497.2",
    }, "values")


def versions_agree():
    """What the header says one by one is what CasVersion and the schemas say."""
    got = ask([ADA], ["CasVersion", "EwsSupportedSchemas"])
    numbers = [got.text(f"//a:ServerVersionInfo/a:{n}") for n in
               ("MajorVersion", "MinorVersion", "MajorBuildNumber", "MinorBuildNumber")]
    values, _ = got.values()
    equal(".".join(numbers), values["CasVersion"], "numbers")
    check(got.text("//a:ServerVersionInfo/a:Version") in values["EwsSupportedSchemas"].split(", "),
          "the version is none of the schemas")


def several():
    got = ask([BOB, "nobody@frontdesk.example", EVE, "LOVELACE@Frontdesk.Example", "no address"],
              ["AutoDiscoverSMTPAddress", "InternalUMUrl", "Nonsense", "UserDisplayName"])
    equal(got.text("//a:Response/a:ErrorCode"), "NoError", "of all")
    codes = [e.text for e in got.all("//a:UserResponse/a:ErrorCode")]
    equal(codes, ["NoError", "InvalidUser", "InvalidUser", "NoError", "InvalidUser"], "codes")
    errors = {"InternalUMUrl": "SettingIsNotAvailable", "Nonsense": "InvalidSetting"}
    equal(got.values(1), ({"AutoDiscoverSMTPAddress": BOB, "UserDisplayName": BOB}, errors), "Bob")
    equal(got.values(4), ({"AutoDiscoverSMTPAddress": ADA, "UserDisplayName": "Ada Example"},
                          errors), "Ada by an alias")


def walls():
    """Another organization's mailbox looks as one that is not there, but for its name."""
    def of(address):
        return ask([address], ["UserDisplayName"]).answer.body.replace(address.encode(), b"")
    equal(of(EVE), of("nobody@other.example"), "answers")
    equal(ask([EVE], ["UserDN"], site.client(EVE)).values()[0],
          {"UserDN": "/o=Other+20Ltd/ou=other.example/cn=Recipients/cn=eve@other.example"}, "Eve")


INFO, ROBOT = "info@frontdesk.example", "robot@frontdesk.example"
HIDDEN = [  # settings, and whom of HIDDEN_USERS Ada and the robot find
    ("resolve_names = no\n", [ADA, INFO], [BOB]),
    ("resolve_names = no\naddress_book = public\n", [ADA, INFO, BOB], [ADA, INFO, BOB]),
]
HIDDEN_USERS = [ADA, INFO, BOB, "nobody@frontdesk.example"]


def hidden():
    """Who may not look others up finds whom he may act for, and nobody else."""
    for settings, adas, robots in HIDDEN:
        private = Installation("hidden", domains=("frontdesk.example",), settings=settings + (
            f'service_account "{ROBOT}" {{\n\taddresses = "{BOB}"\n}}\n'))
        for address in (ADA, BOB, INFO, ROBOT):
            private.add(address)
        private.run("mailbox", "owner", INFO, "add", ADA)
        private.start()
        for who, wanted in ((ADA, adas), (ROBOT, robots)):
            got = ask(HIDDEN_USERS, ["UserDN"], private.client(who))
            codes = [e.text for e in got.all("//a:UserResponse/a:ErrorCode")]
            equal([u for u, code in zip(HIDDEN_USERS, codes) if code == "NoError"], wanted,
                  who + " finds, with " + settings)
        private.stop()


def order():
    """A serializer's order, which some clients rely on."""
    got = ask([ADA], ["UserDN", "InternalUMUrl"])
    user = got.all("//a:UserResponse")[0]
    equal([etree.QName(e).localname for e in user],
          ["ErrorCode", "ErrorMessage", "RedirectTarget", "UserSettingErrors", "UserSettings"], "order")
    setting = got.all("//a:UserSetting")[0]
    equal([etree.QName(e).localname for e in setting], ["Name", "Value"], "order of a setting")
    equal(setting.get("{http://www.w3.org/2001/XMLSchema-instance}type"), "StringSetting", "i:type")
    check(b'<UserSetting i:type="StringSetting"><Name>' in got.answer.body, "prefixes of a setting")


HEADERS = [  # of the request, and what comes of it
    ("", "ErrorInvalidServerVersion"),
    ("<a:RequestedServerVersion/>", "ErrorInvalidServerVersion"),
    ("<a:RequestedServerVersion>Exchange2007_SP3</a:RequestedServerVersion>", "ErrorInvalidServerVersion"),
    ("<a:RequestedServerVersion>latest</a:RequestedServerVersion>", "ErrorInvalidServerVersion"),
    ("<a:RequestedServerVersion>Exchange2010</a:RequestedServerVersion>", None),
    ("<a:RequestedServerVersion>Exchange2019</a:RequestedServerVersion>", None),
    ("<a:RequestedServerVersion>V2015_10_05</a:RequestedServerVersion>", None),
    (f"<a:RequestedServerVersion>Exchange2013</a:RequestedServerVersion><w:Action>{A}/Autodiscover/"
     "GetUserSettings</w:Action><w:To>https://somewhere.else/</w:To>", None),
    (f"<a:RequestedServerVersion>Exchange2013</a:RequestedServerVersion><w:Action>{A}/Autodiscover/"
     "GetDomainSettings</w:Action>", "ErrorInvalidOperation"),
    ('<a:RequestedServerVersion>Exchange2013</a:RequestedServerVersion><u:X xmlns:u="urn:x" '
     's:mustUnderstand="1"/>', "ErrorInvalidRequest"),
]


def header_rule(header, code):
    answer = me.post(envelope(request([ADA], ["UserDN"]), header), SVC)
    if code is None:
        equal(Reply(answer).text("//a:UserResponse/a:ErrorCode"), "NoError", "code")
        return
    got = Reply(answer, 500)
    equal(got.text("//e:ResponseCode"), code, "code")
    equal(got.text("//a:ServerVersionInfo/a:MajorVersion"), "15", "the header of a fault")
    if code == "ErrorInvalidServerVersion":
        equal(got.text("//faultstring"),
              "The RequestedServerVersion header is missing or invalid.", "sentence")


REFUSED = [("GetDomainSettings", "InvalidRequest"), ("GetFederationInformation", "NotFederated"),
           ("GetOrganizationRelationshipSettings", "NotFederated")]


def refused(operation, code):
    got = Reply(me.post(envelope(f"<a:{operation}RequestMessage><a:Request/>"
                                 f"</a:{operation}RequestMessage>"), SVC))
    equal(got.text(f"//a:{operation}ResponseMessage/a:Response/a:ErrorCode"), code, "code")
    equal(got.text("//wsa:Action"), f"{A}/Autodiscover/{operation}Response", "Action")


def limits():
    for users, settings, status in ((100, 1, 200), (101, 1, 500), (1, 100, 200), (1, 101, 500)):
        answer = me.post(envelope(request([ADA] * users, [f"N{i}" for i in range(settings)])), SVC)
        got = Reply(answer, status)
        if status == 500:
            equal(got.text("//e:ResponseCode"), "ErrorSchemaValidation", "code")
        else:
            equal(len(got.all("//a:UserResponse")), users, "users")
            equal(len(got.all("//a:UserResponse[1]//a:UserSettingError")), settings, "settings")
    body = envelope(request([ADA], ["UserDN"]))
    padded = body + " " * (64 * 1024 - len(body))
    equal(Reply(me.post(padded, SVC)).text("//a:Response/a:ErrorCode"), "NoError", "64 KiB")
    equal(me.post(padded + " ", SVC).status, 413, "a byte more")


def hostile():
    for body in (b"", b"<", b"\xff", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"<a>" * 40):
        got = Reply(me.post(body, SVC), 500)
        equal(got.text("//e:ResponseCode"), "ErrorSchemaValidation", body)
    got = ask(["x<&>\"'@frontdesk.example"], ["<&>"])
    equal(got.text("//a:UserResponse/a:ErrorMessage"),
          "Invalid user: 'x<&>\"'@frontdesk.example'", "message")
    equal(ask([ADA], ["<&>"]).values()[1], {"<&>": "InvalidSetting"}, "errors")


# ---- POX ----

def pox(inside, namespace=OUTLOOK + "requestschema/2006", client=None):
    schema = f"<AcceptableResponseSchema>{OUTLOOK}responseschema/2006a</AcceptableResponseSchema>"
    if "AcceptableResponseSchema" in inside:
        schema = ""
    body = (f'<Autodiscover xmlns="{namespace}"><Request>{inside}{schema}</Request></Autodiscover>')
    return Reply((client or me).post(body, POX))


def mail(address):
    return f"<EMailAddress>{escape(address)}</EMailAddress>"


def pox_vector():
    answer = me.post(vector("autodiscover-pox.req.xml"), POX)
    same_tree(Reply(answer).answer.body, vector("autodiscover-pox.resp.xml"))
    line = next(l for l in answer.body.decode().split("\n") if "<EwsUrl>" in l)
    equal(line[line.index("<EwsUrl>") + 8:line.index("</EwsUrl>")], f"{URL}/EWS/Exchange.asmx",
          "as DavMail reads it")


MOBILE = "http://schemas.microsoft.com/exchange/autodiscover/mobilesync/"
POX_ERRORS = [
    ("an unknown address", mail("nobody@frontdesk.example"), "500", "The email address can't be found."),
    ("another organization's", mail(EVE), "500", "The email address can't be found."),
    ("no address at all", mail("nobody"), "501", "Bad Address"),
    ("an unknown DN", "<LegacyDN>/o=x/cn=y</LegacyDN>", "501", "Bad Address"),
    ("nobody", "", "600", "Invalid Request"),
    ("an address twice", mail(ADA) * 2, "600", "Invalid Request"),
    ("ActiveSync", mail(ADA) + f"<AcceptableResponseSchema>{MOBILE}responseschema/2006"
     "</AcceptableResponseSchema>", "601", "Provider is not available"),
    ("no known schema", mail(ADA) + "<AcceptableResponseSchema>x</AcceptableResponseSchema>",
     "601", "Provider is not available"),
]


def pox_error(inside, code, message, **more):
    same_error(pox(inside, **more), code, message)


def same_error(got, code, message):
    wanted = etree.fromstring(vector("autodiscover-pox.resp.error.xml"))
    error = wanted.find(f".//{{{X}}}Error")
    error.find(f"{{{X}}}ErrorCode").text = code
    error.find(f"{{{X}}}Message").text = message
    found = got.all("//x:Error")[0]
    for name in ("Time", "Id"):
        check(found.get(name, "").replace(":", "").replace(".", "").isdigit(), f"{name} is missing")
        error.set(name, found.get(name))
    equal(shape(got.tree), shape(wanted), "tree")


def pox_get():
    same_error(Reply(me.get(POX)), "600", "Invalid Request")
    equal(me.request("HEAD", POX).status, 200, "HEAD")


def pox_mobile():
    pox_error(mail(ADA), "601", "Provider is not available", namespace=MOBILE + "requestschema/2006")


def pox_names():
    dn = ask([ADA], ["UserDN"]).values()[0]["UserDN"]
    for inside in (mail("Lovelace@frontdesk.example"), f"<LegacyDN>{dn}</LegacyDN>",
                   f"<LegacyDN>{dn.upper()}</LegacyDN>", f"<Later>1</Later>{mail(ADA)}"):
        got = pox(inside)
        equal(got.text("//o:AutoDiscoverSMTPAddress"), ADA, inside)
        equal(got.text("//o:DisplayName"), "Ada Example", inside)
    equal(pox(mail(BOB)).text("//o:DisplayName"), BOB, "a mailbox without a name")


def pox_hostile():
    for body in (b"", b"<a", b"<!DOCTYPE a><a/>", b"<Autodiscover/>", b"\xff" * 100):
        same_error(Reply(me.post(body, POX)), "600", "Invalid Request")
    equal(me.post(b" " * (64 * 1024 + 1), POX).status, 413, "over 64 KiB")


# ---- JSON ----

def get_json(target, status=200):
    answer = nobody.get(target)
    equal(answer.status, status, target)
    equal(answer["Content-Type"], "application/json; charset=utf-8", "Content-Type")
    return answer, json.loads(answer.body)


def json_same():
    wanted = vector("autodiscover-v2.resp.ews.json")
    for target in (f"{JSON}?Email={ADA}&Protocol=EWS", f"{JSON}?email=x@frontdesk.example&PROTOCOL=ews",
                   f"{JSON}?Protocol=Ews&RedirectCount=1&Email=%61da%40frontdesk.example",
                   f"{JSON}/v1.0/{ADA}?Protocol=EWS", f"{JSON.upper()}/V1.0/nobody@FRONTDESK.example?protocol=EWS",
                   f"{JSON}/v1.0/a%2Fb@frontdesk.example?Protocol=EWS"):
        equal(get_json(target)[0].body, wanted, target)


def json_v1():
    equal(get_json(f"{JSON}?Email={ADA}&Protocol=AutodiscoverV1")[1],
          {"Protocol": "AutodiscoverV1", "Url": URL + POX}, "answer")


JSON_ERRORS = [
    ("", 400, "MandatoryParameterMissing"), ("?Protocol=EWS", 400, "MandatoryParameterMissing"),
    (f"?Email={ADA}", 400, "MissingProtocol"), (f"/v1.0/{ADA}", 400, "MissingProtocol"),
    (f"?Email={ADA}&Protocol=ActiveSync", 400, "ProtocolNotSupported"),
    ("?Email=ada&Protocol=EWS", 400, "InvalidUserId"),
    ("?Email=ada@elsewhere.example&Protocol=EWS", 404, "UserNotFound"),
    ("/v1.0/ada@elsewhere.example?Protocol=EWS", 404, "UserNotFound"),
    ("?Email=%zz&Protocol=EWS", 400, "InvalidRequest"),
]


def json_error(rest, status, code):
    _, got = get_json(JSON + rest, status)
    equal((got["ErrorCode"], sorted(got)), (code, ["ErrorCode", "ErrorMessage"]), "answer")


def json_vector():
    equal(get_json(f"{JSON}?Email={ADA}&Protocol=Foo", 400)[0].body,
          vector("autodiscover-v2.resp.bad-protocol.json"), "answer")


def json_silent():
    """Before a login nothing tells which mailboxes there are."""
    answers = {nobody.get(f"{JSON}?Email={a}&Protocol=EWS").body
               for a in (ADA, BOB, EVE, "nobody@frontdesk.example", "nobody@other.example")}
    equal(len(answers), 1, "answers")
    for a in (ADA, "nobody@frontdesk.example"):
        answer = nobody.get(f"{JSON}?Email={a}&Protocol=EWS", authorization=basic(ADA, "wrong"))
        equal(answer.status, 200, "with wrong credentials")


# ---- all ----

def probe():
    """Clients look at the headers of the refusal before they choose a dialect."""
    client = site.client()
    for method, path in (("GET", POX), ("POST", POX), ("HEAD", POX), ("GET", SVC), ("POST", SVC)):
        answer = client.request(method, path, b"<x/>" if method == "POST" else None)
        equal((answer.status, answer.body, answer["Content-Length"]), (401, b"", "0"), "refusal")
        check(answer.headers.get_all("WWW-Authenticate")[0].startswith("Basic "), "Basic first")
        equal(answer["X-SOAP-Enabled"], "True", f"{method} {path}")
        equal(answer["X-OAuth-Enabled"], None, "no tokens are taken here")
        check(answer["X-WSSecurity-Enabled"] is None, "X-WSSecurity-Enabled")
        check(client.connection is not None, "the connection is closed")
    for answer in (me.get(POX), me.post(b"<", SVC), me.post(b"<", POX)):
        equal(answer["X-SOAP-Enabled"], "True", "on an answer")


def host():
    """Answers do not depend on the host that was asked for."""
    for name in ("evil.example", "autodiscover.frontdesk.example:1", "localhost"):
        got = ask([ADA], ["ExternalEwsUrl"], host=name).values()[0]
        equal(got, {"ExternalEwsUrl": f"{URL}/EWS/Exchange.asmx"}, name)
        body = me.request("POST", POX, vector("autodiscover-pox.req.xml"),
                          {"Host": name, "X-Forwarded-Host": name, "Content-Type": XML}).body
        same_tree(body, vector("autodiscover-pox.resp.xml"))
        answer = nobody.request("GET", f"{JSON}?Email={ADA}&Protocol=EWS", None, {"Host": name})
        equal(answer.body, vector("autodiscover-v2.resp.ews.json"), name)


def paths():
    for path in (SVC, SVC.upper(), "/AutoDiscover/AutoDiscover.svc", f"//autodiscover/{SVC[14:]}/"):
        equal(Reply(me.post(envelope(request([ADA], ["UserDN"])), path)).text("//a:Response/a:ErrorCode"),
              "NoError", path)
    for path in (POX.upper(), "/AutoDiscover/AutoDiscover.xml", POX + "/"):
        equal(Reply(me.post(vector("autodiscover-pox.req.xml"), path)).text("//o:Action"), "settings", path)
    for path in ("/autodiscover", "/autodiscover/", SVC + "/x", POX + "x", JSON + "/v2.0/" + ADA,
                 JSON + "/" + ADA, "/autodiscover/autodiscover.svc/wssecurity"):
        equal((me.get(path).status, me.get(path).body), (404, b""), path)


def methods():
    for path, allow in ((SVC, ["POST"]), (POX, ["GET", "HEAD", "POST"]), (JSON, ["GET", "HEAD"])):
        for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
            answer = me.request(method, path, b"")
            equal(answer.status, 405, f"{method} {path}")
            equal(sorted(answer["Allow"].split(", ")), allow, "Allow")
    equal(me.get(SVC).status, 405, "GET on .svc")
    equal(nobody.post(b"", JSON).status, 405, "POST on .json")
    equal(me.request("GET", POX, b"<x/>").status, 413, "a GET with a body")


def wire_forms():
    """Without a content type, with one of another kind, compressed, in chunks."""
    import gzip
    body = envelope(request([ADA], ["UserDN"])).encode()
    for kind in (None, "text/xml", "text/plain", "application/x-www-form-urlencoded"):
        answer = me.request("POST", SVC, body, {"Content-Type": kind})
        equal(Reply(answer).text("//a:Response/a:ErrorCode"), "NoError", kind)
    answer = me.post(gzip.compress(body), SVC, content_encoding="gzip")
    equal(Reply(answer).text("//a:Response/a:ErrorCode"), "NoError", "gzip")
    equal(me.post(gzip.compress(b" " * 70000), SVC, content_encoding="gzip").status, 413, "a bomb")
    equal(me.post(body, SVC, content_encoding="br").status, 415, "br")
    answer = me.request("POST", SVC, b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body),
                        {"Content-Type": XML, "Transfer-Encoding": "chunked"})
    equal(Reply(answer).text("//a:Response/a:ErrorCode"), "NoError", "chunks")


def wrong_password():
    for path in (SVC, POX):
        answer = site.client(ADA, password="wrong").post(b"<x/>", path)
        equal((answer.status, answer.body, answer["X-SOAP-Enabled"]), (401, b"", "True"), path)


def access_line():
    ask([BOB], ["UserDN"])
    ask(["nobody@frontdesk.example"], ["UserDN"])
    pox(mail(BOB))
    pox(mail("nobody@frontdesk.example"))
    nobody.get(f"{JSON}?Email={BOB}&Protocol=EWS")
    wanted = {("Autodiscover.GetUserSettings", BOB, "NoError"),
              ("Autodiscover.GetUserSettings", "nobody@frontdesk.example", "InvalidUser"),
              ("Autodiscover.POX", BOB, "NoError"),
              ("Autodiscover.POX", "nobody@frontdesk.example", "500"),
              ("Autodiscover.JSON", BOB, "200")}
    until(10, f"lines for {wanted}", lambda: wanted <= {
        (line["operation"], line["target"], line["result"])
        for line in map(json.loads, site.access_lines())})
    metrics = site.back().get("/metrics").body.decode()
    for operation, result in (("GetUserSettings", "NoError"), ("GetUserSettings", "InvalidUser"),
                              ("POX", "600"), ("POX", "501"), ("JSON", "404"),
                              ("GetFederationInformation", "NotFederated")):
        check(f'frontdesk_requests_total{{operation="Autodiscover.{operation}",result="{result}"}}'
              in metrics, f"{operation} {result} is not counted")


def tokens():
    """Where tokens are taken the 401 says so; an application sees those it may act for."""
    site.stop()
    issuer = take_tokens(site, "frontdesk.example")
    site.start()
    me.close()
    nobody.close()
    for path in (POX, SVC):
        equal(nobody.get(path)["X-OAuth-Enabled"], "True", path)
    client = site.client()
    client.authorization = "Bearer " + issuer.app(APPLICATION)
    got = ask([ADA, EVE, "nobody@frontdesk.example"], ["ExternalEwsUrl"], client)
    equal([e.text for e in got.all("//a:UserResponse/a:ErrorCode")],
          ["NoError", "InvalidUser", "InvalidUser"], "codes")
    equal(got.answer["X-OAuth-Enabled"], "True", "on an answer")
    equal(pox(mail(BOB), client=client).text("//o:AutoDiscoverSMTPAddress"), BOB, "POX")
    pox_error(mail(EVE), "500", "The email address can't be found.", client=client)
    client.authorization = "Bearer " + issuer.token(upn=ADA)
    equal(ask([BOB], ["UserDN"], client).text("//a:UserResponse/a:ErrorCode"), "NoError", "a user's")
    client.authorization = "Bearer " + issuer.app("unknown-program")
    equal(ask([ADA], ["UserDN"], client).text("//a:UserResponse/a:ErrorCode"), "InvalidUser",
          "an application that may act for nobody")


ROWS = [
    ("S-1 the photo vector is answered to the element", photos_vector),
    ("S-2 an unknown user is an error of its own", invalid_user_vector),
    ("S-3 every value is there, also those exchangelib asks for", every_value),
    ("S-4 the versions agree with each other", versions_agree),
    ("S-5 several users and settings, each with its error", several),
    ("S-6 organizations are walls", walls),
    ("S-7 elements come in a serializer's order", order),
    ("S-8 limits hold to the user, the setting and the byte", limits),
    ("S-10 with resolve_names = no it finds nobody whom one may not act for", hidden),
    ("S-9 no input is answered otherwise than in order", hostile),
    ("P-1 the vector is answered to the element", pox_vector),
    ("P-2 a GET with credentials is an invalid request", pox_get),
    ("P-3 a request of ActiveSync has no provider", pox_mobile),
    ("P-4 people are found by address, alias and DN", pox_names),
    ("P-5 no input is answered otherwise than in order", pox_hostile),
    ("J-1 every address of a domain has the same answer", json_same),
    ("J-2 the older dialect is named", json_v1),
    ("J-3 an unknown protocol is told what there is", json_vector),
    ("J-4 nothing tells which mailboxes there are", json_silent),
    ("H-1 the 401 says what is spoken here", probe),
    ("H-2 Host is of no account", host),
    ("H-3 paths in any case of letters", paths),
    ("H-4 methods and sizes are the routes'", methods),
    ("H-5 bodies in every form", wire_forms),
    ("H-6 a wrong password is refused as everywhere", wrong_password),
]
for sentence, test in ROWS:
    case(sentence, test)
cases("a header {!r:.60} gives {}", HEADERS, header_rule)
cases("{} is refused with {}", REFUSED, refused)
for what, inside, code, message in POX_ERRORS:
    case(f"POX: {what} is error {code}", pox_error, inside, code, message)
cases("JSON{} gives {} {}", JSON_ERRORS, json_error)
case("the access line and the counters know the operations", access_line)
case("H-7 tokens are announced where they are taken, and find whom they may", tokens)

if __name__ == "__main__":
    main()
