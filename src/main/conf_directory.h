/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the settings of directory sections have to be. */
#include "base/op.h"
#include "model/settings.h"

/* Of one value; as conf_check. */
const char *directory_is_title(const char *value);
const char *directory_is_uri(const char *value);
const char *directory_is_dn(const char *value);
const char *directory_is_bind(const char *value);
const char *directory_is_preset(const char *value);
const char *directory_is_principal(const char *value);
const char *directory_is_filter(const char *value);
const char *directory_is_attribute(const char *value);

/* What no value can tell alone. ERR_INVALID, with file and line. */
enum err directory_sections_check(struct op *op, const struct settings *s);
