/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A bounded tree of an XML document, made by expat: namespaces resolved, text
 * collected whole across comments, CDATA and character references. Any DTD is
 * refused at its first byte; nothing is ever opened or fetched.
 */
#include "base/bytes.h"
#include "base/op.h"

#define XML_DEPTH_MAX 32
#define XML_ELEMENTS_MAX 4096
#define XML_ATTRIBUTES_MAX 64  /* of one element, declarations included */
#define XML_NAME_MAX 256       /* bytes of a local name */
#define XML_URI_MAX 256        /* bytes of a namespace's name */
#define XML_TAG_MAX (32 * KIB) /* bytes of a tag; longer comments may pass */

/* The namespaces we speak; everything else is NS_OTHER. */
enum xml_ns {
	NS_OTHER,
	NS_NONE,   /* no namespace at all */
	NS_SOAP11, /* "s": http://schemas.xmlsoap.org/soap/envelope/ */
	NS_SOAP12, /* "s12": http://www.w3.org/2003/05/soap-envelope */
	NS_M,      /* "m": .../exchange/services/2006/messages */
	NS_T,      /* "t": .../exchange/services/2006/types */
	NS_E,      /* "e": .../exchange/services/2006/errors */
	NS_WSA,    /* "wsa": http://www.w3.org/2005/08/addressing */
	NS_XML,    /* "xml": the xml: prefix's own */
	NS_XSI,    /* "i": http://www.w3.org/2001/XMLSchema-instance */
	NS_A,      /* "a": .../exchange/2010/Autodiscover */
	/* Autodiscover's older form, all in .../exchange/autodiscover/: */
	NS_POX_REQUEST, /* "xq": outlook/requestschema/2006 */
	NS_POX_MOBILE,  /* "xm": mobilesync/requestschema/2006 */
	NS_POX,         /* "x": responseschema/2006 */
	NS_POX_OUTLOOK, /* "xo": outlook/responseschema/2006a */
	NS_DAV,         /* "d": DAV: */
	NS_CARDDAV,     /* "card": urn:ietf:params:xml:ns:carddav */
	NS_COUNT,
};

/* The prefix that our tables use, and the URI; NULL for OTHER and NONE. */
const char *xml_ns_prefix(enum xml_ns ns);
const char *xml_ns_uri(enum xml_ns ns);

struct xml_attribute {
	enum xml_ns ns;
	const char *name; /* local */
	const char *value;
	const struct xml_attribute *next;
};

struct xml_node {
	enum xml_ns ns;
	const char *name; /* local */
	const char *text; /* all character data directly inside; "" if none */
	const struct xml_attribute *attributes;
	const struct xml_node *first; /* child elements */
	const struct xml_node *next;  /* sibling */
	unsigned line, column;        /* of the start tag, from 1 */
};

/* What is wrong with a document, for its sender. */
struct xml_fault {
	unsigned line, column;
	const char *violation; /* a sentence; NULL: nothing is wrong */
};

/*
 * Reads a whole document (UTF-8, with or without a byte order mark; UTF-16
 * as expat takes it). ERR_INVALID: not well-formed, a DTD; ERR_LIMIT: over a
 * limit above; *fault says what and where. One parser is kept per thread.
 */
enum err xml_parse(struct op *op, struct bytes document,
		   const struct xml_node **root, struct xml_fault *fault);

/* The same with another limit of elements, for answers that we asked for. */
enum err xml_parse_many(struct op *op, struct bytes document,
			unsigned elements_max, const struct xml_node **root,
			struct xml_fault *fault);

/* Is it this element, "t:OofState"? */
bool xml_is(const struct xml_node *node, const char *name);

/* The first child of that name, NULL if there is none. */
const struct xml_node *xml_child(const struct xml_node *node, const char *name);

/* The value of an attribute, "Version" (no namespace) or "xml:lang". */
const char *xml_attribute(const struct xml_node *node, const char *name);

struct buf;

/* Text as content and as attribute value (in "): escaped, and without what
 * XML 1.0 forbids. */
void xml_write_text(struct buf *buf, const char *text);
void xml_write_value(struct buf *buf, const char *text);
