/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Uploaded pictures: whoever takes one from people hands it in here. */
#include "model/house.h"

/* Stores it, and has a copy of it made where the mailbox's directory is to have
 * one (photo_copies.h). Errors are store_photo_put's. */
enum err photo_keep(struct house *house, struct op *op, int64_t mailbox,
		    struct photo_set *set);
