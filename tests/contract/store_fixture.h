/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A store in a folder of its own, with what most tests need in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/store.h"

struct fixture {
	char dir[64];
	struct arena *arena;
	struct op op;
	struct store_options options;
	struct store *store; /* with the domain example.com */
};

/* cmocka's setup and teardown; *state is the fixture. */
int fixture_open(void **state);
int fixture_close(void **state);

/* A fresh op that may wait; what earlier ones took stays. */
struct op *fixture_op(struct fixture *f);

/* Closes and opens, as it is or as `options` say now. */
void fixture_reopen(struct fixture *f);

/* dir/name; in static memory, until the eighth call after. */
const char *fixture_path(const struct fixture *f, const char *name);

/* Adds local@example.com. */
int64_t fixture_mailbox(struct fixture *f, const char *local);

/* Fails the test unless the store's check finds nothing. */
void fixture_sound(struct fixture *f);

/* Runs statements on the main file, past the store. */
void fixture_sql(struct fixture *f, const char *sql);

/* An oof_change that sets the internal message to `arg`, a text, and the
 * external one to the same backwards; Enabled, All. */
enum err fixture_message(struct op *op, const struct oof_stored *old, void *arg,
			 struct oof_stored *out);

/* store_oof_put with it. */
enum err fixture_put(struct store *s, struct op *op, int64_t mailbox,
		     const char *text);

/* A picture of variants 48, 64 and 96, filled with a pattern of `seed`. */
void fixture_picture(struct op *op, unsigned seed, struct photo_set *out);

/* Is the variant what fixture_picture made, of any one seed? -1: no. */
int fixture_seed(const struct photo *photo);

/* Removes a flat folder with all that is in it. */
void fixture_remove(const char *dir);

/* Fails the test with the reason unless the call gives this. */
void expect(struct op *op, enum err got, enum err wanted, const char *call,
	    const char *file, int line);
#define GIVES(wanted, op, call)                                                \
	expect((op), (call), (wanted), #call, __FILE__, __LINE__)
#define FINE(op, call) GIVES(OK, op, call)
