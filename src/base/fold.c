/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fold.h"

#include "base/buf.h"

#include <glib.h>

#define GROWTH_MAX 18 /* of a character that is decomposed, in UTF-8 */
#define CHARACTER_MAX 6

static void
text_free(gchar **text)
{
	g_free(*text);
}

/* Taken apart, so that accents stand behind their letters. */
static gchar *
take_apart(const char *text)
{
	CLEANUP(text_free)
	gchar *apart = g_utf8_normalize(text, -1, G_NORMALIZE_ALL);
	CLEANUP(text_free)
	gchar *plain = apart == NULL ? NULL : g_utf8_casefold(apart, -1);

	return plain == NULL ? NULL
			     : g_utf8_normalize(plain, -1, G_NORMALIZE_ALL);
}

const char *
fold_name(struct op *op, const char *text)
{
	CLEANUP(text_free) gchar *apart = take_apart(text);
	struct buf buf;
	bool gap = false;

	buf_init(&buf, op, 0, GROWTH_MAX * strlen(text));
	for (gchar *p = apart; p != NULL && *p != '\0';
	     p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);
		char one[CHARACTER_MAX];

		if (g_unichar_combining_class(c) != 0)
			continue;
		if (!g_unichar_isalnum(c)) {
			gap = true;
			continue;
		}
		if (gap && buf.n > 0)
			buf_putc(&buf, ' ');
		gap = false;
		buf_add(&buf, one, (size_t)g_unichar_to_utf8(c, one));
	}
	return buf_text(&buf);
}
