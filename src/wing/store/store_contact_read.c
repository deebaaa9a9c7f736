/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contacts and their places, as they are found and listed.
 */
#include "wing/store/contact.h"

#include <inttypes.h>
#include <string.h>

/* ---- on any connection ---- */

enum err
contact_source_of_row(struct op *op, const struct db_value *row,
		      struct contact_source *out)
{
	TRY(row_verify(op, "contact_source", row, CONTACT_SOURCE_COLUMNS_N));
	*out = (struct contact_source){
		.seq = row[0].number,
		.mailbox = row[1].number,
		.origin = db_as_text(&row[2]),
		.place = db_as_text(&row[3]),
		.token = db_as_text(&row[4]),
		.changed = row[5].number,
		.tried = row[6].number,
		.failures = (unsigned)row[7].number,
		.reason = db_as_text(&row[8]),
	};
	return OK;
}

enum err
contact_source_read(struct db *db, struct op *op,
		    const struct contact_source *of, struct contact_source *out)
{
	static const char sql[] =
		"SELECT " CONTACT_SOURCE_COLUMNS " FROM contact_source s "
		"WHERE s.mailbox = $1 AND s.origin = $2 AND s.place = $3";
	const struct db_value args[] = { db_int(of->mailbox),
					 db_text(of->origin),
					 db_text(of->place) };
	struct db_rows rows;

	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	if (rows.n == 1)
		return contact_source_of_row(op, rows.value, out);
	*out = (struct contact_source){ .mailbox = of->mailbox,
					.origin = of->origin,
					.place = of->place,
					.token = "",
					.reason = "" };
	return OK;
}

enum err
contact_cards_read(struct db *db, struct op *op, int64_t source,
		   struct db_rows *out)
{
	static const char sql[] =
		"SELECT DISTINCT c.card, c.tag, c.name FROM contact c "
		"WHERE c.source = $1 ORDER BY c.card";
	const struct db_value arg = db_int(source);

	return db_run(db, op, sql, &arg, 1, out);
}

static enum err
source_list_of_rows(struct op *op, const struct db_rows *rows,
		    struct contact_source_list *out)
{
	struct contact_source *list = op_alloc(op, rows->n * sizeof(*list));

	for (size_t i = 0; i < rows->n; i++)
		TRY(contact_source_of_row(op, db_row(rows, i), &list[i]));
	*out = (struct contact_source_list){ rows->n, list };
	return OK;
}

/* ---- for all ---- */

enum err
store_contact_find(struct store *s, struct op *op, int64_t mailbox,
		   const char *origin, const char *address)
{
	static const char any[] =
		"SELECT " CONTACT_COLUMNS " FROM contact c "
		"WHERE c.mailbox = $1 AND c.address = $2 LIMIT 1";
	static const char one[] =
		"SELECT " CONTACT_COLUMNS " FROM contact c "
		"JOIN contact_source s ON s.seq = c.source "
		"WHERE c.mailbox = $1 AND c.address = $2 AND s.origin = $3 "
		"LIMIT 1";
	const struct db_value args[] = { db_int(mailbox), db_text(address),
					 db_text(origin) };
	struct reader *r;
	struct db_rows rows = { 0 };

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	if (address[0] != '\0') /* '' is no address: see the table */
		TRY(db_run(r->db[DB_MAIN], op, origin == NULL ? any : one, args,
			   COUNT(args), &rows));
	if (address[0] == '\0' || rows.n == 0)
		return FAIL(op, ERR_NOT_FOUND, "%s is no contact of %" PRId64,
			    address, mailbox);
	return row_verify(op, "contact", rows.value, CONTACT_COLUMNS_N);
}

enum err
store_contact_list(struct store *s, struct op *op, int64_t mailbox,
		   struct contact_search *search, size_t most,
		   struct contact_list *out)
{
	static const char sql[] =
		"SELECT " CONTACT_COLUMNS ", " CONTACT_SOURCE_COLUMNS
		" FROM contact c JOIN contact_source s ON s.seq = c.source "
		"WHERE c.mailbox = $1 AND c.address <> '' "
		"AND (c.address, c.seq) > ($2, $3) "
		"ORDER BY c.address, c.seq LIMIT $4";
	const struct db_value args[] = { db_int(mailbox),
					 db_text(search->address),
					 db_int(search->seq),
					 list_limit(most) };
	struct contact *list;
	struct reader *r;
	struct db_rows rows;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, args, COUNT(args), &rows));
	list = op_alloc(op, rows.n * sizeof(*list));
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_value *row = db_row(&rows, i);
		struct contact_source source;

		TRY(row_verify(op, "contact", row, CONTACT_COLUMNS_N));
		TRY(contact_source_of_row(op, row + CONTACT_COLUMNS_N,
					  &source));
		list[i].address = db_as_text(&row[5]);
		list[i].name = db_as_text(&row[6]);
		list[i].origin = source.origin;
		search->seq = row[0].number;
	}
	if (rows.n > 0) {
		const char *last = list[rows.n - 1].address;

		memcpy(search->address, last, strlen(last) + 1);
	}
	*out = (struct contact_list){ rows.n, list };
	return OK;
}

enum err
store_contact_cards(struct store *s, struct op *op, int64_t mailbox,
		    const char *origin, const char *place,
		    struct contact_card_list *out)
{
	const struct contact_source key = { .mailbox = mailbox,
					    .origin = origin,
					    .place = place };
	struct contact_source source;
	struct contact_card *list;
	struct reader *r;
	struct db_rows rows;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(contact_source_read(r->db[DB_MAIN], op, &key, &source));
	TRY(contact_cards_read(r->db[DB_MAIN], op, source.seq, &rows));
	list = op_alloc(op, rows.n * sizeof(*list));
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_value *row = db_row(&rows, i);

		list[i].card = db_as_text(&row[0]);
		list[i].tag = db_as_text(&row[1]);
		list[i].name = db_as_text(&row[2]);
	}
	*out = (struct contact_card_list){ rows.n, list };
	return OK;
}

enum err
store_contact_sources(struct store *s, struct op *op, int64_t mailbox,
		      struct contact_source_list *out)
{
	static const char sql[] =
		"SELECT " CONTACT_SOURCE_COLUMNS " FROM contact_source s "
		"WHERE s.mailbox = $1 ORDER BY s.origin, s.place";
	const struct db_value arg = db_int(mailbox);
	struct reader *r;
	struct db_rows rows;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, &arg, 1, &rows));
	return source_list_of_rows(op, &rows, out);
}

enum err
store_contact_source_list(struct store *s, struct op *op, int64_t after,
			  size_t most, struct contact_source_list *out)
{
	static const char sql[] =
		"SELECT " CONTACT_SOURCE_COLUMNS " FROM contact_source s "
		"WHERE s.seq > $1 ORDER BY s.seq LIMIT $2";
	const struct db_value args[] = { db_int(after), list_limit(most) };
	struct reader *r;
	struct db_rows rows;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, args, COUNT(args), &rows));
	return source_list_of_rows(op, &rows, out);
}
