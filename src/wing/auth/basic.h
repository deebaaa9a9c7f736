/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Basic, RFC 7617: a name and a password. Pure. */
#include "base/text.h"

#define BASIC_NAME_MAX (DOMAIN_MAX + 1 + ADDRESS_MAX) /* bytes: DOMAIN\user */
#define BASIC_PASSWORD_MAX                                                     \
	511 /* bytes of UTF-8: the most that crypt(3) takes */

struct basic {
	const char *name;
	const char *password;
};

/*
 * Reads the value of an Authorization header. The bytes are UTF-8, or else
 * Latin-1 (facts D.2). ERR_AUTH: another scheme, or nothing that could be
 * right, like an empty password.
 */
enum err basic_parse(struct op *op, const char *authorization,
		     struct basic *out);

/* May this be a password at all? ERR_INVALID, ERR_LIMIT. */
enum err basic_check_password(struct op *op, const char *password);
