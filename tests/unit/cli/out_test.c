/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "cli/out.h"

#include <fcntl.h>
#include <locale.h>
#include <unistd.h>

static const struct out_column columns[] = {
	{ "name", "NAME" },
	{ "inner.value", "VALUE" },
	{ "on", "ON" },
	{ NULL, NULL },
};

static json_t *
row(const char *name, json_t *value, bool on)
{
	return json_pack("{s:o,s:{s:o},s:b}", "name", out_text(name), "inner",
			 "value", value, "on", on);
}

/* What out writes, in memory. */
struct written {
	FILE *stream;
	char *text;
	size_t n;
};

static struct out *
begin(struct written *w, enum out_form form)
{
	w->stream = open_memstream(&w->text, &w->n);
	assert_non_null(w->stream);
	return out_open(w->stream, form);
}

static void
end(struct op *op, struct written *w, struct out *out, const char *wanted)
{
	assert_int_equal(out_close(out, op), OK);
	assert_int_equal(fclose(w->stream), 0);
	assert_string_equal(w->text, wanted);
	free(w->text);
}

static void
a_list_has_three_forms(void **state)
{
	static const struct {
		enum out_form form;
		const char *wanted;
	} rows[] = {
		{ OUT_TABLE, "NAME   VALUE  ON\n"
			     "Ada    12     yes\n"
			     "Émile  -      no\n" },
		{ OUT_TABS, "Ada\t12\tyes\n"
			    "Émile\t\tno\n" },
		{ OUT_JSON,
		  "[\n"
		  "{\"name\":\"Ada\",\"inner\":{\"value\":12},\"on\":true},\n"
		  "{\"name\":\"Émile\",\"inner\":{\"value\":null},\"on\":false}"
		  "\n]\n" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct written w;
		struct out *out = begin(&w, rows[i].form);

		out_list(out, columns);
		out_row(out, row("Ada", json_integer(12), true));
		out_row(out, row("Émile", json_null(), false));
		end(*state, &w, out, rows[i].wanted);
	}
}

static void
an_empty_list_is_an_empty_array(void **state)
{
	static const char *const wanted[] = {
		[OUT_TABLE] = "",
		[OUT_TABS] = "",
		[OUT_JSON] = "[]\n",
	};

	for (unsigned form = OUT_TABLE; form <= OUT_JSON; form++) {
		struct written w;
		struct out *out = begin(&w, form);

		out_list(out, columns);
		end(*state, &w, out, wanted[form]);
	}
}

static void
an_object_has_three_forms(void **state)
{
	static const char *const wanted[] = {
		[OUT_TABLE] = "NAME   Ada\n"
			      "VALUE  1, 2\n"
			      "ON     yes\n",
		[OUT_TABS] = "name\tAda\n"
			     "inner.value\t1, 2\n"
			     "on\tyes\n",
		[OUT_JSON] = "{\n"
			     "  \"name\": \"Ada\",\n"
			     "  \"inner\": {\n"
			     "    \"value\": [\n"
			     "      1,\n"
			     "      2\n"
			     "    ]\n"
			     "  },\n"
			     "  \"on\": true\n"
			     "}\n",
	};

	for (unsigned form = OUT_TABLE; form <= OUT_JSON; form++) {
		struct written w;
		struct out *out = begin(&w, form);

		out_object(out, columns,
			   row("Ada", json_pack("[i,i]", 1, 2), true));
		end(*state, &w, out, wanted[form]);
	}
}

static void
notes_are_for_people_only(void **state)
{
	static const char *const wanted[] = {
		[OUT_TABLE] = "2 more\n",
		[OUT_TABS] = "",
		[OUT_JSON] = "",
	};

	for (unsigned form = OUT_TABLE; form <= OUT_JSON; form++) {
		struct written w;
		struct out *out = begin(&w, form);

		out_note(out, "%d more", 2);
		end(*state, &w, out, wanted[form]);
	}
}

static void
a_document_is_json_in_every_form(void **state)
{
	for (unsigned form = OUT_TABLE; form <= OUT_JSON; form++) {
		struct written w;
		struct out *out = begin(&w, form);

		out_json(out, json_pack("{s:i}", "a", 1));
		end(*state, &w, out, "{\n  \"a\": 1\n}\n");
	}
}

static void
a_cell_holds_nothing_that_a_terminal_obeys(void **state)
{
	static const struct {
		const char *text, *table, *tabs;
	} rows[] = {
		/* clang-format off */
		{ "plain", "plain", "plain" },
		{ "", "", "" },
		{ "a\tb", "a\\x09b", "a\\tb" },
		{ "a\nb\r", "a\\nb\\x0d", "a\\nb\\r" },
		{ "a\\n", "a\\n", "a\\\\n" },
		{ "\x1b[2J", "\\x1b[2J", "\x1b[2J" },
		{ "\x7f", "\\x7f", "\x7f" },
		{ "\xc2\x9b", "\\x9b", "\xc2\x9b" },                 /* CSI of 8 bits */
		{ "\xe2\x80\xae" "abc", "\\u202eabc", "\xe2\x80\xae" "abc" }, /* turns around */
		{ "\xe2\x81\xa6", "\\u2066", "\xe2\x81\xa6" },
		{ "Zoë 山田", "Zoë 山田", "Zoë 山田" },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *table = out_cell(OUT_TABLE, rows[i].text);
		char *tabs = out_cell(OUT_TABS, rows[i].text);

		CHECK_ROW(rows[i].text, unit_same(table, rows[i].table));
		CHECK_ROW(rows[i].text, unit_same(tabs, rows[i].tabs));
		free(table);
		free(tabs);
	}
}

static void
a_width_is_what_a_terminal_takes(void **state)
{
	static const struct {
		const char *text;
		size_t width;
	} rows[] = {
		{ "", 0 },
		{ "abc", 3 },
		{ "Zoë", 3 },
		{ "Zoe\xcc\x88", 3 }, /* a combining mark takes none */
		{ "山田", 4 },        /* wide letters take two */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].text,
			  out_width(rows[i].text) == rows[i].width);
}

/* The first rows decide how wide a column is: memory stays bounded. */
static void
a_long_table_is_written_in_pieces(void **state)
{
	static const struct out_column two[] = { { "a", "A" },
						 { "b", "B" },
						 { NULL, NULL } };
	struct op *op = *state;
	struct written w;
	struct out *out = begin(&w, OUT_TABLE);
	size_t lines = 0;

	out_list(out, two);
	for (int i = 0; i < 1200; i++)
		out_row(out, json_pack("{s:i,s:i}", "a", i, "b", i));
	assert_int_equal(out_close(out, op), OK);
	assert_int_equal(fclose(w.stream), 0);
	for (const char *p = w.text; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, 1201);
	assert_non_null(strstr(w.text, "A    B\n0    0\n"));
	assert_non_null(strstr(w.text, "\n499  499\n500  500\n"));
	assert_non_null(strstr(w.text, "\n1199  1199\n"));
	free(w.text);
}

static void
a_write_that_fails_is_told(void **state)
{
	struct op *op = *state;

	for (unsigned form = OUT_TABLE; form <= OUT_JSON; form++) {
		FILE *full = fopen("/dev/full", "w");
		struct out *out = out_open(full, form);

		assert_non_null(full);
		out_list(out, columns);
		for (int i = 0; i < 1000; i++)
			out_row(out, row("Ada", json_integer(i), true));
		assert_int_equal(out_close(out, op), ERR_DOWN);
		assert_string_equal(op->reason,
				    "standard output: No space left on device");
		(void)fclose(full);
	}
}

static void
a_text_that_is_no_utf8_is_null(void **state)
{
	json_t *value = out_text("\xff");

	(void)state;
	assert_true(json_is_null(value));
	json_decref(value);
	value = out_text(NULL);
	assert_true(json_is_null(value));
	json_decref(value);
}

static int
letters(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") == NULL ? -1 : 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_list_has_three_forms),
		UNIT_TEST(an_empty_list_is_an_empty_array),
		UNIT_TEST(an_object_has_three_forms),
		UNIT_TEST(notes_are_for_people_only),
		UNIT_TEST(a_document_is_json_in_every_form),
		UNIT_TEST(a_cell_holds_nothing_that_a_terminal_obeys),
		UNIT_TEST(a_width_is_what_a_terminal_takes),
		UNIT_TEST(a_long_table_is_written_in_pieces),
		UNIT_TEST(a_write_that_fails_is_told),
		UNIT_TEST(a_text_that_is_no_utf8_is_null),
	};

	return cmocka_run_group_tests(tests, letters, NULL);
}
