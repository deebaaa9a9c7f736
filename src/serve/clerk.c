/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk clerk: the one process for background work on a store. Each kind
 * of work is a row. */
#include "base/log.h"
#include "cli/cli.h"
#include "main/conf_table.h"
#include "main/lock.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define LOCK_WAIT_S 5          /* between two tries while another has it */
#define JOB_TIMEOUT_MS 3600000 /* of one run of one job */
#define RETRY_S 60             /* after a failure */
#define HOUR_S 3600
#define KEYS_S 5 /* so that a new issuer's users need not wait long */

static enum err
job_maintain(struct op *op, struct wings *wings)
{
	return store_maintain(wings->house.store, op,
			      op->settings->change_log_days,
			      op->settings->audit_days);
}

/* Each issuer is on its own; a failure is told when it happens, and the next
 * try is due later and later. */
static enum err
job_keys(struct op *op, struct wings *wings)
{
	const struct settings *s = op->settings;

	(void)wings;
	for (size_t i = 0; i < s->issuers_n; i++) {
		if (auth_keys_refresh(op, &s->issuers[i]) != OK)
			log_error("the keys of issuer \"%s\": %s",
				  s->issuers[i].title, op->reason);
	}
	return OK;
}

static const struct job {
	const char *name;
	unsigned every_s;
	enum err (*run)(struct op *op, struct wings *wings);
} jobs[] = {
	{ "the store's maintenance", HOUR_S, job_maintain },
	{ "fetching issuers' keys", KEYS_S, job_keys },
};

/* Settings are read anew for each run, so a change counts from the next on. */
static enum err
job_run(const struct job *job, struct cli *c, struct op *op)
{
	struct settings *settings;
	enum err err;

	TRY(settings_open_copy(op, c->config, getenv(SETTINGS_ENV), &settings));
	op->settings = settings;
	err = job->run(op, &c->wings);
	settings_close(settings);
	return err;
}

/* Seconds until it is to be run again. */
static unsigned
job_do(const struct job *job, struct cli *c)
{
	struct arena *arena = arena_open(0);
	struct op op;
	enum err err;

	op_init(&op, arena, NULL, JOB_TIMEOUT_MS);
	op.may_wait = true;
	err = job_run(job, c, &op);
	if (err != OK)
		log_error("%s failed: %s", job->name,
			  op.reason == NULL ? err_name(err) : op.reason);
	arena_close(arena);
	return err == OK ? job->every_s : RETRY_S;
}

/* Runs what is due; how many seconds until the next. */
static unsigned
jobs_do(struct cli *c, int64_t due_s[COUNT(jobs)])
{
	int64_t next_s = INT64_MAX, now_s;

	for (size_t i = 0; i < COUNT(jobs); i++) {
		now_s = op_clock_us() / 1000000;
		if (due_s[i] <= now_s)
			due_s[i] = now_s + job_do(&jobs[i], c);
		if (due_s[i] < next_s)
			next_s = due_s[i];
	}
	now_s = op_clock_us() / 1000000;
	return next_s > now_s ? (unsigned)(next_s - now_s) : 0;
}

/* True when it is to end. */
static bool
wait_s(const sigset_t *ends, unsigned seconds)
{
	const struct timespec wait = { .tv_sec = (time_t)seconds };

	return sigtimedwait(ends, NULL, &wait) > 0;
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
	int64_t due_s[COUNT(jobs)] = { 0 };
	struct lock *lock = NULL;
	sigset_t ends;

	log_open("clerk", LOG_LEVEL_NOTICE);
	TRY(settings_take(c));
	TRY(cli_enter(c, NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE));
	(void)signal(SIGXFSZ, SIG_IGN); /* a full disk is an error, no end */
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &ends, NULL);
	if (lock_wait(c, &ends, &lock)) {
		while (!wait_s(&ends, jobs_do(c, due_s)))
			continue;
	}
	lock_close(lock);
	return OK;
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
