/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* TLS between a line_link and its socket, by OpenSSL. OpenSSL never touches
 * the socket: it reads and writes memory, so deadlines and signals are ours. */
#include "wire/line_socket.h"

struct line_tls;

/* Agrees on TLS; *out is to be closed after a failure, too. */
enum err line_tls_open(struct op *op, struct line_socket *s, const char *ca,
		       struct line_tls **out);

/* Takes NULL. Says good-bye where that does not have to wait. */
void line_tls_close(struct line_tls *t, struct line_socket *s);

enum err line_tls_send(struct op *op, struct line_tls *t, struct line_socket *s,
		       struct bytes all);

/* At least one byte. */
enum err line_tls_receive(struct op *op, struct line_tls *t,
			  struct line_socket *s, void *to, size_t room,
			  size_t *out);
