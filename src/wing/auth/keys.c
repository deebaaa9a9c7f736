/* SPDX-License-Identifier: Apache-2.0 */

/* The keys of issuers, as a process knows them. */
#include "wing/auth/keys.h"

#include "base/digest.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETS_MAX ((size_t)2 * ISSUERS_MAX) /* while settings change */
#define NAME_BYTES 16 /* of a URL's digest, as a file's name */
#define ASK_EVERY_S 2 /* of one issuer's keys */

/* How a file looked when it was read. */
struct look {
	struct timespec changed;
	off_t size;
	ino_t inode;
};

struct slot {
	char *file; /* NULL: an empty slot */
	struct look look;
	struct jwks *set; /* NULL: it has never been a set of keys */
};

struct keys {
	pthread_mutex_t lock;
	struct slot slot[SETS_MAX];
	size_t next; /* that gives way */
};

static void
mutex_unlock(pthread_mutex_t *const *lock)
{
	(void)pthread_mutex_unlock(*lock);
}

static void
file_done(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

struct keys *
keys_open(void)
{
	struct keys *k = calloc(1, sizeof(*k));

	if (k != NULL)
		(void)pthread_mutex_init(&k->lock, NULL);
	return k;
}

static void
slot_empty(struct slot *slot)
{
	jwks_drop(slot->set);
	free(slot->file);
	*slot = (struct slot){ 0 };
}

void
keys_close(struct keys *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < SETS_MAX; i++)
		slot_empty(&k->slot[i]);
	(void)pthread_mutex_destroy(&k->lock);
	free(k);
}

/* ---- files ---- */

bool
keys_are_remote(const struct issuer *issuer)
{
	return issuer->jwks[0] != '/';
}

/* By the URL, so that another title or order changes nothing. */
const char *
keys_path(struct op *op, const struct issuer *issuer, const char *kind)
{
	uint8_t digest[DIGEST_SIZE];

	digest_sha256(bytes_of(issuer->jwks), digest);
	return op_print(op, "%s/" KEYS_FOLDER "/%s.%s", op->settings->data,
			text_hex(op, (struct bytes){ digest, NAME_BYTES }),
			kind);
}

const char *
keys_file(struct op *op, const struct issuer *issuer)
{
	return keys_are_remote(issuer) ? keys_path(op, issuer, KEYS_FETCHED)
				       : issuer->jwks;
}

enum err
keys_file_read(struct op *op, const char *path, size_t most, struct bytes *out)
{
	CLEANUP(file_done)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint8_t *p;
	size_t n = 0;
	ssize_t got = 1;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return FAIL(op, ERR_NOT_FOUND, "%s: there is no such file",
			    path);
	if (fd < 0)
		return FAIL(op, ERR_DOWN, "%s: %s", path, strerror(errno));
	p = op_alloc(op, most + 1);
	while (got > 0 && n <= most) {
		got = read(fd, p + n, most + 1 - n);
		if (got > 0)
			n += (size_t)got;
		else if (got < 0 && errno == EINTR)
			got = 1;
	}
	if (got < 0)
		return FAIL(op, ERR_DOWN, "%s: %s", path, strerror(errno));
	if (n > most)
		return FAIL(op, ERR_LIMIT, "%s has more than %zu bytes", path,
			    most);
	*out = (struct bytes){ p, n };
	return OK;
}

/* ---- sets ---- */

static struct slot *
slot_find(struct keys *k, const char *file)
{
	struct slot *slot = NULL;

	for (size_t i = 0; i < SETS_MAX && slot == NULL; i++) {
		if (k->slot[i].file != NULL &&
		    strcmp(k->slot[i].file, file) == 0)
			slot = &k->slot[i];
	}
	if (slot != NULL)
		return slot;
	slot = &k->slot[k->next++ % SETS_MAX];
	slot_empty(slot);
	slot->file = strdup(file);
	return slot;
}

static bool
look_take(const char *file, struct look *out)
{
	struct stat st;

	if (stat(file, &st) != 0)
		return false;
	out->changed = st.st_mtim;
	out->size = st.st_size;
	out->inode = st.st_ino;
	return true;
}

static bool
look_same(const struct look *a, const struct look *b)
{
	return a->changed.tv_sec == b->changed.tv_sec &&
	       a->changed.tv_nsec == b->changed.tv_nsec && a->size == b->size &&
	       a->inode == b->inode;
}

/* A broken file is looked at once, and leaves what there is. */
static void
slot_read(struct slot *slot, struct op *op, const struct look *look)
{
	struct bytes bytes;
	struct jwks *set;

	slot->look = *look;
	if (keys_file_read(op, slot->file, JWKS_MAX, &bytes) != OK ||
	    jwks_read(op, bytes, &set) != OK)
		return;
	jwks_drop(slot->set);
	slot->set = set;
}

enum err
keys_get(struct keys *k, struct op *op, const struct issuer *issuer,
	 struct jwks **out)
{
	const char *file = keys_file(op, issuer);
	CLEANUP(mutex_unlock) pthread_mutex_t *lock = &k->lock;
	struct look look = { 0 };
	struct slot *slot;

	(void)pthread_mutex_lock(lock);
	slot = slot_find(k, file);
	if (slot->file != NULL && look_take(file, &look) &&
	    !look_same(&look, &slot->look))
		slot_read(slot, op, &look);
	if (slot->set == NULL)
		return FAIL(op, ERR_DOWN,
			    "the keys of issuer \"%s\" cannot be read from %s",
			    issuer->title, file);
	*out = jwks_hold(slot->set);
	return OK;
}

/* ---- asking for more ---- */

void
keys_ask(struct op *op, const struct issuer *issuer)
{
	const char *path = keys_path(op, issuer, KEYS_WANTED);
	CLEANUP(file_done) int fd = -1;
	struct stat st;

	if (!keys_are_remote(issuer))
		return;
	if (stat(path, &st) == 0 && st.st_mtim.tv_sec <= op->now &&
	    op->now - st.st_mtim.tv_sec < ASK_EVERY_S)
		return;
	/* Where the clerk has no folder yet it has not begun to fetch. */
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)futimens(fd, NULL);
}
