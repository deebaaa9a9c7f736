/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The socket below a line_link: each wait ends at until_us. */
#include "base/op.h"

#define LINE_SERVER_MAX 300 /* bytes of its name, with its port and NUL */

struct line_socket {
	int fd;                       /* -1: none */
	int64_t until_us;             /* monotonic */
	bool here;                    /* it leads to this machine */
	char server[LINE_SERVER_MAX]; /* as the configuration names it */
	char host[LINE_SERVER_MAX];   /* without the port, for certificates */
};

/* until_us is set before; the rest is filled in. */
enum err line_socket_open(struct op *op, struct line_socket *s,
			  const char *server);
void line_socket_close(struct line_socket *s);

enum err line_socket_send(struct op *op, struct line_socket *s,
			  struct bytes all);

/* As much as goes without waiting: for a last word. */
void line_socket_part(struct line_socket *s, struct bytes all);

/* At least one byte. */
enum err line_socket_receive(struct op *op, struct line_socket *s, void *to,
			     size_t room, size_t *out);

/* Nothing came that was not received yet, and it is not closed. */
bool line_socket_is_quiet(const struct line_socket *s);
