/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Two identities in one command: started as root, the store's part runs as the
 * owner of the data, and what root named (a file to write, the certificates)
 * is done by root again afterwards.
 */
#include "model/mailbox.h"

#include <sys/types.h>

#define IDENTITY_GROUPS_MAX 64

struct identity {
	bool taken;
	int groups_n;
	gid_t group, groups[IDENTITY_GROUPS_MAX];
};

/* As root, and when the path is not root's: works as its owner from now on. */
enum err identity_take(struct op *op, const char *path, struct identity *out);

/* Who gives this command, for the audit: "cli:" and the user of the system;
 * with sudo also who that was before. */
const struct actor *identity_actor(struct op *op);

/* Ends the program when it cannot be given back. */
void identity_return(struct identity *identity);
