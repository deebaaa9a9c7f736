# SPDX-License-Identifier: Apache-2.0
"""What comes one after the other: settings that change between mails.

A course is a sentence and its steps; the mailbox is switched on with TEXT before the
first. A step is one of

    mail(SENDER, DUE, ...)   a mail; DUE is a part of the text that is to come, or None
    put(...)                 what is set by SOAP; what is not named stays
    run(WORD, ...)           a command; again and again while it fails is none of it
    stop(), go()             Frontdesk ends, and begins again; the mail servers go on

In addresses stand {me}, {local}, {domain} and {id} as in cases.py. `where` as there.
"""
TEXT = "the first text"
DAY = 86400

DEFAULTS = {"state": "Enabled", "audience": "All", "internal": "for colleagues", "external": TEXT,
            "lang": None, "start": None, "end": None}
BOB = "bob.{id}@outside.example"
ANN = "ann.{id}@outside.example"


def mail(sender, due, recipient="{me}", to=None, **more):
    return ("mail", {"sender": sender, "due": due, "recipient": recipient, "to": to or recipient,
                     **more})


def put(**settings):
    return ("put", settings)


def run(*words, input=None):
    return ("run", (words, input))


SCHEDULE = {"state": "Scheduled", "start": -DAY, "end": DAY}
CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Bob\nEMAIL:bob.{id}@outside.example\nEND:VCARD\n"

COURSES = [
    ("one reply for each sender", "both", [
        mail(BOB, TEXT), mail(BOB, None), mail("BOB.{id}@Outside.Example", None), mail(ANN, TEXT)]),
    ("who is in From makes no other sender", "both", [
        mail(BOB, TEXT, mail_from="x@far.example"), mail(BOB, None, mail_from="y@far.example")]),
    ("another text is for who has none yet", "both", [
        mail(BOB, TEXT), put(external="the second text"), mail(BOB, None),
        mail(ANN, "the second text")]),
    ("switched off, nobody gets one; on again, everybody", "both", [
        mail(BOB, TEXT), put(state="Disabled"), mail(BOB, None), mail(ANN, None),
        put(state="Enabled"), mail(BOB, TEXT)]),
    ("another schedule is another absence", "both", [
        put(**SCHEDULE), mail(BOB, TEXT), put(end=2 * DAY), mail(BOB, TEXT)]),
    ("the same schedule again is the same absence", "both", [
        put(**SCHEDULE), mail(BOB, TEXT), put(**SCHEDULE), mail(BOB, None)]),
    ("a schedule that is moved away ends it", "both", [
        put(**SCHEDULE), mail(BOB, TEXT), put(start=DAY, end=2 * DAY), mail(ANN, None),
        put(start=-DAY), mail(ANN, TEXT)]),
    ("another audience is the same absence", "both", [
        put(audience="None"), mail(BOB, None), put(audience="All"), mail(BOB, TEXT),
        put(audience="Known"), mail(ANN, None), put(audience="All"), mail(BOB, None)]),
    ("who comes into the contacts is known, and who leaves them is not", "both", [
        put(audience="Known"), mail(BOB, None),
        run("contacts", "import", "{me}", "-", input=CARD), mail(BOB, TEXT),
        run("contacts", "clear", "{me}"), put(state="Disabled"), put(state="Enabled"),
        mail(BOB, None)]),
    ("an alias counts from when it is given", "both", [
        mail(BOB, None, to="other.{me}"), run("mailbox", "alias", "{me}", "add", "other.{me}"),
        mail(BOB, TEXT, to="other.{me}"), run("mailbox", "alias", "{me}", "remove", "other.{me}"),
        mail(ANN, None, to="other.{me}")]),
    ("a domain that is accepted later is inside", "both", [
        mail("bob.{id}@late{domain}", TEXT), run("domain", "add", "late{domain}"),
        mail("ann.{id}@late{domain}", "for colleagues"),
        run("domain", "remove", "late{domain}"), mail("cy.{id}@late{domain}", TEXT)]),
    ("a forwarder's SRS and the original are one sender", "both", [
        mail("SRS0=Ab1c=XY=outside.example=bob.{id}@far.example", TEXT), mail(BOB, None),
        mail("SRS0=Zz9x=YZ=outside.example=bob.{id}@far.example", None)]),
    ("BATV of every day is one sender", "both", [
        mail("prvs=1234abcdef=bob.{id}@outside.example", TEXT),
        mail("prvs=1235abcdef=bob.{id}@outside.example", None), mail(BOB, None)]),
    ("a removed mailbox answers nobody", "both", [
        mail(BOB, TEXT), run("mailbox", "remove", "{me}", "--yes"), mail(ANN, None)]),
]
