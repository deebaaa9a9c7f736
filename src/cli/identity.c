/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/identity.h"
#include "base/text.h"
#include "cli/file.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define USER_ROOM (16 * KIB) /* of one entry of passwd */

/* The name of a user of the system, else his number. */
static const char *
user_name(struct op *op, uid_t uid)
{
	char *room = op_alloc(op, USER_ROOM);
	struct passwd entry, *found = NULL;

	(void)getpwuid_r(uid, &entry, room, USER_ROOM, &found);
	return found != NULL ? op_dup(op, found->pw_name)
			     : op_print(op, "%ld", (long)uid);
}

const struct actor *
identity_actor(struct op *op)
{
	struct actor *actor = op_alloc(op, sizeof(*actor));
	const char *name = user_name(op, getuid());
	const char *sudo = getuid() == 0 ? getenv("SUDO_USER") : NULL;

	actor->name = sudo != NULL && text_utf8(bytes_of(sudo))
			      ? op_print(op, "cli:%s (sudo: %s)", name, sudo)
			      : op_print(op, "cli:%s", name);
	return actor;
}

enum err
identity_take(struct op *op, const char *path, struct identity *out)
{
	struct stat st;

	*out = (struct identity){ 0 };
	if (geteuid() != 0)
		return OK;
	if (stat(path, &st) != 0)
		return file_fail(op, errno, path, "opening");
	if (st.st_uid == 0)
		return OK;
	out->group = getegid();
	out->groups_n = getgroups(IDENTITY_GROUPS_MAX, out->groups);
	if (out->groups_n < 0)
		return FAIL(op, ERR_DENIED, "root is in too many groups");
	if (setgroups(0, NULL) != 0 || setegid(st.st_gid) != 0 ||
	    seteuid(st.st_uid) != 0) {
		out->taken = true;
		identity_return(out);
		return FAIL(op, ERR_DENIED,
			    "%s: this process may not act for its owner", path);
	}
	out->taken = true;
	return OK;
}

void
identity_return(struct identity *identity)
{
	if (!identity->taken)
		return;
	if (seteuid(0) != 0 || setegid(identity->group) != 0 ||
	    setgroups((size_t)identity->groups_n, identity->groups) != 0)
		abort();
	identity->taken = false;
}
