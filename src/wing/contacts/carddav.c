/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/contacts/carddav.h"

#include "base/secret.h"
#include "base/template.h"
#include "wing/contacts/carddav_book.h"
#include "wing/contacts/carddav_find.h"

#include <string.h>

/* ---- as whom ---- */

static enum err
login_make(struct op *op, const struct carddav_work *w, struct dav_login *out)
{
	const struct carddav_section *s = w->section->carddav;

	*out = (struct dav_login){ .section = s };
	if (s->password_file == NULL)
		return OK;
	TRY(secret_read(op, s->password_file, &out->password));
	return template_fill(op, s->user, w->address, NULL, &out->user);
}

/* ---- one address book ---- */

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
	TRY(book_changes(b, token_now != NULL));
	TRY(book_fetch(b));
	return book_store(b, out);
}

/* ---- all of them ---- */

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
