/* SPDX-License-Identifier: Apache-2.0 */
/* Names in the manner of X.500, which some clients want to see. */
#include "discover/discover_service.h"

#include "base/buf.h"
#include "base/text.h"

#include <string.h>

#define DN_MAX (4 * KIB)                 /* bytes */
#define DEFAULT_ORGANIZATION "Frontdesk" /* the one without a name */
#define LAST "/cn="                      /* before the address */

static bool
is_plain(char c)
{
	return (text_lower(c) >= 'a' && text_lower(c) <= 'z') ||
	       (c >= '0' && c <= '9') || (c != '\0' && strchr("@.-_", c));
}

static void
escaped(struct buf *buf, const char *text)
{
	for (; *text != '\0'; text++) {
		if (is_plain(*text))
			buf_putc(buf, *text);
		else
			buf_printf(buf, "+%02X", (unsigned char)*text);
	}
}

/* "/o=Organization/ou=example.com", then `under`, then the address. */
static const char *
dn(struct op *op, const struct discover_place *place, const char *under,
   const char *address)
{
	const char *domain = text_domain(address);
	struct buf buf;

	buf_init(&buf, op, KIB, DN_MAX);
	buf_puts(&buf, "/o=");
	escaped(&buf, place->organization[0] == '\0' ? DEFAULT_ORGANIZATION
						     : place->organization);
	buf_puts(&buf, "/ou=");
	escaped(&buf, domain == NULL ? "" : domain);
	buf_puts(&buf, under);
	buf_puts(&buf, LAST);
	escaped(&buf, address);
	return buf_text(&buf);
}

const char *
discover_user_dn(struct op *op, const struct discover_place *place,
		 const char *address)
{
	return dn(op, place, "/cn=Recipients", address);
}

const char *
discover_mailbox_dn(struct op *op, const struct discover_place *place,
		    const char *address)
{
	return dn(op, place, "/cn=Mailboxes", address);
}

static int
hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, text_lower(c));

	return at == NULL ? -1 : (int)(at - digits);
}

/* What `escaped` wrote; false: it did not write that. */
static bool
unescaped(const char *from, char *to)
{
	for (; *from != '\0'; from++) {
		if (*from == '+') {
			int high = hex(from[1]);
			int low = high < 0 ? -1 : hex(from[2]);

			if (low < 0)
				return false;
			*to++ = (char)(high << 4 | low);
			from += 2;
		} else if (is_plain(*from)) {
			*to++ = *from;
		} else {
			return false;
		}
	}
	*to = '\0';
	return true;
}

/* Behind the last /cn=, in any case of letters. */
static const char *
last_part(const char *dn)
{
	const char *found = NULL;

	for (const char *p = strchr(dn, '/'); p != NULL; p = strchr(p + 1, '/'))
		if (text_case_starts(p, LAST))
			found = p + strlen(LAST);
	return found;
}

const char *
discover_dn_address(struct op *op, const struct discover_place *place,
		    const char *dn)
{
	const char *last;
	char *address;

	if (strlen(dn) > DN_MAX || (last = last_part(dn)) == NULL)
		return NULL;
	address = op_alloc(op, strlen(last) + 1);
	if (!unescaped(last, address) || !text_utf8(bytes_of(address)) ||
	    !text_is_address(address))
		return NULL;
	return text_case_equal(dn, discover_user_dn(op, place, address))
		       ? address
		       : NULL;
}
