/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What becomes of a reply in the outbox, by what the server said of it. Pure.
 */
#include "model/answered.h"
#include "model/store.h"
#include "wire/smtp_reply.h"

#define FATE_REASON_MAX (SMTP_REASON_MAX + 100) /* bytes */

struct fate {
	int64_t id;
	enum answered_state state; /* ANSWERED_WAITING: again, ... */
	int64_t due;               /* ... then */
	char reason[FATE_REASON_MAX + 1];
};

/* Waiting times: doubling, and the last quarter of each by chance, so that not
 * all come back at once. */
struct patience {
	unsigned min_s, max_s;
};
unsigned patience_s(const struct patience *p, unsigned tries, uint32_t chance);

extern const struct patience fate_mail;   /* of a mail that was put off */
extern const struct patience fate_server; /* of a server that takes nothing */

/* Nobody wants it any more: it is not even tried. */
bool fate_is_late(const struct outbox_mail *mail, unsigned give_up_h,
		  int64_t now);

/* wait_s: if it is to be tried again. The op's clock and outbox_give_up_h
 * decide whether it is. */
void fate_make(struct op *op, const struct outbox_mail *mail,
	       enum smtp_class class, const char *reason, unsigned wait_s,
	       struct fate *out);
