/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Preloaded: a disk whose flush takes SLOW_DISK_NS, as a server's does that has
 * no battery. A virtual machine's disk often keeps what it was told to flush
 * in its host's memory, and nothing can be learned there about many changes
 * that share one flush.
 */
#include <dlfcn.h>
#include <time.h>
#include <unistd.h>

#define SLOW_DISK_NS 2000000L /* from the call to its end */
#define NS_PER_S 1000000000L

typedef int flush(int fd);

/* The real flush, and what is missing to the time that a slow one takes. */
static int
flush_slowly(const char *name, int fd)
{
	struct timespec until;
	flush *real;
	int result;

	*(void **)&real = dlsym(RTLD_NEXT, name);
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	result = real(fd);
	until.tv_nsec += SLOW_DISK_NS;
	until.tv_sec += until.tv_nsec / NS_PER_S;
	until.tv_nsec %= NS_PER_S;
	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	return result;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */
int
fsync(int fd)
{
	return flush_slowly("fsync", fd);
}

int
fdatasync(int fd)
{
	return flush_slowly("fdatasync", fd);
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
