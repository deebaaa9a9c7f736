/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of anybody's: whatever they are, the script is one of our own words,
 * and nothing of them stands outside of its strings, or is a variable. */
#include "fuzz.h"

#include "../unit/sieve/sieve_scan.h"

#include "base/text.h"
#include "sieve/sieve.h"
#include "wire/mail.h"

enum { SCHEDULED = 1, KNOWN = 2, FULL = 4, INCLUDED = 8, BARE = 16 };

/* What the input says, each a line; NULL: what anybody would have there. */
struct words {
	const char *name, *alias, *contact, *subject, *delimiters, *lang,
		*internal, *external;
};

static const char *
take(struct op *op, struct bytes *rest)
{
	const uint8_t *end =
		rest->n == 0 ? NULL : memchr(rest->p, '\n', rest->n);
	size_t n = end == NULL ? rest->n : (size_t)(end - rest->p);
	const char *out = mail_value(op, (struct bytes){ rest->p, n });

	rest->p += n + (end != NULL);
	rest->n -= n + (end != NULL);
	return out;
}

static enum err
write_with(struct op *op, const struct words *w, unsigned flags,
	   struct sieve_script *out)
{
	static const char *const domains[] = { "example.com", "example.net" };
	const char *const subjects[] = { w->subject, NULL };
	struct oof_reply internal = { w->internal, w->lang };
	struct oof_reply external = { w->external, w->lang };
	struct oof_duration schedule = { .start = FUZZ_NOW - 1,
					 .end = FUZZ_NOW + 1 };
	struct mailbox ada = { .id = 1,
			       .address = "ada@example.com",
			       .name = w->name,
			       .policy = AUDIENCE_ALL };
	struct oof_stored stored = {
		.settings = { .state = flags & SCHEDULED ? OOF_SCHEDULED
							 : OOF_ENABLED,
			      .audience = flags & KNOWN ? AUDIENCE_KNOWN
							: AUDIENCE_ALL,
			      .duration = &schedule,
			      .internal = &internal,
			      .external = &external },
		.period = 1,
	};
	struct oof_options options = { .delimiters = w->delimiters };
	const struct sieve_wish wish = {
		.mailbox = &ada,
		.stored = &stored,
		.aliases_n = 1,
		.alias = &w->alias,
		.inside_n = COUNT(domains),
		.inside = domains,
		.contacts_n = 1,
		.contact = &w->contact,
		.options = &options,
		.subjects = subjects,
		.size_max = flags & FULL ? 9000 : 0,
		.included = (flags & INCLUDED) != 0,
		.capabilities = flags & BARE ? "envelope vacation variables "
					       "regex relational date"
					     : NULL,
	};

	return sieve_write(op, &wish, out);
}

static void
scanned(const struct sieve_script *s, struct sieve_scan *out)
{
	assert(s->text.n <= SIEVE_SCRIPT_MAX);
	assert(text_utf8(s->text));
	assert(sieve_scan(out, s->text.p, s->text.n));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op *op = fuzz_op();
	struct bytes rest;
	struct words w, plain;
	struct sieve_script got, same, other;
	struct sieve_scan one, two;

	if (size == 0)
		return 0;
	rest = (struct bytes){ data + 1, size - 1 };
	w.name = take(op, &rest);
	w.alias = take(op, &rest);
	w.contact = take(op, &rest);
	w.subject = take(op, &rest);
	w.delimiters = take(op, &rest);
	w.lang = take(op, &rest);
	w.internal = take(op, &rest);
	w.external = mail_value(op, rest);
	if (write_with(op, &w, *data, &got) != OK || got.text.p == NULL)
		return 0;
	scanned(&got, &one);
	assert(!(*data & FULL) || got.text.n <= 9000);
	assert(write_with(op, &w, *data, &same) == OK);
	assert(memcmp(got.digest, same.digest, sizeof(got.digest)) == 0);
	if (*data & FULL) /* other things may have to be left out */
		return 0;
	plain = w;
	plain.name = "Ada";
	plain.alias = "countess@example.net";
	plain.contact = "bob@example.org";
	plain.subject = "Away: %s";
	assert(write_with(op, &plain, *data, &other) == OK);
	scanned(&other, &two);
	assert(one.variables == two.variables && one.strings == two.strings &&
	       one.commands == two.commands);
	return 0;
}
