#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The served WSDL, as gSOAP, zeep and PHP read it."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, check, equal, main
from lib.installation import PASSWORD, Installation, folder

site = Installation("wsdl")
ME = site.add("me@example.com")
site.start()
NAMES = ("services.wsdl", "messages.xsd", "types.xsd")
work = folder("wsdl-files")
for name in NAMES:
    answer = site.client().get(f"/ews/{name}")
    with open(os.path.join(work, name), "wb") as f:
        f.write(answer.body)


def gsoap():
    done = subprocess.run(["wsdl2h", "-c", "-F", "-o", f"{work}/oof.h", f"{work}/services.wsdl"],
                          capture_output=True, cwd=work)
    said = done.stderr.decode(errors="replace")
    equal(done.returncode, 0, said)
    check("rror" not in said and "arning" not in said, said)
    done = subprocess.run(["soapcpp2", "-c", "-C", "-x", f"-d{work}", f"{work}/oof.h"],
                          capture_output=True, cwd=work)
    equal(done.returncode, 0, done.stderr.decode(errors="replace"))
    with open(f"{work}/oof.h") as f:
        header = f.read()
    for name in ("GetUserOofSettings", "SetUserOofSettings", "ServerVersionInfo"):
        check(name in header, f"no {name} in gSOAP's header")


ZEEP = """
import sys, requests
from zeep import Client
from zeep.transports import Transport
url, ca, user, password = sys.argv[1:]
session = requests.Session()
session.verify, session.auth = ca, (user, password)
client = Client(url, transport=Transport(session=session))
mailbox = {'Address': user}
settings = {'OofState': 'Scheduled', 'ExternalAudience': 'Known',
            'Duration': {'StartTime': '2099-01-01T00:00:00Z', 'EndTime': '2099-01-02T00:00:00Z'},
            'InternalReply': {'Message': '<b>zeep & co</b>'}, 'ExternalReply': {'Message': ''}}
answer = client.service.SetUserOofSettings(Mailbox=mailbox, UserOofSettings=settings)
answer = getattr(answer, 'body', answer)
answer = getattr(answer, 'SetUserOofSettingsResult', answer)
assert answer.ResponseMessage.ResponseCode == 'NoError', answer
answer = client.service.GetUserOofSettings(Mailbox=mailbox)
answer = getattr(answer, 'body', answer)
answer = getattr(answer, 'GetUserOofSettingsResult', answer)
assert answer.OofSettings.InternalReply.Message == '<b>zeep & co</b>', answer
assert answer.OofSettings.Duration.StartTime.isoformat() == '2099-01-01T00:00:00+00:00', answer
print('fine')
"""


def own_environment():
    """Without a CA bundle of the machine's, which requests would prefer."""
    return {k: v for k, v in os.environ.items() if not k.endswith("CA_BUNDLE")}


def zeep():
    done = subprocess.run(["/usr/bin/python3", "-c", ZEEP,
                           f"https://localhost:{site.port}/ews/services.wsdl", site.ca, ME, PASSWORD],
                          capture_output=True, text=True, env=own_environment())
    equal(done.stdout, "fine\n", done.stderr[-1500:])


PHP = r"""
[$_, $url, $ca, $user, $password] = $argv;
$ssl = stream_context_create(['ssl' => ['cafile' => $ca]]);
$client = new SoapClient($url, ['login' => $user, 'password' => $password,
    'stream_context' => $ssl, 'cache_wsdl' => WSDL_CACHE_NONE, 'exceptions' => true]);
$mailbox = ['Address' => $user];
$answer = $client->SetUserOofSettings(['Mailbox' => $mailbox, 'UserOofSettings' => [
    'OofState' => 'Enabled', 'ExternalAudience' => 'All',
    'InternalReply' => ['Message' => 'from PHP <&>'], 'ExternalReply' => ['Message' => 'x']]]);
if ($answer->ResponseMessage->ResponseCode !== 'NoError') { var_dump($answer); exit(1); }
$answer = $client->GetUserOofSettings(['Mailbox' => $mailbox]);
if ($answer->OofSettings->InternalReply->Message !== 'from PHP <&>') { var_dump($answer); exit(1); }
try {
    $client->GetUserOofSettings(['Mailbox' => ['Address' => 'other@example.com']]);
    exit(1);
} catch (SoapFault $fault) {
    if (!str_contains($fault->getMessage(), 'not mailbox owner')) { var_dump($fault); exit(1); }
}
echo "fine\n";
"""


def php():
    script = os.path.join(work, "client.php")
    with open(script, "w") as f:
        f.write("<?php" + PHP)
    done = subprocess.run(["php", script, f"https://localhost:{site.port}/ews/services.wsdl",
                           site.ca, ME, PASSWORD], capture_output=True, text=True)
    equal(done.stdout, "fine\n", done.stderr[-1500:])


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
    for body in (get_oof(ME), set_oof(ME), set_oof(ME, "Scheduled")):
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
case("gSOAP's wsdl2h and soapcpp2 accept it", gsoap)
case("zeep sets and gets by it", zeep)
case("PHP's SoapClient sets and gets by it", php)
main()
