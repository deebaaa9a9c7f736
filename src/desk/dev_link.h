/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The way from a worker to `frontdesk dev`, which started the server: a socket
 * for each message, named by the hidden setting dev.socket.
 */
#include "base/op.h"

#include <sys/socket.h>
#include <sys/un.h>

#define DEV_MESSAGE_MAX (128 * KIB) /* bytes: one packet of the socket */

/* The first byte of a message says what it is. */
enum dev_message {
	DEV_ASK = '?',   /* an operation's name; answered with a fault's word */
	DEV_TELL = '!',  /* an exchange, to be shown */
	DEV_QUEUE = '+', /* a fault's word, to be queued; answered: "" or why
			    not */
};

/* The abstract address behind "@name". */
socklen_t dev_address(const char *name, struct sockaddr_un *out);

/* Sends a message; with `answer` waits for one. ERR_DOWN: nobody is there. */
enum err dev_send(struct op *op, const char *name, enum dev_message what,
		  struct bytes text, const char **answer);
