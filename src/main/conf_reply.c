/* SPDX-License-Identifier: Apache-2.0 */

/* What the settings about automatic replies have to be. */
#include "main/conf_reply.h"

#include "base/text.h"
#include "reply/subject.h"

#include <string.h>

#define DELIMITERS_MAX 4    /* characters */
#define AUTHSERV_ID_MAX 255 /* bytes */

const char *
reply_is_subject(const char *value)
{
	return subject_is_own(value)
		       ? NULL
		       : "a line of at most 100 bytes with one %s in it, or "
			 "a language, = and such a line, like "
			 "de=Abwesend: %s";
}

const char *
reply_is_delimiter(const char *value)
{
	size_t n = strlen(value);

	return strcmp(value, "none") == 0 || (n > 0 && n <= DELIMITERS_MAX &&
					      strspn(value, "+-_=#~!%/") == n)
		       ? NULL
		       : "none, or one to four of the characters +-_=#~!%/";
}

const char *
reply_is_authserv_id(const char *value)
{
	static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQR"
				  "STUVWXYZ0123456789.-_:/@";
	size_t n = strlen(value);

	return n > 0 && n <= AUTHSERV_ID_MAX && strspn(value, fit) == n
		       ? NULL
		       : "a name as it stands behind "
			 "Authentication-Results:, like mail.example.com";
}
