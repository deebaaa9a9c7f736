/* SPDX-License-Identifier: Apache-2.0 */
/* What the dialects ask, and what they read: with the golden messages. */
#include "message.h"

#include "client/finder.h"

#define EWS "https://mail.frontdesk.example/EWS/Exchange.asmx"

static struct ewsc *
opened(void)
{
	struct ewsc_options o = { .size = sizeof(o) };
	struct ewsc *c;

	assert_int_equal(ewsc_open(&o, &c), EWSC_OK);
	return c;
}

static const struct {
	const char *file;
	const struct finder_dialect *dialect;
	int status;
	enum ewsc_result result;
	const char *ews_url; /* NULL: none is found */
} rows[] = {
	{ "vectors/autodiscover-soap.resp.photos.xml", &finder_soap, 200,
	  EWSC_OK, EWS },
	{ "vectors/autodiscover-soap.resp.invalid-user.xml", &finder_soap, 200,
	  EWSC_NOT_FOUND, NULL },
	{ "vectors/autodiscover-pox.resp.xml", &finder_pox, 200, EWSC_OK, EWS },
	{ "vectors/autodiscover-pox.resp.error.xml", &finder_pox, 200,
	  EWSC_NO_SERVICE, NULL },
	{ "vectors/autodiscover-v2.resp.ews.json", &finder_json, 200, EWSC_OK,
	  EWS },
	{ "vectors/autodiscover-v2.resp.bad-protocol.json", &finder_json, 400,
	  EWSC_NO_SERVICE, NULL },
	/* the answer of another dialect, or of none */
	{ "vectors/autodiscover-pox.resp.xml", &finder_soap, 200, EWSC_NO_EWS,
	  NULL },
	{ "vectors/autodiscover-soap.resp.photos.xml", &finder_pox, 200,
	  EWSC_NO_EWS, NULL },
	{ "vectors/oof-get.resp.scheduled.xml", &finder_soap, 200, EWSC_NO_EWS,
	  NULL },
	{ "vectors/autodiscover-pox.resp.xml", &finder_json, 200, EWSC_NO_EWS,
	  NULL },
	{ "vectors/autodiscover-pox.resp.xml", &finder_pox, 503, EWSC_BUSY,
	  NULL },
};

static void
golden_answers_are_read(void **state)
{
	struct ewsc *c = opened();

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct answer answer = {
			.status = rows[i].status,
			.body = message_file(*state, rows[i].file),
		};
		struct finder_answer out = { 0 };

		client_begin(c);
		(void)rows[i].dialect->read(c, "https://x/", &answer, &out);
		CHECK_ROW(rows[i].file,
			  ewsc_error(c)->result == rows[i].result);
		CHECK_ROW(rows[i].file,
			  rows[i].result != EWSC_OK ||
				  unit_same(out.ews_url, rows[i].ews_url));
	}
	ewsc_close(c);
}

/* Whatever is cut off an answer, it is read or refused, and no more. */
static void
an_answer_that_is_cut_is_refused(void **state)
{
	struct op *op = *state;
	struct ewsc *c = opened();

	for (size_t i = 0; i < 6; i++) {
		struct bytes whole = message_file(op, rows[i].file);

		while (whole.n > 0 && whole.p[whole.n - 1] == '\n')
			whole.n--;
		for (size_t n = 0; n < whole.n; n++) {
			const struct answer answer = {
				.status = 200,
				.body = { whole.p, n },
			};
			struct finder_answer out = { 0 };

			client_begin(c);
			CHECK_ROW(rows[i].file,
				  rows[i].dialect->read(c, "https://x/",
							&answer, &out) != OK);
		}
	}
	ewsc_close(c);
}

static void
an_address_is_asked_for_to_the_letter(void **state)
{
	static const char address[] = "o'b<&>\"r@example.com";
	struct op *op = *state;
	const struct xml_node *soap, *pox;

	soap = message_tree(
		op, bytes_of(finder_soap.ask(op, "https://x/?a&b", address)));
	pox = message_tree(op,
			   bytes_of(finder_pox.ask(op, "https://x/", address)));
	assert_string_equal(pox->first->first->text, address);
	assert_string_equal(message_text(soap, "wsa:To"), "https://x/?a&b");
	assert_non_null(
		strstr(finder_soap.ask(op, "", address), "o'b&lt;&amp;&gt;"));
	assert_string_equal(finder_json.ask(op, "https://x/j", address),
			    "https://x/j?Email=o%27b%3C%26%3E%22r@example.com&"
			    "Protocol=EWS");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(golden_answers_are_read),
		UNIT_TEST(an_answer_that_is_cut_is_refused),
		UNIT_TEST(an_address_is_asked_for_to_the_letter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
