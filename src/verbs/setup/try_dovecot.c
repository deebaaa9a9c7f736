/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Has Dovecot deliver a mail, with two of its settings told otherwise: replies
 * go to a sink of ours, and mails to a temporary folder.
 */
#include "base/text.h"
#include "cli/identity.h"
#include "verbs/setup/program.h"
#include "verbs/setup/trial.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REPLY_MS 1000 /* it is there when the mail was delivered */
#define NFTW_DESCRIPTORS 16
#define ARGS_MAX 32
#define SAID_MAX 1000 /* bytes of what it says of a failure */

/* ---- a folder for what it delivers ---- */

struct shelf {
	const char *outer; /* nobody sees what is in it, ... */
	const char *inner; /* ... where everybody may write */
};

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	(void)remove(path);
	return 0;
}

static void
shelf_close(struct shelf *shelf)
{
	if (shelf->outer != NULL)
		(void)nftw(shelf->outer, remove_one, NFTW_DESCRIPTORS,
			   FTW_DEPTH | FTW_PHYS);
}

static enum err
shelf_open(struct op *op, struct shelf *out)
{
	const char *tmp = getenv("TMPDIR");
	char *outer = op_print(op, "%s/frontdesk-setup-XXXXXX",
			       tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
	char *inner;

	if (mkdtemp(outer) == NULL)
		return FAIL(op, ERR_DOWN, "%s: %s", outer, strerror(errno));
	out->outer = outer;
	inner = op_print(op, "%s/XXXXXX", outer);
	/* Who delivers is another account, and we do not know which. */
	if (mkdtemp(inner) == NULL || chmod(inner, 0777) != 0 ||
	    chmod(outer, 0711) != 0)
		return FAIL(op, ERR_DOWN, "%s: %s", inner, strerror(errno));
	out->inner = inner;
	return OK;
}

/* nftw has no argument for its caller's: one walk at a time, of one thread. */
static size_t mails_found;

static int
count_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)at;
	if (kind == FTW_F &&
	    (strstr(path, "/new/") != NULL || strstr(path, "/cur/") != NULL))
		mails_found++;
	return 0;
}

static size_t
shelf_mails(const struct shelf *shelf)
{
	mails_found = 0;
	(void)nftw(shelf->inner, count_one, NFTW_DESCRIPTORS, FTW_PHYS);
	return mails_found;
}

/* ---- a delivery ---- */

static const char *
lda_find(struct trial *t)
{
	static const char *const usual[] = {
		"/usr/lib/dovecot", "/usr/libexec/dovecot",
		"/usr/local/lib/dovecot", "/usr/local/libexec/dovecot", NULL
	};
	struct op *op = t->s->plan.op;
	const char *found = NULL;

	if (t->s->programs[0] != NULL)
		found = program_find(op, t->s->programs, "dovecot-lda");
	return found == NULL ? program_find(op, usual, "dovecot-lda") : found;
}

struct words {
	const char *argv[ARGS_MAX];
	size_t n;
};

static void
set(struct trial *t, struct words *w, const char *setting, const char *value)
{
	w->argv[w->n++] = "-o";
	w->argv[w->n++] = op_print(t->s->plan.op, "%s=%s", setting, value);
}

/* What a mail by LMTP would be delivered with, where LDA itself has less. */
static const char *
plugins_of(struct trial *t)
{
	const struct found *f = &t->s->found;
	const char *list = found_get(f, "protocol lmtp", "mail_plugins");

	if (list == NULL)
		list = found_get(f, "", "mail_plugins");
	if (list == NULL)
		return "sieve";
	return found_word(list, "sieve")
		       ? list
		       : op_print(t->s->plan.op, "%s sieve", list);
}

static void
words_make(struct trial *t, const char *program, const struct sink *sink,
	   const struct shelf *shelf, struct words *w)
{
	struct op *op = t->s->plan.op;
	const char *const head[] = { program,  "-c", t->s->conf,          "-d",
				     t->user,  "-a", t->mailbox->address, "-f",
				     t->sender };
	unsigned major = 0, minor = 0;

	memcpy(w->argv, head, sizeof(head));
	w->n = COUNT(head);
	(void)found_version(t->s->found.version, &major, &minor);
	set(t, w, "submission_host", sink_place(sink, op));
	set(t, w, "log_path", "/dev/stderr");
	set(t, w, "info_log_path", "/dev/stderr");
	if (major == 2 && minor < 4) {
		set(t, w, "mail_location",
		    op_print(op, "maildir:%s/mail", shelf->inner));
		set(t, w, "mail_plugins", plugins_of(t));
	} else {
		set(t, w, "mail_driver", "maildir");
		set(t, w, "mail_path", op_print(op, "%s/mail", shelf->inner));
		set(t, w, "mail_plugins/sieve", "yes");
	}
}

/* Lines are as a mailbox on this system has them. */
static struct bytes
mail_bytes(struct trial *t)
{
	char *mail = op_dup(t->s->plan.op, t->mail), *to = mail;

	for (const char *from = t->mail; *from != '\0'; from++) {
		if (*from != '\r')
			*to++ = *from;
	}
	return (struct bytes){ (uint8_t *)mail, (size_t)(to - mail) };
}

static enum err
deliver(struct trial *t, const struct sink *sink, const struct shelf *shelf,
	struct program_said *said)
{
	struct op *op = t->s->plan.op;
	const char *program = lda_find(t);
	struct words w = { .n = 0 };

	if (program == NULL) {
		trial_row(t, "delivery", PLAN_FAILED, "dovecot-lda",
			  "it is not found", "name its folder by --programs");
		return FAIL(op, ERR_DOWN, "dovecot-lda is not found");
	}
	words_make(t, program, sink, shelf, &w);
	TRY(program_run(op, w.argv, mail_bytes(t), said));
	if (said->status != 0) {
		trial_row(t, "delivery", PLAN_FAILED, t->user,
			  op_print(op, "dovecot-lda ended with status %d: %s",
				   said->status,
				   text_head(op, said->errors, SAID_MAX)),
			  "start it as root, or as the account that "
			  "delivers; Dovecot has to run");
		return FAIL(op, ERR_DOWN, "the mail was not delivered");
	}
	if (shelf_mails(shelf) > 0)
		trial_row(t, "delivery", PLAN_FINE, t->user,
			  "nothing of it came into the mailbox: the mail lay "
			  "in a temporary folder",
			  NULL);
	else
		trial_row(t, "delivery", PLAN_WARNING, t->user,
			  op_print(op,
				   "the mail may lie in the mailbox: \"%s\"",
				   t->subject),
			  "it may be deleted");
	return OK;
}

static enum err
answer_wait(struct trial *t, struct sink *sink, const struct program_said *said)
{
	struct op *op = t->s->plan.op;
	struct sink_mail reply;
	enum err err = sink_take(sink, op, REPLY_MS, &reply);

	/* What the user's own script forwards comes here, too. */
	while (err == OK && !text_case_equal(reply.to, t->sender))
		err = sink_take(sink, op, REPLY_MS, &reply);
	if (err == OK)
		return trial_reply(t, &reply);
	trial_row(t, "reply", PLAN_FAILED, t->sender, "none came",
		  *said->errors == '\0'
			  ? "see the lines that frontdesk setup dovecot prints"
			  : op_print(op, "Dovecot says: %s",
				     text_head(op, said->errors, SAID_MAX)));
	return FAIL(op, ERR_DOWN, "no reply came");
}

/* ---- all of it ---- */

/* The store is of its owner; mail is delivered by who started us. */
static enum err
begin(struct trial *t, const char *sender)
{
	struct cli *c = t->s->c;
	struct identity identity;
	enum err err;

	TRY(identity_take(&c->op, c->settings->data, &identity));
	err = cli_enter(c, NEEDS_STORE);
	if (err == OK)
		err = trial_begin(t, sender);
	cli_leave(c);
	identity_return(&identity);
	return err;
}

enum err
setup_dovecot_try(struct setup *s, const char *address)
{
	struct trial t = { .s = s, .address = address };
	CLEANUP(sink_close) struct sink *sink = NULL;
	CLEANUP(shelf_close) struct shelf shelf = { 0 };
	struct program_said said;

	TRY(begin(&t, cli_option(s->c, "sender")));
	if (section_is_milter(t.section)) {
		trial_row(&t, "delivery", PLAN_FAILED, t.mailbox->address,
			  "the milter answers for it, and no script",
			  "see: frontdesk setup postfix --test");
		return FAIL(s->plan.op, ERR_DOWN, "there is no script");
	}
	TRY(sink_open(s->plan.op, "127.0.0.1:0", &sink));
	TRY(shelf_open(s->plan.op, &shelf));
	TRY(deliver(&t, sink, &shelf, &said));
	return answer_wait(&t, sink, &said);
}
