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
	void (*write)(struct buf *buf);
} parts[] = {
	{ "verbs", manual_verbs },           { "statuses", manual_statuses },
	{ "completion", manual_completion }, { "settings", settings_manual },
	{ "example", settings_example },
};

static enum err
cli_manual(struct cli *c)
{
	const char *name = c->operand[0];
	struct buf buf;

	for (size_t i = 0; i < COUNT(parts); i++) {
		if (strcmp(parts[i].name, name) != 0)
			continue;
		buf_init(&buf, &c->op, 16 * KIB, HELP_MAX);
		parts[i].write(&buf);
		TRY(buf_err(&buf));
		(void)fputs(buf_text(&buf), stdout);
		return OK;
	}
	return FAIL(&c->op, ERR_NOT_FOUND,
		    "'%s': give verbs, statuses, completion, settings or "
		    "example",
		    name);
}

const struct verb cli_manual_verbs[] = {
	{
		.name = "manual",
		.operands = "PART",
		.operands_min = 1,
		.operands_max = 1,
		.needs = IS_HIDDEN,
		.summary = "print what the papers take from the tables",
		.text = "PART is verbs, statuses, completion, settings or "
			"example.",
		.run = cli_manual,
	},
	{ 0 },
};
