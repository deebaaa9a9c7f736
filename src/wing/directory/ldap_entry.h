/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a directory says of an entry, and the person whom that makes. Nothing of
 * it is believed: what cannot be is left out, and told. */
#include "model/person.h"
#include "wing/directory/ldap_shape.h"
#include "wing/directory/source.h"

#include <ldap.h>

#define ENTRY_ATTRIBUTES_MAX 64
#define ENTRY_VALUES_MAX 2000 /* of one attribute */

struct entry_attribute {
	const char *name; /* with its options: "jpegPhoto;binary" */
	size_t n;
	const struct bytes *value;
};

struct entry {
	const char *dn;
	size_t n;
	const struct entry_attribute *attribute;
};

/* A copy in the op. ERR_DOWN: it is none. ERR_LIMIT: more than it may be. */
enum err entry_read(struct op *op, LDAP *ld, LDAPMessage *message,
		    struct entry *out);

/* The attribute of that name, whatever its options; NULL: it is not there. */
const struct entry_attribute *entry_find(const struct entry *entry,
					 const char *name);

/*
 * ERR_INVALID: it lacks what makes it a person, or may not be read by us.
 * ERR_NOT_FOUND: he has no address. `query` says what is wanted, and who is
 * told what is left out.
 */
enum err entry_person(struct op *op, const struct shape *shape,
		      const struct source *source, const struct entry *entry,
		      const struct source_query *query, struct person *out);
