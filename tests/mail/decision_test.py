#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the decision says of each row of cases.py, and the reply that it would write."""
import concurrent.futures
import email
import email.policy
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from cases import STRICT
from lib.cases import case, equal, main
from lib.installation import Installation
from office import organizations, reply_settings, take
from replies import examine
from scene import SECOND, Scene, is_decided, is_set, written

DOMAIN = "a.example"
MILTER = 'backend "asked" {\n\tkind = milter\n}\nmilter {\n\tlisten = "unix:run/milter.sock"\n}\n'

site = Installation("decision", domains=(DOMAIN, SECOND))
organizations(site, DOMAIN)


def explain(mail):
    words = ["-c", site.conf, "--json", "--message", "-", "--sender", mail.sender or "<>",
             "--recipient", mail.recipient, "--at", written(scene.now + mail.row["at"])]
    if mail.row["authenticated"]:
        words.append("--authenticated")
    return json.loads(site.run("oof", "explain", *words, "--", mail.box.address, conf=False,
                               input=mail.message.encode(errors="surrogateescape")))


def decided(mail):
    got = answers[mail.id].result()
    equal((got["rule"], got["side"] if got["replies"] else None),
          (mail.row["rule"], mail.row["replies"]), f"{got['reason']}: rule and side")
    if not got["replies"]:
        equal(got["reply"], None)
        return
    reply = got["reply"]
    equal((reply["to"], reply["envelope_from"], reply["notify"]), (mail.sender, "", "NEVER"))
    head = email.message_from_string(reply["header"], policy=email.policy.default)
    examine(mail, head, reply["text"], reply["html"])


scene = Scene(DOMAIN, "p", time.time(), is_decided)
boxes = list(scene.boxes.values())
take(site, (DOMAIN, SECOND), boxes, [b for b in boxes if is_set(b)])
answers = {}
site.configure(reply_settings())
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    for strict in (False, True):
        mails = [m for m in scene.mails if m.row["strict"] == strict]
        if strict:
            concurrent.futures.wait(answers.values())
            site.configure(reply_settings(**STRICT) + MILTER)
        answers.update((m.id, pool.submit(explain, m)) for m in mails)

for mail in scene.mails:
    case(f"{mail.row['sentence']}: {mail.row['rule']}", decided, mail)

main()
