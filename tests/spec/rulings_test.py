#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Where the specifications are silent or contradict themselves: what Frontdesk
does, ruling by ruling (R-n), as far as oof_test and photo_test have no row."""
import gzip
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main
from lib.http import EWS, PHOTO
from lib.installation import Installation, picture
from lib.soap import (E, M, NS, S, S12, T, Message, duration, envelope, expect, get_oof, reply,
                      set_oof, set_raw)

FUTURE = ("2099-03-01T08:00:00Z", "2099-03-08T17:00:00Z")
ON = "<t:OofState>Enabled</t:OofState><t:ExternalAudience>All</t:ExternalAudience>"

site = Installation("rulings", domains=("example.com",))
ME = site.add("me@example.com", "--tz", "Europe/Berlin")
CLERK = site.add("clerk@example.com")
OFFICE = site.add("office@example.com", "--alias", "desk@example.com")
site.run("domain", "add", "other.example", "--organization", "other")
STRANGER = site.add("stranger@other.example")
site.run("photo", "set", ME, picture("photo-1600.jpg"))
site.start()
clients = {}


def client(user):
    return clients.setdefault(user, site.client(user))


def post(body, user=ME, **headers):
    return client(user).post(body, **headers)


def get(address=ME, user=None):
    return expect(post(get_oof(address), user or address), 200, "NoError")


# ---- R-3 ----

def oof_shape(message):
    """[MS-OXWOOF] 2.2.4, and what clients read beside it."""
    prefix, _, local = message.text("//faultcode").partition(":")
    equal((message.tree.nsmap.get(prefix), local), (S, "Client"), "faultcode")
    equal(message.text("//faultactor"), f"https://localhost:{site.port}/EWS/Exchange.asmx")
    for path in ("m:ErrorCode", "e:ResponseCode", "e:Message"):
        check(message.text(f"//s:Fault/detail/{path}"), f"no {path}")


def later_shape(message):
    prefix, _, local = message.text("//faultcode").partition(":")
    code = message.tree.xpath("//faultcode", namespaces=NS)[0]
    equal((code.nsmap.get(prefix), local), (T, message.code), "faultcode")
    equal(message.count("//faultactor") + message.count("//m:ErrorCode"), 0, "the old parts")


OOF_FAULTS = [
    ("a schema violation", lambda: set_oof(ME, "Perhaps"), "ErrorSchemaValidation"),
    ("not the owner", lambda: get_oof(CLERK), "ErrorAccessDenied"),
    ("impersonation", lambda: get_oof(ME).replace("<s:Body>", (
        "<s:Header><t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>clerk@example.com"
        "</t:SmtpAddress></t:ConnectingSID></t:ExchangeImpersonation></s:Header><s:Body>")),
     "ErrorImpersonateUserDenied"),
    ("a bad version", lambda: get_oof(ME).replace("<s:Body>", (
        '<s:Header><t:RequestServerVersion Version="Exchange2007_SP2"/></s:Header><s:Body>')),
     "ErrorInvalidServerVersion"),
    ("a second mode of access", lambda: get_oof(ME).replace("<s:Body>", (
        "<s:Header><t:ExchangeImpersonation><t:ConnectingSID><t:SID>S-1</t:SID><t:SmtpAddress>"
        "me@example.com</t:SmtpAddress></t:ConnectingSID></t:ExchangeImpersonation></s:Header>"
        "<s:Body>")), "ErrorMoreThanOneAccessModeSpecified"),
    ("an empty impersonation", lambda: get_oof(ME).replace("<s:Body>", (
        "<s:Header><t:ExchangeImpersonation/></s:Header><s:Body>")),
     "ErrorInvalidExchangeImpersonationHeaderData"),
    ("a server's security context", lambda: get_oof(ME).replace("<s:Body>", (
        "<s:Header><t:SerializedSecurityContext/></s:Header><s:Body>")), "ErrorAccessDenied"),
]


def oof_fault(what, body, code):
    oof_shape(expect(post(body()), 500, code))


def later_faults():
    for body, code in ((envelope("<m:FindItem/>"), "ErrorInvalidOperation"),
                       (envelope(""), "ErrorInvalidRequest"), ("<a", "ErrorSchemaValidation")):
        later_shape(expect(post(body), 500, code))


def the_same_fault():
    """Whoever it is whose mailbox it is not: word for word the same."""
    def told(address, shown):
        for body in (get_oof(address), set_oof(address)):
            answer = post(body)
            expect(answer, 500, "ErrorAccessDenied")
            yield answer.body.replace(shown.encode(), b"ADDRESS")
    wanted = list(told(CLERK, CLERK))
    for address in ("nobody@example.com", "x@unknown.example", STRANGER, "no-address"):
        equal(list(told(address, address)), wanted, address)


def shared_mailbox():
    """R-3: an owner beside the account itself; to be taken away again."""
    expect(post(get_oof(OFFICE), CLERK), 500, "ErrorAccessDenied")
    site.run("mailbox", "owner", OFFICE, "add", CLERK)
    expect(post(set_oof(OFFICE, internal="by its owner"), CLERK), 200, "NoError")
    message = expect(post(get_oof("desk@example.com"), CLERK), 200, "NoError")
    equal(message.text("//t:InternalReply/t:Message"), "by its owner")
    expect(post(get_oof(OFFICE)), 500, "ErrorAccessDenied")
    expect(post(get_oof(CLERK), OFFICE), 500, "ErrorAccessDenied")  # not the other way round
    site.run("mailbox", "owner", OFFICE, "remove", CLERK)
    expect(post(set_oof(OFFICE), CLERK), 500, "ErrorAccessDenied")


# ---- R-4, R-5 ----

def set_and_get(settings):
    expect(post(set_raw(ME, settings)), 200, "NoError")
    return get()


def empty_reply():
    """An element without a Message is an empty text; one that is absent stays."""
    set_and_get(ON + reply("InternalReply", "kept") + reply("ExternalReply", "goes"))
    for empty in ("<t:ExternalReply/>", "<t:ExternalReply></t:ExternalReply>",
                  "<t:ExternalReply><t:Message/></t:ExternalReply>"):
        set_and_get(ON + reply("ExternalReply", "goes"))
        message = set_and_get(ON + empty)
        equal((message.text("//t:InternalReply"), message.text("//t:ExternalReply")), ("kept", ""))


def too_long_keeps():
    set_and_get(ON + reply("InternalReply", "kept"))
    before = get().answer.body
    for body in (set_oof(ME, "Disabled", internal="x" * 128001),
                 set_oof(ME, "Enabled", external="\u20ac" * 42667)):  # 128,001 bytes
        expect(post(body), 200, "ErrorInvalidUserOofSettings")
        equal(get().answer.body, before, "what is stored")


def duration_kept():
    """Stored in any state when it is an interval; then shown in any state."""
    set_and_get(ON + duration(*FUTURE))
    for state in ("Disabled", "Enabled"):
        message = set_and_get(ON.replace("Enabled", state))
        equal((message.text("//t:StartTime"), message.text("//t:EndTime")), FUTURE, state)
    message = set_and_get(ON + duration(FUTURE[0], FUTURE[0]))
    equal(message.text("//t:EndTime"), FUTURE[1], "an empty one is dropped")


# ---- R-10 ----

MAILBOX = f"<t:Mailbox><t:Address>{ME}</t:Address></t:Mailbox>"
TIMES = duration(*FUTURE)
IN, OUT = reply("InternalReply", "i"), reply("ExternalReply", "o")
MESSAGE = "<t:Message>x</t:Message>"
WRONG = [
    ("OofState twice", ON + "<t:OofState>Enabled</t:OofState>"),
    ("ExternalAudience twice", ON + "<t:ExternalAudience>All</t:ExternalAudience>"),
    ("Duration twice", ON + TIMES + TIMES),
    ("StartTime twice", ON + TIMES.replace("<t:EndTime>", "<t:StartTime>" + FUTURE[0] +
                                           "</t:StartTime><t:EndTime>")),
    ("EndTime twice", ON + TIMES.replace("</t:Duration>", "<t:EndTime>" + FUTURE[1] +
                                         "</t:EndTime></t:Duration>")),
    ("InternalReply twice", ON + IN + IN),
    ("ExternalReply twice", ON + OUT + OUT),
    ("Message twice", ON + f"<t:InternalReply>{MESSAGE}{MESSAGE}</t:InternalReply>"),
    ("a child inside Message", ON + "<t:InternalReply><t:Message>a<b/></t:Message></t:InternalReply>"),
    ("a child inside OofState", ON.replace("Enabled", "Enabled<b/>")),
    ("text inside UserOofSettings", "text" + ON),
    ("an unknown element in Duration", ON + TIMES.replace("<t:EndTime>", "<t:Odd/><t:EndTime>")),
    ("an unknown element in a reply", ON + f"<t:InternalReply>{MESSAGE}<t:Odd/></t:InternalReply>"),
    ("a Message of another namespace", ON + f'<t:InternalReply><Message xmlns="urn:x"/></t:InternalReply>'),
    ("white space around OofState", ON.replace("Enabled", "Enabled ")),
    ("white space around ExternalAudience", ON.replace(">All", ">\nAll")),
    ("a language with white space", ON + reply("InternalReply", "x", " de")),
    ("a language with an underline", ON + reply("InternalReply", "x", "de_DE")),
    ("a language of digits", ON + reply("InternalReply", "x", "1a")),
    ("a language with an empty part", ON + reply("InternalReply", "x", "de--AT")),
    ("a language that ends with -", ON + reply("InternalReply", "x", "de-")),
]


def refused(what, settings):
    before = get().answer.body
    message = expect(post(set_raw(ME, settings)), 500, "ErrorSchemaValidation")
    oof_shape(message)
    equal(get().answer.body, before, "what is stored")


def address_twice():
    twice = MAILBOX.replace("</t:Mailbox>", f"<t:Address>{ME}</t:Address></t:Mailbox>")
    expect(post(envelope(f"<m:GetUserOofSettingsRequest>{twice}</m:GetUserOofSettingsRequest>")), 500,
           "ErrorSchemaValidation")


def two_operations():
    one = f"<m:GetUserOofSettingsRequest>{MAILBOX}</m:GetUserOofSettingsRequest>"
    for other in (one, "<m:FindItem/>", '<x:Odd xmlns:x="urn:x"/>'):
        expect(post(envelope(one + other)), 500, "ErrorSchemaValidation")
    version = '<t:RequestServerVersion Version="Exchange2013"/>'
    expect(post(envelope(version + one)), 200, "NoError")
    expect(post(envelope(one + version.replace("2013", "2007_SP3"))), 500, "ErrorInvalidServerVersion")


def any_order():
    parts = [IN, OUT, TIMES, "<t:ExternalAudience>Known</t:ExternalAudience>",
             "<t:OofState>Scheduled</t:OofState>"]
    message = set_and_get("".join(parts))
    equal(message.text("//t:OofState"), "Scheduled")


def languages():
    for lang in ("de", "de-DE", "zh-Hant-TW", "x-Klingon", "en-1a"):
        equal(set_and_get(ON + reply("InternalReply", "x", lang)).text("//t:InternalReply/@xml:lang"),
              lang)
    message = set_and_get(ON + reply("InternalReply", "x", ""))
    equal(message.count("//t:InternalReply/@xml:lang"), 0, "an empty one is none")
    set_and_get(ON + reply("InternalReply", "x", "de"))
    equal(set_and_get(ON).text("//t:InternalReply/@xml:lang"), "de", "an absent reply keeps its own")


# ---- R-11, R-12 ----

def soap12():
    def post12(body):
        return post(body.replace(S, S12), content_type="application/soap+xml; charset=utf-8")
    fault = expect(post12(get_oof(CLERK)), 500, "ErrorAccessDenied")
    equal(fault.text("//s12:Code/s12:Value").split(":")[1], "Sender")
    equal(fault.text("//s12:Detail/m:ErrorCode"), "-2146233088")
    equal(fault.count("/s12:Envelope/s12:Header/t:ServerVersionInfo"), 1)
    equal(fault.answer["Content-Type"], "application/soap+xml; charset=utf-8")
    header = ('<s:Header><x:A xmlns:x="urn:x" s:mustUnderstand="true"/></s:Header><s:Body>')
    fault = Message(post12(get_oof(ME).replace("<s:Body>", header)))
    equal((fault.answer.status, fault.text("//s12:Code/s12:Value").split(":")[1]),
          (500, "MustUnderstand"))
    expect(post12(set_oof(ME)), 200, "NoError")


def every_fault_tells_our_version():
    for body in ("", "<a/>", envelope(""), envelope("<m:FindItem/>"), get_oof(ME).replace(S, "urn:x"),
                 get_oof(CLERK), set_oof(ME, "Perhaps")):
        message = Message(post(body))
        equal(message.answer.status, 500)
        equal(message.count("/s:Envelope/s:Header/t:ServerVersionInfo[@MajorVersion='15']"), 1, body[:80])


def line_and_position():
    body = get_oof(ME).replace("<s:Body>", "\n\n   <s:Body>").replace("<t:Address>", "<t:Odd/><t:Address>")
    message = expect(post(body), 500, "ErrorSchemaValidation")
    equal(message.text("//t:MessageXml/t:LineNumber"), "3")
    equal(message.text("//t:MessageXml/t:LinePosition"),
          str(body.split("\n")[2].index("<t:Odd/>") + 1))
    check("Odd" in message.text("//t:MessageXml/t:Violation"), "the violation names nothing")


def probe():
    """exchangelib asks for ConvertId to find out our version."""
    body = envelope('<m:ConvertId DestinationFormat="EwsId"><m:SourceIds><t:AlternateId Format="EwsId" '
                    'Id="DUMMY" Mailbox="blah@example.com"/></m:SourceIds></m:ConvertId>',
                    '<t:RequestServerVersion Version="Exchange2019"/>')
    message = Message(post(body))
    equal(message.answer.status, 200)
    equal(message.text("//m:ConvertIdResponseMessage/@ResponseClass"), "Error")
    equal(message.count("//s:Header/t:ServerVersionInfo"), 1)


# ---- HTTP ----

def content_types():
    for kind in ("text/xml", "text/xml; charset=UTF-8", 'application/soap+xml; action="x"',
                 "application/xml", "TEXT/XML;charset=utf-8"):
        expect(post(get_oof(ME), content_type=kind), 200, "NoError")
    answer = client(ME).request("POST", EWS, get_oof(ME).encode(), {})
    expect(answer, 200, "NoError")
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x",
                 "text/xmlx"):
        answer = post(get_oof(ME), content_type=kind)
        equal((answer.status, answer.body), (415, b""), kind)


def encodings():
    answer = client(ME).post(gzip.compress(get_oof(ME).encode()), content_encoding="GZIP")
    expect(answer, 200, "NoError")
    for accept in ("gzip, deflate, br", "none", "identity;q=0"):
        answer = post(get_oof(ME), accept_encoding=accept, accept="application/json, text/plain, */*")
        equal((answer.status, answer["Content-Encoding"]), (200, None), accept)


def order_of_refusal():
    """Path 404, login 401, method 405, body 413."""
    nobody, big = site.client(), b"x" * (1792 * 1024 + 1)
    equal(nobody.request("PUT", "/nowhere", big).status, 404)
    equal(nobody.request("PUT", EWS, big).status, 401)
    equal(client(ME).request("PUT", EWS, big).status, 405)
    equal(client(ME).request("POST", EWS, big).status, 413)
    equal(nobody.request("GET", EWS).status, 401, "DavMail opens with a GET")
    equal(client(ME).request("GET", EWS)["Allow"], "POST")
    equal(client(ME).request("GET", f"{PHOTO}?email={ME}&size=HR48x48", b"x").status, 413)
    equal(nobody.get(PHOTO).status, 401, "401 before 400")


def cache_control():
    """R-17: what may be kept, and by whom."""
    for answer in (site.client().photo(ME), client(ME).photo("nobody@example.com"),
                   client(ME).get("/nowhere"), client(ME).get(PHOTO)):
        equal(answer["Cache-Control"], "no-store", answer.status)
    for body in (get_oof(ME), get_oof(CLERK)):
        equal(post(body)["Cache-Control"], "private")
    check("Expires" not in client(ME).photo("nobody@example.com").headers, "Expires on a 404")


def wsdl_forms():
    for path in ("/ews/services.wsdl", "/EWS/Services.WSDL", "/ews/Messages.xsd", "/EWS/types.XSD",
                 "//ews//services.wsdl"):
        answer = site.client().get(path)
        equal((answer.status, answer["Content-Type"]), (200, "text/xml; charset=utf-8"), path)
        head = site.client().request("HEAD", path)
        equal((head.status, head.body, head["Content-Length"]),
              (200, b"", answer["Content-Length"]), path)
    equal(site.client().post(b"x", target="/ews/services.wsdl").status, 405)
    text = site.client().get("/ews/services.wsdl").body.decode()
    check('<wsdl:service name="ExchangeServices">' in text, "what node-ews looks for")
    equal(sorted(set(re.findall(r'schemaLocation="([^"]*)"', text))), ["messages.xsd", "types.xsd"])


ROWS = [
    ("R-1 faults of other operations have the later shape", later_faults),
    ("R-1 every fault carries ServerVersionInfo", every_fault_tells_our_version),
    ("R-2 unknown, foreign and strange addresses are one fault", the_same_fault),
    ("R-3 owners of a shared mailbox act for it", shared_mailbox),
    ("R-4 an empty reply is an empty text", empty_reply),
    ("R-4 an overlong reply stores nothing, in any state", too_long_keeps),
    ("R-5 an interval is stored and shown in any state", duration_kept),
    ("R-8 Address twice is refused", address_twice),
    ("R-8 two operations in one Body are refused", two_operations),
    ("R-8 elements come in any order", any_order),
    ("R-9 language tags, and none", languages),
    ("R-11 faults of SOAP 1.2", soap12),
    ("R-12 a schema fault tells line and position", line_and_position),
    ("clients 5 Accept-Encoding and Accept are never refused", encodings),
    ("clients 6 content types", content_types),
    ("clients 13 exchangelib's probe is answered", probe),
    ("clients 25 the documents that node-ews and others load", wsdl_forms),
    ("the order of refusal is path, login, method, body", order_of_refusal),
    ("R-17 refusals are not kept", cache_control),
]
cases("R-1 {} is a fault of the seed's shape", OOF_FAULTS, oof_fault)
cases("R-8, R-9, R-10 refused: {}", WRONG, refused)
for sentence, test in ROWS:
    case(sentence, test)
main()
