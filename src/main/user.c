/* SPDX-License-Identifier: Apache-2.0 */
#include "main/user.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USER_DEFAULT "frontdesk"
#define USER_FALLBACK "nobody"
#define USER_ROOM (16 * KIB) /* of one entry of passwd or group */
#define USER_FOLDERS_OPEN 16 /* descriptors while walking a tree */

static void
name_put(char out[USER_NAME_MAX], const char *name)
{
	(void)snprintf(out, USER_NAME_MAX, "%s", name);
}

/* Falls back to the number, which nginx takes nowhere: only for messages. */
static void
group_put(struct op *op, gid_t gid, char out[USER_NAME_MAX])
{
	char *room = op_alloc(op, USER_ROOM);
	struct group entry, *found = NULL;

	(void)getgrgid_r(gid, &entry, room, USER_ROOM, &found);
	if (found != NULL)
		name_put(out, found->gr_name);
	else
		(void)snprintf(out, USER_NAME_MAX, "%ld", (long)gid);
}

static bool
user_lookup(struct op *op, const char *name, struct user *out)
{
	char *room = op_alloc(op, USER_ROOM);
	struct passwd entry, *found = NULL;

	(void)getpwnam_r(name, &entry, room, USER_ROOM, &found);
	if (found == NULL || strlen(name) >= USER_NAME_MAX)
		return false;
	out->uid = found->pw_uid;
	out->gid = found->pw_gid;
	name_put(out->name, name);
	group_put(op, out->gid, out->group);
	return true;
}

enum err
user_find(struct op *op, const char *name, struct user *out)
{
	bool any = name == NULL || name[0] == '\0';

	*out = (struct user){ 0 };
	if (any && !user_lookup(op, USER_DEFAULT, out) &&
	    !user_lookup(op, USER_FALLBACK, out))
		return FAIL(op, ERR_NOT_FOUND,
			    "there is neither an account " USER_DEFAULT
			    " nor " USER_FALLBACK ": make one, or set `user`");
	if (!any && !user_lookup(op, name, out))
		return FAIL(op, ERR_NOT_FOUND,
			    "there is no account %s: make it, or correct "
			    "the setting `user`",
			    name);
	if (out->uid == 0)
		return FAIL(op, ERR_INVALID,
			    "%s is root: set `user` to an account without "
			    "privileges",
			    out->name);
	return OK;
}

void
user_self(struct op *op, struct user *out)
{
	char *room = op_alloc(op, USER_ROOM);
	struct passwd entry, *found = NULL;

	*out = (struct user){ .uid = geteuid(), .gid = getegid() };
	(void)getpwuid_r(out->uid, &entry, room, USER_ROOM, &found);
	if (found != NULL)
		name_put(out->name, found->pw_name);
	else
		(void)snprintf(out->name, sizeof(out->name), "%ld",
			       (long)out->uid);
	group_put(op, out->gid, out->group);
}

/* ---- ownership ---- */

/* nftw has no argument for its caller's: one walk at a time, of one thread. */
static const struct user *walk_user;
static int walk_errno;
static char walk_path[PATH_MAX];

/* Only what differs is changed, so that a start changes no times. A link is
 * given away itself, never what it leads to. */
static bool
own_one(const char *path, const struct stat *st)
{
	mode_t mode = S_ISDIR(st->st_mode) ? 0700 : 0600;
	bool own = st->st_uid == walk_user->uid && st->st_gid == walk_user->gid;

	if (!own && lchown(path, walk_user->uid, walk_user->gid) != 0)
		return false;
	if (S_ISDIR(st->st_mode) || S_ISREG(st->st_mode)) {
		if ((st->st_mode & 07777) != mode && chmod(path, mode) != 0)
			return false;
	}
	return true;
}

static int
own_visit(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)ftw;
	if (kind == FTW_NS || kind == FTW_DNR)
		errno = EACCES;
	else if (own_one(path, st) || errno == ENOENT)
		return 0;
	walk_errno = errno;
	(void)snprintf(walk_path, sizeof(walk_path), "%s", path);
	return 1;
}

enum err
user_own(struct op *op, const struct user *user, const char *dir)
{
	walk_user = user;
	walk_errno = 0;
	if (nftw(dir, own_visit, USER_FOLDERS_OPEN, FTW_PHYS | FTW_MOUNT) == 0)
		return OK;
	if (walk_errno == 0) {
		walk_errno = errno;
		(void)snprintf(walk_path, sizeof(walk_path), "%s", dir);
	}
	return FAIL(op, ERR_DENIED, "%s cannot be given to %s: %s", walk_path,
		    user->name, strerror(walk_errno));
}

/* ---- reachability ---- */

/* By the mode alone; an ACL that allows more is not seen. */
static bool
mode_allows(const struct stat *st, const struct user *user, mode_t want)
{
	if (st->st_uid == user->uid)
		return (st->st_mode >> 6 & want) == want;
	if (st->st_gid == user->gid)
		return (st->st_mode >> 3 & want) == want;
	return (st->st_mode & want) == want;
}

static enum err
reach_one(struct op *op, const struct user *user, const char *path, bool last)
{
	struct stat st;
	bool folder;

	if (stat(path, &st) != 0)
		return FAIL(op, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
	folder = S_ISDIR(st.st_mode);
	if (mode_allows(&st, user, folder ? S_IXOTH : S_IROTH))
		return OK;
	if (!last || folder)
		return FAIL(op, ERR_DENIED,
			    "the account %s may not enter %s: move the "
			    "installation, or chmod o+x %s",
			    user->name, path, path);
	return FAIL(op, ERR_DENIED,
		    "the account %s may not read %s: chmod o+r %s", user->name,
		    path, path);
}

enum err
user_reach(struct op *op, const struct user *user, const char *path)
{
	char *whole = realpath(path, NULL);
	char *all = whole == NULL ? NULL : op_dup(op, whole);
	enum err err = OK;

	free(whole);
	if (all == NULL)
		return FAIL(op, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
	err = reach_one(op, user, "/", false);
	for (char *p = all; err == OK && *p != '\0';) {
		p += strcspn(p + 1, "/") + 1;
		if (*p == '\0')
			return reach_one(op, user, all, true);
		*p = '\0';
		err = reach_one(op, user, all, false);
		*p = '/';
	}
	return err;
}

/* ---- identity ---- */

enum err
user_become(struct op *op, const struct user *user)
{
	if (geteuid() != 0 && geteuid() == user->uid)
		return OK;
	if (setgroups(0, NULL) != 0 ||
	    setresgid(user->gid, user->gid, user->gid) != 0 ||
	    setresuid(user->uid, user->uid, user->uid) != 0)
		return FAIL(op, ERR_DENIED, "cannot work as %s: %s", user->name,
			    strerror(errno));
	return OK;
}

enum err
user_become_owner(struct op *op, const char *path)
{
	struct user user = { 0 };
	struct stat st;

	if (geteuid() != 0)
		return OK;
	if (stat(path, &st) != 0)
		return FAIL(op, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
	if (st.st_uid == 0)
		return OK;
	user.uid = st.st_uid;
	user.gid = st.st_gid;
	(void)snprintf(user.name, sizeof(user.name), "%ld", (long)st.st_uid);
	return user_become(op, &user);
}
