/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promises of model/backend.h, which every kind of backend keeps. A
 * managesieve server is not ours to start: BACKEND_SERVER and its kin say where
 * there is one (tests/e2e/backend_test.py), else that kind is left out.
 */
#include "backend_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define ADA "ada@example.com"
#define BOB "bob@example.com"

/* ---- what is put is what lies there ---- */

/* clang-format off */
static const struct {
	const char *row, *text;
} texts[] = {
	{ "a script", "require \"vacation\";\r\nkeep;\r\n" },
	{ "of another length", "keep;\r\n" },
	{ "with what SQL and shells would take apart",
	  "# ' \" ; -- $(x) `y` %u %% \\ ${1}\r\nkeep;\r\n" },
	{ "with letters outside ASCII", "# b\xc3\xbcro \xf0\x9f\x8c\xb4\r\nkeep;\r\n" },
	{ "with tabs and single line feeds", "#\t.\n#.\n#..\nkeep;\n" },
	{ "without an end of line", "keep;" },
};
/* clang-format on */

static void
test_put_get(void **state)
{
	struct fixture *f = *state;

	lies(f, ADA, NULL);
	for (size_t i = 0; i < COUNT(texts); i++) {
		put(f, ADA, texts[i].text);
		lies(f, ADA, texts[i].text);
	}
	lies(f, BOB, NULL);
}

static void
test_none(void **state)
{
	struct fixture *f = *state;

	put(f, ADA, NULL); /* there was none */
	put(f, ADA, "keep;\r\n");
	put(f, BOB, "keep;\r\n# Bob's\r\n");
	put(f, ADA, NULL);
	lies(f, ADA, NULL);
	lies(f, BOB, "keep;\r\n# Bob's\r\n");
	put(f, ADA, NULL);
	put(f, ADA, "keep;\r\n# again\r\n");
	lies(f, ADA, "keep;\r\n# again\r\n");
}

/* Another one, of another process, sees the same. */
static void
test_opened_anew(void **state)
{
	struct fixture *f = *state;

	put(f, ADA, "keep;\r\n");
	fixture_reopen(f);
	lies(f, ADA, "keep;\r\n");
}

/* ---- names ---- */

#define N200                                                                   \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123" \
	"456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef01234567" \
	"89abcdef0123456789abcdef0123456789abcdef0123456789abcdef01234567"

/* clang-format off */
static const struct {
	const char *row, *user;
	bool never; /* no kind takes it */
} names[] = {
	{ "of one letter", "a", false },
	{ "with what SQL takes apart", "o'neil;--\"x\"@example.com", false },
	{ "with what patterns fill in", "%u%n%d%%@example.com", false },
	{ "with wildcards", "*?[a]@example.com", false },
	{ "with a tag", "ada+tag@example.com", false },
	{ "that is another's but for its case", "ADA@example.com", false },
	{ "that is another's and more", "ada@example.com.example", false },
	{ "with a backslash", "a\\b@example.com", false },
	{ "with a space", "a b@example.com", false },
	{ "like an option", "-rf", false },
	{ "with letters outside ASCII", "b\xc3\xbcro@example.com", false },
	{ "of 200 bytes", N200, false },
	{ "that leads elsewhere", "../elsewhere", false },
	{ "that is a path", "/tmp/elsewhere", false },
	{ "that is hidden", ".hidden", false },
	{ "that is empty", "", true },
	{ "of more than 255 bytes", N200 N200, true },
	{ "with a line", "a\r\nb", true },
	{ "with a tab", "a\tb", true },
	{ "with a control character", "a\001b", true },
	{ "with half a letter", "a\xc3", true },
};
/* clang-format on */

/* Either it is a name like any other, or it is refused; nobody else's script is
 * touched. */
static void
test_names(void **state)
{
	struct fixture *f = *state;

	skip_unless_any_user(f);
	put(f, ADA, "keep;\r\n# Ada's\r\n");
	for (size_t i = 0; i < COUNT(names); i++) {
		const char *row = names[i].row, *user = names[i].user;
		struct op *op = fixture_op(f);
		enum err err =
			f->b->ops->put(f->b, op, user, bytes_of("keep;\r\n"));

		CHECK_ROW(row,
			  err == ERR_INVALID || (err == OK && !names[i].never));
		if (err == OK) {
			lies(f, user, "keep;\r\n");
			put(f, user, NULL);
			lies(f, user, NULL);
		} else {
			CHECK_ROW(row, op->reason != NULL);
		}
		lies(f, ADA, "keep;\r\n# Ada's\r\n");
	}
	CHECK_ROW("a path", access("/tmp/elsewhere", F_OK) != 0);
}

/* ---- limits ---- */

/* A script of n bytes that does nothing. */
static char *
script_of(struct op *op, size_t n)
{
	static const char line[] = "# abcdefghijklmnopqrstuvwxyz\r\n";
	char *text = op_alloc(op, n + 1);

	for (size_t i = 0; i < n; i++)
		text[i] = line[i % (sizeof(line) - 1)];
	memcpy(text, "keep;\r\n#", 8);
	memcpy(text + n - 8, "\r\n####\r\n", 8);
	return text;
}

static void
test_limit(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct backend_limits limits;
	const char *most, *more;

	FINE(op, f->b->ops->limit(f->b, op, ADA, &limits));
	if (limits.size == 0)
		skip(); /* it is not known */
	most = script_of(op, limits.size);
	more = script_of(op, limits.size + fixture_slack(f));
	put(f, ADA, most);
	lies(f, ADA, most);
	expect(op, f->b->ops->put(f->b, op, ADA, bytes_of(more)), ERR_LIMIT,
	       "more", __FILE__, __LINE__);
	lies(f, ADA, most);
}

/* It is refused, or lies there whole. */
static void
test_no_text(void **state)
{
	static const struct {
		const char *row;
		struct bytes text;
	} rows[] = {
		{ "a NUL", { (const uint8_t *)"keep;\0#\r\n", 9 } },
		{ "no UTF-8",
		  { (const uint8_t *)"# \xff\xc3\r\nkeep;\r\n", 13 } },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct op *op = fixture_op(f);
		struct bytes back;
		enum err err;

		put(f, ADA, "keep;\r\n");
		err = f->b->ops->put(f->b, op, ADA, rows[i].text);
		CHECK_ROW(rows[i].row, err == OK || err == ERR_INVALID);
		if (err != OK) {
			lies(f, ADA, "keep;\r\n");
			continue;
		}
		FINE(op, f->b->ops->get(f->b, op, ADA, &back));
		CHECK_ROW(rows[i].row, back.n == rows[i].text.n);
	}
}

/* ---- list ---- */

#define MANY 257 /* more than one page */

static enum err
count(void *arg, struct op *op, const char *user)
{
	size_t *n = arg;

	(void)op;
	CHECK_ROW(user, strncmp(user, "many", 4) == 0);
	(*n)++;
	return OK;
}

static void
test_list_many(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	char user[32];
	size_t n = 0;

	skip_unless_any_user(f);
	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(user, sizeof(user), "many%u@example.com", i);
		put(f, user, "keep;\r\n");
	}
	FINE(op, f->b->ops->list(f->b, op, count, &n));
	assert_int_equal(n, MANY);
}

static void
test_list(void **state)
{
	struct fixture *f = *state;

	skip_unless_listing(f);
	listed_are(f, "");
	put(f, ADA, "keep;\r\n");
	put(f, BOB, "keep;\r\n");
	put(f, ADA, "keep;\r\n#\r\n");
	listed_are(f, ADA " " BOB " ");
	put(f, ADA, NULL);
	listed_are(f, BOB " ");
}

static enum err
no_more(void *arg, struct op *op, const char *user)
{
	(void)user;
	(*(size_t *)arg)++;
	return FAIL(op, ERR_CONFLICT, "enough");
}

static void
test_list_ends(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	size_t n = 0;

	skip_unless_listing(f);
	put(f, ADA, "keep;\r\n");
	put(f, BOB, "keep;\r\n");
	expect(op, f->b->ops->list(f->b, op, no_more, &n), ERR_CONFLICT,
	       "its error", __FILE__, __LINE__);
	assert_int_equal(n, 1);
}

static enum err
take_away(void *arg, struct op *op, const char *user)
{
	struct fixture *f = arg;

	return f->b->ops->put(f->b, op, user, (struct bytes){ 0 });
}

/* As whoever sweeps does. */
static void
test_list_changes(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);

	skip_unless_listing(f);
	put(f, ADA, "keep;\r\n");
	put(f, BOB, "keep;\r\n");
	FINE(op, f->b->ops->list(f->b, op, take_away, f));
	listed_are(f, "");
}

/* ---- at the same time, and what a kill leaves ---- */

#define WRITERS 4
#define PUTS 10
#define BIG (60 * KIB)

/* It begins and ends with the same two hex digits; so a half one is seen. */
static const char *
stamped_script(struct op *op, unsigned seed)
{
	size_t n = BIG + seed % 7 * KIB;
	char *text = script_of(op, n);
	char mark[3];

	(void)snprintf(mark, sizeof(mark), "%02x", seed & 0xff);
	memcpy(text + 8, mark, 2);
	memcpy(text + n - 4, mark, 2);
	return text;
}

static bool
is_whole(struct bytes text)
{
	return text.n > 16 && memcmp(text.p, "keep;\r\n#", 8) == 0 &&
	       memcmp(text.p + 8, text.p + text.n - 4, 2) == 0;
}

/* In a child process: all of them at Ada's, each at one of his own. */
static void
write_many(struct fixture *f, unsigned who, unsigned puts)
{
	char user[32];

	fixture_reopen(f);
	(void)snprintf(user, sizeof(user), "writer%u@example.com", who);
	for (unsigned i = 0; i < puts; i++) {
		put(f, ADA, stamped_script(fixture_op(f), who * 64 + i));
		put(f, user, stamped_script(fixture_op(f), i));
	}
}

static void
test_together(void **state)
{
	struct fixture *f = *state;
	pid_t child[WRITERS];
	char user[32];

	skip_unless_any_user(f);
	put(f, ADA, stamped_script(fixture_op(f), 0));
	for (unsigned i = 0; i < WRITERS; i++) {
		child[i] = fixture_fork();
		if (child[i] == 0) {
			write_many(f, i, PUTS);
			_exit(0);
		}
	}
	for (unsigned i = 0; i < PUTS; i++) {
		struct op *op = fixture_op(f);
		struct bytes text;

		FINE(op, f->b->ops->get(f->b, op, ADA, &text));
		assert_true(is_whole(text));
	}
	for (unsigned i = 0; i < WRITERS; i++) {
		fixture_wait(child[i]);
		(void)snprintf(user, sizeof(user), "writer%u@example.com", i);
		lies(f, user, stamped_script(fixture_op(f), PUTS - 1));
	}
}

#define KILLS 12
#define KILL_AFTER_US 6000 /* at most, after its first put */

static void
write_until_killed(struct fixture *f, int ready)
{
	fixture_reopen(f);
	for (unsigned i = 0;; i++) {
		put(f, ADA, stamped_script(fixture_op(f), i));
		if (i == 0 && write(ready, "", 1) != 1)
			_exit(1);
	}
}

/* kill -9 at any moment: one of the two lies there, and the next is put. */
static void
test_killed(void **state)
{
	struct fixture *f = *state;
	struct op *op;
	struct bytes text;
	int ready[2];
	char byte;

	for (unsigned i = 0; i < KILLS; i++) {
		pid_t child;

		assert_int_equal(pipe(ready), 0);
		child = fixture_fork();
		if (child == 0)
			write_until_killed(f, ready[1]);
		assert_int_equal(read(ready[0], &byte, 1), 1);
		(void)usleep(KILL_AFTER_US / KILLS * i);
		(void)kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		(void)close(ready[0]);
		(void)close(ready[1]);
		fixture_reopen(f);
		op = fixture_op(f);
		FINE(op, f->b->ops->get(f->b, op, ADA, &text));
		assert_true(is_whole(text));
		put(f, ADA, stamped_script(fixture_op(f), i));
		lies(f, ADA, stamped_script(fixture_op(f), i));
	}
}

/* ---- what is wrong is told ---- */

static void
test_down(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct bytes text;

	fixture_break(f);
	expect(op, f->b->ops->put(f->b, op, ADA, bytes_of("keep;\r\n")),
	       ERR_DOWN, "put", __FILE__, __LINE__);
	assert_non_null(op->reason);
	fixture_mend(f);
	put(f, ADA, "keep;\r\n");
	op = fixture_op(f);
	FINE(op, f->b->ops->get(f->b, op, ADA, &text));
	assert_int_equal(text.n, 7);
}

static void
test_denied(void **state)
{
	struct fixture *f = *state;
	pid_t child;

	skip_unless_any_user(f);
	put(f, ADA, "keep;\r\n");
	child = fixture_fork();
	if (child == 0) {
		struct op *op = fixture_op(f);

		fixture_bar(f);
		fixture_reopen(f);
		expect(op,
		       f->b->ops->put(f->b, op, ADA, bytes_of("discard;\r\n")),
		       ERR_DENIED, "put", __FILE__, __LINE__);
		_exit(op->reason == NULL);
	}
	fixture_wait(child);
	fixture_admit(f);
	lies(f, ADA, "keep;\r\n");
}

/* ---- test ---- */

static void
told_one(void *arg, const struct backend_told *told)
{
	struct told *t = arg;

	t->steps++;
	if (!told->good) {
		t->bad++;
		assert_non_null(told->note);
	}
	assert_non_null(told->step);
}

/* It leaves what was there. */
static void
test_test(void **state)
{
	static const char *const before[] = { NULL, "keep;\r\n# mine\r\n" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(before); i++) {
		struct op *op = fixture_op(f);
		struct told told = { 0 };

		put(f, ADA, before[i]);
		FINE(op, f->b->ops->test(f->b, op, ADA, told_one, &told));
		assert_true(told.steps >= 3);
		assert_int_equal(told.bad, 0);
		lies(f, ADA, before[i]);
	}
}

static void
test_test_fails(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct told told = { 0 };

	fixture_break(f);
	assert_int_not_equal(f->b->ops->test(f->b, op, ADA, told_one, &told),
			     OK);
	assert_int_equal(told.bad, 1); /* it ends there */
}

static void
test_row(void **state)
{
	struct fixture *f = *state;
	size_t n = 0;

	for (size_t i = 0; backend_kinds[i] != NULL; i++)
		n += strcmp(backend_kinds[i]->name, f->section.kind) == 0;
	assert_int_equal(n, 1);
	assert_ptr_equal(f->b->ops, fixture_kind(f->section.kind));
	assert_ptr_equal(f->b->section, &f->section);
	f->b->ops->close(NULL);
}

/* clang-format off */
#define TEST(f) { #f, f, fixture_open, fixture_close, NULL }
/* clang-format on */

static const struct CMUnitTest tests[] = {
	TEST(test_row),         TEST(test_put_get),      TEST(test_none),
	TEST(test_opened_anew), TEST(test_names),        TEST(test_limit),
	TEST(test_no_text),     TEST(test_list),         TEST(test_list_many),
	TEST(test_list_ends),   TEST(test_list_changes), TEST(test_together),
	TEST(test_killed),      TEST(test_down),         TEST(test_denied),
	TEST(test_test),        TEST(test_test_fails),
};

int
main(void)
{
	int failed = 0;

	for (size_t i = 0; backend_kinds[i] != NULL; i++) {
		fixture_kind_name = backend_kinds[i]->name;
		if (!fixture_possible())
			continue;
		print_message("%s:\n", fixture_kind_name);
		failed += cmocka_run_group_tests_name(fixture_kind_name, tests,
						      NULL, NULL);
	}
	return failed;
}
