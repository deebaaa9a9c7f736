/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A connection to a server that speaks lines, in clear and then by TLS: mail
 * (SMTP) and scripts (ManageSieve). For one thread; it may outlive the op that
 * opened it. All of it waits, until the op's deadline at the longest. After a
 * failure it is good for nothing but to be closed.
 *   ERR_DOWN    the server is not there, too slow, or breaks off
 *   ERR_DENIED  it is not the one that it has to be: its certificate
 */
#include "base/op.h"

#define LINE_LINK_MAX (16 * KIB) /* bytes of a line, with its end */

struct line_place {
	const char *server; /* "mail.example.com:25", "[::1]:25", "unix:PATH" */
	const char *ca;     /* PEM; NULL: the system's authorities */
	unsigned timeout_ms; /* of each answer; 0: the op's deadline alone */
};

struct line_link;

/* All addresses of the server are tried; *out is NULL after a failure. */
enum err line_link_open(struct op *op, const struct line_place *place,
			struct line_link **out);

/* For CLEANUP; *link is NULL afterwards. */
void line_link_close(struct line_link **link);

/* Does it lead to this machine itself, whatever the server is called? */
bool line_link_is_here(const struct line_link *link);

/*
 * From here on it is TLS (1.2 or later), as both sides have agreed: the
 * certificate has to come from an authority of place->ca and to name the host
 * of place->server. ERR_DENIED, too, where something was already sent behind
 * the agreement: what comes in clear is not to be taken for the server's word.
 */
enum err line_link_tls(struct op *op, struct line_link *link);
bool line_link_is_tls(const struct line_link *link);

enum err line_link_send(struct op *op, struct line_link *link,
			struct bytes all);

/* The next line without its end, until the next call. It may hold any byte but
 * LF. ERR_DOWN: it has more than LINE_LINK_MAX. */
enum err line_link_line(struct op *op, struct line_link *link,
			struct bytes *out);

/* Nothing was said that was not read yet, and the other side has not closed. */
bool line_link_is_quiet(const struct line_link *link);

/* The next n bytes, whatever they are. */
enum err line_link_read(struct op *op, struct line_link *link, void *to,
			size_t n);
