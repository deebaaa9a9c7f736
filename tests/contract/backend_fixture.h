/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A backend of the kind that is being tested, empty, with what most tests need
 * of it. */
#include "unit.h"

#include "model/backend.h"

#include <sys/types.h>

struct fixture {
	char dir[64];
	struct arena *arena;
	struct op op;
	struct backend_section section;
	struct backend *b;
};

extern const char *fixture_kind_name;

const struct backend_ops *fixture_kind(const char *name);

/* Is this kind to be tested, and is there what it needs? */
bool fixture_possible(void);

/* cmocka's setup and teardown; *state is the fixture. */
int fixture_open(void **state);
int fixture_close(void **state);

/* A fresh op that may wait; what earlier ones took stays. */
struct op *fixture_op(struct fixture *f);

/* Closes and opens. */
void fixture_reopen(struct fixture *f);

/* It cannot be reached, until it is mended. */
void fixture_break(struct fixture *f);
void fixture_mend(struct fixture *f);

/* In a child: whoever we are, it does not let us; then it does again. */
void fixture_bar(struct fixture *f);
void fixture_admit(struct fixture *f);

/* A child that ends with us, and with 1 at the first that is wrong in it; and
 * the end of one in which nothing was. */
pid_t fixture_fork(void);
void fixture_wait(pid_t child);

/* So many bytes more than its limit are certainly too many. */
size_t fixture_slack(const struct fixture *f);

/* A server has its users, and does not tell who has what. */
void skip_unless_any_user(const struct fixture *f);
void skip_unless_listing(const struct fixture *f);

/* Puts a text, NULL: none, and is told that it lies there. */
void put(struct fixture *f, const char *user, const char *text);
void lies(struct fixture *f, const char *user, const char *text);

/* The users that are listed, sorted, a space behind each. */
void listed_are(struct fixture *f, const char *users);

/* What a test told. */
struct told {
	size_t steps, bad;
};

/* Fails unless the call gives this. */
void expect(const struct op *op, enum err got, enum err wanted,
	    const char *call, const char *file, int line);
#define FINE(op, call) expect((op), (call), OK, #call, __FILE__, __LINE__)
