/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A connection to an image worker for one picture: to the one that listens,
 * or to one started for it. Every step ends by the op's deadline, ERR_DOWN.
 */
#include "base/op.h"

#include <sys/types.h>

struct link {
	int fd;
	pid_t pid; /* of a worker of our own; 0: none */
};

#define LINK_NONE                                                              \
	{                                                                      \
		-1, 0                                                          \
	}

/* The worker's program; fd: opened (O_PATH) by somebody whom its folder may
 * have let in when it bars us, or -1. */
struct link_program {
	const char *path; /* NULL: none */
	int fd;
};

/* socket: as in image_open. */
enum err link_open(struct op *op, const char *socket,
		   const struct link_program *program, struct link *out);

/* Ends a worker of our own that is still at work. Takes LINK_NONE. */
void link_close(struct link *link);

enum err link_write(struct link *link, struct op *op, const void *from,
		    size_t n);

/* All n bytes. */
enum err link_read(struct link *link, struct op *op, void *to, size_t n);

/* Does somebody listen there? Never waits. */
bool link_listens(const char *socket);
