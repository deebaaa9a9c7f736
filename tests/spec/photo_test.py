#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""[MS-OXWSPHOTO], statement by statement, against the real server over TLS.

PHO-n: what the specification says, in its order; G-n: a conflict that had to
be settled; B-n: what the specification leaves open about requests.
"""
import email.utils
import os
import re
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main
from lib.http import EWS, PHOTO
from lib.installation import Installation, picture
from lib.slapd import Slapd, person
from lib.soap import vector
from lxml import etree

SIZES = (48, 64, 96, 120, 240, 360, 432, 504, 648)

site = Installation("spec-photo", domains=("example.com",))
ADA = site.add("ada@example.com", "--alias", "lovelace@example.com")
SMALL = site.add("small@example.com")
BARE = site.add("bare@example.com")
PLUS = site.add("ada+work@example.com")
site.run("domain", "add", "other.example", "--organization", "other")
OTHER = site.add("ada@other.example")
site.run("photo", "set", ADA, picture("photo-1600.jpg"))
site.run("photo", "set", PLUS, picture("photo-1600.jpg"))
site.run("photo", "set", OTHER, picture("photo-1600.jpg"))
small_file = os.path.join(site.parent, "small.jpg")
site.run("photo", "get", ADA, "--size", "240", "-o", small_file)
site.run("photo", "set", SMALL, small_file)
# People of a directory: one with a thumbnail, one who has uploaded a picture too.
with open(picture("jpeg-baseline.jpg"), "rb") as f:
    THUMBNAIL = f.read()  # 96 x 64
slapd = Slapd(*(person(uid, [f"{uid}@office.example"], jpegPhoto=[THUMBNAIL])
                for uid in ("thumb", "both"))).start()
site.run("domain", "add", "office.example")
site.configure(slapd.section(domains=["office.example"]))
BOTH, THUMB = "both@office.example", "thumb@office.example"
site.run("photo", "set", BOTH, picture("photo-1600.jpg"))
site.start()
me = site.client(BARE)


def edge(jpeg):
    """(width, height) from a JPEG's own frame header."""
    at = 2
    while True:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2:at + 4], "big")
        if 0xC0 <= marker <= 0xC2:
            return (int.from_bytes(jpeg[at + 7:at + 9], "big"),
                    int.from_bytes(jpeg[at + 5:at + 7], "big"))
        at += 2 + length


def good(answer, size=None):
    equal(answer.status, 200, "status")
    equal(answer["Content-Type"], "image/jpeg", "Content-Type")
    equal(answer["Content-Length"], str(len(answer.body)), "Content-Length")
    check(answer.body[:3] == b"\xff\xd8\xff" and answer.body[-2:] == b"\xff\xd9", "no JPEG")
    if size is not None:
        equal(edge(answer.body), (size, size), "edges")
    return answer


def empty(answer, status):
    equal((answer.status, answer.body, answer["Content-Length"]), (status, b"", "0"), "answer")
    check("no-store" in answer["Cache-Control"], "Cache-Control")
    return answer


def https():
    plain = site.client(BARE)
    plain.context = None
    got = plain.raw(f"GET {PHOTO}?email={ADA}&size=HR96x96 HTTP/1.1\r\nHost: x\r\n"
                    f"Authorization: {me.authorization}\r\n\r\n".encode())
    check(b"image/jpeg" not in got and not got.startswith(b"HTTP/1.1 200"), got[:80])


def authenticated():
    answer = empty(site.client().photo(ADA), 401)
    check(re.fullmatch(r'Basic realm="[^"]+"', answer["WWW-Authenticate"]), "challenge")
    equal(answer["Connection"] or "keep-alive", "keep-alive", "Connection")
    empty(site.client(BARE, password="wrong").photo(ADA), 401)
    equal(site.client().photo("nobody@example.com").status, 401)


def methods():
    good(me.photo(ADA))
    answer = me.request("HEAD", f"{PHOTO}?email={ADA}&size=HR96x96")
    equal((answer.status, answer.body), (200, b""), "HEAD")
    equal(answer["Content-Length"], me.photo(ADA)["Content-Length"], "HEAD's length")
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
        answer = empty(me.request(method, f"{PHOTO}?email={ADA}&size=HR96x96", b""), 405)
        equal(sorted(re.split(r", *", answer["Allow"])), ["GET", "HEAD"], "Allow")


def unchanged():
    first = me.photo(ADA)
    answer = me.photo(ADA, if_none_match=first["ETag"])
    equal((answer.status, answer.body), (304, b""), "answer")
    equal((answer["ETag"], answer["Content-Type"], answer["Last-Modified"]),
          (first["ETag"], None, None), "headers")


def malformed():
    for query in ("", f"?email={ADA}", "?size=HR96x96", f"?email={ADA}&size=HUGE",
                  f"?email={ADA}&size=96", f"?email={ADA}&size=HR96x120", f"?email={ADA}&size=",
                  "?email=&size=HR96x96", "?email=not-an-address&size=HR96x96",
                  f"?email=%00{ADA}&size=HR96x96", f"?email=a%0D%0A{ADA}&size=HR96x96",
                  f"?email=%FF{ADA}&size=HR96x96", f"?email=%zz{ADA}&size=HR96x96",
                  f"?email={'x' * 309}@example.com&size=HR96x96"):
        empty(me.get(PHOTO + query), 400)
    equal(me.get(f"{PHOTO}?email={'x' * 308}@example.com&size=HR96x96").status, 404)


def none():
    empty(me.photo(BARE), 404)


def tag_always():
    for size in SIZES:
        tag = me.photo(ADA, f"HR{size}x{size}")["ETag"]
        check(re.fullmatch(r'"[A-Za-z0-9-]{1,64}"', tag), tag)


def tag_stable():
    before = {size: me.photo(ADA, f"HR{size}x{size}")["ETag"] for size in SIZES}
    equal(len(set(before.values())), len(SIZES), "tags of different sizes differ")
    site.stop()
    site.start()
    me.close()
    after = {size: me.photo(ADA, f"HR{size}x{size}")["ETag"] for size in SIZES}
    equal(after, before, "tags after a restart")
    # the same picture on another mailbox, as on another node: the same tag
    equal(me.photo(PLUS.replace("+", "%2B"))["ETag"], before[96], "tag from the source")


MATCHES = [("{}", 304), ("W/{}", 304), ('"other", {}', 304), ('W/"0000", W/{}', 304), ("*", 304),
           ("bare", 304), ('"other"', 200), ('"a,b", {}', 304), ('"a,b"', 200), ("", 200),
           ('"no-such-96"', 200)]


def matches(value, status):
    tag = me.photo(ADA)["ETag"]
    sent = tag.strip('"') if value == "bare" else value.format(tag)
    equal(me.photo(ADA, if_none_match=sent).status, status, sent)


def path_any_case():
    for path in (PHOTO, PHOTO.upper(), PHOTO.lower(), "/EWS/exchange.ASMX/S/getuserphoto",
                 PHOTO + "/", "//ews//Exchange.asmx//s//GetUserPhoto",
                 "/ews/Exchange.asmx/s/s/GetUserPhoto"):
        good(me.get(f"{path}?email={ADA}&size=HR96x96"), 96)
    for path in (PHOTO + "x", PHOTO + "/x", "/ews/Exchange.asmx/s", "/ews/Exchange.asmx/s/NoSuchThing",
                 "/GetUserPhoto", "/ews/Exchange.asmx/t/GetUserPhoto", PHOTO + "%2f..",
                 "/ews/Exchange.asmx/s/..;/s/GetUserPhoto"):
        equal(me.get(f"{path}?email={ADA}&size=HR96x96").status, 404, path)


def addresses():
    for spelling in (ADA, ADA.upper(), "lovelace@example.com", "ada%40example.com"):
        good(me.photo(spelling), 96)


def every_size():
    for size in SIZES:
        good(me.photo(ADA, f"HR{size}x{size}"), size)


def stored_wins():
    for size in SIZES:
        good(me.photo(ADA, f"HR{size}x{size}"), size)
        good(me.photo(BOTH, f"HR{size}x{size}"), size)


def thumbnail():
    """R-15: whole, never cropped or enlarged; its own data at its own size."""
    for size in SIZES:
        answer = good(me.photo(THUMB, f"HR{size}x{size}"))
        equal(edge(answer.body), {48: (48, 32), 64: (64, 43)}.get(size, (96, 64)), f"HR{size}")
        equal(answer.body == THUMBNAIL, size >= 96, f"HR{size}: the directory's own data")


def largest_available():
    for size in SIZES:
        good(me.photo(SMALL, f"HR{size}x{size}"), min(size, 240))
    equal(me.photo(SMALL, "HR648x648")["ETag"], me.photo(SMALL, "HR240x240")["ETag"], "tag")


def no_silhouette():
    for size in SIZES:
        empty(me.photo(BARE, f"HR{size}x{size}"), 404)


def caching():
    answer = good(me.photo(ADA))
    equal(answer["Cache-Control"], "private, max-age=300")
    expires = email.utils.parsedate_to_datetime(answer["Expires"]).timestamp()
    date = email.utils.parsedate_to_datetime(answer["Date"]).timestamp()
    check(299 <= expires - date <= 301, f"Expires {expires - date} s after Date")
    modified = answer["Last-Modified"]
    check(modified, "Last-Modified")
    equal(answer["X-Content-Type-Options"], "nosniff")
    equal(answer["Vary"], None, "Vary")
    equal(me.photo(ADA, if_modified_since=modified).status, 304)
    equal(me.photo(ADA, if_modified_since="Sat, 01 Jan 2000 00:00:00 GMT").status, 200)
    equal(me.photo(ADA, if_modified_since=modified, if_none_match='"other"').status, 200)
    equal(me.photo(ADA, if_none_match=answer["ETag"])["Cache-Control"], "private, max-age=300")


def unlisted():
    for code in ("HR128x128", "HR1024x1024", "HR1x1", "hr2000X2000"):
        good(me.photo(ADA, code), 648)
    for code in ("HR648X648", "hr648x648", "Hr648X648"):
        good(me.photo(ADA, code), 648)


def parameters():
    good(me.get(f"{PHOTO}?EMAIL={ADA}&Size=HR96x96"), 96)
    good(me.get(f"{PHOTO}?email={ADA}&amp;size=HR96x96"), 96)
    good(me.get(f"{PHOTO}?size=HR96x96&email={ADA}&size=HR48x48&other=1"), 96)
    good(me.get(f"{PHOTO}?email=ada+work@example.com&size=HR96x96"), 96)
    good(me.get(f"{PHOTO}?email=ada%2Bwork@example.com&size=HR96x96"), 96)


def same_404():
    def told(answer):
        return (answer.status, answer.body,
                sorted((k.lower(), v) for k, v in answer.headers.items() if k != "Date"))
    wanted = told(me.photo(BARE))
    for other in ("nobody@example.com", "nobody@nowhere.example", OTHER):
        equal(told(me.photo(other)), wanted, other)
    equal(told(me.photo(BARE, if_none_match="*")), wanted, "* without a picture")


def own_organization():
    good(site.client(OTHER).photo(OTHER), 96)
    equal(site.client(OTHER).photo(ADA).status, 404)


def range_ignored():
    equal(good(me.photo(ADA, range="bytes=0-9")).status, 200)


def no_metadata():
    body = me.photo(ADA, "HR648x648").body
    at, markers = 2, set()
    while body[at + 1] != 0xDA:
        markers.add(body[at + 1])
        at += 2 + int.from_bytes(body[at + 2:at + 4], "big")
    check(not markers & {0xE1, 0xED, 0xFE}, f"markers {sorted(map(hex, markers))}")


def discovered():
    """What GetUserSettings gives as ExternalPhotosUrl leads to the photo."""
    ad = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
    asked = vector("autodiscover-soap.req.photos.xml").replace(b"ada@frontdesk.example", ADA.encode())
    tree = etree.fromstring(me.post(asked, "/autodiscover/autodiscover.svc").body)
    values = {n.findtext(f"{{{ad}}}Name"): n.findtext(f"{{{ad}}}Value")
              for n in tree.iter(f"{{{ad}}}UserSetting")}
    for name, rest in (("ExternalPhotosUrl", ("GetUserPhoto", "/GetUserPhoto", "s/GetUserPhoto",
                                              "/s/GetUserPhoto")),
                       ("ExternalEwsUrl", ("/s/GetUserPhoto",))):
        url = urllib.parse.urlsplit(values[name])
        equal((url.scheme, url.netloc), ("https", f"localhost:{site.port}"), name)
        for end in rest:  # however a client joins them
            good(me.get(f"{url.path}{end}?email={ADA}&size=HR96x96"), 96)


def below_the_service():
    """Both ways to build the URL meet: the service's, and that with /s/ added."""
    for base in (EWS, EWS + "/", EWS + "/s", EWS + "/s/"):
        for rest in ("/s/GetUserPhoto", "s/GetUserPhoto" if base.endswith("/") else "/s/GetUserPhoto"):
            good(me.get(f"{base}{rest}?email={ADA}&size=HR96x96"), 96)


def no_tokens():
    for value in ("Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer", "WebTicket x", "Negotiate YII="):
        answer = empty(me.photo(ADA, authorization=value), 401)
        check(answer["WWW-Authenticate"].startswith("Basic "), "Basic is not offered")


def replaced():
    old = me.photo(SMALL)
    done = subprocess.run(["cp", picture("photo-1600.jpg"), small_file])
    equal(done.returncode, 0)
    site.run("photo", "set", SMALL, small_file)
    new = good(me.photo(SMALL), 96)
    check(new["ETag"] != old["ETag"] and new.body != old.body, "the picture is the old one")
    equal(me.photo(SMALL, if_none_match=old["ETag"]).status, 200)
    site.run("photo", "remove", SMALL)
    empty(me.photo(SMALL), 404)


ROWS = [
    ("PHO-1 the transport is HTTPS", https),
    ("PHO-2 clear HTTP is refused", https),
    ("PHO-3 only authenticated users are answered", authenticated),
    ("PHO-4 the web server authenticates", authenticated),
    ("PHO-5 the operation is GET, and HEAD beside it", methods),
    ("PHO-6 200 has the picture as its body", every_size),
    ("PHO-7 304 when it is unchanged", unchanged),
    ("PHO-8 400 when the request is malformed", malformed),
    ("PHO-9 401 without a login", authenticated),
    ("PHO-10 404 when there is no picture", none),
    ("PHO-11 every picture has an entity tag", tag_always),
    ("PHO-12 the tag stays until the picture is replaced", tag_stable),
    ("PHO-13 If-None-Match is honoured", unchanged),
    ("PHO-14 the path, in any case of letters", path_any_case),
    ("PHO-15 the URL that Autodiscover tells leads to the photo", discovered),
    ("PHO-16 email is any address of the account", addresses),
    ("PHO-17 each of the nine sizes", every_size),
    ("PHO-18 a stored picture wins for every size", stored_wins),
    ("PHO-19 a size that is not available gives the largest", largest_available),
    ("PHO-20 no stored picture: the directory's thumbnail", thumbnail),
    ("R-15 a thumbnail is returned whole", thumbnail),
    ("PHO-21 neither picture nor thumbnail: 404, no silhouette", no_silhouette),
    ("G-14 HR48x48 is the stored picture", stored_wins),
    ("G-15 HR<n>x<n> is not available, anything else malformed", unlisted),
    ("G-16 the tag is always returned", tag_always),
    ("G-17 304 for GET", unchanged),
    ("G-18 404 for no picture and no mailbox", same_404),
    ("G-19 the URL is the service's, with /s/GetUserPhoto", below_the_service),
    ("G-20 no tickets or tokens are taken yet", no_tokens),
    ("G-27 the stored picture comes first", stored_wins),
    ("B-1 Expires, Cache-Control, Last-Modified", caching),
    ("B-2 parameters in every spelling", parameters),
    ("B-3 the same 404 for everybody who is not there", same_404),
    ("B-4 organizations are walls", own_organization),
    ("B-5 Range is ignored", range_ignored),
    ("B-6 no metadata is served", no_metadata),
    ("B-7 a replaced picture is served at once", replaced),
]
for sentence, test in ROWS:
    case(sentence, test)
cases("If-None-Match: {} gives {}", MATCHES, matches)
main()
