/* SPDX-License-Identifier: Apache-2.0 */

/* The kinds of sources, one row each. */
#include "wing/directory/source.h"

#include "base/idn.h"

#include <string.h>

static const struct source_kind *const kinds[] = {
	&source_ldap, &source_sql, &source_userdb, NULL, /* the end */
};

bool
sources_any(const struct op *op)
{
	const struct settings *s = op->settings;

	return s != NULL && s->directories_n + s->userdbs_n + s->sqls_n > 0;
}

enum err
sources_list(struct op *op, struct source_list *out)
{
	const struct settings *s = op->settings;
	struct source *all;
	size_t n = 0, at = 0;

	for (const struct source_kind *const *k = kinds; *k != NULL; k++)
		n += (*k)->count(s);
	all = op_alloc(op, n * sizeof(*all));
	for (const struct source_kind *const *k = kinds; *k != NULL; k++) {
		size_t own = (*k)->count(s);

		for (size_t i = 0; i < own; i++) {
			all[at].kind = *k;
			(*k)->fill(op, s, i, &all[at++]);
		}
	}
	*out = (struct source_list){ n, all };
	return OK;
}

const struct source *
sources_find(const struct source_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list->source[i].name, name) == 0)
			return &list->source[i];
	}
	return NULL;
}

bool
source_serves(struct op *op, const struct source *source, const char *domain)
{
	if (source->domains == NULL || source->domains[0] == NULL)
		return true;
	for (const char *const *d = source->domains; *d != NULL; d++) {
		if (strcmp(idn_fold(op, *d), domain) == 0)
			return true;
	}
	return false;
}
