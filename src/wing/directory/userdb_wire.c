/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/directory/userdb_wire.h"

#include "base/buf.h"
#include "base/text.h"

#include <string.h>

#define QUESTION "1" /* the number of the only one on its connection */

struct bytes
userdb_hello(void)
{
	return bytes_of("VERSION\t1\t0\n");
}

enum err
userdb_query(struct op *op, const char *user, struct bytes *out)
{
	struct buf buf;

	for (const char *p = user; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ')
			return FAIL(op, ERR_NOT_FOUND, "no name of anybody");
	}
	buf_init(&buf, op, KIB, DOVECOT_LINE_MAX);
	buf_printf(&buf, "USER\t" QUESTION "\t%s\tservice=frontdesk\n", user);
	*out = buf_bytes(&buf);
	return buf_err(&buf) == OK
		       ? OK
		       : FAIL(op, ERR_NOT_FOUND, "no name of anybody");
}

struct bytes
userdb_list(void)
{
	return bytes_of("LIST\t" QUESTION "\tservice=frontdesk\n");
}

static const struct {
	const char *word;
	enum userdb_word meaning;
} words[] = {
	/* clang-format off */
	{ "VERSION",  USERDB_VERSION },
	{ "USER",     USERDB_USER },
	{ "NOTFOUND", USERDB_NOTFOUND },
	{ "FAIL",     USERDB_FAIL },
	{ "LIST",     USERDB_LIST },
	{ "DONE",     USERDB_DONE },
	/* clang-format on */
};

/* The value of "name=value" where that is its name; NULL: it is not. */
static const char *
value_of(const char *word, const char *name)
{
	size_t n = strlen(name);

	return strncmp(word, name, n) == 0 && word[n] == '=' ? word + n + 1
							     : NULL;
}

/* Of what comes twice the first counts. */
static void
parameter_keep(const char *word, const char *field, struct userdb_answer *out)
{
	if (field != NULL && out->name == NULL)
		out->name = value_of(word, field);
	if (out->reason == NULL)
		out->reason = value_of(word, "reason");
	if (strcmp(word, "fail") == 0)
		out->failed = true;
}

enum err
userdb_read(struct op *op, struct bytes line, const char *field,
	    struct userdb_answer *out)
{
	struct bytes rest = line;
	const char *word = "";

	*out = (struct userdb_answer){ .first = "", .user = "" };
	if (line.n >= DOVECOT_LINE_MAX)
		return FAIL(op, ERR_DOWN, "Dovecot said too much");
	if (line.n == 0)
		return OK;
	TRY(dovecot_word(op, &rest, &word));
	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcmp(words[i].word, word) == 0)
			out->word = words[i].meaning;
	}
	if (rest.p != NULL)
		TRY(dovecot_word(op, &rest, &out->first));
	out->ours = strcmp(out->first, QUESTION) == 0;
	if (rest.p != NULL &&
	    (out->word == USERDB_USER || out->word == USERDB_LIST))
		TRY(dovecot_word(op, &rest, &out->user));
	while (rest.p != NULL) {
		TRY(dovecot_word(op, &rest, &word));
		parameter_keep(word, field, out);
	}
	return OK;
}
