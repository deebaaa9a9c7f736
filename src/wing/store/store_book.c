/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address book.
 */
#include "wing/store/book.h"

#include "base/fold.h"
#include "base/text.h"
#include "wing/store/address.h"

#include <string.h>

#define FILL_PAGE 500 /* mailboxes */
#define FILL_KEEP (64 * KIB)
#define LAST "\xf4\x8f\xbf\xbf" /* U+10FFFF, behind every letter */

/* ---- entries ---- */

static enum err
name_write(struct db *db, struct op *op, const struct mailbox *m)
{
	static const char sql[] = "INSERT INTO book VALUES ($1, $2, $3) "
				  "ON CONFLICT DO NOTHING";
	const char *entry = fold_name(op, m->name == NULL ? "" : m->name);

	for (size_t word = 0; word < BOOK_WORDS_MAX && *entry != '\0'; word++) {
		const struct db_value args[] = {
			db_int(m->organization),
			db_text(text_head(op, entry, BOOK_ENTRY_MAX)),
			db_int(m->id),
		};
		struct db_rows rows;

		TRY(db_run(db, op, sql, args, COUNT(args), &rows));
		entry += strcspn(entry, " ");
		entry += strspn(entry, " ");
	}
	return OK;
}

enum err
book_erase(struct db *db, struct op *op, int64_t mailbox)
{
	static const char sql[] = "DELETE FROM book WHERE mailbox = $1";
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;

	return db_run(db, op, sql, &id, 1, &rows);
}

enum err
book_forget(struct db *db, struct op *op, int64_t mailbox, const char *address)
{
	static const char sql[] =
		"DELETE FROM book WHERE mailbox = $1 AND entry = $2";
	const struct db_value args[] = { db_int(mailbox), db_text(address) };
	struct db_rows rows;

	return db_run(db, op, sql, args, COUNT(args), &rows);
}

enum err
book_write(struct db *db, struct op *op, const struct mailbox *m)
{
	static const char sql[] =
		"INSERT INTO book SELECT $1, address, mailbox FROM address "
		"WHERE mailbox = $2 ON CONFLICT DO NOTHING";
	const struct db_value args[] = { db_int(m->organization),
					 db_int(m->id) };
	struct db_rows rows;

	TRY(book_erase(db, op, m->id));
	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	return name_write(db, op, m);
}

/* ---- everybody's ---- */

static void
arena_close_one(struct arena **arena)
{
	arena_close(*arena);
}

/* The columns that were there when the book was made, and no others. */
static enum err
page_fill(struct db *db, struct op *op, int64_t *after, size_t *n)
{
	static const char sql[] = "SELECT id, organization, name FROM mailbox "
				  "WHERE id > $1 ORDER BY id LIMIT $2";
	const struct db_value args[] = { db_int(*after), db_int(FILL_PAGE) };
	struct db_rows rows;

	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_value *row = db_row(&rows, i);
		const struct mailbox m = { .id = row[0].number,
					   .organization = row[1].number,
					   .name = db_as_text(&row[2]) };

		TRY(book_write(db, op, &m));
		*after = m.id;
	}
	*n = rows.n;
	return OK;
}

enum err
book_fill(struct db *db, struct op *op)
{
	CLEANUP(arena_close_one) struct arena *arena = arena_open(FILL_KEEP);
	struct op page = *op;
	int64_t after = 0;
	size_t n = FILL_PAGE;

	page.arena = arena;
	while (n == FILL_PAGE) {
		enum err err = page_fill(db, &page, &after, &n);

		if (err != OK)
			return FAIL(op, err, "%s", page.reason);
		arena_reset(arena);
	}
	return OK;
}

/* ---- looking somebody up ---- */

enum err
store_book_find(struct store *s, struct op *op, int64_t organization,
		const char *start, size_t most, struct mailbox_list *out)
{
	static const char sql[] =
		"SELECT " MAILBOX_COLUMNS " FROM mailbox m WHERE m.id IN ("
		"SELECT mailbox FROM (SELECT DISTINCT mailbox FROM book "
		"WHERE organization = $1 AND entry >= $2 AND entry < $3 "
		"ORDER BY entry LIMIT $6) UNION "
		"SELECT mailbox FROM (SELECT DISTINCT mailbox FROM book "
		"WHERE organization = $1 AND entry >= $4 AND entry < $5 "
		"ORDER BY entry LIMIT $6)) ORDER BY m.address LIMIT $6";
	const char *address = text_fold(op, start);
	const char *name = fold_name(op, start);
	struct reader *r;
	struct db_rows rows;

	*out = (struct mailbox_list){ 0 };
	if (*address == '\0')
		return OK;
	{
		/* A start without a letter is no part of a name. */
		const char *behind = *name == '\0' ? "" : LAST;
		const struct db_value args[] = {
			db_int(organization),
			db_text(address),
			db_text(op_print(op, "%s" LAST, address)),
			db_text(name),
			db_text(op_print(op, "%s%s", name, behind)),
			list_limit(most),
		};

		TRY(reader_get(s->readers, op, DB_MAIN, &r));
		TRY(db_run(r->db[DB_MAIN], op, sql, args, COUNT(args), &rows));
	}
	return mailbox_list_of_rows(op, &rows, out);
}
