/* SPDX-License-Identifier: Apache-2.0 */

/* Contacts that a directory has for one person, or for all. */
#include "base/template.h"
#include "base/text.h"
#include "model/directory.h"
#include "wing/directory/ldap_filter.h"
#include "wing/directory/ldap_page.h"

#define KEEP (64 * KIB)  /* of memory, between two pages */
#define PAGES_MAX 100000 /* of one search: a server that has no end */

struct reading {
	const struct directory_section *section;
	struct search search;
	directory_contact *told;
	void *arg;
	enum err err; /* what `told` said; ends it */
};

static const char *const names[] = { "displayName", "cn" };

/* The attributes with addresses, and those with a name. */
static const char **
attributes_make(struct op *op, const struct directory_section *section)
{
	size_t n = 0;
	const char **out;

	while (section->contacts_mail[n] != NULL)
		n++;
	out = op_alloc(op, (n + COUNT(names) + 1) * sizeof(*out));
	for (size_t i = 0; i < n; i++)
		out[i] = section->contacts_mail[i];
	for (size_t i = 0; i < COUNT(names); i++)
		out[n + i] = names[i];
	return out;
}

/* As text; NULL: it is none. */
static const char *
value_text(struct op *op, struct bytes value)
{
	return text_utf8(value) ? op_text(op, (const char *)value.p, value.n)
				: NULL;
}

static const char *
name_of(struct op *op, const struct entry *entry)
{
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct entry_attribute *a = entry_find(entry, names[i]);
		const char *name = a == NULL || a->n == 0
					   ? NULL
					   : value_text(op, a->value[0]);

		if (name != NULL)
			return name;
	}
	return "";
}

/* "smtp:" is AD's way of saying that it is an address of mail. */
static const char *
address_of(const char *value)
{
	static const char smtp[] = "smtp:";

	return text_case_starts(value, smtp) ? value + sizeof(smtp) - 1 : value;
}

static enum err
entry_take(struct op *op, struct dsa *dsa, struct reading *r,
	   LDAPMessage *message)
{
	struct entry entry;
	const char *name;

	TRY(entry_read(op, dsa->ld, message, &entry));
	name = name_of(op, &entry);
	for (size_t i = 0; r->section->contacts_mail[i] != NULL; i++) {
		const struct entry_attribute *a =
			entry_find(&entry, r->section->contacts_mail[i]);

		for (size_t k = 0; a != NULL && k < a->n && r->err == OK; k++) {
			const char *value = value_text(op, a->value[k]);

			if (value != NULL)
				r->err = r->told(r->arg, address_of(value),
						 name);
		}
	}
	return OK;
}

static enum err
page_take(struct op *op, struct dsa *dsa, struct reading *r,
	  struct berval *cookie)
{
	int id;

	dsa_begin(op, dsa, r->section);
	TRY(page_send(op, dsa, &r->search, r->section->page_size, cookie, &id));
	while (r->err == OK) {
		CLEANUP(dsa_message_drop) LDAPMessage *message = NULL;
		enum err err = OK;

		TRY(dsa_wait(op, dsa, id, false, &message));
		if (ldap_msgtype(message) == LDAP_RES_SEARCH_RESULT)
			return page_end(op, dsa, message, cookie);
		if (ldap_msgtype(message) == LDAP_RES_SEARCH_ENTRY)
			err = entry_take(op, dsa, r, message);
		if (err != OK) {
			dsa->dead = true; /* the rest is still to come */
			return err;
		}
	}
	dsa->dead = true;
	return OK;
}

/* What was told by a server that then failed is told again by the next: who
 * keeps contacts knows each once. */
static enum err
read_on(struct op *op, struct dsa *dsa, void *arg)
{
	CLEANUP(page_drop) struct berval cookie = { 0, NULL };
	struct arena *arena = arena_open(KEEP);
	struct op page = *op; /* with memory of its own: there may be many */
	struct reading *r = arg;
	enum err err = OK;

	page.arena = arena;
	for (unsigned i = 0; i < PAGES_MAX && err == OK && r->err == OK; i++) {
		arena_reset(arena);
		page.reason = NULL;
		err = page_take(&page, dsa, r, &cookie);
		if (cookie.bv_len == 0)
			break;
	}
	if (err != OK)
		err = FAIL(op, err, "%s",
			   page.reason == NULL ? err_name(err) : page.reason);
	arena_close(arena);
	return err;
}

enum err
directory_contacts(struct directory *d, struct op *op,
		   const struct directory_section *section, const char *address,
		   directory_contact *told, void *arg)
{
	struct source source = { .kind = &source_ldap,
				 .section = section,
				 .name = op_print(op, "directory:%s",
						  section->title) };
	const struct dsa_wish wish = { .source = &source, .as = DSA_READER };
	struct reading r = { .section = section, .told = told, .arg = arg };

	(void)d;
	TRY(template_fill(op, section->contacts_base, address, filter_escape_dn,
			  &r.search.base));
	TRY(template_fill(op, section->contacts_filter, address, filter_escape,
			  &r.search.filter));
	r.search.attributes = attributes_make(op, section);
	r.search.most = SEARCH_ANY;
	r.search.timeout_ms = section->timeout_ms;
	TRY(dsa_run(op, &wish, read_on, &r));
	return r.err;
}
