/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/serve.h"

#include "base/log.h"
#include "main/conf_table.h"
#include "serve/serve_check.h"
#include "serve/serve_run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define TRIAL_TIMEOUT_MS 20000 /* for nginx to read its configuration */
#define TRIAL "nginx.conf.new"

/* nginx itself reads what it is to take; it says in the log what is wrong. */
static enum err
try_nginx(struct serve *s, struct op *op, const struct settings *fresh)
{
	const struct part_start start = {
		.program = s->nginx,
		.argv = serve_run_argv(op, fresh, s->nginx, TRIAL, "-t"),
		.env = serve_nginx_env(op),
		.fd = s->log_pipe[1],
	};
	pid_t pid;

	TRY(serve_run_conf(op, fresh, &s->machine, TRIAL));
	TRY(part_spawn(op, &start, &pid));
	if (part_wait(pid, TRIAL_TIMEOUT_MS) != 0)
		return FAIL(op, ERR_INVALID, "nginx does not take it");
	return OK;
}

static enum err
reload_nginx(struct serve *s, struct op *op, const struct settings *fresh)
{
	const char *from = op_print(op, "%s/%s", fresh->run, TRIAL);
	const char *to = op_print(op, "%s/nginx.conf", fresh->run);
	const struct serve_machine before = s->machine;
	enum err err;

	TRY(serve_check_paths(op, fresh));
	TRY(serve_check_listen(op, fresh, s->settings));
	serve_machine_fill(s, fresh);
	if (s->machine.log_is_pipe && s->part[SERVE_LOG].pid == 0) {
		s->part[SERVE_LOG].wanted = true;
		serve_start(s, SERVE_LOG);
	}
	err = try_nginx(s, op, fresh);
	if (err == OK && rename(from, to) != 0)
		err = FAIL(op, ERR_DOWN, "%s: %s", to, strerror(errno));
	if (err == OK) /* before there are workers that read it */
		err = serve_run_accept(op, fresh);
	if (err == OK && kill(s->part[SERVE_NGINX].pid, SIGHUP) != 0)
		err = FAIL(op, ERR_DOWN, "nginx: %s", strerror(errno));
	if (err != OK)
		s->machine = before;
	return err;
}

/* The settings that are to be in force; nginx has them when it needs them. */
static enum err
reload(struct serve *s, struct op *op, struct settings **out)
{
	const struct settings *fresh;
	uint8_t tls[DIGEST_SIZE];

	TRY(serve_run_copy(op, s->settings, s->root ? &s->user : NULL, out));
	fresh = *out;
	op->settings = fresh;
	TRY(serve_check_fixed(op, s->settings, fresh));
	TRY(serve_check_dev(op, fresh));
	if (s->root) /* what it may not read it is not to be handed */
		TRY(user_reach(op, &s->user, fresh->file));
	serve_run_folders(op, fresh, s->root ? &s->user : NULL);
	if (!s->web)
		return serve_run_accept(op, fresh);
	TRY(serve_check_tls(op, fresh, tls));
	if (settings_same_nginx(s->settings, fresh) &&
	    digest_equal(tls, s->tls, sizeof(tls)))
		return serve_run_accept(op, fresh);
	TRY(reload_nginx(s, op, fresh));
	memcpy(s->tls, tls, sizeof(tls));
	log_notice("nginx takes its new configuration");
	return OK;
}

/* Where it listens is the one thing that a milter cannot change. */
static void
take_milter(struct serve *s, const struct settings *fresh)
{
	const char *old = s->settings->milter_listen;
	struct part *part = &s->part[SERVE_MILTER];

	part->wanted = fresh->milter_listen != NULL;
	if (part->pid == 0 || (part->wanted && old != NULL &&
			       strcmp(old, fresh->milter_listen) == 0))
		return;
	part->told = true;
	(void)kill(part->pid, SIGTERM);
}

static void
take(struct serve *s, struct settings *fresh)
{
	take_milter(s, fresh);
	settings_close(s->reloaded);
	s->reloaded = fresh;
	s->settings = fresh;
	__atomic_add_fetch(s->generation, 1, __ATOMIC_RELEASE);
	log_notice("the configuration was read again");
}

void
serve_reload(struct serve *s)
{
	struct arena *arena = arena_open(0);
	struct settings *fresh = NULL;
	struct op op;

	serve_notify("RELOADING=1\nMONOTONIC_USEC=%lld",
		     (long long)op_clock_us());
	op_init(&op, arena, NULL, TRIAL_TIMEOUT_MS);
	op.may_wait = true;
	if (reload(s, &op, &fresh) == OK) {
		take(s, fresh);
	} else {
		log_error("the old configuration stays in force: %s",
			  op.reason);
		settings_close(fresh);
	}
	arena_close(arena);
	serve_notify("READY=1");
}
