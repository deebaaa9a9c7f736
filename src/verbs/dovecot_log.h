/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What Dovecot's log tells of replies that scripts have sent. Senders choose
 * what stands in parts of its lines: only what they cannot write is believed.
 */
#include "base/op.h"

#define DOVECOT_LOG_MAX (16 * MIB)  /* bytes read of a file: its end */
#define DOVECOT_LOG_LINE_MAX 4096   /* bytes; a longer one is passed over */
#define DOVECOT_LOG_ROWS_MAX 100000 /* of one file: the newest */

/* A reply. */
struct dovecot_sent {
	const char *user;       /* as Dovecot calls the mailbox */
	const char *to;         /* who was answered */
	const char *message_id; /* of the mail that he had sent; NULL */
	int64_t at;             /* 0: its time cannot be read */
	bool sent;              /* false: it could not be sent */
};

/* One line, without its end. zone: of times without one. False: it tells of no
 * reply. */
bool dovecot_log_line(struct op *op, const char *line, const char *zone,
		      struct dovecot_sent *out);

struct dovecot_log {
	bool cut; /* it begins before what was read */
	size_t n;
	struct dovecot_sent *row; /* in the order of the file */
};

/* The replies of one user in an open file, which is read from its end. */
enum err dovecot_log_read(struct op *op, int fd, const char *user,
			  const char *zone, struct dovecot_log *out);
