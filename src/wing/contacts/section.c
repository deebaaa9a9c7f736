/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/contacts/section.h"

#include "base/idn.h"
#include "base/text.h"

#include <string.h>

#define LDAP_EVERY_S 3600

/* Is there any of %u, %n and %d? */
static bool
is_pattern(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text != '%' || text[1] == '\0')
			continue;
		if (strchr("und", text[1]) != NULL)
			return true;
		text++; /* %% */
	}
	return false;
}

static void
carddav_fill(struct op *op, const struct carddav_section *in,
	     struct contacts_section *out)
{
	*out = (struct contacts_section){
		.origin = op_print(op, "carddav:%s", in->title),
		.domains = in->domains,
		.every_s = in->every_s,
		/* without a login, its name tells nobody apart */
		.shared = !is_pattern(in->url) &&
			  (in->password_file == NULL || !is_pattern(in->user)),
		.carddav = in,
	};
}

static void
ldap_fill(struct op *op, const struct directory_section *in,
	  struct contacts_section *out)
{
	*out = (struct contacts_section){
		.origin = op_print(op, "ldap:%s", in->title),
		.domains = in->domains,
		.every_s = LDAP_EVERY_S,
		.shared = !is_pattern(in->contacts_base) &&
			  (in->contacts_filter == NULL ||
			   !is_pattern(in->contacts_filter)),
		.ldap = in,
	};
}

void
contacts_sections(struct op *op, struct contacts_section_list *out)
{
	const struct settings *s = op->settings;
	struct contacts_section *list;
	size_t n = 0;

	*out = (struct contacts_section_list){ 0 };
	if (s == NULL)
		return;
	list = op_alloc(op, (s->carddavs_n + s->directories_n) * sizeof(*list));
	for (size_t i = 0; i < s->carddavs_n; i++)
		carddav_fill(op, &s->carddavs[i], &list[n++]);
	for (size_t i = 0; i < s->directories_n; i++)
		if (s->directories[i].contacts_base != NULL)
			ldap_fill(op, &s->directories[i], &list[n++]);
	*out = (struct contacts_section_list){ n, list };
}

bool
contacts_section_serves(struct op *op, const struct contacts_section *section,
			const char *domain)
{
	const char *const *d = section->domains;

	if (d == NULL || *d == NULL)
		return true;
	for (; *d != NULL; d++)
		if (strcmp(idn_fold(op, *d), domain) == 0)
			return true;
	return false;
}
