/* SPDX-License-Identifier: Apache-2.0 */

/* The cards that changed, and the addresses on them. */
#include "base/text.h"
#include "wing/contacts/address.h"
#include "wing/contacts/carddav_book.h"
#include "wire/vcard.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(VCARD_EMAILS_MAX <= CONTACT_ADDRESSES_MAX,
	       "what is read can be stored");

static bool
is_among(const char *const *address, size_t n, const char *one)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(address[i], one) == 0)
			return true;
	return false;
}

/* What cannot be read has no addresses, and is not asked for again until it is
 * another. */
static void
card_add(struct book *b, struct op *scratch, const struct named *named,
	 const char *text)
{
	struct contact_card *to = &b->card[b->card_n++];
	const char **address;
	struct vcard_list list;

	*to = (struct contact_card){ .card = named->card,
				     .tag = named->tag,
				     .name = "" };
	if (vcard_read(scratch, bytes_of(text), &list) != OK || list.n == 0)
		return;
	address = op_alloc(b->op, list.card[0].n * sizeof(*address));
	to->name = op_dup(
		b->op, text_head(scratch, list.card[0].name, CONTACT_NAME_MAX));
	to->address = address;
	for (size_t i = 0; i < list.card[0].n; i++) {
		const char *one;

		if (contacts_address(scratch, list.card[0].email[i].address,
				     &one) &&
		    !is_among(address, to->n, one))
			address[to->n++] = op_dup(b->op, one);
	}
}

/* Those that the server no longer has, whatever it said before, are gone. */
static void
batch_take(struct book *b, struct op *scratch, const struct dav_reply *reply,
	   const struct dav_answer *answer, const struct named *batch, size_t n)
{
	bool *seen = op_alloc(scratch, n);

	for (size_t i = 0; i < answer->n; i++) {
		const struct dav_response *r = &answer->response[i];
		const char *url = dav_resolve(scratch, reply->url, r->href);
		const struct named *named =
			url == NULL ? NULL
				    : bsearch(dav_path(url), batch, n,
					      sizeof(*batch), book_named_order);

		if (named == NULL || r->card == NULL || seen[named - batch])
			continue;
		seen[named - batch] = true;
		card_add(b, scratch, named, r->card);
	}
	for (size_t i = 0; i < n; i++)
		if (!seen[i] && book_stored(b, batch[i].card) != NULL)
			b->gone[b->gone_n++] = batch[i].card;
}

/* With memory of its own: a card may bring a picture along. */
static enum err
batch_fetch(struct book *b, struct op *scratch, const struct named *batch,
	    size_t n)
{
	const char *href[DAV_BATCH_MAX];
	struct book own = *b;
	struct dav_answer answer;
	struct dav_reply reply;
	enum err err;

	for (size_t i = 0; i < n; i++)
		href[i] = batch[i].card;
	own.op = scratch;
	err = book_ask(&own, "REPORT", 1, dav_cards_body(scratch, href, n),
		       &reply);
	if (err == OK)
		err = book_answer(&own, &reply, &answer);
	if (err != OK)
		return FAIL(b->op, err, "%s", op_dup(b->op, scratch->reason));
	if (answer.n == 0)
		return FAIL(b->op, ERR_INVALID, "%s: it gives no cards",
			    b->url);
	batch_take(b, scratch, &reply, &answer, batch, n);
	return OK;
}

static void
arena_close_one(struct arena **arena)
{
	arena_close(*arena);
}

enum err
book_fetch(struct book *b)
{
	CLEANUP(arena_close_one) struct arena *arena = arena_open(0);
	struct op scratch = *b->op;

	b->card = op_alloc(b->op, (b->named_n + 1) * sizeof(*b->card));
	for (size_t at = 0; at < b->named_n; at += DAV_BATCH_MAX) {
		size_t n = b->named_n - at;

		arena_reset(arena);
		scratch.arena = arena;
		TRY(batch_fetch(b, &scratch, b->named + at,
				n < DAV_BATCH_MAX ? n : DAV_BATCH_MAX));
	}
	return OK;
}
