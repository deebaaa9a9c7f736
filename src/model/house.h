/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The wings, bound together: what a protocol may call. And what a door needs:
 * house_open and its kin, defined in main/open.c.
 */
#include "model/auth.h"
#include "model/delivery.h"
#include "model/directory.h"
#include "model/http.h"
#include "model/image.h"
#include "model/store.h"

struct metrics; /* desk/metrics.h: counters in shared memory */

struct house {
	struct store *store;
	struct directory *directory;
	struct auth *auth;
	struct image *image;
	struct delivery *delivery;
	struct metrics *metrics;
};

/* What a worker process shares with its siblings. Made once by the master. */
size_t house_shared_size(void);
void house_shared_init(void *shared);

struct desk_house; /* a house, its settings, and the desk's functions */

/*
 * Opens what the configuration file names, for one worker process. copy: where
 * its text is read instead (main/open.h, SETTINGS_FILE); NULL: from the file.
 * NULL on failure, with one line in *reason (static memory, until the next
 * call).
 */
struct desk_house *house_open(const char *file, const char *copy, void *shared,
			      const char **reason);
void house_close(struct desk_house *h);

/*
 * An op with its memory, clock, and the settings now in force (they are read
 * again here when the supervisor has raised the generation: only on the
 * thread that called house_open). house_op_end gives all of it back.
 */
struct op *house_op(struct desk_house *h);
void house_op_end(struct desk_house *h, struct op *op);

/*
 * What can be told before the body is read: 404, 401, 405, 413. OK: read the
 * body, at most *body_max bytes of it, then call house_answer. ERR_WAIT: call
 * it again on the thread of the pool op->wait_for, after op->delay_ms. Any
 * other: `res` is complete, send it.
 */
enum err house_admit(struct desk_house *h, struct op *op,
		     const struct request *req, struct response *res,
		     size_t *body_max);

/* The answer. OK: `res` is complete, whatever it says. ERR_WAIT: as above. */
enum err house_answer(struct desk_house *h, struct op *op,
		      const struct request *req, struct response *res);

/* The body was longer than body_max, or its coding was broken: completes the
 * answer (413, 400) and tells the outcome. */
void house_refuse(struct desk_house *h, struct op *op,
		  const struct request *req, struct response *res,
		  enum err err);
