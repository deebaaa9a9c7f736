/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/vcard.h"

#include "base/buf.h"
#include "base/text.h"

#include <string.h>

#define PARAMETERS_MAX 32 /* of a line, that are looked at */
#define GROW 16           /* entries that an array begins with */

/* ---- lines ---- */

struct input {
	struct op *op;
	const uint8_t *p, *end;
	unsigned line; /* of p */
};

/* A piece up to the end of a line, without it. */
static struct bytes
piece_take(struct input *in)
{
	const uint8_t *from = in->p;
	const uint8_t *lf = memchr(from, '\n', (size_t)(in->end - from));
	const uint8_t *end = lf == NULL ? in->end : lf;

	in->p = lf == NULL ? in->end : lf + 1;
	in->line++;
	if (end > from && end[-1] == '\r')
		end--;
	return (struct bytes){ from, (size_t)(end - from) };
}

/* A line with all that is folded into it. */
struct line {
	unsigned number;
	bool over;         /* longer than is read */
	struct bytes text; /* the op's, if it was folded */
};

static bool
is_folded(const struct input *in)
{
	return in->p < in->end && (*in->p == ' ' || *in->p == '\t');
}

static void
fold_add(struct line *l, struct buf *whole, struct bytes piece)
{
	if (whole->n + piece.n > VCARD_VALUE_MAX)
		l->over = true;
	else
		buf_add(whole, piece.p, piece.n);
}

/* False: there is none. What is too long is passed over, not collected: that
 * is how pictures look. */
static bool
line_take(struct input *in, struct line *out)
{
	struct buf whole;

	if (in->p == in->end)
		return false;
	out->number = in->line;
	out->text = piece_take(in);
	out->over = out->text.n > VCARD_VALUE_MAX;
	if (!is_folded(in))
		return true;
	buf_init(&whole, in->op, out->over ? 0 : 2 * out->text.n,
		 2 * VCARD_VALUE_MAX);
	if (!out->over)
		buf_add(&whole, out->text.p, out->text.n);
	while (is_folded(in)) {
		in->p++; /* the one space that folding adds */
		fold_add(out, &whole, piece_take(in));
	}
	if (whole.n > 0)
		out->text = buf_bytes(&whole);
	return true;
}

/* ---- a line's parts ---- */

enum encoding { ENCODING_NONE, ENCODING_QUOTED, ENCODING_BASE64 };

struct property {
	const char *name; /* without its group */
	struct bytes value;
	enum encoding encoding;
	bool latin1; /* says CHARSET */
};

/* Where a line's name and parameters end: at the first : outside of "". */
static const uint8_t *
colon_find(struct bytes text)
{
	bool quoted = false;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			quoted = !quoted;
		else if (text.p[i] == ':' && !quoted)
			return text.p + i;
	}
	return NULL;
}

/* Does a parameter say so, "ENCODING=QUOTED-PRINTABLE", or, as 2.1 has it,
 * the value alone? */
static bool
is_parameter(const char *parameter, const char *name, const char *value)
{
	size_t n = strlen(name);

	if (text_case_starts(parameter, name) && parameter[n] == '=')
		parameter += n + 1;
	else if (strchr(parameter, '=') != NULL)
		return false;
	return text_case_equal(parameter, value);
}

static void
parameter_see(struct property *to, const char *parameter)
{
	if (is_parameter(parameter, "ENCODING", "QUOTED-PRINTABLE"))
		to->encoding = ENCODING_QUOTED;
	else if (is_parameter(parameter, "ENCODING", "B") ||
		 is_parameter(parameter, "ENCODING", "BASE64"))
		to->encoding = ENCODING_BASE64;
	else if (is_parameter(parameter, "CHARSET", "ISO-8859-1") ||
		 is_parameter(parameter, "CHARSET", "WINDOWS-1252"))
		to->latin1 = true;
}

/* "item1.EMAIL;TYPE=home" of "item1.EMAIL;TYPE=home:ada@example.com" */
static void
head_read(struct op *op, const char *head, struct property *to)
{
	size_t n = strcspn(head, ";");
	const char *name = op_text(op, head, n);
	const char *group = strrchr(name, '.');

	to->name = group == NULL ? name : group + 1;
	head += n;
	for (unsigned i = 0; *head == ';' && i < PARAMETERS_MAX; i++) {
		head++;
		n = strcspn(head, ";\"");
		if (head[n] == '"') { /* quoted: none of those that count */
			const char *end = strchr(head + n + 1, '"');

			n = end == NULL ? strlen(head)
					: (size_t)(end - head) + 1;
			n += strcspn(head + n, ";");
		} else {
			parameter_see(to, op_text(op, head, n));
		}
		head += n;
	}
}

/* False: it is no line of a card. */
static bool
property_read(struct op *op, const struct line *l, struct property *out)
{
	const uint8_t *colon = colon_find(l->text);
	size_t n;

	*out = (struct property){ 0 };
	if (colon == NULL)
		return false;
	n = (size_t)(colon - l->text.p);
	if (memchr(l->text.p, '\0', n) != NULL)
		return false;
	head_read(op, op_text(op, (const char *)l->text.p, n), out);
	out->value = (struct bytes){ colon + 1, l->text.n - n - 1 };
	return out->name[0] != '\0';
}

/* ---- values ---- */

static int
hex_of(uint8_t c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == 0 ? NULL : strchr(digits, text_lower((char)c));

	return at == NULL ? -1 : (int)(at - digits);
}

/* Escapes of two hexadecimal digits behind `mark`; others stay. */
static struct bytes
escapes_read(struct op *op, struct bytes in, char mark)
{
	uint8_t *to = op_alloc(op, in.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		int high = -1, low = -1;

		if (in.p[i] == (uint8_t)mark && in.n - i > 2) {
			high = hex_of(in.p[i + 1]);
			low = hex_of(in.p[i + 2]);
		}
		if (low < 0 || high < 0) {
			to[n++] = in.p[i];
			continue;
		}
		to[n++] = (uint8_t)(high * 16 + low);
		i += 2;
	}
	return (struct bytes){ to, n };
}

/* As text, or NULL: it cannot be one. */
static const char *
value_text(struct op *op, const struct property *p)
{
	struct bytes value = p->value;

	if (p->encoding == ENCODING_BASE64)
		return NULL;
	if (p->encoding == ENCODING_QUOTED)
		value = escapes_read(op, value, '=');
	if (memchr(value.p, '\0', value.n) != NULL)
		return NULL;
	if (p->latin1)
		return text_latin1(op, value);
	return text_utf8(value) ? op_text(op, (const char *)value.p, value.n)
				: NULL;
}

/* Of one line, and behind a \: \n is where another would begin. */
static char
letter_of(char c, bool escaped)
{
	if ((uint8_t)c < ' ' || (escaped && text_lower(c) == 'n'))
		return ' ';
	return c;
}

/* Takes the \, \; \\ and \n of a value away, up to `end` outside of them; what
 * is behind that is *rest. Control characters become spaces. */
static const char *
text_take(struct op *op, const char *from, const char *end, const char **rest)
{
	char *to = op_text(op, from, strlen(from));
	size_t n = 0;

	for (; *from != '\0' && strchr(end, *from) == NULL; from++) {
		bool escaped = *from == '\\' && from[1] != '\0';

		from += escaped;
		to[n++] = letter_of(*from, escaped);
	}
	to[n] = '\0';
	*rest = *from == '\0' ? from : from + 1;
	return text_trim(op, to);
}

/* "Family;Given;Middle;Prefix;Suffix": the first two as people say them. */
static const char *
name_of_n(struct op *op, const char *value)
{
	const char *family = text_take(op, value, ";", &value);
	const char *given = text_take(op, value, ";", &value);

	return op_print(op, "%s%s%s", given,
			*given != '\0' && *family != '\0' ? " " : "", family);
}

static const char *
address_of(struct op *op, const char *value)
{
	static const char mailto[] = "mailto:";
	const char *rest, *address = text_take(op, value, "", &rest);
	struct bytes bytes;

	if (!text_case_starts(address, mailto))
		return address;
	address += sizeof(mailto) - 1;
	bytes = escapes_read(op,
			     (struct bytes){ (const uint8_t *)address,
					     strcspn(address, "?") },
			     '%');
	if (memchr(bytes.p, '\0', bytes.n) != NULL || !text_utf8(bytes))
		return NULL;
	return text_trim(op, op_text(op, (const char *)bytes.p, bytes.n));
}

/* ---- cards ---- */

struct reading {
	struct input in;
	struct vcard_list *out;
	struct vcard *card;
	struct vcard_fault *fault;
	size_t card_room;

	/* The card that is open. */
	bool is_open;
	unsigned inside; /* cards within it, of an AGENT of 2.1 */
	unsigned line;
	const char *fn, *n;
	const char *wrong; /* NULL: it is fine so far */
	unsigned wrong_line;
	size_t emails;
	struct vcard_email email[VCARD_EMAILS_MAX];

	/* What the line before was. */
	bool agent, base64;
};

static void
fault_add(struct reading *r, unsigned line, const char *why)
{
	size_t n = r->out->fault_n++;

	if (r->fault == NULL)
		r->fault = op_alloc(r->in.op,
				    VCARD_FAULTS_MAX * sizeof(*r->fault));
	if (n < VCARD_FAULTS_MAX)
		r->fault[n] = (struct vcard_fault){ line, why };
}

static void
card_open(struct reading *r, unsigned line)
{
	r->is_open = true;
	r->inside = 0;
	r->line = line;
	r->fn = r->n = NULL;
	r->wrong = NULL;
	r->emails = 0;
}

static void
card_wrong(struct reading *r, unsigned line, const char *why)
{
	if (r->wrong != NULL)
		return;
	r->wrong = why;
	r->wrong_line = line;
}

static void
card_close(struct reading *r)
{
	const char *name = r->fn != NULL && *r->fn != '\0' ? r->fn : r->n;
	size_t n = r->out->n, size = r->emails * sizeof(r->email[0]);
	struct vcard_email *emails;

	r->is_open = false;
	if (r->wrong != NULL) {
		fault_add(r, r->wrong_line, r->wrong);
		return;
	}
	if (n == r->card_room) {
		size_t room = n == 0 ? GROW : 2 * n;
		struct vcard *more = op_alloc(r->in.op, room * sizeof(*more));

		if (n > 0)
			memcpy(more, r->card, n * sizeof(*more));
		r->card = more;
		r->card_room = room;
	}
	emails = op_alloc(r->in.op, size);
	if (size > 0)
		memcpy(emails, r->email, size);
	r->card[r->out->n++] = (struct vcard){
		.line = r->line,
		.name = name == NULL ? "" : name,
		.n = r->emails,
		.email = emails,
	};
}

static void
email_add(struct reading *r, unsigned line, const char *address)
{
	if (r->emails == VCARD_EMAILS_MAX) {
		card_wrong(r, line, "the card has more than 100 addresses");
		return;
	}
	r->email[r->emails++] = (struct vcard_email){ line, address };
}

static void
email_see(struct reading *r, unsigned line, const struct property *p)
{
	const char *value = value_text(r->in.op, p);
	const char *address =
		value == NULL ? NULL : address_of(r->in.op, value);

	if (address == NULL)
		fault_add(r, line, "an address that is no UTF-8 text");
	else if (*address != '\0')
		email_add(r, line, address);
}

/* A name is for lists only: of one in an unknown character set the card is
 * read still. */
static void
name_see(struct reading *r, const struct property *p, bool formatted)
{
	struct property latin1 = *p;
	const char *value = value_text(r->in.op, p), *rest;

	latin1.latin1 = true;
	if (value == NULL)
		value = value_text(r->in.op, &latin1);
	if (value == NULL)
		return;
	if (formatted && r->fn == NULL)
		r->fn = text_take(r->in.op, value, "", &rest);
	if (!formatted && r->n == NULL)
		r->n = name_of_n(r->in.op, value);
}

static bool
is_vcard(struct op *op, const struct property *p)
{
	const char *value = value_text(op, p);

	return value != NULL && text_case_equal(text_trim(op, value), "VCARD");
}

static void
version_see(struct reading *r, unsigned line, const struct property *p)
{
	static const char *const known[] = { "2.1", "3.0", "4.0" };
	const char *value = value_text(r->in.op, p);

	for (size_t i = 0; i < COUNT(known) && value != NULL; i++)
		if (strcmp(text_trim(r->in.op, value), known[i]) == 0)
			return;
	card_wrong(r, line,
		   "the card is of another version than 2.1, 3.0 "
		   "and 4.0");
}

/* Inside an open card. */
static void
property_see(struct reading *r, unsigned line, const struct property *p)
{
	if (r->inside > 0)
		return; /* somebody else's: an AGENT */
	if (text_case_equal(p->name, "EMAIL"))
		email_see(r, line, p);
	else if (text_case_equal(p->name, "FN"))
		name_see(r, p, true);
	else if (text_case_equal(p->name, "N"))
		name_see(r, p, false);
	else if (text_case_equal(p->name, "VERSION"))
		version_see(r, line, p);
}

/* A card that begins within another is an AGENT's, if a line that says so is
 * right before it; else the first has no end. */
static void
begin_see(struct reading *r, unsigned line, bool agent)
{
	if (r->is_open && (agent || r->inside > 0)) {
		r->inside++;
		return;
	}
	if (r->is_open)
		fault_add(r, r->line, "the card has no end");
	card_open(r, line);
}

static void
end_see(struct reading *r, unsigned line)
{
	if (!r->is_open)
		fault_add(r, line, "the end of a card that does not begin");
	else if (r->inside > 0)
		r->inside--;
	else
		card_close(r);
}

/* Lines that are joined in quoted-printable, which 2.1 does not fold. */
static void
quoted_join(struct reading *r, struct line *l)
{
	struct buf whole;

	buf_init(&whole, r->in.op, 2 * l->text.n, 2 * VCARD_VALUE_MAX);
	buf_add(&whole, l->text.p, l->text.n);
	while (whole.n > 0 && whole.p[whole.n - 1] == '=' &&
	       r->in.p < r->in.end) {
		whole.n--;
		fold_add(l, &whole, piece_take(&r->in));
	}
	l->text = buf_bytes(&whole);
}

static bool
is_quoted(struct reading *r, const struct line *l)
{
	struct property p;

	return l->text.n > 0 && l->text.p[l->text.n - 1] == '=' &&
	       property_read(r->in.op, l, &p) && p.encoding == ENCODING_QUOTED;
}

/* A line that is longer than we read is a picture or a note, or broken. */
static void
long_line_see(struct reading *r, unsigned line, const struct property *p)
{
	if (r->is_open && text_case_equal(p->name, "EMAIL"))
		card_wrong(r, line, "an address is too long");
}

static void
line_see(struct reading *r, struct line *l)
{
	struct property p;

	if (l->text.n == 0)
		return;
	if (!l->over && is_quoted(r, l))
		quoted_join(r, l);
	if (!property_read(r->in.op, l, &p)) {
		/* 2.1 need not fold what is in base64, which has no colon */
		if (r->is_open && !r->base64)
			card_wrong(r, l->number,
				   "a line without a name and a colon");
		return;
	}
	if (l->over)
		long_line_see(r, l->number, &p);
	else if (text_case_equal(p.name, "BEGIN") && is_vcard(r->in.op, &p))
		begin_see(r, l->number, r->agent);
	else if (text_case_equal(p.name, "END") && is_vcard(r->in.op, &p))
		end_see(r, l->number);
	else if (r->is_open)
		property_see(r, l->number, &p);
	r->agent = text_case_equal(p.name, "AGENT");
	r->base64 = p.encoding == ENCODING_BASE64;
}

/* Does it begin so? */
static bool
is_marked(struct bytes file, const char *mark)
{
	size_t n = strlen(mark);

	return file.n >= n && memcmp(file.p, mark, n) == 0;
}

static enum err
file_check(struct op *op, struct bytes file)
{
	if (file.n > VCARD_FILE_MAX)
		return FAIL(op, ERR_LIMIT,
			    "it has %zu bytes; a file of cards may have %zu",
			    file.n, VCARD_FILE_MAX);
	if (is_marked(file, "\xff\xfe") || is_marked(file, "\xfe\xff"))
		return FAIL(op, ERR_INVALID, "it is UTF-16; save it as UTF-8");
	return OK;
}

enum err
vcard_read(struct op *op, struct bytes file, struct vcard_list *out)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct reading r = { .in = { .op = op, .line = 1 }, .out = out };
	struct line line;

	*out = (struct vcard_list){ 0 };
	TRY(file_check(op, file));
	r.in.p = file.p + (is_marked(file, mark) ? sizeof(mark) - 1 : 0);
	r.in.end = file.p + file.n;
	while (line_take(&r.in, &line)) {
		line_see(&r, &line);
		if (out->n + out->fault_n > VCARD_CARDS_MAX)
			return FAIL(op, ERR_LIMIT,
				    "line %u: more than %d cards", line.number,
				    VCARD_CARDS_MAX);
	}
	if (r.is_open)
		fault_add(&r, r.line, "the card has no end");
	out->card = r.card;
	out->fault = r.fault;
	if (out->n == 0 && out->fault_n == 0)
		return FAIL(op, ERR_INVALID, "there is no card in it");
	return OK;
}
