#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Pictures: replaced under load, on every worker at once, never torn."""
import glob
import hashlib
import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, check, equal, main, until
from lib.installation import Installation, picture

site = Installation("photo", settings="workers = 2\n")
ME = site.add("me@example.com")
site.run("photo", "set", ME, picture("photo-1600.jpg"))
# A second and third picture: renditions of the first, of other sizes.
others = []
for size in (504, 360):
    path = os.path.join(site.parent, f"{size}.jpg")
    site.run("photo", "get", ME, "--size", str(size), "-o", path)
    others.append(path)
FILES = [picture("photo-1600.jpg"), *others]
site.start()


def replaced_under_load():
    """While a picture is replaced: each tag names one image, ever."""
    seen, wrong, stop = {}, [], threading.Event()
    lock = threading.Lock()

    def read_on():
        client = site.client(ME)
        while not stop.is_set():
            answer = client.photo(ME, "HR240x240")
            if answer.status != 200 or answer.body[-2:] != b"\xff\xd9":
                wrong.append(repr(answer)[:200])
                return
            digest = hashlib.sha256(answer.body).digest()
            with lock:
                if seen.setdefault(answer["ETag"], digest) != digest:
                    wrong.append(f"{answer['ETag']} named two images")
    threads = [threading.Thread(target=read_on) for _ in range(6)]
    for t in threads:
        t.start()
    for turn in range(9):
        site.run("photo", "set", ME, FILES[turn % 3])
    stop.set()
    for t in threads:
        t.join()
    equal(wrong, [], "wrong answers")
    equal(len(seen), 3, "tags seen")


def at_once_everywhere():
    """After `photo set` returns, every worker serves the new one."""
    for turn in range(6):
        site.run("photo", "set", ME, FILES[turn % 3])
        tags = {site.client(ME).photo(ME, "HR240x240")["ETag"] for _ in range(8)}
        equal(len(tags), 1, f"tags after a replacement: {tags}")


def refused(name, word):
    before = site.client(ME).photo(ME)["ETag"]
    path = os.path.join(site.parent, name)
    with open(path, "wb") as f:
        f.write(BAD[name][0])
    done = site.command("photo", "set", ME, path)
    check(done.returncode == 4, f"status {done.returncode}: {done.stderr}")
    check(word.lower() in done.stderr.decode().lower(), f"no {word!r}: {done.stderr}")
    equal(site.client(ME).photo(ME)["ETag"], before, "the old picture stays")


BAD = {
    "photo.heic": (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\0" * 200, "HEIC"),
    "photo.avif": (b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1avif" + b"\0" * 200, "AVIF"),
    "photo.gif": (b"GIF89a" + b"\0" * 200, "GIF"),
    "photo.tiff": (b"II*\0" + b"\0" * 200, "TIFF"),
    "photo.bmp": (b"BM" + b"\0" * 200, "BMP"),
    "photo.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    "photo.pdf": (b"%PDF-1.7\n" + b"\0" * 200, "PDF"),
    "empty.jpg": (b"", "empty"),
    "text.jpg": (b"this is no picture at all", "picture"),
}


def jpeg_header(width, height):
    with open(picture("photo-1600.jpg"), "rb") as f:
        data = bytearray(f.read())
    at = 2
    while not 0xC0 <= data[at + 1] <= 0xC2:
        at += 2 + int.from_bytes(data[at + 2:at + 4], "big")
    data[at + 5:at + 9] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(data)


def bombs():
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)) \
        + chunk(b"IDAT", zlib.compress(b"\0" * (1 << 20))) + chunk(b"IEND", b"")
    whole = open(picture("photo-1600.jpg"), "rb").read()
    before = site.client(ME).photo(ME)["ETag"]
    for name, data in (("65,535 x 65,535", jpeg_header(65535, 65535)), ("0 x 0", jpeg_header(0, 0)),
                       ("a PNG of 900 megapixels", png), ("half a JPEG", whole[:len(whole) // 2])):
        path = os.path.join(site.parent, "bomb")
        with open(path, "wb") as f:
            f.write(data)
        began = time.monotonic()
        done = site.command("photo", "set", ME, path)
        check(done.returncode == 4, f"{name}: status {done.returncode}: {done.stderr}")
        check(time.monotonic() - began < 20, f"{name} took too long")
    equal(site.client(ME).photo(ME)["ETag"], before, "the old picture stays")
    site.run("photo", "set", ME, picture("photo-1600.jpg"))


def worker_killed():
    """A killed image worker disturbs nobody."""
    pid = [p for p, line in site.children().items() if "frontdesk-image" in line][0]
    os.kill(pid, signal.SIGKILL)
    equal(site.client(ME).photo(ME).status, 200)
    site.run("photo", "set", ME, picture("photo-1600.jpg"))
    until(20, "a new image worker", lambda: any(
        "frontdesk-image" in line and p != pid for p, line in site.children().items()))


def every_picture():
    """Every kind of picture the repository ships is taken."""
    taken = [p for p in sorted(glob.glob(picture("*"))) if p.endswith((".jpg", ".png", ".webp"))
             and not os.path.basename(p).startswith("refused")]
    check(len(taken) >= 8, f"only {len(taken)} pictures")
    for path in taken:
        site.run("photo", "set", ME, path)
        answer = site.client(ME).photo(ME, "HR648x648")
        check(answer.status == 200 and answer.body[:3] == b"\xff\xd8\xff", path)


case("a picture replaced under load is never torn", replaced_under_load)
case("every worker serves the new picture at once", at_once_everywhere)
for name, (_, word) in BAD.items():
    case(f"refused with the reason: {name}", refused, name, word)
case("bombs and broken files keep the old picture", bombs)
case("a killed image worker disturbs nobody", worker_killed)
case("every kind of picture is taken", every_picture)
main()
