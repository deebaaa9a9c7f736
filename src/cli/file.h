/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Files that somebody names on the command line; "-" is standard input or
 * output. A reason says which file and why. */
#include "base/op.h"

#include <sys/types.h>

/* All of a file. ERR_NOT_FOUND, ERR_DENIED; ERR_LIMIT: more than `most`. */
enum err file_read(struct op *op, const char *path, size_t most,
		   struct bytes *out);

/* As file_read; ERR_INVALID when it is not UTF-8 text. */
enum err file_text(struct op *op, const char *path, size_t most,
		   const char **out);

/* The first line of standard input, without its end. ERR_INVALID: there is
 * none, or it is not UTF-8. */
enum err file_line(struct op *op, size_t most, const char **out);

/* Makes or replaces a file in one step: it is the old one or the new one,
 * whole, whatever happens, and on the disk when this returns. */
enum err file_put(struct op *op, const char *path, mode_t mode,
		  struct bytes bytes);

/* Writes to a file of the user, or to standard output for "-". */
enum err file_write(struct op *op, const char *path, struct bytes bytes);

/* Copies a file; the copy must not exist yet, gets `mode`, and is on the disk
 * when this returns. */
enum err file_copy(struct op *op, const char *from, const char *to,
		   mode_t mode);

/* The failure of a system call on a file, as an err with its reason. */
enum err file_fail(struct op *op, int error, const char *path,
		   const char *doing);
