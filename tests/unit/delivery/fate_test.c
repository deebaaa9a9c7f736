/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/buf.h"
#include "delivery/fate.h"
#include "model/settings.h"

#define NOW INT64_C(1795298400)
#define HOUR_S INT64_C(3600)
#define GIVE_UP_H 24
#define LAST (NOW + GIVE_UP_H * HOUR_S) /* of a reply that was decided NOW */
#define GRACE_S 120

static const struct settings settings = { .outbox_give_up_h = GIVE_UP_H };
static const struct outbox_mail mail = { .id = 7, .at = NOW };

static void
what_a_server_says_decides(void **state)
{
	static const struct {
		const char *name;
		enum smtp_class class;
		int64_t now;
		unsigned wait_s;
		enum answered_state state;
		int64_t due;
		const char *reason;
	} rows[] = {
		/* clang-format off */
		{ "taken", SMTP_GOOD, NOW, 0, ANSWERED_SENT, 0, "250 x" },
		{ "refused", SMTP_NEVER, NOW, 0, ANSWERED_FAILED, 0, "250 x" },
		{ "nobody knows", SMTP_UNKNOWN, NOW, 0, ANSWERED_UNKNOWN, 0, "250 x" },
		{ "later", SMTP_LATER, NOW, 30, ANSWERED_WAITING, NOW + 30, "250 x" },
		{ "no server", SMTP_AWAY, NOW, 2, ANSWERED_WAITING, NOW + 2, "250 x" },
		{ "at once", SMTP_AWAY, NOW, 0, ANSWERED_WAITING, NOW, "250 x" },
		{ "the last try is at the end", SMTP_LATER, LAST - 100, HOUR_S, ANSWERED_WAITING, LAST, "250 x" },
		{ "just before the end", SMTP_LATER, LAST - 1, 30, ANSWERED_WAITING, LAST, "250 x" },
		{ "the last try", SMTP_LATER, LAST, 30, ANSWERED_FAILED, 0, "given up after 24 h: 250 x" },
		{ "the last try, without a server", SMTP_AWAY, LAST, 1, ANSWERED_FAILED, 0, "given up after 24 h: 250 x" },
		{ "taken at last", SMTP_GOOD, LAST, 0, ANSWERED_SENT, 0, "250 x" },
		{ "refused at last", SMTP_NEVER, LAST, 0, ANSWERED_FAILED, 0, "250 x" },
		/* clang-format on */
	};
	struct op *op = *state;
	struct fate f;

	op->settings = &settings;
	for (size_t i = 0; i < COUNT(rows); i++) {
		op->now = rows[i].now;
		fate_make(op, &mail, rows[i].class, "250 x", rows[i].wait_s,
			  &f);
		CHECK_ROW(rows[i].name, f.id == 7);
		CHECK_ROW(rows[i].name, f.state == rows[i].state);
		CHECK_ROW(rows[i].name,
			  rows[i].due == 0 || f.due == rows[i].due);
		CHECK_ROW(rows[i].name, strcmp(f.reason, rows[i].reason) == 0);
	}
}

static void
a_reason_has_a_limit(void **state)
{
	struct op *op = *state;
	struct fate f;
	struct buf reason;

	op->settings = &settings;
	op->now = LAST;
	buf_init(&reason, op, 0, KIB);
	for (int i = 0; i < FATE_REASON_MAX; i++)
		buf_putc(&reason, 'x');
	fate_make(op, &mail, SMTP_NEVER, buf_text(&reason), 0, &f);
	assert_int_equal(strlen(f.reason), FATE_REASON_MAX);
	fate_make(op, &mail, SMTP_LATER, buf_text(&reason), 0, &f);
	assert_int_equal(strlen(f.reason), FATE_REASON_MAX);
	assert_memory_equal(f.reason, "given up after 24 h: x", 22);
}

static void
a_reply_that_is_too_late_is_not_tried(void **state)
{
	static const struct {
		const char *name;
		int64_t now;
		bool late;
	} rows[] = {
		{ "at once", NOW, false },
		{ "the last try", LAST, false },
		{ "the last try, begun late", LAST + GRACE_S, false },
		{ "behind it", LAST + GRACE_S + 1, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].name,
			  fate_is_late(&mail, GIVE_UP_H, rows[i].now) ==
				  rows[i].late);
}

static void
waiting_doubles_up_to_its_end(void **state)
{
	static const struct {
		const struct patience *p;
		unsigned tries, least, most;
	} rows[] = {
		{ &fate_mail, 0, 23, 30 },
		{ &fate_mail, 1, 45, 60 },
		{ &fate_mail, 2, 90, 120 },
		{ &fate_mail, 6, 1440, 1920 },
		{ &fate_mail, 7, 2700, 3600 },
		{ &fate_mail, 8, 2700, 3600 },
		{ &fate_mail, UINT32_MAX, 2700, 3600 },
		{ &fate_server, 0, 1, 1 },
		{ &fate_server, 1, 2, 2 },
		{ &fate_server, 2, 3, 4 },
		{ &fate_server, 5, 24, 32 },
		{ &fate_server, 6, 45, 60 },
		{ &fate_server, 60, 45, 60 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned least = UINT32_MAX, most = 0;

		for (uint32_t chance = 0; chance < HOUR_S; chance++) {
			unsigned s =
				patience_s(rows[i].p, rows[i].tries, chance);

			least = s < least ? s : least;
			most = s > most ? s : most;
		}
		assert_int_equal(least, rows[i].least);
		assert_int_equal(most, rows[i].most);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(what_a_server_says_decides),
		UNIT_TEST(a_reason_has_a_limit),
		UNIT_TEST(a_reply_that_is_too_late_is_not_tried),
		UNIT_TEST(waiting_doubles_up_to_its_end),
	};

	return cmocka_run_group_tests_name("delivery/fate", tests, NULL, NULL);
}
