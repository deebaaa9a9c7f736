/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of the plans share among themselves. */
#include "verbs/setup/plan.h"

struct look {
	struct op *op;
	struct plan *plan;
	const struct settings *settings;
	const struct found *found;
	const struct dovecot_place *dovecot;
	const struct postfix_place *postfix;
	bool is_24;      /* Dovecot's syntax is that of 2.4 */
	unsigned before; /* the next number of a sieve_before that is free */
};

/* Does it put scripts at Dovecot? */
bool look_is_sieve(const struct backend_section *section);

/* reply.delimiter; "" for "none". */
const char *look_delimiter(const struct settings *s);

/* "2M", "1048576"; "2 days", "1d", "0". False: it is none. */
bool look_size(const char *text, uint64_t *bytes);
bool look_period(const char *text, int64_t *seconds);

/* A host name or address of this machine itself, with or without a port. */
bool look_is_here(const char *server);

/* ---- Dovecot (plan_dovecot.c, plan_scripts.c, plan_managesieve.c) ---- */

/* Does it serve that protocol? */
bool look_protocol(struct look *l, const char *name);

/* The place of a section's scripts. */
void look_section(struct look *l, const struct backend_section *b);
void look_managesieve(struct look *l, const struct backend_section *b);

/* A file beside dovecot.conf. */
const char *look_beside(struct look *l, const char *name);
