/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "wing/store/page_vfs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#define PAGES_MIN 20

static sqlite3 *
lite_open(const char *path, int flags)
{
	sqlite3 *lite = NULL;
	int reserve = PAGE_RESERVED;

	assert_true(page_vfs_init());
	assert_int_equal(sqlite3_open_v2(path, &lite,
					 SQLITE_OPEN_READWRITE | flags,
					 PAGE_VFS),
			 SQLITE_OK);
	assert_int_equal(sqlite3_extended_result_codes(lite, 1), SQLITE_OK);
	assert_int_equal(sqlite3_file_control(lite, "main",
					      SQLITE_FCNTL_RESERVE_BYTES,
					      &reserve),
			 SQLITE_OK);
	return lite;
}

static void
lite_run(sqlite3 *lite, const char *sql)
{
	char *reason = NULL;

	if (sqlite3_exec(lite, sql, NULL, NULL, &reason) != SQLITE_OK)
		fail_msg("%s: %s", sql, reason);
}

/* Rows of all sizes, so that there are pages of every kind. */
static void
make(const char *path)
{
	sqlite3 *lite = lite_open(path, SQLITE_OPEN_CREATE);

	lite_run(lite, "PRAGMA page_size = 4096");
	lite_run(lite, "PRAGMA secure_delete = ON");
	lite_run(lite, "PRAGMA journal_mode = WAL");
	lite_run(lite, "CREATE TABLE t (a INTEGER PRIMARY KEY, b)");
	lite_run(lite, "CREATE INDEX i ON t (b)");
	lite_run(lite,
		 "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 "
		 "FROM n WHERE x < 100) INSERT INTO t SELECT x, "
		 "printf('%.*c', x * 30, 'x') FROM n");
	assert_int_equal(sqlite3_close(lite), SQLITE_OK);
}

static int
scan(const char *path)
{
	sqlite3 *lite = lite_open(path, 0);
	int rc = sqlite3_exec(lite, "SELECT sum(length(b)) FROM t NOT INDEXED",
			      NULL, NULL, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_exec(lite, "PRAGMA integrity_check", NULL, NULL,
				  NULL);
	(void)sqlite3_close(lite);
	return rc;
}

static void
flip(int fd, off_t at)
{
	uint8_t byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 0x04;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

static void
a_page_with_one_wrong_bit_cannot_be_read(void **state)
{
	struct fixture *f = *state;
	const char *path = fixture_path(f, "t.db");
	unsigned found = 0;
	unsigned named = 0;
	off_t size;
	int fd;

	make(path);
	assert_int_equal(scan(path), SQLITE_OK);
	fd = open(path, O_RDWR);
	size = lseek(fd, 0, SEEK_END);
	assert_int_equal(size % PAGE_SIZE, 0);
	assert_true(size / PAGE_SIZE > PAGES_MIN);
	for (off_t page = 1; page < size / PAGE_SIZE; page++) {
		off_t at = page * PAGE_SIZE + page * 523 % PAGE_SIZE;

		flip(fd, at);
		(void)page_trouble();
		found += scan(path) == SQLITE_IOERR_DATA;
		named += page_trouble().damaged == page + 1;
		flip(fd, at);
	}
	assert_int_equal(close(fd), 0);
	/* integrity_check reports in rows; what matters is that each was seen
	 */
	assert_int_equal(named, size / PAGE_SIZE - 1);
	assert_true(found > 0);
	assert_int_equal(scan(path), SQLITE_OK);
}

static void
a_page_of_zeros_is_damage(void **state)
{
	static const uint8_t zeros[PAGE_SIZE];
	struct fixture *f = *state;
	const char *path = fixture_path(f, "t.db");
	int fd;

	make(path);
	fd = open(path, O_RDWR);
	assert_int_equal(pwrite(fd, zeros, PAGE_SIZE, PAGE_SIZE), PAGE_SIZE);
	assert_int_equal(close(fd), 0);
	assert_int_equal(scan(path), SQLITE_IOERR_DATA);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_page_with_one_wrong_bit_cannot_be_read, fixture_open,
			fixture_close),
		cmocka_unit_test_setup_teardown(a_page_of_zeros_is_damage,
						fixture_open, fixture_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
