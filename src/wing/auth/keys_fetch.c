/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Keys that are behind a URL: the clerk fetches them into a file that the
 * workers read. How it went the last times is in files as well, so that a
 * clerk that starts again does not begin to ask anew.
 */
#include "base/text.h"
#include "wing/auth/keys.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REFRESH_S 3600     /* between two fetches that nothing asks for */
#define EARLY_S 10         /* ... and that unknown keys ask for */
#define BACK_OFF_MIN_S 10  /* after a failure, doubled by each further one, */
#define BACK_OFF_MAX_S 600 /* ... up to this */
#define CONNECT_TIMEOUT_MS 5000L
#define TIMEOUT_MS 10000L /* for the whole of it */
#define REDIRECTS_MAX 3L
#define STATE_MAX 2048 /* bytes of a file about failures */
#define NANO INT64_C(1000000000)

/* ---- over the network ---- */

/* What comes, up to the largest set of keys. */
struct answer {
	uint8_t *p;
	size_t n;
};

static size_t
answer_take(char *from, size_t size, size_t count, void *to)
{
	struct answer *a = to;
	size_t n = size * count;

	if (n > JWKS_MAX - a->n)
		return 0; /* curl gives up */
	memcpy(a->p + a->n, from, n);
	a->n += n;
	return n;
}

static void
curl_done(CURL **curl)
{
	curl_easy_cleanup(*curl);
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

/* https only, also behind redirects; the certificate has to be right. */
static CURLcode
curl_set(CURL *curl, const struct issuer *issuer, struct answer *answer,
	 char *why)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_FOLLOWLOCATION, 1 },
		{ CURLOPT_MAXREDIRS, REDIRECTS_MAX },
		{ CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS },
		{ CURLOPT_TIMEOUT_MS, TIMEOUT_MS },
		{ CURLOPT_MAXFILESIZE, JWKS_MAX },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_NOPROGRESS, 0 },
	};
	CURLcode code = curl_easy_setopt(curl, CURLOPT_URL, issuer->jwks);

	for (size_t i = 0; i < COUNT(numbers) && code == CURLE_OK; i++)
		code = curl_easy_setopt(curl, numbers[i].option,
					numbers[i].value);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR,
					"https");
	if (code == CURLE_OK && issuer->jwks_ca != NULL)
		code = curl_easy_setopt(curl, CURLOPT_CAINFO, issuer->jwks_ca);
	if (code == CURLE_OK && issuer->jwks_ca != NULL)
		code = curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION,
					progress_see);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION,
					answer_take);
	if (code == CURLE_OK)
		code = curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	return code;
}

static enum err
keys_download(struct op *op, const struct issuer *issuer, struct bytes *out)
{
	CLEANUP(curl_done) CURL *curl = curl_easy_init();
	struct answer answer = { op_alloc(op, JWKS_MAX), 0 };
	char *why = op_alloc(op, CURL_ERROR_SIZE);
	CURLcode code = CURLE_OUT_OF_MEMORY;
	long status = 0;

	if (curl != NULL)
		code = curl_set(curl, issuer, &answer, why);
	if (code == CURLE_OK)
		code = curl_easy_perform(curl);
	if (code != CURLE_OK)
		return FAIL(op, ERR_DOWN, "%s: %s", issuer->jwks,
			    *why != '\0' ? why : curl_easy_strerror(code));
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return FAIL(op, ERR_DOWN, "%s: the answer is status %ld",
			    issuer->jwks, status);
	*out = (struct bytes){ answer.p, answer.n };
	return OK;
}

/* Only what is a set of keys is worth keeping. */
static enum err
keys_fetch(struct op *op, const struct issuer *issuer, struct bytes *out,
	   size_t *count)
{
	struct jwks *set;

	TRY(keys_download(op, issuer, out));
	if (jwks_read(op, *out, &set) != OK)
		return FAIL(op, ERR_DOWN, "%s: %s", issuer->jwks,
			    op_dup(op, op->reason));
	*count = jwks_count(set);
	jwks_drop(set);
	return OK;
}

/* ---- files ---- */

static void
file_done(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static bool
write_all(int fd, struct bytes bytes)
{
	while (bytes.n > 0) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes.p += n;
		bytes.n -= (size_t)n;
	}
	return fsync(fd) == 0;
}

/* Whole or not at all, for a worker may be reading. */
static enum err
file_put(struct op *op, const char *path, struct bytes bytes)
{
	const char *new = op_print(op, "%s.new", path);
	CLEANUP(file_done)
	int fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd >= 0 && write_all(fd, bytes) && rename(new, path) == 0)
		return OK;
	return FAIL(op, ERR_DOWN, "%s: %s", path, strerror(errno));
}

/* When it was last written, in ns since 1970; -1: there is no such file. */
static int64_t
file_time(struct op *op, const struct issuer *issuer, const char *kind)
{
	struct stat st;

	if (stat(keys_path(op, issuer, kind), &st) != 0)
		return -1;
	return st.st_mtim.tv_sec * NANO + st.st_mtim.tv_nsec;
}

/* How often it failed since it last went well, and the last reason. */
static unsigned
failures(struct op *op, const struct issuer *issuer, const char **why)
{
	struct bytes bytes;
	const char *text;
	int64_t count;
	size_t n;

	*why = "";
	if (keys_file_read(op, keys_path(op, issuer, KEYS_FAILED), STATE_MAX,
			   &bytes) != OK)
		return 0;
	text = op_text(op, (const char *)bytes.p, bytes.n);
	n = strcspn(text, " ");
	*why = text + n + (text[n] == ' ');
	return text_number(op_text(op, text, n), 1, INT32_MAX, &count)
		       ? (unsigned)count
		       : 1;
}

static void
failure_put(struct op *op, const struct issuer *issuer, const char *why)
{
	const char *before;
	unsigned n = failures(op, issuer, &before) + 1;

	(void)file_put(op, keys_path(op, issuer, KEYS_FAILED),
		       bytes_of(op_print(op, "%u %.1000s", n, why)));
}

/* ---- when ---- */

/* A clock that was set back makes everything due. */
static bool
is_over(int64_t since_ns, int64_t seconds, int64_t now_s)
{
	int64_t age_s = now_s - since_ns / NANO;

	return age_s < 0 || age_s >= seconds;
}

static bool
is_due(struct op *op, const struct issuer *issuer)
{
	int64_t fetched = file_time(op, issuer, KEYS_FETCHED);
	int64_t failed = file_time(op, issuer, KEYS_FAILED);
	int64_t wanted = file_time(op, issuer, KEYS_WANTED);
	int64_t back_off = BACK_OFF_MIN_S;
	const char *why;

	if (failed >= 0) {
		for (unsigned n = failures(op, issuer, &why);
		     n > 1 && back_off < BACK_OFF_MAX_S; n--)
			back_off *= 2;
		return is_over(failed,
			       back_off < BACK_OFF_MAX_S ? back_off
							 : BACK_OFF_MAX_S,
			       op->now);
	}
	return fetched < 0 || is_over(fetched, REFRESH_S, op->now) ||
	       (wanted > fetched && is_over(fetched, EARLY_S, op->now));
}

/* ---- for the clerk and the administrator ---- */

enum err
auth_keys_refresh(struct op *op, const struct issuer *issuer)
{
	const char *folder =
		op_print(op, "%s/" KEYS_FOLDER, op->settings->data);
	struct bytes bytes;
	size_t count;
	enum err err;

	if (!keys_are_remote(issuer) || !is_due(op, issuer))
		return OK;
	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return FAIL(op, ERR_DOWN, "%s: %s", folder, strerror(errno));
	err = keys_fetch(op, issuer, &bytes, &count);
	if (err == OK)
		err = file_put(op, keys_path(op, issuer, KEYS_FETCHED), bytes);
	if (err != OK) {
		failure_put(op, issuer, op_dup(op, op->reason));
		return err;
	}
	(void)unlink(keys_path(op, issuer, KEYS_FAILED));
	return OK;
}

static enum err
file_check(struct op *op, const char *file, const char **out)
{
	struct bytes bytes;
	struct jwks *set;

	if (keys_file_read(op, file, JWKS_MAX, &bytes) != OK)
		return FAIL(op, ERR_DOWN, "%s", op_dup(op, op->reason));
	if (jwks_read(op, bytes, &set) != OK)
		return FAIL(op, ERR_INVALID, "%s: %s", file,
			    op_dup(op, op->reason));
	*out = op_print(op, "%zu keys in %s", jwks_count(set), file);
	jwks_drop(set);
	return OK;
}

enum err
auth_keys_check(struct op *op, const struct issuer *issuer, const char **out,
		bool *stale)
{
	const char *file = keys_file(op, issuer), *why;
	struct bytes bytes;
	size_t count;

	*stale = false;
	if (!keys_are_remote(issuer) ||
	    file_time(op, issuer, KEYS_FETCHED) >= 0) {
		TRY(file_check(op, file, out));
		*stale = keys_are_remote(issuer) &&
			 failures(op, issuer, &why) > 0;
		if (*stale)
			*out = op_print(op, "%s, but now: %s", *out, why);
		return OK;
	}
	TRY(keys_fetch(op, issuer, &bytes, &count)); /* the clerk will */
	*out = op_print(op, "%zu keys at %s", count, issuer->jwks);
	return OK;
}
