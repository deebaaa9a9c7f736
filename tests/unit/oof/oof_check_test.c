/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "oof/oof_check.h"

#define NOW INT64_C(1000000)

static struct oof_duration none = { 0 };
static struct oof_duration ahead = { .start = NOW + 10, .end = NOW + 20 };
static struct oof_duration later = { .start = NOW + 10, .end = NOW + 30 };
static struct oof_duration running = { .start = 1, .end = NOW + 1 };
static struct oof_duration past = { .start = 1, .end = NOW };
static struct oof_duration backward = { .start = NOW + 20, .end = NOW + 10 };
static struct oof_duration empty = { .start = NOW + 20, .end = NOW + 20 };

static void
a_duration_counts_only_when_scheduled(void **state)
{
	static const struct {
		const char *row;
		struct oof_duration *duration;
		enum oof_code scheduled;
	} rows[] = {
		/* clang-format off */
		{ "in the future",  &ahead,    OOF_NO_ERROR },
		{ "running",        &running,  OOF_NO_ERROR },
		{ "absent",         NULL,      OOF_ERROR_INVALID_SCHEDULED_OOF_DURATION },
		{ "past",           &past,     OOF_ERROR_INVALID_SCHEDULED_OOF_DURATION },
		{ "backward",       &backward, OOF_ERROR_INVALID_SCHEDULED_OOF_DURATION },
		{ "start is end",   &empty,    OOF_ERROR_INVALID_SCHEDULED_OOF_DURATION },
		{ "1970, both",     &none,     OOF_ERROR_INVALID_SCHEDULED_OOF_DURATION },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct oof_settings s = { .audience = AUDIENCE_ALL,
					  .duration = rows[i].duration };
		const char *why;

		s.state = OOF_SCHEDULED;
		CHECK_ROW(rows[i].row,
			  oof_check(&s, NOW, &why) == rows[i].scheduled);
		CHECK_ROW(rows[i].row,
			  (why == NULL) == (rows[i].scheduled == OOF_NO_ERROR));
		s.state = OOF_ENABLED;
		CHECK_ROW(rows[i].row,
			  oof_check(&s, NOW, &why) == OOF_NO_ERROR);
		s.state = OOF_DISABLED;
		CHECK_ROW(rows[i].row,
			  oof_check(&s, NOW, &why) == OOF_NO_ERROR);
	}
}

static void
a_reply_has_128000_bytes_and_no_more(void **state)
{
	static const struct {
		size_t n;
		enum oof_code code;
	} rows[] = {
		{ 0, OOF_NO_ERROR },
		{ OOF_MESSAGE_MAX, OOF_NO_ERROR },
		{ OOF_MESSAGE_MAX + 1, OOF_ERROR_INVALID_USER_OOF_SETTINGS },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char *text = op_alloc(op, rows[i].n + 1);
		struct oof_reply reply = { .message = text };
		const char *row = op_print(op, "%zu", rows[i].n), *why;

		memset(text, 'x', rows[i].n);
		for (unsigned on = OOF_DISABLED; on <= OOF_ENABLED; on++) {
			struct oof_settings s = { .state = on,
						  .internal = &reply };

			CHECK_ROW(row,
				  oof_check(&s, NOW, &why) == rows[i].code);
			s.internal = NULL;
			s.external = &reply;
			CHECK_ROW(row,
				  oof_check(&s, NOW, &why) == rows[i].code);
		}
	}
}

static void
strict_sites_want_both_replies(void **state)
{
	static struct oof_reply text = { .message = "x" };
	static struct oof_reply nothing = { .message = "" };
	static const struct {
		const char *row;
		unsigned state, audience;
		struct oof_reply *internal, *external; /* sent */
		struct oof_reply *had_internal, *had_external;
		bool right;
	} rows[] = {
		/* clang-format off */
		{ "both",             OOF_ENABLED,  AUDIENCE_ALL,  &text, &text, NULL, NULL, true },
		{ "both empty",       OOF_ENABLED,  AUDIENCE_ALL,  &nothing, &nothing, NULL, NULL, true },
		{ "none",             OOF_ENABLED,  AUDIENCE_ALL,  NULL, NULL, NULL, NULL, false },
		{ "none, scheduled",  OOF_SCHEDULED, AUDIENCE_ALL, NULL, NULL, NULL, NULL, false },
		{ "none, off",        OOF_DISABLED, AUDIENCE_ALL,  NULL, NULL, NULL, NULL, true },
		{ "none, stored",     OOF_ENABLED,  AUDIENCE_ALL,  NULL, NULL, &text, &text, true },
		{ "none, stored empty", OOF_ENABLED, AUDIENCE_ALL, NULL, NULL, &nothing, &nothing, false },
		{ "no external",      OOF_ENABLED,  AUDIENCE_KNOWN, &text, NULL, NULL, NULL, false },
		{ "no external, nobody outside", OOF_ENABLED, AUDIENCE_NONE, &text, NULL, NULL, NULL, true },
		{ "no internal",      OOF_ENABLED,  AUDIENCE_NONE, NULL, &text, NULL, NULL, false },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct oof_settings in = { .state = rows[i].state,
					   .audience = rows[i].audience,
					   .internal = rows[i].internal,
					   .external = rows[i].external };
		struct oof_stored old = {
			.settings = { .internal = rows[i].had_internal,
				      .external = rows[i].had_external }
		};
		const char *why;
		enum oof_code code = oof_check_strict(&in, &old, &why);

		CHECK_ROW(rows[i].row, (code == OOF_NO_ERROR) == rows[i].right);
		CHECK_ROW(rows[i].row, (why == NULL) == rows[i].right);
	}
}

static void
an_absent_reply_keeps_what_is_stored(void **state)
{
	static struct oof_reply had = { .message = "had", .lang = "de" };
	static struct oof_reply sent = { .message = "sent", .lang = "fr" };
	static struct oof_reply bare = { .message = "bare" };
	static struct oof_reply hollow = { 0 };
	static const struct {
		const char *row;
		struct oof_reply *in, *old;
		const char *message, *lang;
	} rows[] = {
		{ "sent over nothing", &sent, NULL, "sent", "fr" },
		{ "sent over another", &sent, &had, "sent", "fr" },
		{ "without a language", &bare, &had, "bare", "" },
		{ "without a Message", &hollow, &had, "", "" },
		{ "not sent", NULL, &had, "had", "de" },
		{ "never sent", NULL, NULL, "", "" },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct oof_settings in = { .state = OOF_ENABLED,
					   .internal = rows[i].in,
					   .external = &sent };
		struct oof_stored old = { .settings = { .internal =
								rows[i].old } };
		struct oof_stored out;

		oof_merge(op, &in, &old, &out);
		CHECK_ROW(rows[i].row, unit_same(out.settings.internal->message,
						 rows[i].message));
		CHECK_ROW(rows[i].row,
			  unit_same(out.settings.internal->lang, rows[i].lang));
		CHECK_ROW(rows[i].row,
			  unit_same(out.settings.external->message, "sent"));
	}
}

static void
a_duration_is_kept_unless_a_good_one_comes(void **state)
{
	static const struct {
		const char *row;
		struct oof_duration *in, *old, *out;
	} rows[] = {
		{ "sent", &ahead, NULL, &ahead },
		{ "sent over another", &ahead, &past, &ahead },
		{ "past, but in order", &past, NULL, &past },
		{ "absent", NULL, &past, &past },
		{ "backward", &backward, &past, &past },
		{ "start is end", &empty, NULL, NULL },
		{ "never", NULL, NULL, NULL },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct oof_settings in = { .state = OOF_DISABLED,
					   .duration = rows[i].in };
		struct oof_stored old = { .settings = { .duration =
								rows[i].old } };
		struct oof_stored out;

		oof_merge(op, &in, &old, &out);
		CHECK_ROW(rows[i].row, out.settings.duration == rows[i].out);
	}
}

static void
a_period_begins_with_an_absence_and_not_with_a_text(void **state)
{
	static struct oof_duration same = { .start = NOW + 10,
					    .end = NOW + 20 };
	static const struct {
		const char *row;
		unsigned old; /* 0: never stored */
		struct oof_duration *had;
		unsigned new;
		struct oof_duration *in;
		bool begins;
	} rows[] = {
		/* clang-format off */
		{ "first, on",              0,             NULL,   OOF_ENABLED,   NULL,   true },
		{ "first, off",             0,             NULL,   OOF_DISABLED,  NULL,   false },
		{ "first, scheduled",       0,             NULL,   OOF_SCHEDULED, &ahead, true },
		{ "switched on",            OOF_DISABLED,  NULL,   OOF_ENABLED,   NULL,   true },
		{ "switched off",           OOF_ENABLED,   NULL,   OOF_DISABLED,  NULL,   false },
		{ "stays on",               OOF_ENABLED,   NULL,   OOF_ENABLED,   NULL,   false },
		{ "stays on, stale times",  OOF_ENABLED,   &past,  OOF_ENABLED,   &ahead, false },
		{ "stays off",              OOF_DISABLED,  NULL,   OOF_DISABLED,  NULL,   false },
		{ "scheduled",              OOF_DISABLED,  &ahead, OOF_SCHEDULED, &ahead, true },
		{ "the same schedule",      OOF_SCHEDULED, &ahead, OOF_SCHEDULED, &same,  false },
		{ "another end",            OOF_SCHEDULED, &ahead, OOF_SCHEDULED, &later, true },
		{ "another start",          OOF_SCHEDULED, &later, OOF_SCHEDULED, &running, true },
		{ "scheduled, then on",     OOF_SCHEDULED, &ahead, OOF_ENABLED,   NULL,   true },
		{ "on, then scheduled",     OOF_ENABLED,   NULL,   OOF_SCHEDULED, &ahead, true },
		{ "over, then on",          OOF_SCHEDULED, &past,  OOF_ENABLED,   NULL,   true },
		{ "over, then another",     OOF_SCHEDULED, &past,  OOF_SCHEDULED, &ahead, true },
		{ "over, then off",         OOF_SCHEDULED, &past,  OOF_DISABLED,  NULL,   false },
		{ "off, the old schedule",  OOF_DISABLED,  &running, OOF_SCHEDULED, &running, true },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct oof_settings in = { .state = rows[i].new,
					   .audience = AUDIENCE_ALL,
					   .duration = rows[i].in };
		struct oof_stored old = { .settings = { .state = rows[i].old,
							.duration =
								rows[i].had },
					  .version = 4,
					  .period = 7 };
		struct oof_stored out;

		op->now = NOW;
		oof_merge(op, &in, &old, &out);
		CHECK_ROW(rows[i].row,
			  out.period == (rows[i].begins ? op->now : 7));
		old.period = NOW + 7; /* the clock was set back since */
		oof_merge(op, &in, &old, &out);
		CHECK_ROW(rows[i].row,
			  out.period == old.period + rows[i].begins);
		CHECK_ROW(rows[i].row, out.version == 5);
		CHECK_ROW(rows[i].row, out.changed == NOW);
		CHECK_ROW(rows[i].row, out.settings.state == rows[i].new);
		CHECK_ROW(rows[i].row, out.settings.audience == AUDIENCE_ALL);
	}
}

/* Texts, languages and whom they are for begin nothing anew: who was answered
 * stays answered (effect E-2). */
static void
an_edit_begins_no_period(void **state)
{
	static struct oof_reply one = { "one", "en" }, two = { "two", "de" };
	static const struct {
		const char *row;
		unsigned audience;
		struct oof_reply *internal, *external;
	} rows[] = {
		{ "an internal text", AUDIENCE_KNOWN, &two, &one },
		{ "an external text", AUDIENCE_KNOWN, &one, &two },
		{ "an emptied text", AUDIENCE_KNOWN, NULL, NULL },
		{ "from Known to All", AUDIENCE_ALL, &one, &one },
		{ "from Known to None", AUDIENCE_NONE, &one, &one },
		{ "nothing at all", AUDIENCE_KNOWN, &one, &one },
	};
	static const unsigned states[] = { OOF_ENABLED, OOF_SCHEDULED };
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows) * COUNT(states); i++) {
		size_t row = i / COUNT(states);
		unsigned on = states[i % COUNT(states)];
		struct oof_settings in = { .state = on,
					   .audience = rows[row].audience,
					   .duration = &running,
					   .internal = rows[row].internal,
					   .external = rows[row].external };
		struct oof_stored old = {
			.settings = { .state = on,
				      .audience = AUDIENCE_KNOWN,
				      .duration = &running,
				      .internal = &one,
				      .external = &one },
			.version = 4,
			.period = 7,
		};
		struct oof_stored out;

		oof_merge(op, &in, &old, &out);
		CHECK_ROW(rows[row].row, out.period == 7);
		CHECK_ROW(rows[row].row, out.version == 5);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_duration_counts_only_when_scheduled),
		UNIT_TEST(a_reply_has_128000_bytes_and_no_more),
		UNIT_TEST(strict_sites_want_both_replies),
		UNIT_TEST(an_absent_reply_keeps_what_is_stored),
		UNIT_TEST(a_duration_is_kept_unless_a_good_one_comes),
		UNIT_TEST(a_period_begins_with_an_absence_and_not_with_a_text),
		UNIT_TEST(an_edit_begins_no_period),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
