#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The life of `frontdesk serve`: start, signals, its parts dying, its end."""
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main, until
from lib.http import EWS, PHOTO
from lib.installation import PROGRAM, Installation, environment, free_port, picture
from lib.soap import Message, expect, get_oof, set_oof

site = Installation("serve")
ME = site.add("me@example.com")
site.run("photo", "set", ME, picture("photo-1600.jpg"))


def answers():
    expect(site.client(ME).post(get_oof(ME)), 200, "NoError")


def ready_line():
    site.start()
    ready = [line for line in site.lines if line.startswith("ready ")]
    equal(ready, [f"ready https://localhost:{site.port}"])
    answers()
    equal(site.stop(), 0, "exit status")


def second_refused():
    site.start()
    other = site.command("serve")
    check(other.returncode not in (0, None), "a second server on the same data ran")
    check(b"already" in other.stderr or b"lock" in other.stderr, other.stderr)
    answers()
    same_port = Installation("second")
    same_port.configure(f'listen = "127.0.0.1:{site.port}"\n')
    done = same_port.command("serve")
    check(done.returncode not in (0, None), "a second server on the same address ran")
    check(str(site.port).encode() in done.stderr, done.stderr)
    answers()
    site.stop()


def no_root():
    """No worker of ours runs as root, whoever started it."""
    site.start()
    for pid, line in site.children().items():
        with open(f"/proc/{pid}/status") as f:
            uid = [l for l in f if l.startswith("Uid:")][0].split()[1]
        if "nginx: master" in line:
            continue  # it reads the key and binds ports; it serves nobody
        if os.getuid() == 0:
            check(uid != "0", f"{line} runs as root")
    for folder in ("data", "run", "tls"):
        for root, _, names in os.walk(os.path.join(site.dir, folder)):
            for name in names:
                mode = os.lstat(os.path.join(root, name)).st_mode
                if stat.S_ISREG(mode) and name not in ("ca.pem", "server.pem"):
                    equal(stat.S_IMODE(mode) & 0o077, 0, f"mode of {name}")
    site.stop()


def part(word):
    found = [pid for pid, line in site.children().items() if word in line]
    check(found, f"no process with {word}: {site.children()}")
    return found[0]


def gone():
    """Port and data are free again."""
    def free():
        if site.process is not None and site.children():
            return False
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", site.port))
            except OSError:
                return False
        return True
    until(10, "the port is free", free)


def supervisor_killed():
    site.start()
    answers()
    children = list(site.children())
    site.kill()
    until(10, "every part is gone",
          lambda: not any(os.path.exists(f"/proc/{pid}") and zombie(pid) is False
                          for pid in children))
    gone()
    site.start()
    answers()
    equal(site.stop(), 0)


def zombie(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def part_killed(word):
    site.start()
    pid = part(word)
    os.kill(pid, signal.SIGKILL)
    if word == "nginx: master":
        equal(site.process.wait(20), 1, "serve ends with 1")
        site.process = None
        gone()
        site.start()
    else:
        until(20, f"{word} is there again",
              lambda: any(word in line and p != pid for p, line in site.children().items()))
        until(20, "a readable answer", lambda: site.client(ME).post(get_oof(ME)).status == 200)
    answers()
    equal(site.stop(), 0)


def drain():
    """SIGTERM: requests in flight, also half-sent ones, are answered whole."""
    site.start()
    body = get_oof(ME).encode()
    client = site.client(ME)
    head = (f"POST {EWS} HTTP/1.1\r\nHost: x\r\nAuthorization: {client.authorization}\r\n"
            f"Content-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n").encode()
    half = client.connect()
    half.sendall(head + body[:50])
    idle = client.connect()
    time.sleep(0.3)
    site.signal(signal.SIGTERM)
    time.sleep(0.3)
    half.sendall(body[50:])
    half.settimeout(20)
    got = b""
    while chunk := half.recv(65536):
        got += chunk
    check(got.startswith(b"HTTP/1.1 200") and b"NoError" in got, got[:200])
    equal(site.process.wait(32), 0, "exit status")
    site.process = None
    idle.close()
    half.close()


def generation_reload():
    """An unchanged nginx part: settings are re-read in place."""
    site.start()
    before = site.workers()
    kept = site.client(ME)
    equal(kept.photo(ME)["Cache-Control"], "private, max-age=300")
    site.configure("photo {\n\tmax_age_s = 60\n}\n")
    site.signal(signal.SIGHUP)
    until(10, "the new setting", lambda: kept.photo(ME)["Cache-Control"] == "private, max-age=60")
    equal(site.workers(), before, "workers")
    site.configure("photo {\n\tmax_age_s = -1\n}\n")
    site.signal(signal.SIGHUP)
    until(10, "the reason in the log", lambda: "max_age_s" in site.log())
    equal(kept.photo(ME)["Cache-Control"], "private, max-age=60", "the old stays in force")
    site.configure("photo {\n\tmax_age_s = 300\n}\n")
    site.signal(signal.SIGHUP)
    until(10, "the old setting", lambda: kept.photo(ME)["Cache-Control"] == "private, max-age=300")
    equal(site.stop(), 0)


def settings_in_force():
    """A part that is started again takes the settings in force, not a file that
    was broken or barred meanwhile and that nobody has accepted."""
    site.start()
    kept = os.path.join(site.dir, "run", "frontdesk.conf")
    owner = os.stat(os.path.join(site.dir, "data"))
    equal((stat.S_IMODE(os.stat(kept).st_mode), os.stat(kept).st_uid), (0o600, owner.st_uid))
    site.configure("photo {\n\tmax_age_s = 60\n}\n")
    site.signal(signal.SIGHUP)
    until(10, "the reload", lambda: "was read again" in site.log())
    with open(site.conf) as f:
        good = f.read()

    def again(word):
        pids = [pid for pid, line in site.children().items() if word in line]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        until(20, f"another {word}", lambda: [
            pid for pid, line in site.children().items() if word in line and pid not in pids])
    try:
        for broken in (good + "photo {\n", "", None):
            if broken is None:
                os.rename(site.conf, site.conf + ".away")
            else:
                with open(site.conf, "w") as f:
                    f.write(broken)
            again("nginx: worker process")
            until(20, "the setting", lambda: site.client(ME).photo(ME)["Cache-Control"] ==
                  "private, max-age=60")
            answers()
        again("clerk")
        time.sleep(0.5)
        check("clerk ended with exit" not in site.log(), site.log())
    finally:
        with open(site.conf + ".new", "w") as f:
            f.write(good)
        os.rename(site.conf + ".new", site.conf)
        if os.path.exists(site.conf + ".away"):
            os.unlink(site.conf + ".away")
    site.configure("photo {\n\tmax_age_s = 300\n}\n")
    equal(site.stop(), 0)


def nginx_reload():
    site.start()
    before = site.workers()
    old = site.port
    site.port = free_port()
    site.configure(f'listen = "127.0.0.1:{site.port}"\n')
    site.signal(signal.SIGHUP)

    def moved():
        try:
            return site.client(ME).photo(ME).status == 200
        except OSError:
            return False
    until(20, "the new address", moved)
    until(40, "new workers", lambda: not (site.workers() & before))
    with socket.socket() as s:
        check(s.connect_ex(("127.0.0.1", old)) != 0, "the old address still answers")
    cert = os.path.join(site.dir, "tls", "server.pem")
    with open(cert) as f:
        good = f.read()
    with open(cert, "w") as f:
        f.write("no certificate\n")
    site.signal(signal.SIGHUP)
    time.sleep(1)
    answers()
    with open(cert, "w") as f:
        f.write(good)
    equal(site.stop(), 0)


def domain_reload():
    """`domain add` re-issues the certificate, and the server has it."""
    site.start()
    site.run("domain", "add", "late.example")
    late = site.add("late@late.example")
    expect(site.client(late).post(get_oof(late)), 200, "NoError")

    def named():
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{site.port}"],
                              input=b"", capture_output=True)
        text = subprocess.run(["openssl", "x509", "-noout", "-ext", "subjectAltName"],
                              input=done.stdout, capture_output=True).stdout
        return b"DNS:autodiscover.late.example" in text and b"DNS:late.example" in text
    until(20, "the certificate's names", named)
    equal(site.stop(), 0)


def domain_letters():
    """A domain with letters outside ASCII: either spelling, one form, its name of
    DNS in the certificate; what only looks like another domain is none."""
    site.start()
    site.run("domain", "add", "m\u00fcnchen.EXAMPLE")
    check(site.command("domain", "add", "xn--mnchen-3ya.example").returncode != 0, "added twice")
    for name in ("m\uff55nchen.example", "M\u00dcNCHEN.example", "x-.example"):
        equal(site.command("domain", "add", name).returncode, 4, name)
    names = subprocess.run(["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in",
                            os.path.join(site.dir, "tls", "server.pem")], capture_output=True).stdout
    for name in (b"DNS:xn--mnchen-3ya.example", b"DNS:autodiscover.xn--mnchen-3ya.example"):
        check(name in names, names)
    site.add("ann@m\u00fcnchen.example")
    for address in ("ann@m\u00fcnchen.example", "Ann@XN--MNCHEN-3YA.example"):
        expect(site.client(address).post(get_oof(address)), 200, "NoError")
        check("ann@xn--mnchen-3ya.example" in site.run("mailbox", "show", address), address)
    client = site.client("ann@m\u00fcnchen.example")
    expect(client.post(get_oof("ann@xn--mnchen-3ya.example")), 200, "NoError")
    expect(client.post(get_oof("ann@m\uff55nchen.example")), 500, "ErrorAccessDenied")
    equal(site.client("ann@M\u00dcNCHEN.example").post(get_oof(ME)).status, 401)
    equal(site.stop(), 0)
    other = os.path.join(site.parent, "letters")
    site.run("init", other, "--domain", "b\u00fccher.example", "--host", "mail.b\u00fccher.example", conf=False)
    with open(os.path.join(other, "frontdesk.conf")) as f:
        check("https://mail.xn--bcher-kva.example" in f.read(), "the URL's host")


def sighup_under_load():
    """Six SIGHUPs under load: no request fails, no connection is closed."""
    site.start()
    wrong, done, stop = [], [0], threading.Event()

    def load():
        client = site.client(ME)
        client.photo(ME)
        connection = client.connection
        while not stop.is_set():
            try:
                answer = client.photo(ME)
                if answer.status != 200 or client.connection is not connection:
                    wrong.append(repr(answer))
                    return
                done[0] += 1
            except Exception as e:
                wrong.append(repr(e))
                return
    threads = [threading.Thread(target=load) for _ in range(8)]
    for t in threads:
        t.start()
    for turn in range(6):
        site.configure("photo {\n\tmax_age_s = %d\n}\n" % (300 + turn % 2))
        site.signal(signal.SIGHUP)
        seen = done[0]
        until(20, "requests go on", lambda: done[0] > seen + 50 or wrong)
    stop.set()
    for t in threads:
        t.join()
    equal(wrong, [], "failed requests")
    equal(site.stop(), 0)


def without_web():
    site.start("--without-web", wait=False)
    until(20, "clerk and image worker", lambda: len(site.children()) >= 2)
    lines = " ".join(site.children().values())
    check("nginx" not in lines, lines)
    done = site.command("photo", "set", ME, picture("photo-1600.jpg"))
    equal(done.returncode, 0, done.stderr)
    equal(site.stop(), 0)


def moved():
    """A copied or moved folder works as it is."""
    there = os.path.join(site.parent, "elsewhere")
    os.rename(site.dir, there)
    site.dir, site.conf = there, os.path.join(there, "frontdesk.conf")
    site.start()
    answers()
    equal(site.stop(), 0)


def notify():
    """READY=1 reaches the socket of $NOTIFY_SOCKET (sd_notify(3))."""
    path = os.path.join(site.parent, "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        os.chmod(path, 0o777)
        s.settimeout(30)
        env = {**environment(), "NOTIFY_SOCKET": path}
        process = subprocess.Popen([PROGRAM, "serve", "-c", site.conf], env=env,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True)
        try:
            said = b""
            while b"READY=1" not in said:
                said += s.recv(4096)
            process.terminate()
            while b"STOPPING=1" not in said:
                said += s.recv(4096)
        finally:
            process.terminate()
            equal(process.wait(35), 0)


def bad_configuration():
    for text, word in (('listen = "nowhere"\n', b"listen"), ('photo {\n', b"frontdesk.conf:"),
                       ('no_such = 1\n', b"no_such"), ('listen = 5\n listen = 6\n', b"listen")):
        with open(site.conf) as f:
            good = f.read()
        try:
            with open(site.conf, "a") as f:
                f.write(text)
            for verb in ("serve", "check"):
                done = site.command(verb)
                equal(done.returncode, 78, f"{verb} with {text!r}: {done.stderr}")
                check(word in done.stderr and b"frontdesk.conf:" in done.stderr, done.stderr)
        finally:
            with open(site.conf, "w") as f:
                f.write(good)


case("it prints one ready line and exits 0 on SIGTERM", ready_line)
case("a second server is refused and harms nothing", second_refused)
case("nothing that serves runs as root, and files are private", no_root)
case("kill -9 of the supervisor frees port and data", supervisor_killed)
cases("kill -9 of {}, then it works again", ["nginx: worker", "nginx: master", "frontdesk-image",
                                             "clerk"], part_killed)
case("SIGTERM answers half-sent requests whole", drain)
case("SIGHUP re-reads settings in place, a bad file changes nothing", generation_reload)
case("a restarted part takes the settings in force", settings_in_force)
case("SIGHUP with a changed listener reloads nginx", nginx_reload)
case("a new domain gets its names into the certificate", domain_reload)
case("a domain with letters outside ASCII is one in both spellings", domain_letters)
case("six SIGHUPs under load fail no request", sighup_under_load)
case("without the web, clerk and image worker run", without_web)
case("it tells systemd", notify)
case("a bad configuration is told with file and line, status 78", bad_configuration)
case("a moved installation works as it is", moved)
main()
