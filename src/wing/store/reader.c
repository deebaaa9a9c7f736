/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/store/reader.h"

#include "wing/store/mark.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define NEWS_MAX 1000 /* changes; with more, everything is forgotten */
#define BYTES_PER_MAILBOX                                                      \
	1024                 /* kept of what options->mailbox_cache counts     \
			      */
#define FIRST_CACHE_KIB 2048 /* pages kept by the first thread that reads */
#define OTHER_CACHE_KIB 512

struct readers {
	const struct store_options *options;
	const char *path[DB_PARTS];
	pthread_key_t key;
	pthread_mutex_t lock;
	struct reader *first;
	unsigned opened; /* ever */
	unsigned caches; /* now */
};

/* ---- open and close ---- */

static void
reader_free(struct reader *r)
{
	for (size_t i = 0; i < DB_PARTS; i++)
		db_close(r->db[i]);
	cache_close(r->small);
	cache_close(r->pictures);
	free(r);
}

/* At the end of a thread. */
static void
reader_gone(void *arg)
{
	struct reader *r = arg;
	struct readers *all = r->all;
	struct reader **at = &all->first;

	(void)pthread_mutex_lock(&all->lock);
	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	if (r->small != NULL)
		all->caches--;
	(void)pthread_mutex_unlock(&all->lock);
	reader_free(r);
}

enum err
readers_open(struct op *op, const struct store_options *options,
	     const char *const path[DB_PARTS], struct readers **out)
{
	struct readers *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return FAIL(op, ERR_DOWN, "no memory for the store's readers");
	all->options = options;
	for (size_t i = 0; i < DB_PARTS; i++)
		all->path[i] = path[i];
	if (pthread_key_create(&all->key, reader_gone) != 0) {
		free(all);
		return FAIL(op, ERR_DOWN, "no key for the store's readers");
	}
	(void)pthread_mutex_init(&all->lock, NULL);
	*out = all;
	return OK;
}

void
readers_close(struct readers *all)
{
	struct reader *next;

	if (all == NULL)
		return;
	(void)pthread_key_delete(all->key);
	for (struct reader *r = all->first; r != NULL; r = next) {
		next = r->next;
		reader_free(r);
	}
	(void)pthread_mutex_destroy(&all->lock);
	free(all);
}

/* The first threads that read get a cache: those that serve connections. */
static enum err
reader_open(struct readers *all, struct op *op, struct reader **out)
{
	const struct store_options *o = all->options;
	struct reader *r = calloc(1, sizeof(*r));
	bool cached;

	if (r == NULL)
		return FAIL(op, ERR_DOWN, "no memory for a reader");
	r->all = all;
	if (pthread_setspecific(all->key, r) != 0) {
		free(r);
		return FAIL(op, ERR_DOWN, "no memory for a reader");
	}
	(void)pthread_mutex_lock(&all->lock);
	r->next = all->first;
	all->first = r;
	r->cache_kib = all->opened++ == 0 ? FIRST_CACHE_KIB : OTHER_CACHE_KIB;
	cached = all->caches < o->cache_readers && o->mailbox_cache > 0;
	if (cached) {
		r->small = cache_open((size_t)o->mailbox_cache *
				      BYTES_PER_MAILBOX);
		all->caches += r->small != NULL;
	}
	(void)pthread_mutex_unlock(&all->lock);
	if (r->small != NULL)
		r->pictures = cache_open(o->photo_cache_bytes);
	*out = r;
	return OK;
}

static enum err
part_open(struct reader *r, struct op *op, enum db_part part)
{
	const struct db_options options = {
		.path = r->all->path[part],
		.cache_kib = r->cache_kib,
	};
	enum err err;

	TRY(db_open(op, &options, &r->db[part]));
	err = db_version(r->db[part], op, &r->version[part]);
	if (err == OK)
		err = mark_change(r->db[part], op, part, &r->seq[part]);
	if (err != OK) {
		db_close(r->db[part]);
		r->db[part] = NULL;
	}
	return err;
}

/* ---- news ---- */

static void
forget_all(struct reader *r)
{
	cache_clear(r->small);
	cache_clear(r->pictures);
}

/* row: kind, mailbox, other, name */
static void
forget(struct reader *r, const struct db_value *row)
{
	struct cache_key key = { 0 };

	key.a = row[1].number;
	switch ((enum change)row[0].number) {
	case CHANGE_MAILBOX:
		key.kind = CACHE_MAILBOX;
		break;
	case CHANGE_OOF:
		key.kind = CACHE_OOF;
		break;
	case CHANGE_PHOTO: /* its variants carry a version of their own */
		key.kind = CACHE_PHOTO;
		break;
	case CHANGE_OWNER:
		key.kind = CACHE_OWNER;
		key.b = row[2].number;
		break;
	case CHANGE_ADDRESS:
		key.kind = CACHE_ADDRESS;
		key.a = cache_hash(db_as_text(&row[3]));
		break;
	case CHANGE_DOMAIN:
		key.kind = CACHE_DOMAIN;
		key.a = cache_hash(db_as_text(&row[3]));
		break;
	case CHANGE_PERSON:
		key.kind = CACHE_PERSON;
		break;
	case CHANGE_CONTACT: /* not kept */
	case CHANGE_PUBLICATION:
	case CHANGE_ANSWERED:
		return;
	default: /* a later program's: it may concern anything */
		forget_all(r);
		return;
	}
	cache_forget(r->small, key);
}

/* Reads from the last known row on: when that one is gone, the log was trimmed
 * past what we know. */
static enum err
news_read(struct reader *r, struct op *op, enum db_part part)
{
	static const char main_sql[] =
		"SELECT seq, kind, mailbox, other, name FROM change "
		"WHERE seq >= $1 ORDER BY seq LIMIT $2";
	static const char photo_sql[] =
		"SELECT seq, kind, mailbox, other, name FROM photo_change "
		"WHERE seq >= $1 ORDER BY seq LIMIT $2";
	const struct db_value args[] = { db_int(r->seq[part]),
					 db_int(NEWS_MAX) };
	struct db_rows rows;

	TRY(db_run(r->db[part], op, part == DB_MAIN ? main_sql : photo_sql,
		   args, COUNT(args), &rows));
	if (rows.n == 0 || rows.n == NEWS_MAX ||
	    rows.value[0].number != r->seq[part]) {
		forget_all(r);
		return mark_change(r->db[part], op, part, &r->seq[part]);
	}
	for (size_t i = 1; i < rows.n; i++) {
		const struct db_value *row = db_row(&rows, i);

		forget(r, row + 1);
		r->seq[part] = row[0].number;
	}
	return OK;
}

/*
 * The version is asked before the log is read: what comes in between is read
 * twice, never missed. And what a miss reads later than the version is newer,
 * which the next news forget once more.
 */
static enum err
version_check(struct reader *r, struct op *op, enum db_part part)
{
	int64_t version;

	TRY(db_version(r->db[part], op, &version));
	if (version == r->version[part])
		return OK;
	TRY(news_read(r, op, part));
	r->version[part] = version;
	return OK;
}

/* The stamp is of before the version was asked: too old at most, and then the
 * version is asked once more than need be. */
static enum err
news(struct reader *r, struct op *op, enum db_part part)
{
	uint8_t stamp[DB_STAMP_SIZE];
	bool stamped;

	if (op->one_view && op->view == r && (op->viewed & 1U << part) != 0)
		return OK;
	stamped = db_stamp(r->db[part], stamp);
	if (!stamped || !r->stamped[part] ||
	    memcmp(stamp, r->stamp[part], sizeof(stamp)) != 0) {
		r->stamped[part] = false;
		TRY(version_check(r, op, part));
		r->stamped[part] = stamped;
		memcpy(r->stamp[part], stamp, sizeof(stamp));
	}
	if (op->view != r)
		op->viewed = 0;
	op->view = r;
	op->viewed |= 1U << part;
	return OK;
}

enum err
reader_get(struct readers *all, struct op *op, enum db_part part,
	   struct reader **out)
{
	struct reader *r = pthread_getspecific(all->key);

	if (r == NULL)
		TRY(reader_open(all, op, &r));
	if (r->db[part] == NULL)
		TRY(part_open(r, op, part));
	if (r->small != NULL) /* else nothing is kept that could be old */
		TRY(news(r, op, part));
	*out = r;
	return OK;
}

enum err
change_add(struct db *db, struct op *op, enum change kind, int64_t mailbox,
	   int64_t other, const char *name)
{
	static const char main_sql[] =
		"INSERT INTO change (kind, mailbox, other, name, at) "
		"VALUES ($1, $2, $3, $4, $5)";
	static const char photo_sql[] =
		"INSERT INTO photo_change (kind, mailbox, other, name, at) "
		"VALUES ($1, $2, $3, $4, $5)";
	const struct db_value args[] = { db_int(kind), db_int(mailbox),
					 db_int(other), db_text(name),
					 db_int(op->now) };
	struct db_rows rows;

	return db_run(db, op, kind == CHANGE_PHOTO ? photo_sql : main_sql, args,
		      COUNT(args), &rows);
}
