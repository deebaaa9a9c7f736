#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""People in the databases of mail servers: a real PostgreSQL, a real MariaDB and
SQLite, with the tables of PostfixAdmin, mailcow and iRedMail."""
import os
import sqlite3
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.authority import Authority
from lib.cases import case, cases, check, equal, main, until
from lib.http import basic
from lib.installation import Installation, folder
from lib.mail_tables import IRedMail, Mailcow, PostfixAdmin
from lib.mariadb import Mariadb
from lib.postgres import Postgres
from lib.soap import expect, get_oof

TOGETHER = 48
USER, PASSWORD = "frontdesk", "it's a \\secret"  # of Frontdesk, at the databases

work = folder("sql")
authority = Authority(work)
pem, key = authority.sign("db.example.com", "127.0.0.1")
stranger = Authority(work, "Another CA")
servers = {}


def prepare(name, make):
    servers[name] = make(pem, key).start()


threads = [threading.Thread(target=prepare, args=one)
           for one in (("pg", Postgres), ("my", Mariadb))]
for t in threads:
    t.start()
for t in threads:
    t.join()
pg, my = servers["pg"], servers["my"]


def hashed(scheme, password):
    return subprocess.run(["doveadm", "pw", "-s", scheme, "-p", password], check=True,
                          capture_output=True, text=True).stdout.strip()


def ending(kind):
    return f"{kind.preset}-{kind.driver}.example"


KINDS = [PostfixAdmin("sqlite"), PostfixAdmin("postgresql"), PostfixAdmin("mysql"),
         Mailcow("mysql"), IRedMail("postgresql"), IRedMail("mysql")]
ODD = "o'neil%u_{z}"
ODD_NAME = "x'); DROP TABLE mailbox; --"
SHARED = hashed("SHA512-CRYPT", "pw ada")


def people(kind):
    d = ending(kind)
    return kind.domain(d) + kind.domain("also-" + d) + kind.alias_domain("also-" + d, d) + "".join([
        kind.person(f"ada@{d}", "Ada Lovelace", SHARED),
        kind.person(f"bob@{d}", "B\u00f6b", hashed("SSHA512", "pw bob")),
        kind.person(f"off@{d}", "Off", SHARED, active=False),
        kind.person(f"{ODD}@{d}", ODD_NAME, hashed("BLF-CRYPT", "pw \\odd'")),
        kind.person(f"none@{d}", "None", ""),
        kind.person(f"ntlm@{d}", "Old", "{NTLM}A4F49C406510BDCAB6824EE7C30FD852"),
        kind.alias(f"countess@{d}", [f"ada@{d}"]),
        kind.alias(f"asleep@{d}", [f"ada@{d}"], active=False),
        kind.alias(f"team@{d}", [f"ada@{d}", f"bob@{d}"]),
        kind.alias(f"away@{d}", ["ada@elsewhere.example"]),
        kind.alias(f"@{d}", [f"bob@{d}"])])


databases, sections, domains = {}, {}, ["example.com"]


def section(title, **more):
    lines = {"timeout_ms": "5000", "refresh_s": "0", **more}
    sections[title] = f'sql "{title}" {{\n' + "".join(
        f"\t{k} = {v}\n" for k, v in lines.items()) + "}\n"


def text(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def connect(driver, database, **more):
    if driver == "sqlite":
        return text(os.path.join(work, database))
    words = {"host": pg.dir if driver == "postgresql" else my.socket, "port": pg.port,
             "user": USER, "dbname": database, **more}
    if driver == "mysql" and "port" not in more:
        del words["port"]
    return text(" ".join(f"{k}={v}" for k, v in words.items()))


def do(driver, sql, database):
    if driver == "sqlite":
        with sqlite3.connect(os.path.join(work, database)) as db:
            rows = db.executescript(sql) if ";" in sql else db.execute(sql)
            out = "\n".join("|".join(map(str, row)) for row in rows)
        db.close()
        return out
    return (pg if driver == "postgresql" else my).do(sql, database)


with open(os.path.join(work, "password"), "w") as f:
    f.write(PASSWORD + "\n")
pg.do(f"CREATE ROLE {USER} LOGIN PASSWORD 'it''s a \\secret'")
my.do(f"CREATE USER {USER}@localhost IDENTIFIED BY 'it''s a \\\\secret'; "
      f"CREATE USER {USER}@127.0.0.1 IDENTIFIED BY 'it''s a \\\\secret'")
PASSWORD_FILE = text(os.path.join(work, "password"))
for kind in KINDS:
    name = f"{kind.preset}_{kind.driver}"
    databases[name] = kind
    if kind.driver != "sqlite":
        do(kind.driver, f"CREATE DATABASE {name}",
           "postgres" if kind.driver == "postgresql" else "mysql")
    do(kind.driver, kind.tables() + people(kind), name)
    # More than it needs: what it may not do, it does not do of its own.
    if kind.driver == "postgresql":
        pg.do(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {USER};"
              "CREATE SEQUENCE counter; GRANT ALL ON counter TO " + USER, name)
    if kind.driver == "mysql":
        my.do(f"GRANT ALL ON {name}.* TO {USER}@localhost; "
              f"GRANT ALL ON {name}.* TO {USER}@127.0.0.1")
    domains += [ending(kind), "also-" + ending(kind)]
    section(name.replace("_", "-"), driver=kind.driver, connect=connect(kind.driver, name),
            preset=kind.preset, password_file=PASSWORD_FILE,
            domains="{" + ", ".join(domains[-2:]) + "}")

SCHEMES = ["CRYPT", "BLF-CRYPT", "SHA256-CRYPT", "SHA512-CRYPT", "MD5-CRYPT", "DES-CRYPT",
           "ARGON2I", "PBKDF2", "SCRAM-SHA-256", "SSHA", "SSHA256", "SSHA512.HEX",
           "SHA256.b64", "SHA512", "SMD5", "PLAIN-MD5", "SHA512-CRYPT.b64", "PLAIN"]
LITE = KINDS[0]
HOME = ending(LITE)
do("sqlite", "".join(LITE.person(f"{s.lower()}@{HOME}", s, hashed(s, "pw " + s))
                     for s in SCHEMES), "postfixadmin_sqlite")

# Queries of one's own, each with a domain: what does not work, and how it is told.
PERSON = "SELECT username AS address, name, password FROM mailbox WHERE username = :address"
QUERIES = {
    "pg-slow": ("postgresql", "SELECT pg_sleep(60)::text AS address, :address AS name"),
    "my-slow": ("mysql", "SELECT SLEEP(60) AS address, :address AS name"),
    "pg-write": ("postgresql", "DELETE FROM mailbox RETURNING username AS address, :address"),
    "pg-with": ("postgresql", "WITH gone AS (DELETE FROM mailbox RETURNING username) "
                "SELECT username AS address FROM gone WHERE username = :address"),
    "pg-call": ("postgresql", "SELECT nextval('counter')::text AS address WHERE :address <> ''"),
    "pg-table": ("postgresql", "SELECT nothing AS address FROM mailbox WHERE username = :address"),
    "pg-large": ("postgresql", "SELECT repeat('x', 70000) AS address WHERE :address <> ''"),
    "pg-many": ("postgresql", "SELECT :address::text AS address FROM generate_series(1, 10001)"),
    "my-write": ("mysql", "DELETE FROM mailbox WHERE :address <> ''"),
    "my-table": ("mysql", "SELECT nothing AS address FROM mailbox WHERE username = :address"),
    "my-large": ("mysql", "SELECT REPEAT('x', 70000) AS address FROM mailbox WHERE :address <> ''"),
}
for name, (driver, query) in QUERIES.items():
    domains.append(name + ".example")
    section(name, driver=driver, connect=connect(driver, "postfixadmin_" + driver),
            password_file=PASSWORD_FILE, person_query=text(query),
            domains="{" + domains[-1] + "}", timeout_ms="400" if "slow" in name else "5000")

# Another host, as far as Frontdesk can tell: its certificate is looked at.
FAR = {
    "pg-trusted": ("postgresql", {"host": "db.example.com", "hostaddr": "127.0.0.1",
                                  "sslrootcert": authority.ca}, True),
    "pg-untrusted": ("postgresql", {"host": "db.example.com", "hostaddr": "127.0.0.1"}, False),
    "pg-stranger": ("postgresql", {"host": "db.example.com", "hostaddr": "127.0.0.1",
                                   "sslrootcert": stranger.ca}, False),
    "pg-other-name": ("postgresql", {"host": "www.example.com", "hostaddr": "127.0.0.1",
                                     "sslrootcert": authority.ca}, False),
    "my-trusted": ("mysql", {"host": "127.0.0.1", "port": my.port, "sslmode": "verify-full",
                             "sslrootcert": authority.ca}, True),
    "my-untrusted": ("mysql", {"host": "127.0.0.1", "port": my.port,
                               "sslmode": "verify-full"}, False),
    "my-other-name": ("mysql", {"host": "localhost", "port": my.port, "sslmode": "verify-full",
                                "sslrootcert": authority.ca}, False),
}
for name, (driver, words, _) in FAR.items():
    domains.append(name + ".example")
    section(name, driver=driver, connect=connect(driver, "postfixadmin_" + driver, **words),
            password_file=PASSWORD_FILE, person_query=text(PERSON),
            domains="{" + domains[-1] + "}")
    do(driver, KINDS[1 if driver == "postgresql" else 2].person(
        f"ada@{name}.example", "Ada", SHARED), "postfixadmin_" + driver)

site = Installation("sql", domains=domains)
OWN = site.add("own@" + HOME, password="our own")
site.configure("login {\n\tpasswords = directory\n\tremember_other_s = 0\n"
               '\tpenalty_exempt = {"127.0.0.1"}\n}\n' + "workers = 2\n" +
               "".join(sections.values()))
site.start()


def status(name, password):
    return site.client().get("/ews/Exchange.asmx/s/GetUserPhoto?email=x@example.com&size=HR48x48",
                             authorization=basic(name, password)).status


def right(name, password, mailbox):
    expect(site.client(name, password).post(get_oof(mailbox)), 200, "NoError")


def refused(name, password, wanted=401):
    equal(status(name, password), wanted, name)


def why(name, password, wanted, said):
    """The reason is for the log alone."""
    at = len(site.access_lines())
    answer = site.client().post(get_oof(OWN), authorization=basic(name, password))
    equal(answer.status, wanted)
    check(said.encode() not in answer.body, answer.body)
    until(10, f"the log saying {said}: " + "\n".join(site.access_lines()[at:]),
          lambda: any(said in line for line in site.access_lines()[at:]))


def everybody(kind):
    """Each of his addresses is his, and of nobody else."""
    d = ending(kind)
    right(f"ada@{d}", "pw ada", f"ada@{d}")
    right(f"ADA@{d.upper()}", "pw ada", f"countess@{d}")
    right(f"countess@{d}", "pw ada", f"ada@{d}")
    right(f"ada@also-{d}", "pw ada", f"ada@{d}")
    right(f"bob@{d}", "pw bob", f"bob@also-{d}")
    right(f"{ODD}@{d}", "pw \\odd'", f"{ODD}@{d}")
    for nobody in ("team", "asleep", "away", "nobody", "off"):
        refused(f"{nobody}@{d}", "pw ada")
    for address, password in ((f"ada@{d}", "pw bob"), (f"ada@{d}", ""), (f"none@{d}", ""),
                              (f"none@{d}", "x"), (f"bob@{d}", "pw ada")):
        refused(address, password)
    listed = site.run("mailbox", "list")
    check("Ada Lovelace" in listed and ODD_NAME in listed, listed)


def injected(kind):
    """Whatever somebody calls himself is a value."""
    d, name = ending(kind), f"{kind.preset}_{kind.driver}"
    before = do(kind.driver, "SELECT count(*) FROM mailbox", name)
    for local in ("' or '1'='1", "x'--", 'x"--', "x\\", "x\\'or/**/1=1#", "%", "_da", "ada'#",
                  "x';DROP/**/TABLE/**/mailbox;--", ":address", "$1", "?", "ada'/*", "\u0430da",
                  "\u00e1da", "ada\u00a0", "x'||'", "x\u0301"):
        refused(f"{local}@{d}", "pw ada")
    for after in ("'--", "' OR '1'='1", "\\", "\t"):
        refused(f"ada@{d}{after}", "pw ada")
    equal(do(kind.driver, "SELECT count(*) FROM mailbox", name), before, "rows")
    right(f"ada@{d}", "pw ada", f"ada@{d}")


def scheme(name):
    right(f"{name.lower()}@{HOME}", "pw " + name, f"{name.lower()}@{HOME}")
    refused(f"{name.lower()}@{HOME}", "pw " + name.lower() + "!")


def same_answer():
    def told(name):
        answer = site.client().get("/ews/Exchange.asmx", authorization=basic(name, "wrong"))
        return (answer.status, answer.body,
                sorted((k, v) for k, v in answer.headers.items() if k != "Date"))
    for name in (f"nobody@{HOME}", f"off@{HOME}", f"none@{HOME}", OWN, "nobody@example.com"):
        equal(told(name), told(f"ada@{HOME}"), name)


def own_mailboxes():
    right(OWN, "our own", OWN)
    refused(OWN, "pw ada")


def mailcow_refuses():
    cow = KINDS[3]
    d = ending(cow)
    do("mysql", cow.person(f"two@{d}", "Two", SHARED, active=2) +
       cow.person(f"must@{d}", "Must", SHARED, must_change=True), "mailcow_mysql")
    why(f"two@{d}", "pw ada", 401, "logins are switched off")
    why(f"must@{d}", "pw ada", 401, "has to be changed")
    # He gets mail, so he has a mailbox: somebody else asks for it.
    check("Two" in site.run("mailbox", "list"), "no mailbox")


def iredmail_expires(kind):
    d = ending(kind)
    do(kind.driver, kind.person(f"past@{d}", "Past", SHARED, expired="2020-01-01 00:00:00"),
       f"iredmail_{kind.driver}")
    why(f"past@{d}", "pw ada", 401, "has expired")


def changed(kind):
    """What is changed there counts here: a password, a name, an alias, a person."""
    d, name = ending(kind), f"{kind.preset}_{kind.driver}"
    new = f"new@{d}"
    do(kind.driver, kind.person(new, "New", hashed("SSHA", "one")), name)
    right(new, "one", new)
    do(kind.driver, f"UPDATE mailbox SET password = '{hashed('SSHA256', 'two')}', name = 'Newer' "
       f"WHERE username = '{new}'", name)
    right(new, "two", new)
    refused(new, "one")
    check("Newer" in site.run("mailbox", "list"), "the new name")
    do(kind.driver, f"DELETE FROM mailbox WHERE username = '{new}'", name)
    refused(new, "two")


def again(name):
    """A worker that found a server down leaves it alone for a while; then none of its
    old connections is in the way."""
    until(60, "the server again", lambda: all(
        (status(name, "pw ada"), status(name, "wrong")) == (404, 401) for _ in range(6)))


def stopped():
    """Nobody can tell: 503, and no failed login. Then it is as before."""
    path = os.path.join(work, "postfixadmin_sqlite")
    names = [f"ada@{ending(kind)}" for kind in KINDS[:3]]
    for name in names:
        right(name, "pw ada", name)
    pg.stop()
    my.stop()
    os.rename(path, path + ".away")
    for name in names:
        for password in ("pw ada", "wrong"):
            refused(name, password, 503)
    right(OWN, "our own", OWN)
    os.rename(path + ".away", path)
    pg.start()
    my.start()
    for name in names:
        again(name)


def told(name, said):
    def lines():
        return [line for line in site.access_lines() if "sql:" + name in line]
    refused(f"ada@{name}.example", "pw ada", 503)
    until(10, "a line of the log", lines)
    check(any(said in line for line in lines()), lines())


def far(name):
    address = f"ada@{name}.example"
    if FAR[name][2]:
        right(address, "pw ada", address)
    else:
        told(name, "sql:" + name)


def together():
    """Two workers, many threads of each, few connections."""
    results = []

    def one(n):
        kind = KINDS[n % len(KINDS)]
        good = n % 4 != 3
        results.append((status(f"bob@{ending(kind)}", "pw bob" if good else f"wrong {n}"), good))
    many = [threading.Thread(target=one, args=(n,)) for n in range(TOGETHER)]
    for t in many:
        t.start()
    for t in many:
        t.join()
    equal(sorted(set(results)), [(401, False), (404, True)])
    equal(len(results), TOGETHER)
    held = int(pg.do("SELECT count(*) FROM pg_stat_activity WHERE usename = 'frontdesk'"))
    check(held <= 2 * 16, f"{held} connections")


def checked():
    """frontdesk check knows which queries do not work, before anybody asks."""
    done = site.command("check")
    said = (done.stdout + done.stderr).decode()
    for word in ("pg-table", "my-table", "pg-write"):
        check(word in said, f"nothing of {word}: {said}")


def secrets():
    everything = site.log() + "\n".join(site.access_lines())
    for word in ("pw ada", "pw bob", "a \\secret", "$6$", "{SSHA", "A4F49C"):
        check(word not in everything, f"{word} in the log")


cases("{0.preset} in {0.driver}: everybody by each address", KINDS, everybody)
cases("{0.driver}: names are values", KINDS[:3], injected)
cases("a hash of the scheme {0}", SCHEMES, scheme)
case("unknown, barred, without a password: all look the same", same_answer)
case("mailboxes of our own have our own passwords", own_mailboxes)
case("mailcow: who may not log in, and who has to change the password", mailcow_refuses)
cases("iRedMail in {0.driver}: who has expired", [KINDS[4], KINDS[5]], iredmail_expires)
cases("a hash that nobody can check is no wrong password, in {0.driver}", KINDS[:3],
      lambda kind: why(f"ntlm@{ending(kind)}", "x", 503, "NTLM"))
cases("changes in {0.driver} count", KINDS[:3], changed)
cases("{0} does not work, and the log says why: {1}", [
    ("pg-slow", "time"), ("my-slow", "time"),
    ("pg-write", "read-only"), ("pg-with", "read-only"), ("pg-call", "read-only"),
    ("pg-table", "nothing"), ("pg-large", "larger"), ("pg-many", "rows"),
    ("my-write", "READ ONLY"), ("my-table", "nothing"), ("my-large", "larger")], told)
cases("another host's certificate: {0}", list(FAR), far)
case(f"{TOGETHER} logins at once", together)
case("all of them stopped and started", stopped)
case("frontdesk check asks them", checked)
case("no secret is in a log", secrets)
main()
