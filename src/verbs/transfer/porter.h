/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Somebody who stays at the door: a process with the identity of the one who
 * gave the command, which opens files of one folder for us when we have
 * become the owner of the data. Names are relative and never lead out of the
 * folder, through no link either. Thread-safe.
 */
#include "base/op.h"

#include <sys/types.h>

#define PORTER_NAME_MAX 4000 /* bytes of a name below the folder */

struct porter;

/* Before any thread is there. make: the folder may have to be made. */
enum err porter_open(struct op *op, const char *dir, bool make,
		     struct porter **out);
void porter_close(struct porter *p); /* takes NULL */

/* An ordinary file, for reading. ERR_INVALID: it is none, or the name leads
 * out of the folder. *fd is the caller's. */
enum err porter_read(struct porter *p, struct op *op, const char *name,
		     int *fd);

/* A new file, for writing. ERR_CONFLICT: there is one of that name. */
enum err porter_make(struct porter *p, struct op *op, const char *name,
		     mode_t mode, int *fd);

/* Gives a file another name, in the place of what may have it. */
enum err porter_rename(struct porter *p, struct op *op, const char *from,
		       const char *to);
enum err porter_remove(struct porter *p, struct op *op, const char *name);

/* All of an open file, and that it is closed. ERR_LIMIT: more than `most`. */
enum err porter_take(struct op *op, int fd, size_t most, struct bytes *out);
