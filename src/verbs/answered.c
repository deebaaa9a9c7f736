/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/answered.h"
#include "cli/out.h"
#include "cli/words.h"

static const char *const words[] = {
	[ANSWERED_WAITING] = "waiting", [ANSWERED_SENDING] = "sending",
	[ANSWERED_SENT] = "sent",       [ANSWERED_FAILED] = "failed",
	[ANSWERED_UNKNOWN] = "unknown",
};

const char *
answered_word(unsigned state)
{
	return state < COUNT(words) ? words[state] : NULL;
}

json_t *
answered_json(struct op *op, const struct answered *row)
{
	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "when",
			 words_time(op, row->at), "sender",
			 out_text(row->sender), "to", out_text(row->to), "text",
			 out_text(row->internal ? "internal" : "external"),
			 "state", out_text(answered_word(row->state)), "since",
			 words_time(op, row->settled), "via",
			 out_text(row->via), "message_id",
			 out_text(row->message_id), "reason",
			 out_text(row->reason));
}
