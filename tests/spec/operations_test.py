#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Photos over SOAP, and the operations that clients call first or beside:
each against the real server over TLS, the golden vectors compared as trees."""
import base64
import email.utils
import os
import signal
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main, until
from lib.installation import Installation, picture
from lib.soap import M, NS, T, Message, envelope, escape, expect, same_tree, set_oof, vector

SIZES = (48, 64, 96, 120, 240, 360, 432, 504, 648)
DOCUMENT_MAX = 1792 * 1024           # of a request, ...
PHOTO_MAX = 11 * 1024**2 + 256 * 1024  # ... and of a SetUserPhoto
IDS_MAX = FOLDERS_MAX = 500
NAMES_MAX = MAILBOXES_MAX = 100
RECIPIENTS_MAX = 50
CONFIGURATIONS_MAX = 16
REPLY_MAX = 128000

site = Installation("operations", domains=("frontdesk.example", "second.example"))
ADA = site.add("ada@frontdesk.example", "--name", "Ada Lovelace",
               "--alias", "countess@frontdesk.example", "--alias", "lovelace@second.example")
BOB = site.add("bob@frontdesk.example", "--name", "Bob Müller-Nagy")
EVE = site.add("eve@frontdesk.example", "--name", "Éva Ångström", "--external", "none")
NAMELESS = site.add("nameless@frontdesk.example")
OFFICE = site.add("office@frontdesk.example", "--name", "The Office")
site.run("domain", "add", "other.example", "--organization", "other")
STRANGER = site.add("ada@other.example", "--name", "Ada Elsewhere")
site.run("mailbox", "owner", OFFICE, "add", BOB)
site.run("photo", "set", ADA, picture("photo-1600.jpg"))
site.start()
clients = {}


def client(user):
    return clients.setdefault(user, site.client(user))


def post(body, user=ADA, **headers):
    return client(user).post(body, **headers)


# ---- GetUserPhoto ----

def get_photo(address, size="HR96x96", more=""):
    return envelope(f"<m:GetUserPhoto><m:Email>{escape(address)}</m:Email>"
                    f"<m:SizeRequested>{size}</m:SizeRequested>{more}</m:GetUserPhoto>")


def tree_of(answer, name, replace=None):
    same_tree(answer.body, vector(name), replace)


PICTURE = {f"{{{M}}}PictureData": ""}


def bytes_of(message):
    return base64.b64decode(message.text("//m:PictureData"), validate=True)


def photo_vectors():
    answer = post(vector("photo-soap.req.xml"))
    expect(answer, 200, "NoError")
    tree_of(answer, "photo-soap.resp.changed.xml", PICTURE)
    tree_of(post(vector("photo-soap.req.xml"), if_none_match=answer["ETag"]),
            "photo-soap.resp.unchanged.xml")
    answer = post(get_photo(BOB))
    expect(answer, 404, "ErrorItemNotFound")
    tree_of(answer, "photo-soap.resp.not-found.xml")
    answer = post(get_photo(ADA, "HUGE"))
    expect(answer, 200, "ErrorInvalidPhotoSize")
    tree_of(answer, "photo-soap.resp.bad-size.xml")


def same_as_rest():
    for size in SIZES:
        soap = post(get_photo(ADA, f"HR{size}x{size}"), BOB)
        rest = client(BOB).photo(ADA, f"HR{size}x{size}")
        equal(bytes_of(expect(soap, 200, "NoError")) == rest.body, True, f"bytes of {size}")
        for name in ("ETag", "Cache-Control"):
            equal(soap[name], rest[name], name)


def photo_headers():
    answer = post(get_photo(ADA))
    expires = email.utils.parsedate_to_datetime(answer["Expires"]).timestamp()
    date = email.utils.parsedate_to_datetime(answer["Date"]).timestamp()
    check(299 <= expires - date <= 301, f"Expires {expires - date} s after Date")
    again = post(get_photo(ADA), if_none_match=answer["ETag"])
    equal((again.status, again["ETag"]), (200, answer["ETag"]), "unchanged")
    check(again["Expires"], "Expires when unchanged")
    none = post(get_photo(BOB))
    equal((none["ETag"], none["Expires"], none["Cache-Control"]), (None, None, "no-store"), "none")


TAGS = [("{}", "false"), ("W/{}", "false"), ("*", "false"), ('"a", {}', "false"),
        ("bare", "false"), ('"other"', "true"), ("", "true")]


def photo_tags(value, changed):
    tag = post(get_photo(ADA))["ETag"]
    sent = tag.strip('"') if value == "bare" else value.format(tag)
    answer = expect(post(get_photo(ADA), if_none_match=sent), 200, "NoError")
    equal(answer.text("//m:HasChanged"), changed)
    equal(len(bytes_of(answer)) > 0, changed == "true", "PictureData")


PHOTO_SIZES = [("HR48x48", 200, "NoError"), ("hr648X648", 200, "NoError"),
               ("HR128x128", 200, "NoError"), ("HR1024x1024", 200, "NoError"),
               ("HR1024xN", 200, "ErrorInvalidPhotoSize"), ("96", 200, "ErrorInvalidPhotoSize"),
               ("", 200, "ErrorInvalidPhotoSize"), ("HR96x120", 200, "ErrorInvalidPhotoSize")]


def photo_sizes(size, status, code):
    expect(post(get_photo(ADA, size)), status, code)


def photo_nobody():
    """R-18: no picture, no mailbox and the other side of the wall are one answer."""
    def told(answer):
        return (answer.status, answer.body, sorted(
            (k.lower(), v) for k, v in answer.headers.items() if k != "Date"))
    wanted = told(post(get_photo(BOB)))
    for address in ("nobody@frontdesk.example", "nobody@nowhere.example", STRANGER, "ada", "",
                    "x" * 400 + "@frontdesk.example"):
        equal(told(post(get_photo(address))), wanted, address)
    equal(told(post(get_photo(BOB), if_none_match="*")), wanted, "* without a picture")
    equal(told(post(get_photo(ADA, more="<m:TypeRequested>ProfileHeaderPhoto</m:TypeRequested>"))),
          wanted, "a picture above the mail")


def photo_schema():
    expect(post(get_photo(ADA, more="<m:TypeRequested>UserPhoto</m:TypeRequested>")), 200, "NoError")
    for body in ("<m:GetUserPhoto/>", "<m:GetUserPhoto><m:Email>x</m:Email></m:GetUserPhoto>",
                 "<m:GetUserPhoto><m:SizeRequested>HR48x48</m:SizeRequested></m:GetUserPhoto>"):
        answer = post(envelope(body))
        expect(answer, 500, "ErrorSchemaValidation")
        check(Message(answer).text("//faultcode").endswith(":ErrorSchemaValidation"), "shape")
    expect(post(get_photo(ADA, more="<m:TypeRequested>Portrait</m:TypeRequested>")), 500,
           "ErrorSchemaValidation")


# ---- SetUserPhoto ----

def set_photo(address, content, more=""):
    if isinstance(content, bytes):
        content = base64.b64encode(content).decode()
    return envelope(f"<m:SetUserPhoto><m:Email>{address}</m:Email>"
                    f"<m:Content>{content}</m:Content>{more}</m:SetUserPhoto>")


def file(name):
    with open(picture(name), "rb") as f:
        return f.read()


def set_vectors():
    answer = post(set_photo(BOB, file("png-alpha.png")), BOB)
    expect(answer, 200, "NoError")
    tree_of(answer, "photo-soap-set.resp.success.xml")
    expect(post(set_photo(BOB, file("jpeg-turned-6.jpg"),
                          "<m:TypeRequested>UserPhoto</m:TypeRequested>"), BOB), 200, "NoError")
    # its picture is no JPEG, but the shape is read
    message = expect(post(vector("photo-soap-set.req.xml")), 200, "ErrorInvalidArgument")
    equal(message.text("//m:SetUserPhotoResponse/@ResponseClass"), "Error")
    expect(post(get_photo(ADA)), 200, "NoError")


def set_is_the_commands():
    """The same bytes and tag whichever way the picture came in and goes out."""
    expect(post(set_photo(BOB, file("photo-1600.jpg")), BOB), 200, "NoError")
    for size in SIZES:
        rest = client(BOB).photo(BOB, f"HR{size}x{size}")
        equal((rest.body, rest["ETag"]),
              (client(BOB).photo(ADA, f"HR{size}x{size}").body,
               client(BOB).photo(ADA, f"HR{size}x{size}")["ETag"]), size)
        equal(bytes_of(expect(post(get_photo(BOB, f"HR{size}x{size}")), 200, "NoError")) == rest.body,
              True, size)


def replaced():
    old = client(ADA).photo(BOB)
    expect(post(set_photo(BOB, file("webp-lossy.webp")), BOB), 200, "NoError")
    new = client(ADA).photo(BOB)
    check(new.status == 200 and new["ETag"] != old["ETag"], "the old picture is served")
    message = expect(post(get_photo(BOB), if_none_match=old["ETag"]), 200, "NoError")
    equal((message.text("//m:HasChanged"), bytes_of(message) == new.body), ("true", True))
    site.run("photo", "remove", BOB)
    expect(post(get_photo(BOB)), 404, "ErrorItemNotFound")


def in_lines():
    text = base64.encodebytes(file("jpeg-baseline.jpg")).decode()
    expect(post(set_photo(BOB, "\n  " + text.replace("\n", "\r\n\t")), BOB), 200, "NoError")


HOSTILE = ["refused.gif", "refused.svg", "refused.pdf", "refused.bmp", "refused.tiff",
           "refused-animated.webp"]


def hostile(name):
    refused(file(name))


def refused(content, code="ErrorInvalidArgument"):
    expect(post(set_photo(BOB, file("jpeg-baseline.jpg")), BOB), 200, "NoError")
    before = client(BOB).photo(BOB)
    message = expect(post(set_photo(BOB, content), BOB), 200, code)
    equal(message.text("//m:SetUserPhotoResponse/@ResponseClass"), "Error")
    check(message.text("//m:MessageText").startswith("The picture is not taken: "), "no reason")
    equal((client(BOB).photo(BOB).body, client(BOB).photo(BOB)["ETag"]),
          (before.body, before["ETag"]), "the old picture")


def broken_pictures():
    jpeg = file("jpeg-baseline.jpg")
    for content in (b"", "", b"x", jpeg[:200], jpeg[:20], "not base64!", "AAA", "AAAA=", "=",
                    base64.b64encode(jpeg).decode()[:-1], base64.b64encode(jpeg).decode() + "AAAA="):
        refused(content)
    refused(b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\xff" * 8 + b"\x08\x02\0\0\0" + b"\0" * 4)


def set_whose():
    jpeg = file("jpeg-baseline.jpg")
    expect(post(set_photo(OFFICE, jpeg), BOB), 200, "NoError")
    expect(post(get_photo(OFFICE)), 200, "NoError")
    told = set()
    for address in (ADA, "nobody@frontdesk.example", "nobody@nowhere.example", STRANGER, "", "ada"):
        answer = post(set_photo(address, jpeg), BOB)
        expect(answer, 500, "ErrorAccessDenied")
        told.add(answer.body)
    equal(len(told), 1, "answers about mailboxes of others")
    expect(post(set_photo("countess@frontdesk.example", jpeg)), 200, "NoError")
    expect(post(set_photo(ADA.upper(), file("photo-1600.jpg"))), 200, "NoError")
    answer = post(set_photo(BOB, jpeg, "<m:TypeRequested>ProfileHeaderPhoto</m:TypeRequested>"), BOB)
    expect(answer, 200, "ErrorInvalidArgument")
    audit = site.run("audit", OFFICE)
    check("photo-set" in audit and BOB in audit, audit)


def limits_of_bodies():
    """A picture may be large, everything else as large as two replies."""
    def padded(body, size):
        return body + " " * (size - len(body))
    expect(post(padded(get_photo(ADA), DOCUMENT_MAX)), 200, "NoError")
    equal(post(padded(get_photo(ADA), DOCUMENT_MAX + 1)).status, 413)
    equal(post(padded(envelope("<m:FindItem/>"), DOCUMENT_MAX + 1)).status, 413)
    equal(post("<" + "x" * DOCUMENT_MAX).status, 413, "no operation to be seen")
    large = set_photo(BOB, file("jpeg-baseline.jpg") + b"\0" * (8 * 1024**2 - 100000))
    expect(post(large, BOB), 200, "NoError")  # what is behind a picture's end is not stored
    check(len(client(BOB).photo(BOB, "HR648x648").body) < 1024**2, "trailing bytes are served")
    expect(post(padded(large, PHOTO_MAX), BOB), 200, "NoError")
    equal(post(padded(large, PHOTO_MAX + 1), BOB).status, 413)
    expect(post(get_photo(BOB)), 200, "NoError")


def worker_down():
    """Without an image worker: a fault that says come back, and the old picture."""
    small = Installation("no-images", domains=("example.com",))
    me = small.add("me@example.com")
    small.run("photo", "set", me, picture("jpeg-baseline.jpg"))
    small.configure("op_timeout_ms = 1000\n")
    small.start()
    # one that is stopped takes the connection, and never answers
    workers = [pid for pid, line in small.children().items() if "frontdesk-image" in line]
    check(workers, "no image worker runs")
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        c = small.client(me)
        before = c.photo(me)
        answer = c.post(set_photo(me, file("photo-1600.jpg")))
        message = expect(answer, 500, "ErrorServerBusy")
        equal(message.text("//t:Value[@Name='BackOffMilliseconds']"), "30000")
        equal(answer["Retry-After"], "30")
        expect(c.post(get_photo(me)), 200, "NoError")
        equal(c.photo(me).body == before.body, True, "the old picture")
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
    until(20, "pictures are taken again", lambda: Message(
        small.client(me).post(set_photo(me, file("photo-1600.jpg")))).code == "NoError")
    small.stop()


def torn():
    """While a picture is replaced each answer is whole, with its own tag."""
    first, second = file("jpeg-baseline.jpg"), file("photo-1600.jpg")
    wanted = {}
    for content in (first, second):
        expect(post(set_photo(BOB, content), BOB), 200, "NoError")
        answer = post(get_photo(BOB, "HR240x240"))
        wanted[answer["ETag"]] = bytes_of(Message(answer))
    equal(len(wanted), 2, "tags")
    done, wrong = threading.Event(), []

    def read():
        mine = site.client(ADA)
        while not done.is_set():
            answer = mine.post(get_photo(BOB, "HR240x240"))
            if bytes_of(Message(answer)) != wanted.get(answer["ETag"]):
                wrong.append(answer["ETag"])
    reader = threading.Thread(target=read)
    reader.start()
    try:
        for i in range(20):
            expect(post(set_photo(BOB, (first, second)[i % 2]), BOB), 200, "NoError")
    finally:
        done.set()
        reader.join()
    equal(wrong, [], "torn answers")


# ---- ConvertId ----

def convert_id(ids, destination="EntryId"):
    return envelope(f'<m:ConvertId DestinationFormat="{destination}"><m:SourceIds>{ids}'
                    "</m:SourceIds></m:ConvertId>")


ALTERNATE = '<t:AlternateId Id="DUMMY" Format="EwsId" Mailbox="DUMMY"/>'


def ids_vector():
    answer = post(vector("convertid.req.exchangelib.xml"))
    expect(answer, 200, "ErrorInvalidIdMalformed")
    tree_of(answer, "convertid.resp.error.xml")
    equal(site.client().post(vector("convertid.req.exchangelib.xml")).status, 401)


def ids_each():
    others = ('<t:AlternatePublicFolderId Format="HexEntryId" FolderId="x"/>'
              '<t:AlternatePublicFolderItemId Format="OwaId" FolderId="x" ItemId="y"/>')
    for ids, n in ((ALTERNATE * 3, 3), (ALTERNATE + others + ALTERNATE, 4)):
        for destination in ("EwsLegacyId", "EwsId", "EntryId", "HexEntryId", "StoreId", "OwaId"):
            message = expect(post(convert_id(ids, destination)), 200, "ErrorInvalidIdMalformed")
            equal(message.count("//m:ConvertIdResponseMessage[@ResponseClass='Error']"), n)


def ids_limits():
    message = expect(post(convert_id(ALTERNATE * IDS_MAX)), 200, "ErrorInvalidIdMalformed")
    equal(message.count("//m:ConvertIdResponseMessage"), IDS_MAX)
    for ids in (ALTERNATE * (IDS_MAX + 1), "", "<t:Other/>", ALTERNATE.replace("EwsId", "Odd"),
                ALTERNATE.replace('Id="DUMMY" ', "")):
        expect(post(convert_id(ids)), 500, "ErrorSchemaValidation")
    expect(post(convert_id(ALTERNATE, "Odd")), 500, "ErrorSchemaValidation")


# ---- GetFolder ----

def get_folder(ids, shape="<t:BaseShape>IdOnly</t:BaseShape>"):
    return envelope(f"<m:GetFolder><m:FolderShape>{shape}</m:FolderShape>"
                    f"<m:FolderIds>{ids}</m:FolderIds></m:GetFolder>")


INBOX = '<t:DistinguishedFolderId Id="inbox"/>'


def folder_vector():
    answer = post(get_folder(INBOX))
    expect(answer, 200, "ErrorItemNotFound")
    tree_of(answer, "getfolder.resp.not-found.xml")


def folder_each():
    ids = ('<t:FolderId Id="AAMk" ChangeKey="x"/><t:DistinguishedFolderId Id="root"><t:Mailbox>'
           f"<t:EmailAddress>{BOB}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>")
    shape = ("<t:BaseShape>Default</t:BaseShape><t:AdditionalProperties>"
             '<t:FieldURI FieldURI="folder:DisplayName"/></t:AdditionalProperties>')
    message = expect(post(get_folder(ids, shape)), 200, "ErrorInvalidIdMalformed")
    equal([c.text for c in message.tree.xpath("//m:ResponseCode", namespaces=NS)],
          ["ErrorInvalidIdMalformed", "ErrorItemNotFound"])
    equal(message.count("//m:Folders"), 2)


def folder_limits():
    message = expect(post(get_folder(INBOX * FOLDERS_MAX)), 200, "ErrorItemNotFound")
    equal(message.count("//m:GetFolderResponseMessage"), FOLDERS_MAX)
    for ids in (INBOX * (FOLDERS_MAX + 1), ""):
        expect(post(get_folder(ids)), 500, "ErrorSchemaValidation")


# ---- ResolveNames ----

def resolve(entry, full=None, scope=None, more=""):
    attributes = f' ReturnFullContactData="{full}"' if full else ""
    attributes += f' SearchScope="{scope}"' if scope else ""
    return envelope(f"<m:ResolveNames{attributes}>{more}<m:UnresolvedEntry>{escape(entry)}"
                    "</m:UnresolvedEntry></m:ResolveNames>")


def found(entry, user=ADA, **more):
    message = Message(post(resolve(entry, **more), user))
    addresses = [e.text for e in message.tree.xpath(
        "//t:Resolution/t:Mailbox/t:EmailAddress", namespaces=NS)]
    wanted = {0: "ErrorNameResolutionNoResults", 1: "NoError"}.get(
        len(addresses), "ErrorNameResolutionMultipleResults")
    equal((message.answer.status, message.code), (200, wanted), entry)
    return addresses


ENTRIES = [
    ("ada lovelace", [ADA]), ("ADA", [ADA]), ("lovel", [ADA]), ("ada l", [ADA]), (ADA, [ADA]),
    ("countess@frontdesk.example", [ADA]), ("countess", [ADA]), ("smtp:" + ADA, [ADA]),
    ("SMTP:countess@frontdesk.example", [ADA]), ("lovelace@second", [ADA]),
    ("mueller", []), ("müll", [BOB]), ("MÜLLER", [BOB]), ("muller", [BOB]), ("nagy", [BOB]),
    ("eva", [EVE]), ("Éva", [EVE]), ("angstrom, e", []), ("eva angstrom", [EVE]),
    ("Angstrom", [EVE]), ("nameless", [NAMELESS]), ("bob müller nagy", [BOB]),
    ("the", [OFFICE]), ("lace", []), ("nobody", []), (STRANGER, []), ("elsewhere", []),
    ("smtp:ada", []), ("", []), ("   ", []), ("%", []), ("_", []), ("...", []),
    ("ada' OR 1=1 --", []), ("a", [ADA, EVE]), ("o", [OFFICE]), ("x" * 5000, []),
]


def names(entry, wanted):
    equal(found(entry), wanted)


def names_vector():
    answer = post(resolve("nobody at all"))
    tree_of(answer, "resolvenames.resp.no-results.xml")
    message = Message(post(resolve("a")))
    equal((message.text("//m:ResolveNamesResponseMessage/@ResponseClass"),
           message.text("//m:MessageText")), ("Warning", "Multiple results were found."))
    equal((message.text("//m:ResolutionSet/@TotalItemsInView"),
           message.text("//m:ResolutionSet/@IncludesLastItemInRange")), ("2", "true"))


def names_full():
    message = expect(post(resolve("lovelace", full="true")), 200, "NoError")
    equal(message.count("//t:Resolution"), 1)
    mailbox = "//t:Resolution/t:Mailbox/t:"
    equal([message.text(mailbox + n) for n in ("Name", "EmailAddress", "RoutingType", "MailboxType")],
          ["Ada Lovelace", ADA, "SMTP", "Mailbox"])
    equal(message.text("//t:Contact/t:DisplayName"), "Ada Lovelace")
    equal([(e.get("Key"), e.text) for e in message.tree.xpath("//t:Entry", namespaces=NS)],
          [("EmailAddress1", "SMTP:" + ADA), ("EmailAddress2", "smtp:countess@frontdesk.example"),
           ("EmailAddress3", "smtp:lovelace@second.example")])
    equal(expect(post(resolve("lovelace", full="false")), 200, "NoError").count("//t:Contact"), 0)
    equal(found("lovelace", scope="Contacts"), [])
    equal(found("lovelace", scope="ContactsActiveDirectory",
                more='<m:ParentFolderIds><t:DistinguishedFolderId Id="contacts"/></m:ParentFolderIds>'),
          [ADA])
    expect(post(resolve("x", scope="Everywhere")), 500, "ErrorSchemaValidation")
    expect(post(envelope("<m:ResolveNames/>")), 500, "ErrorSchemaValidation")


def names_wall():
    equal(found("ada", STRANGER), [STRANGER])
    equal(found(ADA, STRANGER), [])


def names_follow():
    """What a command changes is found at once, and what it removes is not."""
    late = site.add("zoe@frontdesk.example", "--name", "Zoe Zebra")
    equal(found("zebra"), [late])
    site.run("mailbox", "set", late, "--name", "Zoe Yak")
    equal((found("zebra"), found("yak")), ([], [late]))
    site.run("mailbox", "alias", late, "add", "quagga@frontdesk.example")
    equal(found("quagga"), [late])
    site.run("mailbox", "alias", late, "remove", "quagga@frontdesk.example")
    equal(found("quagga"), [])
    site.run("mailbox", "remove", late, "--yes")
    equal((found("yak"), found("zoe")), ([], []))


def names_limit():
    big = Installation("many-names", domains=("example.com",), settings="workers = 1\n")
    me = big.add("me@example.com")
    for i in range(NAMES_MAX):
        big.run("mailbox", "add", f"crowd{i:03}@example.com", "--name", f"Crowd {i}")
    big.start()

    def told():
        m = Message(big.client(me).post(resolve("crowd")))
        equal(m.code, "ErrorNameResolutionMultipleResults")
        return (m.count("//t:Resolution"), m.text("//m:ResolutionSet/@TotalItemsInView"),
                m.text("//m:ResolutionSet/@IncludesLastItemInRange"))
    equal(told(), (NAMES_MAX, str(NAMES_MAX), "true"))
    big.run("mailbox", "add", "crowd@example.com")
    equal(told(), (NAMES_MAX, str(NAMES_MAX), "false"))
    big.run("check")
    big.configure("resolve_names = no\n")
    big.signal(signal.SIGHUP)
    until(20, "colleagues are not told", lambda: Message(
        big.client(me).post(resolve("crowd"))).code == "ErrorNameResolutionNoResults")
    for entry, code in (("me@example.com", "NoError"), ("crowd001@example.com",
                                                        "ErrorNameResolutionNoResults")):
        expect(big.client(me).post(resolve(entry)), 200, code)
    big.stop()


# ---- GetMailTips ----

def recipient(address, name="Mailbox", routing="<t:RoutingType>SMTP</t:RoutingType>"):
    return (f"<t:{name}><t:Name>N</t:Name><t:EmailAddress>{escape(address)}</t:EmailAddress>"
            f"{routing}</t:{name}>")


def get_tips(addresses, requested="OutOfOfficeMessage", sender=ADA):
    return envelope(
        f"<m:GetMailTips><m:SendingAs><t:EmailAddress>{sender}</t:EmailAddress></m:SendingAs>"
        f"<m:Recipients>{''.join(recipient(a) for a in addresses)}</m:Recipients>"
        f"<m:MailTipsRequested>{requested}</m:MailTipsRequested></m:GetMailTips>")


TIP = "//t:OutOfOffice/t:ReplyBody/t:Message"


def tip(address, user=ADA):
    """The reply that a mail of the user's would get, and until when."""
    message = expect(post(get_tips([address]), user), 200, "NoError")
    equal((message.count("//t:OutOfOffice"), message.count(TIP)), (1, 1))
    return message.text(TIP), message.text("//t:OutOfOffice/t:Duration/t:EndTime")


DAY = ("2020-01-01T00:00:00Z", "2099-12-31T00:00:00Z")
LATER = ("2099-01-01T00:00:00Z", "2099-12-31T00:00:00Z")


def absent(address, state="Enabled", audience="All", times=None, **replies):
    d = "" if times is None else (f"<t:Duration><t:StartTime>{times[0]}</t:StartTime>"
                                  f"<t:EndTime>{times[1]}</t:EndTime></t:Duration>")
    expect(post(set_oof(address, state, audience, d, **replies), address), 200, "NoError")


TIPS = [  # of Bob, to a colleague and to a stranger
    ("Disabled", "All", None, ("", ""), ("", "")),
    ("Enabled", "All", None, ("in <b>", ""), ("out", "")),
    ("Enabled", "All", DAY, ("in <b>", ""), ("out", "")),
    ("Enabled", "Known", None, ("in <b>", ""), ("", "")),
    ("Enabled", "None", None, ("in <b>", ""), ("", "")),
    ("Scheduled", "All", DAY, ("in <b>", DAY[1]), ("out", DAY[1])),
    ("Scheduled", "None", DAY, ("in <b>", DAY[1]), ("", "")),
    ("Scheduled", "All", LATER, ("", ""), ("", "")),
]


def tips(state, audience, times, inside, outside):
    absent(BOB, state, audience, times, internal="in <b>")
    equal((tip(BOB), tip(BOB, STRANGER)), (inside, outside))


def tips_policy():
    absent(EVE)
    equal((tip(EVE), tip(EVE, STRANGER)), (("in", ""), ("", "")), "external none")
    absent(EVE, internal="", external="out")
    equal(tip(EVE), ("", ""), "an empty text sends no reply")


def tips_many():
    absent(BOB, internal="bob", external="x")
    absent(ADA, "Disabled")
    addresses = [ADA, BOB, "nobody@frontdesk.example", "x@nowhere.example", "", BOB.upper(), STRANGER]
    message = expect(post(get_tips(addresses)), 200, "NoError")
    equal(message.count("//m:MailTipsResponseMessageType[@ResponseClass='Success']"), len(addresses))
    texts = [e.text or "" for e in message.tree.xpath(TIP, namespaces=NS)]
    equal(texts, ["", "bob", "", "", "", "bob", ""])
    sent = [e.text or "" for e in message.tree.xpath("//t:RecipientAddress/t:EmailAddress", namespaces=NS)]
    equal(sent, addresses)
    other = recipient(BOB, routing="<t:RoutingType>EX</t:RoutingType>")
    body = get_tips([BOB]).replace(recipient(BOB), other)
    equal(expect(post(body), 200, "NoError").text(TIP), "", "not an SMTP address")


def tips_others():
    message = expect(post(get_tips([BOB], "All")), 200, "NoError")
    wanted = {"PendingMailTips": "", "MailboxFull": "false", "CustomMailTip": "",
              "TotalMemberCount": "1", "ExternalMemberCount": "0", "MaxMessageSize": "2147483647",
              "DeliveryRestricted": "false", "IsModerated": "false", "InvalidRecipient": "false"}
    for name, value in wanted.items():
        equal((name, message.count(f"//t:{name}"), message.text(f"//t:{name}")), (name, 1, value))
    message = expect(post(get_tips([BOB], "MailboxFullStatus  CustomMailTip")), 200, "NoError")
    equal((message.count("//t:MailboxFull"), message.count("//t:CustomMailTip"),
           message.count("//t:OutOfOffice"), message.count("//t:IsModerated")), (1, 1, 0, 0))


def tips_limits():
    message = expect(post(get_tips([BOB] * RECIPIENTS_MAX)), 200, "NoError")
    equal(message.count("//t:MailTips"), 0)
    equal(message.count("//m:MailTips"), RECIPIENTS_MAX)
    expect(post(get_tips([BOB] * (RECIPIENTS_MAX + 1))), 500, "ErrorSchemaValidation")
    equal(expect(post(get_tips([])), 200, "NoError").count("//m:MailTips"), 0)
    expect(post(envelope("<m:GetMailTips/>")), 500, "ErrorSchemaValidation")


def tips_large():
    """Texts beyond 512 KiB of one answer are pending, and come when asked again."""
    absent(BOB, internal="&" * REPLY_MAX, external="")
    message = expect(post(get_tips([BOB] * 5)), 200, "NoError")
    equal(message.count(TIP), 4)
    equal([e.text or "" for e in message.tree.xpath("//t:PendingMailTips", namespaces=NS)],
          ["", "", "", "", "OutOfOfficeMessage"])
    equal(tip(BOB)[0], "&" * REPLY_MAX)


# ---- GetServiceConfiguration ----

def get_configuration(*names):
    wanted = "".join(f"<m:ConfigurationName>{n}</m:ConfigurationName>" for n in names)
    return envelope("<m:GetServiceConfiguration><m:ActingAs><t:EmailAddress>x</t:EmailAddress>"
                    "</m:ActingAs><m:RequestedConfiguration>"
                    f"{wanted}</m:RequestedConfiguration></m:GetServiceConfiguration>")


def configuration():
    message = expect(post(get_configuration("MailTips", "UnifiedMessagingConfiguration",
                                            "ProtectionRules", "Odd")), 200, "NoError")
    equal([e.text for e in message.tree.xpath("//m:ResponseCode", namespaces=NS)],
          ["NoError"] * 4 + ["ErrorInvalidArgument"])
    wanted = {"MailTipsEnabled": "true", "MaxRecipientsPerGetMailTipsRequest": str(RECIPIENTS_MAX),
              "ShowExternalRecipientCount": "false", "PolicyTipsEnabled": "false",
              "UmEnabled": "false", "PlayOnPhoneEnabled": "false", "PlayOnPhoneDialString": ""}
    for name, value in wanted.items():
        equal((name, message.count(f"//t:{name}"), message.text(f"//t:{name}")), (name, 1, value))
    domains = message.tree.xpath("//m:MailTipsConfiguration//t:Domain/@Name", namespaces=NS)
    equal(domains, ["frontdesk.example", "second.example"], "the domains of this organization")
    message = expect(post(get_configuration("MailTips"), STRANGER), 200, "NoError")
    equal(message.tree.xpath("//t:Domain/@Name", namespaces=NS), ["other.example"])


def configuration_limits():
    expect(post(get_configuration(*["MailTips"] * CONFIGURATIONS_MAX)), 200, "NoError")
    for names in (["MailTips"] * (CONFIGURATIONS_MAX + 1), []):
        expect(post(get_configuration(*names)), 500, "ErrorSchemaValidation")


# ---- GetUserAvailability ----

VIEW = "<t:FreeBusyViewOptions><t:RequestedView>Detailed</t:RequestedView></t:FreeBusyViewOptions>"
SUGGEST = "<t:SuggestionsViewOptions><t:GoodThreshold>25</t:GoodThreshold></t:SuggestionsViewOptions>"


def get_availability(addresses, options=VIEW):
    mailboxes = "".join(f"<t:MailboxData><t:Email><t:Address>{a}</t:Address></t:Email>"
                        "<t:AttendeeType>Required</t:AttendeeType></t:MailboxData>" for a in addresses)
    return envelope("<m:GetUserAvailabilityRequest><t:TimeZone><t:Bias>-60</t:Bias></t:TimeZone>"
                    f"<m:MailboxDataArray>{mailboxes}</m:MailboxDataArray>{options}"
                    "</m:GetUserAvailabilityRequest>")


def availability():
    message = expect(post(get_availability([BOB, "nobody@frontdesk.example"])), 200,
                     "ErrorFreeBusyGenerationFailed")
    answers = message.tree.xpath("//m:FreeBusyResponse", namespaces=NS)
    equal(len(answers), 2)
    equal(len({a.xpath("string()") for a in answers}), 1, "answers for those who exist or not")
    equal(message.count("//m:FreeBusyResponse/m:ResponseMessage[@ResponseClass='Error']"), 2)
    equal(message.text("//m:FreeBusyView/t:FreeBusyViewType"), "None")
    equal(message.count("//m:SuggestionsResponse"), 0)
    message = expect(post(get_availability([BOB], SUGGEST)), 200, "ErrorFreeBusyGenerationFailed")
    equal((message.count("//m:SuggestionsResponse"), message.count("//m:FreeBusyResponse")), (1, 0))
    message = expect(post(get_availability([BOB], VIEW + SUGGEST)), 200,
                     "ErrorFreeBusyGenerationFailed")
    equal((message.count("//m:SuggestionsResponse"), message.count("//m:FreeBusyResponse")), (1, 1))


def availability_limits():
    message = expect(post(get_availability([BOB] * MAILBOXES_MAX)), 200,
                     "ErrorFreeBusyGenerationFailed")
    equal(message.count("//m:FreeBusyResponse"), MAILBOXES_MAX)
    expect(post(get_availability([BOB] * (MAILBOXES_MAX + 1))), 500, "ErrorSchemaValidation")


# ---- all others, and what they have in common ----

OTHERS = ["FindItem", "GetItem", "CreateItem", "FindFolder", "SyncFolderHierarchy", "Subscribe",
          "GetServerTimeZones", "FindPeople", "GetPersona", "GetRoomLists", "ExpandDL",
          "GetDelegate", "GetInboxRules", "GetUserConfiguration", "GetAppManifests", "Nonsense"]


def others(name):
    answer = post(envelope(f"<m:{name}/>"))
    expect(answer, 500, "ErrorInvalidOperation")
    tree_of(answer, "fault.unknown-operation.xml")


BODIES = {
    "GetUserPhoto": get_photo(ADA), "SetUserPhoto": set_photo(ADA, file("photo-1600.jpg")),
    "ConvertId": convert_id(ALTERNATE), "GetFolder": get_folder(INBOX), "ResolveNames": resolve("x"),
    "GetMailTips": get_tips([BOB]), "GetServiceConfiguration": get_configuration("MailTips"),
    "GetUserAvailability": get_availability([BOB]),
}
VERSIONS = ["Exchange2007", "Exchange2007_SP1", "Exchange2010_SP2", "Exchange2013_SP1",
            "Exchange2015", "Exchange2016", "Exchange2019", "V2015_10_05", "V2018_01_08"]


def versions(name):
    body = BODIES[name]
    wanted = Message(post(body)).code
    for version in VERSIONS:
        header = f'<t:RequestServerVersion Version="{version}"/>'
        message = Message(post(body.replace("<s:Body>", f"<s:Header>{header}</s:Header><s:Body>")))
        equal(message.code, wanted, version)
        beside = Message(post(body.replace("</s:Body>", header + "</s:Body>")))
        equal(beside.code, wanted, f"{version} in the Body")
    bad = '<s:Header><t:RequestServerVersion Version="Exchange2007_SP2"/></s:Header><s:Body>'
    answer = post(body.replace("<s:Body>", bad))
    expect(answer, 500, "ErrorInvalidServerVersion")
    tree_of(answer, "fault.invalid-server-version.xml")


def common(name):
    """Login, header, method of the answer, impersonation: as any operation."""
    body = BODIES[name]
    equal(site.client().post(body).status, 401)
    answer = post(body)
    equal(answer["Content-Type"], "text/xml; charset=utf-8")
    equal(Message(answer).count("//s:Header/t:ServerVersionInfo[@MajorVersion]"), 1)
    soap12 = post(body.replace("http://schemas.xmlsoap.org/soap/envelope/",
                               "http://www.w3.org/2003/05/soap-envelope"))
    equal(soap12["Content-Type"], "application/soap+xml; charset=utf-8")
    header = ("<s:Header><t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>"
              f"{BOB}</t:SmtpAddress></t:ConnectingSID></t:ExchangeImpersonation></s:Header><s:Body>")
    answer = post(body.replace("<s:Body>", header))
    expect(answer, 500, "ErrorImpersonateUserDenied")
    tree_of(answer, "fault.impersonation-denied.xml")


def counted():
    text = site.back().get("/metrics").body.decode()
    for name in BODIES:
        check(f'frontdesk_requests_total{{operation="{name}",result="' in text, f"no {name}")
    for result in ("ErrorItemNotFound", "ErrorInvalidPhotoSize", "ErrorInvalidArgument",
                   "ErrorNameResolutionNoResults", "ErrorNameResolutionMultipleResults",
                   "ErrorFreeBusyGenerationFailed"):
        check(f'result="{result}"' in text, f"no {result}")
    line = until(10, "an access line", lambda: [x for x in site.access_lines()
                                                if '"GetMailTips"' in x and '"NoError"' in x])
    check(line, "no access line")


case("GetUserPhoto: the vectors", photo_vectors)
case("GetUserPhoto gives the bytes and the tag of a plain GET", same_as_rest)
case("GetUserPhoto: ETag and Expires are headers", photo_headers)
cases("GetUserPhoto: If-None-Match {}: HasChanged {}", TAGS, photo_tags)
cases("GetUserPhoto: the size {} is {} {}", PHOTO_SIZES, photo_sizes)
case("GetUserPhoto: R-18 the same 404 for everybody who is not there", photo_nobody)
case("GetUserPhoto: what the schema wants", photo_schema)
case("SetUserPhoto: the vectors", set_vectors)
case("SetUserPhoto makes what the command makes", set_is_the_commands)
case("SetUserPhoto: a replaced picture is served at once", replaced)
case("SetUserPhoto: base64 may come in lines", in_lines)
cases("SetUserPhoto: {} is refused, and the old picture stays", HOSTILE, hostile)
case("SetUserPhoto: broken pictures and broken base64 are refused", broken_pictures)
case("SetUserPhoto: for owners alone, and nothing about others", set_whose)
case("SetUserPhoto: its own limit, and that of all others", limits_of_bodies)
case("SetUserPhoto without an image worker is busy", worker_down)
case("SetUserPhoto: no torn picture and no tag of two", torn)
case("ConvertId: the vector", ids_vector)
case("ConvertId: an answer for each id, of any kind", ids_each)
case("ConvertId: its limits", ids_limits)
case("GetFolder: the vector", folder_vector)
case("GetFolder: an answer for each id, of any kind", folder_each)
case("GetFolder: its limits", folder_limits)
cases("ResolveNames: {!r:.40} gives {}", ENTRIES, names)
case("ResolveNames: the vector, and several results", names_vector)
case("ResolveNames: full data and scopes", names_full)
case("ResolveNames: organizations are walls", names_wall)
case("ResolveNames: changes are found at once", names_follow)
case("ResolveNames: at most 100; and resolve_names = no", names_limit)
cases("GetMailTips: {} for {}, times {}", TIPS, tips)
case("GetMailTips: within the mailbox's policy", tips_policy)
case("GetMailTips: each recipient has its own", tips_many)
case("GetMailTips: other tips are empty and zero", tips_others)
case("GetMailTips: its limits", tips_limits)
case("GetMailTips: more text than an answer holds is pending", tips_large)
case("GetServiceConfiguration: what holds here", configuration)
case("GetServiceConfiguration: its limits", configuration_limits)
case("GetUserAvailability is refused for each mailbox, in order", availability)
case("GetUserAvailability: its limits", availability_limits)
cases("{} is an orderly fault", OTHERS, others)
cases("{}: RequestServerVersion in every spelling", list(BODIES), versions)
cases("{}: as any operation", list(BODIES), common)
case("operations and results are counted and logged", counted)
main()
