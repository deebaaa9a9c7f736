#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""[MS-OXWOOF], statement by statement, against the real server over TLS.

A row is named by the number of its statement (OOF-n: what the specification
says, in its order) or of a conflict that had to be settled (G-n). Where a
statement is about what is sent in reply to mail, the row holds what the wire
shows of it.
"""
import os
import re
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, check, equal, main
from lib.http import EWS
from lib.installation import Installation
from lib.soap import (E, M, NS, S, S12, T, Message, duration, envelope, example, expect,
                      get_oof, reply, same_tree, set_oof, set_raw, vector)

FUTURE = ("2099-03-01T08:00:00Z", "2099-03-08T17:00:00Z")
ACTION = "http://schemas.microsoft.com/exchange/services/2006/messages"

site = Installation("spec-oof", domains=("example.com", "frontdesk.example"),
                    hosts=("mail.frontdesk.example",))
U1 = site.add("u1@example.com", "--alias", "alias@example.com", "--tz", "Europe/Berlin")
USER = site.add("user@example.com")
ADA = site.add("ada@frontdesk.example", "--tz", "Europe/Berlin")
MALLORY = site.add("mallory@frontdesk.example")
FRESH = site.add("fresh@example.com", "--tz", "America/New_York")
NOBODY_OUT = site.add("inside@example.com", "--external", "none")
KNOWN_OUT = site.add("known@example.com", "--external", "known")
site.start()
clients = {}


def client(user):
    if user not in clients:
        clients[user] = site.client(user)
    return clients[user]


def post(body, user=U1, **headers):
    return client(user).post(body, **headers)


def get(user=U1):
    return expect(post(get_oof(user), user), 200, "NoError")


def stored(body, user=U1):
    """A Set that succeeds, and what a Get shows then."""
    expect(post(body, user), 200, "NoError")
    return get(user)


def schema_fault(body, user=U1):
    """The schema fault of an OOF operation, which stores nothing."""
    before = get(user).answer.body
    message = expect(post(body, user), 500, "ErrorSchemaValidation")
    equal(message.text("//s:Fault/detail/m:ErrorCode"), "ErrorSchemaValidation", "m:ErrorCode")
    for name in ("LineNumber", "LinePosition", "Violation"):
        check(message.text(f"//t:MessageXml/t:{name}"), f"no {name}")
    equal(get(user).answer.body, before, "what is stored")
    return message


def in_band(body, code, user=U1):
    before = get(user).answer.body
    message = expect(post(body, user), 200, code)
    equal(get(user).answer.body, before, "what is stored")
    equal(message.text("//m:ResponseMessage/@ResponseClass"), "Error", "ResponseClass")
    return message


# ---- section 1, 2.1, 2.2.1 ----

def soap11():
    equal(get().tree.tag, f"{{{S}}}Envelope", "root")


def soap12():
    body = get_oof(U1).replace(S, S12)
    answer = client(U1).post(body, content_type="application/soap+xml; charset=utf-8")
    message = expect(answer, 200, "NoError")
    equal(message.tree.tag, f"{{{S12}}}Envelope", "root")
    equal(answer["Content-Type"], "application/soap+xml; charset=utf-8", "Content-Type")
    bad = set_oof(U1, state="Perhaps").replace(S, S12)
    message = expect(client(U1).post(bad, content_type="application/soap+xml"), 500,
                     "ErrorSchemaValidation")
    check(message.text("//s12:Fault/s12:Code/s12:Value").endswith(":Sender"), "no Sender code")


def over_http():
    answer = post(get_oof(U1))
    equal(answer["Content-Type"], "text/xml; charset=utf-8", "Content-Type")
    check(answer.body.startswith(b'<?xml version="1.0" encoding="utf-8"?>'), "declaration")


def two_operations():
    wsdl = site.client().get("/ews/services.wsdl").body.decode()
    equal(re.findall(r'<(?:\w+:)?portType name="(\w+)"', wsdl), ["ExchangeServicePortType"])
    port = re.search(r"<(?:\w+:)?portType.*?</(?:\w+:)?portType>", wsdl, re.S).group(0)
    operations = re.findall(r'operation name="(\w+)"', port)
    equal([name for name in operations if "Oof" in name],
          ["GetUserOofSettings", "SetUserOofSettings"])


def server_authenticates():
    answer = site.client().post(get_oof(U1))
    equal((answer.status, answer.body), (401, b""), "answer")
    check(answer["WWW-Authenticate"].startswith("Basic "), "no Basic challenge")


def english():
    message = schema_fault(set_oof(U1, state="Perhaps"))
    equal(message.text("//faultstring/@xml:lang"), "en-US", "xml:lang")


def any_prefix():
    for name in ("oof-get.req.seed.xml", "oof-get.req.outlook-prefixes.xml",
                 "oof-get.req.headers.xml"):
        expect(post(vector(name), ADA), 200, "NoError")
    body = re.sub(r"(</?)s:", r"\1SOAP-ENV:", get_oof(U1)).replace("xmlns:s=", "xmlns:SOAP-ENV=")
    expect(post(body), 200, "NoError")


# ---- 2.2.2 ----

def audiences():
    for audience in ("None", "Known", "All"):
        message = stored(set_oof(U1, audience=audience))
        equal(message.text("//t:ExternalAudience"), audience)
    for wrong in ("", "all", "Everyone", " All", "All "):
        schema_fault(set_oof(U1, audience=wrong))


def audience_none():
    message = stored(set_oof(U1, audience="None", external="kept"))
    equal((message.text("//t:ExternalAudience"), message.text("//t:ExternalReply/t:Message")),
          ("None", "kept"))


def audience_known():
    equal(stored(set_oof(U1, audience="Known")).text("//t:ExternalAudience"), "Known")


def audience_all():
    equal(stored(set_oof(U1, audience="All")).text("//t:ExternalAudience"), "All")


def states():
    for state in ("Disabled", "Enabled"):
        equal(stored(set_oof(U1, state=state)).text("//t:OofState"), state)
    message = stored(set_oof(U1, state="Scheduled", times=duration(*FUTURE)))
    equal(message.text("//t:OofState"), "Scheduled")
    for wrong in ("", "enabled", "OutToLunch", " Enabled", "1"):
        message = schema_fault(set_oof(U1, state=wrong))
    wanted = vector("oof.fault.schema-validation.xml")
    message = schema_fault(vector("oof-set.req.bad-state.xml"), ADA)
    same_tree(message.answer.body, wanted, {
        "faultactor": "", f"{{{T}}}LineNumber": "", f"{{{T}}}LinePosition": ""})


def scheduled():
    message = stored(set_oof(U1, state="Scheduled", times=duration(*FUTURE)))
    equal((message.text("//t:StartTime"), message.text("//t:EndTime")), FUTURE)


def response_classes():
    equal(get().text("//m:ResponseMessage/@ResponseClass"), "Success")
    in_band(set_oof(U1, state="Scheduled"), "ErrorInvalidScheduledOofDuration")


def response_codes():
    for body, code in ((set_oof(U1), "NoError"),
                       (set_oof(U1, state="Scheduled"), "ErrorInvalidScheduledOofDuration"),
                       (set_oof(U1, internal="x" * 128001), "ErrorInvalidUserOofSettings")):
        message = expect(post(body), 200, code)
        equal(message.text("//m:ResponseMessage/m:ResponseCode"), code)


def never_unable():
    expect(post(get_oof(FRESH), FRESH), 200, "NoError")


# ---- 2.2.3 ----

def duration_parts():
    start, end = FUTURE
    for times in (f"<t:Duration><t:StartTime>{start}</t:StartTime></t:Duration>",
                  f"<t:Duration><t:EndTime>{end}</t:EndTime></t:Duration>", "<t:Duration/>",
                  f"<t:Duration><t:StartTime>{start}</t:StartTime><t:StartTime>{start}"
                  f"</t:StartTime><t:EndTime>{end}</t:EndTime></t:Duration>",
                  duration("soon", end), duration("", end), duration(start, "2099-02-30T00:00:00Z")):
        for state in ("Enabled", "Disabled", "Scheduled"):
            schema_fault(set_oof(U1, state=state, times=times))
    swapped = (f"<t:Duration><t:EndTime>{end}</t:EndTime>"
               f"<t:StartTime>{start}</t:StartTime></t:Duration>")
    equal(stored(set_oof(U1, "Scheduled", times=swapped)).text("//t:EndTime"), end)


def end_after_start():
    start, end = FUTURE
    in_band(set_oof(U1, "Scheduled", times=duration(end, start)),
            "ErrorInvalidScheduledOofDuration")
    in_band(set_oof(U1, "Scheduled", times=duration(start, start)),
            "ErrorInvalidScheduledOofDuration")
    stored(set_oof(U1, "Scheduled", times=duration(start, start[:-2] + "1Z")))


def times_utc():
    for name, start in (("oof-set.req.scheduled-utc.xml", "2099-03-01T08:00:00Z"),
                        ("oof-set.req.scheduled-offset.xml", None),
                        ("oof-set.req.scheduled-short-offset.xml", None),
                        ("oof-set.req.scheduled-unzoned.xml", None)):
        message = stored(vector(name), ADA)
        check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", message.text("//t:StartTime")),
              f"{name}: {message.text('//t:StartTime')}")
        if start:
            equal(message.text("//t:StartTime"), start)


def address_order():
    body = envelope("<m:GetUserOofSettingsRequest><t:Mailbox><t:RoutingType>SMTP</t:RoutingType>"
                    f"<t:Address>{U1}</t:Address><t:Name>One</t:Name></t:Mailbox>"
                    "</m:GetUserOofSettingsRequest>")
    expect(post(body), 200, "NoError")


def mailbox_with(parts):
    return envelope(f"<m:GetUserOofSettingsRequest><t:Mailbox>{parts}</t:Mailbox>"
                    "</m:GetUserOofSettingsRequest>")


def address_name():
    for name in ("<t:Name/>", "<t:Name>Anybody</t:Name>"):
        expect(post(mailbox_with(f"{name}<t:Address>{U1}</t:Address>")), 200, "NoError")


def address_present():
    schema_fault(mailbox_with("<t:Name>One</t:Name>"))
    expect(post(mailbox_with("<t:Address/>")), 500, "ErrorAccessDenied")


def address_smtp():
    for spelling in (U1, U1.upper(), f"  {U1}\n", "alias@example.com", "Alias@Example.COM"):
        expect(post(mailbox_with(f"<t:Address>{spelling}</t:Address>")), 200, "NoError")
    for other in ("u1", "/o=First/ou=Site/cn=u1", "u1@", "@example.com", "u1@example.com@"):
        expect(post(mailbox_with(f"<t:Address>{other}</t:Address>")), 500, "ErrorAccessDenied")


def routing_type():
    address = f"<t:Address>{U1}</t:Address>"
    for kind in ("", "<t:RoutingType/>", "<t:RoutingType>smtp</t:RoutingType>"):
        expect(post(mailbox_with(address + kind)), 200, "NoError")
    expect(post(mailbox_with(address + "<t:RoutingType>EX</t:RoutingType>")), 500,
           "ErrorAccessDenied")


def get_response_message():
    equal(get().count("/s:Envelope/s:Body/m:GetUserOofSettingsResponse/m:ResponseMessage"), 1)


def get_settings():
    equal(get().count("//m:GetUserOofSettingsResponse/t:OofSettings"), 1)
    message = expect(post(get_oof(USER)), 500, "ErrorAccessDenied")
    equal(message.count("//t:OofSettings"), 0)


def allow_external():
    for user, allowed in ((U1, "All"), (NOBODY_OUT, "None"), (KNOWN_OUT, "Known")):
        message = get(user)
        equal(message.text("//m:AllowExternalOof"), allowed)
        equal(message.count("//t:OofSettings/following-sibling::m:AllowExternalOof"), 1)


def get_mailbox():
    schema_fault(envelope("<m:GetUserOofSettingsRequest/>"))


def owner_only():
    wanted = vector("oof.fault.not-owner.xml")
    message = expect(post(get_oof(ADA), MALLORY), 500, "ErrorAccessDenied")
    same_tree(message.answer.body, wanted, {"faultactor": ""})
    expect(post(set_oof(ADA), MALLORY), 500, "ErrorAccessDenied")
    unknown = expect(post(get_oof("nobody@frontdesk.example"), MALLORY), 500,
                     "ErrorAccessDenied").answer.body
    equal(unknown.replace(b"nobody@", b"ada@"), message.answer.body, "fault")


def message_sent():
    message = get(FRESH)
    equal(message.count("//t:InternalReply/t:Message"), 1)
    equal(message.count("//t:ExternalReply/t:Message"), 1)


def message_html():
    html = "<html><body><p title=\"a&b\">It's 1 < 2 & so on ]]> </p></body></html>"
    message = stored(set_oof(U1, internal=html, external="plain text"))
    equal(message.text("//t:InternalReply/t:Message"), html)
    equal(message.count("//t:InternalReply/t:Message/*"), 0)


def message_size():
    for text in ("x" * 128000, "\u00e4" * 64000, "\U0001f3d6" * 32000):
        message = stored(set_oof(U1, internal=text, external=text))
        equal(message.text("//t:InternalReply/t:Message"), text)
    for text in ("x" * 128001, "\u00e4" * 64000 + "x"):
        for side in ({"internal": text}, {"external": text}):
            in_band(set_oof(U1, **side), "ErrorInvalidUserOofSettings")


def reply_lang():
    settings = ("<t:OofState>Enabled</t:OofState><t:ExternalAudience>All</t:ExternalAudience>"
                + reply("InternalReply", "hier", "de-DE") + reply("ExternalReply", "ici", "fr"))
    message = stored(set_raw(U1, settings))
    equal((message.text("//t:InternalReply/@xml:lang"), message.text("//t:ExternalReply/@xml:lang")),
          ("de-DE", "fr"))
    message = stored(set_oof(U1))  # sent without: cleared
    equal(message.count("//@xml:lang"), 0)
    for lang, ok in (("", True), ("x" * 8, True), ("x" * 9, False), ("en_US", False),
                     ("-".join(["abcdefgh"] * 7), True), ("-".join(["abcdefgh"] * 8), False)):
        body = set_raw(U1, "<t:OofState>Enabled</t:OofState>"
                       "<t:ExternalAudience>All</t:ExternalAudience>"
                       + reply("InternalReply", "x", lang) + reply("ExternalReply", "y"))
        if ok:
            equal(stored(body).text("//t:InternalReply/@xml:lang"), lang)
        else:
            schema_fault(body)


def message_text_on_errors():
    message = in_band(set_oof(U1, state="Scheduled"), "ErrorInvalidScheduledOofDuration")
    check(message.text("//m:ResponseMessage/m:MessageText"), "no MessageText")
    equal(get().count("//m:MessageText"), 0)


def response_code_always():
    equal(get().text("//m:ResponseMessage/m:ResponseCode"), "NoError")


def descriptive_link():
    message = in_band(set_oof(U1, state="Scheduled"), "ErrorInvalidScheduledOofDuration")
    equal(message.text("//m:DescriptiveLinkKey"), "0")
    equal(get().count("//m:DescriptiveLinkKey"), 0)


def message_xml():
    message = in_band(set_oof(U1, state="Scheduled"), "ErrorInvalidScheduledOofDuration")
    equal(message.text("//m:MessageXml/e:ExceptionCode"), "158")
    check(message.text("//m:MessageXml/e:ExceptionType"), "no ExceptionType")


def response_class_always():
    for body in (get_oof(U1), set_oof(U1), set_oof(U1, state="Scheduled")):
        equal(Message(post(body)).count("//m:ResponseMessage[@ResponseClass]"), 1)


def version_info():
    for body, user in ((get_oof(U1), U1), (set_oof(U1), U1), (set_oof(U1, "Scheduled"), U1),
                       (set_oof(U1, "Perhaps"), U1), (get_oof(U1), USER), ("<x", U1),
                       (envelope("<m:FindItem/>"), U1)):
        message = Message(post(body, user))
        found = message.tree.xpath("/s:Envelope/s:Header/t:ServerVersionInfo", namespaces=NS)
        equal(len(found), 1, f"ServerVersionInfo for {body[:60]}")
        equal(dict(found[0].attrib), {"MajorVersion": "15", "MinorVersion": "0",
              "MajorBuildNumber": "1497", "MinorBuildNumber": "2", "Version": "Exchange2013_SP1"})


def set_response():
    message = expect(post(set_oof(U1)), 200, "NoError")
    equal(message.count("/s:Envelope/s:Body/m:SetUserOofSettingsResponse/m:ResponseMessage"), 1)


def set_parts():
    settings = ("<t:UserOofSettings><t:OofState>Enabled</t:OofState>"
                "<t:ExternalAudience>All</t:ExternalAudience></t:UserOofSettings>")
    mailbox = f"<t:Mailbox><t:Address>{U1}</t:Address></t:Mailbox>"
    wrap = "<m:SetUserOofSettingsRequest>{}</m:SetUserOofSettingsRequest>"
    for parts in (settings, mailbox, "", mailbox + mailbox + settings,
                  mailbox + settings + settings):
        schema_fault(envelope(wrap.format(parts)))
    expect(post(envelope(wrap.format(settings + mailbox))), 200, "NoError")


def state_present():
    schema_fault(set_raw(U1, "<t:ExternalAudience>All</t:ExternalAudience>"))
    schema_fault(set_raw(U1, "<t:OofState>Enabled</t:OofState><t:OofState>Enabled</t:OofState>"
                         "<t:ExternalAudience>All</t:ExternalAudience>"))


def audience_present():
    schema_fault(set_raw(U1, "<t:OofState>Enabled</t:OofState>"))


def duration_optional():
    stored(set_oof(U1, "Enabled"))
    stored(set_oof(U1, "Disabled"))
    in_band(vector("oof-set.req.scheduled-no-duration.xml"),
            "ErrorInvalidScheduledOofDuration", ADA)


def duration_ignored():
    expect(post(vector("oof-set.req.enabled-stale-duration.xml"), ADA), 200, "NoError")
    for state in ("Enabled", "Disabled"):
        message = stored(set_oof(U1, state, times=duration("2001-01-02T00:00:00Z",
                                                           "2001-01-01T00:00:00Z")))
        check(message.text("//t:StartTime") < message.text("//t:EndTime"), "end before start")
        message = stored(set_oof(U1, state, times=duration("2001-01-01T00:00:00Z",
                                                           "2001-01-02T00:00:00Z")))
        equal(message.text("//t:StartTime"), "2001-01-01T00:00:00Z")


def replies_optional():
    stored(set_oof(U1, internal="stays", external="here"))
    message = stored(set_oof(U1, internal=None, external=None))
    equal((message.text("//t:InternalReply/t:Message"), message.text("//t:ExternalReply/t:Message")),
          ("stays", "here"))
    message = stored(vector("oof-set.req.disabled-empty-replies.xml"), ADA)
    equal((message.text("//t:InternalReply"), message.text("//t:ExternalReply")), ("", ""))
    message = stored(vector("oof-set.req.no-replies.xml"), ADA)
    equal(message.text("//t:OofState"), "Enabled")


# ---- 2.2.4 ----

def fault_when():
    expect(post(get_oof(USER)), 500, "ErrorAccessDenied")
    expect(post(set_oof(U1, "Perhaps")), 500, "ErrorSchemaValidation")


def fault_code():
    for body in (get_oof(USER), set_oof(U1, "Perhaps")):
        message = Message(post(body))
        prefix, _, local = message.text("//faultcode").partition(":")
        equal((message.tree.nsmap.get(prefix), local), (S, "Client"), "faultcode")


def fault_actor():
    for body in (get_oof(USER), set_oof(U1, "Perhaps")):
        answer = post(body, host="evil.example")
        equal(Message(answer).text("//faultactor"),
              f"https://mail.frontdesk.example:{site.port}/EWS/Exchange.asmx")


def fault_detail():
    equal(Message(post(get_oof(USER))).text("//detail/m:ErrorCode"), "-2146233088")
    equal(Message(post(set_oof(U1, "Perhaps"))).text("//detail/m:ErrorCode"),
          "ErrorSchemaValidation")


def fault_no_dotnet():
    body = post(get_oof(USER)).body
    for name in (b"Role", b"subCode", b"innerException", b"Exception Handler"):
        check(name not in body, name.decode())


# ---- 3, 4, appendix A ----

def stateless():
    body = set_oof(U1, "Scheduled", times=duration(*FUTURE), internal="same")
    first = stored(body).answer.body
    other = site.client(U1)  # another connection, as after network trouble
    equal(other.post(body).status, 200)
    equal(other.post(get_oof(U1)).body, first, "Get after a repeated Set")


def no_session():
    answer = post(get_oof(U1), cookie="exchangecookie=1234")
    equal((answer.status, answer["Set-Cookie"]), (200, None))


def request_names():
    for name in ("GetUserOofSettings", "SetUserOofSettings"):
        expect(post(envelope(f"<m:{name}/>")), 500, "ErrorInvalidOperation")


def response_names():
    equal(get().count("/s:Envelope/s:Body/m:GetUserOofSettingsResponse"), 1)
    equal(Message(post(set_oof(U1))).count("/s:Envelope/s:Body/m:SetUserOofSettingsResponse"), 1)


def soap_action():
    for action in (None, "", '""', f'"{ACTION}/GetUserOofSettings"',
                   f"{ACTION}/SetUserOofSettings", '"nonsense"'):
        expect(post(get_oof(U1), soapaction=action), 200, "NoError")


def qualified():
    message = get()
    for element in message.tree.iter():
        check(element.tag.startswith("{"), f"{element.tag} has no namespace")


def schema_version():
    types = site.client().get("/ews/types.xsd").body.decode()
    check('elementFormDefault="qualified"' in types, "elementFormDefault")
    for name in ("ExternalAudience", "OofState", "UserOofSettings", "OofSettings", "ReplyBody",
                 "Duration", "EmailAddress", "Mailbox", "ServerVersionInfo"):
        check(f'name="{name}"' in types, f"no {name} in types.xsd")


ANY = {f"{{{T}}}StartTime": "", f"{{{T}}}EndTime": ""}


def our_version(tree):
    """The examples are Exchange 2007's: only the version differs by ruling."""
    return re.sub(rb'<(\w+):ServerVersionInfo [^>]*?(xmlns:\w+="[^"]*")\s*/>',
                  rb'<\1:ServerVersionInfo MajorVersion="15" MinorVersion="0" '
                  rb'MajorBuildNumber="1497" MinorBuildNumber="2" '
                  rb'Version="Exchange2013_SP1" \2/>', tree, flags=re.S)


def examples_succeed():
    answer = post(example("4.3"), U1)
    same_tree(answer.body, our_version(example("4.4")))
    answer = post(example("4.1").replace(b"user@", b"u1@"), U1)
    same_tree(answer.body, our_version(example("4.2")), ANY)


def example_fails():
    body = example("4.3").replace(b"<OofState>Enabled", b"<OofState>Scheduled").replace(
        b"</ExternalAudience>", b"</ExternalAudience><Duration><StartTime>2099-03-08T17:00:00"
        b"</StartTime><EndTime>2099-03-01T08:00:00</EndTime></Duration>")
    answer = post(body, U1)
    equal(answer.status, 200)
    same_tree(answer.body, our_version(example("4.5")), {
        f"{{{M}}}MessageText": "", f"{{{E}}}ExceptionType": ""})


# ---- conflicts, settled ----

def spellings():
    wanted = ("2099-03-01T08:00:00Z", "2099-03-08T17:00:00Z")
    rows = (("2099-03-01T08:00:00Z", "2099-03-08T17:00:00Z"),
            ("2099-03-01T08:00:00.000Z", "2099-03-08T17:00:00.999999999Z"),
            ("2099-03-01T09:00:00+01:00", "2099-03-08T12:00:00-05:00"),
            ("2099-03-01T09:00:00+01", "2099-03-08T12:00:00-05"),
            ("2099-03-01T09:00:00+0100", "2099-03-08T12:00:00-0500"),
            ("2099-03-01T08:00:00", "2099-03-08T17:00:00"),
            ("\n 2099-03-01T08:00:00Z ", " 2099-03-08T17:00:00+00:00\t"))
    for start, end in rows:
        message = stored(set_oof(U1, "Scheduled", times=duration(start, end)))
        equal((message.text("//t:StartTime"), message.text("//t:EndTime")), wanted, start)
    message = stored(set_oof(U1, "Scheduled",
                             times=duration("0001-01-01T00:00:00Z", "9999-12-31T24:00:00+01:00")))
    equal(message.text("//t:EndTime"), "9999-12-31T23:00:00Z")
    for outside in (duration("0001-01-01T00:00:00+01:00", "2099-01-01T00:00:00Z"),
                    duration("2099-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00"),
                    duration("2099-01-01T00:00:00Z", "10000-01-01T00:00:00Z")):
        schema_fault(set_oof(U1, "Scheduled", times=outside))


def whole_seconds():
    in_band(set_oof(U1, "Scheduled", times=duration("2099-01-01T00:00:00.1Z",
                                                    "2099-01-01T00:00:00.9Z")),
            "ErrorInvalidScheduledOofDuration")


def end_in_past():
    in_band(vector("oof-set.req.scheduled-in-past.xml"),
            "ErrorInvalidScheduledOofDuration", ADA)
    stored(set_oof(U1, "Scheduled", times=duration("2001-01-01T00:00:00Z", FUTURE[1])))


def always_all():
    """A mailbox that never set anything: default Duration by R-5."""
    answer = post(get_oof(FRESH), FRESH)
    same_tree(answer.body, vector("oof-get.resp.never-set.xml"), ANY)
    start, end = Message(answer).text("//t:StartTime"), Message(answer).text("//t:EndTime")
    check(re.fullmatch(r"\d{4}-\d\d-\d\dT0[45]:00:00Z", start), f"midnight in New York: {start}")
    equal(start[10:], end[10:], "24 hours")
    equal(post(get_oof(FRESH), FRESH).body, answer.body, "the same twice")


def policy_none():
    stored(set_oof(NOBODY_OUT, internal="Away", external=""), NOBODY_OUT)
    same_tree(post(get_oof(NOBODY_OUT), NOBODY_OUT).body,
              vector("oof-get.resp.external-forbidden.xml").replace(
                  b"<ExternalAudience>None", b"<ExternalAudience>All"), ANY)


def headers_tolerated():
    headers = ('<t:MailboxCulture>de-DE</t:MailboxCulture><t:TimeZoneContext>'
               '<t:TimeZoneDefinition Id="UTC"/></t:TimeZoneContext>'
               '<t:ServerVersionInfo MajorVersion="15" Version="Exchange2013_SP1"/>'
               '<x:Odd xmlns:x="urn:x"/>')
    for version in ("Exchange2007_SP1", "Exchange2019", "Exchange2009", "V2015_10_05",
                    "Exchange2016_SP9", "V2030_01_01"):
        body = get_oof(U1).replace("<s:Body>", "<s:Header><t:RequestServerVersion Version="
                                   f'"{version}"/>{headers}</s:Header><s:Body>')
        expect(post(body), 200, "NoError")
    for version in ("Exchange2007_SP2", "Exchange2007_SP3", "Exchange", "2013", ""):
        body = get_oof(U1).replace("<s:Body>", "<s:Header><t:RequestServerVersion Version="
                                   f'"{version}"/></s:Header><s:Body>')
        answer = post(body)
        expect(answer, 500, "ErrorInvalidServerVersion")
        check(b"The specified server version is invalid" in answer.body, "the sentence")
    beside = get_oof(U1).replace("</s:Body>", '<t:RequestServerVersion Version="Exchange2013"/>'
                                 "</s:Body>")
    expect(post(beside), 200, "NoError")
    expect(post(get_oof(U1).replace("<s:Body>", "<s:Header/><s:Body>")), 200, "NoError")


def must_understand():
    row = '<s:Header><x:A xmlns:x="urn:x" s:mustUnderstand="1"{}/></s:Header><s:Body>'
    nxt = ' s:actor="http://schemas.xmlsoap.org/soap/actor/next"'
    for actor, refused in (("", True), (' s:actor=""', True), (nxt, True),
                           (' s:actor="urn:other"', False)):
        answer = post(get_oof(U1).replace("<s:Body>", row.format(actor)))
        equal(answer.status, 500 if refused else 200, f"actor {actor}")
        if refused:
            check(Message(answer).text("//faultcode").endswith(":MustUnderstand"), "code")
    ours = '<s:Header><t:MailboxCulture s:mustUnderstand="1">de</t:MailboxCulture></s:Header><s:Body>'
    expect(post(get_oof(U1).replace("<s:Body>", ours)), 200, "NoError")


def wrong_envelope():
    answer = post(get_oof(U1).replace(S, "urn:other"))
    equal(answer.status, 500)
    check(Message(answer).text("//faultcode").endswith(":VersionMismatch"), "code")


def other_faults():
    """Everything that is not one of the two operations has the 2010 shape."""
    answer = post(envelope("<m:FindItem/>"))
    expect(answer, 500, "ErrorInvalidOperation")
    same_tree(answer.body, vector("fault.unknown-operation.xml"))
    expect(post(envelope("")), 500, "ErrorInvalidRequest")
    two = envelope(f"<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>{U1}</t:Address></t:Mailbox>"
                   "</m:GetUserOofSettingsRequest>" * 2)
    equal(post(two).status, 500)
    for broken in ("", "no xml", "<a>", get_oof(U1)[:-3], get_oof(U1).replace("u1@", "u1 & @"),
                   "<!DOCTYPE a><a/>", b"<a>\xff</a>"):
        expect(post(broken), 500, "ErrorSchemaValidation")


def error_shape():
    answer = post(set_oof(U1, "Scheduled"))
    same_tree(answer.body, vector("oof-set.resp.error-duration.xml"),
              {f"{{{E}}}ExceptionType": "", f"{{{M}}}MessageText": ""})
    answer = post(set_oof(U1, internal="x" * 128001))
    same_tree(answer.body, vector("oof-set.resp.error-replies.xml"), {
        f"{{{E}}}ExceptionType": "", f"{{{E}}}ExceptionCode": "", f"{{{M}}}MessageText": ""})
    same_tree(post(set_oof(U1)).body, vector("oof-set.resp.success.xml"))


def impersonation():
    header = ("<s:Header><t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>{}"
              "</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation></s:Header><s:Body>")
    own = get_oof(ADA).replace("<s:Body>", header.format(ADA))
    expect(post(own, ADA), 200, "NoError")
    other = get_oof(ADA).replace("<s:Body>", header.format(ADA))
    answer = post(other, MALLORY)
    expect(answer, 500, "ErrorImpersonateUserDenied")
    same_tree(answer.body, vector("oof.fault.impersonation-denied.xml"), {"faultactor": ""})


def unknown_children():
    message = stored(vector("oof-set.req.2016-extras.xml"), ADA)
    equal(message.text("//t:OofState"), "Enabled")
    equal(message.count("//t:CreateOOFEvent"), 0)
    known = ("<t:OofState>Enabled</t:OofState><t:ExternalAudience>All</t:ExternalAudience>")
    schema_fault(set_raw(U1, known + '<x:Odd xmlns:x="urn:x"/>'))
    schema_fault(set_raw(U1, known + "<t:InternalReply><t:Message><p>child</p></t:Message>"
                         "</t:InternalReply>"))


def wsdl_parses():
    from lxml import etree
    for name in ("services.wsdl", "messages.xsd", "types.xsd"):
        answer = site.client().get(f"/ews/{name}")
        equal(answer.status, 200, name)
        etree.fromstring(answer.body)
    wsdl = site.client().get("/ews/services.wsdl").body.decode()
    check('service name="ExchangeServices"' in wsdl, "wsdl:service")
    check(f"https://mail.frontdesk.example:{site.port}/EWS/Exchange.asmx" in wsdl, "address")


def https_only():
    got = site.client()
    got.context = None
    head = got.raw(b"GET /ews/services.wsdl HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    check(got is not None and (head == b"" or head.startswith(b"HTTP/1.1 400")), head[:100])


def byte_for_byte():
    rows = (("&#x41;&amp;&lt;&gt;&quot;&apos;", "A&<>\"'"),
            ("<![CDATA[<b>&amp;</b>]]>", "<b>&amp;</b>"),
            ("a<!-- not this -->b<?pi nor this?>c", "abc"),
            ("a<![CDATA[]]>b&#13;&#10;c", "ab\r\nc"), ("&#x1F3D6;\u2028\ufeff", "\U0001f3d6\u2028\ufeff"),
            ("  two  spaces \n\tand lines  ", "  two  spaces \n\tand lines  "), ("", ""),
            ("\ufffd\ud7ff\ue000\U0010ffff", "\ufffd\ud7ff\ue000\U0010ffff"))
    for sent, text in rows:
        body = set_raw(U1, "<t:OofState>Enabled</t:OofState><t:ExternalAudience>All"
                       f"</t:ExternalAudience><t:InternalReply><t:Message>{sent}</t:Message>"
                       "</t:InternalReply>")
        equal(stored(body).text("//t:InternalReply/t:Message"), text, sent)


def identical_sets():
    body = set_oof(U1, "Scheduled", times=duration(*FUTURE), internal="one", external="two")
    wanted = stored(body).answer.body
    wrong = []

    def worker():
        c = site.client(U1)
        for _ in range(10):
            if c.post(body).status != 200 or c.post(get_oof(U1)).body != wanted:
                wrong.append(1)
    threads = [threading.Thread(target=worker) for _ in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    equal(wrong, [], "answers that differed")


ROWS = [
    ("OOF-1 SOAP 1.1 is supported", soap11),
    ("OOF-2 HTTP carries SOAP, over TLS", over_http),
    ("OOF-3 one port type has the two operations", two_operations),
    ("OOF-4 the web server authenticates", server_authenticates),
    ("OOF-5 texts are English and say so", english),
    ("OOF-6 clients may use any prefix", any_prefix),
    ("OOF-7 ExternalAudience is None, Known or All", audiences),
    ("OOF-8 None is stored, its text kept", audience_none),
    ("OOF-9 Known is stored", audience_known),
    ("OOF-10 All is stored", audience_all),
    ("OOF-11 OofState is Disabled, Enabled or Scheduled", states),
    ("OOF-12 Scheduled keeps its period", scheduled),
    ("OOF-13 ResponseClass is Success or Error", response_classes),
    ("OOF-14 ResponseMessage has only listed codes", response_codes),
    ("OOF-15 ErrorUnableToGetUserOofSettings is never sent", never_unable),
    ("OOF-16 Duration has StartTime and EndTime, once each", duration_parts),
    ("OOF-17 EndTime is later than StartTime", end_after_start),
    ("OOF-18 times are answered in UTC", times_utc),
    ("OOF-19 the parts of EmailAddress come in any order", address_order),
    ("OOF-20 Name may be present", address_name),
    ("OOF-21 Address must be present", address_present),
    ("OOF-22 Address is an SMTP address", address_smtp),
    ("OOF-23 RoutingType may be present", routing_type),
    ("OOF-24 a Get has a ResponseMessage", get_response_message),
    ("OOF-25 a Get has OofSettings when it succeeds", get_settings),
    ("OOF-26 AllowExternalOof tells the mailbox's policy", allow_external),
    ("OOF-27 a Get names a Mailbox", get_mailbox),
    ("OOF-28 only the owner may ask", owner_only),
    ("OOF-29 Message is always sent", message_sent),
    ("OOF-30 Message is HTML as text", message_html),
    ("OOF-31 Message holds 128000 bytes and no more", message_size),
    ("OOF-32 xml:lang is kept for each reply", reply_lang),
    ("OOF-33 MessageText comes with errors", message_text_on_errors),
    ("OOF-34 ResponseCode is always there", response_code_always),
    ("OOF-35 DescriptiveLinkKey is 0 on errors", descriptive_link),
    ("OOF-36 MessageXml tells more", message_xml),
    ("OOF-37 ResponseClass is always there", response_class_always),
    ("OOF-38 ServerVersionInfo is on every answer", version_info),
    ("OOF-39 a Set has a ResponseMessage", set_response),
    ("OOF-40 a Set has Mailbox and UserOofSettings", set_parts),
    ("OOF-41 OofState must be present", state_present),
    ("OOF-42 ExternalAudience must be present", audience_present),
    ("OOF-43 Duration may be absent unless Scheduled", duration_optional),
    ("OOF-44 Duration counts when Scheduled", end_after_start),
    ("OOF-45 a time without a zone is read as UTC", spellings),
    ("OOF-46 Duration is not judged unless Scheduled", duration_ignored),
    ("OOF-47 absent replies keep what is stored", replies_optional),
    ("OOF-48 misuse and a stranger get a fault", fault_when),
    ("OOF-49 the faultcode is Client", fault_code),
    ("OOF-50 the faultactor is the service", fault_actor),
    ("OOF-51 the detail has an ErrorCode", fault_detail),
    ("OOF-52 no .NET properties are sent", fault_no_dotnet),
    ("OOF-53 a repeated Set changes nothing", stateless),
    ("OOF-54 no session is needed", no_session),
    ("OOF-55 requests are named ...Request", request_names),
    ("OOF-56 responses are named ...Response", response_names),
    ("OOF-57 ServerVersionInfo travels in the header", version_info),
    ("OOF-58 SOAPAction is not needed", soap_action),
    ("OOF-59 every element is qualified", qualified),
    ("OOF-60 the schema has every type", schema_version),
    ("OOF-61 examples 4.1 to 4.4 are answered as printed", examples_succeed),
    ("OOF-62 example 4.5 is answered as printed", example_fails),
    ("G-1 every spelling of a time is read, and answered with Z", spellings),
    ("G-2 Scheduled without Duration is refused in band", duration_optional),
    ("G-3 the order of times counts only when Scheduled", duration_ignored),
    ("G-4 an end in the past is refused", end_in_past),
    ("G-5 everything optional is always answered", always_all),
    ("G-6 faults of other operations have the later shape", other_faults),
    ("G-7 a stranger gets a fault, never 200", owner_only),
    ("G-8 ServerVersionInfo has all five attributes", version_info),
    ("G-9 other codes come only in faults", response_codes),
    ("G-10 SOAPAction is ignored", soap_action),
    ("G-11 request headers are read and never required", headers_tolerated),
    ("G-12 success has a ResponseCode only", error_shape),
    ("G-13 the text of an error is ours", message_text_on_errors),
    ("G-21 clear HTTP is refused on the TLS port", https_only),
    ("G-22 texts over 128000 bytes are refused, never cut", message_size),
    ("G-23 the WSDL is corrected and parses", wsdl_parses),
    ("G-24 impersonation of others is refused", impersonation),
    ("G-25 Known is shown as stored", audience_known),
    ("G-26 Role and its kin are not emitted", fault_no_dotnet),
    ("R-5 instants are cut to whole seconds first", whole_seconds),
    ("R-6 a Set beyond the policy is stored", policy_none),
    ("R-8 unknown elements: those of later schemas are ignored", unknown_children),
    ("R-11 mustUnderstand is honoured", must_understand),
    ("R-11 a foreign envelope is a VersionMismatch", wrong_envelope),
    ("R-11 SOAP 1.2 is answered in 1.2", soap12),
    ("text comes back byte for byte", byte_for_byte),
    ("identical Sets from 16 clients never change a Get", identical_sets),
]
for sentence, test in ROWS:
    case(sentence, test)
main()
