# SPDX-License-Identifier: Apache-2.0
"""What every automatic reply has to look like (effect E-30 to E-37), and what the row of
its mail wants besides."""
import email.utils
import re

from cases import EXTERNAL, INTERNAL
from lib.cases import check, equal

SUBJECT_BYTES = 200  # reply/subject.h
# What nobody may find in a reply, whatever the text was
FORBIDDEN = ("<script", "<iframe", "<form", "javascript:", "THE BODY")
DEFAULT_TEXTS = {INTERNAL: "I am away, dear colleague: see Grace.", EXTERNAL: "I am away until Monday."}


def identifiers(value):
    return (value or "").split()


def threads(mail, head):
    """E-33."""
    wanted, own = mail.wanted["references"], mail.row["message_id"]
    references = identifiers(head["References"])
    if wanted == "":
        equal((head["In-Reply-To"], references), (None, []))
        return
    mine = f"<{mail.id}@mail.outside.example>"
    equal(identifiers(head["In-Reply-To"]), [mine], "In-Reply-To")
    equal(references[-1:], [mine], "the end of References")
    check(own is not None, "it has no Message-ID")
    if isinstance(wanted, str):
        equal(references, identifiers(wanted), "References")


def unfolded(subject):
    """A header may be folded wherever there is white space, which then may be another."""
    return re.sub("[ \t]+", " ", subject)


def subject_is(mail, subject):
    """E-32."""
    wanted, subject = mail.wanted["answer"], unfolded(subject)
    if isinstance(wanted, str):
        equal(subject, wanted, "Subject")
        return
    check(subject.startswith("Automatic reply: "), subject)
    check(len(subject.encode()) <= SUBJECT_BYTES, f"{len(subject.encode())} bytes of subject")
    check(wanted is ... or "\ufffd" not in subject, f"a cut letter in {subject}")


def examine(mail, head, plain, html):
    """Of a reply its header, as an email.message, and its two texts."""
    row = mail.row
    equal(email.utils.parseaddr(str(head["To"]))[1].lower(), mail.sender.lower(), "To")
    equal(head["From"].addresses[0].addr_spec, mail.wanted["from_"], "From")
    equal(head["From"].addresses[0].display_name, row["name"], "the name in From")
    equal(len(head["From"].addresses), 1, "who is in From")
    subject_is(mail, str(head["Subject"] or ""))
    threads(mail, head)
    equal(str(head["Auto-Submitted"]).split(" (")[0], "auto-replied", "Auto-Submitted")
    equal(head["X-Auto-Response-Suppress"], "All", "X-Auto-Response-Suppress")
    check(head["Message-ID"] and head["Date"], "Message-ID and Date")
    equal(head.get_content_type(), "multipart/alternative")
    for name in ("Bcc", "Cc", "Resent-To"):
        equal(head[name], None, name)
    text = row[row["replies"]]
    other = row["external" if row["replies"] == "internal" else "internal"]
    for part in row["says"] or [DEFAULT_TEXTS.get(text, "")]:
        check(part in plain.replace("\r\n", "\n"), f"no {part!r} in {plain[:300]!r}")
    if other in DEFAULT_TEXTS and other != text:
        check(DEFAULT_TEXTS[other] not in plain, "the other side's text")
    for part in (*FORBIDDEN, *row["never"]):
        check(part.lower() not in html.lower(), f"{part!r} in {html[:300]!r}")
