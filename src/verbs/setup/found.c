/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/setup/found.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES (64 * KIB)
#define BLANK " \t\r"

struct reader {
	struct op *op;
	struct found *out;
	const char *path[FOUND_DEPTH_MAX + 1]; /* of the blocks that are open */
	unsigned number[FOUND_DEPTH_MAX + 1];
	unsigned depth, blocks;
};

/* ---- lines ---- */

/* The next line, without white space around it; NULL: there is no other. */
static const char *
next_line(struct op *op, struct bytes *rest)
{
	const uint8_t *end;
	struct bytes line = *rest;
	const char *text;

	if (rest->n == 0)
		return NULL;
	end = memchr(rest->p, '\n', rest->n);
	if (end != NULL)
		line.n = (size_t)(end - rest->p);
	rest->n -= line.n + (end != NULL);
	rest->p += line.n + (end != NULL);
	/* What is no text is nothing that we look for: a remark. */
	if (line.n > LINE_MAX_BYTES || !text_utf8(line))
		return "#";
	text = text_trim(op, op_text(op, (const char *)line.p, line.n));
	return text_clean(text) ? text : "#";
}

/* A value as it stands: in quotes where it needs them. */
static const char *
unquoted(struct op *op, const char *value)
{
	size_t n = strlen(value);

	if (n < 2 || value[0] != '"' || value[n - 1] != '"')
		return value;
	return text_trim(op, op_text(op, value + 1, n - 2));
}

static enum err
setting_add(struct reader *r, const char *key, const char *value)
{
	struct found *f = r->out;

	if (f->n == FOUND_MAX)
		return FAIL(r->op, ERR_LIMIT, "more than %d settings",
			    FOUND_MAX);
	if (f->setting == NULL)
		f->setting = op_alloc(r->op, FOUND_MAX * sizeof(*f->setting));
	f->setting[f->n++] = (struct found_setting){
		.block = r->path[r->depth],
		.number = r->number[r->depth],
		.key = key,
		.value = value,
	};
	return OK;
}

/* "name = value"; false: it has no "=". */
static bool
split(struct op *op, const char *line, const char **key, const char **value)
{
	const char *equal = strchr(line, '=');

	if (equal == NULL)
		return false;
	*key = text_trim(op, op_text(op, line, (size_t)(equal - line)));
	*value = unquoted(op, text_trim(op, equal + 1));
	return true;
}

/* ---- Dovecot ---- */

/* "service dict {": the name of a block, without quotes and the brace. */
static enum err
block_open(struct reader *r, const char *line)
{
	const char *outer = r->path[r->depth];
	const char *name =
		text_trim(r->op, op_text(r->op, line, strlen(line) - 1));
	char *bare = op_dup(r->op, name), *to = bare;

	if (r->depth == FOUND_DEPTH_MAX)
		return FAIL(r->op, ERR_LIMIT, "more than %d blocks deep",
			    FOUND_DEPTH_MAX);
	for (const char *p = name; *p != '\0'; p++) {
		if (*p != '"')
			*to++ = *p;
	}
	*to = '\0';
	r->depth++;
	r->number[r->depth] = ++r->blocks;
	r->path[r->depth] =
		*outer == '\0' ? bare : op_print(r->op, "%s/%s", outer, bare);
	return OK;
}

/* "# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf" */
static void
remark_read(struct reader *r, const char *line)
{
	static const char sieve[] = "# Pigeonhole version ";
	unsigned major, minor;
	const char *word = line + strspn(line, "# ");
	size_t n = strcspn(word, " ");

	if (strncmp(line, sieve, strlen(sieve)) == 0) {
		word = line + strlen(sieve);
		r->out->sieve = op_text(r->op, word, strcspn(word, " "));
	} else if (r->out->version == NULL && line[0] == '#' &&
		   found_version(word, &major, &minor)) {
		r->out->version = op_text(r->op, word, n);
	}
}

static enum err
dovecot_line(struct reader *r, const char *line)
{
	size_t n = strlen(line);
	const char *key, *value;

	if (n == 0)
		return OK;
	if (line[0] == '#') {
		remark_read(r, line);
		return OK;
	}
	if (strcmp(line, "}") == 0) {
		if (r->depth == 0)
			return FAIL(r->op, ERR_INVALID, "a } too many");
		r->depth--;
		return OK;
	}
	if (line[n - 1] == '{' && strchr(line, '=') == NULL)
		return block_open(r, line);
	if (split(r->op, line, &key, &value))
		return setting_add(r, key, value);
	return OK; /* a list's members, or a warning */
}

enum err
found_dovecot(struct op *op, struct bytes said, struct found *out)
{
	struct reader r = { .op = op, .out = out, .path = { "" } };
	const char *line;

	*out = (struct found){ 0 };
	while ((line = next_line(op, &said)) != NULL)
		TRY(dovecot_line(&r, line));
	if (out->version == NULL)
		return FAIL(op, ERR_INVALID,
			    "doveconf -n says no version of Dovecot");
	return OK;
}

/* ---- Postfix ---- */

enum err
found_postfix(struct op *op, struct bytes said, struct found *out)
{
	struct reader r = { .op = op, .out = out, .path = { "" } };
	const char *line, *key, *value;

	while ((line = next_line(op, &said)) != NULL) {
		if (split(op, line, &key, &value))
			TRY(setting_add(&r, key, value));
	}
	return OK;
}

/* ---- look-ups ---- */

const char *
found_get(const struct found *found, const char *block, const char *key)
{
	const char *value = NULL;

	/* The last one counts, as it does for the server. */
	for (size_t i = 0; i < found->n; i++) {
		const struct found_setting *s = &found->setting[i];

		if (strcmp(s->key, key) == 0 && strcmp(s->block, block) == 0)
			value = s->value;
	}
	return value;
}

bool
found_word(const char *list, const char *word)
{
	static const char between[] = " \t,";
	size_t wanted = strlen(word);

	while (list != NULL && *list != '\0') {
		size_t n = strcspn(list, between);

		if (n == wanted && strncmp(list, word, n) == 0)
			return true;
		list += n;
		list += strspn(list, between);
	}
	return false;
}

bool
found_version(const char *text, unsigned *major, unsigned *minor)
{
	char *end;
	unsigned long first, second;

	if (text[0] < '0' || text[0] > '9')
		return false;
	first = strtoul(text, &end, 10);
	if (*end != '.' || end[1] < '0' || end[1] > '9')
		return false;
	second = strtoul(end + 1, &end, 10);
	if (first > 999 || second > 999)
		return false;
	*major = (unsigned)first;
	*minor = (unsigned)second;
	return true;
}
