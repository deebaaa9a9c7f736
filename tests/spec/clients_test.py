#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Requests in the forms that clients were seen to write, where no vector has them.

A row for each form; each has to be stored or answered as if it were written in
the specification's own.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import cases, equal, main
from lib.installation import Installation
from lib.soap import M, S, T, envelope, expect, get_oof, set_oof

site = Installation("spec-clients", domains=("example.com",))
ADA = site.add("ada@example.com")
site.start()
client = site.client(ADA)

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
SETTINGS = ("<{0}OofState>Enabled</{0}OofState><{0}ExternalAudience>Known</{0}ExternalAudience>"
            "<{0}InternalReply><{0}Message>{1}</{0}Message></{0}InternalReply>"
            "<{0}ExternalReply><{0}Message>out</{0}Message></{0}ExternalReply>")

SETS = [
    # suds: two prefixes of one namespace in the envelope, an empty header
    ("two prefixes for the envelope",
     f'<?xml version="1.0" encoding="UTF-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="{S}" '
     f'xmlns:ns0="{M}" xmlns:ns1="{S}" xmlns:ns2="{T}" xmlns:xsi="{XSI}"><SOAP-ENV:Header/>'
     "<ns1:Body><ns0:SetUserOofSettingsRequest><ns2:Mailbox><ns2:Address>ada@example.com"
     "</ns2:Address></ns2:Mailbox><ns2:UserOofSettings>" + SETTINGS.format("ns2:", "suds") +
     "</ns2:UserOofSettings></ns0:SetUserOofSettingsRequest></ns1:Body></SOAP-ENV:Envelope>",
     "suds"),
    # node-soap: the operation re-declares the default namespace, its children another
    ("default namespaces that change inside",
     f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{S}" xmlns:xsi="{XSI}" '
     f'xmlns:tns="{M}" xmlns:t="{T}"><soap:Header></soap:Header><soap:Body>'
     f'<SetUserOofSettingsRequest xmlns="{M}"><Mailbox xmlns="{T}"><Address>ada@example.com'
     f'</Address></Mailbox><UserOofSettings xmlns="{T}">' + SETTINGS.format("", "node-soap") +
     "</UserOofSettings></SetUserOofSettingsRequest></soap:Body></soap:Envelope>", "node-soap"),
    # gSOAP: the server's own header comes back, declarations that nothing uses
    ("the server's version in the header",
     set_oof(ADA, internal="gSOAP").replace("<s:Body>", '<s:Header><t:ServerVersionInfo '
        'MajorVersion="15" MinorVersion="0" MajorBuildNumber="1497" MinorBuildNumber="2" '
        'Version="Exchange2013_SP1"/></s:Header><s:Body>').replace(
        "<s:Envelope", f'<s:Envelope xmlns:xsd="{XSD}" xmlns:xsi="{XSI}"'), "gSOAP"),
    # ews-javascript-api: no declaration, an element that could be empty has an end tag
    ("no declaration",
     set_oof(ADA, internal="js").split("?>", 1)[1].replace(
        "<s:Body>", '<s:Header><t:RequestServerVersion Version="Exchange2013_SP1">'
        "</t:RequestServerVersion></s:Header><s:Body>"), "js"),
    # ZSI, SOAP::Lite and others tell each element's type
    ("types told at each element",
     set_oof(ADA, internal="typed").replace("<s:Envelope", f'<s:Envelope xmlns:xsi="{XSI}" '
        f'xmlns:xsd="{XSD}"').replace("<t:Message>", '<t:Message xsi:type="xsd:string">'),
     "typed"),
    # PHP's SoapVar: a prefix declared on the header's element itself
    ("a header that declares its own prefix",
     set_oof(ADA, internal="php").replace("<s:Body>", f'<s:Header><v:RequestServerVersion '
        f'Version="Exchange2013_SP1" xmlns:v="{T}"/></s:Header><s:Body>'), "php"),
    ("an encoding style on the envelope",
     set_oof(ADA, internal="style").replace("<s:Envelope", "<s:Envelope s:encodingStyle="
        '"http://schemas.xmlsoap.org/soap/encoding/"'), "style"),
]


def stored(_form, body, text):
    expect(client.post(body), 200, "NoError")
    message = expect(client.post(get_oof(ADA)), 200, "NoError")
    equal(message.text("//t:InternalReply/t:Message"), text)


ASKS = [
    # exchangelib 4.9: the names of the tips are the request's own text
    ("the tips' names as text of GetMailTips",
     envelope(f"<m:GetMailTips>All<m:SendingAs><t:EmailAddress>{ADA}</t:EmailAddress></m:SendingAs>"
              f"<m:Recipients><t:Mailbox><t:EmailAddress>{ADA}</t:EmailAddress></t:Mailbox>"
              "</m:Recipients></m:GetMailTips>"), "//t:MailboxFull", "false"),
    # exchangelib: a time zone by its name alone
    ("a time zone by its name alone",
     get_oof(ADA).replace("<s:Body>", '<s:Header><t:TimeZoneContext><t:TimeZoneDefinition Id="UTC"/>'
                          "</t:TimeZoneContext></s:Header><s:Body>"),
     "//t:ExternalAudience", "All"),
]


def answered(_form, body, path, wanted):
    equal(expect(client.post(body), 200, "NoError").text(path), wanted)


cases("a Set with {} is stored", SETS, stored)
cases("a request with {} is answered", ASKS, answered)
main()
