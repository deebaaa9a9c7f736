/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/wish.h"

#include "base/clock.h"
#include "cli/file.h"
#include "cli/words.h"

#include <string.h>

static enum err
usage(struct cli *c, const char *why)
{
	c->exit = EXIT_USAGE;
	return FAIL(&c->op, ERR_INVALID, "%s; see: frontdesk %s --help", why,
		    c->verb->name);
}

/* A text from its option or its file; NULL: neither was given. */
static enum err
text_read(struct cli *c, const char *option, const char *file_option,
	  const char **out)
{
	const char *file = cli_option(c, file_option);

	*out = cli_option(c, option);
	if (*out != NULL && file != NULL)
		return usage(c, "a text comes from an option or from a file, "
				"not from both");
	if (file != NULL)
		TRY(file_text(&c->op, file, OOF_MESSAGE_MAX, out));
	if (*out == NULL)
		return OK;
	return words_text(&c->op, file == NULL ? option : file_option, *out,
			  OOF_MESSAGE_MAX);
}

static bool
reads_stdin(const struct cli *c, const char *file_option)
{
	const char *file = cli_option(c, file_option);

	return file != NULL && strcmp(file, "-") == 0;
}

enum err
wish_read(struct cli *c, struct absence_wish *out)
{
	const char *audience = cli_option(c, "audience");
	bool from = cli_option(c, "from") != NULL;
	bool to = cli_option(c, "to") != NULL;

	if (from && !to)
		return usage(c, "--from needs --to: an absence without an end "
				"cannot be scheduled");
	if (cli_option(c, "keep") != NULL && to)
		return usage(c, "--keep leaves the schedule as it is");
	if (cli_option(c, "tz") != NULL)
		TRY(words_zone(&c->op, "tz", cli_option(c, "tz")));
	if (audience != NULL)
		TRY(words_audience(&c->op, "audience", audience,
				   &out->audience));
	if (reads_stdin(c, "internal-file") && reads_stdin(c, "external-file"))
		return usage(c, "standard input is one text, not both");
	TRY(text_read(c, "internal", "internal-file", &out->internal));
	TRY(text_read(c, "external", "external-file", &out->external));
	out->lang = cli_option(c, "lang");
	if (out->lang != NULL && out->internal == NULL && out->external == NULL)
		return usage(c, "--lang says the language of a text that is "
				"given with it");
	if (out->lang != NULL && !absence_is_lang(out->lang))
		return FAIL(&c->op, ERR_INVALID,
			    "--lang '%s': give a language tag like de or en-GB",
			    out->lang);
	return OK;
}

static enum err
time_read(struct cli *c, const char *option, const char *zone, int64_t *out)
{
	const char *text = cli_option(c, option);

	if (text == NULL) {
		*out = c->op.now;
		return OK;
	}
	if (clock_read_person(&c->op, text, zone, out) != OK)
		return FAIL(&c->op, ERR_INVALID,
			    "--%s '%s': give 2026-12-23, '2026-12-23 12:00', "
			    "2026-12-23T12:00:00Z or +2d",
			    option, text);
	return OK;
}

enum err
wish_schedule(struct cli *c, const char *zone, struct absence_wish *out)
{
	struct oof_duration *d = op_alloc(&c->op, sizeof(*d));

	out->state = cli_option(c, "keep") != NULL ? 0 : OOF_ENABLED;
	if (cli_option(c, "to") == NULL)
		return OK;
	if (cli_option(c, "tz") != NULL)
		zone = cli_option(c, "tz");
	TRY(time_read(c, "from", zone, &d->start));
	TRY(time_read(c, "to", zone, &d->end));
	if (d->start >= d->end || d->end <= c->op.now)
		return FAIL(&c->op, ERR_INVALID,
			    "from %s to %s: it has to end after it starts, and "
			    "in the future",
			    clock_xml(&c->op, d->start),
			    clock_xml(&c->op, d->end));
	out->state = OOF_SCHEDULED;
	out->duration = d;
	return OK;
}
