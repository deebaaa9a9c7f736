/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/backend/common.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_MODE 02750

enum err
backend_failed(struct op *op, const char *path)
{
	int error = errno;

	return FAIL(op,
		    error == EACCES || error == EPERM ? ERR_DENIED : ERR_DOWN,
		    "%s: %s", path, strerror(error));
}

enum err
backend_folder_make(struct op *op, const char *folder)
{
	if (mkdir(folder, FOLDER_MODE & 0777) != 0) {
		if (errno == EEXIST)
			return OK;
		if (errno != EACCES)
			return backend_failed(op, folder);
		return FAIL(op, ERR_DENIED,
			    "%s cannot be made: as root, with a group of the "
			    "account that reads it: install -d -m %o -o %u "
			    "-g GROUP %s",
			    folder, FOLDER_MODE, (unsigned)geteuid(), folder);
	}
	if (chmod(folder, FOLDER_MODE) == 0)
		return OK;
	/* systemd's RestrictSUIDSGID= bars the bit: the folder works without */
	if (errno != EPERM || chmod(folder, FOLDER_MODE & 0777) != 0)
		return backend_failed(op, folder);
	return OK;
}

enum err
backend_step(struct op *op, backend_tell *tell, void *arg, const char *name,
	     enum err err)
{
	const struct backend_told told = { .step = name,
					   .good = err == OK,
					   .note = err == OK ? NULL
							     : op->reason };

	tell(arg, &told);
	return err;
}

void
backend_tell_rights(struct op *op, backend_tell *tell, void *arg,
		    const char *folder)
{
	struct backend_told told = { .step = "who may read it", .good = true };
	struct stat st;

	if (stat(folder, &st) != 0)
		return;
	told.good = (st.st_mode & S_IWOTH) == 0;
	told.note = op_print(
		op,
		"mode %04o, group %u: who delivers mail (with sieve-sql: "
		"Dovecot's service dict) has to be in that group, and new "
		"files get it by the bit setgid%s",
		(unsigned)st.st_mode & 07777, (unsigned)st.st_gid,
		told.good ? "" : "; everybody may write there: chmod o-w");
	tell(arg, &told);
}
