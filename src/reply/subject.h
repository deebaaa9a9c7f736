/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The subject of an automatic reply (effect E-32), in the language of its
 * text. */
#include "base/op.h"

#define SUBJECT_MAX 200          /* bytes of UTF-8 */
#define SUBJECT_TEMPLATE_MAX 100 /* bytes */
#define SUBJECT_SLOT "%s"

/* Has it the slot for the original subject, once, and nothing that a header
 * may not hold? */
bool subject_is_template(const char *text);

/* The site's own, "LANG=TEMPLATE" or for every language "TEMPLATE". */
bool subject_is_own(const char *text);

/* What the templates are for that language: the site's, of which the one for
 * de-AT comes before that for de, and that before the one for all; else ours.
 * lang "" or NULL: none is told. own: NULL-ended, or NULL. */
const char *subject_template(const char *const *own, const char *lang);

/* With an original subject in its slot, which is one line of UTF-8 already;
 * cut at a character, and without a lone ":" when there is none. */
const char *subject_fill(struct op *op, const char *template,
			 const char *original);
