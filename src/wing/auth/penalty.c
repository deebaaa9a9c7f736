/* SPDX-License-Identifier: Apache-2.0 */

/* Who guesses is slowed, for all workers. */
#include "wing/auth/penalty.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)
#define WAIT_MAX_US (PENALTY_WAIT_MAX_S * SECOND_US)

/* One of the tables. */
struct table {
	pthread_mutex_t *locks;
	struct penalty_entry *entries;
	size_t slots;
	int64_t forget_us; /* one of `count` */
};

static struct table
table_pairs(struct penalties *p)
{
	return (struct table){ p->pairs.lock, p->pairs.entry, PAIR_SLOTS,
			       PAIR_FORGET_S * SECOND_US };
}

static struct table
table_sources(struct penalties *p)
{
	return (struct table){ p->sources.lock, p->sources.entry, SOURCE_SLOTS,
			       SOURCE_FORGET_S * SECOND_US };
}

static struct table
table_users(struct penalties *p)
{
	return (struct table){ p->users.lock, p->users.entry, USER_SLOTS,
			       USER_FORGET_S * SECOND_US };
}

static size_t
table_group(const struct table *t, const uint64_t key[2])
{
	return key[0] % (t->slots / PENALTY_WAYS);
}

/*
 * NULL: the lock is beyond repair, and nothing is counted. A worker that was
 * killed with the lock leaves an entry half changed: at worst one count is
 * wrong until it is forgotten.
 */
static pthread_mutex_t *
table_lock(const struct table *t, const uint64_t key[2])
{
	pthread_mutex_t *lock =
		&t->locks[table_group(t, key) % PENALTY_STRIPES];
	int error = pthread_mutex_lock(lock);

	if (error == EOWNERDEAD)
		error = pthread_mutex_consistent(lock);
	return error == 0 ? lock : NULL;
}

static void
table_unlock(pthread_mutex_t *const *lock)
{
	if (*lock != NULL)
		(void)pthread_mutex_unlock(*lock);
}

static void
entry_forget(const struct table *t, struct penalty_entry *e, int64_t now_us)
{
	int64_t n = (now_us - e->count_us) / t->forget_us;

	if (e->count == 0 || n >= e->count || n < 0) {
		e->count = n < 0 ? e->count : 0;
		e->count_us = now_us;
	} else if (n > 0) {
		e->count -= (uint32_t)n;
		e->count_us += n * t->forget_us;
	}
}

/* The entry of a key, under its lock; the one that was not seen for longest
 * makes room. */
static struct penalty_entry *
entry_get(const struct table *t, const uint64_t key[2], int64_t now_us)
{
	struct penalty_entry *group =
		&t->entries[table_group(t, key) * PENALTY_WAYS];
	struct penalty_entry *e = group;

	for (size_t i = 0; i < PENALTY_WAYS; i++) {
		if (memcmp(group[i].key, key, sizeof(group[i].key)) == 0) {
			e = &group[i];
			break;
		}
		if (group[i].seen_us < e->seen_us)
			e = &group[i];
	}
	if (memcmp(e->key, key, sizeof(e->key)) != 0)
		*e = (struct penalty_entry){ .key = { key[0], key[1] },
					     .count_us = now_us };
	entry_forget(t, e, now_us);
	e->seen_us = now_us;
	return e;
}

/* The time between two turns: 1 s, doubled `step` times, up to a limit. */
static int64_t
interval_us(uint32_t step, int64_t most_s)
{
	int64_t s = step < 16 ? INT64_C(1) << step : most_s;

	return (s < most_s ? s : most_s) * SECOND_US;
}

static int64_t
turn_after(const struct penalty_entry *e, int64_t between_us, int64_t now_us)
{
	int64_t turn = e->turn_us + between_us;

	return turn > now_us ? turn : now_us;
}

/* When a pair may try next. */
static int64_t
pair_turn(const struct penalty_entry *e, int64_t now_us)
{
	if (e->count < PAIR_FREE)
		return now_us;
	return turn_after(
		e, interval_us(e->count - PAIR_FREE, PAIR_INTERVAL_MAX_S),
		now_us);
}

/* How far a source is above its limit; 0: it is not. */
static uint32_t
source_over(const struct penalty_entry *e)
{
	uint32_t limit = SOURCE_FREE + e->good / SOURCE_GOOD_PER_FREE;

	return e->count > limit ? e->count - limit : 0;
}

static int64_t
source_turn(const struct penalty_entry *e, int64_t now_us)
{
	uint32_t over = source_over(e);

	if (over == 0)
		return now_us;
	return turn_after(e, interval_us(over / 8, SOURCE_INTERVAL_MAX_S),
			  now_us);
}

static bool
pair_is_good(const struct penalty_entry *e, int64_t now_us)
{
	return e->good_us != 0 && now_us - e->good_us < PAIR_GOOD_S * SECOND_US;
}

static bool
pair_is_told(const struct penalty_entry *e, int64_t now_us)
{
	return e->told_us != 0 && now_us - e->told_us < PAIR_TOLD_S * SECOND_US;
}

static bool
too_far(int64_t turn_us, int64_t now_us)
{
	return turn_us - now_us > WAIT_MAX_US;
}

/* What the pair has to say, without giving it a turn. */
static int64_t
pair_look(struct penalties *p, const struct penalty_who *who, int64_t now_us,
	  bool *good)
{
	struct table t = table_pairs(p);
	CLEANUP(table_unlock) pthread_mutex_t *lock = table_lock(&t, who->pair);
	const struct penalty_entry *e;

	*good = false;
	if (lock == NULL)
		return now_us;
	e = entry_get(&t, who->pair, now_us);
	*good = pair_is_good(e, now_us);
	return pair_turn(e, now_us);
}

/* Gives the source's turn, if that is not further ahead than `most_us`. */
static int64_t
source_give(struct penalties *p, struct penalty_who *who, int64_t now_us,
	    int64_t most_us)
{
	struct table t = table_sources(p);
	CLEANUP(table_unlock)
	pthread_mutex_t *lock = table_lock(&t, who->source);
	struct penalty_entry *e;
	int64_t turn;

	if (lock == NULL)
		return now_us;
	e = entry_get(&t, who->source, now_us);
	turn = source_turn(e, now_us);
	who->waited = source_over(e) > 0;
	if (turn - now_us <= most_us)
		e->turn_us = turn;
	return turn;
}

/* Gives the pair's turn, at `from_us` or later, and counts the attempt. */
static int64_t
pair_give(struct penalties *p, const struct penalty_who *who, int64_t now_us,
	  int64_t from_us)
{
	struct table t = table_pairs(p);
	CLEANUP(table_unlock) pthread_mutex_t *lock = table_lock(&t, who->pair);
	struct penalty_entry *e;
	int64_t turn;

	if (lock == NULL)
		return from_us;
	e = entry_get(&t, who->pair, now_us);
	turn = pair_turn(e, now_us);
	turn = turn > from_us ? turn : from_us;
	if (!too_far(turn, now_us)) {
		e->turn_us = turn;
		e->count += e->count < PAIR_COUNT_MAX;
	}
	return turn;
}

static bool
source_is_watched(const struct penalty_who *who)
{
	return (who->source[0] | who->source[1]) != 0;
}

/*
 * The pair is asked first: who is refused for himself takes no turn of his
 * neighbours. It is asked again when it gives, for others came in between.
 */
enum err
penalty_begin(struct penalties *p, struct penalty_who *who, int64_t now_us,
	      int64_t *wait_us)
{
	bool good;
	int64_t turn = pair_look(p, who, now_us, &good), from = now_us;

	who->waited = false;
	if (!too_far(turn, now_us)) {
		if (!good && source_is_watched(who))
			from = source_give(p, who, now_us, WAIT_MAX_US);
		turn = too_far(from, now_us) ? from
					     : pair_give(p, who, now_us, from);
	}
	*wait_us = turn - now_us;
	return too_far(turn, now_us) ? ERR_LIMIT : OK;
}

enum err
penalty_turn(struct penalties *p, const struct penalty_who *who, int64_t now_us,
	     int64_t *wait_us)
{
	struct penalty_who again = *who;
	bool good;

	*wait_us = 0;
	if (who->waited || !source_is_watched(who))
		return OK;
	(void)pair_look(p, who, now_us, &good);
	if (!good)
		*wait_us = source_give(p, &again, now_us, 0) - now_us;
	return *wait_us > 0 ? ERR_LIMIT : OK;
}

/* ---- who goes first ---- */

/* What the entry of a key says; whoever has none gets none by it. */
static struct penalty_entry
entry_look(const struct table *t, const uint64_t key[2], int64_t now_us)
{
	CLEANUP(table_unlock) pthread_mutex_t *lock = table_lock(t, key);
	const struct penalty_entry *group =
		&t->entries[table_group(t, key) * PENALTY_WAYS];
	struct penalty_entry found = { .count = 0 };

	for (size_t i = 0; lock != NULL && i < PENALTY_WAYS; i++) {
		if (memcmp(group[i].key, key, sizeof(group[i].key)) == 0)
			found = group[i];
	}
	entry_forget(t, &found, now_us);
	return found;
}

enum penalty_rank
penalty_rank(struct penalties *p, const struct penalty_who *who, int64_t now_us)
{
	struct table pairs = table_pairs(p), sources = table_sources(p),
		     users = table_users(p);
	struct penalty_entry pair = entry_look(&pairs, who->pair, now_us);
	struct penalty_entry source;

	if (pair_is_good(&pair, now_us) && pair.count <= PAIR_FREE)
		return RANK_KNOWN;
	if (pair.count > 1) /* this attempt is one */
		return RANK_GUESSES;
	if (source_is_watched(who)) {
		source = entry_look(&sources, who->source, now_us);
		if (source.count > source.good)
			return RANK_GUESSES;
	}
	return entry_look(&users, who->user, now_us).count > 0 ? RANK_ELSE
							       : RANK_NEW;
}

static void
user_failed(struct penalties *p, const struct penalty_who *who, int64_t now_us)
{
	struct table t = table_users(p);
	CLEANUP(table_unlock) pthread_mutex_t *lock = table_lock(&t, who->user);
	struct penalty_entry *e;

	if (lock == NULL)
		return;
	e = entry_get(&t, who->user, now_us);
	e->count += e->count < USER_COUNT_MAX;
}

/* ---- how it ended ---- */

/* What a source is to change in its counts. */
struct news {
	uint32_t failed;  /* users who failed, and were not counted */
	uint32_t cleared; /* users who failed, and succeed now */
	uint32_t good;    /* users who succeed for the first time */
};

static struct news
pair_passed(struct penalties *p, const struct penalty_who *who, int64_t now_us)
{
	struct table t = table_pairs(p);
	CLEANUP(table_unlock) pthread_mutex_t *lock = table_lock(&t, who->pair);
	struct news news = { 0 };
	struct penalty_entry *e;

	if (lock == NULL)
		return news;
	e = entry_get(&t, who->pair, now_us);
	news.cleared = pair_is_told(e, now_us);
	news.good = !pair_is_good(e, now_us);
	e->count = 0;
	e->told_us = 0;
	e->good_us = now_us;
	return news;
}

static struct news
pair_failed(struct penalties *p, const struct penalty_who *who, int64_t now_us)
{
	struct table t = table_pairs(p);
	CLEANUP(table_unlock) pthread_mutex_t *lock = table_lock(&t, who->pair);
	struct news news = { 0 };
	struct penalty_entry *e;

	if (lock == NULL)
		return news;
	e = entry_get(&t, who->pair, now_us);
	if (!pair_is_told(e, now_us)) {
		news.failed = 1;
		e->told_us = now_us;
	}
	return news;
}

static void
source_hear(struct penalties *p, const struct penalty_who *who,
	    struct news news, int64_t now_us)
{
	struct table t = table_sources(p);
	CLEANUP(table_unlock)
	pthread_mutex_t *lock = table_lock(&t, who->source);
	struct penalty_entry *e;

	if (lock == NULL)
		return;
	e = entry_get(&t, who->source, now_us);
	e->good += news.good;
	if (e->count >= news.cleared)
		e->count -= news.cleared;
	if (e->count < SOURCE_COUNT_MAX)
		e->count += news.failed;
}

void
penalty_passed(struct penalties *p, const struct penalty_who *who,
	       int64_t now_us)
{
	struct news news = pair_passed(p, who, now_us);

	if (source_is_watched(who) && news.cleared + news.good > 0)
		source_hear(p, who, news, now_us);
}

void
penalty_failed(struct penalties *p, const struct penalty_who *who,
	       int64_t now_us)
{
	struct news news = pair_failed(p, who, now_us);

	user_failed(p, who, now_us);
	if (source_is_watched(who) && news.failed > 0)
		source_hear(p, who, news, now_us);
}

void
penalty_unknown(struct penalties *p, const struct penalty_who *who,
		int64_t now_us)
{
	struct table t = table_pairs(p);
	CLEANUP(table_unlock) pthread_mutex_t *lock = table_lock(&t, who->pair);
	struct penalty_entry *e;

	if (lock == NULL)
		return;
	e = entry_get(&t, who->pair, now_us);
	if (e->count > 0)
		e->count--;
}

static void
locks_init(pthread_mutex_t *locks)
{
	pthread_mutexattr_t attr;

	(void)pthread_mutexattr_init(&attr);
	(void)pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	(void)pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	for (size_t i = 0; i < PENALTY_STRIPES; i++)
		(void)pthread_mutex_init(&locks[i], &attr);
	(void)pthread_mutexattr_destroy(&attr);
}

void
penalty_init(struct penalties *p)
{
	locks_init(p->pairs.lock);
	locks_init(p->sources.lock);
	locks_init(p->users.lock);
}
