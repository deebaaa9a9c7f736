/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* POST on Exchange.asmx: a SOAP request to its operation, and the answer. */
#include "model/house.h"

/* Two full replies, each character sent as &quot;, take 1.5 MiB. Holds for the
 * body as sent and for what comes out of its content coding. */
#define EWS_BODY_MAX (1792 * KIB)

/*
 * OK: `res` has an answer or a fault. ERR_INVALID: 400, a damaged content
 * coding; ERR_LIMIT: 413. ERR_WAIT: as any handler.
 */
enum err ews_post(struct house *house, struct op *op, const struct request *req,
		  struct response *res);
