/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A CSV file of mailboxes: its columns, its lines, and what is wrong with
 * them, before anything is changed. */
#include "cli/cli.h"

#define MAILBOX_LINES_MAX 1000000
#define MAILBOX_LINE_ALIASES_MAX 100

struct mailbox_line {
	size_t line;         /* of the file */
	const char *address; /* folded; as written where it is none */
	const char *reason;  /* what is wrong with it; NULL: nothing */

	/* NULL, 0: the cell is empty, or there is no such column */
	const char *name, *zone;
	const char *password;       /* in clear */
	const char *password_hash;  /* of crypt(5) */
	unsigned external;          /* enum oof_audience */
	const char *const *aliases; /* folded, ended by NULL; never NULL */
};

struct mailbox_lines {
	size_t n;
	struct mailbox_line *line;
};

/* ERR_INVALID, ERR_LIMIT: nobody can make sense of the whole of it; what is
 * wrong with one line is its reason. */
enum err mailbox_lines_read(struct cli *c, const char *csv,
			    struct mailbox_lines *out);
