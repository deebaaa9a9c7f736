/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Copies of uploaded pictures, on their way into directories. */
#include "model/house.h"

/* A directory takes no more: the upper range of thumbnailPhoto in AD. */
#define PHOTO_COPY_MAX 102400 /* bytes */

/*
 * Makes the copies that are due, or erases them, for the clerk. One that fails
 * is told in its row, and is due again later and later. ERR_DOWN: the store is.
 */
enum err photo_copies_run(struct house *house, struct op *op);
