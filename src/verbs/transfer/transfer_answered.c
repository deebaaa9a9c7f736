/* SPDX-License-Identifier: Apache-2.0 */

/* Whom a mailbox answered, as lines have it. */
#include "verbs/transfer/transfer.h"

#define INTERNAL 1 /* words of `text` */
#define EXTERNAL 2

static struct transfer_answer
answer_of(const struct answered *in)
{
	bool settled = in->state >= ANSWERED_SENT;

	return (struct transfer_answer){
		.sender = in->sender,
		.to = in->to,
		.message_id = in->message_id,
		.via = in->via,
		.reason = settled ? in->reason
				  : "on its way when it was exported",
		.period = in->period,
		.at = in->at,
		.settled = in->settled,
		.text = in->internal ? INTERNAL : EXTERNAL,
		.state = (settled ? in->state : ANSWERED_UNKNOWN) -
			 ANSWERED_SENT + 1,
	};
}

/* The store tells the newest first. */
void
transfer_answered_of(struct op *op, const struct answered_list *in,
		     struct transfer_answered *out)
{
	struct transfer_answer *answer =
		op_alloc(op, (in->n + 1) * sizeof(*answer));

	for (size_t i = 0; i < in->n; i++)
		answer[i] = answer_of(&in->row[in->n - 1 - i]);
	out->answers = (struct record_list){ in->n, answer };
}

struct answered_list
transfer_answered_list(struct op *op, const struct transfer_answered *in)
{
	const struct transfer_answer *answer = in->answers.item;
	struct answered *row = op_alloc(op, (in->answers.n + 1) * sizeof(*row));

	for (size_t i = 0; i < in->answers.n; i++)
		row[i] = (struct answered){
			.period = answer[i].period,
			.sender = answer[i].sender,
			.to = answer[i].to,
			.message_id = answer[i].message_id,
			.internal = answer[i].text == INTERNAL,
			.state = answer[i].state - 1 + ANSWERED_SENT,
			.at = answer[i].at,
			.settled = answer[i].settled,
			.via = answer[i].via,
			.reason = answer[i].reason,
		};
	return (struct answered_list){ in->answers.n, row };
}
