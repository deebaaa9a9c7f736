/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the codes and statuses of servers mean to a caller: tables. */
#include "client/call.h"

/* A server's words. */
struct verdict {
	const char *code; /* "ErrorAccessDenied"; NULL: none */
	const char *text; /* NULL: none */
	unsigned retry_s;
	bool write; /* the operation changes something */
};

/* Fails with what the code means; EWSC_FAILED for one that is not listed. */
enum err verdict_code(struct ewsc *c, const char *url,
		      const struct verdict *said);

/* Fails with what a status means on an answer that does not speak EWS. */
enum err verdict_status(struct ewsc *c, const char *url,
			const struct answer *answer, bool write);
