/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The commands of RFC 5804 that are about scripts; who has signed in owns them.
 */
#include "wing/backend/managesieve_link.h"

struct ms_scripts {
	size_t n, room;
	const char **name;
	const char *active; /* NULL: none is */
	bool odd;           /* the active one has a name that we cannot write */
};

enum err ms_list(struct op *op, struct ms_link *l, struct ms_scripts *out);
bool ms_has(const struct ms_scripts *scripts, const char *name);

/* p NULL: there is none. */
enum err ms_get(struct op *op, struct ms_link *l, const char *name,
		struct bytes *out);

/* In the place of one of that name, whole or not at all. ERR_INVALID: the
 * server does not take it. */
enum err ms_put(struct op *op, struct ms_link *l, const char *name,
		struct bytes script);

/* "": none is to be active. */
enum err ms_activate(struct op *op, struct ms_link *l, const char *name);

/* One that is not there is no error. */
enum err ms_delete(struct op *op, struct ms_link *l, const char *name);

/* ERR_LIMIT: it has no room for so many bytes under that name. */
enum err ms_space(struct op *op, struct ms_link *l, const char *name,
		  uint64_t size);

/* ERR_INVALID: it would not take it. said (may be NULL): its OK, which may be
 * one with warnings. */
enum err ms_check(struct op *op, struct ms_link *l, struct bytes script,
		  struct ms_line *said);
