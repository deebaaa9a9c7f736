/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum err
secret_read(struct op *op, const char *path, const char **out)
{
	char line[SECRET_MAX + 3] = ""; /* and CR LF, or more of it, and NUL */
	FILE *file = fopen(path, "re");
	size_t n;

	if (file == NULL)
		return FAIL(op, ERR_DENIED, "%s: %s", path, strerror(errno));
	setbuf(file, NULL); /* no copy stays in memory */
	if (fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	(void)fclose(file);
	n = strcspn(line, "\r\n");
	line[n] = '\0';
	if (n > 0 && n <= SECRET_MAX)
		*out = op_dup(op, line);
	explicit_bzero(line, sizeof(line));
	if (n == 0 || n > SECRET_MAX)
		return FAIL(op, ERR_DENIED,
			    "%s: its first line has to be a password of at "
			    "most %d bytes",
			    path, SECRET_MAX);
	return OK;
}
