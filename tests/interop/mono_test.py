#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Mono 6.8 (C#): a class made from the served WSDL, as .NET's web references are.

mono/proxy.cs makes it with System.Web.Services; mono/client.cs uses it. It knows
the server by its certificate, for Mono has a store of authorities of its own.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, equal, main
from lib.foreign import INTEROP, Rows, is_version, own_environment, scratch, take_tokens
from lib.installation import PASSWORD, Installation, picture

NAMES = ("services.wsdl", "messages.xsd", "types.xsd")
site = Installation("mono")
ADA = site.add("ada@example.com")
GRACE = site.add("grace@example.com")
ROBOT = site.add("robot@example.com")
take_tokens(site)
site.start()
work = scratch("mono")
for name in NAMES:
    with open(os.path.join(work, name), "wb") as f:
        f.write(site.client().get(f"/ews/{name}").body)
ENVIRONMENT = own_environment(TZ="Europe/Berlin", HOME=work)
rows = Rows(["mono", f"{work}/client.exe", os.path.join(site.dir, "tls", "server.pem"),
             ADA, PASSWORD, GRACE, ROBOT, picture("photo-1600.jpg")], env=ENVIRONMENT)


def tool(*argv):
    done = subprocess.run(argv, capture_output=True, cwd=work, text=True, env=ENVIRONMENT)
    equal(done.returncode, 0, done.stdout + done.stderr)
    return done.stdout


def compiled(program, *sources):
    tool("mcs", f"-out:{program}", "-r:System.Web.Services.dll", "-r:System.Xml.dll", *sources)


def reads():
    is_version(__doc__, tool("mcs", "--version").split()[-1])
    compiled("proxy.exe", os.path.join(INTEROP, "mono", "proxy.cs"))
    tool("mono", "proxy.exe", NAMES[0], "Ews.cs", *NAMES[1:])


def compiles():
    compiled("client.exe", os.path.join(INTEROP, "mono", "client.cs"), "Ews.cs")


case("WSDL: read without a warning", reads)
case("WSDL: a program on the class made of it", compiles)
rows.case("login: a wrong password is 401", "password")
rows.case("login: impersonation by a service account", "impersonation")
rows.case("version: told in a header, and the server's own is read", "versions")
rows.case("absences: two states with every audience, HTML and every kind of letter", "states")
rows.case("absences: a schedule, in another zone", "schedule")
rows.case("absences: a bad schedule is ErrorInvalidScheduledOofDuration", "refused")
rows.case("absences: a colleague's are ErrorAccessDenied", "colleague")
rows.case("photos: set and get", "photo")
main()
