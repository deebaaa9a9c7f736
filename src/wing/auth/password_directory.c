/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A password, checked where the person comes from: by his source itself (an
 * LDAP bind, Dovecot), or with the hash that it keeps of him (SQL). Mailboxes
 * of our own have our own hash.
 *
 * The source is asked on a thread of POOL_DIRECTORY. A hash keeps a processor
 * busy, and is checked on one of POOL_HASH, which has as many as there are:
 * what was asked stays in the op meanwhile.
 */
#include "base/text.h"
#include "wing/auth/core.h"
#include "wing/auth/password_scheme.h"

/* What is known of him when the hash's turn comes. */
struct password_found {
	bool ours;        /* our own hash */
	const char *hash; /* NULL: none */
	const char
		*refused; /* why it is no all the same; NULL: it may be yes */
};

/* OK with *out NULL: his source has said that it is right. */
static enum err
found_ask(struct auth *a, struct op *op, const struct password_attempt *try,
	  struct password_found **out)
{
	struct password_found *found = op_alloc(op, sizeof(*found));
	const char *hash = NULL;
	enum err err = directory_password(a->directory, op, try->mailbox,
					  try->name, try->password, &hash);

	if (err == ERR_NOT_FOUND) {
		found->ours = true;
		hash = try->mailbox == NULL ? NULL : try->mailbox->password;
	} else if (err == ERR_AUTH && hash != NULL) {
		found->refused = op->reason;
	} else if (err == ERR_INVALID) { /* the section is at fault */
		return FAIL(op, ERR_INTERNAL, "%s", op->reason);
	} else if (err != OK) {
		return err;
	}
	found->hash = hash;
	*out = found->ours || hash != NULL ? found : NULL;
	return OK;
}

static enum err
hash_check(const struct auth *a, struct op *op,
	   const struct password_attempt *try,
	   const struct password_found *found)
{
	enum err err = found->ours
			       ? password_check(op, try->password, found->hash,
						a->setting)
			       : scheme_check(op, try->password, found->hash);

	/* What was done for the time that it takes alone. */
	if (try->mailbox == NULL && err != ERR_DOWN)
		return FAIL(op, ERR_AUTH, "unknown user");
	if (found->refused != NULL && err != ERR_DOWN)
		return FAIL(op, ERR_AUTH, "%s", found->refused);
	if (err == ERR_AUTH && found->hash == NULL)
		return FAIL(op, ERR_AUTH, "no password is set");
	return err;
}

static enum err
directory_check(struct auth *a, struct op *op, struct password_attempt *try)
{
	struct login *login = op->login;
	struct password_found *found = login == NULL ? NULL : login->found;

	if (found == NULL) {
		TRY(found_ask(a, op, try, &found));
		if (found == NULL && try->mailbox == NULL)
			return FAIL(op, ERR_AUTH, "unknown user");
		if (found == NULL)
			return OK;
		if (login != NULL)
			login->found = found;
	}
	TRY(op_wait_only(op, POOL_HASH));
	return hash_check(a, op, try, found);
}

const struct password_source password_directory = {
	.name = "directory",
	.pool = POOL_DIRECTORY,
	.remember_s = password_remember_other_s,
	.check = directory_check,
};
