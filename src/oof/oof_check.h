/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What may be stored, and what becomes of it: pure. */
#include "oof/oof_wire.h"

/*
 * May these settings be stored? OOF_NO_ERROR, or what the answer
 * says, with a sentence in *why. Times are whole seconds already.
 */
enum oof_code oof_check(const struct oof_settings *in, int64_t now,
			const char **why);

/* For sites with strict_replies: a reply that is neither sent nor stored is
 * an error, as later revisions of the specification have it. */
enum oof_code oof_check_strict(const struct oof_settings *in,
			       const struct oof_stored *old, const char **why);

/* What is stored after these settings, which oof_check let pass, were sent to
 * a mailbox with that row. Shares their texts. */
void oof_merge(struct op *op, const struct oof_settings *in,
	       const struct oof_stored *old, struct oof_stored *out);
