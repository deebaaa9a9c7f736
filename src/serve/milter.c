/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk milter: the process that a mail server shows its mails to. */
#include "door/milter/milter.h"
#include "base/lock.h"
#include "base/log.h"
#include "cli/cli.h"
#include "main/conf_table.h"
#include "main/open.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LOCK_TRIES 20 /* while one that was killed is still going */
#define LOCK_PAUSE_MS 100
#define LOOK_S 1 /* between two looks if it still runs */

/* libmilter's own thread waits for these signals, too. Linux hands them to the
 * first thread, if that has them open: this one. */
static volatile sig_atomic_t ending, reloading;

static void
on_signal(int number)
{
	if (number == SIGHUP)
		reloading = 1;
	else
		ending = 1;
}

static void
signals_take(void)
{
	static const int ours[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction action = { .sa_handler = on_signal };

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < COUNT(ours); i++)
		(void)sigaction(ours[i], &action, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* a full disk is an error, no end */
}

static enum err
lock_take(struct op *op, struct lock **out)
{
	const struct timespec pause = { .tv_nsec = LOCK_PAUSE_MS * 1000000L };
	enum err err = ERR_CONFLICT;

	for (size_t i = 0; i < LOCK_TRIES && !ending; i++) {
		err = lock_open(op, op->settings->data, LOCK_MILTER, out);
		if (err != ERR_CONFLICT)
			return err;
		(void)nanosleep(&pause, NULL);
	}
	return FAIL(op, err, "a milter runs on this data already: %s",
		    op_dup(op, op->reason == NULL ? "" : op->reason));
}

/* Until a signal says that it is to end. */
static enum err
live(struct op *op, struct milter_house *house)
{
	const struct timespec wait = { .tv_sec = LOOK_S };

	log_notice("mails are looked at, at %s", op->settings->milter_listen);
	while (!ending && !milter_ended()) {
		(void)nanosleep(&wait, NULL); /* a signal ends it early */
		if (!reloading)
			continue;
		reloading = 0;
		milter_house_reload(house);
	}
	if (!milter_close()) {
		log_warning("the milter ends in the midst of its work");
		_exit(EXIT_SUCCESS); /* what was committed is whole */
	}
	return OK;
}

static enum err
work(struct op *op, struct milter_house *house)
{
	struct milter_counts *counts;

	TRY(milter_counts_share(op, &counts));
	TRY(milter_open(op, house, op->settings->milter_listen, counts));
	return live(op, house);
}

static enum err
run(struct cli *c, const char *copy)
{
	struct op *op = &c->op;
	struct milter_house *house = NULL;
	struct lock *lock = NULL;
	enum err err = lock_take(op, &lock);

	if (err == OK)
		err = milter_house_open(op, c->config, copy, MILTER_THREADS,
					&house);
	if (err == OK)
		err = work(op, house);
	milter_house_close(house);
	lock_close(lock);
	return err;
}

static enum err
milter(struct cli *c)
{
	const char *copy = getenv(SETTINGS_ENV);

	signals_take();
	log_open("milter", LOG_LEVEL_NOTICE);
	if (copy != NULL && c->config != NULL) { /* as the supervisor has it */
		TRY(settings_open_copy(&c->op, c->config, copy, &c->settings));
		c->op.settings = c->settings;
		c->config = c->settings->file;
	}
	TRY(cli_enter(c, NEEDS_CONFIG | NEEDS_OWNER));
	if (c->settings->milter_listen == NULL) {
		c->exit = EXIT_CONFIG;
		return FAIL(&c->op, ERR_INVALID,
			    "%s: milter.listen says where to listen, and is "
			    "not set",
			    c->config);
	}
	return run(c, copy);
}

static const struct cli_example examples[] = {
	{ "frontdesk milter -c /etc/frontdesk/frontdesk.conf",
	  "looks at mails until it is told to end" },
	{ 0 },
};

const struct verb cli_milter_verbs[] = {
	{
		.name = "milter",
		.operands = "",
		.needs = NEEDS_LONG,
		.summary = "look at the mails of a mail server, and answer for "
			   "the absent",
		.text = "frontdesk serve starts it where milter.listen is set; "
			"it is a verb of its own for a site that starts it "
			"by itself, beside frontdesk serve on the same "
			"machine. One at a time runs on a store.\n"
			"\n"
			"Every mail passes as it is, at once and whatever "
			"happens here. For a mailbox of a backend of kind "
			"milter that is absent, the rules decide at the mail's "
			"end, and a reply goes into the outbox in the same "
			"transaction as the record that this sender was "
			"answered; the clerk of frontdesk serve sends it.\n"
			"\n"
			"SIGTERM and SIGINT end it within seconds. SIGHUP "
			"reads the configuration again; milter.listen counts "
			"from the next start.",
		.examples = examples,
		.run = milter,
	},
	{ 0 },
};
