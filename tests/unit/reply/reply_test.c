/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/text.h"
#include "model/oof.h"
#include "reply/reply.h"

#define NOW INT64_C(1795348800) /* 2026-11-22T12:00:00Z */
#define ORIGINAL                                                               \
	"Subject: Lunch?\r\nMessage-ID: <m1@x.org>\r\n"                        \
	"References: <m0@x.org>\r\n\r\n"

/* A reply to a mail with that header. */
static void
answer(struct op *op, struct reply_wish *wish, const char *header,
       struct reply *out)
{
	static struct mail_header h;

	mail_read(op, bytes_of(header), &h);
	*wish = (struct reply_wish){ .text = "<p>Back on <b>Monday</b>.</p>",
				     .lang = "",
				     .name = "Ada Lovelace",
				     .from = "ada@example.com",
				     .to = "bob@x.org",
				     .header = &h,
				     .now = NOW,
				     .unique = "u1" };
	if (out != NULL)
		assert_int_equal(reply_write(op, wish, out), OK);
}

/* The header of what was written, parsed as any mail's. */
static struct mail_header
header_of(struct op *op, const struct reply *r)
{
	struct mail_header h;

	mail_read(op, r->mail, &h);
	assert_false(h.cut);
	return h;
}

static size_t
count_of(const struct mail_header *h, const char *name)
{
	size_t at = 0, n = 0;

	while (mail_next(h, name, &at) != NULL)
		n++;
	return n;
}

/* The decoded content of the nth part. */
static const char *
part_of(struct op *op, const struct reply *r, int nth)
{
	const char *at = op_text(op, (const char *)r->mail.p, r->mail.n), *end;
	struct bytes decoded;
	char *packed;
	size_t n = 0;

	for (int i = 0; i <= nth; i++) {
		at = strstr(at, "\r\n--=_u1\r\n");
		assert_non_null(at);
		at += 2;
	}
	assert_non_null(strstr(at, "Content-Transfer-Encoding: base64\r\n"));
	at = strstr(at, "\r\n\r\n") + 4;
	end = strstr(at, "--=_u1");
	assert_non_null(end);
	packed = op_alloc(op, (size_t)(end - at) + 1);
	for (; at < end; at++) {
		if (*at != '\r' && *at != '\n')
			packed[n++] = *at;
	}
	assert_int_equal(text_base64_decode(op, packed, n, &decoded), OK);
	return op_text(op, (const char *)decoded.p, decoded.n);
}

static void
a_reply_has_what_robots_and_people_need(void **state)
{
	static const struct {
		const char *name, *value;
	} rows[] = {
		/* clang-format off */
		{ "From",                     "Ada Lovelace <ada@example.com>" },
		{ "To",                       "bob@x.org" },
		{ "Subject",                  "Automatic reply: Lunch?" },
		{ "Date",                     "Sun, 22 Nov 2026 12:00:00 +0000" },
		{ "Message-Id",               "<oof.u1@example.com>" },
		{ "In-Reply-To",              "<m1@x.org>" },
		{ "References",               "<m0@x.org> <m1@x.org>" },
		{ "Auto-Submitted",           "auto-replied" },
		{ "X-Auto-Response-Suppress", "All" },
		{ "Precedence",               "bulk" },
		{ "MIME-Version",             "1.0" },
		{ "Content-Type",             "multipart/alternative; boundary=\"=_u1\"" },
		{ "Cc", NULL }, { "Bcc", NULL }, { "Reply-To", NULL }, { "Sender", NULL },
		/* clang-format on */
	};
	struct op *op = *state;
	struct reply_wish wish;
	struct mail_header h;
	struct reply r;

	answer(op, &wish, ORIGINAL, &r);
	h = header_of(op, &r);
	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].name, unit_same(mail_find(&h, rows[i].name),
						  rows[i].value));
		CHECK_ROW(rows[i].name, count_of(&h, rows[i].name) ==
						(rows[i].value != NULL));
	}
	assert_string_equal(r.subject, "Automatic reply: Lunch?");
	assert_string_equal(part_of(op, &r, 0), "Back on Monday.\r\n");
	assert_non_null(strstr(part_of(op, &r, 1),
			       "\r\n<p>Back on <b>Monday</b>.</p>\r\n"));
	assert_false(r.utf8);
}

static void
every_line_of_it_is_one_for_mail(void **state)
{
	struct op *op = *state;
	struct reply_wish wish;
	struct reply r;
	char *text = op_alloc(op, OOF_MESSAGE_MAX + 1);
	size_t line = 0;

	answer(op, &wish, ORIGINAL, NULL);
	for (size_t i = 0; i < OOF_MESSAGE_MAX; i += 2)
		memcpy(text + i, "\xc3\xbc", 2);
	wish.text = text;
	wish.name = text_head(op, text, 600);
	assert_int_equal(reply_write(op, &wish, &r), OK);
	for (size_t i = 0; i < r.mail.n; i++, line++) {
		assert_in_range(r.mail.p[i], 9, 126);
		if (r.mail.p[i] != '\n')
			continue;
		assert_true(i > 0 && r.mail.p[i - 1] == '\r');
		assert_true(line <= 998);
		line = (size_t)-1;
	}
	assert_int_equal(strlen(part_of(op, &r, 0)), OOF_MESSAGE_MAX + 2);
}

static void
nothing_of_others_makes_a_field_of_its_own(void **state)
{
	static const struct {
		const char *row, *header, *name;
	} rows[] = {
		/* clang-format off */
		{ "a line end in the subject", "Subject: =?utf-8?q?x=0D=0ABcc:_v@y.org?=\n\n", "Ada" },
		{ "one in base64", "Subject: =?utf-8?b?eA0KQmNjOiB2QHkub3Jn?=\n\n", "Ada" },
		{ "Unicode's line end", "Subject: x\xe2\x80\xa8" "Bcc: v@y.org\n\n", "Ada" },
		{ "a line end in the name", "Subject: x\n\n", "Ada\r\nBcc: v@y.org" },
		{ "a lone CR in the name", "Subject: x\n\n", "Ada\rBcc: v@y.org" },
		{ "brackets in the name", "Subject: x\n\n", "Ada\" <v@y.org>, \"x" },
		{ "a comma in the name", "Subject: x\n\n", "Lovelace, Ada" },
		{ "an encoded word in the name", "Subject: x\n\n", "=?utf-8?q?x=0D=0ABcc:_v@y.org?=" },
		{ "an id with a line end", "Subject: x\nMessage-ID: <a@b\n >\n\n", "Ada" },
		{ "an id that is none", "Subject: x\nMessage-ID: Bcc: v@y.org\n\n", "Ada" },
		{ "References that are none", "Subject: x\nMessage-ID: <a@b>\nReferences: x\n Bcc: v@y.org\n\n", "Ada" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct reply_wish wish;
		struct mail_header h;
		struct reply r;
		const char *rest;

		answer(op, &wish, rows[i].header, NULL);
		wish.name = rows[i].name;
		CHECK_ROW(rows[i].row, reply_write(op, &wish, &r) == OK);
		h = header_of(op, &r);
		CHECK_ROW(rows[i].row, mail_find(&h, "Bcc") == NULL);
		CHECK_ROW(rows[i].row, count_of(&h, "From") == 1);
		CHECK_ROW(rows[i].row, count_of(&h, "Subject") == 1);
		CHECK_ROW(rows[i].row, strpbrk(r.subject, "\r\n") == NULL);
		rest = mail_bare(op, mail_find(&h, "From"));
		CHECK_ROW(rows[i].row, unit_same(mail_address(op, &rest),
						 "ada@example.com"));
		CHECK_ROW(rows[i].row, mail_address(op, &rest) == NULL);
	}
}

static void
a_wish_that_is_none_is_refused(void **state)
{
	static const struct {
		const char *row, *from, *to, *lang, *unique;
		enum err err;
	} rows[] = {
		/* clang-format off */
		{ "right",         "a@x.org", "b@x.org", "de", "u1", OK },
		{ "no language",   "a@x.org", "b@x.org", NULL, "u1", OK },
		{ "tagged",        "a+t@x.org", "b=c@x.org", "", "u1", OK },
		{ "from nobody",   "", "b@x.org", "", "u1", ERR_INVALID },
		{ "to nobody",     "a@x.org", "", "", "u1", ERR_INVALID },
		{ "to two",        "a@x.org", "b@x.org,c@x.org", "", "u1", ERR_INVALID },
		{ "to with a line end", "a@x.org", "b@x.org\r\nBcc: c@x.org", "", "u1", ERR_INVALID },
		{ "from in brackets", "<a@x.org>", "b@x.org", "", "u1", ERR_INVALID },
		{ "a broken language", "a@x.org", "b@x.org", "de\r\nX: y", "u1", ERR_INVALID },
		{ "no id",         "a@x.org", "b@x.org", "", "", ERR_INVALID },
		{ "an id with more", "a@x.org", "b@x.org", "", "u1>", ERR_INVALID },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct reply_wish wish;
		struct reply r;

		answer(op, &wish, ORIGINAL, NULL);
		wish.from = rows[i].from;
		wish.to = rows[i].to;
		wish.lang = rows[i].lang;
		wish.unique = rows[i].unique;
		CHECK_ROW(rows[i].row,
			  reply_write(op, &wish, &r) == rows[i].err);
	}
}

static void
lengths_have_an_end(void **state)
{
	struct op *op = *state;
	struct reply_wish wish;
	struct reply r;
	char *text = op_alloc(op, OOF_MESSAGE_MAX + 2);

	answer(op, &wish, ORIGINAL, NULL);
	memset(text, 'x', OOF_MESSAGE_MAX);
	wish.text = text;
	assert_int_equal(reply_write(op, &wish, &r), OK);
	text[OOF_MESSAGE_MAX] = 'x';
	assert_int_equal(reply_write(op, &wish, &r), ERR_LIMIT);

	answer(op, &wish, ORIGINAL, NULL);
	wish.unique = op_print(op, "%0*d", REPLY_UNIQUE_MAX, 0);
	assert_int_equal(reply_write(op, &wish, &r), OK);
	wish.unique = op_print(op, "%0*d", REPLY_UNIQUE_MAX + 1, 0);
	assert_int_equal(reply_write(op, &wish, &r), ERR_INVALID);
}

/* RFC 5322 3.6.4 */
static void
threads_go_on(void **state)
{
	static const struct {
		const char *header, *in_reply_to, *references;
	} rows[] = {
		/* clang-format off */
		{ "Message-ID: <c@x>\n\n", "<c@x>", "<c@x>" },
		{ "Message-ID: <c@x>\nReferences: <a@x>\n <b@x>\n\n", "<c@x>", "<a@x> <b@x> <c@x>" },
		{ "Message-ID: <c@x>\nIn-Reply-To: <b@x>\n\n", "<c@x>", "<b@x> <c@x>" },
		{ "Message-ID: <c@x>\nIn-Reply-To: <b@x> <d@x>\n\n", "<c@x>", "<c@x>" },
		{ "Message-ID: <c@x>\nIn-Reply-To: <b@x>\nReferences: <a@x>\n\n", "<c@x>", "<a@x> <c@x>" },
		{ "Message-ID: <c@x>\nReferences: junk <a@x> <bad\n\n", "<c@x>", "<a@x> <c@x>" },
		{ "Message-ID: c@x\n\n", NULL, NULL }, { "References: <a@x>\n\n", NULL, NULL }, { "\n", NULL, NULL },
		/* clang-format on */
	};
	struct op *op = *state;
	const char *many = "Message-ID: <c@x>\nReferences:";

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct reply_wish wish;
		struct mail_header h;
		struct reply r;

		answer(op, &wish, rows[i].header, &r);
		h = header_of(op, &r);
		CHECK_ROW(rows[i].header,
			  unit_same(mail_find(&h, "In-Reply-To"),
				    rows[i].in_reply_to));
		CHECK_ROW(rows[i].header, unit_same(mail_find(&h, "References"),
						    rows[i].references));
	}
	for (int i = 0; i < REPLY_REFERENCES_MAX + 5; i++)
		many = op_print(op, "%s <r%d@x>", many, i);
	{
		struct reply_wish wish;
		struct mail_header h;
		struct reply r;
		const char *rest, *id;
		size_t n = 0;

		answer(op, &wish, op_print(op, "%s\n\n", many), &r);
		h = header_of(op, &r);
		rest = mail_find(&h, "References");
		assert_string_equal(mail_id(op, &rest), "<r0@x>");
		assert_string_equal(mail_id(op, &rest), "<r6@x>");
		for (n = 2; (id = mail_id(op, &rest)) != NULL; n++)
			many = id;
		assert_int_equal(n, REPLY_REFERENCES_MAX + 1);
		assert_string_equal(many, "<c@x>");
	}
}

static void
subject_and_languages_are_those_of_the_text(void **state)
{
	static const char *const own[] = { "de=Weg: %s", NULL };
	static const struct {
		const char *lang, *subject, *header;
	} rows[] = {
		/* clang-format off */
		{ "",   "Automatic reply: caf\xc3\xa9", "Subject: =?utf-8?q?caf=C3=A9?=\n\n" },
		{ "",   "Automatic reply: caf\xc3\xa9", "Subject: =?iso-8859-1?Q?caf=E9?=\n\n" },
		{ "",   "Automatic reply: caf\xc3\xa9 au lait", "Subject: =?utf-8?b?Y2Fmw6k=?=\n au lait\n\n" },
		{ "",   "Automatic reply: caf\xc3\xa9", "Subject: caf\xe9\n\n" },
		{ "",   "Automatic reply", "From: x@y.org\n\n" },
		{ "",   "Automatic reply", "Subject:\n\n" },
		{ "",   "Automatic reply: a b", "Subject: a\xe2\x80\xae b\n\n" },
		{ "",   "Automatic reply: =?x?", "Subject: =?x?\n\n" },
		{ "de-AT", "Weg: x", "Subject: x\n\n" },
		{ "fr", "R\xc3\xa9ponse automatique\xc2\xa0: x", "Subject: x\n\n" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct reply_wish wish;
		struct reply r;
		const char *mail, *tag;

		answer(op, &wish, rows[i].header, NULL);
		wish.lang = rows[i].lang;
		wish.subjects = own;
		assert_int_equal(reply_write(op, &wish, &r), OK);
		CHECK_ROW(rows[i].subject,
			  unit_same(r.subject, rows[i].subject));
		mail = op_text(op, (const char *)r.mail.p, r.mail.n);
		tag = op_print(op, "Content-Language: %s\r\n", rows[i].lang);
		CHECK_ROW(rows[i].lang, (strstr(mail, tag) != NULL) ==
						(*rows[i].lang != '\0'));
		CHECK_ROW(rows[i].lang,
			  *rows[i].lang == '\0' ||
				  strstr(r.html, op_print(op, "lang=\"%s\"",
							  rows[i].lang)));
	}
}

static void
what_is_sent_is_sanitised_and_what_was_stored_is_not_touched(void **state)
{
	static const char text[] =
		"<p onclick=x>costs $5 and ${1}\r\n.\r\n<script>y</script>"
		"<img src=http://track/></p>";
	struct op *op = *state;
	struct reply_wish wish;
	struct reply r;
	char *stored = op_dup(op, text);

	answer(op, &wish, ORIGINAL, NULL);
	wish.text = stored;
	assert_int_equal(reply_write(op, &wish, &r), OK);
	assert_string_equal(stored, text);
	assert_string_equal(part_of(op, &r, 0), "costs $5 and ${1} .\r\n");
	assert_non_null(strstr(part_of(op, &r, 1), "<p>costs $5 and ${1}"));
	assert_null(strstr(part_of(op, &r, 1), "script"));
	assert_null(strstr(part_of(op, &r, 1), "track"));
	assert_null(strstr(part_of(op, &r, 1), "Lunch"));
}

static void
the_same_wish_makes_the_same_bytes(void **state)
{
	struct op *op = *state;
	struct reply_wish wish;
	struct reply a, b;

	answer(op, &wish, ORIGINAL, &a);
	assert_int_equal(reply_write(op, &wish, &b), OK);
	assert_int_equal(a.mail.n, b.mail.n);
	assert_memory_equal(a.mail.p, b.mail.p, a.mail.n);
}

static void
addresses_beyond_ascii_say_what_they_need(void **state)
{
	struct op *op = *state;
	struct reply_wish wish;
	struct reply r;

	answer(op, &wish, ORIGINAL, NULL);
	wish.to = "bob@m\xc3\xbcnchen.example"; /* DNS has a form for it */
	assert_int_equal(reply_write(op, &wish, &r), OK);
	assert_false(r.utf8);
	wish.to = "b\xc3\xb6"
		  "b@x.org"; /* nothing has */
	assert_int_equal(reply_write(op, &wish, &r), OK);
	assert_true(r.utf8);
}

/* As mail has it. */
static const char *
with_crlf(struct op *op, struct bytes text)
{
	char *out = op_alloc(op, 2 * text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n')
			out[n++] = '\r';
		out[n++] = (char)text.p[i];
	}
	return out;
}

static void
an_entity_is_the_end_of_the_mail(void **state)
{
	struct op *op = *state;
	struct reply_wish wish;
	struct reply r;
	struct bytes entity;
	const char *mail, *text;

	answer(op, &wish, ORIGINAL, NULL);
	wish.lang = "de-AT";
	assert_int_equal(reply_write(op, &wish, &r), OK);
	assert_int_equal(reply_entity(op, &wish, true, &entity), OK);
	mail = op_text(op, (const char *)r.mail.p, r.mail.n);
	assert_string_equal(with_crlf(op, entity),
			    strstr(mail, "Content-Type: multipart"));
	assert_int_equal(reply_entity(op, &wish, false, &entity), OK);
	text = with_crlf(op, entity);
	assert_int_equal(strncmp(text, "Content-Type: text/html;", 24), 0);
	assert_non_null(strstr(text, "Content-Language: de-AT\r\n"));
	assert_null(strstr(text, "multipart"));
	wish.unique = "a b";
	assert_int_equal(reply_entity(op, &wish, true, &entity), ERR_INVALID);
	wish.unique = "u1";
	wish.lang = "\"";
	assert_int_equal(reply_entity(op, &wish, true, &entity), ERR_INVALID);
}

static void
a_name_before_an_address_is_ascii_on_one_line(void **state)
{
	static const struct {
		const char *name, *phrase;
	} rows[] = {
		{ "", "" },
		{ " \r\n ", "" },
		{ "Ada Lovelace", "Ada Lovelace" },
		{ "Lovelace, Ada", "\"Lovelace, Ada\"" },
		{ "A \"B\" \\ C", "\"A \\\"B\\\" \\\\ C\"" },
		{ "Ada <x@y.z>", "\"Ada <x@y.z>\"" },
		{ "Ada\r\nBcc: x@y.z", "\"Ada  Bcc: x@y.z\"" },
		{ "\xd0\x90\xd0\xb4\xd0\xb0", "=?iso-8859-5?b?sNTQ?=" },
		{ "${1}", "${1}" },
	};
	struct op *op = *state;
	const char *name = "", *cut;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *got = reply_phrase(op, rows[i].name);

		CHECK_ROW(got, unit_same(got, rows[i].phrase));
	}
	for (int i = 0; i < REPLY_NAME_MAX; i++)
		name = op_print(op, "%sa", name);
	cut = reply_phrase(op, name);
	name = op_print(op, "%s\xf0\x9f\x8f\x9e", name);
	assert_string_equal(reply_phrase(op, name), cut);
	name = reply_phrase(op, op_print(op, "\xf0\x9f\x8f\x9e%s", name));
	for (; *name != '\0'; name++)
		assert_in_range(*name, ' ', '~');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_reply_has_what_robots_and_people_need),
		UNIT_TEST(every_line_of_it_is_one_for_mail),
		UNIT_TEST(nothing_of_others_makes_a_field_of_its_own),
		UNIT_TEST(a_wish_that_is_none_is_refused),
		UNIT_TEST(lengths_have_an_end),
		UNIT_TEST(threads_go_on),
		UNIT_TEST(subject_and_languages_are_those_of_the_text),
		UNIT_TEST(
			what_is_sent_is_sanitised_and_what_was_stored_is_not_touched),
		UNIT_TEST(the_same_wish_makes_the_same_bytes),
		UNIT_TEST(addresses_beyond_ascii_say_what_they_need),
		UNIT_TEST(an_entity_is_the_end_of_the_mail),
		UNIT_TEST(a_name_before_an_address_is_ascii_on_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
