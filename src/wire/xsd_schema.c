/* SPDX-License-Identifier: Apache-2.0 */
/* The tables as a schema document, laid out for reading. */
#include "wire/xsd.h"

#include "base/buf.h"

#include <assert.h>
#include <string.h>

/* An element with this inside, and its name to match. */
#define NAMED_OPEN "<xs:%s name=\"%s\">\n"

struct writer {
	struct buf *buf;
	const struct xsd_schema *schema;
	unsigned depth;
};

static void type_write(struct writer *w, const struct xsd_type *type,
		       const char *attribute);

static void
indent(const struct writer *w)
{
	for (unsigned i = 0; i < w->depth; i++)
		buf_puts(w->buf, "  ");
}

static void
line(const struct writer *w, const char *text)
{
	indent(w);
	buf_puts(w->buf, text);
	buf_putc(w->buf, '\n');
}

/* Does a name of our tables belong into this document? */
static bool
is_ours(const struct writer *w, const char *name)
{
	const char *prefix = xml_ns_prefix(w->schema->ns);
	size_t n = strlen(prefix);

	return strncmp(name, prefix, n) == 0 && name[n] == ':';
}

static bool
is_own(const struct xsd_field *f)
{
	return f->name != NULL && strcmp(f->name, XSD_OWN) == 0;
}

static const char *type_name(const struct xsd_type *type);

/* The type of a row; NULL: it has no name of its own. */
static const char *
field_type(const struct xsd_field *f)
{
	switch (f->kind) {
	case XSD_KIND_TEXT:
	case XSD_KIND_TOKEN:
	case XSD_KIND_LANGUAGE:
		return "xs:string";
	case XSD_KIND_TIME:
		return "xs:dateTime";
	case XSD_KIND_ENUM:
		return f->words->name;
	case XSD_KIND_INT:
		return "xs:int";
	case XSD_KIND_CONST:
		return f->schema;
	case XSD_KIND_BYTES:
		return "xs:base64Binary";
	case XSD_KIND_INSIDE:
	case XSD_KIND_BEHIND:
	case XSD_KIND_LIST:
		return type_name(f->type);
	}
	assert(false); /* a row of no known kind */
	return NULL;
}

/* That of its text, where it has nothing else. */
static const char *
type_name(const struct xsd_type *type)
{
	if (is_own(&type->fields[0]) && type->fields[1].name == NULL)
		return field_type(&type->fields[0]);
	return type->name;
}

static void
words_write(struct writer *w, const struct xsd_words *words)
{
	indent(w);
	buf_printf(w->buf, NAMED_OPEN, "simpleType",
		   xsd_local_name(words->name));
	w->depth++;
	line(w, "<xs:restriction base=\"xs:string\">");
	w->depth++;
	for (const struct xsd_word *v = words->word; v->text != NULL; v++) {
		indent(w);
		buf_printf(w->buf, "<xs:enumeration value=\"%s\"/>\n", v->text);
	}
	w->depth--;
	line(w, "</xs:restriction>");
	w->depth--;
	line(w, "</xs:simpleType>");
}

static void
element_write(struct writer *w, const struct xsd_field *f, bool in_choice)
{
	const char *type = field_type(f);

	indent(w);
	buf_puts(w->buf, "<xs:element");
	if (!in_choice)
		buf_printf(w->buf, " minOccurs=\"%d\" maxOccurs=\"%zu\"",
			   f->need == REQUIRED,
			   f->kind == XSD_KIND_LIST ? f->most : 1);
	if (!is_ours(w, f->name)) {
		buf_printf(w->buf, " ref=\"%s\"/>\n", f->name);
		return;
	}
	buf_printf(w->buf, " name=\"%s\"", xsd_local_name(f->name));
	if (type != NULL) {
		buf_printf(w->buf, " type=\"%s\"/>\n", type);
		return;
	}
	buf_puts(w->buf, ">\n");
	w->depth++;
	type_write(w, f->type, "");
	w->depth--;
	line(w, "</xs:element>");
}

static void
elements_write(struct writer *w, const struct xsd_type *type)
{
	bool choice = type->choice || type->several;
	const char *model = choice ? "choice" : "sequence";

	indent(w);
	if (type->several)
		buf_printf(w->buf, "<xs:choice maxOccurs=\"%zu\">\n",
			   type->fields[0].most);
	else
		buf_printf(w->buf, "<xs:%s>\n", model);
	w->depth++;
	if (type->any)
		line(w, "<xs:any minOccurs=\"0\" maxOccurs=\"unbounded\" "
			"processContents=\"lax\"/>");
	for (const struct xsd_field *f = type->fields; f->name != NULL; f++) {
		if (f->name[0] != '@' && !type->any)
			element_write(w, f, choice);
	}
	w->depth--;
	indent(w);
	buf_printf(w->buf, "</xs:%s>\n", model);
}

/*
 * An attribute of another namespace, xml:lang, is let in by a wildcard: a
 * reference would need that namespace's own schema, which tools fetch from
 * the network where no fourth document is to be named.
 */
static void
attribute_write(struct writer *w, const struct xsd_field *f)
{
	const char *use = f->need == REQUIRED ? "required" : "optional";
	const char *name = f->name + 1;

	indent(w);
	if (strncmp(name, "xml:", 4) == 0)
		buf_printf(w->buf,
			   "<xs:anyAttribute namespace=\"%s\" "
			   "processContents=\"lax\"/> <!-- %s -->\n",
			   xml_ns_uri(NS_XML), name);
	else
		buf_printf(w->buf,
			   "<xs:attribute name=\"%s\" type=\"%s\" "
			   "use=\"%s\"/>\n",
			   name, field_type(f), use);
}

/* Elements first, then attributes, as a schema wants them. */
static void
content_write(struct writer *w, const struct xsd_type *type)
{
	const struct xsd_field *f;
	bool elements = type->any;

	for (f = type->fields; f->name != NULL; f++)
		elements = elements || (f->name[0] != '@' && !is_own(f));
	if (elements)
		elements_write(w, type);
	for (f = type->fields; f->name != NULL; f++) {
		if (f->name[0] == '@')
			attribute_write(w, f);
	}
}

/* attribute: " name=...", or nothing inside an element. */
static void
type_write(struct writer *w, const struct xsd_type *type, const char *attribute)
{
	bool own = is_own(&type->fields[0]);
	const char *base = own ? field_type(&type->fields[0]) : type->base;
	const char *content = own ? "simpleContent" : "complexContent";

	indent(w);
	buf_printf(w->buf, "<xs:complexType%s>\n", attribute);
	w->depth++;
	if (base != NULL) {
		indent(w);
		buf_printf(w->buf, "<xs:%s>\n", content);
		w->depth++;
		indent(w);
		buf_printf(w->buf, "<xs:extension base=\"%s\">\n", base);
		w->depth++;
	}
	content_write(w, type);
	if (base != NULL) {
		w->depth--;
		line(w, "</xs:extension>");
		w->depth--;
		indent(w);
		buf_printf(w->buf, "</xs:%s>\n", content);
	}
	w->depth--;
	line(w, "</xs:complexType>");
}

static void
global_write(struct writer *w, const struct xsd_global *global)
{
	const char *name = xsd_local_name(global->name);

	indent(w);
	if (global->type->name != NULL) {
		buf_printf(w->buf, "<xs:element name=\"%s\" type=\"%s\"/>\n",
			   name, global->type->name);
		return;
	}
	buf_printf(w->buf, NAMED_OPEN, "element", name);
	w->depth++;
	type_write(w, global->type, "");
	w->depth--;
	line(w, "</xs:element>");
}

static void
head_write(struct writer *w)
{
	const struct xsd_schema *s = w->schema;

	buf_puts(w->buf, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
	buf_printf(w->buf,
		   "<xs:schema id=\"%s\" elementFormDefault=\"qualified\" "
		   "version=\"Exchange2007_SP1\"\n"
		   "    targetNamespace=\"%s\"\n"
		   "    xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"\n"
		   "    xmlns:m=\"%s\"\n    xmlns:t=\"%s\">\n",
		   s->name, xml_ns_uri(s->ns), xml_ns_uri(NS_M),
		   xml_ns_uri(NS_T));
	buf_puts(w->buf, s->head);
}

void
xsd_schema_write(struct buf *buf, const struct xsd_schema *schema)
{
	struct writer w = { .buf = buf, .schema = schema };

	head_write(&w);
	w.depth = 1;
	for (const struct xsd_words *const *v = schema->words; *v != NULL; v++)
		words_write(&w, *v);
	for (const struct xsd_type *const *t = schema->types; *t != NULL; t++)
		type_write(&w, *t,
			   op_print(buf->op, " name=\"%s\"",
				    xsd_local_name((*t)->name)));
	for (const struct xsd_global *g = schema->globals; g->name != NULL; g++)
		global_write(&w, g);
	buf_puts(buf, "</xs:schema>\n");
}
