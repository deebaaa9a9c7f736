/* SPDX-License-Identifier: Apache-2.0 */
#include "base/idn.h"

#include "base/text.h"

#include <idn2.h>
#include <string.h>

static bool
is_ascii(const char *text)
{
	while (*text > '\0')
		text++;
	return *text == '\0';
}

/* Neither UTS 46 nor NFC: both make ASCII of letters that are not. */
#define FLAGS (IDN2_NO_TR46 | IDN2_USE_STD3_ASCII_RULES)

const char *
idn_fold(struct op *op, const char *text)
{
	const char *folded = text_fold(op, text), *at, *domain;
	uint8_t *name = NULL;

	if (is_ascii(folded))
		return folded;
	at = strrchr(folded, '@');
	domain = at == NULL ? folded : at + 1;
	if (is_ascii(domain) || strlen(domain) > DOMAIN_MAX ||
	    idn2_lookup_u8((const uint8_t *)domain, &name, FLAGS) != IDN2_OK)
		return folded;
	folded = op_print(op, "%.*s%s", (int)(domain - folded), folded,
			  (const char *)name);
	idn2_free(name);
	return folded;
}

bool
idn_is_name(const char *folded)
{
	return text_is_domain(folded) && is_ascii(folded);
}
