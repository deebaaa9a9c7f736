#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""suds 1.1 (Python): calls by the served WSDL, as many old scripts do."""
import logging
import os
import ssl
import sys
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import suds
import suds.client
import suds.transport.https
from lib.cases import Failed, case, check, equal, main, until
from lib.foreign import is_version, names_lead_home
from lib.installation import PASSWORD, Installation
from lib.soap import T

is_version(__doc__, suds.__version__)
logging.getLogger("suds").setLevel(logging.CRITICAL)
site = Installation("suds", hosts=("mail.example.com",))
ADA = site.add("ada@example.com")
GRACE = site.add("grace@example.com")
site.start()
names_lead_home(site)
TEXT = "<p>Grüße, 日本語 👩‍👩‍👧</p> ]]> & <b>"


class Transport(suds.transport.https.HttpAuthenticated):
    """The one that calls without credentials first."""

    def u2handlers(self):
        return super().u2handlers() + [urllib.request.HTTPSHandler(
            context=ssl.create_default_context(cafile=site.ca))]


def client(password=PASSWORD):
    return suds.client.Client(f"https://mail.example.com:{site.port}/ews/services.wsdl",
                              transport=Transport(username=ADA, password=password), cache=None)


def made(who, kind, **members):
    """A value of a type that the WSDL declares."""
    value = who.factory.create(f"{{{T}}}{kind}")
    for name, member in members.items():
        setattr(value, name, member)
    return value


def get(who, address=ADA):
    return who.service.GetUserOofSettings(made(who, "EmailAddress", Address=address))


def put(who, state="Enabled", audience="All", times=None, text="in"):
    settings = made(who, "UserOofSettings", OofState=state, ExternalAudience=audience,
                    InternalReply=made(who, "ReplyBody", Message=text),
                    ExternalReply=made(who, "ReplyBody", Message="out"))
    if times:
        settings.Duration = made(who, "Duration", StartTime=times[0], EndTime=times[1])
    return who.service.SetUserOofSettings(made(who, "EmailAddress", Address=ADA), settings)


def states():
    me = client()
    for state in ("Disabled", "Enabled"):
        for audience in ("None", "Known", "All"):
            equal(put(me, state, audience).ResponseCode, "NoError")
            got = get(me).OofSettings
            equal((got.OofState, got.ExternalAudience), (state, audience))


def asked_each_time():
    def refusals():
        return sum('"status":401' in line for line in site.access_lines())
    before = refusals()
    states()
    until(10, "a 401 for each call", lambda: refusals() - before >= 12)


def scheduled():
    me = client()
    times = ("2099-01-01T09:00:00+01:00", "2099-01-02T00:00:00Z")
    put(me, "Scheduled", times=times)
    got = get(me).OofSettings.Duration
    equal((got.StartTime.isoformat(), got.EndTime.isoformat()),
          ("2099-01-01T08:00:00+00:00", "2099-01-02T00:00:00+00:00"))


def text():
    me = client()
    put(me, text=TEXT)
    equal(str(get(me).OofSettings.InternalReply.Message), TEXT)


def wrong_password():
    try:
        get(client("wrong"))
    except Exception as e:  # it raises a bare one
        check("401" in str(e) or "Unauthorized" in str(e), repr(e))
        return
    raise Failed("not refused")


def colleague():
    try:
        get(client(), GRACE)
    except suds.WebFault as e:
        check("not mailbox owner" in str(e), str(e))
        equal(e.fault.detail.ResponseCode, "ErrorAccessDenied", "e:ResponseCode")
        return
    raise Failed("not refused")


case("login: first without credentials, at each call", asked_each_time)
case("login: a wrong password is refused", wrong_password)
case("absences: two states with every audience", states)
case("absences: a schedule", scheduled)
case("absences: every kind of letter, and HTML", text)
case("absences: a colleague's are ErrorAccessDenied", colleague)
main()
