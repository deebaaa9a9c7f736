/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/xsd.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#define VALUE_SHOWN_MAX 100 /* bytes of a wrong value, in a violation */
#define SUBTAG_MAX 8        /* characters, RFC 3066 2.1 */

static const struct xsd_word boolean_words[] = {
	{ "true", XSD_TRUE }, { "false", XSD_FALSE },
	{ "1", XSD_TRUE },    { "0", XSD_FALSE },
	{ NULL, 0 },
};
const struct xsd_words xsd_booleans = { "xs:boolean", boolean_words };

static bool
is_attribute(const struct xsd_field *f)
{
	return f->name[0] == '@';
}

static bool
is_own(const struct xsd_field *f)
{
	return f->name != NULL && strcmp(f->name, XSD_OWN) == 0;
}

/* ---- violations ---- */

static enum err
violate(struct op *op, struct xml_fault *fault, const struct xml_node *el,
	const char *violation)
{
	fault->line = el->line;
	fault->column = el->column;
	fault->violation = violation;
	return FAIL(op, ERR_INVALID, "%u:%u: %s", el->line, el->column,
		    violation);
}

#define VIOLATE(op, fault, el, ...)                                            \
	violate((op), (fault), (el), op_print((op), __VA_ARGS__))

/* The start of a value, whole characters of it. */
static const char *
value_shown(struct op *op, const char *value)
{
	size_t n = strlen(value);

	if (n <= VALUE_SHOWN_MAX)
		return value;
	for (n = VALUE_SHOWN_MAX; ((unsigned char)value[n] & 0xC0) == 0x80;)
		n--;
	return op_print(op, "%.*s...", (int)n, value);
}

/* ---- values ---- */

const char *
xsd_word(const struct xsd_words *words, unsigned value)
{
	for (const struct xsd_word *w = words->word; w->text != NULL; w++) {
		if (w->value == value)
			return w->text;
	}
	return NULL;
}

static bool
word_find(const struct xsd_words *words, const char *text, unsigned *out)
{
	for (const struct xsd_word *w = words->word; w->text != NULL; w++) {
		if (strcmp(w->text, text) == 0) {
			*out = w->value;
			return true;
		}
	}
	return false;
}

static bool
is_alpha(char c)
{
	return text_lower(c) >= 'a' && text_lower(c) <= 'z';
}

/* [A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*, or nothing at all. */
bool
xsd_is_language(const char *text)
{
	size_t in_tag = 0;
	bool first = true;

	if (*text == '\0')
		return true;
	if (strlen(text) > XSD_LANGUAGE_MAX)
		return false;
	for (; *text != '\0'; text++) {
		if (*text == '-' && in_tag > 0) {
			in_tag = 0;
			first = false;
		} else if (is_alpha(*text) ||
			   (!first && *text >= '0' && *text <= '9')) {
			if (++in_tag > SUBTAG_MAX)
				return false;
		} else {
			return false;
		}
	}
	return in_tag > 0;
}

static bool
time_read(struct op *op, const struct xsd_field *f, const char *text, char *out)
{
	int64_t *at = (void *)(out + f->offset);
	bool *unzoned = (void *)(out + f->unzoned);
	bool zoned;

	text = text_trim(op, text);
	if (clock_read_xml(op, text, at, &zoned) != OK)
		return false;
	*unzoned = !zoned;
	return true;
}

static bool
int_read(struct op *op, const char *text, int *out)
{
	int64_t n;

	if (!text_number(text_trim(op, text), INT_MIN, INT_MAX, &n))
		return false;
	*out = (int)n;
	return true;
}

/* A simple value into its member; false when it is none of that kind. */
static bool
simple_read(struct op *op, const struct xsd_field *f, const char *text,
	    char *out)
{
	void *member = out + f->offset;

	switch (f->kind) {
	case XSD_KIND_TEXT:
		*(const char **)member = text;
		return true;
	case XSD_KIND_TOKEN:
		*(const char **)member = text_trim(op, text);
		return true;
	case XSD_KIND_LANGUAGE:
		*(const char **)member = text;
		return xsd_is_language(text);
	case XSD_KIND_TIME:
		return time_read(op, f, text, out);
	case XSD_KIND_ENUM:
		return word_find(f->words, text, member);
	case XSD_KIND_INT:
		return int_read(op, text, member);
	case XSD_KIND_CONST:
		*(bool *)member = true;
		return strcmp(text, f->text) == 0;
	case XSD_KIND_BYTES:
		return text_base64_read(op, text, member) == OK;
	case XSD_KIND_INSIDE:
	case XSD_KIND_BEHIND:
	case XSD_KIND_LIST:
		break;
	}
	assert(false); /* a row of a kind that has no text */
	return false;
}

/* ---- reading ---- */

/* One more element of a list, whose room doubles: how many will come is not
 * known, for several rows may fill it. */
static enum err
item_read(struct op *op, const struct xsd_field *f, const struct xml_node *el,
	  char *out, struct xml_fault *fault)
{
	char **items = (void *)(out + f->offset);
	size_t *n = (void *)(out + f->count);
	size_t size = f->type->size;

	if (*n == f->most)
		return VIOLATE(op, fault, el,
			       "The element '%s' comes more than %zu times.",
			       el->name, f->most);
	if ((*n & (*n - 1)) == 0) { /* full: 0, 1, 2, 4, 8 */
		char *room = op_alloc(op, (*n == 0 ? 1 : 2 * *n) * size);

		if (*n > 0)
			memcpy(room, *items, *n * size);
		*items = room;
	}
	return xsd_read(op, f->type, el, *items + (*n)++ * size, fault);
}

static enum err
value_read(struct op *op, const struct xsd_field *f, const struct xml_node *el,
	   char *out, struct xml_fault *fault)
{
	void *member = out + f->offset;

	if (f->kind == XSD_KIND_INSIDE)
		return xsd_read(op, f->type, el, member, fault);
	if (f->kind == XSD_KIND_BEHIND) {
		void *behind = op_alloc(op, f->type->size);

		*(void **)member = behind;
		return xsd_read(op, f->type, el, behind, fault);
	}
	if (f->kind == XSD_KIND_LIST)
		return item_read(op, f, el, out, fault);
	if (el->first != NULL)
		return VIOLATE(
			op, fault, el->first,
			"The element '%s' cannot contain child elements.",
			el->name);
	if (!simple_read(op, f, el->text, out))
		return VIOLATE(op, fault, el,
			       "The '%s' element has the invalid value '%s'.",
			       el->name, value_shown(op, el->text));
	return OK;
}

static enum err
attributes_read(struct op *op, const struct xsd_type *type,
		const struct xml_node *el, char *out, struct xml_fault *fault)
{
	for (const struct xsd_field *f = type->fields; f->name != NULL; f++) {
		const char *value;

		if (!is_attribute(f))
			continue;
		value = xml_attribute(el, f->name + 1);
		if (value == NULL && f->need == REQUIRED)
			return VIOLATE(
				op, fault, el,
				"The element '%s' lacks the attribute '%s'.",
				el->name, f->name + 1);
		if (value != NULL && !simple_read(op, f, value, out))
			return VIOLATE(op, fault, el,
				       "The '%s' attribute has the invalid "
				       "value '%s'.",
				       f->name + 1, value_shown(op, value));
	}
	return OK;
}

/* The row of a child element, -1 when there is none. */
static int
field_find(const struct xsd_type *type, const struct xml_node *child)
{
	for (int i = 0; type->fields[i].name != NULL; i++) {
		assert(i < XSD_FIELDS_MAX);
		if (!is_attribute(&type->fields[i]) &&
		    xml_is(child, type->fields[i].name))
			return i;
	}
	return -1;
}

const char *
xsd_local_name(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon == NULL ? name : colon + 1;
}

static enum err
check_required(struct op *op, const struct xsd_type *type,
	       const struct xml_node *el, uint32_t seen,
	       struct xml_fault *fault)
{
	for (int i = 0; type->fields[i].name != NULL; i++) {
		const struct xsd_field *f = &type->fields[i];

		if (f->need == REQUIRED && !is_attribute(f) && !is_own(f) &&
		    !(seen & UINT32_C(1) << i))
			return VIOLATE(op, fault, el,
				       "The element '%s' lacks the child "
				       "element '%s'.",
				       el->name, xsd_local_name(f->name));
	}
	if (type->several && seen == 0)
		return VIOLATE(op, fault, el, "The element '%s' is empty.",
			       el->name);
	if (type->choice && (seen == 0 || (seen & (seen - 1)) != 0))
		return VIOLATE(op, fault, el,
			       "The element '%s' must contain exactly one "
			       "child element.",
			       el->name);
	return OK;
}

/* One child into its member; *seen has a bit for each row. */
static enum err
child_read(struct op *op, const struct xsd_type *type,
	   const struct xml_node *child, char *out, uint32_t *seen,
	   struct xml_fault *fault)
{
	int row = field_find(type, child);

	if (row < 0 && (type->lax || (type->open && child->ns == NS_T)))
		return OK;
	if (row < 0)
		return VIOLATE(op, fault, child,
			       "The element '%s' is not expected here.",
			       child->name);
	if (*seen & UINT32_C(1) << row &&
	    type->fields[row].kind != XSD_KIND_LIST)
		return VIOLATE(op, fault, child,
			       "The element '%s' comes twice.", child->name);
	*seen |= UINT32_C(1) << row;
	return value_read(op, &type->fields[row], child, out, fault);
}

enum err
xsd_read(struct op *op, const struct xsd_type *type, const struct xml_node *el,
	 void *out, struct xml_fault *fault)
{
	uint32_t seen = 0;

	if (is_own(&type->fields[0]))
		TRY(value_read(op, &type->fields[0], el, out, fault));
	else if (!type->lax && !text_is_blank(el->text))
		return VIOLATE(op, fault, el,
			       "The element '%s' cannot contain text.",
			       el->name);
	for (const struct xml_node *c = el->first; c != NULL; c = c->next)
		TRY(child_read(op, type, c, out, &seen, fault));
	TRY(attributes_read(op, type, el, out, fault));
	return check_required(op, type, el, seen, fault);
}
