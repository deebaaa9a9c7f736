/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whose contacts are asked for, and when: what the two have in common. */
#include "base/text.h"
#include "wing/contacts/section.h"

#define ROUNDS_MAX (CARDDAVS_MAX + DIRECTORIES_MAX)
#define PAGE 200 /* mailboxes, sources */

/* How far a section's people were gone through. */
struct round {
	char *origin; /* ours; NULL: a free place */
	char after[ADDRESS_MAX + 1];
	bool walking;
	int64_t due;
	int64_t tell_due; /* when the log hears of failures again */
	unsigned down;    /* in a row, by the server's fault */
};

struct contacts {
	struct store *store;
	struct directory *directory;
	struct dav *dav;
	struct arena *arena; /* of one person */
	struct arena *page;  /* of those who are gone through */
	int64_t tidy_due;
	struct round round[ROUNDS_MAX];
};

/*
 * Asks a section for a mailbox's contacts (NULL: for those that are for all),
 * and keeps how it went; *result says. It is nobody's change: they are what the
 * section says, whoever has it asked.
 */
enum err contacts_ask(struct contacts *c, const struct op *op,
		      const struct contacts_section *section,
		      const struct mailbox *mailbox,
		      struct contacts_result *result);

/* A page of mailboxes with memory of its own, which the one before loses. */
enum err contacts_page(struct contacts *c, const struct op *op,
		       const char *after, struct mailbox_list *out);
