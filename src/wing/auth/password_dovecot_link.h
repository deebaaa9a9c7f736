/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Asking Dovecot's auth socket. Each question has a connection of its own: one
 * that is kept would keep the auth process alive that Dovecot has replaced, or
 * that was told to end, with the passwords of before.
 */
#include "wing/auth/password_dovecot_wire.h"

/*
 * Asks, and waits for the answer until the op's deadline; in->id is filled in.
 * ERR_DOWN: Dovecot is not there, too slow, or speaks another protocol.
 */
enum err dovecot_ask(struct op *op, const char *socket,
		     struct dovecot_query *in, struct dovecot_answer *out);

/* Is Dovecot there, and does it take PLAIN? ERR_DOWN. */
enum err dovecot_greet(struct op *op, const char *socket);
