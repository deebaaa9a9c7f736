#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Discovery from the address alone: places, dialects, redirects, and where a
login must never go. All hosts are played on loopback, the DNS too."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.authority import Authority
from lib.cases import case, cases, check, equal, main
from lib.dns import A, SRV, Names
from lib.installation import PASSWORD, PROGRAM, environment, folder, free_port
from lib.other import Other, answer
from lib.soap import M, S, T
import subprocess

ME = "me@example.test"
HOST = "mail.hoster.test"
SERVICE = f"https://{HOST}/EWS/Exchange.asmx"
home = folder("discovery")
authority = Authority(home)
ALL = authority.sign("example.test", "autodiscover.example.test", "other.test", HOST)
names = Names()
CHALLENGE = ("WWW-Authenticate: Basic realm=\"x\"",)
AD = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
PATHS = {"SOAP": "/autodiscover/autodiscover.svc", "POX": "/autodiscover/autodiscover.xml",
         "JSON": "/autodiscover/autodiscover.json"}

OOF = (f'<s:Envelope xmlns:s="{S}"><s:Body><m:GetUserOofSettingsResponse xmlns:m="{M}" xmlns:t="{T}">'
       '<m:ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode></m:ResponseMessage>'
       "<t:OofSettings><t:OofState>Disabled</t:OofState><t:ExternalAudience>None</t:ExternalAudience>"
       "</t:OofSettings></m:GetUserOofSettingsResponse></s:Body></s:Envelope>")


def soap(user):
    return (f'<s:Envelope xmlns:s="{S}" xmlns:a="{AD}"><s:Body><a:GetUserSettingsResponseMessage><a:Response>'
            f"<a:ErrorCode>NoError</a:ErrorCode><a:UserResponses><a:UserResponse>{user}</a:UserResponse>"
            "</a:UserResponses></a:Response></a:GetUserSettingsResponseMessage></s:Body></s:Envelope>")


def settings(**values):
    return soap("<a:ErrorCode>NoError</a:ErrorCode><a:UserSettings>" + "".join(
        f"<a:UserSetting><a:Name>{n}</a:Name><a:Value>{v}</a:Value></a:UserSetting>"
        for n, v in values.items()) + "</a:UserSettings>")


def pox(account):
    return ('<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">'
            '<Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a">'
            f"<Account><AccountType>email</AccountType>{account}</Account></Response></Autodiscover>")


def protocol(kind, **urls):
    return f"<Protocol><Type>{kind}</Type>" + "".join(f"<{n}>{v}</{n}>" for n, v in urls.items()) + "</Protocol>"


SAID = {"SOAP": settings(ExternalEwsUrl=SERVICE),
        "POX": pox("<Action>settings</Action>" + protocol("EXPR", ASUrl=SERVICE)),
        "JSON": json.dumps({"Protocol": "EWS", "Url": SERVICE})}


def front(said, login=True):
    """Answers the dialects of `said` ({dialect: text or bytes}) where there is a
    login, as far as it takes one; and the service."""
    def act(request):
        if request.path == "/ews/exchange.asmx":
            return answer(200, OOF)
        for dialect, path in PATHS.items():
            if request.path == path and dialect in said:
                if login and dialect != "JSON" and not request.login:
                    return answer(401, b"", *CHALLENGE)
                out = said[dialect]
                out = out(request) if callable(out) else out
                return out if isinstance(out, bytes) else answer(200, out)
        return answer(404)
    return act


def site(hosts, http=None, **options):
    """hosts: {name: act or Other}; a host that is not named refuses. Gives
    ({name: Other}, options for the verb)."""
    servers, words, dead = {}, [], free_port()
    for name, act in hosts.items():
        servers[name] = act if isinstance(act, Other) else Other(act, ALL)
        words += ["--connect-to", f"{name}:443:127.0.0.1:{servers[name].port}"]
    servers["http"] = Other(http or (lambda r: answer(404)))
    words += ["--connect-to", f":80:127.0.0.1:{servers['http'].port}",
              "--connect-to", f"::127.0.0.1:{dead}"]
    return servers, words + ["--ca", authority.ca, "--dns-server", names.address]


def ask(words, address=ME, input=PASSWORD + "\n", login=("--password-stdin",)):
    return subprocess.run([PROGRAM, "remote", "oof", "get", address, "--json", *login, *words],
                          input=input.encode(), capture_output=True, timeout=60, env=environment())


def finds(words, url=SERVICE, **more):
    done = ask(words, **more)
    equal(done.returncode, 0, done.stderr.decode())
    equal(json.loads(done.stdout)["url"], url, "the service")
    return done.stderr.decode()


def fails(words, status, text, **more):
    done = ask(words, **more)
    said = done.stderr.decode()
    equal(done.returncode, status, said)
    check(text in said, f"{text!r} is not in {said!r}")


def logins(server):
    return [r.path for r in server.requests if r.login]


# ---- places and dialects ----

PLACES = ("example.test", "autodiscover.example.test")


def finds_at(place, dialect):
    servers, words = site({place: front({dialect: SAID[dialect]}), HOST: front({})})
    equal(finds(words), "", "on standard error")
    first = [r for r in servers[place].requests if r.path == PATHS[dialect]][0]
    check(not first.login, "the first request had a login")
    equal(logins(servers["http"]), [], "logins over http")


def by_redirect(status):
    servers, words = site({"front.example.test": Other(front(SAID), authority.sign("front.example.test")),
                           HOST: front({})},
                          http=lambda r: answer(status, b"", "Location: https://front.example.test/autodiscover/x"))
    said = finds(words)
    check("leads to https://front.example.test/autodiscover/x" in said, said)
    equal([(r["Host"], r.login) for r in servers["http"].requests], [("autodiscover.example.test", False)])


def by_record():
    names.records = {("_autodiscover._tcp.example.test", SRV): [
        (10, 0, 443, "worse.test"), (0, 1, 443, "worse.test"), (0, 5, 8443, HOST)]}
    server = Other(front(SAID), ALL)
    servers, words = site({HOST: front({})})
    words = ["--connect-to", f"{HOST}:8443:127.0.0.1:{server.port}", *words]
    said = finds(words)
    names.records = {}
    check(f"leads to https://{HOST}:8443" in said, said)
    equal(server.requests[0]["Host"], f"{HOST}:8443")


RECORDS = [
    ("none", {}),
    ("one that says there is none", {("_autodiscover._tcp.example.test", SRV): [(0, 0, 0, "")]}),
    ("one that is cut", {("_autodiscover._tcp.example.test", SRV): [b"\0\1\0"]}),
    ("an address instead", {("_autodiscover._tcp.example.test", SRV): [b"\x7f\0\0\1\0\0\0\1"]}),
    ("a name that ends nowhere", {("_autodiscover._tcp.example.test", SRV): [b"\0\0\0\0\1\xbb\xc0\xff"]}),
    ("a name that leads to itself", {("_autodiscover._tcp.example.test", SRV): [b"\0\0\0\0\1\xbb\xc0\x34"]}),
]


def no_record(name, records):
    names.records = records
    try:
        _, words = site({})
        fails(words, 3, "no Autodiscover service was found")
    finally:
        names.records = {}


def by_dns_alone():
    """Without --connect-to for the name: the address comes from the server."""
    server = Other(front(SAID), authority.sign("example.test"))
    names.records = {("www.example.test", A): ["127.0.0.1"]}
    done = ask(["--url", f"https://www.example.test:{server.port}/EWS/Exchange.asmx", "--ca", authority.ca,
                "--dns-server", names.address])
    names.records = {}
    equal(done.returncode, 5, done.stderr)  # it was asked, and is another name's certificate
    check(("www.example.test", A) in names.asked, names.asked)
    fails(["--url", "https://no.example.test/", "--dns-server", names.address], 6, "the DNS has no address of it")
    fails(["--url", "https://no.example.test/", "--dns-server", "dns"], 4, "is no server of the DNS")


def silent_dns():
    silent = Names()
    silent.silent = True
    fails(["--url", "https://no.example.test/", "--dns-server", silent.address], 6, "gives no answer")


# ---- what dialects say ----

ANSWERS = [
    ("SOAP: the internal URL, when there is no other", "SOAP", settings(InternalEwsUrl=SERVICE)),
    ("SOAP: settings in errors beside it", "SOAP", settings(ExternalEwsUrl=SERVICE, Other="x")),
    ("POX: EXPR before EXCH", "POX", pox(protocol("EXCH", ASUrl="https://inside.test/") +
                                         protocol("EXPR", ASUrl=SERVICE))),
    ("POX: EwsUrl before ASUrl", "POX", pox(protocol("EXCH", ASUrl="https://inside.test/", EwsUrl=SERVICE))),
    ("POX: OOFUrl alone", "POX", pox(protocol("EXCH", OOFUrl=SERVICE))),
    ("POX: a protocol without URL before it", "POX", pox(protocol("WEB") + protocol("EXCH", EwsUrl=SERVICE))),
    ("POX: white space around it", "POX", pox(protocol("EXPR", EwsUrl=f"\n  {SERVICE}\n"))),
]


def reads(name, dialect, said):
    _, words = site({"example.test": front({dialect: said}), HOST: front({})})
    finds(words)


def open_answer():
    """A place that answers without asking for a login gets none."""
    servers, words = site({"example.test": front(SAID, login=False), HOST: front({})})
    finds(words)
    equal(logins(servers["example.test"]), [])


def other_scheme():
    """A login is not sent where only other schemes are offered."""
    servers, words = site({"example.test": lambda r: answer(401, b"", "WWW-Authenticate: NTLM")})
    fails(words, 5, "it offers: NTLM")
    equal(logins(servers["example.test"]), [])


def one_refusal():
    """A wrong password is tried once at a host, not for each dialect."""
    act = lambda r: answer(404) if r.path == PATHS["JSON"] else answer(401, b"", *CHALLENGE)
    servers, words = site({"autodiscover.example.test": act})
    fails(words, 5, "the login is not taken")
    equal(logins(servers["autodiscover.example.test"]), [PATHS["SOAP"]])


WRONG = [
    ("no such user", {"SOAP": soap("<a:ErrorCode>InvalidUser</a:ErrorCode><a:ErrorMessage>Who?</a:ErrorMessage>")},
     3, "Who? (InvalidUser)"),
    ("a fault", {"SOAP": answer(500, f'<s:Envelope xmlns:s="{S}"><s:Body><s:Fault><faultstring>Old.</faultstring>'
                                     "</s:Fault></s:Body></s:Envelope>")}, 3, "Old."),
    ("an error of POX", {"POX": '<Autodiscover><Response><Error><ErrorCode>600</ErrorCode><Message>Bad.</Message>'
                                "</Error></Response></Autodiscover>"}, 3, "Bad. (600)"),
    ("an error of JSON", {"JSON": answer(400, '{"ErrorCode":"ProtocolNotSupported","ErrorMessage":"No."}',
                                         "Content-Type: application/json")}, 3, "No. (ProtocolNotSupported)"),
    ("a URL of http", {"SOAP": settings(ExternalEwsUrl=SERVICE.replace("https", "http"))}, 3, "no https URL"),
    ("a URL with a login", {"JSON": '{"Url":"https://a:b@mail.test/"}'}, 3, "no https URL"),
    ("no URL", {"POX": pox(protocol("EXPR"))}, 3, "no https URL"),
    ("a web page", {d: "<html><body>Hi</body></html>" for d in PATHS}, 3, "does not speak Autodiscover"),
    ("JSON of something else", {"JSON": "[1, 2]"}, 3, "does not speak Autodiscover"),
    ("deep JSON", {"JSON": "[" * 100000}, 3, "does not speak Autodiscover"),
    ("a document type", {"POX": '<!DOCTYPE a><Autodiscover/>'}, 3, "document type"),
    ("an endless answer", {"POX": lambda r: b"HTTP/1.1 200 OK\r\n\r\n" + b"<a>" * 500000}, 3, "longer than 1048576"),
]


def tells(name, said, status, text):
    _, words = site({"example.test": front(said), HOST: front({})})
    fails(words, status, text)


# ---- redirects ----

def redirect_user(code, target):
    return soap(f"<a:ErrorCode>{code}</a:ErrorCode><a:RedirectTarget>{target}</a:RedirectTarget>")


ELSEWHERE = f"https://{HOST}" + PATHS["SOAP"]
WAYS = [
    ("302", {"SOAP": answer(302, b"", "Location: " + ELSEWHERE)}),
    ("307, relative", {"SOAP": answer(307, b"", "Location: /autodiscover/autodiscover.json?Email=x&Protocol=EWS"),
                       "JSON": SAID["JSON"]}),
    ("RedirectUrl of SOAP", {"SOAP": redirect_user("RedirectUrl", ELSEWHERE)}),
    ("RedirectAddress of SOAP", {"SOAP": redirect_user("RedirectAddress", "me@other.test")}),
    ("redirectUrl of POX", {"POX": pox("<Action>redirectUrl</Action><RedirectUrl>"
                                       f"https://{HOST}{PATHS['POX']}</RedirectUrl>")}),
    ("redirectAddr of POX", {"POX": pox("<Action>redirectAddr</Action><RedirectAddr>me@other.test</RedirectAddr>")}),
]


def follows(name, said):
    _, words = site({"example.test": front(said), "other.test": front(SAID), HOST: front(SAID)})
    if name.startswith("307"):
        said["SOAP"] = answer(307, b"", f"Location: {PATHS['POX']}")
        said["POX"] = SAID["SOAP"]
    finds(words)


LOOPS = [
    ("302 to itself", {"SOAP": answer(302, b"", "Location: " + PATHS["SOAP"])}, 11),
    ("RedirectAddress to itself", {"SOAP": redirect_user("RedirectAddress", ME)}, 11),
    ("RedirectUrl to itself", {"SOAP": redirect_user("RedirectUrl", "https://example.test" + PATHS["SOAP"])}, 11),
]


def loops(name, said, most):
    servers, words = site({"example.test": front(said)})
    fails(words, 3, "more than 10 redirects")
    n = sum(r.path == PATHS["SOAP"] and r.login for r in servers["example.test"].requests)
    check(n <= most, f"asked {n} times")


def ten_redirects():
    def act(request):
        turn = int(request.target.split("n=")[1]) if "n=" in request.target else 0
        if turn == 10:
            return answer(200, SAID["SOAP"])
        return answer(302, b"", f"Location: {PATHS['SOAP']}?n={turn + 1}")
    _, words = site({"example.test": act, HOST: front({})})
    finds(words)


BAD_WAYS = [
    ("http", "http://mail.hoster.test/autodiscover/autodiscover.svc"),
    ("a file", "file:///etc/passwd"),
    ("a URL with a login", "https://a:b@mail.hoster.test/"),
    ("nonsense", "https://"),
    ("a very long one", f"https://{HOST}/" + "x" * 3000),
]


def not_followed(name, to):
    for said in ({"SOAP": answer(302, b"", "Location: " + to)}, {"SOAP": redirect_user("RedirectUrl", to)}):
        servers, words = site({"example.test": front(said), HOST: front(SAID)})
        fails(words, 3, "leads ")
        equal(servers[HOST].requests, [], "requests there")


def http_to_http():
    servers, words = site({HOST: front(SAID)}, http=lambda r: answer(302, b"", f"Location: http://{HOST}/x"))
    fails(words, 3, "it leads to what is no https URL")
    equal(len(servers["http"].requests), 1)


# ---- where no login goes ----

def wrong_certificate(name, certificate):
    """A host whose certificate does not hold is asked nothing at all."""
    bad = Other(front(SAID), certificate)
    servers, words = site({"example.test": bad})
    fails(words, 5, "certificate")
    equal(bad.requests, [])


def goes_on_after_a_bad_certificate():
    """A web site with another name's certificate does not end the search."""
    bad = Other(front(SAID), authority.sign("www.example.test"))
    _, words = site({"example.test": bad, "autodiscover.example.test": front(SAID), HOST: front({})})
    finds(words)
    equal(bad.requests, [])


def plain_http_on_443():
    servers, words = site({"example.test": Other(front(SAID))})
    fails(words, 3, "no Autodiscover service was found")


case_rows = [(place, dialect) for place in PLACES for dialect in PATHS]
cases("at {} by {}", case_rows, finds_at)
cases("by an http redirect, {}, which is told", [301, 302, 307, 308], by_redirect)
case("by the SRV record that is the first choice, which is told", by_record)
cases("SRV records: {}", RECORDS, no_record)
case("another DNS server is asked for all names", by_dns_alone)
case("a DNS server that is silent is given up", silent_dns)
cases("{}", ANSWERS, reads)
case("where no login is asked for, none goes", open_answer)
case("where another scheme is asked for, no login goes", other_scheme)
case("one refusal of the login at a host is enough", one_refusal)
cases("it tells of {}", WRONG, tells)
cases("it follows {}", WAYS, follows)
cases("it ends at {}", LOOPS, loops)
case("ten redirects are followed", ten_redirects)
cases("it does not follow {}", BAD_WAYS, not_followed)
case("http leads to https only", http_to_http)
cases("nothing goes to a host with a certificate {}", [
    ("of another authority", Authority(home, "Other CA").sign("example.test")),
    ("for another name", authority.sign("www.example.test")),
    ("that has ended", authority.sign("example.test", days=-1))], wrong_certificate)
case("after a bad certificate it looks elsewhere", goes_on_after_a_bad_certificate)
case("a host without TLS is no place", plain_http_on_443)
main()
