/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk oof: absences, by the rules of the web service. */
#include "cli/out.h"
#include "cli/words.h"
#include "verbs/person.h"
#include "verbs/preview.h"
#include "verbs/wish.h"

#define PAGE 100                     /* absences, which have two texts each */
#define SOON_S (INT64_C(14) * 86400) /* for `oof list` */

static const struct out_column oof_lines[] = {
	{ "address", "Mailbox" },
	{ "state", "State" },
	{ "audience", "External audience" },
	{ "start", "Start" },
	{ "end", "End" },
	{ "internal.text", "Internal reply" },
	{ "internal.lang", "Its language" },
	{ "external.text", "External reply" },
	{ "external.lang", "Its language" },
	{ "effect.status", "Effect" },
	{ "effect.via", "Sent through" },
	{ "effect.since", "Since" },
	{ "effect.reason", "Reason" },
	{ NULL, NULL },
};

static enum err
show(struct cli *c, const struct mailbox *mailbox)
{
	struct oof_stored stored;
	struct effect effect;

	TRY(store_oof_get(c->wings.house.store, &c->op, mailbox->id, &stored));
	TRY(delivery_effect(c->wings.house.delivery, &c->op, mailbox, &stored,
			    &effect));
	out_object(c->out, oof_lines,
		   absence_json(&c->op, mailbox, &stored, &effect));
	return OK;
}

static enum err
cli_oof_show(struct cli *c)
{
	const struct mailbox *mailbox;

	TRY(cli_mailbox(c, c->operand[0], &mailbox));
	return show(c, mailbox);
}

/* ---- set ---- */

/* Stores what is wished, and tells what goes out now, and what did before. */
static enum err
change(struct cli *c, const struct mailbox *mailbox, struct absence_wish *wish)
{
	struct house *house = &c->wings.house;
	struct oof_stored before, after;
	const struct preview preview = {
		.mailbox = mailbox,
		.before = &before,
		.after = &after,
		.internal_given = wish->internal != NULL,
		.external_given = wish->external != NULL,
	};
	struct effect effect;
	json_t *told;

	TRY(store_oof_get(house->store, &c->op, mailbox->id, &before));
	cli_detail(c, wish->state == 0 ? NULL : words_state_name(wish->state));
	TRY(store_oof_put(house->store, &c->op, mailbox->id, absence_change,
			  wish));
	delivery_publish(house->delivery, &c->op, mailbox->id);
	TRY(store_oof_get(house->store, &c->op, mailbox->id, &after));
	TRY(delivery_effect(house->delivery, &c->op, mailbox, &after, &effect));
	told = absence_json(&c->op, mailbox, &after, &effect);
	(void)json_object_set_new(told, "preview",
				  preview_json(&c->op, &preview));
	out_object(c->out, oof_lines, told);
	out_note(c->out, "\n%s", preview_text(&c->op, &preview));
	return OK;
}

static enum err
cli_oof_set(struct cli *c)
{
	struct absence_wish wish = { 0 };
	const struct mailbox *mailbox;

	TRY(wish_read(c, &wish));
	TRY(cli_enter(c, NEEDS_OWNER | NEEDS_STORE));
	TRY(cli_mailbox(c, c->operand[0], &mailbox));
	TRY(wish_schedule(c, mailbox_zone(&c->op, mailbox), &wish));
	return change(c, mailbox, &wish);
}

static enum err
cli_oof_off(struct cli *c)
{
	struct absence_wish wish = { .state = OOF_DISABLED };
	const struct mailbox *mailbox;

	TRY(cli_mailbox(c, c->operand[0], &mailbox));
	return change(c, mailbox, &wish);
}

/* ---- list ---- */

static const struct out_column list_columns[] = {
	{ "address", "ADDRESS" },   { "name", "NAME" },   { "state", "STATE" },
	{ "audience", "AUDIENCE" }, { "start", "START" }, { "end", "END" },
	{ "now", "NOW" },           { NULL, NULL },
};

static json_t *
list_row(struct op *op, const struct oof_item *item)
{
	const struct oof_settings *s = &item->stored.settings;
	const struct oof_duration *d = s->duration;

	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:b}", "address",
			 out_text(item->mailbox->address), "name",
			 out_text(item->mailbox->name), "state",
			 out_text(words_state_name(s->state)), "audience",
			 out_text(words_audience_name(s->audience)), "start",
			 d == NULL ? json_null() : words_time(op, d->start),
			 "end",
			 d == NULL ? json_null() : words_time(op, d->end),
			 "now", absence_is_now(s, op->now));
}

static enum err
cli_oof_list(struct cli *c)
{
	bool all = cli_option(c, "all") != NULL;
	struct oof_list page = { .n = PAGE };
	int64_t after = 0;

	out_list(c->out, list_columns);
	while (page.n == PAGE) {
		struct op *op = cli_page(c);
		enum err err = store_oof_list(c->wings.house.store, op, after,
					      PAGE, &page);

		if (err != OK)
			return FAIL(&c->op, err, "%s", op->reason);
		for (size_t i = 0; i < page.n; i++) {
			const struct oof_settings *s =
				&page.item[i].stored.settings;

			after = page.item[i].mailbox->id;
			if (all || absence_is_now(s, op->now) ||
			    absence_is_soon(s, op->now, SOON_S))
				out_row(c->out, list_row(op, &page.item[i]));
		}
	}
	return OK;
}

/* ---- the rows ---- */

static const struct cli_option set_options[] = {
	WISH_TIMES,
	{ 0, "tz", "ZONE",
	  "the time zone of --from and --to; without it: the mailbox's" },
	WISH_TEXTS,
	{ 0 },
};

static const struct cli_option list_options[] = {
	{ 0, "all", NULL,
	  "also those that are switched off, over, or begin "
	  "later than in two weeks" },
	{ 0 },
};

static const struct cli_key show_keys[] = {
	{ "address", "the mailbox" },
	{ "state", "disabled, enabled or scheduled" },
	{ "audience", "who outside gets a reply: none, known or all" },
	{ "start", "when it begins, in UTC with Z; null: never set" },
	{ "end", "when it ends, likewise" },
	{ "internal", "an object: text, and lang or null" },
	{ "external", "an object: text, and lang or null" },
	{ "effect", "an object: status (none: never set; off: switched off or "
		    "over; in_force: what is stored is what is done; stored: "
		    "it is not in force, and the reason says why), via (the "
		    "kind and title of the backend, or null), since (when "
		    "that came about, or null), reason (or null)" },
	{ NULL, NULL },
};

static const struct cli_key change_keys[] = {
	{ "address", "the mailbox" },
	{ "state", "disabled, enabled or scheduled" },
	{ "audience", "who outside gets a reply: none, known or all" },
	{ "start", "when it begins, in UTC with Z; null: never set" },
	{ "end", "when it ends, likewise" },
	{ "internal", "an object: text, and lang or null" },
	{ "external", "an object: text, and lang or null" },
	{ "effect", "an object: status (none: never set; off: switched off or "
		    "over; in_force: what is stored is what is done; stored: "
		    "it is not in force, and the reason says why), via (the "
		    "kind and title of the backend, or null), since (when "
		    "that came about, or null), reason (or null)" },
	{ "preview", "an object: zone (the mailbox's), and before and after, "
		     "each an object: when (in that zone), changed (in UTC; "
		     "the texts are as old at least, or given now), internal "
		     "and external (what goes out, as plain text; null: "
		     "nothing does), outside (who gets the external one: "
		     "none, known or all)" },
	{ NULL, NULL },
};

static const struct cli_key list_keys[] = {
	{ "address", "the mailbox" },
	{ "name", "the person's name" },
	{ "state", "disabled, enabled or scheduled" },
	{ "audience", "who outside gets a reply: none, known or all" },
	{ "start", "when it begins, in UTC with Z, or null" },
	{ "end", "when it ends, likewise" },
	{ "now", "true while it is in force" },
	{ NULL, NULL },
};

static const struct cli_example show_examples[] = {
	{ "frontdesk oof show ada@example.com --json", "for a script" },
	{ NULL, NULL },
};

static const struct cli_example set_examples[] = {
	{ "frontdesk oof set ada@example.com --from 2026-12-23 --to "
	  "2027-01-07 --internal 'Back on the 7th.' --external-file "
	  "away.html --audience all --lang en",
	  "from the 23rd until the 7th, both at midnight" },
	{ "frontdesk oof set ada@example.com --to +2d --internal 'I am ill.'",
	  "from now on for two days, for a colleague who is ill" },
	{ "frontdesk oof set ada@example.com --keep --external 'Try "
	  "bob@example.com.'",
	  "another text, and nothing else" },
	{ NULL, NULL },
};

static const struct cli_example off_examples[] = {
	{ "frontdesk oof off ada@example.com", "she is back early" },
	{ NULL, NULL },
};

static const struct cli_example list_examples[] = {
	{ "frontdesk oof list", "who is away" },
	{ NULL, NULL },
};

const struct verb cli_oof_verbs[] = {
	{
		.name = "oof show",
		.operands = "ADDRESS",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "show an absence with its texts",
		.text = "",
		.keys = show_keys,
		.examples = show_examples,
		.run = cli_oof_show,
	},
	{
		.name = "oof set",
		.operands = "ADDRESS",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG,
		.summary = "set an absence",
		.text = "With --to it is scheduled, from --from or from now; "
			"without, it is switched on until it is switched off. "
			"A date alone is its midnight; +90m, +3h, +2d and +1w "
			"count from now. A text that is not given stays as it "
			"was, and an audience too. What was stored is "
			"printed; on a terminal also what goes out, to "
			"whom, before and now, in the times of the mailbox's "
			"zone, and how old a text that stays is at "
			"least.\n\n"
			"The rules are those of the web service; a text has "
			"at most 128000 bytes.",
		.options = set_options,
		.keys = change_keys,
		.examples = set_examples,
		.run = cli_oof_set,
	},
	{
		.name = "oof off",
		.operands = "ADDRESS",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "switch an absence off",
		.text = "The texts, the audience and the schedule stay.",
		.keys = change_keys,
		.examples = off_examples,
		.run = cli_oof_off,
	},
	{
		.name = "oof list",
		.operands = "",
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "list who is away, now or within two weeks",
		.text = "",
		.options = list_options,
		.keys = list_keys,
		.examples = list_examples,
		.run = cli_oof_list,
	},
	{ 0 },
};
