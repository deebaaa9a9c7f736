/* SPDX-License-Identifier: Apache-2.0 */
#include "photo/photo_find.h"

#include "model/settings.h"
#include "photo/photo_directory.h"

enum err
photo_owner_find(struct house *house, struct op *op, const char *email,
		 int64_t *id)
{
	const struct mailbox *mailbox;
	enum err err;

	op->want |= PERSON_WANT_PICTURES; /* one question for both */
	err = directory_resolve(house->directory, op, email,
				op->caller->mailbox->organization, &mailbox);
	if (err == OK)
		*id = mailbox->id;
	if (err == ERR_NOT_FOUND)
		*id = PHOTO_NOBODY;
	return err == ERR_NOT_FOUND ? OK : err;
}

/* Is it the directory's picture that is wanted for this edge, if it has one,
 * even where one was uploaded? */
static bool
is_of_directory(const struct op *op, unsigned edge)
{
	return edge == photo_edges[0] && op->settings != NULL &&
	       op->settings->photo_hr48_from_directory;
}

/* Which of the two is shown: as PHOTO_DIRECTORY, or 0. */
static enum err
layer_choose(struct house *house, struct op *op, int64_t id, unsigned edge,
	     unsigned *out)
{
	struct photo_state state;
	enum err err;

	*out = 0;
	TRY(store_photo_state(house->store, op, id, &state));
	if (state.hidden)
		return FAIL(op, ERR_NOT_FOUND, "the picture is hidden");
	if (state.uploaded && !is_of_directory(op, edge))
		return OK;
	err = photo_directory_settle(house, op, id, &state);
	if (err == OK && state.found == PHOTO_FOUND)
		*out = PHOTO_DIRECTORY;
	if (*out != 0 || (state.uploaded && err != ERR_WAIT))
		return OK;
	if (err == OK)
		return FAIL(op, ERR_NOT_FOUND, "the directory has no picture");
	return err;
}

enum err
photo_find(struct house *house, struct op *op, int64_t id, unsigned edge,
	   bool want_jpeg, struct photo *out)
{
	unsigned want = want_jpeg ? PHOTO_JPEG : PHOTO_FACTS;
	unsigned tries = 0, layer;
	enum err err;

	/* Twice, if what was chosen is removed at this very moment. */
	do {
		err = layer_choose(house, op, id, edge, &layer);
		if (err != OK)
			break;
		err = store_photo_get(house->store, op, id, edge, want | layer,
				      out);
	} while (err == ERR_NOT_FOUND && tries++ == 0);
	if (err == ERR_NOT_FOUND && id == PHOTO_NOBODY)
		return FAIL(op, err, "no such mailbox for this caller");
	if (err == OK && want_jpeg && out->jpeg.n == 0)
		return FAIL(op, ERR_INTERNAL, "an empty picture is stored");
	return err;
}
