/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/smtp.h"

#include "base/buf.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define COMMAND_MAX 2048 /* bytes of a line that we send */
#define QUIT_MS 1000     /* for the last answer, which changes nothing */
#define US_PER_MS 1000

struct smtp {
	struct line_link *link;
	unsigned timeout_ms;
	bool begun; /* something of a mail was said: RSET before the next */
	struct smtp_offers offers;
};

/* ---- commands and answers ---- */

/* What follows has so long, and not longer than the op; gives back until when
 * that was. A step's answer has one limit, however many lines come. */
static int64_t
hurry(struct op *op, unsigned ms)
{
	int64_t before_us = op->deadline_us;
	int64_t until_us = op_clock_us() + (int64_t)ms * US_PER_MS;

	if (until_us < op->deadline_us)
		op->deadline_us = until_us;
	return before_us;
}

static enum err
reply_read(struct op *op, struct smtp *s, struct smtp_reply *out)
{
	struct bytes line;

	*out = (struct smtp_reply){ 0 };
	while (!out->whole) {
		TRY(line_link_line(op, s->link, &line));
		TRY(smtp_reply_line(op, line, out));
	}
	return OK;
}

/* command NULL: only listens. */
static enum err
ask(struct op *op, struct smtp *s, const char *command, struct smtp_reply *out)
{
	int64_t deadline_us = hurry(op, s->timeout_ms);
	enum err err = OK;

	if (command != NULL)
		err = line_link_send(op, s->link, bytes_of(command));
	if (err == OK)
		err = reply_read(op, s, out);
	op->deadline_us = deadline_us;
	return err;
}

/* ---- a connection ---- */

/* A step before the first mail: it goes well, or there is no connection. */
static enum err
need(struct op *op, struct smtp *s, enum smtp_step is, const char *command,
     struct smtp_reply *out)
{
	TRY(ask(op, s, command, out));
	if (smtp_reply_class(is, out->code) == SMTP_GOOD)
		return OK;
	return FAIL(op, is == SMTP_AUTH ? ERR_DENIED : ERR_DOWN, "%s",
		    out->said);
}

static enum err
greet(struct op *op, struct smtp *s, const char *name)
{
	struct smtp_reply reply;

	TRY(need(op, s, SMTP_EHLO, op_print(op, "EHLO %s\r\n", name), &reply));
	s->offers = reply.offers;
	return OK;
}

/* What it offered in clear is forgotten (RFC 3207 4.2). */
static enum err
secure(struct op *op, struct smtp *s, const struct smtp_place *place)
{
	struct smtp_reply reply;
	int64_t deadline_us;
	enum err err;

	if (!s->offers.starttls)
		return FAIL(op, ERR_DENIED, "%s does not offer STARTTLS",
			    place->server);
	TRY(need(op, s, SMTP_STARTTLS, "STARTTLS\r\n", &reply));
	deadline_us = hurry(op, s->timeout_ms);
	err = line_link_tls(op, s->link);
	op->deadline_us = deadline_us;
	TRY(err);
	return greet(op, s, place->name);
}

static enum err
sign_in(struct op *op, struct smtp *s, const struct smtp_place *place)
{
	size_t user = strlen(place->user), password = strlen(place->password);
	size_t n = user + password + 2;
	char *plain = op_alloc(op, n + 1); /* RFC 4616: NUL, user, NUL, it */
	struct smtp_reply reply;

	if (!line_link_is_tls(s->link) && !line_link_is_here(s->link))
		return FAIL(op, ERR_DENIED,
			    "%s is another machine: it gets no password "
			    "without STARTTLS",
			    place->server);
	if (!s->offers.auth_plain)
		return FAIL(op, ERR_DENIED, "%s does not offer AUTH PLAIN",
			    place->server);
	memcpy(plain + 1, place->user, user);
	memcpy(plain + 1 + user + 1, place->password, password);
	return need(
		op, s, SMTP_AUTH,
		op_print(op, "AUTH PLAIN %s\r\n",
			 text_base64(op, (struct bytes){ (const uint8_t *)plain,
							 n })),
		&reply);
}

static enum err
introduce(struct op *op, struct smtp *s, const struct smtp_place *place)
{
	struct smtp_reply reply;

	TRY(need(op, s, SMTP_GREETING, NULL, &reply));
	TRY(greet(op, s, place->name));
	if (place->starttls)
		TRY(secure(op, s, place));
	if (place->user != NULL)
		TRY(sign_in(op, s, place));
	return OK;
}

static enum err
connect_to(struct op *op, const struct smtp_place *place,
	   struct line_link **out)
{
	const struct line_place line = { .server = place->server,
					 .ca = place->ca };
	int64_t deadline_us = hurry(op, place->timeout_ms);
	enum err err = line_link_open(op, &line, out);

	op->deadline_us = deadline_us;
	return err;
}

enum err
smtp_open(struct op *op, const struct smtp_place *place, struct smtp **out)
{
	struct smtp *s = calloc(1, sizeof(*s));
	enum err err;

	*out = NULL;
	if (s == NULL)
		return FAIL(op, ERR_DOWN, "no memory to send mail");
	s->timeout_ms = place->timeout_ms;
	err = connect_to(op, place, &s->link);
	if (err == OK)
		err = introduce(op, s, place);
	if (err != OK)
		smtp_close(&s);
	*out = s;
	return err;
}

const struct smtp_offers *
smtp_offered(const struct smtp *s)
{
	return &s->offers;
}

void
smtp_close(struct smtp **s)
{
	if (*s != NULL)
		line_link_close(&(*s)->link);
	free(*s);
	*s = NULL;
}

void
smtp_quit(struct op *op, struct smtp **s)
{
	struct smtp_reply reply;

	if (*s != NULL) {
		(*s)->timeout_ms = QUIT_MS;
		(void)ask(op, *s, "QUIT\r\n", &reply);
	}
	smtp_close(s);
}

/* ---- a mail ---- */

struct bytes
smtp_stuff(struct op *op, struct bytes mail)
{
	struct buf buf;
	bool begins = true; /* a line */

	/* at worst it is all ends of lines, or all dots with those */
	buf_init(&buf, op, mail.n + mail.n / 32 + 3, 2 * mail.n + 2);
	for (size_t i = 0; i < mail.n; i++) {
		uint8_t c = mail.p[i];

		if (c == '\r' && i + 1 < mail.n && mail.p[i + 1] == '\n')
			continue;
		if (c == '\r' || c == '\n') {
			buf_puts(&buf, "\r\n");
			begins = true;
			continue;
		}
		if (c == '.' && begins)
			buf_putc(&buf, '.');
		buf_putc(&buf, (char)c);
		begins = false;
	}
	if (!begins)
		buf_puts(&buf, "\r\n");
	return buf_bytes(&buf);
}

static bool
is_ascii(struct bytes bytes)
{
	for (size_t i = 0; i < bytes.n; i++) {
		if (bytes.p[i] > 0x7f)
			return false;
	}
	return true;
}

/* Of no concern to a server: what SMTP, or this one, cannot carry. */
static const char *
unfit(const struct smtp *s, const struct smtp_mail *mail)
{
	if ((mail->from[0] != '\0' && !text_is_address(mail->from)) ||
	    !text_is_address(mail->to))
		return "its sender or its recipient is no address";
	if (s->offers.utf8)
		return NULL;
	if (mail->utf8 || !is_ascii(bytes_of(mail->from)) ||
	    !is_ascii(bytes_of(mail->to)))
		return "an address of it needs SMTPUTF8, which the server "
		       "does not offer";
	return NULL;
}

static const char *
mail_command(struct op *op, const struct smtp *s, const struct smtp_mail *mail)
{
	const struct smtp_offers *o = &s->offers;
	bool utf8 = mail->utf8 || !is_ascii(bytes_of(mail->from)) ||
		    !is_ascii(bytes_of(mail->to));
	struct buf buf;

	buf_init(&buf, op, 128, COMMAND_MAX);
	buf_printf(&buf, "MAIL FROM:<%s>", mail->from);
	if (o->size)
		buf_printf(&buf, " SIZE=%zu", mail->mail.n);
	if (o->eight_bit && (utf8 || !is_ascii(mail->mail)))
		buf_puts(&buf, " BODY=8BITMIME");
	if (utf8)
		buf_puts(&buf, " SMTPUTF8");
	buf_puts(&buf, "\r\n");
	return buf_text(&buf);
}

/* Fills in what one step says of the mail; SMTP_GOOD: the next one. */
static bool
goes_on(struct op *op, struct smtp *s, enum smtp_step is, const char *command,
	struct smtp_result *out)
{
	struct smtp_reply reply;

	if (ask(op, s, command, &reply) != OK)
		*out = (struct smtp_result){ SMTP_AWAY, op->reason };
	else
		*out = (struct smtp_result){
			smtp_reply_class(is, reply.code),
			op_dup(op, reply.said),
		};
	return out->class == SMTP_GOOD;
}

static bool
envelope(struct op *op, struct smtp *s, const struct smtp_mail *mail,
	 struct smtp_result *out)
{
	/* nobody is to hear that a reply did not arrive (effect E-30) */
	const char *notify = s->offers.dsn ? " NOTIFY=NEVER" : "";

	if (s->begun && !goes_on(op, s, SMTP_MAIL, "RSET\r\n", out)) {
		out->class = SMTP_AWAY;
		return false;
	}
	s->begun = true;
	return goes_on(op, s, SMTP_MAIL, mail_command(op, s, mail), out) &&
	       goes_on(op, s, SMTP_RCPT,
		       op_print(op, "RCPT TO:<%s>%s\r\n", mail->to, notify),
		       out) &&
	       goes_on(op, s, SMTP_DATA, "DATA\r\n", out);
}

static enum err
text_send(struct op *op, struct smtp *s, struct bytes text)
{
	int64_t deadline_us = hurry(op, s->timeout_ms);
	enum err err = line_link_send(op, s->link, text);

	op->deadline_us = deadline_us;
	return err;
}

void
smtp_begin(struct op *op, struct smtp *s, const struct smtp_mail *mail,
	   struct smtp_result *out)
{
	const char *wrong = unfit(s, mail);

	if (wrong != NULL) {
		*out = (struct smtp_result){ SMTP_NEVER, wrong };
		return;
	}
	if (!envelope(op, s, mail, out))
		return;
	if (text_send(op, s, smtp_stuff(op, mail->mail)) != OK)
		*out = (struct smtp_result){ SMTP_AWAY, op->reason };
	else
		*out = (struct smtp_result){ SMTP_GOOD, "" };
}

/* It says something before the end, or is gone: it has no mail. */
static void
broken_off(struct op *op, struct smtp *s, struct smtp_result *out)
{
	struct smtp_reply reply;

	*out = (struct smtp_result){ SMTP_AWAY, "" };
	out->reason = ask(op, s, NULL, &reply) == OK ? op_dup(op, reply.said)
						     : op->reason;
}

static unsigned
patience_ms(const struct smtp *s)
{
	return s->timeout_ms > SMTP_PATIENCE_MAX_MS / SMTP_PATIENCE
		       ? SMTP_PATIENCE_MAX_MS
		       : s->timeout_ms * SMTP_PATIENCE;
}

/* Whatever goes wrong here, it may have the mail. */
static void
await_verdict(struct op *op, struct smtp *s, struct smtp_result *out)
{
	int64_t deadline_us = hurry(op, patience_ms(s));
	struct smtp_reply reply;

	if (reply_read(op, s, &reply) != OK)
		*out = (struct smtp_result){ SMTP_UNKNOWN, op->reason };
	else
		*out = (struct smtp_result){
			smtp_reply_class(SMTP_DOT, reply.code),
			op_dup(op, reply.said),
		};
	op->deadline_us = deadline_us;
}

void
smtp_end(struct op *op, struct smtp *s, struct smtp_result *out)
{
	if (!line_link_is_quiet(s->link)) {
		broken_off(op, s, out);
	} else if (text_send(op, s, bytes_of(".\r\n")) != OK) {
		*out = (struct smtp_result){ SMTP_AWAY, op->reason };
	} else {
		s->begun = false;
		await_verdict(op, s, out);
	}
}
