/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Text: UTF-8, ASCII without regard to case, mail addresses, base64 and hex.
 * Only ASCII is folded: look-alike Unicode letters stay different.
 */
#include "base/op.h"

#define ADDRESS_MAX 320 /* bytes: 64 + @ + 255, RFC 5321 4.5.3.1 */
#define DOMAIN_MAX 255  /* bytes */

/* Are these bytes UTF-8 (RFC 3629: shortest form, no surrogates), no NUL? */
bool text_utf8(struct bytes bytes);

/* As text_utf8, and no control characters but tab, CR and LF. */
bool text_clean(const char *text);

/* ISO 8859-1 to UTF-8, in the op. Only for bytes without NUL. */
const char *text_latin1(struct op *op, struct bytes bytes);

char text_lower(char c);
int text_casecmp(const char *a, const char *b);
bool text_case_equal(const char *a, const char *b);
bool text_case_starts(const char *text, const char *start);

/* A copy with A-Z made a-z. */
const char *text_fold(struct op *op, const char *text);

/* A copy without white space of XML (space, tab, CR, LF) around it. */
const char *text_trim(struct op *op, const char *text);

/* Nothing but that? */
bool text_is_blank(const char *text);

/* The text itself, or as many whole characters of it as `most` bytes hold. */
const char *text_head(struct op *op, const char *text, size_t most);

/* An SMTP address that we take: local part, one @ that counts, domain of
 * letters, digits, hyphens and dots, or any UTF-8 letters; no control
 * characters, no spaces, at most ADDRESS_MAX bytes. */
bool text_is_address(const char *text);
bool text_is_domain(const char *text);

/* The part behind the last @; NULL when there is none. */
const char *text_domain(const char *address);

/* RFC 4648 4. Decoding refuses anything but canonical base64; white space is
 * refused too. ERR_INVALID. */
enum err text_base64_decode(struct op *op, const char *text, size_t n,
			    struct bytes *out);

/* The same by RFC 4648 5, without padding. */
enum err text_base64url_decode(struct op *op, const char *text, size_t n,
			       struct bytes *out);
const char *text_base64(struct op *op, struct bytes bytes);

/* As xs:base64Binary: as text_base64_decode, but white space anywhere is
 * passed over. */
enum err text_base64_read(struct op *op, const char *text, struct bytes *out);

/* Writes the TEXT_BASE64_SIZE(bytes.n) characters of it, and no NUL. */
#define TEXT_BASE64_SIZE(n) (((n) + 2) / 3 * 4)
void text_base64_put(char *to, struct bytes bytes);

/* Lower case. */
const char *text_hex(struct op *op, struct bytes bytes);

/* All of text as a decimal number within [min, max]. */
bool text_number(const char *text, int64_t min, int64_t max, int64_t *out);
