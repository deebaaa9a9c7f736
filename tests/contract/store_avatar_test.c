/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that the store finds by their digests. */
#include "store_fixture.h"

#include "base/digest.h"
#include "base/text.h"

#include <string.h>

/* A digest as others write it. */
static struct bytes
digest_of(struct op *op, const char *address, bool md5)
{
	uint8_t digest[DIGEST_SIZE];

	if (md5)
		digest_md5(bytes_of(address), digest);
	else
		digest_sha256(bytes_of(address), digest);
	return op_bytes(op, (struct bytes){ digest, md5 ? DIGEST_MD5_SIZE
							: DIGEST_SIZE });
}

/* Both digests lead to the address, or neither does. */
static void
is_found(struct fixture *f, const char *address, enum err wanted)
{
	for (int md5 = 0; md5 < 2; md5++) {
		struct op *op = fixture_op(f);
		const char *got = NULL;

		GIVES(wanted, op,
		      store_avatar_find(f->store, op,
					digest_of(op, address, md5), &got));
		if (wanted == OK)
			assert_string_equal(got, address);
	}
}

static int64_t
ada(struct fixture *f)
{
	static const char *const aliases[] = { "countess@example.com",
					       "a@example.com", NULL };
	struct op *op = fixture_op(f);
	struct mailbox m = { .address = "ada@example.com",
			     .policy = AUDIENCE_ALL };

	FINE(op, store_mailbox_add(f->store, op, &m, aliases));
	return m.id;
}

static void
every_address_of_a_mailbox_is_found_by_both(void **state)
{
	struct fixture *f = *state;

	(void)ada(f);
	(void)fixture_mailbox(f, "bob");
	is_found(f, "ada@example.com", OK);
	is_found(f, "countess@example.com", OK);
	is_found(f, "a@example.com", OK);
	is_found(f, "bob@example.com", OK);
	is_found(f, "nobody@example.com", ERR_NOT_FOUND);
	is_found(f, "", ERR_NOT_FOUND);
	fixture_sound(f);
}

static void
an_alias_is_found_while_it_is_one(void **state)
{
	struct fixture *f = *state;
	int64_t id = ada(f);
	struct op *op = fixture_op(f);

	FINE(op, store_alias_add(f->store, op, id, "lady@example.com"));
	is_found(f, "lady@example.com", OK);
	op = fixture_op(f);
	FINE(op, store_alias_remove(f->store, op, id, "lady@example.com"));
	is_found(f, "lady@example.com", ERR_NOT_FOUND);
	is_found(f, "a@example.com", OK);
	fixture_sound(f);
}

static void
a_removed_mailbox_leaves_nothing_behind(void **state)
{
	struct fixture *f = *state;
	int64_t id = ada(f);
	struct op *op = fixture_op(f);

	FINE(op, store_mailbox_remove(f->store, op, id));
	is_found(f, "ada@example.com", ERR_NOT_FOUND);
	is_found(f, "countess@example.com", ERR_NOT_FOUND);
	fixture_sound(f);
}

/* The first bytes find the row; all of them have to be right. */
static void
half_a_digest_finds_nobody(void **state)
{
	struct fixture *f = *state;
	struct op *op = fixture_op(f);

	(void)ada(f);
	for (int md5 = 0; md5 < 2; md5++) {
		struct bytes digest = digest_of(op, "ada@example.com", md5);
		uint8_t *last = (uint8_t *)(uintptr_t)digest.p + digest.n - 1;
		const char *got;

		*last ^= 1;
		GIVES(ERR_NOT_FOUND, op,
		      store_avatar_find(f->store, op, digest, &got));
		*last ^= 1;
		digest.n--;
		GIVES(ERR_INVALID, op,
		      store_avatar_find(f->store, op, digest, &got));
		digest.n = 8;
		GIVES(ERR_INVALID, op,
		      store_avatar_find(f->store, op, digest, &got));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		/* clang-format off */
		cmocka_unit_test_setup_teardown(every_address_of_a_mailbox_is_found_by_both, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(an_alias_is_found_while_it_is_one, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(a_removed_mailbox_leaves_nothing_behind, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(half_a_digest_finds_nobody, fixture_open, fixture_close),
		/* clang-format on */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
