/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/directory/ldap_entry.h"

#include "base/idn.h"
#include "base/text.h"

#include <string.h>

#define SMTP "SMTP:"                   /* in capitals: the primary address */
#define AD_DISABLED 2                  /* userAccountControl: ACCOUNTDISABLE */
#define LOCKED_BY_HAND "000001010000Z" /* pwdAccountLockedTime, for good */
#define TOLD_MAX 60                    /* bytes of a value that is shown */

/* ---- reading ---- */

static void
values_drop(struct berval ***values)
{
	if (*values != NULL)
		ldap_value_free_len(*values);
}

static void
ber_drop(BerElement **ber)
{
	if (*ber != NULL)
		ber_free(*ber, 0);
}

static void
text_drop(char **text)
{
	ldap_memfree(*text);
}

static enum err
attribute_read(struct op *op, LDAP *ld, LDAPMessage *message, const char *name,
	       struct entry_attribute *out)
{
	CLEANUP(values_drop)
	struct berval **values = ldap_get_values_len(ld, message, name);
	size_t n = (size_t)ldap_count_values_len(values);
	struct bytes *copies;

	if (n > ENTRY_VALUES_MAX)
		return FAIL(op, ERR_LIMIT, "%s has more than %d values", name,
			    ENTRY_VALUES_MAX);
	copies = op_alloc(op, (n + 1) * sizeof(*copies));
	for (size_t i = 0; i < n; i++)
		copies[i] = op_bytes(
			op, (struct bytes){ (const uint8_t *)values[i]->bv_val,
					    values[i]->bv_len });
	*out = (struct entry_attribute){ op_dup(op, name), n, copies };
	return OK;
}

enum err
entry_read(struct op *op, LDAP *ld, LDAPMessage *message, struct entry *out)
{
	struct entry_attribute *all =
		op_alloc(op, ENTRY_ATTRIBUTES_MAX * sizeof(*all));
	CLEANUP(ber_drop) BerElement *ber = NULL;
	CLEANUP(text_drop) char *dn = ldap_get_dn(ld, message);
	char *name;

	*out = (struct entry){ .attribute = all };
	if (dn == NULL || !text_utf8(bytes_of(dn)))
		return FAIL(op, ERR_DOWN, "an entry without a name");
	if (strlen(dn) > PERSON_LOGIN_MAX)
		return FAIL(op, ERR_LIMIT,
			    "the name of an entry has more than %d bytes",
			    PERSON_LOGIN_MAX);
	out->dn = op_dup(op, dn);
	for (name = ldap_first_attribute(ld, message, &ber); name != NULL;
	     name = ldap_next_attribute(ld, message, ber)) {
		CLEANUP(text_drop) char *owned = name;

		if (out->n == ENTRY_ATTRIBUTES_MAX)
			return FAIL(op, ERR_LIMIT,
				    "%s: more than %d attributes", out->dn,
				    ENTRY_ATTRIBUTES_MAX);
		TRY(attribute_read(op, ld, message, owned, &all[out->n]));
		out->n++;
	}
	return OK;
}

/* A name as it was asked for, perhaps with options that were not. */
static bool
name_fits(const char *has, const char *wanted)
{
	size_t n = strlen(wanted);

	return text_case_starts(has, wanted) &&
	       (has[n] == '\0' || has[n] == ';');
}

const struct entry_attribute *
entry_find(const struct entry *entry, const char *name)
{
	const struct entry_attribute *with_options = NULL;

	for (size_t i = 0; i < entry->n; i++) {
		const struct entry_attribute *a = &entry->attribute[i];

		if (a->n == 0 || !name_fits(a->name, name))
			continue;
		if (a->name[strlen(name)] == '\0')
			return a;
		if (with_options == NULL)
			with_options = a;
	}
	return with_options;
}

/* ---- a person of it ---- */

struct making {
	struct op *op;
	const struct shape *shape;
	const struct source *source;
	const struct entry *entry;
	const struct source_query *query;
	struct person *out;

	const char **address; /* in the order in which they would be primary */
	size_t n;
};

static void
tell(const struct making *m, const char *what, const char *found)
{
	if (m->query->step != NULL)
		m->query->step(m->query->arg, what, found);
}

/* The value as it may be shown. */
static const char *
shown(struct op *op, struct bytes value)
{
	size_t n = value.n < TOLD_MAX ? value.n : TOLD_MAX;

	if (!text_utf8(value) ||
	    !text_clean(op_text(op, (const char *)value.p, value.n)))
		return op_print(op, "%zu bytes that are no text", value.n);
	return op_print(
		op, "\"%s\"%s",
		text_head(op, op_text(op, (const char *)value.p, value.n), n),
		n < value.n ? "..." : "");
}

/* NULL: it is none, and whoever wants to know is told. */
static const char *
text_value(const struct making *m, const char *name, struct bytes value,
	   size_t most)
{
	const char *text = op_text(m->op, (const char *)value.p, value.n);

	if (value.n > 0 && value.n <= most && text_utf8(value) &&
	    text_clean(text) && strpbrk(text, "\r\n\t") == NULL)
		return text;
	tell(m, name,
	     op_print(m->op, "left out: %s",
		      value.n > most ? "it is too long" : shown(m->op, value)));
	return NULL;
}

static enum err
make_uid(const struct making *m)
{
	const struct entry_attribute *a = entry_find(m->entry, m->shape->uid);
	const char *text = NULL;

	if (a == NULL)
		return FAIL(m->op, ERR_INVALID,
			    "%s has no %s, or we may not read it", m->entry->dn,
			    m->shape->uid);
	if (a->n == 1 && m->shape->uid_is_binary && a->value[0].n > 0 &&
	    a->value[0].n <= PERSON_UID_MAX / 2)
		text = text_hex(m->op, a->value[0]);
	else if (a->n == 1 && !m->shape->uid_is_binary)
		text = text_value(m, a->name, a->value[0], PERSON_UID_MAX);
	if (text == NULL)
		return FAIL(m->op, ERR_INVALID,
			    "%s: its %s does not tell it from others",
			    m->entry->dn, m->shape->uid);
	m->out->uid = text;
	return OK;
}

/* An address of mail, without what says so; NULL: it is something else. */
static const char *
address_of(const struct making *m, const char *name, struct bytes value)
{
	const char *text =
		text_value(m, name, value, ADDRESS_MAX + sizeof(SMTP) - 1);

	if (text == NULL)
		return NULL;
	if (text_case_starts(text, SMTP))
		text += sizeof(SMTP) - 1;
	else if (strchr(text, ':') != NULL &&
		 (strchr(text, '@') == NULL ||
		  strchr(text, ':') < strchr(text, '@')))
		return NULL; /* SIP:, X500:, ... */
	text = idn_fold(m->op, text_trim(m->op, text));
	if (text_is_address(text))
		return text;
	tell(m, name,
	     op_print(m->op, "left out: %s is no address",
		      shown(m->op, value)));
	return NULL;
}

static bool
has_address(const struct making *m, const char *address)
{
	for (size_t i = 0; i < m->n; i++) {
		if (strcmp(m->address[i], address) == 0)
			return true;
	}
	return false;
}

/* primary: those alone, or not, that are marked as primary. */
static void
take_addresses(struct making *m, const char *name, bool primary)
{
	const struct entry_attribute *a = entry_find(m->entry, name);

	for (size_t i = 0; a != NULL && i < a->n; i++) {
		const struct bytes *v = &a->value[i];
		bool marked = v->n > sizeof(SMTP) &&
			      memcmp(v->p, SMTP, sizeof(SMTP) - 1) == 0;
		const char *address;

		if (marked != primary)
			continue;
		address = address_of(m, name, *v);
		if (address == NULL || has_address(m, address))
			continue;
		if (m->n > PERSON_ALIASES_MAX) {
			tell(m, name, "left out: he has too many addresses");
			return;
		}
		m->address[m->n++] = address;
	}
}

/* The first in a domain that is the section's; else the first. */
static enum err
make_addresses(struct making *m)
{
	const char *const *aliases = m->shape->aliases;
	size_t first = 0;

	m->address = op_alloc(m->op, (PERSON_ALIASES_MAX + 2) * sizeof(char *));
	for (size_t i = 0; aliases[i] != NULL; i++)
		take_addresses(m, aliases[i], true);
	take_addresses(m, m->shape->mail, true);
	take_addresses(m, m->shape->mail, false);
	for (size_t i = 0; aliases[i] != NULL; i++)
		take_addresses(m, aliases[i], false);
	if (m->n == 0)
		return FAIL(m->op, ERR_NOT_FOUND, "%s has no address",
			    m->entry->dn);
	while (first < m->n &&
	       !source_serves(m->op, m->source, text_domain(m->address[first])))
		first++;
	if (first == m->n)
		first = 0;
	m->out->address = m->address[first];
	for (size_t i = first; i + 1 < m->n; i++)
		m->address[i] = m->address[i + 1];
	m->address[m->n - 1] = NULL;
	m->out->aliases = m->address;
	return OK;
}

static void
make_name(const struct making *m)
{
	m->out->name = "";
	for (const char *const *name = m->shape->names;
	     *name != NULL && m->out->name[0] == '\0'; name++) {
		const struct entry_attribute *a = entry_find(m->entry, *name);
		const char *text =
			a == NULL ? NULL
				  : text_value(m, *name, a->value[0], 4 * KIB);

		if (text != NULL)
			m->out->name = text_head(m->op, text_trim(m->op, text),
						 PERSON_NAME_MAX);
	}
}

/*
 * Who is locked for a while, after too many wrong passwords, is no less there:
 * else anybody who guesses at his password took his pictures and absence away.
 */
static void
make_disabled(const struct making *m)
{
	const struct entry_attribute *a =
		entry_find(m->entry, m->shape->barred);
	const char *text =
		a == NULL ? NULL
			  : text_value(m, a->name, a->value[0], PERSON_UID_MAX);
	int64_t flags;

	if (text == NULL)
		return;
	if (!m->shape->ad)
		m->out->disabled = strcmp(text, LOCKED_BY_HAND) == 0;
	else if (text_number(text, 0, UINT32_MAX, &flags) ||
		 text_number(text, INT32_MIN, 0, &flags))
		m->out->disabled = (flags & AD_DISABLED) != 0;
}

static void
take_pictures(const struct making *m, struct person_picture *all, unsigned rank)
{
	const struct entry_attribute *a =
		entry_find(m->entry, m->shape->photos[rank]);

	for (size_t i = 0; a != NULL && i < a->n; i++) {
		const char *what = "taken";

		if (a->value[i].n == 0)
			what = "left out: it is empty";
		else if (a->value[i].n > PERSON_PICTURE_MAX)
			what = "left out: it is too large";
		else if (m->out->pictures_n == PERSON_PICTURES_MAX)
			what = "left out: there are too many";
		else
			all[m->out->pictures_n++] =
				(struct person_picture){ rank, a->value[i] };
		tell(m, a->name,
		     op_print(m->op, "a picture of %zu bytes: %s",
			      a->value[i].n, what));
	}
}

static void
make_pictures(const struct making *m)
{
	struct person_picture *all =
		op_alloc(m->op, PERSON_PICTURES_MAX * sizeof(*all));

	m->out->asked |= PERSON_WANT_PICTURES;
	m->out->picture = all;
	for (unsigned i = 0; m->shape->photos[i] != NULL; i++)
		take_pictures(m, all, i);
}

enum err
entry_person(struct op *op, const struct shape *shape,
	     const struct source *source, const struct entry *entry,
	     const struct source_query *query, struct person *out)
{
	struct making m = { .op = op,
			    .shape = shape,
			    .source = source,
			    .entry = entry,
			    .query = query,
			    .out = out };

	*out = (struct person){ .source = source->name, .login = entry->dn };
	TRY(make_uid(&m));
	TRY(make_addresses(&m));
	make_name(&m);
	make_disabled(&m);
	if (query->want & PERSON_WANT_PICTURES)
		make_pictures(&m);
	return OK;
}
