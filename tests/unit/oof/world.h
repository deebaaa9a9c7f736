/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Stand-ins for store and directory: a few mailboxes, their absences in
 * memory, and wings that fail when a test says so. */
#include "message.h"

#include "base/text.h"
#include "model/house.h"

#define ADA "ada@frontdesk.example"
#define MALLORY "mallory@frontdesk.example"
#define SHARED "info@frontdesk.example" /* Ada is an owner */
#define INSIDE "inside@frontdesk.example"
#define ELSEWHERE "eve@other.example" /* of another organization */

static const struct mailbox world_mailboxes[] = {
	/* clang-format off */
	{ .id = 1, .organization = 1, .address = ADA,       .policy = AUDIENCE_ALL, .zone = "Europe/Berlin" },
	{ .id = 2, .organization = 1, .address = MALLORY,   .policy = AUDIENCE_ALL },
	{ .id = 3, .organization = 1, .address = SHARED,    .policy = AUDIENCE_ALL },
	{ .id = 4, .organization = 1, .address = INSIDE,    .policy = AUDIENCE_NONE },
	{ .id = 5, .organization = 2, .address = ELSEWHERE, .policy = AUDIENCE_ALL },
	/* clang-format on */
};

static struct {
	struct oof_stored row[COUNT(world_mailboxes) + 1]; /* by mailbox id */
	enum err resolve, owner, get, put; /* what the wings say, if not OK */
	unsigned puts, changes;
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
