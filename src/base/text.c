/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <string.h>

#define LOCAL_MAX 64 /* bytes of a local part, RFC 5321 4.5.3.1.1 */
#define LABEL_MAX 63 /* bytes of a domain's label, RFC 1035 2.3.4 */

/* The bytes of a domain or a local part must outlive neither: a view. */
struct bytes
bytes_of(const char *text)
{
	if (text == NULL)
		return (struct bytes){ NULL, 0 };
	return (struct bytes){ (const uint8_t *)text, strlen(text) };
}

/* ---- UTF-8 ---- */

static bool
is_tail(uint8_t c)
{
	return (c & 0xc0) == 0x80;
}

/*
 * The first code point of p..end (not empty), moved behind it; 0 for NUL and
 * for anything that RFC 3629 does not allow. The bounds of the second byte
 * keep out longer forms than needed, surrogates and all above U+10FFFF.
 */
static uint32_t
utf8_next(const uint8_t **p, const uint8_t *end)
{
	const uint8_t *s = *p;
	size_t left = (size_t)(end - s);
	uint8_t low = 0x80, high = 0xbf;

	if (s[0] < 0x80) {
		*p = s + 1;
		return s[0];
	}
	if (s[0] >= 0xc2 && s[0] <= 0xdf && left >= 2 && is_tail(s[1])) {
		*p = s + 2;
		return (uint32_t)(s[0] & 0x1f) << 6 | (s[1] & 0x3f);
	}
	low = s[0] == 0xe0 ? 0xa0 : s[0] == 0xf0 ? 0x90 : low;
	high = s[0] == 0xed ? 0x9f : s[0] == 0xf4 ? 0x8f : high;
	if (left < 3 || s[0] < 0xe0 || s[1] < low || s[1] > high ||
	    !is_tail(s[2]))
		return 0;
	if (s[0] <= 0xef) {
		*p = s + 3;
		return (uint32_t)(s[0] & 0x0f) << 12 |
		       (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3f);
	}
	if (left < 4 || s[0] > 0xf4 || !is_tail(s[3]))
		return 0;
	*p = s + 4;
	return (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3f) << 12 |
	       (uint32_t)(s[2] & 0x3f) << 6 | (s[3] & 0x3f);
}

/* How many of the eight bytes at p in a row are ASCII and not NUL: all, or
 * "look closer". */
static bool
is_plain8(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	/* the top bit of a byte: not ASCII; borrowed from below: NUL */
	return ((w | (w - UINT64_C(0x0101010101010101))) &
		UINT64_C(0x8080808080808080)) == 0;
}

bool
text_utf8(struct bytes bytes)
{
	const uint8_t *p = bytes.p, *end = p + bytes.n;

	while (p < end) {
		if (end - p >= 8 && is_plain8(p))
			p += 8;
		else if (utf8_next(&p, end) == 0)
			return false;
	}
	return true;
}

static bool
is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

bool
text_clean(const char *text)
{
	struct bytes b = bytes_of(text);
	const uint8_t *p = b.p, *end = p + b.n;

	while (p < end) {
		uint32_t c;

		if (*p >= ' ' && *p < 0x7f) { /* nearly always */
			p++;
			continue;
		}
		c = utf8_next(&p, end);
		if (is_control(c) && c != '\t' && c != '\r' && c != '\n')
			return false;
	}
	return true;
}

const char *
text_latin1(struct op *op, struct bytes bytes)
{
	char *out = arena_alloc_raw(op->arena, 2 * bytes.n + 1);
	char *to = out;

	for (size_t i = 0; i < bytes.n; i++) {
		uint8_t c = bytes.p[i];

		if (c < 0x80) {
			*to++ = (char)c;
		} else {
			*to++ = (char)(0xc0 | c >> 6);
			*to++ = (char)(0x80 | (c & 0x3f));
		}
	}
	*to = '\0';
	return out;
}

/* ---- ASCII without regard to case ---- */

char
text_lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c | 0x20);
	return c;
}

int
text_casecmp(const char *a, const char *b)
{
	while (*a != '\0' && text_lower(*a) == text_lower(*b)) {
		a++;
		b++;
	}
	return (unsigned char)text_lower(*a) - (unsigned char)text_lower(*b);
}

bool
text_case_equal(const char *a, const char *b)
{
	return text_casecmp(a, b) == 0;
}

bool
text_case_starts(const char *text, const char *start)
{
	for (; *start != '\0'; text++, start++) {
		if (text_lower(*text) != text_lower(*start))
			return false;
	}
	return true;
}

const char *
text_fold(struct op *op, const char *text)
{
	char *out = op_dup(op, text);

	for (char *p = out; *p != '\0'; p++)
		*p = text_lower(*p);
	return out;
}

static const char space[] = " \t\r\n"; /* XML 1.0, production 3 */

const char *
text_trim(struct op *op, const char *text)
{
	const char *from = text + strspn(text, space);
	size_t n = strlen(from);

	while (n > 0 && strchr(space, from[n - 1]) != NULL)
		n--;
	return op_text(op, from, n);
}

bool
text_is_blank(const char *text)
{
	return text[strspn(text, space)] == '\0';
}

const char *
text_head(struct op *op, const char *text, size_t most)
{
	size_t n = strlen(text);

	if (n <= most)
		return text;
	for (n = most; n > 0 && is_tail((uint8_t)text[n]);)
		n--;
	return op_text(op, text, n);
}

/* ---- mail addresses ---- */

/* Beyond ASCII: what is seen as nothing or as a space, or turns the writing
 * round, has no place in a name that people compare by eye. */
static bool
is_invisible(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = {
		{ 0x80, 0xa0 },       /* C1 controls, no-break space */
		{ 0xad, 0xad },       /* soft hyphen */
		{ 0x1680, 0x1680 },   /* ogham space mark */
		{ 0x2000, 0x200f },   /* spaces, joiners, direction marks */
		{ 0x2028, 0x202f },   /* separators, direction, spaces */
		{ 0x205f, 0x206f },   /* spaces, invisible operators */
		{ 0x3000, 0x3000 },   /* ideographic space */
		{ 0xfe00, 0xfe0f },   /* variation selectors */
		{ 0xfeff, 0xfeff },   /* byte order mark */
		{ 0xfff0, 0xffff },   /* specials */
		{ 0xe0000, 0xe0fff }, /* tags */
	};

	for (size_t i = 0; i < COUNT(ranges); i++) {
		if (c >= ranges[i].from && c <= ranges[i].to)
			return true;
	}
	return false;
}

static bool
is_alphanumeric(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* An atom's character (RFC 5322 3.2.3, with RFC 6531), or a dot. */
static bool
is_local(uint32_t c)
{
	if (c >= 0x80)
		return !is_invisible(c);
	return is_alphanumeric(c) ||
	       (c != 0 && strchr("!#$%&'*+-/=?^_`{|}~.", (int)c) != NULL);
}

static bool
is_label(uint32_t c)
{
	if (c >= 0x80)
		return !is_invisible(c);
	return is_alphanumeric(c) || c == '-';
}

static bool
all_of(const char *text, size_t n, bool (*is)(uint32_t))
{
	const uint8_t *p = (const uint8_t *)text, *end = p + n;

	while (p < end) {
		uint32_t c = utf8_next(&p, end);

		if (c == 0 || !is(c))
			return false;
	}
	return true;
}

bool
text_is_domain(const char *text)
{
	size_t n = strlen(text);

	if (n == 0 || n > DOMAIN_MAX)
		return false;
	for (const char *label = text;; label += strcspn(label, ".") + 1) {
		size_t length = strcspn(label, ".");

		if (length == 0 || length > LABEL_MAX || label[0] == '-' ||
		    label[length - 1] == '-' ||
		    !all_of(label, length, is_label))
			return false;
		if (label[length] == '\0')
			return true;
	}
}

const char *
text_domain(const char *address)
{
	const char *at = strrchr(address, '@');

	return at == NULL ? NULL : at + 1;
}

bool
text_is_address(const char *text)
{
	const char *domain = text_domain(text);
	size_t local;

	if (domain == NULL || !text_is_domain(domain))
		return false;
	local = (size_t)(domain - text) - 1;
	if (local == 0 || local > LOCAL_MAX || text[0] == '.' ||
	    !all_of(text, local, is_local))
		return false;
	/* a dot stands between two others: here each has one behind it */
	for (size_t i = 0; i < local; i++) {
		if (text[i] == '.' && (text[i + 1] == '.' || i + 1 == local))
			return false;
	}
	return true;
}

/* ---- base64, hex, numbers ---- */

#define PAD 64 /* where = stands among these */
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789+/=";

/* The value of a character, 64 for any other. */
static unsigned
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0') + 52;
	return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* Four characters, of which the last `pads` are =; false: not canonical. */
static bool
base64_group(const char *from, size_t pads, uint8_t *to)
{
	uint32_t group = 0;

	for (size_t i = 0; i < 4; i++) {
		unsigned value = i < 4 - pads ? base64_value(from[i]) : 0;

		if (value > 63)
			return false;
		group = group << 6 | value;
	}
	for (size_t i = 0; i < 3 - pads; i++)
		to[i] = (uint8_t)(group >> (16 - 8 * i));
	/* bits that no byte takes must be zero: one spelling for one value */
	return (group & ((UINT32_C(1) << 8 * pads) - 1)) == 0;
}

enum err
text_base64_decode(struct op *op, const char *text, size_t n, struct bytes *out)
{
	size_t pads = 0;
	uint8_t *p;

	while (pads < 2 && pads < n && text[n - 1 - pads] == '=')
		pads++;
	if (n % 4 != 0)
		return FAIL(op, ERR_INVALID, "base64 of %zu characters", n);
	p = arena_alloc_raw(op->arena, n / 4 * 3 + 1);
	for (size_t i = 0; i < n / 4; i++) {
		size_t here = i + 1 == n / 4 ? pads : 0;

		if (!base64_group(text + 4 * i, here, p + 3 * i))
			return FAIL(op, ERR_INVALID,
				    "not base64, near character %zu", 4 * i);
	}
	*out = (struct bytes){ p, n / 4 * 3 - pads };
	p[out->n] = 0; /* so that it can be looked at as text */
	return OK;
}

enum err
text_base64url_decode(struct op *op, const char *text, size_t n,
		      struct bytes *out)
{
	size_t room = (n + 3) / 4 * 4;
	char *plain = arena_alloc_raw(op->arena, room + 1);

	for (size_t i = 0; i < n; i++) {
		if (strchr("+/=", text[i]) != NULL) /* NUL as well */
			return FAIL(op, ERR_INVALID, "not base64url");
		plain[i] = text[i];
		if (text[i] == '-')
			plain[i] = '+';
		else if (text[i] == '_')
			plain[i] = '/';
	}
	memset(plain + n, '=', room - n);
	return text_base64_decode(op, plain, room, out);
}

/* Group by group as the characters come; = ends it. */
enum err
text_base64_read(struct op *op, const char *text, struct bytes *out)
{
	uint8_t *p = arena_alloc_raw(op->arena, strlen(text) / 4 * 3 + 1);
	char group[4];
	size_t n = 0, have = 0, pads = 0;

	for (; *text != '\0'; text++) {
		if (strchr(space, *text) != NULL)
			continue;
		if (pads > 0)
			return FAIL(op, ERR_INVALID, "base64 behind its end");
		group[have++] = *text;
		if (have < sizeof(group))
			continue;
		have = 0;
		pads = group[3] != '=' ? 0 : group[2] != '=' ? 1 : 2;
		if (!base64_group(group, pads, p + n))
			return FAIL(op, ERR_INVALID,
				    "not base64, near byte %zu", n);
		n += 3 - pads;
	}
	if (have > 0)
		return FAIL(op, ERR_INVALID, "base64 that is cut");
	*out = (struct bytes){ p, n };
	return OK;
}

void
text_base64_put(char *to, struct bytes bytes)
{
	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t left = bytes.n - i;
		uint32_t group = (uint32_t)bytes.p[i] << 16;

		if (left > 1)
			group |= (uint32_t)bytes.p[i + 1] << 8;
		if (left > 2)
			group |= bytes.p[i + 2];
		*to++ = alphabet[group >> 18];
		*to++ = alphabet[group >> 12 & 63];
		*to++ = alphabet[left > 1 ? group >> 6 & 63 : PAD];
		*to++ = alphabet[left > 2 ? group & 63 : PAD];
	}
}

const char *
text_base64(struct op *op, struct bytes bytes)
{
	size_t n = TEXT_BASE64_SIZE(bytes.n);
	char *out = arena_alloc_raw(op->arena, n + 1);

	text_base64_put(out, bytes);
	out[n] = '\0';
	return out;
}

const char *
text_hex(struct op *op, struct bytes bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *out = arena_alloc_raw(op->arena, 2 * bytes.n + 1);

	for (size_t i = 0; i < bytes.n; i++) {
		out[2 * i] = digits[bytes.p[i] >> 4];
		out[2 * i + 1] = digits[bytes.p[i] & 15];
	}
	out[2 * bytes.n] = '\0';
	return out;
}

bool
text_number(const char *text, int64_t min, int64_t max, int64_t *out)
{
	bool negative = text[0] == '-';
	const char *p = text + negative;
	int64_t value = 0;

	if (*p == '\0')
		return false;
	/* counted downwards: INT64_MIN has no positive twin */
	for (; *p != '\0'; p++) {
		if (*p < '0' || *p > '9' ||
		    __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, *p - '0', &value))
			return false;
	}
	if (!negative && __builtin_sub_overflow(INT64_C(0), value, &value))
		return false;
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}
