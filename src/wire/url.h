/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The query of a URL: names and values, decoded once; and where it leads. */
#include "base/op.h"

#define URL_QUERY_MAX 4096    /* bytes of a query, as sent */
#define URL_PARAMETERS_MAX 32 /* of one query */

struct url_parameter {
	const char *name, *value; /* UTF-8 without control characters */
};

/*
 * Takes a raw query apart. NULL and "" have no parameters; one without = has
 * the value "". A + stays a + (it is common in addresses, a space is not),
 * and "amp;size", left by a page that was escaped once too often, is read as
 * "size". ERR_INVALID: a broken escape, bytes that are not UTF-8, NUL or
 * another control character. ERR_LIMIT: over a limit above, or more than
 * `room` parameters.
 */
enum err url_query(struct op *op, const char *query, struct url_parameter *out,
		   size_t room, size_t *n);

/* The value of the first parameter of that name, in any case of ASCII
 * letters; NULL if there is none. */
const char *url_value(const struct url_parameter *parameters, size_t n,
		      const char *name);

/* What stands in a path behind its first n parts: of "/a//b/c" and 1, "b/c".
 * NULL: nothing. */
const char *url_path_behind(const char *path, unsigned n);

/* Of "https://host:port" or more: the host, an IPv6 address in its brackets,
 * and the port, 443 where none is named. For URLs of the configuration. */
const char *url_host(struct op *op, const char *url);
unsigned url_port(const char *url);
