/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/buf.h"
#include "delivery/delivery_own.h"

/* what is set stays, and what becomes of it is told. */
static void
it_says_what_the_policy_leaves(void **state)
{
	static const struct {
		const char *name;
		unsigned audience, policy;
		bool contacts;
		const char *said; /* NULL: nothing */
	} rows[] = {
		/* clang-format off */
		{ "all of all", AUDIENCE_ALL, AUDIENCE_ALL, false, NULL },
		{ "none of all", AUDIENCE_NONE, AUDIENCE_ALL, false, NULL },
		{ "known of all", AUDIENCE_KNOWN, AUDIENCE_ALL, false, "Known acts as None" },
		{ "all of known", AUDIENCE_ALL, AUDIENCE_KNOWN, false, "Known acts as None" },
		{ "none of known", AUDIENCE_NONE, AUDIENCE_KNOWN, false, NULL },
		{ "all of none", AUDIENCE_ALL, AUDIENCE_NONE, false, "may not reply outside" },
		{ "known of none", AUDIENCE_KNOWN, AUDIENCE_NONE, false, "may not reply outside" },
		{ "none of none", AUDIENCE_NONE, AUDIENCE_NONE, false, NULL },
		{ "known, with contacts", AUDIENCE_KNOWN, AUDIENCE_ALL, true, NULL },
		{ "all of known, with contacts", AUDIENCE_ALL, AUDIENCE_KNOWN, true, "contacts only" },
		{ "none, with contacts", AUDIENCE_NONE, AUDIENCE_KNOWN, true, NULL },
		{ "never set", 0, AUDIENCE_KNOWN, false, NULL },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct oof_settings s = { .state = OOF_ENABLED,
						.audience = rows[i].audience };
		struct buf out;

		buf_init(&out, op, 0, KIB);
		effect_outside(&s, rows[i].policy, rows[i].contacts, &out);
		CHECK_ROW(rows[i].name, rows[i].said == NULL
						? out.n == 0
						: strstr(buf_text(&out),
							 rows[i].said) != NULL);
	}
}

/* ---- which backend ---- */

static void
the_primary_address_says_which_backend(void **state)
{
	static const char *const one[] = { "example.com", "Example.NET", NULL };
	static const char *const idn[] = { "B\xc3\xbc"
					   "cher.example",
					   NULL };
	static const struct backend_section with_rest[] = {
		{ .title = "rest", .kind = "sieve-file" },
		{ .title = "one", .kind = "sieve-sql", .domains = one },
		{ .title = "idn", .kind = "milter", .domains = idn },
	};
	static const struct {
		const char *address;
		size_t from; /* the first section that is there */
		const char *title;
	} rows[] = {
		{ "ada@example.com", 0, "one" },
		{ "ada@example.net", 0, "one" },
		{ "ada@sub.example.com", 0, "rest" },
		{ "ada@example.org", 0, "rest" },
		{ "ada@example.org", 1, NULL },
		{ "\"a@example.com\"@example.org", 1, NULL },
		{ "ada@xn--bcher-kva.example", 0, "idn" },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct settings s = {
			.backends = with_rest + rows[i].from,
			.backends_n = COUNT(with_rest) - rows[i].from,
		};
		const struct mailbox m = { .address = rows[i].address };
		const struct backend_section *found;

		op->settings = &s;
		found = section_of(op, &m);
		CHECK_ROW(rows[i].address,
			  rows[i].title == NULL
				  ? found == NULL
				  : found != NULL &&
					    strcmp(found->title,
						   rows[i].title) == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(it_says_what_the_policy_leaves),
		UNIT_TEST(the_primary_address_says_which_backend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
