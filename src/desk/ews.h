/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* POST on Exchange.asmx: a SOAP request to its operation, and the answer. */
#include "model/house.h"

/*
 * The largest request of any operation but one. Two full replies, each
 * character sent as &quot;, take 1.5 MiB. Holds for a body as sent and for
 * what comes out of its content coding.
 */
#define EWS_DOCUMENT_MAX (1792 * KIB)

/*
 * Which operation it is, is known when the body is there, so this is what the
 * route lets in: SetUserPhoto with a picture of 8 MiB in base64, in lines. The
 * command takes 64 MiB, but of a file; here each byte lies in memory as body,
 * as text and as picture at a time, and nobody's picture is worth more than
 * 64 MiB of that: limits.body_memory is shared by all who send.
 */
#define EWS_BODY_MAX (11 * MIB + 256 * KIB)

/*
 * OK: `res` has an answer or a fault. ERR_INVALID: 400, a damaged content
 * coding; ERR_LIMIT: 413, more than the operation takes. ERR_WAIT: as any
 * handler.
 */
enum err ews_post(struct house *house, struct op *op, const struct request *req,
		  struct response *res);
