/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A script while it is written; private to sieve/. Nobody's text gets into it
 * but through draft_quote and its sisters, or as base64.
 */
#include "base/buf.h"
#include "sieve/sieve.h"

/* What every script of ours needs, and what it has where it is offered. */
#define SIEVE_NEEDS_DATE "date"
#define SIEVE_NEEDS_DUPLICATE "duplicate"
#define SIEVE_NEEDS_OCTETS "encoded-character"

struct draft {
	struct op *op;
	const struct sieve_wish *in;
	struct buf out; /* lines end in LF, until the end */

	/* what is in it */
	const struct oof_reply *internal, *external; /* NULL: nobody gets it */
	const struct oof_duration *schedule;         /* NULL: always */
	bool known;         /* external is for contacts alone */
	bool plain;         /* with a part for who reads no HTML */
	bool duplicate;     /* the server has that test */
	bool octets;        /* ... and strings of bytes that are no text */
	const char *period; /* a name for the absence: of letters that need no
			       quotes */
	const char *own;    /* the list of own addresses, as it is written */
};

/* ---- text ---- */

/* A dollar in front of a brace would begin a variable: this one holds it. */
#define DRAFT_DOLLAR "${d}"

/* The script's own words. */
void draft_puts(struct draft *d, const char *script);
void draft_printf(struct draft *d, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Somebody's text inside of a quoted string, so that it is nothing but that;
 * draft_glob: for :matches, too. */
void draft_text(struct draft *d, const char *text, size_t n);
void draft_glob(struct draft *d, const char *text, size_t n);

/* A whole quoted string. */
void draft_quote(struct draft *d, const char *text);

/* ["a", "b"], of at least one. */
void draft_list(struct draft *d, const char *const *text, size_t n);

/* ---- parts, in their order ---- */

/* The list of own addresses and how they may be tagged: E-4, E-6. */
enum err draft_own(struct draft *d);

/* Conditions on the sender that a mail has to meet at all: E-5. */
void draft_sender_tests(struct draft *d);

/* Who wrote: sets ${raw}, ${sender}, ${domain}, ${rawdomain}, ${how} (plain,
 * decoded or lost): E-25. Then to whom: sets ${own}, "" when to nobody of
 * ours: E-4, E-31. */
void draft_sender(struct draft *d);
void draft_recipient(struct draft *d);

/* An `if` whose branches do nothing, for mails that are not answered, up to
 * where its `else` comes: E-4 to E-16. */
void draft_guards(struct draft *d);

/* What is sent, to whom: E-20 to E-24, E-2, E-30 to E-36. */
enum err draft_replies(struct draft *d);

/* ---- regular expressions ---- */

/* Two that come often are variables, set at the script's beginning:
 * draft_expressions. A whole address, as text_is_address has it, in ASCII; and
 * what may stand in front of a value's first word, the value's begin. */
#define RE_ADDRESS "${a}"
#define RE_FRONT "${w}"
void draft_expressions(struct draft *d);
