/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What `frontdesk dev` adds to the desk of a server of its own: every exchange
 * is shown, and the next operations may be answered with an error. A server
 * without the hidden setting dev.socket has none of it.
 */
#include "model/house.h"

static inline bool
dev_is_on(const struct op *op)
{
	return op->settings != NULL && op->settings->dev_socket != NULL;
}

/*
 * Asks what this operation is to suffer. *answered: `res` is the answer, an
 * error; else the operation goes on. ERR_WAIT: it is to be late.
 */
enum err dev_before(struct house *house, struct op *op,
		    const struct request *req, struct response *res,
		    bool *answered);

/* Behind the operation's own answer. */
void dev_behind(const struct op *op, struct response *res);

/* Shows the exchange: never a password or a token. */
void dev_tell(struct op *op, const struct request *req,
	      const struct response *res);
