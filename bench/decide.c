/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many mails a second oof_guard decides about, on one processor: decide
 * SECONDS prints a line for each kind of mail: its name, the rule that
 * decided, decisions a second, and those with the header read each time. The
 * world is in memory: what a store costs is another row's.
 */
#include "oof/oof_guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1795348800)
#define AT_A_TIME 100 /* decisions between two looks at the clock */
#define TIMEOUT_MS 60000

#define TRACE                                                                  \
	"Return-Path: <bob@outside.example>\r\n"                               \
	"Received: from mx.outside.example (mx.outside.example "               \
	"[192.0.2.25])\r\n\tby mail.example.com (Postfix) with ESMTPS id "     \
	"4C5D5AC6463\r\n\tfor <ada@example.com>; Sun, 22 Nov 2026 11:12:45 "   \
	"+0000 (UTC)\r\n"                                                      \
	"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; "               \
	"d=outside.example;\r\n\ts=mail; t=1795348800; h=from:to:subject; "    \
	"bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n\tb=dzdVyOfAKC"   \
	"dLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR\r\n"           \
	"Authentication-Results: mail.example.com; spf=pass "                  \
	"smtp.mailfrom=bob@outside.example;\r\n\tdkim=pass\r\n"                \
	"X-Spam-Status: No, score=-1.9\r\n"                                    \
	"Message-ID: <a1b2c3d4@outside.example>\r\n"                           \
	"Date: Sun, 22 Nov 2026 12:12:44 +0100\r\n"                            \
	"MIME-Version: 1.0\r\n"                                                \
	"Content-Type: multipart/alternative; boundary=\"x\"\r\n"              \
	"Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_dem_B=C3=BCro?=\r\n"           \
	"From: Bob Example <bob@outside.example>\r\n"

static const struct {
	const char *name, *header;
} mails[] = {
	{ "an ordinary mail", TRACE
	  "To: Grace <grace@example.com>, Ada <ada@example.com>\r\n\r\n" },
	{ "a mail of a list",
	  TRACE "To: The list <list@lists.example>\r\n"
		"List-Id: The list <list.lists.example>\r\n"
		"List-Unsubscribe: <https://lists.example/leave>\r\n"
		"List-Post: <mailto:list@lists.example>\r\n"
		"Precedence: list\r\n\r\n" },
};

/* ---- the world ---- */

static enum err
side(struct oof_asks *asks, struct op *op, const char *domain,
     enum oof_side *out)
{
	(void)asks;
	(void)op;
	*out = strcmp(domain, "example.com") == 0 ? OOF_SIDE_OWN
						  : OOF_SIDE_OUTSIDE;
	return OK;
}

static enum err
contact(struct oof_asks *asks, struct op *op, const char *address)
{
	(void)asks;
	(void)op;
	return strcmp(address, "bob@outside.example") == 0 ? OK : ERR_NOT_FOUND;
}

static enum err
answered(struct oof_asks *asks, struct op *op, const char *sender,
	 int64_t period)
{
	(void)asks;
	(void)op;
	(void)sender;
	(void)period;
	return ERR_NOT_FOUND;
}

static enum err
brake(struct oof_asks *asks, struct op *op)
{
	(void)asks;
	(void)op;
	return OK;
}

/* ---- deciding ---- */

static struct oof_arrival
arrival_of(const struct mail_header *header)
{
	static const struct oof_asks_ops ops = { side, contact, answered,
						 brake };
	static struct oof_asks asks = { .ops = &ops, .remembers = true };
	static struct oof_duration away = { .start = NOW - 1000,
					    .end = NOW + 1000 };
	static struct oof_reply reply = { "I am away.", "en" };
	static const char *const aliases[] = { "countess@example.com",
					       "ada.lovelace@example.com" };
	static const struct mailbox mailbox = { .id = 1,
						.organization = 1,
						.address = "ada@example.com",
						.name = "Ada",
						.policy = AUDIENCE_ALL };
	static const struct oof_stored stored = {
		.settings = { .state = OOF_SCHEDULED,
			      .audience = AUDIENCE_KNOWN,
			      .duration = &away,
			      .internal = &reply,
			      .external = &reply },
		.version = 1,
		.period = 1,
	};
	static const struct oof_options options = { .delimiters = "+" };

	return (struct oof_arrival){ .mailbox = &mailbox,
				     .stored = &stored,
				     .aliases_n = COUNT(aliases),
				     .alias = aliases,
				     .sender = "bob@outside.example",
				     .recipient = "ada@example.com",
				     .header = header,
				     .options = &options,
				     .asks = &asks };
}

static const char *
decide(struct op *op, const struct mail_header *header)
{
	struct oof_arrival arrival = arrival_of(header);
	struct oof_answer answer;

	if (oof_guard(op, &arrival, &answer) != OK)
		exit(1);
	return answer.replies ? "a reply" : answer.rule->number;
}

/* Decisions a second; with the header read each time, or once. */
static double
rate(struct arena *arena, const char *mail, bool read, double seconds)
{
	struct arena *once = arena_open(0);
	int64_t began_us = op_clock_us(), took_us = 0;
	struct mail_header header;
	double n = 0;
	struct op op;

	op_init(&op, once, NULL, TIMEOUT_MS);
	mail_read(&op, bytes_of(mail), &header);
	while ((double)took_us < seconds * 1e6) {
		for (int i = 0; i < AT_A_TIME; i++) {
			struct mail_header own = header;

			arena_reset(arena);
			op_init(&op, arena, NULL, TIMEOUT_MS);
			op.now = NOW;
			if (read)
				mail_read(&op, bytes_of(mail), &own);
			(void)decide(&op, &own);
		}
		n += AT_A_TIME;
		took_us = op_clock_us() - began_us;
	}
	arena_close(once);
	return n / ((double)took_us / 1e6);
}

int
main(int argc, char **argv)
{
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 1;
	struct arena *arena = arena_open(64 * KIB);

	for (size_t i = 0; i < COUNT(mails); i++) {
		struct mail_header header;
		const char *decided; /* in no op's memory */
		struct op op;

		op_init(&op, arena, NULL, TIMEOUT_MS);
		op.now = NOW;
		mail_read(&op, bytes_of(mails[i].header), &header);
		decided = decide(&op, &header);
		printf("%s\t%s\t%.0f\t%.0f\n", mails[i].name, decided,
		       rate(arena, mails[i].header, false, seconds),
		       rate(arena, mails[i].header, true, seconds));
	}
	arena_close(arena);
	return 0;
}
