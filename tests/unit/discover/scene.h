/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Stand-ins for store and directory: two organizations, and wings that fail
 * when a test says so. */
#include "message.h"

#include "base/text.h"
#include "discover/discover.h"

#define ADA "ada@frontdesk.example"
#define ELSEWHERE "eve@other.example" /* of another organization */
#define URL "https://mail.frontdesk.example"

static const struct mailbox scene_mailboxes[] = {
	{ .id = 1, .organization = 1, .address = ADA, .name = "Ada Example" },
	{ .id = 2,
	  .organization = 1,
	  .address = "o'n/eil@frontdesk.example",
	  .name = "" },
	{ .id = 3, .organization = 2, .address = ELSEWHERE, .name = "Eve" },
};

static struct {
	enum err resolve, domain; /* what the wings say, if not OK */
	unsigned resolved;        /* how often somebody was looked for */
	struct settings settings;
	struct caller caller;
	struct house house;
} scene;

/* A new scene, in which Ada asks. 2026-11-22T12:00:00Z */
#define SCENE_NOW INT64_C(1795348800)
static inline void
scene_begin(struct op *op)
{
	memset(&scene, 0, sizeof(scene));
	scene.settings.public_url = URL;
	scene.settings.resolve_names = true;
	scene.caller.mailbox = &scene_mailboxes[0];
	op->settings = &scene.settings;
	op->caller = &scene.caller;
	op->now = SCENE_NOW;
	op->operation = op->result = op->target = op->reason = NULL;
}

enum err
directory_resolve(struct directory *d, struct op *op, const char *address,
		  int64_t organization, const struct mailbox **out)
{
	(void)d;
	scene.resolved++;
	if (scene.resolve != OK)
		return FAIL(op, scene.resolve, "the directory says so");
	if (text_case_equal(address, "lovelace@frontdesk.example"))
		address = ADA;
	for (size_t i = 0; i < COUNT(scene_mailboxes); i++) {
		*out = &scene_mailboxes[i];
		if (text_case_equal(address, (*out)->address) &&
		    (*out)->organization == organization)
			return OK;
	}
	return FAIL(op, ERR_NOT_FOUND, "nobody's");
}

/* Nobody owns another's mailbox. */
enum err
store_owner_find(struct store *s, struct op *op, int64_t mailbox, int64_t owner)
{
	(void)s;
	(void)mailbox;
	(void)owner;
	return FAIL(op, ERR_NOT_FOUND, "no owner");
}

enum err
store_domain_find(struct store *s, struct op *op, const char *domain,
		  struct domain *out)
{
	(void)s;
	if (scene.domain != OK)
		return FAIL(op, scene.domain, "the store says so");
	if (strcmp(domain, "frontdesk.example") == 0)
		*out = (struct domain){ domain, 1, "" };
	else if (strcmp(domain, "other.example") == 0)
		*out = (struct domain){ domain, 2, "Other Ltd" };
	else
		return FAIL(op, ERR_NOT_FOUND, "none of ours");
	return OK;
}

/* An application asks, which may act for those of one domain or address; both
 * NULL: for nobody. */
static inline void
scene_application(struct op *op, const char *const *domains,
		  const char *const *addresses)
{
	struct service_account *rights = op_alloc(op, sizeof(*rights));

	rights->domains = domains;
	rights->addresses = addresses;
	scene.caller.mailbox = NULL;
	scene.caller.rights = domains == NULL ? NULL : rights;
}

/* An answer, as a client sees it. */
static inline const char *
scene_text(struct op *op, const struct response *res)
{
	return op_text(op, (const char *)res->body.p, res->body.n);
}
