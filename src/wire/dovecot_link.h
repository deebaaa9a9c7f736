/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A connection to one of Dovecot's sockets, and the lines that all of them
 * speak: words between tabs, some characters escaped. All of it waits until the
 * op's deadline. ERR_DOWN: Dovecot is not there, too slow, or not understood.
 */
#include "base/op.h"

#define DOVECOT_LINE_MAX (16 * KIB) /* bytes, with its end */

struct dovecot_link;

/* On failure, too, what is in *out is to be closed. */
enum err dovecot_link_open(struct op *op, const char *path,
			   struct dovecot_link **out);

/* For CLEANUP. */
void dovecot_link_close(struct dovecot_link **link);

enum err dovecot_link_send(struct op *op, struct dovecot_link *link,
			   struct bytes all);

/* The next line without its end, until the next call. */
enum err dovecot_link_line(struct op *op, struct dovecot_link *link,
			   struct bytes *out);

/* The next word of a line, as it is meant; *rest is what follows, its p NULL:
 * nothing. */
enum err dovecot_word(struct op *op, struct bytes *rest, const char **out);
