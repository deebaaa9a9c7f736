/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/smtp_reply.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define CODE_SIZE 3 /* digits */
#define CODE_MIN 200
#define CODE_MAX 599

/* ---- offers ---- */

#define OFFER(m) offsetof(struct smtp_offers, m)
static const struct {
	const char *keyword;
	const char *word; /* that has to be among its parameters; NULL: any */
	size_t member;
} offers[] = {
	/* clang-format off */
	{ "STARTTLS", NULL,    OFFER(starttls) },
	{ "AUTH",     "PLAIN", OFFER(auth_plain) },
	{ "SIZE",     NULL,    OFFER(size) },
	{ "8BITMIME", NULL,    OFFER(eight_bit) },
	{ "SMTPUTF8", NULL,    OFFER(utf8) },
	{ "DSN",      NULL,    OFFER(dsn) },
	/* clang-format on */
};

/* The next word of a text without NUL; its n 0: there is none. */
static struct bytes
word_next(struct bytes *rest)
{
	struct bytes word;

	while (rest->n > 0 && (*rest->p == ' ' || *rest->p == '\t')) {
		rest->p++;
		rest->n--;
	}
	word = (struct bytes){ rest->p, 0 };
	while (word.n < rest->n && word.p[word.n] != ' ' &&
	       word.p[word.n] != '\t')
		word.n++;
	*rest = (struct bytes){ rest->p + word.n, rest->n - word.n };
	return word;
}

static bool
word_is(struct bytes word, const char *text)
{
	if (word.n != strlen(text))
		return false;
	for (size_t i = 0; i < word.n; i++) {
		if (text_lower((char)word.p[i]) != text_lower(text[i]))
			return false;
	}
	return true;
}

static bool
has_word(struct bytes rest, const char *text)
{
	for (;;) {
		struct bytes word = word_next(&rest);

		if (word.n == 0)
			return false;
		if (word_is(word, text))
			return true;
	}
}

static void
offer_add(struct bytes line, struct smtp_offers *out)
{
	struct bytes keyword = word_next(&line);

	for (size_t i = 0; i < COUNT(offers); i++) {
		if (!word_is(keyword, offers[i].keyword) ||
		    (offers[i].word != NULL && !has_word(line, offers[i].word)))
			continue;
		memcpy((char *)out + offers[i].member, &(bool){ true },
		       sizeof(bool));
	}
}

/* ---- lines ---- */

/* Behind what was said so far, as much of it as there is room for: nothing in
 * it may look like something else in a log, or not be text. */
static void
said_add(struct op *op, struct bytes text, struct smtp_reply *r)
{
	bool utf8 = text_utf8(text);
	const char *head;
	char *clean;
	size_t n;

	if (r->n == SMTP_REASON_MAX || text.n == 0)
		return;
	clean = op_text(op, (const char *)text.p, text.n);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < ' ' || text.p[i] == 0x7f)
			clean[i] = ' ';
		else if (!utf8 && text.p[i] > 0x7f)
			clean[i] = '?';
	}
	if (r->n > 0)
		r->said[r->n++] = ' ';
	head = text_head(op, clean, SMTP_REASON_MAX - r->n);
	n = strlen(head);
	memcpy(r->said + r->n, head, n + 1);
	r->n += n;
}

static bool
code_read(struct bytes line, unsigned *out)
{
	*out = 0;
	if (line.n < CODE_SIZE)
		return false;
	for (size_t i = 0; i < CODE_SIZE; i++) {
		if (line.p[i] < '0' || line.p[i] > '9')
			return false;
		*out = *out * 10 + (unsigned)(line.p[i] - '0');
	}
	return *out >= CODE_MIN && *out <= CODE_MAX;
}

enum err
smtp_reply_line(struct op *op, struct bytes line, struct smtp_reply *r)
{
	bool more = line.n > CODE_SIZE && line.p[CODE_SIZE] == '-';
	struct bytes text;
	unsigned code;

	if (!code_read(line, &code) ||
	    (line.n > CODE_SIZE && !more && line.p[CODE_SIZE] != ' ') ||
	    (r->lines > 0 && code != r->code))
		return FAIL(op, ERR_DOWN, "the server's answer is not SMTP's");
	if (r->lines == SMTP_LINES_MAX)
		return FAIL(op, ERR_DOWN, "the server's answer has no end");
	text = line.n > CODE_SIZE ? (struct bytes){ line.p + CODE_SIZE + 1,
						    line.n - CODE_SIZE - 1 }
				  : (struct bytes){ line.p, 0 };
	if (r->lines == 0)
		said_add(op, (struct bytes){ line.p, CODE_SIZE }, r);
	else
		offer_add(text, &r->offers);
	said_add(op, text, r);
	r->code = code;
	r->lines++;
	r->whole = !more;
	return OK;
}

/* ---- what it means ---- */

/* From the top; the first that fits counts. */
static const struct {
	unsigned first_step, last_step; /* enum smtp_step */
	unsigned from, to;              /* codes */
	enum smtp_class class;
} classes[] = {
	/* clang-format off */
	{ SMTP_GREETING, SMTP_GREETING, 220, 220, SMTP_GOOD },
	{ SMTP_EHLO,     SMTP_EHLO,     250, 250, SMTP_GOOD },
	{ SMTP_STARTTLS, SMTP_STARTTLS, 220, 220, SMTP_GOOD },
	{ SMTP_AUTH,     SMTP_AUTH,     235, 235, SMTP_GOOD },
	{ SMTP_GREETING, SMTP_AUTH,     200, 599, SMTP_AWAY },
	{ SMTP_MAIL,     SMTP_MAIL,     250, 250, SMTP_GOOD },
	{ SMTP_RCPT,     SMTP_RCPT,     250, 252, SMTP_GOOD },
	{ SMTP_DATA,     SMTP_DATA,     354, 354, SMTP_GOOD },
	{ SMTP_DOT,      SMTP_DOT,      200, 299, SMTP_GOOD },
	/* it shuts down (RFC 5321 3.8); an administrator has to act (RFC 4954
	 * 6, RFC 3207 4), and that is no fault of the mail */
	{ SMTP_MAIL,     SMTP_DOT,      421, 421, SMTP_AWAY },
	{ SMTP_MAIL,     SMTP_DATA,     530, 530, SMTP_AWAY },
	{ SMTP_MAIL,     SMTP_DATA,     534, 535, SMTP_AWAY },
	{ SMTP_MAIL,     SMTP_DATA,     538, 538, SMTP_AWAY },
	{ SMTP_MAIL,     SMTP_DOT,      400, 499, SMTP_LATER },
	{ SMTP_MAIL,     SMTP_DOT,      500, 599, SMTP_NEVER },
	{ SMTP_MAIL,     SMTP_DATA,     200, 399, SMTP_AWAY },
	{ SMTP_DOT,      SMTP_DOT,      300, 399, SMTP_UNKNOWN },
	/* clang-format on */
};

enum smtp_class
smtp_reply_class(enum smtp_step step, unsigned code)
{
	for (size_t i = 0; i < COUNT(classes); i++) {
		if (step >= classes[i].first_step &&
		    step <= classes[i].last_step && code >= classes[i].from &&
		    code <= classes[i].to)
			return classes[i].class;
	}
	return step == SMTP_DOT ? SMTP_UNKNOWN : SMTP_AWAY;
}
