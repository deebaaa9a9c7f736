/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/contacts/carddav.h"

#include "base/template.h"
#include "base/text.h"
#include "wing/contacts/address.h"
#include "wing/contacts/carddav_find.h"
#include "wing/contacts/dav_wire.h"
#include "wire/vcard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSWORD_MAX 511 /* bytes */
#define PARTS_MAX 100    /* of an answer that a server gives piece by piece */

_Static_assert(VCARD_EMAILS_MAX <= CONTACT_ADDRESSES_MAX,
	       "what is read can be stored");

/* ---- as whom ---- */

static void
file_done(FILE **file)
{
	if (*file != NULL)
		(void)fclose(*file);
}

static enum err
password_read(struct op *op, const char *path, const char **out)
{
	CLEANUP(file_done) FILE *file = fopen(path, "re");
	char line[PASSWORD_MAX + 2];
	size_t n;

	if (file == NULL)
		return FAIL(op, ERR_DENIED, "%s: %s", path, strerror(errno));
	if (fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	n = strcspn(line, "\r\n");
	if (n == 0 || n > PASSWORD_MAX)
		return FAIL(op, ERR_DENIED,
			    "%s: its first line has to be a password of at "
			    "most %d bytes",
			    path, PASSWORD_MAX);
	*out = op_text(op, line, n);
	return OK;
}

static enum err
login_make(struct op *op, const struct carddav_work *w, struct dav_login *out)
{
	const struct carddav_section *s = w->section->carddav;

	*out = (struct dav_login){ .section = s };
	if (s->password_file == NULL)
		return OK;
	TRY(password_read(op, s->password_file, &out->password));
	return template_fill(op, s->user, w->address, NULL, &out->user);
}

/* ---- one address book ---- */

/* A card that the server told of; tag NULL: it is gone. */
struct named {
	const char *card; /* its path */
	const char *tag;
	size_t at; /* in the order in which they came */
};

struct book {
	const struct carddav_work *w;
	struct op *op;
	const struct dav_login *login;
	const char *url;
	const char *token; /* how far it was read */

	bool whole; /* all cards are named, not those alone that changed */
	size_t named_n, named_room;
	struct named *named;
	struct contact_card_list stored;

	size_t card_n;
	struct contact_card *card;
	size_t gone_n;
	const char **gone;
};

static enum err
named_add(struct book *b, const char *card, const char *tag)
{
	if (b->named_n > CONTACTS_MAX)
		return FAIL(b->op, ERR_LIMIT, "%s: more than %d cards", b->url,
			    CONTACTS_MAX);
	if (b->named_n == b->named_room) {
		size_t room = b->named_n == 0 ? 64 : 2 * b->named_n;
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

static enum err
ask(const struct book *b, const char *method, unsigned depth, struct bytes body,
    struct dav_reply *reply)
{
	const struct dav_request request = {
		.method = method,
		.url = b->url,
		.depth = depth,
		.body = body,
	};

	return dav_ask(b->w->dav, b->op, b->login, &request, reply);
}

static enum err
answer_read(const struct book *b, const struct dav_reply *reply,
	    struct dav_answer *out)
{
	enum err err;

	if (reply->status != 207)
		return FAIL(b->op, ERR_INVALID, "%s: the answer is status %u",
			    b->url, reply->status);
	err = dav_read(b->op, reply->body, out);
	if (err != OK)
		return FAIL(b->op, err, "%s: %s", b->url,
			    op_dup(b->op, b->op->reason));
	return OK;
}

/* ---- what has changed: by token ---- */

/* *more: it was too much for the server, which goes on when asked again. */
static enum err
changes_take(struct book *b, const struct dav_reply *reply, bool *more)
{
	struct dav_answer answer;

	*more = false;
	TRY(answer_read(b, reply, &answer));
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
		err = ask(b, "REPORT", 0, dav_sync_body(b->op, b->token),
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
	TRY(ask(b, "PROPFIND", 1, dav_tags_body(), &reply));
	TRY(answer_read(b, &reply, &answer));
	for (size_t i = 0; i < answer.n; i++) {
		const struct dav_response *r = &answer.response[i];
		const char *card = card_of(b, reply.url, r);

		if (card != NULL && r->status == 200)
			TRY(named_add(b, card, tag_of(r)));
	}
	return OK;
}

/* By token where the server knows them; an old one means anew, from the start;
 * and one that knows them only by name is asked for tags. */
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

static int
stored_order(const void *key, const void *item)
{
	return strcmp(key, ((const struct contact_card *)item)->card);
}

static int
key_order(const void *key, const void *item)
{
	return strcmp(key, ((const struct named *)item)->card);
}

/* Of what is named twice, as in two parts of an answer, the last counts. */
static void
named_sort(struct book *b)
{
	size_t n = 0;

	qsort(b->named, b->named_n, sizeof(*b->named), named_order);
	for (size_t i = 0; i < b->named_n; i++) {
		if (n > 0 &&
		    strcmp(b->named[n - 1].card, b->named[i].card) == 0)
			n--;
		b->named[n++] = b->named[i];
	}
	b->named_n = n;
}

static const struct contact_card *
stored_find(const struct book *b, const char *card)
{
	return bsearch(card, b->stored.card, b->stored.n,
		       sizeof(*b->stored.card), stored_order);
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

		if (bsearch(card, b->named, b->named_n, sizeof(*b->named),
			    key_order) == NULL)
			b->gone[b->gone_n++] = card;
	}
	for (size_t i = 0; i < b->named_n; i++) {
		const struct named *now = &b->named[i];
		const struct contact_card *was = stored_find(b, now->card);

		if (now->tag == NULL && was != NULL)
			b->gone[b->gone_n++] = now->card;
		else if (now->tag != NULL &&
			 (was == NULL || now->tag[0] == '\0' ||
			  strcmp(was->tag, now->tag) != 0))
			b->named[n++] = *now;
	}
	b->named_n = n;
}

/* ---- fetching ---- */

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
					      sizeof(*batch), key_order);

		if (named == NULL || r->card == NULL || seen[named - batch])
			continue;
		seen[named - batch] = true;
		card_add(b, scratch, named, r->card);
	}
	for (size_t i = 0; i < n; i++)
		if (!seen[i] && stored_find(b, batch[i].card) != NULL)
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
	err = ask(&own, "REPORT", 1, dav_cards_body(scratch, href, n), &reply);
	if (err == OK)
		err = answer_read(&own, &reply, &answer);
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

static enum err
cards_fetch(struct book *b)
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

/* ---- all of it ---- */

static const char *
token_stored(const struct contact_source_list *sources, const char *origin,
	     const char *place)
{
	for (size_t i = 0; i < sources->n; i++) {
		const struct contact_source *s = &sources->source[i];

		if (strcmp(s->origin, origin) == 0 &&
		    strcmp(s->place, place) == 0)
			return s->token;
	}
	return "";
}

static void
done_add(struct contact_done *to, const struct contact_done *one)
{
	to->added += one->added;
	to->changed += one->changed;
	to->removed += one->removed;
	to->addresses += one->addresses;
}

static enum err
book_store(struct book *b, struct contact_done *out)
{
	const struct contact_change change = {
		.mailbox = b->w->mailbox,
		.origin = b->w->section->origin,
		.place = b->url,
		.token = b->token,
		.n = b->card_n,
		.card = b->card,
		.gone_n = b->gone_n,
		.gone = b->gone,
	};
	struct contact_done done;

	TRY(store_contact_put(b->w->store, b->op, &change, &done));
	done_add(out, &done);
	return OK;
}

static enum err
book_sync(struct book *b, const char *token_now, struct contact_done *out)
{
	const struct carddav_work *w = b->w;

	if (strlen(b->url) > CONTACT_TEXT_MAX)
		return FAIL(b->op, ERR_LIMIT, "%.100s...: too long a URL",
			    b->url);
	/* read to the end, and nothing happened since */
	if (token_now != NULL && b->token[0] != '\0' &&
	    strcmp(token_now, b->token) == 0)
		return OK;
	TRY(store_contact_cards(w->store, b->op, w->mailbox, w->section->origin,
				b->url, &b->stored));
	TRY(changes_find(b, token_now != NULL));
	changes_sort(b);
	TRY(cards_fetch(b));
	return book_store(b, out);
}

/* Books that are no more take their contacts along. */
static enum err
others_clear(const struct carddav_work *w, struct op *op,
	     const struct contact_source_list *sources,
	     const struct carddav_books *books, struct contact_done *out)
{
	for (size_t i = 0; i < sources->n; i++) {
		const struct contact_source *s = &sources->source[i];
		size_t k = 0, n;

		if (strcmp(s->origin, w->section->origin) != 0 ||
		    s->place[0] == '\0')
			continue;
		while (k < books->n &&
		       strcmp(books->book[k].url, s->place) != 0)
			k++;
		if (k < books->n)
			continue;
		TRY(store_contact_clear(w->store, op, w->mailbox, s->origin,
					s->place, &n));
		out->removed += n;
	}
	return OK;
}

enum err
carddav_sync(const struct carddav_work *w, struct op *op,
	     struct contact_done *out)
{
	struct carddav_books *books = op_alloc(op, sizeof(*books));
	struct contact_source_list sources;
	struct dav_login login;
	const char *url;

	*out = (struct contact_done){ 0 };
	TRY(login_make(op, w, &login));
	TRY(template_fill(op, w->section->carddav->url, w->address,
			  template_url, &url));
	TRY(carddav_find(w->dav, op, &login, url, books));
	TRY(store_contact_sources(w->store, op, w->mailbox, &sources));
	for (size_t i = 0; i < books->n; i++) {
		const struct carddav_book *book = &books->book[i];
		struct book b = { .w = w, .op = op, .login = &login };

		b.url = book->url;
		b.token = token_stored(&sources, w->section->origin, b.url);
		TRY(book_sync(&b, book->token, out));
	}
	return others_clear(w, op, &sources, books, out);
}
