/* SPDX-License-Identifier: Apache-2.0 */

/* What has changed in an address book. */
#include "wing/contacts/carddav_book.h"

#include <stdlib.h>
#include <string.h>

#define PARTS_MAX 100 /* of an answer that a server gives piece by piece */
#define ROOM_MIN 64   /* cards */

static enum err
named_add(struct book *b, const char *card, const char *tag)
{
	if (b->named_n > CONTACTS_MAX)
		return FAIL(b->op, ERR_LIMIT, "%s: more than %d cards", b->url,
			    CONTACTS_MAX);
	if (b->named_n == b->named_room) {
		size_t room = b->named_n == 0 ? ROOM_MIN : 2 * b->named_n;
		struct named *more = op_alloc(b->op, room * sizeof(*more));

		if (b->named_n > 0)
			memcpy(more, b->named, b->named_n * sizeof(*more));
		b->named = more;
		b->named_room = room;
	}
	b->named[b->named_n] = (struct named){ card, tag, b->named_n };
	b->named_n++;
	return OK;
}

/* Where a card is, if it is one of this server and not the book itself. */
static const char *
card_of(const struct book *b, const char *base, const struct dav_response *r)
{
	const char *url = dav_resolve(b->op, base, r->href);

	if (url == NULL || r->collection || strcmp(url, b->url) == 0 ||
	    strlen(dav_path(url)) > CONTACT_TEXT_MAX)
		return NULL;
	return dav_path(url);
}

static const char *
tag_of(const struct dav_response *r)
{
	return r->tag == NULL || strlen(r->tag) > CONTACT_TEXT_MAX ? ""
								   : r->tag;
}

/* ---- what has changed: by token ---- */

/* *more: it was too much for the server, which goes on when asked again. */
static enum err
changes_take(struct book *b, const struct dav_reply *reply, bool *more)
{
	struct dav_answer answer;

	*more = false;
	TRY(book_answer(b, reply, &answer));
	if (answer.token == NULL || answer.token[0] == '\0' ||
	    strlen(answer.token) > CONTACT_TEXT_MAX)
		return FAIL(b->op, ERR_INVALID, "%s: it tells no sync-token",
			    b->url);
	for (size_t i = 0; i < answer.n; i++) {
		const struct dav_response *r = &answer.response[i];
		const char *card = card_of(b, reply->url, r);

		*more = *more || r->status == 507;
		if (card != NULL && r->status == 404)
			TRY(named_add(b, card, NULL));
		else if (card != NULL && r->status == 200)
			TRY(named_add(b, card, tag_of(r)));
	}
	if (*more && strcmp(answer.token, b->token) == 0)
		return FAIL(b->op, ERR_INVALID,
			    "%s: it does not come to an end", b->url);
	b->token = answer.token;
	return OK;
}

static enum err
changes_ask(struct book *b)
{
	struct dav_reply reply = { 0 };
	bool more = true;

	for (unsigned i = 0; more; i++) {
		enum err err;

		if (i == PARTS_MAX)
			return FAIL(b->op, ERR_LIMIT,
				    "%s: an answer of more than %d parts",
				    b->url, PARTS_MAX);
		err = book_ask(b, "REPORT", 0, dav_sync_body(b->op, b->token),
			       &reply);
		if (err != OK && reply.body.n > 0 && b->token[0] != '\0' &&
		    dav_is_old_token(b->op, reply.body))
			return ERR_CONFLICT;
		TRY(err);
		/* 409 and 412 say nothing else here */
		if (b->token[0] != '\0' && reply.status >= 400)
			return FAIL(b->op, ERR_CONFLICT,
				    "%s: the token is refused", b->url);
		TRY(changes_take(b, &reply, &more));
	}
	return OK;
}

/* ---- what has changed: by tags ---- */

static enum err
tags_ask(struct book *b)
{
	struct dav_answer answer;
	struct dav_reply reply;

	b->whole = true;
	b->named_n = 0;
	b->token = "";
	TRY(book_ask(b, "PROPFIND", 1, dav_tags_body(), &reply));
	TRY(book_answer(b, &reply, &answer));
	for (size_t i = 0; i < answer.n; i++) {
		const struct dav_response *r = &answer.response[i];
		const char *card = card_of(b, reply.url, r);

		if (card != NULL && r->status == 200)
			TRY(named_add(b, card, tag_of(r)));
	}
	return OK;
}

/* A server that knows tokens only by name is asked for tags. */
static enum err
changes_find(struct book *b, bool tokens)
{
	enum err err;

	if (!tokens)
		return tags_ask(b);
	b->whole = b->token[0] == '\0';
	err = changes_ask(b);
	if (err == ERR_CONFLICT) {
		b->token = "";
		b->whole = true;
		b->named_n = 0;
		err = changes_ask(b);
	}
	return err == ERR_INVALID || err == ERR_DENIED ? tags_ask(b) : err;
}

/* ---- which cards to fetch, which to forget ---- */

static int
named_order(const void *a, const void *b)
{
	const struct named *na = a, *nb = b;
	int order = strcmp(na->card, nb->card);

	if (order != 0)
		return order;
	return na->at < nb->at ? -1 : na->at > nb->at;
}

/* Of what is named twice, as in two parts of an answer, the last counts. */
static void
named_sort(struct book *b)
{
	size_t n = 0;

	if (b->named_n == 0)
		return; /* it may be NULL */
	qsort(b->named, b->named_n, sizeof(*b->named), named_order);
	for (size_t i = 0; i < b->named_n; i++) {
		if (n > 0 &&
		    strcmp(b->named[n - 1].card, b->named[i].card) == 0)
			n--;
		b->named[n++] = b->named[i];
	}
	b->named_n = n;
}

/* Leaves of `named` what has to be fetched. */
static void
changes_sort(struct book *b)
{
	size_t n = 0;

	named_sort(b);
	b->gone = op_alloc(b->op,
			   (b->named_n + b->stored.n + 1) * sizeof(*b->gone));
	for (size_t i = 0; b->whole && i < b->stored.n; i++) {
		const char *card = b->stored.card[i].card;

		if (b->named_n == 0 ||
		    bsearch(card, b->named, b->named_n, sizeof(*b->named),
			    book_named_order) == NULL)
			b->gone[b->gone_n++] = card;
	}
	for (size_t i = 0; i < b->named_n; i++) {
		const struct named *now = &b->named[i];
		const struct contact_card *was = book_stored(b, now->card);

		if (now->tag == NULL && was != NULL)
			b->gone[b->gone_n++] = now->card;
		else if (now->tag != NULL &&
			 (was == NULL || now->tag[0] == '\0' ||
			  strcmp(was->tag, now->tag) != 0))
			b->named[n++] = *now;
	}
	b->named_n = n;
}

enum err
book_changes(struct book *b, bool tokens)
{
	TRY(changes_find(b, tokens));
	changes_sort(b);
	return OK;
}
