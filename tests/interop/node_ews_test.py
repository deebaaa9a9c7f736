#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""node-ews 3.5.0 (Node.js): reads the served WSDL, calls by it through node-soap.

From npm, unchanged; the rows themselves are in javascript/node_ews.js. It asks
npm for no ntlm-client, which it loads all the same: package.json names it.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import main
from lib.foreign import javascript, own_environment, take_tokens
from lib.installation import PASSWORD, Installation

site = Installation("node-ews", hosts=("mail.example.com",))
ADA = site.add("ada@example.com")
GRACE = site.add("grace@example.com")
issuer = take_tokens(site)
site.start()
rows = javascript("node_ews.js", str(site.port), ADA, PASSWORD, GRACE,
                  env=own_environment(NODE_EXTRA_CA_CERTS=site.ca, TOKEN=issuer.token(upn=ADA)))

rows.case("WSDL: downloads its three files and calls by them", "wsdl")
rows.case("login: a wrong password is refused", "password")
rows.case("login: an access token of a user", "token")
rows.case("absences: two states with every audience", "states")
rows.case("absences: a schedule", "schedule")
rows.case("absences: every kind of letter, and HTML", "text")
rows.case("absences: a bad schedule is ErrorInvalidScheduledOofDuration", "refused")
rows.case("absences: a colleague's are refused in the specification's words", "colleague")
main()
