# SPDX-License-Identifier: Apache-2.0
"""The rows of cases.py for one domain: its mailboxes, and the mails to them.

Rows that set the same share a few mailboxes, for each has a sender of its own.
"""
import collections
import datetime

from cases import DEFAULTS, HOUR, ROWS

SECOND, TRUSTED = "second.example", "partner.example"
WALLED, FRIEND = "walled.example", "friend.example"
OUTSIDE = ("outside.example", "far.example")
SHARED = 6  # mailboxes for rows that set the same: so many mails may be delivered at once

SETTINGS = ("local", "name", "aliases", "contacts", "policy", "zone", "state", "start", "end", "audience",
            "internal", "external", "lang", "script", "group")

Mail = collections.namedtuple("Mail", "row box id sender recipient message authenticated wanted")


def written(seconds):
    """As the service writes a time."""
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Box:
    """A mailbox, and what is set for it."""

    def __init__(self, scene, local, settings, words):
        self.address = f"{local}@{scene.domain}"
        fill = scene.filler({**words, "local": local, "me": self.address})
        self.set = settings
        self.aliases = [fill(a) for a in settings["aliases"]]
        self.contacts = [fill(c) for c in settings["contacts"]]
        self.group = settings["group"] and fill(settings["group"])
        now = scene.now
        self.start, self.end = (now + (t if t is not None else default) for t, default in (
            (settings["start"], -HOUR), (settings["end"], HOUR)))


class Scene:
    """way: what no other scene has in its names. now: what times are relative to. front:
    what the names of its mailboxes begin with; scenes of a domain may share them."""

    def __init__(self, domain, way, now, wanted=lambda row: True, front=""):
        self.domain, self.way, self.now, self.front = domain, way, int(now), front
        self.boxes, self.mails = {}, []
        shared = {}
        for row in ROWS:
            if wanted(row):
                self._mail(row, shared)

    def filler(self, words):
        def fill(text):
            for key, value in words.items():
                text = text.replace("{" + key + "}", value)
            return text
        return fill

    def _words(self, row):
        unique = f"{row['name_of']}{self.way}"
        return {"id": unique, "row": row["name_of"], "way": self.way, "domain": self.domain, "DOMAIN": self.domain.upper(),
                "second": SECOND, "bob": f"bob.{unique}@outside.example",
                "BOB": f"BOB.{unique.upper()}@Outside.Example", "eve": f"eve.{unique}@{self.domain}"}

    def _box(self, row, shared, words):
        settings = {name: row[name] for name in SETTINGS}
        key = repr(settings)
        name = self.front + row["name_of"]
        own = any("{" in text for text in (*row["aliases"], *row["contacts"], row["group"] or ""))
        if row["local"] is not None:
            local = row["local"].replace("{row}", name)
        elif own or row["script"] is not None:
            local = name
        else:
            known = shared.setdefault(key, [])
            if len(known) < SHARED:
                known.append(name)
                local = name
            else:  # each in turn
                local = known.pop(0)
                known.append(local)
        if local not in self.boxes:
            self.boxes[local] = Box(self, local, settings, words)
        return local

    def _mail(self, row, shared):
        words = self._words(row)
        local = self._box(row, shared, words)
        box = self.boxes[local]
        words.update(local=local, me=box.address, upper=box.address.upper())
        fill = self.filler(words)
        sender = fill(row["sender"])
        fill = self.filler({**words, "sender": sender})
        lines = [f"{name}: {fill(row[key])}" for name, key in (
            ("From", "mail_from"), ("To", "to"), ("Subject", "subject"), ("Message-ID", "message_id"))
            if row[key] is not None]
        lines.append("Date: " + datetime.datetime.now(datetime.timezone.utc).strftime(
            "%a, %d %b %Y %H:%M:%S +0000"))
        lines.append(f"X-Row: {words['id']}")
        if row["header"]:
            lines.append(fill(row["header"]))
        message = "\n".join(lines) + "\n\n" + row["body"]
        wanted = {key: fill(row[key]) if isinstance(row[key], str) else row[key]
                  for key in ("from_", "answer", "references")}
        self.mails.append(Mail(row, box, words["id"], sender, fill(row["recipient"]), message,
                               row["authenticated"], wanted))


def is_decided(row):
    return row["where"] != "sent"


def is_sent(row, way):
    """Does a row apply to a delivery?"""
    if row["strict"] and way != "milter":
        return False
    return row["where"] in ("both", "sent") or way in row["where"].split() or (
        row["where"] == "sieve" and way != "milter")


def is_set(box):
    return box.set["state"] is not None


def is_over(box):
    """A schedule that has ended cannot be set any more: it was set once."""
    return box.set["state"] == "Scheduled" and box.set["end"] <= 0


assert set(SETTINGS) <= set(DEFAULTS)
