#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Pictures of people in a real slapd: served whole, asked for once, kept while
it is down, seen when they change, and given back when somebody uploads one."""
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main, until
from lib.installation import Installation, picture
from lib.slapd import ADMIN, ADMIN_PASSWORD, MONITOR, PEOPLE, Slapd, person

COPY_MAX = 102400  # bytes that a directory takes
AGES = 86400       # seconds: longer than this test


def content(name):
    with open(picture(name), "rb") as f:
        return f.read()


JPEG, LARGE = content("jpeg-baseline.jpg"), content("jpeg-large.jpg")
NOISE = b"\xff\xd8\xff\xe0\0\x10JFIF" + os.urandom(COPY_MAX - 10)

slapd = Slapd(
    person("one", ["one@example.com"], jpegPhoto=[JPEG]),
    person("several", ["several@example.com"], jpegPhoto=[content("jpeg-grey.jpg"), LARGE, NOISE]),
    person("first", ["first@example.com"], audio=[content("jpeg-grey.jpg")], jpegPhoto=[LARGE]),
    person("second", ["second@example.com"], audio=[NOISE], jpegPhoto=[JPEG]),
    person("noise", ["noise@example.com"], jpegPhoto=[NOISE]),
    person("none", ["none@example.com"]),
    person("png", ["png@example.com"], jpegPhoto=[content("png-rgb.png")]),
    person("webp", ["webp@example.com"], jpegPhoto=[content("webp-lossy.webp")]),
    person("turned", ["turned@example.com"], jpegPhoto=[content("jpeg-turned-6.jpg")]),
    person("gossip", ["gossip@example.com"], jpegPhoto=[content("jpeg-gossip.jpg")]),
    person("cold", ["cold@example.com"], jpegPhoto=[JPEG]),
    person("crowd", ["crowd@example.com"], jpegPhoto=[JPEG]),
    person("changes", ["changes@example.com"], jpegPhoto=[JPEG]),
    person("owner", ["owner@example.com"], jpegPhoto=[JPEG]),
    person("unseen", ["unseen@example.com"], jpegPhoto=[JPEG]),
    person("seen", ["seen@example.com"], jpegPhoto=[JPEG]),
    person("writes", ["writes@example.com"]),
    person("shares", ["shares@example.com"]),
    more=MONITOR).start()

site = Installation("directory-photo", settings="workers = 1\n")
ME = site.add("me@example.com")


def using(**more):
    settings = {"poll_s": 0, "timeout_ms": 1000, "refresh_s": AGES,
                "photo_attributes": ["audio", "jpegPhoto"], **more}
    site.configure(slapd.section(**settings))
    if site.process is None:
        return
    at = len(site.lines)
    site.signal(signal.SIGHUP)
    until(20, "the reload", lambda: any("was read again" in line for line in site.lines[at:]))


using()
site.start()
client = site.client(ME)


def get(uid, size="HR648x648", **headers):
    return client.photo(f"{uid}@example.com", size, **headers)


def dimensions(jpeg):
    """Of a JPEG's first frame."""
    at = 2
    while not 0xC0 <= jpeg[at + 1] <= 0xC2:
        at += 2 + int.from_bytes(jpeg[at + 2:at + 4], "big")
    return (int.from_bytes(jpeg[at + 7:at + 9], "big"), int.from_bytes(jpeg[at + 5:at + 7], "big"))


# ---- what is served ----


def served(uid, size, original):
    answer = get(uid)
    equal((answer.status, answer["Content-Type"]), (200, "image/jpeg"), repr(answer))
    equal(dimensions(answer.body), size, "size")
    check(b"gossip" not in answer.body and b"Exif" not in answer.body, "metadata")
    equal(answer.body == original, original is not None, "the very bytes")
    check(answer["ETag"].endswith('d"'), answer["ETag"])


cases("{}'s picture is served whole: {}", [
    ("one", (96, 64), JPEG), ("several", (648, 504), None), ("first", (96, 64), content("jpeg-grey.jpg")),
    ("second", (96, 64), JPEG), ("png", (96, 64), None), ("webp", (96, 64), None),
    ("turned", (96, 64), None), ("gossip", (96, 64), None)], served)


def sizes():
    for code, size in ((48, (48, 32)), (64, (64, 43)), (96, (96, 64)), (120, (96, 64)), (648, (96, 64))):
        answer = get("one", f"HR{code}x{code}")
        equal(dimensions(answer.body), size, f"HR{code}x{code}")
        equal(answer.body == JPEG, size == (96, 64), f"HR{code}x{code}: its own data")
    equal(get("one", "HR50x50").body, JPEG, "a size that is none of the nine")


case("a picture is made smaller, its aspect kept, and never larger", sizes)


def nothing(uid):
    answer, nobody = get(uid), get("nobody")
    equal((answer.status, answer.body, answer["Cache-Control"]),
          (nobody.status, nobody.body, nobody["Cache-Control"]))
    equal((answer.status, answer["Cache-Control"]), (404, "no-store"))


cases("{} is 404 as nobody is", ["none", "noise"], nothing)


def conditional():
    first = get("one")
    equal(get("one", If_None_Match=first["ETag"]).status, 304)
    equal(get("one", If_None_Match='"0000000000000000-96d"').status, 200)
    equal(get("one", If_Modified_Since=first["Last-Modified"]).status, 304)
    equal(get("one", If_Modified_Since="Sun, 06 Nov 1994 08:49:37 GMT").status, 200)


case("it has a tag and a date", conditional)

# ---- how often slapd is asked ----


def asked_once():
    before = slapd.searches()
    equal(get("cold").body, JPEG)
    equal(slapd.searches() - before, 1, "searches of a cold look-up")
    for _ in range(5):
        equal(get("cold").status, 200)
    equal(slapd.searches() - before, 1, "searches when it is warm")
    for uid in ("none", "noise", "nobody"):
        equal(get(uid).status, 404)
    equal(slapd.searches() - before, 1, "searches for what is known not to be there")


case("a cold look-up is one search, a warm one none", asked_once)


def crowd():
    before, results = slapd.searches(), []

    def one():
        results.append(site.client(ME).photo("crowd@example.com").status)
    threads = [threading.Thread(target=one) for _ in range(32)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    equal(results, [200] * 32)
    equal(slapd.searches() - before, 1, "searches")


case("many who want one picture at once have it looked up once", crowd)

# ---- hide, upload, remove ----


def layers():
    """Who uploads comes first; what he removes gives way to the directory's."""
    whole = get("owner")
    equal(whole.body, JPEG)
    site.run("photo", "set", "owner@example.com", picture("jpeg-baseline.jpg"))
    square = get("owner")
    equal(dimensions(square.body), (64, 64), "uploaded")
    check(get("owner", "HR48x48")["ETag"] != whole["ETag"], "one tag for two")
    time.sleep(1.1)  # dates know no less than a second
    site.run("photo", "remove", "owner@example.com")
    equal(get("owner").body, JPEG, "after the removal")
    equal(get("owner", If_Modified_Since=square["Last-Modified"]).status, 200,
          "what the upload had covered")


case("photo remove falls back to the directory's", layers)


def hidden():
    def row():
        rows = json.loads(site.run("photo", "list", "--json"))
        return next(r for r in rows if r["address"] == "owner@example.com")
    site.run("photo", "hide", "owner@example.com")
    equal(get("owner").status, 404, "the directory's")
    equal((row()["from"], row()["hidden"]), ("directory", True))
    done = site.command("photo", "get", "owner@example.com", "-o", "-")
    equal(done.returncode, 3, done.stderr)
    check(b"unhide" in done.stderr, done.stderr)
    site.run("photo", "unhide", "owner@example.com")
    equal(get("owner").body, JPEG, "no longer hidden")
    site.run("photo", "set", "owner@example.com", picture("jpeg-baseline.jpg"))
    site.run("photo", "hide", "owner@example.com")
    equal(get("owner").status, 404, "the uploaded one")
    site.run("photo", "remove", "owner@example.com")
    equal(get("owner").status, 404, "hidden, though there is but the directory's")
    site.run("photo", "set", "owner@example.com", picture("jpeg-baseline.jpg"))
    equal(get("owner").status, 200, "a new one ends it")
    equal((row()["from"], row()["hidden"]), ("upload", False))
    site.run("photo", "remove", "owner@example.com")
    equal(site.command("photo", "hide", "nobody@example.com").returncode, 3)
    facts = json.loads(site.run("mailbox", "show", "owner@example.com", "--json"))
    equal((facts["photo_from"], facts["photo_hidden"], facts["photo_copy"]), ("directory", False, None))
    words = [r["what"] for r in json.loads(site.run("audit", "--json"))]
    check("photo-hide-for" in words and "photo-unhide-for" in words, words)


case("photo hide keeps back whatever there is", hidden)


def command():
    """photo get is as a client's."""
    out = os.path.join(site.parent, "got.jpg")
    site.run("photo", "get", "one@example.com", "-o", out)
    with open(out, "rb") as f:
        equal(f.read(), JPEG)


case("photo get has the directory's picture", command)

# ---- changes ----


def by_age():
    using(refresh_s=1)
    tag = get("changes")["ETag"]
    equal(get("one").body, JPEG)
    slapd.modify("changes", "replace: jpegPhoto\njpegPhoto:: " + b64(content("jpeg-grey.jpg")))
    until(20, "the other picture", lambda: get("changes").body == content("jpeg-grey.jpg"))
    check(get("changes")["ETag"] != tag, "the same tag")
    slapd.modify("changes", "delete: jpegPhoto")
    until(20, "no picture", lambda: get("changes").status == 404)
    slapd.modify("changes", "add: jpegPhoto\njpegPhoto:: " + b64(JPEG))
    until(20, "the first picture", lambda: get("changes").body == JPEG)
    equal(get("changes")["ETag"], tag, "the tag of the same picture")


def b64(data):
    import base64
    return base64.b64encode(data).decode()


case("a change is seen when what is known is old", by_age)


def stable():
    """Neither age nor a start makes another tag or date."""
    first = get("one")
    time.sleep(1.1)  # refresh_s
    again = get("one")
    equal((again["ETag"], again["Last-Modified"]), (first["ETag"], first["Last-Modified"]))
    site.stop()
    site.start()
    client.close()
    again = get("one")
    equal((again["ETag"], again["Last-Modified"]), (first["ETag"], first["Last-Modified"]))


case("tags are the same after a refresh and a start", stable)


def down():
    for uid in ("seen", "none"):
        get(uid)
    slapd.stop()
    time.sleep(1.1)  # refresh_s
    equal(get("seen").body, JPEG, "the last known one")
    equal(get("none").status, 404, "none, as far as is known")
    answer = get("unseen")
    equal((answer.status, answer.body), (503, b""), repr(answer))
    check(int(answer["Retry-After"]) > 0, repr(answer))
    using(refresh_s=1, stale_max_s=0)
    for uid in ("seen", "none"):
        answer = get(uid)
        equal(answer.status, 503, f"{uid}: too old")
        check(int(answer["Retry-After"]) > 0, repr(answer))
    equal(client.photo(ME).status, 404, "a mailbox of our own")
    slapd.start()
    until(20, "slapd's word", lambda: get("unseen").status == 200)
    until(20, "slapd's word", lambda: get("seen").status == 200)


case("while it is down the last known picture is served, for a time, then 503", down)


def followed():
    using(poll_s=1)
    equal(get("seen").body, JPEG)
    time.sleep(1.1)  # a first poll, which begins at now
    slapd.modify("seen", "replace: jpegPhoto\njpegPhoto:: " + b64(content("jpeg-grey.jpg")))
    until(20, "the other picture", lambda: get("seen").body == content("jpeg-grey.jpg"))


case("a change is followed", followed)

# ---- copies of uploads ----


def stored(uid):
    """What slapd has as his picture; None: nothing."""
    said = subprocess.run(["ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", slapd.local, "-D", ADMIN,
                           "-w", ADMIN_PASSWORD, "-b", PEOPLE, f"(uid={uid})", "jpegPhoto"],
                          capture_output=True, text=True, timeout=60).stdout
    import base64
    values = [base64.b64decode(line.split(":: ")[1]) for line in said.splitlines()
              if line.startswith("jpegPhoto:: ")]
    check(len(values) <= 1, f"{len(values)} values")
    return values[0] if values else None


def copy_of(uid):
    facts = json.loads(site.run("mailbox", "show", f"{uid}@example.com", "--json"))
    return facts["photo_copy"]


def writing(**more):
    password = slapd.write("admin.password", ADMIN_PASSWORD + "\n")
    using(photo_write_back=True, bind_dn=ADMIN, password_file=password, refresh_s=1,
          photo_attributes=["jpegPhoto"], **more)


def written():
    writing()
    equal(get("writes").status, 404)
    site.run("photo", "set", "writes@example.com", picture("photo-1600.jpg"))
    until(30, "the copy", lambda: copy_of("writes") == "there")
    copy = stored("writes")
    check(len(copy) <= COPY_MAX, f"{len(copy)} bytes")
    edge = dimensions(copy)[0]
    equal(copy, get("writes", f"HR{edge}x{edge}").body, "a variant of it")
    check(edge >= 360, f"a copy of {edge} pixels")
    tag = get("writes")["ETag"]
    time.sleep(1.1)  # refresh_s: what comes back is not looked at
    equal(get("writes")["ETag"], tag)
    site.run("photo", "remove", "writes@example.com")
    equal(get("writes").status, 404, "it does not come back as its copy")
    until(30, "no copy", lambda: copy_of("writes") is None)
    equal(stored("writes"), None)
    equal(get("writes").status, 404)


case("an upload is copied into the directory, and goes from there too", written)


def foreign():
    """What somebody else has put there since stays."""
    site.run("photo", "set", "shares@example.com", picture("jpeg-baseline.jpg"))
    until(30, "the copy", lambda: copy_of("shares") == "there")
    slapd.modify("shares", "replace: jpegPhoto\njpegPhoto:: " + b64(LARGE))
    site.run("photo", "remove", "shares@example.com")
    until(30, "the end", lambda: copy_of("shares") is None)
    equal(stored("shares"), LARGE)
    until(20, "that picture", lambda: get("shares").status == 200)
    equal(dimensions(get("shares").body), (648, 504))


case("a copy that was replaced there is not ours to erase", foreign)


def later():
    """A directory that is down, or does not let us, has its copy later."""
    using(photo_write_back=True, refresh_s=1, photo_attributes=["jpegPhoto"])
    site.run("photo", "set", "writes@example.com", picture("jpeg-baseline.jpg"))
    until(30, "the refusal", lambda: "failed" in copy_of("writes"))
    check("nsufficient" in copy_of("writes"), copy_of("writes"))
    equal(stored("writes"), None)
    equal(get("writes").status, 200, "the upload itself")
    writing()
    site.run("photo", "set", "writes@example.com", picture("jpeg-grey.jpg"))
    until(30, "the copy", lambda: copy_of("writes") == "there")
    equal(hashlib.sha256(stored("writes")).digest(),
          hashlib.sha256(get("writes").body).digest(), "the later one")


case("a copy that fails is told, and made later", later)


def sound():
    equal(site.command("check").returncode, 0, "frontdesk check")


case("the store is sound", sound)

main()
