/* SPDX-License-Identifier: Apache-2.0 */
#include "main/parts.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Set by the build: where `meson install` puts things. */
#ifndef FRONTDESK_LIBDIR
#define FRONTDESK_LIBDIR "/usr/local/lib/frontdesk"
#endif
#ifndef FRONTDESK_LIBEXECDIR
#define FRONTDESK_LIBEXECDIR "/usr/local/libexec/frontdesk"
#endif

enum err
part_self(struct op *op, const char **out)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path));

	if (n < 0 || (size_t)n == sizeof(path))
		return FAIL(op, ERR_INTERNAL, "/proc/self/exe: %s",
			    n < 0 ? strerror(errno) : "too long");
	*out = op_text(op, path, (size_t)n);
	return OK;
}

/* DIR/NAME when there is such a file. */
static const char *
part_in(struct op *op, const char *dir, size_t dir_n, const char *name)
{
	const char *path = op_print(op, "%.*s/%s", (int)dir_n, dir, name);

	return access(path, F_OK) == 0 ? path : NULL;
}

static enum err
part_find(struct op *op, const char *installed, const char *name,
	  const char **out)
{
	const char *self;

	TRY(part_self(op, &self));
	*out = part_in(op, self, (size_t)(strrchr(self, '/') - self), name);
	if (*out == NULL)
		*out = part_in(op, installed, strlen(installed), name);
	if (*out == NULL)
		return FAIL(op, ERR_NOT_FOUND,
			    "%s is neither beside %s nor in %s: install "
			    "Frontdesk again",
			    name, self, installed);
	return OK;
}

enum err
part_module(struct op *op, const char *modules, const char **out)
{
	if (modules == NULL || modules[0] == '\0')
		return part_find(op, FRONTDESK_LIBDIR, PART_MODULE, out);
	*out = part_in(op, modules, strlen(modules), PART_MODULE);
	if (*out == NULL)
		return FAIL(op, ERR_NOT_FOUND,
			    "%s is not in %s: correct the setting `modules`",
			    PART_MODULE, modules);
	return OK;
}

enum err
part_image(struct op *op, const char **out)
{
	return part_find(op, FRONTDESK_LIBEXECDIR, PART_IMAGE, out);
}

/* The next folder of a list like $PATH; NULL at its end. */
static const char *
path_next(const char **list, size_t *n)
{
	const char *dir = *list;

	if (dir == NULL)
		return NULL;
	*n = strcspn(dir, ":");
	*list = dir[*n] == ':' ? dir + *n + 1 : NULL;
	return dir;
}

enum err
part_nginx(struct op *op, const char **out)
{
	const char *set = getenv("FRONTDESK_NGINX");
	const char *paths[] = { getenv("PATH"), "/usr/sbin:/usr/local/sbin" };

	if (set != NULL && set[0] == '/') {
		*out = op_dup(op, set);
		return OK;
	}
	for (size_t i = 0; i < COUNT(paths); i++) {
		const char *dir;
		size_t n = 0;

		while ((dir = path_next(&paths[i], &n)) != NULL) {
			*out = n > 0 && dir[0] == '/'
				       ? part_in(op, dir, n, "nginx")
				       : NULL;
			if (*out != NULL)
				return OK;
		}
	}
	return FAIL(op, ERR_NOT_FOUND,
		    "nginx is not installed: apt-get install nginx");
}
