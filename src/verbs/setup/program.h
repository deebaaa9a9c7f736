/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Runs a program of the mail server's, and keeps what it says. */
#include "base/op.h"

#define PROGRAM_OUTPUT_MAX (4 * MIB) /* bytes, of each of its outputs */
#define PROGRAM_TIMEOUT_MS 30000     /* then it is ended */

struct program_said {
	int status; /* as it ended itself; -1: it was ended by a signal */
	bool cut;   /* there was more than PROGRAM_OUTPUT_MAX */
	struct bytes output;
	const char *errors; /* standard error, without its last line end */
};

/* Where it lies: in one of `folders` (NULL behind; may be NULL), in $PATH, or
 * where programs of the system are; NULL: nowhere. */
const char *program_find(struct op *op, const char *const *folders,
			 const char *name);

/* argv[0] is a path. ERR_DOWN: it cannot be started, or does not end. */
enum err program_run(struct op *op, const char *const *argv, struct bytes input,
		     struct program_said *out);
