/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/text.h"
#include "oof/oof_guard.h"

#include <stdio.h>

#define NOW INT64_C(1795348800) /* 2026-11-22T12:00:00Z */
#define ADA "ada@example.com"
#define BOB "bob@outside.org"
#define TO_ADA "To: Ada <" ADA ">\r\n"

/* ---- the world ---- */

struct asks {
	struct oof_asks base;
	const char *contact; /* NULL: there is none */
	const char *answered;
	enum err fault; /* what every question comes to, unless OK */
	bool full;
	unsigned contacts, answers, brakes; /* asked */
	int64_t period;
};

static enum err
side(struct oof_asks *base, struct op *op, const char *domain,
     enum oof_side *out)
{
	static const struct {
		const char *domain;
		enum oof_side side;
	} rows[] = {
		{ "example.com", OOF_SIDE_OWN },
		{ "example.net", OOF_SIDE_OWN },
		{ "partner.org", OOF_SIDE_TRUSTED },
		{ "neighbour.org", OOF_SIDE_WALLED },
	};
	struct asks *asks = (struct asks *)base;

	*out = OOF_SIDE_OUTSIDE;
	if (asks->fault != OK)
		return FAIL(op, asks->fault, "the store says so");
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strcmp(rows[i].domain, domain) == 0)
			*out = rows[i].side;
	}
	return OK;
}

static enum err
contact(struct oof_asks *base, struct op *op, const char *address)
{
	struct asks *asks = (struct asks *)base;

	(void)op;
	asks->contacts++;
	return unit_same(asks->contact, address) ? OK : ERR_NOT_FOUND;
}

static enum err
answered(struct oof_asks *base, struct op *op, const char *sender,
	 int64_t period)
{
	struct asks *asks = (struct asks *)base;

	(void)op;
	asks->answers++;
	asks->period = period;
	return unit_same(asks->answered, sender) ? OK : ERR_NOT_FOUND;
}

static enum err
brake(struct oof_asks *base, struct op *op)
{
	struct asks *asks = (struct asks *)base;

	(void)op;
	asks->brakes++;
	return asks->full ? ERR_LIMIT : OK;
}

static const struct oof_asks_ops ops = { side, contact, answered, brake };

static struct {
	struct asks asks;
	struct mailbox mailbox;
	struct oof_stored stored;
	struct oof_options options;
	struct oof_arrival arrival;
	struct mail_header header;
} w;

static struct oof_reply inside = { "in", "de" }, outside = { "out", "en" };
static struct oof_duration schedule = { .start = NOW, .end = NOW + 10 };
static const char *const aliases[] = { "countess@example.net",
				       "ada-team@example.com" };

/* An ordinary mail of Bob to Ada, who is away. */
static void
world_begin(struct op *op)
{
	memset(&w, 0, sizeof(w));
	op->now = NOW;
	w.asks.base = (struct oof_asks){ .ops = &ops, .remembers = true };
	w.mailbox = (struct mailbox){ .id = 1,
				      .organization = 1,
				      .address = ADA,
				      .name = "Ada",
				      .policy = AUDIENCE_ALL };
	w.stored = (struct oof_stored){
		.settings = { .state = OOF_ENABLED,
			      .audience = AUDIENCE_ALL,
			      .duration = &schedule,
			      .internal = &inside,
			      .external = &outside },
		.version = 1,
		.period = 7,
	};
	w.options = (struct oof_options){ .delimiters = "+" };
	w.arrival = (struct oof_arrival){ .mailbox = &w.mailbox,
					  .stored = &w.stored,
					  .aliases_n = COUNT(aliases),
					  .alias = aliases,
					  .sender = BOB,
					  .recipient = ADA,
					  .header = &w.header,
					  .options = &w.options,
					  .asks = &w.asks.base };
}

/* The number of the rule that decided; with a reply, "in" or "out". */
static const char *
judge(struct op *op, const char *header, struct oof_answer *out)
{
	mail_read(op, bytes_of(header), &w.header);
	assert_int_equal(oof_guard(op, &w.arrival, out), OK);
	assert_non_null(out->rule);
	if (!out->replies) {
		assert_null(out->reply);
		return out->rule->number;
	}
	assert_ptr_equal(out->reply, out->internal ? &inside : &outside);
	return out->reply->message;
}

/* ---- rules about the header ---- */

static void
headers_decide_just_inside_and_just_outside(void **state)
{
	static const struct {
		const char *header, *verdict;
	} rows[] = {
		/* clang-format off */
		{ TO_ADA, "out" },
		/* E-4 */
		{ "Cc: " ADA "\n", "out" }, { "Bcc: " ADA "\n", "out" }, { "Resent-To: " ADA "\n", "out" },
		{ "Resent-Cc: x@y.org, " ADA "\n", "out" }, { "Resent-Bcc: " ADA "\n", "out" },
		{ "To: countess@example.net\n", "out" }, { "To: COUNTESS@Example.NET\n", "out" },
		{ "To: ada+tag@example.com\n", "out" }, { "To: countess+t@example.net\n", "out" },
		{ "To:\n\tx@y.org,\n\tAda\n\t<" ADA ">\n", "out" }, { "To: x@y.org\nTo: " ADA "\n", "out" },
		{ "to : " ADA "\n", "out" }, { "To: (a comment) ada (another) @example.com\n", "out" },
		{ "", "E-4" }, { "To: x@y.org\n", "E-4" }, { "To: \"" ADA "\" <x@y.org>\n", "E-4" },
		{ "To: " ADA " <x@y.org>\n", "E-4" }, { "To: x@y.org (" ADA ")\n", "E-4" },
		{ "To: adam@example.com\n", "E-4" }, { "To: da@example.com\n", "E-4" }, { "To: ada@example.com.org\n", "E-4" },
		{ "To: ada-x@example.com\n", "E-4" }, { "To: undisclosed-recipients:;\n", "E-4" },
		{ "From: " ADA "\nReply-To: " ADA "\n", "E-4" }, { "Delivered-To: " ADA "\n", "E-4" },
		{ "Apparently-To: " ADA "\n", "E-4" }, { "To: =?utf-8?q?ada=40example.com?=\n", "E-4" },
		{ "\nTo: " ADA "\n", "E-4" },
		/* E-9 */
		{ TO_ADA "List-Id: <a.b>\n", "E-9" }, { TO_ADA "List-Help: x\n", "E-9" }, { TO_ADA "List-Subscribe: x\n", "E-9" },
		{ TO_ADA "List-Unsubscribe: x\n", "E-9" }, { TO_ADA "List-Post: NO\n", "E-9" }, { TO_ADA "List-Owner: x\n", "E-9" },
		{ TO_ADA "List-Archive: x\n", "E-9" }, { TO_ADA "LIST-ID:\n", "E-9" }, { TO_ADA "Feedback-ID: 1:x\n", "E-9" },
		{ TO_ADA "List: x\n", "out" }, { TO_ADA "X-List-Id: x\n", "out" }, { TO_ADA "Subject: List-Id: x\n", "out" },
		{ TO_ADA "Subject: x\n List-Id: folded\n", "out" },
		/* E-10 */
		{ TO_ADA "Auto-Submitted: auto-replied\n", "E-10" }, { TO_ADA "Auto-Submitted: auto-generated\n", "E-10" },
		{ TO_ADA "auto-submitted: Auto-Notified; x=y\n", "E-10" }, { TO_ADA "Auto-Submitted:\n", "E-10" },
		{ TO_ADA "Auto-Submitted: (no) yes\n", "E-10" }, { TO_ADA "Auto-Submitted: nope\n", "E-10" },
		{ TO_ADA "Auto-Submitted: no\n", "out" }, { TO_ADA "Auto-Submitted: NO; x=auto-replied\n", "out" },
		{ TO_ADA "Auto-Submitted:\n (auto-replied) no\n", "out" }, { TO_ADA "Auto-Submitted: no (auto)\n", "out" },
		{ TO_ADA "Auto-Submitted: no\nAuto-Submitted: auto-replied\n", "E-10" },
		/* E-11 */
		{ TO_ADA "Precedence: bulk\n", "E-11" }, { TO_ADA "Precedence: LIST\n", "E-11" }, { TO_ADA "precedence:junk (x)\n", "E-11" },
		{ TO_ADA "Precedence: first-class\n", "out" }, { TO_ADA "Precedence: bulky\n", "out" },
		{ TO_ADA "Precedence: =?us-ascii?q?bulk?=\n", "out" }, { TO_ADA "Precedence: special-delivery\nPrecedence: bulk\n", "E-11" },
		/* E-12 */
		{ TO_ADA "X-Auto-Response-Suppress: OOF\n", "E-12" }, { TO_ADA "X-Auto-Response-Suppress: all\n", "E-12" },
		{ TO_ADA "X-Auto-Response-Suppress: DR, RN , oof,NRN\n", "E-12" }, { TO_ADA "X-Auto-Response-Suppress: DR,\n\tAll\n", "E-12" },
		{ TO_ADA "X-Auto-Response-Suppress: AutoReply\n", "out" }, { TO_ADA "X-Auto-Response-Suppress: DR, NDR, RN, NRN, AutoReply\n", "out" },
		{ TO_ADA "X-Auto-Response-Suppress: None\n", "out" }, { TO_ADA "X-Auto-Response-Suppress: OOFs\n", "out" },
		{ TO_ADA "X-Auto-Response-Suppress: Allow\n", "out" }, { TO_ADA "X-Auto-Response-Suppress:\n", "out" },
		/* E-13 */
		{ TO_ADA "X-Spam-Flag: YES\n", "E-13" }, { TO_ADA "X-Spam: yes\n", "E-13" }, { TO_ADA "X-Spam-Status: Yes, score=7.1\n", "E-13" },
		{ TO_ADA "X-Rspamd-Action: add header\n", "E-13" }, { TO_ADA "X-Spamd-Result: default: True [16.00 / 15.00]; A\n", "E-13" },
		{ TO_ADA "X-Spam-Flag: NO\n", "out" }, { TO_ADA "X-Spam-Status: No, score=0\n", "out" }, { TO_ADA "X-Spam-Status: Yesterday\n", "out" },
		{ TO_ADA "X-Rspamd-Action: no action\n", "out" }, { TO_ADA "X-Spamd-Result: default: False [1.00 / 15.00]; True\n", "out" },
		{ TO_ADA "X-Spam-Flag: NO\nX-Spam-Flag: YES\n", "E-13" },
		/* E-16 */
		{ TO_ADA "Content-Type: multipart/report; report-type=delivery-status\n", "E-16" },
		{ TO_ADA "Content-Type: Multipart/Report;\n\treport-type=\"disposition-notification\"\n", "E-16" },
		{ TO_ADA "Content-Type: text/calendar; method=REPLY\n", "E-16" }, { TO_ADA "Content-Type: text/calendar; charset=x; Method=\"reply\"\n", "E-16" },
		{ TO_ADA "Content-Type: message/delivery-status\n", "E-16" }, { TO_ADA "X-Failed-Recipients: x@y.org\n", "E-16" },
		{ TO_ADA "Content-Type: text/calendar; method=REQUEST\n", "out" }, { TO_ADA "Content-Type: text/calendar; name=\"method=REPLY\"\n", "out" },
		{ TO_ADA "Content-Type: text/plain; method=REPLY\n", "out" }, { TO_ADA "Content-Type: multipart/mixed\n", "out" },
		{ TO_ADA "Subject: multipart/report\n", "out" },
		/* E-22: From says nothing */
		{ TO_ADA "From: boss@example.com\n", "out" }, { TO_ADA "From: MAILER-DAEMON@example.com\nReply-To: noreply@x.org\n", "out" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct oof_answer a;

		world_begin(op);
		CHECK_ROW(rows[i].header,
			  unit_same(judge(op, rows[i].header, &a),
				    rows[i].verdict));
	}
}

static void
a_header_that_is_too_long_is_not_guessed_at(void **state)
{
	struct op *op = *state;
	struct oof_answer a;

	world_begin(op);
	assert_string_equal(judge(op, TO_ADA, &a), "out");
	for (size_t n = MAIL_FIELDS_MAX - 1; n <= MAIL_FIELDS_MAX; n++) {
		char *text = op_alloc(op, 64 + 5 * n + 1);
		char *at = stpcpy(text, TO_ADA);

		for (size_t i = 0; i < n; i++)
			at = stpcpy(at, "A: b\n");
		assert_string_equal(judge(op, text, &a),
				    n < MAIL_FIELDS_MAX ? "out" : "E-0");
	}
}

/* ---- rules about the sender ---- */

static void
senders_decide_who_is_answered_and_how(void **state)
{
	static const struct {
		const char *sender, *verdict, *key;
	} rows[] = {
		/* clang-format off */
		{ BOB, "out", BOB }, { "Bob@Outside.ORG", "out", BOB },
		{ "", "E-5", "" }, { "bob", "E-5", "bob" }, { "a b@x.org", "E-5", "a b@x.org" }, { "b@x.org\r\nRCPT TO:<x>", "E-5", NULL },
		{ "eve@example.com", "in", "eve@example.com" }, { "eve@example.net", "in", "eve@example.net" },
		{ "eve@partner.org", "in", "eve@partner.org" }, { "eve@neighbour.org", "out", "eve@neighbour.org" },
		{ "eve@sub.example.com", "out", NULL }, { "eve@example.com.org", "out", NULL }, { "eve@xample.com", "out", NULL },
		/* E-22: mail servers send on what has a % or a ! before their domain */
		{ "bob%evil.org@example.com", "out", "bob%evil.org@example.com" },
		{ "evil.org!bob@example.com", "out", NULL }, { "eve+bob%evil.org@partner.org", "out", NULL },
		{ "SRS0=ab1c=XY=example.com=eve%evil.org@example.com", "out", NULL },
		{ "prvs=0123abcdef=bob%evil.org@example.com", "out", NULL },
		/* E-6 */
		{ "ada+t", "E-5", NULL }, { "ada", "E-5", NULL },
		{ ADA, "E-6", NULL }, { "ADA@example.com", "E-6", NULL }, { "ada+x@example.com", "E-6", NULL }, { "countess@example.net", "E-6", NULL },
		{ "adam@example.com", "in", NULL }, { "ada@example.net", "in", NULL }, { "ada@outside.org", "out", NULL },
		/* E-7, E-8; oof_sender_test.c has all of them */
		{ "MAILER-DAEMON@x.org", "E-7", NULL }, { "owner-list@x.org", "E-7", NULL }, { "list-request@example.com", "E-7", NULL },
		{ "postmaster@x.org", "out", NULL }, { "no-reply@x.org", "E-8", NULL }, { "list-bounces@x.org", "E-8", NULL },
		/* E-25: an outsider whom our own forwarder rewrote, and forgeries */
		{ "SRS0=ab1c=XY=outside.org=bob@example.com", "out", BOB },
		{ "SRS0+ab1c=XY=outside.org=bob@example.com", "out", BOB },
		{ "SRS1=cd2e=f.org==ab1c=XY=outside.org=bob@example.com", "out", BOB },
		{ "SRS0=broken@example.com", "out", "srs0=broken@example.com" },
		{ "SRS0=ab1c=XY=example.com=eve@example.com", "in", "eve@example.com" },
		{ "SRS0=ab1c=XY=example.com=eve@evil.org", "out", "eve@example.com" },
		{ "SRS0=ab1c=XY=example.com=ada@evil.org", "E-6", NULL },
		{ "SRS0=ab1c=XY=x.org=mailer-daemon@example.com", "E-7", NULL },
		{ "SRS0=ab1c=XY=x.org=noreply@example.com", "E-8", NULL },
		{ "SRS0=ab1c=XY=partner.org=eve@example.com", "in", "eve@partner.org" },
		{ "prvs=0123abcdef=bob@outside.org", "out", BOB },
		{ "prvs=0123abcdef=eve@example.com", "in", "eve@example.com" },
		{ "prvs=0123abcdef=ada@example.com", "E-6", NULL },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct oof_answer a;

		world_begin(op);
		w.arrival.sender = rows[i].sender;
		CHECK_ROW(rows[i].sender,
			  unit_same(judge(op, TO_ADA, &a), rows[i].verdict));
		CHECK_ROW(rows[i].sender, unit_same(a.to, rows[i].sender));
		CHECK_ROW(rows[i].sender,
			  rows[i].key == NULL ||
				  unit_same(a.sender, rows[i].key));
	}
}

static void
the_address_that_was_written_to_is_told(void **state)
{
	static const struct {
		const char *recipient, *delimiters, *header, *from;
	} rows[] = {
		/* clang-format off */
		{ ADA, "+", TO_ADA, ADA },
		{ ADA, "+", "To: Countess@example.net\n", "countess@example.net" },
		{ "countess@example.net", "+", "To: " ADA ", countess@example.net\n", "countess@example.net" },
		{ "ada+x@example.com", "+", "To: " ADA "\nCc: ada+x@example.com\n", ADA },
		{ "ada+x@example.com", "+", "To: ada+x@example.com\n", "ada+x@example.com" },
		{ "ada+x@example.com", "+", "To: ada+y@example.com\n", "ada+y@example.com" },
		{ "new+x@example.com", "+", "To: new@example.com\n", "new@example.com" },
		{ "new+x@example.com", "", "To: new@example.com\n", NULL },
		{ ADA, "", "To: ada+x@example.com\n", NULL },
		{ ADA, "-", "To: ada-x@example.com\n", "ada-x@example.com" },
		{ ADA, "+-", "To: ada-team-x@example.com\n", "ada-team-x@example.com" },
		{ ADA, "+", "To: ada-team-x@example.com\n", NULL },
		{ NULL, "+", TO_ADA, ADA },
		{ "", "+", TO_ADA, ADA },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct oof_answer a;

		world_begin(op);
		w.arrival.recipient = rows[i].recipient;
		w.options.delimiters = rows[i].delimiters;
		(void)judge(op, rows[i].header, &a);
		CHECK_ROW(rows[i].header, unit_same(a.from, rows[i].from));
		CHECK_ROW(rows[i].header, a.replies == (rows[i].from != NULL));
	}
}

/* ---- rules about the settings ---- */

static void
state_and_schedule_come_first(void **state)
{
	static const struct {
		const char *row;
		unsigned state;
		int64_t now;
		const char *verdict;
	} rows[] = {
		{ "never set", 0, NOW, "E-1" },
		{ "off", OOF_DISABLED, NOW, "E-1" },
		{ "on", OOF_ENABLED, NOW + 99, "out" },
		{ "a second before", OOF_SCHEDULED, NOW - 1, "E-1" },
		{ "the first second", OOF_SCHEDULED, NOW, "out" },
		{ "the last second", OOF_SCHEDULED, NOW + 9, "out" },
		{ "its end", OOF_SCHEDULED, NOW + 10, "E-1" },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct oof_answer a;

		world_begin(op);
		w.stored.settings.state = rows[i].state;
		op->now = rows[i].now;
		CHECK_ROW(rows[i].row,
			  unit_same(judge(op, TO_ADA, &a), rows[i].verdict));
	}
}

static void
audience_policy_and_contacts_bound_who_is_answered(void **state)
{
	static const struct {
		const char *row, *sender;
		unsigned audience, policy;
		const char *contact, *verdict;
		unsigned asked;
	} rows[] = {
		/* clang-format off */
		{ "all",                 BOB, AUDIENCE_ALL,   AUDIENCE_ALL,   NULL, "out",  0 },
		{ "none",                BOB, AUDIENCE_NONE,  AUDIENCE_ALL,   BOB,  "E-21", 0 },
		{ "known, a stranger",   BOB, AUDIENCE_KNOWN, AUDIENCE_ALL,   NULL, "E-21", 1 },
		{ "known, a contact",    BOB, AUDIENCE_KNOWN, AUDIENCE_ALL,   BOB,  "out",  1 },
		{ "known, his SRS",      "srs0=ab1c=xy=outside.org=bob@f.org", AUDIENCE_KNOWN, AUDIENCE_ALL, BOB, "out", 1 },
		{ "all, policy known",   BOB, AUDIENCE_ALL,   AUDIENCE_KNOWN, NULL, "E-21", 1 },
		{ "all, policy none",    BOB, AUDIENCE_ALL,   AUDIENCE_NONE,  BOB,  "E-21", 0 },
		{ "none, a colleague",   "eve@example.com", AUDIENCE_NONE, AUDIENCE_NONE, NULL, "in", 0 },
		{ "known, a colleague",  "eve@example.com", AUDIENCE_KNOWN, AUDIENCE_ALL, NULL, "in", 0 },
		{ "known, walled",       "eve@neighbour.org", AUDIENCE_KNOWN, AUDIENCE_ALL, NULL, "E-21", 1 },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct oof_answer a;

		world_begin(op);
		w.arrival.sender = rows[i].sender;
		w.stored.settings.audience = rows[i].audience;
		w.mailbox.policy = rows[i].policy;
		w.asks.contact = rows[i].contact;
		CHECK_ROW(rows[i].row,
			  unit_same(judge(op, TO_ADA, &a), rows[i].verdict));
		CHECK_ROW(rows[i].row,
			  (w.asks.contacts > 0) == (rows[i].asked > 0));
	}
}

static void
an_empty_text_is_no_reply(void **state)
{
	static const struct {
		const char *text;
		bool empty;
	} rows[] = {
		/* clang-format off */
		{ "", true }, { " \r\n\t", true }, { "x", false }, { "<p>x</p>", false },
		{ "<html><body></body></html>", true }, { "<p>&nbsp;<br></p>", true },
		{ "<p>&#8203;</p>", true }, { "<style>p{}</style><p></p>", true },
		{ "<!-- x --><div></div>", true }, { "<p>.</p>", false },
		{ "<img src=\"data:image/png;base64,AAAA\">", false },
		{ NULL, true },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct oof_reply text = { rows[i].text, NULL };
		struct oof_answer a;

		world_begin(op);
		mail_read(op, bytes_of(TO_ADA), &w.header);
		w.stored.settings.external = &text;
		assert_int_equal(oof_guard(op, &w.arrival, &a), OK);
		CHECK_ROW(rows[i].text, a.replies == !rows[i].empty);
		CHECK_ROW(rows[i].text,
			  unit_same(a.rule->number,
				    rows[i].empty ? "E-24" : "E-21"));
		w.arrival.sender = "eve@example.com";
		assert_int_equal(oof_guard(op, &w.arrival, &a), OK);
		CHECK_ROW(rows[i].text, a.replies && a.internal);
	}
}

/* ---- options ---- */

static void
external_senders_may_have_to_be_proved(void **state)
{
#define AR "Authentication-Results: "
	static const struct {
		const char *results, *verdict;
	} rows[] = {
		/* clang-format off */
		{ "", "E-14" },
		{ AR "mx.example.com; spf=pass smtp.mailfrom=x\n", "out" },
		{ AR "mx.example.com; spf=fail; dmarc=pass (p=none) header.from=x\n", "out" },
		{ AR "MX.example.com 1;\n\tspf = pass\n", "out" },
		{ AR "(c) mx.example.com; SPF=Pass\n", "out" },
		{ AR "mx.example.com; dkim=pass\n", "E-14" },
		{ AR "mx.example.com; spf=fail; dmarc=fail\n", "E-14" },
		{ AR "mx.example.com; spf=softfail reason=\"spf=pass\"\n", "E-14" },
		{ AR "mx.example.com; none\n", "E-14" },
		{ AR "mx.example.com; x=(spf=pass)\n", "E-14" },
		{ AR "mx.evil.org; spf=pass\n", "E-14" },
		{ AR "mx.example.com.evil.org; spf=pass\n", "E-14" },
		{ AR "mx.example.com; spf=fail\n" AR "mx.example.com; spf=pass\n", "E-14" },
		{ AR "mx.evil.org; spf=fail\n" AR "mx.example.com; spf=pass\n", "out" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *header = op_print(op, "%s" TO_ADA, rows[i].results);
		struct oof_answer a;

		world_begin(op);
		CHECK_ROW(rows[i].results,
			  unit_same(judge(op, header, &a), "out"));
		w.options.external_proved = true;
		CHECK_ROW(rows[i].results,
			  unit_same(judge(op, header, &a), "E-14"));
		w.options.authserv_id = "mx.example.com";
		CHECK_ROW(rows[i].results,
			  unit_same(judge(op, header, &a), rows[i].verdict));
		w.arrival.sender = "eve@example.com";
		CHECK_ROW(rows[i].results,
			  unit_same(judge(op, header, &a), "in"));
	}
}

static void
internal_senders_may_have_to_be_proved(void **state)
{
	static const struct oof_proof none = { 0 },
				      login = { .authenticated = true },
				      near = { .near = true };
	static const struct {
		const char *row;
		bool option;
		const struct oof_proof *proof;
		const char *verdict;
	} rows[] = {
		{ "off", false, &none, "in" },
		{ "nobody saw it", true, NULL, "in" },
		{ "from anywhere", true, &none, "out" },
		{ "signed in", true, &login, "in" },
		{ "from a host of ours", true, &near, "in" },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct oof_answer a;

		world_begin(op);
		w.arrival.sender = "eve@example.com";
		w.options.internal_proved = rows[i].option;
		w.arrival.proof = rows[i].proof;
		CHECK_ROW(rows[i].row,
			  unit_same(judge(op, TO_ADA, &a), rows[i].verdict));
	}
}

/* ---- the memory ---- */

static void
the_memory_is_asked_last_and_only_for_a_reply(void **state)
{
	struct op *op = *state;
	struct oof_answer a;

	world_begin(op);
	w.asks.answered = BOB;
	assert_string_equal(judge(op, TO_ADA, &a), "E-2");
	assert_int_equal(w.asks.period, 7);
	assert_int_equal(w.asks.brakes, 0);
	w.arrival.sender = "SRS0=ab1c=xy=outside.org=Bob@f.org";
	assert_string_equal(judge(op, TO_ADA, &a), "E-2");

	world_begin(op);
	w.asks.full = true;
	assert_string_equal(judge(op, TO_ADA, &a), "E-17");

	world_begin(op);
	assert_string_equal(judge(op, "To: x@y.org\n", &a), "E-4");
	assert_int_equal(w.asks.answers, 0);
	w.asks.base.remembers = false;
	w.asks.answered = BOB;
	w.asks.full = true;
	assert_string_equal(judge(op, TO_ADA, &a), "out");
	assert_int_equal(w.asks.answers + w.asks.brakes, 0);

	/* nor is it when all rules are told of a mail that is not answered */
	world_begin(op);
	w.arrival.all = true;
	w.arrival.sender = "bob@x.~rg";
	w.stored.settings.audience = AUDIENCE_KNOWN;
	assert_string_equal(judge(op, TO_ADA, &a), "E-5");
	assert_int_equal(w.asks.answers + w.asks.brakes + w.asks.contacts, 0);
	w.arrival.sender = "ada+t"; /* as an own address, but for its domain */
	assert_string_equal(judge(op, TO_ADA, &a), "E-5");
}

static void
what_cannot_be_asked_is_no_verdict(void **state)
{
	static const enum err faults[] = { ERR_DOWN, ERR_WAIT, ERR_INTERNAL };
	struct op *op = *state;
	struct oof_answer a;

	for (size_t i = 0; i < COUNT(faults); i++) {
		world_begin(op);
		mail_read(op, bytes_of(TO_ADA), &w.header);
		w.asks.fault = faults[i];
		assert_int_equal(oof_guard(op, &w.arrival, &a), faults[i]);
	}
}

/* ---- the table itself ---- */

static void
every_rule_is_told_when_all_are_asked_for(void **state)
{
	struct op *op = *state;
	struct oof_answer a;

	world_begin(op);
	w.arrival.all = true;
	w.arrival.sender = "no-reply@x.org";
	assert_string_equal(
		judge(op, TO_ADA "List-Id: x\nPrecedence: bulk\n", &a), "E-8");
	assert_int_equal(a.told_n, oof_rules_n);
	for (size_t i = 0; i < a.told_n; i++) {
		const char *number = a.told[i].rule->number;
		bool stops = unit_same(number, "E-8") ||
			     unit_same(number, "E-9") ||
			     unit_same(number, "E-11");

		CHECK_ROW(number, a.told[i].rule == &oof_rules[i]);
		CHECK_ROW(number, (a.told[i].outcome == OOF_STOPPED) == stops);
		CHECK_ROW(number, oof_outcome_name(a.told[i].outcome) != NULL);
	}
	w.arrival.all = false;
	(void)judge(op, TO_ADA "List-Id: x\n", &a);
	assert_true(a.told_n < oof_rules_n);
	assert_ptr_equal(a.told[a.told_n - 1].rule, a.rule);
}

static void
every_number_up_to_26_has_its_row(void **state)
{
	for (int n = 1; n <= 26; n++) {
		const char *number = op_print(*state, "E-%d", n);
		size_t rows = 0;

		for (size_t i = 0; i < oof_rules_n; i++)
			rows += strcmp(oof_rules[i].number, number) == 0;
		/* 18 and 19 are no rules of the list */
		CHECK_ROW(number, rows == (n == 18 || n == 19 ? 0 : 1));
	}
	for (size_t i = 0; i < oof_rules_n; i++) {
		const char *text = oof_rules[i].text;

		CHECK_ROW(text, text[strlen(text) - 1] == '.');
		CHECK_ROW(text, oof_rules[i].where != 0);
	}
}

/* The manual's lines are broken; its words are the rules'. */
static void
the_manual_has_every_rule(void **state)
{
	FILE *file = fopen("man/frontdesk.1", "r");
	size_t room = 256 * KIB, n = 0;
	char *text = op_alloc(*state, room);
	int c;

	assert_non_null(file);
	while ((c = fgetc(file)) != EOF && n + 1 < room)
		text[n++] = (char)(c == '\n' ? ' ' : c);
	(void)fclose(file);
	for (size_t i = 0; i < oof_rules_n; i++) {
		const struct oof_rule *r = &oof_rules[i];
		const char *item = op_print(
			*state, ".It %s%s %s", r->number,
			r->where == OOF_IN_MILTER ? " Pq milter" : "", r->text);

		CHECK_ROW(item, strstr(text, item) != NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(headers_decide_just_inside_and_just_outside),
		UNIT_TEST(a_header_that_is_too_long_is_not_guessed_at),
		UNIT_TEST(senders_decide_who_is_answered_and_how),
		UNIT_TEST(the_address_that_was_written_to_is_told),
		UNIT_TEST(state_and_schedule_come_first),
		UNIT_TEST(audience_policy_and_contacts_bound_who_is_answered),
		UNIT_TEST(an_empty_text_is_no_reply),
		UNIT_TEST(external_senders_may_have_to_be_proved),
		UNIT_TEST(internal_senders_may_have_to_be_proved),
		UNIT_TEST(the_memory_is_asked_last_and_only_for_a_reply),
		UNIT_TEST(what_cannot_be_asked_is_no_verdict),
		UNIT_TEST(every_rule_is_told_when_all_are_asked_for),
		UNIT_TEST(every_number_up_to_26_has_its_row),
		UNIT_TEST(the_manual_has_every_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
