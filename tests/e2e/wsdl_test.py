#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The served WSDL and its schemas; programs that read it are in tests/interop."""
import base64
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, check, equal, main
from lib.installation import ROOT, Installation, folder, picture

site = Installation("wsdl")
ME = site.add("me@example.com")
site.start()
NAMES = ("services.wsdl", "messages.xsd", "types.xsd")
work = folder("wsdl-files")
for name in NAMES:
    answer = site.client().get(f"/ews/{name}")
    with open(os.path.join(work, name), "wb") as f:
        f.write(answer.body)


def schemas_validate():
    """The schemas are schemas, and what the server sends is valid by them."""
    from lxml import etree
    from lib.soap import S, get_oof, set_oof
    with open(f"{work}/xml.xsd", "w") as f:
        f.write('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" '
                'targetNamespace="http://www.w3.org/XML/1998/namespace">'
                '<xs:attribute name="lang" type="xs:string"/></xs:schema>')
    import re
    with open(f"{work}/types.xsd", encoding="utf-8") as f:
        types = f.read()
    types = re.sub(r'<xs:import namespace="http://www.w3.org/XML/1998/namespace"[^>]*/>',
                   '<xs:import namespace="http://www.w3.org/XML/1998/namespace" '
                   'schemaLocation="xml.xsd"/>', types)
    with open(f"{work}/types-local.xsd", "w", encoding="utf-8") as f:
        f.write(types)
    with open(f"{work}/messages.xsd", encoding="utf-8") as f:
        messages = f.read().replace('schemaLocation="types.xsd"', 'schemaLocation="types-local.xsd"')
    with open(f"{work}/messages-local.xsd", "w", encoding="utf-8") as f:
        f.write(messages)
    schema = etree.XMLSchema(etree.parse(f"{work}/messages-local.xsd"))
    client = site.client(ME)
    bodies = [get_oof(ME), set_oof(ME), set_oof(ME, "Scheduled")]
    for name in ("GetUserPhoto", "SetUserPhoto", "ConvertId", "ResolveNames", "GetFolder",
                 "GetMailTips", "GetServiceConfiguration", "GetUserAvailability"):
        with open(os.path.join(ROOT, "tests/fuzz/corpus/soap", name), encoding="utf-8") as f:
            bodies.append(f.read()[1:].replace("ada@frontdesk.example", ME))
    with open(picture("jpeg-baseline.jpg"), "rb") as f:
        bodies[4] = bodies[4].replace("cGljdHVyZSE=", base64.b64encode(f.read()).decode())
    bodies.append(bodies[3])  # now there is a picture
    for body in bodies:
        for document in (body.encode(), client.post(body).body):
            content = etree.fromstring(document).find(f"{{{S}}}Body")[0]
            check(schema.validate(etree.ElementTree(content)), str(schema.error_log))


def open_and_typed():
    for name in NAMES:
        answer = site.client().get(f"/EWS/{name.upper()}")
        equal(answer.status, 200, name)
        check(answer["Content-Type"].startswith("text/xml"), answer["Content-Type"])


case("they need no login and are found in any case", open_and_typed)
case("the schemas are valid, and so are the answers by them", schemas_validate)
main()
