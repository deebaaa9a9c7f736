/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk backup, restore, migrate: the store as a whole. */
#include "base/lock.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/file.h"
#include "cli/identity.h"
#include "cli/out.h"
#include "main/user.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKUP_MODE 0600 /* it has all texts and password hashes in it */

/* Root names files that the owner of the data may not reach: then the store
 * writes and reads a file beside its own, and root copies. */
#define SPOOL ".copy-"

/* What a command that was killed left behind: it has all texts in it. */
static void
spool_clear(struct cli *c)
{
	DIR *dir = opendir(c->settings->data);
	const struct dirent *entry;
	int64_t pid;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;

		if (strncmp(name, SPOOL, strlen(SPOOL)) != 0 ||
		    !text_number(name + strlen(SPOOL), 1, INT32_MAX, &pid) ||
		    kill((pid_t)pid, 0) == 0 || errno != ESRCH)
			continue;
		(void)unlinkat(dirfd(dir), name, 0);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

static const char *
spool_path(struct cli *c)
{
	spool_clear(c);
	return op_print(&c->op, "%s/" SPOOL "%ld", c->settings->data,
			(long)getpid());
}

static enum err
size_of(struct op *op, const char *file, json_int_t *out)
{
	struct stat st;

	if (stat(file, &st) != 0)
		return file_fail(op, errno, file, "opening");
	*out = (json_int_t)st.st_size;
	return OK;
}

/* ---- backup ---- */

static enum err
backup_to(struct cli *c, const char *file)
{
	enum err err = cli_enter(c, NEEDS_STORE);

	if (err == OK)
		err = store_backup(c->wings.house.store, &c->op, file);
	cli_leave(c);
	return err;
}

static enum err
backup_as_root(struct cli *c, struct identity *identity, const char *file)
{
	const char *spool = spool_path(c);
	enum err err = backup_to(c, spool);

	identity_return(identity);
	if (err == OK)
		err = file_copy(&c->op, spool, file, BACKUP_MODE);
	(void)unlink(spool);
	return err;
}

static enum err
refuse_existing(struct op *op, const char *file)
{
	struct stat st;

	if (lstat(file, &st) != 0)
		return OK;
	return FAIL(op, ERR_CONFLICT,
		    "%s is there already and is not overwritten: name another "
		    "file, or remove it",
		    file);
}

static const struct out_column backup_lines[] = {
	{ "file", "Backup" },
	{ "bytes", "Bytes" },
	{ NULL, NULL },
};

static enum err
cli_backup(struct cli *c)
{
	const char *file = c->operand[0];
	struct identity identity;
	json_int_t bytes = 0;

	TRY(refuse_existing(&c->op, file));
	TRY(identity_take(&c->op, c->settings->data, &identity));
	if (identity.taken)
		TRY(backup_as_root(c, &identity, file));
	else
		TRY(backup_to(c, file));
	TRY(size_of(&c->op, file, &bytes));
	out_object(
		c->out, backup_lines,
		json_pack("{s:o,s:I}", "file", out_text(file), "bytes", bytes));
	return OK;
}

/* ---- with nobody else there ---- */

static void
lock_done(struct lock **lock)
{
	lock_close(*lock);
}

/* The lock of the one who would serve this store. */
static enum err
store_alone(struct cli *c, struct lock **out)
{
	enum err err = lock_open(&c->op, c->settings->data, LOCK_SERVE, out);

	if (err != ERR_CONFLICT)
		return err;
	return FAIL(&c->op, err,
		    "%s: a server runs on this store; stop it first",
		    c->op.reason);
}

static struct store_options
options_of(const struct cli *c)
{
	return (struct store_options){ .dir = c->settings->data };
}

/* ---- restore ---- */

/* After a disaster there may be no folder at all. */
static enum err
restore_folder(struct cli *c)
{
	const char *data = c->settings->data;
	struct user user;

	if (mkdir(data, 0700) != 0)
		return errno == EEXIST ? OK
				       : file_fail(&c->op, errno, data,
						   "making the folder");
	if (geteuid() != 0)
		return OK;
	TRY(user_find(&c->op, c->settings->user, &user));
	return user_own(&c->op, &user, data);
}

/* The owner of the data has to be able to read the backup: for root's file a
 * copy is made. *spool: to be removed; NULL: none was needed. */
static enum err
restore_file(struct cli *c, const char **file, const char **spool)
{
	struct stat st;

	*file = c->operand[0];
	*spool = NULL;
	if (access(*file, R_OK) != 0)
		return file_fail(&c->op, errno, *file, "opening");
	TRY(restore_folder(c));
	if (stat(c->settings->data, &st) != 0)
		return file_fail(&c->op, errno, c->settings->data, "opening");
	if (geteuid() != 0 || st.st_uid == 0)
		return OK;
	*spool = spool_path(c);
	TRY(file_copy(&c->op, *file, *spool, BACKUP_MODE));
	if (lchown(*spool, st.st_uid, st.st_gid) != 0)
		return file_fail(&c->op, errno, *spool, "changing its owner");
	*file = *spool;
	return OK;
}

static enum err
restore_from(struct cli *c, const char *file)
{
	const struct store_options options = options_of(c);
	bool replace = cli_option(c, "replace") != NULL;
	CLEANUP(lock_done) struct lock *lock = NULL;
	enum err err;

	TRY(cli_enter(c, NEEDS_OWNER));
	TRY(store_alone(c, &lock));
	err = store_restore(&c->op, &options, file, replace);
	if (err != ERR_CONFLICT)
		return err;
	return FAIL(&c->op, err,
		    "%s; add --replace to put the backup in its place",
		    c->op.reason);
}

/* The name that the user gave, where the reason begins with that of a copy. */
static enum err
restore_fail(struct cli *c, enum err err, const char *spool)
{
	size_t n = spool == NULL ? 0 : strlen(spool);

	if (n == 0 || strncmp(c->op.reason, spool, n) != 0)
		return err;
	return FAIL(&c->op, err, "%s%s", c->operand[0], c->op.reason + n);
}

static const struct out_column restore_lines[] = {
	{ "data", "Restored" },
	{ "file", "From" },
	{ NULL, NULL },
};

static enum err
cli_restore(struct cli *c)
{
	const char *file, *spool;
	enum err err = restore_file(c, &file, &spool);

	if (err == OK)
		err = restore_from(c, file);
	if (spool != NULL)
		(void)unlink(spool);
	if (err != OK)
		return restore_fail(c, err, spool);
	out_object(c->out, restore_lines,
		   json_pack("{s:o,s:o}", "data", out_text(c->settings->data),
			     "file", out_text(c->operand[0])));
	return OK;
}

/* ---- migrate ---- */

static const struct out_column migrate_lines[] = {
	{ "data", "Store" },
	{ "result", "Result" },
	{ NULL, NULL },
};

static void
migration_tell(struct cli *c, const struct store_migration *done)
{
	bool changed = done->from != done->to;
	const char *result =
		changed ? op_print(&c->op,
				   "migrated from %zu to %zu, backup at %s",
				   done->from, done->to, done->backup)
			: op_print(&c->op, "nothing to do, version %zu",
				   done->to);

	out_object(c->out, migrate_lines,
		   json_pack("{s:o,s:o,s:b,s:I,s:I,s:o}", "data",
			     out_text(c->settings->data), "result",
			     out_text(result), "migrated", changed, "from",
			     (json_int_t)done->from, "to", (json_int_t)done->to,
			     "backup", out_text(done->backup)));
}

static enum err
cli_migrate(struct cli *c)
{
	struct store_options options = options_of(c);
	CLEANUP(lock_done) struct lock *lock = NULL;
	struct store_migration done;
	struct store *store;

	options.migrate = true;
	options.migration = &done;
	TRY(store_alone(c, &lock));
	TRY(store_open(&c->op, &options, &store));
	store_close(store);
	migration_tell(c, &done);
	return OK;
}

/* ---- the rows ---- */

static const struct cli_option restore_options[] = {
	{ 0, "replace", NULL,
	  "put it in the place of the store that is there, whose files are "
	  "kept beside" },
	{ 0 },
};

static const struct cli_key backup_keys[] = {
	{ "file", "the backup" },
	{ "bytes", "its length" },
	{ NULL, NULL },
};

static const struct cli_key restore_keys[] = {
	{ "data", "the folder of the store" },
	{ "file", "the backup" },
	{ NULL, NULL },
};

static const struct cli_key migrate_keys[] = {
	{ "data", "the folder of the store" },
	{ "result", "what was done, in words" },
	{ "migrated", "true when there was anything to do" },
	{ "from", "the version of the store before" },
	{ "to", "the version of the store now" },
	{ "backup", "the backup that was made before; null for none" },
	{ NULL, NULL },
};

static const struct cli_example backup_examples[] = {
	{ "frontdesk backup /var/backups/frontdesk-$(date +%F)",
	  "every night; the server goes on" },
	{ NULL, NULL },
};

static const struct cli_example restore_examples[] = {
	{ "frontdesk restore /var/backups/frontdesk-2026-11-22 --replace",
	  "when the server is stopped" },
	{ NULL, NULL },
};

static const struct cli_example migrate_examples[] = {
	{ "frontdesk migrate", "after an upgrade, before other commands" },
	{ NULL, NULL },
};

const struct verb cli_backup_verbs[] = {
	{
		.name = "backup",
		.operands = "FILE",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_LONG,
		.summary = "write all of the store into one file",
		.text = "The server may run meanwhile. FILE must not be there "
			"yet; it is for its owner alone (0600), for it holds "
			"all texts and the hashes of passwords. The "
			"configuration and the tls folder are not in it.",
		.keys = backup_keys,
		.examples = backup_examples,
		.run = cli_backup,
	},
	{
		.name = "restore",
		.operands = "FILE",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_LONG,
		.summary = "make the store from a backup",
		.text = "Refused while a server runs, over a store that is "
			"there unless --replace is given, and from a file "
			"that is damaged: the store stays as it was then. A "
			"data folder that is not there is made.",
		.options = restore_options,
		.keys = restore_keys,
		.examples = restore_examples,
		.run = cli_restore,
	},
	{
		.name = "migrate",
		.operands = "",
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_LONG,
		.summary = "bring the store of an older version up to date",
		.text = "frontdesk serve does the same at its start. A backup "
			"is left beside the store first. No other command "
			"changes an older store.",
		.keys = migrate_keys,
		.examples = migrate_examples,
		.run = cli_migrate,
	},
	{ 0 },
};
