/* SPDX-License-Identifier: Apache-2.0 */
#include "client/envelope.h"

#include "base/buf.h"
#include "base/text.h"
#include "client/verdict.h"
#include "wire/soap.h"

#include <string.h>

#define REQUEST_MAX (48 * MIB) /* bytes: a photo of PHOTO_MAX in base64 */
#define TYPE "text/xml; charset=utf-8"

/* ---- the request ---- */

static struct bytes
request_write(struct ewsc *c, const struct envelope_operation *o,
	      const void *request)
{
	const struct soap_client client = { .version = o->version };
	const struct soap_impersonation who = {
		.account = { .smtp = c->options.act_as },
	};
	struct buf buf;

	buf_init(&buf, &c->op, 4 * KIB, REQUEST_MAX);
	buf_printf(&buf,
		   "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
		   "<s:Envelope xmlns:s=\"%s\"><s:Header>",
		   xml_ns_uri(NS_SOAP11));
	xsd_write(&buf, XSD_PREFIXED, "t:RequestServerVersion",
		  &soap_client_type, &client);
	if (who.account.smtp != NULL)
		xsd_write(&buf, XSD_PREFIXED, "t:ExchangeImpersonation",
			  &soap_impersonation_type, &who);
	buf_puts(&buf, "</s:Header><s:Body>");
	xsd_write(&buf, XSD_PREFIXED, o->request, o->request_type, request);
	buf_puts(&buf, "</s:Body></s:Envelope>");
	return buf_err(&buf) == OK ? buf_bytes(&buf) : (struct bytes){ 0 };
}

/* ---- finding one's way ---- */

const struct xml_node *
envelope_find(const struct xml_node *node, const char *path)
{
	while (node != NULL && *path != '\0') {
		size_t n = strcspn(path, "/");
		const struct xml_node *child = node->first;

		while (child != NULL && (strlen(child->name) != n ||
					 memcmp(child->name, path, n) != 0))
			child = child->next;
		node = child;
		path += n + (path[n] == '/');
	}
	return node;
}

static const char *
text_at(struct op *op, const struct xml_node *node, const char *path)
{
	const struct xml_node *found = envelope_find(node, path);
	const char *text;

	if (found == NULL)
		return NULL;
	text = client_said(op, found->text, strlen(found->text));
	return *text == '\0' ? NULL : text;
}

enum err
envelope_read(struct ewsc *c, const struct xsd_type *type,
	      const struct xml_node *el, void *out)
{
	struct xml_fault fault = { 0 };

	if (xsd_read(&c->op, type, el, out, &fault) == OK)
		return OK;
	return client_fail(
		c, EWSC_NO_EWS, "ask those who run the server",
		"the answer cannot be read: line %u: %s", fault.line,
		client_said(&c->op, fault.violation, strlen(fault.violation)));
}

/* ---- faults ---- */

/* "a:ErrorAccessDenied" -> "ErrorAccessDenied"; NULL: SOAP's own code. */
static const char *
code_of(const char *name)
{
	const char *local = name == NULL ? NULL : xsd_local_name(name);

	return local != NULL && strncmp(local, "Error", 5) == 0 ? local : NULL;
}

/* Where servers of all ages put the code and the sentence, best first. */
static const char *const code_paths[] = {
	"detail/ResponseCode", "Detail/ResponseCode", "faultcode",
	"Code/Subcode/Value",  "detail/ErrorCode",    "Detail/ErrorCode",
};
static const char *const text_paths[] = {
	"detail/Message",
	"Detail/Message",
	"faultstring",
	"Reason/Text",
};
static const char *const more_paths[] = {
	"detail/MessageXml/Violation",
	"Detail/MessageXml/Violation",
};

static const char *
first_code(struct op *op, const struct xml_node *fault)
{
	const char *code = NULL;

	for (size_t i = 0; i < COUNT(code_paths) && code == NULL; i++)
		code = code_of(text_at(op, fault, code_paths[i]));
	return code;
}

static const char *
first_text(struct op *op, const struct xml_node *fault,
	   const char *const *paths, size_t n)
{
	const char *text = NULL;

	for (size_t i = 0; i < n && text == NULL; i++)
		text = text_at(op, fault, paths[i]);
	return text;
}

/* MessageXml's BackOffMilliseconds, in seconds. */
static unsigned
back_off(const struct xml_node *fault)
{
	const struct xml_node *v = envelope_find(fault, "detail/MessageXml");
	int64_t ms = 0;

	for (v = v == NULL ? NULL : v->first; v != NULL; v = v->next) {
		const char *name = xml_attribute(v, "Name");

		if (name != NULL && strcmp(name, "BackOffMilliseconds") == 0 &&
		    text_number(v->text, 0, INT32_MAX, &ms))
			return (unsigned)((ms + 999) / 1000);
	}
	return 0;
}

static enum err
fault_fail(struct ewsc *c, const char *url, const struct xml_node *fault,
	   bool write)
{
	const char *more =
		first_text(&c->op, fault, more_paths, COUNT(more_paths));
	struct verdict said = {
		.code = first_code(&c->op, fault),
		.text = first_text(&c->op, fault, text_paths,
				   COUNT(text_paths)),
		.retry_s = back_off(fault),
		.write = write,
	};

	/* [MS-OXWOOF] 2.2.4 has no code that tells this one from others. */
	if (said.code == NULL && said.text != NULL &&
	    strstr(said.text, "AccessDeniedException") != NULL)
		said.code = "ErrorAccessDenied";
	if (more != NULL)
		said.text = op_print(&c->op, "%s %s",
				     said.text == NULL ? "" : said.text, more);
	return verdict_code(c, url, &said);
}

/* ---- the answer ---- */

static bool
is_envelope(const struct xml_node *root)
{
	return (root->ns == NS_SOAP11 || root->ns == NS_SOAP12) &&
	       strcmp(root->name, "Envelope") == 0;
}

/* What the Body holds; NULL: it is no envelope of SOAP. */
static enum err
body_read(struct ewsc *c, const char *url, struct answer *answer,
	  const struct xml_node **out)
{
	const struct xml_node *root = NULL, *body;
	struct xml_fault fault = { 0 };

	*out = NULL;
	if (answer->body.n == 0 ||
	    xml_parse(&c->op, answer->body, &root, &fault) != OK) {
		if (answer->status != 200 || answer->body.n == 0)
			return OK;
		c->error.url = url;
		return client_fail(
			c, EWSC_NO_EWS, "check the URL",
			"%s: the answer is no XML that may be read: line %u: "
			"%s",
			url, fault.line,
			fault.violation == NULL ? "no memory"
						: fault.violation);
	}
	if (!is_envelope(root))
		return OK;
	body = envelope_find(root, "Body");
	*out = body == NULL ? NULL : body->first;
	return OK;
}

enum err
envelope_run(struct ewsc *c, const struct envelope_call *where,
	     const struct envelope_operation *o, const void *request,
	     struct envelope *out)
{
	const char *headers[] = {
		"Accept: text/xml",
		op_print(&c->op, "X-AnchorMailbox: %s", where->anchor),
		where->header,
		NULL,
	};
	const struct call call = {
		.url = where->url,
		.content_type = TYPE,
		.body = request_write(c, o, request),
		.headers = headers,
		.login = true,
		.write = o->write,
		.answer_max = o->answer_max,
	};

	if (call.body.n == 0)
		return client_fail(c, EWSC_INVALID, "send less",
				   "it is too long to be sent");
	TRY(call_run(c, &call, &out->http));
	TRY(body_read(c, where->url, &out->http, &out->response));
	if (out->response != NULL && strcmp(out->response->name, "Fault") == 0)
		return fault_fail(c, where->url, out->response, o->write);
	if (out->http.status == 401 || out->response == NULL ||
	    !xml_is(out->response, o->response))
		return verdict_status(c, where->url, &out->http, o->write);
	return OK;
}

/* ---- messages inside of answers ---- */

/* clang-format off */
#define T struct envelope_message
static const struct xsd_field message_fields[] = {
	XSD_TEXT ("m:MessageText",  OPTIONAL, T, text),
	XSD_TOKEN("m:ResponseCode", OPTIONAL, T, code),
	XSD_TOKEN("@ResponseClass", OPTIONAL, T, class),
	XSD_END,
};
XSD_TYPE_WITH(envelope_message, NULL, message_fields, .lax = true);
#undef T
/* clang-format on */

enum err
envelope_check(struct ewsc *c, const char *url,
	       const struct envelope_message *m, bool write)
{
	const struct verdict said = {
		.code = m->code,
		.text = m->text == NULL
				? NULL
				: client_said(&c->op, m->text, strlen(m->text)),
		.write = write,
	};

	if (m->class != NULL && strcmp(m->class, "Error") != 0)
		return OK;
	if (m->class == NULL &&
	    (m->code == NULL || strcmp(m->code, "NoError") == 0))
		return OK;
	return verdict_code(c, url, &said);
}
