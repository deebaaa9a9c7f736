#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""frontdesk dns: a zone file that a parser takes, and the certificate's names."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main
from lib.installation import Installation
import dns.rdatatype
import dns.zone

site = Installation("dns", domains=("example.com", "example.org"), hosts=("mail.example.com",),
                    settings='public_url = "https://mail.example.com"\n')


def records(text):
    """{(name, type): (ttl, value)} of a zone file, as dnspython reads it."""
    zone = dns.zone.from_text(text, origin=".", relativize=False, check_origin=False)
    return {(str(name), dns.rdatatype.to_text(data.rdtype)): (ttl, data.to_text())
            for name, ttl, data in zone.iterate_rdatas()}


def zone_file():
    got = records(site.run("dns"))
    wanted = {}
    for domain in ("example.com", "example.org"):
        wanted[f"autodiscover.{domain}.", "CNAME"] = (3600, "mail.example.com.")
        wanted[f"_autodiscover._tcp.{domain}.", "SRV"] = (3600, "0 0 443 mail.example.com.")
    equal(got, wanted, "records")


def one_domain():
    got = records(site.run("dns", "Example.ORG", "--ttl", "300"))
    equal(got, {("autodiscover.example.org.", "CNAME"): (300, "mail.example.com."),
                ("_autodiscover._tcp.example.org.", "SRV"): (300, "0 0 443 mail.example.com.")}, "records")


def as_json():
    got = json.loads(site.run("dns", "example.com", "--json"))
    equal([sorted(d) for d in got], [["domain", "missing", "names", "notes", "records"]], "keys")
    equal(got[0]["records"], [
        {"name": "autodiscover.example.com.", "ttl": 3600, "type": "CNAME", "value": "mail.example.com."},
        {"name": "_autodiscover._tcp.example.com.", "ttl": 3600, "type": "SRV",
         "value": "0 0 443 mail.example.com."}], "records")
    equal(got[0]["names"], ["mail.example.com", "autodiscover.example.com"], "names")
    equal(got[0]["missing"], [], "missing: init has put them in")


def avatars():
    """Libravatar's record is there for the domains that show avatars, and no others."""
    site.configure('avatar {\n\tdomains = {"Example.ORG"}\n}\n')
    got = records(site.run("dns"))
    equal([(name, value) for (name, kind), (_, value) in got.items() if "avatars" in name],
          [("_avatars-sec._tcp.example.org.", "0 0 443 mail.example.com.")], "records of avatars")
    site.configure('avatar {\n}\n')


def lacking():
    """Another certificate: the names that it lacks are told, each by its domain."""
    files = {name: os.path.join(site.parent, f"foreign.{name}") for name in ("pem", "key")}
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-subj", "/CN=x", "-days", "2", "-addext",
                    "subjectAltName=DNS:mail.example.com,DNS:*.example.org", "-keyout", files["key"],
                    "-out", files["pem"]], check=True, capture_output=True)
    site.configure(f'tls {{\n\tcertificate = "{files["pem"]}"\n\tkey = "{files["key"]}"\n}}\n')
    missing = {d["domain"]: d["missing"] for d in json.loads(site.run("dns", "--json"))}
    equal(missing, {"example.com": ["autodiscover.example.com"], "example.org": []}, "missing")
    text = site.run("dns", "example.com")
    check("; the present one lacks: autodiscover.example.com\n" in text, text)
    records(text)  # still a zone file


def elsewhere():
    """An address, a port of its own, and no name at all."""
    for url, type_, value, srv, note in (
            ("https://192.0.2.7:8443", "A", "192.0.2.7", "0 0 8443 autodiscover.example.com.", "8443"),
            ("https://[2001:db8::7]", "AAAA", "2001:db8::7", "0 0 443 autodiscover.example.com.", None),
            ("https://localhost:8443", "CNAME", "localhost.", "0 0 8443 localhost.", "public_url")):
        site.configure(f'public_url = "{url}"\n')
        text = site.run("dns", "example.com")
        equal(records(text), {("autodiscover.example.com.", type_): (3600, value),
                              ("_autodiscover._tcp.example.com.", "SRV"): (3600, srv)}, url)
        check(note is None or note in text.split("lacks")[-1], text)


STATUSES = [("dns nowhere.example", 3, "frontdesk domain list"), ("dns no_domain!", 4, "example.com"),
            ("dns --ttl soon", 4, "--ttl"), ("dns --ttl -1", 4, "--ttl"),
            ("dns --ttl 2147483647", 0, ""), ("dns --ttl 2147483648", 4, "--ttl"),
            ("dns a.example b.example", 2, "dns")]


def status(words, wanted, said):
    done = site.command(*words.split())
    equal(done.returncode, wanted, done.stderr.decode())
    check(said in done.stderr.decode(), done.stderr)


def without_certificate():
    os.rename(os.path.join(site.parent, "foreign.pem"), os.path.join(site.parent, "gone.pem"))
    done = site.command("dns")
    equal((done.returncode, done.stdout), (3, b""), done.stderr)
    check(b"foreign.pem" in done.stderr, done.stderr)


case("what is printed is a zone file", zone_file)
case("one domain, with a TTL", one_domain)
case("JSON has the same, and the names of the certificate", as_json)
cases("frontdesk {} ends with status {}", STATUSES, status)
case("Libravatar's record is told where avatars are shown", avatars)
case("what a certificate lacks is told", lacking)
case("public_url may be an address or have a port", elsewhere)
case("without the certificate nothing is claimed", without_certificate)

if __name__ == "__main__":
    main()
