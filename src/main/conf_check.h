/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What one value has to be: each as conf_check, NULL: it is. Pure. */
#include <stdbool.h>

const char *conf_is_listen(const char *value);
const char *conf_is_loopback(const char *value);
const char *conf_is_network(const char *value);
const char *conf_is_peer(const char *value);
const char *conf_is_path(const char *value);
const char *conf_is_url(const char *value);
const char *conf_is_account(const char *value);
const char *conf_is_realm(const char *value);
const char *conf_is_password_source(const char *value);
const char *conf_is_socket(const char *value);
const char *conf_is_login_pattern(const char *value);
const char *conf_is_zone(const char *value);

/* Does it lack what nginx's configuration gives a meaning to? */
bool conf_path_is_fit(const char *value);
