/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk manual: what the papers take from the tables; for tools/manual. */
#include "cli/cli.h"
#include "cli/help.h"
#include "cli/manual.h"
#include "main/conf_table.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	bool mdoc; /* its lines are broken */
	void (*write)(struct buf *buf);
} parts[] = {
	/* clang-format off */
	{ "verbs",      true,  manual_verbs },
	{ "statuses",   true,  manual_statuses },
	{ "settings",   true,  settings_manual },
	{ "completion", false, manual_completion },
	{ "example",    false, settings_example },
	/* clang-format on */
};

enum err
manual_part(struct op *op, const char *name, const char **out)
{
	struct buf raw, lines;

	buf_init(&raw, op, 16 * KIB, HELP_MAX);
	buf_init(&lines, op, 16 * KIB, HELP_MAX);
	for (size_t i = 0; i < COUNT(parts); i++) {
		if (strcmp(parts[i].name, name) != 0)
			continue;
		parts[i].write(&raw);
		if (parts[i].mdoc)
			manual_wrap(&lines, buf_text(&raw));
		*out = buf_text(parts[i].mdoc ? &lines : &raw);
		TRY(buf_err(&raw));
		return buf_err(&lines);
	}
	return FAIL(op, ERR_NOT_FOUND,
		    "'%s': give verbs, statuses, settings, completion or "
		    "example",
		    name);
}

static enum err
cli_manual(struct cli *c)
{
	const char *text;

	TRY(manual_part(&c->op, c->operand[0], &text));
	(void)fputs(text, stdout);
	return OK;
}

const struct verb cli_manual_verbs[] = {
	{
		.name = "manual",
		.operands = "PART",
		.operands_min = 1,
		.operands_max = 1,
		.needs = IS_HIDDEN,
		.summary = "print what the papers take from the tables",
		.text = "PART is verbs, statuses, settings, completion or "
			"example.",
		.run = cli_manual,
	},
	{ 0 },
};
