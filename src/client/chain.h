/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The certificates that a server shows, whether they hold or not. */
#include "client/client.h"

#define CHAIN_MAX 10              /* certificates that are looked at */
#define CHAIN_PEM_MAX (256 * KIB) /* bytes of all of them */

struct chain {
	size_t n;
	const char *pem[CHAIN_MAX]; /* the server's own first */
	const char *wrong;          /* NULL: it holds for the host */
};

/*
 * Connects to the host of an https URL twice: once as every call does, and if
 * that fails for the certificate, once more without looking at it. Nothing is
 * sent to the host. EWSC_UNREACHABLE and such when it cannot be asked.
 */
enum err chain_get(struct ewsc *c, const char *url, struct chain *out);
