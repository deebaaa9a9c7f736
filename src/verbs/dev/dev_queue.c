/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/dev/dev_queue.h"

#include "base/text.h"
#include "desk/dev_fault.h"

#include <stdlib.h>
#include <string.h>

#define EVERY_MAX 1000000

const char *
dev_queue_put(struct dev_queue *q, struct op *op, const char *word)
{
	struct dev_fault fault;
	char *copy;

	if (*word == '\0')
		return NULL;
	if (dev_fault_read(op, word, &fault) != OK)
		return op->reason;
	if (q->n == DEV_QUEUE_MAX)
		return "too many faults wait already";
	copy = strdup(word);
	if (copy == NULL)
		abort();
	q->word[(q->first + q->n++) % DEV_QUEUE_MAX] = copy;
	return NULL;
}

enum err
dev_queue_every(struct dev_queue *q, struct op *op, const char *word)
{
	const char *colon = strchr(word, ':');
	struct dev_fault fault;

	q->every = 1;
	if (colon != NULL &&
	    text_number(op_text(op, word, (size_t)(colon - word)), 1, EVERY_MAX,
			&q->every))
		word = colon + 1;
	TRY(dev_fault_read(op, word, &fault));
	if (fault.kind == DEV_NONE)
		return FAIL(op, ERR_INVALID, "--fault-every: name a fault");
	q->every_word = word;
	return OK;
}

const char *
dev_queue_next(struct dev_queue *q, struct op *op)
{
	const char *word;

	q->asked++;
	if (q->n > 0) {
		word = op_dup(op, q->word[q->first]);
		free(q->word[q->first]);
		q->first = (q->first + 1) % DEV_QUEUE_MAX;
		q->n--;
		return word;
	}
	if (q->every_word != NULL && q->asked % q->every == 0)
		return q->every_word;
	return "";
}

void
dev_queue_done(struct dev_queue *q)
{
	while (q->n > 0)
		free(q->word[(q->first + --q->n) % DEV_QUEUE_MAX]);
}
