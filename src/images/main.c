/* SPDX-License-Identifier: Apache-2.0 */
/* frontdesk-image: the program. `frontdesk` starts it; nobody else needs to. */
#include "base/log.h"
#include "base/text.h"
#include "images/crew.h"

#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define BACKLOG 512 /* callers that wait for a place */

static const char usage[] =
	"usage: frontdesk-image --listen SOCKET [--jobs N]\n"
	"       frontdesk-image --once\n"
	"Decodes pictures for frontdesk, each in a locked process of its own.\n"
	"  --listen SOCKET  a Unix socket, made anew; SIGTERM ends it\n"
	"  --jobs N         pictures at once; by itself one a processor\n"
	"  --once           one picture, from a socket on file descriptor 0\n";

static unsigned
processors(void)
{
	cpu_set_t set;
	int n = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n < CREW_JOBS_MAX ? (unsigned)n : CREW_JOBS_MAX;
}

/* Ends with whoever started us, also by kill -9. */
static bool
die_with_parent(void)
{
	pid_t parent = getppid();

	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
	       getppid() == parent;
}

/* -1: the log says why. */
static int
listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		log_error("%s: longer than the %zu bytes of a socket's name",
			  path, sizeof(address.sun_path) - 1);
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	(void)unlink(path);
	(void)umask(0177); /* for us alone: 0600 */
	if (fd >= 0 &&
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	log_error("%s: %s", path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static bool
serve(const char *path, unsigned jobs)
{
	int listener = listen_at(path);

	if (listener < 0)
		return false;
	log_notice("decoding up to %u pictures at once", jobs);
	return crew_serve(listener, jobs);
}

enum option_name { LISTEN = 1, JOBS, ONCE, HELP };

static const struct option options[] = {
	{ "listen", required_argument, NULL, LISTEN },
	{ "jobs", required_argument, NULL, JOBS },
	{ "once", no_argument, NULL, ONCE },
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

static int
misused(void)
{
	(void)fputs(usage, stderr);
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	int64_t jobs = processors();
	const char *path = NULL;
	bool once = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == LISTEN)
			path = optarg;
		else if (option == ONCE)
			once = true;
		else if (option == HELP)
			return fputs(usage, stdout) < 0;
		else if (option != JOBS ||
			 !text_number(optarg, 1, CREW_JOBS_MAX, &jobs))
			return misused();
	}
	if (optind != argc || once == (path != NULL))
		return misused();
	log_open("image", LOG_LEVEL_NOTICE);
	if (!die_with_parent())
		return EXIT_FAILURE;
	if (once)
		return crew_serve_once() ? EXIT_SUCCESS : EXIT_FAILURE;
	return serve(path, (unsigned)jobs) ? EXIT_SUCCESS : EXIT_FAILURE;
}
