/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What GetUserPhoto does however it was asked: over SOAP or by a plain GET. */
#include "model/house.h"

#define PHOTO_NOBODY 0 /* no mailbox has this id */

/*
 * Whose picture, in *id. An address of nobody, or of another organization,
 * goes on as a mailbox without a picture does: neither the answer nor the time
 * that it takes tells one from the other.
 */
enum err photo_owner_find(struct house *house, struct op *op, const char *email,
			  int64_t *id);

/*
 * The variant that fits, or with want_jpeg false only what is known of it: of
 * the uploaded picture, else of the directory's. ERR_NOT_FOUND: there is none,
 * or it is hidden. ERR_DOWN: whether there is one is not known, and the
 * directory cannot be asked. Whoever shows pictures to people gets them here.
 */
enum err photo_find(struct house *house, struct op *op, int64_t id,
		    unsigned edge, bool want_jpeg, struct photo *out);
