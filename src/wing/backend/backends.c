/* SPDX-License-Identifier: Apache-2.0 */

/* The kinds of backends that take scripts. */
#include "wing/backend/backends.h"

#include <stddef.h>

const struct backend_ops *const backend_kinds[] = {
	&sieve_file_ops,
	&sieve_sql_ops,
	&managesieve_ops,
	NULL,
};
