/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The newest dialect: a GET by anybody, before any login. So it tells nothing
 * of mailboxes, only of domains, which DNS tells everybody.
 */
#include "discover/discover.h"

#include "base/buf.h"
#include "base/idn.h"
#include "base/text.h"
#include "wire/url.h"

#include <string.h>

#define ANSWER_MAX (4 * KIB)
#define ANSWER_HINT 512
#define PATH_PARTS 3 /* before an address: autodiscover, its name, v1.0 */
#define SHOWN_MAX 64 /* bytes of a protocol that is not known */
#define CONTENT_TYPE "application/json; charset=utf-8"

static const struct {
	const char *name, *path;
} protocols[] = {
	{ "EWS", "/EWS/Exchange.asmx" },
	{ "AutodiscoverV1", "/autodiscover/autodiscover.xml" },
};

/* ---- JSON ---- */

/* "name":"value", the value escaped. */
static void
member(struct buf *buf, const char *name, const char *value)
{
	buf_printf(buf, "\"%s\":\"", name);
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		if (c == '"' || c == '\\')
			buf_printf(buf, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			buf_printf(buf, "\\u%04x", c);
		else
			buf_putc(buf, (char)c);
	}
	buf_putc(buf, '"');
}

/* {"FIRST":"...","SECOND":"..."} */
static void
answer(struct op *op, int status, const char *const pairs[4],
       struct response *res)
{
	struct buf buf;

	buf_init(&buf, op, ANSWER_HINT, ANSWER_MAX);
	buf_putc(&buf, '{');
	member(&buf, pairs[0], pairs[1]);
	buf_putc(&buf, ',');
	member(&buf, pairs[2], pairs[3]);
	buf_putc(&buf, '}');
	res->status = status;
	res->content_type = CONTENT_TYPE;
	res->body = buf_bytes(&buf);
}

/* The reason for the log is the code that the client sees. */
static enum err
refuse(struct op *op, int status, const char *code, const char *message,
       struct response *res)
{
	const char *const pairs[] = { "ErrorCode", code, "ErrorMessage",
				      message };

	answer(op, status, pairs, res);
	op->reason = code;
	return OK;
}

/* ---- the request ---- */

static enum err
protocol_answer(struct op *op, const char *wanted, struct response *res)
{
	struct buf names;

	for (size_t i = 0; i < COUNT(protocols); i++) {
		const char *const pairs[] = {
			"Protocol",
			protocols[i].name,
			"Url",
			op_print(op, "%s%s", op->settings->public_url,
				 protocols[i].path),
		};

		if (!text_case_equal(protocols[i].name, wanted))
			continue;
		answer(op, 200, pairs, res);
		return OK;
	}
	buf_init(&names, op, ANSWER_HINT, ANSWER_MAX);
	for (size_t i = 0; i < COUNT(protocols); i++)
		buf_printf(&names, "%s%s", i == 0 ? "" : ",",
			   protocols[i].name);
	return refuse(op, 400, "ProtocolNotSupported",
		      op_print(op,
			       "The protocol '%s' is not supported. Supported "
			       "protocols are: '%s'.",
			       text_head(op, wanted, SHOWN_MAX),
			       buf_text(&names)),
		      res);
}

/* Is it a domain of ours? Whether there is such a mailbox is not looked at. */
static enum err
domain_answer(struct house *house, struct op *op, const char *email,
	      const char *protocol, struct response *res)
{
	struct domain domain;
	enum err err;

	if (!text_is_address(email))
		return refuse(op, 400, "InvalidUserId",
			      "The value of 'Email' is no mail address.", res);
	op->target = email;
	err = store_domain_find(house->store, op,
				idn_fold(op, text_domain(email)), &domain);
	if (err == ERR_NOT_FOUND)
		return refuse(op, 404, "UserNotFound",
			      "The domain of the address is not served here.",
			      res);
	TRY(err);
	return protocol_answer(op, protocol, res);
}

enum err
discover_json_get(struct house *house, struct op *op, const struct request *req,
		  struct response *res)
{
	struct url_parameter parameters[URL_PARAMETERS_MAX];
	const char *email = url_path_behind(req->path, PATH_PARTS), *protocol;
	size_t n;

	if (url_query(op, req->query, parameters, COUNT(parameters), &n) != OK)
		return refuse(op, 400, "InvalidRequest",
			      "The query of the request cannot be read.", res);
	if (email == NULL)
		email = url_value(parameters, n, "Email");
	protocol = url_value(parameters, n, "Protocol");
	if (email == NULL || *email == '\0')
		return refuse(op, 400, "MandatoryParameterMissing",
			      "A valid value must be provided for 'Email'.",
			      res);
	if (protocol == NULL || *protocol == '\0')
		return refuse(op, 400, "MissingProtocol",
			      "A valid value must be provided for the query "
			      "parameter 'Protocol'.",
			      res);
	return domain_answer(house, op, email, protocol, res);
}
