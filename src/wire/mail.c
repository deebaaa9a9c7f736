/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/mail.h"

#include "base/idn.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

/* ---- reading ---- */

/* Is it the end of a line that is folded here? */
static bool
is_fold(struct bytes raw, size_t i)
{
	if (raw.p[i] == '\r' && i + 1 < raw.n && raw.p[i + 1] == '\n')
		i++;
	return raw.p[i] == '\n' && i + 1 < raw.n &&
	       (raw.p[i + 1] == ' ' || raw.p[i + 1] == '\t');
}

/* The control characters that only UTF-8 has, U+0080 to U+009F, as spaces; the
 * text is UTF-8. */
static const char *
without_controls(char *text)
{
	size_t n = 0;

	for (const char *at = text; *at != '\0'; at++) {
		if ((uint8_t)at[0] == 0xc2 && (uint8_t)at[1] < 0xa0) {
			text[n++] = ' ';
			at++;
		} else {
			text[n++] = *at;
		}
	}
	text[n] = '\0';
	return text;
}

/* What is no text in anybody's eyes becomes a space; bytes that are not UTF-8
 * are taken for ISO 8859-1. */
const char *
mail_value(struct op *op, struct bytes raw)
{
	char *text = op_alloc(op, raw.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < raw.n; i++) {
		uint8_t c = raw.p[i];

		if (!is_fold(raw, i))
			text[n++] = (char)(c < ' ' || c == 0x7f ? ' ' : c);
	}
	while (n > 0 && text[n - 1] == ' ')
		n--;
	text[n] = '\0';
	text += strspn(text, " ");
	n = strlen(text);
	if (text_utf8((struct bytes){ (const uint8_t *)text, n }))
		return without_controls(text);
	return without_controls(op_dup(
		op,
		text_latin1(op, (struct bytes){ (const uint8_t *)text, n })));
}

/* The bytes of a line, without its end; *rest goes behind it. */
static struct bytes
line_take(struct bytes *rest)
{
	const uint8_t *end =
		rest->n == 0 ? NULL : memchr(rest->p, '\n', rest->n);
	struct bytes line = { rest->p,
			      end == NULL ? rest->n : (size_t)(end - rest->p) };
	size_t taken = line.n + (end != NULL);

	rest->p += taken;
	rest->n -= taken;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

static bool
is_folded(struct bytes rest)
{
	return rest.n > 0 && (*rest.p == ' ' || *rest.p == '\t');
}

/* How long a field's name is; 0: the line has none. White space before the
 * colon is RFC 5322's obsolete form. */
static size_t
name_length(struct bytes line, size_t *colon)
{
	size_t n = 0;

	while (n < line.n && line.p[n] > ' ' && line.p[n] < 0x7f &&
	       line.p[n] != ':')
		n++;
	*colon = n;
	while (*colon < line.n &&
	       (line.p[*colon] == ' ' || line.p[*colon] == '\t'))
		(*colon)++;
	if (*colon == line.n || line.p[*colon] != ':' || n > MAIL_NAME_MAX)
		return 0;
	return n;
}

static bool
is_mailbox_line(struct bytes line)
{
	return line.n > 5 && memcmp(line.p, "From ", 5) == 0;
}

void
mail_read(struct op *op, struct bytes message, struct mail_header *out)
{
	struct bytes rest = message, peek = message;
	struct mail_field *field =
		op_alloc(op, MAIL_FIELDS_MAX * sizeof(*field));

	*out = (struct mail_header){ .field = field };
	if (is_mailbox_line(line_take(&peek)))
		rest = peek;
	message = rest;
	while (rest.n > 0) {
		struct bytes line = line_take(&rest);
		size_t colon, name = name_length(line, &colon);
		const uint8_t *end;

		if (line.n == 0)
			return;
		while (is_folded(rest))
			(void)line_take(&rest);
		end = rest.p;
		if (out->n == MAIL_FIELDS_MAX ||
		    (size_t)(end - message.p) > MAIL_HEADER_MAX) {
			out->cut = true;
			return;
		}
		if (name == 0) /* no field; what comes behind may be one */
			continue;
		field[out->n++] = (struct mail_field){
			.name = op_text(op, (const char *)line.p, name),
			.value = mail_value(
				op, (struct bytes){ line.p + colon + 1,
						    (size_t)(end - line.p) -
							    colon - 1 }),
		};
	}
}

const char *
mail_next(const struct mail_header *header, const char *name, size_t *at)
{
	while (*at < header->n) {
		const struct mail_field *f = &header->field[(*at)++];

		if (text_case_equal(f->name, name))
			return f->value;
	}
	return NULL;
}

const char *
mail_find(const struct mail_header *header, const char *name)
{
	size_t at = 0;

	return mail_next(header, name, &at);
}

/* ---- words and parameters ---- */

/* How many bytes a quoted string has, its quotes counted; one that does not
 * end goes on to the end. */
static size_t
quoted_length(const char *text)
{
	size_t n = 1;

	while (text[n] != '\0' && text[n] != '"')
		n += text[n] == '\\' && text[n + 1] != '\0' ? 2 : 1;
	return n + (text[n] == '"');
}

/* The same of a comment. */
static size_t
comment_length(const char *text)
{
	size_t n = 0, depth = 0;

	do {
		depth += text[n] == '(';
		depth -= text[n] == ')';
		n += text[n] == '\\' && text[n + 1] != '\0' ? 2 : 1;
	} while (depth > 0 && text[n] != '\0');
	return n;
}

const char *
mail_bare(struct op *op, const char *value)
{
	char *out = op_dup(op, value);
	size_t n = 0;

	while (*value != '\0') {
		size_t length = *value == '"' ? quoted_length(value) : 1;

		if (*value == '(') {
			value += comment_length(value);
			out[n++] = ' ';
			continue;
		}
		memcpy(out + n, value, length);
		n += length;
		value += length;
	}
	out[n] = '\0';
	return out;
}

const char *
mail_word(struct op *op, const char *value)
{
	const char *bare = mail_bare(op, value);

	bare += strspn(bare, " ");
	return text_fold(op, op_text(op, bare, strcspn(bare, " ;,=")));
}

/* A text without the quotes around it, and the backslashes in it. */
static const char *
unquote(struct op *op, const char *text, size_t n)
{
	char *out = op_text(op, text, n);
	size_t k = 0;

	if (n < 2 || *text != '"' || text[n - 1] != '"')
		return out;
	for (size_t i = 1; i + 1 < n; i++) {
		if (text[i] == '\\' && i + 2 < n)
			i++;
		out[k++] = text[i];
	}
	out[k] = '\0';
	return out;
}

/* Up to one of `stop` outside of quotes. */
static size_t
span_unquoted(const char *text, const char *stop)
{
	size_t n = 0;

	while (text[n] != '\0' && strchr(stop, text[n]) == NULL)
		n += text[n] == '"' ? quoted_length(text + n) : 1;
	return n;
}

const char *
mail_parameter(struct op *op, const char *value, const char *name)
{
	const char *at = mail_bare(op, value);
	size_t length = strlen(name);

	at += span_unquoted(at, ";");
	while (*at == ';') {
		size_t n, equals;

		at += 1 + strspn(at + 1, " ");
		n = span_unquoted(at, ";");
		equals = strcspn(at, "= ;");
		if (equals == length && strncasecmp(at, name, length) == 0 &&
		    at[equals + strspn(at + equals, " ")] == '=') {
			const char *from =
				at + equals + strspn(at + equals, " ") + 1;
			size_t skipped = strspn(from, " ");
			size_t m;

			from += skipped;
			m = *from == '"' ? quoted_length(from)
					 : strcspn(from, " ;");
			return unquote(op, from, m);
		}
		at += n;
	}
	return NULL;
}

/* ---- addresses ---- */

/* Where an item of a list ends: outside of quotes and angle brackets. */
static size_t
item_length(const char *text)
{
	size_t n = span_unquoted(text, "<,;");

	if (text[n] == '<')
		n += span_unquoted(text + n, ">");
	return n + span_unquoted(text + n, ",;");
}

/* What is between the last < and its >; else the whole of it. */
static const char *
item_angle(struct op *op, const char *item)
{
	size_t open = span_unquoted(item, "<");
	const char *inner;

	if (item[open] == '\0')
		return item;
	inner = item + open + 1;
	return op_text(op, inner, span_unquoted(inner, ">"));
}

/* Without the name of a group, or the route of an old address, in front. */
static const char *
item_tail(const char *item)
{
	size_t colon = span_unquoted(item, ":[<");

	return item[colon] == ':' ? item + colon + 1 : item;
}

/* White space may stand around the dots and the @, and means nothing there. */
static bool
is_loose(const char *before, size_t n, char behind)
{
	return n == 0 || before[n - 1] == '.' || before[n - 1] == '@' ||
	       behind == '.' || behind == '@' || behind == '\0';
}

/* NULL: it is none. */
static const char *
item_address(struct op *op, const char *item)
{
	const char *at = item_tail(item_angle(op, item_tail(item)));
	char *out;
	size_t n = 0;

	at += strspn(at, " ");
	out = op_dup(op, at);
	if (*at == '"') {
		size_t quoted = quoted_length(at);
		const char *local = unquote(op, at, quoted);

		n = strlen(local);
		memcpy(out, local, n);
		at += quoted;
	}
	while (*at != '\0') {
		size_t spaces = strspn(at, " ");

		at += spaces;
		if (spaces > 0 && !is_loose(out, n, *at))
			return NULL;
		if (*at != '\0')
			out[n++] = *at++;
	}
	out[n] = '\0';
	return text_is_address(out) ? idn_fold(op, out) : NULL;
}

const char *
mail_address(struct op *op, const char **rest)
{
	while (**rest != '\0') {
		size_t n = item_length(*rest);
		const char *item = op_text(op, *rest, n);
		const char *address = item_address(op, item);

		*rest += n + ((*rest)[n] != '\0');
		if (address != NULL)
			return address;
	}
	return NULL;
}

/* ---- message ids ---- */

static bool
is_id(const char *text, size_t n)
{
	size_t ats = 0;

	for (size_t i = 1; i + 1 < n; i++) {
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '<')
			return false;
		ats += text[i] == '@';
	}
	return ats == 1 && n <= MAIL_ID_MAX && text[1] != '@' &&
	       text[n - 2] != '@';
}

const char *
mail_id(struct op *op, const char **rest)
{
	const char *open, *close;

	while ((open = strchr(*rest, '<')) != NULL) {
		size_t n;

		close = strchr(open, '>');
		if (close == NULL)
			break;
		n = (size_t)(close - open) + 1;
		*rest = close + 1;
		if (is_id(open, n))
			return op_text(op, open, n);
	}
	*rest += strlen(*rest);
	return NULL;
}
