/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log's format: sqlite.org/fileformat2.html, 4.1 and 4.2.
 */
#include "wing/store/log_check.h"

#include "wing/store/page_vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define HEAD_SIZE 32 /* bytes of the log's header */
#define HEAD_SUMMED 24
#define FRAME_HEAD 24 /* bytes before each page */
#define FRAME_SUMMED 8
#define MAGIC UINT32_C(0x377f0682) /* last bit: sums of big-endian words */
#define COMMITS_SURE 2 /* one may have been under way when the power went */
#define LOOKS 3        /* it may begin anew while we look */

struct sum {
	uint32_t a, b;
};

struct log {
	int fd;
	bool big;
	uint8_t head[HEAD_SIZE];
	uint8_t frame[FRAME_HEAD + PAGE_SIZE];
};

static uint32_t
word_big(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static uint32_t
word_little(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[1] << 8 | p[0];
}

static struct sum
sum_on(const struct log *log, struct sum s, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i += 8) {
		s.a += (log->big ? word_big(p + i) : word_little(p + i)) + s.b;
		s.b += (log->big ? word_big(p + i + 4)
				 : word_little(p + i + 4)) +
		       s.a;
	}
	return s;
}

static struct sum
sum_stored(const uint8_t *p)
{
	return (struct sum){ word_big(p), word_big(p + 4) };
}

static bool
sum_equal(struct sum a, struct sum b)
{
	return a.a == b.a && a.b == b.b;
}

static bool
head_sound(const struct log *log)
{
	const struct sum zero = { 0, 0 };

	return (word_big(log->head) & ~1U) == MAGIC &&
	       sum_equal(sum_on(log, zero, log->head, HEAD_SUMMED),
			 sum_stored(log->head + HEAD_SUMMED));
}

static bool
frame_read(struct log *log, size_t i)
{
	off_t at = (off_t)(HEAD_SIZE + i * sizeof(log->frame));

	return pread(log->fd, log->frame, sizeof(log->frame), at) ==
	       (ssize_t)sizeof(log->frame);
}

/* Does the frame go on from the one before, whose sum this is? */
static bool
frame_follows(const struct log *log, struct sum before)
{
	struct sum s = sum_on(log, before, log->frame, FRAME_SUMMED);

	s = sum_on(log, s, log->frame + FRAME_HEAD, PAGE_SIZE);
	return sum_equal(s, sum_stored(log->frame + 16));
}

/*
 * Up to the first frame that does not follow, all is well. Behind it, frames
 * that follow each other and have the log's own salt were written by it, and
 * when they end more than one commit, those before were synced.
 */
static bool
log_broken(struct log *log)
{
	static const uint8_t zeros[HEAD_SIZE];
	struct sum before;
	bool whole;
	unsigned commits = 0;

	if (pread(log->fd, log->head, HEAD_SIZE, 0) != HEAD_SIZE ||
	    memcmp(log->head, zeros, HEAD_SIZE) == 0)
		return false;
	log->big = (word_big(log->head) & 1) != 0;
	whole = head_sound(log);
	before = sum_stored(log->head + HEAD_SUMMED);
	for (size_t i = 0; commits < COMMITS_SURE && frame_read(log, i); i++) {
		bool own = memcmp(log->frame + 8, log->head + 16, 8) == 0;
		bool follows = frame_follows(log, before);

		if (whole && own && follows) {
			before = sum_stored(log->frame + 16);
			continue;
		}
		/* a damaged header may have lost its salt */
		own = own || !head_sound(log);
		if (!follows || !own)
			commits = 0;
		else if (word_big(log->frame + 4) != 0)
			commits++;
		whole = false;
		before = sum_stored(log->frame + 16);
	}
	return commits >= COMMITS_SURE;
}

static void
close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

enum err
log_check(struct op *op, const char *database)
{
	const char *path = op_print(op, "%s-wal", database);
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct log *log = op_alloc(op, sizeof(*log));
	uint8_t head[HEAD_SIZE];

	if (fd < 0 && errno == ENOENT)
		return OK;
	if (fd < 0)
		return FAIL(op, ERR_DOWN, "%s: %s", path, strerror(errno));
	log->fd = fd;
	for (unsigned looks = 0; looks < LOOKS;) {
		if (!log_broken(log))
			return OK;
		memcpy(head, log->head, HEAD_SIZE);
		if (pread(fd, log->head, HEAD_SIZE, 0) != HEAD_SIZE)
			return OK; /* it was ended */
		looks = memcmp(head, log->head, HEAD_SIZE) == 0 ? looks + 1 : 0;
	}
	return FAIL(op, ERR_INTERNAL,
		    "damaged: %s, with commits behind the damage: restore a "
		    "backup",
		    path);
}
