/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a mail server has to be told so that replies are sent: pure, from our
 * settings and from what the server says of its own. Nothing is written to
 * anybody's files.
 */
#include "model/settings.h"
#include "verbs/setup/found.h"

#define PLAN_ROWS_MAX 200

enum plan_state {
	PLAN_FINE = 1, /* it is there, and right */
	PLAN_SKIPPED,  /* not looked at, or not needed */
	PLAN_MISSING,  /* to be added: the row has lines */
	PLAN_WARNING,  /* it works, and somebody ought to look */
	PLAN_FAILED,   /* it contradicts, or cannot be found */
};
const char *plan_state_name(enum plan_state state);

/* A row of what is printed. */
struct plan_row {
	const char *check;
	enum plan_state state;
	const char *subject; /* the setting, the file, the mailbox */
	const char *detail;  /* what was found */
	const char *remedy;  /* NULL: none is needed */
	const char *file;    /* where the lines go; NULL: there are none */
	const char *block;   /* which they stand in, "plugin"; NULL: none */
	const char *lines;   /* each ended by LF, without the block */
};

struct plan {
	struct op *op;
	size_t n;
	struct plan_row row[PLAN_ROWS_MAX];
};

/* More than PLAN_ROWS_MAX are dropped: the settings have no room for so many.
 */
void plan_add(struct plan *plan, const struct plan_row *row);
size_t plan_count(const struct plan *plan, enum plan_state state);

/* ---- Dovecot ---- */

struct dovecot_place {
	const char *conf;  /* its dovecot.conf, absolute */
	const char *lines; /* the file that lines are to be added to */
	bool sendmail;     /* its sendmail_path can be run */
	const char *map;   /* what stands in the file of its dict "frontdesk",
			      for 2.3; NULL: there is none */
};

void plan_dovecot(struct plan *plan, const struct settings *s,
		  const struct found *found, const struct dovecot_place *place);

/* ---- Postfix ---- */

struct postfix_place {
	const char *folder; /* of main.cf and master.cf, absolute */
	bool listens;       /* somebody is there at outbox.server */
	const char *socket; /* why Postfix may not come to our socket; NULL:
			       nothing bars it, or it is not there yet */
};

void plan_postfix(struct plan *plan, const struct settings *s,
		  const struct found *found, const struct postfix_place *place);
