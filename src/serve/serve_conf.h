/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * nginx's configuration, made from ours. Pure: what this machine is like is in
 * `struct serve_machine`.
 */
#include "base/buf.h"
#include "model/settings.h"

#define SERVE_CONF_MAX (64 * KIB)   /* of the file that is made */
#define SERVE_QUEUE_MAX 16384       /* ops that wait for a thread of a pool */
#define SERVE_SHUTDOWN_S 20         /* then open connections are cut */
#define SERVE_DESCRIPTORS_SPARE 512 /* of a worker, beside its connections */
#define SERVE_LOG_LINE_MAX 4096     /* bytes: what a pipe takes in one piece */

struct serve_machine {
	const char *module; /* absolute path of the module */
	const char *user;   /* NULL: not started as root */
	const char *group;
	const char *log; /* the access log; NULL: none */
	bool log_is_pipe;
	unsigned processors;
	unsigned descriptors_max; /* that a process may have */
	bool ipv6;
};

/* ERR_INVALID: a path or address that cannot be written there. */
enum err serve_conf_write(struct op *op, const struct settings *s,
			  const struct serve_machine *m, struct buf *out);

/* How many workers there will be. */
unsigned serve_conf_workers(const struct settings *s,
			    const struct serve_machine *m);
