#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each row of cases.py by four ways of delivery: settings by SOAP, mails by SMTP, replies
as they lie in the senders' Maildirs. All ways have to be of the decision's mind."""
import collections
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from cases import STRICT
from lib.cases import case, equal, main
from office import (SIGNED, WAYS, Letter, Office, Person, alone, folded, is_reply,
                    reply_settings)
from replies import examine
from scene import Scene, is_over, is_sent

ZONES = ("Asia/Tokyo", "America/Los_Angeles", "UTC")  # of the servers: a schedule is of none
BRAKE = 3  # replies a minute

alone()
os.environ["TZ"] = ZONES[0]


def texts(reply):
    """The plain and the HTML text of a reply, as a reader gets them."""
    equal([part.get_content_type() for part in reply.iter_parts()], ["text/plain", "text/html"])
    parts = []
    for part in reply.iter_parts():
        equal((part.get_content_charset(), part["Content-Transfer-Encoding"]), ("utf-8", "base64"))
        parts.append(part.get_payload(decode=True).decode())
    return parts


def told(scenes):
    """Sends all mails of some scenes, and waits for their end."""
    sent = [m for s in scenes for m in s.mails]
    office.send(sent)
    office.settle()
    return sent


def of_the_table(way):
    return lambda row: is_sent(row, way) and not row["strict"]


def of_schedules(way):
    return lambda row: is_sent(row, way) and row["state"] == "Scheduled"


def is_strict(row):
    return row["strict"] and is_sent(row, "milter")


now = time.time()
MILTER = WAYS["milter"]
scenes = {way: Scene(domain, domain[0], now, of_the_table(way)) for way, domain in WAYS.items()}
abroad = {zone: {way: Scene(domain, f"{domain[0]}{n}", now, of_schedules(way))
                 for way, domain in WAYS.items()} for n, zone in enumerate(ZONES[1:], 1)}
strict = Scene(MILTER, "s", now, is_strict, "s-")
crowd = [Letter(f"crowd{n}@outside.example", f"crowd@{MILTER}") for n in range(BRAKE + 3)]

first = list(scenes.values())
others = [s for zone in abroad.values() for s in zone.values()]
boxes = [b for s in [*first, strict] for b in s.boxes.values()]
office = Office("delivery")
office.populate([*boxes, Person(f"crowd@{MILTER}")],
                {a for s in [*first, *others, strict] for m in s.mails for a in (m.sender, m.recipient)} |
                {m.sender for m in crowd}, [b for b in boxes if is_over(b)])
office.start()
office.set_all(boxes)
office.set(f"crowd@{MILTER}", state="Enabled", audience="All", internal="in", external="out")
office.in_force()
mails = told(first)
for zone, there in abroad.items():
    office.zone(zone)
    mails += told(there.values())
office.reload(reply_settings(per_minute=BRAKE, **STRICT))
mails += told([strict])
office.reload(reply_settings(per_minute=BRAKE))
office.send(crowd)
office.settle()
lies = office.everything()
seen = {}  # (way, row): the texts of its reply


def replies_to(mail):
    """By what they answer, and where that cannot be told by the sender alone."""
    found = [m for m in lies.get(folded(mail.sender), []) if is_reply(m)] if mail.sender else []
    named = [m for m in found if mail.id in (m["In-Reply-To"] or "")]
    return named or [m for m in found if m["In-Reply-To"] is None and mail.id in mail.sender]


def delivered():
    """Every mail lies where it was to go, whatever became of a reply."""
    there = collections.Counter((a, m["X-Row"]) for a, found in lies.items() for m in found)
    lost = []
    for mail in mails:
        taken = (mail.row["script"] or "").startswith(("discard", "require [\"fileinto"))
        if there[mail.box.address, mail.id] != (0 if taken else 1):
            lost.append((mail.id, mail.row["sentence"]))
    equal(lost, [], "mails that lie there another number of times")


def answered(way, mail):
    found = replies_to(mail)
    equal(len(found), 1 if mail.row["replies"] else 0, "replies")
    if not found:
        return
    reply = found[0]
    equal((reply["Return-Path"], reply[SIGNED]), ("<>", "the site"))
    plain, html = texts(reply)
    examine(mail, reply, plain, html)
    if way is not None:
        seen[way, mail.row["name_of"]] = (plain, html, " ".join(str(reply["Subject"]).split()))


def alike(name):
    """A reader cannot tell which way it came."""
    got = {way: seen[way, name] for way in WAYS if (way, name) in seen}
    first = next(iter(got.values()), None)
    for way, text in got.items():
        equal(text, first, way)


def nothing_else():
    """No reply went to anybody whom no row names."""
    named = {id(m) for mail in mails for m in replies_to(mail)}
    strangers = [(address, m["From"], m["In-Reply-To"]) for address, found in lies.items()
                 for m in found if is_reply(m) and m["X-Row"] is None and id(m) not in named and
                 not address.startswith("crowd")]
    equal(strangers, [], "replies to others")


def brake():
    """E-17: the first ones get one."""
    equal(sum(len(office.replies(letter.sender)) for letter in crowd), BRAKE)


for way, scene in scenes.items():
    for mail in scene.mails:
        case(f"{way}: {mail.row['sentence']}: {mail.row['rule']}", answered, way, mail)
for zone, there in abroad.items():
    for way, scene in there.items():
        for mail in scene.mails:
            case(f"{way}, in {zone}: {mail.row['sentence']}: {mail.row['rule']}", answered, None, mail)
for mail in strict.mails:
    case(f"milter: {mail.row['sentence']}: {mail.row['rule']}", answered, None, mail)
case(f"milter: a mailbox sends {BRAKE} replies a minute, when it may send so many: E-17", brake)
for row in [m.row for m in scenes["file"].mails if m.row["replies"] and m.row["answer"] is not ...]:
    case(f"{row['sentence']}: all ways send the same", alike, row["name_of"])
case("every mail is delivered", delivered)
case("nobody else got a reply", nothing_else)

main()
