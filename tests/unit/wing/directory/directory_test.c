/* SPDX-License-Identifier: Apache-2.0 */
/* Who is behind a name. The store is a stand-in with a few people. */
#include "unit.h"

#include "no_people.h"

#include "base/text.h"
#include "model/directory.h"
#include "model/store.h"

static const struct mailbox ada = { .id = 1,
				    .organization = 1,
				    .address = "ada@one.example" };
static const struct mailbox bob = { .id = 2,
				    .organization = 2,
				    .address = "bob@two.example" };
static const struct mailbox eve = { .id = 3,
				    .organization = 1,
				    .address = "\xc3\xa9ve@one.example" };

static const struct {
	const char *address;
	const struct mailbox *mailbox;
} people[] = {
	{ "ada@one.example", &ada }, { "countess@one.example", &ada },
	{ "ada@ONE.other", &ada }, /* never found: the store has it folded */
	{ "bob@two.example", &bob }, { "\xc3\xa9ve@one.example", &eve },
};

static struct domain domains[4];
static size_t domains_n;
static enum err trouble;

enum err
store_mailbox_find(struct store *s, struct op *op, const char *address,
		   const struct mailbox **out)
{
	(void)s;
	if (trouble != OK)
		return FAIL(op, trouble, "the disk is gone");
	for (size_t i = 0; i < COUNT(people); i++) {
		if (strcmp(people[i].address, address) == 0) {
			*out = people[i].mailbox;
			return OK;
		}
	}
	return FAIL(op, ERR_NOT_FOUND, "nobody");
}

/* Eve's mailbox is Ada's as well. */
enum err
store_owner_find(struct store *s, struct op *op, int64_t mailbox,
		 int64_t account)
{
	(void)s;
	if (trouble != OK)
		return FAIL(op, trouble, "the disk is gone");
	if (mailbox == eve.id && account == ada.id)
		return OK;
	return FAIL(op, ERR_NOT_FOUND, "not an owner");
}

enum err
store_domain_find(struct store *s, struct op *op, const char *domain,
		  struct domain *out)
{
	(void)s;
	if (trouble != OK)
		return FAIL(op, trouble, "the disk is gone");
	for (size_t i = 0; i < domains_n; i++) {
		if (strcmp(domains[i].name, domain) == 0) {
			*out = domains[i];
			return OK;
		}
	}
	return FAIL(op, ERR_NOT_FOUND, "no such domain");
}

/* No more than it is asked for: a login is not to list all domains. */
enum err
store_domain_begin(struct store *s, struct op *op, const char *label,
		   size_t most, struct domain_list *out)
{
	struct domain *fit = op_alloc(op, sizeof(domains));
	size_t n = label == NULL ? 0 : strlen(label);

	(void)s;
	if (trouble != OK)
		return FAIL(op, trouble, "the disk is gone");
	*out = (struct domain_list){ 0, fit };
	for (size_t i = 0; i < domains_n && out->n < most; i++) {
		if (label == NULL || (strncmp(domains[i].name, label, n) == 0 &&
				      domains[i].name[n] == '.'))
			fit[out->n++] = domains[i];
	}
	return OK;
}

static void
set_domains(const char *a, const char *b, const char *c)
{
	const char *names[] = { a, b, c };

	domains_n = 0;
	for (size_t i = 0; i < COUNT(names); i++) {
		if (names[i] != NULL)
			domains[domains_n++] =
				(struct domain){ .name = names[i] };
	}
}

static struct directory *
opened(struct op *op)
{
	struct directory *d = NULL;

	trouble = OK;
	assert_int_equal(directory_open(op, NULL, NULL, &d), OK);
	return d;
}

static void
an_address_is_found_in_any_case_of_ascii(void **state)
{
	static const struct {
		const char *address;
		int64_t organization;
		const struct mailbox *mailbox; /* NULL: not found */
	} rows[] = {
		/* clang-format off */
		{ "ada@one.example",      0, &ada },
		{ "Ada@One.EXAMPLE",      0, &ada },
		{ "COUNTESS@one.example", 0, &ada },
		{ "ada@one.example",      1, &ada },
		{ "ada@one.example",      2, NULL }, /* across the wall */
		{ "bob@two.example",      2, &bob },
		{ "bob@two.example",      1, NULL },
		{ "carl@one.example",     0, NULL },
		{ "ada@two.example",      0, NULL },
		{ "\xc3\xa9ve@ONE.example", 0, &eve },
		{ "\xc3\x89ve@one.example", 0, NULL }, /* another letter */
		{ "\xd0\xb0" "da@one.example", 0, NULL }, /* Cyrillic */
		{ "ada",                  0, NULL },
		{ "",                     0, NULL },
		{ "@one.example",         0, NULL },
		{ "ada@",                 0, NULL },
		{ "ada@one.example\n",    0, NULL },
		{ " ada@one.example",     0, NULL },
		{ "ada' OR '1'='1@one.example", 0, NULL },
		/* clang-format on */
	};
	struct op *op = *state;
	struct directory *d = opened(op);

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct mailbox *m = NULL;
		enum err err = directory_resolve(d, op, rows[i].address,
						 rows[i].organization, &m);

		CHECK_ROW(rows[i].address,
			  err == (rows[i].mailbox ? OK : ERR_NOT_FOUND));
		CHECK_ROW(rows[i].address, m == rows[i].mailbox);
	}
	directory_close(d);
}

static void
a_login_name_has_many_forms(void **state)
{
	static const struct {
		const char *domains[3], *name;
		const struct mailbox *mailbox; /* NULL: not found */
	} rows[] = {
		/* clang-format off */
		{ { "one.example" }, "ada@one.example", &ada },
		{ { "one.example" }, "ADA@one.example", &ada },
		{ { "one.example" }, "countess@one.example", &ada },
		{ { "one.example" }, "ada", &ada },
		{ { "one.example" }, "Countess", &ada },
		{ { "one.example" }, "ONE\\ada", &ada },
		{ { "one.example" }, "one.example\\Ada", &ada },
		{ { "one.example" }, "TWO\\ada", NULL },
		{ { "one.example" }, "on\\ada", NULL },
		{ { "one.example" }, "one.\\ada", NULL },
		{ { "one.example" }, "\\ada", NULL },
		{ { "one.example" }, "ONE\\", NULL },
		{ { "one.example" }, "", NULL },
		{ { "one.example" }, "ONE\\ONE\\ada", NULL },
		{ { "one.example" }, "ONE\\ada@one.example", NULL },
		{ { "one.example" }, "ada@two.example", NULL },
		{ { "one.example", "two.example" }, "ada", NULL },
		{ { "one.example", "two.example" }, "ONE\\ada", &ada },
		{ { "one.example", "two.example" }, "two\\Bob", &bob },
		{ { "one.example", "two.example" }, "two\\ada", NULL },
		{ { "one.example", "two.example" }, "bob@two.example", &bob },
		{ { "one.example", "one.other" }, "ONE\\ada", NULL },
		{ { "one.other", "one.example" }, "one.example\\ada", &ada },
		{ { "one", "one.example" }, "one\\ada", NULL },
		{ { NULL }, "ada", NULL },
		{ { NULL }, "ONE\\ada", NULL },
		/* clang-format on */
	};
	struct op *op = *state;
	struct directory *d = opened(op);

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct mailbox *m = NULL;
		enum err err;

		set_domains(rows[i].domains[0], rows[i].domains[1],
			    rows[i].domains[2]);
		err = directory_login(d, op, rows[i].name, &m);
		CHECK_ROW(rows[i].name,
			  err == (rows[i].mailbox ? OK : ERR_NOT_FOUND));
		CHECK_ROW(rows[i].name, m == rows[i].mailbox);
		CHECK_ROW(rows[i].name, (op->reason == NULL) == (err == OK));
		op->reason = NULL;
	}
	directory_close(d);
}

/* A template says which address is meant, whatever domains there are. */
static void
a_login_name_may_be_a_template_of_an_address(void **state)
{
	static const struct {
		const char *template, *name;
		const struct mailbox *mailbox; /* NULL: not found */
	} rows[] = {
		{ "%n@one.example", "ada", &ada },
		{ "%n@one.example", "ada@corp.local", &ada },
		{ "%n@one.example", "CORP\\Ada", &ada },
		{ "%n@%d", "one.example\\ada", &ada },
		{ "%n@%d.example", "TWO\\bob", &bob },
		{ "%u@one.example", "countess", &ada },
		{ "%u", "ada@one.example", &ada },
		{ "%u", "ada", NULL },
		{ "%n@one.example", "", NULL },
		{ "%n@two.example", "ada@one.example", NULL },
	};
	struct op *op = *state;
	struct directory *d = opened(op);

	set_domains("one.example", "two.example", NULL);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct settings s = { .login_mailbox = rows[i].template };
		const struct mailbox *m = NULL;
		enum err err;

		op->settings = &s;
		err = directory_login(d, op, rows[i].name, &m);
		CHECK_ROW(rows[i].name,
			  err == (rows[i].mailbox ? OK : ERR_NOT_FOUND));
		CHECK_ROW(rows[i].name, m == rows[i].mailbox);
	}
	op->settings = NULL;
	directory_close(d);
}

static void
trouble_is_not_taken_for_nobody(void **state)
{
	struct op *op = *state;
	struct directory *d = opened(op);
	const struct mailbox *m;

	trouble = ERR_DOWN;
	assert_int_equal(directory_resolve(d, op, "ada@one.example", 0, &m),
			 ERR_DOWN);
	assert_int_equal(directory_login(d, op, "ada", &m), ERR_DOWN);
	assert_int_equal(directory_login(d, op, "ada@one.example", &m),
			 ERR_DOWN);
	directory_close(d);
	directory_close(NULL);
}

static void
a_mailbox_is_its_owners_alone(void **state)
{
	static const struct {
		const char *address;
		const struct mailbox *caller;
		enum err err;
		const struct mailbox *mailbox;
	} rows[] = {
		/* clang-format off */
		{ "ada@one.example",      &ada, OK, &ada },
		{ "ADA@one.example",      &ada, OK, &ada },
		{ "countess@one.example", &ada, OK, &ada },
		{ "\xc3\xa9ve@one.example", &ada, OK, &eve },
		{ "\xc3\xa9ve@one.example", &eve, OK, &eve },
		{ "ada@one.example",      &eve, ERR_DENIED, NULL },
		{ "ada@one.example",      &bob, ERR_NOT_FOUND, NULL }, /* across the wall */
		{ "bob@two.example",      &ada, ERR_NOT_FOUND, NULL },
		{ "carl@one.example",     &ada, ERR_NOT_FOUND, NULL },
		{ "",                     &ada, ERR_NOT_FOUND, NULL },
		/* clang-format on */
	};
	struct op *op = *state;
	struct directory *d = opened(op);

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct caller caller = { .mailbox = rows[i].caller };
		const struct mailbox *out = NULL;

		op->caller = &caller;
		CHECK_ROW(rows[i].address,
			  directory_owned(d, op, rows[i].address, &out) ==
				  rows[i].err);
		if (rows[i].err == OK)
			CHECK_ROW(rows[i].address, out == rows[i].mailbox);
	}
	op->caller = NULL;
	directory_close(d);
}

/* "I could not look" is never "another's". */
static void
whose_a_mailbox_is_may_not_be_known(void **state)
{
	const struct caller caller = { .mailbox = &ada };
	struct op *op = *state;
	struct directory *d = opened(op);
	const struct mailbox *out;

	op->caller = &caller;
	trouble = ERR_DOWN;
	assert_int_equal(directory_owned(d, op, eve.address, &out), ERR_DOWN);
	assert_int_equal(directory_owned(d, op, ada.address, &out), OK);
	op->caller = NULL;
	directory_close(d);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(an_address_is_found_in_any_case_of_ascii),
		UNIT_TEST(a_login_name_has_many_forms),
		UNIT_TEST(a_login_name_may_be_a_template_of_an_address),
		UNIT_TEST(trouble_is_not_taken_for_nobody),
		UNIT_TEST(a_mailbox_is_its_owners_alone),
		UNIT_TEST(whose_a_mailbox_is_may_not_be_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
