/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/identity.h"
#include "cli/file.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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
