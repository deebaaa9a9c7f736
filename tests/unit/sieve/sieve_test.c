/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/digest.h"
#include "base/text.h"
#include "sieve/sieve_draft.h"
#include "sieve_scan.h"

#include <stdio.h>

#define NOW INT64_C(1795348800) /* 2026-11-22T12:00:00Z */
#define DAY INT64_C(86400)
#define ADA "ada@example.com"

/* ---- the wish ---- */

static struct {
	struct mailbox mailbox;
	struct oof_stored stored;
	struct oof_options options;
	struct sieve_wish wish;
} w;

static struct oof_reply inside, outside;
static struct oof_duration schedule;
static const char *const aliases[] = { "countess@example.net" };
static const char *const domains[] = { "example.com", "example.net" };
static const char *const contacts[] = { "bob@outside.org", "eve@x.org" };

/* Ada is away, and answers everybody. */
static void
world_begin(struct op *op)
{
	memset(&w, 0, sizeof(w));
	op->now = NOW;
	inside = (struct oof_reply){ "Inside text", "de" };
	outside = (struct oof_reply){ "Outside text", "en" };
	schedule = (struct oof_duration){ .start = NOW, .end = NOW + DAY };
	w.mailbox = (struct mailbox){ .id = 3,
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
	w.wish = (struct sieve_wish){ .mailbox = &w.mailbox,
				      .stored = &w.stored,
				      .aliases_n = COUNT(aliases),
				      .alias = aliases,
				      .inside_n = COUNT(domains),
				      .inside = domains,
				      .contacts_n = COUNT(contacts),
				      .contact = contacts,
				      .options = &w.options };
}

/* The script, which has to be one; NULL: there is none. */
static const char *
script(struct op *op, struct sieve_script *out)
{
	struct sieve_scan scan;

	if (sieve_write(op, &w.wish, out) != OK) {
		print_error("%s\n", op->reason);
		fail();
	}
	if (out->text.p == NULL)
		return NULL;
	if (!sieve_scan(&scan, out->text.p, out->text.n)) {
		print_error("%s, at: %.60s\n", scan.wrong, scan.where);
		fail();
	}
	return op_text(op, (const char *)out->text.p, out->text.n);
}

static bool
has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static size_t
times(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part)) != NULL) {
		text += strlen(part);
		n++;
	}
	return n;
}

/* ---- whose there is one ---- */

static void
nobody_to_answer_is_no_script(void **state)
{
	static const struct {
		const char *row;
		unsigned state, audience, policy;
		const char *internal, *external;
		int64_t start, end;
		size_t inside_n, contacts_n;
		bool there;
	} rows[] = {
		/* clang-format off */
		{ "on", OOF_ENABLED, AUDIENCE_ALL, AUDIENCE_ALL, "in", "out", 0, 0, 2, 2, true },
		{ "off", OOF_DISABLED, AUDIENCE_ALL, AUDIENCE_ALL, "in", "out", NOW, NOW + 9, 2, 2, false },
		{ "never set", 0, AUDIENCE_ALL, AUDIENCE_ALL, "in", "out", 0, 0, 2, 2, false },
		{ "now", OOF_SCHEDULED, AUDIENCE_ALL, AUDIENCE_ALL, "in", "out", NOW, NOW + 1, 2, 2, true },
		{ "over", OOF_SCHEDULED, AUDIENCE_ALL, AUDIENCE_ALL, "in", "out", NOW - 9, NOW, 2, 2, false },
		{ "to come", OOF_SCHEDULED, AUDIENCE_ALL, AUDIENCE_ALL, "in", "out", NOW + 9, NOW + 10, 2, 2, true },
		{ "backwards", OOF_SCHEDULED, AUDIENCE_ALL, AUDIENCE_ALL, "in", "out", NOW + 10, NOW + 9, 2, 2, false },
		{ "no texts", OOF_ENABLED, AUDIENCE_ALL, AUDIENCE_ALL, "", "<p>&nbsp;</p>", 0, 0, 2, 2, false },
		{ "internal only", OOF_ENABLED, AUDIENCE_ALL, AUDIENCE_ALL, "in", "", 0, 0, 2, 2, true },
		{ "external only", OOF_ENABLED, AUDIENCE_ALL, AUDIENCE_ALL, "", "out", 0, 0, 2, 2, true },
		{ "external, for nobody", OOF_ENABLED, AUDIENCE_NONE, AUDIENCE_ALL, "", "out", 0, 0, 2, 2, false },
		{ "external, not allowed", OOF_ENABLED, AUDIENCE_ALL, AUDIENCE_NONE, "", "out", 0, 0, 2, 2, false },
		{ "external, for contacts", OOF_ENABLED, AUDIENCE_KNOWN, AUDIENCE_ALL, "", "out", 0, 0, 2, 2, true },
		{ "external, for no contacts", OOF_ENABLED, AUDIENCE_ALL, AUDIENCE_KNOWN, "", "out", 0, 0, 2, 0, false },
		{ "internal, no domains", OOF_ENABLED, AUDIENCE_NONE, AUDIENCE_ALL, "in", "out", 0, 0, 0, 2, false },
		{ "external, no domains", OOF_ENABLED, AUDIENCE_KNOWN, AUDIENCE_ALL, "in", "out", 0, 0, 0, 2, true },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sieve_script s;

		world_begin(op);
		w.stored.settings.state = rows[i].state;
		w.stored.settings.audience = rows[i].audience;
		w.mailbox.policy = rows[i].policy;
		inside.message = rows[i].internal;
		outside.message = rows[i].external;
		schedule.start = rows[i].start;
		schedule.end = rows[i].end;
		w.wish.inside_n = rows[i].inside_n;
		w.wish.contacts_n = rows[i].contacts_n;
		CHECK_ROW(rows[i].row,
			  (script(op, &s) != NULL) == rows[i].there);
		CHECK_ROW(rows[i].row, s.note == NULL);
	}
}

static void
each_side_has_its_text_alone(void **state)
{
	static const struct {
		const char *row, *internal, *external;
		unsigned audience;
		size_t vacations;
		bool contacts;
	} rows[] = {
		{ "both", "in", "out", AUDIENCE_ALL, 2, false },
		{ "none outside", "in", "out", AUDIENCE_NONE, 1, false },
		{ "contacts", "in", "out", AUDIENCE_KNOWN, 2, true },
		{ "nothing inside", "", "out", AUDIENCE_ALL, 1, false },
		{ "nothing outside", "in", "", AUDIENCE_KNOWN, 1, false },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sieve_script s;
		const char *text;

		world_begin(op);
		inside.message = rows[i].internal;
		outside.message = rows[i].external;
		w.stored.settings.audience = rows[i].audience;
		text = script(op, &s);
		CHECK_ROW(rows[i].row,
			  times(text, "vacation :days") == rows[i].vacations);
		CHECK_ROW(rows[i].row,
			  has(text, "bob@outside.org") == rows[i].contacts);
		CHECK_ROW(rows[i].row,
			  has(text, "fdinside") == (*rows[i].internal != 0));
	}
}

/* ---- time and periods ---- */

static void
a_schedule_is_in_utc_and_names_no_zone_behind_it(void **state)
{
	struct op *op = *state;
	struct sieve_script s;
	const char *text;

	world_begin(op);
	assert_false(has(script(op, &s), "currentdate"));
	assert_false(has(script(op, &s), "\"date\""));
	w.stored.settings.state = OOF_SCHEDULED;
	text = script(op, &s);
	assert_true(has(text, "currentdate :zone \"+0000\" :value \"ge\" "
			      "\"iso8601\" \"2026-11-22T12:00:00\""));
	assert_true(has(text, "currentdate :zone \"+0000\" :value \"lt\" "
			      "\"iso8601\" \"2026-11-23T12:00:00\""));
	assert_true(has(text, ", \"date\""));
}

static void
an_absence_is_remembered_as_long_as_it_lasts(void **state)
{
	static const struct {
		const char *row;
		int64_t days;
		const char *text;
	} rows[] = {
		{ "a day", 1, ":days 366 " },
		{ "a year", 365, ":days 366 " },
		{ "a longer year", 366, ":days 367 " },
		{ "ten years", 3650, ":days 3651 " },
		{ "for good", 99999, ":days 3660 " },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sieve_script s;

		world_begin(op);
		w.stored.settings.state = OOF_SCHEDULED;
		schedule.end = schedule.start + rows[i].days * DAY;
		CHECK_ROW(rows[i].row, has(script(op, &s), rows[i].text));
	}
}

static void
the_handle_is_the_absence_and_not_its_text(void **state)
{
	struct op *op = *state;
	struct sieve_script s;
	const char *first, *second;

	world_begin(op);
	first = script(op, &s);
	assert_int_equal(times(first, ":handle \"fd-3-7\""), 4);
	outside.message = "Another text";
	second = script(op, &s);
	assert_string_not_equal(first, second);
	assert_int_equal(times(second, ":handle \"fd-3-7\""), 4);
	w.stored.period = 8;
	assert_int_equal(times(script(op, &s), ":handle \"fd-3-8\""), 4);
}

static void
the_same_wish_is_the_same_bytes(void **state)
{
	struct op *op = *state;
	struct sieve_script one, two;
	uint8_t digest[DIGEST_SIZE];

	world_begin(op);
	assert_string_equal(script(op, &one), script(op, &two));
	digest_sha256(one.text, digest);
	assert_memory_equal(one.digest, digest, DIGEST_SIZE);
	assert_memory_equal(two.digest, digest, DIGEST_SIZE);
	assert_true(text_case_starts((const char *)one.text.p,
				     "# Frontdesk: automatic replies of " ADA
				     ", absence 3-7.\r\n"));
}

/* ---- nothing of a text is a script ---- */

static void
every_character_is_only_a_character(void **state)
{
	static const struct {
		const char *text, *quoted, *glob;
	} rows[] = {
		/* clang-format off */
		{ "a", "a", "a" }, { "", "", "" }, { "\"", "\\\"", "\\\"" },
		{ "\\", "\\\\", "\\\\\\\\" }, { "*", "*", "\\\\*" }, { "?", "?", "\\\\?" },
		{ "$", "$", "$" }, { "${", "${d}{", "${d}{" }, { "${own}", "${d}{own}", "${d}{own}" },
		{ "$${1}", "$${d}{1}", "$${d}{1}" }, { "${${1}}", "${d}{${d}{1}}", "${d}{${d}{1}}" },
		{ "${d}", "${d}{d}", "${d}{d}" }, { "${hex:22}", "${d}{hex:22}", "${d}{hex:22}" },
		{ "{}", "{}", "{}" }, { "#", "#", "#" }, { "/*", "/*", "/\\\\*" }, { ";", ";", ";" },
		{ "\"; stop; \"", "\\\"; stop; \\\"", "\\\"; stop; \\\"" },
		{ "\xc3\xa9\xe2\x80\xa8", "\xc3\xa9\xe2\x80\xa8", "\xc3\xa9\xe2\x80\xa8" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *text = rows[i].text;
		struct draft d = { .op = op };

		buf_init(&d.out, op, 64, 1024);
		draft_text(&d, text, strlen(text));
		CHECK_ROW(text, unit_same(buf_text(&d.out), rows[i].quoted));
		buf_init(&d.out, op, 64, 1024);
		draft_glob(&d, text, strlen(text));
		CHECK_ROW(text, unit_same(buf_text(&d.out), rows[i].glob));
	}
}

static void
texts_names_and_subjects_stay_what_they_are(void **state)
{
	static const char *const hostile[] = {
		"\"; stop; #",    "${own}",
		"${1}${subject}", "\\",
		"${hex:22}",      "a\\\"b",
		"text:\r\n.\r\n", "*?",
		"a\u2028b",       "\r\n.\r\nstop;\r\n",
		"'\"><",          "=?utf-8?q?=22?=",
	};
	struct op *op = *state;
	struct sieve_script s;
	struct sieve_scan plain, scan;

	world_begin(op);
	w.stored.settings.audience = AUDIENCE_KNOWN;
	(void)script(op, &s);
	assert_true(sieve_scan(&plain, s.text.p, s.text.n));
	for (size_t i = 0; i < COUNT(hostile); i++) {
		const char *subject = op_print(op, "%s %%s", hostile[i]);
		const char *const subjects[] = { subject, NULL };

		inside.message = outside.message = hostile[i];
		w.mailbox.name = hostile[i];
		w.wish.subjects =
			strpbrk(hostile[i], "\r\n") == NULL ? subjects : NULL;
		(void)script(op, &s);
		assert_true(sieve_scan(&scan, s.text.p, s.text.n));
		CHECK_ROW(hostile[i], scan.commands == plain.commands);
		CHECK_ROW(hostile[i], scan.strings == plain.strings);
		CHECK_ROW(hostile[i], scan.variables == plain.variables);
	}
}

static void
addresses_may_have_any_character_of_theirs(void **state)
{
	static const char *const odd[] = {
		"a*b?c@example.com",  "${1}@example.com", "a'b=c@example.com",
		"{}|~`^@example.com", "$@example.com",
	};
	struct op *op = *state;
	struct sieve_script s;

	for (size_t i = 0; i < COUNT(odd); i++) {
		struct sieve_scan plain, scan;

		world_begin(op);
		w.stored.settings.audience = AUDIENCE_KNOWN;
		(void)script(op, &s);
		assert_true(sieve_scan(&plain, s.text.p, s.text.n));
		w.wish.alias = w.wish.contact = &odd[i];
		w.wish.contacts_n = 1;
		(void)script(op, &s);
		assert_true(sieve_scan(&scan, s.text.p, s.text.n));
		CHECK_ROW(odd[i], scan.variables == plain.variables);
	}
}

static void
what_no_script_can_hold_is_refused(void **state)
{
	static const struct {
		const char *row, *alias, *subject, *delimiters, *lang;
	} rows[] = {
		{ "an alias without a domain", "ada", NULL, "+", "" },
		{ "an alias with a quote", "a\"b@x.org", NULL, "+", "" },
		{ "an alias of two lines", "a@x.org\r\nstop;", NULL, "+", "" },
		{ "a subject of two lines", ADA, "a\nb %s", "+", "" },
		{ "a delimiter", ADA, NULL, "\"", "" },
		{ "a delimiter, too", ADA, NULL, "+]", "" },
		{ "a language", ADA, NULL, "+", "e\"n" },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *const subjects[] = { rows[i].subject, NULL };
		struct sieve_script s;

		world_begin(op);
		w.wish.alias = &rows[i].alias;
		w.wish.subjects = subjects;
		w.options.delimiters = rows[i].delimiters;
		outside.lang = rows[i].lang;
		CHECK_ROW(rows[i].row,
			  sieve_write(op, &w.wish, &s) == ERR_INVALID);
	}
}

/* ---- own addresses ---- */

static void
tags_are_what_the_delimiters_say(void **state)
{
	static const struct {
		const char *delimiters, *there, *not_there;
	} rows[] = {
		{ "+", "\"ada+*@example.com\"", "ada-*" },
		{ "-+", "\"ada-*@example.com\"", "ada_*" },
		{ "+-", "\"^(.[^@+-]*)[+-].*@\"", "[-+]" },
		{ "-", "\"${base}-*@${at}\"", "ada+*" },
		{ "", "\"${local}@${at}\"]", "ada+*" },
		{ "~~", "[~]", "~~" },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sieve_script s;
		const char *text;

		world_begin(op);
		w.options.delimiters = rows[i].delimiters;
		text = script(op, &s);
		CHECK_ROW(rows[i].delimiters, has(text, rows[i].there));
		CHECK_ROW(rows[i].delimiters, !has(text, rows[i].not_there));
	}
}

/* ---- what fits, and what a server can do ---- */

static size_t
size_of(struct op *op)
{
	struct sieve_script s;

	(void)script(op, &s);
	return s.text.n;
}

static void
what_is_too_long_loses_contacts_and_then_plain_texts(void **state)
{
	struct op *op = *state;
	struct sieve_script s;
	size_t whole, without, least;
	const char *text;

	world_begin(op);
	w.stored.settings.audience = AUDIENCE_KNOWN;
	whole = size_of(op);
	w.wish.contacts_n = 0;
	without = size_of(op);
	assert_true(without < whole);

	w.wish.contacts_n = COUNT(contacts);
	w.wish.size_max = whole;
	text = script(op, &s);
	assert_true(has(text, "bob@outside.org"));
	assert_null(s.note);

	w.wish.size_max = whole - 1;
	text = script(op, &s);
	assert_int_equal(s.text.n, without);
	assert_false(has(text, "bob@outside.org"));
	assert_true(has(text, "text/plain"));
	assert_true(has(s.note, "Known acts as None: 2 contacts"));

	w.wish.size_max = without - 1;
	text = script(op, &s);
	assert_false(has(text, "text/plain"));
	assert_true(has(text, "text/html"));
	assert_true(has(s.note, "Known acts as None"));
	assert_true(has(s.note, "plain text"));
	least = s.text.n;

	w.wish.size_max = least;
	assert_int_equal(size_of(op), least);
	w.wish.size_max = least - 1;
	assert_int_equal(sieve_write(op, &w.wish, &s), ERR_LIMIT);
}

static void
what_fits_nowhere_is_told_with_both_sizes(void **state)
{
	struct op *op = *state;
	struct sieve_script s;
	char *text = op_alloc(op, OOF_MESSAGE_MAX + 1);

	world_begin(op);
	memset(text, 'x', OOF_MESSAGE_MAX);
	inside.message = outside.message = text;
	w.wish.size_max = 32768;
	assert_int_equal(sieve_write(op, &w.wish, &s), ERR_LIMIT);
	assert_int_equal(strncmp(op->reason, "script of 3", 11), 0);
	assert_true(has(op->reason, " bytes exceeds the server's 32,768"));
	assert_int_equal(op->reason[13], ',');
	w.wish.size_max = 999;
	assert_int_equal(sieve_write(op, &w.wish, &s), ERR_LIMIT);
	assert_true(has(op->reason, " bytes exceeds the server's 999"));
	w.wish.size_max = 0;
	assert_true(size_of(op) > 4 * (size_t)OOF_MESSAGE_MAX);
}

static void
contacts_that_nobody_takes_are_left_out(void **state)
{
	enum { MANY = 400000 }; /* too many for SIEVE_SCRIPT_MAX */
	struct op *op = *state;
	const char **many = op_alloc(op, MANY * sizeof(*many));
	struct sieve_script s;

	for (size_t i = 0; i < MANY; i++)
		many[i] = "somebody.with.a.long.name@department.outside.org";
	world_begin(op);
	w.stored.settings.audience = AUDIENCE_KNOWN;
	w.wish.contact = many;
	w.wish.contacts_n = MANY;
	(void)script(op, &s);
	assert_true(has(s.note, "400,000 contacts do not fit into the "
				"server's 16,777,216 bytes"));
	inside.message = "";
	assert_null(script(op, &s));
}

static void
a_server_has_to_be_able_to(void **state)
{
	static const struct {
		const char *capabilities, *missing;
	} rows[] = {
		/* clang-format off */
		{ NULL, NULL },
		{ "fileinto envelope vacation variables regex relational date duplicate encoded-character", NULL },
		{ "date relational regex variables vacation envelope", NULL },
		{ "vacation variables regex relational date", "\"envelope\"" },
		{ "envelope variables regex relational date", "\"vacation\"" },
		{ "envelope vacation vacation-seconds regex relational date", "\"variables\"" },
		{ "envelope vacation variables relational date", "\"regex\"" },
		{ "envelope vacation variables regex date", "\"relational\"" },
		{ "envelope vacation variables regex relational", "\"date\"" },
		{ "", "\"envelope\"" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sieve_script s;
		enum err err;

		world_begin(op);
		w.stored.settings.state = OOF_SCHEDULED;
		w.wish.capabilities = rows[i].capabilities;
		err = sieve_write(op, &w.wish, &s);
		CHECK_ROW(rows[i].capabilities,
			  err == (rows[i].missing == NULL ? OK : ERR_INVALID));
		CHECK_ROW(rows[i].capabilities,
			  rows[i].missing == NULL ||
				  has(op->reason, rows[i].missing));
	}
}

static void
what_a_server_lacks_is_not_required(void **state)
{
	static const struct {
		const char *capabilities;
		bool duplicate, octets;
	} rows[] = {
		/* clang-format off */
		{ NULL, true, true },
		{ "envelope vacation variables regex relational", false, false },
		{ "envelope vacation variables regex relational duplicate", true, false },
		{ "envelope vacation variables regex relational encoded-character", false, true },
		{ "envelope vacation variables regex relational duplicates", false, false },
		{ "envelope vacation variables regex relational duplicate encoded-character vnd.dovecot.filter", true, true },
		{ "envelope vacation variables regex relational duplicate encoded-character vnd.cyrus.log", true, false },
		{ "x-cyrus-log envelope vacation variables regex relational duplicate encoded-character", true, false },
		{ "envelope vacation variables regex relational duplicate encoded-character y-vnd.x z", true, true },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *row = rows[i].capabilities;
		struct sieve_script s;
		const char *text;

		world_begin(op);
		w.wish.capabilities = row;
		text = script(op, &s);
		CHECK_ROW(row, has(text, "duplicate") == rows[i].duplicate);
		CHECK_ROW(row,
			  has(text, "encoded-character") == rows[i].octets);
		CHECK_ROW(row, has(text, "${hex:") == rows[i].octets);
		CHECK_ROW(row, (s.note == NULL) == rows[i].duplicate);
	}
}

static void
what_only_a_milter_can_do_is_told(void **state)
{
	struct op *op = *state;
	struct sieve_script s;

	world_begin(op);
	(void)script(op, &s);
	assert_null(s.note);
	w.options.external_proved = true;
	(void)script(op, &s);
	assert_true(has(s.note, "reply.external_authenticated"));
	w.options.internal_proved = true;
	w.wish.from_recipient = true;
	(void)script(op, &s);
	assert_true(has(s.note, "reply.external_authenticated"));
	assert_true(has(s.note, "; reply.internal_authenticated"));
	assert_true(has(s.note, "; the envelope sender"));
}

static void
an_included_script_says_so_and_does_the_same(void **state)
{
	struct op *op = *state;
	struct sieve_script s;
	const char *alone, *included;

	world_begin(op);
	alone = script(op, &s);
	w.wish.included = true;
	included = script(op, &s);
	assert_string_equal(strstr(alone, "require ["),
			    strstr(included, "require ["));
	assert_true(has(included, "# To be included"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(nobody_to_answer_is_no_script),
		UNIT_TEST(each_side_has_its_text_alone),
		UNIT_TEST(a_schedule_is_in_utc_and_names_no_zone_behind_it),
		UNIT_TEST(an_absence_is_remembered_as_long_as_it_lasts),
		UNIT_TEST(the_handle_is_the_absence_and_not_its_text),
		UNIT_TEST(the_same_wish_is_the_same_bytes),
		UNIT_TEST(every_character_is_only_a_character),
		UNIT_TEST(texts_names_and_subjects_stay_what_they_are),
		UNIT_TEST(addresses_may_have_any_character_of_theirs),
		UNIT_TEST(what_no_script_can_hold_is_refused),
		UNIT_TEST(tags_are_what_the_delimiters_say),
		UNIT_TEST(what_is_too_long_loses_contacts_and_then_plain_texts),
		UNIT_TEST(what_fits_nowhere_is_told_with_both_sizes),
		UNIT_TEST(contacts_that_nobody_takes_are_left_out),
		UNIT_TEST(a_server_has_to_be_able_to),
		UNIT_TEST(what_a_server_lacks_is_not_required),
		UNIT_TEST(what_only_a_milter_can_do_is_told),
		UNIT_TEST(an_included_script_says_so_and_does_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
