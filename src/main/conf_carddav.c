/* SPDX-License-Identifier: Apache-2.0 */

/* What the settings of carddav sections have to be. */
#include "main/conf_carddav.h"

#include "base/text.h"
#include "base/uri.h"

#include <string.h>

#define TITLE_MAX 100 /* bytes */
#define URL_MAX 1000  /* bytes */
#define USER_MAX 320  /* bytes */

const char *
carddav_is_title(const char *value)
{
	return *value != '\0' && strlen(value) <= TITLE_MAX &&
			       text_clean(value) &&
			       strpbrk(value, "\t\r\n") == NULL
		       ? NULL
		       : "a word or a few, of at most 100 bytes";
}

static bool
is_printable(const char *value, size_t most)
{
	size_t n = strlen(value);

	for (size_t i = 0; i < n; i++) {
		if (value[i] <= ' ' || value[i] > '~' || value[i] == '"' ||
		    value[i] == '\\')
			return false;
	}
	return n > 0 && n <= most;
}

/* The server is in front of the path, and no template's: nobody's address is
 * to say whom we ask. */
const char *
carddav_is_url(const char *value)
{
	static const char want[] = "https://, a server and a path, like "
				   "https://dav.example.com/%u/";
	static const char here[] =
		"a URL that begins with https://; http:// is for this machine "
		"alone, like http://127.0.0.1:5232/%u/";
	const char *host = strstr(value, "://");
	char front[URL_MAX + 1];
	struct uri uri;
	size_t n;

	if (host == NULL || !is_printable(value, URL_MAX) ||
	    strchr(value, '#') != NULL)
		return want;
	n = (size_t)(host - value) + 3 + strcspn(host + 3, "/?");
	memcpy(front, value, n);
	front[n] = '\0';
	if (value[n] != '/' || !uri_parse(front, &uri))
		return want;
	if (uri_is(&uri, "https"))
		return NULL;
	return uri_is(&uri, "http") && uri_is_here(&uri) ? NULL : here;
}

const char *
carddav_is_user(const char *value)
{
	return is_printable(value, USER_MAX) && strchr(value, ':') == NULL
		       ? NULL
		       : "a login name without : and spaces, like %u";
}
