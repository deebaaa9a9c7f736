/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The processes of `frontdesk serve`: nginx, the image worker, the clerk. All
 * stay in its process group and die with it, however it dies.
 */
#include "main/user.h"

/* How to start one. Either a program or a function of ours. */
struct part_start {
	const char *program;     /* absolute path */
	const char *const *argv; /* ended by NULL */
	const char *const *env;  /* "NAME=value" besides ours; ended by NULL */
	int (*run)(int fd);      /* instead: its result is the exit status */
	const struct user *user; /* whom it becomes; NULL: who we are */
	int fd;                  /* becomes PART_FD in the program; -1: none */
	int close_fd; /* of ours, that `run` must not hold; 0: none */
};

#define PART_FD 3

/* ERR_NOT_FOUND: no such program. The caller has SIGCHLD blocked. */
enum err part_spawn(struct op *op, const struct part_start *start, pid_t *out);

/* Waits for its end, at most timeout_ms; then it is killed. The exit status,
 * or -1 when it ended otherwise. */
int part_wait(pid_t pid, unsigned timeout_ms);

/*
 * One that is kept running: however often it dies it is started again, after a
 * pause that doubles up to PART_PAUSE_MAX_S, and each end is an error in the
 * log. Not only once: what it died of (a picture, a full disk, the kernel short
 * of memory) mostly passes, mail and answers go on without it meanwhile, and a
 * server that had given up on its clerk would look well while what it owes is
 * never done.
 */
struct part {
	const char *name;
	bool wanted;
	bool told;          /* to end, and to begin anew if it is wanted */
	pid_t pid;          /* 0: it does not run */
	int64_t started_us; /* monotonic */
	int64_t again_us;   /* when to start it again */
	unsigned failures;  /* one after another */
};

#define PART_PAUSE_MAX_S 60 /* between two starts of what keeps dying */
#define PART_WELL_AFTER_S                                                      \
	60 /* it ran that long: its failures are forgotten                     \
	    */

/* It has ended: when may it be started again? Pure. */
void part_ended(struct part *part, int64_t now_us);

/* "exit status 3", "signal 9". */
const char *part_status(struct op *op, int status);
