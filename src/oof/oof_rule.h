/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the rules share with each other; private to oof_guard.c, and to
 * oof_header.c, which has those about the mail's header. */
#include "oof/oof_guard.h"
#include "oof/oof_sender.h"

#define NOTE_MAX 100 /* bytes of somebody's text in a note */

struct oof_guard {
	const struct oof_arrival *in;
	struct oof_answer *out;
	const char *raw;    /* the envelope's sender, folded */
	const char *sender; /* the same, decoded */
	enum oof_rewriting rewriting;
	enum oof_side side; /* of the decoded one */
};

/* A rule's run returns one of these, so that each reads as a sentence. */
enum err rule_says(struct op *op, struct oof_told *out,
		   enum oof_outcome outcome, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
enum err rule_passes(struct oof_told *out);

/* Of somebody's text what a note may hold. */
const char *rule_quote(struct op *op, const char *text);

/* Is the folded address one of the mailbox's, with a tag or without? */
bool rule_is_own(struct op *op, const struct oof_arrival *in,
		 const char *address);

/* oof_header.c */
typedef enum err rule_run(struct oof_guard *g, struct op *op,
			  struct oof_told *out);
rule_run rule_limit, rule_addressed, rule_group, rule_list, rule_auto_submitted,
	rule_precedence, rule_suppress, rule_spam, rule_report,
	rule_external_proved;
