/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_unit.h"

#include "cli/out.h"
#include "verbs/transfer/bulk.h"
#include "verbs/transfer/bulk_bar.h"

#include <signal.h>
#include <stdatomic.h>

#define MANY 500 /* items */

static const struct out_column columns[] = {
	{ "n", "N" },
	{ "result", "RESULT" },
	{ "reason", "REASON" },
	{ NULL, NULL },
};

static const enum bulk_result results[] = { BULK_SET, BULK_SKIPPED, BULK_FAILED,
					    BULK_LEFT };

struct test {
	struct cli c;
	char *text; /* what was told, once test_end */
	size_t size;
	FILE *to;
	struct bulk b;
	atomic_size_t done;
	size_t passed; /* how many, in their order */
	bool in_order;
	size_t stop_at;
	size_t walls[2];
	atomic_bool over_a_wall;
};

static json_t *
row(const struct bulk *b, size_t i)
{
	(void)b;
	return json_pack("{s:I}", "n", (json_int_t)i);
}

static void
passed(struct bulk *b, size_t i)
{
	struct test *t = b->arg;

	t->in_order = t->in_order && i == t->passed;
	t->passed++;
}

static void
test_begin(struct test *t, struct op *op, enum out_form form)
{
	*t = (struct test){ .in_order = true };
	t->c.op = *op;
	t->to = open_memstream(&t->text, &t->size);
	assert_non_null(t->to);
	t->c.out = out_open(t->to, form);
}

static void
test_end(struct test *t)
{
	assert_int_equal(out_close(t->c.out, &t->c.op), OK);
	assert_int_equal(fclose(t->to), 0);
}

/* Every third fails, every fifth is skipped; the others are slower at first. */
static enum err
mixed(struct bulk *b, struct op *op, size_t i, enum bulk_result *out)
{
	struct test *t = b->arg;

	(void)usleep((useconds_t)(i % 7) * 100);
	atomic_fetch_add(&t->done, 1);
	if (i % 3 == 0)
		return FAIL(op, ERR_INVALID, "three divides %zu", i);
	*out = i % 5 == 0 ? BULK_SKIPPED : BULK_SET;
	op->reason = "a reason";
	return OK;
}

static const struct bulk_plan mixed_plan = {
	.what = "test",
	.columns = columns,
	.rows = "items",
	.work = mixed,
	.row = row,
	.passed = passed,
	.results = results,
};

static void
all_are_done_and_told_in_their_order(void **state)
{
	struct test t;
	size_t line = 0;

	test_begin(&t, *state, OUT_TABS);
	bulk_init(&t.b, &t.c, &mixed_plan, MANY);
	t.b.arg = &t;
	t.b.threads = 8;
	bulk_settle(&t.b, 1, BULK_SKIPPED, "known before");
	bulk_settle(&t.b, MANY - 1, BULK_FAILED, "known, too");
	assert_true(bulk_run(&t.b));
	assert_int_equal(t.done, MANY - 2);
	assert_int_equal(t.passed, MANY);
	assert_true(t.in_order);
	assert_int_equal(bulk_end(&t.b, NULL), ERR_INVALID);
	assert_int_equal(t.c.exit, EXIT_PARTLY);
	assert_non_null(strstr(t.c.op.reason, "test: 265 set, 67 skipped, "
					      "168 failed"));
	test_end(&t);
	/* Only what did not go well has a row. */
	for (size_t i = 0; i < MANY; i++) {
		bool first = i == 1 || i == MANY - 1;
		const char *want = op_print(
			&t.c.op, "%zu\t%s\t%s\n", i,
			i % 3 == 0 || i == MANY - 1 ? "failed" : "skipped",
			i == 1       ? "known before"
			: first      ? "known, too"
			: i % 3 == 0 ? op_print(&t.c.op, "three divides %zu", i)
				     : "a reason");

		if (i % 3 != 0 && i % 5 != 0 && !first)
			continue;
		assert_int_equal(strncmp(t.text + line, want, strlen(want)), 0);
		line += strlen(want);
	}
	assert_int_equal(line, t.size);
	free(t.text);
}

static void
json_has_counts_and_rows_in_one_document(void **state)
{
	struct test t;
	json_t *all;

	test_begin(&t, *state, OUT_JSON);
	bulk_init(&t.b, &t.c, &mixed_plan, 6);
	t.b.arg = &t;
	t.b.threads = 3;
	t.b.dry = true;
	assert_true(bulk_run(&t.b));
	assert_int_equal(bulk_end(&t.b, "an advice"), ERR_INVALID);
	assert_non_null(strstr(t.c.op.reason, "nothing was changed: 3 set"));
	assert_non_null(strstr(t.c.op.reason, "; an advice"));
	test_end(&t);
	all = json_loads(t.text, 0, NULL);
	assert_non_null(all);
	assert_true(json_is_true(json_object_get(all, "dry_run")));
	assert_int_equal(json_integer_value(json_object_get(all, "set")), 3);
	assert_int_equal(json_integer_value(json_object_get(all, "failed")), 2);
	assert_int_equal(json_integer_value(json_object_get(all, "left")), 0);
	/* Nothing was changed: each is told. */
	assert_int_equal(json_array_size(json_object_get(all, "items")), 6);
	json_decref(all);
	free(t.text);
}

/* ---- the exit status ---- */

static enum err
as_said(struct bulk *b, struct op *op, size_t i, enum bulk_result *out)
{
	const char *said = b->arg;

	if (said[i] == 'f')
		return FAIL(op, ERR_DOWN, "failed");
	*out = said[i] == 's' ? BULK_SET : BULK_SKIPPED;
	return OK;
}

static void
the_status_tells_all_some_and_nothing(void **state)
{
	static const struct {
		const char *said;
		enum err err;
		int exit;
	} rows[] = {
		/* clang-format off */
		{ "", OK, 0 }, { "s", OK, 0 }, { "k", OK, 0 }, { "sk", OK, 0 },
		{ "f", ERR_INVALID, EXIT_FAILED }, { "ff", ERR_INVALID, EXIT_FAILED },
		{ "sf", ERR_INVALID, EXIT_PARTLY }, { "fk", ERR_INVALID, EXIT_FAILED },
		/* clang-format on */
	};
	struct bulk_plan plan = mixed_plan;
	struct test t;

	plan.work = as_said;
	plan.passed = NULL;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char said[8];

		test_begin(&t, *state, OUT_TABS);
		(void)snprintf(said, sizeof(said), "%s", rows[i].said);
		bulk_init(&t.b, &t.c, &plan, strlen(said));
		t.b.arg = said;
		CHECK_ROW(rows[i].said, bulk_run(&t.b));
		CHECK_ROW(rows[i].said, bulk_end(&t.b, NULL) == rows[i].err);
		CHECK_ROW(rows[i].said, t.c.exit == rows[i].exit);
		test_end(&t);
		free(t.text);
	}
}

/* ---- walls ---- */

static enum err
behind_walls(struct bulk *b, struct op *op, size_t i, enum bulk_result *out)
{
	struct test *t = b->arg;

	(void)op;
	for (size_t w = 0; w < COUNT(t->walls); w++)
		if (i >= t->walls[w] && t->done < t->walls[w])
			t->over_a_wall = true;
	(void)usleep((useconds_t)(i % 5) * 200);
	atomic_fetch_add(&t->done, 1);
	*out = BULK_SET;
	return OK;
}

static void
nothing_behind_a_wall_is_begun_before_all_before_it_is_done(void **state)
{
	struct bulk_plan plan = mixed_plan;
	struct test t;

	plan.work = behind_walls;
	test_begin(&t, *state, OUT_TABS);
	bulk_init(&t.b, &t.c, &plan, 100);
	t.b.arg = &t;
	t.b.threads = 8;
	t.walls[0] = 13;
	t.walls[1] = 57;
	t.b.wall = t.walls;
	t.b.walls_n = COUNT(t.walls);
	assert_true(bulk_run(&t.b));
	assert_false(t.over_a_wall);
	assert_int_equal(bulk_end(&t.b, NULL), OK);
	test_end(&t);
	free(t.text);
}

/* ---- the end by a signal ---- */

static enum err
stops(struct bulk *b, struct op *op, size_t i, enum bulk_result *out)
{
	struct test *t = b->arg;

	if (i == t->stop_at) {
		assert_int_equal(kill(getpid(), SIGINT), 0);
		while (!bulk_stopped())
			(void)usleep(1000);
		return FAIL(op, ERR_DOWN, "the decoder got it, too");
	}
	atomic_fetch_add(&t->done, 1);
	*out = BULK_SET;
	return OK;
}

static void
a_signal_ends_it_and_what_is_left_is_told(void **state)
{
	struct bulk_plan plan = mixed_plan;
	struct test t;

	plan.work = stops;
	test_begin(&t, *state, OUT_TABS);
	bulk_init(&t.b, &t.c, &plan, MANY);
	t.b.arg = &t;
	t.b.threads = 1;
	t.stop_at = 20;
	assert_false(bulk_run(&t.b));
	assert_int_equal(t.done, 20);
	assert_int_equal(t.passed, 20);
	assert_int_equal(t.b.count[BULK_SET], 20);
	assert_int_equal(t.b.count[BULK_LEFT], MANY - 20);
	assert_int_equal(t.b.count[BULK_FAILED], 0);
	assert_int_equal(t.b.item[20].result, BULK_LEFT);
	assert_int_equal(bulk_end(&t.b, "go on"), ERR_INVALID);
	assert_int_equal(t.c.exit, EXIT_PARTLY);
	assert_non_null(strstr(t.c.op.reason, "480 left; go on"));
	test_end(&t);
	free(t.text);
}

/* ---- the bar ---- */

static void
the_bar_says_how_far_it_is(void **state)
{
	static const struct {
		size_t done, of, failed;
		int64_t left_s;
		const char *text;
	} rows[] = {
		/* clang-format off */
		{ 0, 10, 0, -1, "[                              ] 0 of 10" },
		{ 5, 10, 0, 59, "[===============               ] 5 of 10, 59 s left" },
		{ 10, 10, 2, 0, "[==============================] 10 of 10, 2 failed, 0 s left" },
		{ 0, 0, 0, -1, "[==============================] 0 of 0" },
		{ 1, 30, 0, 60, "[=                             ] 1 of 30, 1 min left" },
		{ 1, 30, 0, 61, "[=                             ] 1 of 30, 2 min left" },
		{ 1, 30, 0, 5340, "[=                             ] 1 of 30, 89 min left" },
		{ 1, 30, 0, 5341, "[=                             ] 1 of 30, 2 h left" },
		/* clang-format on */
	};
	char text[BULK_BAR_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bulk_bar_text(rows[i].done, rows[i].of, rows[i].failed,
			      rows[i].left_s, text);
		CHECK_ROW(rows[i].text, unit_same(text, rows[i].text));
	}
}

static void
without_a_terminal_no_bar_is_shown(void **state)
{
	struct bulk_bar bar;
	int ends[2];
	char c;

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
	bulk_bar_begin(&bar, 10, ends[1]);
	bulk_bar_show(&bar, 5, 0);
	assert_false(bulk_bar_shown(&bar));
	bulk_bar_hide(&bar);
	assert_int_equal(read(ends[0], &c, 1), -1);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(all_are_done_and_told_in_their_order),
		UNIT_TEST(json_has_counts_and_rows_in_one_document),
		UNIT_TEST(the_status_tells_all_some_and_nothing),
		UNIT_TEST(
			nothing_behind_a_wall_is_begun_before_all_before_it_is_done),
		UNIT_TEST(a_signal_ends_it_and_what_is_left_is_told),
		UNIT_TEST(the_bar_says_how_far_it_is),
		UNIT_TEST(without_a_terminal_no_bar_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
