/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An installation with a real store and two folders of scripts, for the tests
 * of model/delivery.h. */
#include "store_fixture.h"

#include "delivery/delivery_own.h"
#include "model/publication.h"

struct site {
	struct fixture *f;
	struct settings settings;
	struct backend_section section[2]; /* "mail", and "other" unused */
	struct delivery *delivery;
};

void site_open(struct fixture *f, struct site *s);
void site_close(struct site *s);
struct op *site_op(struct site *s);

/* An oof_change: an absence is on with that text, or off (NULL). */
struct wish {
	const char *text;
	unsigned audience;
	bool outside; /* there is no text for those inside */
};
enum err site_change(struct op *op, const struct oof_stored *old, void *arg,
		     struct oof_stored *out);

void site_store(struct site *s, int64_t mailbox, const char *text);
/* And as a Set does it. */
void site_set(struct site *s, int64_t mailbox, const char *text);

/* The file of a user; "": there is none. */
const char *site_script(struct site *s, size_t section, const char *user);
bool site_has(struct site *s, const char *user);
void site_write(struct site *s, const char *name, const char *text);

struct effect site_effect(struct site *s, int64_t mailbox);
/* reason NULL: there is none; else a part of it. */
void site_effect_is(struct site *s, int64_t mailbox, enum effect_status status,
		    const char *reason);
