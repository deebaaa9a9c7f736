/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An SMTP server that takes mails and gives them to nobody: a thread of this
 * program, on an address of this machine, as long as a test lasts.
 */
#include "base/op.h"

#define SINK_MAILS_MAX 8
#define SINK_MAIL_MAX (1 * MIB) /* bytes; a longer one is refused */
#define SINK_LINE_MAX (8 * KIB) /* bytes; then the connection is ended */

struct sink;

/* listen: "127.0.0.1:10026"; port 0: any that is free. */
enum err sink_open(struct op *op, const char *listen, struct sink **out);
/* For CLEANUP; *sinkp is NULL then. */
void sink_close(struct sink **sinkp);

/* Where it listens, "127.0.0.1:40123"; the op's. */
const char *sink_place(const struct sink *sink, struct op *op);

struct sink_mail {
	const char *from, *to; /* of the envelope; to: the first recipient */
	struct bytes mail;     /* its lines end in CRLF */
};

/* The next mail that came, in the op's memory. ERR_NOT_FOUND: none came within
 * so long. */
enum err sink_take(struct sink *sink, struct op *op, unsigned wait_ms,
		   struct sink_mail *out);
