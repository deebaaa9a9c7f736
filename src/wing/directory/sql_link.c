/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/directory/sql_link.h"

#include "base/digest.h"

#include <pthread.h>
#include <string.h>

static const struct sql_driver *const drivers[] = {
	&sql_sqlite,
	&sql_postgresql,
	&sql_mysql,
};

/* The setting's word was checked when it was read. */
static const struct sql_driver *
driver_of(const struct sql_section *section)
{
	size_t i = 0;

	while (i + 1 < COUNT(drivers) &&
	       strcmp(drivers[i]->word, section->driver) != 0)
		i++;
	return drivers[i];
}

/* ---- those that are free ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sql_link *idle[SQL_LINKS_MAX]; /* the last one used is last */
static size_t idle_n;

/* Whose it is: another section, or one with other settings, is another. */
static void
link_key(struct op *op, const struct sql_section *section, uint8_t out[32])
{
	const char *all = op_print(
		op, "%s%c%s%c%s%c%u", section->driver, '\n', section->connect,
		'\n',
		section->password_file == NULL ? "" : section->password_file,
		'\n', section->timeout_ms);

	digest_sha256(bytes_of(all), out);
}

/* Takes out the i-th. */
static struct sql_link *
idle_take(size_t i)
{
	struct sql_link *link = idle[i];

	idle_n--;
	for (; i < idle_n; i++)
		idle[i] = idle[i + 1];
	return link;
}

/* Those that nobody has wanted for long; with `all` every one. */
static void
idle_close(bool all)
{
	int64_t until_us = op_clock_us() - SQL_IDLE_MAX_US;
	struct sql_link *old = NULL;

	do {
		(void)pthread_mutex_lock(&lock);
		old = idle_n > 0 && (all || idle[0]->idle_us < until_us)
			      ? idle_take(0)
			      : NULL;
		(void)pthread_mutex_unlock(&lock);
		if (old != NULL)
			old->driver->close(old);
	} while (old != NULL);
}

/* NULL: none is free. */
static struct sql_link *
link_take(const uint8_t key[32])
{
	struct sql_link *found = NULL;

	(void)pthread_mutex_lock(&lock);
	for (size_t i = idle_n; i-- > 0 && found == NULL;) {
		if (memcmp(idle[i]->key, key, sizeof(idle[i]->key)) == 0)
			found = idle_take(i);
	}
	(void)pthread_mutex_unlock(&lock);
	return found;
}

/* Where there is no more room, the one goes that was free for longest. */
static void
link_give(struct sql_link *link)
{
	struct sql_link *out = NULL;

	if (link->driver->kept && link->refused == NULL) {
		link->idle_us = op_clock_us();
		(void)pthread_mutex_lock(&lock);
		if (idle_n == SQL_LINKS_MAX)
			out = idle_take(0);
		idle[idle_n++] = link;
		(void)pthread_mutex_unlock(&lock);
	} else {
		out = link;
	}
	if (out != NULL)
		out->driver->close(out);
}

void
sql_links_close(void)
{
	idle_close(true);
}

/* ---- asking ---- */

static enum err
link_open(struct op *op, const struct sql_section *section,
	  const uint8_t key[32], struct sql_link **out)
{
	const struct sql_driver *driver = driver_of(section);

	TRY(driver->open(op, section, out));
	(*out)->driver = driver;
	memcpy((*out)->key, key, sizeof((*out)->key));
	return OK;
}

/* On a connection that is there; *lost: another one may do better. */
static enum err
ask_kept(struct op *op, const uint8_t key[32], const struct sql_ask *ask,
	 struct sql_rows *out, bool *lost)
{
	struct sql_link *link = link_take(key);
	enum err err;

	*lost = link == NULL;
	if (link == NULL)
		return OK;
	err = link->driver->ask(op, link, ask, out);
	*lost = err == ERR_DOWN && link->refused != NULL && op_left_ms(op) > 0;
	link_give(link);
	return err;
}

static enum err
ask_in_time(struct op *op, const struct sql_section *section,
	    const struct sql_ask *ask, struct sql_rows *out)
{
	struct sql_link *link;
	uint8_t key[32];
	bool lost;
	enum err err;

	link_key(op, section, key);
	err = ask_kept(op, key, ask, out, &lost);
	if (!lost)
		return err;
	TRY(link_open(op, section, key, &link));
	err = link->driver->ask(op, link, ask, out);
	link_give(link);
	return err;
}

/* The op, with the section's own patience. */
static struct op
op_brief(const struct op *op, const struct sql_section *section)
{
	int64_t until_us = op_clock_us() + (int64_t)section->timeout_ms * 1000;
	struct op brief = *op;

	if (until_us < brief.deadline_us)
		brief.deadline_us = until_us;
	return brief;
}

enum err
sql_ask(struct op *op, const struct sql_section *section,
	const struct sql_ask *ask, struct sql_rows *out)
{
	struct op brief = op_brief(op, section);
	enum err err;

	idle_close(false);
	err = ask_in_time(&brief, section, ask, out);
	op->reason = brief.reason;
	return err;
}

enum err
sql_ping(struct op *op, const struct sql_section *section)
{
	struct op brief = op_brief(op, section);
	struct sql_link *link;
	uint8_t key[32];
	enum err err;

	link_key(op, section, key);
	err = link_open(&brief, section, key, &link);
	op->reason = brief.reason;
	if (err == OK)
		link_give(link);
	return err;
}
