/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where contacts are asked for, whatever speaks to it: the sections of the
 * settings that name such a place. */
#include "model/contacts.h"

struct contacts_section {
	const char *origin;         /* "carddav:office": kept with them */
	const char *const *domains; /* none: of every accepted domain */
	unsigned every_s;
	bool shared; /* the same for all: asked for once, and kept once */
	/* One of them: */
	const struct carddav_section *carddav;
	const struct directory_section *ldap;
};

struct contacts_section_list {
	size_t n;
	const struct contacts_section *section;
};

/* Those of the op's settings. */
void contacts_sections(struct op *op, struct contacts_section_list *out);

/* Has it contacts of people of that domain? */
bool contacts_section_serves(struct op *op,
			     const struct contacts_section *section,
			     const char *domain);
