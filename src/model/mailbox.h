/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A mailbox, and who is asking. Plain data; what comes back is the op's. */
#include "base/op.h"
#include "model/oof.h"
#include "model/settings.h"

struct mailbox {
	int64_t id;           /* never used again for another mailbox */
	int64_t organization; /* a wall: nothing is seen across it */
	const char *address;  /* primary, folded to lower case */
	const char *name;     /* "" when none was given */
	const char *zone;     /* IANA name; NULL: the site's */
	const char *password; /* crypt(5) hash; NULL: may not log in */
	int64_t password_version;
	unsigned policy; /* enum oof_audience: the most that may be sent */
};

struct caller {
	const struct mailbox *mailbox; /* whom the request acts as; NULL: an
					  application, until it says so */
	const char *login;             /* the name as verified, for the log */
	bool remembered;               /* verified a moment ago, not now */
	const struct service_account *rights; /* model/service.h: set once it is
						 not to be found by mailbox */
	const char *service; /* the service account that acts as the mailbox;
				NULL: the mailbox's own login */
};

/* Who changes another's mailbox, for the audit. */
struct actor {
	const char *name;   /* a login, or "cli:" and a user of the system */
	int64_t account;    /* its mailbox; 0: it has none */
	const char *detail; /* what the store cannot tell: never a text of a
			       reply, never a password; NULL: nothing */
};

/*
 * Called before a change of `mailbox`: whoever is not its own account, or acts
 * as it by impersonation, goes into the audit with the change.
 */
static inline void
actor_note(struct op *op, const struct mailbox *mailbox, const char *detail)
{
	const struct caller *c = op->caller;
	struct actor *actor;

	if (c->service == NULL && c->mailbox->id == mailbox->id)
		return;
	actor = op_alloc(op, sizeof(*actor));
	actor->name = c->service != NULL ? c->service : c->login;
	actor->account = c->service != NULL ? 0 : c->mailbox->id;
	actor->detail = detail;
	op->actor = actor;
}

/* The zone in which the mailbox lives. */
static inline const char *
mailbox_zone(const struct op *op, const struct mailbox *mailbox)
{
	return mailbox->zone != NULL ? mailbox->zone : op->settings->zone;
}
