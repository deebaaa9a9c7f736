#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Pictures for other programs: avatars by a digest, without a login, as
Libravatar and Gravatar have them; and photos by a plain path."""
import hashlib
import json
import os
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main, until
from lib.installation import Installation, picture

ON = 'avatar {\n\tdomains = {"Example.com", "münchen.example"}\n}\n'

site = Installation("avatar", domains=("example.com", "münchen.example", "quiet.example"),
                    settings="workers = 1\n" + ON)
site.run("domain", "add", "elsewhere.example", "--organization", "other")
ADA = site.add("ada@example.com", "--alias", "a.lovelace@example.com",
               "--alias", "ada@quiet.example", "--alias", "ada+list@example.com")
BARE = site.add("bare@example.com")
QUIET = site.add("quiet@quiet.example")
MUNICH = site.add("eva@münchen.example")
ELSEWHERE = site.add("eve@elsewhere.example")
SMALL = site.add("small@example.com")
for address in (ADA, QUIET, MUNICH, ELSEWHERE):
    site.run("photo", "set", address, picture("photo-1600.jpg"))
tiny = os.path.join(site.parent, "100.jpg")
site.run("photo", "get", ADA, "--size", "96", "-o", tiny)
site.run("photo", "set", SMALL, tiny)
site.start()
me, anybody = site.client(ADA), site.client()


def digest(address, kind):
    return hashlib.new(kind, address.encode()).hexdigest()


def avatar(address, query="", kind="md5", **headers):
    return anybody.get(f"/avatar/{digest(address, kind)}{query}", **headers)


def stored(address, size):
    """What GetUserPhoto gives for a listed size, to one of the same organization."""
    client = site.client(ELSEWHERE) if address == ELSEWHERE else me
    return client.photo(urllib.parse.quote(address), f"HR{size}x{size}").body


# ---- avatars ----

FOUND = [  # address as hashed, digest, query, the size of GetUserPhoto that is the same
    ("ada@example.com", "md5", "", 96),
    ("ada@example.com", "sha256", "", 96),
    ("a.lovelace@example.com", "md5", "?d=404", 96),
    ("ada+list@example.com", "sha256", "?d=404", 96),
    ("eva@xn--mnchen-3ya.example", "sha256", "?d=404", 96),
    ("ada@example.com", "md5", ".jpg?d=404", 96),
    ("ada@example.com", "sha256", ".png?d=404", 96),
    ("ada@example.com", "md5", "?s=1", 48),
    ("ada@example.com", "md5", "?s=48", 48),
    ("ada@example.com", "md5", "?size=49", 64),
    ("ada@example.com", "md5", "?s=120&d=mm", 120),
    ("ada@example.com", "md5", "?s=512", 648),
    ("ada@example.com", "md5", "?s=513", 96),
    ("ada@example.com", "md5", "?s=x&r=g", 96),
    ("ada@example.com", "md5", "?d=https%3A%2F%2Fevil.example%2F", 96),
]


def found(address, kind, query, size):
    answer = avatar(address, query, kind)
    equal((answer.status, answer["Content-Type"]), (200, "image/jpeg"))
    equal(answer.body, stored(MUNICH if "xn--" in address else ADA, size), "the picture")
    equal(answer["Cache-Control"], "public, max-age=300")


def upper_case():
    answer = anybody.get(f"/AVATAR/{digest(ADA, 'md5').upper()}")
    equal((answer.status, answer.body), (200, stored(ADA, 96)))


def unchanged():
    first = avatar(ADA, "?s=64")
    check(first["ETag"], "a tag")
    equal(first["ETag"], me.photo(ADA, "HR64x64")["ETag"], "the tag of the same picture")
    again = avatar(ADA, "?s=64", if_none_match=first["ETag"])
    equal((again.status, again.body, again["ETag"]), (304, b"", first["ETag"]))
    equal(again["Cache-Control"], "public, max-age=300")
    since = avatar(ADA, "?s=64", if_modified_since=first["Last-Modified"])
    equal(since.status, 304)
    equal(avatar(ADA, "?s=96", if_none_match=first["ETag"]).status, 200, "another size")


def head():
    answer = anybody.request("HEAD", f"/avatar/{digest(ADA, 'md5')}")
    equal((answer.status, answer.body), (200, b""))
    equal(int(answer["Content-Length"]), len(stored(ADA, 96)))
    equal(anybody.request("POST", f"/avatar/{digest(ADA, 'md5')}", b"").status, 405)


def never_enlarged():
    equal(avatar(SMALL, "?s=512&d=404").body, stored(SMALL, 648), "the largest there is")


def plain(answer):
    """All of an answer but what changes with the second."""
    return answer.status, answer.body, sorted(
        (k, v) for k, v in answer.headers.items() if k not in ("Date", "Expires"))


def nobody():
    """No picture, another domain, nobody at all: not a byte between them."""
    for query, status in (("?d=404", 404), ("", 200), ("?d=identicon", 200)):
        answers = [plain(avatar(a, query)) for a in (
            "nobody@example.com", BARE, QUIET, ELSEWHERE, "ada@quiet.example", "ADA@example.com")]
        equal(answers[0][0], status)
        for other in answers[1:]:
            equal(other, answers[0], "an answer")
    equal(avatar(BARE, "?d=404").body, b"")
    equal(avatar(BARE, "?d=404")["Cache-Control"], "public, max-age=300")


def preset():
    answer = avatar(BARE)
    check(answer.body[:3] == b"\xff\xd8\xff" and answer.body[-2:] == b"\xff\xd9", "a JPEG")
    again = avatar("nobody@example.com", if_none_match=answer["ETag"])
    equal((again.status, again.body), (304, b""))
    equal(avatar(ADA, "?f=y").body, answer.body, "the preset, forced")
    equal(avatar(ADA, "?forcedefault=y&default=404").status, 404)


def redirects(wish):
    answer = avatar("nobody@example.com", "?d=" + wish)
    equal((answer.status, answer["Location"]), (200, None))
    check(b"evil" not in answer.body and "evil" not in str(answer.headers), repr(answer))


def refused(path, status):
    answer = anybody.get("/avatar" + path)
    equal((answer.status, answer.body), (status, b""))


MD5 = digest(ADA, "md5")
REFUSED = [
    ("", 404), ("/", 404), ("/ada@example.com", 404), ("/" + MD5[:-1], 404), ("/" + MD5 + "0", 404),
    ("/" + MD5 + ".exe", 404), ("/" + MD5 + "/x", 404), ("/" + "0" * 300, 404), ("/" + "0" * 600, 404),
    ("/%00" + MD5, 400), ("/" + MD5 + "?s=%zz", 400), ("/" + MD5 + "?d=%00", 400),
    ("/" + MD5 + "?" + "a=1&" * 33, 400), ("/" + MD5 + "?" + "a" * 4097, 400),
]


def renamed():
    """What is no address of his any more shows nothing; a new one does at once."""
    equal(avatar("temp@example.com", "?d=404").status, 404)
    site.run("mailbox", "alias", ADA, "add", "temp@example.com")
    equal(avatar("temp@example.com", "?d=404").status, 200)
    site.run("mailbox", "alias", ADA, "remove", "temp@example.com")
    equal(avatar("temp@example.com", "?d=404").status, 404)
    gone = site.add("gone@example.com")
    site.run("photo", "set", gone, tiny)
    equal(avatar(gone, "?d=404").status, 200)
    site.run("mailbox", "remove", gone, "--yes")
    equal(avatar(gone, "?d=404").status, 404)
    site.run("check")


def told():
    avatar(ADA)
    lines = until(10, "the line", lambda: [
        l for l in map(json.loads, site.access_lines()) if l.get("operation") == "Avatar"
        and l.get("target") == ADA])
    equal(lines[0].get("caller") or "", "", "the caller")


def off():
    site.configure("avatar {\n}\n")
    site.signal(1)
    until(20, "the settings", lambda: avatar(ADA).status == 404)
    equal(plain(avatar(ADA)), plain(anybody.get("/nothing/of/the/kind")))
    equal(anybody.request("POST", f"/avatar/{MD5}", b"").status, 404)
    site.configure(ON)
    site.signal(1)
    until(20, "the settings", lambda: avatar(ADA).status == 200)


# ---- photos by a path ----

SHOWN = [  # query, the size of GetUserPhoto that is the same
    ("", 648), ("?size=HR96x96", 96), ("?size=hr504x504", 504), ("?size=48", 48), ("?size=49", 64),
    ("?SIZE=100", 120), ("?size=649", 648), ("?size=HR50x50", 648), ("?other=1", 648),
]


def shown(query, size):
    eva = urllib.parse.quote(MUNICH)
    answer, same = me.get(f"/photo/{eva}{query}"), me.photo(eva, f"HR{size}x{size}")
    equal((answer.status, answer.body, answer["ETag"]), (200, same.body, same["ETag"]))
    equal(answer["Cache-Control"], "private, max-age=300")
    again = me.get(f"/photo/{ADA}{query}", if_none_match=me.photo(ADA, f"HR{size}x{size}")["ETag"])
    equal((again.status, again.body), (304, b""))


def walls():
    """Nobody, no picture, another organization: the same 404."""
    answers = [plain(me.get(f"/photo/{a}")) for a in ("nobody@example.com", BARE, ELSEWHERE, "x@nowhere.example")]
    equal(answers[0][0], 404)
    for other in answers[1:]:
        equal(other, answers[0], "an answer")
    equal(site.client(ELSEWHERE).get(f"/photo/{ELSEWHERE}").status, 200)
    equal(site.client(ELSEWHERE).get(f"/photo/{ADA}").status, 404)


def login():
    answer = anybody.get(f"/photo/{ADA}")
    equal((answer.status, answer["Www-Authenticate"].split()[0]), (401, "Basic"))
    equal(site.client(ADA, "wrong").get(f"/photo/{ADA}").status, 401)
    equal(me.request("POST", f"/photo/{ADA}", b"").status, 405)


BAD = ["/photo", "/photo/", "/photo/ada", "/photo/a%40b?size=0", "/photo/a@b?size=-1", "/photo/a@b?size=HUGE",
       "/photo/a@b?size=", "/photo/a@b?size=10001", "/photo/a@b?size=%zz"]


def bad(path):
    equal(me.get(path).status, 400)


def once_decoded():
    equal(me.get("/photo/ada%40example.com").status, 200, "decoded once")
    equal(me.get("/photo/ada%2540example.com").status, 400, "not twice")
    equal(me.get("/photo/%61da%2Blist@example.com").status, 200)
    equal(me.get("/photo/nobody/../ada@example.com").status, 200, "as nginx has it")


cases("an avatar is found: {} by {} {}", FOUND, found)
case("the digest may be in upper case", upper_case)
case("an avatar that is unchanged is told so", unchanged)
case("an avatar may be asked for by HEAD", head)
case("an avatar is never enlarged", never_enlarged)
case("who has none looks like nobody", nobody)
case("there is a picture for those who have none", preset)
cases("nothing leads to another site: d={}", ["https://evil.example/", "%2F%2Fevil.example", "evil%0D%0ALocation:x"],
      lambda wish: redirects(wish) if "%0D" not in wish else equal(
          avatar("nobody@example.com", "?d=" + wish).status, 400))
cases("what is no digest is refused: {}, {}", [(p[:60], s) for p, s in REFUSED],
      lambda path, status: refused(next(p for p, s in REFUSED if p[:60] == path and s == status), status))
case("addresses come and go", renamed)
case("the access log tells whose avatar it was", told)
case("switched off, there is no such path", off)
cases("a photo is shown at its path{} as HR{}", SHOWN, shown)
case("there are walls around photos by a path as well", walls)
case("photos by a path want a login", login)
cases("a path is refused: {}", BAD, bad)
case("a path is decoded once", once_decoded)
main()
