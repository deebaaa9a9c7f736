/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the settings about automatic replies have to be; each as conf_check. */
const char *reply_is_subject(const char *value);
const char *reply_is_delimiter(const char *value);
const char *reply_is_authserv_id(const char *value);
