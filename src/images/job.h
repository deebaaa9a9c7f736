/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One picture: a request on file descriptor 0, and its answer. */
#include "base/op.h"

/* How the process of a job ends when its picture did not end it. */
enum job_end {
	JOB_ANSWERED = 0,
	JOB_NO_JAIL = 71,  /* EX_OSERR: this system offers no seccomp filter */
	JOB_NO_CALLER = 1, /* it went away before its answer was written */
};

/* Enters the jail first. Never returns. */
_Noreturn void job_run(void);

/* Writes an answer that is an error, for a job that could not; never waits. */
void job_answer_error(int fd, enum err err, const char *reason);
