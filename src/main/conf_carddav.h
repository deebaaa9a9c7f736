/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the settings of carddav sections have to be; each as conf_check. */
const char *carddav_is_title(const char *value);
const char *carddav_is_url(const char *value);
const char *carddav_is_user(const char *value);
