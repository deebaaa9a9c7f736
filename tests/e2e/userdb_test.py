#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""People whom Dovecot knows need no mailbox of ours: a real Dovecot's userdb."""
import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main, until
from lib.dovecot import LISTED, Dovecot
from lib.http import basic
from lib.installation import Installation
from lib.soap import expect, get_oof

dovecot = Dovecot(userdb=LISTED)
site = Installation("userdb", domains=("example.com", "example.org"))
dovecot.put("ada@example.com", "pw ada", "userdb_displayname=Ada-Lovelace")
dovecot.put("bob@example.com", "pw bob")
dovecot.put("o~neil+x=y%u_{z}@example.com", "pw odd", "userdb_displayname=x:y")
dovecot.put("alias@example.com", "pw", "user=ada@example.com userdb_user=ada@example.com")
dovecot.put("off@example.com", "pw", "nologin=y reason=gone")
dovecot.put("ada@elsewhere.example", "pw")
dovecot.put("home", "pw home")
dovecot.start()
OWN = site.add("own@example.com", password="our own")


def settings(**more):
    lines = {"socket": f'"{dovecot.userdb_socket}"', "name_field": "displayname",
             "refresh_s": "0", "domains": '{"example.com"}', **more}
    return 'userdb "mail" {\n' + "".join(
        f"\t{k} = {v}\n" for k, v in lines.items() if v is not None) + "}\n"


def reloaded(**more):
    at = len(site.lines)
    site.configure(settings(**more))
    site.signal(signal.SIGHUP)
    until(20, "the reload", lambda: any("was read again" in line for line in site.lines[at:]))


site.configure("login {\n\tpasswords = directory\n\tremember_other_s = 0\n"
               f'\tdovecot_socket = "{dovecot.socket}"\n'
               '\tpenalty_exempt = {"127.0.0.1"}\n}\nworkers = 1\n' + settings())
site.start()


def status(name, password):
    return site.client().get("/ews/Exchange.asmx/s/GetUserPhoto?email=x@example.com&size=HR48x48",
                             authorization=basic(name, password)).status


def right(name, password, mailbox):
    expect(site.client(name, password).post(get_oof(mailbox)), 200, "NoError")


def refused(name, password, wanted=401):
    equal(status(name, password), wanted, name)


def named():
    listed = site.run("mailbox", "list")
    check("Ada-Lovelace" in listed and "x:y" in listed, listed)


def again():
    until(60, "Dovecot again", lambda: status("ada@example.com", "pw ada") == 404)


def stopped():
    """Nobody can tell: 503. Who is known stays known."""
    right("ada@example.com", "pw ada", "ada@example.com")
    dovecot.stop()
    for name in ("ada@example.com", "new@example.com"):
        refused(name, "pw ada", 503)
    right(OWN, "our own", OWN)
    dovecot.start()
    again()


def fresh():
    """A server that has asked nobody yet: that somebody is nobody counts for a minute."""
    site.stop()
    site.start()


def added():
    """Dovecot itself looks at its file once a second."""
    dovecot.put("new@example.com", "pw")
    dovecot.put("newer@example.com", "pw", "userdb_displayname=Newer")
    until(20, "the new one", lambda: fresh() or status("newer@example.com", "pw") == 404)
    right("new@example.com", "pw", "new@example.com")


def gone():
    """Who is no longer there is nobody, and comes back as he was."""
    client = site.client("bob@example.com", "pw bob")
    expect(client.post(get_oof("bob@example.com")), 200, "NoError")
    known = dovecot.users.pop("bob@example.com")
    dovecot.put()
    until(20, "bob gone", lambda: status("bob@example.com", "pw bob") == 401)
    dovecot.put("bob@example.com", *known)
    until(30, "bob back", lambda: fresh() or status("bob@example.com", "pw bob") == 404)
    right("bob@example.com", "pw bob", "bob@example.com")


def without_domains():
    """A site whose users are names alone."""
    reloaded(user='"%n"')
    right("home@example.com", "pw home", "home@example.com")
    reloaded()


def swept():
    """Everybody at once, where the list says enough."""
    dovecot.put("swept@example.com", "pw")
    dovecot.stop()
    dovecot.start()
    reloaded(name_field=None)
    site.run("directory", "sync")
    check("swept@example.com" in site.run("mailbox", "list"), "swept in the list")
    check("elsewhere" not in site.run("mailbox", "list"), "elsewhere in the list")
    reloaded()


def checked():
    done = site.command("check")
    check(b"userdb:mail\tok\tanswers" in done.stdout, done.stdout.decode())
    dovecot.stop()
    done = site.command("check")
    equal(done.returncode, 78, "status")
    check(b"userdb:mail" in done.stdout and b"auth-userdb" in done.stdout, done.stdout.decode())
    dovecot.start()
    again()


cases("{0} with {1!r}", [("ada@example.com", "pw ada", "ada@example.com"),
                         ("ADA@Example.COM", "pw ada", "ada@example.com"),
                         ("bob@example.com", "pw bob", "bob@example.com"),
                         ("o~neil+x=y%u_{z}@example.com", "pw odd", "o~neil+x=y%u_{z}@example.com"),
                         ("alias@example.com", "pw ada", "ada@example.com"),
                         (OWN, "our own", OWN)], right)
cases("refused: {0!r}", [("ada@example.com", "wrong"), ("nobody@example.com", "pw"),
                         ("off@example.com", "pw"), ("ada@elsewhere.example", "pw"),
                         ("ada@example.org", "pw ada"),
                         ("a\tb@example.com", "pw"), ("ada@example.com\nUSER\t1\tada", "pw ada"),
                         ("%u@example.com", "pw"), ("", "pw"), (OWN, "pw ada")], refused)
case("names are those that Dovecot has", named)
case("who is new there is new here", added)
case("who goes and comes back there does so here", gone)
case("users without a domain", without_domains)
case("everybody is swept", swept)
case("Dovecot stopped and started", stopped)
case("frontdesk check asks it", checked)
main()
