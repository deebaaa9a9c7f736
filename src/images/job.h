/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One picture: a request from a caller's socket, and its answer. */
#include "base/op.h"

/* False: the caller went away before it had its answer. */
bool job_serve(struct op *op, int caller);

/* Writes an answer that is an error, for a job that could not; never waits. */
void job_answer_error(int caller, enum err err, const char *reason);
