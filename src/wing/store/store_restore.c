/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole rows, as they go into an export and come out of it again: with the
 * times and the sums that they had elsewhere.
 */
#include "wing/store/photo_row.h"

#include <inttypes.h>
#include <string.h>

/* ---- pictures ---- */

/* Facts and variants in one statement: all of one picture. */
static enum err
photo_rows(struct store *s, struct op *op, int64_t mailbox, struct db_rows *out)
{
	static const char sql[] =
		"SELECT " PHOTO_COLUMNS ", " VARIANT_COLUMNS " FROM photo p "
		"JOIN photo_variant v ON v.slot "
		"BETWEEN $1 * 1024 AND $1 * 1024 + 1023 "
		"WHERE p.mailbox = $1 ORDER BY v.slot";
	const struct db_value id = db_int(mailbox);
	struct reader *r;

	TRY(reader_get(s->readers, op, DB_PHOTO, &r));
	TRY(db_run(r->db[DB_PHOTO], op, sql, &id, 1, out));
	if (out->n == 0)
		return FAIL(op, ERR_NOT_FOUND, "no picture of %" PRId64,
			    mailbox);
	return OK;
}

enum err
store_photo_all(struct store *s, struct op *op, int64_t mailbox,
		struct photo_set *out, int64_t *changed)
{
	struct photo_facts facts;
	struct db_rows rows;

	TRY(photo_rows(s, op, mailbox, &rows));
	TRY(photo_facts_of_row(op, rows.value, &facts));
	*out = (struct photo_set){ .width = (unsigned)rows.value[3].number,
				   .height = (unsigned)rows.value[4].number,
				   .n = rows.n };
	*changed = facts.changed;
	memcpy(out->source, facts.source, sizeof(out->source));
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_value *v = db_row(&rows, i) + PHOTO_COLUMNS_N;

		TRY(row_verify(op, "photo_variant", v, VARIANT_COLUMNS_N));
		if (rows.n != facts.n || v[1].number != facts.version ||
		    v[0].number != mailbox * SLOT_EDGES + facts.edge[i])
			return FAIL(op, ERR_INTERNAL,
				    "damaged: photo of %" PRId64, mailbox);
		out->variant[i] =
			(struct photo_variant){ facts.edge[i], v[2].bytes };
	}
	return OK;
}

struct restoring {
	const struct mailbox *mailbox;
	const struct photo_set *in;
	int64_t changed;
};

/* The layer takes the time of its op for that of the picture; everything else
 * happens now. */
static enum err
photo_job(struct db *db, struct op *op, void *arg)
{
	const struct restoring *r = arg;
	int64_t id = r->mailbox->id, version;
	struct op then = *op;
	enum err err;

	then.now = r->changed;
	TRY(photo_version_next(db, op, id, &version));
	err = photo_layer_put(db, &then, LAYER_UPLOADED, id, version, r->in);
	if (err != OK)
		return FAIL(op, err, "%s", then.reason);
	TRY(write_back_copy(db, op, id, version, r->in->write_back));
	return photo_audit(db, op, AUDIT_PHOTO_SET, r->mailbox);
}

enum err
store_photo_restore(struct store *s, struct op *op, int64_t mailbox,
		    const struct photo_set *in, int64_t changed)
{
	struct restoring r = { .in = in, .changed = changed };

	TRY(op_wait(op, POOL_WRITE));
	TRY(photo_set_check(op, in));
	TRY(store_mailbox_get(s, op, mailbox, &r.mailbox));
	return writer_run(s->writer, op, DB_PHOTO, photo_job, &r);
}

/* ---- contacts ---- */

/* The cards of rows that are in their order, each with its addresses. */
static enum err
cards_of_rows(struct op *op, const struct db_rows *rows,
	      struct contact_card_list *out)
{
	const char **address = op_alloc(op, (rows->n + 1) * sizeof(*address));
	struct contact_card *card = op_alloc(op, (rows->n + 1) * sizeof(*card));
	size_t n = 0;

	for (size_t i = 0; i < rows->n; i++) {
		const struct db_value *row = db_row(rows, i);
		const char *name = db_as_text(&row[3]);
		const char *text = db_as_text(&row[5]);

		TRY(row_verify(op, "contact", row, CONTACT_COLUMNS_N));
		if (name == NULL || text == NULL)
			return FAIL(op, ERR_INTERNAL, "damaged: contact");
		if (n == 0 || strcmp(card[n - 1].card, name) != 0)
			card[n++] = (struct contact_card){
				.card = name,
				.tag = db_as_text(&row[4]),
				.name = db_as_text(&row[6]),
				.address = &address[i],
			};
		address[i] = text;
		if (*text != '\0') /* '' only keeps the tag */
			card[n - 1].n++;
	}
	*out = (struct contact_card_list){ n, card };
	return OK;
}

enum err
store_contact_all(struct store *s, struct op *op, int64_t mailbox,
		  const char *origin, const char *place,
		  struct contact_card_list *out)
{
	static const char sql[] =
		"SELECT " CONTACT_COLUMNS " FROM contact_source s "
		"JOIN contact c ON c.source = s.seq "
		"WHERE s.mailbox = $1 AND s.origin = $2 AND s.place = $3 "
		"ORDER BY c.card, c.address, c.seq";
	const struct db_value args[] = { db_int(mailbox), db_text(origin),
					 db_text(place) };
	struct reader *r;
	struct db_rows rows;

	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, args, COUNT(args), &rows));
	return cards_of_rows(op, &rows, out);
}
