/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which file is to become whose photo: by its name, or by a map. */
#include "cli/cli.h"
#include "verbs/transfer/walk.h"

struct photo_entry {
	const char *file;    /* below the folder */
	const char *shown;   /* the same as text */
	const char *address; /* as its name or the map says; NULL: none */
	const char *reason;  /* why it is not taken; NULL: it may be */
	bool skipped;        /* that is no failure */
	int64_t mailbox;     /* photo_plan_find: whose; 0: nobody's */
	const char *primary; /* his address */
};

struct photo_plan {
	size_t n;
	struct photo_entry *entry; /* in the order of files and addresses */
};

/* What the files' names say. */
void photo_plan_names(struct op *op, const struct walk_list *files,
		      struct photo_plan *out);

/* What the map says, a CSV text with file and address; files that it does not
 * name are skipped. ERR_INVALID, ERR_LIMIT: it cannot be read. */
enum err photo_plan_map(struct op *op, const char *map,
			const struct walk_list *files, struct photo_plan *out);

/* Looks for the mailboxes; of two files for one of them the second fails. */
enum err photo_plan_find(struct cli *c, struct photo_plan *plan);
