/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk clerk: the one process for background work on a store. */
#include "serve/clerk.h"

#include "base/lock.h"
#include "base/log.h"
#include "cli/cli.h"
#include "main/conf_table.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LOCK_WAIT_S 5          /* between two tries while another has it */
#define JOB_TIMEOUT_MS 3600000 /* of one run of one job */
#define RETRY_S 60             /* after a failure */
#define END_S 5                /* that work may take when it is to end */
#define REST_S 3600            /* between two looks at nothing */

/* What all threads of it share. */
struct office {
	struct cli *c;
	pthread_mutex_t lock;     /* of what follows, ... */
	pthread_mutex_t settings; /* ... and of reading them: its parser knows
				     one reader at a time */
	pthread_cond_t changed;
	bool ending;
	size_t working; /* threads */
};

struct desk {
	struct office *office;
	const struct job *job;
	pthread_t thread;
	bool started;
};

static enum err
settings_read(struct office *o, struct op *op, struct settings **out)
{
	enum err err;

	(void)pthread_mutex_lock(&o->settings);
	err = settings_open_copy(op, o->c->config, getenv(SETTINGS_ENV), out);
	(void)pthread_mutex_unlock(&o->settings);
	return err;
}

/* Settings are read anew for each run, so a change counts from the next on. */
static enum err
job_run(const struct job *job, struct office *o, struct op *op)
{
	struct settings *settings;
	enum err err;

	TRY(settings_read(o, op, &settings));
	op->settings = settings;
	err = job->run(op, &o->c->wings);
	settings_close(settings);
	return err;
}

/* Seconds until it is to be run again. */
static unsigned
job_do(const struct job *job, struct office *o)
{
	struct arena *arena = arena_open(0);
	struct op op;
	enum err err;

	op_init(&op, arena, NULL, JOB_TIMEOUT_MS);
	op.may_wait = true;
	err = job_run(job, o, &op);
	if (err != OK)
		log_error("%s failed: %s", job->name,
			  op.reason == NULL ? err_name(err) : op.reason);
	arena_close(arena);
	return err == OK ? job->every_s : RETRY_S;
}

/* True when it is to end. */
static bool
office_wait(struct office *o, unsigned seconds)
{
	struct timespec until;
	bool ending;
	int rc = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)seconds;
	(void)pthread_mutex_lock(&o->lock);
	while (!o->ending && rc == 0)
		rc = pthread_cond_timedwait(&o->changed, &o->lock, &until);
	ending = o->ending;
	(void)pthread_mutex_unlock(&o->lock);
	return ending;
}

static void *
desk_main(void *arg)
{
	const struct desk *desk = arg;
	struct office *o = desk->office;

	while (!office_wait(o, job_do(desk->job, o)))
		continue;
	(void)pthread_mutex_lock(&o->lock);
	o->working--;
	(void)pthread_cond_broadcast(&o->changed);
	(void)pthread_mutex_unlock(&o->lock);
	return NULL;
}

static void
office_open(struct office *o, struct cli *c)
{
	pthread_condattr_t attr;

	*o = (struct office){ .c = c };
	(void)pthread_mutex_init(&o->lock, NULL);
	(void)pthread_mutex_init(&o->settings, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&o->changed, &attr);
	(void)pthread_condattr_destroy(&attr);
}

/* False: some work is still being done, after as long as it may take. */
static bool
office_end(struct office *o)
{
	struct timespec until;
	bool ended;
	int rc = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += END_S;
	(void)pthread_mutex_lock(&o->lock);
	o->ending = true;
	(void)pthread_cond_broadcast(&o->changed);
	while (o->working > 0 && rc == 0)
		rc = pthread_cond_timedwait(&o->changed, &o->lock, &until);
	ended = o->working == 0;
	(void)pthread_mutex_unlock(&o->lock);
	return ended;
}

/* True when it is to end. */
static bool
wait_s(const sigset_t *ends, unsigned seconds)
{
	const struct timespec wait = { .tv_sec = (time_t)seconds };

	return sigtimedwait(ends, NULL, &wait) > 0;
}

/* Does all work until a signal says that it is to end. What takes too long
 * then is given up where it stands: everything in the store is whole. */
static enum err
work(struct cli *c, const sigset_t *ends)
{
	static struct desk desk[CLERK_JOBS_MAX];
	static struct office office; /* may outlive this function */
	enum err err = OK;

	office_open(&office, c);
	office.working = clerk_jobs_n;
	for (size_t i = 0; i < clerk_jobs_n; i++) {
		desk[i] = (struct desk){ &office, &clerk_jobs[i], 0, false };
		desk[i].started = pthread_create(&desk[i].thread, NULL,
						 desk_main, &desk[i]) == 0;
		if (!desk[i].started) {
			office.working--;
			err = FAIL(&c->op, ERR_DOWN, "no thread for %s",
				   clerk_jobs[i].name);
		}
	}
	while (err == OK && !wait_s(ends, REST_S))
		continue;
	if (!office_end(&office))
		_exit(EXIT_SUCCESS);
	for (size_t i = 0; i < clerk_jobs_n; i++) {
		if (desk[i].started)
			(void)pthread_join(desk[i].thread, NULL);
	}
	return err;
}

/* One clerk a store; another one stands by until that is gone. */
static bool
lock_wait(struct cli *c, const sigset_t *ends, struct lock **out)
{
	while (lock_open(&c->op, c->settings->data, LOCK_CLERK, out) != OK) {
		if (wait_s(ends, LOCK_WAIT_S))
			return false;
	}
	return true;
}

/* The settings in force: the file may have been broken since. */
static enum err
settings_take(struct cli *c)
{
	const char *copy = getenv(SETTINGS_ENV);

	if (copy == NULL || c->config == NULL)
		return OK;
	TRY(settings_open_copy(&c->op, c->config, copy, &c->settings));
	c->op.settings = c->settings;
	c->config = c->settings->file;
	return OK;
}

static enum err
clerk(struct cli *c)
{
	enum err err = OK;
	struct lock *lock = NULL;
	sigset_t ends;

	log_open("clerk", LOG_LEVEL_NOTICE);
	TRY(settings_take(c));
	TRY(cli_enter(c,
		      NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE | NEEDS_IMAGE));
	(void)signal(SIGXFSZ, SIG_IGN); /* a full disk is an error, no end */
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &ends, NULL);
	if (lock_wait(c, &ends, &lock))
		err = work(c, &ends);
	lock_close(lock);
	return err;
}

const struct verb cli_clerk_verbs[] = {
	{
		.name = "clerk",
		.operands = "",
		.needs = NEEDS_LONG | IS_HIDDEN,
		.summary = "do the background work of a store",
		.text = "Started by frontdesk serve; not for people.",
		.run = clerk,
	},
	{ 0 },
};
