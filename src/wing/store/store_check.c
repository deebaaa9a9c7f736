/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is everything what was stored? Every page, every row, every reference.
 */
#include "wing/store/answered.h"
#include "wing/store/avatar.h"
#include "wing/store/core.h"
#include "wing/store/photo_row.h"
#include "wing/store/publication.h"

#include <inttypes.h>
#include <string.h>

#define PAGE_ROWS 200 /* read together; pictures are large */
#define TOLD_MAX 100  /* findings of one kind that are told */
#define CHECK_CACHE_KIB 2048
#define ARENA_KEEP (64 * KIB)

static void
arena_close_one(struct arena **arena)
{
	arena_close(*arena);
}

struct checking {
	struct db *const *db;
	struct op *op; /* its memory is emptied with each page of rows */
	store_finding *told;
	void *arg;
	size_t found;
};

static void
tell(struct checking *c, const char *text)
{
	c->found++;
	if (c->found <= TOLD_MAX && c->told != NULL)
		c->told(c->arg, text);
}

/* What could not be read is a finding if it is damage, else a failure. */
static enum err
tell_damage(struct checking *c, enum err err)
{
	if (err != ERR_INTERNAL)
		return err;
	tell(c, c->op->reason);
	return OK;
}

/* ---- each row's sum ---- */

struct row_check {
	enum db_part part;
	const char *table;
	size_t columns;
	const char *sql; /* a page of rows, behind the key $1; limit $2 */
	bool text_key;
};

static const struct row_check row_checks[] = {
	/* clang-format off */
	{ DB_MAIN, "mailbox", MAILBOX_COLUMNS_N,
	  "SELECT " MAILBOX_COLUMNS " FROM mailbox m WHERE m.id > $1 ORDER BY m.id LIMIT $2", false },
	{ DB_MAIN, "address", 5,
	  "SELECT a.address, a.domain, a.mailbox, a.rank, a.sum FROM address a "
	  "WHERE a.address > $1 ORDER BY a.address LIMIT $2", true },
	{ DB_MAIN, "oof", OOF_COLUMNS_N,
	  "SELECT " OOF_COLUMNS " FROM oof o WHERE o.mailbox > $1 ORDER BY o.mailbox LIMIT $2", false },
	{ DB_MAIN, "contact", CONTACT_COLUMNS_N,
	  "SELECT " CONTACT_COLUMNS " FROM contact c WHERE c.seq > $1 ORDER BY c.seq LIMIT $2", false },
	{ DB_MAIN, "contact_source", CONTACT_SOURCE_COLUMNS_N,
	  "SELECT " CONTACT_SOURCE_COLUMNS " FROM contact_source s WHERE s.seq > $1 ORDER BY s.seq LIMIT $2", false },
	{ DB_MAIN, "person", PERSON_COLUMNS_N,
	  "SELECT " PERSON_COLUMNS " FROM person p WHERE p.mailbox > $1 ORDER BY p.mailbox LIMIT $2", false },
	{ DB_MAIN, "source_mark", MARK_COLUMNS_N,
	  "SELECT " MARK_COLUMNS " FROM source_mark k WHERE k.source > $1 ORDER BY k.source LIMIT $2", true },
	{ DB_MAIN, "publication", PUBLICATION_COLUMNS_N,
	  "SELECT " PUBLICATION_COLUMNS " FROM publication b WHERE b.mailbox > $1 ORDER BY b.mailbox LIMIT $2", false },
	{ DB_MAIN, "answered", ANSWERED_COLUMNS_N,
	  "SELECT " ANSWERED_COLUMNS " FROM answered w WHERE w.id > $1 ORDER BY w.id LIMIT $2", false },
	{ DB_MAIN, "outbox", OUTBOX_COLUMNS_N,
	  "SELECT " OUTBOX_COLUMNS " FROM outbox x WHERE x.id > $1 ORDER BY x.id LIMIT $2", false },
	{ DB_MAIN, "audit", AUDIT_COLUMNS_N,
	  "SELECT " AUDIT_COLUMNS " FROM audit u WHERE u.seq > $1 ORDER BY u.seq LIMIT $2", false },
	{ DB_PHOTO, "audit of photos", AUDIT_COLUMNS_N,
	  "SELECT " AUDIT_COLUMNS " FROM photo_audit u WHERE u.seq > $1 ORDER BY u.seq LIMIT $2", false },
	{ DB_PHOTO, "photo", PHOTO_COLUMNS_N,
	  "SELECT " PHOTO_COLUMNS " FROM photo p WHERE mailbox > $1 ORDER BY mailbox LIMIT $2", false },
	{ DB_PHOTO, "photo_variant", VARIANT_COLUMNS_N,
	  "SELECT " VARIANT_COLUMNS " FROM photo_variant v WHERE slot > $1 ORDER BY slot LIMIT $2", false },
	{ DB_PHOTO, "directory_photo", PHOTO_COLUMNS_N,
	  "SELECT " PHOTO_COLUMNS " FROM directory_photo p WHERE mailbox > $1 ORDER BY mailbox LIMIT $2", false },
	{ DB_PHOTO, "directory_photo_variant", VARIANT_COLUMNS_N,
	  "SELECT " VARIANT_COLUMNS " FROM directory_photo_variant v WHERE slot > $1 ORDER BY slot LIMIT $2", false },
	{ DB_PHOTO, "photo_state", PHOTO_STATE_COLUMNS_N,
	  "SELECT " PHOTO_STATE_COLUMNS " FROM photo_state s WHERE mailbox > $1 ORDER BY mailbox LIMIT $2", false },
	{ DB_PHOTO, "photo_write_back", WRITE_BACK_COLUMNS_N,
	  "SELECT " WRITE_BACK_COLUMNS " FROM photo_write_back w WHERE mailbox > $1 ORDER BY mailbox LIMIT $2", false },
	/* clang-format on */
};

static enum err
check_table(struct checking *c, const struct row_check *check)
{
	CLEANUP(arena_close_one) struct arena *key = arena_open(0);
	struct op keeper = { .arena = key };
	struct db_value args[] = { db_int(INT64_MIN), db_int(PAGE_ROWS) };
	struct db_rows rows = { .n = PAGE_ROWS };

	if (check->text_key)
		args[0] = db_text("");
	while (rows.n == PAGE_ROWS) {
		arena_reset(c->op->arena);
		TRY(db_run(c->db[check->part], c->op, check->sql, args,
			   COUNT(args), &rows));
		for (size_t i = 0; i < rows.n; i++)
			if (row_verify(c->op, check->table, db_row(&rows, i),
				       check->columns) != OK)
				tell(c, c->op->reason);
		if (rows.n == 0)
			break;
		arena_reset(key); /* the last key outlives the page */
		args[0] = *db_row(&rows, rows.n - 1);
		if (check->text_key)
			args[0].bytes = op_bytes(&keeper, args[0].bytes);
	}
	return OK;
}

/* ---- what belongs together ---- */

struct sense_check {
	enum db_part part;
	const char *what; /* of the number that the statement gives */
	const char *sql;  /* nothing in a sound store */
};

#define VARIANTS_MISSING(photo, variants)                                      \
	"SELECT p.mailbox FROM " photo " p WHERE "                             \
	"length(p.edges) - length(replace(p.edges, ',', '')) + 1 <> "          \
	"(SELECT count(*) FROM " variants " v "                                \
	"WHERE v.slot BETWEEN p.mailbox * 1024 "                               \
	"AND p.mailbox * 1024 + 1023 AND v.version = p.version) LIMIT 100"

#define VARIANTS_ALONE(photo, variants)                                        \
	"SELECT v.slot FROM " variants " v LEFT JOIN " photo " p "             \
	"ON p.mailbox = v.slot / 1024 AND p.version = v.version "              \
	"WHERE p.mailbox IS NULL LIMIT 100"

static const struct sense_check sense_checks[] = {
	/* clang-format off */
	{ DB_MAIN, "has no oof row: mailbox",
	  "SELECT m.id FROM mailbox m LEFT JOIN oof o ON o.mailbox = m.id "
	  "WHERE o.mailbox IS NULL LIMIT 100" },
	{ DB_MAIN, "is not reached by its own address: mailbox",
	  "SELECT m.id FROM mailbox m LEFT JOIN address a ON a.address = m.address "
	  "AND a.rank = 1 AND a.mailbox = m.id WHERE a.address IS NULL LIMIT 100" },
	{ DB_MAIN, "is not in the address book with its address: mailbox",
	  "SELECT a.mailbox FROM address a JOIN mailbox m ON m.id = a.mailbox "
	  "LEFT JOIN book b ON b.organization = m.organization "
	  "AND b.entry = a.address AND b.mailbox = m.id "
	  "WHERE b.mailbox IS NULL LIMIT 100" },
	{ DB_MAIN, "is in the address book of another organization: mailbox",
	  "SELECT b.mailbox FROM book b JOIN mailbox m ON m.id = b.mailbox "
	  "WHERE b.organization <> m.organization LIMIT 100" },
	{ DB_MAIN, "has keys of addresses that it has not: mailbox",
	  "SELECT v.mailbox FROM avatar v GROUP BY v.mailbox HAVING count(*) > 2 * "
	  "(SELECT count(*) FROM address a WHERE a.mailbox = v.mailbox) LIMIT 100" },
	{ DB_MAIN, "has more than one primary address: mailbox",
	  "SELECT mailbox FROM address WHERE rank = 1 GROUP BY mailbox HAVING count(*) > 1 LIMIT 100" },
	{ DB_MAIN, "has an address of another organization: mailbox",
	  "SELECT a.mailbox FROM address a JOIN domain d ON d.name = a.domain "
	  "JOIN mailbox m ON m.id = a.mailbox WHERE d.organization <> m.organization LIMIT 100" },
	{ DB_MAIN, "has an owner of another organization: mailbox",
	  "SELECT o.mailbox FROM owner o JOIN mailbox m ON m.id = o.mailbox "
	  "JOIN mailbox a ON a.id = o.account WHERE a.organization <> m.organization LIMIT 100" },
	{ DB_MAIN, "was given a number that is not used up: mailbox",
	  "SELECT m.id FROM mailbox m, store s WHERE m.id > s.mailboxes LIMIT 100" },
	{ DB_MAIN, "is gone, but contacts of it are kept: mailbox",
	  "SELECT s.mailbox FROM contact_source s LEFT JOIN mailbox m ON m.id = s.mailbox "
	  "WHERE m.id IS NULL AND s.mailbox <> 0 LIMIT 100" },
	{ DB_MAIN, "has a contact from the source of another: mailbox",
	  "SELECT c.mailbox FROM contact c JOIN contact_source s ON s.seq = c.source "
	  "WHERE c.mailbox <> s.mailbox LIMIT 100" },
	{ DB_MAIN, "has given aliases, but no source: mailbox",
	  "SELECT a.mailbox FROM address a LEFT JOIN person p ON p.mailbox = a.mailbox "
	  "WHERE a.rank = 3 AND p.mailbox IS NULL LIMIT 100" },
	{ DB_MAIN, "was never wanted as it is said to lie there: script of mailbox",
	  "SELECT mailbox FROM publication WHERE done > wanted OR done < 0 OR tries < 0 LIMIT 100" },
	{ DB_MAIN, "is settled and has a mail, or is not and has none: reply",
	  "SELECT w.id FROM answered w LEFT JOIN outbox x ON x.id = w.id "
	  "WHERE (w.state < 3) <> (x.id IS NOT NULL) LIMIT 100" },
	{ DB_MAIN, "is another mailbox's than its mail: reply",
	  "SELECT w.id FROM answered w JOIN outbox x ON x.id = w.id WHERE w.mailbox <> x.mailbox LIMIT 100" },
	{ DB_MAIN, "has a number that is to come: reply",
	  "SELECT id FROM answered WHERE id > (SELECT max(seq) FROM change) LIMIT 100" },
	{ DB_MAIN, "gaps in the change log:",
	  "SELECT max(seq) - min(seq) + 1 - count(*) FROM change "
	  "HAVING max(seq) - min(seq) + 1 <> count(*)" },
	{ DB_PHOTO, "gaps in the change log of pictures:",
	  "SELECT max(seq) - min(seq) + 1 - count(*) FROM photo_change "
	  "HAVING max(seq) - min(seq) + 1 <> count(*)" },
	{ DB_PHOTO, "does not have the variants that it names: picture of mailbox",
	  VARIANTS_MISSING("photo", "photo_variant") },
	{ DB_PHOTO, "has no picture that it belongs to: variant",
	  VARIANTS_ALONE("photo", "photo_variant") },
	{ DB_PHOTO, "does not have the variants that it names: directory's picture of mailbox",
	  VARIANTS_MISSING("directory_photo", "directory_photo_variant") },
	{ DB_PHOTO, "has no directory's picture that it belongs to: variant",
	  VARIANTS_ALONE("directory_photo", "directory_photo_variant") },
	{ DB_PHOTO, "is said to have a directory's picture and has none, or the reverse: mailbox",
	  "SELECT s.mailbox FROM photo_state s LEFT JOIN directory_photo p "
	  "ON p.mailbox = s.mailbox WHERE (s.found = 1) <> (p.mailbox IS NOT NULL) "
	  "UNION ALL SELECT p.mailbox FROM directory_photo p LEFT JOIN photo_state s "
	  "ON s.mailbox = p.mailbox WHERE s.mailbox IS NULL LIMIT 100" },
	/* clang-format on */
};

static enum err
check_sense(struct checking *c, const struct sense_check *check)
{
	struct db_rows rows;

	arena_reset(c->op->arena);
	TRY(db_run(c->db[check->part], c->op, check->sql, NULL, 0, &rows));
	for (size_t i = 0; i < rows.n; i++)
		tell(c, op_print(c->op, "%s %" PRId64, check->what,
				 db_row(&rows, i)->number));
	return OK;
}

/* Pictures without a mailbox are waste that will be reaped, no damage. */
static enum err
check_orphans(struct checking *c)
{
	static const char there[] = "SELECT id FROM mailbox WHERE id = $1";
	struct db_rows rows;
	int64_t id = 0;
	enum err err;

	arena_reset(c->op->arena);
	while ((err = photo_next(c->db[DB_PHOTO], c->op, id, &id)) == OK) {
		const struct db_value arg = db_int(id);

		TRY(db_run(c->db[DB_MAIN], c->op, there, &arg, 1, &rows));
		if (rows.n == 0 && c->told != NULL)
			c->told(c->arg,
				op_print(c->op,
					 "note: a picture of mailbox %" PRId64
					 ", which is gone, will be erased",
					 id));
		arena_reset(c->op->arena);
	}
	return err == ERR_NOT_FOUND ? OK : err;
}

/* What SQL cannot tell: is an address found by its digests? row: address,
 * mailbox. */
static enum err
check_avatar(struct checking *c, const struct db_value *row)
{
	const char *address = db_as_text(&row[0]);
	bool known;

	TRY(avatar_is_known(c->db[DB_MAIN], c->op, row[1].number, address,
			    &known));
	if (!known)
		tell(c, op_print(c->op, "is not found by its digests: %s",
				 address));
	return OK;
}

static enum err
check_avatars(struct checking *c)
{
	static const char page[] =
		"SELECT address, mailbox FROM address "
		"WHERE address > $1 ORDER BY address LIMIT $2";
	CLEANUP(arena_close_one) struct arena *key = arena_open(0);
	struct op keeper = { .arena = key };
	struct db_value args[] = { db_text(""), db_int(PAGE_ROWS) };
	struct db_rows rows = { .n = PAGE_ROWS };

	while (rows.n == PAGE_ROWS) {
		arena_reset(c->op->arena);
		TRY(db_run(c->db[DB_MAIN], c->op, page, args, COUNT(args),
			   &rows));
		for (size_t i = 0; i < rows.n; i++)
			TRY(check_avatar(c, db_row(&rows, i)));
		if (rows.n == 0)
			break;
		arena_reset(key); /* the last key outlives the page */
		args[0] = *db_row(&rows, rows.n - 1);
		args[0].bytes = op_bytes(&keeper, args[0].bytes);
	}
	return OK;
}

static enum err
check_rows(struct checking *c)
{
	for (size_t i = 0; i < COUNT(row_checks); i++)
		TRY(tell_damage(c, check_table(c, &row_checks[i])));
	for (size_t i = 0; i < COUNT(sense_checks); i++)
		TRY(tell_damage(c, check_sense(c, &sense_checks[i])));
	TRY(tell_damage(c, check_avatars(c)));
	return tell_damage(c, check_orphans(c));
}

/* ---- each page ---- */

static enum err
check_pragma(struct checking *c, struct db *db, const char *sql,
	     const char *what)
{
	struct db_rows rows;

	arena_reset(c->op->arena);
	TRY(db_run(db, c->op, sql, NULL, 0, &rows));
	for (size_t i = 0; i < rows.n; i++) {
		const char *text = db_as_text(db_row(&rows, i));

		if (text == NULL || strcmp(text, "ok") != 0)
			tell(c, op_print(c->op, "%s: %s", what,
					 text == NULL ? "a row" : text));
	}
	return OK;
}

static enum err
check_file(struct checking *c, struct db *db)
{
	static const char pages[] = "PRAGMA main.integrity_check";
	static const char keys[] = "PRAGMA main.foreign_key_check";

	TRY(tell_damage(c, check_pragma(c, db, pages, "integrity")));
	return tell_damage(c, check_pragma(c, db, keys, "broken reference"));
}

/* ---- all of it ---- */

enum err
check_all(struct db *const db[DB_PARTS], struct op *op, bool rows,
	  store_finding *told, void *arg)
{
	CLEANUP(arena_close_one) struct arena *arena = arena_open(ARENA_KEEP);
	struct op own = *op;
	struct checking c = { .db = db, .op = &own, .told = told, .arg = arg };
	enum err err = OK;

	own.arena = arena;
	own.reason = NULL;
	for (size_t i = 0; err == OK && i < DB_PARTS; i++)
		if (i == 0 || db[i] != db[0])
			err = check_file(&c, db[i]);
	if (err == OK && rows)
		err = check_rows(&c);
	if (err != OK)
		return FAIL(op, err, "%s",
			    own.reason == NULL ? "check failed" : own.reason);
	if (c.found > 0)
		return FAIL(op, ERR_INTERNAL, "damaged: %zu findings", c.found);
	return OK;
}

/* With connections of its own, which see the files and no cache. */
enum err
store_check(struct store *s, struct op *op, store_finding *told, void *arg)
{
	CLEANUP(files_close) struct files files = { { NULL } };

	for (size_t i = 0; i < DB_PARTS; i++) {
		const struct db_options options = {
			.path = s->path[i],
			.cache_kib = CHECK_CACHE_KIB,
		};

		TRY(db_open(op, &options, &files.db[i]));
	}
	return check_all(files.db, op, true, told, arg);
}
