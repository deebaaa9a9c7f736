/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One exchange of HTTP, bounded in bytes, lines and time. A login goes to
 * https only, to a host whose certificate holds for its name; redirects are
 * told, never followed.
 */
#include "client/client.h"

#define CALL_ANSWER_MAX (2 * MIB)  /* bytes of an answer, unpacked, ... */
#define CALL_PHOTO_MAX (24 * MIB)  /* ... and of one that holds a photo */
#define CALL_TAG_MAX 256           /* bytes of an entity tag */
#define CALL_HEADER_MAX (32 * KIB) /* bytes of all its header lines */

struct call {
	const char *url;
	const char *content_type; /* of the body; NULL: it is a GET */
	struct bytes body;
	const char *const *headers; /* whole lines, NULL behind; NULL: none */
	bool login;                 /* send the credentials */
	bool open;  /* http, and without any login: one question of discovery */
	bool write; /* broken off, it may or may not have happened */
	size_t answer_max;
	unsigned timeout_ms; /* 0: what is left of the whole call's */
};

struct answer {
	int status;
	struct bytes body;
	const char *type, *tag, *location; /* headers; NULL: none */
	const char *challenges;            /* schemes: "Basic, Negotiate" */
	unsigned retry_s;
};

/* Any status is an answer. Fails with EWSC_UNREACHABLE, EWSC_UNTRUSTED,
 * EWSC_UNKNOWN, EWSC_NO_EWS and EWSC_INVALID. */
enum err call_run(struct ewsc *c, const struct call *in, struct answer *out);

/* Prepares the client's handle for an https connection to `url`, without
 * anything to be sent yet. */
enum err call_prepare(struct ewsc *c, const char *url, unsigned timeout_ms);

/* What a failure of libcurl's means. */
enum err call_fail(struct ewsc *c, const char *url, CURLcode code, bool write);

/* Does the client hold a login, and do the challenges have its scheme? */
bool call_has_login(const struct ewsc *c);
bool call_is_offered(const struct ewsc *c, const char *challenges);
