/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/directory/ldap_filter.h"

#include "base/text.h"

#include <string.h>

#define PROXY_ADDRESSES "proxyAddresses" /* AD: each "smtp:" and an address */
#define PROXY_PREFIX "smtp:"
#define HINT (512) /* bytes of most filters */

void
filter_escape(struct buf *to, struct bytes value)
{
	for (size_t i = 0; i < value.n; i++) {
		uint8_t c = value.p[i];

		/* more than has to be: what is no letter of ASCII, or odd */
		if (c > ' ' && c < 0x7f && strchr("()*\\&|!<>=~/", c) == NULL)
			buf_putc(to, (char)c);
		else
			buf_printf(to, "\\%02x", c);
	}
}

void
filter_escape_dn(struct buf *to, struct bytes value)
{
	for (size_t i = 0; i < value.n; i++) {
		uint8_t c = value.p[i];

		if (c > ' ' && c < 0x7f && strchr("\",+;<>=\\#/", c) == NULL)
			buf_putc(to, (char)c);
		else
			buf_printf(to, "\\%02x", c);
	}
}

static void
term(struct buf *to, const char *attribute, const char *prefix,
     const char *value)
{
	buf_printf(to, "(%s=%s", attribute, prefix);
	if (value == NULL)
		buf_putc(to, '*');
	else
		filter_escape(to, bytes_of(value));
	buf_putc(to, ')');
}

/* The addresses' terms; value NULL: has any. */
static void
terms(struct buf *to, const struct shape *shape, const char *value)
{
	buf_puts(to, "(|");
	term(to, shape->mail, "", value);
	for (const char *const *a = shape->aliases; *a != NULL; a++) {
		bool proxy =
			value != NULL && text_case_equal(*a, PROXY_ADDRESSES);

		term(to, *a, proxy ? PROXY_PREFIX : "", value);
	}
	buf_putc(to, ')');
}

static enum err
finish(struct buf *buf, const char **out)
{
	buf_putc(buf, ')');
	*out = buf_text(buf);
	return buf_err(buf);
}

static void
begin(struct buf *buf, struct op *op, const struct shape *shape)
{
	buf_init(buf, op, HINT, FILTER_MAX);
	buf_printf(buf, "(&%s", shape->filter);
}

enum err
filter_by_address(struct op *op, const struct shape *shape, const char *address,
		  const char **out)
{
	struct buf buf;

	begin(&buf, op, shape);
	terms(&buf, shape, address);
	return finish(&buf, out);
}

/* "0aff" as "\0a\ff" */
static bool
escape_hex(struct buf *to, const char *hex)
{
	size_t n = strlen(hex);

	if (n == 0 || n % 2 != 0 || strspn(hex, "0123456789abcdef") != n)
		return false;
	for (size_t i = 0; i < n; i += 2)
		buf_printf(to, "\\%.2s", hex + i);
	return true;
}

/* The section's filter counts here too: who is no longer in its group, say, is
 * gone. */
enum err
filter_by_uid(struct op *op, const struct shape *shape, const char *uid,
	      const char **out)
{
	struct buf buf;

	begin(&buf, op, shape);
	buf_printf(&buf, "(%s=", shape->uid);
	if (!shape->uid_is_binary)
		filter_escape(&buf, bytes_of(uid));
	else if (!escape_hex(&buf, uid))
		return FAIL(op, ERR_INVALID, "%s is no %s", uid, shape->uid);
	buf_putc(&buf, ')');
	return finish(&buf, out);
}

enum err
filter_of_all(struct op *op, const struct shape *shape, const char *more,
	      const char **out)
{
	struct buf buf;

	begin(&buf, op, shape);
	terms(&buf, shape, NULL);
	if (more != NULL)
		buf_puts(&buf, more);
	return finish(&buf, out);
}
