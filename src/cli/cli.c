/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "base/idn.h"
#include "base/text.h"
#include "cli/help.h"
#include "cli/identity.h"
#include "cli/options.h"
#include "cli/out.h"
#include "main/conf_table.h"
#include "main/user.h"

#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VERSION FRONTDESK_VERSION
#define COMMAND_TIMEOUT_MS                                                     \
	60000 /* a command waits so long for a busy store                      \
	       */
#define ARENA_KEEP (256 * KIB)

const struct verb *const cli_tables[] = {
	/* clang-format off */
	cli_init_verbs,
	cli_serve_verbs,
	cli_check_verbs,
	cli_domain_verbs,
	cli_dev_verbs,
	cli_dns_verbs,
	cli_mailbox_verbs,
	cli_mailbox_import_verbs,
	cli_address_verbs,
	cli_oof_verbs,
	cli_oof_log_verbs,
	cli_explain_verbs,
	cli_script_verbs,
	cli_photo_verbs,
	cli_contacts_verbs,
	cli_photo_import_verbs,
	cli_photo_export_verbs,
	cli_directory_verbs,
	cli_backend_verbs,
	cli_remote_verbs,
	cli_doctor_verbs,
	cli_setup_verbs,
	cli_backup_verbs,
	cli_export_verbs,
	cli_import_verbs,
	cli_audit_verbs,
	cli_milter_verbs,
	cli_clerk_verbs,
	cli_manual_verbs,
	NULL,
	/* clang-format on */
};

const struct cli_option cli_common[] = {
	{ 'c', "config", "FILE",
	  "the configuration of the installation; else $FRONTDESK_CONF" },
	{ 0, "json", NULL, "print JSON" },
	{ 'h', "help", NULL, "print this help" },
	{ 0 },
};

const struct cli_status cli_statuses[] = {
	{ EXIT_DONE, "done" },
	{ EXIT_FAILED, "failed; standard error says why" },
	{ EXIT_USAGE, "the command line is wrong" },
	{ EXIT_NOT_FOUND, "there is no such mailbox, domain, photo or file" },
	{ EXIT_INVALID, "a value breaks a rule or a limit" },
	{ EXIT_DENIED, "it may not be done by this user or login, nobody "
		       "confirmed it, or a certificate does not hold" },
	{ EXIT_TEMPORARY, "not now: the same command may succeed later" },
	{ EXIT_PARTLY, "some of it was done; standard error says what not" },
	{ EXIT_CONFIG, "the configuration is wrong" },
	{ 0, NULL },
};

static const int status_of[ERR_COUNT] = {
	/* clang-format off */
	[OK] = EXIT_DONE,
	[ERR_AUTH] = EXIT_DENIED,          [ERR_DENIED] = EXIT_DENIED,
	[ERR_NOT_FOUND] = EXIT_NOT_FOUND,  [ERR_INVALID] = EXIT_INVALID,
	[ERR_LIMIT] = EXIT_INVALID,        [ERR_CONFLICT] = EXIT_FAILED,
	[ERR_DOWN] = EXIT_TEMPORARY,       [ERR_UNKNOWN] = EXIT_TEMPORARY,
	[ERR_WAIT] = EXIT_FAILED,          [ERR_INTERNAL] = EXIT_FAILED,
	/* clang-format on */
};

/* ---- for verbs ---- */

static enum err
config_read(struct cli *c)
{
	enum err err;

	if (c->settings != NULL)
		return OK;
	if (c->config == NULL) {
		c->exit = EXIT_USAGE;
		return FAIL(&c->op, ERR_INVALID,
			    "no installation is named: use -c FILE or set "
			    "FRONTDESK_CONF");
	}
	err = settings_open(&c->op, c->config, &c->settings);
	if (err != OK) {
		c->exit = EXIT_CONFIG;
		return err;
	}
	c->op.settings = c->settings;
	c->config = c->settings->file;
	return OK;
}

void
cli_detail(struct cli *c, const char *detail)
{
	struct actor *actor = op_alloc(&c->op, sizeof(*actor));

	*actor = *c->op.actor;
	actor->detail = detail;
	c->op.actor = actor;
}

enum err
cli_enter(struct cli *c, unsigned needs)
{
	if (c->op.actor == NULL) /* root is still root */
		c->op.actor = identity_actor(&c->op);
	if (needs & (NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE))
		TRY(config_read(c));
	/* The worker's program may lie where the owner of the data cannot. */
	if (needs & NEEDS_IMAGE)
		TRY(wings_open(&c->op, OPEN_IMAGE, &c->wings));
	if (needs & NEEDS_OWNER)
		TRY(user_become_owner(&c->op, c->settings->data));
	if (needs & NEEDS_STORE)
		TRY(wings_open(&c->op, OPEN_STORE | OPEN_DIRECTORY, &c->wings));
	return OK;
}

void
cli_leave(struct cli *c)
{
	wings_close(&c->wings);
	c->wings = (struct wings){ 0 };
}

struct op *
cli_page(struct cli *c)
{
	arena_reset(c->page.arena);
	op_init(&c->page, c->page.arena, c->settings, COMMAND_TIMEOUT_MS);
	c->page.may_wait = true;
	return &c->page;
}

enum err
cli_mailbox(struct cli *c, const char *address, const struct mailbox **out)
{
	const char *folded = idn_fold(&c->op, address);
	enum err err;

	if (!text_is_address(address))
		return FAIL(&c->op, ERR_INVALID,
			    "'%s' is no mail address; give it as "
			    "name@example.com",
			    address);
	err = store_mailbox_find(c->wings.house.store, &c->op, folded, out);
	/* One of whom nobody has asked yet may be known elsewhere. */
	if (err == ERR_NOT_FOUND)
		err = directory_resolve(c->wings.house.directory, &c->op,
					folded, 0, out);
	if (err == ERR_NOT_FOUND)
		return FAIL(&c->op, err,
			    "%s: there is no such mailbox; see: frontdesk "
			    "mailbox list",
			    folded);
	return err;
}

/* ---- the program ---- */

/* Nothing that an input put into a reason reaches the terminal as a control
 * sequence. */
static void
complain(const char *text)
{
	char *safe = out_cell(OUT_TABLE, text);

	(void)fprintf(stderr, "frontdesk: %s\n", safe);
	free(safe);
}

static const char *
reason(const struct cli *c, enum err err)
{
	return c->op.reason == NULL ? err_name(err) : c->op.reason;
}

static int
usage(struct cli *c)
{
	struct buf buf;

	complain(reason(c, ERR_INVALID));
	buf_init(&buf, &c->op, KIB, HELP_MAX);
	if (c->verb != NULL)
		help_usage(&buf, c->verb);
	(void)fputs(buf_text(&buf), stderr);
	(void)fprintf(stderr, "help:  frontdesk %s%s--help\n",
		      c->verb == NULL ? "" : c->verb->name,
		      c->verb == NULL ? "" : " ");
	return EXIT_USAGE;
}

static int
usage_of(struct cli *c, const char *what, const char *word)
{
	(void)FAIL(&c->op, ERR_INVALID, "%s '%s'", what, word);
	return usage(c);
}

static int
text_print(struct cli *c, struct buf *buf)
{
	if (fputs(buf_text(buf), stdout) == EOF || fflush(stdout) != 0) {
		complain("standard output: it could not be written");
		return EXIT_FAILED;
	}
	if (buf_err(buf) == OK)
		return EXIT_DONE;
	complain(reason(c, ERR_LIMIT));
	return EXIT_FAILED;
}

/* Help on c->verb; else on a group of verbs, or (NULL) on all. */
static int
help(struct cli *c, const char *group)
{
	struct buf buf;

	buf_init(&buf, &c->op, 4 * KIB, HELP_MAX);
	if (c->verb != NULL)
		help_verb(&buf, c->verb);
	else
		help_verbs(&buf, group);
	return text_print(c, &buf);
}

/* frontdesk help WORD... */
static int
help_on(struct cli *c, char *const *words)
{
	int n;
	bool group;

	c->verb = options_verb(words, &n, &group);
	if (c->verb == NULL && words[0] != NULL && !group)
		return usage_of(c, "there is no verb", words[0]);
	return help(c, words[0]);
}

static enum out_form
out_form(const struct cli *c, bool json)
{
	if (json || cli_option(c, "json") != NULL)
		return OUT_JSON;
	return isatty(STDOUT_FILENO) ? OUT_TABLE : OUT_TABS;
}

/* Runs the verb, and tells what came of it. */
static int
verb_run(struct cli *c)
{
	enum err err = cli_enter(c, c->verb->needs);
	struct op *op = cli_page(c);

	if (err == OK)
		err = c->verb->run(c);
	if (err != OK)
		complain(reason(c, err));
	if (out_close(c->out, op) != OK) {
		complain(op->reason);
		return EXIT_FAILED;
	}
	return c->exit != 0 ? c->exit : status_of[err];
}

static int
verb_start(struct cli *c, int argc, char **argv, const struct cli_head *head)
{
	const char *config;
	int status;

	if (head->help)
		return help(c, NULL);
	if (options_read(c, argc, argv) != OK)
		return usage(c);
	if (cli_option(c, "help") != NULL)
		return help(c, NULL);
	config = cli_option(c, "config");
	if (config == NULL)
		config = head->config;
	if (config == NULL)
		config = getenv("FRONTDESK_CONF");
	if (config != NULL && config[0] != '\0')
		c->config = config;
	if (c->verb->needs & NEEDS_LONG)
		op_init(&c->op, c->op.arena, NULL, UINT_MAX);
	c->op.may_wait = true;
	c->out = out_open(stdout, out_form(c, head->json));
	status = verb_run(c);
	cli_leave(c);
	settings_close(c->settings);
	return status;
}

static int
run(struct cli *c, int argc, char **argv)
{
	struct cli_head head;
	struct buf buf;
	int words;
	bool group;

	if (options_head(&c->op, argc, argv, &head) != OK)
		return usage(c);
	argc -= head.next;
	argv += head.next;
	if (head.version) {
		buf_init(&buf, &c->op, KIB, HELP_MAX);
		buf_puts(&buf, "frontdesk " VERSION "\n");
		return text_print(c, &buf);
	}
	if (argc > 0 && strcmp(argv[0], "help") == 0)
		return help_on(c, argv + 1);
	c->verb = options_verb(argv, &words, &group);
	if (c->verb != NULL)
		return verb_start(c, argc - words + 1, argv + words - 1, &head);
	if (head.help || (group && argc > 1 && strcmp(argv[1], "--help") == 0))
		return help_on(c, argv);
	if (argc == 0)
		return usage_of(c, "no verb follows", "frontdesk");
	if (group && argc == 1)
		return usage_of(c, "no verb follows", argv[0]);
	return usage_of(c, "there is no verb",
			group ? op_print(&c->op, "%s %s", argv[0], argv[1])
			      : argv[0]);
}

int
cli_main(int argc, char **argv)
{
	struct cli c = { 0 };
	struct arena *arena = arena_open(ARENA_KEEP);
	int status;

	/* A reader that goes away and a full disk are errors to be told, no
	 * reason to die in the middle of a change. Texts are UTF-8, whatever
	 * the terminal. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	op_init(&c.op, arena, NULL, COMMAND_TIMEOUT_MS);
	c.page.arena = arena_open(ARENA_KEEP);
	status = run(&c, argc, argv);
	arena_close(c.page.arena);
	arena_close(arena);
	return status;
}
