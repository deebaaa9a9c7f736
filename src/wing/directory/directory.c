/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Who is behind a name: the store first, whose mailboxes are all that a box
 * without sources has; then those who know people besides.
 */
#include "wing/directory/people.h"

#include "base/idn.h"
#include "base/template.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum err
directory_open(struct op *op, struct store *store, void *shared,
	       struct directory **out)
{
	struct directory *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return FAIL(op, ERR_DOWN, "no memory for the directory");
	d->store = store;
	d->counts = shared;
	d->asked = asked_open();
	if (d->asked == NULL) {
		free(d);
		return FAIL(op, ERR_DOWN, "no memory for the directory");
	}
	*out = d;
	return OK;
}

void
directory_close(struct directory *d)
{
	if (d == NULL)
		return;
	asked_close(d->asked);
	free(d);
}

/* Twice where somebody has another address by now than the store knew. */
static enum err
find(struct directory *d, struct op *op, const char *address,
     int64_t organization, const struct mailbox **out)
{
	bool again = false;
	enum err err;

	do {
		err = store_mailbox_find(d->store, op, address, out);
		if (!sources_any(op))
			return err;
		if (err == ERR_NOT_FOUND)
			return people_find(d, op, address, organization, out);
		TRY(err);
		TRY(people_settle(d, op, *out, &again));
	} while (again);
	return OK;
}

enum err
directory_resolve(struct directory *d, struct op *op, const char *address,
		  int64_t organization, const struct mailbox **out)
{
	const struct mailbox *found;

	if (!text_is_address(address))
		return FAIL(op, ERR_NOT_FOUND, "not an address");
	TRY(find(d, op, idn_fold(op, address), organization, &found));
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
static enum err
login_address(struct directory *d, struct op *op, const char *name,
	      const char **out)
{
	const char *slash = strchr(name, '\\');
	const char *user = slash == NULL ? name : slash + 1;
	const char *before = NULL, *domain = NULL;

	*out = name;
	if (strchr(user, '@') != NULL && slash == NULL)
		return OK;
	if (*user == '\0' || strchr(user, '@') != NULL)
		return FAIL(op, ERR_NOT_FOUND, "not a name to log in with");
	if (slash != NULL)
		before =
			idn_fold(op, op_text(op, name, (size_t)(slash - name)));
	TRY(domain_meant(d, op, before, &domain));
	*out = op_print(op, "%s@%s", user, domain);
	return OK;
}

/* The same where a template says which address a name means: DOMAIN\user is
 * to it as user@DOMAIN. */
enum err
directory_login_address(struct directory *d, struct op *op, const char *name,
			const char **out)
{
	const char *template =
		op->settings == NULL ? NULL : op->settings->login_mailbox;
	const char *slash = strchr(name, '\\');

	if (template == NULL)
		return login_address(d, op, name, out);
	if (slash != NULL)
		name = op_print(op, "%s@%.*s", slash + 1, (int)(slash - name),
				name);
	if (template_fill(op, template, name, NULL, out) != OK)
		return FAIL(op, ERR_NOT_FOUND, "a long name");
	return OK;
}

enum err
directory_login(struct directory *d, struct op *op, const char *name,
		const struct mailbox **out)
{
	const char *address = NULL;

	TRY(directory_login_address(d, op, name, &address));
	return directory_resolve(d, op, address, 0, out);
}

/* ---- who has proved elsewhere who he is ---- */

/*
 * Somebody who was never tied may be known to a source all the same: as one who
 * is barred there, or twice. So he is asked for once more, whatever was learned
 * a moment ago, for "nobody" is said of those too. *out NULL: no source tells
 * of him.
 */
static enum err
source_seek(struct directory *d, struct op *op, const char *address,
	    const struct mailbox **out)
{
	const struct source_query query = { .address = address };
	struct source_list list = { 0 };
	struct person person;
	enum err err = ERR_NOT_FOUND;
	size_t i;

	*out = NULL;
	if (!sources_any(op))
		return OK;
	TRY(op_wait(op, POOL_DIRECTORY));
	TRY(sources_list(op, &list));
	for (i = 0; i < list.n && err == ERR_NOT_FOUND; i++) {
		if (source_serves(op, &list.source[i], text_domain(address)))
			err = people_ask(d, op, &list.source[i], &query,
					 &person);
	}
	if (err == OK && !person.disabled)
		err = people_put(d, op, &list, &person, out);
	else if (err == ERR_NOT_FOUND)
		return OK;
	if (err == ERR_INVALID)
		return ERR_INTERNAL;
	if (*out != NULL || (err != OK && err != ERR_CONFLICT))
		return err;
	return FAIL(op, ERR_NOT_FOUND,
		    "%s: %s knows him, but not as one who may come in", address,
		    list.source[i - 1].name);
}

/* Of whom no source tells; but if one does, and bars him, he stays out. */
static enum err
mailbox_make(struct directory *d, struct op *op, const char *address,
	     const struct mailbox **out)
{
	struct mailbox *m = op_alloc(op, sizeof(*m));
	const struct mailbox *barred;
	struct domain domain;
	enum err err = store_mailbox_find(d->store, op, address, &barred);

	if (err != ERR_NOT_FOUND)
		return err == OK ? ERR_NOT_FOUND : err;
	TRY(store_domain_find(d->store, op, text_domain(address), &domain));
	TRY(source_seek(d, op, address, out));
	if (*out != NULL)
		return OK;
	*m = (struct mailbox){ .address = address,
			       .name = "",
			       .policy = AUDIENCE_ALL };
	err = store_mailbox_add(d->store, op, m, NULL);
	if (err == ERR_CONFLICT) /* by another request, just now */
		return directory_resolve(d, op, address, 0, out);
	*out = m;
	return err;
}

enum err
directory_admit(struct directory *d, struct op *op, const char *address,
		const struct mailbox **out)
{
	enum err err = directory_resolve(d, op, address, 0, out);

	if (err != ERR_NOT_FOUND || op->settings == NULL ||
	    !op->settings->login_create || !text_is_address(address))
		return err;
	return mailbox_make(d, op, idn_fold(op, address), out);
}

enum err
directory_admit_login(struct directory *d, struct op *op, const char *name,
		      const struct mailbox **out)
{
	const char *address = NULL;

	TRY(directory_login_address(d, op, name, &address));
	return directory_admit(d, op, address, out);
}

/* ---- what his source says ---- */

/* Of nobody: whose source would know him? */
static enum err
nobody_check(struct directory *d, struct op *op, const char *name,
	     const char *password, const char **hash)
{
	const char *address = NULL, *domain;
	struct source_list list;

	if (directory_login_address(d, op, name, &address) != OK ||
	    !text_is_address(address))
		return FAIL(op, ERR_NOT_FOUND, "not an address");
	domain = text_domain(idn_fold(op, address));
	TRY(sources_list(op, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct source *source = &list.source[i];

		if (source->passwords && source->kind->check != NULL &&
		    source_serves(op, source, domain))
			return people_check(d, op, source, NULL, password,
					    hash);
	}
	return FAIL(op, ERR_NOT_FOUND, "no source serves %s", domain);
}

enum err
directory_password(struct directory *d, struct op *op,
		   const struct mailbox *mailbox, const char *name,
		   const char *password, const char **hash)
{
	struct tie tie;

	if (mailbox == NULL)
		return nobody_check(d, op, name, password, hash);
	TRY(tie_get(d, op, mailbox, &tie));
	if (tie.source == NULL || !tie.source->passwords ||
	    tie.source->kind->check == NULL)
		return FAIL(op, ERR_NOT_FOUND, "no source knows his password");
	if (tie.link.state != PERSON_ACTIVE)
		return FAIL(op, ERR_AUTH, "%s is barred in %s",
			    mailbox->address, tie.source->name);
	return people_check(d, op, tie.source, &tie.link, password, hash);
}

/* ERR_NOT_FOUND: nobody's who has any. */
static enum err
pictured(struct directory *d, struct op *op, const struct mailbox *mailbox,
	 struct tie *out)
{
	TRY(tie_get(d, op, mailbox, out));
	if (out->source == NULL || !out->source->pictures)
		return FAIL(op, ERR_NOT_FOUND, "no source has his picture");
	return OK;
}

enum err
directory_pictures(struct directory *d, struct op *op,
		   const struct mailbox *mailbox, const struct person **out)
{
	struct tie tie;

	TRY(pictured(d, op, mailbox, &tie));
	return people_pictures(d, op, &tie, out);
}

enum err
directory_picture_age(struct directory *d, struct op *op,
		      const struct mailbox *mailbox, struct directory_age *out)
{
	struct tie tie;

	TRY(pictured(d, op, mailbox, &tie));
	out->refresh_s = tie.source->refresh_s;
	out->stale_max_s = tie.source->stale_max_s;
	return OK;
}
