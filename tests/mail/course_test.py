#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What comes one after the other: the courses of courses.py by all ways of delivery, and
what happens while a schedule begins and ends, while Frontdesk is down, and between two who
are both away. Here replies have the sender that some relays want, and not none."""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from courses import COURSES, DEFAULTS, TEXT
from lib.cases import Failed, case, check, equal, main, until
from office import WAIT_SECONDS, WAYS, Letter, Office, Person, alone

alone()
os.environ["TZ"] = "America/Los_Angeles"  # of all servers: a schedule is of no zone
PROMPT = ("file", "sql", "milter")  # in force when a Set is answered
EDGES = (4, 8, 16)  # seconds, tried one after the other, for a machine that is too slow
CHANGES = 12

office = Office("course", envelope_sender="recipient")
now = int(time.time())


def put(address, client=None, **more):
    office.set(address, client, **{**DEFAULTS, **more})


def answers(letter):
    """Replies to a letter, as texts."""
    found = [m for m in office.replies(letter.sender) if letter.id in (m["In-Reply-To"] or "")]
    return [m.get_body(("plain",)).get_content().strip() for m in found]


def boxes(name):
    return {way: f"{name}@{domain}" for way, domain in WAYS.items()}


# ---- courses ----

class Course:
    """One of them, by one way."""

    def __init__(self, number, steps, way):
        self.words = {"local": f"c{number:02}", "domain": WAYS[way],
                      "id": f"c{number:02}{WAYS[way][0]}"}
        self.me = self.words["me"] = f"c{number:02}@{WAYS[way]}"
        self.steps, self.settings, self.letters = list(steps), dict(DEFAULTS), []

    def fill(self, text):
        for key, value in self.words.items():
            text = text.replace("{" + key + "}", value)
        return text

    def senders(self):
        return {self.fill(what["sender"]) for kind, what in self.steps if kind == "mail"}

    def put(self, **settings):
        self.settings.update(settings)
        times = {k: None if self.settings[k] is None else now + self.settings[k]
                 for k in ("start", "end")}
        put(self.me, **{**self.settings, **times})

    def next(self):
        """Does everything up to the next mail, which it returns; None: that was all."""
        while self.steps:
            kind, what = self.steps.pop(0)
            if kind == "put":
                self.put(**what)
            elif kind == "run":
                words, given = what
                office.site.run(*map(self.fill, words), input=given and self.fill(given))
            else:
                sender, recipient, to = (self.fill(what[k]) for k in ("sender", "recipient", "to"))
                letter = Letter(sender, recipient, to, what.get("mail_from"))
                self.letters.append((letter, what["due"]))
                return letter
        return None


def run_courses():
    """All beside each other: the next mail of each at once."""
    for course in courses.values():
        course.put()
    while True:
        letters = [letter for course in courses.values() if (letter := course.next())]
        if not letters:
            return
        office.in_force()
        office.send(letters)
        office.settle()


def course_is(course):
    for n, (letter, due) in enumerate(course.letters, 1):
        got = answers(letter)
        equal(len(got), 0 if due is None else 1, f"replies to mail {n}, of {letter.sender}")
        check(due is None or due in got[0], f"mail {n}: no {due!r} in {got}")


# ---- the edges of a schedule ----

class Edge:
    """Whether each way answers before, within and behind a schedule of a few seconds."""

    def __init__(self):
        self.told, self.error = None, None

    def people(self):
        return [a for n in range(len(EDGES)) for a in boxes(f"edge{n}").values()]

    def senders(self):
        return [f"{when}.{a.replace('@', '.')}@outside.example"
                for a in self.people() for when in ("before", "within", "behind")]

    def run(self):
        try:
            client = office.client()
            for n, seconds in enumerate(EDGES):
                if self._try(n, seconds, client):
                    return
            raise Failed("this machine is too slow for a schedule of seconds")
        except Exception as e:  # told by the case
            self.error = e

    def _send(self, when, people):
        letters = {way: Letter(f"{when}.{a.replace('@', '.')}@outside.example", a)
                   for way, a in people.items()}
        office.send(letters.values())
        until(WAIT_SECONDS, "the mails", lambda: all(
            any(m["Subject"] == letter.id for m in office.mails(letter.recipient))
            for letter in letters.values()))
        return letters

    def _try(self, n, seconds, client):
        people = boxes(f"edge{n}")
        start = int(time.time()) + seconds
        end = start + seconds
        for address in people.values():
            put(address, client, state="Scheduled", start=start, end=end)
        until(WAIT_SECONDS, "scripts", lambda: office.in_force() or True)
        told = {"before": self._send("before", people)}
        if time.time() >= start:
            return False
        time.sleep(start - time.time() + 0.01)
        told["within"] = self._send("within", people)
        if time.time() >= end:
            return False
        time.sleep(end - time.time() + 0.01)
        told["behind"] = self._send("behind", people)
        self.told = told
        return True


def edge_is(way):
    if edge.error is not None:
        raise edge.error
    got = {when: len(answers(letters[way])) for when, letters in edge.told.items()}
    equal(got, {"before": 0, "within": 1, "behind": 0})


# ---- changes that come fast ----

def changes_of(way):
    """(address, [sender])"""
    return boxes("changing")[way], [f"n{n}.{way}@outside.example" for n in range(CHANGES)]


def change_fast(way):
    """A mail comes as soon as a Set is answered; the next Set when that is delivered."""
    address, senders = changes_of(way)
    client = office.client()
    letters = []
    for n, sender in enumerate(senders):
        put(address, client, external=f"text {n}.")
        letter = Letter(sender, address)
        letters.append(letter)
        message = letter.message.encode().replace(b"\n", b"\r\n")
        if way == "milter":
            office.post.send(sender, address, message)
        else:
            equal(office.dovecot.deliver(sender, address, message)[0], 250)
    office.settle()
    equal([answers(letter) for letter in letters], [[f"text {n}."] for n in range(CHANGES)])


# ---- two who are away ----

def duels():
    """{(way, way): (address, address)}: each with each other, and with another of its own."""
    return {(one, other): (f"left-{other}@{WAYS[one]}", f"right-{one}@{WAYS[other]}")
            for one in WAYS for other in WAYS}


def face():
    for pair in duels().values():
        for address in pair:
            put(address)
    office.in_force()
    letters = {ways: Letter(one, other) for ways, (one, other) in duels().items()}
    office.send(letters.values())
    office.settle()
    return letters


def one_each(ways):
    one, other = duels()[ways]
    equal(answers(faced[ways]), [DEFAULTS["internal"]])
    equal((len(office.replies(one)), len(office.replies(other))), (1, 0), "replies that came")
    equal(office.replies(one)[0]["Return-Path"], f"<{other}>")


# ---- Frontdesk is down ----

def down():
    people = boxes("down")
    for address in people.values():
        put(address)
    office.in_force()
    equal(office.site.stop(), 0, "its exit status")
    letters = {way: Letter("down@outside.example", a) for way, a in people.items()}
    office.send(letters.values())
    office.post.settled(WAIT_SECONDS)
    for way, letter in letters.items():
        equal([m["Subject"] for m in office.mails(people[way])], [letter.id], f"{way}: mails")
        equal(answers(letter), [] if way == "milter" else [TEXT], f"{way}: replies")
    office.site.start()
    later = {way: Letter("later@outside.example", a) for way, a in people.items()}
    office.send(later.values())
    office.settle()
    for way, letter in later.items():
        equal(answers(letter), [TEXT], f"{way}: replies when it is back")
    again = {way: Letter("later@outside.example", a) for way, a in people.items()}
    office.site.stop()
    office.site.start()
    office.send(again.values())
    office.settle()
    for way, letter in again.items():
        equal(answers(letter), [], f"{way}: replies to the same sender after another start")


def together():
    """One mail to several people, of whom the last is named nowhere in it."""
    people = list(boxes("together").values())
    unnamed = f"unnamed@{WAYS['milter']}"
    for address in (*people, unnamed):
        put(address)
    office.in_force()
    letter = Letter("together@outside.example", people[0], ", ".join(people))
    office.post.send(letter.sender, [*people, people[-1], unnamed], letter.message)
    office.settle()
    found = [m for m in office.replies(letter.sender) if letter.id in (m["In-Reply-To"] or "")]
    equal(sorted(m["From"].addresses[0].addr_spec for m in found), sorted(people))


# ---- all of it ----

courses = {(n, way): Course(n, steps, way) for n, (_, where, steps) in enumerate(COURSES)
           for way in WAYS if where == "both" or way in where.split()}
edge = Edge()
people = [c.me for c in courses.values()] + edge.people() + [
    *boxes("changing").values(), *boxes("down").values(), *boxes("together").values(),
    f"unnamed@{WAYS['milter']}", *(a for pair in duels().values() for a in pair)]
senders = [a for c in courses.values() for a in c.senders()] + edge.senders() + [
    "down@outside.example", "later@outside.example", "together@outside.example", *(a for w in WAYS for a in changes_of(w)[1])]
office.populate([Person(a) for a in people], senders)
office.start()
beside = threading.Thread(target=edge.run)
beside.start()
run_courses()
faced = face()
beside.join()

for (n, way), course in courses.items():
    case(f"{way}: {COURSES[n][0]}", course_is, course)
for way in WAYS:
    case(f"{way}: a schedule begins and ends to the second", edge_is, way)
for ways in duels():
    case(f"{ways[0]} and {ways[1]}: two who are away answer each other once at most", one_each, ways)
for way in PROMPT:
    case(f"{way}: what is set holds for the next mail, {CHANGES} times in a row", change_fast, way)
case("a mail to several people gets a reply of each who is named", together)
case("while Frontdesk is down mails flow, and scripts go on", down)

main()
