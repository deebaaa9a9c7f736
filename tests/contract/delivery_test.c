/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promises of model/delivery.h: what lies at backends, and what is told.
 */
#include "delivery_site.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
a_set_is_in_force_when_it_is_answered(void **state)
{
	struct site s;
	int64_t ada;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	site_effect_is(&s, ada, EFFECT_NONE, NULL);
	site_set(&s, ada, "I am away.");
	assert_non_null(
		strstr(site_script(&s, 0, "ada@example.com"), "vacation"));
	site_effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	assert_string_equal(site_effect(&s, ada).via, "sieve-file:mail");
	site_set(&s, ada, NULL);
	assert_false(site_has(&s, "ada@example.com"));
	site_effect_is(&s, ada, EFFECT_OFF, "switched off");
	site_close(&s);
}

static void
nothing_is_wanted_without_a_backend(void **state)
{
	struct publication row;
	struct site s;
	int64_t ada;

	site_open(*state, &s);
	s.settings.backends_n = 0;
	ada = fixture_mailbox(*state, "ada");
	site_set(&s, ada, "I am away.");
	GIVES(ERR_NOT_FOUND, site_op(&s),
	      store_publication_get(s.f->store, site_op(&s), ada, &row));
	site_effect_is(&s, ada, EFFECT_STORED, "no section backend serves");
	/* it comes with the next sweep once there is one */
	s.settings.backends_n = 1;
	FINE(site_op(&s), delivery_sweep(s.delivery, site_op(&s)));
	assert_true(site_has(&s, "ada@example.com"));
	site_effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	site_close(&s);
}

static void
what_fails_is_told_and_tried_again(void **state)
{
	struct site s;
	struct op *op;
	int64_t ada;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	/* where the folder is to be */
	assert_int_equal(close(creat(s.section[0].folder, 0600)), 0);
	site_set(&s, ada, "I am away.");
	site_effect_is(&s, ada, EFFECT_STORED, "Not a directory");
	assert_int_equal(unlink(s.section[0].folder), 0);
	op = site_op(&s);
	FINE(op, delivery_follow(s.delivery, op)); /* not due yet */
	assert_false(site_has(&s, "ada@example.com"));
	op = site_op(&s);
	op->now += 3600;
	FINE(op, delivery_follow(s.delivery, op));
	assert_true(site_has(&s, "ada@example.com"));
	site_effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	site_close(&s);
}

static void
a_script_that_is_too_long_is_refused_and_the_old_one_goes(void **state)
{
	struct site s;
	int64_t ada;
	char *text;

	site_open(*state, &s);
	s.section[0].size_max = 32768;
	ada = fixture_mailbox(*state, "ada");
	site_set(&s, ada, "short");
	site_effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	text = op_alloc(&s.f->op, 100001);
	memset(text, 'x', 100000);
	site_set(&s, ada, text);
	site_effect_is(&s, ada, EFFECT_STORED, "exceeds the server's 32,");
	assert_false(site_has(&s, "ada@example.com"));
	site_set(&s, ada, "short again");
	site_effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	site_close(&s);
}

static void
a_file_of_somebody_else_is_left_alone(void **state)
{
	static const char theirs[] = "keep;\n";
	struct site s;
	int64_t ada;

	site_open(*state, &s);
	assert_int_equal(mkdir(s.section[0].folder, 0700), 0);
	ada = fixture_mailbox(*state, "ada");
	site_write(&s, "ada@example.com.sieve", theirs);
	site_set(&s, ada, "I am away.");
	site_effect_is(&s, ada, EFFECT_STORED, "is not ours");
	assert_string_equal(site_script(&s, 0, "ada@example.com"), theirs);
	FINE(site_op(&s), delivery_sweep(s.delivery, site_op(&s)));
	assert_string_equal(site_script(&s, 0, "ada@example.com"), theirs);
	site_close(&s);
}

/* By a name without a domain, of a site that has two: nobody's texts are sent
 * for somebody else, nor taken away by him. */
static void
a_file_of_another_user_is_left_alone(void **state)
{
	struct mailbox other = { .address = "ada@other.example",
				 .policy = AUDIENCE_ALL };
	struct resync_count n;
	struct site s;
	struct op *op;
	int64_t ada;

	site_open(*state, &s);
	s.section[0].file = "%n.sieve";
	ada = fixture_mailbox(*state, "ada");
	op = site_op(&s);
	FINE(op, store_domain_add(s.f->store, op, "other.example", "Other"));
	FINE(op, store_mailbox_add(s.f->store, op, &other, NULL));
	site_set(&s, ada, "I am away.");
	site_set(&s, other.id, "Me too.");
	assert_non_null(
		strstr(site_script(&s, 0, "ada"), "of ada@example.com"));
	site_effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	site_effect_is(&s, other.id, EFFECT_STORED, "is of another user");
	site_set(&s, other.id, NULL);
	FINE(op, delivery_resync(s.delivery, site_op(&s), NULL, NULL, &n));
	assert_int_equal(n.failed, 0);
	assert_non_null(
		strstr(site_script(&s, 0, "ada"), "of ada@example.com"));
	site_set(&s, ada, NULL);
	site_set(&s, other.id, "Me too.");
	assert_non_null(
		strstr(site_script(&s, 0, "ada"), "of ada@other.example"));
	site_close(&s);
}

static void
a_sweep_mends_what_others_did(void **state)
{
	struct resync_count n;
	struct site s;
	const char *right;
	int64_t ada, bob;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	bob = fixture_mailbox(*state, "bob");
	site_set(&s, ada, "I am away.");
	site_set(&s, bob, "Me too.");
	right = site_script(&s, 0, "ada@example.com");
	site_write(&s, "ada@example.com.sieve",
		   "# frontdesk script of ada@example.com\nkeep;\n");
	site_write(&s, "eve@example.com.sieve",
		   "# frontdesk script of eve@example.com\nkeep;\n");
	site_write(&s, "notes", "of somebody\n");
	assert_int_equal(unlink(op_print(&s.f->op, "%s/bob@example.com.sieve",
					 s.section[0].folder)),
			 0);
	FINE(site_op(&s), delivery_sweep(s.delivery, site_op(&s)));
	assert_string_equal(site_script(&s, 0, "ada@example.com"), right);
	assert_true(site_has(&s, "bob@example.com"));
	assert_false(site_has(&s, "eve@example.com"));
	assert_int_equal(
		access(op_print(&s.f->op, "%s/notes", s.section[0].folder),
		       F_OK),
		0);
	FINE(site_op(&s),
	     delivery_resync(s.delivery, site_op(&s), "mail", NULL, &n));
	assert_int_equal(n.put, 2);
	assert_int_equal(n.failed, 0);
	GIVES(ERR_NOT_FOUND, site_op(&s),
	      delivery_resync(s.delivery, site_op(&s), "none", NULL, &n));
	site_close(&s);
}

static int64_t
wanted_of(struct site *s, int64_t mailbox)
{
	struct op *op = site_op(s);
	struct publication row;

	FINE(op, store_publication_get(s->f->store, op, mailbox, &row));
	return row.wanted;
}

static void
one_that_is_put_again_concerns_nobody_else(void **state)
{
	const struct mailbox *found;
	struct resync_count n;
	struct site s;
	struct op *op;
	int64_t ada, bob, wanted;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	bob = fixture_mailbox(*state, "bob");
	site_set(&s, ada, "I am away.");
	site_set(&s, bob, "Me too.");
	wanted = wanted_of(&s, bob);
	site_write(&s, "ada@example.com.sieve", "");
	op = site_op(&s);
	FINE(op, store_mailbox_get(s.f->store, op, ada, &found));
	FINE(op, delivery_resync(s.delivery, op, NULL, found, &n));
	assert_int_equal(n.put, 1);
	assert_true(site_has(&s, "ada@example.com"));
	site_effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	assert_int_equal(wanted_of(&s, bob), wanted);
	site_effect_is(&s, bob, EFFECT_IN_FORCE, NULL);
	site_close(&s);
}

#define NEXT 86401 /* seconds from one sweep to the next */

/* Folders in the way of what is to be written first. */
static void
block(struct site *s, const char *user, bool on)
{
	const char *new = op_print(&s->f->op, "%s/%s.sieve.new",
				   s->section[0].folder, user);

	assert_int_equal(on ? mkdir(new, 0700) : rmdir(new), 0);
}

/* What a sweep cannot mend is not said to be in force, and tried again. */
static void
a_sweep_that_fails_is_tried_again(void **state)
{
	struct site s;
	struct op *op;
	int64_t ada, bob;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	bob = fixture_mailbox(*state, "bob");
	site_set(&s, ada, "I am away.");
	site_set(&s, bob, NULL);
	FINE(site_op(&s), delivery_sweep(s.delivery, site_op(&s)));
	site_write(&s, "ada@example.com.sieve", "");
	site_write(&s, "bob@example.com.sieve",
		   "# frontdesk script of bob@example.com\nkeep;\n");
	block(&s, "ada@example.com", true);
	block(&s, "bob@example.com", true);
	op = site_op(&s);
	op->now += NEXT;
	FINE(op, delivery_sweep(s.delivery, op));
	site_effect_is(&s, ada, EFFECT_STORED, "Is a directory");
	site_effect_is(&s, bob, EFFECT_STORED, "Is a directory");
	block(&s, "ada@example.com", false);
	block(&s, "bob@example.com", false);
	op = site_op(&s);
	op->now += 2 * NEXT;
	FINE(op, delivery_follow(s.delivery, op));
	assert_non_null(
		strstr(site_script(&s, 0, "ada@example.com"), "vacation"));
	site_effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	assert_false(site_has(&s, "bob@example.com"));
	site_effect_is(&s, bob, EFFECT_OFF, "switched off");
	site_close(&s);
}

static void
another_backend_takes_over(void **state)
{
	static const char *const domains[] = { "example.com", NULL };
	struct site s;
	int64_t ada;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	site_set(&s, ada, "I am away.");
	s.settings.backends_n = 2;
	s.settings.replies_sum[0] = 1;
	s.section[1].domains = domains;
	FINE(site_op(&s), delivery_sweep(s.delivery, site_op(&s)));
	assert_false(site_has(&s, "ada@example.com"));
	assert_string_not_equal(site_script(&s, 1, "ada@example.com"), "");
	assert_string_equal(site_effect(&s, ada).via, "sieve-file:other");
	site_effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	site_close(&s);
}

/* Of another kind under the same title: what lay there is not forgotten. */
static void
a_backend_of_another_kind_takes_over(void **state)
{
	struct site s;
	int64_t ada;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	site_set(&s, ada, "I am away.");
	s.section[0].kind = BACKEND_MILTER;
	s.settings.replies_sum[0] = 1;
	FINE(site_op(&s), delivery_sweep(s.delivery, site_op(&s)));
	assert_false(site_has(&s, "ada@example.com"));
	assert_string_equal(site_effect(&s, ada).via, "milter:mail");
	site_close(&s);
}

/* The command knows the new configuration before the server does. */
static void
what_was_published_for_another_configuration_is_told(void **state)
{
	struct site s;
	int64_t ada;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	site_set(&s, ada, "I am away.");
	s.section[0].title = "new";
	site_effect_is(&s, ada, EFFECT_STORED, "the configuration has changed");
	s.settings.replies_sum[0] = 1;
	FINE(site_op(&s), delivery_sweep(s.delivery, site_op(&s)));
	site_effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	site_close(&s);
}

static void
a_removed_mailbox_takes_its_script_along(void **state)
{
	struct publication row;
	struct site s;
	struct op *op;
	int64_t ada;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	site_set(&s, ada, "I am away.");
	op = site_op(&s);
	FINE(op, store_mailbox_remove(s.f->store, op, ada));
	op = site_op(&s);
	FINE(op, delivery_follow(s.delivery, op));
	assert_false(site_has(&s, "ada@example.com"));
	GIVES(ERR_NOT_FOUND, op,
	      store_publication_get(s.f->store, op, ada, &row));
	site_close(&s);
}

static void
aliases_and_names_are_published_too(void **state)
{
	const struct mailbox *found;
	struct mailbox renamed;
	struct site s;
	struct op *op;
	int64_t ada;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	site_set(&s, ada, "I am away.");
	op = site_op(&s);
	FINE(op, store_alias_add(s.f->store, op, ada, "lady@example.com"));
	FINE(op, delivery_follow(s.delivery, op));
	assert_non_null(strstr(site_script(&s, 0, "ada@example.com"),
			       "lady@example.com"));
	op = site_op(&s);
	FINE(op, store_mailbox_get(s.f->store, op, ada, &found));
	renamed = *found;
	renamed.name = "Countess";
	FINE(op, store_mailbox_change(s.f->store, op, &renamed));
	FINE(op, delivery_follow(s.delivery, op));
	assert_non_null(
		strstr(site_script(&s, 0, "ada@example.com"), "Countess"));
	site_close(&s);
}

#define CARDS 20 /* for whom a small script has no room */
#define EACH 100 /* addresses */

static void
contacts_add(struct site *s, int64_t mailbox)
{
	struct op *op = site_op(s);
	struct contact_card card[CARDS];
	const struct contact_change in = { .mailbox = mailbox,
					   .origin = "file",
					   .place = "",
					   .token = "",
					   .n = CARDS,
					   .card = card };
	struct contact_done done;

	for (size_t i = 0; i < CARDS; i++) {
		const char **address = op_alloc(op, EACH * sizeof(*address));

		for (size_t k = 0; k < EACH; k++)
			address[k] =
				op_print(op, "a%zu.%zu@friends.example", i, k);
		card[i] = (struct contact_card){ .card = op_print(op, "%zu", i),
						 .tag = "",
						 .name = "",
						 .n = EACH,
						 .address = address };
	}
	FINE(op, store_contact_put(s->f->store, op, &in, &done));
}

/* A script for contacts alone, of whom none fits, is none. */
static void
a_script_of_which_nothing_is_left_is_none(void **state)
{
	struct wish wish = { "I am away.", AUDIENCE_KNOWN, true };
	struct publication row;
	struct site s;
	struct op *op;
	int64_t ada;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	contacts_add(&s, ada);
	op = site_op(&s);
	FINE(op, store_oof_put(s.f->store, op, ada, site_change, &wish));
	delivery_publish(s.delivery, site_op(&s), ada);
	assert_true(site_has(&s, "ada@example.com"));
	s.section[0].size_max = 32768;
	op = site_op(&s);
	FINE(op, store_oof_put(s.f->store, op, ada, site_change, &wish));
	delivery_publish(s.delivery, site_op(&s), ada);
	assert_false(site_has(&s, "ada@example.com"));
	site_effect_is(&s, ada, EFFECT_IN_FORCE, "do not fit");
	FINE(op, store_publication_get(s.f->store, op, ada, &row));
	assert_false(row.there);
	site_close(&s);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_set_is_in_force_when_it_is_answered),
		TEST(nothing_is_wanted_without_a_backend),
		TEST(what_fails_is_told_and_tried_again),
		TEST(a_script_that_is_too_long_is_refused_and_the_old_one_goes),
		TEST(a_file_of_somebody_else_is_left_alone),
		TEST(a_file_of_another_user_is_left_alone),
		TEST(a_sweep_mends_what_others_did),
		TEST(one_that_is_put_again_concerns_nobody_else),
		TEST(a_sweep_that_fails_is_tried_again),
		TEST(another_backend_takes_over),
		TEST(a_backend_of_another_kind_takes_over),
		TEST(what_was_published_for_another_configuration_is_told),
		TEST(a_removed_mailbox_takes_its_script_along),
		TEST(aliases_and_names_are_published_too),
		TEST(a_script_of_which_nothing_is_left_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
