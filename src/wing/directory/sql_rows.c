/* SPDX-License-Identifier: Apache-2.0 */

/* What the kinds of databases have in common: answers, and how to sign in. */
#include "wing/directory/sql_driver.h"

#include "base/text.h"

#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#define ROOM_FIRST 4      /* rows */
#define PASSWORD_MAX 1024 /* bytes */

/* ---- answers ---- */

enum err
sql_rows_begin(struct op *op, struct sql_rows *rows, size_t columns)
{
	if (columns == 0 || columns > SQL_COLUMNS_MAX)
		return FAIL(op, ERR_INVALID,
			    "the answer has %zu columns; it may have 1 to %d",
			    columns, SQL_COLUMNS_MAX);
	*rows = (struct sql_rows){ .columns = columns, .room = ROOM_FIRST };
	rows->name = op_alloc(op, columns * sizeof(*rows->name));
	rows->field = op_alloc(op, rows->room * columns * sizeof(*rows->field));
	return OK;
}

enum err
sql_rows_add(struct op *op, struct sql_rows *rows)
{
	size_t size = rows->room * rows->columns * sizeof(*rows->field);
	const char **more;

	if (rows->n == SQL_ROWS_MAX)
		return FAIL(op, ERR_INVALID, "the answer has more than %d rows",
			    SQL_ROWS_MAX);
	if (rows->n == rows->room) {
		more = op_alloc(op, 2 * size);
		memcpy(more, rows->field, size);
		rows->field = more;
		rows->room *= 2;
	}
	rows->n++;
	return OK;
}

enum err
sql_rows_set(struct op *op, struct sql_rows *rows, size_t column,
	     struct bytes bytes)
{
	size_t at = (rows->n - 1) * rows->columns + column;

	rows->bytes += bytes.n;
	if (bytes.n > SQL_FIELD_MAX || rows->bytes > SQL_ANSWER_MAX)
		return FAIL(op, ERR_INVALID,
			    "the answer is larger than what is taken");
	/* one odd name holds up nobody else's */
	if (!text_utf8(bytes) && text_case_equal(rows->name[column], "name"))
		return OK;
	if (!text_utf8(bytes))
		return FAIL(op, ERR_INVALID,
			    "the answer's column %s is not UTF-8",
			    rows->name[column]);
	rows->field[at] = op_text(op, (const char *)bytes.p, bytes.n);
	return OK;
}

/* ---- signing in ---- */

enum err
sql_password(struct op *op, const struct sql_section *section, const char **out)
{
	char line[PASSWORD_MAX + 2] = ""; /* and its end, and NUL */
	const char *path = section->password_file;
	FILE *file;

	*out = NULL;
	if (path == NULL)
		return OK;
	file = fopen(path, "re");
	if (file == NULL)
		return FAIL(op, ERR_DOWN, "%s: %s", path, strerror(errno));
	if (fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	(void)fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	if (strlen(line) > PASSWORD_MAX)
		return FAIL(op, ERR_INVALID,
			    "%s: its first line has more than %d bytes", path,
			    PASSWORD_MAX);
	*out = op_dup(op, line);
	explicit_bzero(line, sizeof(line));
	return OK;
}

#define MEMBER(m) offsetof(struct sql_connect, m)
static const struct {
	const char *word;
	size_t member;
} words[] = {
	/* clang-format off */
	{ "host",        MEMBER(host) },
	{ "port",        MEMBER(port) },
	{ "user",        MEMBER(user) },
	{ "dbname",      MEMBER(dbname) },
	{ "sslmode",     MEMBER(sslmode) },
	{ "sslrootcert", MEMBER(sslrootcert) },
	{ "password",    MEMBER(password) },
	/* clang-format on */
};
#undef MEMBER

static void
word_keep(struct op *op, const PQconninfoOption *option,
	  struct sql_connect *out)
{
	const char *value = op_dup(op, option->val);

	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcmp(words[i].word, option->keyword) == 0) {
			memcpy((char *)out + words[i].member, &value,
			       sizeof(value));
			return;
		}
	}
	out->other = op_dup(op, option->keyword);
}

/* Is each of "a,b,c" this machine? */
static bool
hosts_are_near(const char *hosts)
{
	static const char *const near[] = { "localhost", "127.0.0.1", "::1",
					    "" };

	for (const char *p = hosts;; p++) {
		size_t n = strcspn(p, ",");
		bool ok = *p == '/' || *p == '@';

		for (size_t i = 0; i < COUNT(near) && !ok; i++)
			ok = strlen(near[i]) == n &&
			     strncmp(near[i], p, n) == 0;
		if (!ok)
			return false;
		p += n;
		if (*p == '\0')
			return true;
	}
}

static void
options_free(PQconninfoOption **options)
{
	PQconninfoFree(*options);
}

enum err
sql_connect_read(struct op *op, const char *connect, struct sql_connect *out)
{
	CLEANUP(options_free) PQconninfoOption *options = NULL;
	char *wrong = NULL;
	enum err err;

	*out = (struct sql_connect){ .host = NULL };
	options = PQconninfoParse(connect, &wrong);
	if (options == NULL) {
		err = FAIL(op, ERR_INVALID, "its connect is not understood: %s",
			   wrong == NULL ? "no memory" : text_trim(op, wrong));
		PQfreemem(wrong);
		return err;
	}
	for (const PQconninfoOption *o = options; o->keyword != NULL; o++) {
		if (o->val != NULL)
			word_keep(op, o, out);
		/* They name hosts, too. */
		if (o->val != NULL && (strcmp(o->keyword, "hostaddr") == 0 ||
				       strcmp(o->keyword, "service") == 0))
			out->far = true;
	}
	out->far =
		out->far || (out->host != NULL && !hosts_are_near(out->host));
	return OK;
}
