/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "model/settings.h"
#include "verbs/absence.h"

#define NOW INT64_C(1795305600) /* 2026-11-22T00:00:00Z */
#define HOUR 3600

static struct oof_duration an_hour = { .start = NOW, .end = NOW + HOUR };

static void
a_language_tag_is_read_by_its_rule(void **state)
{
	static const struct {
		const char *tag;
		bool right;
	} rows[] = {
		/* clang-format off */
		{ "de", true }, { "en-GB", true }, { "sl-rozaj-1994", true },
		{ "abcdefgh", true }, { "abcdefghi", false },
		{ "de-12345678", true }, { "de-123456789", false },
		{ "1a", false }, { "de1", false }, { "en_US", false },
		{ "de-", false }, { "-de", false }, { "de--at", false },
		{ "", false }, { "de ", false }, { "d\xc3\xa9", false },
		{ "a2345678-a2345678", false },
		/* 64 bytes, and 65 */
		{ "abcdefg-bcdefgh-bcdefgh-bcdefgh-bcdefgh-bcdefgh-bcdefgh-bcdefghi", true },
		{ "abcdefgh-bcdefgh-bcdefgh-bcdefgh-bcdefgh-bcdefgh-bcdefgh-bcdefghi", false },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].tag,
			  absence_is_lang(rows[i].tag) == rows[i].right);
}

static void
an_absence_is_in_force_from_start_to_end(void **state)
{
	static const struct {
		const char *name;
		unsigned state;
		bool duration;
		int64_t now;
		bool in_force, soon;
	} rows[] = {
		/* clang-format off */
		{ "never set", 0, false, NOW, false, false },
		{ "off", OOF_DISABLED, true, NOW, false, false },
		{ "on", OOF_ENABLED, false, NOW, true, false },
		{ "on, with an old schedule", OOF_ENABLED, true, NOW + 9 * HOUR, true, false },
		{ "long before", OOF_SCHEDULED, true, NOW - 9 * HOUR - 1, false, false },
		{ "just soon", OOF_SCHEDULED, true, NOW - 9 * HOUR, false, true },
		{ "before", OOF_SCHEDULED, true, NOW - 1, false, true },
		{ "start", OOF_SCHEDULED, true, NOW, true, true },
		{ "last second", OOF_SCHEDULED, true, NOW + HOUR - 1, true, true },
		{ "end", OOF_SCHEDULED, true, NOW + HOUR, false, false },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct oof_settings s = {
			.state = rows[i].state,
			.duration = rows[i].duration ? &an_hour : NULL,
		};

		CHECK_ROW(rows[i].name,
			  absence_is_now(&s, rows[i].now) == rows[i].in_force);
		CHECK_ROW(rows[i].name,
			  absence_is_soon(&s, rows[i].now, 9 * HOUR) ==
				  rows[i].soon);
	}
}

static const struct mailbox ada = { .address = "ada@example.com",
				    .policy = AUDIENCE_ALL };

static void
json_is(json_t *value, const char *wanted)
{
	char *text = json_dumps(value, JSON_COMPACT);

	assert_string_equal(text, wanted);
	free(text);
	json_decref(value);
}

static void
json_has_all_keys_always(void **state)
{
	static const struct effect none = { .status = EFFECT_NONE };
	static const struct effect stored = { .status = EFFECT_STORED,
					      .via = "sieve-file:mail",
					      .since = NOW - HOUR,
					      .reason = "it is full" };
	struct op *op = *state;
	struct oof_reply internal = { "weg", "de" }, external = { "", "" };
	const struct oof_stored never = { .version = 0 };
	struct oof_stored set = {
		.settings = { .state = OOF_SCHEDULED,
			      .audience = AUDIENCE_KNOWN,
			      .duration = &an_hour,
			      .internal = &internal,
			      .external = &external },
		.version = 1,
		.changed = NOW - HOUR,
	};

	op->now = NOW;
	json_is(absence_json(op, &ada, &never, &none),
		"{\"address\":\"ada@example.com\",\"state\":\"disabled\","
		"\"audience\":\"all\",\"start\":null,\"end\":null,"
		"\"internal\":{\"text\":\"\",\"lang\":null},"
		"\"external\":{\"text\":\"\",\"lang\":null},"
		"\"effect\":{\"status\":\"none\",\"via\":null,\"since\":null,"
		"\"reason\":null}}");
	json_is(absence_json(op, &ada, &set, &stored),
		"{\"address\":\"ada@example.com\",\"state\":\"scheduled\","
		"\"audience\":\"known\",\"start\":\"2026-11-22T00:00:00Z\","
		"\"end\":\"2026-11-22T01:00:00Z\","
		"\"internal\":{\"text\":\"weg\",\"lang\":\"de\"},"
		"\"external\":{\"text\":\"\",\"lang\":null},"
		"\"effect\":{\"status\":\"stored\","
		"\"via\":\"sieve-file:mail\","
		"\"since\":\"2026-11-21T23:00:00Z\","
		"\"reason\":\"it is full\"}}");
}

static void
every_effect_has_its_word(void **state)
{
	(void)state;
	assert_string_equal(absence_effect_name(EFFECT_NONE), "none");
	assert_string_equal(absence_effect_name(EFFECT_OFF), "off");
	assert_string_equal(absence_effect_name(EFFECT_IN_FORCE), "in_force");
	assert_string_equal(absence_effect_name(EFFECT_STORED), "stored");
}

/* ---- changes ---- */

struct change_row {
	const char *name;
	struct absence_wish wish;
	struct oof_settings old;
	enum err err;
	unsigned state, audience;
	const char *internal, *lang;
	bool duration;
};

static struct oof_reply old_reply = { "old", "fr" };
static const struct oof_duration next_hour = { .start = NOW + HOUR,
					       .end = NOW + 2 * HOUR };
static const struct oof_duration last_hour = { .start = NOW - HOUR,
					       .end = NOW };
static const struct oof_duration no_time = { .start = NOW + HOUR,
					     .end = NOW + HOUR };

static void
a_change_keeps_what_is_not_given(void **state)
{
#define OLD                                                                    \
	{                                                                      \
		.state = OOF_SCHEDULED, .audience = AUDIENCE_NONE,             \
		.duration = &an_hour, .internal = &old_reply,                  \
		.external = &old_reply                                         \
	}
	static const struct change_row rows[] = {
		/* clang-format off */
		{ "first, on", { .state = OOF_ENABLED, .internal = "x" }, { 0 },
		  OK, OOF_ENABLED, AUDIENCE_ALL, "x", "", false },
		{ "first, off", { .state = OOF_DISABLED }, { 0 },
		  OK, OOF_DISABLED, AUDIENCE_ALL, "", "", false },
		{ "first, kept", { .internal = "x" }, { 0 },
		  OK, OOF_DISABLED, AUDIENCE_ALL, "x", "", false },
		{ "off keeps all", { .state = OOF_DISABLED }, OLD,
		  OK, OOF_DISABLED, AUDIENCE_NONE, "old", "fr", true },
		{ "a text loses its language", { .state = OOF_ENABLED, .internal = "x" }, OLD,
		  OK, OOF_ENABLED, AUDIENCE_NONE, "x", "", true },
		{ "a text with its language", { .state = OOF_ENABLED, .internal = "x", .lang = "de" }, OLD,
		  OK, OOF_ENABLED, AUDIENCE_NONE, "x", "de", true },
		{ "an empty text", { .state = OOF_ENABLED, .internal = "" }, OLD,
		  OK, OOF_ENABLED, AUDIENCE_NONE, "", "", true },
		{ "another audience", { .state = OOF_ENABLED, .audience = AUDIENCE_KNOWN }, OLD,
		  OK, OOF_ENABLED, AUDIENCE_KNOWN, "old", "fr", true },
		{ "scheduled", { .state = OOF_SCHEDULED, .duration = &next_hour }, { 0 },
		  OK, OOF_SCHEDULED, AUDIENCE_ALL, "", "", true },
		{ "kept scheduled", { .internal = "x" }, OLD,
		  OK, OOF_SCHEDULED, AUDIENCE_NONE, "x", "", true },
		{ "over already", { .state = OOF_SCHEDULED, .duration = &last_hour }, { 0 },
		  ERR_INVALID, 0, 0, NULL, NULL, false },
		{ "no time between", { .state = OOF_SCHEDULED, .duration = &no_time }, { 0 },
		  ERR_INVALID, 0, 0, NULL, NULL, false },
		/* clang-format on */
	};
	struct op *op = *state;
	static const struct settings settings = { .strict_replies = false };

	op->now = NOW;
	op->settings = &settings;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct oof_stored old = { .settings = rows[i].old };
		struct absence_wish wish = rows[i].wish;
		struct oof_stored new = { .version = 0 };

		CHECK_ROW(rows[i].name,
			  absence_change(op, &old, &wish, &new) == rows[i].err);
		if (rows[i].err != OK)
			continue;
		CHECK_ROW(rows[i].name, new.settings.state == rows[i].state);
		CHECK_ROW(rows[i].name,
			  new.settings.audience == rows[i].audience);
		CHECK_ROW(rows[i].name,
			  unit_same(new.settings.internal->message,
				    rows[i].internal));
		CHECK_ROW(rows[i].name,
			  unit_same(new.settings.internal->lang, rows[i].lang));
		CHECK_ROW(rows[i].name,
			  (new.settings.duration != NULL) == rows[i].duration);
	}
}

static void
a_strict_site_wants_both_replies(void **state)
{
	struct op *op = *state;
	static const struct settings strict = { .strict_replies = true };
	const struct oof_stored old = { .version = 0 };
	struct absence_wish wish = { .state = OOF_ENABLED, .internal = "x" };
	struct oof_stored new;

	op->now = NOW;
	op->settings = &strict;
	assert_int_equal(absence_change(op, &old, &wish, &new), ERR_INVALID);
	wish.external = "y";
	assert_int_equal(absence_change(op, &old, &wish, &new), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_language_tag_is_read_by_its_rule),
		UNIT_TEST(an_absence_is_in_force_from_start_to_end),
		UNIT_TEST(json_has_all_keys_always),
		UNIT_TEST(every_effect_has_its_word),
		UNIT_TEST(a_change_keeps_what_is_not_given),
		UNIT_TEST(a_strict_site_wants_both_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
