/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that are put back as they were elsewhere, and read as a whole. */
#include "store_fixture.h"

#include <string.h>

#define THEN INT64_C(1700000000)

static void
an_absence_keeps_its_period_and_its_time(void **state)
{
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada");
	struct oof_duration duration = { .start = THEN, .end = THEN + 60 };
	struct oof_reply internal = { "in\r\n\t", "de" }, external = { "", "" };
	struct oof_stored in = {
		.settings = { .state = OOF_SCHEDULED,
			      .audience = AUDIENCE_KNOWN,
			      .duration = &duration,
			      .internal = &internal,
			      .external = &external },
		.period = 41,
		.changed = THEN,
	};
	struct op *op = fixture_op(f);
	struct oof_stored out;

	FINE(op, fixture_put(f->store, op, ada, "before"));
	FINE(op, store_oof_restore(f->store, op, ada, &in));
	FINE(op, store_oof_get(f->store, op, ada, &out));
	assert_int_equal(out.period, 41);
	assert_int_equal(out.changed, THEN);
	assert_int_equal(out.version, 2);
	assert_int_equal(out.settings.state, OOF_SCHEDULED);
	assert_int_equal(out.settings.audience, AUDIENCE_KNOWN);
	assert_int_equal(out.settings.duration->end, THEN + 60);
	assert_string_equal(out.settings.internal->message, "in\r\n\t");
	assert_string_equal(out.settings.internal->lang, "de");
	/* The next change is of its own time again. */
	FINE(op, fixture_put(f->store, op, ada, "after"));
	FINE(op, store_oof_get(f->store, op, ada, &out));
	assert_int_equal(out.changed, op->now);
	GIVES(ERR_NOT_FOUND, op, store_oof_restore(f->store, op, ada + 1, &in));
	fixture_sound(f);
}

static void
a_picture_is_read_whole_and_put_back_with_its_time(void **state)
{
	struct fixture *f = *state;
	int64_t ada = fixture_mailbox(f, "ada"),
		bob = fixture_mailbox(f, "bob");
	struct op *op = fixture_op(f);
	struct photo_set in, out;
	struct photo_state known;
	struct photo one;
	int64_t changed;

	fixture_picture(op, 7, &in);
	FINE(op, store_photo_hide(f->store, op, bob, true));
	FINE(op, store_photo_restore(f->store, op, ada, &in, THEN));
	FINE(op, store_photo_restore(f->store, op, bob, &in, THEN));
	FINE(op, store_photo_all(f->store, op, ada, &out, &changed));
	assert_int_equal(changed, THEN);
	assert_int_equal(out.n, in.n);
	assert_int_equal(out.width, in.width);
	assert_int_equal(out.height, in.height);
	assert_memory_equal(out.source, in.source, sizeof(in.source));
	for (size_t i = 0; i < in.n; i++) {
		assert_int_equal(out.variant[i].edge, in.variant[i].edge);
		assert_int_equal(out.variant[i].jpeg.n, in.variant[i].jpeg.n);
		assert_memory_equal(out.variant[i].jpeg.p, in.variant[i].jpeg.p,
				    in.variant[i].jpeg.n);
	}
	FINE(op, store_photo_get(f->store, op, ada, 0, PHOTO_JPEG, &one));
	assert_int_equal(fixture_seed(&one), 7);
	assert_int_equal(one.changed, THEN);
	/* An import does not show what was hidden. */
	FINE(op, store_photo_state(f->store, op, bob, &known));
	assert_true(known.hidden && known.uploaded);
	FINE(op, store_photo_remove(f->store, op, ada));
	GIVES(ERR_NOT_FOUND, op,
	      store_photo_all(f->store, op, ada, &out, &changed));
	in.n = 0;
	GIVES(ERR_INVALID, op,
	      store_photo_restore(f->store, op, ada, &in, THEN));
	fixture_sound(f);
}

static void
a_tie_is_put_back_or_replaced(void **state)
{
	struct fixture *f = *state;
	struct person_link in = { .mailbox = fixture_mailbox(f, "ada"),
				  .source = "directory:x",
				  .uid = "1",
				  .login = "cn=ada",
				  .state = PERSON_GONE,
				  .checked = THEN };
	static const char *const texts[] = { "countess@example.com",
					     "ada@example.com",
					     "bob@example.com" };
	const struct text_list given = { COUNT(texts), texts };
	struct op *op = fixture_op(f);
	struct text_list list;
	struct person_link out;

	FINE(op,
	     store_alias_add(f->store, op, in.mailbox, "countess@example.com"));
	FINE(op, store_alias_add(f->store, op, in.mailbox, "own@example.com"));
	FINE(op, store_person_restore(f->store, op, &in, &given));
	FINE(op, store_person_get(f->store, op, in.mailbox, &out));
	assert_string_equal(out.login, "cn=ada");
	assert_int_equal(out.state, PERSON_GONE);
	assert_int_equal(out.checked, THEN);
	/* an alias of the source's is one again; no other address is */
	FINE(op, store_alias_given(f->store, op, in.mailbox, &list));
	assert_int_equal(list.n, 1);
	assert_string_equal(list.text[0], "countess@example.com");
	FINE(op, store_alias_list(f->store, op, in.mailbox, &list));
	assert_int_equal(list.n, 2);
	in.uid = "2";
	in.state = PERSON_ACTIVE;
	FINE(op, store_person_restore(f->store, op, &in, &given));
	FINE(op, store_person_get(f->store, op, in.mailbox, &out));
	assert_string_equal(out.uid, "2");
	in.mailbox = fixture_mailbox(f, "bob");
	GIVES(ERR_CONFLICT, op,
	      store_person_restore(f->store, op, &in, &given));
	in.uid = "3";
	FINE(op, store_person_restore(f->store, op, &in, &given));
	fixture_sound(f);
}

static void
contacts_are_read_card_by_card(void **state)
{
	static const char *const two[] = { "b@y.z", "a@y.z" };
	static const char *const one[] = { "c@y.z" };
	static const struct contact_card cards[] = {
		{ "2", "tag", "Two", 2, two },
		{ "1", "", "One", 1, one },
		{ "3", "kept", "", 0, NULL },
	};
	struct fixture *f = *state;
	struct contact_change in = { .mailbox = fixture_mailbox(f, "ada"),
				     .origin = "carddav:x",
				     .place = "book",
				     .token = "t",
				     .all = true,
				     .n = 3,
				     .card = cards };
	struct op *op = fixture_op(f);
	struct contact_card_list out;
	struct contact_done done;

	FINE(op, store_contact_put(f->store, op, &in, &done));
	FINE(op, store_contact_all(f->store, op, in.mailbox, "carddav:x",
				   "book", &out));
	assert_int_equal(out.n, 3);
	assert_string_equal(out.card[0].card, "1");
	assert_string_equal(out.card[1].card, "2");
	assert_string_equal(out.card[1].tag, "tag");
	assert_int_equal(out.card[1].n, 2);
	assert_string_equal(out.card[1].address[0], "a@y.z");
	assert_string_equal(out.card[1].address[1], "b@y.z");
	assert_string_equal(out.card[2].tag, "kept");
	assert_int_equal(out.card[2].n, 0);
	FINE(op, store_contact_all(f->store, op, in.mailbox, "file", "", &out));
	assert_int_equal(out.n, 0);
	fixture_sound(f);
}

#define WITH_STORE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORE(an_absence_keeps_its_period_and_its_time),
		WITH_STORE(a_picture_is_read_whole_and_put_back_with_its_time),
		WITH_STORE(a_tie_is_put_back_or_replaced),
		WITH_STORE(contacts_are_read_card_by_card),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
