#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""frontdesk setup postfix: what a real Postfix lacks, that the lines printed for it are
right, and that its test follows a mail to its reply."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main, until
from lib.installation import READY_SECONDS, Installation, free_port
from lib.postfix import Postfix, need, rewrites_senders

need()
MILTER, SINK = free_port(), free_port()
ADA, BOB, ANN = "ada@example.com", "bob@example.com", "ann@outside.test"


class Bare(Postfix):
    """One whose first listener has the milters of main.cf, as a site's has."""

    def _write(self):
        super()._write()
        path = self.path("etc", "master.cf")
        with open(path) as f:
            text = f.read()
        with open(path, "w") as f:
            f.write(text.replace("  -o { smtpd_milters =  }\n", "", 1))


post = Bare(["example.com", "outside.test"], settings={
    "milter_default_action": "tempfail",
    "transport_maps": f"inline:{{ {{ sink.test = smtp:[127.0.0.1]:{SINK} }} }}",
})
site = Installation("setup", domains=("example.com",))


def configure(server, kind="milter", listen=f"127.0.0.1:{MILTER}"):
    site.configure(f'backend "office" {{\n\tkind = "{kind}"\n}}\n'
                   f'milter {{\n\tlisten = "{listen}"\n\tdelay_s = 0\n}}\n'
                   f'outbox {{\n\tserver = "127.0.0.1:{server}"\n}}\n')


configure(post.inside_port)
for address in (ADA, BOB):
    site.add(address)
post.add(ADA, BOB, ANN)
post.start()
site.start()


def setup(*words, status=None):
    done = site.command("setup", "postfix", "--postfix", post.path("etc"), *words)
    if status is not None:
        equal(done.returncode, status, done.stdout.decode() + done.stderr.decode())
    return done


def plan(status=None):
    return json.loads(setup("--json", status=status).stdout)


def found(printed, state):
    return {(r["check"], r["subject"]) for r in printed["rows"] if r["state"] == state}


def runs(state):
    return ("our milter", f"127.0.0.1:{MILTER}") in found(plan(), state)


def follow_the_lines():
    """What is printed makes all of it right: the second time nothing is missing."""
    until(READY_SECONDS, "our milter", lambda: runs("ok"))
    printed = plan(status=7)
    equal(found(printed, "missing"), {("milter", "smtpd_milters"), ("milter", "non_smtpd_milters"),
                                      ("milter", "milter_default_action")})
    equal([a["file"] for a in printed["add"]], [post.path("etc", "main.cf")])
    lines = [line.split(" = ", 1) for line in printed["add"][0]["text"].splitlines()]
    post.change(**dict(lines))
    equal(plan(status=0)["add"], [], "nothing is to be added")


def steps(*words, status=0):
    return {r["check"]: r for r in json.loads(setup(*words, "--json", status=status).stdout)}


def answered():
    site.run("oof", "set", ADA, "--internal", "in", "--external", "Gone fishing.",
             "--audience", "all")
    told = steps("--test", ADA, "--smtp", f"127.0.0.1:{post.port}", "--sink", ANN)
    for name in ("mailbox", "effect", "rules", "memory", "mail", "milter", "outbox"):
        equal(told[name]["state"], "ok", f"{name}: {told[name]}")
    check("external" in told["milter"]["detail"], told["milter"])
    post.settled()
    check("Automatic reply: Frontdesk test" in post.maildir(ANN)[-1]["Subject"], "the reply")
    check("Frontdesk test" in post.maildir(ADA)[-1]["Subject"], "the mail is delivered")


def again():
    told = steps("--test", ADA, "--smtp", f"127.0.0.1:{post.port}", "--sink", ANN, status=1)
    equal(told["memory"]["state"], "failed")
    check("mail" not in told, "a mail was sent all the same")


def listens():
    told = steps("--test", ADA, "--smtp", f"127.0.0.1:{post.port}", "--sink", "me@sink.test",
                 "--sink-listen", f"127.0.0.1:{SINK}")
    equal((told["reply"]["state"], told["looks"]["state"]), ("ok", "ok"), told["looks"])


def present():
    told = steps("--test", BOB, "--sink", ANN, status=1)
    equal(told["effect"]["state"], "failed")
    check("mail" not in told, "a mail was sent all the same")


def logged():
    """frontdesk oof log has them, the newest first; explain asks the same memory."""
    rows = json.loads(site.run("oof", "log", ADA, "--json"))
    equal([(r["sender"], r["text"], r["state"], r["via"], r["source"]) for r in rows],
          [("me@sink.test", "external", "sent", "office", "milter"),
           (ANN, "external", "sent", "office", "milter")])
    equal(len(json.loads(site.run("oof", "log", ADA, "--limit", "1", "--json"))), 1)
    told = json.loads(site.run("oof", "explain", ADA, "--sender", ANN, "--json"))
    equal((told["replies"], told["rule"], told["via"]), (False, "E-2", "milter:office"))
    told = json.loads(site.run("oof", "explain", ADA, "--sender", "new@outside.test", "--json"))
    equal((told["replies"], told["via"]), (True, "milter:office"))


WRONG = [
    # what Postfix is told, what is wrong with it
    ({"milter_default_action": "tempfail"}, "failed", "milter_default_action"),
    ({"milter_protocol": "2"}, "missing", "milter_protocol"),
    ({"recipient_delimiter": "-"}, "failed", "recipient_delimiter"),
    ({"recipient_delimiter": ""}, "warning", "recipient_delimiter"),
    (rewrites_senders("far.example"), "warning", "sender_canonical_maps"),
    ({"non_smtpd_milters": "inet:127.0.0.1:1"}, "missing", "non_smtpd_milters"),
]


def wrong(settings, state, subject):
    before = dict(post.settings)
    post.settings.update(settings)
    post._write()
    printed = plan()
    post.settings = before
    post._write()
    check(any(s == subject for _, s in found(printed, state)),
          [r for r in printed["rows"] if r["subject"] == subject])


def no_listener():
    port = free_port()
    configure(port)
    printed = plan(status=7)
    configure(post.inside_port)
    equal([a["file"] for a in printed["add"]], [post.path("etc", "master.cf")])
    check(printed["add"][0]["text"].startswith(f"127.0.0.1:{port} inet n "), printed["add"])


def not_running():
    """Postfix is told all that it needs, and still nobody would be answered."""
    equal(site.stop(), 0)
    printed = plan(status=1)
    row = [r for r in printed["rows"] if r["check"] == "our milter"][0]
    equal((row["state"], row["remedy"]), ("failed", "start frontdesk serve"))
    equal(printed["add"], [], "nothing is to be added")


def usage():
    equal(setup("--test", ADA).returncode, 2)
    equal(setup("--test", ADA, "--sink", "nobody").returncode, 4)
    equal(setup("--test", "nobody@example.com", "--sink", ANN).returncode, 3)


case("the lines printed make Postfix right", follow_the_lines)
case("the test of a mailbox that is absent follows its reply", answered)
case("a sender who was answered is not answered again, and that is said", again)
case("the reply is awaited where its domain is routed to", listens)
case("the test of a mailbox that is not absent says so and sends nothing", present)
case("oof log and explain know whom the milter answered", logged)
cases("what contradicts is found: {2} is {1}", WRONG, wrong)
case("a listener that is missing is printed", no_listener)
case("what cannot be tested is refused", usage)
case("a milter of ours that does not run is told of", not_running)

main()
