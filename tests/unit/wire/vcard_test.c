/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/buf.h"
#include "wire/vcard.h"

/* What was read, in lines: "LINE name <address>...", "!LINE why". */
static const char *
shown(struct op *op, const struct vcard_list *list)
{
	struct buf buf;

	buf_init(&buf, op, 0, MIB);
	for (size_t i = 0; i < list->n; i++) {
		const struct vcard *c = &list->card[i];

		buf_printf(&buf, "%u %s", c->line, c->name);
		for (size_t k = 0; k < c->n; k++)
			buf_printf(&buf, " <%s>", c->email[k].address);
		buf_putc(&buf, '\n');
	}
	for (size_t i = 0; i < list->fault_n && i < VCARD_FAULTS_MAX; i++)
		buf_printf(&buf, "!%u %s\n", list->fault[i].line,
			   list->fault[i].why);
	return buf_text(&buf);
}

static const char *
read_text(struct op *op, const char *text)
{
	struct vcard_list list;

	if (vcard_read(op, bytes_of(text), &list) != OK)
		return op->reason;
	return shown(op, &list);
}

#define V3(lines) "BEGIN:VCARD\r\nVERSION:3.0\r\n" lines "END:VCARD\r\n"
#define V4(lines) "BEGIN:VCARD\nVERSION:4.0\n" lines "END:VCARD\n"
#define V2(lines) "BEGIN:VCARD\r\nVERSION:2.1\r\n" lines "END:VCARD\r\n"

static void
cards_of_all_versions_are_read(void **state)
{
	static const struct {
		const char *name, *text, *wanted;
	} rows[] = {
		/* clang-format off */
		{ "one", V3("FN:Ada Lovelace\r\nEMAIL;TYPE=INTERNET:ada@x.org\r\n"),
		  "1 Ada Lovelace <ada@x.org>\n" },
		{ "several addresses", V3("FN:A\r\nEMAIL:a@x.org\r\nTEL:1\r\nEMAIL;TYPE=home,pref:b@x.org\r\n"),
		  "1 A <a@x.org> <b@x.org>\n" },
		{ "several cards", V3("FN:A\r\nEMAIL:a@x.org\r\n") V4("FN:B\nEMAIL:b@x.org\n"),
		  "1 A <a@x.org>\n6 B <b@x.org>\n" },
		{ "no address", V3("FN:A\r\n"), "1 A\n" },
		{ "an empty address", V3("FN:A\r\nEMAIL:\r\nEMAIL: \r\n"), "1 A\n" },
		{ "any case", "begin:vcard\nversion:4.0\nfn:A\nEmail:a@x.org\nend:VCard\n", "1 A <a@x.org>\n" },
		{ "a byte order mark", "\xef\xbb\xbf" V4("FN:A\nEMAIL:a@x.org\n"), "1 A <a@x.org>\n" },
		{ "no last line end", "BEGIN:VCARD\nVERSION:4.0\nEMAIL:a@x.org\nEND:VCARD", "1  <a@x.org>\n" },
		{ "empty lines", "\n\n" V4("\nFN:A\n\nEMAIL:a@x.org\n"), "3 A <a@x.org>\n" },
		{ "other text around", "hello\n" V4("EMAIL:a@x.org\n") "bye: bye\n", "2  <a@x.org>\n" },

		{ "folded, CRLF", V3("FN:Ada\r\n  Love\r\n\tlace\r\nEMAIL:a\r\n @x.o\r\n rg\r\n"),
		  "1 Ada Lovelace <a@x.org>\n" },
		{ "folded, LF", V4("FN:Ada\n  L\nEMAIL:a@\n x.org\n"), "1 Ada L <a@x.org>\n" },
		{ "folded within a letter", V4("FN:M\xc3\n \xbcller\n"), "1 M\xc3\xbcller\n" },
		{ "folded name of a property", V4("EMA\n IL:a@x.org\n"), "1  <a@x.org>\n" },

		{ "a group", V3("item1.EMAIL;type=pref:a@x.org\r\nitem1.X-ABLabel:work\r\n"), "1  <a@x.org>\n" },
		{ "a colon in quotes", V4("EMAIL;X=\"a:b;c\";TYPE=\"w\":a@x.org\n"), "1  <a@x.org>\n" },
		{ "a quote that stays open", V4("EMAIL;X=\"a:a@x.org\n"),
		  "!3 a line without a name and a colon\n" },
		{ "mailto:", V4("EMAIL;VALUE=uri:mailto:a@x.org\n"), "1  <a@x.org>\n" },
		{ "MAILTO: with escapes and a subject", V4("EMAIL:MAILTO:a%2Bb%40x.org?subject=c\n"), "1  <a+b@x.org>\n" },
		{ "mailto: with a broken escape", V4("EMAIL:mailto:a%4@x.org\n"), "1  <a%4@x.org>\n" },
		{ "mailto: with no UTF-8", V4("EMAIL:mailto:a%ff@x.org\n"), "1 \n!3 an address that is no UTF-8 text\n" },
		{ "mailto: with a NUL", V4("EMAIL:mailto:a%00@x.org\n"), "1 \n!3 an address that is no UTF-8 text\n" },

		{ "escapes", V4("FN:Lovelace\\, Ada\\; a\\\\b\\nc\\Nd\n"), "1 Lovelace, Ada; a\\b c d\n" },
		{ "a last backslash", V4("FN:Ada\\\n"), "1 Ada\\\n" },
		{ "N alone", V3("N:Lovelace;Ada;King;Dr.;\r\n"), "1 Ada Lovelace\n" },
		{ "N of one part", V3("N:Lovelace\r\n"), "1 Lovelace\n" },
		{ "N with an escaped ;", V3("N:Love\\;lace;Ada\r\n"), "1 Ada Love;lace\n" },
		{ "FN before N", V3("N:L;A\r\nFN:Countess\r\n"), "1 Countess\n" },
		{ "FN is empty", V3("N:L;A\r\nFN:\r\n"), "1 A L\n" },
		{ "the first FN", V4("FN:One\nFN:Two\n"), "1 One\n" },
		{ "a control character", V4("FN:A\001B\n"), "1 A B\n" },

		{ "2.1, quoted-printable", V2("N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=\r\n=B6rg\r\nEMAIL;INTERNET:a@x.org\r\n"),
		  "1 J\xc3\xb6rg M\xc3\xbcller <a@x.org>\n" },
		{ "2.1, the encoding alone", V2("FN;QUOTED-PRINTABLE:a=3Db\r\n"), "1 a=b\n" },
		{ "2.1, a broken escape", V2("FN;QUOTED-PRINTABLE:a=3\r\n"), "1 a=3\n" },
		{ "2.1, ISO 8859-1", V2("FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:J=F6rg\r\n"), "1 J\xc3\xb6rg\n" },
		{ "2.1, a picture without folds", V2("PHOTO;ENCODING=BASE64:AAAA\r\nBBBB\r\nCC==\r\n\r\nEMAIL:a@x.org\r\n"),
		  "1  <a@x.org>\n" },
		{ "2.1, an agent", V2("EMAIL:a@x.org\r\nAGENT:\r\nBEGIN:VCARD\r\nFN:Agent\r\nEMAIL:m@x.org\r\nEND:VCARD\r\nFN:A\r\n"),
		  "1 A <a@x.org>\n" },
		{ "a name in an unknown character set", V3("FN:J\xf6rg\r\nEMAIL:a@x.org\r\n"), "1 J\xc3\xb6rg <a@x.org>\n" },
		{ "an address in one", V3("EMAIL:j\xf6rg@x.org\r\nEMAIL:a@x.org\r\n"), "1  <a@x.org>\n!3 an address that is no UTF-8 text\n" },
		{ "an address in base64", V3("EMAIL;ENCODING=b:YUB4Lm9yZw==\r\n"), "1 \n!3 an address that is no UTF-8 text\n" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = read_text(*state, rows[i].text);

		if (strcmp(got, rows[i].wanted) != 0)
			print_error("got:\n%s", got);
		CHECK_ROW(rows[i].name, strcmp(got, rows[i].wanted) == 0);
	}
}

static void
a_broken_card_is_told_and_the_others_are_read(void **state)
{
	static const struct {
		const char *name, *text, *wanted;
	} rows[] = {
		/* clang-format off */
		{ "no end, then another", "BEGIN:VCARD\nVERSION:4.0\nEMAIL:x@x.org\n" V4("EMAIL:a@x.org\n"),
		  "4  <a@x.org>\n!1 the card has no end\n" },
		{ "cut short", V4("EMAIL:a@x.org\n") "BEGIN:VCARD\nEMAIL:x@x.org\n",
		  "1  <a@x.org>\n!5 the card has no end\n" },
		{ "an end alone", "END:VCARD\n" V4("EMAIL:a@x.org\n"),
		  "2  <a@x.org>\n!1 the end of a card that does not begin\n" },
		{ "a line that is none", V4("EMAIL:x@x.org\nnonsense\n") V4("EMAIL:a@x.org\n"),
		  "6  <a@x.org>\n!4 a line without a name and a colon\n" },
		{ "another version", "BEGIN:VCARD\nVERSION:5.0\nEMAIL:x@x.org\nEND:VCARD\n" V4("FN:A\n"),
		  "5 A\n!2 the card is of another version than 2.1, 3.0 and 4.0\n" },
		{ "its first fault is told", V4("nonsense\nmore\n") V4("FN:A\n"),
		  "6 A\n!3 a line without a name and a colon\n" },
		{ "the other cards are broken too", V4("x\n") V4("y\n"),
		  "!3 a line without a name and a colon\n!7 a line without a name and a colon\n" },
		{ "nothing", "", "there is no card in it" },
		{ "something else", "{\"a\": 1}\n", "there is no card in it" },
		{ "a calendar", "BEGIN:VCALENDAR\nEND:VCALENDAR\n", "there is no card in it" },
		{ "UTF-16", "\xff\xfe" "B", "it is UTF-16; save it as UTF-8" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = read_text(*state, rows[i].text);

		if (strcmp(got, rows[i].wanted) != 0)
			print_error("got:\n%s", got);
		CHECK_ROW(rows[i].name, strcmp(got, rows[i].wanted) == 0);
	}
}

/* ---- limits ---- */

static const char *
repeated(struct op *op, const char *piece, size_t times)
{
	struct buf buf;

	buf_init(&buf, op, times * strlen(piece), 128 * MIB);
	for (size_t i = 0; i < times; i++)
		buf_puts(&buf, piece);
	assert_int_equal(buf_err(&buf), OK);
	return buf_text(&buf);
}

static void
a_line_that_is_read_has_a_limit(void **state)
{
	struct op *op = *state;
	size_t room = VCARD_VALUE_MAX - strlen("EMAIL:a@x.org");
	const char *a = repeated(op, "a", room);
	char *folded = op_dup(op, repeated(op, "a\n ", room));

	assert_non_null(
		strstr(read_text(op, op_print(op, V4("EMAIL:a%s@x.org\n"), a)),
		       "aaa@x.org>"));
	assert_string_equal(
		read_text(op, op_print(op, V4("EMAIL:aa%s@x.org\n"), a)),
		"!3 an address is too long\n");
	assert_non_null(strstr(
		read_text(op, op_print(op, V4("EMAIL:a%s@x.org\n"), folded)),
		"aaa@x.org>"));
	assert_string_equal(
		read_text(op, op_print(op, V4("EMAIL:aa%s@x.org\n"), folded)),
		"!3 an address is too long\n");
	/* of others it is none of our business */
	assert_string_equal(
		read_text(op, op_print(op, V4("PHOTO:aa%s\nFN:A\n"), folded)),
		"1 A\n");
	assert_string_equal(read_text(op, op_print(op, V4("NOTE:%s\nFN:A\n"),
						   repeated(op, "n", 2 * MIB))),
			    "1 A\n");
}

static void
a_card_has_a_number_of_addresses(void **state)
{
	struct op *op = *state;
	const char *most = repeated(op, "EMAIL:a@x.org\n", VCARD_EMAILS_MAX);
	struct vcard_list list;

	assert_int_equal(
		vcard_read(op, bytes_of(op_print(op, V4("%s"), most)), &list),
		OK);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.card[0].n, VCARD_EMAILS_MAX);
	assert_string_equal(
		read_text(op, op_print(op, V4("%sEMAIL:b@x.org\n"), most)),
		"!103 the card has more than 100 addresses\n");
}

static void
a_file_has_a_number_of_cards(void **state)
{
	static const char card[] = "BEGIN:VCARD\nEND:VCARD\n";
	struct op *op = *state;
	struct vcard_list list;

	assert_int_equal(
		vcard_read(op, bytes_of(repeated(op, card, VCARD_CARDS_MAX)),
			   &list),
		OK);
	assert_int_equal(list.n, VCARD_CARDS_MAX);
	assert_int_equal(
		vcard_read(op,
			   bytes_of(repeated(op, card, VCARD_CARDS_MAX + 1)),
			   &list),
		ERR_LIMIT);
	/* and of faults, of which the first are told */
	assert_int_equal(vcard_read(op,
				    bytes_of(repeated(op, "END:VCARD\n",
						      VCARD_FAULTS_MAX + 1)),
				    &list),
			 OK);
	assert_int_equal(list.fault_n, VCARD_FAULTS_MAX + 1);
	assert_int_equal(list.fault[VCARD_FAULTS_MAX - 1].line,
			 VCARD_FAULTS_MAX);
}

static void
a_file_has_a_size(void **state)
{
	struct op *op = *state;
	uint8_t *file = op_alloc(op, VCARD_FILE_MAX + 1);
	static const char card[] = V4("FN:A\n");
	struct vcard_list list;

	memset(file, '\n', VCARD_FILE_MAX + 1);
	memcpy(file + 1, card, sizeof(card) - 1);
	assert_int_equal(
		vcard_read(op, (struct bytes){ file, VCARD_FILE_MAX }, &list),
		OK);
	assert_int_equal(vcard_read(op,
				    (struct bytes){ file, VCARD_FILE_MAX + 1 },
				    &list),
			 ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(cards_of_all_versions_are_read),
		UNIT_TEST(a_broken_card_is_told_and_the_others_are_read),
		UNIT_TEST(a_line_that_is_read_has_a_limit),
		UNIT_TEST(a_card_has_a_number_of_addresses),
		UNIT_TEST(a_file_has_a_number_of_cards),
		UNIT_TEST(a_file_has_a_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
