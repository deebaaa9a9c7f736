/* SPDX-License-Identifier: Apache-2.0 */

/* Asks the mail server's own programs how it is set up. */
#include "base/lock.h"
#include "base/text.h"
#include "cli/file.h"
#include "model/backend.h"
#include "verbs/setup/program.h"
#include "verbs/setup/reach.h"
#include "verbs/setup/setup.h"
#include "wire/line_link.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAP_MAX (256 * KIB)
#define ARGS_MAX 24
#define LISTENS_MS 3000 /* for who may listen at outbox.server */

/* A row for a program that is not there. */
static void
absent_row(struct setup *s, const char *name)
{
	plan_add(&s->plan, &(struct plan_row){
				   .check = "program",
				   .state = PLAN_FAILED,
				   .subject = name,
				   .detail = "it is not found",
				   .remedy = "run this where it is installed, "
					     "or name its folder with "
					     "--programs",
			   });
}

/* Runs one that has to succeed; out->p NULL: a row says why not. */
static enum err
run(struct setup *s, const char *const *argv, struct bytes *out)
{
	struct program_said said;

	*out = (struct bytes){ 0 };
	TRY(program_run(s->plan.op, argv, (struct bytes){ 0 }, &said));
	if (said.status == 0 && !said.cut) {
		*out = said.output;
		return OK;
	}
	plan_add(&s->plan,
		 &(struct plan_row){
			 .check = "program",
			 .state = PLAN_FAILED,
			 .subject = argv[0],
			 .detail = said.cut ? "it says too much" : said.errors,
			 .remedy = "may this user read its "
				   "configuration?",
		 });
	return OK;
}

/* ---- Dovecot ---- */

/* "# 2.3.19.1 (...): /etc/dovecot/dovecot.conf" says which file it read. */
static const char *
conf_said(struct op *op, struct bytes said)
{
	const uint8_t *end = memchr(said.p, '\n', said.n);
	size_t n = end == NULL ? said.n : (size_t)(end - said.p);
	const char *line = op_text(op, (const char *)said.p, n);
	const char *path = strstr(line, ": /");

	return path == NULL ? "/etc/dovecot/dovecot.conf"
			    : text_trim(op, path + 2);
}

/* conf.d/ beside it, where there is one that is read. */
static const char *
lines_place(struct op *op, const char *conf)
{
	const char *slash = strrchr(conf, '/');
	const char *folder =
		op_print(op, "%.*s/conf.d", (int)(slash - conf), conf);
	struct bytes text;
	struct stat st;

	if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode) ||
	    file_read(op, conf, MAP_MAX, &text) != OK ||
	    memmem(text.p, text.n, "conf.d/", 7) == NULL)
		return conf;
	return op_print(op, "%s/99-frontdesk.conf", folder);
}

/* The file of the dict that our scripts are asked of, in 2.3. */
static const char *
map_read(struct op *op, const struct found *found)
{
	const char *value = found_get(found, "dict", "frontdesk");
	const char *path = value == NULL ? NULL : strchr(value, ':');
	struct bytes text;

	if (path == NULL || path[1] != '/' ||
	    file_read(op, path + 1, MAP_MAX, &text) != OK)
		return NULL;
	return op_text(op, (const char *)text.p, text.n);
}

static bool
sends_mail(const struct found *found)
{
	const char *path = found_get(found, "", "sendmail_path");

	return access(path == NULL ? "/usr/sbin/sendmail" : path, X_OK) == 0;
}

enum err
setup_dovecot_look(struct setup *s)
{
	struct op *op = s->plan.op;
	const char *program = program_find(op, s->programs, "doveconf");
	const char *argv[] = { program, "-n", s->conf == NULL ? NULL : "-c",
			       s->conf, NULL };
	struct bytes said;

	if (program == NULL) {
		absent_row(s, "doveconf");
		return OK;
	}
	TRY(run(s, argv, &said));
	if (said.p == NULL)
		return OK;
	TRY(found_dovecot(op, said, &s->found));
	if (s->conf == NULL)
		s->conf = conf_said(op, said);
	s->dovecot = (struct dovecot_place){
		.conf = s->conf,
		.lines = lines_place(op, s->conf),
		.sendmail = sends_mail(&s->found),
		.map = map_read(op, &s->found),
	};
	plan_dovecot(&s->plan, op->settings, &s->found, &s->dovecot);
	reach_folders(&s->plan, op->settings, &s->found);
	reach_databases(&s->plan, op->settings, &s->found);
	return OK;
}

/* ---- Postfix ---- */

static bool
somebody_listens(struct op *op, const char *server)
{
	const struct line_place place = { .server = server,
					  .timeout_ms = LISTENS_MS };
	CLEANUP(line_link_close) struct line_link *link = NULL;

	return line_link_open(op, &place, &link) == OK;
}

static enum err
ask(struct setup *s, const char *program, const char *const *words)
{
	const char *argv[ARGS_MAX] = { program, "-x", "-c", s->conf };
	size_t n = 4;
	struct bytes said;

	for (; *words != NULL && n < ARGS_MAX - 1; words++)
		argv[n++] = *words;
	TRY(run(s, argv, &said));
	return said.p == NULL ? OK : found_postfix(s->plan.op, said, &s->found);
}

static bool
milter_wanted(const struct settings *s)
{
	for (size_t i = 0; i < s->backends_n; i++) {
		if (strcmp(s->backends[i].kind, BACKEND_MILTER) == 0)
			return s->milter_listen != NULL;
	}
	return false;
}

/* Postfix lets mail through without ours, so that nothing else tells of it. */
static void
our_milter_row(struct setup *s)
{
	struct op *op = s->plan.op;
	const char *data = op->settings->data;
	const char *lock = op_print(op, "%s/" LOCK_MILTER ".lock", data);
	struct plan_row r = {
		.check = "our milter",
		.subject = op->settings->milter_listen,
	};

	if (lock_holder(op, data, LOCK_MILTER) != 0) {
		r.state = PLAN_FINE;
		r.detail = "it runs";
	} else if (access(lock, R_OK) != 0 && errno == EACCES) {
		r.state = PLAN_SKIPPED;
		r.detail = "this user cannot see whether it runs";
	} else {
		r.state = PLAN_FAILED;
		r.detail = "it does not run, so that nobody is answered";
		r.remedy = "start frontdesk serve";
	}
	plan_add(&s->plan, &r);
}

enum err
setup_postfix_look(struct setup *s)
{
	/* Settings; what is a service, and what each has of its own. */
	static const char *const settings[] = {
		"mail_version",
		"smtpd_milters",
		"non_smtpd_milters",
		"milter_default_action",
		"milter_protocol",
		"recipient_delimiter",
		"sender_canonical_maps",
		"queue_directory",
		"compatibility_level",
		"mail_owner",
		NULL,
	};
	static const char *const services[] = { "-F", NULL };
	static const char *const own[] = { "-P", NULL };
	struct op *op = s->plan.op;
	const char *program = program_find(op, s->programs, "postconf");

	if (program == NULL) {
		absent_row(s, "postconf");
		return OK;
	}
	TRY(ask(s, program, settings));
	if (s->found.n == 0)
		return OK;
	TRY(ask(s, program, services));
	TRY(ask(s, program, own));
	s->found.version = found_get(&s->found, "", "mail_version");
	s->postfix = (struct postfix_place){
		.folder = s->conf,
		.listens = somebody_listens(op, op->settings->outbox_server),
		.socket = reach_socket(op, op->settings,
				       found_get(&s->found, "", "mail_owner")),
	};
	plan_postfix(&s->plan, op->settings, &s->found, &s->postfix);
	if (milter_wanted(op->settings))
		our_milter_row(s);
	return OK;
}
