/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/directory/ldap_dsa.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/text.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define SECOND_US INT64_C(1000000)
#define IDLE_MAX_US (300 * SECOND_US) /* servers and firewalls close others */
#define SAID_MAX 200                  /* bytes of what a server says */

/* How long a server that is down is passed over: twice the time that it took to
 * see that, within limits. One that refuses us: an account that asks again and
 * again with a wrong password is locked. */
#define DOWN_MIN_US (1 * SECOND_US)
#define DOWN_MAX_US (10 * SECOND_US)
#define REFUSED_US (30 * SECOND_US)

/* ---- servers that are down: known to all threads ---- */

#define DOWN_MAX 64 /* servers */
#define KEY_SIZE 8

static struct down {
	uint8_t key[KEY_SIZE];
	int64_t until_us;
	char reason[SAID_MAX + 1];
} downs[DOWN_MAX];
static pthread_mutex_t downs_lock = PTHREAD_MUTEX_INITIALIZER;

static void
down_key(struct op *op, const char *title, const char *uri,
	 uint8_t out[static KEY_SIZE])
{
	uint8_t sum[DIGEST_SIZE];
	struct buf buf;

	buf_init(&buf, op, 256, 16 * KIB);
	buf_add(&buf, op->settings->sources_sum, DIGEST_SIZE);
	buf_printf(&buf, "%s %s", title, uri);
	digest_sha256(buf_bytes(&buf), sum);
	memcpy(out, sum, KEY_SIZE);
}

/* The row of that server; else the one that was down longest ago. */
static struct down *
down_row(const uint8_t key[static KEY_SIZE])
{
	struct down *oldest = &downs[0];

	for (size_t i = 0; i < DOWN_MAX; i++) {
		if (memcmp(downs[i].key, key, KEY_SIZE) == 0)
			return &downs[i];
		if (downs[i].until_us < oldest->until_us)
			oldest = &downs[i];
	}
	return oldest;
}

static bool
down_is(struct op *op, const uint8_t key[static KEY_SIZE])
{
	const struct down *row;
	bool down;

	(void)pthread_mutex_lock(&downs_lock);
	row = down_row(key);
	down = memcmp(row->key, key, KEY_SIZE) == 0 &&
	       row->until_us > op_clock_us();
	if (down)
		(void)op_fail(op, ERR_DOWN, "%s (a moment ago)", row->reason);
	(void)pthread_mutex_unlock(&downs_lock);
	return down;
}

static void
down_put(const struct op *op, const uint8_t key[static KEY_SIZE],
	 int64_t for_us)
{
	struct down *row;

	(void)pthread_mutex_lock(&downs_lock);
	row = down_row(key);
	memcpy(row->key, key, KEY_SIZE);
	row->until_us = op_clock_us() + for_us;
	(void)snprintf(row->reason, sizeof(row->reason), "%s", op->reason);
	(void)pthread_mutex_unlock(&downs_lock);
}

/* ---- connections that a thread keeps ---- */

struct kept {
	uint8_t sum[DIGEST_SIZE]; /* of the settings that they were made by */
	struct dsa *first;
};

static pthread_key_t kept_key;
static pthread_once_t kept_once = PTHREAD_ONCE_INIT;
static bool kept_works;

static void
kept_empty(struct kept *kept)
{
	while (kept->first != NULL) {
		struct dsa *dsa = kept->first;

		kept->first = dsa->next;
		dsa_close(dsa);
	}
}

static void
kept_close(void *arg)
{
	kept_empty(arg);
	free(arg);
}

static void
kept_make(void)
{
	kept_works = pthread_key_create(&kept_key, kept_close) == 0;
}

/* This thread's; those of other settings are gone. NULL: none can be kept. */
static struct kept *
kept_get(const struct op *op)
{
	struct kept *kept;

	(void)pthread_once(&kept_once, kept_make);
	kept = kept_works ? pthread_getspecific(kept_key) : NULL;
	if (kept == NULL && kept_works) {
		kept = calloc(1, sizeof(*kept));
		if (kept != NULL && pthread_setspecific(kept_key, kept) != 0) {
			free(kept);
			return NULL;
		}
	}
	if (kept != NULL && memcmp(kept->sum, op->settings->sources_sum,
				   sizeof(kept->sum)) != 0) {
		kept_empty(kept);
		memcpy(kept->sum, op->settings->sources_sum, sizeof(kept->sum));
	}
	return kept;
}

/* Taken out; NULL: there is none that is still good. */
static struct dsa *
kept_take(struct kept *kept, size_t section, size_t server, enum dsa_as as)
{
	struct dsa **at = kept == NULL ? NULL : &kept->first;
	int64_t now = op_clock_us();

	while (at != NULL && *at != NULL) {
		struct dsa *dsa = *at;

		if (dsa->section != section || dsa->server != server ||
		    dsa->as != as) {
			at = &dsa->next;
			continue;
		}
		*at = dsa->next;
		if (now - dsa->used_us < IDLE_MAX_US &&
		    (dsa->end_us == 0 || now < dsa->end_us))
			return dsa;
		dsa_close(dsa);
	}
	return NULL;
}

static void
kept_give(struct kept *kept, struct dsa *dsa)
{
	if (dsa->dead || kept == NULL) {
		dsa_close(dsa);
		return;
	}
	dsa->used_us = op_clock_us();
	dsa->next = kept->first;
	kept->first = dsa;
}

/* ---- what comes back ---- */

void
dsa_begin(struct op *op, struct dsa *dsa,
	  const struct directory_section *section)
{
	int64_t end = op_clock_us() + section->timeout_ms * INT64_C(1000);

	dsa->until_us = end < op->deadline_us ? end : op->deadline_us;
}

void
dsa_message_drop(LDAPMessage **message)
{
	if (*message != NULL)
		(void)ldap_msgfree(*message);
}

const char *
dsa_said(struct op *op, const struct dsa *dsa)
{
	char *said = NULL;
	const char *out = "";

	(void)ldap_get_option(dsa->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &said);
	if (said != NULL && text_utf8(bytes_of(said)) && text_clean(said))
		out = text_head(op, text_trim(op, said), SAID_MAX);
	ldap_memfree(said);
	return out;
}

enum err
dsa_fail(struct op *op, struct dsa *dsa, int result, const char *what)
{
	const char *said = dsa_said(op, dsa);
	enum err err = ERR_DOWN;

	if (result < 0 || result == LDAP_UNAVAILABLE || result == LDAP_BUSY ||
	    result == LDAP_PROTOCOL_ERROR)
		dsa->dead = true;
	if (result == LDAP_FILTER_ERROR || result == LDAP_NO_SUCH_OBJECT ||
	    result == LDAP_INVALID_DN_SYNTAX)
		err = ERR_INVALID;
	return FAIL(op, err, "%s: %s: %s%s%s", dsa->uri, what,
		    ldap_err2string(result), *said == '\0' ? "" : ": ", said);
}

enum err
dsa_wait(struct op *op, struct dsa *dsa, int id, bool all, LDAPMessage **out)
{
	int64_t left = dsa->until_us - op_clock_us();
	struct timeval limit = { .tv_sec = left / SECOND_US,
				 .tv_usec = left % SECOND_US };
	int got = 0, result = LDAP_SERVER_DOWN;

	*out = NULL;
	errno = 0;
	if (left > 0)
		got = ldap_result(dsa->ld, id,
				  all ? LDAP_MSG_ALL : LDAP_MSG_ONE, &limit,
				  out);
	if (got > 0)
		return OK;
	dsa->dead = true;
	if (got == 0)
		return FAIL(op, ERR_DOWN, "%s: it did not answer in time",
			    dsa->uri);
	if (errno == ERANGE &&
	    dsa->heavy) /* liblber's, of LBER_SB_OPT_SET_MAX_INCOMING */
		return FAIL(op, ERR_LIMIT,
			    "%s: an answer of more than %zu bytes", dsa->uri,
			    (size_t)DSA_MESSAGE_MAX);
	(void)ldap_get_option(dsa->ld, LDAP_OPT_RESULT_CODE, &result);
	return FAIL(op, ERR_DOWN, "%s: %s", dsa->uri, ldap_err2string(result));
}

enum err
dsa_outcome(struct op *op, struct dsa *dsa, LDAPMessage *message, int *out)
{
	int parsed = ldap_parse_result(dsa->ld, message, out, NULL, NULL, NULL,
				       NULL, 0);

	return parsed == LDAP_SUCCESS
		       ? OK
		       : dsa_fail(op, dsa, parsed, "reading its answer");
}

/* ---- one server after the other ---- */

void
dsa_tell(const struct dsa_wish *wish, const char *what, const char *found)
{
	if (wish->query != NULL && wish->query->step != NULL)
		wish->query->step(wish->query->arg, what, found);
}

struct attempt {
	const struct dsa_wish *wish;
	const struct directory_section *section;
	size_t section_i, server;
	const char *uri;
	dsa_use *use;
	void *arg;
};

static int64_t
down_time(int64_t took_us, bool refused)
{
	if (refused)
		return REFUSED_US;
	if (2 * took_us > DOWN_MAX_US)
		return DOWN_MAX_US;
	return 2 * took_us > DOWN_MIN_US ? 2 * took_us : DOWN_MIN_US;
}

/* On the kept connection, or a new one. *closed: it was a kept one, and had
 * been closed meanwhile. */
static enum err
attempt_once(struct op *op, const struct attempt *a, bool *refused,
	     bool *closed)
{
	struct kept *kept = kept_get(op);
	struct dsa *dsa = kept_take(kept, a->section_i, a->server, a->wish->as);
	bool fresh = dsa == NULL;
	enum err err = OK;

	*closed = false;
	if (fresh)
		err = dsa_open(op, a->section, a->uri, a->wish, &dsa);
	else
		dsa_tell(a->wish, a->uri, "connected already");
	if (fresh && err != OK) {
		*refused = err == ERR_DENIED;
		return ERR_DOWN;
	}
	dsa->section = a->section_i;
	dsa->server = a->server;
	dsa->uri = a->uri;
	dsa->heavy = false;
	dsa_begin(op, dsa, a->section);
	err = a->use(op, dsa, a->arg);
	*closed = !fresh && err == ERR_DOWN && dsa->dead &&
		  op_clock_us() < dsa->until_us;
	kept_give(kept, dsa);
	return err;
}

static enum err
attempt_server(struct op *op, const struct attempt *a)
{
	uint8_t key[KEY_SIZE];
	int64_t began_us = op_clock_us();
	bool refused = false, closed;
	enum err err;

	down_key(op, a->section->title, a->uri, key);
	if (down_is(op, key)) {
		dsa_tell(a->wish, a->uri, op->reason);
		return ERR_DOWN;
	}
	err = attempt_once(op, a, &refused, &closed);
	if (closed) {
		dsa_tell(a->wish, a->uri, "closed; once more");
		err = attempt_once(op, a, &refused, &closed);
	}
	if (err == ERR_DOWN) {
		dsa_tell(a->wish, a->uri, op->reason);
		down_put(op, key, down_time(op_clock_us() - began_us, refused));
	}
	return err;
}

enum err
dsa_run(struct op *op, const struct dsa_wish *wish, dsa_use *use, void *arg)
{
	const struct directory_section *section = wish->source->section;
	struct attempt a = {
		.wish = wish,
		.section = section,
		.section_i = (size_t)(section - op->settings->directories),
		.use = use,
		.arg = arg,
	};
	enum err err = ERR_DOWN;

	for (; section->uri[a.server] != NULL && err == ERR_DOWN; a.server++) {
		if (op_left_ms(op) == 0)
			return FAIL(op, ERR_DOWN,
				    "directory \"%s\": no time is left",
				    section->title);
		a.uri = section->uri[a.server];
		err = attempt_server(op, &a);
	}
	return err;
}
