/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Pictures by GET or HEAD: GetUserPhoto of [MS-OXWSPHOTO] 3.1.5.1.1, ... */
#include "model/house.h"

/*
 * OK: `res` says 200 or 304. ERR_INVALID: 400. ERR_NOT_FOUND: no picture, no
 * such mailbox, or one of another organization, all alike. Else it
 * could not be found out: 503, never "no picture".
 */
enum err photo_get(struct house *house, struct op *op,
		   const struct request *req, struct response *res);

/* ... and /photo/ADDRESS?size=N of our own, for programs that know nothing of
 * it: the same answers. */
enum err photo_path_get(struct house *house, struct op *op,
			const struct request *req, struct response *res);
