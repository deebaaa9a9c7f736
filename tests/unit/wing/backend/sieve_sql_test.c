/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only a database of scripts has: Dovecot reads it while we write, with no
 * right but that, and asks for an id and its text in two questions.
 */
#include "backend_fixture.h"

#include "base/digest.h"
#include "base/text.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ADA "ada@example.com"
#define GROUP 65534
#define READER 65533 /* a user who is nobody else */
#define SHORT_MS 100
#define FILES "unix"

/* As somebody else has it open. */
static sqlite3 *
other_open(const struct fixture *f, int flags)
{
	sqlite3 *lite;

	assert_int_equal(
		sqlite3_open_v2(f->section.database, &lite, flags, FILES),
		SQLITE_OK);
	return lite;
}

static void
other_does(sqlite3 *lite, const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(lite, sql, NULL, NULL, &why) != SQLITE_OK)
		print_error("%s: %s\n", sql, why);
	assert_null(why);
}

/* The first column of the first row; "": none. */
static const char *
other_asks(struct fixture *f, sqlite3 *lite, const char *sql)
{
	sqlite3_stmt *statement;
	const char *text = "";

	assert_int_equal(sqlite3_prepare_v2(lite, sql, -1, &statement, NULL),
			 SQLITE_OK);
	if (sqlite3_step(statement) == SQLITE_ROW)
		text = op_dup(&f->op,
			      (const char *)sqlite3_column_text(statement, 0));
	(void)sqlite3_finalize(statement);
	return text;
}

static const char *
asked(struct fixture *f, const char *sql)
{
	sqlite3 *lite = other_open(f, SQLITE_OPEN_READONLY);
	const char *text = other_asks(f, lite, sql);

	(void)sqlite3_close(lite);
	return text;
}

static void
done(struct fixture *f, const char *sql)
{
	sqlite3 *lite = other_open(f, SQLITE_OPEN_READWRITE);

	other_does(lite, sql);
	(void)sqlite3_close(lite);
}

#define ID                                                                     \
	"SELECT id FROM sieve_name WHERE name = 'oof' AND username = '" ADA "'"
#define TEXTS "SELECT count(*) FROM sieve_data WHERE username = '" ADA "'"

static void
test_id(void **state)
{
	struct fixture *f = *state;
	uint8_t digest[DIGEST_SIZE];

	put(f, ADA, "keep;\r\n");
	digest_sha256(bytes_of("keep;\r\n"), digest);
	assert_string_equal(
		asked(f, ID),
		text_hex(&f->op, (struct bytes){ digest, sizeof(digest) }));
	assert_string_equal(asked(f, "SELECT data FROM sieve_data"),
			    "keep;\r\n");
}

/* Whoever has been told its id finds the text a while later. */
static void
test_replaced(void **state)
{
	struct fixture *f = *state;

	put(f, ADA, "keep;\r\n# 1\r\n");
	put(f, ADA, "keep;\r\n# 2\r\n");
	put(f, ADA, "keep;\r\n# 2\r\n");
	assert_string_equal(asked(f, TEXTS), "2");
	put(f, ADA, "keep;\r\n# 1\r\n"); /* the one of before is it again */
	done(f, "UPDATE sieve_data SET replaced = replaced - 61");
	put(f, "bob@example.com", "keep;\r\n");
	assert_string_equal(asked(f, TEXTS), "1");
	lies(f, ADA, "keep;\r\n# 1\r\n");
	put(f, ADA, "keep;\r\n# 3\r\n");
	done(f, "UPDATE sieve_data SET replaced = replaced - 61");
	listed_are(f, ADA " bob@example.com ");
	assert_string_equal(asked(f, TEXTS), "1");
}

static bool
file_has(struct fixture *f, const char *text)
{
	char *bytes = op_alloc(&f->op, MIB);
	int fd = open(f->section.database, O_RDONLY);
	ssize_t n = read(fd, bytes, MIB);

	(void)close(fd);
	assert_true(n > 0);
	return memmem(bytes, (size_t)n, text, strlen(text)) != NULL;
}

static void
test_nothing_left(void **state)
{
	struct fixture *f = *state;

	put(f, ADA, "keep;\r\n# at the seaside\r\n");
	put(f, ADA, "keep;\r\n# in the mountains\r\n");
	assert_true(file_has(f, "mountains"));
	put(f, ADA, NULL);
	assert_string_equal(asked(f, TEXTS), "0");
	assert_false(file_has(f, "seaside"));
	assert_false(file_has(f, "mountains"));
}

static void
test_limits(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct backend_limits limits;
	char *lines = op_alloc(op, 16 * MIB);

	FINE(op, f->b->ops->limit(f->b, op, ADA, &limits));
	assert_int_equal(limits.size, f->section.size_max);
	f->section.size_max = 16 * MIB;
	FINE(op, f->b->ops->limit(f->b, op, ADA, &limits));
	assert_int_equal(limits.size, 240 * KIB);
	/* each line feed is two bytes on its way, of 320 KiB */
	memset(lines, ' ', limits.size);
	memset(lines, '\n', 80 * KIB);
	put(f, ADA, lines);
	lines[80 * KIB] = '\n';
	expect(op, f->b->ops->put(f->b, op, ADA, bytes_of(lines)), ERR_LIMIT,
	       "one line more", __FILE__, __LINE__);
}

/* ---- others ---- */

/* As serve has it, and an administrator's folder. */
static void
test_group(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	mode_t before = umask(077);

	put(f, ADA, "keep;\r\n");
	(void)umask(before);
	assert_int_equal(stat(f->section.folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 02750);
	assert_int_equal(stat(f->section.database, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	if (getuid() != 0)
		return;
	assert_int_equal(unlink(f->section.database), 0);
	assert_int_equal(chown(f->section.folder, 0, GROUP), 0);
	before = umask(077);
	fixture_reopen(f);
	put(f, ADA, "keep;\r\n");
	(void)umask(before);
	assert_int_equal(stat(f->section.database, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_gid, GROUP);
}

/* In a child: may an account that is in the folder's group, and no more, read
 * what Dovecot does? */
static void
read_as_other(struct fixture *f)
{
	sqlite3 *lite;
	int rc;

	if (setgid(GROUP) != 0 || setuid(READER) != 0)
		_exit(2);
	if (sqlite3_open_v2(f->section.database, &lite,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
			    FILES) != SQLITE_OK)
		_exit(3);
	rc = sqlite3_exec(lite, ID, NULL, NULL, NULL);
	_exit(rc == SQLITE_OK ? 0 : 1);
}

static int
other_reads(struct fixture *f)
{
	pid_t child = fixture_fork();
	int status;

	if (child == 0)
		read_as_other(f);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WEXITSTATUS(status);
}

/* Dies in the middle of a commit, when the file has been written to. */
static void
die_writing(struct fixture *f)
{
	sqlite3 *lite = other_open(f, SQLITE_OPEN_READWRITE);

	other_does(lite,
		   "PRAGMA cache_size = 4; BEGIN IMMEDIATE;"
		   "UPDATE sieve_data SET data = 'half';"
		   "INSERT INTO sieve_data WITH RECURSIVE n(i) AS (SELECT 1"
		   " UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
		   " SELECT 'u' || i, i, hex(zeroblob(4000)), NULL FROM n");
	(void)kill(getpid(), SIGKILL);
}

/* Who can but read cannot bring it to its end; whoever of us is next does. */
static void
test_crash(void **state)
{
	struct fixture *f = *state;
	pid_t child;

	if (getuid() != 0)
		skip();
	put(f, ADA, "keep;\r\n");
	assert_int_equal(chown(f->section.folder, 0, GROUP), 0);
	assert_int_equal(chown(f->section.database, 0, GROUP), 0);
	assert_int_equal(chmod(op_print(&f->op, "%s/site", f->dir), 0755), 0);
	assert_int_equal(chmod(f->dir, 0755), 0);
	assert_int_equal(other_reads(f), 0);
	child = fixture_fork();
	if (child == 0)
		die_writing(f);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(other_reads(f), 1);
	fixture_reopen(f);
	lies(f, ADA, "keep;\r\n");
	assert_int_equal(other_reads(f), 0);
}

static void
down(struct fixture *f, const char *text)
{
	struct op *op = fixture_op(f);

	expect(op, f->b->ops->put(f->b, op, ADA, bytes_of(text)), ERR_DOWN,
	       "put", __FILE__, __LINE__);
}

static void
test_locked(void **state)
{
	/* clang-format off */
	static const struct {
		const char *row, *sql;
		bool reads; /* it is still to be read */
	} rows[] = {
		{ "by who writes", "BEGIN IMMEDIATE", true },
		{ "by who commits", "BEGIN EXCLUSIVE", false },
		{ "by who reads", "BEGIN; SELECT * FROM sieve_name", true },
	};
	/* clang-format on */
	struct fixture *f = *state;

	put(f, ADA, "keep;\r\n");
	f->section.timeout_ms = SHORT_MS;
	for (size_t i = 0; i < COUNT(rows); i++) {
		sqlite3 *lite = other_open(f, SQLITE_OPEN_READWRITE);
		struct op *op;
		struct bytes text;

		fixture_reopen(f);
		lies(f, ADA, "keep;\r\n");
		other_does(lite, rows[i].sql);
		down(f, "discard;\r\n");
		op = fixture_op(f);
		CHECK_ROW(rows[i].row, f->b->ops->get(f->b, op, ADA, &text) ==
					       (rows[i].reads ? OK : ERR_DOWN));
		other_does(lite, "ROLLBACK");
		(void)sqlite3_close(lite);
		lies(f, ADA, "keep;\r\n");
		put(f, ADA, "keep;\r\n"); /* and it goes on */
	}
}

/* ---- what is not ours ---- */

static void
file_write(struct fixture *f, const char *text)
{
	int fd = open(f->section.database, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

static void
make_text(struct fixture *f)
{
	file_write(f, "Dear diary, this is not a database at all. "
		      "It is more than a hundred bytes long, though, so that "
		      "nobody takes it for an empty one.");
}

static void
make_table(struct fixture *f)
{
	file_write(f, "");
	done(f, "CREATE TABLE virtual_users (a); "
		"INSERT INTO virtual_users VALUES (1)");
}

static void
make_other(struct fixture *f)
{
	file_write(f, "");
	done(f, "PRAGMA application_id = 17; CREATE TABLE sieve_name (a)");
}

static void
make_newer(struct fixture *f)
{
	put(f, ADA, "keep;\r\n");
	done(f, "PRAGMA user_version = 2");
}

static void
make_damaged(struct fixture *f)
{
	static const char page[4096] = "nothing";
	int fd;

	put(f, ADA, "keep;\r\n");
	fd = open(f->section.database, O_WRONLY);
	for (off_t at = 4096; at < 24576; at += 4096)
		assert_int_equal(pwrite(fd, page, sizeof(page), at), 4096);
	(void)close(fd);
}

static void
test_not_ours(void **state)
{
	/* clang-format off */
	static const struct {
		const char *row;
		void (*make)(struct fixture *f);
		enum err err;
	} rows[] = {
		{ "a text", make_text, ERR_DENIED },
		{ "a database of mailboxes", make_table, ERR_DENIED },
		{ "a database of another program", make_other, ERR_DENIED },
		{ "one of a newer version", make_newer, ERR_DENIED },
		{ "one that is damaged", make_damaged, ERR_INTERNAL },
	};
	/* clang-format on */
	struct fixture *f = *state;

	put(f, ADA, "keep;\r\n");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct op *op;
		struct stat before, after;

		(void)unlink(f->section.database);
		fixture_reopen(f);
		rows[i].make(f);
		assert_int_equal(stat(f->section.database, &before), 0);
		fixture_reopen(f);
		op = fixture_op(f);
		CHECK_ROW(rows[i].row,
			  f->b->ops->put(f->b, op, ADA, bytes_of("keep;")) ==
				  rows[i].err);
		CHECK_ROW(rows[i].row, op->reason != NULL);
		assert_int_equal(stat(f->section.database, &after), 0);
		CHECK_ROW(rows[i].row, before.st_size == after.st_size &&
					       before.st_mtim.tv_nsec ==
						       after.st_mtim.tv_nsec);
	}
}

/* ---- who is first makes it ---- */

#define THREADS 8

struct maker {
	struct backend_section section;
	unsigned who;
	enum err err;
	pthread_t thread;
};

static void *
make(void *arg)
{
	struct maker *m = arg;
	struct arena *arena = arena_open(0);
	const struct backend_ops *ops = fixture_kind(BACKEND_SIEVE_SQL);
	struct backend *b = NULL;
	struct op op;

	op_init(&op, arena, NULL, 60 * 1000);
	op.may_wait = true;
	m->err = ops->open(&op, &m->section, &b);
	if (m->err == OK)
		m->err = ops->put(b, &op, op_print(&op, "u%u@x", m->who),
				  bytes_of("keep;\r\n"));
	ops->close(b);
	arena_close(arena);
	return NULL;
}

static void
test_made_together(void **state)
{
	struct fixture *f = *state;
	struct maker maker[THREADS];
	struct stat st;

	for (unsigned i = 0; i < THREADS; i++) {
		maker[i] = (struct maker){ .section = f->section, .who = i };
		assert_int_equal(
			pthread_create(&maker[i].thread, NULL, make, &maker[i]),
			0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(maker[i].thread, NULL), 0);
		assert_int_equal(maker[i].err, OK);
	}
	assert_string_equal(asked(f, "SELECT count(*) FROM sieve_name"), "8");
	assert_int_equal(stat(f->section.database, &st), 0);
	assert_int_equal(st.st_nlink, 1);
}

/* clang-format off */
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_open, fixture_close)
/* clang-format on */

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_id),
		TEST(test_replaced),
		TEST(test_nothing_left),
		TEST(test_limits),
		TEST(test_group),
		TEST(test_crash),
		TEST(test_locked),
		TEST(test_not_ours),
		TEST(test_made_together),
	};

	fixture_kind_name = BACKEND_SIEVE_SQL;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
