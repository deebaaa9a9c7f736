/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A command line, read by the tables of the verbs. */
#include "cli/cli.h"

#define WORDS_MAX 1024 /* words of a command line */

/* What comes before the verb. */
struct cli_head {
	const char *config; /* NULL: not named */
	bool json, help, version;
	int next; /* argv's index of the first word that is none of these */
};

/* ERR_INVALID: a wrong option; the op's reason names it. */
enum err options_head(struct op *op, int argc, char **argv,
		      struct cli_head *out);

/*
 * The verb whose name argv begins with; *words: how many words that takes.
 * NULL: none; then *group tells whether the first word begins names of verbs.
 */
const struct verb *options_verb(char *const *argv, int *words, bool *group);

/* Reads options and operands of c->verb into c. argv[0] is skipped. */
enum err options_read(struct cli *c, int argc, char **argv);
