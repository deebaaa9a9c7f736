/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An outbox for tests that are not in C, beside whoever sends from it:
 *   DATA fill ADDRESS N DOMAIN AGE_S BYTES   N replies, to s1@DOMAIN and so on,
 *                                            of so much text and some more
 *   DATA list ADDRESS                        a line for each, the newest first
 *   DATA hasten                              what is put off is due at once
 */
#include "base/buf.h"
#include "model/answered.h"
#include "model/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 60000
#define MOST 10000
#define FAR INT64_C(4000000000) /* behind everything that is due */

static enum err
mailbox_id(struct store *store, struct op *op, const char *address,
	   int64_t *out)
{
	const struct mailbox *mailbox;

	TRY(store_mailbox_find(store, op, address, &mailbox));
	*out = mailbox->id;
	return OK;
}

/* One reply as a milter would lay it there. */
static enum err
reply_add(struct store *store, struct op *op, int64_t mailbox, const char *to,
	  const char *filling)
{
	const struct answered_limits limits = { MOST, MOST };
	const char *id = op_print(op, "<%s>", to);
	struct answered answered = { .mailbox = mailbox,
				     .period = 1,
				     .sender = to,
				     .to = to,
				     .message_id = id,
				     .state = ANSWERED_WAITING,
				     .at = op->now,
				     .settled = op->now,
				     .via = "driver",
				     .reason = "" };
	const char *text = op_print(op,
				    "Message-ID: %s\r\nTo: %s\r\n"
				    "Auto-Submitted: auto-replied\r\n\r\n"
				    "I am away.\r\n.\r\n..dots\r\n%s",
				    id, to, filling);
	struct outbox_mail mail = { .mailbox = mailbox,
				    .from = "",
				    .to = to,
				    .mail = bytes_of(text),
				    .due = op->now,
				    .at = op->now };

	for (const char *c = to; *c != '\0'; c++)
		mail.utf8 = mail.utf8 || (unsigned char)*c > 0x7f;
	return store_answered_begin(store, op, &answered, &mail, &limits);
}

static const char *
lines_of(struct op *op, size_t n)
{
	static const char line[] = "And so on, for a long time.\r\n";
	struct buf buf;

	buf_init(&buf, op, n + sizeof(line), n + sizeof(line));
	while (buf.n < n)
		buf_puts(&buf, line);
	return buf_text(&buf);
}

static enum err
fill(struct store *store, struct op *op, char **words)
{
	const char *filling = lines_of(op, strtoul(words[4], NULL, 10));
	int64_t mailbox;

	TRY(mailbox_id(store, op, words[0], &mailbox));
	op->now -= strtol(words[3], NULL, 10);
	for (long n = 1; n <= strtol(words[1], NULL, 10); n++)
		TRY(reply_add(store, op, mailbox,
			      op_print(op, "s%ld@%s", n, words[2]), filling));
	return OK;
}

static enum err
list(struct store *store, struct op *op, char **words)
{
	static const char *const names[] = {
		[ANSWERED_WAITING] = "waiting", [ANSWERED_SENDING] = "sending",
		[ANSWERED_SENT] = "sent",       [ANSWERED_FAILED] = "failed",
		[ANSWERED_UNKNOWN] = "unknown",
	};
	struct answered_list answers;
	int64_t mailbox;

	TRY(mailbox_id(store, op, words[0], &mailbox));
	TRY(store_answered_list(store, op, mailbox, 0, MOST, &answers));
	for (size_t i = 0; i < answers.n; i++)
		printf("%s\t%s\t%s\n", answers.row[i].to,
		       names[answers.row[i].state], answers.row[i].reason);
	return OK;
}

static enum err
hasten(struct store *store, struct op *op, char **words)
{
	struct outbox_list waiting;
	int64_t now = op->now;

	(void)words;
	op->now = FAR;
	TRY(store_outbox_due(store, op, MOST, &waiting));
	op->now = now;
	for (size_t i = 0; i < waiting.n; i++)
		TRY(store_outbox_later(store, op, waiting.mail[i].id, now,
				       "hastened"));
	return OK;
}

static const struct {
	const char *word;
	int words;
	enum err (*run)(struct store *store, struct op *op, char **words);
} verbs[] = {
	{ "fill", 5, fill },
	{ "list", 1, list },
	{ "hasten", 0, hasten },
};

int
main(int argc, char **argv)
{
	struct arena *arena = arena_open(0);
	struct store_options options = { 0 };
	struct store *store = NULL;
	enum err err = ERR_INVALID;
	struct op op;

	op_init(&op, arena, NULL, TIMEOUT_MS);
	op.may_wait = true;
	if (argc < 3)
		return 2;
	options.dir = argv[1];
	for (size_t i = 0; i < COUNT(verbs); i++) {
		if (strcmp(argv[2], verbs[i].word) != 0 ||
		    argc < 3 + verbs[i].words)
			continue;
		err = store_open(&op, &options, &store);
		if (err == OK)
			err = verbs[i].run(store, &op, argv + 3);
	}
	if (err != OK)
		(void)fprintf(stderr, "%s: %s\n", err_name(err),
			      op.reason == NULL ? "usage" : op.reason);
	store_close(store);
	arena_close(arena);
	return err == OK ? 0 : 1;
}
