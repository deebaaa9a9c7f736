/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a digest of an address to the address.
 */
#include "wing/store/avatar.h"

#include "base/digest.h"
#include "base/text.h"
#include "wing/store/address.h"

#include <string.h>

#define FILL_PAGE 500 /* addresses */
#define FILL_KEEP (64 * KIB)
#define KEYS 2 /* of an address */

/* ---- keys ---- */

/* The first eight bytes of a digest, of whichever kind. */
static int64_t
key_of(const uint8_t *digest)
{
	uint64_t key = 0;

	for (size_t i = 0; i < sizeof(key); i++)
		key = key << 8 | digest[i];
	return (int64_t)key;
}

static void
keys_of(const char *address, int64_t out[KEYS])
{
	uint8_t digest[DIGEST_SIZE];

	digest_sha256(bytes_of(address), digest);
	out[0] = key_of(digest);
	digest_md5(bytes_of(address), digest);
	out[1] = key_of(digest);
}

/* Runs a statement with $1, the mailbox, and $2, once for each key. */
static enum err
keys_run(struct db *db, struct op *op, const char *sql, int64_t mailbox,
	 const char *address)
{
	int64_t key[KEYS];

	keys_of(address, key);
	for (size_t i = 0; i < KEYS; i++) {
		const struct db_value args[] = { db_int(mailbox),
						 db_int(key[i]) };
		struct db_rows rows;

		TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	}
	return OK;
}

enum err
avatar_add(struct db *db, struct op *op, int64_t mailbox, const char *address)
{
	static const char sql[] = "INSERT INTO avatar (mailbox, key) "
				  "VALUES ($1, $2) ON CONFLICT DO NOTHING";

	return keys_run(db, op, sql, mailbox, address);
}

enum err
avatar_forget(struct db *db, struct op *op, int64_t mailbox,
	      const char *address)
{
	static const char sql[] =
		"DELETE FROM avatar WHERE mailbox = $1 AND key = $2";

	return keys_run(db, op, sql, mailbox, address);
}

/* By the addresses: the table has no other way from a mailbox to its keys. */
enum err
avatar_erase(struct db *db, struct op *op, int64_t mailbox)
{
	static const char sql[] =
		"SELECT address FROM address WHERE mailbox = $1";
	const struct db_value id = db_int(mailbox);
	struct db_rows rows;

	TRY(db_run(db, op, sql, &id, 1, &rows));
	for (size_t i = 0; i < rows.n; i++)
		TRY(avatar_forget(db, op, mailbox, db_as_text(&rows.value[i])));
	return OK;
}

enum err
avatar_is_known(struct db *db, struct op *op, int64_t mailbox,
		const char *address, bool *out)
{
	static const char sql[] = "SELECT count(*) FROM avatar "
				  "WHERE mailbox = $1 AND key IN ($2, $3)";
	int64_t key[KEYS];
	struct db_value args[1 + KEYS] = { db_int(mailbox) };
	struct db_rows rows;

	keys_of(address, key);
	for (size_t i = 0; i < KEYS; i++)
		args[1 + i] = db_int(key[i]);
	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	*out = rows.value[0].number == KEYS;
	return OK;
}

/* ---- everybody's ---- */

static void
arena_close_one(struct arena **arena)
{
	arena_close(*arena);
}

/* The columns that were there when the table was made, and no others. *after
 * is in memory that outlives the page. */
static enum err
page_fill(struct db *db, struct op *op, char after[ADDRESS_MAX + 1], size_t *n)
{
	static const char sql[] =
		"SELECT address, mailbox FROM address "
		"WHERE address > $1 ORDER BY address LIMIT $2";
	const struct db_value args[] = { db_text(after), db_int(FILL_PAGE) };
	struct db_rows rows;

	TRY(db_run(db, op, sql, args, COUNT(args), &rows));
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_value *row = db_row(&rows, i);
		const char *address = db_as_text(&row[0]);

		if (address == NULL || strlen(address) > ADDRESS_MAX)
			return FAIL(op, ERR_INTERNAL, "damaged: address");
		TRY(avatar_add(db, op, row[1].number, address));
		if (i + 1 == rows.n)
			memcpy(after, address, strlen(address) + 1);
	}
	*n = rows.n;
	return OK;
}

enum err
avatar_fill(struct db *db, struct op *op)
{
	CLEANUP(arena_close_one) struct arena *arena = arena_open(FILL_KEEP);
	char after[ADDRESS_MAX + 1] = "";
	struct op page = *op;
	size_t n = FILL_PAGE;

	page.arena = arena;
	while (n == FILL_PAGE) {
		enum err err = page_fill(db, &page, after, &n);

		if (err != OK)
			return FAIL(op, err, "%s", page.reason);
		arena_reset(arena);
	}
	return OK;
}

/* ---- looking one up ---- */

static bool
is_of(const char *address, struct bytes digest)
{
	uint8_t own[DIGEST_SIZE];

	if (digest.n == DIGEST_MD5_SIZE)
		digest_md5(bytes_of(address), own);
	else
		digest_sha256(bytes_of(address), own);
	return memcmp(own, digest.p, digest.n) == 0;
}

enum err
store_avatar_find(struct store *s, struct op *op, struct bytes digest,
		  const char **out)
{
	static const char sql[] =
		"SELECT " ADDRESS_COLUMNS " FROM avatar v "
		"JOIN address a ON a.mailbox = v.mailbox WHERE v.key = $1";
	struct db_value key;
	struct reader *r;
	struct db_rows rows;

	if (digest.n != DIGEST_MD5_SIZE && digest.n != DIGEST_SIZE)
		return FAIL(op, ERR_INVALID, "a digest of %zu bytes", digest.n);
	key = db_int(key_of(digest.p));
	TRY(reader_get(s->readers, op, DB_MAIN, &r));
	TRY(db_run(r->db[DB_MAIN], op, sql, &key, 1, &rows));
	for (size_t i = 0; i < rows.n; i++) {
		const struct db_value *row = db_row(&rows, i);

		TRY(row_verify(op, "address", row, ADDRESS_COLUMNS_N));
		*out = db_as_text(&row[0]);
		if (is_of(*out, digest))
			return OK;
	}
	return FAIL(op, ERR_NOT_FOUND, "no address has this digest");
}
