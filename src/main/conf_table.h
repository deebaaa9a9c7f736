/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The configuration file: one row a setting. */
#include "base/conf.h"
#include "model/settings.h"

/* Thread-safe. ERR_INVALID: the op's reason is "FILE:LINE: what is wrong and
 * what to do". ERR_NOT_FOUND: no such file. The settings are the caller's. */
enum err settings_open(struct op *op, const char *file, struct settings **out);

/* The same from a copy of the file, see conf_read_copy. */
enum err settings_open_copy(struct op *op, const char *file, const char *copy,
			    struct settings **out);
void settings_close(struct settings *s);

/* Do two settings differ in what nginx itself must be told? */
bool settings_same_nginx(const struct settings *a, const struct settings *b);

/* The commented file with every setting and its default. */
void settings_example(struct buf *buf);

/* The same with some set, by their full name ("tls.key"), as init does it. */
void settings_write(struct buf *buf, const struct conf_value *given, size_t n);

/* The SETTINGS section of frontdesk.conf(5), in mdoc. */
void settings_manual(struct buf *buf);
