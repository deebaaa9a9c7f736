/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contacts that are not what was stored, behind pages that are sound.
 */
#include "store_fixture.h"

#include "wing/store/db.h"

#include <stdio.h>
#include <string.h>

#define FOUND_MAX 8192 /* bytes of findings */

static void
contact_put(struct fixture *f)
{
	struct op *op = fixture_op(f);
	const struct contact_card card = {
		.card = "zoe@x.org",
		.tag = "",
		.name = "Zoe",
		.n = 1,
		.address = (const char *const[]){ "zoe@x.org" },
	};
	const struct contact_change change = { .mailbox = fixture_mailbox(
						       f, "ada"),
					       .origin = "file",
					       .place = "",
					       .token = "",
					       .n = 1,
					       .card = &card };
	struct contact_done done;

	FINE(op, store_contact_put(f->store, op, &change, &done));
}

static void
damage(struct fixture *f, const char *sql)
{
	const struct db_options options = {
		.path = fixture_path(f, "frontdesk.db"),
		.write = true,
		.cache_kib = 512,
	};
	struct op *op = fixture_op(f);
	struct db *db = NULL;

	store_close(f->store);
	f->store = NULL;
	FINE(op, db_open(op, &options, &db));
	FINE(op, db_script(db, op, sql));
	db_close(db);
	fixture_reopen(f);
}

static void
finding(void *to, const char *text)
{
	size_t n = strlen(to);

	(void)snprintf((char *)to + n, FOUND_MAX - n, "%s\n", text);
}

static void
a_damaged_contact_is_an_error_and_no_contact(void **state)
{
	struct fixture *f = *state;
	struct contact_search search = { 0 };
	struct contact_source_list sources;
	struct contact_list list;
	char found[FOUND_MAX] = "";
	struct op *op;

	contact_put(f);
	damage(f, "UPDATE contact SET name = 'Eve';"
		  "UPDATE contact_source SET changed = 0");
	op = fixture_op(f);
	GIVES(ERR_INTERNAL, op,
	      store_contact_find(f->store, op, 1, NULL, "zoe@x.org"));
	GIVES(ERR_INTERNAL, op,
	      store_contact_list(f->store, op, 1, &search, 10, &list));
	GIVES(ERR_INTERNAL, op,
	      store_contact_sources(f->store, op, 1, &sources));
	GIVES(ERR_INTERNAL, op, store_check(f->store, op, finding, found));
	assert_non_null(strstr(found, "damaged: contact of 1\n"));
	assert_non_null(strstr(found, "damaged: contact_source of 1\n"));
}

static void
contacts_of_nobody_are_found_by_the_check(void **state)
{
	struct fixture *f = *state;
	char found[FOUND_MAX] = "";
	struct op *op;

	contact_put(f);
	damage(f, "DELETE FROM oof; DELETE FROM address; DELETE FROM book;"
		  "DELETE FROM avatar; DELETE FROM mailbox");
	op = fixture_op(f);
	GIVES(ERR_INTERNAL, op, store_check(f->store, op, finding, found));
	assert_non_null(strstr(found, "is gone, but contacts of it are kept"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_damaged_contact_is_an_error_and_no_contact,
			fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(
			contacts_of_nobody_are_found_by_the_check, fixture_open,
			fixture_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
