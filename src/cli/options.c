/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"
#include "base/text.h"

#include <assert.h>
#include <getopt.h>
#include <string.h>

#define OPTIONS_MAX 32  /* of one verb, with the common ones */
#define LONG_VALUE 1000 /* getopt's value of the first row */

/* A verb's rows and the common ones as getopt_long wants them. */
struct getopts {
	const struct cli_option *row[OPTIONS_MAX];
	struct option longs[OPTIONS_MAX + 1];
	char letters[2 * OPTIONS_MAX + 3];
	size_t n;
};

static void
getopts_add(struct getopts *g, const struct cli_option *rows)
{
	size_t letters = strlen(g->letters);

	for (; rows != NULL && rows->name != NULL; rows++) {
		assert(g->n < OPTIONS_MAX);
		g->row[g->n] = rows;
		g->longs[g->n] = (struct option){
			.name = rows->name,
			.has_arg = rows->argument == NULL ? no_argument
							  : required_argument,
			.val = LONG_VALUE + (int)g->n,
		};
		g->n++;
		if (rows->letter == 0)
			continue;
		g->letters[letters++] = rows->letter;
		if (rows->argument != NULL)
			g->letters[letters++] = ':';
	}
}

/* style: ":" lets operands and options mix, "+:" stops at the first operand. */
static void
getopts_init(struct getopts *g, const char *style,
	     const struct cli_option *options)
{
	*g = (struct getopts){ 0 };
	memcpy(g->letters, style, strlen(style));
	getopts_add(g, options);
	getopts_add(g, cli_common);
}

static const struct cli_option *
getopts_row(const struct getopts *g, int got)
{
	if (got >= LONG_VALUE)
		return g->row[got - LONG_VALUE];
	for (size_t i = 0; i < g->n; i++)
		if (g->row[i]->letter == got)
			return g->row[i];
	return NULL;
}

static enum err
wrong(struct op *op, const struct getopts *g, int got, char **argv)
{
	const struct cli_option *row =
		optopt == 0 ? NULL : getopts_row(g, optopt);
	const char *word = argv[optind - 1];

	if (got == ':' && row != NULL)
		return FAIL(op, ERR_INVALID, "--%s needs a %s", row->name,
			    row->argument);
	if (row != NULL)
		return FAIL(op, ERR_INVALID, "--%s takes no value", row->name);
	if (optopt > 0 && optopt < 128)
		return FAIL(op, ERR_INVALID, "there is no option -%c", optopt);
	return FAIL(op, ERR_INVALID, "there is no option %s", word);
}

enum err
options_head(struct op *op, int argc, char **argv, struct cli_head *out)
{
	static const struct cli_option top[] = {
		{ 'V', "version", NULL, "" },
		{ 0 },
	};
	struct getopts g;
	int got;

	*out = (struct cli_head){ 0 };
	getopts_init(&g, "+:", top);
	opterr = 0;
	optind = 0; /* glibc: begin anew, with these letters */
	while ((got = getopt_long(argc, argv, g.letters, g.longs, NULL)) !=
	       -1) {
		const struct cli_option *row =
			got == '?' || got == ':' ? NULL : getopts_row(&g, got);

		if (row == NULL)
			return wrong(op, &g, got, argv);
		if (strcmp(row->name, "config") == 0)
			out->config = optarg;
		else if (strcmp(row->name, "json") == 0)
			out->json = true;
		else if (strcmp(row->name, "version") == 0)
			out->version = true;
		else
			out->help = true;
	}
	out->next = optind;
	return OK;
}

/* How many of argv's words are this name; 0: it is another one. */
static int
name_words(const char *name, char *const *argv)
{
	int words = 0;

	while (*name != '\0') {
		size_t n = strcspn(name, " ");

		if (argv[words] == NULL || strlen(argv[words]) != n ||
		    memcmp(argv[words], name, n) != 0)
			return 0;
		words++;
		name += n;
		name += strspn(name, " ");
	}
	return words;
}

const struct verb *
options_verb(char *const *argv, int *words, bool *group)
{
	*group = false;
	for (size_t t = 0; cli_tables[t] != NULL; t++) {
		for (const struct verb *v = cli_tables[t]; v->name != NULL;
		     v++) {
			size_t n = strcspn(v->name, " ");

			*words = name_words(v->name, argv);
			if (*words > 0) {
				*group = false;
				return v;
			}
			if (argv[0] != NULL && v->name[n] == ' ' &&
			    strlen(argv[0]) == n &&
			    memcmp(argv[0], v->name, n) == 0)
				*group = true;
		}
	}
	return NULL;
}

static enum err
operands_check(struct cli *c)
{
	const struct verb *v = c->verb;

	if (c->operands_n < v->operands_min && c->operands_n == 0)
		return FAIL(&c->op, ERR_INVALID, "%s is missing", v->operands);
	if (c->operands_n < v->operands_min)
		return FAIL(&c->op, ERR_INVALID, "it takes %s", v->operands);
	if (c->operands_n > v->operands_max)
		return FAIL(&c->op, ERR_INVALID, "'%s' is one word too many",
			    c->operand[v->operands_max]);
	return OK;
}

enum err
options_read(struct cli *c, int argc, char **argv)
{
	struct cli_value *values =
		op_alloc(&c->op, (size_t)argc * sizeof(*values));
	struct getopts g;
	int got;

	getopts_init(&g, ":", c->verb->options);
	opterr = 0;
	optind = 0;
	c->values = values;
	while ((got = getopt_long(argc, argv, g.letters, g.longs, NULL)) !=
	       -1) {
		const struct cli_option *row =
			got == '?' || got == ':' ? NULL : getopts_row(&g, got);

		if (row == NULL)
			return wrong(&c->op, &g, got, argv);
		values[c->values_n++] = (struct cli_value){
			row,
			row->argument == NULL ? "" : optarg,
		};
	}
	c->operand = argv + optind;
	c->operands_n = (unsigned)(argc - optind);
	return cli_option(c, "help") != NULL ? OK : operands_check(c);
}

/* Asking for an option that the verb does not have is our own mistake. */
static bool
is_option(const struct cli *c, const char *name)
{
	const struct cli_option *rows = c->verb->options;

	for (; rows != NULL && rows->name != NULL; rows++)
		if (strcmp(rows->name, name) == 0)
			return true;
	for (rows = cli_common; rows->name != NULL; rows++)
		if (strcmp(rows->name, name) == 0)
			return true;
	return false;
}

const char *
cli_option(const struct cli *c, const char *name)
{
	const char *found = NULL;

	assert(is_option(c, name));
	for (size_t i = 0; i < c->values_n; i++)
		if (strcmp(c->values[i].option->name, name) == 0)
			found = c->values[i].value;
	return found;
}

const char *const *
cli_options(struct cli *c, const char *name)
{
	const char **all = op_alloc(&c->op, (c->values_n + 1) * sizeof(*all));
	size_t n = 0;

	assert(is_option(c, name));
	for (size_t i = 0; i < c->values_n; i++)
		if (strcmp(c->values[i].option->name, name) == 0)
			all[n++] = c->values[i].value;
	return all;
}
