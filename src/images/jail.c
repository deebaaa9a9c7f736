/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits first, for the filter forbids to set them; the filter last. A call
 * that is not listed kills the process: codecs have no reason to try one.
 */
#include "images/jail.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <seccomp.h>

#define NICE 5 /* a large picture must not slow the web server's answers */

struct limit {
	unsigned which; /* __rlimit_resource_t, RLIMIT_... */
	rlim_t soft, hard;
};

/* clang-format off */
static const struct limit limits[] = {
	{ RLIMIT_AS,     JAIL_MEMORY_MAX, JAIL_MEMORY_MAX },
	{ RLIMIT_CPU,    JAIL_CPU_S_MAX,  JAIL_CPU_S_MAX + 1 },
	{ RLIMIT_NOFILE, 1,               1 },
	{ RLIMIT_NPROC,  0,               0 },
	{ RLIMIT_FSIZE,  0,               0 },
	{ RLIMIT_CORE,   0,               0 },
};

/* All that malloc and exit need. The clock is a system call only where the
 * kernel offers no faster way. */
static const int plain_calls[] = {
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(brk), SCMP_SYS(munmap),
	SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(clock_gettime),
};
/* clang-format on */

void
jail_prepare(void)
{
	tzset(); /* Little CMS dates its profiles by the zone's file */
}

static bool
set_limits(void)
{
	for (size_t i = 0; i < COUNT(limits); i++) {
		const struct rlimit r = { limits[i].soft, limits[i].hard };

		if (setrlimit(limits[i].which, &r) != 0)
			return false;
	}
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	(void)alarm(JAIL_WALL_S_MAX);
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static bool
add_calls(scmp_filter_ctx filter)
{
	int bad = 0;

	for (size_t i = 0; i < COUNT(plain_calls); i++)
		bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, plain_calls[i],
					0);
	bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(read), 1,
				SCMP_A0(SCMP_CMP_EQ, STDIN_FILENO, 0));
	bad |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
				SCMP_A0(SCMP_CMP_EQ, STDIN_FILENO, 0));
	/* Memory that is nobody's file and never code. */
	bad |= seccomp_rule_add(
		filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
		SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
	return bad == 0;
}

bool
jail_enter(void)
{
	scmp_filter_ctx filter;
	bool good;

	if (close_range(STDIN_FILENO + 1, ~0U, 0) != 0 || !set_limits())
		return false;
	filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (filter == NULL)
		return false;
	good = add_calls(filter) && seccomp_load(filter) == 0;
	seccomp_release(filter);
	return good;
}
