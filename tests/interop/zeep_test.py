#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""zeep 4.2 (Python): calls by the served WSDL, with the types it declares."""
import base64
import datetime
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import requests
import zeep
import zeep.exceptions
import zeep.transports
from lib.cases import Failed, case, check, equal, main
from lib.foreign import is_version, names_lead_home
from lib.installation import PASSWORD, Installation, picture
from lib.soap import T

is_version(__doc__, zeep.__version__)
site = Installation("zeep", hosts=("mail.example.com",))
ADA = site.add("ada@example.com")
GRACE = site.add("grace@example.com", "--name", "Grace Hopper")
site.start()
names_lead_home(site)
UTC = datetime.timezone.utc
TEXT = "<p>Grüße &amp; 日本語 👩‍👩‍👧</p> ]]> & <b>"


def client(password=PASSWORD):
    session = requests.Session()
    session.trust_env = False  # nor a CA bundle of the machine's
    session.verify, session.auth = site.ca, (ADA, password)
    return zeep.Client(f"https://mail.example.com:{site.port}/ews/services.wsdl",
                       transport=zeep.transports.Transport(session=session))


def body(answer):
    """What is in the Body, whether or not the headers came along."""
    return getattr(answer, "body", answer)


def result(answer, name):
    answer = body(answer)
    return getattr(answer, name, answer)


def get(who, address=ADA):
    answer = who.service.GetUserOofSettings(Mailbox={"Address": address})
    return result(answer, "GetUserOofSettingsResult")


def put(who, **settings):
    settings = {"OofState": "Enabled", "ExternalAudience": "All",
                "InternalReply": {"Message": "in"}, "ExternalReply": {"Message": "out"}, **settings}
    answer = who.service.SetUserOofSettings(Mailbox={"Address": ADA}, UserOofSettings=settings)
    return result(answer, "SetUserOofSettingsResult").ResponseMessage


def refused(words, act):
    try:
        got = act()
    except zeep.exceptions.Fault as e:
        check(words in e.message, e.message)
        return e
    raise Failed(f"not refused: {got!r}")


def declared():
    port = client().wsdl.services["ExchangeServices"].ports
    names = [name for p in port.values() for name in p.binding._operations]
    check({"GetUserOofSettings", "SetUserOofSettings"} <= set(names), str(names))


def wrong_password():
    try:
        get(client("wrong"))
    except zeep.exceptions.TransportError as e:
        equal(e.status_code, 401, "status")
        return
    raise Failed("not refused")


def states():
    me = client()
    for state in ("Disabled", "Enabled"):
        for audience in ("None", "Known", "All"):
            equal(put(me, OofState=state, ExternalAudience=audience).ResponseCode, "NoError")
            got = get(me)
            equal((got.OofSettings.OofState, got.OofSettings.ExternalAudience,
                   got.AllowExternalOof), (state, audience, "All"))


def scheduled():
    me = client()
    zone = datetime.timezone(datetime.timedelta(hours=5, minutes=45))
    start, end = (datetime.datetime(2099, 1, 1, 5, 45, tzinfo=zone),
                  datetime.datetime(2099, 1, 2, tzinfo=UTC))
    put(me, OofState="Scheduled", Duration={"StartTime": start, "EndTime": end})
    got = get(me).OofSettings.Duration
    equal((got.StartTime, got.EndTime), (start, end))
    check(got.StartTime.tzinfo is not None, "an answer without a zone")


def text():
    me = client()
    put(me, InternalReply={"Message": TEXT}, ExternalReply={"Message": ""})
    got = get(me).OofSettings
    equal((got.InternalReply.Message, got.ExternalReply.Message or ""), (TEXT, ""))


def unasked():
    me = client()
    put(me, InternalReply={"Message": "kept"})
    put(me, InternalReply=None, ExternalReply=None)
    equal(get(me).OofSettings.InternalReply.Message, "kept")


def bad_schedule():
    answer = put(client(), OofState="Scheduled", Duration=None)
    equal((answer.ResponseClass, answer.ResponseCode),
          ("Error", "ErrorInvalidScheduledOofDuration"))


def colleague():
    fault = refused("not mailbox owner", lambda: get(client(), GRACE))
    equal(fault.code.split(":")[-1], "Client", "faultcode")


def version_header():
    me = client()
    header = zeep.xsd.Element(f"{{{T}}}RequestServerVersion", zeep.xsd.ComplexType(
        [zeep.xsd.Attribute("Version", zeep.xsd.String())]))
    answer = me.service.GetUserOofSettings(
        Mailbox={"Address": ADA}, _soapheaders=[header(Version="Exchange2010_SP2")])
    info = answer.header.ServerVersion
    equal((info.MajorVersion, type(info.MinorVersion)), (15, int))


def photo():
    me = client()
    with open(picture("photo-1600.jpg"), "rb") as f:
        sent = base64.b64encode(f.read()).decode()
    equal(body(me.service.SetUserPhoto(Email=ADA, Content=sent)).ResponseCode, "NoError")
    got = body(me.service.GetUserPhoto(Email=ADA, SizeRequested="HR96x96"))
    equal((got.HasChanged, got.ContentType, got.PictureData[:3]),
          (True, "image/jpeg", b"\xff\xd8\xff"))
    got = body(me.service.GetUserPhoto(Email=ADA, SizeRequested="HR95x94"))
    equal((got.ResponseClass, got.ResponseCode), ("Error", "ErrorInvalidPhotoSize"))


def names():
    got = body(client().service.ResolveNames(UnresolvedEntry="hopper", ReturnFullContactData=False))
    got = got.ResponseMessages.ResolveNamesResponseMessage.ResolutionSet.Resolution[0].Mailbox
    equal((got.Name, got.EmailAddress), ("Grace Hopper", GRACE))


def tips():
    put(client(), InternalReply={"Message": TEXT})
    got = body(client().service.GetMailTips(
        SendingAs={"EmailAddress": ADA}, Recipients={"Mailbox": [{"EmailAddress": ADA}]},
        MailTipsRequested="OutOfOfficeMessage"))
    got = got.ResponseMessages.MailTipsResponseMessageType[0].MailTips
    equal(got.OutOfOffice.ReplyBody.Message, TEXT)


case("WSDL: declares what there is to call", declared)
case("login: a wrong password is 401", wrong_password)
case("version: told in a header, and the server's own is read", version_header)
case("absences: two states with every audience", states)
case("absences: a schedule, in another zone", scheduled)
case("absences: every kind of letter, and HTML", text)
case("absences: replies that are not sent stay", unasked)
case("absences: a bad schedule is ErrorInvalidScheduledOofDuration", bad_schedule)
case("absences: a colleague's are a fault in the specification's words", colleague)
case("photos: set and get; a size that is none is ErrorInvalidPhotoSize", photo)
case("around: names of colleagues", names)
case("around: the tip that says who is away", tips)
main()
