/* SPDX-License-Identifier: Apache-2.0 */
/* The companion operations between stand-ins for directory and store: what a
 * real server in good health does not show (tests/spec has the rest). */
#include "oof/world.h"

#include "base/buf.h"
#include "companion/availability.h"
#include "companion/configuration.h"
#include "companion/folders.h"
#include "companion/ids.h"
#include "companion/names.h"
#include "companion/tips.h"

static struct house house;

static const enum err troubles[] = { ERR_DOWN, ERR_INTERNAL, ERR_WAIT };

/* Puts somebody out of office, with a text of n bytes for each side. */
static void
leave(struct op *op, int64_t mailbox, size_t n)
{
	struct oof_reply *reply = op_alloc(op, sizeof(*reply));
	char *text = op_alloc(op, n + 1);

	memset(text, 'x', n);
	reply->message = text;
	world.row[mailbox].settings = (struct oof_settings){
		.state = OOF_ENABLED,
		.audience = AUDIENCE_ALL,
		.internal = reply,
		.external = reply,
	};
}

/* ---- mail tips ---- */

static enum err
ask_tips(struct op *op, const char *address, size_t n, const char *requested,
	 struct tips_response *out)
{
	struct recipient *who = op_alloc(op, n * sizeof(*who));
	struct tips_request in = { .recipients = { who, n },
				   .requested = requested };

	for (size_t i = 0; i < n; i++)
		who[i].address = address;
	*out = (struct tips_response){ 0 };
	return tips_get(&house, op, &in, out);
}

static const char *
tip(const struct tips_response *r, size_t i)
{
	const struct tips_absence *a = r->messages.message[i].tips.absence;

	return a == NULL ? NULL : a->reply.message;
}

static void
a_tip_is_what_a_mail_would_get(void **state)
{
	static const struct {
		const char *caller, *address;
		bool told;
	} rows[] = {
		/* clang-format off */
		{ MALLORY,   ADA,       true },
		{ ADA,       ADA,       true },
		{ ELSEWHERE, ADA,       true },  /* outside, and all are answered */
		{ MALLORY,   INSIDE,    true },
		{ ELSEWHERE, INSIDE,    false }, /* its policy is none */
		{ MALLORY,   ELSEWHERE, true },
		{ MALLORY,   SHARED,    false }, /* there */
		{ MALLORY,   "x@y.z",   false },
		{ MALLORY,   "",        false },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tips_response out;

		world_begin(op, rows[i].caller);
		leave(op, 1, 3);
		leave(op, 4, 3);
		leave(op, 5, 3);
		CHECK_ROW(rows[i].address,
			  ask_tips(op, rows[i].address, 1, "All", &out) == OK);
		CHECK_ROW(rows[i].address,
			  strcmp(tip(&out, 0), rows[i].told ? "xxx" : "") == 0);
	}
}

/* without contacts nobody is Known, and it acts as None. */
static void
a_tip_to_known_senders_is_for_contacts(void **state)
{
	static const struct {
		const char *name, *caller, *known;
		unsigned audience;
		bool told;
	} rows[] = {
		/* clang-format off */
		{ "a contact", ELSEWHERE, ELSEWHERE, AUDIENCE_KNOWN, true },
		{ "another is one", ELSEWHERE, MALLORY, AUDIENCE_KNOWN, false },
		{ "no contacts at all", ELSEWHERE, NULL, AUDIENCE_KNOWN, false },
		{ "none are answered", ELSEWHERE, ELSEWHERE, AUDIENCE_NONE, false },
		{ "a colleague", MALLORY, NULL, AUDIENCE_KNOWN, true },
		/* clang-format on */
	};
	struct op *op = *state;
	struct tips_response out;

	for (size_t i = 0; i < COUNT(rows); i++) {
		world_begin(op, rows[i].caller);
		leave(op, 1, 3);
		world.known = rows[i].known;
		world.row[1].settings.audience = rows[i].audience;
		CHECK_ROW(rows[i].name,
			  ask_tips(op, ADA, 1, "All", &out) == OK);
		CHECK_ROW(rows[i].name,
			  strcmp(tip(&out, 0), rows[i].told ? "xxx" : "") == 0);
	}
	world_begin(op, ELSEWHERE);
	leave(op, 1, 3);
	world.contacts = ERR_INTERNAL; /* asked only where it counts */
	assert_int_equal(ask_tips(op, ADA, 1, "All", &out), OK);
	world.row[1].settings.audience = AUDIENCE_KNOWN;
	assert_int_equal(ask_tips(op, ADA, 1, "All", &out), ERR_INTERNAL);
}

static void
tips_have_room_for_so_much_text(void **state)
{
	struct op *op = *state;
	struct tips_response out;
	const size_t quarter = TIPS_TEXT_MAX / 4;

	world_begin(op, ADA);
	leave(op, 1, quarter);
	assert_int_equal(ask_tips(op, ADA, 6, "OutOfOfficeMessage", &out), OK);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(strlen(tip(&out, i)), quarter);
	for (size_t i = 4; i < 6; i++) {
		assert_null(tip(&out, i));
		assert_string_equal(out.messages.message[i].tips.pending,
				    "OutOfOfficeMessage");
	}
	leave(op, 1, quarter + 1); /* a byte more than four times fits */
	assert_int_equal(ask_tips(op, ADA, 4, "OutOfOfficeMessage", &out), OK);
	assert_non_null(tip(&out, 2));
	assert_null(tip(&out, 3));
}

/* The largest answer of all fits the desk's limit of 3 MiB. */
static void
the_largest_answer_can_be_written(void **state)
{
	struct op *op = *state;
	struct tips_response out;
	struct buf buf;
	char *text;

	world_begin(op, ADA);
	leave(op, 1, TIPS_TEXT_MAX / TIPS_MAX);
	text = op_dup(op, world.row[1].settings.internal->message);
	memset(text, '&', strlen(text));
	world.row[1].settings.internal->message = text;
	assert_int_equal(ask_tips(op, ADA, TIPS_MAX, "All", &out), OK);
	for (size_t i = 0; i < TIPS_MAX; i++) {
		struct recipient *who = &out.messages.message[i].tips.recipient;
		char *name = op_alloc(op, ADDRESS_MAX + 1);

		memset(name, '&', ADDRESS_MAX);
		who->name = who->address = name;
	}
	buf_init(&buf, op, 0, 3 * MIB - 4 * KIB);
	xsd_write(&buf, XSD_DEFAULT, "m:X", &tips_response_type, &out);
	assert_int_equal(buf_err(&buf), OK);
}

static void
only_words_that_are_whole_are_asked_for(void **state)
{
	static const struct {
		const char *requested;
		bool absence, full;
	} rows[] = {
		{ "", false, false },
		{ "All", true, true },
		{ "OutOfOfficeMessage", true, false },
		{ "OutOfOfficeMessages OutOfOffice", false, false },
		{ "MailboxFullStatus\n\tOutOfOfficeMessage ", true, true },
		{ "Odd All", true, true },
		{ "all", false, false },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tips_response out;
		const struct tips_of *tips;

		world_begin(op, ADA);
		CHECK_ROW(rows[i].requested,
			  ask_tips(op, ADA, 1, rows[i].requested, &out) == OK);
		tips = &out.messages.message[0].tips;
		CHECK_ROW(rows[i].requested,
			  (tips->absence != NULL) == rows[i].absence);
		CHECK_ROW(rows[i].requested, tips->full == rows[i].full);
	}
}

/* Each recipient has the words looked through. */
static void
what_is_asked_for_has_an_end(void **state)
{
	struct op *op = *state;
	struct tips_response out;
	char *words = op_alloc(op, TIPS_REQUESTED_MAX + 2);

	memset(words, ' ', TIPS_REQUESTED_MAX);
	memcpy(words + TIPS_REQUESTED_MAX - 3, "All", 3);
	world_begin(op, ADA);
	assert_int_equal(ask_tips(op, ADA, 1, words, &out), OK);
	assert_non_null(tip(&out, 0));
	words[TIPS_REQUESTED_MAX] = ' ';
	assert_int_equal(ask_tips(op, ADA, 1, words, &out), ERR_INVALID);
}

static void
a_tip_that_cannot_be_found_out_is_none(void **state)
{
	struct op *op = *state;
	struct tips_response out;

	for (size_t i = 0; i < COUNT(troubles); i++) {
		world_begin(op, ADA);
		world.get = troubles[i];
		assert_int_equal(ask_tips(op, ADA, 1, "All", &out),
				 troubles[i]);
		world.get = OK;
		world.resolve = troubles[i];
		assert_int_equal(ask_tips(op, ADA, 1, "All", &out),
				 troubles[i]);
	}
	world.resolve = OK;
	world.get = ERR_NOT_FOUND; /* removed a moment ago */
	assert_int_equal(ask_tips(op, ADA, 1, "All", &out), OK);
	assert_string_equal(tip(&out, 0), "");
}

/* ---- names ---- */

static enum err
ask_name(struct op *op, const char *entry, struct names_response *out)
{
	const struct names_request in = { .entry = entry, .full = XSD_TRUE };

	*out = (struct names_response){ 0 };
	return names_resolve(&house, op, &in, out);
}

static void
colleagues_are_found_where_that_is_wanted(void **state)
{
	static const struct {
		const char *entry;
		bool resolve;
		size_t n;
	} rows[] = {
		{ "ada", true, 1 },
		{ "mal", true, 1 },
		{ "i", true, 2 },
		{ "eve", true, 0 },
		{ MALLORY, true, 1 },
		{ "smtp:" MALLORY, true, 1 },
		{ "smtp:mal", true, 0 },
		{ ELSEWHERE, true, 0 },
		{ "ada", false, 0 },
		{ ADA, false, 1 },
		{ "ada.alias@frontdesk.example", false, 1 },
		{ MALLORY, false, 0 },
		{ "smtp:" MALLORY, false, 0 },
		{ "", false, 0 },
		{ "Ada L", false, 0 },
		{ "ada lovelace", false, 1 },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct names_response out;
		const struct names_set *set;

		world_begin(op, ADA);
		world.settings.resolve_names = rows[i].resolve;
		CHECK_ROW(rows[i].entry,
			  ask_name(op, rows[i].entry, &out) == OK);
		set = out.messages.message.set;
		CHECK_ROW(rows[i].entry,
			  (set == NULL ? 0 : set->resolution_n) == rows[i].n);
	}
}

static void
what_is_longer_than_any_name_is_not_looked_for(void **state)
{
	struct op *op = *state;
	struct names_response out;
	char *entry = op_alloc(op, NAMES_ENTRY_MAX + 2);

	memset(entry, 'a', NAMES_ENTRY_MAX);
	world_begin(op, ADA);
	world.settings.resolve_names = true;
	world.resolve = ERR_DOWN; /* so it can be told whether it was */
	assert_int_equal(ask_name(op, entry, &out), ERR_DOWN);
	entry[NAMES_ENTRY_MAX] = 'a';
	assert_int_equal(ask_name(op, entry, &out), OK);
	assert_null(out.messages.message.set);
	world.resolve = OK;
}

static void
a_name_that_cannot_be_looked_up_is_not_nobodys(void **state)
{
	struct op *op = *state;
	struct names_response out;

	for (size_t i = 0; i < COUNT(troubles); i++) {
		world_begin(op, ADA);
		world.settings.resolve_names = true;
		world.get = troubles[i];
		assert_int_equal(ask_name(op, "ada", &out), troubles[i]);
		world.get = OK;
		world.resolve = troubles[i];
		assert_int_equal(ask_name(op, "ada", &out), troubles[i]);
	}
}

/* ---- those that answer from nothing ---- */

static void
each_id_gets_an_answer(void **state)
{
	struct op *op = *state;
	struct ids_source *sources = op_alloc(op, IDS_MAX * sizeof(*sources));
	struct folders_id folders[2] = { { .id = "x" },
					 { .distinguished = "inbox" } };
	const struct ids_request ids = { .sources = { sources, IDS_MAX } };
	const struct folders_request some = { .ids = { folders, 2 } };
	struct ids_response converted = { 0 };
	struct folders_response got = { 0 };

	world_begin(op, ADA);
	assert_int_equal(ids_convert(&house, op, &ids, &converted), OK);
	assert_int_equal(converted.messages.message_n, IDS_MAX);
	assert_int_equal(converted.messages.message[IDS_MAX - 1].outcome.code,
			 OUTCOME_INVALID_ID_MALFORMED);
	assert_int_equal(folders_get(&house, op, &some, &got), OK);
	assert_int_equal(got.messages.message[0].outcome.code,
			 OUTCOME_INVALID_ID_MALFORMED);
	assert_int_equal(got.messages.message[1].outcome.code,
			 OUTCOME_ITEM_NOT_FOUND);
}

static void
what_was_asked_for_is_refused_and_nothing_else(void **state)
{
	static const struct {
		bool view, suggestions, items, hints;
	} rows[] = {
		{ false, false, true, false },
		{ true, false, true, false },
		{ false, true, false, true },
		{ true, true, true, true },
	};
	struct op *op = *state;
	struct availability_options options = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct availability_request in = {
			.view = rows[i].view ? &options : NULL,
			.suggestions = rows[i].suggestions ? &options : NULL,
		};
		struct availability_response out = { 0 };

		assert_int_equal(availability_get(&house, op, &in, &out), OK);
		assert_int_equal(out.items != NULL, rows[i].items);
		assert_int_equal(out.suggestions != NULL, rows[i].hints);
	}
}

static void
an_unknown_configuration_spoils_no_other(void **state)
{
	struct op *op = *state;
	struct configuration_name names[] = { { "Odd" }, { "MailTips" } };
	const struct configuration_request in = { .names = { names, 2 } };
	struct configuration_response out = { 0 };

	world_begin(op, ADA);
	assert_int_equal(configuration_get(&house, op, &in, &out), OK);
	assert_int_equal(out.outcome.code, OUTCOME_NO_ERROR);
	assert_int_equal(out.messages.message[0].outcome.code,
			 OUTCOME_INVALID_ARGUMENT);
	assert_int_equal(out.messages.message[1].tips->recipients_max,
			 TIPS_MAX);
	assert_string_equal(
		out.messages.message[1].tips->domains.domain[0].name,
		"frontdesk.example");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_tip_is_what_a_mail_would_get),
		UNIT_TEST(a_tip_to_known_senders_is_for_contacts),
		UNIT_TEST(tips_have_room_for_so_much_text),
		UNIT_TEST(the_largest_answer_can_be_written),
		UNIT_TEST(only_words_that_are_whole_are_asked_for),
		UNIT_TEST(what_is_asked_for_has_an_end),
		UNIT_TEST(a_tip_that_cannot_be_found_out_is_none),
		UNIT_TEST(colleagues_are_found_where_that_is_wanted),
		UNIT_TEST(what_is_longer_than_any_name_is_not_looked_for),
		UNIT_TEST(a_name_that_cannot_be_looked_up_is_not_nobodys),
		UNIT_TEST(each_id_gets_an_answer),
		UNIT_TEST(what_was_asked_for_is_refused_and_nothing_else),
		UNIT_TEST(an_unknown_configuration_spoils_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
