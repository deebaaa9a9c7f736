/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The installation of `frontdesk dev`: made in a temporary folder by the verbs
 * that make any, and removed with all that is in it. */
#include "base/op.h"

#include <sys/types.h>

#define DEV_USERS_MAX 16

struct dev_user {
	const char *address, *password;
};

struct dev_site {
	const char *self; /* this program */
	const char *listen;
	const char *socket; /* "@name" */
	struct dev_user users[DEV_USERS_MAX];
	size_t users_n;
	const char *dir; /* NULL: there is none (any more) */
	const char *conf, *ca;
};

/* On failure the reason, or a line of the verb that failed, says why, and
 * nothing is left. */
enum err dev_site_make(struct op *op, struct dev_site *site);

/* Takes one that was not made. */
void dev_site_remove(struct dev_site *site);

/* Starts a verb. Its words end with NULL; in, out: descriptors that become its
 * standard input and output, -1: none. */
enum err dev_site_spawn(struct op *op, const struct dev_site *site,
			const char *const *words, int in, int out,
			pid_t *child);
