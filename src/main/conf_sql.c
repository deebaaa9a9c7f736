/* SPDX-License-Identifier: Apache-2.0 */

/* What the settings of people in SQL and in Dovecot's userdb have to be. */
#include "main/conf_sql.h"

#include "wing/directory/sql_preset.h"
#include "wing/directory/sql_text.h"

#include <string.h>

/* ---- one value ---- */

const char *
sql_is_driver(const char *value)
{
	return sql_dialect(value) != NULL ? NULL
					  : "sqlite, postgresql or mysql";
}

const char *
sql_is_preset(const char *value)
{
	return sql_preset_is(value) ? NULL
				    : "postfixadmin, mailcow or iredmail";
}

const char *
userdb_is_field(const char *value)
{
	return strpbrk(value, "=\t \"") == NULL
		       ? NULL
		       : "the name of a field, without = and spaces";
}

/* ---- all of them ---- */

static enum err
query_check(struct op *op, const struct settings *s,
	    const struct sql_section *section, const char *setting,
	    const char *query)
{
	struct sql_text text;
	enum err err =
		query == NULL
			? OK
			: sql_text_read(op, query, sql_dialect(section->driver),
					&text);

	if (err == ERR_INVALID)
		return FAIL(op, ERR_INVALID, "%s:%u: sql \"%s\": its %s %s",
			    s->file, section->line, section->title, setting,
			    op->reason);
	return err;
}

static enum err
section_check(struct op *op, const struct settings *s,
	      const struct sql_section *section)
{
	if (section->preset == NULL && section->person_query == NULL)
		return FAIL(op, ERR_INVALID,
			    "%s:%u: sql \"%s\" lacks preset or person_query; "
			    "add one",
			    s->file, section->line, section->title);
	if (section->preset != NULL &&
	    !sql_preset_has(section->preset, section->driver))
		return FAIL(op, ERR_INVALID,
			    "%s:%u: sql \"%s\": the preset %s is not for %s",
			    s->file, section->line, section->title,
			    section->preset, section->driver);
	TRY(query_check(op, s, section, "person_query", section->person_query));
	TRY(query_check(op, s, section, "alias_query", section->alias_query));
	return query_check(op, s, section, "list_query", section->list_query);
}

enum err
sql_check(struct op *op, const struct settings *s)
{
	for (size_t i = 0; i < s->sqls_n; i++)
		TRY(section_check(op, s, &s->sqls[i]));
	return OK;
}
