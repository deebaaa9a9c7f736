/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who gets which automatic reply, now: pure. Everything that answers a sender,
 * or tells somebody beforehand what the answer would be, asks here.
 */
#include "model/oof.h"

/* How the sender stands to the mailbox. */
enum oof_sender {
	OOF_INSIDE = 1, /* of its own organization */
	OOF_KNOWN,      /* outside, and in its contacts */
	OOF_STRANGER,   /* outside; also where there are no contacts, R-7 */
};

enum oof_verdict {
	OOF_REPLIES = 1,
	OOF_IS_OFF,    /* Disabled, or never set */
	OOF_IS_EARLY,  /* Scheduled, and not begun */
	OOF_IS_OVER,   /* Scheduled, and ended */
	OOF_IS_BARRED, /* the audience, or the mailbox's policy, says no */
	OOF_IS_EMPTY,  /* no text for this side: R-4 */
};

struct oof_decision {
	enum oof_verdict verdict;
	/* With OOF_REPLIES; of the settings, not a copy. */
	const struct oof_reply *reply;
	const struct oof_duration *duration; /* NULL: no schedule */
};

/* Is somebody absent by these settings: OOF_REPLIES, or why not. A schedule
 * counts from its start, up to its end and not at it (2.2.2.2). */
enum oof_verdict oof_in_effect(const struct oof_settings *s, int64_t now);

/* Whom outside the settings serve within a mailbox's policy: the smaller
 * of the two, as an enum oof_audience. */
unsigned oof_audience_within(const struct oof_settings *s, unsigned policy);

/* `policy`: the mailbox's, an enum oof_audience. */
void oof_decide(const struct oof_settings *s, unsigned policy,
		enum oof_sender sender, int64_t now, struct oof_decision *out);
