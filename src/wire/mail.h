/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The header of a mail (RFC 5322), as somebody sent it: nothing of it is
 * believed to be right, and everything is bounded. What is broken is passed
 * over, never guessed at.
 */
#include "base/op.h"

#define MAIL_FIELDS_MAX 1000        /* of one mail */
#define MAIL_HEADER_MAX (256 * KIB) /* bytes of all of them */
#define MAIL_NAME_MAX 100           /* bytes of a field's name */

struct mail_field {
	const char *name;  /* as written */
	const char *value; /* unfolded, without white space around it; UTF-8 */
};

struct mail_header {
	size_t n;
	const struct mail_field *field;
	bool cut; /* it has more than we read */
};

/* The header of a whole message, or of its beginning; lines end in CRLF or LF,
 * and a first line of a mailbox file ("From ...") is none of it. */
void mail_read(struct op *op, struct bytes message, struct mail_header *out);

/* One field's value, folded or not, with any bytes in it. */
const char *mail_value(struct op *op, struct bytes raw);

/* The next field of that name (in any case) from *at on, which starts at 0;
 * NULL: there is no other. */
const char *mail_next(const struct mail_header *header, const char *name,
		      size_t *at);
/* The first one. */
const char *mail_find(const struct mail_header *header, const char *name);

/* ---- what stands in a field ---- */

/* The value with its comments, nested as they may be, made spaces. */
const char *mail_bare(struct op *op, const char *value);

/* The word that a value begins with, in lower case, behind comments, and up to
 * white space, a comment, or any of ;,= -- "" when there is none. */
const char *mail_word(struct op *op, const char *value);

/* The value of a parameter behind a ; of a value, without its quotes; NULL:
 * there is none of that name. */
const char *mail_parameter(struct op *op, const char *value, const char *name);

/*
 * The addresses of a list, one after the other: *rest begins at what mail_bare
 * gave. Of groups their members, of names in front nothing, of routes nothing;
 * folded (idn_fold), a local part without its quotes. What is no address is
 * passed over. NULL: that was the last one.
 */
const char *mail_address(struct op *op, const char **rest);

/* The next <message@id> of a value, with its brackets, *rest as above; NULL:
 * there is no other. One of over MAIL_ID_MAX bytes is none. */
#define MAIL_ID_MAX 250 /* bytes */
const char *mail_id(struct op *op, const char **rest);
