#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The contract of backends (tests/contract/backend_test.c), kept with a real server."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.authority import Authority
from lib.cases import Failed, case, check, main
from lib.dovecot_mail import DovecotMail
from lib.installation import BUILD, environment, folder
from lib.sink import Sink

CONTRACT = os.path.join(BUILD, "backend_contract")

scratch = folder("backend")
authority = Authority(scratch)
certificate, key = authority.sign("localhost")
dovecot = DovecotMail(Sink().port, certificate=certificate, key=key)
PASSWORD = os.path.join(scratch, "password")
with open(PASSWORD, "w") as f:
    f.write("master\n")
for who in ("ada@example.com", "bob@example.com"):
    dovecot.put(who, "pw")
dovecot.start()


def test_managesieve():
    done = subprocess.run([CONTRACT], capture_output=True, text=True, env={
        **environment(), "BACKEND_SERVER": f"localhost:{dovecot.managesieve}",
        "BACKEND_CA": authority.ca, "BACKEND_MASTER": "boss", "BACKEND_PASSWORD_FILE": PASSWORD})
    if done.returncode != 0:
        raise Failed(done.stdout + done.stderr + dovecot.log())
    check("managesieve:" in done.stdout, done.stdout)


case("managesieve keeps the words of the header", test_managesieve)
main()
