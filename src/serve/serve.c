/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk serve: a small supervisor. It starts nginx, the image worker, the
 * clerk and the milter, keeps them running, and ends them. */
#include "serve/serve.h"
#include "base/log.h"
#include "main/conf_table.h"
#include "serve/serve_run.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_TIMEOUT_S 30 /* until nginx answers */
#define START_TICK_MS 20   /* between two questions */
#define TICK_MS 1000
#define STOP_TICK_MS 50

/* How nginx is made to end: politely, so that requests in flight are answered
 * (SERVE_SHUTDOWN_S cuts what idles), then less so. All within 30 seconds. */
static const struct {
	unsigned after_s;
	int signal;
} harder[] = { { 0, SIGQUIT }, { 25, SIGTERM }, { 28, SIGKILL } };

static void
state_set(struct serve *s, enum serve_state state)
{
	s->state = state;
	s->since_us = op_clock_us();
}

static int64_t
state_age_s(const struct serve *s)
{
	return (op_clock_us() - s->since_us) / 1000000;
}

/* ---- stopping ---- */

static void
part_signal(struct serve *s, enum serve_part which, int number)
{
	if (s->part[which].pid > 0)
		(void)kill(s->part[which].pid, number);
}

static void
stop_begin(struct serve *s)
{
	if (s->state == SERVE_STOPPING)
		return;
	serve_notify("STOPPING=1");
	state_set(s, SERVE_STOPPING);
	for (size_t i = 0; i < SERVE_PARTS; i++)
		s->part[i].wanted = false;
}

/* Whoever asks twice does not want to wait. */
static void
stop_asked(struct serve *s)
{
	if (s->state == SERVE_STOPPING)
		part_signal(s, SERVE_NGINX, SIGTERM);
	stop_begin(s);
}

/* nginx first: its requests may need the others. */
static void
stop_go_on(struct serve *s)
{
	unsigned age_s = (unsigned)state_age_s(s);

	while (s->harder < COUNT(harder) &&
	       age_s >= harder[s->harder].after_s) {
		part_signal(s, SERVE_NGINX, harder[s->harder].signal);
		if (harder[s->harder].signal == SIGKILL)
			for (size_t i = 0; i < SERVE_PARTS; i++)
				part_signal(s, (enum serve_part)i, SIGKILL);
		s->harder++;
	}
	if (s->part[SERVE_NGINX].pid > 0)
		return;
	part_signal(s, SERVE_CLERK, SIGTERM);
	part_signal(s, SERVE_MILTER, SIGTERM);
	part_signal(s, SERVE_IMAGE, SIGTERM);
	if (s->log_pipe[1] >= 0) { /* the relay ends behind the last line */
		close(s->log_pipe[0]);
		close(s->log_pipe[1]);
		s->log_pipe[0] = s->log_pipe[1] = -1;
	}
}

static bool
all_ended(const struct serve *s)
{
	for (size_t i = 0; i < SERVE_PARTS; i++) {
		if (s->part[i].pid > 0)
			return false;
	}
	return true;
}

/* ---- what happens ---- */

static void
on_end(struct serve *s, enum serve_part which, int status)
{
	struct part *part = &s->part[which];
	struct arena *arena = arena_open(0);
	struct op op;

	op_init(&op, arena, NULL, 0);
	part_ended(part, op_clock_us());
	if (part->told) { /* and not of itself */
		part->told = false;
		part->failures = 0;
		part->again_us = 0;
	} else if (part->wanted && which == SERVE_NGINX) {
		log_error("nginx ended with %s%s", part_status(&op, status),
			  s->state == SERVE_STARTING ? ", before it answered"
						     : ": so does this server");
		s->c->exit = EXIT_FAILED;
		stop_begin(s);
	} else if (part->wanted) {
		log_error("%s ended with %s: it is started again",
			  serve_part_name(which), part_status(&op, status));
	}
	arena_close(arena);
}

static void
reap(struct serve *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < SERVE_PARTS; i++) {
			if (s->part[i].pid == pid)
				on_end(s, (enum serve_part)i, status);
		}
	}
}

static void
start_due(struct serve *s)
{
	int64_t now_us = op_clock_us();

	for (size_t i = 0; i < SERVE_PARTS; i++) {
		const struct part *part = &s->part[i];

		if (part->wanted && part->pid == 0 && part->again_us <= now_us)
			serve_start(s, (enum serve_part)i);
	}
}

/* The one line that others wait for. */
static void
ready(struct serve *s)
{
	state_set(s, SERVE_RUNNING);
	if (s->web) {
		(void)printf("ready %s\n", s->settings->public_url);
		(void)fflush(stdout);
	}
	serve_notify("READY=1\nSTATUS=%s", s->settings->public_url);
}

static void
start_go_on(struct serve *s)
{
	if (!s->web || serve_run_answers(s->settings)) {
		ready(s);
	} else if (state_age_s(s) >= START_TIMEOUT_S) {
		log_error("nginx does not answer on %s",
			  s->settings->status_listen);
		s->c->exit = EXIT_FAILED;
		stop_begin(s);
	}
}

static void
on_signal(struct serve *s, int number)
{
	switch (number) {
	case SIGTERM:
	case SIGINT:
		stop_asked(s);
		break;
	case SIGHUP:
		s->reload_asked = true;
		break;
	case SIGUSR1: /* as nginx has it: the access log's file was moved */
		part_signal(s, SERVE_NGINX, SIGUSR1);
		break;
	case SIGCHLD:
		reap(s);
		break;
	default: /* only time has passed */
		break;
	}
}

/* ---- its life ---- */

static void
live(struct serve *s, const sigset_t *signals)
{
	static const long tick_ms[] = {
		[SERVE_STARTING] = START_TICK_MS,
		[SERVE_RUNNING] = TICK_MS,
		[SERVE_STOPPING] = STOP_TICK_MS,
	};

	while (s->state != SERVE_STOPPING || !all_ended(s)) {
		struct timespec wait = {
			.tv_sec = tick_ms[s->state] / 1000,
			.tv_nsec = tick_ms[s->state] % 1000 * 1000000,
		};

		on_signal(s, sigtimedwait(signals, NULL, &wait));
		if (s->state == SERVE_STOPPING)
			stop_go_on(s);
		else
			start_due(s);
		if (s->state == SERVE_STARTING)
			start_go_on(s);
		if (s->state == SERVE_RUNNING && s->reload_asked) {
			s->reload_asked = false;
			serve_reload(s);
		}
	}
}

static void
start_all(struct serve *s)
{
	state_set(s, SERVE_STARTING);
	s->part[SERVE_LOG].wanted = s->web && s->machine.log_is_pipe;
	s->part[SERVE_IMAGE].wanted = true;
	s->part[SERVE_CLERK].wanted = true;
	s->part[SERVE_MILTER].wanted = s->settings->milter_listen != NULL;
	s->part[SERVE_NGINX].wanted = s->web;
	start_due(s);
}

static void
signals_take(sigset_t *out)
{
	static const int ours[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD };

	sigemptyset(out);
	for (size_t i = 0; i < COUNT(ours); i++)
		sigaddset(out, ours[i]);
	(void)sigprocmask(SIG_BLOCK, out, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* inherited: a full disk is an error */
}

static enum err
serve(struct cli *c)
{
	struct serve s = {
		.c = c,
		.settings = c->settings,
		.web = cli_option(c, "without-web") == NULL,
	};
	sigset_t signals;
	enum err err;

	log_open("serve", LOG_LEVEL_NOTICE);
	signals_take(&signals);
	err = serve_prepare(&s);
	if (err == OK) {
		start_all(&s);
		live(&s, &signals);
	}
	lock_close(s.lock);
	settings_close(s.reloaded);
	return err;
}

static const struct cli_option options[] = {
	{ 0, "without-web", NULL,
	  "run without nginx, beside a web server of yours that loads the "
	  "module" },
	{ 0 },
};

static const struct cli_example examples[] = {
	{ "frontdesk serve -c /etc/frontdesk/frontdesk.conf",
	  "serves until it is told to end" },
	{ 0 },
};

const struct verb cli_serve_verbs[] = {
	{
		.name = "serve",
		.operands = "",
		.needs = NEEDS_CONFIG,
		.summary = "serve absences and photos",
		.text = "Runs in the foreground: starts nginx with the module, "
			"the image worker, the clerk and, where milter.listen "
			"is set, the milter, and ends with all of them. Prints "
			"one line, ready and the public URL, when "
			"it accepts connections.\n"
			"\n"
			"SIGTERM and SIGINT end it when the requests in flight "
			"are answered. SIGHUP reads the configuration and the "
			"certificates again; when something is wrong with them "
			"the old ones stay in force and the log says why. "
			"SIGUSR1 opens the access log's file again.\n"
			"\n"
			"Started as root, it serves as the account that the "
			"setting `user` names.",
		.options = options,
		.examples = examples,
		.run = serve,
	},
	{ 0 },
};
