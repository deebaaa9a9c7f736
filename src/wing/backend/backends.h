/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The rows of backends.c, each of its own file. */
#include "model/backend.h"

extern const struct backend_ops managesieve_ops;
extern const struct backend_ops sieve_file_ops;
extern const struct backend_ops sieve_sql_ops;
