/* SPDX-License-Identifier: Apache-2.0 */

/* The directory of a box without another one: the mailboxes of the store. */
#include "model/directory.h"

#include "base/idn.h"
#include "base/text.h"
#include "model/store.h"

#include <stdlib.h>
#include <string.h>

struct directory {
	struct store *store;
};

enum err
directory_open(struct op *op, struct store *store, struct directory **out)
{
	struct directory *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return FAIL(op, ERR_DOWN, "no memory for the directory");
	d->store = store;
	*out = d;
	return OK;
}

void
directory_close(struct directory *d)
{
	free(d);
}

enum err
directory_resolve(struct directory *d, struct op *op, const char *address,
		  int64_t organization, const struct mailbox **out)
{
	const struct mailbox *found;

	if (!text_is_address(address))
		return FAIL(op, ERR_NOT_FOUND, "not an address");
	TRY(store_mailbox_find(d->store, op, idn_fold(op, address), &found));
	if (organization != 0 && found->organization != organization)
		return FAIL(op, ERR_NOT_FOUND, "of another organization");
	*out = found;
	return OK;
}

enum err
directory_owned(struct directory *d, struct op *op, const char *address,
		const struct mailbox **out)
{
	const struct mailbox *caller = op->caller->mailbox;
	const struct mailbox *found;
	enum err err;

	/* Nearly always: the caller's own, which the login has looked at. */
	if (text_case_equal(address, caller->address)) {
		*out = caller;
		return OK;
	}
	TRY(directory_resolve(d, op, address, caller->organization, &found));
	*out = found;
	if (found->id == caller->id)
		return OK;
	err = store_owner_find(d->store, op, found->id, caller->id);
	if (err == ERR_NOT_FOUND)
		return FAIL(op, ERR_DENIED, "the mailbox is another's");
	return err;
}

/*
 * The one accepted domain that somebody means: with `name` NULL, the only one
 * there is; else the one of that name, or the only one whose first label it
 * is, as in Windows' DOMAIN\user.
 */
static enum err
domain_meant(struct directory *d, struct op *op, const char *name,
	     const char **out)
{
	enum err err = ERR_NOT_FOUND;
	struct domain_list list;
	struct domain domain = { 0 };

	if (name != NULL)
		err = store_domain_find(d->store, op, name, &domain);
	if (err == OK)
		*out = domain.name;
	if (err != ERR_NOT_FOUND)
		return err;
	TRY(store_domain_begin(d->store, op, name, 2, &list));
	if (list.n != 1)
		return FAIL(op, ERR_NOT_FOUND,
			    list.n == 0 ? "no domain fits"
					: "more than one domain fits");
	*out = list.domain[0].name;
	op->reason = NULL; /* of the look before */
	return OK;
}

/* facts D.2: user@domain, user, DOMAIN\user, domain.example\user. */
enum err
directory_login(struct directory *d, struct op *op, const char *name,
		const struct mailbox **out)
{
	const char *slash = strchr(name, '\\');
	const char *user = slash == NULL ? name : slash + 1;
	const char *before = NULL, *domain = NULL;

	if (strchr(user, '@') != NULL && slash == NULL)
		return directory_resolve(d, op, name, 0, out);
	if (*user == '\0' || strchr(user, '@') != NULL)
		return FAIL(op, ERR_NOT_FOUND, "not a name to log in with");
	if (slash != NULL)
		before =
			idn_fold(op, op_text(op, name, (size_t)(slash - name)));
	TRY(domain_meant(d, op, before, &domain));
	return directory_resolve(d, op, op_print(op, "%s@%s", user, domain), 0,
				 out);
}
