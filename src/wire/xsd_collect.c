/* SPDX-License-Identifier: Apache-2.0 */
/* Which tables belong into a schema document: whatever its messages reach. */
#include "wire/xsd.h"

#include <assert.h>
#include <string.h>

/* What was found, each name once. The document of another namespace has other
 * elements and types, but what they hold may be of this one. */
struct collector {
	enum xml_ns ns;
	size_t seen_n;
	const char *seen[XSD_COLLECT_MAX]; /* types of any namespace */
	size_t words_n, types_n, globals_n;
	/* Each is ended by a zero. */
	const struct xsd_words *words[XSD_COLLECT_MAX + 1];
	const struct xsd_type *types[XSD_COLLECT_MAX + 1];
	struct xsd_global globals[XSD_COLLECT_MAX + 1];
};

static bool
is_of(const char *name, enum xml_ns ns)
{
	const char *prefix = xml_ns_prefix(ns);
	size_t n = strlen(prefix);

	return strncmp(name, prefix, n) == 0 && name[n] == ':';
}

static size_t
words_count(const struct xsd_words *words)
{
	size_t n = 0;

	while (words->word[n].text != NULL)
		n++;
	return n;
}

/* Of two lists by one name the longer one: a protocol may know a part. */
static void
words_add(struct collector *c, const struct xsd_words *words)
{
	if (!is_of(words->name, c->ns))
		return;
	for (size_t i = 0; i < c->words_n; i++) {
		if (strcmp(c->words[i]->name, words->name) != 0)
			continue;
		if (words_count(words) > words_count(c->words[i]))
			c->words[i] = words;
		return;
	}
	assert(c->words_n < XSD_COLLECT_MAX);
	c->words[c->words_n++] = words;
}

static void
global_add(struct collector *c, const char *name, const struct xsd_type *type)
{
	if (!is_of(name, c->ns))
		return;
	for (size_t i = 0; i < c->globals_n; i++) {
		if (strcmp(c->globals[i].name, name) == 0)
			return;
	}
	assert(c->globals_n < XSD_COLLECT_MAX);
	c->globals[c->globals_n++] = (struct xsd_global){ name, type };
}

/* A type without a name is seen each time that it stands somewhere. */
static bool
is_seen(struct collector *c, const struct xsd_type *type)
{
	if (type->name == NULL)
		return false;
	for (size_t i = 0; i < c->seen_n; i++) {
		if (strcmp(c->seen[i], type->name) == 0)
			return true;
	}
	assert(c->seen_n < XSD_COLLECT_MAX);
	c->seen[c->seen_n++] = type->name;
	return false;
}

/* `ns`: of the document that the type is written into. Depth is bounded by
 * the tables. */
static void
type_add(struct collector *c, const struct xsd_type *type, enum xml_ns ns)
{
	if (is_seen(c, type))
		return;
	if (type->name != NULL)
		ns = is_of(type->name, NS_T) ? NS_T : NS_M;
	for (const struct xsd_field *f = type->fields;
	     !type->any && f->name != NULL; f++) {
		bool element = f->name[0] != '@' && f->name[0] != '.';

		if (f->words != NULL)
			words_add(c, f->words);
		if (f->type == NULL)
			continue;
		if (element && !is_of(f->name, ns)) {
			global_add(c, f->name, f->type);
			type_add(c, f->type,
				 is_of(f->name, NS_T) ? NS_T : NS_M);
		} else {
			type_add(c, f->type, ns);
		}
	}
	if (type->name != NULL && ns == c->ns)
		c->types[c->types_n++] = type;
}

void
xsd_collect(struct op *op, const struct xsd_global *roots, size_t n,
	    struct xsd_schema *schema)
{
	struct collector *c = op_alloc(op, sizeof(*c));

	c->ns = schema->ns;
	for (size_t i = 0; i < n; i++) {
		enum xml_ns ns = is_of(roots[i].name, NS_T) ? NS_T : NS_M;

		global_add(c, roots[i].name, roots[i].type);
		type_add(c, roots[i].type, ns);
	}
	schema->words = c->words;
	schema->types = c->types;
	schema->globals = c->globals;
}
