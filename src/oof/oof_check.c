/* SPDX-License-Identifier: Apache-2.0 */
#include "oof/oof_check.h"

#include <string.h>

/* Would this Duration do, were it the schedule? */
static bool
is_interval(const struct oof_duration *d)
{
	return d != NULL && d->start < d->end;
}

static bool
is_too_long(const struct oof_reply *reply)
{
	return reply != NULL && reply->message != NULL &&
	       strlen(reply->message) > OOF_MESSAGE_MAX;
}

enum oof_code
oof_check(const struct oof_settings *in, int64_t now, const char **why)
{
	*why = NULL;
	/* In the other states Duration is ignored: Evolution always sends one,
	 * and it may be stale. */
	if (in->state == OOF_SCHEDULED &&
	    (!is_interval(in->duration) || in->duration->end <= now)) {
		*why = "The scheduled duration for sending automatic replies "
		       "isn't valid.";
		return OOF_ERROR_INVALID_SCHEDULED_OOF_DURATION;
	}
	if (is_too_long(in->internal) || is_too_long(in->external)) {
		*why = "The automatic reply settings aren't valid: a reply is "
		       "longer than 128000 bytes.";
		return OOF_ERROR_INVALID_USER_OOF_SETTINGS;
	}
	return OOF_NO_ERROR;
}

static bool
is_empty(const struct oof_reply *reply)
{
	return reply == NULL || reply->message == NULL ||
	       *reply->message == '\0';
}

enum oof_code
oof_check_strict(const struct oof_settings *in, const struct oof_stored *old,
		 const char **why)
{
	bool internal =
		in->internal != NULL || !is_empty(old->settings.internal);
	bool external = in->external != NULL ||
			!is_empty(old->settings.external) ||
			in->audience == AUDIENCE_NONE;

	*why = NULL;
	if (in->state == OOF_DISABLED || (internal && external))
		return OOF_NO_ERROR;
	*why = "The automatic reply settings aren't valid: a reply is missing.";
	return OOF_ERROR_INVALID_USER_OOF_SETTINGS;
}

/* A reply that was sent replaces text and language, sent without them too; one
 * that was not sent leaves what is there. */
static struct oof_reply *
reply_merge(struct op *op, const struct oof_reply *in,
	    const struct oof_reply *old)
{
	const struct oof_reply *from = in != NULL ? in : old;
	struct oof_reply *out = op_alloc(op, sizeof(*out));

	out->message = "";
	out->lang = "";
	if (from != NULL && from->message != NULL)
		out->message = from->message;
	if (from != NULL && from->lang != NULL)
		out->lang = from->lang;
	return out;
}

static bool
is_on(const struct oof_settings *s)
{
	return s->state == OOF_ENABLED || s->state == OOF_SCHEDULED;
}

/* Does another absence begin? Everybody gets one reply in each (effect E-2):
 * so when it is switched on or rescheduled, never when a text is edited. */
static bool
is_new_absence(const struct oof_settings *old, const struct oof_settings *new)
{
	if (!is_on(new))
		return false;
	if (!is_on(old) || old->state != new->state)
		return true;
	return new->state == OOF_SCHEDULED &&
	       (old->duration == NULL ||
		old->duration->start != new->duration->start ||
		old->duration->end != new->duration->end);
}

void
oof_merge(struct op *op, const struct oof_settings *in,
	  const struct oof_stored *old, struct oof_stored *out)
{
	const struct oof_settings *had = &old->settings;

	*out = (struct oof_stored){
		.settings = {
			.state = in->state,
			.audience = in->audience,
			.duration = is_interval(in->duration) ? in->duration
							      : had->duration,
			.internal = reply_merge(op, in->internal,
						had->internal),
			.external = reply_merge(op, in->external,
						had->external),
		},
		.version = old->version + 1,
		.period = old->period,
		.changed = op->now,
	};
	/* By the clock: an older store that is restored gives none of them a
	 * second time, and nobody counts as answered in it who was not. */
	if (is_new_absence(had, &out->settings))
		out->period = old->period < op->now ? op->now : old->period + 1;
}
