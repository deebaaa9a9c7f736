/* SPDX-License-Identifier: Apache-2.0 */
/* Documents: a tree that was read, written and read again is the same tree,
 * within every limit that the header names. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/text.h"
#include "wire/xml.h"

#include <string.h>

struct counted {
	unsigned elements, depth;
	bool odd_names;
};

static void
check_text(const char *text)
{
	assert(text_utf8(bytes_of(text)));
}

/* Names with U+00AA, U+00B5 or U+00BA: expat takes them in Latin-1 and UTF-16,
 * and in UTF-8 it does not, as XML 1.0 (fourth edition) has it. */
static bool
is_odd(const char *name)
{
	return strstr(name, "\xc2\xaa") != NULL ||
	       strstr(name, "\xc2\xb5") != NULL ||
	       strstr(name, "\xc2\xba") != NULL;
}

static void
check_name(const char *name, struct counted *c)
{
	c->odd_names |= is_odd(name);
	check_text(name);
	assert(name[0] != '\0');
	assert(strlen(name) <= XML_NAME_MAX);
	assert(strchr(name, ':') == NULL);
}

static void
check_node(const struct xml_node *node, unsigned depth, struct counted *c)
{
	unsigned attributes = 0;

	c->elements++;
	if (depth > c->depth)
		c->depth = depth;
	assert(node->line >= 1 && node->column >= 1);
	check_name(node->name, c);
	check_text(node->text);
	for (const struct xml_attribute *a = node->attributes; a != NULL;
	     a = a->next) {
		check_name(a->name, c);
		check_text(a->value);
		attributes++;
	}
	assert(attributes <= XML_ATTRIBUTES_MAX);
	for (const struct xml_node *n = node->first; n != NULL; n = n->next)
		check_node(n, depth + 1, c);
}

static void
write_name(struct buf *out, enum xml_ns ns, const char *name)
{
	const char *prefix = ns == NS_OTHER ? "other" : xml_ns_prefix(ns);

	if (prefix != NULL)
		buf_printf(out, "%s:", prefix);
	buf_puts(out, name);
}

/* Attributes of other namespaces are left out: once they all have the same
 * one, two may have the same name. */
static void
write_node(struct buf *out, const struct xml_node *node)
{
	buf_putc(out, '<');
	write_name(out, node->ns, node->name);
	for (const struct xml_attribute *a = node->attributes; a != NULL;
	     a = a->next) {
		if (a->ns == NS_OTHER)
			continue;
		buf_putc(out, ' ');
		write_name(out, a->ns, a->name);
		buf_puts(out, "=\"");
		xml_write_value(out, a->value);
		buf_putc(out, '"');
	}
	buf_putc(out, '>');
	xml_write_text(out, node->text);
	for (const struct xml_node *n = node->first; n != NULL; n = n->next)
		write_node(out, n);
	buf_puts(out, "</");
	write_name(out, node->ns, node->name);
	buf_putc(out, '>');
}

/* The tree inside an element that declares every prefix. */
static void
write_document(struct buf *out, const struct xml_node *root)
{
	buf_puts(out, "<outside xmlns:other='urn:other'");
	for (unsigned ns = NS_SOAP11; ns < NS_COUNT; ns++) {
		if (ns == NS_XML) /* nobody declares that one */
			continue;
		buf_printf(out, " xmlns:%s='%s'",
			   xml_ns_prefix((enum xml_ns)ns),
			   xml_ns_uri((enum xml_ns)ns));
	}
	buf_putc(out, '>');
	write_node(out, root);
	buf_puts(out, "</outside>");
}

static const struct xml_attribute *
next_known(const struct xml_attribute *a)
{
	while (a != NULL && a->ns == NS_OTHER)
		a = a->next;
	return a;
}

static void
check_same(const struct xml_node *a, const struct xml_node *b)
{
	const struct xml_attribute *x = next_known(a->attributes);
	const struct xml_attribute *y = next_known(b->attributes);
	const struct xml_node *m = a->first, *n = b->first;

	assert(a->ns == b->ns);
	assert(strcmp(a->name, b->name) == 0);
	assert(strcmp(a->text, b->text) == 0);
	for (; x != NULL && y != NULL;
	     x = next_known(x->next), y = next_known(y->next)) {
		assert(x->ns == y->ns);
		assert(strcmp(x->name, y->name) == 0);
		assert(strcmp(x->value, y->value) == 0);
	}
	assert(x == NULL && y == NULL);
	for (; m != NULL && n != NULL; m = m->next, n = n->next)
		check_same(m, n);
	assert(m == NULL && n == NULL);
}

static void
check_again(struct op *op, const struct xml_node *root, const struct counted *c)
{
	const struct xml_node *outside;
	struct xml_fault fault;
	struct buf out;
	enum err err;

	buf_init(&out, op, 0, 64 * MIB);
	write_document(&out, root);
	assert(buf_err(&out) == OK);
	err = xml_parse(op, buf_bytes(&out), &outside, &fault);
	if (c->depth == XML_DEPTH_MAX || c->elements == XML_ELEMENTS_MAX) {
		assert(err == ERR_LIMIT); /* by the element outside */
		return;
	}
	assert(err == OK);
	check_same(root, outside->first);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op *op = fuzz_op();
	const struct xml_node *root = NULL;
	struct counted c = { 0 };
	struct xml_fault fault;
	enum err err;

	err = xml_parse(op, (struct bytes){ data, size }, &root, &fault);
	assert((err == OK) == (fault.violation == NULL));
	if (err != OK) {
		assert(err == ERR_INVALID || err == ERR_LIMIT);
		assert(fault.line >= 1 && fault.column >= 1);
		check_text(op->reason);
		return 0;
	}
	check_node(root, 1, &c);
	assert(c.elements <= XML_ELEMENTS_MAX && c.depth <= XML_DEPTH_MAX);
	assert(root->next == NULL);
	if (!c.odd_names)
		check_again(op, root, &c);
	return 0;
}
