/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Filters of LDAP (RFC 4515) in which every value is escaped, and so nothing
 * but a value. Pure. */
#include "base/template.h"
#include "wing/directory/ldap_shape.h"

#define FILTER_MAX (16 * KIB) /* bytes */

/* The person whose address that is. ERR_LIMIT. */
enum err filter_by_address(struct op *op, const struct shape *shape,
			   const char *address, const char **out);

/* The person whose uid that is. ERR_INVALID: it is not of this directory. */
enum err filter_by_uid(struct op *op, const struct shape *shape,
		       const char *uid, const char **out);

/* Everybody who has any address; `more`: and this too (a filter, or NULL). */
enum err filter_of_all(struct op *op, const struct shape *shape,
		       const char *more, const char **out);

/* A value in a filter: for template_fill. */
void filter_escape(struct buf *to, struct bytes value);

/* A value in the name of an entry (RFC 4514): for template_fill. */
void filter_escape_dn(struct buf *to, struct bytes value);
