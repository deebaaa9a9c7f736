/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/absence.h"

#include "cli/out.h"
#include "cli/words.h"
#include "model/settings.h"
#include "oof/oof_check.h"
#include "oof/oof_decide.h"
#include "wire/xsd.h"

bool
absence_is_lang(const char *text)
{
	return *text != '\0' && xsd_is_language(text);
}

bool
absence_is_now(const struct oof_settings *s, int64_t now)
{
	if (s->state == OOF_SCHEDULED)
		return s->duration != NULL && s->duration->start <= now &&
		       now < s->duration->end;
	return s->state == OOF_ENABLED;
}

bool
absence_is_soon(const struct oof_settings *s, int64_t now, int64_t within_s)
{
	return s->state == OOF_SCHEDULED && s->duration != NULL &&
	       now < s->duration->end && s->duration->start <= now + within_s;
}

/* ---- telling ---- */

static json_t *
reply_json(const struct oof_reply *reply)
{
	const char *text = reply == NULL ? NULL : reply->message;
	const char *lang = reply == NULL ? NULL : reply->lang;

	return json_pack(
		"{s:o,s:o}", "text", out_text(text == NULL ? "" : text), "lang",
		lang == NULL || lang[0] == '\0' ? json_null() : out_text(lang));
}

/* What becomes of the external reply beside what was set; "" when
 * nothing else does. Known, as set or by the policy, is for contacts. */
static const char *
outside_reason(const struct oof_settings *s, unsigned policy, bool contacts)
{
	if (s->audience > policy && policy == AUDIENCE_NONE)
		return "; the mailbox may not reply outside";
	if (s->audience == 0 ||
	    oof_audience_within(s, policy) != AUDIENCE_KNOWN)
		return "";
	if (!contacts)
		return "; nobody outside is known, for the mailbox has no "
		       "contacts: Known acts as None";
	return s->audience == AUDIENCE_KNOWN
		       ? ""
		       : "; the mailbox may reply outside to its contacts only";
}

/* Why nothing is sent: nothing delivers replies yet, whatever is stored. */
static const char *
effect_reason(struct op *op, const struct mailbox *mailbox,
	      const struct oof_settings *s, bool contacts)
{
	if (s->state != OOF_ENABLED && s->state != OOF_SCHEDULED)
		return "it is switched off";
	if (s->state == OOF_SCHEDULED && s->duration != NULL &&
	    s->duration->end <= op->now)
		return "it is over";
	return op_print(op, "this version has no way of delivery%s",
			outside_reason(s, mailbox->policy, contacts));
}

static json_t *
effect_json(struct op *op, const struct mailbox *mailbox,
	    const struct oof_stored *stored, bool contacts)
{
	return json_pack(
		"{s:s,s:n,s:o,s:s}", "status",
		stored->version == 0 ? "none" : "stored", "via", "since",
		stored->version == 0 ? json_null()
				     : words_time(op, stored->changed),
		"reason",
		effect_reason(op, mailbox, &stored->settings, contacts));
}

json_t *
absence_json(struct op *op, const struct mailbox *mailbox,
	     const struct oof_stored *stored, bool contacts)
{
	const struct oof_settings *s = &stored->settings;
	const struct oof_duration *d = s->duration;
	const char *audience = words_audience_name(
		s->audience == 0 ? AUDIENCE_ALL : s->audience);

	return json_pack(
		"{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "address",
		out_text(mailbox->address), "state",
		out_text(words_state_name(s->state)), "audience",
		out_text(audience), "start",
		d == NULL ? json_null() : words_time(op, d->start), "end",
		d == NULL ? json_null() : words_time(op, d->end), "internal",
		reply_json(s->internal), "external", reply_json(s->external),
		"effect", effect_json(op, mailbox, stored, contacts));
}

/* ---- changing ---- */

static struct oof_reply *
reply_wished(struct op *op, const char *text, const char *lang)
{
	struct oof_reply *reply;

	if (text == NULL)
		return NULL;
	reply = op_alloc(op, sizeof(*reply));
	reply->message = text;
	reply->lang = lang;
	return reply;
}

static enum err
check(struct op *op, const struct oof_settings *in,
      const struct oof_stored *old)
{
	const char *why;

	if (oof_check(in, op->now, &why) != OOF_NO_ERROR)
		return FAIL(op, ERR_INVALID, "%s", why);
	if (op->settings->strict_replies &&
	    oof_check_strict(in, old, &why) != OOF_NO_ERROR)
		return FAIL(op, ERR_INVALID, "%s", why);
	return OK;
}

enum err
absence_change(struct op *op, const struct oof_stored *old, void *arg,
	       struct oof_stored *out)
{
	const struct absence_wish *wish = arg;
	struct oof_settings in = {
		.state = wish->state,
		.audience = wish->audience,
		.internal = reply_wished(op, wish->internal, wish->lang),
		.external = reply_wished(op, wish->external, wish->lang),
	};

	if (in.state == 0)
		in.state = old->settings.state == 0 ? OOF_DISABLED
						    : old->settings.state;
	if (in.audience == 0)
		in.audience = old->settings.audience == 0
				      ? AUDIENCE_ALL
				      : old->settings.audience;
	if (wish->duration != NULL) {
		in.duration = op_alloc(op, sizeof(*in.duration));
		*in.duration = *wish->duration;
	} else if (in.state == OOF_SCHEDULED) {
		in.duration = old->settings.duration;
	}
	TRY(check(op, &in, old));
	oof_merge(op, &in, old, out);
	return OK;
}
