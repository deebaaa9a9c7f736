/* SPDX-License-Identifier: Apache-2.0 */
/* A client: opened, closed, and the frame of each call. */
#include "client/client.h"

#include "base/text.h"
#include "client/finder.h"
#include "client/place.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define KEEP (64 * KIB)

/* ---- results ---- */

/* The house's error of each result, and its name. */
static const struct {
	const char *name;
	enum err err;
} results[] = {
	/* clang-format off */
	[EWSC_OK] =          { "ok",          OK },
	[EWSC_UNCHANGED] =   { "unchanged",   OK },
	[EWSC_INVALID] =     { "invalid",     ERR_INVALID },
	[EWSC_NO_SERVICE] =  { "no service",  ERR_NOT_FOUND },
	[EWSC_UNREACHABLE] = { "unreachable", ERR_DOWN },
	[EWSC_UNTRUSTED] =   { "untrusted",   ERR_DENIED },
	[EWSC_LOGIN] =       { "login",       ERR_AUTH },
	[EWSC_DENIED] =      { "denied",      ERR_DENIED },
	[EWSC_NOT_FOUND] =   { "not found",   ERR_NOT_FOUND },
	[EWSC_REFUSED] =     { "refused",     ERR_INVALID },
	[EWSC_BUSY] =        { "busy",        ERR_DOWN },
	[EWSC_UNKNOWN] =     { "unknown",     ERR_UNKNOWN },
	[EWSC_FAILED] =      { "failed",      ERR_INTERNAL },
	[EWSC_NO_EWS] =      { "no ews",      ERR_INTERNAL },
	/* clang-format on */
};

const char *
ewsc_result_name(enum ewsc_result result)
{
	return (size_t)result < COUNT(results) ? results[result].name : "?";
}

enum err
client_fail(struct ewsc *c, enum ewsc_result result, const char *advice,
	    const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	if (c->error.result != EWSC_OK)
		return results[c->error.result].err;
	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = op_alloc(&c->op, (size_t)n + 1);
	va_start(args, format);
	(void)vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	c->error.result = result;
	c->error.text = text;
	c->error.advice = advice;
	return results[result].err;
}

void
client_forgive(struct ewsc *c)
{
	c->error = (struct ewsc_error){ .result = EWSC_OK };
}

const struct ewsc_error *
ewsc_error(const struct ewsc *c)
{
	return &c->error;
}

const struct ewsc_attempt *
ewsc_attempts(const struct ewsc *c, size_t *n)
{
	*n = c->attempts_n;
	return c->attempts;
}

const char *
ewsc_url(const struct ewsc *c)
{
	if (c->options.url != NULL)
		return c->options.url;
	return c->found_for == NULL ? NULL : c->service.ews_url;
}

const char *
client_said(struct op *op, const char *text, size_t n)
{
	struct bytes bytes = { (const uint8_t *)text, n };
	char *out;

	if (memchr(text, '\0', n) != NULL)
		return "(bytes that are no text)";
	if (!text_utf8(bytes)) {
		text = text_latin1(op, bytes);
		n = strlen(text);
	}
	if (n > CLIENT_SAID_MAX)
		for (n = CLIENT_SAID_MAX;
		     ((unsigned char)text[n] & 0xC0) == 0x80;)
			n--;
	out = op_text(op, text, n);
	for (char *p = out; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7F)
			*p = ' ';
	return text_trim(op, out);
}

/* ---- the frame of a call ---- */

void
client_begin(struct ewsc *c)
{
	c->turn = !c->turn;
	arena_reset(c->calls[c->turn]);
	op_init(&c->op, c->calls[c->turn], NULL, c->options.timeout_ms);
	c->op.may_wait = true;
	client_forgive(c);
	c->attempts_n = 0;
}

enum ewsc_result
client_end(struct ewsc *c, enum err err)
{
	/* A limit of the ground's (a buffer) has no words of ours. */
	if (err != OK)
		(void)client_fail(
			c, err == ERR_LIMIT ? EWSC_INVALID : EWSC_FAILED, NULL,
			"%s",
			c->op.reason == NULL ? err_name(err) : c->op.reason);
	return c->error.result;
}

enum err
client_address(struct ewsc *c, const char *address)
{
	if (address == NULL || !text_is_address(address))
		return client_fail(c, EWSC_INVALID,
				   "give it as name@example.com",
				   "'%s' is no mail address",
				   address == NULL ? "" : address);
	return OK;
}

/* What was found outlives the call. */
static void
service_keep(struct ewsc *c, const char *address, const struct ewsc_service *s)
{
	const char *(*keep)(struct arena *, const char *) = arena_text;

	arena_reset(c->found);
	c->found_for = keep(c->found, address);
	c->service = (struct ewsc_service){
		.address = keep(c->found, s->address),
		.name = s->name == NULL ? NULL : keep(c->found, s->name),
		.ews_url = keep(c->found, s->ews_url),
		.photo_url = keep(c->found, s->photo_url),
		.dialect = s->dialect,
		.discover_url = keep(c->found, s->discover_url),
	};
}

enum err
client_service(struct ewsc *c, const char *address,
	       const struct ewsc_service **out)
{
	struct ewsc_service *told;
	struct ewsc_service found;

	if (c->options.url != NULL) {
		told = op_alloc(&c->op, sizeof(*told));
		told->address = address;
		told->ews_url = c->options.url;
		*out = told;
		return place_photo(&c->op, told->ews_url, &told->photo_url);
	}
	if (c->found_for == NULL || !text_case_equal(c->found_for, address)) {
		c->found_for = NULL;
		TRY(finder_run(c, address, &found));
		service_keep(c, address, &found);
	}
	*out = &c->service;
	return OK;
}

enum ewsc_result
ewsc_discover(struct ewsc *c, const char *address,
	      const struct ewsc_service **out)
{
	struct ewsc_service *found;
	enum err err;

	client_begin(c);
	found = op_alloc(&c->op, sizeof(*found));
	err = client_address(c, address);
	if (err == OK)
		err = finder_run(c, address, found);
	if (err == OK)
		service_keep(c, address, found);
	*out = err == OK ? found : NULL;
	return client_end(c, err);
}

/* ---- opening ---- */

static const char *
keep(struct ewsc *c, const char *text)
{
	return text == NULL ? NULL : arena_text(c->kept, text);
}

static enum err
text_check(struct ewsc *c, const char *name, const char *text)
{
	if (text == NULL)
		return OK;
	if (strlen(text) > CLIENT_OPTION_MAX)
		return client_fail(c, EWSC_INVALID, NULL,
				   "%s: it is longer than %zu bytes", name,
				   (size_t)CLIENT_OPTION_MAX);
	if (!text_clean(text) || strpbrk(text, "\r\n") != NULL)
		return client_fail(c, EWSC_INVALID, NULL,
				   "%s: it is no line of UTF-8 text", name);
	return OK;
}

static enum err
texts_check(struct ewsc *c, const struct ewsc_options *o)
{
	const struct {
		const char *name, *text;
	} rows[] = {
		{ "url", o->url },
		{ "user", o->user },
		{ "password", o->password },
		{ "token", o->token },
		{ "act_as", o->act_as },
		{ "ca_file", o->ca_file },
		{ "dns_server", o->dns_server },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		TRY(text_check(c, rows[i].name, rows[i].text));
	return OK;
}

static enum err
login_check(struct ewsc *c, const struct ewsc_options *o)
{
	int n = (o->user != NULL) + (o->token != NULL) + (o->negotiate != 0);

	if (n > 1)
		return client_fail(c, EWSC_INVALID, NULL,
				   "a login is a user with a password, a token "
				   "or a ticket: one of them");
	if ((o->user == NULL) != (o->password == NULL))
		return client_fail(c, EWSC_INVALID, NULL,
				   "user and password belong together");
	if (o->user != NULL && strchr(o->user, ':') != NULL)
		return client_fail(c, EWSC_INVALID, NULL,
				   "user: it may not hold a colon");
	/* RFC 6750 2.1: a token is one word. */
	if (o->token != NULL &&
	    (*o->token == '\0' ||
	     strspn(o->token, "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "0123456789-._~+/=") != strlen(o->token)))
		return client_fail(c, EWSC_INVALID, NULL,
				   "token: it is no bearer token");
	return OK;
}

static enum err
connect_to_keep(struct ewsc *c, const char *const *rows)
{
	for (size_t i = 0; rows != NULL && rows[i] != NULL; i++) {
		struct curl_slist *more;

		if (i == CLIENT_CONNECT_TO_MAX)
			return client_fail(c, EWSC_INVALID, NULL,
					   "connect_to: more than %d rows",
					   CLIENT_CONNECT_TO_MAX);
		TRY(text_check(c, "connect_to", rows[i]));
		more = curl_slist_append(c->connect_to, rows[i]);
		if (more == NULL)
			return client_fail(c, EWSC_FAILED, NULL, "no memory");
		c->connect_to = more;
	}
	return OK;
}

static unsigned
timeout(unsigned told, unsigned usual)
{
	if (told == 0)
		return usual;
	return told < CLIENT_TIMEOUT_MAX_MS ? told : CLIENT_TIMEOUT_MAX_MS;
}

static enum err
options_keep(struct ewsc *c, const struct ewsc_options *o)
{
	if (o->size != sizeof(*o))
		return client_fail(c, EWSC_INVALID, NULL,
				   "options of another version: set size to "
				   "sizeof(struct ewsc_options)");
	TRY(texts_check(c, o));
	TRY(login_check(c, o));
	if (o->act_as != NULL)
		TRY(client_address(c, o->act_as));
	if (o->url != NULL)
		TRY(place_check(c, o->url));
	TRY(connect_to_keep(c, o->connect_to));
	c->options = *o;
	c->options.url = keep(c, o->url);
	c->options.user = keep(c, o->user);
	c->options.password = keep(c, o->password);
	c->options.token = keep(c, o->token);
	c->options.act_as = keep(c, o->act_as);
	c->options.ca_file = keep(c, o->ca_file);
	c->options.dns_server = keep(c, o->dns_server);
	c->options.timeout_ms = timeout(o->timeout_ms, CLIENT_TIMEOUT_MS);
	c->options.connect_timeout_ms =
		timeout(o->connect_timeout_ms, CLIENT_CONNECT_TIMEOUT_MS);
	return OK;
}

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void
curl_prepare(void)
{
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

enum ewsc_result
ewsc_open(const struct ewsc_options *options, struct ewsc **out)
{
	struct arena *kept = arena_open(KEEP);
	struct ewsc *c = arena_alloc(kept, sizeof(*c));
	enum err err;

	(void)pthread_once(&curl_once, curl_prepare);
	c->kept = kept;
	c->calls[0] = arena_open(KEEP);
	c->calls[1] = arena_open(KEEP);
	c->found = arena_open(KEEP);
	c->options.timeout_ms = CLIENT_TIMEOUT_MS;
	client_begin(c);
	c->curl = curl_easy_init();
	err = c->curl != NULL ? options_keep(c, options)
			      : client_fail(c, EWSC_FAILED, NULL, "no memory");
	*out = c;
	return client_end(c, err);
}

void
ewsc_close(struct ewsc *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	curl_slist_free_all(c->connect_to);
	curl_slist_free_all(c->resolve);
	arena_close(c->found);
	arena_close(c->calls[0]);
	arena_close(c->calls[1]);
	arena_close(c->kept); /* c itself is in it */
}
