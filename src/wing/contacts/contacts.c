/* SPDX-License-Identifier: Apache-2.0 */

/* Who is Known, as the store says it, and what files make of it. */
#include "base/idn.h"
#include "base/text.h"
#include "wing/contacts/address.h"
#include "wing/contacts/section.h"
#include "wire/vcard.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 80 /* bytes of an address that is none */
#define PAGE 1000    /* contacts of the store, at a time */

/* ---- known? ---- */

/* What many share is theirs only as long as a section says so. */
static enum err
shared_has(struct store *store, struct op *op, const struct mailbox *mailbox,
	   const char *address)
{
	const char *domain = text_domain(mailbox->address);
	struct contacts_section_list all;

	contacts_sections(op, &all);
	for (size_t i = 0; i < all.n; i++) {
		const struct contacts_section *s = &all.section[i];
		enum err err;

		if (!s->shared || !contacts_section_serves(op, s, domain))
			continue;
		err = store_contact_find(store, op, CONTACT_SHARED, s->origin,
					 address);
		if (err != ERR_NOT_FOUND)
			return err;
	}
	return FAIL(op, ERR_NOT_FOUND, "%s is no contact of %s", address,
		    mailbox->address);
}

enum err
contacts_has(struct store *store, struct op *op, const struct mailbox *mailbox,
	     const char *address)
{
	const char *folded = idn_fold(op, address);
	enum err err = store_contact_find(store, op, mailbox->id, NULL, folded);

	return err == ERR_NOT_FOUND ? shared_has(store, op, mailbox, folded)
				    : err;
}

/* Does one of these sources count for the mailbox? origin NULL: any does. */
static bool
is_read(const struct contact_source_list *list, const char *origin)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->source[i].changed > 0 &&
		    (origin == NULL ||
		     strcmp(list->source[i].origin, origin) == 0))
			return true;
	}
	return false;
}

enum err
contacts_source(struct store *store, struct op *op,
		const struct mailbox *mailbox)
{
	const char *domain = text_domain(mailbox->address);
	struct contact_source_list sources;
	struct contacts_section_list all;

	TRY(store_contact_sources(store, op, mailbox->id, &sources));
	if (is_read(&sources, NULL))
		return OK;
	contacts_sections(op, &all);
	TRY(store_contact_sources(store, op, CONTACT_SHARED, &sources));
	for (size_t i = 0; i < all.n; i++) {
		const struct contacts_section *s = &all.section[i];

		if (s->shared && is_read(&sources, s->origin) &&
		    contacts_section_serves(op, s, domain))
			return OK;
	}
	return FAIL(op, ERR_NOT_FOUND, "no contacts of %s were read",
		    mailbox->address);
}

/* ---- all of them ---- */

struct gathering {
	struct op *op;
	const char **address;
	size_t n, room;
};

static void
gather(struct gathering *g, const char *address)
{
	if (g->n == g->room) {
		size_t room = g->room == 0 ? PAGE : 2 * g->room;
		const char **more = op_alloc(g->op, room * sizeof(*more));

		if (g->n > 0)
			memcpy(more, g->address, g->n * sizeof(*more));
		g->address = more;
		g->room = room;
	}
	g->address[g->n++] = address;
}

/* Of one place in the store; origin NULL: of every origin. */
static enum err
gather_from(struct store *store, int64_t mailbox, const char *origin,
	    struct gathering *g)
{
	struct contact_search search = { .seq = 0 };
	struct contact_list page = { .n = PAGE };

	while (page.n == PAGE) {
		TRY(store_contact_list(store, g->op, mailbox, &search, PAGE,
				       &page));
		for (size_t i = 0; i < page.n; i++) {
			if (origin == NULL ||
			    strcmp(page.contact[i].origin, origin) == 0)
				gather(g, page.contact[i].address);
		}
	}
	return OK;
}

static int
compare(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

enum err
contacts_all(struct store *store, struct op *op, const struct mailbox *mailbox,
	     struct text_list *out)
{
	const char *domain = text_domain(mailbox->address);
	struct gathering g = { .op = op };
	struct contacts_section_list all;
	size_t n = 0;

	TRY(gather_from(store, mailbox->id, NULL, &g));
	contacts_sections(op, &all);
	for (size_t i = 0; i < all.n; i++) {
		const struct contacts_section *s = &all.section[i];

		if (s->shared && contacts_section_serves(op, s, domain))
			TRY(gather_from(store, CONTACT_SHARED, s->origin, &g));
	}
	if (g.n > 0)
		qsort(g.address, g.n, sizeof(*g.address), compare);
	for (size_t i = 0; i < g.n; i++) {
		if (n == 0 || strcmp(g.address[n - 1], g.address[i]) != 0)
			g.address[n++] = g.address[i];
	}
	*out = (struct text_list){ n, g.address };
	return OK;
}

/* ---- files ---- */

bool
contacts_address(struct op *op, const char *text, const char **out)
{
	*out = idn_fold(op, text);
	/* in the form of DNS it may be longer */
	return text_is_address(text) && idn_is_name(text_domain(*out)) &&
	       strlen(*out) <= ADDRESS_MAX;
}

struct importing {
	struct op *op;
	struct contacts_import *out;
	struct contacts_fault *fault;
	struct contact_card *card;
	const char **address; /* of each card, its only one */
	size_t n;
};

static void
fault_add(struct importing *im, unsigned line, const char *why)
{
	im->out->fault_n++;
	if (im->out->told_n < VCARD_FAULTS_MAX)
		im->fault[im->out->told_n++] =
			(struct contacts_fault){ line, why };
}

/* An address is one contact, whichever card it is on: so the same file twice
 * is the same as once. */
static void
card_take(struct importing *im, const struct vcard *card)
{
	for (size_t i = 0; i < card->n; i++) {
		const struct vcard_email *email = &card->email[i];
		const char **address = &im->address[im->n];

		if (!contacts_address(im->op, email->address, address)) {
			fault_add(im, email->line,
				  op_print(im->op, "'%s' is no mail address",
					   text_head(im->op, email->address,
						     SHOWN_MAX)));
			continue;
		}
		im->card[im->n++] = (struct contact_card){ .card = *address,
							   .tag = "",
							   .name = card->name,
							   .n = 1,
							   .address = address };
	}
}

/* By address; of equal ones that which came first in the file. */
static int
card_order(const void *a, const void *b)
{
	const struct contact_card *ca = a, *cb = b;
	int order = strcmp(ca->card, cb->card);

	if (order != 0)
		return order;
	return ca->address < cb->address ? -1 : ca->address > cb->address;
}

static void
doubles_drop(struct importing *im)
{
	size_t n = 0;

	qsort(im->card, im->n, sizeof(*im->card), card_order);
	for (size_t i = 0; i < im->n; i++) {
		if (n == 0 ||
		    strcmp(im->card[n - 1].card, im->card[i].card) != 0)
			im->card[n++] = im->card[i];
	}
	im->n = n;
}

static size_t
emails_count(const struct vcard_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		n += list->card[i].n;
	return n;
}

static void
file_take(struct importing *im, const struct vcard_list *list)
{
	size_t told = list->fault_n < VCARD_FAULTS_MAX ? list->fault_n
						       : VCARD_FAULTS_MAX;
	size_t room = emails_count(list) + 1;

	im->fault = op_alloc(im->op, VCARD_FAULTS_MAX * sizeof(*im->fault));
	im->card = op_alloc(im->op, room * sizeof(*im->card));
	im->address = op_alloc(im->op, room * sizeof(*im->address));
	for (size_t i = 0; i < told; i++)
		fault_add(im, list->fault[i].line, list->fault[i].why);
	im->out->fault_n = list->fault_n;
	for (size_t i = 0; i < list->n; i++)
		card_take(im, &list->card[i]);
	doubles_drop(im);
	im->out->cards = list->n;
	im->out->addresses = im->n;
	im->out->fault = im->fault;
}

enum err
contacts_import(struct store *store, struct op *op, int64_t mailbox,
		struct bytes file, bool replace, struct contacts_import *out)
{
	struct importing im = { .op = op, .out = out };
	struct contact_change change = { .mailbox = mailbox,
					 .origin = CONTACTS_FILE,
					 .place = "",
					 .token = "",
					 .all = replace };
	struct vcard_list list;

	*out = (struct contacts_import){ 0 };
	TRY(vcard_read(op, file, &list));
	if (list.n == 0)
		return FAIL(op, ERR_INVALID,
			    "none of its cards can be read; line %u: %s",
			    list.fault[0].line, list.fault[0].why);
	file_take(&im, &list);
	change.n = im.n;
	change.card = im.card;
	return store_contact_put(store, op, &change, &out->done);
}
