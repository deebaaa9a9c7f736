/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A photo's file by the address of the person: "ada@example.com.jpg". An
 * address may have what a file's name may not: %25 and %2F stand for a
 * percent sign and a slash. Pure.
 */
#include "base/op.h"

/* Does it end like JPEG, PNG or WebP, in any case of letters? */
bool photo_name_is_picture(const char *path);

/* The address in the last part of a path. ERR_INVALID: it is none. */
enum err photo_name_read(struct op *op, const char *path, const char **out);

/* The name of a JPEG for an address. ERR_LIMIT: no file can have it. */
enum err photo_name_make(struct op *op, const char *address, const char **out);
