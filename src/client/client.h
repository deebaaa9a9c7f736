/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is behind the public header: a client, and how its parts tell what went
 * wrong. They return the house's errors; client_fail keeps the caller's.
 */
#include "base/op.h"
#include "client/frontdesk/client.h"

#include <curl/curl.h>

#define CLIENT_TIMEOUT_MS 60000         /* of a whole call, unless told */
#define CLIENT_CONNECT_TIMEOUT_MS 10000 /* of each connection, unless told */
#define CLIENT_TIMEOUT_MAX_MS 3600000   /* what may be told */
#define CLIENT_OPTION_MAX (16 * KIB)    /* bytes of one: a token is long */
#define CLIENT_CONNECT_TO_MAX 64        /* rows */
#define CLIENT_ATTEMPTS_MAX 64          /* steps of a discovery that are kept */
#define CLIENT_SAID_MAX 1000            /* bytes of a server's text shown */

struct intake; /* call.c */

struct ewsc {
	struct ewsc_options options; /* texts in `kept` */
	struct arena *kept;
	struct arena *calls[2]; /* the last call's and the one before */
	unsigned turn;
	struct op op; /* of the call under way */
	CURL *curl;
	struct curl_slist *connect_to, *resolve;
	struct intake *intake;      /* of the exchange under way; NULL: none */
	char said[CURL_ERROR_SIZE]; /* by libcurl */
	struct ewsc_error error;
	struct ewsc_attempt attempts[CLIENT_ATTEMPTS_MAX];
	size_t attempts_n;

	/* What the last discovery found, and for whom. */
	struct arena *found;
	const char *found_for; /* NULL: nothing yet */
	struct ewsc_service service;
};

/* Begins a call: what the one before the last gave is forgotten. */
void client_begin(struct ewsc *c);

/* Ends it. */
enum ewsc_result client_end(struct ewsc *c, enum err err);

/* Keeps what went wrong, unless something was kept already, and returns the
 * error that belongs to it. */
enum err client_fail(struct ewsc *c, enum ewsc_result result,
		     const char *advice, const char *format, ...)
	__attribute__((format(printf, 4, 5), nonnull(4)));

/* Forgets that: something else is tried. */
void client_forgive(struct ewsc *c);

/* A text of somebody else: cut, and without control characters. */
const char *client_said(struct op *op, const char *text, size_t n);

/* ERR_INVALID unless it is a mail address. */
enum err client_address(struct ewsc *c, const char *address);

/* The service for an address: as told, as found before, or found now. */
enum err client_service(struct ewsc *c, const char *address,
			const struct ewsc_service **out);
