/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file is one word, so that no crash leaves half of two: the number in the
 * lower bits, a sum of it in the upper ones.
 */
#include "wing/store/mark.h"

#include <endian.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#define NUMBER_BITS 48
#define NUMBER_MAX ((INT64_C(1) << NUMBER_BITS) - 1)
#define MIX UINT64_C(0x9e3779b97f4a7c15) /* odd: nothing is lost by it */

/* Of no number is it the word of zeros, which a hole in a file reads as. */
static uint64_t
word_make(int64_t change)
{
	uint64_t number = (uint64_t)change;
	uint64_t sum = (number + 1) * MIX;

	return (sum ^ sum >> 29) >> NUMBER_BITS << NUMBER_BITS | number;
}

/* 0: it holds none. */
static int64_t
fd_read(int fd)
{
	uint64_t word;
	int64_t change;

	if (pread(fd, &word, sizeof(word), 0) != (ssize_t)sizeof(word))
		return 0;
	word = le64toh(word);
	change = (int64_t)(word & (uint64_t)NUMBER_MAX);
	return word == word_make(change) ? change : 0;
}

static const char *
mark_path(struct op *op, const char *database)
{
	return op_print(op, "%s" MARK_SUFFIX, database);
}

int
mark_open(struct op *op, const char *database)
{
	return open(mark_path(op, database),
		    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
		    S_IRUSR | S_IWUSR);
}

/* Of two processes at the same time the lower one may win: then the mark is
 * behind, until the next commit. What a full disk keeps from being written
 * leaves it behind as well. */
void
mark_raise(int fd, int64_t change)
{
	uint64_t word = htole64(word_make(change));

	if (fd < 0 || change <= 0 || change > NUMBER_MAX ||
	    fd_read(fd) >= change)
		return;
	if (pwrite(fd, &word, sizeof(word), 0) < 0)
		return;
}

static void
close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

int64_t
mark_read(struct op *op, const char *database)
{
	CLEANUP(close_fd)
	int fd = open(mark_path(op, database), O_RDONLY | O_CLOEXEC);

	return fd < 0 ? 0 : fd_read(fd);
}

enum err
mark_change(struct db *db, struct op *op, enum db_part part, int64_t *out)
{
	static const char main_sql[] = "SELECT max(seq) FROM change";
	static const char photo_sql[] = "SELECT max(seq) FROM photo_change";
	struct db_rows rows;

	TRY(db_run(db, op, part == DB_MAIN ? main_sql : photo_sql, NULL, 0,
		   &rows));
	*out = rows.n == 1 ? rows.value[0].number : 0;
	return OK;
}

/* The mark first: others may be writing. */
enum err
mark_check(struct op *op, const char *database, struct db *db,
	   enum db_part part)
{
	int64_t marked = mark_read(op, database), last;

	if (marked == 0)
		return OK;
	TRY(mark_change(db, op, part, &last));
	if (last >= marked)
		return OK;
	return FAIL(op, ERR_INTERNAL,
		    "damaged: %s lacks acknowledged changes: its last is "
		    "number %" PRId64 " of %" PRId64
		    "; the end of its log (%s-wal) is gone: restore a backup, "
		    "or remove %s to go on without them",
		    database, last, marked, database, mark_path(op, database));
}
