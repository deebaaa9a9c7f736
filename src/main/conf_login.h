/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the settings of tokens and service accounts have to be. */
#include "base/op.h"
#include "model/settings.h"

/* Of one value; as conf_check. */
const char *login_is_jwks(const char *value);
const char *login_is_algorithm(const char *value);
const char *login_is_word(const char *value);
const char *login_is_quotable(const char *value);
const char *login_is_domain(const char *value);
const char *login_is_address(const char *value);
const char *login_is_service(const char *value);
const char *login_is_realm(const char *value);

/* What no value can tell alone. ERR_INVALID, with file and line. */
enum err login_check(struct op *op, const struct settings *s);
