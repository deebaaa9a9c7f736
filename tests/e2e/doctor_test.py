#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""frontdesk doctor: every row right once, and wrong once. The hosts of
example.com are our own server, on loopback."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.authority import Authority
from lib.cases import case, cases, check, equal, main
from lib.dns import A, SRV, Names
from lib.installation import PASSWORD, Installation, folder, free_port, picture
from lib.other import Other, answer

site = Installation("doctor", hosts=("mail.example.com",))
ME, YOU = site.add("me@example.com"), site.add("you@example.com")
site.run("photo", "set", ME, picture("photo-1600.jpg"))
PUBLIC = "https://mail.example.com"
SERVICE = PUBLIC + "/EWS/Exchange.asmx"
site.configure(f'public_url = "{PUBLIC}"\n')
site.start()
home = folder("doctor-files")
authority = Authority(home)
dead = free_port()
names = Names({(n, A): ["127.0.0.1"] for n in ("autodiscover.example.com", "mail.example.com")})


def to(name, port, at=443):
    return ("--connect-to", f"{name}:{at}:127.0.0.1:{port}")


AUTO = to("autodiscover.example.com", site.port)
MAIL = to("mail.example.com", site.port)
NOWHERE = ("--connect-to", f"::127.0.0.1:{dead}")
TRUST = ("--ca", site.ca, "--dns-server", names.address)
OURS = (*AUTO, *MAIL, *NOWHERE, *TRUST)


def doctor(*words, input=PASSWORD + "\n", login=("--password-stdin",), conf=False):
    done = site.command("doctor", *words, *login, "--json", input=input, conf=conf)
    return done.returncode, json.loads(done.stdout or "[]"), done.stderr.decode()


def rows(found, check_):
    return [row for row in found if row["check"] == check_]


def states(found):
    """{check: its states, in order}"""
    out = {}
    for row in found:
        out.setdefault(row["check"], []).append(row["state"])
    return out


ALL = {"SOAP": ["ok"], "POX": ["ok"], "JSON": ["ok"], "autodiscover": ["ok"], "service": ["ok"],
       "challenge": ["ok"], "login": ["ok"], "absence": ["ok"], "photo": ["ok"], "photo again": ["ok"],
       "photo by SOAP": ["ok"]}


def all_is_well():
    status, found, said = doctor(ME, *OURS)
    equal(status, 0, said + json.dumps(found, indent=1))
    got = states(found)
    for check_, wanted in ALL.items():
        equal(got.get(check_), wanted, check_)
    equal(got["absence set"], ["skipped"])
    equal(got["certificate"], ["ok", "ok"])
    check("days left" in rows(found, "certificate")[0]["detail"], rows(found, "certificate"))
    equal(rows(found, "service")[0]["subject"], SERVICE)
    check(all(row["remedy"] is None for row in found if row["state"] == "ok"), "remedies where all is well")


def with_the_configuration():
    status, found, said = doctor(ME, *OURS, conf=True)
    equal((status, states(found)["service"]), (0, ["ok"]), said)
    check("the configuration says" in rows(found, "service")[0]["detail"], rows(found, "service"))


def whole_installation():
    """Without a login: each domain, and the service."""
    status, found, said = doctor(*OURS, login=(), conf=True)
    equal(status, 0, said + json.dumps(found, indent=1))
    got = states(found)
    equal((got["JSON"], got["SOAP"], got["login"], got["challenge"]), (["ok"], ["skipped"], ["skipped"], ["ok"]))


def set_again():
    site.run("oof", "set", ME, "--from", "2030-01-01", "--to", "2030-01-02", "--internal", "In & <b>out</b>",
             "--external", "Out", "--lang", "de", "--audience", "known")
    before = json.loads(site.run("oof", "show", ME, "--json"))
    status, found, said = doctor(ME, *OURS, "--write")
    equal((status, states(found)["absence set"]), (0, ["ok"]), said)
    after = json.loads(site.run("oof", "show", ME, "--json"))
    for key in ("state", "audience", "start", "end", "internal", "external"):
        equal(after[key], before[key], key)


def for_people():
    done = site.command("doctor", ME, *OURS, "--password-stdin", input="wrong\n", conf=False)
    lines = done.stdout.decode().splitlines()
    check(all(len(line.split("\t")) == 5 for line in lines), lines)
    check(b"checks failed" in done.stderr, done.stderr)
    check(PASSWORD not in done.stdout.decode() + done.stderr.decode(), "the password")


# ---- each row wrong ----

def other(act, *names_, days=20):
    return Other(act, authority.sign(*names_, days=days)).port


def missing(request):
    return answer(404)


def web_site(request):
    return answer(200, "<html>Welcome</html>", "Content-Type: text/html")


def half(request):
    """Autodiscover in JSON alone, and the service without a login."""
    if request.path == "/autodiscover/autodiscover.json":
        return answer(200, json.dumps({"Url": SERVICE}))
    return answer(200 if "exchange.asmx" in request.path else 404)


def untagged(request):
    if "getuserphoto" in request.path:
        return answer(200, b"\xff\xd8\xff\xe0xx", "Content-Type: image/jpeg")
    return answer(500)


THEIRS = ("--ca", authority.ca, "--dns-server", names.address, *NOWHERE)
AUTO_NAME = "autodiscover.example.com"
WRONG = [  # sentence, options, {check: (state, in its detail, in its remedy)}
    ("no DNS", lambda: ("--dns-server", Names().address),
     {"dns": ("skipped", "the DNS has no address of it", None),
      "autodiscover": ("failed", "no place", "what frontdesk dns prints")}),
    ("server down", lambda: (*TRUST, *NOWHERE),
     {"connection": ("skipped", "onnect", None), "autodiscover": ("failed", "no place", "")}),
    ("Autodiscover missing", lambda: (*to(AUTO_NAME, other(missing, AUTO_NAME)), *THEIRS),
     {"SOAP": ("skipped", "there is nothing", None), "autodiscover": ("failed", "no place", "DNS")}),
    ("a web site in its place", lambda: (*to(AUTO_NAME, other(web_site, AUTO_NAME)), *THEIRS),
     {"POX": ("skipped", "does not speak", None), "autodiscover": ("failed", "", "")}),
    ("an unknown authority", lambda: (*AUTO, *NOWHERE, "--dns-server", names.address),
     {"certificate": ("failed", "issuer certificate; issued by CN=Frontdesk CA", "--ca"),
      "autodiscover": ("failed", "", "")}),
    ("another host's certificate", lambda: (*to(AUTO_NAME, other(missing, "www.example.com", "x.test")), *THEIRS),
     {"certificate": ("failed", "it is for www.example.com, x.test, not for autodiscover.example.com",
                      "has this name")}),
    ("an expired certificate", lambda: (*to(AUTO_NAME, other(missing, AUTO_NAME, days=-1)), *THEIRS),
     {"certificate": ("failed", "it ended on 20", "renew it")}),
    ("a certificate that ends soon", lambda: (*to(AUTO_NAME, other(missing, AUTO_NAME, days=5)), *THEIRS),
     {"certificate": ("warning", "days left", "renew it soon")}),
    ("a dialect missing, and a service that asks for no login", lambda: (
        *to(AUTO_NAME, other(half, AUTO_NAME)), *to("mail.example.com", other(half, "mail.example.com")), *THEIRS),
     {"SOAP": ("warning", "there is nothing", "some clients"), "JSON": ("ok", SERVICE, None),
      "challenge": ("failed", "without a login it answers 200", "ask for a login"),
      "login": ("failed", "does not speak", "")}),
    ("a service that is not there", lambda: ("--url", SERVICE + "/x", *OURS),
     {"challenge": ("failed", "404", "check the URL")}),
    ("a service behind another name", lambda: ("--url", f"https://localhost:{site.port}/EWS/Exchange.asmx", *TRUST),
     {"dns": ("failed", "the DNS has no address of it", "check the name")}),
    ("a service that is down", lambda: ("--url", f"https://127.0.0.1:{dead}/", *TRUST),
     {"certificate": ("failed", "onnect", "check that the server runs"), "challenge": ("skipped", "not tried", None)}),
    ("errors of the server", lambda: (
        "--url", f"https://localhost:{other(untagged, 'localhost')}/ews/exchange.asmx", "--ca", authority.ca),
     {"challenge": ("failed", "answers 500", ""), "login": ("warning", "failed before it told", "the absence"),
      "absence": ("failed", "the server failed", "ask those"),
      "photo": ("ok", "image/jpeg", None), "photo again": ("skipped", "no photo with an entity tag", None),
      "photo by SOAP": ("failed", "the server failed", "")}),
]


def tells(sentence, options, wanted):
    status, found, said = doctor(ME, *options())
    failing = any(state == "failed" for state, _, _ in wanted.values())
    if failing:
        equal(status, 1, said)
    for check_, (state, detail, remedy) in wanted.items():
        row = rows(found, check_)[-1]
        equal(row["state"], state, json.dumps(row))
        check(detail in row["detail"], row)
        if remedy is None:
            equal(row["remedy"], None, json.dumps(row))
        else:
            check(row["remedy"] and remedy in row["remedy"], row)


def wrong_password():
    status, found, _ = doctor(ME, *OURS, input="wrong\n")
    got = states(found)
    equal(status, 1)
    equal((got["SOAP"], got["POX"], got["JSON"], got["login"], got["absence"], got["photo"]),
          (["failed"], ["failed"], ["ok"], ["failed"], ["skipped"], ["skipped"]))
    check("check user and password" in rows(found, "login")[0]["remedy"], rows(found, "login"))


def no_login():
    status, found, said = doctor(ME, *OURS, login=())
    equal((status, states(found)["login"]), (0, ["skipped"]), said)
    check("--password-stdin" in rows(found, "login")[0]["detail"], rows(found, "login"))


def no_photo():
    status, found, said = doctor(YOU, *OURS)
    got = states(found)
    equal((status, got["photo"], got["photo by SOAP"], got["photo again"]),
          (0, ["warning"], ["warning"], ["skipped"]), said)
    check("photo set" in rows(found, "photo")[0]["remedy"], rows(found, "photo"))


def not_the_owner():
    status, found, _ = doctor(YOU, *OURS, "--user", ME)
    row = rows(found, "absence")[0]
    equal((status, row["state"]), (1, "failed"))
    check("ErrorAccessDenied" in row["detail"] and "owner" in row["remedy"], row)


def led_elsewhere():
    """The DNS leads to a server that names another service."""
    port = other(half, AUTO_NAME)
    site.configure('public_url = "https://elsewhere.example.com"\n')
    status, found, _ = doctor(ME, *to(AUTO_NAME, port), *to("mail.example.com", site.port), *THEIRS, conf=True)
    site.configure(f'public_url = "{PUBLIC}"\n')
    row = rows(found, "service")[0]
    equal((status, row["state"]), (1, "failed"))
    check("elsewhere.example.com" in row["detail"] and "public_url" in row["remedy"], row)


def records_of_the_configuration():
    status, found, _ = doctor(*NOWHERE, *TRUST, login=(), conf=True)
    row = rows(found, "autodiscover")[0]
    equal((status, row["state"]), (1, "failed"))
    printed = site.run("dns", "example.com")
    check("add to the DNS" in row["remedy"] and "mail.example.com." in row["remedy"], row)
    check("mail.example.com." in printed, printed)


def by_the_record():
    """No host of the domain's answers, but the SRV record leads to ours."""
    names.records[("_autodiscover._tcp.example.com", SRV)] = [(0, 0, 443, "mail.example.com")]
    status, found, said = doctor(ME, *MAIL, *NOWHERE, *TRUST)
    del names.records[("_autodiscover._tcp.example.com", SRV)]
    equal((status, states(found)["autodiscover"]), (0, ["ok"]), said + json.dumps(found, indent=1))
    check("the SRV record" in rows(found, "autodiscover")[0]["detail"], rows(found, "autodiscover"))
    check("leads to https://mail.example.com" in said, said)


def usage():
    done = site.command("doctor", conf=False)
    equal(done.returncode, 2)
    equal(site.command("doctor", "me", conf=False).returncode, 4)


case("where all is well, every row says so", all_is_well)
case("with the configuration at hand it compares", with_the_configuration)
case("a whole installation is looked at without a login", whole_installation)
case("--write sets what is there, and changes nothing", set_again)
case("for people it prints a line each, and no secret", for_people)
cases("it tells of {}", WRONG, tells)
case("it tells of a wrong password", wrong_password)
case("it tells of what needs a login", no_login)
case("it tells of a photo that is not there", no_photo)
case("it tells of somebody else's mailbox", not_the_owner)
case("it tells of a way to another service", led_elsewhere)
case("it tells the records of the configuration", records_of_the_configuration)
case("the SRV record alone leads there", by_the_record)
case("it wants an address or an installation", usage)
main()
