/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/store/migrate.h"

#include "wing/store/avatar.h"
#include "wing/store/book.h"

#include <inttypes.h>

/*
 * store      which store the file belongs to, and the last mailbox number
 *            given: numbers are never used again
 * address    the way to a mailbox, primary (rank 1) or alias (2); narrow,
 *            without rowid
 * oof        one row a mailbox from its beginning (version 0: never stored),
 *            so that a missing row is damage and not "never stored"
 * change     what changed, written with each change: others' caches forget
 *            by it. Numbers have no gaps; the last row is never trimmed
 * sum        row.h
 */
static const char main_1[] =
	"CREATE TABLE store ("
	" only BIGINT PRIMARY KEY CHECK (only = 1), id TEXT NOT NULL,"
	" made BIGINT NOT NULL, mailboxes BIGINT NOT NULL);"

	"CREATE TABLE organization ("
	" id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
	"INSERT INTO organization VALUES (1, '');"

	"CREATE TABLE domain ("
	" name TEXT PRIMARY KEY,"
	" organization BIGINT NOT NULL REFERENCES organization (id));"

	"CREATE TABLE mailbox ("
	" id INTEGER PRIMARY KEY,"
	" organization BIGINT NOT NULL REFERENCES organization (id),"
	" address TEXT NOT NULL, name TEXT NOT NULL, zone TEXT,"
	" password TEXT, password_version BIGINT NOT NULL,"
	" policy BIGINT NOT NULL, sum BIGINT NOT NULL);"

	"CREATE TABLE address ("
	" address TEXT PRIMARY KEY,"
	" domain TEXT NOT NULL REFERENCES domain (name),"
	" mailbox BIGINT NOT NULL REFERENCES mailbox (id),"
	" rank BIGINT NOT NULL, sum BIGINT NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX address_mailbox ON address (mailbox);"
	"CREATE INDEX address_domain ON address (domain, rank, address);"

	"CREATE TABLE owner ("
	" mailbox BIGINT NOT NULL REFERENCES mailbox (id),"
	" account BIGINT NOT NULL REFERENCES mailbox (id),"
	" PRIMARY KEY (mailbox, account)) WITHOUT ROWID;"
	"CREATE INDEX owner_account ON owner (account);"

	"CREATE TABLE oof ("
	" mailbox INTEGER PRIMARY KEY REFERENCES mailbox (id),"
	" version BIGINT NOT NULL, period BIGINT NOT NULL,"
	" changed BIGINT NOT NULL, state BIGINT NOT NULL,"
	" audience BIGINT NOT NULL, starts BIGINT, ends BIGINT,"
	" internal TEXT NOT NULL, internal_lang TEXT NOT NULL,"
	" external TEXT NOT NULL, external_lang TEXT NOT NULL,"
	" sum BIGINT NOT NULL);"

	"CREATE TABLE change ("
	" seq INTEGER PRIMARY KEY, kind BIGINT NOT NULL,"
	" mailbox BIGINT NOT NULL, other BIGINT NOT NULL,"
	" name TEXT NOT NULL, at BIGINT NOT NULL);"
	"INSERT INTO change VALUES (1, 0, 0, 0, '', 0);";

/*
 * photo          what is known of a mailbox's picture; edges: of its
 *                variants, rising, "48,64,96"
 * photo_variant  slot = mailbox * 1024 + edge: one tree, in one order
 */
static const char photo_1[] =
	"CREATE TABLE photo_store ("
	" only BIGINT PRIMARY KEY CHECK (only = 1), id TEXT NOT NULL,"
	" made BIGINT NOT NULL);"

	"CREATE TABLE photo ("
	" mailbox INTEGER PRIMARY KEY, version BIGINT NOT NULL,"
	" changed BIGINT NOT NULL, width BIGINT NOT NULL,"
	" height BIGINT NOT NULL, source BLOB NOT NULL,"
	" edges TEXT NOT NULL, bytes BIGINT NOT NULL, sum BIGINT NOT NULL);"

	"CREATE TABLE photo_variant ("
	" slot INTEGER PRIMARY KEY, version BIGINT NOT NULL,"
	" jpeg BLOB NOT NULL, sum BIGINT NOT NULL);"

	"CREATE TABLE photo_change ("
	" seq INTEGER PRIMARY KEY, kind BIGINT NOT NULL,"
	" mailbox BIGINT NOT NULL, other BIGINT NOT NULL,"
	" name TEXT NOT NULL, at BIGINT NOT NULL);"
	"INSERT INTO photo_change VALUES (1, 0, 0, 0, '', 0);";

/*
 * audit  what was done to another's mailbox. account: who did it, if that is
 *        one (no reference: it may be gone); address: the mailbox's, then
 */
#define AUDIT_TABLE(name)                                                      \
	"CREATE TABLE " name " ("                                              \
	" seq INTEGER PRIMARY KEY, at BIGINT NOT NULL, what BIGINT NOT NULL,"  \
	" who TEXT NOT NULL, account BIGINT NOT NULL,"                         \
	" mailbox BIGINT NOT NULL, address TEXT NOT NULL,"                     \
	" detail TEXT NOT NULL, sum BIGINT NOT NULL);"                         \
	"CREATE INDEX " name "_mailbox ON " name " (mailbox);"

static const char main_2[] = AUDIT_TABLE("audit");
static const char photo_2[] = AUDIT_TABLE("photo_audit");

/*
 * book  by what people are looked for (book.h); made from mailbox and address
 */
static const char main_3[] =
	"CREATE TABLE book ("
	" organization BIGINT NOT NULL, entry TEXT NOT NULL,"
	" mailbox BIGINT NOT NULL REFERENCES mailbox (id),"
	" PRIMARY KEY (organization, entry, mailbox)) WITHOUT ROWID;"
	"CREATE INDEX book_mailbox ON book (mailbox);"
	"CREATE INDEX domain_organization ON domain (organization, name);";

/*
 * avatar  by what others name an address: the start of a digest of it
 *         (avatar.h); no reference, for that would want a second tree
 */
static const char main_4[] = "CREATE TABLE avatar ("
			     " key BIGINT NOT NULL, mailbox BIGINT NOT NULL,"
			     " PRIMARY KEY (key, mailbox)) WITHOUT ROWID;";

/*
 * contact_source  where contacts of a mailbox come from (0: of many): how far
 *                 each was read, and how it went the last time
 * contact         their addresses; one of '' keeps the tag of a card without
 */
static const char main_5[] =
	"CREATE TABLE contact_source ("
	" seq INTEGER PRIMARY KEY, mailbox BIGINT NOT NULL,"
	" origin TEXT NOT NULL, place TEXT NOT NULL, token TEXT NOT NULL,"
	" changed BIGINT NOT NULL, tried BIGINT NOT NULL,"
	" failures BIGINT NOT NULL, reason TEXT NOT NULL,"
	" sum BIGINT NOT NULL, UNIQUE (mailbox, origin, place));"

	"CREATE TABLE contact ("
	" seq INTEGER PRIMARY KEY,"
	" source BIGINT NOT NULL REFERENCES contact_source (seq),"
	" mailbox BIGINT NOT NULL, card TEXT NOT NULL, tag TEXT NOT NULL,"
	" address TEXT NOT NULL, name TEXT NOT NULL, sum BIGINT NOT NULL);"
	"CREATE INDEX contact_address ON contact (mailbox, address);"
	"CREATE INDEX contact_card ON contact (source, card);";

/*
 * person       mailboxes of people whom a source outside knows; checked: when
 *              it was last asked, rising with no other change
 * source_mark  how far each source's changes were followed, and when it was
 *              last gone through whole
 */
static const char main_6[] =
	"CREATE TABLE person ("
	" mailbox INTEGER PRIMARY KEY REFERENCES mailbox (id),"
	" source TEXT NOT NULL, uid TEXT NOT NULL, login TEXT NOT NULL,"
	" state BIGINT NOT NULL, checked BIGINT NOT NULL,"
	" sum BIGINT NOT NULL, UNIQUE (source, uid));"

	"CREATE TABLE source_mark ("
	" source TEXT PRIMARY KEY, mark TEXT NOT NULL,"
	" followed BIGINT NOT NULL, swept BIGINT NOT NULL,"
	" sum BIGINT NOT NULL) WITHOUT ROWID;";

/*
 * directory_photo  the directory's picture of a mailbox, as photo is the
 *                  uploaded one; likewise its variants
 * photo_state      what the directory said (enum photo_found) and when; hidden:
 *                  nothing of it is to be seen
 * photo_write_back copies of uploaded pictures on their way into a directory,
 *                  and those that are there (enum write_back)
 */
static const char photo_7[] =
	"CREATE TABLE directory_photo ("
	" mailbox INTEGER PRIMARY KEY, version BIGINT NOT NULL,"
	" changed BIGINT NOT NULL, width BIGINT NOT NULL,"
	" height BIGINT NOT NULL, source BLOB NOT NULL,"
	" edges TEXT NOT NULL, bytes BIGINT NOT NULL, sum BIGINT NOT NULL);"

	"CREATE TABLE directory_photo_variant ("
	" slot INTEGER PRIMARY KEY, version BIGINT NOT NULL,"
	" jpeg BLOB NOT NULL, sum BIGINT NOT NULL);"

	"CREATE TABLE photo_state ("
	" mailbox INTEGER PRIMARY KEY, hidden BIGINT NOT NULL,"
	" found BIGINT NOT NULL, checked BIGINT NOT NULL,"
	" digest BLOB NOT NULL, sum BIGINT NOT NULL);"
	"CREATE INDEX photo_state_hidden ON photo_state (mailbox)"
	" WHERE hidden = 1;"

	"CREATE TABLE photo_write_back ("
	" mailbox INTEGER PRIMARY KEY, version BIGINT NOT NULL,"
	" wanted BIGINT NOT NULL, tries BIGINT NOT NULL,"
	" due BIGINT NOT NULL, written BLOB, reason TEXT NOT NULL,"
	" sum BIGINT NOT NULL);"
	"CREATE INDEX photo_write_back_due ON photo_write_back (due)"
	" WHERE wanted <> 0;";

/*
 * publication  what lies at a backend for a mailbox, and whether something else
 *              is wanted; no reference: it outlives the mailbox until that was
 *              taken away. wanted, done, due and tries are not in the sum: one
 *              statement changes them in thousands of rows
 * answered     whom a mailbox answered in which period of its absence, once
 * outbox       the mails of those that are on their way. due and tries are not
 *              in the sum, which would want the mail to be read
 */
static const char main_8[] =
	"CREATE TABLE publication ("
	" mailbox INTEGER PRIMARY KEY, backend TEXT NOT NULL,"
	" name TEXT NOT NULL, there BIGINT NOT NULL, digest BLOB NOT NULL,"
	" since BIGINT NOT NULL, reason TEXT NOT NULL, sum BIGINT NOT NULL,"
	" wanted BIGINT NOT NULL, done BIGINT NOT NULL, due BIGINT NOT NULL,"
	" tries BIGINT NOT NULL);"
	"CREATE INDEX publication_due ON publication (due)"
	" WHERE wanted <> done;"
	"CREATE INDEX publication_there ON publication (there)"
	" WHERE there = 1;"

	"CREATE TABLE answered ("
	" id INTEGER PRIMARY KEY,"
	" mailbox BIGINT NOT NULL REFERENCES mailbox (id),"
	" period BIGINT NOT NULL, sender TEXT NOT NULL,"
	" recipient TEXT NOT NULL, message_id TEXT NOT NULL,"
	" internal BIGINT NOT NULL, state BIGINT NOT NULL,"
	" at BIGINT NOT NULL, settled BIGINT NOT NULL, via TEXT NOT NULL,"
	" reason TEXT NOT NULL, sum BIGINT NOT NULL,"
	" UNIQUE (mailbox, period, sender));"
	"CREATE INDEX answered_mailbox ON answered (mailbox, id);"
	"CREATE INDEX answered_unsent ON answered (state, id)"
	" WHERE state <> 3;"

	"CREATE TABLE outbox ("
	" id INTEGER PRIMARY KEY REFERENCES answered (id),"
	" due BIGINT NOT NULL, tries BIGINT NOT NULL,"
	" mailbox BIGINT NOT NULL, at BIGINT NOT NULL,"
	" sender TEXT NOT NULL, recipient TEXT NOT NULL,"
	" utf8 BIGINT NOT NULL, sum BIGINT NOT NULL, mail BLOB NOT NULL);"
	"CREATE INDEX outbox_due ON outbox (due);";

static const struct schema_step steps[] = {
	/* clang-format off */
	{ { main_1, photo_1 }, NULL },
	{ { main_2, photo_2 }, NULL },
	{ { main_3, NULL }, book_fill },
	{ { main_4, NULL }, avatar_fill },
	{ { main_5, NULL }, NULL },
	{ { main_6, NULL }, NULL },
	{ { NULL, photo_7 }, NULL },
	{ { main_8, NULL }, NULL },
	/* clang-format on */
};

const struct schema schema_now = { COUNT(steps), steps };

static enum err
step_run(struct db *db, struct op *op, enum db_part part,
	 const struct schema_step *step, size_t number)
{
	TRY(db_begin(db, op));
	if (step->sql[part] != NULL)
		TRY(db_script(db, op, step->sql[part]));
	if (part == DB_MAIN && step->fill != NULL)
		TRY(step->fill(db, op));
	TRY(db_script(db, op,
		      op_print(op, "PRAGMA user_version = %zu", number)));
	return db_commit(db, op);
}

enum err
migrate_up(struct db *db, struct op *op, enum db_part part,
	   const struct schema *schema)
{
	int64_t at;

	TRY(db_schema(db, op, &at));
	if (at < 0 || (uint64_t)at > schema->n)
		return FAIL(op, ERR_INVALID,
			    "schema %" PRId64 " is newer than this program's",
			    at);
	for (size_t i = (size_t)at; i < schema->n; i++) {
		enum err err = step_run(db, op, part, &schema->step[i], i + 1);

		if (err != OK) {
			db_rollback(db);
			return err;
		}
	}
	return OK;
}
