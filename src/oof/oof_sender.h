/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whose mail it is when its envelope sender was rewritten on the way (effect
 * E-25): SRS, by forwarders, and BATV, by the sender's own server. Pure.
 */
#include "base/op.h"

enum oof_rewriting {
	OOF_PLAIN = 1,   /* it is what it is */
	OOF_DECODED,     /* the original is in it */
	OOF_UNDECODABLE, /* it begins as one of them, and cannot be read */
};

/*
 * Of a folded address the one that was written, folded. What cannot be decoded
 * comes back as it is. The hash in it is another server's: it proves nothing
 * here, and whoever lets in more because of it looks at both addresses.
 */
enum oof_rewriting oof_sender_decode(struct op *op, const char *sender,
				     const char **out);

/*
 * Of an address: would a mail server of that domain send on what it gets for
 * it? bob%elsewhere.org@ours and elsewhere.org!bob@ours go to elsewhere.org
 * where old routes are understood, as by Postfix unless it is told otherwise.
 */
bool oof_sender_is_routed(const char *sender);
