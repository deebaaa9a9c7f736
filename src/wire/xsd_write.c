/* SPDX-License-Identifier: Apache-2.0 */
/* The way out: a struct as elements, by the rows of its table. */
#include "wire/xsd.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

#include <assert.h>
#include <string.h>

#define INT_DIGITS_MAX 12 /* bytes: a sign, ten digits and a NUL */

/* What the elements around have declared. */
struct scope {
	enum xsd_style style;
	enum xml_ns ns;    /* DEFAULT: what a name without prefix means */
	unsigned declared; /* PREFIXED: a bit for each namespace */
};

static void fields_write(struct buf *buf, const struct xsd_type *type,
			 const char *in, struct scope scope);

/* "t:OofState" -> NS_T, "OofState". */
static enum xml_ns
name_split(const char *name, const char **local)
{
	const char *colon = strchr(name, ':');
	size_t n = colon == NULL ? 0 : (size_t)(colon - name);

	*local = xsd_local_name(name);
	for (unsigned ns = NS_SOAP11; n > 0 && ns < NS_COUNT; ns++) {
		const char *prefix = xml_ns_prefix((enum xml_ns)ns);

		if (strncmp(prefix, name, n) == 0 && prefix[n] == '\0')
			return (enum xml_ns)ns;
	}
	return NS_NONE;
}

static void
name_write(struct buf *buf, const char *name, struct scope scope)
{
	const char *colon = strchr(name, ':');

	if (scope.style == XSD_DEFAULT && colon != NULL)
		name = colon + 1;
	buf_puts(buf, name);
}

/* "<t:OofState" and what has to be declared; the scope for what is inside. */
static struct scope
tag_open(struct buf *buf, const char *name, struct scope scope)
{
	const char *local;
	enum xml_ns ns = name_split(name, &local);

	buf_putc(buf, '<');
	name_write(buf, name, scope);
	if (scope.style == XSD_DEFAULT && ns != scope.ns) {
		buf_puts(buf, " xmlns=\"");
		buf_puts(buf, xml_ns_uri(ns));
		buf_putc(buf, '"');
		scope.ns = ns;
	}
	if (scope.style == XSD_PREFIXED &&
	    !(scope.declared & 1U << (unsigned)ns)) {
		buf_puts(buf, " xmlns:");
		buf_puts(buf, xml_ns_prefix(ns));
		buf_puts(buf, "=\"");
		buf_puts(buf, xml_ns_uri(ns));
		buf_putc(buf, '"');
		scope.declared |= 1U << (unsigned)ns;
	}
	return scope;
}

static void
tag_close(struct buf *buf, const char *name, struct scope scope)
{
	buf_puts(buf, "</");
	name_write(buf, name, scope);
	buf_putc(buf, '>');
}

static const char *
int_text(int n, char room[INT_DIGITS_MAX])
{
	size_t i = INT_DIGITS_MAX - 1;
	unsigned rest = n < 0 ? 0U - (unsigned)n : (unsigned)n;

	room[i] = '\0';
	do {
		room[--i] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (n < 0)
		room[--i] = '-';
	return &room[i];
}

/* The text of a member, NULL when it is not sent. */
static const char *
simple_text(struct op *op, const struct xsd_field *f, const char *in,
	    char room[INT_DIGITS_MAX])
{
	const void *member = in + f->offset;

	switch (f->kind) {
	case XSD_KIND_TEXT:
	case XSD_KIND_TOKEN:
		return *(const char *const *)member;
	case XSD_KIND_LANGUAGE: {
		const char *lang = *(const char *const *)member;

		return lang == NULL || *lang == '\0' ? NULL : lang;
	}
	case XSD_KIND_TIME:
		return clock_xml(op, *(const int64_t *)member);
	case XSD_KIND_ENUM:
		return xsd_word(f->words, *(const unsigned *)member);
	case XSD_KIND_INT:
		if (*(const int *)member == 0 && f->need == OPTIONAL)
			return NULL;
		return int_text(*(const int *)member, room);
	case XSD_KIND_CONST:
		return *(const bool *)member ? f->text : NULL;
	case XSD_KIND_BYTES:
	case XSD_KIND_INSIDE:
	case XSD_KIND_BEHIND:
	case XSD_KIND_LIST:
		break;
	}
	assert(false); /* a row of a kind that has no text */
	return NULL;
}

static void
attributes_write(struct buf *buf, const struct xsd_type *type, const char *in)
{
	for (const struct xsd_field *f = type->fields; f->name != NULL; f++) {
		char room[INT_DIGITS_MAX];
		const char *value;

		if (f->name[0] != '@')
			continue;
		value = simple_text(buf->op, f, in, room);
		if (value == NULL)
			continue;
		buf_putc(buf, ' ');
		buf_puts(buf, f->name + 1);
		buf_puts(buf, "=\"");
		xml_write_value(buf, value);
		buf_putc(buf, '"');
	}
}

static void
struct_write(struct buf *buf, const char *name, const struct xsd_type *type,
	     const char *in, struct scope outer)
{
	struct scope inner = tag_open(buf, name, outer);

	attributes_write(buf, type, in);
	buf_putc(buf, '>');
	fields_write(buf, type, in, inner);
	tag_close(buf, name, outer);
}

static void
list_write(struct buf *buf, const struct xsd_field *f, const char *in,
	   struct scope scope)
{
	const char *items =
		*(const char *const *)(const void *)(in + f->offset);
	size_t n = *(const size_t *)(const void *)(in + f->count);

	for (size_t i = 0; i < n; i++)
		struct_write(buf, f->name, f->type, items + i * f->type->size,
			     scope);
}

/* Straight into the answer: a picture is copied but once. */
static void
bytes_write(struct buf *buf, const char *name, const struct bytes *bytes,
	    struct scope scope)
{
	char *at;

	if (bytes->p == NULL)
		return;
	(void)tag_open(buf, name, scope);
	buf_putc(buf, '>');
	at = buf_take(buf, TEXT_BASE64_SIZE(bytes->n));
	if (at != NULL)
		text_base64_put(at, *bytes);
	tag_close(buf, name, scope);
}

static void
simple_write(struct buf *buf, const struct xsd_field *f, const char *in,
	     struct scope scope)
{
	char room[INT_DIGITS_MAX];
	const char *text = simple_text(buf->op, f, in, room);
	bool own = strcmp(f->name, XSD_OWN) == 0;

	if (text == NULL)
		return;
	if (!own) {
		(void)tag_open(buf, f->name, scope);
		buf_putc(buf, '>');
	}
	xml_write_text(buf, text);
	if (!own)
		tag_close(buf, f->name, scope);
}

static void
field_write(struct buf *buf, const struct xsd_field *f, const char *in,
	    struct scope scope)
{
	const void *member = in + f->offset;
	const char *behind;

	switch (f->kind) {
	case XSD_KIND_INSIDE:
		struct_write(buf, f->name, f->type, member, scope);
		break;
	case XSD_KIND_BEHIND:
		behind = *(const char *const *)member;
		if (behind != NULL)
			struct_write(buf, f->name, f->type, behind, scope);
		break;
	case XSD_KIND_LIST:
		list_write(buf, f, in, scope);
		break;
	case XSD_KIND_BYTES:
		bytes_write(buf, f->name, member, scope);
		break;
	default:
		simple_write(buf, f, in, scope);
	}
}

static void
fields_write(struct buf *buf, const struct xsd_type *type, const char *in,
	     struct scope scope)
{
	for (const struct xsd_field *f = type->fields; f->name != NULL; f++) {
		if (f->name[0] != '@')
			field_write(buf, f, in, scope);
	}
}

void
xsd_write(struct buf *buf, enum xsd_style style, const char *name,
	  const struct xsd_type *type, const void *in)
{
	struct scope scope = { .style = style, .ns = NS_NONE };

	struct_write(buf, name, type, in, scope);
}
