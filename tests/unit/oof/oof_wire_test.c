/* SPDX-License-Identifier: Apache-2.0 */
/* The specification's examples and clients' messages, read and written by the
 * tables. */
#include "message.h"

#include "base/buf.h"
#include "base/clock.h"
#include "oof/oof_wire.h"
#include "wire/soap.h"

/* The operation of a message in a file. */
static const struct xml_node *
operation(struct op *op, const char *file)
{
	struct soap_request request;
	struct soap_fault fault;

	if (soap_read(op, message_file(op, file), &request, &fault) != OK)
		fail_msg("%s: %s", file, op->reason);
	return request.operation;
}

static struct oof_set_request
set_read(struct op *op, const char *file)
{
	struct oof_set_request out = { 0 };
	struct xml_fault fault = { 0 };

	if (xsd_read(op, &oof_set_request_type, operation(op, file), &out,
		     &fault) != OK)
		fail_msg("%s: %s", file, fault.violation);
	return out;
}

static void
example_4_1_asks_for_a_mailbox(void **state)
{
	struct op *op = *state;
	struct oof_get_request out = { 0 };
	struct xml_fault fault = { 0 };

	assert_int_equal(xsd_read(op, &oof_get_request_type,
				  operation(op, "spec/examples/4.1.xml"), &out,
				  &fault),
			 OK);
	assert_string_equal(out.mailbox.address, "user@example.com");
	assert_null(out.mailbox.name);
	assert_null(out.mailbox.routing);
}

static void
example_4_3_sets_two_replies(void **state)
{
	struct oof_set_request r = set_read(*state, "spec/examples/4.3.xml");

	assert_string_equal(r.mailbox.address, "u1@example.com");
	assert_string_equal(r.mailbox.routing, "SMTP");
	assert_int_equal(r.settings.state, OOF_ENABLED);
	assert_int_equal(r.settings.audience, AUDIENCE_ALL);
	assert_null(r.settings.duration);
	assert_string_equal(r.settings.internal->message,
			    "I am out of office. This is my internal reply.");
	assert_string_equal(r.settings.external->message,
			    "I am out of office. This is my external reply.");
	assert_null(r.settings.external->lang);
}

/* What is written is what the example has inside of its Body. */
static void
check_example(struct op *op, const char *file, const char *name,
	      const struct xsd_type *type, const void *in)
{
	static const char *const unzoned[] = { "t:StartTime", "t:EndTime",
					       NULL };
	const struct xml_node *wanted =
		message_find(message_tree(op, message_file(op, file)), name);
	const char *differs;
	struct buf buf;

	for (unsigned style = XSD_DEFAULT; style <= XSD_PREFIXED; style++) {
		buf_init(&buf, op, 0, MIB);
		xsd_write(&buf, style, name, type, in);
		differs = message_differs(op, message_tree(op, buf_bytes(&buf)),
					  wanted, unzoned);
		if (differs != NULL)
			fail_msg("%s: %s", file, differs);
	}
}

static void
examples_4_2_4_4_and_4_5_are_written(void **state)
{
	struct oof_duration duration = { .start = 1201824000,
					 .end = 1201910400 };
	struct oof_reply internal = {
		.message = "I am out of office. This is my internal reply."
	};
	struct oof_reply external = {
		.message = "I am out of office. This is my external reply."
	};
	struct oof_settings settings = {
		.state = OOF_ENABLED,
		.audience = AUDIENCE_ALL,
		.duration = &duration,
		.internal = &internal,
		.external = &external,
	};
	const struct oof_get_response got = {
		.message = { .class = OOF_SUCCESS, .code = OOF_NO_ERROR },
		.settings = &settings,
		.allow_external = AUDIENCE_ALL,
	};
	const struct oof_set_response put = {
		.message = { .class = OOF_SUCCESS, .code = OOF_NO_ERROR },
	};
	struct oof_message_xml xml = {
		"Microsoft.Exchange.InfoWorker.Common.OOF."
		"InvalidScheduledOofDuration",
		158
	};
	const struct oof_set_response refused = {
		.message = {
			.class = OOF_ERROR,
			.text = "The scheduled Out of Office duration is not "
				"valid.",
			.code = OOF_ERROR_INVALID_SCHEDULED_OOF_DURATION,
			.link_key = true,
			.xml = &xml,
		},
	};

	check_example(*state, "spec/examples/4.2.xml",
		      "m:GetUserOofSettingsResponse", &oof_get_response_type,
		      &got);
	check_example(*state, "spec/examples/4.4.xml",
		      "m:SetUserOofSettingsResponse", &oof_set_response_type,
		      &put);
	check_example(*state, "spec/examples/4.5.xml",
		      "m:SetUserOofSettingsResponse", &oof_set_response_type,
		      &refused);
}

static void
clients_spell_times_in_many_ways(void **state)
{
	static const struct {
		const char *file, *start, *end;
		bool unzoned;
	} rows[] = {
		/* clang-format off */
		{ "vectors/oof-set.req.scheduled-utc.xml",          "2099-03-01T08:00:00Z", "2099-03-08T17:00:00Z", false },
		{ "vectors/oof-set.req.scheduled-offset.xml",       "2099-03-01T08:00:00Z", "2099-03-08T17:00:00Z", false },
		{ "vectors/oof-set.req.scheduled-short-offset.xml", "2099-03-01T08:00:00Z", "2099-03-08T17:00:00Z", false },
		{ "vectors/oof-set.req.scheduled-unzoned.xml",      "2099-03-01T08:00:00Z", "2099-03-08T17:00:00Z", true },
		{ "vectors/oof-set.req.enabled-stale-duration.xml", "2001-01-01T00:00:00Z", "2001-01-01T00:00:00Z", false },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct oof_set_request r = set_read(op, rows[i].file);
		const struct oof_duration *d = r.settings.duration;

		CHECK_ROW(rows[i].file,
			  unit_same(clock_xml(op, d->start), rows[i].start));
		CHECK_ROW(rows[i].file,
			  unit_same(clock_xml(op, d->end), rows[i].end));
		CHECK_ROW(rows[i].file, d->start_unzoned == rows[i].unzoned);
		CHECK_ROW(rows[i].file, d->end_unzoned == rows[i].unzoned);
	}
}

static void
what_later_schemas_add_is_passed_over(void **state)
{
	struct oof_set_request r =
		set_read(*state, "vectors/oof-set.req.2016-extras.xml");

	assert_int_equal(r.settings.state, OOF_ENABLED);
	assert_string_equal(r.settings.internal->lang, "en-US");
	assert_string_equal(
		r.settings.internal->message,
		"<html><body><p>Away, ask Grace.</p></body></html>");
}

static void
an_empty_reply_is_there_without_a_message(void **state)
{
	struct oof_set_request r = set_read(
		*state, "vectors/oof-set.req.disabled-empty-replies.xml");

	assert_non_null(r.settings.internal);
	assert_null(r.settings.internal->message);
	r = set_read(*state, "vectors/oof-set.req.no-replies.xml");
	assert_null(r.settings.internal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(example_4_1_asks_for_a_mailbox),
		UNIT_TEST(example_4_3_sets_two_replies),
		UNIT_TEST(examples_4_2_4_4_and_4_5_are_written),
		UNIT_TEST(clients_spell_times_in_many_ways),
		UNIT_TEST(what_later_schemas_add_is_passed_over),
		UNIT_TEST(an_empty_reply_is_there_without_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
