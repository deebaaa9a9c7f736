/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/directory/sql_people.h"

#include "base/buf.h"
#include "base/idn.h"
#include "base/text.h"

#include <string.h>

#define REFUSED_MAX 200 /* bytes, in our log */
#define SHOWN_MAX (64 * KIB)
#define SEPARATORS ", ;\t\r\n"

/* ---- columns ---- */

enum column {
	COLUMN_ADDRESS,
	COLUMN_UID,
	COLUMN_NAME,
	COLUMN_LOGIN,
	COLUMN_ALIASES,
	COLUMN_DOMAINS,
	COLUMN_ACTIVE,
	COLUMN_DISABLED,
	COLUMN_PASSWORD,
	COLUMN_REFUSED,
	COLUMN_COUNT,
};

static const char *const columns[COLUMN_COUNT] = {
	[COLUMN_ADDRESS] = "address",   [COLUMN_UID] = "uid",
	[COLUMN_NAME] = "name",         [COLUMN_LOGIN] = "login",
	[COLUMN_ALIASES] = "aliases",   [COLUMN_DOMAINS] = "domains",
	[COLUMN_ACTIVE] = "active",     [COLUMN_DISABLED] = "disabled",
	[COLUMN_PASSWORD] = "password", [COLUMN_REFUSED] = "refused",
};

static size_t
column_find(const struct sql_rows *rows, enum column column)
{
	size_t i = 0;

	while (i < rows->columns &&
	       !text_case_equal(rows->name[i], columns[column]))
		i++;
	return i;
}

/* NULL: it has none, or it is NULL or empty there. */
static const char *
field(const struct sql_rows *rows, size_t row, enum column column)
{
	size_t i = column_find(rows, column);
	const char *value = i == rows->columns
				    ? NULL
				    : rows->field[row * rows->columns + i];

	return value == NULL || *value == '\0' ? NULL : value;
}

/* As databases write it. NULL is no. */
static bool
is_true(const char *value)
{
	static const char *const no[] = { "0", "f", "false", "n", "no", "off" };

	for (size_t i = 0; i < COUNT(no) && value != NULL; i++) {
		if (text_case_equal(value, no[i]))
			return false;
	}
	return value != NULL;
}

/* ---- aliases ---- */

bool
sql_person_has(const struct sql_person *p, const char *address)
{
	if (strcmp(p->person.address, address) == 0)
		return true;
	for (size_t i = 0; i < p->aliases_n; i++) {
		if (strcmp(p->alias[i], address) == 0)
			return true;
	}
	return false;
}

/* What is no address, like the @example.com of a whole domain, is none of his.
 */
static enum err
alias_add(struct op *op, struct sql_person *p, const char *address)
{
	const char *folded;

	if (!text_is_address(address))
		return OK;
	folded = idn_fold(op, address);
	if (sql_person_has(p, folded))
		return OK;
	if (p->aliases_n == PERSON_ALIASES_MAX)
		return FAIL(op, ERR_INVALID, "%s has more than %d aliases",
			    p->person.address, PERSON_ALIASES_MAX);
	p->alias[p->aliases_n++] = folded;
	return OK;
}

/* Each word of it; as a domain, with the local part of his address. */
static enum err
aliases_take(struct op *op, struct sql_person *p, const char *words,
	     bool domains)
{
	const char *at = strrchr(p->person.address, '@');
	int local = at == NULL ? 0 : (int)(at - p->person.address);

	while (words != NULL && *words != '\0') {
		size_t n = strcspn(words, SEPARATORS);
		const char *word = op_text(op, words, n);

		if (domains && n > 0)
			word = op_print(op, "%.*s@%s", local, p->person.address,
					word);
		if (n > 0)
			TRY(alias_add(op, p, word));
		words += n;
		words += strspn(words, SEPARATORS);
	}
	return OK;
}

static enum err
row_aliases(struct op *op, const struct sql_rows *rows, size_t row,
	    struct sql_person *p)
{
	TRY(aliases_take(op, p, field(rows, row, COLUMN_ALIASES), false));
	return aliases_take(op, p, field(rows, row, COLUMN_DOMAINS), true);
}

enum err
sql_person_aliases(struct op *op, const struct sql_rows *rows,
		   struct sql_person *p)
{
	if (!sql_person_lists(rows) &&
	    column_find(rows, COLUMN_ADDRESS) == rows->columns)
		return FAIL(op, ERR_INVALID,
			    "alias_query has none of the columns address, "
			    "aliases and domains");
	for (size_t i = 0; i < rows->n; i++) {
		TRY(aliases_take(op, p, field(rows, i, COLUMN_ADDRESS), false));
		TRY(row_aliases(op, rows, i, p));
	}
	return OK;
}

bool
sql_person_lists(const struct sql_rows *rows)
{
	return column_find(rows, COLUMN_ALIASES) < rows->columns ||
	       column_find(rows, COLUMN_DOMAINS) < rows->columns;
}

/* ---- somebody ---- */

/* By which rows are told apart: the uid, or the address. */
static const char *
identity(const struct sql_rows *rows, size_t row)
{
	const char *uid = field(rows, row, COLUMN_UID);

	return uid != NULL ? uid : field(rows, row, COLUMN_ADDRESS);
}

static bool
rows_same(const struct sql_rows *rows, size_t a, size_t b)
{
	const char *ia = identity(rows, a), *ib = identity(rows, b);

	return ia != NULL && ib != NULL && strcmp(ia, ib) == 0;
}

static const char *
name_of(struct op *op, const char *name)
{
	return name == NULL || !text_clean(name)
		       ? ""
		       : text_head(op, text_trim(op, name), PERSON_NAME_MAX);
}

/* One line for the log, whatever the database says. */
static const char *
refused_of(struct op *op, const char *why)
{
	if (why == NULL)
		return NULL;
	return text_clean(why) && strpbrk(why, "\t\r\n") == NULL
		       ? text_head(op, why, REFUSED_MAX)
		       : "refused there";
}

/* The address at `at`, as we have addresses. */
static enum err
address_take(struct op *op, const struct sql_rows *rows, size_t at,
	     struct sql_person *out)
{
	const char *address = field(rows, at, COLUMN_ADDRESS);

	if (column_find(rows, COLUMN_ADDRESS) == rows->columns)
		return FAIL(op, ERR_INVALID, "there is no column address");
	address = address == NULL ? "" : text_trim(op, address);
	if (!text_is_address(address))
		return FAIL(op, ERR_INVALID,
			    "what is in the column address is none");
	out->person.address = idn_fold(op, address);
	return OK;
}

static enum err
person_check(struct op *op, const struct person *p)
{
	if (strlen(p->uid) > PERSON_UID_MAX ||
	    strlen(p->login) > PERSON_LOGIN_MAX)
		return FAIL(op, ERR_INVALID,
			    "%s has a uid or login that is too long",
			    p->address);
	if (p->password != NULL && strlen(p->password) > PERSON_PASSWORD_MAX)
		return FAIL(op, ERR_INVALID,
			    "%s has a password hash that is too long",
			    p->address);
	return OK;
}

enum err
sql_person_read(struct op *op, const struct sql_rows *rows, size_t at,
		size_t *taken, struct sql_person *out)
{
	const char *uid = field(rows, at, COLUMN_UID);
	const char *login = field(rows, at, COLUMN_LOGIN);
	bool has_active = column_find(rows, COLUMN_ACTIVE) < rows->columns;

	*taken = 1;
	while (at + *taken < rows->n && rows_same(rows, at, at + *taken))
		++*taken;
	*out = (struct sql_person){ .refused = NULL };
	TRY(address_take(op, rows, at, out));
	out->alias =
		op_alloc(op, (PERSON_ALIASES_MAX + 1) * sizeof(*out->alias));
	out->refused = refused_of(op, field(rows, at, COLUMN_REFUSED));
	out->person.aliases = out->alias;
	out->person.uid = uid != NULL ? uid : out->person.address;
	out->person.login = login != NULL ? login : out->person.address;
	out->person.name = name_of(op, field(rows, at, COLUMN_NAME));
	out->person.password = field(rows, at, COLUMN_PASSWORD);
	out->person.disabled =
		(has_active && !is_true(field(rows, at, COLUMN_ACTIVE))) ||
		is_true(field(rows, at, COLUMN_DISABLED));
	for (size_t i = 0; i < *taken; i++)
		TRY(row_aliases(op, rows, at + i, out));
	return person_check(op, &out->person);
}

const char *
sql_rows_last(const struct sql_rows *rows)
{
	return rows->n == 0 ? NULL : field(rows, rows->n - 1, COLUMN_ADDRESS);
}

const char *
sql_person_text(struct op *op, const struct sql_person *p)
{
	struct buf buf;

	buf_init(&buf, op, KIB, SHOWN_MAX);
	buf_puts(&buf, p->person.address);
	for (size_t i = 0; i < p->aliases_n; i++)
		buf_printf(&buf, ", %s", p->alias[i]);
	if (p->person.disabled)
		buf_puts(&buf, "; not active");
	return buf_text(&buf);
}
