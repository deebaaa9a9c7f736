/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that is asked goes through here. */
#include "client/call.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "client/lookup.h"
#include "client/place.h"

#include <assert.h>
#include <string.h>

#define AGENT "frontdesk-client/" FRONTDESK_VERSION
#define RETRY_MAX_S 86400
#define CHALLENGES_MAX 16 /* header lines */
#define FIRST_ROOM (16 * KIB)

/* What an answer is collected in. */
struct intake {
	struct buf body;
	size_t header_n;
};

/* ---- what libcurl says ---- */

static const struct {
	CURLcode code;
	enum ewsc_result result;
	const char *advice;
} failures[] = {
	/* clang-format off */
	{ CURLE_COULDNT_RESOLVE_HOST, EWSC_UNREACHABLE,
	  "check the name, and the DNS" },
	{ CURLE_COULDNT_RESOLVE_PROXY, EWSC_UNREACHABLE,
	  "check the proxy in the environment" },
	{ CURLE_COULDNT_CONNECT, EWSC_UNREACHABLE,
	  "check that the server runs and that no firewall is between" },
	{ CURLE_OPERATION_TIMEDOUT, EWSC_UNREACHABLE,
	  "check that the server runs; or give it more time" },
	{ CURLE_SSL_CONNECT_ERROR, EWSC_UNREACHABLE,
	  "check that TLS 1.2 or later answers at this port" },
	{ CURLE_PEER_FAILED_VERIFICATION, EWSC_UNTRUSTED,
	  "use a certificate for this name by an authority that clients "
	  "know, or name its authority as the CA file" },
	{ CURLE_SSL_CACERT_BADFILE, EWSC_INVALID,
	  "name a file of certificates in PEM" },
	{ CURLE_SETOPT_OPTION_SYNTAX, EWSC_INVALID, NULL },
	{ CURLE_URL_MALFORMAT, EWSC_INVALID, NULL },
	{ CURLE_UNSUPPORTED_PROTOCOL, EWSC_NO_EWS, "check the URL" },
	{ CURLE_OUT_OF_MEMORY, EWSC_FAILED, NULL },
	{ CURLE_WRITE_ERROR, EWSC_NO_EWS, "check the URL" },
	{ CURLE_BAD_CONTENT_ENCODING, EWSC_NO_EWS, "check the URL" },
	{ CURLE_WEIRD_SERVER_REPLY, EWSC_NO_EWS, "check the URL" },
	{ CURLE_OK, EWSC_UNREACHABLE, "try again" }, /* any other */
	/* clang-format on */
};

/* Had the request begun to go out? */
static bool
is_sent(CURL *curl)
{
	curl_off_t us = 0;

	return curl_easy_getinfo(curl, CURLINFO_PRETRANSFER_TIME_T, &us) ==
		       CURLE_OK &&
	       us > 0;
}

enum err
call_fail(struct ewsc *c, const char *url, CURLcode code, bool write)
{
	const struct intake *intake = c->intake;
	const char *said = curl_easy_strerror(code);
	size_t i = 0;

	if (c->said[0] != '\0')
		said = client_said(&c->op, c->said, strlen(c->said));
	while (failures[i].code != code && failures[i].code != CURLE_OK)
		i++;
	c->error.url = url;
	if (write && is_sent(c->curl) && failures[i].result != EWSC_UNTRUSTED)
		return client_fail(c, EWSC_UNKNOWN,
				   "get the settings, and look",
				   "%s: the connection broke before the "
				   "answer: it may or may not have been set: "
				   "%s",
				   url, said);
	if (code == CURLE_WRITE_ERROR && intake != NULL)
		return client_fail(
			c, EWSC_NO_EWS, failures[i].advice,
			"%s: the answer's %s longer than %zu bytes", url,
			intake->body.over ? "body is" : "headers are",
			intake->body.over ? intake->body.limit
					  : CALL_HEADER_MAX);
	return client_fail(c, failures[i].result, failures[i].advice, "%s: %s",
			   url, said);
}

/* ---- callbacks ---- */

static size_t
on_body(char *p, size_t one, size_t n, void *arg)
{
	struct intake *intake = arg;

	(void)one;
	buf_add(&intake->body, p, n);
	return intake->body.over ? 0 : n;
}

static size_t
on_header(char *p, /* NOLINT(readability-non-const-parameter): libcurl's */
	  size_t one, size_t n, void *arg)
{
	struct intake *intake = arg;

	(void)p;
	(void)one;
	intake->header_n += n;
	return intake->header_n > CALL_HEADER_MAX ? 0 : n;
}

/* ---- the request ---- */

bool
call_has_login(const struct ewsc *c)
{
	return c->options.user != NULL || c->options.token != NULL ||
	       c->options.negotiate;
}

static const char *
scheme(const struct ewsc *c)
{
	if (c->options.token != NULL)
		return "Bearer";
	return c->options.negotiate ? "Negotiate" : "Basic";
}

/* "Negotiate, Basic": one word each. */
bool
call_is_offered(const struct ewsc *c, const char *challenges)
{
	const char *wanted = scheme(c);

	for (const char *p = challenges; p != NULL && *p != '\0';) {
		size_t n = strcspn(p, ", ");

		if (n == strlen(wanted) && text_case_starts(p, wanted))
			return true;
		p += n;
		p += strspn(p, ", ");
	}
	return false;
}

static void
login_set(struct ewsc *c)
{
	const struct ewsc_options *o = &c->options;
	CURL *h = c->curl;

	if (o->token != NULL) {
		(void)curl_easy_setopt(h, CURLOPT_HTTPAUTH,
				       (long)CURLAUTH_BEARER);
		(void)curl_easy_setopt(h, CURLOPT_XOAUTH2_BEARER, o->token);
	} else if (o->negotiate) {
		(void)curl_easy_setopt(h, CURLOPT_HTTPAUTH,
				       (long)CURLAUTH_NEGOTIATE);
		(void)curl_easy_setopt(h, CURLOPT_USERPWD, ":");
	} else if (o->user != NULL) {
		(void)curl_easy_setopt(h, CURLOPT_HTTPAUTH,
				       (long)CURLAUTH_BASIC);
		(void)curl_easy_setopt(h, CURLOPT_USERNAME, o->user);
		(void)curl_easy_setopt(h, CURLOPT_PASSWORD, o->password);
	}
}

static void
slist_done(struct curl_slist **list)
{
	curl_slist_free_all(*list);
}

static bool
slist_add(struct curl_slist **list, const char *line)
{
	struct curl_slist *more = curl_slist_append(*list, line);

	if (more != NULL)
		*list = more;
	return more != NULL;
}

static enum err
headers_make(struct ewsc *c, const struct call *in, struct curl_slist **out)
{
	bool made = slist_add(out, "Expect:"); /* never wait for a 100 */

	if (in->content_type != NULL)
		made = made &&
		       slist_add(out, op_print(&c->op, "Content-Type: %s",
					       in->content_type));
	for (const char *const *h = in->headers; h != NULL && *h != NULL; h++)
		made = made && slist_add(out, *h);
	return made ? OK : client_fail(c, EWSC_FAILED, NULL, "no memory");
}

enum err
call_prepare(struct ewsc *c, const char *url, unsigned timeout_ms)
{
	unsigned left = op_left_ms(&c->op);
	CURL *h = c->curl;

	c->error.url = url;
	c->intake = NULL;
	c->said[0] = '\0';
	if (left == 0)
		return client_fail(c, EWSC_UNREACHABLE,
				   "try again, or give it more time",
				   "%s: there was no time left to ask", url);
	if (timeout_ms == 0 || timeout_ms > left)
		timeout_ms = left;
	curl_easy_reset(h);
	(void)curl_easy_setopt(h, CURLOPT_URL, url);
	(void)curl_easy_setopt(h, CURLOPT_ERRORBUFFER, c->said);
	(void)curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "https");
	(void)curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	(void)curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS,
			       (long)c->options.connect_timeout_ms);
	(void)curl_easy_setopt(h, CURLOPT_SSLVERSION,
			       (long)CURL_SSLVERSION_TLSv1_2);
	(void)curl_easy_setopt(h, CURLOPT_CONNECT_TO, c->connect_to);
	if (c->options.ca_file != NULL) {
		(void)curl_easy_setopt(h, CURLOPT_CAINFO, c->options.ca_file);
		(void)curl_easy_setopt(h, CURLOPT_CAPATH, NULL);
	}
	return lookup_set(c, url);
}

static void
call_set(struct ewsc *c, const struct call *in, struct intake *intake)
{
	CURL *h = c->curl;

	c->intake = intake;
	(void)curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(h, CURLOPT_WRITEDATA, intake);
	(void)curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(h, CURLOPT_HEADERDATA, intake);
	(void)curl_easy_setopt(h, CURLOPT_USERAGENT, AGENT);
	(void)curl_easy_setopt(h, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
	(void)curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
	if (in->open)
		(void)curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http");
	if (in->login)
		login_set(c);
	if (in->content_type != NULL) {
		(void)curl_easy_setopt(h, CURLOPT_POST, 1L);
		(void)curl_easy_setopt(h, CURLOPT_POSTFIELDS, in->body.p);
		(void)curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE,
				       (curl_off_t)in->body.n);
	}
}

/* ---- the answer ---- */

static const char *
header_get(struct ewsc *c, const char *name)
{
	struct curl_header *h;

	if (curl_easy_header(c->curl, name, 0, CURLH_HEADER, -1, &h) !=
	    CURLHE_OK)
		return NULL;
	return client_said(&c->op, h->value, strlen(h->value));
}

/* One that counts to the letter: not cut or cleaned, but taken or not. */
static const char *
header_exact(struct ewsc *c, const char *name, size_t most)
{
	struct curl_header *h;

	if (curl_easy_header(c->curl, name, 0, CURLH_HEADER, -1, &h) !=
		    CURLHE_OK ||
	    strlen(h->value) > most || !text_clean(h->value))
		return NULL;
	return op_dup(&c->op, h->value);
}

/* The schemes of all challenges; a line may hold several, parted by commas,
 * and parameters, which have a "=". */
static const char *
challenges_get(struct ewsc *c)
{
	struct curl_header *h;
	const char *all = NULL;

	for (size_t i = 0; i < CHALLENGES_MAX; i++) {
		const char *p;

		if (curl_easy_header(c->curl, "WWW-Authenticate", i,
				     CURLH_HEADER, -1, &h) != CURLHE_OK)
			break;
		p = client_said(&c->op, h->value, strlen(h->value));
		while (*p != '\0') {
			size_t n = strcspn(p, " ,=");

			if (n > 0 && p[n] != '=' &&
			    (p[n] != ' ' || p[n + 1] != '='))
				all = op_print(&c->op, "%s%s%.*s",
					       all == NULL ? "" : all,
					       all == NULL ? "" : ", ", (int)n,
					       p);
			p += strcspn(p, ",");
			p += strspn(p, ", ");
		}
	}
	return all;
}

static unsigned
retry_get(struct ewsc *c)
{
	const char *text = header_get(c, "Retry-After");
	int64_t n = 0;

	if (text == NULL)
		return 0;
	if (!text_number(text, 0, RETRY_MAX_S, &n) &&
	    clock_read_http(&c->op, text, &n) == OK)
		n -= c->op.now;
	return n > 0 && n <= RETRY_MAX_S ? (unsigned)n : 0;
}

static void
answer_read(struct ewsc *c, const struct intake *intake, struct answer *out)
{
	long status = 0;

	(void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	*out = (struct answer){
		.status = (int)status,
		.body = buf_bytes(&intake->body),
		.type = header_get(c, "Content-Type"),
		.tag = header_exact(c, "ETag", CALL_TAG_MAX),
		.location = header_exact(c, "Location", PLACE_MAX),
		.challenges = challenges_get(c),
		.retry_s = retry_get(c),
	};
	c->error.http_status = (int)status;
}

enum err
call_run(struct ewsc *c, const struct call *in, struct answer *out)
{
	CLEANUP(slist_done) struct curl_slist *headers = NULL;
	struct intake *intake = op_alloc(&c->op, sizeof(*intake));
	CURLcode code;

	assert(!in->open || !in->login);
	buf_init(&intake->body, &c->op, FIRST_ROOM, in->answer_max);
	TRY(call_prepare(c, in->url, in->timeout_ms));
	call_set(c, in, intake);
	TRY(headers_make(c, in, &headers));
	(void)curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
	code = curl_easy_perform(c->curl);
	if (code != CURLE_OK)
		return call_fail(c, in->url, code, in->write);
	answer_read(c, intake, out);
	return OK;
}
