/* SPDX-License-Identifier: Apache-2.0 */
#include "main/generation.h"

#include "base/op.h"
#include "main/open.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* NULL: no supervisor has been there yet. */
static uint64_t *
generation_map(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *p = MAP_FAILED;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && st.st_size >= (off_t)sizeof(uint64_t))
		p = mmap(NULL, sizeof(uint64_t), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	return p == MAP_FAILED ? NULL : p;
}

/* Who follows may be started before the supervisor that makes it. */
static void
generation_seek(struct generation *g, const struct settings *s)
{
	time_t now = time(NULL);
	struct arena *arena;
	struct op op;

	if (g->sought == now) /* at most once a second */
		return;
	g->sought = now;
	arena = arena_open(0);
	op_init(&op, arena, NULL, 0);
	g->number =
		generation_map(op_print(&op, "%s/%s", s->run, GENERATION_FILE));
	arena_close(arena);
}

uint64_t
generation_now(struct generation *g, const struct settings *s)
{
	if (g->number == NULL)
		generation_seek(g, s);
	return g->number == NULL ? 0
				 : __atomic_load_n(g->number, __ATOMIC_ACQUIRE);
}

void
generation_close(struct generation *g)
{
	if (g->number != NULL)
		(void)munmap(g->number, sizeof(uint64_t));
	g->number = NULL;
}
