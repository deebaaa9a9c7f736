/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A backend that takes scripts, for tests that are not in C: its section as
 * arguments NAME=VALUE, then a line for each call, words between tabs:
 *   open  put USER BASE64  remove USER  get USER  limit USER  test USER
 * and for each a line with what came of it.
 */
#include "base/text.h"
#include "model/backend.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 20000
#define WORDS 3

static struct backend_section section = {
	.title = "driven",
	.kind = "",
	.user = "%u",
	.size_max = MIB,
	.script = "frontdesk",
	.timeout_ms = TIMEOUT_MS / 2,
};
static struct backend *backend;

static void
section_set(char *word)
{
	static const struct {
		const char *name;
		const char **member;
	} rows[] = {
		{ "kind", &section.kind },
		{ "server", &section.server },
		{ "ca", &section.ca },
		{ "master", &section.master },
		{ "password_file", &section.password_file },
		{ "script", &section.script },
		{ "folder", &section.folder },
		{ "file", &section.file },
		{ "database", &section.database },
	};
	char *value = strchr(word, '=');

	if (value == NULL)
		exit(2);
	*value++ = '\0';
	if (strcmp(word, "starttls") == 0)
		section.starttls = strcmp(value, "yes") == 0;
	if (strcmp(word, "timeout_ms") == 0)
		section.timeout_ms = (unsigned)strtoul(value, NULL, 10);
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strcmp(word, rows[i].name) == 0)
			*rows[i].member = value;
	}
}

static enum err
backend_reopen(struct op *op)
{
	const struct backend_ops *const *ops = backend_kinds;

	while (*ops != NULL && strcmp((*ops)->name, section.kind) != 0)
		ops++;
	if (*ops == NULL)
		return FAIL(op, ERR_INVALID, "no such kind");
	if (backend != NULL)
		backend->ops->close(backend);
	backend = NULL;
	return (*ops)->open(op, &section, &backend);
}

static void
tell(void *arg, const struct backend_told *told)
{
	(void)arg;
	printf("%s\t%s\t%s\t", told->good ? "good" : "bad", told->step,
	       told->note == NULL ? "" : told->note);
}

static enum err
call_put(struct op *op, char *const *word)
{
	struct bytes script;

	TRY(text_base64_decode(op, word[2], strlen(word[2]), &script));
	return backend->ops->put(backend, op, word[1], script);
}

static enum err
call_remove(struct op *op, char *const *word)
{
	return backend->ops->put(backend, op, word[1], (struct bytes){ 0 });
}

static enum err
call_get(struct op *op, char *const *word)
{
	struct bytes script;

	TRY(backend->ops->get(backend, op, word[1], &script));
	if (script.p == NULL)
		printf("nothing\t");
	else
		printf("script\t%s\t", text_base64(op, script));
	return OK;
}

static enum err
call_limit(struct op *op, char *const *word)
{
	struct backend_limits limits;

	TRY(backend->ops->limit(backend, op, word[1], &limits));
	printf("%" PRIu64 "\t%s\t%s\t", limits.size,
	       limits.included ? "included" : "alone",
	       limits.capabilities == NULL ? "" : limits.capabilities);
	return OK;
}

static enum err
call_test(struct op *op, char *const *word)
{
	return backend->ops->test(backend, op, word[1], tell, NULL);
}

static enum err
call_open(struct op *op, char *const *word)
{
	(void)word;
	return backend_reopen(op);
}

static enum err
call(struct op *op, char *const *word)
{
	static const struct {
		const char *word;
		enum err (*call)(struct op *op, char *const *word);
	} rows[] = {
		{ "put", call_put },   { "remove", call_remove },
		{ "get", call_get },   { "limit", call_limit },
		{ "test", call_test }, { "open", call_open },
	};

	if (backend == NULL)
		TRY(backend_reopen(op));
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strcmp(rows[i].word, word[0]) == 0)
			return rows[i].call(op, word);
	}
	return FAIL(op, ERR_INVALID, "no such call");
}

static void
line_run(struct arena *arena, char *line)
{
	char *word[WORDS] = { line, NULL, NULL };
	struct op op;
	enum err err;

	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 1; i < WORDS; i++) {
		char *tab = strchr(word[i - 1], '\t');

		word[i] = tab == NULL ? word[i - 1] + strlen(word[i - 1])
				      : tab + 1;
		if (tab != NULL)
			*tab = '\0';
	}
	op_init(&op, arena, NULL, TIMEOUT_MS);
	op.may_wait = true;
	err = call(&op, word);
	printf("%s\t%s\n", err_name(err),
	       err == OK || op.reason == NULL ? "" : op.reason);
	(void)fflush(stdout);
	arena_reset(arena);
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_open(64 * KIB);
	char *line = NULL;
	size_t room = 0;

	for (int i = 1; i < argc; i++)
		section_set(argv[i]);
	while (getline(&line, &room, stdin) > 0)
		line_run(arena, line);
	if (backend != NULL)
		backend->ops->close(backend);
	free(line);
	arena_close(arena);
	return 0;
}
