/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "oof/oof_decide.h"

#define START 1000
#define END 2000

static struct oof_duration duration = { .start = START, .end = END };
static struct oof_reply inside = { "in", "de" }, outside = { "out", NULL },
			empty = { "", NULL }, bare = { NULL, NULL };

static void
somebody_is_absent_by_state_and_schedule(void **state)
{
	static const struct {
		const char *row;
		unsigned state;
		bool duration;
		int64_t now;
		enum oof_verdict verdict;
	} rows[] = {
		/* clang-format off */
		{ "never set",              0,             false, 0,       OOF_IS_OFF },
		{ "disabled",               OOF_DISABLED,  false, 0,       OOF_IS_OFF },
		{ "disabled in a schedule", OOF_DISABLED,  true,  START,   OOF_IS_OFF },
		{ "enabled",                OOF_ENABLED,   false, 0,       OOF_REPLIES },
		{ "enabled, long over",     OOF_ENABLED,   true,  END + 1, OOF_REPLIES },
		{ "a second before",        OOF_SCHEDULED, true,  START - 1, OOF_IS_EARLY },
		{ "the first second",       OOF_SCHEDULED, true,  START,   OOF_REPLIES },
		{ "the last second",        OOF_SCHEDULED, true,  END - 1, OOF_REPLIES },
		{ "the end itself",         OOF_SCHEDULED, true,  END,     OOF_IS_OVER },
		{ "long over",              OOF_SCHEDULED, true,  INT64_MAX, OOF_IS_OVER },
		{ "no schedule",            OOF_SCHEDULED, false, START,   OOF_IS_OFF },
		{ "a state of no name",     OOF_SCHEDULED + 1, true, START, OOF_IS_OFF },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct oof_settings s = {
			.state = rows[i].state,
			.audience = AUDIENCE_ALL,
			.duration = rows[i].duration ? &duration : NULL,
			.internal = &inside,
			.external = &outside,
		};
		struct oof_decision d;

		CHECK_ROW(rows[i].row,
			  oof_in_effect(&s, rows[i].now) == rows[i].verdict);
		oof_decide(&s, AUDIENCE_ALL, OOF_INSIDE, rows[i].now, &d);
		CHECK_ROW(rows[i].row, d.verdict == rows[i].verdict);
		CHECK_ROW(rows[i].row,
			  (d.reply != NULL) == (d.verdict == OOF_REPLIES));
		CHECK_ROW(rows[i].row,
			  (d.duration != NULL) ==
				  (d.verdict == OOF_REPLIES &&
				   rows[i].state == OOF_SCHEDULED));
	}
}

/* Each audience under each policy, for each sender: who gets a reply. */
static void
the_smaller_of_audience_and_policy_counts(void **state)
{
	static const struct {
		const char *row;
		unsigned audience, policy;
		bool known, stranger;
	} rows[] = {
		/* clang-format off */
		{ "all, all",     AUDIENCE_ALL,   AUDIENCE_ALL,   true,  true },
		{ "all, known",   AUDIENCE_ALL,   AUDIENCE_KNOWN, true,  false },
		{ "all, none",    AUDIENCE_ALL,   AUDIENCE_NONE,  false, false },
		{ "known, all",   AUDIENCE_KNOWN, AUDIENCE_ALL,   true,  false },
		{ "known, known", AUDIENCE_KNOWN, AUDIENCE_KNOWN, true,  false },
		{ "known, none",  AUDIENCE_KNOWN, AUDIENCE_NONE,  false, false },
		{ "none, all",    AUDIENCE_NONE,  AUDIENCE_ALL,   false, false },
		{ "none, known",  AUDIENCE_NONE,  AUDIENCE_KNOWN, false, false },
		{ "none, none",   AUDIENCE_NONE,  AUDIENCE_NONE,  false, false },
		{ "unset, all",   0,              AUDIENCE_ALL,   false, false },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct oof_settings s = { .state = OOF_ENABLED,
						.audience = rows[i].audience,
						.internal = &inside,
						.external = &outside };
		struct oof_decision d;

		oof_decide(&s, rows[i].policy, OOF_INSIDE, 0, &d);
		CHECK_ROW(rows[i].row, d.reply == &inside);
		oof_decide(&s, rows[i].policy, OOF_KNOWN, 0, &d);
		CHECK_ROW(rows[i].row,
			  d.reply == (rows[i].known ? &outside : NULL));
		CHECK_ROW(rows[i].row,
			  d.verdict == (rows[i].known ? OOF_REPLIES
						      : OOF_IS_BARRED));
		oof_decide(&s, rows[i].policy, OOF_STRANGER, 0, &d);
		CHECK_ROW(rows[i].row,
			  d.reply == (rows[i].stranger ? &outside : NULL));
	}
}

static void
each_side_has_its_own_text_and_none_is_no_reply(void **state)
{
	static const struct {
		const char *row;
		struct oof_reply *internal, *external;
		enum oof_verdict to_inside, to_stranger;
	} rows[] = {
		/* clang-format off */
		{ "both",         &inside, &outside, OOF_REPLIES,  OOF_REPLIES },
		{ "empty inside", &empty,  &outside, OOF_IS_EMPTY, OOF_REPLIES },
		{ "empty outside", &inside, &empty,  OOF_REPLIES,  OOF_IS_EMPTY },
		{ "no message",   &bare,   &bare,    OOF_IS_EMPTY, OOF_IS_EMPTY },
		{ "none at all",  NULL,    NULL,     OOF_IS_EMPTY, OOF_IS_EMPTY },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct oof_settings s = { .state = OOF_ENABLED,
						.audience = AUDIENCE_ALL,
						.internal = rows[i].internal,
						.external = rows[i].external };
		struct oof_decision d;

		oof_decide(&s, AUDIENCE_ALL, OOF_INSIDE, 0, &d);
		CHECK_ROW(rows[i].row, d.verdict == rows[i].to_inside);
		CHECK_ROW(rows[i].row, d.reply == NULL || d.reply == &inside);
		oof_decide(&s, AUDIENCE_ALL, OOF_STRANGER, 0, &d);
		CHECK_ROW(rows[i].row, d.verdict == rows[i].to_stranger);
		CHECK_ROW(rows[i].row, d.reply == NULL || d.reply == &outside);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(somebody_is_absent_by_state_and_schedule),
		UNIT_TEST(the_smaller_of_audience_and_policy_counts),
		UNIT_TEST(each_side_has_its_own_text_and_none_is_no_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
