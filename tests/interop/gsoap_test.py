#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""gSOAP 2.8 (C): code made from the served WSDL by wsdl2h and soapcpp2.

The program on that code is gsoap/client.c; it takes the endpoint from the WSDL.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, check, equal, main
from lib.foreign import INTEROP, Rows, is_version, own_environment, scratch
from lib.installation import PASSWORD, Installation, picture

site = Installation("gsoap")
ADA = site.add("ada@example.com")
GRACE = site.add("grace@example.com")
site.run("photo", "set", ADA, picture("photo-1600.jpg"))
site.start()
work = scratch("gsoap")
for name in ("services.wsdl", "messages.xsd", "types.xsd"):
    with open(os.path.join(work, name), "wb") as f:
        f.write(site.client().get(f"/ews/{name}").body)
rows = Rows([f"{work}/client", site.ca, ADA, PASSWORD, GRACE], env=own_environment())


def tool(*argv):
    done = subprocess.run(argv, capture_output=True, cwd=work, text=True)
    equal(done.returncode, 0, done.stdout + done.stderr)
    return done


def reads():
    is_version(__doc__, tool("wsdl2h", "-V").stdout.strip())
    said = tool("wsdl2h", "-c", "-F", "-o", "ews.h", "services.wsdl").stderr
    check("rror" not in said and "arning" not in said, said)
    tool("soapcpp2", "-c", "-C", "-x", "-1", "ews.h")


def compiles():
    tool("gcc", "-O0", "-w", "-DWITH_OPENSSL", "-DWITH_GZIP", "-I.", "-o", "client",
         os.path.join(INTEROP, "gsoap", "client.c"), "soapC.c", "soapClient.c",
         "-lgsoapssl", "-lssl", "-lcrypto", "-lz")


case("WSDL: wsdl2h and soapcpp2 read it without a word", reads)
case("WSDL: a program on what they made", compiles)
rows.case("login: a wrong password is 401", "bad_password")
rows.case("version: the server's own comes back with the next request", "versions")
rows.case("absences: every state with every audience, schedule and text", "plain")
rows.case("absences: on one connection", "keep_alive")
rows.case("absences: in chunks", "chunked")
rows.case("absences: compressed", "gzipped")
rows.case("absences: a bad schedule is ErrorInvalidScheduledOofDuration", "refused")
rows.case("absences: a colleague's are a fault in the specification's words", "colleague")
rows.case("photos: get", "photo")
main()
