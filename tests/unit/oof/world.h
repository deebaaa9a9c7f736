/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Stand-ins for store and directory: a few mailboxes, their absences in
 * memory, and wings that fail when a test says so. */
#include "message.h"

#include "base/text.h"
#include "model/contacts.h"
#include "model/house.h"
#include "photo/no_directory.h"

#define ADA "ada@frontdesk.example"
#define MALLORY "mallory@frontdesk.example"
#define SHARED "info@frontdesk.example" /* Ada is an owner */
#define INSIDE "inside@frontdesk.example"
#define ELSEWHERE "eve@other.example" /* of another organization */

static const struct mailbox world_mailboxes[] = {
	/* clang-format off */
	{ .id = 1, .organization = 1, .address = ADA,       .name = "Ada Lovelace", .policy = AUDIENCE_ALL, .zone = "Europe/Berlin" },
	{ .id = 2, .organization = 1, .address = MALLORY,   .name = "", .policy = AUDIENCE_ALL },
	{ .id = 3, .organization = 1, .address = SHARED,    .name = "", .policy = AUDIENCE_ALL },
	{ .id = 4, .organization = 1, .address = INSIDE,    .name = "", .policy = AUDIENCE_NONE },
	{ .id = 5, .organization = 2, .address = ELSEWHERE, .name = "", .policy = AUDIENCE_ALL },
	/* clang-format on */
};

static struct {
	struct oof_stored row[COUNT(world_mailboxes) + 1]; /* by mailbox id */
	enum err resolve, owner, get, put; /* what the wings say, if not OK */
	enum err contacts;                 /* likewise */
	const char *known;                 /* to everybody; NULL: nobody is */
	unsigned puts, changes, published;
	struct bytes picture[COUNT(world_mailboxes) + 1]; /* likewise */
	enum err photo, square, keep; /* what they say of pictures */
	unsigned kept;
	struct bytes squared; /* what the image worker was given */
	struct settings settings;
	struct caller caller;
} world;

static inline const struct mailbox *
world_mailbox(const char *address)
{
	for (size_t i = 0; i < COUNT(world_mailboxes); i++) {
		if (text_case_equal(address, world_mailboxes[i].address))
			return &world_mailboxes[i];
	}
	if (text_case_equal(address, "ada.alias@frontdesk.example"))
		return &world_mailboxes[0];
	return NULL;
}

/* A new world, with somebody in it who asks. 2026-11-22T12:00:00Z */
#define WORLD_NOW INT64_C(1795348800)
static inline void
world_begin(struct op *op, const char *caller)
{
	memset(&world, 0, sizeof(world));
	world.settings.public_url = "https://mail.frontdesk.example";
	world.settings.zone = "UTC";
	world.caller.mailbox = world_mailbox(caller);
	op->settings = &world.settings;
	op->caller = &world.caller;
	op->now = WORLD_NOW;
}

/* ---- the wings ---- */

enum err
directory_resolve(struct directory *d, struct op *op, const char *address,
		  int64_t organization, const struct mailbox **out)
{
	(void)d;
	if (world.resolve != OK)
		return FAIL(op, world.resolve, "the directory says so");
	*out = world_mailbox(address);
	if (*out == NULL ||
	    (organization != 0 && (*out)->organization != organization))
		return FAIL(op, ERR_NOT_FOUND, "nobody's");
	return OK;
}

enum err
store_domain_find(struct store *s, struct op *op, const char *domain,
		  struct domain *out)
{
	(void)s;
	if (world.resolve != OK)
		return FAIL(op, world.resolve, "the store says so");
	for (size_t i = 0; i < COUNT(world_mailboxes); i++) {
		if (strcmp(text_domain(world_mailboxes[i].address), domain) !=
		    0)
			continue;
		*out = (struct domain){
			.name = domain,
			.organization = world_mailboxes[i].organization
		};
		return OK;
	}
	return FAIL(op, ERR_NOT_FOUND, "not a domain of ours");
}

enum err
store_owner_find(struct store *s, struct op *op, int64_t mailbox,
		 int64_t account)
{
	(void)s;
	if (world.owner != OK)
		return FAIL(op, world.owner, "the store says so");
	return mailbox == 3 && account == 1
		       ? OK
		       : FAIL(op, ERR_NOT_FOUND, "not an owner");
}

enum err
directory_owned(struct directory *d, struct op *op, const char *address,
		const struct mailbox **out)
{
	const struct mailbox *caller = op->caller->mailbox;
	enum err err;

	*out = caller;
	if (text_case_equal(address, caller->address))
		return OK;
	TRY(directory_resolve(d, op, address, caller->organization, out));
	if ((*out)->id == caller->id)
		return OK;
	err = store_owner_find(NULL, op, (*out)->id, caller->id);
	if (err == ERR_NOT_FOUND)
		return FAIL(op, ERR_DENIED, "another's");
	return err;
}

enum err
store_oof_get(struct store *s, struct op *op, int64_t mailbox,
	      struct oof_stored *out)
{
	(void)s;
	if (world.get != OK)
		return FAIL(op, world.get, "the store says so");
	*out = world.row[mailbox];
	return OK;
}

enum err
store_oof_put(struct store *s, struct op *op, int64_t mailbox,
	      oof_change *change, void *arg)
{
	struct oof_stored new = { 0 };

	(void)s;
	world.puts++;
	if (world.put != OK)
		return FAIL(op, world.put, "the store says so");
	TRY(change(op, &world.row[mailbox], arg, &new));
	world.changes++;
	world.row[mailbox] = new;
	return OK;
}

/* What is stored is what is published. */
void
delivery_publish(struct delivery *d, struct op *op, int64_t mailbox)
{
	(void)d;
	(void)op;
	assert_int_not_equal(world.row[mailbox].settings.state, 0);
	world.published++;
}

enum err
contacts_has(struct store *s, struct op *op, const struct mailbox *mailbox,
	     const char *address)
{
	(void)s;
	(void)mailbox;
	if (world.contacts != OK)
		return FAIL(op, world.contacts, "the store says so");
	return unit_same(world.known, address)
		       ? OK
		       : FAIL(op, ERR_NOT_FOUND, "no contact");
}

/* By the start of an address alone. */
enum err
store_book_find(struct store *s, struct op *op, int64_t organization,
		const char *start, size_t most, struct mailbox_list *out)
{
	struct mailbox *list = op_alloc(op, sizeof(world_mailboxes));
	size_t n = 0;

	(void)s;
	if (world.get != OK)
		return FAIL(op, world.get, "the store says so");
	for (size_t i = 0; i < COUNT(world_mailboxes) && n < most; i++) {
		const struct mailbox *m = &world_mailboxes[i];

		if (m->organization == organization &&
		    text_case_starts(m->address, start))
			list[n++] = *m;
	}
	*out = (struct mailbox_list){ n, list };
	return OK;
}

enum err
store_alias_list(struct store *s, struct op *op, int64_t mailbox,
		 struct text_list *out)
{
	static const char *const aliases[] = { "ada.alias@frontdesk.example" };

	(void)s;
	(void)op;
	*out = (struct text_list){ mailbox == 1 ? 1 : 0, aliases };
	return OK;
}

enum err
store_domain_list_of(struct store *s, struct op *op, int64_t organization,
		     size_t most, struct domain_list *out)
{
	static const struct domain domains[] = {
		{ .name = "frontdesk.example", .organization = 1 },
		{ .name = "other.example", .organization = 2 },
	};

	(void)s;
	(void)op;
	assert_true(most > 0);
	*out = (struct domain_list){ 1, &domains[organization - 1] };
	return OK;
}

/* ---- pictures ---- */

enum err
store_photo_state(struct store *s, struct op *op, int64_t mailbox,
		  struct photo_state *out)
{
	(void)s;
	(void)op;
	*out = (struct photo_state){
		.uploaded = world.photo != OK || world.picture[mailbox].n > 0,
	};
	return OK;
}

enum err
store_photo_get(struct store *s, struct op *op, int64_t mailbox, unsigned edge,
		unsigned want, struct photo *out)
{
	(void)s;
	if (world.photo != OK)
		return FAIL(op, world.photo, "the store says so");
	if (world.picture[mailbox].n == 0)
		return FAIL(op, ERR_NOT_FOUND, "no picture");
	*out = (struct photo){ .version = 1,
			       .changed = WORLD_NOW - 1,
			       .source = { 0xab },
			       .edge = edge == 0 ? 648 : edge };
	if (want & PHOTO_JPEG)
		out->jpeg = world.picture[mailbox];
	return OK;
}

enum err
store_photo_put(struct store *s, struct op *op, int64_t mailbox,
		const struct photo_set *in)
{
	(void)s;
	if (world.keep != OK)
		return FAIL(op, world.keep, "the store says so");
	world.kept++;
	world.picture[mailbox] = in->variant[0].jpeg;
	return OK;
}

enum err
image_square(struct image *i, struct op *op, struct bytes file,
	     struct photo_set *out)
{
	(void)i;
	world.squared = file;
	if (world.square != OK)
		return FAIL(op, world.square, "it is no picture");
	out->n = 1;
	out->variant[0] = (struct photo_variant){ 48, file };
	return OK;
}
