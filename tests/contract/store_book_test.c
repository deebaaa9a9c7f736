/* SPDX-License-Identifier: Apache-2.0 */
/* The store's address book, and its domains by organization. */
#include "store_fixture.h"

#include "wing/store/book.h"

#include <string.h>

static int64_t
person(struct fixture *f, const char *address, const char *name)
{
	struct op *op = fixture_op(f);
	struct mailbox m = { .address = address,
			     .name = name,
			     .policy = AUDIENCE_ALL };

	FINE(op, store_mailbox_add(f->store, op, &m, NULL));
	return m.id;
}

/* How many are found, and the first of them in *first. */
static size_t
found(struct fixture *f, int64_t organization, const char *start, size_t most,
      int64_t *first)
{
	struct op *op = fixture_op(f);
	struct mailbox_list list;

	FINE(op,
	     store_book_find(f->store, op, organization, start, most, &list));
	*first = list.n == 0 ? 0 : list.mailbox[0].id;
	return list.n;
}

static void
people_are_found_by_every_beginning(void **state)
{
	static const struct {
		const char *start;
		size_t n;
	} rows[] = {
		/* clang-format off */
		{ "eva.nagy@example.com", 1 }, { "EVA", 1 }, { "eva.n", 1 },
		{ "\xc3\x89va", 1 }, { "eva m", 1 }, { "M\xc3\x9cLL", 1 },
		{ "nagy", 1 }, { "muller nagy", 1 }, { "M\xc3\xbcller-N", 1 },
		{ "uller", 0 }, { "nagy eva", 0 }, { "va", 0 },
		{ "nagy@", 1 }, /* the word; an address of that kind there is not */
		{ "", 0 }, { " ", 0 }, { ".", 0 }, { "%", 0 }, { "eva%", 1 },
		{ "'; DROP TABLE book; --", 0 }, { "\xf4\x8f\xbf\xbf", 0 },
		/* clang-format on */
	};
	struct fixture *f = *state;
	int64_t eva = person(f, "eva.nagy@example.com",
			     "\xc3\x89va M\xc3\xbcller-Nagy");
	int64_t got;

	(void)person(f, "bob@example.com", "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = found(f, 1, rows[i].start, 10, &got);

		if (n != rows[i].n)
			print_error("%s: %zu\n", rows[i].start, n);
		assert_int_equal(n, rows[i].n);
		assert_int_equal(got, n == 0 ? 0 : eva);
	}
}

/* One person counts once, however many of the entries begin so. */
static void
no_more_than_wanted_and_nobody_twice(void **state)
{
	struct fixture *f = *state;
	struct op *op;
	int64_t first, ann;

	ann = person(f, "ann@example.com", "Ann Annie Anna Annette");
	(void)person(f, "anna@example.com", "X");
	(void)person(f, "b@example.com", "Bee Anniston");
	for (char c = 'b'; c <= 'z'; c++) {
		op = fixture_op(f);
		FINE(op, store_alias_add(f->store, op, ann,
					 op_print(op, "ann%c@example.com", c)));
	}
	assert_int_equal(found(f, 1, "ann", 10, &first), 3);
	assert_int_equal(first, ann);
	assert_int_equal(found(f, 1, "ann", 3, &first), 3);
	assert_int_equal(found(f, 1, "ann", 2, &first), 2);
	assert_int_equal(found(f, 1, "ann", 0, &first), 0);
	fixture_sound(f);
}

static void
the_book_follows_every_change(void **state)
{
	struct fixture *f = *state;
	int64_t id = person(f, "eva@example.com", "Eva One");
	int64_t first;
	struct op *op = fixture_op(f);
	const struct mailbox *m;
	struct mailbox changed;

	FINE(op, store_mailbox_get(f->store, op, id, &m));
	changed = *m;
	changed.name = "Eva Two";
	FINE(op, store_mailbox_change(f->store, op, &changed));
	assert_int_equal(found(f, 1, "one", 9, &first), 0);
	assert_int_equal(found(f, 1, "two", 9, &first), 1);
	op = fixture_op(f);
	FINE(op, store_alias_add(f->store, op, id, "boss@example.com"));
	assert_int_equal(found(f, 1, "boss", 9, &first), 1);
	assert_int_equal(found(f, 1, "two", 9, &first), 1);
	op = fixture_op(f);
	FINE(op, store_alias_remove(f->store, op, id, "boss@example.com"));
	assert_int_equal(found(f, 1, "boss", 9, &first), 0);
	assert_int_equal(found(f, 1, "eva@", 9, &first), 1);
	fixture_sound(f);
	op = fixture_op(f);
	FINE(op, store_mailbox_remove(f->store, op, id));
	assert_int_equal(found(f, 1, "eva", 9, &first), 0);
	fixture_sound(f);
}

static void
organizations_do_not_see_each_other(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);
	struct domain other;
	struct domain_list list;
	int64_t here = person(f, "eva@example.com", "Eva");
	int64_t there, first;

	op = fixture_op(f);
	FINE(op, store_domain_add(f->store, op, "b.example", "other"));
	FINE(op, store_domain_add(f->store, op, "a.example", "other"));
	there = person(f, "eva@b.example", "Eva");
	op = fixture_op(f);
	FINE(op, store_domain_find(f->store, op, "b.example", &other));
	assert_int_equal(found(f, 1, "eva", 9, &first), 1);
	assert_int_equal(first, here);
	assert_int_equal(found(f, other.organization, "eva", 9, &first), 1);
	assert_int_equal(first, there);
	assert_int_equal(found(f, 99, "eva", 9, &first), 0);

	op = fixture_op(f);
	FINE(op,
	     store_domain_list_of(f->store, op, other.organization, 10, &list));
	assert_int_equal(list.n, 2);
	assert_string_equal(list.domain[0].name, "a.example");
	assert_string_equal(list.domain[1].name, "b.example");
	FINE(op,
	     store_domain_list_of(f->store, op, other.organization, 1, &list));
	assert_int_equal(list.n, 1);
	FINE(op, store_domain_list_of(f->store, op, 1, 10, &list));
	assert_int_equal(list.n, 1);
	assert_string_equal(list.domain[0].name, "example.com");
}

static void
a_name_has_so_many_words_and_bytes(void **state)
{
	struct fixture *f = *state;
	char letters[3 * BOOK_ENTRY_MAX] = "";
	int64_t first;

	(void)person(f, "w@example.com", "a1 a2 a3 a4 a5 a6 a7 a8 a9");
	assert_int_equal(found(f, 1, "a8", 9, &first), 1);
	assert_int_equal(found(f, 1, "a9", 9, &first), 0);
	assert_int_equal(found(f, 1, "a7 a8 a9", 9, &first), 1);
	for (size_t i = 0; i <= BOOK_ENTRY_MAX / 2; i++)
		strcat(letters, "\xd0\xb0");
	(void)person(f, "long@example.com", letters);
	assert_int_equal(found(f, 1, letters, 9, &first), 0);
	letters[BOOK_ENTRY_MAX] = '\0';
	assert_int_equal(found(f, 1, letters, 9, &first), 1);
}

#define WITH_STORE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(people_are_found_by_every_beginning),
		WITH_STORE(no_more_than_wanted_and_nobody_twice),
		WITH_STORE(the_book_follows_every_change),
		WITH_STORE(organizations_do_not_see_each_other),
		WITH_STORE(a_name_has_so_many_words_and_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
