/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Fields of a mail's header, and words in them, that decide: rows, for the
 * rules and for whatever has to say the same in another language. Lists end
 * with NULL; words are in lower case. */
#include <stddef.h>

#define OOF_SPAM_WORDS_MAX 4 /* of one field */

struct oof_spam_field {
	const char *name;
	const char *const words[OOF_SPAM_WORDS_MAX + 1]; /* that mean yes */
};

extern const char *const oof_recipient_fields[];      /* E-4, in their order */
extern const char *const oof_list_fields[];           /* E-9 */
extern const char *const oof_precedence_words[];      /* E-11 */
extern const char *const oof_suppress_words[];        /* E-12 */
extern const struct oof_spam_field oof_spam_fields[]; /* E-13 */
extern const size_t oof_spam_fields_n;
extern const char *const oof_report_types[]; /* E-16 */
