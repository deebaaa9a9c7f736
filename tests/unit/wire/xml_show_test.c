/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "wire/xml_show.h"

#include <string.h>

static const char *
show(struct op *op, const char *in, size_t most)
{
	struct buf buf;

	buf_init(&buf, op, 64, 64 * KIB);
	xml_show(&buf, bytes_of(in), "> ", most);
	return buf_text(&buf);
}

static void
an_element_has_its_line(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		/* clang-format off */
		{ "", "" },
		{ "<a/>", "> <a/>\n" },
		{ "<a>x</a>", "> <a>x</a>\n" },
		{ "<a></a>", "> <a></a>\n" },
		{ "<a><b>x</b><c/></a>", "> <a>\n>   <b>x</b>\n>   <c/>\n> </a>\n" },
		{ "<?xml version=\"1.0\"?>\r\n<a>\n\t<b/>\n</a>\n", "> <?xml version=\"1.0\"?>\n> <a>\n>   <b/>\n> </a>\n" },
		{ "<a><!-- <b> --><c/></a>", "> <a>\n>   <!-- <b> -->\n>   <c/>\n> </a>\n" },
		{ "<a>one<b/>two</a>", "> <a>one\n>   <b/>\n>   two</a>\n" },
		{ "<a>1\n2</a>", "> <a>1\n> 2</a>\n" },
		/* what is not right comes out all the same */
		{ "</a></b>", "> </a>\n> </b>\n" },
		{ "<a", "> <a\n" },
		{ "plain {\"a\": 1}", "> plain {\"a\": 1}\n" },
		{ "<a>\x1b[31m\x7f</a>", "> <a>[31m</a>\n" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *out = show(op, rows[i].in, 64 * KIB);

		if (strcmp(out, rows[i].out) != 0)
			print_error("%s\n", out);
		CHECK_ROW(rows[i].in, strcmp(out, rows[i].out) == 0);
	}
}

static void
what_is_long_is_cut(void **state)
{
	static char text[XML_SHOW_TEXT_MAX + 64];
	struct op *op = *state;
	const char *out;

	memset(text, 'x', XML_SHOW_TEXT_MAX);
	out = show(op, op_print(op, "<a>%s</a>", text), 64 * KIB);
	assert_null(strstr(out, "more bytes"));
	text[XML_SHOW_TEXT_MAX] = 'x';
	out = show(op, op_print(op, "<a>%s</a>", text), 64 * KIB);
	assert_non_null(strstr(out, "x... (1 more bytes)</a>"));
	out = show(op, "<a><b/><b/><b/></a>", 10);
	assert_string_equal(out, "> <a>\n>   <b/>\n> ... (12 more bytes)\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(an_element_has_its_line),
		UNIT_TEST(what_is_long_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
