/* SPDX-License-Identifier: Apache-2.0 */
/* An exchange as text for people. */
#include "base/buf.h"
#include "base/text.h"
#include "desk/dev.h"
#include "desk/dev_fault.h"
#include "desk/dev_link.h"
#include "desk/ews.h"
#include "wire/coding.h"
#include "wire/xml_show.h"

#include <string.h>
#include <time.h>

#define BODY_SHOWN_MAX (24 * KIB) /* of each body, about */
#define NAME_MAX 64               /* of a header that is looked for */

static const char *const methods[] = {
	[METHOD_OTHER] = "?",
	[METHOD_GET] = "GET",
	[METHOD_HEAD] = "HEAD",
	[METHOD_POST] = "POST",
};

/* ---- headers ---- */

/* "ann" of "Basic YW5uOnNlY3JldA=="; else who was let in. */
static const char *
credentials_user(struct op *op, const char *value)
{
	const char *space = strchr(value, ' '), *colon;
	struct bytes both;

	if (space != NULL && text_case_starts(value, "Basic ") &&
	    text_base64_decode(op, space + 1, strlen(space + 1), &both) == OK &&
	    (colon = memchr(both.p, ':', both.n)) != NULL &&
	    text_utf8((struct bytes){
		    both.p, (size_t)((const uint8_t *)colon - both.p) }))
		return op_text(op, (const char *)both.p,
			       (size_t)((const uint8_t *)colon - both.p));
	return op->caller != NULL ? op->caller->login : "not known";
}

/* Only the scheme and the user are shown of what proves who somebody is. */
static const char *
value_shown(struct op *op, const char *name, const char *value)
{
	size_t scheme = strcspn(value, " ");

	if (text_case_equal(name, "authorization"))
		return op_print(op, "%.*s (%s)", (int)scheme, value,
				credentials_user(op, value));
	if (text_case_equal(name, "proxy-authorization") ||
	    text_case_equal(name, "cookie"))
		return "(not shown)";
	if (text_case_equal(name, "www-authenticate") &&
	    text_case_starts(value, "Negotiate "))
		return "Negotiate (not shown)";
	return value;
}

static void
put_line(struct buf *buf, const char *mark, const char *text)
{
	buf_puts(buf, mark);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= ' ' && c != 0x7f)
			buf_putc(buf, *text);
	}
	buf_putc(buf, '\n');
}

static void
put_header(struct op *op, struct buf *buf, const char *mark, const char *name,
	   const char *value)
{
	if (value != NULL)
		put_line(buf, mark,
			 op_print(op, "%s: %s", name,
				  value_shown(op, name, value)));
}

/* "Name: value" lines, as the door collected them. */
static void
put_headers(struct op *op, struct buf *buf, const char *lines)
{
	while (lines != NULL && *lines != '\0') {
		size_t n = strcspn(lines, "\n"), name = strcspn(lines, ":");

		if (name < n && name < NAME_MAX)
			put_header(op, buf, "> ", op_text(op, lines, name),
				   op_text(op, lines + name + 2, n - name - 2));
		lines += n + (lines[n] == '\n');
	}
}

/* ---- bodies ---- */

static void
put_body(struct buf *buf, const char *mark, const char *type, struct bytes body)
{
	if (body.n == 0)
		return;
	put_line(buf, mark, "");
	if (!text_utf8(body) ||
	    (type != NULL && strstr(type, "image/") != NULL))
		buf_printf(buf, "%s(%zu bytes of %s)\n", mark, body.n,
			   type == NULL ? "something" : type);
	else
		xml_show(buf, body, mark, BODY_SHOWN_MAX);
}

static struct bytes
request_body(struct op *op, const struct request *req)
{
	enum coding coding = coding_find(req->headers.content_encoding);
	struct bytes out;

	if (coding == CODING_UNKNOWN ||
	    coding_decode(op, coding, req->body, EWS_BODY_MAX, &out) != OK)
		return req->body;
	return out;
}

/* ---- all of it ---- */

static void
put_title(struct op *op, const struct request *req, const struct response *res,
	  struct buf *buf)
{
	const struct dev_fault *fault = op->fault;
	struct timespec now;
	struct tm local;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)localtime_r(&now.tv_sec, &local);
	buf_printf(buf, "\n---- %02d:%02d:%02d.%03ld  %s  %s: %d %s, %lld ms",
		   local.tm_hour, local.tm_min, local.tm_sec,
		   now.tv_nsec / 1000000,
		   op->operation == NULL ? req->path : op->operation,
		   op->caller == NULL ? "nobody" : op->caller->login,
		   res->status, op->result == NULL ? "" : op->result,
		   (long long)(op_clock_us() - op->began_us) / 1000);
	if (fault != NULL && fault->kind != DEV_NONE)
		buf_printf(buf, "  [fault %s]", fault->word);
	buf_putc(buf, '\n');
}

void
dev_tell(struct op *op, const struct request *req, const struct response *res)
{
	const char *reason = op->reason, *result = op->result;
	struct buf buf;

	buf_init(&buf, op, 8 * KIB, DEV_MESSAGE_MAX - 1);
	put_title(op, req, res, &buf);
	put_line(&buf, "> ",
		 op_print(op, "%s %s%s%s", methods[req->method], req->path,
			  req->query == NULL ? "" : "?",
			  req->query == NULL ? "" : req->query));
	put_headers(op, &buf, req->lines);
	put_body(&buf, "> ", req->headers.content_type, request_body(op, req));
	buf_puts(&buf, "\n");
	put_line(&buf, "< ", op_print(op, "%d", res->status));
	put_header(op, &buf, "< ", "Content-Type", res->content_type);
	for (size_t i = 0; i < res->headers_n; i++)
		put_header(op, &buf, "< ", res->headers[i].name,
			   res->headers[i].value);
	put_body(&buf, "< ", res->content_type, res->body);
	(void)dev_send(op, op->settings->dev_socket, DEV_TELL, buf_bytes(&buf),
		       NULL);
	op->reason = reason; /* of the operation, not of showing it */
	op->result = result;
}
