/* SPDX-License-Identifier: Apache-2.0 */
#include "photo/photo_directory.h"

#include "base/digest.h"
#include "base/turn.h"

#include <stdlib.h>
#include <string.h>

/* ---- what a source said ---- */

struct mark {
	uint8_t rank[4];
	uint8_t digest[DIGEST_SIZE];
};

static int
mark_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct mark));
}

/* Of all values with the ranks of their attributes, in whatever order a
 * directory gives them. */
static void
pictures_digest(struct op *op, const struct person *person,
		uint8_t out[DIGEST_SIZE])
{
	size_t n = person->pictures_n;
	struct mark *marks = op_alloc(op, (n + 1) * sizeof(*marks));

	for (size_t i = 0; i < n; i++) {
		unsigned rank = person->picture[i].rank;

		for (size_t b = 0; b < sizeof(marks[i].rank); b++)
			marks[i].rank[b] = (uint8_t)(rank >> (24 - 8 * b));
		digest_sha256(person->picture[i].bytes, marks[i].digest);
	}
	qsort(marks, n, sizeof(*marks), mark_compare);
	digest_sha256(
		(struct bytes){ (const uint8_t *)marks, n * sizeof(*marks) },
		out);
}

/* *set is room for the picture, if there is one. */
static enum err
pictures_judge(struct house *house, struct op *op, const struct person *person,
	       struct photo_set *set, struct photo_told *told)
{
	const char *reason = op->reason;
	enum err err;

	told->found = PHOTO_NONE;
	if (person->pictures_n == 0)
		return OK;
	err = image_whole(house->image, op, person->picture, person->pictures_n,
			  set);
	told->found = err == OK ? PHOTO_FOUND : PHOTO_UNDECODABLE;
	told->set = err == OK ? set : NULL;
	if (err != ERR_INVALID)
		return err;
	op->reason = reason; /* it is kept, and no failure of this op */
	return OK;
}

enum err
photo_directory_store(struct house *house, struct op *op,
		      const struct mailbox *mailbox,
		      const struct person *person)
{
	struct photo_told told = { .found = PHOTO_NOT_ASKED };
	struct photo_state state;
	enum err err;

	pictures_digest(op, person, told.digest);
	TRY(store_photo_state(house->store, op, mailbox->id, &state));
	if (memcmp(told.digest, state.digest, sizeof(state.digest)) == 0)
		told.found = state.found; /* as it was, at another time */
	if (told.found == PHOTO_NOT_ASKED)
		TRY(pictures_judge(house, op, person,
				   op_alloc(op, sizeof(*told.set)), &told));
	err = store_photo_told(house->store, op, mailbox->id, &told);
	/* Somebody else has stored what the source said a moment later. */
	return err == ERR_CONFLICT ? OK : err;
}

enum err
photo_directory_seen(struct house *house, struct op *op,
		     const struct mailbox *mailbox, const struct person *person)
{
	struct photo_state state;

	TRY(store_photo_state(house->store, op, mailbox->id, &state));
	if (state.found == PHOTO_NOT_ASKED)
		return OK;
	return photo_directory_store(house, op, mailbox, person);
}

/* ---- when it is too old ---- */

/* A clock that was set back makes everything too old, once. */
static bool
is_younger(const struct op *op, const struct photo_state *state, unsigned age_s)
{
	return state->found != PHOTO_NOT_ASKED && state->checked <= op->now &&
	       op->now - state->checked < age_s;
}

/* As of now, whatever this op has looked at already. */
static enum err
state_again(struct house *house, struct op *op, int64_t mailbox,
	    struct photo_state *state)
{
	op->view = NULL;
	return store_photo_state(house->store, op, mailbox, state);
}

static enum err
ask(struct house *house, struct op *op, const struct mailbox *mailbox,
    struct photo_state *state)
{
	const struct person *person;

	TRY(directory_pictures(house->directory, op, mailbox, &person));
	TRY(photo_directory_store(house, op, mailbox, person));
	return state_again(house, op, mailbox->id, state);
}

/* However many want the same picture, its source is asked once. */
static enum err
renew(struct house *house, struct op *op, const struct mailbox *mailbox,
      unsigned age_s, struct photo_state *state)
{
	static struct turns turns = TURNS_INIT;
	enum turn turn;
	enum err err;

	if (!op->may_wait) /* ERR_WAIT, unless it is known to be down */
		return ask(house, op, mailbox, state);
	turn = turn_begin(&turns, op, mailbox->id);
	if (turn == TURN_LATE)
		return FAIL(op, ERR_DOWN, "no picture came in time");
	err = state_again(house, op, mailbox->id, state);
	if (err == OK && !is_younger(op, state, age_s)) {
		if (turn == TURN_MINE)
			err = ask(house, op, mailbox, state);
		else
			err = FAIL(op, ERR_DOWN, "no picture could be had");
	}
	if (turn == TURN_MINE)
		turn_end(&turns, mailbox->id);
	return err;
}

/* Who is nobody's takes the way of those who have no source. */
static enum err
age_get(struct house *house, struct op *op, int64_t id,
	const struct mailbox **mailbox, struct directory_age *out)
{
	static const struct mailbox nobody = { .address = "" };

	*mailbox = &nobody;
	if (id != nobody.id)
		TRY(store_mailbox_get(house->store, op, id, mailbox));
	return directory_picture_age(house->directory, op, *mailbox, out);
}

enum err
photo_directory_settle(struct house *house, struct op *op, int64_t mailbox,
		       struct photo_state *state)
{
	const struct mailbox *m;
	struct directory_age age;
	enum err err;

	TRY(age_get(house, op, mailbox, &m, &age));
	if (is_younger(op, state, age.refresh_s))
		return OK;
	err = renew(house, op, m, age.refresh_s, state);
	if (err == OK || err == ERR_WAIT || err == ERR_NOT_FOUND)
		return err;
	/* Better an old one than none: the source may come back. */
	if (is_younger(op, state, age.stale_max_s))
		return OK;
	return FAIL(op, ERR_DOWN, "the picture of %s is not known: %s",
		    m->address, op->reason == NULL ? "" : op->reason);
}
