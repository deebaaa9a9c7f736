#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""frontdesk remote: a client of our own server, and of servers unlike it."""
import base64
import gzip
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.authority import Authority
from lib.cases import case, cases, check, equal, main
from lib.installation import PASSWORD, Installation, folder, free_port, picture
from lib.other import Other, answer
from lib.soap import E, M, S, S12, T

site = Installation("remote")
ME, YOU = site.add("me@example.com"), site.add("you@example.com")
site.run("photo", "set", ME, picture("photo-1600.jpg"))
site.start()
SERVICE = f"https://localhost:{site.port}/EWS/Exchange.asmx"
OURS = ("--url", SERVICE, "--ca", site.ca)
home = folder("remote-files")
authority = Authority(home)
certificate = authority.sign("localhost")


def remote(*words, input=PASSWORD + "\n", login=("--password-stdin",)):
    return site.command("remote", *words, *login, input=input, conf=False)


def shown(*words, **more):
    """What a verb that must succeed shows."""
    done = remote(*words, "--json", **more)
    equal(done.returncode, 0, done.stderr.decode())
    return json.loads(done.stdout)


def fails(status, text, *words, **more):
    done = remote(*words, **more)
    said = done.stderr.decode()
    equal(done.returncode, status, f"{' '.join(words)}: {said}")
    check(text in said, f"{text!r} is not in {said!r}")
    check(PASSWORD not in said, "the password was printed")
    return said


# ---- our own server ----

def same_keys():
    site.run("oof", "set", ME, "--from", "2030-01-02T03:04:05Z", "--to", "2030-02-03T04:05:06Z",
             "--internal", "Bin <b>weg</b> & \u00fc\nZeile", "--external", "Out", "--audience", "known",
             "--lang", "de")
    ours = json.loads(site.run("oof", "show", ME, "--json"))
    got = shown("oof", "get", ME, *OURS)
    for key in ("address", "state", "audience", "start", "end", "internal", "external"):
        equal(got[key], ours[key], key)
    check(set(ours) <= set(got), "keys of oof show are missing")
    check(set(ours["effect"]) <= set(got["effect"]), "keys of its effect are missing")
    equal((got["allowed"], got["url"]), ("all", SERVICE))


SETS = [
    (("--to", "2031-01-01T00:00:00Z", "--from", "2030-12-01T00:00:00Z"), {"state": "scheduled",
      "start": "2030-12-01T00:00:00Z", "end": "2031-01-01T00:00:00Z"}),
    (("--to", "2031-01-01 12:00", "--from", "2030-12-01", "--tz", "Europe/Berlin"),
     {"start": "2030-11-30T23:00:00Z", "end": "2031-01-01T11:00:00Z"}),
    (("--internal", "in", "--lang", "en-GB"), {"state": "enabled",
      "internal": {"text": "in", "lang": "en-GB"}}),
    (("--keep", "--external", "&<>\"'\u20ac"), {"state": "enabled",
      "internal": {"text": "in", "lang": "en-GB"}, "external": {"text": "&<>\"'\u20ac", "lang": None}}),
    (("--keep", "--audience", "none"), {"audience": "none"}),
    (("--off",), {"state": "disabled", "audience": "none"}),
    (("--internal", ""), {"state": "enabled", "internal": {"text": "", "lang": None}}),
]


def sets(options, wanted):
    said = shown("oof", "set", ME, *OURS, *options)
    stored = json.loads(site.run("oof", "show", ME, "--json"))
    for key, value in wanted.items():
        equal(said[key], value, key)
        equal(stored[key], value, f"stored {key}")


def text_behind_the_password():
    said = shown("oof", "set", ME, *OURS, "--internal-file", "-", input=PASSWORD + "\nline\nline\n")
    equal(said["internal"]["text"], "line\nline\n")


def local_zone():
    os.environ["TZ"] = "Asia/Tokyo"
    try:
        said = shown("oof", "set", ME, *OURS, "--from", "2030-01-01 09:00", "--to", "2030-01-02 09:00")
    finally:
        del os.environ["TZ"]
    equal((said["start"], said["end"]), ("2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z"))


EDGES = (48, 64, 96, 120, 240, 360, 432, 504, 648)


def photo_is_ours(edge):
    here, there = os.path.join(home, "here"), os.path.join(home, "there")
    site.run("photo", "get", ME, "--size", str(edge), "-o", here)
    for soap in ([], ["--soap"]):
        said = shown("photo", "get", ME, *OURS, "--size", str(edge), "-o", there, *soap)
        with open(here, "rb") as a, open(there, "rb") as b:
            check(a.read() == b.read(), "another picture")
        equal((said["type"], said["unchanged"], said["bytes"]),
              ("image/jpeg", False, os.path.getsize(here)))
        again = shown("photo", "get", ME, *OURS, "--size", str(edge), "-o", "/nowhere/at/all",
                      "--tag", said["tag"], *soap)
        equal((again["unchanged"], again["file"], again["bytes"]), (True, None, 0))
        other = shown("photo", "get", ME, *OURS, "--size", str(edge), "-o", there,
                      "--tag", '"another"', *soap)
        equal(other["unchanged"], False)


def photo_to_output():
    done = remote("photo", "get", ME, *OURS, "-o", "-")
    equal((done.returncode, done.stdout[:3]), (0, b"\xff\xd8\xff"))


def photo_is_set():
    before = shown("photo", "get", ME, *OURS, "-o", "/dev/null")["tag"]
    path = picture("webp-lossy.webp")
    equal(shown("photo", "set", ME, path, *OURS)["bytes"], os.path.getsize(path))
    after = shown("photo", "get", ME, *OURS, "-o", "/dev/null")["tag"]
    check(before != after, "the photo is still the old one")
    with open(picture("photo-1600.jpg"), "rb") as f:
        shown("photo", "set", ME, "-", *OURS, input=PASSWORD.encode() + b"\n" + f.read())
    equal(shown("photo", "get", ME, *OURS, "-o", "/dev/null")["tag"], before)


OPEN = ("--url", f"https://localhost:{site.port}/EWS/Exchange.asmx")  # without the authority
DEAD = ("--url", f"https://localhost:{free_port()}/EWS/Exchange.asmx", "--ca", site.ca)
REFUSALS = [
    (5, "the login is not taken; it offers: Basic", ("oof", "get", ME, *OURS), "wrong\n"),
    (5, "ErrorAccessDenied", ("oof", "get", YOU, *OURS, "--user", ME), None),
    (5, "ErrorAccessDenied", ("oof", "set", YOU, *OURS, "--user", ME, "--off"), None),
    (5, "SSL certificate problem", ("oof", "get", ME, *OPEN), None),
    (6, "check that the server runs", ("oof", "get", ME, *DEAD), None),
    (3, "no photo, or no such mailbox", ("photo", "get", YOU, *OURS, "-o", "x"), None),
    (3, "no photo, or no such mailbox", ("photo", "get", YOU, *OURS, "-o", "x", "--soap"), None),
    (3, "no photo, or no such mailbox", ("photo", "get", "no@other.test", *OURS, "-o", "x", "--user", ME), None),
    (1, "there is nothing (HTTP 404)", ("oof", "get", ME, "--url", SERVICE + "x", "--ca", site.ca), None),
    (4, "is no mail address", ("oof", "get", "me", *OURS), None),
    (4, "no https URL", ("oof", "get", ME, "--url", SERVICE.replace("https", "http")), None),
    (4, "no https URL", ("oof", "get", ME, "--url", "https://me:pw@localhost/EWS"), None),
    (4, "it has to end after it starts", ("oof", "set", ME, *OURS, "--from", "2030-01-02", "--to", "2030-01-01"), None),
    (4, "is no edge of a photo", ("photo", "get", ME, *OURS, "-o", "x", "--size", "50"), None),
    (4, "is no entity tag", ("photo", "get", ME, *OURS, "-o", "x", "--tag", "a b"), None),
    (4, "--timeout", ("oof", "get", ME, *OURS, "--timeout", "0"), None),
    (3, "opening", ("oof", "get", ME, "--url", SERVICE, "--ca", "/nowhere"), None),
    (4, "setting certificate file", ("oof", "get", ME, "--url", SERVICE, "--ca", picture("photo-1600.jpg")), None),
    (2, "an end cannot be scheduled", ("oof", "set", ME, *OURS, "--from", "2030-01-02"), None),
    (2, "--off", ("oof", "set", ME, *OURS, "--off", "--to", "+2d"), None),
    (2, "where to?", ("photo", "get", ME, *OURS), None),
    (2, "one of them", ("oof", "get", ME, *OURS, "--negotiate"), None),
    (2, "one of them", ("oof", "get", ME, *OURS, "--bearer-stdin"), None),
    (2, "one word too many", ("oof", "get", ME, *OURS, "--password", "x"), None),
]


def refuses(status, text, words, input):
    fails(status, text, *words, input=PASSWORD + "\n" if input is None else input)


def without_a_login():
    fails(5, "it wants a login; it offers: Basic", "oof", "get", ME, *OURS, login=())


# ---- what goes out ----

GET = (f'<m:GetUserOofSettingsResponse xmlns:m="{M}" xmlns:t="{T}">%s</m:GetUserOofSettingsResponse>')
FINE = '<m:ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode></m:ResponseMessage>'
SETTINGS = ("<t:OofSettings><t:OofState>Enabled</t:OofState><t:ExternalAudience>All</t:ExternalAudience>"
            "%s</t:OofSettings>")


def envelope(body, ns=S, header="<s:Header/>"):
    return f'<?xml version="1.0"?><s:Envelope xmlns:s="{ns}">{header}<s:Body>{body}</s:Body></s:Envelope>'


def got(inside="", more=""):
    return envelope(GET % (FINE + SETTINGS % inside + more))


def other(said):
    """A server that says that to everything, and the options to ask it."""
    act = said if callable(said) else lambda request: said
    server = Other(act, certificate)
    return server, ("--url", f"https://localhost:{server.port}/ews/exchange.asmx", "--ca", authority.ca)


TOKEN = "eyJhbGciOi.J9-_~+/x=="
with open(os.path.join(home, "token"), "w") as f:
    f.write(TOKEN + "\n")


def token_goes_out(*login):
    server, there = other(answer(200, got()))
    shown("oof", "get", ME, *there, login=login, input=TOKEN + "\n")
    equal([r["Authorization"] for r in server.requests], ["Bearer " + TOKEN])


def password_goes_out():
    server, there = other(answer(200, got()))
    shown("oof", "get", ME, *there, "--user", "EXAMPLE\\j\u00f6", input="p:\u00e4 ss\n")
    equal(server.requests[0]["Authorization"],
          "Basic " + base64.b64encode("EXAMPLE\\j\u00f6:p:\u00e4 ss".encode()).decode())


def token_is_checked():
    server, there = other(answer(200, got()))
    for bad in ("a b", "a\u00e9", "a\tb"):
        fails(4, "no bearer token", "oof", "get", ME, *there, login=("--bearer-stdin",), input=bad + "\n")
    equal(server.requests, [], "requests with a bad token")


def acts_as():
    server, there = other(answer(200, got()))
    shown("oof", "get", ME, *there, "--act-as", ME, "--user", "service")
    check(b"<t:SmtpAddress>me@example.com</t:SmtpAddress>" in server.requests[0].body,
          server.requests[0].body)


def request_is_plain():
    """What servers of all ages take: the oldest schema, and times in UTC."""
    server, there = other(lambda r: answer(200, got() if b"GetUser" in r.body else envelope(
        f'<m:SetUserOofSettingsResponse xmlns:m="{M}">{FINE}</m:SetUserOofSettingsResponse>')))
    shown("oof", "set", ME, *there, "--from", "2030-01-01T00:00:00+02:00", "--to", "2030-01-02T00:00:00Z")
    sent = server.requests[1]
    for part in (b'Version="Exchange2007_SP1"', b"<t:StartTime>2029-12-31T22:00:00Z</t:StartTime>",
                 b"<t:InternalReply><t:Message></t:Message></t:InternalReply>",
                 b"<t:ExternalReply><t:Message></t:Message></t:ExternalReply>"):
        check(part in sent.body, (part, sent.body))
    equal((sent["Content-Type"], sent["X-AnchorMailbox"], sent["Expect"]),
          ("text/xml; charset=utf-8", ME, None))


# ---- servers unlike ours ----

KIND = [
    ("nothing but the state", got(), {"state": "enabled", "start": None, "allowed": None,
                                      "internal": {"text": "", "lang": None}}),
    ("elements of later schemas", envelope(
        GET % ("<m:New/>" + FINE.replace("</m:ResponseM", "<m:Later><m:x/></m:Later></m:ResponseM")
               + SETTINGS % "<t:DeclineMeetingReply/>" + "<m:New/>")), {"state": "enabled"}),
    ("times without a zone", got("<t:Duration><t:StartTime>2030-01-01T00:00:00</t:StartTime>"
                                 "<t:EndTime>2030-01-02T00:00:00.123</t:EndTime></t:Duration>"),
     {"start": "2030-01-01T00:00:00Z", "end": "2030-01-02T00:00:00Z"}),
    ("times with an offset", got("<t:Duration><t:StartTime>2030-01-01T01:00:00+01:00</t:StartTime>"
                                 "<t:EndTime>2030-01-02T00:00:00Z</t:EndTime></t:Duration>"),
     {"start": "2030-01-01T00:00:00Z"}),
    ("replies without a message", got("<t:InternalReply/><t:ExternalReply xml:lang='fr'/>"),
     {"external": {"text": "", "lang": "fr"}}),
    ("SOAP 1.2", envelope(GET % (FINE + SETTINGS % ""), S12), {"state": "enabled"}),
    ("other prefixes, and a policy", got("", "<q:AllowExternalOof xmlns:q='%s'>None</q:AllowExternalOof>" % M),
     {"allowed": "none"}),
    ("a message without a class", envelope(GET % (
        "<m:ResponseMessage><m:ResponseCode>NoError</m:ResponseCode></m:ResponseMessage>" + SETTINGS % "")),
     {"state": "enabled"}),
]


def reads(name, said, wanted):
    _, there = other(answer(200, said))
    got_ = shown("oof", "get", ME, *there)
    for key, value in wanted.items():
        equal(got_[key], value, key)


def reads_gzip():
    _, there = other(answer(200, gzip.compress(got().encode()), "Content-Encoding: gzip"))
    equal(shown("oof", "get", ME, *there)["state"], "enabled")


def fault(code, detail="", text="Said so."):
    return answer(500, envelope(f"<s:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring>"
                                f"<detail>{detail}</detail></s:Fault>"))


def of_2010(code, more=""):
    return fault(f"a:{code}", f'<e:ResponseCode xmlns:e="{E}">{code}</e:ResponseCode>'
                 f'<e:Message xmlns:e="{E}">In words.</e:Message>{more}')


def inside(code):
    return answer(200, envelope(GET % (
        '<m:ResponseMessage ResponseClass="Error"><m:MessageText>In words.</m:MessageText>'
        f'<m:ResponseCode>{code}</m:ResponseCode></m:ResponseMessage>')))


BUSY = of_2010("ErrorServerBusy", f'<t:MessageXml xmlns:t="{T}">'
               '<t:Value Name="BackOffMilliseconds">2500</t:Value></t:MessageXml>')
ERRORS = [
    ("a fault of 2010", of_2010("ErrorAccessDenied"), 5, "In words. (ErrorAccessDenied)"),
    ("a fault of 2007", fault("soap11:Client", f'<e:ResponseCode xmlns:e="{E}">ErrorNonExistentMailbox'
                              "</e:ResponseCode>"), 3, "Said so. (ErrorNonExistentMailbox)"),
    ("a fault with its code in faultcode", fault("a:ErrorImpersonateUserDenied"), 5, "ErrorImpersonateUserDenied"),
    ("a fault of the specification", fault("soap:Client", f'<ErrorCode xmlns="{M}">-2146233088</ErrorCode>',
                                           "Microsoft.Exchange.Data.Storage.AccessDeniedException: User is not "
                                           "mailbox owner."), 5, "mailbox owner. (ErrorAccessDenied)"),
    ("a fault that says nothing", fault("soap:Server", text=""), 1, "the server says no reason"),
    ("a fault of SOAP 1.2", answer(500, envelope(
        "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>a:ErrorInvalidRequest</s:Value>"
        "</s:Subcode></s:Code><s:Reason><s:Text>No.</s:Text></s:Reason></s:Fault>", S12)), 4,
     "No. (ErrorInvalidRequest)"),
    ("a fault with status 200", of_2010("ErrorAccessDenied").replace(b"500 Said", b"200 Said"), 5, "In words."),
    ("an error inside", inside("ErrorAccessDenied"), 5, "In words. (ErrorAccessDenied)"),
    ("an error that nobody knows", inside("ErrorOfTheFuture"), 1, "ErrorOfTheFuture"),
    ("a busy server", BUSY, 6, "try again later in 3 s"),
    ("a busy front", answer(503, b"", "Retry-After: 7"), 6, "try again later in 7 s"),
    ("too many requests", answer(429), 6, "asked too often"),
    ("another scheme", answer(401, b"", "WWW-Authenticate: Negotiate", "WWW-Authenticate: NTLM"), 5,
     "it offers: Negotiate, NTLM"),
    ("several schemes in a line", answer(401, b"", 'WWW-Authenticate: Bearer realm="a, b", Digest qop="x"'), 5,
     "it offers: Bearer"),
    ("forbidden", answer(403), 5, "may not use the service"),
    ("a way elsewhere", answer(302, b"", "Location: https://localhost/owa/"), 1, "it leads elsewhere: https://localhost/owa/"),
    ("a web page", answer(200, "<!-- hello --><html><body>Hi</body></html>", "Content-Type: text/html"), 1,
     "does not speak Exchange Web Services"),
    ("a page that is no XML", answer(200, "<html><br></html>", "Content-Type: text/html"), 1, "no XML that may be read"),
    ("an empty answer", answer(200), 1, "does not speak Exchange Web Services"),
    ("another operation's answer", answer(200, envelope(f'<m:GetFolderResponse xmlns:m="{M}"/>')), 1, "does not speak"),
    ("no settings", answer(200, envelope(GET % FINE)), 1, "holds no settings"),
    ("a state that nobody knows", answer(200, got().replace("Enabled", "Sometimes")), 1, "cannot be read"),
    ("a time that is none", answer(200, got("<t:Duration><t:StartTime>soon</t:StartTime><t:EndTime>late</t:EndTime>"
                                            "</t:Duration>")), 1, "cannot be read"),
]


def errs(name, said, status, text):
    _, there = other(said)
    said = fails(status, text, "oof", "get", ME, *there)
    check(said.count("\n") == 1, f"more than a line: {said!r}")


# ---- hostile ones ----

def endless(request):
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<a>"
    while True:
        yield b"x" * 65536


def endless_headers(request):
    yield b"HTTP/1.1 200 OK\r\n"
    while True:
        yield b"X-More: " + b"x" * 1000 + b"\r\n"


def dripping(request):
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    while True:
        time.sleep(0.2)
        yield b"x"


BOMB = gzip.compress(b"<a>" + b" " * (64 << 20))
DEEP = "<a>" * 40 + "</a>" * 40
HOSTILE = [
    ("an endless body", endless, 1, "body is longer than 2097152 bytes"),
    ("endless headers", endless_headers, 1, "headers are longer than 32768 bytes"),
    ("a body in drops", dripping, 6, "timed out"),
    ("silence", lambda r: dripping_none(), 6, "timed out"),
    ("a gzip bomb", lambda r: answer(200, BOMB, "Content-Encoding: gzip"), 1, "longer than"),
    ("a damaged coding", lambda r: answer(200, b"\x1f\x8bxxxx", "Content-Encoding: gzip"), 1, "check the URL"),
    ("a document type", lambda r: answer(200, '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'), 1, "document type"),
    ("deep elements", lambda r: answer(200, DEEP), 1, "nested too deeply"),
    ("many elements", lambda r: answer(200, "<a>" + "<b/>" * 5000 + "</a>"), 1, "too many elements"),
    ("bytes that are no UTF-8", lambda r: answer(200, b'<?xml version="1.0" encoding="utf-8"?><a>\xff\xfe</a>'), 1,
     "no XML that may be read"),
    ("no HTTP at all", lambda r: b"220 mail.example.com ESMTP\r\n", 1, "check the URL"),
    ("a cut answer", lambda r: iter([answer(200, got())[:-20], None]), 6, "try again"),
    ("a closed connection", lambda r: None, 6, "try again"),
    ("a code with control sequences", lambda r: of_2010("ErrorX\x7f\u009b31m".encode().decode()), 1, "ErrorX"),
]


def dripping_none():
    time.sleep(10)
    return
    yield


def survives(name, act, status, text):
    _, there = other(act)
    said = fails(status, text, "oof", "get", ME, *there, "--timeout", "2")
    check(all(c >= " " or c == "\n" for c in said) and "\x7f" not in said and "\u009b" not in said,
          f"control characters: {said!r}")


def unknown_outcome():
    """A Set whose answer never comes may or may not have happened."""
    def act(request):
        return answer(200, got()) if b"GetUser" in request.body else None
    _, there = other(act)
    fails(6, "it may or may not have been set", "oof", "set", ME, *there, "--off")


def unknown_by_code():
    def act(request):
        return answer(200, got()) if b"GetUser" in request.body else of_2010("ErrorInternalServerTransientError")
    _, there = other(act)
    fails(6, "get the settings, and look", "oof", "set", ME, *there, "--off")


# ---- photos of servers unlike ours ----

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4 + b"\xff\xd9"


def photo_answer(inside, status=200, cls="Success", *lines):
    return answer(status, envelope(f'<m:GetUserPhotoResponse ResponseClass="{cls}" xmlns:m="{M}">{inside}'
                                   "</m:GetUserPhotoResponse>"), *lines)


BROKEN = "\r\n  ".join(base64.encodebytes(JPEG).decode().split())
PHOTOS = [
    ("base64 in lines, no type", photo_answer(
        f"<m:ResponseCode>NoError</m:ResponseCode><m:HasChanged>true</m:HasChanged><m:PictureData>{BROKEN}</m:PictureData>"),
     0, ""),
    ("its message inside", photo_answer(
        "<m:ResponseMessages><m:GetUserPhotoResponseMessage ResponseClass='Error'><m:MessageText>No.</m:MessageText>"
        "<m:ResponseCode>ErrorInvalidPhotoSize</m:ResponseCode></m:GetUserPhotoResponseMessage></m:ResponseMessages>"),
     4, "No. (ErrorInvalidPhotoSize)"),
    ("none, with 404", photo_answer("<m:ResponseCode>ErrorItemNotFound</m:ResponseCode><m:HasChanged>true</m:HasChanged>"
                                    "<m:PictureData/>", 404, "Error"), 3, "no photo"),
    ("none, with 200", photo_answer("<m:ResponseCode>NoError</m:ResponseCode><m:HasChanged>true</m:HasChanged>"
                                    "<m:PictureData/>"), 3, "no photo"),
    ("bad base64", photo_answer("<m:ResponseCode>NoError</m:ResponseCode><m:PictureData>/9j/4A=A</m:PictureData>"),
     1, "is no base64"),
    ("no picture inside", photo_answer("<m:ResponseCode>NoError</m:ResponseCode><m:PictureData>SGVsbG8h</m:PictureData>"),
     1, "is no picture"),
    ("a page with 404", answer(404, "<html/>", "Content-Type: text/html"), 1, "there is nothing"),
]


def photo_by_soap(name, said, status, text):
    _, there = other(said)
    to = os.path.join(home, "got")
    if status:
        fails(status, text, "photo", "get", ME, *there, "--soap", "-o", to)
        return
    equal(shown("photo", "get", ME, *there, "--soap", "-o", to)["type"], "image/jpeg")
    with open(to, "rb") as f:
        equal(f.read(), JPEG)


PAGES = [
    ("a sign-in page", answer(200, "<html>Sign in</html>", "Content-Type: text/html"), 1, "is no picture"),
    ("an empty body", answer(200, b"", "Content-Type: image/jpeg"), 1, "is no picture"),
    ("304 that was not asked for", answer(304), 1, "it leads elsewhere"),
    ("a bad request", answer(400), 4, "does not take the request"),
    ("an endless one", endless, 1, "longer than 25165824 bytes"),
]


def photo_by_get(name, said, status, text):
    _, there = other(said)
    fails(status, text, "photo", "get", ME, *there, "-o", os.path.join(home, "got"))


def photo_address():
    server, there = other(answer(200, JPEG, "Content-Type: image/jpeg", 'ETag: "a-1"'))
    done = shown("photo", "get", "o'b+c&d=e@example.com", *there, "--size", "96", "-o", "/dev/null")
    equal(done["tag"], '"a-1"')
    equal(server.requests[0].target,
          "/ews/exchange.asmx/s/GetUserPhoto?email=o%27b%2Bc%26d%3De@example.com&size=HR96x96")


def photo_too_large():
    path = os.path.join(home, "large")
    with open(path, "wb") as f:
        f.truncate((32 << 20) + 1)
    fails(4, "longer than", "photo", "set", ME, path, *OURS)


def connect_to():
    """A name that is no name of the DNS, played on loopback."""
    server = Other(lambda r: answer(200, got()), authority.sign("mail.hoster.invalid"))
    said = shown("oof", "get", ME, "--url", "https://mail.hoster.invalid/EWS/Exchange.asmx", "--ca", authority.ca,
                 "--connect-to", f"mail.hoster.invalid:443:127.0.0.1:{server.port}")
    equal(said["url"], "https://mail.hoster.invalid/EWS/Exchange.asmx")
    equal(server.requests[0]["Host"], "mail.hoster.invalid")


UNTRUSTED = [
    ("of another authority", lambda: Authority(home, "Other CA").sign("localhost")),
    ("for another name", lambda: authority.sign("elsewhere.example")),
    ("that has ended", lambda: authority.sign("localhost", days=-1)),
]


def sends_nothing(name, make):
    server = Other(lambda r: answer(200, got()), make())
    fails(5, "certificate", "oof", "get", ME, "--url", f"https://localhost:{server.port}/", "--ca", authority.ca)
    equal(server.requests, [], "what was sent")


case("oof get has the keys and values of oof show", same_keys)
for options, wanted in SETS:
    case(f"oof set {' '.join(options)} is stored so", sets, options, wanted)
case("a text may follow the password", text_behind_the_password)
case("a time without a zone is this machine's", local_zone)
cases("a photo of {} pixels is the server's, by GET and by SOAP", EDGES, photo_is_ours)
case("a photo goes to standard output", photo_to_output)
case("a photo is set, from a file and from standard input", photo_is_set)
cases("status {}: {}", REFUSALS, refuses)
case("without a login it is told what the server offers", without_a_login)
cases("a token goes out from {}", [("--bearer-stdin",), ("--bearer-file", os.path.join(home, "token"))], token_goes_out)
case("user and password go out in UTF-8", password_goes_out)
case("what is no token is not sent", token_is_checked)
case("a service account names whom it acts for", acts_as)
case("requests are what servers of all ages take", request_is_plain)
cases("it reads {}", KIND, reads)
case("it reads a packed answer", reads_gzip)
cases("it tells of {}", ERRORS, errs)
cases("it survives {}", HOSTILE, survives)
case("a Set that is cut off is not told as failed", unknown_outcome)
case("a Set whose outcome the server does not know is told so", unknown_by_code)
cases("photo by SOAP: {}", PHOTOS, photo_by_soap)
cases("photo by GET: {}", PAGES, photo_by_get)
case("an address is escaped in the photo's URL", photo_address)
case("a picture over the limit is not sent", photo_too_large)
case("another host may be played on loopback", connect_to)
cases("nothing is sent under a certificate {}", UNTRUSTED, sends_nothing)
main()
