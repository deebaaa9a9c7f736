/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the tests of both mail servers have in common: a mail that ought to be
 * answered, and what is to be seen of its reply. */
#include "delivery/section.h"
#include "oof/oof_world.h"
#include "verbs/setup/setup.h"
#include "verbs/setup/sink.h"

struct trial {
	struct setup *s;
	const char *address; /* as it was named */
	const char *sender;  /* of the mail */
	const struct mailbox *mailbox;
	const struct backend_section *section;
	const char *user;    /* as the section knows it */
	const char *subject; /* of the mail, ... */
	const char *id;      /* ... its Message-ID, ... */
	const char *mail;    /* ... and all of it; lines end in CRLF */
	struct oof_world world;
	struct oof_answer answer; /* what the rules say of it */
};

void trial_row(struct trial *t, const char *check, enum plan_state state,
	       const char *subject, const char *detail, const char *remedy);

/*
 * Finds the mailbox, writes the mail and asks the rules, a row each. ERR_DOWN:
 * one failed, and there is nothing to test. sender NULL: one of the mailbox's
 * domain that nobody else has. The store is open.
 */
enum err trial_begin(struct trial *t, const char *sender);

/* Is the reply what it has to be? Rows. ERR_DOWN: it is not. */
enum err trial_reply(struct trial *t, const struct sink_mail *reply);
