/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/op.h"
#include "model/settings.h"

/* What the settings of backend sections, the milter and the outbox have to be;
 * each as conf_check. */
const char *backend_is_kind(const char *value);
const char *backend_is_file(const char *value);
const char *backend_is_server(const char *value);
const char *backend_is_master(const char *value);
const char *backend_is_script(const char *value);
const char *backend_is_milter(const char *value);

/* What no row can tell alone; the reason says where. */
enum err backend_check(struct op *op, const struct settings *s);
