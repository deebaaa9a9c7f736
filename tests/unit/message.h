/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Messages as files (tests run in the source's folder), and compared as trees:
 * prefixes and layout do not count. */
#include "unit.h"

#include "wire/xml.h"

#include <stdio.h>

#define MESSAGE_MAX (256 * KIB)

/* "vectors/oof-get.req.seed.xml", "spec/examples/4.1.xml" */
static inline struct bytes
message_file(struct op *op, const char *name)
{
	FILE *f = fopen(op_print(op, "tests/%s", name), "rb");
	uint8_t *p = op_alloc(op, MESSAGE_MAX);
	size_t n;

	if (f == NULL)
		fail_msg("tests/%s cannot be read", name);
	n = fread(p, 1, MESSAGE_MAX, f);
	(void)fclose(f);
	return (struct bytes){ p, n };
}

static inline const struct xml_node *
message_tree(struct op *op, struct bytes document)
{
	const struct xml_node *root = NULL;
	struct xml_fault fault;

	if (xml_parse(op, document, &root, &fault) != OK)
		fail_msg("%u:%u: %s in %.*s", fault.line, fault.column,
			 fault.violation, (int)document.n, document.p);
	return root;
}

/* The first element of that name, wherever it is; NULL: none. */
static inline const struct xml_node *
message_find(const struct xml_node *node, const char *name)
{
	const struct xml_node *found = NULL;

	if (node == NULL || xml_is(node, name))
		return node;
	for (const struct xml_node *c = node->first; c != NULL && found == NULL;
	     c = c->next)
		found = message_find(c, name);
	return found;
}

/* The text of that element; NULL: none. */
static inline const char *
message_text(const struct xml_node *node, const char *name)
{
	const struct xml_node *found = message_find(node, name);

	return found == NULL ? NULL : found->text;
}

static inline bool
message_is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

/* Are they all in `node`, and as many? */
static inline bool
message_same_attributes(struct op *op, const struct xml_node *node,
			const struct xml_attribute *wanted)
{
	size_t n = 0;

	for (const struct xml_attribute *a = node->attributes; a != NULL;
	     a = a->next)
		n++;
	for (; wanted != NULL; wanted = wanted->next, n--) {
		const char *name = wanted->name;

		if (wanted->ns != NS_NONE)
			name = op_print(op, "%s:%s", xml_ns_prefix(wanted->ns),
					name);
		if (!unit_same(xml_attribute(node, name), wanted->value))
			return false;
	}
	return n == 0;
}

static inline bool
message_same_text(const struct xml_node *got, const struct xml_node *wanted,
		  const char *const *except)
{
	for (; except != NULL && *except != NULL; except++) {
		if (xml_is(wanted, *except))
			return true;
	}
	if (wanted->first != NULL && message_is_blank(wanted->text))
		return message_is_blank(got->text);
	return strcmp(got->text, wanted->text) == 0;
}

/* What differs; NULL: nothing. The texts of the elements in `except`
 * ("t:LineNumber", ended by NULL) are not compared. */
static inline const char *
message_differs(struct op *op, const struct xml_node *got,
		const struct xml_node *wanted, const char *const *except)
{
	const struct xml_node *g = got->first, *w = wanted->first;
	const char *inside = NULL;

	if (got->ns != wanted->ns || strcmp(got->name, wanted->name) != 0)
		return op_print(op, "<%s> for <%s>", got->name, wanted->name);
	if (!message_same_text(got, wanted, except))
		return op_print(op, "%s: \"%s\" for \"%s\"", got->name,
				got->text, wanted->text);
	if (!message_same_attributes(op, got, wanted->attributes))
		return op_print(op, "%s: its attributes", got->name);
	for (; g != NULL && w != NULL && inside == NULL;
	     g = g->next, w = w->next)
		inside = message_differs(op, g, w, except);
	if (inside == NULL && (g != NULL) != (w != NULL))
		return op_print(op, "%s: %s is %s", got->name,
				g != NULL ? g->name : w->name,
				g != NULL ? "too much" : "missing");
	return inside;
}
