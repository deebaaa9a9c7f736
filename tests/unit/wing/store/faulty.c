/* SPDX-License-Identifier: Apache-2.0 */
#include "faulty.h"

#include <assert.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LENGTH 256
#define SECTOR 512

/* A write, or with data NULL a truncation, that was not synced yet. */
struct pending {
	struct pending *next;
	sqlite3_int64 at;
	size_t n;
	uint8_t data[];
};

/* What a disk holds of a file. */
struct shadow {
	struct shadow *next;
	char path[NAME_MAX_LENGTH];
	uint8_t *data;
	size_t n;
	struct pending *first, **last;
};

struct file {
	sqlite3_file base;
	struct shadow *shadow; /* NULL: not remembered */
	sqlite3_file *real;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sqlite3_vfs *unix_vfs;
static sqlite3_vfs faulty_vfs;
static sqlite3_mem_methods real_memory;
static struct shadow *shadows;
static atomic_bool remembering;

static struct {
	enum faulty_call call;
	long left;
	int code;
	bool armed, lasting, hit;
} plan;

/* ---- the n-th call ---- */

void
faulty_arm(enum faulty_call call, long n, int code, bool lasting)
{
	(void)pthread_mutex_lock(&lock);
	plan.call = call;
	plan.left = n;
	plan.code = code;
	plan.lasting = lasting;
	plan.armed = true;
	plan.hit = false;
	(void)pthread_mutex_unlock(&lock);
}

bool
faulty_disarm(void)
{
	bool hit;

	(void)pthread_mutex_lock(&lock);
	hit = plan.hit;
	plan.armed = false;
	(void)pthread_mutex_unlock(&lock);
	return hit;
}

static int
fault(enum faulty_call call)
{
	int code = SQLITE_OK;

	(void)pthread_mutex_lock(&lock);
	if (plan.armed && plan.call == call) {
		plan.left--;
		if (plan.left == 0 || (plan.left < 0 && plan.lasting)) {
			plan.hit = true;
			code = plan.code;
		}
	}
	(void)pthread_mutex_unlock(&lock);
	return code;
}

/* ---- the disk's view; under the lock ---- */

static void
shadow_apply(struct shadow *s, const struct pending *p, bool whole,
	     unsigned *seed)
{
	size_t end = (size_t)p->at + p->n;

	if (p->n == 0) { /* a truncation */
		if ((size_t)p->at < s->n)
			s->n = (size_t)p->at;
		return;
	}
	if (end > s->n) {
		s->data = realloc(s->data, end);
		assert(s->data != NULL);
		memset(s->data + s->n, 0, end - s->n);
		s->n = end;
	}
	for (size_t i = 0; i < p->n; i += SECTOR) {
		size_t n = p->n - i < SECTOR ? p->n - i : SECTOR;

		if (whole || rand_r(seed) % 4 != 0)
			memcpy(s->data + p->at + i, p->data + i, n);
	}
}

static void
shadow_add(struct shadow *s, const void *from, size_t n, sqlite3_int64 at)
{
	struct pending *p;

	if (s == NULL || !remembering)
		return;
	(void)pthread_mutex_lock(&lock);
	p = malloc(sizeof(*p) + n);
	assert(p != NULL);
	p->next = NULL;
	p->at = at;
	p->n = n;
	if (n > 0)
		memcpy(p->data, from, n);
	*s->last = p;
	s->last = &p->next;
	(void)pthread_mutex_unlock(&lock);
}

static void
pending_free(struct shadow *s)
{
	struct pending *next;

	for (struct pending *p = s->first; p != NULL; p = next) {
		next = p->next;
		free(p);
	}
	s->first = NULL;
	s->last = &s->first;
}

static void
shadow_sync(struct shadow *s)
{
	if (s == NULL || !remembering)
		return;
	(void)pthread_mutex_lock(&lock);
	for (const struct pending *p = s->first; p != NULL; p = p->next)
		shadow_apply(s, p, true, NULL);
	pending_free(s);
	(void)pthread_mutex_unlock(&lock);
}

static struct shadow *
shadow_of(const char *path)
{
	struct shadow *s = shadows;

	while (s != NULL && strcmp(s->path, path) != 0)
		s = s->next;
	return s;
}

/* What is there when it is first opened was synced long ago. */
static struct shadow *
shadow_open(const char *path)
{
	struct shadow *s;
	FILE *f;

	if (!remembering || path == NULL)
		return NULL;
	(void)pthread_mutex_lock(&lock);
	s = shadow_of(path);
	if (s == NULL) {
		s = calloc(1, sizeof(*s));
		assert(s != NULL);
		(void)snprintf(s->path, sizeof(s->path), "%s", path);
		s->last = &s->first;
		f = fopen(path, "rb");
		if (f != NULL) {
			(void)fseek(f, 0, SEEK_END);
			s->n = (size_t)ftell(f);
			rewind(f);
			s->data = malloc(s->n + 1);
			assert(s->data != NULL);
			s->n = fread(s->data, 1, s->n, f);
			(void)fclose(f);
		}
		s->next = shadows;
		shadows = s;
	}
	(void)pthread_mutex_unlock(&lock);
	return s;
}

/* Open files still point to what they were told: it is given back when the
 * next time begins. */
void
faulty_remember(bool on)
{
	struct shadow *next;

	(void)pthread_mutex_lock(&lock);
	for (struct shadow *s = shadows; on && s != NULL; s = next) {
		next = s->next;
		pending_free(s);
		free(s->data);
		free(s);
	}
	if (on)
		shadows = NULL;
	remembering = on;
	(void)pthread_mutex_unlock(&lock);
}

void
faulty_power_cut(const char *dir, unsigned seed)
{
	char path[2 * NAME_MAX_LENGTH];

	(void)pthread_mutex_lock(&lock);
	for (const struct shadow *s = shadows; s != NULL; s = s->next) {
		struct shadow copy = { .n = s->n };
		FILE *f;

		copy.data = malloc(s->n + 1);
		assert(copy.data != NULL);
		if (s->n > 0)
			memcpy(copy.data, s->data, s->n);
		for (const struct pending *p = s->first; p != NULL; p = p->next)
			shadow_apply(&copy, p, false, &seed);
		(void)snprintf(path, sizeof(path), "%s/%s", dir,
			       strrchr(s->path, '/') + 1);
		f = fopen(path, "wb");
		assert(f != NULL);
		assert(fwrite(copy.data, 1, copy.n, f) == copy.n);
		(void)fclose(f);
		free(copy.data);
	}
	(void)pthread_mutex_unlock(&lock);
}

/* ---- the layer ---- */

#define REAL(f) (((struct file *)(f))->real)
#define SHADOW(f) (((struct file *)(f))->shadow)

static int
f_close(sqlite3_file *f)
{
	return REAL(f)->pMethods == NULL ? SQLITE_OK
					 : REAL(f)->pMethods->xClose(REAL(f));
}

static int
f_read(sqlite3_file *f, void *out, int n, sqlite3_int64 at)
{
	int rc = fault(FAULTY_READ);

	return rc != SQLITE_OK ? rc
			       : REAL(f)->pMethods->xRead(REAL(f), out, n, at);
}

/* A write that fails may have done half of its work. */
static int
f_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	int rc = fault(FAULTY_WRITE);
	int part = rc == SQLITE_OK ? n : n / 2;

	if (part > 0 &&
	    REAL(f)->pMethods->xWrite(REAL(f), from, part, at) != SQLITE_OK)
		return SQLITE_IOERR_WRITE;
	shadow_add(SHADOW(f), from, (size_t)part, at);
	return rc;
}

static int
f_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int rc = fault(FAULTY_TRUNCATE);

	if (rc != SQLITE_OK)
		return rc;
	shadow_add(SHADOW(f), NULL, 0, size);
	return REAL(f)->pMethods->xTruncate(REAL(f), size);
}

static int
f_sync(sqlite3_file *f, int flags)
{
	int rc = fault(FAULTY_SYNC);

	(void)flags;
	if (rc != SQLITE_OK)
		return rc;
	shadow_sync(SHADOW(f));
	return SQLITE_OK;
}

static int
f_size(sqlite3_file *f, sqlite3_int64 *out)
{
	return REAL(f)->pMethods->xFileSize(REAL(f), out);
}

static int
f_lock(sqlite3_file *f, int level)
{
	return REAL(f)->pMethods->xLock(REAL(f), level);
}

static int
f_unlock(sqlite3_file *f, int level)
{
	return REAL(f)->pMethods->xUnlock(REAL(f), level);
}

static int
f_reserved(sqlite3_file *f, int *out)
{
	return REAL(f)->pMethods->xCheckReservedLock(REAL(f), out);
}

static int
f_control(sqlite3_file *f, int what, void *arg)
{
	return REAL(f)->pMethods->xFileControl(REAL(f), what, arg);
}

static int
f_sector(sqlite3_file *f)
{
	return REAL(f)->pMethods->xSectorSize(REAL(f));
}

static int
f_device(sqlite3_file *f)
{
	return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f));
}

static int
f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	int rc = fault(FAULTY_SHM);

	return rc != SQLITE_OK ? rc
			       : REAL(f)->pMethods->xShmMap(REAL(f), page, size,
							    extend, out);
}

static int
f_shm_lock(sqlite3_file *f, int from, int n, int flags)
{
	return REAL(f)->pMethods->xShmLock(REAL(f), from, n, flags);
}

static void
f_shm_barrier(sqlite3_file *f)
{
	REAL(f)->pMethods->xShmBarrier(REAL(f));
}

static int
f_shm_unmap(sqlite3_file *f, int delete)
{
	return REAL(f)->pMethods->xShmUnmap(REAL(f), delete);
}

static const sqlite3_io_methods methods = {
	2,        f_close,   f_read,     f_write,       f_truncate,  f_sync,
	f_size,   f_lock,    f_unlock,   f_reserved,    f_control,   f_sector,
	f_device, f_shm_map, f_shm_lock, f_shm_barrier, f_shm_unmap, NULL,
	NULL,
};

static int
v_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct file *file = (struct file *)f;
	int rc = fault(FAULTY_OPEN);

	(void)vfs;
	file->base.pMethods = NULL;
	file->real = (sqlite3_file *)(file + 1);
	file->real->pMethods = NULL;
	file->shadow = NULL;
	if (rc != SQLITE_OK)
		return rc;
	if ((flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL |
		      SQLITE_OPEN_MAIN_JOURNAL)) != 0)
		file->shadow = shadow_open(name);
	rc = unix_vfs->xOpen(unix_vfs, name, file->real, flags, out);
	if (file->real->pMethods != NULL)
		file->base.pMethods = &methods;
	return rc;
}

/* Of a deleted file the disk forgets at once: the worst for who relies on
 * it. */
static int
v_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	(void)vfs;
	(void)pthread_mutex_lock(&lock);
	for (struct shadow **at = &shadows; *at != NULL; at = &(*at)->next)
		if (strcmp((*at)->path, name) == 0) {
			pending_free(*at);
			(*at)->n = 0;
			break;
		}
	(void)pthread_mutex_unlock(&lock);
	return unix_vfs->xDelete(unix_vfs, name, sync);
}

/* ---- memory ---- */

static void *
m_malloc(int n)
{
	return fault(FAULTY_MALLOC) != SQLITE_OK ? NULL
						 : real_memory.xMalloc(n);
}

static void *
m_realloc(void *p, int n)
{
	return fault(FAULTY_MALLOC) != SQLITE_OK ? NULL
						 : real_memory.xRealloc(p, n);
}

void
faulty_init(void)
{
	sqlite3_mem_methods memory;

	assert(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory) ==
	       SQLITE_OK);
	memory = real_memory;
	memory.xMalloc = m_malloc;
	memory.xRealloc = m_realloc;
	assert(sqlite3_config(SQLITE_CONFIG_MALLOC, &memory) == SQLITE_OK);
	assert(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK);
	unix_vfs = sqlite3_vfs_find("unix");
	assert(unix_vfs != NULL);
	faulty_vfs = *unix_vfs;
	faulty_vfs.zName = "faulty";
	faulty_vfs.pNext = NULL;
	faulty_vfs.szOsFile = (int)sizeof(struct file) + unix_vfs->szOsFile;
	faulty_vfs.xOpen = v_open;
	faulty_vfs.xDelete = v_delete;
	assert(sqlite3_vfs_register(&faulty_vfs, 1) == SQLITE_OK);
}
