/* SPDX-License-Identifier: Apache-2.0 */
#include "client/place.h"

#include "base/buf.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define HTTPS_PORT 443
#define HTTP_PORT 80
#define OPERATION "GetUserPhoto"

static void
handle_done(CURLU **u)
{
	curl_url_cleanup(*u);
}

static void
part_done(char **part)
{
	curl_free(*part);
}

/* The URL taken apart; NULL: it is none. */
static CURLU *
handle_open(const char *url)
{
	CURLU *u = curl_url();

	if (u == NULL || strlen(url) > PLACE_MAX || !text_clean(url) ||
	    curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK) {
		curl_url_cleanup(u);
		return NULL;
	}
	return u;
}

/* A part of it as the op's; NULL: it has none. */
static const char *
part_get(struct op *op, CURLU *u, CURLUPart what)
{
	CLEANUP(part_done) char *part = NULL;

	if (u == NULL || curl_url_get(u, what, &part, 0) != CURLUE_OK)
		return NULL;
	return op_dup(op, part);
}

static bool
part_is(CURLU *u, CURLUPart what, const char *wanted)
{
	CLEANUP(part_done) char *part = NULL;

	if (curl_url_get(u, what, &part, 0) != CURLUE_OK)
		return wanted == NULL;
	return wanted != NULL && strcmp(part, wanted) == 0;
}

bool
place_is_https(const char *url)
{
	CLEANUP(handle_done) CURLU *u = handle_open(url);

	/* libcurl takes more slashes, and turned ones, for two. */
	return u != NULL && text_case_starts(url, "https://") &&
	       strchr("/\\", url[strlen("https://")]) == NULL &&
	       part_is(u, CURLUPART_USER, NULL) &&
	       part_is(u, CURLUPART_PASSWORD, NULL) &&
	       part_is(u, CURLUPART_FRAGMENT, NULL) &&
	       !part_is(u, CURLUPART_HOST, "");
}

enum err
place_check(struct ewsc *c, const char *url)
{
	if (place_is_https(url))
		return OK;
	return client_fail(c, EWSC_INVALID,
			   "give https://HOST/EWS/Exchange.asmx; no login goes "
			   "over a connection that is not protected",
			   "'%s' is no https URL",
			   client_said(&c->op, url, strlen(url)));
}

/* An IPv6 address without its brackets. */
const char *
place_host(struct op *op, const char *url)
{
	CLEANUP(handle_done) CURLU *u = handle_open(url);
	const char *host = part_get(op, u, CURLUPART_HOST);

	if (host != NULL && host[0] == '[')
		return op_text(op, host + 1, strcspn(host + 1, "]"));
	return host;
}

unsigned
place_port(const char *url)
{
	CLEANUP(handle_done) CURLU *u = handle_open(url);
	CLEANUP(part_done) char *port = NULL;
	int64_t n;

	if (u == NULL)
		return 0;
	if (curl_url_get(u, CURLUPART_PORT, &port, 0) == CURLUE_OK &&
	    text_number(port, 1, UINT16_MAX, &n))
		return (unsigned)n;
	return part_is(u, CURLUPART_SCHEME, "https") ? HTTPS_PORT : HTTP_PORT;
}

const char *
place_base(struct op *op, const char *url)
{
	CLEANUP(handle_done) CURLU *u = handle_open(url);
	const char *scheme = part_get(op, u, CURLUPART_SCHEME);
	const char *host = part_get(op, u, CURLUPART_HOST);
	const char *port = part_get(op, u, CURLUPART_PORT);

	if (scheme == NULL || host == NULL)
		return NULL;
	return op_print(op, "%s://%s%s%s", scheme, host,
			port == NULL ? "" : ":", port == NULL ? "" : port);
}

const char *
place_join(struct op *op, const char *url, const char *location)
{
	CLEANUP(handle_done) CURLU *u = handle_open(url);

	if (u == NULL || strlen(location) > PLACE_MAX ||
	    !text_clean(location) ||
	    curl_url_set(u, CURLUPART_URL, location, CURLU_URLENCODE) !=
		    CURLUE_OK)
		return NULL;
	return part_get(op, u, CURLUPART_URL);
}

bool
place_within(const char *host, const char *domain)
{
	size_t n = strlen(host), d = strlen(domain);

	if (n > d && host[n - d - 1] != '.')
		return false;
	return n >= d && text_case_equal(host + n - d, domain);
}

static bool
is_plain(char c)
{
	return (c >= '0' && c <= '9') ||
	       (text_lower(c) >= 'a' && text_lower(c) <= 'z') ||
	       (c != '\0' && strchr("-._~@", c) != NULL);
}

const char *
place_escape(struct op *op, const char *text)
{
	struct buf buf;

	buf_init(&buf, op, strlen(text) + 1, 3 * strlen(text) + 1);
	for (; *text != '\0'; text++) {
		if (is_plain(*text))
			buf_putc(&buf, *text);
		else
			buf_printf(&buf, "%%%02X", (unsigned char)*text);
	}
	return buf_text(&buf);
}

static bool
ends(const char *text, const char *end)
{
	size_t n = strlen(text), e = strlen(end);

	return n >= e && text_case_equal(text + n - e, end);
}

enum err
place_photo(struct op *op, const char *url, const char **out)
{
	static const struct {
		const char *end, *more;
	} rows[] = {
		{ "/s/" OPERATION, "" }, { "/s/", OPERATION },
		{ "/s", "/" OPERATION }, { "/", "s/" OPERATION },
		{ "", "/s/" OPERATION },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (!ends(url, rows[i].end))
			continue;
		*out = op_print(op, "%s%s", url, rows[i].more);
		return OK;
	}
	return FAIL(op, ERR_INVALID, "%s: no place of photos", url);
}
