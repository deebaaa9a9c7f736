/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, arguments, and what is told: nothing here asks a server. */
#include "unit.h"

#include "client/client.h"
#include "client/verdict.h"

#define URL "https://localhost/EWS/Exchange.asmx"

static struct ewsc_options
options(void)
{
	return (struct ewsc_options){ .size = sizeof(struct ewsc_options) };
}

/* Opens with one member changed: by name, so that a row says which. */
static enum ewsc_result
open_with(const char *name, const char *text, struct ewsc **out)
{
	struct ewsc_options o = options();
	const char *rows[] = { text, NULL };

	o.password = strcmp(name, "user") == 0 ? "pw" : NULL;
	o.url = strcmp(name, "url") == 0 ? text : NULL;
	o.user = strcmp(name, "user") == 0 ? text : NULL;
	o.token = strcmp(name, "token") == 0 ? text : NULL;
	o.act_as = strcmp(name, "act_as") == 0 ? text : NULL;
	o.connect_to = strcmp(name, "connect_to") == 0 ? rows : NULL;
	return ewsc_open(&o, out);
}

static void
what_options_may_hold(void **state)
{
	static const struct {
		const char *name, *text;
		enum ewsc_result result;
	} rows[] = {
		{ "url", URL, EWSC_OK },
		{ "url", "http://localhost/", EWSC_INVALID },
		{ "url", "", EWSC_INVALID },
		{ "user", "EXAMPLE\\ada", EWSC_OK },
		{ "user", "a:b", EWSC_INVALID },
		{ "user", "a\nb", EWSC_INVALID },
		{ "user", "a\xFF", EWSC_INVALID },
		{ "token", "abc.def-_~+/=", EWSC_OK },
		{ "token", "abc def", EWSC_INVALID },
		{ "token", "", EWSC_INVALID },
		{ "act_as", "ada@example.com", EWSC_OK },
		{ "act_as", "ada", EWSC_INVALID },
		{ "connect_to", "a:1:b:2", EWSC_OK },
		{ "connect_to", "a\r\nb", EWSC_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ewsc *c = NULL;

		CHECK_ROW(rows[i].text, open_with(rows[i].name, rows[i].text,
						  &c) == rows[i].result);
		CHECK_ROW(rows[i].text, (ewsc_error(c)->text == NULL) ==
						(rows[i].result == EWSC_OK));
		ewsc_close(c);
	}
}

static void
a_text_has_at_most_its_limit(void **state)
{
	char *text = malloc(CLIENT_OPTION_MAX + 2);
	struct ewsc *c;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', CLIENT_OPTION_MAX + 1);
	text[CLIENT_OPTION_MAX] = '\0';
	assert_int_equal(open_with("token", text, &c), EWSC_OK);
	ewsc_close(c);
	text[CLIENT_OPTION_MAX] = 'x';
	text[CLIENT_OPTION_MAX + 1] = '\0';
	assert_int_equal(open_with("token", text, &c), EWSC_INVALID);
	ewsc_close(c);
	free(text);
}

static void
there_is_one_login(void **state)
{
	struct ewsc_options o = options();
	struct ewsc *c;

	(void)state;
	o.user = "ada";
	assert_int_equal(ewsc_open(&o, &c), EWSC_INVALID);
	ewsc_close(c);
	o.password = "pw";
	assert_int_equal(ewsc_open(&o, &c), EWSC_OK);
	ewsc_close(c);
	o.negotiate = 1;
	assert_int_equal(ewsc_open(&o, &c), EWSC_INVALID);
	ewsc_close(c);
}

static void
rows_to_connect_to_have_a_limit(void **state)
{
	const char *rows[CLIENT_CONNECT_TO_MAX + 2] = { NULL };
	struct ewsc_options o = options();
	struct ewsc *c;

	(void)state;
	for (size_t i = 0; i < CLIENT_CONNECT_TO_MAX; i++)
		rows[i] = "a:1:b:2";
	o.connect_to = rows;
	assert_int_equal(ewsc_open(&o, &c), EWSC_OK);
	ewsc_close(c);
	rows[CLIENT_CONNECT_TO_MAX] = "a:1:b:2";
	assert_int_equal(ewsc_open(&o, &c), EWSC_INVALID);
	ewsc_close(c);
}

static void
options_of_another_version_are_refused(void **state)
{
	struct ewsc_options o = options();
	struct ewsc *c;

	(void)state;
	o.size--;
	assert_int_equal(ewsc_open(&o, &c), EWSC_INVALID);
	ewsc_close(c);
	ewsc_close(NULL);
}

static void
every_result_has_a_name(void **state)
{
	(void)state;
	for (int i = 0; i <= EWSC_NO_EWS; i++)
		assert_non_null(ewsc_result_name((enum ewsc_result)i));
	assert_string_equal(ewsc_result_name((enum ewsc_result)1000), "?");
}

/* ---- arguments ---- */

static struct ewsc *
opened(void)
{
	struct ewsc_options o = options();
	struct ewsc *c;

	o.url = URL;
	assert_int_equal(ewsc_open(&o, &c), EWSC_OK);
	return c;
}

static void
what_may_be_set(void **state)
{
	static const struct {
		const char *what;
		struct ewsc_oof oof;
	} rows[] = {
		{ "no state", { .audience = EWSC_ALL } },
		{ "no audience", { .state = EWSC_ENABLED } },
		{ "a state beyond",
		  { .state = (enum ewsc_state)4, .audience = EWSC_ALL } },
		{ "a schedule without times",
		  { .state = EWSC_SCHEDULED, .audience = EWSC_ALL } },
		{ "an end before the start",
		  { .state = EWSC_SCHEDULED,
		    .audience = EWSC_ALL,
		    .has_duration = 1,
		    .start = 2,
		    .end = 2 } },
		{ "a year beyond 9999",
		  { .state = EWSC_ENABLED,
		    .audience = EWSC_ALL,
		    .has_duration = 1,
		    .end = INT64_MAX } },
		{ "a control character",
		  { .state = EWSC_ENABLED,
		    .audience = EWSC_ALL,
		    .internal = { "a\001b", NULL } } },
		{ "no language",
		  { .state = EWSC_ENABLED,
		    .audience = EWSC_ALL,
		    .external = { "a", "d e" } } },
	};
	struct ewsc *c = opened();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].what,
			  ewsc_oof_set(c, "ada@example.com", &rows[i].oof) ==
				  EWSC_INVALID);
		CHECK_ROW(rows[i].what, ewsc_error(c)->http_status == 0);
	}
	ewsc_close(c);
}

static void
a_reply_has_at_most_its_limit(void **state)
{
	struct ewsc_oof oof = { .state = EWSC_ENABLED, .audience = EWSC_ALL };
	struct ewsc_options o = options();
	char *text = calloc(1, 128000 + 2);
	struct ewsc *c;

	(void)state;
	assert_non_null(text);
	o.url = "https://127.0.0.1:1/"; /* where nobody is */
	assert_int_equal(ewsc_open(&o, &c), EWSC_OK);
	memset(text, 'x', 128000);
	oof.internal.text = text;
	assert_int_equal(ewsc_oof_set(c, "ada@example.com", &oof),
			 EWSC_UNREACHABLE);
	text[128000] = 'x';
	assert_int_equal(ewsc_oof_set(c, "ada@example.com", &oof),
			 EWSC_INVALID);
	ewsc_close(c);
	free(text);
}

static void
a_photo_has_nine_edges(void **state)
{
	static const unsigned edges[] = { 1, 47, 49, 128, 649, 1024 };
	const struct ewsc_photo *photo;
	struct ewsc *c = opened();

	(void)state;
	for (size_t i = 0; i < COUNT(edges); i++) {
		const struct ewsc_photo_query q = {
			.address = "ada@example.com",
			.edge = edges[i],
		};

		assert_int_equal(ewsc_photo_get(c, &q, &photo), EWSC_INVALID);
		assert_null(photo);
	}
	ewsc_close(c);
}

static void
an_address_is_checked_before_all(void **state)
{
	static const char *const rows[] = { "", "ada", "a b@example.com",
					    "ada@", NULL };
	const struct ewsc_service *service;
	const struct ewsc_oof *oof;
	struct ewsc *c = opened();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(ewsc_oof_get(c, rows[i], &oof), EWSC_INVALID);
		assert_null(oof);
		assert_int_equal(ewsc_discover(c, rows[i], &service),
				 EWSC_INVALID);
		assert_int_equal(ewsc_photo_set(c, rows[i], "x", 1),
				 EWSC_INVALID);
	}
	assert_int_equal(ewsc_photo_set(c, "ada@example.com", "", 0),
			 EWSC_INVALID);
	ewsc_close(c);
}

/* ---- what is told ---- */

static void
a_servers_words_are_made_harmless(void **state)
{
	static const struct {
		const char *in;
		size_t n;
		const char *out;
	} rows[] = {
		{ "plain", 5, "plain" },
		{ " a\r\n\tb\x1b[31m ", 12, "a   b [31m" },
		{ "Gr\xFC\xDF", 4, "Gr\xC3\xBC\xC3\x9F" },
		{ "a\0b", 3, "(bytes that are no text)" },
		{ "", 0, "" },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].out,
			  unit_same(client_said(op, rows[i].in, rows[i].n),
				    rows[i].out));
}

static void
a_servers_words_are_cut_between_characters(void **state)
{
	char text[CLIENT_SAID_MAX + 2];

	memset(text, 'x', sizeof(text));
	memcpy(text + CLIENT_SAID_MAX - 1, "\xC3\xA4", 2);
	text[CLIENT_SAID_MAX + 1] = '\0';
	assert_int_equal(strlen(client_said(*state, text, CLIENT_SAID_MAX + 1)),
			 CLIENT_SAID_MAX - 1);
}

static void
the_first_failure_is_the_one_that_is_told(void **state)
{
	struct ewsc *c = opened();

	(void)state;
	client_begin(c);
	assert_int_equal(client_fail(c, EWSC_BUSY, "wait", "one"), ERR_DOWN);
	assert_int_equal(client_fail(c, EWSC_LOGIN, NULL, "two"), ERR_DOWN);
	assert_int_equal(client_end(c, ERR_DOWN), EWSC_BUSY);
	assert_string_equal(ewsc_error(c)->text, "one");
	assert_string_equal(ewsc_error(c)->advice, "wait");
	client_begin(c);
	assert_int_equal(client_end(c, ERR_INTERNAL), EWSC_FAILED);
	assert_non_null(ewsc_error(c)->text);
	ewsc_close(c);
}

/* Every status has a meaning, and one that may have happened is never told as
 * one that did not. */
static void
every_status_means_something(void **state)
{
	struct ewsc *c = opened();

	(void)state;
	for (int status = 100; status <= 999; status++) {
		const struct answer answer = { .status = status };

		client_begin(c);
		assert_int_not_equal(verdict_status(c, URL, &answer, false),
				     OK);
		assert_int_not_equal(ewsc_error(c)->result, EWSC_OK);
	}
	client_begin(c);
	assert_int_equal(
		verdict_status(c, URL, &(struct answer){ .status = 504 }, true),
		ERR_UNKNOWN);
	ewsc_close(c);
}

static void
codes_mean_something_else_for_a_set(void **state)
{
	static const struct {
		const char *code;
		enum ewsc_result read, write;
	} rows[] = {
		{ "ErrorAccessDenied", EWSC_DENIED, EWSC_DENIED },
		{ "ErrorServerBusy", EWSC_BUSY, EWSC_BUSY },
		{ "ErrorInternalServerTransientError", EWSC_BUSY,
		  EWSC_UNKNOWN },
		{ "ErrorTimeoutExpired", EWSC_BUSY, EWSC_UNKNOWN },
		{ "ErrorOfTheFuture", EWSC_FAILED, EWSC_FAILED },
		{ NULL, EWSC_FAILED, EWSC_FAILED },
	};
	struct ewsc *c = opened();

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		bool write = i % 2 != 0;
		const char *code = rows[i / 2].code;
		const struct verdict said = { .code = code, .write = write };

		client_begin(c);
		(void)verdict_code(c, URL, &said);
		CHECK_ROW(code == NULL ? "none" : code,
			  ewsc_error(c)->result == (write ? rows[i / 2].write
							  : rows[i / 2].read));
		CHECK_ROW(code == NULL ? "none" : code,
			  unit_same(ewsc_error(c)->code, code));
	}
	ewsc_close(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(what_options_may_hold),
		UNIT_TEST(a_text_has_at_most_its_limit),
		UNIT_TEST(there_is_one_login),
		UNIT_TEST(rows_to_connect_to_have_a_limit),
		UNIT_TEST(options_of_another_version_are_refused),
		UNIT_TEST(every_result_has_a_name),
		UNIT_TEST(what_may_be_set),
		UNIT_TEST(a_reply_has_at_most_its_limit),
		UNIT_TEST(a_photo_has_nine_edges),
		UNIT_TEST(an_address_is_checked_before_all),
		UNIT_TEST(a_servers_words_are_made_harmless),
		UNIT_TEST(a_servers_words_are_cut_between_characters),
		UNIT_TEST(the_first_failure_is_the_one_that_is_told),
		UNIT_TEST(every_status_means_something),
		UNIT_TEST(codes_mean_something_else_for_a_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
