#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 during acknowledged writes: what was acknowledged is there, or a
later one; nothing is half of two; the restart is quick and the store clean.

FRONTDESK_ROUNDS says how many rounds (20); one in five is killed once more
while it recovers.
"""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, check, equal, main, until
from lib.installation import Installation
from lib.soap import Message, get_oof, set_oof

ROUNDS = int(os.environ.get("FRONTDESK_ROUNDS", "20"))
WRITERS = 4

site = Installation("crash")
users = [site.add(f"writer{n}@example.com") for n in range(WRITERS)]
acknowledged = [0] * WRITERS
tried = [0] * WRITERS


def text(user, number):
    """Both replies hold the number, far apart: half of two would show."""
    return f"{user} {number} " + "x" * 3000 + f" {number}"


def write_on(n, stop):
    client = site.client(users[n])
    while not stop.is_set():
        tried[n] += 1
        number = tried[n]
        try:
            answer = client.post(set_oof(users[n], internal=text(n, number),
                                         external=text(n, number)))
        except OSError:
            return
        except Exception:
            return  # cut in the middle of an answer
        if answer.status == 200 and b"NoError" in answer.body:
            acknowledged[n] = number


def verify():
    for n in range(WRITERS):
        if not tried[n]:
            continue
        message = Message(site.client(users[n]).post(get_oof(users[n])))
        inside = message.text("//t:InternalReply/t:Message")
        outside = message.text("//t:ExternalReply/t:Message")
        if acknowledged[n] == 0 and inside == "":
            continue
        equal(inside, outside, "both replies are of one write")
        number = int(inside.split()[1])
        equal(inside, text(n, number), "a whole text")
        check(acknowledged[n] <= number <= tried[n],
              f"write {number} is stored, {acknowledged[n]} was acknowledged")


def rounds():
    for turn in range(ROUNDS):
        site.start()
        verify()
        stop = threading.Event()
        threads = [threading.Thread(target=write_on, args=(n, stop)) for n in range(WRITERS)]
        for t in threads:
            t.start()
        before = list(acknowledged)
        until(20, "an acknowledged write",
              lambda: any(a > b for a, b in zip(acknowledged, before)))
        time.sleep(0.05 + 0.01 * (turn % 7))
        site.kill()
        stop.set()
        for t in threads:
            t.join()
        if turn % 5 == 4:  # killed again while it recovers
            site.start(wait=False)
            time.sleep(0.03 * (turn % 4))
            site.kill()
    site.start()
    verify()
    site.run("check")
    equal(site.stop(), 0, "exit status")


case(f"{ROUNDS} rounds of kill -9 lose no acknowledged write", rounds)
main()
