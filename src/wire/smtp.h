/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Hands mails to an SMTP server (RFC 5321), each to one recipient, many over
 * one connection. The last step is a call of its own, so that what may have
 * been sent can be kept before it may have been. For one thread; a connection
 * may outlive the op that opened it.
 */
#include "wire/line_link.h"
#include "wire/smtp_reply.h"

struct smtp_place {
	const char *server;   /* as in struct line_place */
	const char *ca;       /* likewise */
	unsigned timeout_ms;  /* of each step but the last; see SMTP_PATIENCE */
	const char *name;     /* ours: "mail.example.com", "[192.0.2.1]" */
	bool starttls;        /* or nothing is sent */
	const char *user;     /* NULL: without a login, ... */
	const char *password; /* ... else by TLS or to this machine alone */
};

/* The last step has as many times the time of another, and this at most:
 * whoever gives up there does not know what became of the mail (RFC 5321
 * 4.5.3.2.6). */
#define SMTP_PATIENCE 10
#define SMTP_PATIENCE_MAX_MS (10 * 60 * 1000)

struct smtp;

/* Up to the first mail. ERR_DOWN: not now; ERR_DENIED: its certificate, our
 * login, or the settings. *out is NULL after a failure. */
enum err smtp_open(struct op *op, const struct smtp_place *place,
		   struct smtp **out);

/* As long as the connection. */
const struct smtp_offers *smtp_offered(const struct smtp *s);

/* For CLEANUP: what was begun and not ended is not sent; *s is NULL then. */
void smtp_close(struct smtp **s);

/* Says goodbye and closes. */
void smtp_quit(struct op *op, struct smtp **s);

struct smtp_mail {
	const char *from; /* "": null */
	const char *to;
	bool utf8; /* its header has what is not ASCII */
	struct bytes mail;
};

struct smtp_result {
	enum smtp_class class;
	const char *reason; /* clean; "" only with SMTP_GOOD */
};

/*
 * Everything of a mail but its end. SMTP_GOOD: now smtp_end or smtp_close.
 * SMTP_AWAY: now smtp_close. Any other: the next mail may begin.
 */
void smtp_begin(struct op *op, struct smtp *s, const struct smtp_mail *mail,
		struct smtp_result *out);

/* The end: from here on it is theirs, or SMTP_UNKNOWN. With that and SMTP_AWAY
 * now smtp_close. */
void smtp_end(struct op *op, struct smtp *s, struct smtp_result *out);

/* The text of a mail as SMTP carries it: every line ends in CRLF, whatever it
 * ended in, and one that begins with a dot has another in front. */
struct bytes smtp_stuff(struct op *op, struct bytes mail);
