/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The one program, frontdesk: a verb is a row. From its tables come the reading
 * of options, --help, the man page and the completion.
 */
#include "main/open.h"
#include "model/settings.h"

struct out; /* cli/out.h: rows as table, tab-separated, JSON */

/* Exit statuses; a contract. */
enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NOT_FOUND = 3,
	EXIT_INVALID = 4,
	EXIT_DENIED = 5,
	EXIT_TEMPORARY = 6,
	EXIT_PARTLY = 7,
	EXIT_CONFIG = 78, /* EX_CONFIG of sysexits.h */
};

struct cli_option {
	char letter; /* 0: none */
	const char *name;
	const char *argument; /* "FILE"; NULL: it takes none */
	const char *help;     /* a sentence without its full stop */
};

/* A key of --json. */
struct cli_key {
	const char *name;
	const char *help;
};

struct cli_example {
	const char *command;
	const char *what;
};

/* What has to be there before a verb runs. */
enum {
	NEEDS_NOTHING = 0,
	NEEDS_CONFIG = 1, /* settings are read: c->settings, c->op.settings */
	NEEDS_OWNER = 2,  /* root becomes the owner of data/ (with a
			     configuration); after the named files are open */
	NEEDS_STORE = 4,  /* c->wings has store and directory */
	NEEDS_IMAGE = 8,  /* c->wings has image */
	NEEDS_LONG = 16,  /* may take hours: no deadline */
	IS_HIDDEN = 32,   /* not in --help */
};

struct cli;

struct verb {
	const char *name;     /* "serve", "mailbox add" */
	const char *operands; /* "ADDRESS [FILE]"; "": none */
	unsigned operands_min, operands_max;
	unsigned needs;
	const char *summary; /* a sentence without its full stop */
	const char *text;    /* paragraphs, parted by an empty line; "" */
	const struct cli_option *options;   /* ended by name NULL; or NULL */
	const struct cli_key *keys;         /* ended by name NULL; or NULL */
	const struct cli_example *examples; /* ended by command NULL; or NULL */
	/* A failure's reason is printed from the op, and the exit status made
	 * from the result, unless c->exit says otherwise. */
	enum err (*run)(struct cli *c);
};

/* One run of the program. */
struct cli {
	const struct verb *verb;
	struct op op;   /* may wait; lives until the end */
	struct op page; /* see cli_page */
	struct settings *settings;
	struct wings wings;
	const char *config; /* absolute path; NULL: none was named */
	struct out *out;
	int exit; /* 0: what the result says */

	char *const *operand; /* operands_n of them, NULL behind */
	unsigned operands_n;
	const struct cli_value *values; /* options as given, in their order */
	size_t values_n;
};

struct cli_value {
	const struct cli_option *option;
	const char *value; /* "" for an option without argument */
};

/* The verbs, each table ended by a row with name NULL, each in its file. */
extern const struct verb cli_init_verbs[];
extern const struct verb cli_serve_verbs[];
extern const struct verb cli_clerk_verbs[];
extern const struct verb cli_milter_verbs[];
extern const struct verb cli_check_verbs[];
extern const struct verb cli_backup_verbs[];
extern const struct verb cli_export_verbs[];
extern const struct verb cli_import_verbs[];
extern const struct verb cli_domain_verbs[];
extern const struct verb cli_dev_verbs[];
extern const struct verb cli_dns_verbs[];
extern const struct verb cli_mailbox_verbs[];
extern const struct verb cli_mailbox_import_verbs[];
extern const struct verb cli_address_verbs[];
extern const struct verb cli_audit_verbs[];
extern const struct verb cli_oof_verbs[];
extern const struct verb cli_oof_log_verbs[];
extern const struct verb cli_explain_verbs[];
extern const struct verb cli_script_verbs[];
extern const struct verb cli_photo_verbs[];
extern const struct verb cli_contacts_verbs[];
extern const struct verb cli_photo_import_verbs[];
extern const struct verb cli_photo_export_verbs[];
extern const struct verb cli_directory_verbs[];
extern const struct verb cli_backend_verbs[];
extern const struct verb cli_remote_verbs[];
extern const struct verb cli_doctor_verbs[];
extern const struct verb cli_setup_verbs[];
extern const struct verb cli_manual_verbs[];

/* All tables in the order of the manual, NULL behind; the options that every
 * verb has; what each exit status means, ended by meaning NULL. */
extern const struct verb *const cli_tables[];
extern const struct cli_option cli_common[];

struct cli_status {
	int status;
	const char *meaning;
};
extern const struct cli_status cli_statuses[];

/* ---- for verbs ---- */

/* The value of an option of this verb: the last one given; NULL: not given. */
const char *cli_option(const struct cli *c, const char *name);
/* All values of one that may be repeated, in their order, NULL behind. */
const char *const *cli_options(struct cli *c, const char *name);

/* Makes what `needs` says (NEEDS_*). The program does it before a verb runs;
 * a verb that opens files for the one who started it names only NEEDS_CONFIG
 * in its row and calls this when they are open. */
enum err cli_enter(struct cli *c, unsigned needs);

/* What the audit says in detail of the change that follows. */
void cli_detail(struct cli *c, const char *detail);

/* Closes what NEEDS_STORE opened; the settings stay. */
void cli_leave(struct cli *c);

/* An op for one page of a long list; the page before is forgotten. */
struct op *cli_page(struct cli *c);

/* The mailbox behind an address as somebody typed it, primary or alias. */
enum err cli_mailbox(struct cli *c, const char *address,
		     const struct mailbox **out);

/* ---- the program ---- */

/* Reads the command line, does what it says, returns the exit status. */
int cli_main(int argc, char **argv);
