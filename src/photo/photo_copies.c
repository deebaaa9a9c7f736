/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be in the directory and is ours is written down before it is sent:
 * whatever becomes of us in between, the copy is known for ours, and is erased
 * when the picture is removed.
 */
#include "photo/photo_copies.h"

#include "base/digest.h"
#include "base/text.h"

#include <string.h>

#define COPIES_MAX 50    /* of one run */
#define RETRY_S 30       /* after the first failure; then twice as long, ... */
#define RETRY_MAX_S 3600 /* ... up to this */
#define REASON_MAX 300   /* bytes that are kept of a failure's reason */
#define RETRY_DOUBLES 7  /* from the first to the last */

/* ---- one copy ---- */

/* The largest variant that is short enough. The smallest always is: 48 pixels
 * by 48 are 7 KiB before they are a JPEG. */
static enum err
variant_find(struct house *house, struct op *op, int64_t mailbox,
	     struct photo *out)
{
	unsigned edge = 0;

	for (;;) {
		TRY(store_photo_get(house->store, op, mailbox, edge, PHOTO_JPEG,
				    out));
		if (out->jpeg.n <= PHOTO_COPY_MAX)
			return OK;
		if (out->edge == 1 || (edge != 0 && out->edge > edge))
			return FAIL(op, ERR_LIMIT,
				    "no variant has at most %d bytes",
				    PHOTO_COPY_MAX);
		edge = out->edge - 1;
	}
}

/* Once, and the newest last. When there is no more room, the oldest that was
 * never known to have arrived is let go. */
static void
digest_note(struct write_back *row, struct bytes jpeg)
{
	uint8_t digest[DIGEST_SIZE];
	size_t n = 0;

	digest_sha256(jpeg, digest);
	for (size_t i = 0; i < row->digests_n; i++) {
		if (memcmp(row->digest[i], digest, sizeof(digest)) != 0)
			memmove(row->digest[n++], row->digest[i],
				sizeof(digest));
	}
	if (n == WRITE_BACK_DIGESTS_MAX)
		memmove(row->digest[0], row->digest[1],
			--n * sizeof(row->digest[0]));
	memcpy(row->digest[n++], digest, sizeof(digest));
	row->digests_n = n;
}

static enum err
copy(struct house *house, struct op *op, const struct mailbox *m,
     struct write_back *row)
{
	struct picture_write in = { 0 };
	struct photo photo;

	TRY(variant_find(house, op, m->id, &photo));
	if (photo.version != row->version)
		return FAIL(op, ERR_CONFLICT, "another picture by now");
	digest_note(row, photo.jpeg);
	TRY(store_write_back_put(house->store, op, row));
	in.jpeg = photo.jpeg;
	TRY(directory_picture_write(house->directory, op, m, &in));
	memmove(row->digest[0], row->digest[row->digests_n - 1],
		sizeof(row->digest[0]));
	row->digests_n = 1;
	return OK;
}

static enum err
erase(struct house *house, struct op *op, const struct mailbox *m,
      struct write_back *row)
{
	const struct picture_write in = { .ours_n = row->digests_n,
					  .ours = row->digest[0] };

	TRY(directory_picture_write(house->directory, op, m, &in));
	row->digests_n = 0;
	return OK;
}

static unsigned
retry_s(unsigned tries)
{
	unsigned s = (unsigned)RETRY_S
		     << (tries < RETRY_DOUBLES ? tries : RETRY_DOUBLES);

	return s < RETRY_MAX_S ? s : RETRY_MAX_S;
}

static enum err
row_run(struct house *house, struct op *op, struct write_back *row)
{
	const struct mailbox *m;
	enum err err = store_mailbox_get(house->store, op, row->mailbox, &m);

	if (err == OK)
		err = row->wanted == WRITE_BACK_ERASE ? erase(house, op, m, row)
						      : copy(house, op, m, row);
	if (err == ERR_CONFLICT) /* it is in the next round */
		return OK;
	if (err == OK || err == ERR_NOT_FOUND) {
		/* he, or a source that takes any, is gone: what is there is
		 * its own */
		row->digests_n = err == OK ? row->digests_n : 0;
		row->wanted = WRITE_BACK_NOTHING;
		row->tries = 0;
		row->reason = "";
	} else {
		row->due = op->now + retry_s(row->tries++);
		row->reason = text_head(
			op, op->reason == NULL ? err_name(err) : op->reason,
			REASON_MAX);
	}
	err = store_write_back_put(house->store, op, row);
	return err == ERR_CONFLICT ? OK : err;
}

enum err
photo_copies_run(struct house *house, struct op *op)
{
	struct write_back_list due;

	TRY(store_write_back_list(house->store, op, COPIES_MAX, &due));
	for (size_t i = 0; i < due.n; i++) {
		struct write_back row = due.row[i];

		TRY(row_run(house, op, &row));
	}
	return OK;
}
