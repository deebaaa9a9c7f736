/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The worker's master: starts a process for each picture, a few at once, and
 * answers for those that a picture killed. It never looks at a picture.
 */
#include <stdbool.h>

#define CREW_JOBS_MAX 64 /* at once */

/*
 * Serves callers of a listening socket until SIGTERM or SIGINT, then lets the
 * pictures at work be finished. False: it could not begin; the log says why.
 */
bool crew_serve(int listener, unsigned jobs_max);

/* Serves the one caller that is connected to file descriptor 0. */
bool crew_serve_once(void);
