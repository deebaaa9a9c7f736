/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/preview.h"

#include "base/buf.h"
#include "base/clock.h"
#include "cli/out.h"
#include "cli/words.h"
#include "oof/oof_decide.h"
#include "wire/html.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (8 * MIB) /* of what is printed */

/* One state of an absence. */
struct view {
	const struct mailbox *mailbox;
	const struct oof_stored *stored;
	unsigned outside; /* enum oof_audience: who outside */
	const char *internal,
		*external; /* as plain text; NULL: none goes out */
};

/* ---- as a sender reads it ---- */

static const char *
plain(struct op *op, const struct oof_reply *reply)
{
	const char *text = reply == NULL ? NULL : reply->message;
	struct buf out;

	if (text == NULL || html_is_empty(text))
		return NULL;
	buf_init(&out, op, 1024, HTML_PLAIN_MAX(strlen(text)));
	html_plain(&out, text);
	return buf_text(&out);
}

static struct view
view_of(struct op *op, const struct preview *p, const struct oof_stored *stored)
{
	const struct oof_settings *s = &stored->settings;
	struct view v = { .mailbox = p->mailbox, .stored = stored };
	enum oof_verdict is = oof_in_effect(s, op->now);

	v.outside = oof_audience_within(s, p->mailbox->policy);
	if (stored->version == 0 || is == OOF_IS_OFF || is == OOF_IS_OVER)
		return v;
	v.internal = plain(op, s->internal);
	if (v.outside != AUDIENCE_NONE)
		v.external = plain(op, s->external);
	return v;
}

/* "2026-12-23 00:00", by the clocks of its owner. */
static const char *
local(struct op *op, const struct mailbox *mailbox, int64_t instant)
{
	const char *text;
	int64_t wall;

	if (clock_wall(op, instant, mailbox_zone(op, mailbox), &wall) != OK)
		return clock_xml(op, instant);
	text = clock_xml(op, wall);
	return op_print(op, "%.10s %.5s", text, text + 11);
}

static const char *
when(struct op *op, const struct view *v)
{
	const struct oof_settings *s = &v->stored->settings;
	const struct oof_duration *d = s->duration;

	switch (oof_in_effect(s, op->now)) {
	case OOF_IS_OFF:
		return "off";
	case OOF_IS_OVER:
		return op_print(op, "over since %s",
				local(op, v->mailbox, d->end));
	default:
		break;
	}
	if (s->state != OOF_SCHEDULED || d == NULL)
		return "on, until it is switched off";
	return op_print(op, "from %s to %s", local(op, v->mailbox, d->start),
			local(op, v->mailbox, d->end));
}

/* ---- for programs ---- */

static json_t *
view_json(struct op *op, const struct view *v)
{
	const char *outside = v->external == NULL
				      ? words_audience_name(AUDIENCE_NONE)
				      : words_audience_name(v->outside);

	return json_pack("{s:o,s:o,s:o,s:o,s:o}", "when", out_text(when(op, v)),
			 "changed",
			 v->stored->version == 0
				 ? json_null()
				 : words_time(op, v->stored->changed),
			 "internal", out_text(v->internal), "external",
			 out_text(v->external), "outside", out_text(outside));
}

json_t *
preview_json(struct op *op, const struct preview *p)
{
	const struct view before = view_of(op, p, p->before),
			  after = view_of(op, p, p->after);

	return json_pack("{s:o,s:o,s:o}", "zone",
			 out_text(mailbox_zone(op, p->mailbox)), "before",
			 view_json(op, &before), "after",
			 view_json(op, &after));
}

/* ---- for people ---- */

static void
lines_write(struct buf *out, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");
		char *safe = out_cell(OUT_TABLE, op_text(out->op, text, n));

		buf_printf(out, "  | %s\n", safe);
		free(safe);
		text += text[n] == '\0' ? n : n + 1;
	}
}

/* How old it is at least: with each change, all of an absence is dated anew. */
static const char *
age(struct op *op, const struct preview *p, bool given)
{
	if (given || p->before->version == 0)
		return "";
	return op_print(op, ", a text of %s or before",
			local(op, p->mailbox, p->before->changed));
}

static void
side_write(struct buf *out, const char *to, const char *text, const char *age)
{
	if (text == NULL) {
		buf_printf(out, "To %s: nothing.\n", to);
		return;
	}
	buf_printf(out, "To %s%s:\n", to, age);
	lines_write(out, text);
}

static const char *
outside_name(const struct view *v)
{
	return v->outside == AUDIENCE_KNOWN ? "contacts outside"
					    : "everybody else";
}

static void
view_write(struct buf *out, struct op *op, const char *title,
	   const struct view *v)
{
	const char *is = v->stored->version == 0 ? "never set" : when(op, v);

	buf_printf(out, "%s %s", title, is);
	if (strncmp(is, "from", 4) == 0 || strncmp(is, "over", 4) == 0)
		buf_printf(out, " (%s)", mailbox_zone(op, v->mailbox));
	buf_puts(out, "\n");
}

const char *
preview_text(struct op *op, const struct preview *p)
{
	const struct view before = view_of(op, p, p->before),
			  after = view_of(op, p, p->after);
	struct buf out;

	buf_init(&out, op, 2048, TEXT_MAX);
	view_write(&out, op, "Before:", &before);
	if (before.internal != NULL || before.external != NULL) {
		side_write(&out, "people inside", before.internal, "");
		side_write(&out, outside_name(&before), before.external, "");
	}
	view_write(&out, op, "Now:   ", &after);
	if (after.internal == NULL && after.external == NULL) {
		buf_puts(&out, "Nobody gets a reply.\n");
		return buf_text(&out);
	}
	side_write(&out, "people inside", after.internal,
		   age(op, p, p->internal_given));
	side_write(&out, outside_name(&after), after.external,
		   age(op, p, p->external_given));
	return buf_text(&out);
}
