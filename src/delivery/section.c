/* SPDX-License-Identifier: Apache-2.0 */

/* Which backend serves whom. */
#include "base/idn.h"
#include "base/template.h"
#include "base/text.h"
#include "delivery/delivery_own.h"

#include <string.h>

static bool
names(struct op *op, const struct backend_section *section, const char *domain)
{
	const char *const *d = section->domains;

	for (; d != NULL && *d != NULL; d++) {
		if (strcmp(idn_fold(op, *d), domain) == 0)
			return true;
	}
	return false;
}

const struct backend_section *
section_of(struct op *op, const struct mailbox *mailbox)
{
	const struct settings *s = op->settings;
	const char *domain = text_domain(mailbox->address);
	const struct backend_section *rest = NULL;

	for (size_t i = 0; i < s->backends_n; i++) {
		const struct backend_section *b = &s->backends[i];

		if (names(op, b, domain))
			return b;
		if (rest == NULL && (b->domains == NULL || !*b->domains))
			rest = b;
	}
	return rest;
}

const struct backend_section *
section_titled(const struct settings *s, const char *title)
{
	for (size_t i = 0; i < s->backends_n; i++) {
		if (strcmp(s->backends[i].title, title) == 0)
			return &s->backends[i];
	}
	return NULL;
}

bool
section_is_milter(const struct backend_section *section)
{
	return strcmp(section->kind, BACKEND_MILTER) == 0;
}

const struct backend_ops *
section_ops(const struct backend_section *section)
{
	for (size_t i = 0; backend_kinds[i] != NULL; i++) {
		if (strcmp(backend_kinds[i]->name, section->kind) == 0)
			return backend_kinds[i];
	}
	return NULL;
}

const char *
section_via(struct op *op, const struct backend_section *section)
{
	return op_print(op, "%s:%s", section->kind, section->title);
}

bool
section_is_at(const struct backend_section *section, const char *via)
{
	size_t n = strlen(section->kind);

	return strncmp(via, section->kind, n) == 0 && via[n] == ':' &&
	       strcmp(via + n + 1, section->title) == 0;
}

const struct backend_section *
section_as(struct op *op, const char *via)
{
	const char *colon = strchr(via, ':');
	const struct backend_section *now;
	struct backend_section *before;

	if (colon == NULL)
		return NULL;
	now = section_titled(op->settings, colon + 1);
	if (now == NULL || section_is_at(now, via))
		return now;
	before = op_alloc(op, sizeof(*before));
	*before = *now;
	before->kind = op_text(op, via, (size_t)(colon - via));
	return before;
}

enum err
section_user(struct op *op, const struct backend_section *section,
	     const struct mailbox *mailbox, const char **out)
{
	return template_fill(op, section->user, mailbox->address, NULL, out);
}

enum err
backend_open(struct op *op, const struct backend_section *section,
	     struct backend **out)
{
	const struct backend_ops *ops = section_ops(section);

	*out = NULL;
	if (ops == NULL)
		return FAIL(op, ERR_INTERNAL, "a backend of no kind");
	return ops->open(op, section, out);
}

void
backend_close(struct backend **b)
{
	if (*b != NULL)
		(*b)->ops->close(*b);
}
