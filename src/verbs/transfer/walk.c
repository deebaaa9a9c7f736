/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/transfer/walk.h"
#include "cli/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM_FIRST 1024 /* names */

struct walk {
	struct op *op;
	const char *dir;
	struct walk_list list;
	size_t room;
};

static void
list_add(struct walk *w, const char *path)
{
	if (w->list.n == w->room) {
		size_t room = w->room == 0 ? ROOM_FIRST : 2 * w->room;
		const char **more = op_alloc(w->op, room * sizeof(*more));

		if (w->list.n > 0)
			memcpy(more, w->list.path, w->list.n * sizeof(*more));
		w->list.path = more;
		w->room = room;
	}
	w->list.path[w->list.n++] = path;
}

static bool
is_folder(int at, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(at, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

static void
dir_close(DIR *const *dir)
{
	if (*dir != NULL)
		(void)closedir(*dir);
}

static enum err folder_walk(struct walk *w, int at, const char *name,
			    const char *prefix, unsigned depth);

static enum err
entry_walk(struct walk *w, int at, const struct dirent *entry,
	   const char *prefix, unsigned depth)
{
	const char *path = op_print(w->op, "%s%s", prefix, entry->d_name);

	if (strlen(path) > WALK_PATH_MAX)
		return FAIL(w->op, ERR_LIMIT, "%s/%.60s...: a path too long",
			    w->dir, path);
	if (is_folder(at, entry))
		return folder_walk(w, at, entry->d_name,
				   op_print(w->op, "%s/", path), depth + 1);
	if (w->list.n == WALK_FILES_MAX)
		return FAIL(w->op, ERR_LIMIT,
			    "%s: more than %d files; take them in parts",
			    w->dir, WALK_FILES_MAX);
	list_add(w, path);
	return OK;
}

/* prefix: its path with a slash behind; "" for the first. */
static enum err
folder_walk(struct walk *w, int at, const char *name, const char *prefix,
	    unsigned depth)
{
	const char *shown = op_print(w->op, "%s/%s", w->dir, prefix);
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int fd = openat(at, name, depth == 0 ? flags : flags | O_NOFOLLOW);
	CLEANUP(dir_close) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (dir == NULL)
		return file_fail(w->op, errno, shown, "opening");
	if (depth > WALK_DEPTH_MAX)
		return FAIL(w->op, ERR_LIMIT,
			    "%s: more than %d folders in each other", shown,
			    WALK_DEPTH_MAX);
	while ((errno = 0, entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		TRY(entry_walk(w, fd, entry, prefix, depth));
	}
	if (errno != 0)
		return file_fail(w->op, errno, shown, "reading");
	return OK;
}

static int
path_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum err
walk_files(struct op *op, const char *dir, struct walk_list *out)
{
	struct walk w = { .op = op, .dir = dir };

	TRY(folder_walk(&w, AT_FDCWD, dir, "", 0));
	if (w.list.n > 0)
		qsort(w.list.path, w.list.n, sizeof(*w.list.path), path_order);
	*out = w.list;
	return OK;
}
