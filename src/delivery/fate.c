/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery/fate.h"

#include "base/text.h"
#include "model/settings.h"

#include <string.h>

#define HOUR_S 3600
/* One try is at the very end of its time: so long it may take to begin. */
#define GRACE_S 120

const struct patience fate_mail = { .min_s = 30, .max_s = 3600 };
const struct patience fate_server = { .min_s = 1, .max_s = 60 };

unsigned
patience_s(const struct patience *p, unsigned tries, uint32_t chance)
{
	unsigned s = p->min_s;

	for (; tries > 0 && s < p->max_s; tries--)
		s *= 2;
	if (s > p->max_s)
		s = p->max_s;
	return s - chance % (s / 4 + 1);
}

static int64_t
last_try(const struct outbox_mail *mail, unsigned give_up_h)
{
	return mail->at + (int64_t)give_up_h * HOUR_S;
}

bool
fate_is_late(const struct outbox_mail *mail, unsigned give_up_h, int64_t now)
{
	return now > last_try(mail, give_up_h) + GRACE_S;
}

/* By the class. */
static const enum answered_state states[] = {
	[SMTP_GOOD] = ANSWERED_SENT,       [SMTP_LATER] = ANSWERED_WAITING,
	[SMTP_NEVER] = ANSWERED_FAILED,    [SMTP_AWAY] = ANSWERED_WAITING,
	[SMTP_UNKNOWN] = ANSWERED_UNKNOWN,
};

void
fate_make(struct op *op, const struct outbox_mail *mail, enum smtp_class class,
	  const char *reason, unsigned wait_s, struct fate *out)
{
	unsigned give_up_h = op->settings->outbox_give_up_h;
	int64_t last = last_try(mail, give_up_h);

	*out = (struct fate){ .id = mail->id, .state = states[class] };
	out->due = op->now + wait_s < last ? op->now + wait_s : last;
	if (out->state == ANSWERED_WAITING && op->now >= last) {
		out->state = ANSWERED_FAILED;
		reason = op_print(op, "given up after %u h: %s", give_up_h,
				  reason);
	}
	reason = text_head(op, reason, FATE_REASON_MAX);
	memcpy(out->reason, reason, strlen(reason) + 1);
}
