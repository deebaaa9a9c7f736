/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/absence.h"

#include "cli/out.h"
#include "cli/words.h"
#include "model/settings.h"
#include "oof/oof_check.h"
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

const char *
absence_effect_name(unsigned status)
{
	static const char *const names[] = {
		[EFFECT_NONE] = "none",
		[EFFECT_OFF] = "off",
		[EFFECT_IN_FORCE] = "in_force",
		[EFFECT_STORED] = "stored",
	};

	return names[status];
}

static json_t *
effect_json(struct op *op, const struct effect *effect)
{
	return json_pack("{s:s,s:o,s:o,s:o}", "status",
			 absence_effect_name(effect->status), "via",
			 out_text(effect->via), "since",
			 effect->since == 0 ? json_null()
					    : words_time(op, effect->since),
			 "reason", out_text(effect->reason));
}

json_t *
absence_json(struct op *op, const struct mailbox *mailbox,
	     const struct oof_stored *stored, const struct effect *effect)
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
		"effect", effect_json(op, effect));
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
