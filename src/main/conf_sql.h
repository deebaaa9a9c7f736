/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the settings of people in SQL and in Dovecot's userdb have to be. */
#include "base/op.h"
#include "model/settings.h"

/* Of one value; as conf_check. */
const char *sql_is_driver(const char *value);
const char *sql_is_preset(const char *value);
const char *userdb_is_field(const char *value);

/* What no value can tell alone. ERR_INVALID, with file and line. */
enum err sql_check(struct op *op, const struct settings *s);
