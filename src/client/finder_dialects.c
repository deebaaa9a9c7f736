/* SPDX-License-Identifier: Apache-2.0 */
/* The three dialects of Autodiscover: what is asked, and what is read. Names
 * count, namespaces do not: servers differ in them. */
#include "client/finder.h"

#include "base/buf.h"
#include "base/text.h"
#include "client/envelope.h"
#include "client/place.h"
#include "client/verdict.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

#define TYPE "text/xml; charset=utf-8"
#define REQUEST_MAX (16 * KIB) /* bytes */
#define AD "http://schemas.microsoft.com/exchange/2010/Autodiscover"
#define POX "http://schemas.microsoft.com/exchange/autodiscover/outlook/"

static const char *
text_of(struct op *op, const struct xml_node *node, const char *path)
{
	const struct xml_node *found = envelope_find(node, path);
	const char *text;

	if (found == NULL)
		return NULL;
	text = client_said(op, found->text, strlen(found->text));
	return *text == '\0' ? NULL : text;
}

/* As it may be shown. */
static const char *
said(struct op *op, const char *text)
{
	return text == NULL ? NULL : client_said(op, text, strlen(text));
}

/* What counts to the letter is not cut or cleaned; NULL: it is not there. */
static const char *
exact_of(struct op *op, const struct xml_node *node, const char *path)
{
	const struct xml_node *found = envelope_find(node, path);

	return found == NULL || text_is_blank(found->text)
		       ? NULL
		       : text_trim(op, found->text);
}

/* NULL: it is no https URL. */
static const char *
url_of(const char *text)
{
	return text != NULL && place_is_https(text) ? text : NULL;
}

static enum err
document_read(struct ewsc *c, const char *url, const struct answer *answer,
	      const struct xml_node **out)
{
	struct xml_fault fault = { 0 };

	*out = NULL;
	if (answer->status != 200 && answer->status != 500)
		return verdict_status(c, url, answer, false);
	if (xml_parse(&c->op, answer->body, out, &fault) == OK)
		return OK;
	return client_fail(c, EWSC_NO_EWS, "check what answers there",
			   "%s: the answer is no XML that may be read: line "
			   "%u: %s",
			   url, fault.line,
			   fault.violation == NULL ? "no memory"
						   : fault.violation);
}

static enum err
refused(struct ewsc *c, const char *url, const char *code, const char *text)
{
	bool unknown = code != NULL && (strcmp(code, "InvalidUser") == 0 ||
					strcmp(code, "500") == 0);

	c->error.url = url;
	c->error.code = code;
	return client_fail(c, unknown ? EWSC_NOT_FOUND : EWSC_NO_SERVICE,
			   "check the address", "%s: %s%s%s%s", url,
			   text == NULL ? "it says no reason" : text,
			   code == NULL ? "" : " (", code == NULL ? "" : code,
			   code == NULL ? "" : ")");
}

/* ---- SOAP ---- */

static const char *
soap_ask(struct op *op, const char *url, const char *address)
{
	static const char *const settings[] = {
		"UserDisplayName", "AutoDiscoverSMTPAddress", "ExternalEwsUrl",
		"InternalEwsUrl",  "ExternalPhotosUrl",
	};
	struct buf buf;

	buf_init(&buf, op, 2 * KIB, REQUEST_MAX);
	buf_puts(&buf, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
		       "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/"
		       "envelope/\" xmlns:a=\"" AD "\" xmlns:wsa=\"http://"
		       "www.w3.org/2005/08/addressing\"><s:Header>"
		       "<a:RequestedServerVersion>Exchange2013"
		       "</a:RequestedServerVersion><wsa:Action>" AD
		       "/Autodiscover/GetUserSettings</wsa:Action><wsa:To>");
	xml_write_text(&buf, url);
	buf_puts(&buf, "</wsa:To></s:Header><s:Body>"
		       "<a:GetUserSettingsRequestMessage><a:Request><a:Users>"
		       "<a:User><a:Mailbox>");
	xml_write_text(&buf, address);
	buf_puts(&buf, "</a:Mailbox></a:User></a:Users>"
		       "<a:RequestedSettings>");
	for (size_t i = 0; i < COUNT(settings); i++)
		buf_printf(&buf, "<a:Setting>%s</a:Setting>", settings[i]);
	buf_puts(&buf, "</a:RequestedSettings></a:Request>"
		       "</a:GetUserSettingsRequestMessage></s:Body>"
		       "</s:Envelope>");
	return buf_text(&buf);
}

/* The value of a UserSetting; NULL: it is not there. */
static const char *
setting(struct op *op, const struct xml_node *user, const char *name)
{
	const struct xml_node *s = envelope_find(user, "UserSettings");

	for (s = s == NULL ? NULL : s->first; s != NULL; s = s->next) {
		const char *is = text_of(op, s, "Name");

		if (is != NULL && strcmp(is, name) == 0)
			return exact_of(op, s, "Value");
	}
	return NULL;
}

static void
settings_take(struct op *op, const struct xml_node *user,
	      struct finder_answer *out)
{
	out->outcome = FINDER_FOUND;
	out->name = said(op, setting(op, user, "UserDisplayName"));
	out->address = said(op, setting(op, user, "AutoDiscoverSMTPAddress"));
	out->ews_url = url_of(setting(op, user, "ExternalEwsUrl"));
	if (out->ews_url == NULL)
		out->ews_url = url_of(setting(op, user, "InternalEwsUrl"));
	out->photo_url = url_of(setting(op, user, "ExternalPhotosUrl"));
}

static enum err
soap_read(struct ewsc *c, const char *url, const struct answer *answer,
	  struct finder_answer *out)
{
	const struct xml_node *root = NULL, *body, *response, *user;
	const char *code, *target;

	TRY(document_read(c, url, answer, &root));
	body = envelope_find(root, "Body");
	if (envelope_find(body, "Fault") != NULL)
		return refused(c, url, NULL,
			       text_of(&c->op, body, "Fault/faultstring"));
	response =
		envelope_find(body, "GetUserSettingsResponseMessage/Response");
	user = envelope_find(response, "UserResponses/UserResponse");
	code = text_of(&c->op, response, "ErrorCode");
	if (response == NULL ||
	    (user == NULL && (code == NULL || strcmp(code, "NoError") == 0)))
		return client_fail(c, EWSC_NO_EWS, "check what answers there",
				   "%s: it does not speak Autodiscover", url);
	if (code != NULL && strcmp(code, "NoError") != 0)
		return refused(c, url, code,
			       text_of(&c->op, response, "ErrorMessage"));
	code = text_of(&c->op, user, "ErrorCode");
	target = exact_of(&c->op, user, "RedirectTarget");
	if (code == NULL || strcmp(code, "NoError") == 0) {
		settings_take(&c->op, user, out);
		return OK;
	}
	out->to = target;
	if (target != NULL && strcmp(code, "RedirectAddress") == 0)
		out->outcome = FINDER_ADDRESS;
	else if (target != NULL && strcmp(code, "RedirectUrl") == 0)
		out->outcome = FINDER_URL;
	else
		return refused(c, url, code,
			       text_of(&c->op, user, "ErrorMessage"));
	return OK;
}

const struct finder_dialect finder_soap = {
	.name = "SOAP",
	.path = "/autodiscover/autodiscover.svc",
	.content_type = TYPE,
	.login = true,
	.ask = soap_ask,
	.read = soap_read,
};

/* ---- POX: plain old XML ---- */

static const char *
pox_ask(struct op *op, const char *url, const char *address)
{
	struct buf buf;

	(void)url;
	buf_init(&buf, op, KIB, REQUEST_MAX);
	buf_puts(&buf, "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
		       "<Autodiscover xmlns=\"" POX
		       "requestschema/2006\"><Request><EMailAddress>");
	xml_write_text(&buf, address);
	buf_puts(&buf, "</EMailAddress><AcceptableResponseSchema>" POX
		       "responseschema/2006a</AcceptableResponseSchema>"
		       "</Request></Autodiscover>");
	return buf_text(&buf);
}

/* The URL of a Protocol, under any of the names that servers use. */
static const char *
protocol_url(struct op *op, const struct xml_node *protocol)
{
	static const char *const names[] = { "EwsUrl", "ASUrl", "OOFUrl" };
	const char *url = NULL;

	for (size_t i = 0; i < COUNT(names) && url == NULL; i++)
		url = url_of(exact_of(op, protocol, names[i]));
	return url;
}

/* EXPR is for those outside, and preferred. */
static const char *
account_url(struct op *op, const struct xml_node *account)
{
	const char *url = NULL;

	for (const struct xml_node *p = account->first; p != NULL;
	     p = p->next) {
		const char *type, *one;

		if (strcmp(p->name, "Protocol") != 0)
			continue;
		type = text_of(op, p, "Type");
		one = protocol_url(op, p);
		if (one != NULL && type != NULL && strcmp(type, "EXPR") == 0)
			return one;
		url = url == NULL ? one : url;
	}
	return url;
}

static enum err
pox_read(struct ewsc *c, const char *url, const struct answer *answer,
	 struct finder_answer *out)
{
	const struct xml_node *root = NULL, *response, *account;
	const char *address, *to;

	TRY(document_read(c, url, answer, &root));
	assert(root != NULL);
	response = envelope_find(root, "Response");
	account = envelope_find(response, "Account");
	if (envelope_find(response, "Error") != NULL)
		return refused(c, url,
			       text_of(&c->op, response, "Error/ErrorCode"),
			       text_of(&c->op, response, "Error/Message"));
	if (account == NULL || strcmp(root->name, "Autodiscover") != 0)
		return client_fail(c, EWSC_NO_EWS, "check what answers there",
				   "%s: it does not speak Autodiscover", url);
	address = exact_of(&c->op, account, "RedirectAddr");
	to = exact_of(&c->op, account, "RedirectUrl");
	*out = (struct finder_answer){
		.outcome = FINDER_FOUND,
		.name = text_of(&c->op, response, "User/DisplayName"),
		.address = text_of(&c->op, response,
				   "User/AutoDiscoverSMTPAddress"),
	};
	if (address != NULL || to != NULL) {
		out->outcome = to != NULL ? FINDER_URL : FINDER_ADDRESS;
		out->to = to != NULL ? to : address;
		return OK;
	}
	out->ews_url = account_url(&c->op, account);
	return OK;
}

const struct finder_dialect finder_pox = {
	.name = "POX",
	.path = "/autodiscover/autodiscover.xml",
	.content_type = TYPE,
	.login = true,
	.ask = pox_ask,
	.read = pox_read,
};

/* ---- JSON, version 2: open, for it tells no more than a URL ---- */

static const char *
json_ask(struct op *op, const char *url, const char *address)
{
	if (strchr(url, '?') != NULL)
		return url; /* a redirect has it already */
	return op_print(op, "%s?Email=%s&Protocol=EWS", url,
			place_escape(op, address));
}

static void
json_done(json_t **value)
{
	json_decref(*value);
}

/* A member's text, which is the object's; NULL: there is none. */
static const char *
member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static enum err
json_read(struct ewsc *c, const char *url, const struct answer *answer,
	  struct finder_answer *out)
{
	CLEANUP(json_done)
	json_t *all = json_loadb((const char *)answer->body.p, answer->body.n,
				 JSON_REJECT_DUPLICATES, NULL);
	const char *code = said(&c->op, member(all, "ErrorCode"));
	const char *url_told = member(all, "Url");

	if (code != NULL)
		return refused(c, url, code,
			       said(&c->op, member(all, "ErrorMessage")));
	if (answer->status != 200)
		return verdict_status(c, url, answer, false);
	if (url_told == NULL)
		return client_fail(c, EWSC_NO_EWS, "check what answers there",
				   "%s: it does not speak Autodiscover", url);
	*out = (struct finder_answer){
		.outcome = FINDER_FOUND,
		.ews_url = url_of(op_dup(&c->op, url_told)),
	};
	return OK;
}

const struct finder_dialect finder_json = {
	.name = "JSON",
	.path = "/autodiscover/autodiscover.json",
	.ask = json_ask,
	.read = json_read,
};
