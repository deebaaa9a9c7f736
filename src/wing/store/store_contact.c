/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contacts, and the places that they come from.
 */
#include "wing/store/contact.h"
#include "wing/store/publication.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

static void
source_to_row(const struct contact_source *in,
	      struct db_value out[CONTACT_SOURCE_COLUMNS_N])
{
	size_t n = 0;

	out[n++] = db_int(in->seq);
	out[n++] = db_int(in->mailbox);
	out[n++] = db_text(in->origin);
	out[n++] = db_text(in->place);
	out[n++] = db_text(in->token);
	out[n++] = db_int(in->changed);
	out[n++] = db_int(in->tried);
	out[n++] = db_int(in->failures);
	out[n++] = db_text(in->reason);
	out[n] = db_int(row_sum(out, n));
}

/* ---- a place ---- */

static enum err
source_write(struct db *db, struct op *op, struct contact_source *in)
{
	static const char next[] =
		"SELECT coalesce(max(seq), 0) + 1 FROM contact_source";
	static const char create[] =
		"INSERT INTO contact_source VALUES "
		"($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
	static const char change[] =
		"UPDATE contact_source SET mailbox = $2, origin = $3, "
		"place = $4, token = $5, changed = $6, tried = $7, "
		"failures = $8, reason = $9, sum = $10 WHERE seq = $1";
	struct db_value row[CONTACT_SOURCE_COLUMNS_N];
	bool is_new = in->seq == 0;
	struct db_rows rows;

	if (is_new) {
		TRY(db_run(db, op, next, NULL, 0, &rows));
		in->seq = rows.value[0].number;
	}
	source_to_row(in, row);
	return db_run(db, op, is_new ? create : change, row, COUNT(row), &rows);
}

static enum err
mailbox_check(struct db *db, struct op *op, int64_t mailbox)
{
	static const char sql[] = "SELECT 1 FROM mailbox WHERE id = $1";
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;

	if (mailbox == CONTACT_SHARED)
		return OK;
	TRY(db_run(db, op, sql, &id, 1, &rows));
	if (rows.n == 1)
		return OK;
	return FAIL(op, ERR_NOT_FOUND, "no mailbox %" PRId64, mailbox);
}

/* ---- put ---- */

struct putting {
	const struct contact_change *in;
	struct contact_done *out;
	struct contact_source source;
	int64_t next; /* number of a row */
};

static enum err
next_number(struct db *db, struct op *op, int64_t *out)
{
	static const char sql[] =
		"SELECT coalesce(max(seq), 0) + 1 FROM contact";
	struct db_rows rows;

	TRY(db_run(db, op, sql, NULL, 0, &rows));
	*out = rows.value[0].number;
	return OK;
}

static enum err
card_read(struct db *db, struct op *op, int64_t source, const char *card,
	  struct db_rows *out)
{
	static const char sql[] =
		"SELECT " CONTACT_COLUMNS " FROM contact c "
		"WHERE c.source = $1 AND c.card = $2 ORDER BY c.seq";
	const struct db_value args[] = { db_int(source), db_text(card) };

	return db_run(db, op, sql, args, COUNT(args), out);
}

static enum err
card_erase(struct db *db, struct op *op, int64_t source, const char *card,
	   bool *was)
{
	static const char sql[] =
		"DELETE FROM contact WHERE source = $1 AND card = $2";
	const struct db_value args[] = { db_int(source), db_text(card) };
	struct db_rows rows;

	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	*was = rows.changed > 0;
	return OK;
}

static const char *
name_of(struct op *op, const struct contact_card *card)
{
	return text_head(op, card->name, CONTACT_NAME_MAX);
}

/* Is this what is stored of it already? */
static bool
card_is(struct op *op, const struct db_rows *rows,
	const struct contact_card *card)
{
	const char *name = name_of(op, card);

	if (rows->n != (card->n == 0 ? 1 : card->n))
		return false;
	for (size_t i = 0; i < rows->n; i++) {
		const struct db_value *row = db_row(rows, i);
		const char *address = card->n == 0 ? "" : card->address[i];

		if (row_verify(op, "contact", row, CONTACT_COLUMNS_N) != OK ||
		    strcmp(db_as_text(&row[4]), card->tag) != 0 ||
		    strcmp(db_as_text(&row[5]), address) != 0 ||
		    strcmp(db_as_text(&row[6]), name) != 0)
			return false;
	}
	return true;
}

static enum err
address_write(struct db *db, struct op *op, struct putting *p,
	      const struct contact_card *card, const char *address)
{
	static const char sql[] = "INSERT INTO contact VALUES "
				  "($1, $2, $3, $4, $5, $6, $7, $8)";
	struct db_value row[CONTACT_COLUMNS_N];
	struct db_rows rows;
	size_t n = 0;

	row[n++] = db_int(p->next++);
	row[n++] = db_int(p->source.seq);
	row[n++] = db_int(p->in->mailbox);
	row[n++] = db_text(card->card);
	row[n++] = db_text(card->tag);
	row[n++] = db_text(address);
	row[n++] = db_text(name_of(op, card));
	row[n] = db_int(row_sum(row, n));
	return db_run(db, op, sql, row, COUNT(row), &rows);
}

static enum err
card_write(struct db *db, struct op *op, struct putting *p,
	   const struct contact_card *card)
{
	struct db_rows rows;
	bool was;

	TRY(card_read(db, op, p->source.seq, card->card, &rows));
	if (card_is(op, &rows, card))
		return OK;
	TRY(card_erase(db, op, p->source.seq, card->card, &was));
	if (card->n == 0)
		TRY(address_write(db, op, p, card, ""));
	for (size_t i = 0; i < card->n; i++)
		TRY(address_write(db, op, p, card, card->address[i]));
	*(was ? &p->out->changed : &p->out->added) += 1;
	return OK;
}

static int
text_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Those that the change does not name. */
static enum err
others_erase(struct db *db, struct op *op, struct putting *p)
{
	const struct contact_change *in = p->in;
	const char **named = op_alloc(op, (in->n + 1) * sizeof(*named));
	struct db_rows rows;
	bool was;

	for (size_t i = 0; i < in->n; i++)
		named[i] = in->card[i].card;
	qsort(named, in->n, sizeof(*named), text_order);
	TRY(contact_cards_read(db, op, p->source.seq, &rows));
	for (size_t i = 0; i < rows.n; i++) {
		const char *card = db_as_text(db_row(&rows, i));

		if (bsearch(&card, named, in->n, sizeof(*named), text_order))
			continue;
		TRY(card_erase(db, op, p->source.seq, card, &was));
		p->out->removed += was;
	}
	return OK;
}

/* How many there are now, and whether these are too many. */
static enum err
amount_check(struct db *db, struct op *op, struct putting *p)
{
	static const char here[] = "SELECT count(*) FROM contact "
				   "WHERE source = $1 AND address <> ''";
	static const char all[] =
		"SELECT count(*) FROM contact WHERE mailbox = $1";
	const struct db_value source = db_int(p->source.seq);
	const struct db_value mailbox = db_int(p->in->mailbox);
	struct db_rows rows;

	TRY(db_run(db, op, here, &source, 1, &rows));
	p->out->addresses = (size_t)rows.value[0].number;
	if (p->in->mailbox != CONTACT_SHARED)
		TRY(db_run(db, op, all, &mailbox, 1, &rows));
	if (rows.value[0].number > CONTACTS_MAX)
		return FAIL(op, ERR_LIMIT,
			    "%" PRId64 " contacts, with those of other "
			    "origins; a mailbox may have %d",
			    rows.value[0].number, CONTACTS_MAX);
	return OK;
}

/* The place, which it may be the first to name. */
static enum err
place_write(struct db *db, struct op *op, struct putting *p)
{
	const struct contact_source key = { .mailbox = p->in->mailbox,
					    .origin = p->in->origin,
					    .place = p->in->place };

	TRY(mailbox_check(db, op, key.mailbox));
	TRY(contact_source_read(db, op, &key, &p->source));
	p->source.token = p->in->token;
	p->source.changed = op->now;
	p->source.tried = op->now;
	p->source.failures = 0;
	p->source.reason = "";
	return source_write(db, op, &p->source);
}

static enum err
cards_write(struct db *db, struct op *op, struct putting *p)
{
	const struct contact_change *in = p->in;
	bool was;

	TRY(next_number(db, op, &p->next));
	if (in->all)
		TRY(others_erase(db, op, p));
	for (size_t i = 0; i < in->gone_n; i++) {
		TRY(card_erase(db, op, p->source.seq, in->gone[i], &was));
		p->out->removed += was;
	}
	for (size_t i = 0; i < in->n; i++)
		TRY(card_write(db, op, p, &in->card[i]));
	return amount_check(db, op, p);
}

static enum err
put_job(struct db *db, struct op *op, void *arg)
{
	struct putting *p = arg;
	int64_t mailbox = p->in->mailbox;

	*p->out = (struct contact_done){ 0 };
	TRY(place_write(db, op, p));
	TRY(cards_write(db, op, p));
	if (p->out->added + p->out->changed + p->out->removed > 0)
		TRY(publication_want_known(db, op, mailbox));
	if (mailbox != CONTACT_SHARED)
		TRY(audit_add_of(db, op, AUDIT_CONTACTS_SET, mailbox,
				 p->in->origin));
	return change_add(db, op, CHANGE_CONTACT, mailbox, 0, "");
}

static enum err
text_check(struct op *op, const char *what, const char *text, size_t most)
{
	if (strlen(text) <= most)
		return OK;
	return FAIL(op, ERR_LIMIT, "%s has %zu bytes; it may have %zu", what,
		    strlen(text), most);
}

static enum err
card_check(struct op *op, const struct contact_card *card)
{
	TRY(text_check(op, "the name of a card", card->card, CONTACT_TEXT_MAX));
	TRY(text_check(op, "the tag of a card", card->tag, CONTACT_TEXT_MAX));
	if (card->n > CONTACT_ADDRESSES_MAX)
		return FAIL(op, ERR_LIMIT,
			    "a contact has %zu addresses; it may have %d",
			    card->n, CONTACT_ADDRESSES_MAX);
	for (size_t i = 0; i < card->n; i++)
		TRY(text_check(op, "an address", card->address[i],
			       ADDRESS_MAX));
	return OK;
}

enum err
store_contact_put(struct store *s, struct op *op,
		  const struct contact_change *in, struct contact_done *out)
{
	struct putting p = { .in = in, .out = out };

	TRY(text_check(op, "an origin", in->origin, CONTACT_ORIGIN_MAX));
	TRY(text_check(op, "a place", in->place, CONTACT_TEXT_MAX));
	TRY(text_check(op, "a token", in->token, CONTACT_TEXT_MAX));
	if (in->n > CONTACTS_MAX)
		return FAIL(op, ERR_LIMIT,
			    "%zu contacts; a mailbox may have %d", in->n,
			    CONTACTS_MAX);
	for (size_t i = 0; i < in->n; i++)
		TRY(card_check(op, &in->card[i]));
	return writer_run(s->writer, op, DB_MAIN, put_job, &p);
}

/* ---- note ---- */

struct noting {
	int64_t mailbox;
	const char *origin, *reason;
};

/* Nobody's caches and no audit care. But the mark does (mark.h): each commit
 * has a row in the log. */
static enum err
note_job(struct db *db, struct op *op, void *arg)
{
	const struct noting *in = arg;
	const struct contact_source key = { .mailbox = in->mailbox,
					    .origin = in->origin,
					    .place = "" };
	struct contact_source source;

	TRY(mailbox_check(db, op, in->mailbox));
	TRY(contact_source_read(db, op, &key, &source));
	source.tried = op->now;
	source.reason = in->reason == NULL ? "" : in->reason;
	source.failures = in->reason == NULL ? 0 : source.failures + 1;
	if (in->reason == NULL)
		source.changed = op->now;
	TRY(source_write(db, op, &source));
	return change_add(db, op, CHANGE_CONTACT, in->mailbox, 0, "");
}

enum err
store_contact_note(struct store *s, struct op *op, int64_t mailbox,
		   const char *origin, const char *reason)
{
	struct noting in = { mailbox, origin, reason };

	TRY(text_check(op, "an origin", origin, CONTACT_ORIGIN_MAX));
	if (reason != NULL)
		in.reason = text_head(op, reason, CONTACT_TEXT_MAX);
	return writer_run(s->writer, op, DB_MAIN, note_job, &in);
}

/* ---- clear ---- */

struct clearing {
	int64_t mailbox;
	const char *origin, *place; /* NULL: of all */
	size_t addresses;
};

static enum err
source_erase(struct db *db, struct op *op, int64_t source, size_t *addresses)
{
	static const char count[] = "SELECT count(*) FROM contact "
				    "WHERE source = $1 AND address <> ''";
	static const char contacts[] = "DELETE FROM contact WHERE source = $1";
	static const char place[] = "DELETE FROM contact_source WHERE seq = $1";
	const struct db_value seq = db_int(source);
	struct db_rows rows;

	TRY(db_run(db, op, count, &seq, 1, &rows));
	*addresses += (size_t)rows.value[0].number;
	TRY(db_run(db, op, contacts, &seq, 1, &rows));
	return db_run(db, op, place, &seq, 1, &rows);
}

static enum err
clear_rows(struct db *db, struct op *op, struct clearing *c, size_t *sources)
{
	static const char sql[] =
		"SELECT seq FROM contact_source WHERE mailbox = $1 "
		"AND ($2 IS NULL OR origin = $2) "
		"AND ($3 IS NULL OR place = $3)";
	const struct db_value args[] = { db_int(c->mailbox), db_text(c->origin),
					 db_text(c->place) };
	struct db_rows rows;

	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	c->addresses = 0;
	for (size_t i = 0; i < rows.n; i++)
		TRY(source_erase(db, op, db_row(&rows, i)->number,
				 &c->addresses));
	*sources = rows.n;
	return OK;
}

static enum err
clear_job(struct db *db, struct op *op, void *arg)
{
	struct clearing *c = arg;
	size_t sources;

	TRY(clear_rows(db, op, c, &sources));
	if (sources == 0)
		return OK;
	TRY(publication_want_known(db, op, c->mailbox));
	if (c->mailbox != CONTACT_SHARED)
		TRY(audit_add_of(db, op, AUDIT_CONTACTS_CLEAR, c->mailbox,
				 c->origin));
	return change_add(db, op, CHANGE_CONTACT, c->mailbox, 0, "");
}

enum err
store_contact_clear(struct store *s, struct op *op, int64_t mailbox,
		    const char *origin, const char *place, size_t *n)
{
	struct clearing c = { mailbox, origin, place, 0 };

	TRY(writer_run(s->writer, op, DB_MAIN, clear_job, &c));
	*n = c.addresses;
	return OK;
}

enum err
contact_erase(struct db *db, struct op *op, int64_t mailbox)
{
	struct clearing c = { mailbox, NULL, NULL, 0 };
	size_t sources;

	return clear_rows(db, op, &c, &sources);
}
