/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * As whom a program works. Started as root, what serves takes the identity of
 * the configuration's user, and a command that of the owner of the data. What
 * is not started as root stays who it is.
 */
#include "base/op.h"

#include <sys/types.h>

#define USER_NAME_MAX 64 /* bytes with the NUL */

struct user {
	uid_t uid;
	gid_t gid;
	char name[USER_NAME_MAX]; /* as nginx's `user` wants it */
	char group[USER_NAME_MAX];
};

/*
 * name NULL or "": "frontdesk" if there is such an account, else "nobody".
 * ERR_NOT_FOUND; ERR_INVALID: root itself.
 */
enum err user_find(struct op *op, const char *name, struct user *out);

/* Whoever runs this process; by number where there is no name. */
void user_self(struct op *op, struct user *out);

/*
 * Gives a folder and all in it to the user; follows no symbolic link, never
 * leaves the folder. Folders become 0700, files 0600.
 */
enum err user_own(struct op *op, const struct user *user, const char *dir);

/*
 * May the user come to this path and read it? ERR_DENIED: the reason names the
 * folder that bars the way.
 */
enum err user_reach(struct op *op, const struct user *user, const char *path);

/* For good: there is no way back. Also drops the supplementary groups. */
enum err user_become(struct op *op, const struct user *user);

/* As root only: becomes the owner of the path (not if that is root). */
enum err user_become_owner(struct op *op, const char *path);
