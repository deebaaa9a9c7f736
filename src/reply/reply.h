/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What an automatic reply looks like (effect E-30 to E-37): from what was
 * decided to the bytes of a mail. Pure: the same input makes the same bytes.
 * The text that is stored stays what it is; what is sent is sanitised.
 */
#include "base/op.h"
#include "wire/mail.h"

#define REPLY_NAME_MAX 255 /* bytes of the person's name; the rest is cut */
#define REPLY_REFERENCES_MAX                                                   \
	20                  /* ids of earlier mails; the first one stays       \
			     */
#define REPLY_UNIQUE_MAX 64 /* bytes */

struct reply_wish {
	const char *text; /* as stored: HTML or not */
	const char *lang; /* xml:lang; "" or NULL: none */
	const char *name; /* the person's; "": none */
	const char *from; /* the own address that was written to */
	const char *to;   /* the sender of the envelope */
	const struct mail_header *header; /* of the mail that is answered */
	const char *const *subjects; /* the site's templates; see subject.h */
	int64_t now;
	const char *unique; /* letters and digits that no other reply has */
};

struct reply {
	struct bytes mail; /* lines end in CRLF */
	const char *subject, *plain, *html;
	const char *message_id; /* without its brackets */
	bool utf8;              /* an address needs SMTPUTF8 (RFC 6531) */
};

/* The NOTIFY that is asked for where DSN is offered: nobody wants to hear that
 * a reply did not arrive. */
#define REPLY_NOTIFY "NEVER"

/* ERR_INVALID: an address of it is none, or `unique` is not what it has to be;
 * ERR_LIMIT: the text is longer than one that can be stored. */
enum err reply_write(struct op *op, const struct reply_wish *in,
		     struct reply *out);

/*
 * The text alone, for a server that writes the rest of the header by itself: a
 * MIME entity, its own Content- fields first; lines end in LF. Of `in` text,
 * lang and unique count. plain: with a part for who reads no HTML. Errors as
 * above.
 */
enum err reply_entity(struct op *op, const struct reply_wish *in, bool plain,
		      struct bytes *out);

/* The person's name as it stands in front of an <address>: in ASCII, with
 * quotes or encoded (RFC 2047) where it needs that; "": there is none. */
const char *reply_phrase(struct op *op, const char *name);
