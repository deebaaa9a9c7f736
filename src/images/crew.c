/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One loop: a caller comes, or a signal does. While all places are taken
 * callers wait in the kernel's queue.
 */
#include "images/crew.h"

#include "base/log.h"
#include "images/jail.h"
#include "images/job.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* How the process of a picture ends when the picture did not end it. */
enum end {
	END_ANSWERED = 0,
	END_NO_CALLER = 1, /* it went away before it had its answer */
	END_NO_JAIL = 71,  /* EX_OSERR: this system offers no such filter */
};

struct job {
	pid_t pid;
	int caller; /* kept so that we can answer if the process cannot */
};

struct crew {
	int listener; /* -1: nobody else may come */
	int signals;
	unsigned jobs_max, jobs_n;
	struct job jobs[CREW_JOBS_MAX];
};

static bool
crew_init(struct crew *crew, int listener, unsigned jobs_max)
{
	sigset_t set;

	*crew = (struct crew){ .listener = listener, .jobs_max = jobs_max };
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	crew->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (crew->signals < 0) {
		log_error("signalfd: %s", strerror(errno));
		return false;
	}
	jail_prepare();
	return true;
}

/* In the new process: dies with its master, and forgets what it inherited. */
static _Noreturn void
child(pid_t master, int caller)
{
	sigset_t none;
	struct op op;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    getppid() != master || dup2(caller, STDIN_FILENO) < 0)
		_exit(END_NO_CALLER);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (!jail_enter())
		_exit(END_NO_JAIL);
	op_init(&op, arena_open(0), NULL, JAIL_WALL_S_MAX * 1000);
	_exit(job_serve(&op, STDIN_FILENO) ? END_ANSWERED : END_NO_CALLER);
}

static void
start(struct crew *crew, int caller)
{
	pid_t master = getpid();
	pid_t pid = fork();

	if (pid == 0)
		child(master, caller);
	if (pid < 0) {
		log_error("fork: %s", strerror(errno));
		job_answer_error(caller, ERR_DOWN,
				 "the image worker has no room for a process");
		(void)close(caller);
		return;
	}
	crew->jobs[crew->jobs_n++] = (struct job){ pid, caller };
}

/* What the caller is told, and the log, when a job ended without an answer. */
static void
judge(int caller, int status)
{
	int killer = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (WIFEXITED(status) && WEXITSTATUS(status) == END_NO_JAIL) {
		log_error("a picture was not decoded: this system does not "
			  "let a process lock itself in (seccomp)");
		job_answer_error(caller, ERR_DOWN,
				 "the image worker cannot lock itself in");
	} else if (killer == SIGKILL || killer == SIGTERM) {
		job_answer_error(caller, ERR_DOWN,
				 "the image worker was ended from outside");
	} else if (killer == SIGXCPU || killer == SIGALRM) {
		job_answer_error(caller, ERR_LIMIT,
				 "the picture could not be decoded within the "
				 "limits: it takes too long");
	} else if (killer != 0) {
		log_warning("a picture ended its decoder by signal %d", killer);
		job_answer_error(caller, ERR_INVALID,
				 "the picture could not be decoded within the "
				 "limits");
	}
}

static void
reap(struct crew *crew)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		unsigned i = 0;

		while (i < crew->jobs_n && crew->jobs[i].pid != pid)
			i++;
		if (i == crew->jobs_n)
			continue;
		judge(crew->jobs[i].caller, status);
		(void)close(crew->jobs[i].caller);
		crew->jobs[i] = crew->jobs[--crew->jobs_n];
	}
}

static void
on_signals(struct crew *crew)
{
	struct signalfd_siginfo info;

	while (read(crew->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD || crew->listener < 0)
			continue;
		(void)close(crew->listener);
		crew->listener = -1;
	}
	reap(crew);
}

static void
on_caller(struct crew *crew)
{
	int caller = accept4(crew->listener, NULL, NULL, SOCK_CLOEXEC);

	if (caller >= 0) {
		start(crew, caller);
		return;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
		log_error("accept: %s", strerror(errno));
		(void)poll(NULL, 0, 100); /* ms: it may pass */
	}
}

static void
run(struct crew *crew)
{
	while (crew->listener >= 0 || crew->jobs_n > 0) {
		bool open = crew->jobs_n < crew->jobs_max;
		struct pollfd fds[] = {
			{ .fd = crew->signals, .events = POLLIN },
			{ .fd = open ? crew->listener : -1, .events = POLLIN },
		};

		if (poll(fds, COUNT(fds), -1) < 0)
			continue; /* EINTR, by a tracer */
		if (fds[0].revents != 0)
			on_signals(crew);
		if (fds[1].revents != 0 && crew->listener >= 0)
			on_caller(crew);
	}
	(void)close(crew->signals);
}

bool
crew_serve(int listener, unsigned jobs_max)
{
	struct crew crew;

	if (!crew_init(&crew, listener, jobs_max))
		return false;
	run(&crew);
	return true;
}

bool
crew_serve_once(void)
{
	struct crew crew;

	if (!crew_init(&crew, -1, 1))
		return false;
	start(&crew, STDIN_FILENO);
	run(&crew);
	return true;
}
