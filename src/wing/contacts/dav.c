/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/contacts/dav.h"

#include "base/buf.h"
#include "base/text.h"
#include "wing/contacts/dav_wire.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_TIMEOUT_MS 5000L
#define TIMEOUT_MS 60000L /* for one answer */
#define STALL_S 15L       /* in which at least STALL_BYTES a second come */
#define STALL_BYTES 100L
#define REDIRECTS_MAX 3
#define LOCATION_MAX 2000 /* bytes */

struct dav {
	CURL *curl;
};

struct dav *
dav_open(void)
{
	struct dav *d = calloc(1, sizeof(*d));

	if (d != NULL)
		d->curl = curl_easy_init();
	if (d != NULL && d->curl == NULL) {
		free(d);
		return NULL;
	}
	return d;
}

void
dav_close(struct dav *d)
{
	if (d == NULL)
		return;
	curl_easy_cleanup(d->curl);
	free(d);
}

/* ---- places ---- */

static void
url_done(CURLU **u)
{
	curl_url_cleanup(*u);
}

/* Is this part the same in both? */
static bool
part_same(CURLU *a, CURLU *b, CURLUPart part)
{
	char *pa = NULL, *pb = NULL;
	bool same =
		curl_url_get(a, part, &pa, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		curl_url_get(b, part, &pb, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		text_case_equal(pa, pb);

	curl_free(pa);
	curl_free(pb);
	return same;
}

const char *
dav_resolve(struct op *op, const char *base, const char *href)
{
	CLEANUP(url_done) CURLU *from = curl_url();
	CLEANUP(url_done) CURLU *to = curl_url();
	const char *out = NULL;
	char *url = NULL;

	if (from == NULL || to == NULL || href[0] == '\0' ||
	    curl_url_set(from, CURLUPART_URL, base, 0) != CURLUE_OK ||
	    curl_url_set(to, CURLUPART_URL, base, 0) != CURLUE_OK ||
	    curl_url_set(to, CURLUPART_URL, href, CURLU_URLENCODE) !=
		    CURLUE_OK ||
	    !part_same(from, to, CURLUPART_SCHEME) ||
	    !part_same(from, to, CURLUPART_HOST) ||
	    !part_same(from, to, CURLUPART_PORT))
		return NULL;
	/* what it says of login and fragment is not for us */
	(void)curl_url_set(to, CURLUPART_USER, NULL, 0);
	(void)curl_url_set(to, CURLUPART_PASSWORD, NULL, 0);
	(void)curl_url_set(to, CURLUPART_FRAGMENT, NULL, 0);
	if (curl_url_get(to, CURLUPART_URL, &url, 0) == CURLUE_OK)
		out = op_dup(op, url);
	curl_free(url);
	return out;
}

const char *
dav_path(const char *url)
{
	const char *host = strstr(url, "://");
	const char *path = host == NULL ? url : strchr(host + 3, '/');

	return path == NULL ? "/" : path;
}

/* ---- one request ---- */

/* An answer while it comes. */
struct coming {
	struct buf body;
	char location[LOCATION_MAX + 1];
};

static size_t
body_take(char *from, size_t size, size_t count, void *to)
{
	struct coming *c = to;

	buf_add(&c->body, from, size * count);
	return c->body.over ? 0 : size * count; /* 0: curl gives up */
}

static size_t
header_take(char *from, size_t size, size_t count, void *to)
{
	static const char name[] = "location:";
	struct coming *c = to;
	size_t n = size * count, start = sizeof(name) - 1;

	if (n <= start || n - start > LOCATION_MAX ||
	    strncasecmp(from, name, start) != 0)
		return n;
	while (start < n && (from[start] == ' ' || from[start] == '\t'))
		start++;
	while (n > start && (from[n - 1] == '\n' || from[n - 1] == '\r'))
		n--;
	memcpy(c->location, from + start, n - start);
	c->location[n - start] = '\0';
	return size * count;
}

/* The clerk takes signals when it has done its work; one that is to end it
 * does not wait for a server that is slow. */
static int
progress_see(void *arg, curl_off_t down, curl_off_t downed, curl_off_t up,
	     curl_off_t upped)
{
	sigset_t pending;

	(void)arg;
	(void)down;
	(void)downed;
	(void)up;
	(void)upped;
	return sigpending(&pending) == 0 && sigismember(&pending, SIGTERM) == 1;
}

static CURLcode
limits_set(CURL *curl, long timeout_ms)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS },
		{ CURLOPT_TIMEOUT_MS, timeout_ms },
		{ CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES },
		{ CURLOPT_LOW_SPEED_TIME, STALL_S },
		{ CURLOPT_MAXFILESIZE, DAV_ANSWER_MAX },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC },
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_NOPROGRESS, 0 },
	};
	CURLcode code = CURLE_OK;

	for (size_t i = 0; i < COUNT(numbers) && code == CURLE_OK; i++)
		code = curl_easy_setopt(curl, numbers[i].option,
					numbers[i].value);
	return code;
}

static CURLcode
texts_set(CURL *curl, const struct dav_login *login,
	  const struct dav_request *request)
{
	const char *ca = login->section->ca;
	const struct {
		CURLoption option;
		const char *value;
	} texts[] = {
		{ CURLOPT_URL, request->url },
		{ CURLOPT_CUSTOMREQUEST, request->method },
		{ CURLOPT_PROTOCOLS_STR, "https,http" },
		{ CURLOPT_ACCEPT_ENCODING, "" },
		{ CURLOPT_USERAGENT, "frontdesk/" FRONTDESK_VERSION },
		{ CURLOPT_POSTFIELDS, (const char *)request->body.p },
	};
	CURLcode code = CURLE_OK;

	for (size_t i = 0; i < COUNT(texts) && code == CURLE_OK; i++)
		code = curl_easy_setopt(curl, texts[i].option, texts[i].value);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE,
					(long)request->body.n);
	if (code == CURLE_OK && login->user != NULL)
		code = curl_easy_setopt(curl, CURLOPT_USERNAME, login->user);
	if (code == CURLE_OK && login->user != NULL)
		code = curl_easy_setopt(curl, CURLOPT_PASSWORD,
					login->password);
	/* this machine itself, which no proxy knows */
	if (code == CURLE_OK && text_case_starts(request->url, "http:"))
		code = curl_easy_setopt(curl, CURLOPT_PROXY, "");
	if (code == CURLE_OK && ca != NULL)
		code = curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
	if (code == CURLE_OK && ca != NULL)
		code = curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	return code;
}

static CURLcode
takers_set(CURL *curl, struct coming *coming, char *why)
{
	CURLcode code =
		curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, body_take);

	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_WRITEDATA, coming);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION,
					header_take);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_HEADERDATA, coming);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION,
					progress_see);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
	return code;
}

static void
headers_done(struct curl_slist **list)
{
	curl_slist_free_all(*list);
}

static struct curl_slist *
headers_make(const struct dav_request *request)
{
	struct curl_slist *list, *more;

	list = curl_slist_append(
		NULL, "Content-Type: application/xml; charset=utf-8");
	more = curl_slist_append(list,
				 request->depth == 0 ? "Depth: 0" : "Depth: 1");
	if (more == NULL)
		curl_slist_free_all(list);
	return more;
}

static enum err
perform(struct dav *d, struct op *op, const struct dav_login *login,
	const struct dav_request *request, struct coming *coming)
{
	CLEANUP(headers_done)
	struct curl_slist *headers = headers_make(request);
	char *why = op_alloc(op, CURL_ERROR_SIZE);
	long left = (long)op_left_ms(op);
	CURLcode code;

	curl_easy_reset(d->curl); /* connections stay */
	code = headers == NULL
		       ? CURLE_OUT_OF_MEMORY
		       : limits_set(d->curl,
				    left < TIMEOUT_MS ? left + 1 : TIMEOUT_MS);
	if (code == CURLE_OK)
		code = texts_set(d->curl, login, request);
	if (code == CURLE_OK)
		code = takers_set(d->curl, coming, why);
	if (code == CURLE_OK)
		code = curl_easy_setopt(d->curl, CURLOPT_HTTPHEADER, headers);
	if (code == CURLE_OK)
		code = curl_easy_perform(d->curl);
	/* what it points to ends here */
	(void)curl_easy_setopt(d->curl, CURLOPT_HTTPHEADER, NULL);
	(void)curl_easy_setopt(d->curl, CURLOPT_ERRORBUFFER, NULL);
	if (code == CURLE_OK)
		return OK;
	if (coming->body.over || code == CURLE_FILESIZE_EXCEEDED)
		return FAIL(op, ERR_LIMIT,
			    "%s: an answer of more than %zu bytes",
			    request->url, DAV_ANSWER_MAX);
	return FAIL(op, ERR_DOWN, "%s: %s", request->url,
		    *why != '\0' ? why : curl_easy_strerror(code));
}

static bool
is_redirect(long status)
{
	return status == 301 || status == 302 || status == 307 || status == 308;
}

static enum err
status_judge(struct op *op, const struct dav_reply *reply)
{
	enum err err = OK;

	if (reply->status == 401 || reply->status == 403)
		err = ERR_DENIED;
	else if (reply->status == 404 || reply->status == 410)
		err = ERR_NOT_FOUND;
	else if (reply->status == 429 ||
		 (reply->status >= 500 && reply->status != 501))
		err = ERR_DOWN;
	else if (reply->status < 200 || is_redirect((long)reply->status))
		err = ERR_INVALID;
	if (err == OK)
		return OK;
	return FAIL(op, err, "%s: the answer is status %u", reply->url,
		    reply->status);
}

/* Some servers refuse an old token with 403, and say so in the body: that is
 * for the caller to see. */
enum err
dav_ask(struct dav *d, struct op *op, const struct dav_login *login,
	const struct dav_request *request, struct dav_reply *out)
{
	struct dav_request r = *request;
	struct coming *coming = op_alloc(op, sizeof(*coming));
	long status = 0;

	for (unsigned hops = 0;; hops++) {
		buf_init(&coming->body, op, 0, DAV_ANSWER_MAX);
		coming->location[0] = '\0';
		TRY(perform(d, op, login, &r, coming));
		(void)curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE,
					&status);
		*out = (struct dav_reply){ .status = (unsigned)status,
					   .url = r.url,
					   .body = buf_bytes(&coming->body) };
		if (!is_redirect(status) || coming->location[0] == '\0' ||
		    hops == REDIRECTS_MAX)
			break;
		r.url = dav_resolve(op, r.url, coming->location);
		if (r.url == NULL)
			return FAIL(op, ERR_INVALID,
				    "%s: it leads to another server, %s",
				    out->url, op_dup(op, coming->location));
	}
	return status_judge(op, out);
}
