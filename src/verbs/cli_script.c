/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk oof script: what lies at a backend for a mailbox, or would. */
#include "base/text.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "model/delivery.h"
#include "sieve/sieve.h"

static enum err
size_read(struct cli *c, uint64_t *out)
{
	const char *text = cli_option(c, "size-max");
	int64_t size = 0;

	if (text != NULL && !text_number(text, 1, SIEVE_SCRIPT_MAX, &size))
		return FAIL(&c->op, ERR_INVALID,
			    "--size-max '%s': a number of bytes up to %zu",
			    text, SIEVE_SCRIPT_MAX);
	*out = (uint64_t)size;
	return OK;
}

static enum err
cli_oof_script(struct cli *c)
{
	const struct mailbox *mailbox;
	const char *note, *text;
	struct bytes script;
	uint64_t size_max;

	TRY(size_read(c, &size_max));
	TRY(cli_mailbox(c, c->operand[0], &mailbox));
	TRY(delivery_script(c->wings.house.delivery, &c->op, mailbox, size_max,
			    &script, &note));
	text = script.p == NULL
		       ? NULL
		       : op_text(&c->op, (const char *)script.p, script.n);
	if (text == NULL)
		out_note(c->out, "No script: nobody would be answered.");
	else if (note != NULL)
		out_note(c->out, "# %s", note);
	out_document(c->out, text == NULL ? "" : text,
		     json_pack("{s:o,s:o,s:I,s:o}", "address",
			       out_text(mailbox->address), "script",
			       out_text(text), "size", (json_int_t)script.n,
			       "note", out_text(note)));
	return OK;
}

/* ---- the row ---- */

static const struct cli_option options[] = {
	{ 0, "size-max", "BYTES",
	  "how long a script may be; without it: as long as it has to be" },
	{ 0 },
};

static const struct cli_key keys[] = {
	{ "address", "the mailbox" },
	{ "script", "the script, or null: nobody is to be answered" },
	{ "size", "its bytes" },
	{ "note", "what had to be left out of it, or null" },
	{ NULL, NULL },
};

static const struct cli_example examples[] = {
	{ "frontdesk oof script ada@example.com > ada.sieve",
	  "to look at it, or to try it with sieve-test" },
	{ NULL, NULL },
};

const struct verb cli_script_verbs[] = {
	{
		.name = "oof script",
		.operands = "ADDRESS",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "print the Sieve script that answers for a mailbox",
		.text = "It is what lies at a backend that takes scripts, but "
			"for what such a server says of itself. It decides as "
			"frontdesk oof explain does, where Sieve can:\n\n"
			"The vacation of Dovecot's Pigeonhole leaves out by "
			"itself senders with -request anywhere in the name, "
			"mails whose Auto-Submitted is anything but the bare "
			"word no, and does not see addresses behind the first "
			"256 of a field.\n\n"
			"It remembers envelope senders. Those that a forwarder "
			"rewrote are also remembered as they were before, for "
			"as long as sieve_duplicate_max_period lets it.\n\n"
			"Whether a sender signed in, or passed SPF or DMARC, "
			"and how many replies are sent in a minute, no script "
			"can know: that takes the milter.\n\n"
			"One mail gets one reply: an own vacation of the "
			"person in a script that runs later sends nothing "
			"besides. Where ours is included into that script, "
			"its vacation or reject on the same mail is an error, "
			"the mail lies in the INBOX, and nothing is sent.",
		.options = options,
		.keys = keys,
		.examples = examples,
		.run = cli_oof_script,
	},
	{ 0 },
};
