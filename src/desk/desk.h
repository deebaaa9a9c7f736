/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Brings a request to its protocol and the answer back. These are the
 * house_admit, house_answer and house_refuse of model/house.h, given a house.
 */
#include "model/house.h"

/* What can be told before the body is read. OK: read at most *body_max bytes
 * of it, then call desk_answer. ERR_WAIT: call it again where it may wait.
 * Any other: `res` is complete. */
enum err desk_admit(struct house *house, struct op *op,
		    const struct request *req, struct response *res,
		    size_t *body_max);

/* The answer; also without desk_admit before it. OK: `res` is complete,
 * whatever it says. ERR_WAIT: call it again where it may wait. */
enum err desk_answer(struct house *house, struct op *op,
		     const struct request *req, struct response *res);

/* The body did not come as it should: completes the answer. */
void desk_refuse(struct house *house, struct op *op, const struct request *req,
		 struct response *res, enum err err);
