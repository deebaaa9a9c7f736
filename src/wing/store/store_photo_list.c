/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures in the order of their mailboxes. */
#include "wing/store/photo_row.h"

/* ---- pages ---- */

/* Rows of PHOTO_STATE_COLUMNS and of PHOTO_COLUMNS of both layers, behind the
 * mailbox that each is of. */
#define LISTED                                                                 \
	PHOTO_STATE_COLUMNS                                                    \
	", " PHOTO_COLUMNS_OF("p") ", " PHOTO_COLUMNS_OF("d")
#define LISTED_JOINS                                                           \
	"LEFT JOIN photo_state s ON s.mailbox = k.mailbox "                    \
	"LEFT JOIN directory_photo d ON d.mailbox = k.mailbox "

static const char uploaded[] =
	"SELECT k.mailbox, " LISTED " FROM photo k " LISTED_JOINS
	"JOIN photo p ON p.mailbox = k.mailbox "
	"WHERE k.mailbox > $1 ORDER BY k.mailbox LIMIT $2";

static const char all[] =
	"SELECT k.mailbox, " LISTED " FROM "
	"(SELECT mailbox FROM photo WHERE mailbox > $1 "
	"UNION SELECT mailbox FROM directory_photo WHERE mailbox > $1 "
	"UNION SELECT mailbox FROM photo_state "
	"WHERE mailbox > $1 AND hidden = 1 ORDER BY 1 LIMIT $2) k "
	"LEFT JOIN photo p ON p.mailbox = k.mailbox " LISTED_JOINS
	"ORDER BY k.mailbox";

static enum err
page_read(struct store *s, struct op *op, const char *sql, int64_t after,
	  struct db_value limit, struct db_rows *out)
{
	const struct db_value args[] = { db_int(after), limit };
	struct reader *r;

	TRY(reader_get(s->readers, op, DB_PHOTO, &r));
	return db_run(r->db[DB_PHOTO], op, sql, args, COUNT(args), out);
}

/* ERR_NOT_FOUND: the mailbox is gone, and its picture is still to be reaped. */
static enum err
item_of_row(struct store *s, struct op *op, const struct db_value *row,
	    struct photo_item *out)
{
	const struct db_value *state = row + 1;
	const struct db_value *photo = state + PHOTO_STATE_COLUMNS_N;
	struct photo_state known;

	TRY(photo_state_of_row(op, state[0].type == DB_NULL ? NULL : state,
			       &known));
	*out = (struct photo_item){ .hidden = known.hidden };
	for (unsigned layer = PHOTO_UPLOADED; layer <= PHOTO_OF_DIRECTORY;
	     layer++, photo += PHOTO_COLUMNS_N) {
		if (photo[0].type == DB_NULL)
			continue;
		TRY(row_verify(op, "photo", photo, PHOTO_COLUMNS_N));
		out->layer = layer;
		out->changed = photo[2].number;
		out->width = (unsigned)photo[3].number;
		out->height = (unsigned)photo[4].number;
		out->bytes = (uint64_t)photo[7].number;
		break;
	}
	return store_mailbox_get(s, op, row[0].number, &out->mailbox);
}

static enum err
list(struct store *s, struct op *op, const char *sql, int64_t after,
     size_t most, struct photo_list *out)
{
	struct photo_item *item;
	struct db_rows rows = { .n = 1 };
	size_t n = 0;

	if (most > STORE_LIST_MAX)
		most = STORE_LIST_MAX;
	item = op_alloc(op, most * sizeof(*item));
	while (n < most && rows.n > 0) {
		TRY(page_read(s, op, sql, after, list_limit(most - n), &rows));
		for (size_t i = 0; i < rows.n; i++) {
			const struct db_value *row = db_row(&rows, i);
			enum err err = item_of_row(s, op, row, &item[n]);

			if (err != OK && err != ERR_NOT_FOUND)
				return err;
			n += err == OK;
			after = row[0].number;
		}
	}
	*out = (struct photo_list){ n, item };
	return OK;
}

enum err
store_photo_list(struct store *s, struct op *op, int64_t after, size_t most,
		 struct photo_list *out)
{
	return list(s, op, uploaded, after, most, out);
}

enum err
store_photo_list_all(struct store *s, struct op *op, int64_t after, size_t most,
		     struct photo_list *out)
{
	return list(s, op, all, after, most, out);
}

/* ---- whatever there is ---- */

enum err
photo_next(struct db *db, struct op *op, int64_t after, int64_t *out)
{
	static const char sql[] =
		"SELECT min(mailbox) FROM ("
		"SELECT min(mailbox) AS mailbox FROM photo WHERE mailbox > $1 "
		"UNION ALL SELECT min(mailbox) FROM directory_photo "
		"WHERE mailbox > $1 "
		"UNION ALL SELECT min(mailbox) FROM photo_state "
		"WHERE mailbox > $1 "
		"UNION ALL SELECT min(mailbox) FROM photo_write_back "
		"WHERE mailbox > $1)";
	const struct db_value arg = db_int(after);
	struct db_rows rows;

	TRY(db_run(db, op, sql, &arg, 1, &rows));
	*out = rows.value[0].number;
	return rows.value[0].type == DB_INT ? OK : ERR_NOT_FOUND;
}
