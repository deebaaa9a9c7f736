/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

static const char *const names[ERR_COUNT] = {
	[OK] = "ok",
	[ERR_AUTH] = "auth",
	[ERR_DENIED] = "denied",
	[ERR_NOT_FOUND] = "not_found",
	[ERR_INVALID] = "invalid",
	[ERR_LIMIT] = "limit",
	[ERR_CONFLICT] = "conflict",
	[ERR_DOWN] = "down",
	[ERR_UNKNOWN] = "unknown",
	[ERR_WAIT] = "wait",
	[ERR_INTERNAL] = "internal",
};

const char *
err_name(enum err err)
{
	return (unsigned)err < ERR_COUNT ? names[err] : "internal";
}
