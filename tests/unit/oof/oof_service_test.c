/* SPDX-License-Identifier: Apache-2.0 */
#include "oof/world.h"

#include "base/clock.h"
#include "oof/oof_service.h"

#include <stdio.h>

static struct house house;

/* A Get of that address. */
static enum err
get(struct op *op, const char *address, struct oof_get_response *out,
    struct soap_fault *fault)
{
	const struct oof_get_request in = { .mailbox = { .address = address } };

	*out = (struct oof_get_response){ 0 };
	*fault = (struct soap_fault){ 0 };
	return oof_get(&house, op, &in, out, fault);
}

/* A Set of one's own. */
static enum err
set(struct op *op, const struct oof_settings *settings,
    struct oof_set_response *out, struct soap_fault *fault)
{
	const struct oof_set_request in = {
		.mailbox = { .address = world.caller.mailbox->address },
		.settings = *settings,
	};

	*out = (struct oof_set_response){ 0 };
	*fault = (struct soap_fault){ 0 };
	return oof_set(&house, op, &in, out, fault);
}

static void
owners_are_told_and_others_are_not(void **state)
{
	static const struct {
		const char *caller, *address, *routing;
		enum err err;
	} rows[] = {
		/* clang-format off */
		{ ADA, ADA, NULL, OK },
		{ ADA, "ADA@Frontdesk.EXAMPLE", NULL, OK },
		{ ADA, "ada.alias@frontdesk.example", NULL, OK },
		{ ADA, ADA, "", OK },
		{ ADA, ADA, "SMTP", OK },
		{ ADA, ADA, "smtp", OK },
		{ ADA, ADA, "EX", ERR_DENIED },
		{ ADA, SHARED, NULL, OK },
		{ MALLORY, SHARED, NULL, ERR_DENIED },
		{ MALLORY, ADA, NULL, ERR_DENIED },
		{ MALLORY, "nobody@frontdesk.example", NULL, ERR_DENIED },
		{ MALLORY, ELSEWHERE, NULL, ERR_DENIED },
		{ ADA, "", NULL, ERR_DENIED },
		{ ADA, "ada", NULL, ERR_DENIED },
		{ ADA, "/o=First/cn=ada", NULL, ERR_DENIED },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct oof_mailbox mailbox = { .address = rows[i].address,
						     .routing =
							     rows[i].routing };
		const struct oof_get_request get_in = { .mailbox = mailbox };
		const struct oof_set_request set_in = {
			.mailbox = mailbox,
			.settings = { .state = OOF_ENABLED,
				      .audience = AUDIENCE_ALL },
		};
		struct oof_get_response got = { 0 };
		struct oof_set_response put = { 0 };
		struct soap_fault fault = { 0 };

		world_begin(op, rows[i].caller);
		CHECK_ROW(rows[i].address, oof_get(&house, op, &get_in, &got,
						   &fault) == rows[i].err);
		CHECK_ROW(rows[i].address, oof_set(&house, op, &set_in, &put,
						   &fault) == rows[i].err);
		CHECK_ROW(rows[i].address,
			  world.puts == (rows[i].err == OK ? 1 : 0));
		CHECK_ROW(rows[i].address, world.published == world.puts);
		CHECK_ROW(rows[i].address, (fault.exception != NULL) ==
						   (rows[i].err == ERR_DENIED));
		CHECK_ROW(rows[i].address,
			  unit_same(op->target, rows[i].address));
	}
}

static void
a_stranger_learns_nothing_from_the_words(void **state)
{
	struct op *op = *state;
	struct oof_get_response got;
	struct soap_fault one, two;

	world_begin(op, MALLORY);
	assert_int_equal(get(op, ADA, &got, &one), ERR_DENIED);
	assert_int_equal(get(op, "abc@frontdesk.example", &got, &two),
			 ERR_DENIED);
	assert_int_equal(strlen(one.exception), strlen(two.exception));
	assert_string_equal(one.exception_code, two.exception_code);
	assert_int_equal(one.code, two.code);
}

static void
a_public_address_book_tells_who_does_not_exist(void **state)
{
	struct op *op = *state;
	struct oof_get_response got;
	struct soap_fault fault;

	world_begin(op, MALLORY);
	world.settings.address_book_public = true;
	assert_int_equal(get(op, "nobody@frontdesk.example", &got, &fault),
			 ERR_NOT_FOUND);
	assert_string_equal(fault.value_name, "SmtpAddress");
	assert_string_equal(fault.value, "nobody@frontdesk.example");
	assert_int_equal(get(op, ADA, &got, &fault), ERR_DENIED);
	assert_int_equal(get(op, "nobody", &got, &fault), ERR_DENIED);
}

static void
a_long_address_is_cut_in_the_fault_only(void **state)
{
	struct op *op = *state;
	struct oof_get_response got;
	struct soap_fault fault;
	char address[2 * ADDRESS_MAX + 2] = "x";

	for (size_t i = 0; i < ADDRESS_MAX; i++)
		strcat(address, "\xc3\xa4");
	world_begin(op, MALLORY);
	assert_int_equal(get(op, address, &got, &fault), ERR_DENIED);
	assert_int_equal(strlen(op->target), ADDRESS_MAX - 1);
	assert_true(text_utf8(bytes_of(op->target)));
}

static void
what_was_never_set_has_everything_all_the_same(void **state)
{
	static const struct {
		const char *address;
		unsigned allow;
		const char *start;
	} rows[] = {
		{ ADA, AUDIENCE_ALL, "2026-11-21T23:00:00Z" }, /* Berlin */
		{ MALLORY, AUDIENCE_ALL, "2026-11-22T00:00:00Z" },
		{ INSIDE, AUDIENCE_NONE, "2026-11-22T00:00:00Z" },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct oof_get_response got;
		struct soap_fault fault;

		world_begin(op, rows[i].address);
		assert_int_equal(get(op, rows[i].address, &got, &fault), OK);
		assert_int_equal(got.message.class, OOF_SUCCESS);
		assert_int_equal(got.message.code, OOF_NO_ERROR);
		assert_null(got.message.text);
		assert_int_equal(got.settings->state, OOF_DISABLED);
		assert_int_equal(got.settings->audience, AUDIENCE_ALL);
		assert_string_equal(
			clock_xml(op, got.settings->duration->start),
			rows[i].start);
		assert_int_equal(got.settings->duration->end -
					 got.settings->duration->start,
				 24 * 60 * 60);
		assert_string_equal(got.settings->internal->message, "");
		assert_string_equal(got.settings->external->message, "");
		assert_int_equal(got.allow_external, rows[i].allow);
		assert_string_equal(op->result, "NoError");
	}
}

static void
the_default_duration_is_stable_all_day(void **state)
{
	struct op *op = *state;
	struct oof_get_response got;
	struct soap_fault fault;

	world_begin(op, ADA);
	for (int64_t hour = -13; hour < 11; hour++) { /* of Berlin's day */
		op->now = WORLD_NOW + hour * 60 * 60;
		assert_int_equal(get(op, ADA, &got, &fault), OK);
		assert_string_equal(
			clock_xml(op, got.settings->duration->start),
			"2026-11-21T23:00:00Z");
	}
}

static void
what_is_set_is_told(void **state)
{
	struct op *op = *state;
	struct oof_duration duration = { .start = WORLD_NOW + 100,
					 .end = WORLD_NOW + 200 };
	struct oof_reply internal = { .message = "in", .lang = "de" };
	const struct oof_settings in = { .state = OOF_SCHEDULED,
					 .audience = AUDIENCE_KNOWN,
					 .duration = &duration,
					 .internal = &internal };
	struct oof_set_response put;
	struct oof_get_response got;
	struct soap_fault fault;

	world_begin(op, ADA);
	assert_int_equal(set(op, &in, &put, &fault), OK);
	assert_int_equal(put.message.code, OOF_NO_ERROR);
	assert_int_equal(put.message.class, OOF_SUCCESS);
	assert_int_equal(get(op, ADA, &got, &fault), OK);
	assert_int_equal(got.settings->state, OOF_SCHEDULED);
	assert_int_equal(got.settings->audience, AUDIENCE_KNOWN);
	assert_int_equal(got.settings->duration->start, WORLD_NOW + 100);
	assert_int_equal(got.settings->duration->end, WORLD_NOW + 200);
	assert_string_equal(got.settings->internal->message, "in");
	assert_string_equal(got.settings->internal->lang, "de");
	assert_string_equal(got.settings->external->message, "");
}

static void
what_may_not_be_stored_is_refused_in_band(void **state)
{
	static struct oof_duration past = { .start = 1, .end = 2 };
	static const struct {
		const char *row;
		unsigned state;
		bool strict;
		enum oof_code code;
		const char *result;
		int number;
		unsigned puts; /* times that the store was asked */
	} rows[] = {
		/* clang-format off */
		{ "schedule in the past", OOF_SCHEDULED, false, OOF_ERROR_INVALID_SCHEDULED_OOF_DURATION, "ErrorInvalidScheduledOofDuration", 158, 0 },
		{ "no replies, strict",   OOF_ENABLED,   true,  OOF_ERROR_INVALID_USER_OOF_SETTINGS, "ErrorInvalidUserOofSettings", 159, 1 },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct oof_settings in = { .state = rows[i].state,
						 .audience = AUDIENCE_ALL,
						 .duration = &past };
		struct oof_set_response put;
		struct soap_fault fault;

		world_begin(op, ADA);
		world.settings.strict_replies = rows[i].strict;
		CHECK_ROW(rows[i].row, set(op, &in, &put, &fault) == OK);
		CHECK_ROW(rows[i].row, put.message.class == OOF_ERROR);
		CHECK_ROW(rows[i].row, put.message.code == rows[i].code);
		CHECK_ROW(rows[i].row, put.message.text != NULL);
		CHECK_ROW(rows[i].row, put.message.link_key);
		CHECK_ROW(rows[i].row,
			  put.message.xml->exception_code == rows[i].number);
		CHECK_ROW(rows[i].row, world.puts == rows[i].puts);
		CHECK_ROW(rows[i].row, world.changes == 0);
		CHECK_ROW(rows[i].row, world.published == 0);
		CHECK_ROW(rows[i].row, unit_same(op->result, rows[i].result));
	}
}

static void
a_time_without_a_zone_is_placed_as_the_site_says(void **state)
{
	static const struct {
		const char *row;
		bool unzoned, of_mailbox;
		int64_t shift; /* hours */
	} rows[] = {
		{ "with a zone", false, true, 0 },
		{ "without, UTC", true, false, 0 },
		{ "without, the mailbox's", true, true, -1 }, /* Berlin */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct oof_duration duration = {
			.start = WORLD_NOW + 7200,
			.end = WORLD_NOW + 14400,
			.start_unzoned = rows[i].unzoned,
			.end_unzoned = rows[i].unzoned,
		};
		const struct oof_settings in = { .state = OOF_SCHEDULED,
						 .audience = AUDIENCE_ALL,
						 .duration = &duration };
		struct oof_set_response put;
		struct soap_fault fault;

		world_begin(op, ADA);
		world.settings.unzoned_is_mailbox_zone = rows[i].of_mailbox;
		CHECK_ROW(rows[i].row, set(op, &in, &put, &fault) == OK);
		CHECK_ROW(rows[i].row, put.message.code == OOF_NO_ERROR);
		CHECK_ROW(rows[i].row,
			  world.row[1].settings.duration->start ==
				  WORLD_NOW + 7200 + rows[i].shift * 3600);
		CHECK_ROW(rows[i].row,
			  world.row[1].settings.duration->end ==
				  WORLD_NOW + 14400 + rows[i].shift * 3600);
	}
}

static void
a_time_that_leaves_the_years_is_a_schema_fault(void **state)
{
	struct op *op = *state;
	struct oof_duration duration = { .start = CLOCK_MIN,
					 .end = CLOCK_MAX,
					 .start_unzoned = true };
	const struct oof_settings in = { .state = OOF_SCHEDULED,
					 .audience = AUDIENCE_ALL,
					 .duration = &duration };
	struct oof_set_response put;
	struct soap_fault fault;

	world_begin(op, ADA);
	world.settings.unzoned_is_mailbox_zone = true;
	assert_int_equal(set(op, &in, &put, &fault), ERR_INVALID);
	assert_non_null(fault.at.violation);
	assert_int_equal(world.puts, 0);
	world.settings.unzoned_is_mailbox_zone = false;
	assert_int_equal(set(op, &in, &put, &fault), OK);
	assert_int_equal(put.message.code, OOF_NO_ERROR);
}

static void
failures_of_the_wings_are_handed_up(void **state)
{
	static const enum err errs[] = { ERR_DOWN, ERR_UNKNOWN, ERR_WAIT,
					 ERR_CONFLICT, ERR_INTERNAL };
	const struct oof_settings in = { .state = OOF_ENABLED,
					 .audience = AUDIENCE_ALL };
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(errs); i++) {
		const char *row = err_name(errs[i]);
		struct oof_get_response got;
		struct oof_set_response put;
		struct soap_fault fault;

		world_begin(op, ADA);
		world.resolve = errs[i];
		CHECK_ROW(row, get(op, SHARED, &got, &fault) == errs[i]);
		/* the caller's own was found by the login */
		CHECK_ROW(row, get(op, ADA, &got, &fault) == OK);
		CHECK_ROW(row, set(op, &in, &put, &fault) == OK);
		world_begin(op, ADA);
		world.owner = errs[i];
		CHECK_ROW(row, get(op, SHARED, &got, &fault) == errs[i]);
		world_begin(op, ADA);
		world.get = world.put = errs[i];
		CHECK_ROW(row, get(op, ADA, &got, &fault) == errs[i]);
		CHECK_ROW(row, set(op, &in, &put, &fault) == errs[i]);
		CHECK_ROW(row, world.changes == 0);
		CHECK_ROW(row, world.published == 0);
		CHECK_ROW(row, fault.exception == NULL);
	}
}

static void
a_mailbox_that_goes_meanwhile_is_not_told_apart(void **state)
{
	const struct oof_settings in = { .state = OOF_ENABLED,
					 .audience = AUDIENCE_ALL };
	struct op *op = *state;
	struct oof_get_response got;
	struct oof_set_response put;
	struct soap_fault fault;

	world_begin(op, ADA);
	world.get = world.put = ERR_NOT_FOUND;
	assert_int_equal(get(op, ADA, &got, &fault), ERR_DENIED);
	assert_non_null(fault.exception);
	assert_int_equal(set(op, &in, &put, &fault), ERR_DENIED);
	assert_non_null(fault.exception);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(owners_are_told_and_others_are_not),
		UNIT_TEST(a_stranger_learns_nothing_from_the_words),
		UNIT_TEST(a_public_address_book_tells_who_does_not_exist),
		UNIT_TEST(a_long_address_is_cut_in_the_fault_only),
		UNIT_TEST(what_was_never_set_has_everything_all_the_same),
		UNIT_TEST(the_default_duration_is_stable_all_day),
		UNIT_TEST(what_is_set_is_told),
		UNIT_TEST(what_may_not_be_stored_is_refused_in_band),
		UNIT_TEST(a_time_without_a_zone_is_placed_as_the_site_says),
		UNIT_TEST(a_time_that_leaves_the_years_is_a_schema_fault),
		UNIT_TEST(failures_of_the_wings_are_handed_up),
		UNIT_TEST(a_mailbox_that_goes_meanwhile_is_not_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
