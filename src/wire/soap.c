/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/soap.h"

#include "base/buf.h"
#include "base/text.h"

#include <string.h>

#define DECLARATION "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
#define ACTOR_NEXT "http://schemas.xmlsoap.org/soap/actor/next"
#define ROLE "http://www.w3.org/2003/05/soap-envelope/role/"

/* What differs between the versions. */
struct version {
	enum xml_ns ns;
	const char *header, *body;           /* names in our tables */
	const char *must_understand, *actor; /* attributes of a header */
	const char *actors[2];               /* that are us */
	const char *content_type;
};

static const struct version versions[] = {
	[SOAP_11] = {
		.ns = NS_SOAP11,
		.header = "s:Header", .body = "s:Body",
		.must_understand = "s:mustUnderstand", .actor = "s:actor",
		.actors = { ACTOR_NEXT, ACTOR_NEXT },
		.content_type = "text/xml; charset=utf-8",
	},
	[SOAP_12] = {
		.ns = NS_SOAP12,
		.header = "s12:Header", .body = "s12:Body",
		.must_understand = "s12:mustUnderstand", .actor = "s12:role",
		.actors = { ROLE "next", ROLE "ultimateReceiver" },
		.content_type = "application/soap+xml; charset=utf-8",
	},
};

/* ---- the request ---- */

static enum err
schema_fault(struct op *op, struct soap_fault *fault, const struct xml_node *at,
	     const char *violation)
{
	*fault = (struct soap_fault){
		.code = SOAP_SCHEMA_VALIDATION,
		.at = { at->line, at->column, violation },
	};
	return FAIL(op, ERR_INVALID, "%u:%u: %s", at->line, at->column,
		    violation);
}

static enum err
version_read(struct op *op, const struct xml_node *root,
	     struct soap_request *out, struct soap_fault *fault)
{
	if (strcmp(root->name, "Envelope") != 0)
		return schema_fault(op, fault, root,
				    op_print(op,
					     "The element '%s' is no SOAP "
					     "envelope.",
					     root->name));
	if (root->ns == NS_SOAP12)
		out->version = SOAP_12;
	else if (root->ns != NS_SOAP11) {
		fault->code = SOAP_VERSION_MISMATCH;
		return FAIL(op, ERR_INVALID, "an envelope of no known version");
	}
	return OK;
}

/* Header, if there is one, then Body, and nothing else. */
static enum err
parts_read(struct op *op, const struct xml_node *root, struct soap_request *out,
	   const struct xml_node **body, struct soap_fault *fault)
{
	const struct version *v = &versions[out->version];
	const struct xml_node *el = root->first;

	if (el != NULL && xml_is(el, v->header)) {
		out->header = el;
		el = el->next;
	}
	if (el == NULL || !xml_is(el, v->body))
		return schema_fault(op, fault, el == NULL ? root : el,
				    "The envelope has no Body where it should "
				    "be.");
	*body = el;
	if (el->next != NULL)
		return schema_fault(op, fault, el->next,
				    op_print(op,
					     "The element '%s' is not expected "
					     "here.",
					     el->next->name));
	if (!text_is_blank(root->text) || !text_is_blank(el->text))
		return schema_fault(op, fault, el,
				    "The envelope cannot contain text.");
	return OK;
}

/* One operation, and perhaps the RequestServerVersion that zeep puts there,
 * for the published WSDL binds no such header. */
static enum err
body_read(struct op *op, const struct xml_node *body, struct soap_request *out,
	  struct soap_fault *fault)
{
	const struct xml_node *second = NULL;

	for (const struct xml_node *el = body->first; el != NULL;
	     el = el->next) {
		if (xml_is(el, "t:RequestServerVersion"))
			out->beside = el;
		else if (out->operation == NULL)
			out->operation = el;
		else if (second == NULL)
			second = el;
	}
	if (out->operation == NULL) {
		fault->code = SOAP_INVALID_REQUEST;
		return FAIL(op, ERR_INVALID, "no operation in the Body");
	}
	if (second != NULL)
		return schema_fault(op, fault, second,
				    op_print(op,
					     "The element '%s' is a second "
					     "operation in one Body.",
					     second->name));
	return OK;
}

/* Is this header one that we must understand, and do not? */
static bool
is_beyond_us(const struct version *v, const struct xml_node *header)
{
	const char *must = xml_attribute(header, v->must_understand);
	const char *actor = xml_attribute(header, v->actor);

	if (header->ns == NS_T || header->ns == NS_M || header->ns == NS_WSA ||
	    header->ns == NS_A)
		return false;
	if (must == NULL ||
	    (strcmp(must, "1") != 0 && strcmp(must, "true") != 0))
		return false;
	return actor == NULL || *actor == '\0' ||
	       strcmp(actor, v->actors[0]) == 0 ||
	       strcmp(actor, v->actors[1]) == 0;
}

static enum err
header_check(struct op *op, const struct soap_request *request,
	     struct soap_fault *fault)
{
	if (request->header == NULL)
		return OK;
	for (const struct xml_node *el = request->header->first; el != NULL;
	     el = el->next) {
		if (is_beyond_us(&versions[request->version], el)) {
			fault->code = SOAP_MUST_UNDERSTAND;
			return FAIL(op, ERR_INVALID,
				    "the header %s is not understood",
				    el->name);
		}
	}
	return OK;
}

enum err
soap_read(struct op *op, struct bytes document, struct soap_request *out,
	  struct soap_fault *fault)
{
	const struct xml_node *root = NULL, *body = NULL;
	enum err err;

	*out = (struct soap_request){ .version = SOAP_11 };
	*fault = (struct soap_fault){ 0 };
	err = xml_parse(op, document, &root, &fault->at);
	if (fault->at.violation != NULL)
		fault->code = SOAP_SCHEMA_VALIDATION;
	TRY(err);
	TRY(version_read(op, root, out, fault));
	TRY(parts_read(op, root, out, &body, fault));
	TRY(body_read(op, body, out, fault));
	return header_check(op, out, fault);
}

/* ---- the answer ---- */

const char *
soap_content_type(enum soap_version version)
{
	return versions[version].content_type;
}

static void
tag(struct buf *buf, const char *open, const char *prefix, const char *rest)
{
	buf_puts(buf, open);
	buf_puts(buf, prefix);
	buf_putc(buf, ':');
	buf_puts(buf, rest);
}

static const struct soap_server server = { .sent = true };

static void
header_begin(struct buf *buf, enum soap_version version, const char *prefix)
{
	/* Some clients want the declaration as the very first bytes. */
	buf_puts(buf, DECLARATION);
	tag(buf, "<", prefix, "Envelope xmlns:");
	buf_puts(buf, prefix);
	buf_puts(buf, "=\"");
	buf_puts(buf, xml_ns_uri(versions[version].ns));
	buf_puts(buf, "\">");
	tag(buf, "<", prefix, "Header>");
}

static void
header_end(struct buf *buf, const char *prefix)
{
	tag(buf, "</", prefix, "Header>");
	tag(buf, "<", prefix, "Body>");
}

void
soap_begin(struct buf *buf, enum soap_version version, const char *prefix)
{
	header_begin(buf, version, prefix);
	xsd_write(buf, XSD_PREFIXED, "t:ServerVersionInfo", &soap_server_type,
		  &server);
	header_end(buf, prefix);
}

/* One element of WS-Addressing; extra: attributes. */
static void
addressing(struct buf *buf, const char *name, const char *extra,
	   const char *text)
{
	buf_printf(buf, "<a:%s%s>", name, extra);
	xml_write_text(buf, text);
	buf_printf(buf, "</a:%s>", name);
}

void
soap_begin_discover(struct buf *buf, enum soap_version version,
		    const char *action, const char *relates)
{
	const char *declared = op_print(
		buf->op, " xmlns:a=\"%s\" " SOAP_PREFIX ":mustUnderstand=\"1\"",
		xml_ns_uri(NS_WSA));

	header_begin(buf, version, SOAP_PREFIX);
	addressing(buf, "Action", declared, action);
	if (relates != NULL)
		addressing(buf, "RelatesTo",
			   op_print(buf->op, " xmlns:a=\"%s\"",
				    xml_ns_uri(NS_WSA)),
			   relates);
	xsd_write(buf, XSD_PREFIXED, "a:ServerVersionInfo",
		  &soap_server_discover_type, &server);
	header_end(buf, SOAP_PREFIX);
}

void
soap_end(struct buf *buf, const char *prefix)
{
	tag(buf, "</", prefix, "Body>");
	tag(buf, "</", prefix, "Envelope>");
}
