/* SPDX-License-Identifier: Apache-2.0 */
/* Photos: by the GET of [MS-OXWSPHOTO], or by the SOAP operations that came
 * after it. */
#include "client/envelope.h"
#include "client/place.h"
#include "client/verdict.h"

#include "base/text.h"

#include <string.h>

#define SEND_MAX (32 * MIB) /* bytes of a picture that is set */
#define MAGIC_MIN 4         /* bytes of the shortest picture's start */

/* The codes of 3.1.5.1.1. */
static const unsigned edges[] = { 48, 64, 96, 120, 240, 360, 432, 504, 648 };

struct photo_get_request {
	const char *email, *size;
};

struct photo_set_request {
	const char *email, *content;
};

/* The status stands on the answer itself or, by some schemas, in a message
 * inside. */
struct photo_messages {
	struct envelope_message *get, *set;
};

struct photo_reply {
	const char *class, *text, *code;
	const char *changed, *data, *type;
	struct photo_messages *messages;
};

/* clang-format off */
#define T struct photo_get_request
static const struct xsd_field get_request_fields[] = {
	XSD_TEXT("m:Email",         REQUIRED, T, email),
	XSD_TEXT("m:SizeRequested", REQUIRED, T, size),
	XSD_END,
};
static XSD_TYPE(photo_get_request, NULL, get_request_fields);
#undef T

#define T struct photo_set_request
static const struct xsd_field set_request_fields[] = {
	XSD_TEXT("m:Email",   REQUIRED, T, email),
	XSD_TEXT("m:Content", REQUIRED, T, content),
	XSD_END,
};
static XSD_TYPE(photo_set_request, NULL, set_request_fields);
#undef T

#define T struct photo_messages
static const struct xsd_field messages_fields[] = {
	XSD_BEHIND("m:GetUserPhotoResponseMessage", OPTIONAL, T, get, envelope_message),
	XSD_BEHIND("m:SetUserPhotoResponseMessage", OPTIONAL, T, set, envelope_message),
	XSD_END,
};
static XSD_TYPE_WITH(photo_messages, NULL, messages_fields, .lax = true);
#undef T

#define T struct photo_reply
static const struct xsd_field reply_fields[] = {
	XSD_TOKEN ("@ResponseClass",     OPTIONAL, T, class),
	XSD_TEXT  ("m:MessageText",      OPTIONAL, T, text),
	XSD_TOKEN ("m:ResponseCode",     OPTIONAL, T, code),
	XSD_TOKEN ("m:HasChanged",       OPTIONAL, T, changed),
	XSD_TEXT  ("m:PictureData",      OPTIONAL, T, data),
	XSD_TOKEN ("m:ContentType",      OPTIONAL, T, type),
	XSD_BEHIND("m:ResponseMessages", OPTIONAL, T, messages, photo_messages),
	XSD_END,
};
static XSD_TYPE_WITH(photo_reply, NULL, reply_fields, .lax = true);
#undef T
/* clang-format on */

static const struct envelope_operation get_operation = {
	.request = "m:GetUserPhoto",
	.request_type = &photo_get_request_type,
	.response = "m:GetUserPhotoResponse",
	.version = "Exchange2013",
	.answer_max = 2 * CALL_PHOTO_MAX,
};

static const struct envelope_operation set_operation = {
	.request = "m:SetUserPhoto",
	.request_type = &photo_set_request_type,
	.response = "m:SetUserPhotoResponse",
	.version = "Exchange2016",
	.write = true,
	.answer_max = CALL_ANSWER_MAX,
};

/* ---- what both ways have in common ---- */

static enum err
size_code(struct ewsc *c, unsigned edge, const char **out)
{
	size_t i = COUNT(edges) - 1;

	if (edge != 0)
		for (i = 0; i < COUNT(edges) && edges[i] != edge; i++)
			;
	if (i == COUNT(edges))
		return client_fail(c, EWSC_INVALID,
				   "give 48, 64, 96, 120, 240, 360, 432, 504 "
				   "or 648",
				   "%u is no edge of a photo", edge);
	*out = op_print(&c->op, "HR%ux%u", edges[i], edges[i]);
	return OK;
}

/* The line that asks whether it has changed, or NULL. */
static enum err
tag_line(struct ewsc *c, const char *tag, const char **out)
{
	bool quoted;

	*out = NULL;
	if (tag == NULL)
		return OK;
	quoted = tag[0] == '"' || strncmp(tag, "W/\"", 3) == 0;
	if (*tag == '\0' || strlen(tag) > CALL_TAG_MAX || !text_clean(tag) ||
	    strpbrk(tag, " \r\n\t") != NULL)
		return client_fail(c, EWSC_INVALID,
				   "give it as it was got with the photo",
				   "that is no entity tag");
	*out = quoted ? op_print(&c->op, "If-None-Match: %s", tag)
		      : op_print(&c->op, "If-None-Match: \"%s\"", tag);
	return OK;
}

/* The type by the first bytes, for a server that does not tell; NULL: it is
 * no picture that clients show. */
static const char *
type_of(struct bytes data)
{
	static const struct {
		const char *start, *type;
	} rows[] = {
		{ "\xFF\xD8\xFF", "image/jpeg" },
		{ "\x89PNG", "image/png" },
		{ "GIF8", "image/gif" },
		{ "RIFF", "image/webp" },
	};

	for (size_t i = 0; i < COUNT(rows) && data.n >= MAGIC_MIN; i++)
		if (memcmp(data.p, rows[i].start, strlen(rows[i].start)) == 0)
			return rows[i].type;
	return NULL;
}

static enum err
picture_take(struct ewsc *c, struct bytes data, const char *tag,
	     struct ewsc_photo *out)
{
	const char *type = type_of(data);

	if (type == NULL)
		return client_fail(c, EWSC_NO_EWS, "check the URL",
				   "%s: what came is no picture",
				   c->error.url == NULL ? "" : c->error.url);
	*out = (struct ewsc_photo){
		.data = data.p,
		.n = data.n,
		.type = type,
		.tag = tag,
	};
	return OK;
}

/* Still the one of that tag: no failure, but told as a result. */
static enum err
unchanged(struct ewsc *c, const char *tag, struct ewsc_photo *out)
{
	*out = (struct ewsc_photo){ .tag = tag };
	c->error.result = EWSC_UNCHANGED;
	return OK;
}

static enum err
no_photo(struct ewsc *c, const char *url, const char *address)
{
	c->error.url = url;
	return client_fail(c, EWSC_NOT_FOUND, "check the address, or set one",
			   "%s: there is no photo, or no such mailbox",
			   address);
}

/* ---- by GET ---- */

static enum err
rest_get(struct ewsc *c, const struct ewsc_service *service,
	 const struct ewsc_photo_query *q, struct ewsc_photo *out)
{
	const char *size, *headers[] = { NULL, NULL };
	struct call call = {
		.headers = headers,
		.login = true,
		.answer_max = CALL_PHOTO_MAX,
	};
	struct answer answer;

	TRY(size_code(c, q->edge, &size));
	TRY(tag_line(c, q->tag, &headers[0]));
	call.url = op_print(&c->op, "%s?email=%s&size=%s", service->photo_url,
			    place_escape(&c->op, q->address), size);
	TRY(call_run(c, &call, &answer));
	if (answer.status == 200)
		return picture_take(c, answer.body, answer.tag, out);
	if (answer.status == 304 && q->tag != NULL)
		return unchanged(c, answer.tag, out);
	if (answer.status == 404)
		return no_photo(c, call.url, q->address);
	return verdict_status(c, call.url, &answer, false);
}

/* ---- by SOAP ---- */

static enum err
reply_read(struct ewsc *c, const char *url, const struct envelope *answer,
	   bool write, struct photo_reply *out)
{
	const struct envelope_message *inner = NULL;
	struct envelope_message m;

	TRY(envelope_read(c, &photo_reply_type, answer->response, out));
	m = (struct envelope_message){ out->class, out->text, out->code };
	if (out->messages != NULL)
		inner = write ? out->messages->set : out->messages->get;
	if (inner != NULL)
		m = *inner;
	return envelope_check(c, url, &m, write);
}

/* Without the white space that some servers break lines with. */
static enum err
picture_decode(struct ewsc *c, const char *text, struct bytes *out)
{
	char *all = op_alloc(&c->op, strlen(text) + 1);
	size_t n = 0;

	for (; *text != '\0'; text++)
		if (strchr(" \t\r\n", *text) == NULL)
			all[n++] = *text;
	if (text_base64_decode(&c->op, all, n, out) == OK)
		return OK;
	return client_fail(c, EWSC_NO_EWS, "ask those who run the server",
			   "the photo that came is no base64");
}

static enum err
soap_get(struct ewsc *c, const struct ewsc_service *service,
	 const struct ewsc_photo_query *q, struct ewsc_photo *out)
{
	struct photo_get_request request = { .email = q->address };
	struct envelope_call where = { service->ews_url, q->address, NULL };
	struct photo_reply reply = { 0 };
	struct envelope answer = { 0 };
	struct bytes data;
	enum err err;

	TRY(size_code(c, q->edge, &request.size));
	TRY(tag_line(c, q->tag, &where.header));
	err = envelope_run(c, &where, &get_operation, &request, &answer);
	if (err == OK)
		err = reply_read(c, where.url, &answer, false, &reply);
	/* 404 around an answer of the operation: no photo; else no service. */
	if (err != OK && answer.http.status == 404 && answer.response != NULL) {
		client_forgive(c);
		return no_photo(c, where.url, q->address);
	}
	TRY(err);
	if (reply.changed != NULL && strcmp(reply.changed, "false") == 0)
		return unchanged(c, answer.http.tag, out);
	if (reply.data == NULL || text_is_blank(reply.data))
		return no_photo(c, where.url, q->address);
	TRY(picture_decode(c, reply.data, &data));
	c->error.url = where.url;
	return picture_take(c, data, answer.http.tag, out);
}

static enum err
get(struct ewsc *c, const struct ewsc_photo_query *q, struct ewsc_photo *out)
{
	const struct ewsc_service *service;

	TRY(client_address(c, q->address));
	TRY(client_service(c, q->address, &service));
	return q->soap ? soap_get(c, service, q, out)
		       : rest_get(c, service, q, out);
}

enum ewsc_result
ewsc_photo_get(struct ewsc *c, const struct ewsc_photo_query *query,
	       const struct ewsc_photo **out)
{
	struct ewsc_photo *photo;
	enum err err;

	client_begin(c);
	photo = op_alloc(&c->op, sizeof(*photo));
	err = get(c, query, photo);
	*out = err == OK ? photo : NULL;
	return client_end(c, err);
}

/* ---- set ---- */

static enum err
set(struct ewsc *c, const char *address, struct bytes picture)
{
	const struct ewsc_service *service;
	struct photo_set_request request = { .email = address };
	struct envelope_call where = { .anchor = address };
	struct photo_reply reply = { 0 };
	struct envelope answer;

	TRY(client_address(c, address));
	if (picture.n == 0 || picture.n > SEND_MAX)
		return client_fail(c, EWSC_INVALID, NULL,
				   "a picture has 1 to %zu bytes", SEND_MAX);
	TRY(client_service(c, address, &service));
	where.url = service->ews_url;
	request.content = text_base64(&c->op, picture);
	TRY(envelope_run(c, &where, &set_operation, &request, &answer));
	return reply_read(c, where.url, &answer, true, &reply);
}

enum ewsc_result
ewsc_photo_set(struct ewsc *c, const char *address, const void *data, size_t n)
{
	client_begin(c);
	return client_end(c, set(c, address, (struct bytes){ data, n }));
}
