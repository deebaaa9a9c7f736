# SPDX-License-Identifier: Apache-2.0
"""EWS messages: made from text, read and compared as XML trees."""
import os

from lxml import etree

from .cases import Failed, equal
from .installation import ROOT

S = "http://schemas.xmlsoap.org/soap/envelope/"
S12 = "http://www.w3.org/2003/05/soap-envelope"
M = "http://schemas.microsoft.com/exchange/services/2006/messages"
T = "http://schemas.microsoft.com/exchange/services/2006/types"
E = "http://schemas.microsoft.com/exchange/services/2006/errors"
NS = {"s": S, "s12": S12, "m": M, "t": T, "e": E}


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def envelope(body, header=""):
    head = f"<s:Header>{header}</s:Header>" if header else ""
    return (f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{S}" '
            f'xmlns:m="{M}" xmlns:t="{T}">{head}<s:Body>{body}</s:Body></s:Envelope>')


def get_oof(address):
    return envelope("<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>"
                    f"{escape(address)}</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>")


def duration(start, end):
    return (f"<t:Duration><t:StartTime>{start}</t:StartTime>"
            f"<t:EndTime>{end}</t:EndTime></t:Duration>")


def reply(name, text, lang=None):
    attribute = f' xml:lang="{lang}"' if lang is not None else ""
    return f"<t:{name}{attribute}><t:Message>{escape(text)}</t:Message></t:{name}>"


def set_oof(address, state="Enabled", audience="All", times="", internal="in",
            external="out"):
    replies = "" if internal is None else reply("InternalReply", internal)
    replies += "" if external is None else reply("ExternalReply", external)
    return set_raw(address, f"<t:OofState>{state}</t:OofState>"
                   f"<t:ExternalAudience>{audience}</t:ExternalAudience>{times}{replies}")


def set_raw(address, settings):
    return envelope("<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>"
                    f"{escape(address)}</t:Address></t:Mailbox><t:UserOofSettings>"
                    f"{settings}</t:UserOofSettings></m:SetUserOofSettingsRequest>")


class Message:
    """An answer as a tree; paths use the prefixes s, m, t, e."""

    def __init__(self, answer):
        self.answer = answer
        try:
            self.tree = etree.fromstring(answer.body)
        except etree.XMLSyntaxError as e:
            raise Failed(f"no XML ({e}): {answer!r}") from None

    def text(self, path):
        found = self.tree.xpath(f"string({path})", namespaces=NS)
        return str(found)

    def count(self, path):
        return int(self.tree.xpath(f"count({path})", namespaces=NS))

    @property
    def code(self):
        """The code a client acts on: in band, else of the fault."""
        return (self.text("//e:ResponseCode") or self.text("//m:ResponseCode"))


def expect(answer, status, code):
    """The usual look at an answer; returns it as a Message."""
    message = Message(answer)
    if (answer.status, message.code) != (status, code):
        raise Failed(f"got {answer.status} {message.code}, wanted {status} {code}: "
                     f"{answer.body.decode(errors='replace')[:800]}")
    return message


def shape(element, replace=None):
    """A tree as nested tuples, for comparing: no prefixes, no layout."""
    text = element.text or ""
    if len(element) and not text.strip():
        text = ""
    name = etree.QName(element).text
    if replace and name in replace:
        text = replace[name]
    return (name, sorted(element.attrib.items()), text,
            [shape(c, replace) for c in element if isinstance(c.tag, str)])


def same_tree(got, wanted, replace=None):
    """replace: {"{ns}name": text}: elements whose text is not compared."""
    equal(shape(etree.fromstring(got), replace),
          shape(etree.fromstring(wanted), replace), "tree")


def vector(name):
    with open(os.path.join(ROOT, "tests", "vectors", name), "rb") as f:
        return f.read()


def example(section):
    with open(os.path.join(ROOT, "tests", "spec", "examples", f"{section}.xml"), "rb") as f:
        return f.read()
