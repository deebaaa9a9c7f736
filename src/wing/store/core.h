/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of the store share among themselves. */
#include "model/store.h"
#include "wing/store/db.h"
#include "wing/store/migrate.h"
#include "wing/store/reader.h"
#include "wing/store/row.h"
#include "wing/store/writer.h"

struct store {
	struct store_options options; /* dir: our copy */
	char *path[DB_PARTS];
	struct readers *readers;
	struct writer *writer;
};

/* As store_open, for another schema: the tests migrate with later ones. */
enum err store_open_as(struct op *op, const struct store_options *options,
		       const struct schema *schema, struct store **out);

/* ---- files (files.c) ---- */

extern const char *const files_name[DB_PARTS];

/* Connections to both, all NULL at first. */
struct files {
	struct db *db[DB_PARTS];
};
void files_close(struct files *files);

/* dir/name, in the op. */
const char *files_path(struct op *op, const char *dir, const char *name);

/* Makes a folder's entries durable. */
enum err files_sync_dir(struct op *op, const char *dir);

/* An empty file, 0600. ERR_CONFLICT: it exists. */
enum err files_make_empty(struct op *op, const char *path);

/* Gives a finished file its name, never over another one. ERR_CONFLICT. */
enum err files_publish(struct op *op, const char *from, const char *to);

/* ERR_CONFLICT when the folder has anything of a store. */
enum err files_none(struct op *op, const char *dir);

/* Of work on a file that is thrown away when it fails: nothing happened. */
static inline enum err
files_undone(enum err err)
{
	return err == ERR_UNKNOWN ? ERR_DOWN : err;
}

/* Two new files with the schema, whose names end in `suffix`. */
enum err files_create(struct op *op, const char *dir, const char *suffix,
		      const struct schema *schema);

/* Gives those named ".new" their names. */
enum err files_publish_both(struct op *op, const char *dir);

/* Are both files there, ours, of one store and of this schema? Brings them up
 * to date if options->migrate. */
enum err files_check(struct op *op, const struct store_options *options,
		     const struct schema *schema);

#define STORE_LIST_MAX 10000 /* rows of any list, whatever is asked for */

static inline struct db_value
list_limit(size_t most)
{
	return db_int(most < STORE_LIST_MAX ? (int64_t)most : STORE_LIST_MAX);
}

#define APPLICATION_BACKUP UINT32_C(0x4644626b) /* "FDbk" */

/* ---- mailboxes (store_mailbox.c, mailbox_row.c) ---- */

#define MAILBOX_COLUMNS                                                        \
	"m.id, m.organization, m.address, m.name, m.zone, m.password, "        \
	"m.password_version, m.policy, m.sum"
#define MAILBOX_COLUMNS_N 9

/* Verifies the sum and makes the row a mailbox of the op. */
enum err mailbox_of_row(struct op *op, const struct db_value *row,
			const struct mailbox **out);

/* The columns of a mailbox, the sum too. */
void mailbox_to_row(const struct mailbox *in,
		    struct db_value out[MAILBOX_COLUMNS_N]);

/* A mailbox in one piece, and back: for the cache. */
struct bytes mailbox_pack(struct op *op, const struct mailbox *in);
const struct mailbox *mailbox_unpack(struct op *op, struct bytes packed);

/* ---- absences (store_oof.c, oof_row.c) ---- */

#define OOF_COLUMNS                                                            \
	"o.mailbox, o.version, o.period, o.changed, o.state, o.audience, "     \
	"o.starts, o.ends, o.internal, o.internal_lang, o.external, "          \
	"o.external_lang, o.sum"
#define OOF_COLUMNS_N 13

enum err oof_of_row(struct op *op, const struct db_value *row,
		    struct oof_stored *out);
void oof_to_row(int64_t mailbox, const struct oof_stored *in,
		struct db_value out[OOF_COLUMNS_N]);
struct bytes oof_pack(struct op *op, const struct oof_stored *in);
void oof_unpack(struct op *op, struct bytes packed, struct oof_stored *out);

/* ---- pictures (store_photo*.c; more in photo_row.h) ---- */

#define SLOT_EDGES 1024 /* slots of a mailbox; more than PHOTO_EDGE_MAX */

/* Erases all of a mailbox, if there is anything; a writer_job with an
 * int64_t. */
enum err photo_erase(struct db *db, struct op *op, void *mailbox);

/* A mailbox of which there is anything, the next one behind `after`, in the
 * file or in a backup. ERR_NOT_FOUND: there is none. */
enum err photo_next(struct db *db, struct op *op, int64_t after, int64_t *out);

/* ---- contacts (store_contact.c) ---- */

#define CONTACT_COLUMNS                                                        \
	"c.seq, c.source, c.mailbox, c.card, c.tag, c.address, c.name, c.sum"
#define CONTACT_COLUMNS_N 8
#define CONTACT_SOURCE_COLUMNS                                                 \
	"s.seq, s.mailbox, s.origin, s.place, s.token, s.changed, s.tried, "   \
	"s.failures, s.reason, s.sum"
#define CONTACT_SOURCE_COLUMNS_N 10

/* All of a mailbox that is removed. */
enum err contact_erase(struct db *db, struct op *op, int64_t mailbox);

/* ---- people (store_person.c) ---- */

#define PERSON_COLUMNS                                                         \
	"p.mailbox, p.source, p.uid, p.login, p.state, p.checked, p.sum"
#define PERSON_COLUMNS_N 7
#define MARK_COLUMNS "k.source, k.mark, k.followed, k.swept, k.sum"
#define MARK_COLUMNS_N 5

/* The tie of a mailbox that is removed. */
enum err person_erase(struct db *db, struct op *op, int64_t mailbox);

/* ---- the audit (store_audit.c) ---- */

#define AUDIT_COLUMNS                                                          \
	"u.seq, u.at, u.what, u.who, u.account, u.mailbox, u.address, "        \
	"u.detail, u.sum"
#define AUDIT_COLUMNS_N 9
#define AUDIT_DETAIL_AT 7

struct audit_note {
	enum audit_what what;
	int64_t mailbox; /* 0: none is meant */
	const char *address;
	const char *detail; /* NULL: what the actor says */
};

/* As part of the change, if op->actor says who makes it. */
enum err audit_add(struct db *db, struct op *op, enum db_part part,
		   const struct audit_note *note);

/* The same in the main file, where the mailbox's address is found. */
enum err audit_add_of(struct db *db, struct op *op, enum audit_what what,
		      int64_t mailbox, const char *detail);

/* The details of all rows of a mailbox. */
enum err audit_erase(struct db *db, struct op *op, enum db_part part,
		     int64_t mailbox);

/* Rows before an instant; *more: there may be some left. */
enum err audit_trim(struct db *db, struct op *op, enum db_part part,
		    int64_t before, bool *more);

/* ---- the whole (store_check.c, store_backup.c) ---- */

/* What SQLite finds, and, if `rows`, every row and reference of a store of
 * this program's schema. The two may be one file: a backup. */
enum err check_all(struct db *const db[DB_PARTS], struct op *op, bool rows,
		   store_finding *told, void *arg);

/* A backup of the files in a folder. rows: they are of this program's schema,
 * check them. */
enum err backup_files(struct op *op, const char *dir, const char *file,
		      bool rows);
