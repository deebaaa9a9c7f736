#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""exchangelib 4.9 (Python): from an address to its absence, by all ways in.

It is Debian's python3-exchangelib, unchanged; only its certificate store and
the look-up of names are told of the test's site.
"""
import datetime
import os
import sys
import tempfile
import warnings

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import Failed, case, cases, check, equal, main, until
from lib.dns import A, SRV, Names
from lib.foreign import APPLICATION, is_version, names_lead_home, take_tokens
from lib.installation import PASSWORD, Installation, folder

tempfile.tempdir = folder("exchangelib-cache")  # where it keeps what it discovered
warnings.simplefilter("ignore")
import exchangelib
import requests.adapters
from exchangelib import (DELEGATE, IMPERSONATION, OAUTH2, UTC, Account, Configuration, Credentials,
                         EWSDateTime, EWSTimeZone, OAuth2AuthorizationCodeCredentials, OofSettings)
from exchangelib import errors
from exchangelib.autodiscover import clear_cache
from exchangelib.autodiscover.discovery.base import BaseAutodiscovery
from exchangelib.protocol import BaseProtocol

site = Installation("exchangelib", hosts=("mail.example.com",))
ADA = site.add("ada@example.com", "--name", "Ada Lovelace", "--tz", "Europe/Berlin")
FRESH = site.add("fresh@example.com", "--tz", "America/New_York")
NEW = site.add("new@example.com")
GRACE = site.add("grace@example.com")
site.run("domain", "add", "other.example", "--organization", "other")
STRANGER = site.add("stranger@other.example")
ROBOT = site.add("robot@example.com")
issuer = take_tokens(site)
site.start()
names_lead_home(site)
names = Names()
BaseAutodiscovery.DNS_RESOLVER_KWARGS = {"configure": False}
BaseAutodiscovery.DNS_RESOLVER_ATTRS = {"nameservers": ["127.0.0.1"], "timeout": 5,
                                        "port": int(names.address.split(":")[1])}
URL = f"https://mail.example.com:{site.port}/EWS/Exchange.asmx"


class OurAuthority(requests.adapters.HTTPAdapter):
    def cert_verify(self, conn, url, verify, cert):
        super().cert_verify(conn=conn, url=url, verify=site.ca, cert=cert)


BaseProtocol.HTTP_ADAPTER_CLS = OurAuthority
is_version(__doc__, exchangelib.__version__)


def account(address=ADA, user=None, password=PASSWORD, access=DELEGATE, **more):
    config = Configuration(service_endpoint=URL, credentials=Credentials(user or address, password),
                           retry_policy=None, **more)
    return Account(address, config=config, autodiscover=False, access_type=access)


def with_token(token, access=DELEGATE, address=ADA):
    config = Configuration(service_endpoint=URL, auth_type=OAUTH2, retry_policy=None,
                           credentials=OAuth2AuthorizationCodeCredentials(
                               access_token={"access_token": token, "token_type": "Bearer"}))
    return Account(address, config=config, autodiscover=False, access_type=access)


def raises(error, act):
    try:
        got = act()
    except error:
        return
    raise Failed(f"no {error}, but {got!r}")


def written(settings, who=None):
    """What a new client reads after another has written."""
    account(who or ADA).oof_settings = settings
    return account(who or ADA).oof_settings


def texts(**more):
    return OofSettings(**{"state": OofSettings.ENABLED, "external_audience": "All",
                          "internal_reply": "in", "external_reply": "out", **more})


# ---- login ----

def finds_basic():
    me = account()
    equal(me.protocol.auth_type, "basic", "how it logs in")


def wrong_password():
    raises(errors.UnauthorizedError, lambda: account(password="wrong").oof_settings)


def token():
    equal(with_token(issuer.token(upn=ADA)).oof_settings.external_audience, "All")
    raises(errors.UnauthorizedError,
           lambda: with_token(issuer.token(upn=ADA, aud="https://other.example")).oof_settings)


def application():
    """A token of a program without a user, which acts for one."""
    me = with_token(issuer.app(APPLICATION), IMPERSONATION)
    me.oof_settings = texts(internal_reply="by the board")
    equal(account().oof_settings.internal_reply, "by the board")
    raises(errors.ErrorImpersonateUserDenied, lambda: with_token(
        issuer.app(APPLICATION), IMPERSONATION, STRANGER).oof_settings)


def impersonation():
    for who in (ADA, GRACE):
        account(who, ROBOT, access=IMPERSONATION).oof_settings = texts(internal_reply=f"for {who}")
    for who in (ADA, GRACE):
        equal(account(who).oof_settings.internal_reply, f"for {who}")
    raises(errors.ErrorImpersonateUserDenied,
           lambda: account(ADA, GRACE, access=IMPERSONATION).oof_settings)


# ---- discovery ----

HOSTS = {
    "example.com itself": {("example.com", A): ["127.0.0.1"]},
    "autodiscover.example.com": {("autodiscover.example.com", A): ["127.0.0.1"]},
    "an SRV record": {("_autodiscover._tcp.example.com", SRV): [(0, 0, 443, "mail.example.com")],
                      ("mail.example.com", A): ["127.0.0.1"]},
}


def discovers(where, dialect):
    clear_cache()
    names.records = HOSTS[where]
    me = Account(ADA, credentials=Credentials(ADA, PASSWORD), autodiscover=dialect)
    equal(me.protocol.service_endpoint, URL, "where the service is")
    equal(me.primary_smtp_address, ADA)
    equal(me.oof_settings.external_audience, "All")


def discovers_soap(where):
    discovers(where, "soap")


def discovers_pox(where):
    discovers(where, "pox")


def discovers_none():
    clear_cache()
    names.records = HOSTS["example.com itself"]
    for dialect in ("soap", "pox"):
        raises((errors.ErrorNonExistentMailbox, errors.AutoDiscoverFailed), lambda: Account(
            "nobody@example.com", credentials=Credentials(ADA, PASSWORD), autodiscover=dialect))


def guesses_version():
    guessed = account().version
    equal(guessed.build.major_version, 15, "build")
    account(NEW).oof_settings

    def lines(operation):
        return [line for line in site.access_lines()
                if f'"caller":"{NEW}"' in line and f'"operation":"{operation}"' in line]
    until(10, "the log", lambda: lines("GetUserOofSettings"))
    equal(len(lines("ConvertId")), 1, "what it took to find the version")


def any_version(number):
    version = next(v for v in exchangelib.version.Version.all_versions()
                   if v.api_version == number)
    equal(account(version=version).oof_settings.external_audience, "All")


# ---- absences ----

def never_set():
    got = account(FRESH).oof_settings
    equal((got.state, got.external_audience, got.internal_reply or "", got.external_reply or ""),
          ("Disabled", "All", "", ""))
    check(got.end > got.start, "the times")


def state_and_audience():
    for state in ("Enabled", "Disabled", "Scheduled"):
        for audience in ("None", "Known", "All"):
            start = EWSDateTime(2099, 3, 1, 8, 0, tzinfo=UTC)
            sent = texts(state=state, external_audience=audience, start=start,
                         end=start + datetime.timedelta(days=7))
            got = written(sent)
            equal((got.state, got.external_audience, got.start, got.end),
                  (state, audience, sent.start, sent.end))


def zone(name):
    start = EWSDateTime(2099, 3, 28, 22, 30, tzinfo=EWSTimeZone(name))
    end = EWSDateTime(2099, 3, 29, 3, 30, tzinfo=EWSTimeZone(name))
    got = written(texts(state="Scheduled", start=start, end=end))
    equal((got.start, got.end), (start.astimezone(UTC), end.astimezone(UTC)))


def text(_kind, sent):
    got = written(texts(internal_reply=sent, external_reply=sent[::-1]))
    equal((got.internal_reply, got.external_reply), (sent, sent[::-1]))


TEXTS = [
    ("HTML", "<html><body><p class=\"a\">Back &amp; forth <b>soon</b></p></body></html>"),
    ("every kind of letter", "Grüße, 日本語, العربية, עברית, ελληνικά, 👩‍👩‍👧, e\u0301, \u202e!"),
    ("lines and tabs", "one\n\n\ttwo\n  three  \n"),
    ("what XML would take for its own", "]]> & <!-- --> &lt;b&gt; \"'"),
    ("100,000 bytes", "long " * 20000),
]


def empty_replies():
    got = written(OofSettings(state="Disabled", external_audience="None",
                              internal_reply="", external_reply=""))
    equal((got.state, got.internal_reply or "", got.external_reply or ""), ("Disabled", "", ""))


def too_long():
    raises(errors.ErrorInvalidUserOofSettings, lambda: setattr(
        account(), "oof_settings", texts(internal_reply="x" * 128001)))


def colleague():
    raises(errors.ErrorAccessDenied, lambda: account(GRACE, user=ADA).oof_settings)
    raises(errors.ErrorAccessDenied, lambda: setattr(account(GRACE, user=ADA), "oof_settings", texts()))


# ---- and the rest ----

def resolves():
    for word, wanted in (("Lovelace", [ADA]), (GRACE, [GRACE]), ("nobody", [])):
        found = account().protocol.resolve_names([word])
        got = [m.email_address for m in found if not isinstance(m, Exception)]
        equal(got, wanted, f"of {found}")
    found = account().protocol.resolve_names(["ada"], return_full_contact_data=True)
    equal([(m.email_address, c.display_name) for m, c in found], [(ADA, "Ada Lovelace")])


def tips():
    account().oof_settings = texts(internal_reply="for colleagues")
    got = account().mail_tips
    equal(got.recipient_address.email_address, ADA)
    equal(got.out_of_office.reply_body, "for colleagues")
    account().oof_settings = OofSettings(state="Disabled", external_audience="All")
    equal(account().mail_tips.out_of_office.reply_body or "", "")


def converts():
    asked = exchangelib.properties.AlternateId(id="AAAA", format="EwsId", mailbox=ADA)
    got = list(account().protocol.convert_ids([asked], destination_format="HexEntryId"))
    check(isinstance(got[0], errors.ResponseMessageError), repr(got))


def other_operations():
    raises(errors.ErrorInvalidOperation, lambda: list(account().protocol.get_roomlists()))


case("login: it finds Basic by itself", finds_basic)
case("login: a wrong password is UnauthorizedError", wrong_password)
case("login: an access token of a user; one for another audience is UnauthorizedError", token)
case("login: an application's token, with impersonation", application)
case("login: impersonation by a service account; by another it is ErrorImpersonateUserDenied",
     impersonation)
cases("discovery: in SOAP at {}",
      ["example.com itself", "autodiscover.example.com", "an SRV record"], discovers_soap)
cases("discovery: in XML at {}",
      ["example.com itself", "autodiscover.example.com", "an SRV record"], discovers_pox)
case("discovery: nobody's address is refused", discovers_none)
case("version: settled at once, by ConvertId", guesses_version)
cases("version: {} when it is told to speak that",
      ["Exchange2007_SP1", "Exchange2010_SP2", "Exchange2013_SP1", "Exchange2016", "Exchange2019"],
      any_version)
case("absences: a mailbox that never set any", never_set)
case("absences: every state with every audience", state_and_audience)
cases("absences: a schedule in {}",
      ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Chatham"], zone)
cases("absences: {} in a reply as it was sent", TEXTS, text)
case("absences: empty replies", empty_replies)
case("absences: a reply too long is ErrorInvalidUserOofSettings", too_long)
case("absences: a colleague's are ErrorAccessDenied", colleague)
case("around: names and addresses of colleagues", resolves)
case("around: the tip that says who is away", tips)
case("around: an identifier of an item that is not there is an error of its own", converts)
case("around: an operation that is not there is ErrorInvalidOperation", other_operations)
main()
