# SPDX-License-Identifier: Apache-2.0
"""A real Postfix that takes mails with our milter, and with one that does nothing;
and how soon a reply is there. Part of bench/run."""
import os
import re
import statistics
import subprocess
import time

from lib import postfix
from lib.cases import until
from lib.installation import BUILD, folder
from lib.milter import Milter

SESSIONS = 10
BYTES = 2048
MAILS = 1500     # in each round
SENDERS = 100    # each is answered once
SOURCE = "/usr/sbin/smtp-source"


def rate(port, recipient, mails, core):
    """Mails a second that Postfix takes there."""
    began = time.monotonic()
    subprocess.run(["taskset", "-c", core, SOURCE, "-s", str(SESSIONS), "-m", str(mails), "-l",
                    str(BYTES), "-f", "ann@outside.test", "-t", recipient, f"inet:127.0.0.1:{port}"],
                   check=True)
    return mails / (time.monotonic() - began)


def listens(path):
    try:
        Milter(path, 1).socket.close()
        return True
    except OSError:
        return False


def answer_times(post):
    """Seconds from the moment that a mail was taken until its reply lay there."""
    taken = {}
    for i in range(SENDERS):
        sender = f"reader{i}@outside.test"
        post.send(sender, "absent@example.com", "To: absent@example.com\nSubject: x\n\nx\n")
        taken[sender] = time.time()
        time.sleep(0.03)  # as mails come, and not all of them at one moment
    folder = post.path("mail", post.mailboxes["sink@outside.test"], "new")
    until(60, "all replies", lambda: os.path.isdir(folder) and len(os.listdir(folder)) >= SENDERS)
    times = []
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), errors="replace") as f:
            to = re.search(r"(?m)^To: (\S+)", f.read()).group(1)
        times.append(os.stat(os.path.join(folder, name)).st_mtime - taken[to])
    return sorted(times)


def measure(bench, cores, ratio, mails=MAILS):
    """The rows; what serves is on one core, the load on the other."""
    sockets = folder("bench-sockets")
    os.chmod(sockets, 0o777)
    ours, noop = os.path.join(sockets, "ours"), os.path.join(sockets, "noop")
    post = postfix.Postfix(["example.com", "outside.test"], milters=[f"unix:{ours}"],
                           inside={"smtpd_milters": f"unix:{noop}"})
    post.add("present@example.com", "absent@example.com", "sink@outside.test")
    post.alias("@outside.test", "sink@outside.test")
    bench.site.configure(f'backend "mail" {{\n\tkind = "milter"\n}}\nmilter {{\n\tlisten = "unix:{ours}"\n'
                         f'\tdelay_s = 0\n}}\noutbox {{\n\tserver = "127.0.0.1:{post.inside_port}"\n}}\n'
                         'reply {\n\tper_minute = 10000\n\tsite_per_minute = 100000\n}\n')
    for who in ("present", "absent"):
        bench.site.add(f"{who}@example.com")
    bench.site.run("oof", "set", "absent@example.com", "--internal", "i", "--external", "away",
                   "--audience", "all")
    nothing = subprocess.Popen([os.path.join(BUILD, "bench-noop-milter"), f"unix:{noop}"])
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {int(cores[0])})  # what is started from here inherits it
        bench.site.stop()
        bench.site.start()
        post.start()
        subprocess.run(["taskset", "-a", "-p", "-c", cores[0], str(nothing.pid)], check=True,
                       stdout=subprocess.DEVNULL)
        os.sched_setaffinity(0, allowed)
        until(30, "the milters", lambda: listens(ours) and listens(noop))
        for path in (ours, noop):
            os.chmod(path, 0o777)  # Postfix is in no group of theirs
        for who, what in (("present", "nobody absent"), ("absent", "somebody absent, and answered")):
            for port in (post.inside_port, post.port):  # they warm up
                rate(port, f"{who}@example.com", mails // 5, cores[1])
                post.settled()

            def run(port):
                post.settled()
                return rate(port, f"{who}@example.com", mails, cores[1])
            worst, a, b = ratio(lambda: run(post.port), lambda: run(post.inside_port))
            bench.told(f"mails taken with our milter, {what}", worst, 0.95, 1.0,
                       note=f"{a:.0f} and {b:.0f} mails of 2 kB a second, {SESSIONS} at once")
        post.settled()
        post.forget()
        times = answer_times(post)
        bench.told("from a mail to its reply, milter.delay_s 0, p95, at most", times[int(0.95 * len(times))],
                   3, 1.5, "s", note=f"median {statistics.median(times):.2f} s; the clerk looks once a second")
    finally:
        os.sched_setaffinity(0, allowed)
        post.stop()
        nothing.kill()
        nothing.wait()
