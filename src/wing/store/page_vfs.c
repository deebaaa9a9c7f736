/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/store/page_vfs.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

/* Odd, so that multiplying by it loses nothing. */
#define MIX UINT64_C(0x9e3779b97f4a7c15)
#define LANES 4

#define GATHER_MAX ((size_t)64 * 1024) /* bytes of the log written at once */

struct page_file {
	sqlite3_file base;
	bool database;     /* not a journal or a temporary file */
	bool log;          /* the WAL: what is written to it is gathered */
	uint8_t *gathered; /* NULL: nothing was ever written */
	size_t gathered_n;
	sqlite3_int64 gathered_at;
	/* The first block of the log's index; NULL: SQLite has not mapped it.
	 */
	const volatile uint32_t *index;
	sqlite3_file *real;
};

static _Thread_local struct page_trouble trouble;

/*
 * Each step is reversible in the word and in the lane, so one damaged word
 * always changes its lane, and one changed lane always changes the sum. Zeros
 * do not sum to zero: a page that never reached the disk is told, too.
 */
static uint64_t
page_sum(const uint8_t *page)
{
	uint64_t lane[LANES] = { 1, 2, 3, 4 };
	uint64_t word;
	uint64_t sum = PAGE_SIZE;
	size_t i = 0;

	for (; i < PAGE_SIZE - PAGE_RESERVED; i += sizeof(word)) {
		uint64_t *at = &lane[i / sizeof(word) % LANES];

		memcpy(&word, page + i, sizeof(word));
		*at = (*at ^ le64toh(word)) * MIX;
		*at ^= *at >> 32;
	}
	for (i = 0; i < LANES; i++) {
		sum = (sum ^ lane[i]) * MIX;
		sum ^= sum >> 29;
	}
	return sum;
}

static bool
is_page(const struct page_file *file, int n, sqlite3_int64 at)
{
	return file->database && n == PAGE_SIZE && at % PAGE_SIZE == 0;
}

/*
 * No room comes in several kinds; SQLite knows one. For all of them nothing
 * was committed, and SQLITE_FULL says so. Any other failure of a write stays
 * what it is.
 */
static int
write_result(struct page_file *file, int rc)
{
	int error = 0;

	if (rc == SQLITE_OK)
		return rc;
	if (file->real->pMethods->xFileControl(
		    file->real, SQLITE_FCNTL_LAST_ERRNO, &error) != SQLITE_OK)
		error = 0;
	if (rc == SQLITE_FULL && error == 0)
		error = ENOSPC;
	trouble.error = error != 0 ? error : EIO;
	if (error == ENOSPC || error == EDQUOT || error == EFBIG ||
	    error == EROFS)
		return SQLITE_FULL;
	return rc;
}

/*
 * SQLite writes the log in pieces of 24 and 4096 bytes; they go to the system
 * together, at the latest when the log is synced, which comes before anybody
 * is told of them. Whatever becomes of it, nothing stays behind here.
 */
static int
gathered_write(struct page_file *file)
{
	size_t n = file->gathered_n;

	file->gathered_n = 0;
	if (n == 0)
		return SQLITE_OK;
	return write_result(
		file, file->real->pMethods->xWrite(file->real, file->gathered,
						   (int)n, file->gathered_at));
}

static int
log_write(struct page_file *file, const void *from, size_t n, sqlite3_int64 at)
{
	int rc = SQLITE_OK;

	if (file->gathered == NULL)
		file->gathered = sqlite3_malloc((int)GATHER_MAX);
	if (file->gathered == NULL)
		return SQLITE_IOERR_NOMEM;
	if (file->gathered_n + n > GATHER_MAX ||
	    at != file->gathered_at + (sqlite3_int64)file->gathered_n)
		rc = gathered_write(file);
	if (rc != SQLITE_OK)
		return rc;
	if (file->gathered_n == 0)
		file->gathered_at = at;
	memcpy(file->gathered + file->gathered_n, from, n);
	file->gathered_n += n;
	return rc;
}

static int
page_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	struct page_file *file = (struct page_file *)f;
	sqlite3_file *real = file->real;
	uint8_t page[PAGE_SIZE];
	uint64_t sum;

	if (file->log && n >= 0 && (size_t)n <= GATHER_MAX)
		return log_write(file, from, (size_t)n, at);
	if (is_page(file, n, at)) { /* a checkpoint, or a new file */
		memcpy(page, from, PAGE_SIZE);
		sum = htole64(page_sum(page));
		memcpy(page + PAGE_SIZE - PAGE_RESERVED, &sum, sizeof(sum));
		from = page;
	}
	return write_result(file, real->pMethods->xWrite(real, from, n, at));
}

static int
page_read(sqlite3_file *f, void *out, int n, sqlite3_int64 at)
{
	struct page_file *file = (struct page_file *)f;
	const uint8_t *page = out;
	int rc = gathered_write(file);
	uint64_t sum;

	if (rc == SQLITE_OK)
		rc = file->real->pMethods->xRead(file->real, out, n, at);
	if (rc != SQLITE_OK || !is_page(file, n, at))
		return rc;
	memcpy(&sum, page + PAGE_SIZE - PAGE_RESERVED, sizeof(sum));
	if (le64toh(sum) == page_sum(page))
		return SQLITE_OK;
	trouble.damaged = (uint32_t)(at / PAGE_SIZE) + 1;
	return SQLITE_IOERR_DATA;
}

static int
page_close(sqlite3_file *f)
{
	struct page_file *file = (struct page_file *)f;

	(void)gathered_write(file); /* of no commit: one would be synced */
	sqlite3_free(file->gathered);
	return file->real->pMethods == NULL
		       ? SQLITE_OK
		       : file->real->pMethods->xClose(file->real);
}

static int
page_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	struct page_file *file = (struct page_file *)f;
	int rc = gathered_write(file);

	if (rc != SQLITE_OK)
		return rc;
	return write_result(file,
			    file->real->pMethods->xTruncate(file->real, size));
}

static int
page_sync(sqlite3_file *f, int flags)
{
	struct page_file *file = (struct page_file *)f;
	int rc = gathered_write(file);

	if (rc != SQLITE_OK)
		return rc;
	rc = file->real->pMethods->xSync(file->real, flags);
	if (rc != SQLITE_OK)
		(void)write_result(file, rc);
	return rc; /* never "full": nobody knows what a sync left behind */
}

static int
page_size(sqlite3_file *f, sqlite3_int64 *out)
{
	struct page_file *file = (struct page_file *)f;
	int rc = gathered_write(file);

	return rc != SQLITE_OK
		       ? rc
		       : file->real->pMethods->xFileSize(file->real, out);
}

static int
page_lock(sqlite3_file *f, int level)
{
	sqlite3_file *real = ((struct page_file *)f)->real;

	return real->pMethods->xLock(real, level);
}

static int
page_unlock(sqlite3_file *f, int level)
{
	sqlite3_file *real = ((struct page_file *)f)->real;

	return real->pMethods->xUnlock(real, level);
}

static int
page_reserved(sqlite3_file *f, int *out)
{
	sqlite3_file *real = ((struct page_file *)f)->real;

	return real->pMethods->xCheckReservedLock(real, out);
}

static int
page_control(sqlite3_file *f, int what, void *arg)
{
	sqlite3_file *real = ((struct page_file *)f)->real;

	return real->pMethods->xFileControl(real, what, arg);
}

static int
page_sector(sqlite3_file *f)
{
	sqlite3_file *real = ((struct page_file *)f)->real;

	return real->pMethods->xSectorSize(real);
}

static int
page_device(sqlite3_file *f)
{
	sqlite3_file *real = ((struct page_file *)f)->real;

	return real->pMethods->xDeviceCharacteristics(real);
}

static int
page_shm_map(sqlite3_file *f, int page, int size, int extend,
	     void volatile **out)
{
	struct page_file *file = (struct page_file *)f;
	sqlite3_file *real = file->real;
	int rc = real->pMethods->xShmMap(real, page, size, extend, out);

	if (page == 0)
		file->index = rc == SQLITE_OK ? *out : NULL;
	return rc;
}

static int
page_shm_lock(sqlite3_file *f, int from, int n, int flags)
{
	sqlite3_file *real = ((struct page_file *)f)->real;

	return real->pMethods->xShmLock(real, from, n, flags);
}

static void
page_shm_barrier(sqlite3_file *f)
{
	sqlite3_file *real = ((struct page_file *)f)->real;

	real->pMethods->xShmBarrier(real);
}

static int
page_shm_unmap(sqlite3_file *f, int delete)
{
	struct page_file *file = (struct page_file *)f;

	file->index = NULL;
	return file->real->pMethods->xShmUnmap(file->real, delete);
}

/* Version 2: shared memory for the WAL, but no memory mapping of pages, which
 * would pass the sums by. */
static const sqlite3_io_methods page_methods = {
	.iVersion = 2,
	.xClose = page_close,
	.xRead = page_read,
	.xWrite = page_write,
	.xTruncate = page_truncate,
	.xSync = page_sync,
	.xFileSize = page_size,
	.xLock = page_lock,
	.xUnlock = page_unlock,
	.xCheckReservedLock = page_reserved,
	.xFileControl = page_control,
	.xSectorSize = page_sector,
	.xDeviceCharacteristics = page_device,
	.xShmMap = page_shm_map,
	.xShmLock = page_shm_lock,
	.xShmBarrier = page_shm_barrier,
	.xShmUnmap = page_shm_unmap,
};

static int
page_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags,
	  int *out)
{
	sqlite3_vfs *real = vfs->pAppData;
	struct page_file *file = (struct page_file *)f;
	int rc;

	file->database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
	file->log = (flags & SQLITE_OPEN_WAL) != 0;
	file->gathered = NULL;
	file->gathered_n = 0;
	file->index = NULL;
	file->real = (sqlite3_file *)(file + 1);
	rc = real->xOpen(real, name, file->real, flags, out);
	/* SQLite closes whatever has methods, also after a failure. */
	file->base.pMethods =
		file->real->pMethods != NULL ? &page_methods : NULL;
	return rc;
}

static sqlite3_vfs page_vfs;
static bool page_vfs_ready;

static void
page_vfs_register(void)
{
	sqlite3_vfs *real;

	/* Its statistics cost a lock on each allocation of every thread. This
	 * is refused when somebody began to use SQLite before: no harm. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	real = sqlite3_vfs_find(NULL);
	if (real == NULL)
		return;
	page_vfs = *real;
	page_vfs.zName = PAGE_VFS;
	page_vfs.pNext = NULL;
	page_vfs.pAppData = real;
	page_vfs.szOsFile = (int)sizeof(struct page_file) + real->szOsFile;
	page_vfs.xOpen = page_open;
	page_vfs_ready = sqlite3_vfs_register(&page_vfs, 0) == SQLITE_OK;
}

bool
page_vfs_init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	return pthread_once(&once, page_vfs_register) == 0 && page_vfs_ready;
}

struct page_trouble
page_trouble(void)
{
	struct page_trouble out = trouble;

	trouble = (struct page_trouble){ 0 };
	return out;
}

/* ---- the stamp ---- */

#define STAMP_WORDS (PAGE_STAMP_SIZE / sizeof(uint32_t))
#define STAMP_INIT_WORD 3 /* its first byte: has anybody written it yet? */

/*
 * The index begins with two copies of its head (sqlite.org/walformat.html,
 * 2.1): a counter of commits, the log's length, its checksum and its salts. A
 * writer writes the second copy first, and we read the first one first: both
 * are the same when nobody wrote meanwhile.
 */
bool
page_stamp(sqlite3 *lite, uint8_t out[PAGE_STAMP_SIZE])
{
	uint32_t head[2][STAMP_WORDS];
	sqlite3_file *f = NULL;
	const volatile uint32_t *index;
	uint8_t written;

	if (sqlite3_file_control(lite, "main", SQLITE_FCNTL_FILE_POINTER, &f) !=
		    SQLITE_OK ||
	    f == NULL || f->pMethods != &page_methods)
		return false;
	index = ((struct page_file *)f)->index;
	if (index == NULL)
		return false;
	for (size_t copy = 0; copy < 2; copy++) {
		for (size_t i = 0; i < STAMP_WORDS; i++)
			head[copy][i] = index[copy * STAMP_WORDS + i];
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	}
	memcpy(&written, &head[0][STAMP_INIT_WORD], sizeof(written));
	memcpy(out, head[0], PAGE_STAMP_SIZE);
	return written != 0 && memcmp(head[0], head[1], PAGE_STAMP_SIZE) == 0;
}
