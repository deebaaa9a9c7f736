#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Settings that change what clients get: each read again in place by SIGHUP."""
import email.utils
import os
import re
import signal
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests"))
from lib.cases import case, check, equal, main, until
from lib.http import Client, basic
from lib.installation import Installation, free_port, picture
from lib.soap import Message, duration, expect, get_oof, reply, set_oof, set_raw

site = Installation("settings", domains=("example.com",))
ME = site.add("me@example.com", "--tz", "America/New_York")
OTHER = site.add("other@example.com")
ZONELESS = site.add("zoneless@example.com")
site.run("domain", "add", "other.example", "--organization", "other")
STRANGER = site.add("stranger@other.example")
site.run("photo", "set", ME, picture("photo-1600.jpg"))
site.start()
me = site.client(ME)


def reloaded(settings):
    """Sets them, and waits until they are in force."""
    at = len(site.lines)
    site.configure(settings)
    site.signal(signal.SIGHUP)

    def read():
        refused = [line for line in site.lines[at:] if "stays in force" in line]
        check(not refused, refused)
        return any("was read again" in line for line in site.lines[at:])
    until(20, "the reload", read)


def address_book():
    """R-2: who exists is told only where the address book is public."""
    for address in (OTHER, "nobody@example.com", STRANGER):
        expect(me.post(get_oof(address)), 500, "ErrorAccessDenied")
    reloaded("address_book = public\n")
    expect(me.post(get_oof(OTHER)), 500, "ErrorAccessDenied")
    unknown = expect(me.post(get_oof("nobody@example.com")), 500, "ErrorNonExistentMailbox")
    equal(unknown.text("//t:MessageXml/t:Value"), "nobody@example.com")
    equal(unknown.text("//t:MessageXml/t:Value/@Name"), "SmtpAddress")
    # of another organization: as nobody's
    other = expect(me.post(get_oof(STRANGER)), 500, "ErrorNonExistentMailbox")
    equal(other.answer.body.replace(STRANGER.encode(), b"nobody@example.com"), unknown.answer.body)
    reloaded("address_book = private\n")


def strict_replies():
    """R-4: later revisions want both replies, or have them stored already."""
    fresh = site.add("fresh@example.com")
    client = site.client(fresh)
    reloaded("oof {\n\tstrict_replies = yes\n}\n")
    for body, code in (
            (set_oof(fresh, internal=None), "ErrorInvalidUserOofSettings"),
            (set_oof(fresh, external=None), "ErrorInvalidUserOofSettings"),
            (set_oof(fresh, audience="None", external=None), "NoError"),
            (set_oof(fresh, state="Disabled", internal=None, external=None), "NoError"),
            (set_oof(fresh), "NoError"),
            (set_oof(fresh, internal=None, external=None), "NoError")):
        expect(client.post(body), 200, code)
    reloaded("oof {\n\tstrict_replies = no\n}\n")
    other = site.add("fresher@example.com")
    expect(site.client(other).post(set_oof(other, internal=None, external=None)), 200, "NoError")


def unzoned():
    """G-1: a time without a zone is UTC, or the mailbox's where that is set."""
    body = set_oof(ME, "Scheduled", times=duration("2099-01-10T12:00:00", "2099-07-10T12:00:00"))

    def times():
        expect(me.post(body), 200, "NoError")
        message = Message(me.post(get_oof(ME)))
        return message.text("//t:StartTime"), message.text("//t:EndTime")
    equal(times(), ("2099-01-10T12:00:00Z", "2099-07-10T12:00:00Z"))
    reloaded("oof {\n\tunzoned = mailbox\n}\n")
    equal(times(), ("2099-01-10T17:00:00Z", "2099-07-10T16:00:00Z"))
    reloaded("oof {\n\tunzoned = utc\n}\n")


def zone():
    """R-5's default day is that of the mailbox's zone, else of the site's."""
    def start():
        return Message(site.client(ZONELESS).post(get_oof(ZONELESS))).text("//t:StartTime")
    equal(start()[10:], "T00:00:00Z")
    reloaded('zone = "Asia/Kolkata"\n')
    equal(start()[10:], "T18:30:00Z")
    reloaded('zone = "UTC"\n')


def unlisted_size():
    """R-16: a size that is none of the nine."""
    equal(me.photo(ME, "HR100x100").status, 200)
    reloaded("photo {\n\tunlisted_size = 400\n}\n")
    equal(me.photo(ME, "HR100x100").status, 400)
    equal(me.photo(ME, "HR96x96").status, 200)
    reloaded("photo {\n\tunlisted_size = largest\n}\n")


def photo_epoch():
    """B.2: tags change when the administrator says so."""
    tag = me.photo(ME)["ETag"]
    reloaded("photo {\n\tepoch = 7\n}\n")
    new = me.photo(ME)["ETag"]
    check(new != tag, new)
    check(re.fullmatch(r'"[A-Za-z0-9-]{1,64}"', new), new)
    equal(me.photo(ME, if_none_match=tag).status, 200)
    equal(me.photo(ME, if_none_match=new).status, 304)
    reloaded("photo {\n\tepoch = 0\n}\n")
    equal(me.photo(ME)["ETag"], tag)


def max_age():
    """R-17: Expires and Cache-Control agree, on 200 and 304."""
    reloaded("photo {\n\tmax_age_s = 0\n}\n")
    tag = me.photo(ME)["ETag"]
    for answer in (me.photo(ME), me.photo(ME, if_none_match=tag)):
        equal(answer["Cache-Control"], "private, max-age=0")
        equal(email.utils.parsedate_to_datetime(answer["Expires"]),
              email.utils.parsedate_to_datetime(answer["Date"]))
    reloaded("photo {\n\tmax_age_s = 300\n}\n")


def realm():
    equal(site.client().photo(ME)["WWW-Authenticate"], 'Basic realm="localhost"')
    reloaded('login {\n\trealm = "Our house"\n}\n')
    equal(site.client().photo(ME)["WWW-Authenticate"], 'Basic realm="Our house"')


def logins(outcome):
    for line in site.back().get("/metrics").body.decode().splitlines():
        if line.startswith(f'frontdesk_logins_total{{outcome="{outcome}"}}'):
            return int(line.split()[-1])
    raise AssertionError(f"no {outcome} in the counters")


def remember():
    """Without memory each login costs a hash."""
    reloaded("login {\n\tremember_h = 0\n}\n")
    before = logins("hashed")
    for _ in range(3):
        equal(me.photo(ME).status, 200)
    equal(logins("hashed"), before + 3, "hashes")


def exempt():
    """Who is exempt never waits after wrong passwords."""
    reloaded('login {\n\tpenalty_exempt = {"127.0.0.0/8"}\n}\n')
    before = logins("delayed")
    for n in range(12):
        equal(site.client().photo(ME, authorization=basic(OTHER, f"wrong {n}")).status, 401)
    equal(logins("delayed"), before, "delayed logins")
    reloaded("login {\n\tremember_h = 12\n}\n")


def public_url():
    """R-13: URLs come from the configuration, never from Host."""
    def told():
        wsdl = site.client().get("/ews/services.wsdl", host="evil.example").body.decode()
        fault = Message(me.post(get_oof(OTHER), host="evil.example"))
        check("evil" not in wsdl and b"evil" not in fault.answer.body, "Host is echoed")
        return (re.search(r'soap:address location="([^"]*)"', wsdl).group(1),
                fault.text("//faultactor"))
    here = f"https://localhost:{site.port}/EWS/Exchange.asmx"
    equal(told(), (here, here))
    reloaded('public_url = "https://oof.example.com"\n')
    there = "https://oof.example.com/EWS/Exchange.asmx"
    until(20, "the new URL", lambda: told() == (there, there))


def manual():
    """What frontdesk.conf(5) shows is a configuration, all of it together."""
    with open(os.path.join(ROOT, "man", "frontdesk.conf.5")) as f:
        shown = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", f.read(), re.M | re.S)
    theirs = "service auth|plugin|sieve_script|connect =|install|frontdesk "
    ours = [text for text in shown if not re.match(theirs, text)]
    check(any("service_account" in text for text in ours), shown)
    check(len(ours) >= 5, ours)
    with open(site.conf) as f:
        before = f.read()
    site.configure("".join(ours))
    listed = site.command("mailbox", "list")
    with open(site.conf, "w") as f:
        f.write(before)
    equal(listed.returncode, 0, listed.stderr)


def connections():
    """One address has so many connections; the next is told 429, without a page."""
    reloaded("limits {\n\tconnections_per_source = 3\n}\n")

    def limited():
        clients = [Client(("127.0.0.1", site.port), ca=site.ca, user=ME) for _ in range(4)]
        sockets = [c.connect() for c in clients]
        head = (f"POST /ews/exchange.asmx HTTP/1.1\r\nHost: x\r\nAuthorization: {me.authorization}"
                "\r\nContent-Length: 9\r\n\r\n").encode()
        for s in sockets[:3]:
            s.sendall(head)  # a request in flight each
        answer = site.client(ME).photo(ME)
        for s in sockets:
            s.close()
        return answer.status == 429 and answer.body == b""
    me.close()
    until(20, "429", limited)


case("R-2 address_book = public tells who exists", address_book)
case("R-4 strict_replies wants both replies", strict_replies)
case("G-1 oof.unzoned reads times in the mailbox's zone", unzoned)
case("R-5 zone is that of mailboxes without one", zone)
case("R-16 photo.unlisted_size may be 400", unlisted_size)
case("B.2 photo.epoch changes every tag", photo_epoch)
case("R-17 photo.max_age_s is in Expires and Cache-Control", max_age)
case("login.realm is in the challenge", realm)
case("login.remember_h = 0 remembers nobody", remember)
case("login.penalty_exempt never wait", exempt)
case("R-13 public_url is in every URL", public_url)
case("what frontdesk.conf(5) shows is taken", manual)
case("limits.connections_per_source is told by 429", connections)
main()
