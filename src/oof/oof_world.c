/* SPDX-License-Identifier: Apache-2.0 */
#include "oof/oof_world.h"

#include "base/idn.h"
#include "model/contacts.h"

#include <string.h>

/* Is the domain one of a section's, whose title is of that organization? */
static enum err
section_trusts(struct oof_world *w, struct op *op,
	       const struct organization_section *section, const char *domain,
	       bool *out)
{
	const char *const *trusted = section->trusted_domains;
	struct domain own;
	enum err err;

	for (; trusted != NULL && *trusted != NULL; trusted++) {
		if (strcmp(idn_fold(op, *trusted), domain) != 0)
			continue;
		err = store_domain_find(w->store, op,
					idn_fold(op, section->title), &own);
		if (err == ERR_NOT_FOUND)
			return OK; /* nobody's title trusts nobody */
		TRY(err);
		*out = own.organization == w->mailbox->organization;
		return OK;
	}
	return OK;
}

static enum err
is_trusted(struct oof_world *w, struct op *op, const char *domain, bool *out)
{
	const struct settings *s = op->settings;

	*out = false;
	for (size_t i = 0; i < s->organizations_n && !*out; i++)
		TRY(section_trusts(w, op, &s->organizations[i], domain, out));
	return OK;
}

static enum err
world_side(struct oof_asks *asks, struct op *op, const char *domain,
	   enum oof_side *out)
{
	struct oof_world *w = (struct oof_world *)asks;
	struct domain found;
	bool trusted;
	enum err err = store_domain_find(w->store, op, domain, &found);

	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	*out = OOF_SIDE_OWN;
	if (err == OK && found.organization == w->mailbox->organization)
		return OK;
	TRY(is_trusted(w, op, domain, &trusted));
	*out = trusted     ? OOF_SIDE_TRUSTED
	       : err == OK ? OOF_SIDE_WALLED
			   : OOF_SIDE_OUTSIDE;
	return OK;
}

static enum err
world_contact(struct oof_asks *asks, struct op *op, const char *address)
{
	struct oof_world *w = (struct oof_world *)asks;

	return contacts_has(w->store, op, w->mailbox, address);
}

static enum err
world_answered(struct oof_asks *asks, struct op *op, const char *sender,
	       int64_t period)
{
	(void)asks;
	(void)sender;
	(void)period;
	return FAIL(op, ERR_NOT_FOUND, "nothing is remembered here");
}

static enum err
world_brake(struct oof_asks *asks, struct op *op)
{
	(void)asks;
	(void)op;
	return OK;
}

static const struct oof_asks_ops ops = { world_side, world_contact,
					 world_answered, world_brake };

const char *
oof_delimiters(const struct settings *s)
{
	return s->reply_delimiter == NULL ||
			       strcmp(s->reply_delimiter, "none") == 0
		       ? ""
		       : s->reply_delimiter;
}

enum err
oof_world_open(struct op *op, struct store *store,
	       const struct mailbox *mailbox, struct oof_world *out)
{
	const struct settings *s = op->settings;

	*out = (struct oof_world){
		.asks = { .ops = &ops },
		.store = store,
		.mailbox = mailbox,
		.options = {
			.delimiters = oof_delimiters(s),
			.authserv_id = s->reply_authserv_id,
			.external_proved = s->reply_external_authenticated,
			.internal_proved = s->reply_internal_authenticated,
		},
	};
	TRY(store_oof_get(store, op, mailbox->id, &out->stored));
	return store_alias_list(store, op, mailbox->id, &out->aliases);
}

void
oof_world_arrival(struct oof_world *world, struct oof_arrival *out)
{
	*out = (struct oof_arrival){ .mailbox = world->mailbox,
				     .stored = &world->stored,
				     .aliases_n = world->aliases.n,
				     .alias = world->aliases.text,
				     .sender = "",
				     .options = &world->options,
				     .asks = &world->asks };
}

/* ---- all that is inside ---- */

static void
domain_add(struct op *op, const char *domain, const char **list, size_t *n)
{
	const char *folded = idn_fold(op, domain);

	for (size_t i = 0; i < *n; i++) {
		if (strcmp(list[i], folded) == 0)
			return;
	}
	list[(*n)++] = folded;
}

/* Those of one section, if its title is of the organization. */
static enum err
section_add(struct oof_world *w, struct op *op,
	    const struct organization_section *section, const char **list,
	    size_t *n)
{
	const char *const *trusted = section->trusted_domains;
	struct domain own;
	enum err err;

	if (trusted == NULL)
		return OK;
	err = store_domain_find(w->store, op, idn_fold(op, section->title),
				&own);
	if (err == ERR_NOT_FOUND)
		return OK;
	TRY(err);
	if (own.organization != w->mailbox->organization)
		return OK;
	for (; *trusted != NULL; trusted++) {
		if (*n == OOF_INSIDE_MAX)
			return FAIL(op, ERR_LIMIT,
				    "more than %d domains are inside",
				    OOF_INSIDE_MAX);
		domain_add(op, *trusted, list, n);
	}
	return OK;
}

enum err
oof_world_inside(struct op *op, struct oof_world *w, struct text_list *out)
{
	const struct settings *s = op->settings;
	const char **list = op_alloc(op, OOF_INSIDE_MAX * sizeof(*list));
	struct domain_list own;
	size_t n = 0;

	TRY(store_domain_list_of(w->store, op, w->mailbox->organization,
				 OOF_INSIDE_MAX + 1, &own));
	if (own.n > OOF_INSIDE_MAX)
		return FAIL(op, ERR_LIMIT, "more than %d domains are inside",
			    OOF_INSIDE_MAX);
	for (; n < own.n; n++) /* each is there once */
		list[n] = own.domain[n].name;
	for (size_t i = 0; i < s->organizations_n; i++)
		TRY(section_add(w, op, &s->organizations[i], list, &n));
	*out = (struct text_list){ n, list };
	return OK;
}
