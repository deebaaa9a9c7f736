#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""ews-javascript-api 0.15.3 (Node.js): the Managed API's calls, in JavaScript.

From npm, unchanged; the rows themselves are in javascript/ews_javascript_api.js.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import main
from lib.foreign import APPLICATION, javascript, own_environment, take_tokens
from lib.installation import PASSWORD, Installation

site = Installation("ews-javascript-api", hosts=("mail.example.com",))
ADA = site.add("ada@example.com")
GRACE = site.add("grace@example.com", "--name", "Grace Hopper")
ROBOT = site.add("robot@example.com")
issuer = take_tokens(site)
site.start()
rows = javascript("ews_javascript_api.js", str(site.port), ADA, PASSWORD, GRACE,
                  env=own_environment(NODE_EXTRA_CA_CERTS=site.ca, ROBOT=ROBOT,
                                      TOKEN=issuer.token(upn=ADA),
                                      APPLICATION=issuer.app(APPLICATION)))

rows.case("login: a wrong password is told as 401", "password")
rows.case("login: an access token of a user", "token")
rows.case("login: an application's token, with impersonation", "application")
rows.case("login: impersonation by a service account", "impersonation")
rows.case("login: impersonation by another is ErrorImpersonateUserDenied", "no_impersonation")
rows.case("discovery: from the address alone", "discovery")
rows.case("discovery: settings of a colleague, and of nobody", "user_settings")
rows.case("version: five of them", "versions")
rows.case("version: the server's own is read", "server_info")
rows.case("absences: a mailbox that never set any", "never_set")
rows.case("absences: every state with every audience", "states")
rows.case("absences: a schedule", "schedule")
rows.case("absences: every kind of letter", "unicode")
rows.case("absences: HTML, escaped by its caller", "html")
rows.case("absences: HTML that its caller did not escape is refused, never cut", "unescaped")
rows.case("absences: the language of a reply", "culture")
rows.case("absences: a colleague's are ErrorAccessDenied", "colleague")
rows.case("around: names of colleagues", "names")
main()
