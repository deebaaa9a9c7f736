/* SPDX-License-Identifier: Apache-2.0 */
#include "oof/oof_sender.h"

#include "base/idn.h"
#include "base/text.h"

#include <string.h>

#define SRS_HASH_MAX 32 /* bytes; libsrs2 writes 4, others more */
#define SRS_TIME_MAX 2  /* base32 of days */
#define BATV_TAG_MIN 4  /* bytes; the draft's prvs has 10 */
#define BATV_TAG_MAX 32

#define ALPHANUMERIC "0123456789abcdefghijklmnopqrstuvwxyz"

/* A field of letters of `set`, min to max of them, with a = behind. NULL: it
 * is none; else behind the =. */
static const char *
field_skip(const char *at, const char *set, size_t min, size_t max)
{
	size_t n = strspn(at, set);

	return n < min || n > max || at[n] != '=' ? NULL : at + n + 1;
}

static const char *
hash_skip(const char *at)
{
	return field_skip(at, ALPHANUMERIC "+/._-", 1, SRS_HASH_MAX);
}

/* HASH=TT=domain=local: what stands behind the first separator of an SRS0. */
static const char *
srs0_decode(struct op *op, const char *at)
{
	const char *domain, *local;

	at = hash_skip(at);
	if (at != NULL)
		at = field_skip(at, ALPHANUMERIC, SRS_TIME_MAX, SRS_TIME_MAX);
	if (at == NULL || (local = strchr(at, '=')) == NULL)
		return NULL;
	domain = op_text(op, at, (size_t)(local - at));
	return op_print(op, "%s@%s", local + 1, domain);
}

static bool
is_separator(char c)
{
	return c == '=' || c == '+' || c == '-';
}

/* HASH=forwarder=(separator)HASH=TT=domain=local, of an SRS1. */
static const char *
srs1_decode(struct op *op, const char *at)
{
	at = hash_skip(at);
	if (at == NULL || *at == '=' || (at = strchr(at, '=')) == NULL)
		return NULL;
	at++;
	return is_separator(*at) ? srs0_decode(op, at + 1) : NULL;
}

/* prvs=TAG=local; NULL: it is none. */
static const char *
batv_local(const char *local)
{
	if (!text_case_starts(local, "prvs="))
		return NULL;
	local = field_skip(local + 5, ALPHANUMERIC, BATV_TAG_MIN, BATV_TAG_MAX);
	return local == NULL || *local == '\0' ? NULL : local;
}

static bool
is_srs(const char *local)
{
	return (text_case_starts(local, "srs0") ||
		text_case_starts(local, "srs1")) &&
	       is_separator(local[4]);
}

static const char *
srs_decode(struct op *op, const char *local)
{
	const char *out = local[3] == '0' ? srs0_decode(op, local + 5)
					  : srs1_decode(op, local + 5);

	/* one in another would have us guess whose the inner one is */
	if (out == NULL || !text_is_address(out) || is_srs(out))
		return NULL;
	return idn_fold(op, out);
}

bool
oof_sender_is_routed(const char *sender)
{
	size_t n = strcspn(sender, "%!");

	return sender[n] != '\0' && sender + n < text_domain(sender);
}

enum oof_rewriting
oof_sender_decode(struct op *op, const char *sender, const char **out)
{
	const char *domain = text_domain(sender), *local;
	enum oof_rewriting how = OOF_PLAIN;

	*out = sender;
	if (domain == NULL)
		return OOF_PLAIN;
	if (is_srs(sender)) {
		local = op_text(op, sender, (size_t)(domain - sender) - 1);
		local = srs_decode(op, local);
		if (local == NULL)
			return OOF_UNDECODABLE;
		*out = local;
		how = OOF_DECODED;
	}
	local = batv_local(*out);
	if (local == NULL || !text_is_address(local))
		return how;
	/* whose it is behind both nobody says: only that it is not the one
	 * whose domain is at the end */
	*out = is_srs(local) ? sender : local;
	return is_srs(local) ? OOF_UNDECODABLE : OOF_DECODED;
}
