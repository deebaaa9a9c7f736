/* SPDX-License-Identifier: Apache-2.0 */
#include "oof/oof_decide.h"

#include "wire/html.h"

enum oof_verdict
oof_in_effect(const struct oof_settings *s, int64_t now)
{
	const struct oof_duration *d = s->duration;

	if (s->state == OOF_ENABLED)
		return OOF_REPLIES;
	/* No schedule is stored without its times; without them none began. */
	if (s->state != OOF_SCHEDULED || d == NULL)
		return OOF_IS_OFF;
	if (now < d->start)
		return OOF_IS_EARLY;
	return now < d->end ? OOF_REPLIES : OOF_IS_OVER;
}

unsigned
oof_audience_within(const struct oof_settings *s, unsigned policy)
{
	_Static_assert(AUDIENCE_NONE < AUDIENCE_KNOWN &&
			       AUDIENCE_KNOWN < AUDIENCE_ALL,
		       "a larger one has everybody of a smaller one");
	return s->audience < policy ? s->audience : policy;
}

/* None that was never set: no external reply was asked for. */
static bool
is_served(unsigned audience, enum oof_sender sender)
{
	switch (sender) {
	case OOF_INSIDE:
		return true;
	case OOF_KNOWN:
		return audience >= AUDIENCE_KNOWN;
	case OOF_STRANGER:
		return audience >= AUDIENCE_ALL;
	}
	return false;
}

void
oof_decide(const struct oof_settings *s, unsigned policy,
	   enum oof_sender sender, int64_t now, struct oof_decision *out)
{
	const struct oof_reply *reply =
		sender == OOF_INSIDE ? s->internal : s->external;

	*out = (struct oof_decision){ .verdict = oof_in_effect(s, now) };
	if (out->verdict != OOF_REPLIES)
		return;
	if (!is_served(oof_audience_within(s, policy), sender))
		out->verdict = OOF_IS_BARRED;
	else if (reply == NULL || reply->message == NULL ||
		 html_is_empty(reply->message))
		out->verdict = OOF_IS_EMPTY;
	if (out->verdict != OOF_REPLIES)
		return;
	out->reply = reply;
	out->duration = s->state == OOF_SCHEDULED ? s->duration : NULL;
}
