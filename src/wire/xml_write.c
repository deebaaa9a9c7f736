/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text is looked through for what has to be written otherwise, and copied in
 * runs: replies have 128,000 bytes and few such characters.
 */
#include "wire/xml.h"

#include "base/buf.h"

#include <string.h>

/* Classes of bytes. Text is valid UTF-8, so U+FFFE and U+FFFF, the only ones
 * that XML 1.0 forbids beyond ASCII, begin with 0xEF. */
enum {
	PLAIN,
	DROP,
	MAYBE, /* 0xEF: look at the two that follow */
	AMP,
	LT,
	GT,
	QUOT,
	TAB,
	LF,
	CR,
	END, /* NUL */
};

static const char *const written[] = {
	[DROP] = "",     [MAYBE] = "",   [AMP] = "&amp;",
	[LT] = "&lt;",   [GT] = "&gt;",  [QUOT] = "&quot;",
	[TAB] = "&#x9;", [LF] = "&#xA;", [CR] = "&#xD;",
};

/* clang-format off */
#define DROP_8 DROP, DROP, DROP, DROP, DROP, DROP, DROP, DROP
#define BELOW_SPACE(tab, lf) \
	END, DROP_8, tab, lf, DROP, DROP, CR, DROP_8, DROP_8, DROP, DROP

static const uint8_t in_text[256] = {
	BELOW_SPACE(PLAIN, PLAIN),
	['&'] = AMP, ['<'] = LT, ['>'] = GT, [0xef] = MAYBE,
};

/* White space in an attribute would come back as spaces. */
static const uint8_t in_value[256] = {
	BELOW_SPACE(TAB, LF),
	['&'] = AMP, ['<'] = LT, ['>'] = GT, ['"'] = QUOT, [0xef] = MAYBE,
};
/* clang-format on */

/* U+FFFE or U+FFFF? */
static bool
is_forbidden(const char *p)
{
	return memcmp(p, "\xef\xbf\xbe", 3) == 0 ||
	       memcmp(p, "\xef\xbf\xbf", 3) == 0;
}

static void
write_escaped(struct buf *buf, const char *text, const uint8_t classes[256])
{
	const char *run = text, *p = text;

	while (!buf->over) {
		uint8_t class;

		while (classes[(uint8_t)*p] == PLAIN)
			p++;
		class = classes[(uint8_t)*p];
		if (class == MAYBE && !is_forbidden(p)) {
			p++;
			continue;
		}
		buf_add(buf, run, (size_t)(p - run));
		if (class == END)
			return;
		buf_puts(buf, written[class]);
		p += class == MAYBE ? 3 : 1;
		run = p;
	}
}

void
xml_write_text(struct buf *buf, const char *text)
{
	write_escaped(buf, text, in_text);
}

void
xml_write_value(struct buf *buf, const char *text)
{
	write_escaped(buf, text, in_value);
}
