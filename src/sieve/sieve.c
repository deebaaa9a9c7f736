/* SPDX-License-Identifier: Apache-2.0 */
#include "sieve/sieve.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "oof/oof_decide.h"
#include "sieve/sieve_draft.h"
#include "wire/html.h"

#include <string.h>

/* Of Debian 12's Pigeonhole, what concerns us. */
#define PIGEONHOLE                                                             \
	"envelope encoded-character vacation relational regex variables date " \
	"duplicate"

#define TOO_LONG (SIEVE_SCRIPT_MAX + 1) /* bytes: more than anybody takes */

/* ---- what a server can do ---- */

static bool
can(const struct sieve_wish *in, const char *word)
{
	const char *at =
		in->capabilities == NULL ? PIGEONHOLE : in->capabilities;
	size_t n = strlen(word);

	for (; *at != '\0'; at += *at == ' ') {
		size_t length = strcspn(at, " ");

		if (length == n && memcmp(at, word, n) == 0)
			return true;
		at += length;
	}
	return false;
}

/*
 * Bytes that are no text are only for Pigeonhole, which names nobody of
 * another house in its list: Cyrus has the extension and refuses such strings.
 */
static bool
can_octets(const struct sieve_wish *in)
{
	static const char *const others[] = { "vnd.", "x-" };
	const char *list = in->capabilities == NULL ? "" : in->capabilities;

	for (size_t i = 0; i < COUNT(others); i++) {
		const char *at = list;

		while ((at = strstr(at, others[i])) != NULL) {
			if ((at == list || at[-1] == ' ') &&
			    !text_case_starts(at, "vnd.dovecot."))
				return false;
			at++;
		}
	}
	return can(in, SIEVE_NEEDS_OCTETS);
}

static const char *const needed[] = { "envelope", "vacation", "variables",
				      "regex", "relational" };

static enum err
server_check(struct op *op, const struct draft *d)
{
	for (size_t i = 0; i < COUNT(needed); i++) {
		if (!can(d->in, needed[i]))
			return FAIL(op, ERR_INVALID,
				    "the server's Sieve has no \"%s\"",
				    needed[i]);
	}
	if (d->schedule != NULL && !can(d->in, SIEVE_NEEDS_DATE))
		return FAIL(op, ERR_INVALID,
			    "the server's Sieve has no \"%s\", which a "
			    "schedule needs",
			    SIEVE_NEEDS_DATE);
	return OK;
}

/* ---- what is sent to whom ---- */

static const struct oof_reply *
text_of(const struct oof_reply *reply)
{
	return reply == NULL || reply->message == NULL ||
			       html_is_empty(reply->message)
		       ? NULL
		       : reply;
}

/* Whom the settings serve at all: oof_decide for everybody at once. */
static void
plan(struct draft *d, bool contacts)
{
	const struct sieve_wish *in = d->in;
	const struct oof_settings *s = &in->stored->settings;
	unsigned audience = oof_audience_within(s, in->mailbox->policy);

	d->known = audience == AUDIENCE_KNOWN;
	d->internal = in->inside_n > 0 ? text_of(s->internal) : NULL;
	d->external = NULL;
	if (audience == AUDIENCE_ALL ||
	    (d->known && contacts && in->contacts_n > 0))
		d->external = text_of(s->external);
	d->schedule = s->state == OOF_SCHEDULED ? s->duration : NULL;
}

/* Now, or at some time that is to come. */
static bool
is_due(const struct oof_settings *s, int64_t now)
{
	enum oof_verdict verdict = oof_in_effect(s, now);

	return verdict == OOF_REPLIES ||
	       (verdict == OOF_IS_EARLY &&
		s->duration->start < s->duration->end);
}

/* ---- one script ---- */

static void
stamp(struct draft *d)
{
	draft_printf(d,
		     "# Frontdesk: automatic replies of %s, absence %s.\n"
		     "# Written anew whenever they change: what is changed "
		     "here is lost.\n",
		     d->in->mailbox->address, d->period);
	if (d->in->included)
		draft_puts(d,
			   "# To be included: it neither keeps nor stops.\n");
}

static void
require(struct draft *d)
{
	draft_puts(d, "require [");
	for (size_t i = 0; i < COUNT(needed); i++)
		draft_printf(d, "%s\"%s\"", i == 0 ? "" : ", ", needed[i]);
	if (d->schedule != NULL)
		draft_puts(d, ", \"" SIEVE_NEEDS_DATE "\"");
	if (d->duplicate)
		draft_puts(d, ", \"" SIEVE_NEEDS_DUPLICATE "\"");
	if (d->octets)
		draft_puts(d, ", \"" SIEVE_NEEDS_OCTETS "\"");
	draft_puts(d, "];\n");
}

/* P3: with a zone, and text without one, which is compared as text: the start
 * is shorter than its own second, and the end than its own. */
static void
moment(struct draft *d, const char *relation, int64_t at)
{
	const char *text = clock_xml(d->op, at);

	draft_printf(d,
		     "\tcurrentdate :zone \"+0000\" :value \"%s\" \"iso8601\" "
		     "\"%.*s\",\n",
		     relation, (int)strlen(text) - 1, text);
}

static enum err
draft_all(struct draft *d)
{
	stamp(d);
	require(d);
	draft_expressions(d);
	draft_puts(d, "if allof (\n");
	if (d->schedule != NULL) {
		draft_puts(d, "\t# E-1\n");
		moment(d, "ge", d->schedule->start);
		moment(d, "lt", d->schedule->end);
	}
	draft_sender_tests(d);
	draft_puts(d, ") {\n");
	draft_sender(d);
	draft_recipient(d);
	draft_guards(d);
	TRY(draft_replies(d));
	draft_puts(d, "}\n");
	return OK;
}

/* Lines end as RFC 5228 has it. */
static struct bytes
crlf(struct op *op, const struct buf *script)
{
	struct buf out;
	const char *at = script->p, *end = at + script->n;

	buf_init(&out, op, script->n + script->n / 32 + 64, 2 * script->n + 1);
	while (at < end) {
		const char *line = memchr(at, '\n', (size_t)(end - at));

		if (line == NULL)
			line = end;
		buf_add(&out, at, (size_t)(line - at));
		buf_puts(&out, "\r\n");
		at = line + (line < end);
	}
	return buf_bytes(&out);
}

/* With all, or without what need not be. p NULL: nobody gets anything. */
static enum err
attempt(struct op *op, const struct sieve_wish *in, bool contacts, bool plain,
	struct bytes *out)
{
	struct draft d = {
		.op = op,
		.in = in,
		.plain = plain,
		.duplicate = can(in, SIEVE_NEEDS_DUPLICATE),
		.octets = can_octets(in),
		.period = op_print(op, "%lld-%lld", (long long)in->mailbox->id,
				   (long long)in->stored->period),
	};

	*out = (struct bytes){ NULL, 0 };
	plan(&d, contacts);
	if (d.internal == NULL && d.external == NULL)
		return OK;
	TRY(server_check(op, &d));
	buf_init(&d.out, op, 16 * KIB, SIEVE_SCRIPT_MAX);
	TRY(draft_own(&d));
	TRY(draft_all(&d));
	/* too long for anybody: it is only counted */
	*out = d.out.over ? (struct bytes){ (const uint8_t *)"", TOO_LONG }
			  : crlf(op, &d.out);
	return OK;
}

/* ---- what fits ---- */

/* "702,518" */
static const char *
grouped(struct op *op, uint64_t n)
{
	const char *rest =
		op_print(op, "%03llu", (unsigned long long)(n % 1000));

	if (n < 1000)
		return op_print(op, "%llu", (unsigned long long)n);
	return op_print(op, "%s,%s", grouped(op, n / 1000), rest);
}

static void
note_add(struct op *op, struct sieve_script *out, const char *note)
{
	out->note = out->note == NULL ? note
				      : op_print(op, "%s; %s", out->note, note);
}

static enum err
fit(struct op *op, const struct sieve_wish *in, uint64_t most,
    struct sieve_script *out)
{
	bool known = in->contacts_n > 0 &&
		     oof_audience_within(&in->stored->settings,
					 in->mailbox->policy) == AUDIENCE_KNOWN;

	TRY(attempt(op, in, true, true, &out->text));
	if (out->text.n <= most)
		return OK;
	if (known) {
		note_add(op, out,
			 op_print(op,
				  "Known acts as None: %s contacts do not fit "
				  "into the server's %s bytes",
				  grouped(op, in->contacts_n),
				  grouped(op, most)));
		TRY(attempt(op, in, false, true, &out->text));
		if (out->text.n <= most)
			return OK;
	}
	TRY(attempt(op, in, false, false, &out->text));
	note_add(op, out,
		 "replies have no part in plain text, for want of "
		 "space");
	if (out->text.n <= most)
		return OK;
	return FAIL(op, ERR_LIMIT, "script of %s bytes exceeds the server's %s",
		    grouped(op, out->text.n), grouped(op, most));
}

/* What these settings want and no script, or not that server's, can do. */
static void
options_note(struct op *op, const struct sieve_wish *in,
	     struct sieve_script *out)
{
	if (in->options->external_proved)
		note_add(op, out,
			 "reply.external_authenticated needs the milter");
	if (in->options->internal_proved)
		note_add(op, out,
			 "reply.internal_authenticated needs the milter");
	if (in->from_recipient)
		note_add(op, out,
			 "the envelope sender of replies is the mail server's "
			 "own setting");
	if (!can(in, SIEVE_NEEDS_DUPLICATE))
		note_add(op, out,
			 "a sender whom forwarders rewrite may get several "
			 "replies: the server's Sieve has no "
			 "\"" SIEVE_NEEDS_DUPLICATE "\"");
}

enum err
sieve_write(struct op *op, const struct sieve_wish *in,
	    struct sieve_script *out)
{
	uint64_t most = in->size_max == 0 || in->size_max > SIEVE_SCRIPT_MAX
				? SIEVE_SCRIPT_MAX
				: in->size_max;

	*out = (struct sieve_script){ 0 };
	if (!is_due(&in->stored->settings, op->now))
		return OK;
	TRY(fit(op, in, most, out));
	if (out->text.p == NULL)
		return OK;
	options_note(op, in, out);
	digest_sha256(out->text, out->digest);
	return OK;
}
