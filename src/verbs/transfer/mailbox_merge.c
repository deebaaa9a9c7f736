/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/transfer/mailbox_merge.h"
#include "base/text.h"

#include <string.h>

/* May the mailbox (0: a new one) have this address? *missing: it has not
 * yet. */
static enum err
address_check(struct store *store, struct op *op, const char *address,
	      int64_t mailbox, bool *missing)
{
	const struct mailbox *by;
	struct domain domain;
	enum err err = store_mailbox_find(store, op, address, &by);

	*missing = err == ERR_NOT_FOUND;
	if (err == OK && by->id != mailbox)
		return FAIL(op, ERR_CONFLICT, "%s is of %s already", address,
			    by->address);
	if (err != ERR_NOT_FOUND)
		return err;
	err = store_domain_find(store, op, text_domain(address), &domain);
	if (err != ERR_NOT_FOUND)
		return err;
	return FAIL(op, err,
		    "%s: its domain is not accepted; first: frontdesk domain "
		    "add %s",
		    address, text_domain(address));
}

/* Those that are not its own yet, NULL behind. */
static enum err
aliases_missing(struct store *store, struct op *op, const char *const *aliases,
		int64_t mailbox, const char *const **out)
{
	const char **missing;
	size_t n = 0;

	while (aliases[n] != NULL)
		n++;
	missing = op_alloc(op, (n + 1) * sizeof(*missing));
	n = 0;
	for (const char *const *a = aliases; *a != NULL; a++) {
		bool is_missing;

		TRY(address_check(store, op, *a, mailbox, &is_missing));
		if (is_missing)
			missing[n++] = *a;
	}
	*out = missing;
	return OK;
}

enum err
mailbox_merge_new(struct store *store, struct op *op, struct mailbox *in,
		  const char *const *aliases, bool dry)
{
	const char *const *none;
	bool missing;

	TRY(address_check(store, op, in->address, 0, &missing));
	TRY(aliases_missing(store, op, aliases, 0, &none));
	return dry ? OK : store_mailbox_add(store, op, in, aliases);
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
same_facts(const struct mailbox *a, const struct mailbox *b)
{
	return same_text(a->name, b->name) && same_text(a->zone, b->zone) &&
	       same_text(a->password, b->password) && a->policy == b->policy;
}

enum err
mailbox_merge_over(struct store *store, struct op *op, const struct mailbox *in,
		   const char *const *aliases, bool dry, bool *changed)
{
	const struct mailbox *old;
	const char *const *missing;
	bool same;

	TRY(store_mailbox_get(store, op, in->id, &old));
	TRY(aliases_missing(store, op, aliases, in->id, &missing));
	same = same_facts(old, in);
	*changed = !same || *missing != NULL;
	if (dry)
		return OK;
	if (!same)
		TRY(store_mailbox_change(store, op, in));
	for (; *missing != NULL; missing++)
		TRY(store_alias_add(store, op, in->id, *missing));
	return OK;
}
