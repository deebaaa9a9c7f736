/* SPDX-License-Identifier: Apache-2.0 */

/* What the settings of directory sections have to be. */
#include "main/conf_directory.h"

#include "base/text.h"
#include "base/uri.h"

#include <string.h>

#define TITLE_MAX 64      /* bytes: a part of what links are kept by */
#define ATTRIBUTE_MAX 128 /* bytes */
#define ATTRIBUTES_MAX 8  /* of a list */
#define FILTER_DEPTH_MAX 20
#define SOCKET_URI "ldapi://"
#define NONE "none"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* ---- one value ---- */

const char *
directory_is_title(const char *value)
{
	size_t n = strlen(value);

	return n <= TITLE_MAX && strspn(value, LETTERS DIGITS "._-") == n
		       ? NULL
		       : "at most 64 letters, digits, dots, hyphens and _";
}

static bool
is_socket(const char *value)
{
	return text_case_starts(value, SOCKET_URI);
}

/* A path with %2F for each / */
static bool
is_socket_path(const char *value)
{
	return *value == '\0' ||
	       (text_case_starts(value, "%2f") &&
		strspn(value, LETTERS DIGITS "%._-") == strlen(value));
}

const char *
directory_is_uri(const char *value)
{
	static const char want[] =
		"ldaps:// or ldap:// and a host, perhaps with : and a port, or "
		"ldapi:// and the path of a socket with %2F for each /";
	struct uri uri;

	if (is_socket(value))
		return is_socket_path(value + sizeof(SOCKET_URI) - 1) ? NULL
								      : want;
	if (!uri_parse(value, &uri) ||
	    !(uri_is(&uri, "ldap") || uri_is(&uri, "ldaps")))
		return want;
	return NULL;
}

/* The server says whether there is such an entry; here typing errors only. */
const char *
directory_is_dn(const char *value)
{
	const char *equals = strchr(value, '=');

	return text_clean(value) && strpbrk(value, "\r\n\t") == NULL &&
			       equals != NULL && equals != value
		       ? NULL
		       : "the name of an entry, like dc=example,dc=com";
}

const char *
directory_is_bind(const char *value)
{
	return directory_is_dn(value) == NULL || text_is_address(value)
		       ? NULL
		       : "the name of an entry, like cn=frontdesk,dc=example,"
			 "dc=com, or with ad an address";
}

const char *
directory_is_preset(const char *value)
{
	return strcmp(value, "ad") == 0 || strcmp(value, "openldap") == 0
		       ? NULL
		       : "ad or openldap";
}

const char *
directory_is_principal(const char *value)
{
	size_t n = strspn(value, LETTERS DIGITS "._-/$");
	size_t realm = value[n] == '@'
			       ? strspn(value + n + 1, LETTERS DIGITS "._-")
			       : 0;

	return n > 0 && realm > 0 && value[n + 1 + realm] == '\0'
		       ? NULL
		       : "a principal, like frontdesk@EXAMPLE.COM";
}

/* Parentheses that pair, all of it inside one pair. Escaped ones are \28 and
 * \29 in a filter. */
const char *
directory_is_filter(const char *value)
{
	static const char want[] = "a filter, like (objectClass=person)";
	unsigned depth = 0;

	if (!text_clean(value) || *value != '(')
		return want;
	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '(' && ++depth > FILTER_DEPTH_MAX)
			return "a filter with at most 20 ( inside each other";
		if (*p == ')' && depth-- == 0)
			return want;
		if (depth == 0 && p[1] != '\0')
			return want;
	}
	return depth == 0 && strcmp(value, "()") != 0 ? NULL : want;
}

/* A name, or a number with dots, and perhaps options: RFC 4512 2.5. */
const char *
directory_is_attribute(const char *value)
{
	static const char want[] =
		"the name of an attribute, like displayName or "
		"jpegPhoto;binary";
	size_t n = strlen(value);

	if (n > ATTRIBUTE_MAX || strspn(value, LETTERS DIGITS "-.;") != n ||
	    strspn(value, LETTERS DIGITS) == 0 || value[n - 1] == ';' ||
	    strstr(value, ";;") != NULL)
		return want;
	return NULL;
}

/* ---- all of them ---- */

/* Nobody between can read what is said to that server. */
static bool
uri_is_private(const struct directory_section *d, const char *text)
{
	struct uri uri;

	if (is_socket(text) || !uri_parse(text, &uri))
		return is_socket(text);
	return uri_is(&uri, "ldaps") || d->starttls || uri_is_here(&uri);
}

static const char *
secrets_wrong(struct op *op, const struct settings *s,
	      const struct directory_section *d)
{
	bool logins = d->login && strcmp(s->passwords, "directory") == 0;

	for (const char *const *uri = d->uri; *uri != NULL; uri++) {
		if (uri_is_private(d, *uri))
			continue;
		if (d->keytab == NULL)
			return op_print(op,
					"would ask %s in clear text; write "
					"ldaps://, or starttls = yes",
					*uri);
		if (logins)
			return op_print(op,
					"would send people's passwords to %s "
					"in clear text; write ldaps://, "
					"starttls = yes or login = no",
					*uri);
	}
	return NULL;
}

/* "none" says that there are none, so nothing may stand beside it. */
static bool
none_is_alone(const char *const *list)
{
	for (size_t i = 0; list[i] != NULL; i++) {
		if (text_case_equal(list[i], NONE) &&
		    (i > 0 || list[1] != NULL))
			return false;
	}
	return true;
}

static bool
has_many(const char *const *list)
{
	size_t n = 0;

	while (list[n] != NULL)
		n++;
	return n > ATTRIBUTES_MAX;
}

/* NULL, or what is wrong with it. */
static const char *
section_wrong(struct op *op, const struct settings *s,
	      const struct directory_section *d)
{
	if (d->uri[0] == NULL)
		return "has no server; name one in uri";
	if ((d->bind_dn == NULL) != (d->password_file == NULL))
		return "has to have both of bind_dn and password_file, or none";
	if (d->principal != NULL && d->keytab == NULL)
		return "has a principal, but no keytab";
	if (has_many(d->alias_attributes) || has_many(d->photo_attributes))
		return "has a list of more than 8 attributes; shorten it";
	if (!none_is_alone(d->alias_attributes) ||
	    !none_is_alone(d->photo_attributes))
		return "has a list with none and something else; remove one";
	if (d->photo_write_back && d->photo_attributes[0] != NULL &&
	    text_case_equal(d->photo_attributes[0], NONE))
		return "has photo_write_back, but no photo_attributes";
	return secrets_wrong(op, s, d);
}

enum err
directory_sections_check(struct op *op, const struct settings *s)
{
	for (size_t i = 0; i < s->directories_n; i++) {
		const struct directory_section *d = &s->directories[i];
		const char *wrong = section_wrong(op, s, d);

		if (wrong != NULL)
			return FAIL(op, ERR_INVALID,
				    "%s:%u: directory \"%s\" %s", s->file,
				    d->line, d->title, wrong);
	}
	return OK;
}
