/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How a picture is answered to a GET, whatever it was asked by. */
#include "model/house.h"

struct photo_ask {
	int64_t id;       /* whose: photo_owner_find */
	unsigned edge;    /* pixels; 0: the largest there is */
	bool for_anybody; /* shared caches may keep it */
};

/*
 * OK: `res` says 200 or, where the client has this very picture, 304.
 * ERR_NOT_FOUND: there is none.
 */
enum err photo_answer(struct house *house, struct op *op,
		      const struct request_headers *headers,
		      const struct photo_ask *ask, struct response *res);

/* ETag, Cache-Control and Expires: of every answer that is or stands for a
 * picture. */
void photo_headers_put(struct op *op, const char *etag, bool for_anybody,
		       struct response *res);

/* "private, max-age=300" */
const char *photo_cache_control(struct op *op, bool for_anybody);
