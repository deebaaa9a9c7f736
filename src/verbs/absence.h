/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An absence as the command line tells and changes it. */
#include "model/delivery.h"

#include <jansson.h>

/* What `oof show --json` gives. */
json_t *absence_json(struct op *op, const struct mailbox *mailbox,
		     const struct oof_stored *stored,
		     const struct effect *effect);

/* "in_force", of an enum effect_status. */
const char *absence_effect_name(unsigned status);

/* Is it in force at that moment? At its end it is over. */
bool absence_is_now(const struct oof_settings *settings, int64_t now);

/* Will it be, within so many seconds? */
bool absence_is_soon(const struct oof_settings *settings, int64_t now,
		     int64_t within_s);

/* What is asked for; NULL and 0: as it is. */
struct absence_wish {
	unsigned state;    /* enum oof_state */
	unsigned audience; /* enum oof_audience; never set: all */
	const struct oof_duration *duration;
	const char *internal, *external; /* texts */
	const char *lang;                /* of these texts */
};

/*
 * An oof_change (model/store.h) whose arg is a struct absence_wish: with the
 * checks and the merge that a Set by SOAP goes through.
 */
enum err absence_change(struct op *op, const struct oof_stored *old, void *arg,
			struct oof_stored *out);

/* A language tag, as a Set by SOAP takes it, but not "". */
bool absence_is_lang(const char *text);
