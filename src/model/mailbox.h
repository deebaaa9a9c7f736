/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A mailbox, and who is asking. Plain data; what comes back is the op's. */
#include "base/op.h"
#include "model/oof.h"
#include "model/settings.h"

struct mailbox {
	int64_t id;           /* never used again for another mailbox */
	int64_t organization; /* a wall: nothing is seen across it */
	const char *address;  /* primary, folded to lower case */
	const char *name;     /* "" when none was given */
	const char *zone;     /* IANA name; NULL: the site's */
	const char *password; /* crypt(5) hash; NULL: may not log in */
	int64_t password_version;
	unsigned policy; /* enum oof_audience: the most that may be sent */
};

struct caller {
	const struct mailbox *mailbox; /* whom the request acts as */
	const char *login;             /* the name as verified, for the log */
	bool remembered;               /* verified a moment ago, not now */
};

/* The zone in which the mailbox lives. */
static inline const char *
mailbox_zone(const struct op *op, const struct mailbox *mailbox)
{
	return mailbox->zone != NULL ? mailbox->zone : op->settings->zone;
}
