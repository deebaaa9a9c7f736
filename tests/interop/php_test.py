#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""PHP's SoapClient 8.2 (PHP): calls by the served WSDL; php/client.php has the rows."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import main
from lib.foreign import INTEROP, Rows, is_version, own_environment
from lib.installation import PASSWORD, Installation, picture

is_version(__doc__, subprocess.run(["php", "-r", "echo PHP_VERSION;"], check=True,
                                   capture_output=True, text=True).stdout)
site = Installation("php")
ADA = site.add("ada@example.com")
GRACE = site.add("grace@example.com")
site.start()
rows = Rows(["php", os.path.join(INTEROP, "php", "client.php"),
             f"https://localhost:{site.port}/ews/services.wsdl", site.ca, ADA, PASSWORD, GRACE,
             picture("photo-1600.jpg")],
            env=own_environment())

rows.case("login: a wrong password is Unauthorized", "password")
rows.case("version: told in a header", "version")
rows.case("absences: two states with every audience", "plain")
rows.case("absences: on a connection each", "closed")
rows.case("absences: compressed", "gzipped")
rows.case("absences: in SOAP 1.2", "soap12")
rows.case("absences: a schedule, in another zone", "schedule")
rows.case("absences: a bad schedule is ErrorInvalidScheduledOofDuration", "refused")
rows.case("absences: a colleague's are ErrorAccessDenied", "colleague")
rows.case("photos: none is ErrorItemNotFound; set and get", "photo")
main()
