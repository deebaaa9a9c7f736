/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What an SMTP server says (RFC 5321 4.2), line by line, and what that means
 * for the mail and for the connection. Pure.
 */
#include "base/op.h"

#define SMTP_LINES_MAX 128  /* of one reply */
#define SMTP_REASON_MAX 400 /* bytes of what is kept of it */

/* What it can do: the lines of its answer to EHLO. */
struct smtp_offers {
	bool starttls;
	bool auth_plain; /* RFC 4954 */
	bool size;       /* RFC 1870 */
	bool eight_bit;  /* RFC 6152 */
	bool utf8;       /* RFC 6531 */
	bool dsn;        /* RFC 3461 */
};

struct smtp_reply {
	unsigned code;                  /* 200 to 599; 0: none so far */
	unsigned lines;                 /* so far */
	bool whole;                     /* that was the last one */
	struct smtp_offers offers;      /* if it answers EHLO */
	size_t n;                       /* of: */
	char said[SMTP_REASON_MAX + 1]; /* clean UTF-8, its lines in one */
};

/* The next line, without its end, of a reply that begins as zeros. ERR_DOWN:
 * SMTP has no such line, or the reply has no end. */
enum err smtp_reply_line(struct op *op, struct bytes line,
			 struct smtp_reply *reply);

/* What is answered. */
enum smtp_step {
	SMTP_GREETING = 1,
	SMTP_EHLO,
	SMTP_STARTTLS,
	SMTP_AUTH,
	SMTP_MAIL,
	SMTP_RCPT,
	SMTP_DATA,
	SMTP_DOT, /* the end of the mail */
};

enum smtp_class {
	SMTP_GOOD = 1, /* the next step; after the dot, the mail is theirs */
	SMTP_LATER,    /* this mail may be taken later */
	SMTP_NEVER,    /* this mail is not taken */
	SMTP_AWAY,     /* no mail goes over this connection, or no more */
	SMTP_UNKNOWN,  /* after the dot alone: it may be theirs, or not */
};

enum smtp_class smtp_reply_class(enum smtp_step step, unsigned code);
