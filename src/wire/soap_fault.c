/* SPDX-License-Identifier: Apache-2.0 */
/* Faults: what each code says, and the shapes that clients know. */
#include "wire/soap.h"

#include "base/buf.h"

#include <assert.h>
#include <string.h>

#define LANG "en-US" /* of every text here */
/* WS-Addressing's name for any fault that is not its own. */
#define FAULT_ACTION "http://www.w3.org/2005/08/addressing/soap/fault"

/* Whose fault it is: faultcode Client or Server, in 1.2 Sender or Receiver. */
enum side { CLIENT = 1, SERVER };

struct row {
	const char *name; /* what clients act on */
	enum side side;
	int status;      /* of HTTP: clients look for a fault in a 500 only */
	const char *own; /* a fault that SOAP itself has a code for */
	const char *text;
};

static const struct row rows[SOAP_CODE_COUNT] = {
	/* clang-format off */
	[SOAP_ACCESS_DENIED] = { "ErrorAccessDenied", CLIENT, 500, NULL,
		"Access is denied. Check credentials and try again." },
	[SOAP_IMPERSONATE_USER_DENIED] = { "ErrorImpersonateUserDenied", CLIENT, 500, NULL,
		"The account does not have permission to impersonate the requested user." },
	[SOAP_INTERNAL_SERVER_ERROR] = { "ErrorInternalServerError", SERVER, 500, NULL,
		"An internal server error occurred. The operation failed." },
	[SOAP_INTERNAL_SERVER_TRANSIENT_ERROR] = { "ErrorInternalServerTransientError", SERVER, 500, NULL,
		"An internal server error occurred. The change may or may not have been stored; look, and try again." },
	[SOAP_INVALID_IMPERSONATION_HEADER] = { "ErrorInvalidExchangeImpersonationHeaderData", CLIENT, 500, NULL,
		"The ExchangeImpersonation header does not name one account." },
	[SOAP_INVALID_OPERATION] = { "ErrorInvalidOperation", CLIENT, 500, NULL,
		"The operation is not supported by this server." },
	[SOAP_INVALID_REQUEST] = { "ErrorInvalidRequest", CLIENT, 500, NULL,
		"The request is invalid: it names no operation." },
	/* exchangelib looks for this very sentence, and then tries another version. */
	[SOAP_INVALID_SERVER_VERSION] = { "ErrorInvalidServerVersion", CLIENT, 500, NULL,
		"The specified server version is invalid." },
	[SOAP_MAILBOX_STORE_UNAVAILABLE] = { "ErrorMailboxStoreUnavailable", SERVER, 500, NULL,
		"The mailbox store is unavailable. Nothing was changed. Try again later." },
	[SOAP_MISSING_SERVER_VERSION] = { "ErrorInvalidServerVersion", CLIENT, 500, NULL,
		"The RequestedServerVersion header is missing or invalid." },
	[SOAP_MORE_THAN_ONE_ACCESS_MODE] = { "ErrorMoreThanOneAccessModeSpecified", CLIENT, 500, NULL,
		"The request names more than one account to act as." },
	[SOAP_MUST_UNDERSTAND] = { "ErrorInvalidRequest", CLIENT, 500, "MustUnderstand",
		"A header that must be understood is not." },
	[SOAP_NONEXISTENT_MAILBOX] = { "ErrorNonExistentMailbox", CLIENT, 500, NULL,
		"The SMTP address has no mailbox associated with it." },
	[SOAP_SCHEMA_VALIDATION] = { "ErrorSchemaValidation", CLIENT, 500, NULL,
		"The request failed schema validation." },
	[SOAP_SERVER_BUSY] = { "ErrorServerBusy", SERVER, 500, NULL,
		"The server cannot service this request right now. Try again later." },
	[SOAP_VERSION_MISMATCH] = { "ErrorInvalidRequest", CLIENT, 500, "VersionMismatch",
		"The envelope is of no version of SOAP that this server knows." },
	/* clang-format on */
};

const char *
soap_code_name(enum soap_code code)
{
	assert(code > 0 && code < SOAP_CODE_COUNT);
	return rows[code].name;
}

int
soap_code_status(enum soap_code code)
{
	assert(code > 0 && code < SOAP_CODE_COUNT);
	return rows[code].status;
}

/* ---- writing ---- */

/* What is being written. */
struct writer {
	struct buf *buf;
	enum soap_shape shape;
	const char *prefix; /* of the envelope; "soap" for an exception, so
			       that its faultcode is the published one */
	const char *actor;
	const struct soap_fault *fault;
	const struct row *row;
};

static void
put(const struct writer *w, const char *text)
{
	buf_puts(w->buf, text);
}

/* <e:Message xmlns:e="...">text</e:Message>: clients want the declaration on
 * each of them. */
static void
element(const struct writer *w, enum xml_ns ns, const char *name,
	const char *text)
{
	const char *prefix = xml_ns_prefix(ns);

	buf_printf(w->buf, "<%s:%s xmlns:%s=\"%s\">", prefix, name, prefix,
		   xml_ns_uri(ns));
	xml_write_text(w->buf, text);
	buf_printf(w->buf, "</%s:%s>", prefix, name);
}

/* An exception's own words, which carry no language. */
static const char *
exception(const struct writer *w)
{
	return w->shape == SOAP_SHAPE_OOF ? w->fault->exception : NULL;
}

/* The sentence for people. */
static void
reason(const struct writer *w)
{
	const char *violation = w->fault->at.violation;

	if (exception(w) != NULL) {
		xml_write_text(w->buf, exception(w));
		return;
	}
	if (violation == NULL) {
		xml_write_text(w->buf, w->row->text);
		return;
	}
	buf_add(w->buf, w->row->text, strlen(w->row->text) - 1);
	put(w, ": ");
	xml_write_text(w->buf, violation);
}

static void
message_xml(const struct writer *w)
{
	const struct soap_fault *f = w->fault;

	if (f->at.violation == NULL && f->value == NULL)
		return;
	buf_printf(w->buf, "<t:MessageXml xmlns:t=\"%s\">", xml_ns_uri(NS_T));
	if (f->at.line > 0)
		buf_printf(w->buf,
			   "<t:LineNumber>%u</t:LineNumber>"
			   "<t:LinePosition>%u</t:LinePosition>",
			   f->at.line, f->at.column);
	if (f->at.violation != NULL) {
		put(w, "<t:Violation>");
		xml_write_text(w->buf, f->at.violation);
		put(w, "</t:Violation>");
	}
	if (f->value != NULL) {
		buf_printf(w->buf, "<t:Value Name=\"%s\">", f->value_name);
		xml_write_text(w->buf, f->value);
		put(w, "</t:Value>");
	}
	put(w, "</t:MessageXml>");
}

/* What programs read: the seed's ErrorCode, and what all clients look for. */
static void
detail(const struct writer *w)
{
	const char *number = w->fault->exception_code;

	if (w->shape == SOAP_SHAPE_OOF) {
		buf_printf(w->buf, "<ErrorCode xmlns=\"%s\">",
			   xml_ns_uri(NS_M));
		xml_write_text(w->buf, number != NULL ? number : w->row->name);
		put(w, "</ErrorCode>");
	}
	element(w, NS_E, "ResponseCode", w->row->name);
	element(w, NS_E, "Message", w->row->text);
	message_xml(w);
}

/* <faultcode>s:Client</faultcode>, or <faultcode>a:ErrorXxx</faultcode>. */
static void
fault_11(const struct writer *w)
{
	if (w->row->own != NULL || w->shape == SOAP_SHAPE_OOF)
		buf_printf(w->buf, "<faultcode>%s:%s</faultcode>", w->prefix,
			   w->row->own != NULL ? w->row->own : "Client");
	else
		buf_printf(w->buf, "<faultcode xmlns:a=\"%s\">a:%s</faultcode>",
			   xml_ns_uri(NS_T), w->row->name);
	if (exception(w) != NULL)
		put(w, "<faultstring>");
	else
		put(w, "<faultstring xml:lang=\"" LANG "\">");
	reason(w);
	put(w, "</faultstring>");
	if (w->shape == SOAP_SHAPE_OOF) {
		put(w, "<faultactor>");
		xml_write_text(w->buf, w->actor);
		put(w, "</faultactor>");
	}
	put(w, "<detail>");
	detail(w);
	put(w, "</detail>");
}

static void
fault_12(const struct writer *w)
{
	const char *code = w->row->side == CLIENT ? "Sender" : "Receiver";

	buf_printf(w->buf, "<s:Code><s:Value>s:%s</s:Value>",
		   w->row->own != NULL ? w->row->own : code);
	if (w->row->own == NULL && w->shape != SOAP_SHAPE_OOF)
		buf_printf(w->buf,
			   "<s:Subcode><s:Value xmlns:a=\"%s\">a:%s</s:Value>"
			   "</s:Subcode>",
			   xml_ns_uri(NS_T), w->row->name);
	put(w, "</s:Code><s:Reason><s:Text xml:lang=\"" LANG "\">");
	reason(w);
	put(w, "</s:Text></s:Reason>");
	if (w->shape == SOAP_SHAPE_OOF) {
		put(w, "<s:Node>");
		xml_write_text(w->buf, w->actor);
		put(w, "</s:Node>");
	}
	put(w, "<s:Detail>");
	detail(w);
	put(w, "</s:Detail>");
}

void
soap_fault_write(struct buf *buf, enum soap_version version,
		 enum soap_shape shape, const char *actor,
		 const struct soap_fault *fault)
{
	const struct writer w = {
		.buf = buf,
		.shape = shape,
		.prefix = version == SOAP_11 && fault->exception != NULL
				  ? "soap"
				  : "s",
		.actor = actor,
		.fault = fault,
		.row = &rows[fault->code],
	};

	assert(fault->code > 0 && fault->code < SOAP_CODE_COUNT);
	if (shape == SOAP_SHAPE_DISCOVER)
		soap_begin_discover(buf, version, FAULT_ACTION, fault->relates);
	else
		soap_begin(buf, version, w.prefix);
	buf_printf(buf, "<%s:Fault>", w.prefix);
	if (version == SOAP_12)
		fault_12(&w);
	else
		fault_11(&w);
	buf_printf(buf, "</%s:Fault>", w.prefix);
	soap_end(buf, w.prefix);
}
