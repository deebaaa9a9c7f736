/* SPDX-License-Identifier: Apache-2.0 */

/* Lines of an export: what is written is read, and nothing else is. */
#include "cli/cli_unit.h"

#include "base/buf.h"
#include "verbs/transfer/transfer_scan.h"

#define FIRST "{\"type\":\"frontdesk\",\"format\":1}\n"
#define DOMAIN "{\"type\":\"domain\",\"name\":\"b.c\",\"organization\":\"\"}\n"
#define MAILBOX(address)                                                       \
	"{\"type\":\"mailbox\",\"address\":\"" address                         \
	"\",\"name\":\"\",\"aliases\":[],\"zone\":null,\"external\":\"all\","  \
	"\"password\":null}\n"
#define HIDDEN "{\"type\":\"hidden\",\"address\":\"a@b.c\"}\n"
#define LAST(d, m, h)                                                          \
	"{\"type\":\"end\",\"domain\":" #d ",\"mailbox\":" #m                  \
	",\"person\":0,\"oof\":0,\"photo\":0,\"hidden\":" #h                   \
	",\"contacts\":0,\"owner\":0}\n"

#define DIGEST                                                                 \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff"
#define JPEG "/9j/AAD/2Q==" /* ff d8 ff 00 00 ff d9 */
#define VARIANT(edge) "{\"edge\":" #edge ",\"jpeg\":\"" JPEG "\"}"
#define PHOTO(width, height, source, variants)                                 \
	"{\"type\":\"photo\",\"address\":\"a@b.c\",\"width\":" width           \
	",\"height\":" height ",\"changed\":\"2026-11-22T00:00:00Z\","         \
	"\"source\":\"" source "\",\"variants\":[" variants "]}"
#define OOF(state, start, end, internal, lang, period)                         \
	"{\"type\":\"oof\",\"address\":\"a@b.c\",\"state\":\"" state           \
	"\",\"audience\":\"known\",\"start\":" start ",\"end\":" end           \
	",\"internal\":\"" internal "\",\"internal_lang\":\"" lang             \
	"\",\"external\":\"\",\"external_lang\":\"\",\"period\":" period       \
	",\"changed\":\"2026-11-22T00:00:00Z\"}"
#define AT(hour) "\"2026-11-22T" hour ":00:00Z\""
#define CARD(addresses)                                                        \
	"{\"card\":\"1\",\"tag\":\"\",\"name\":\"X\",\"addresses\":"           \
	"[" addresses "]}"

#define ANSWER(period, sender, text, state)                                    \
	"{\"period\":" period ",\"sender\":\"" sender                          \
	"\",\"to\":\"z@x.org\",\"message_id\":\"<1@b.c>\",\"text\":\"" text    \
	"\",\"state\":\"" state "\",\"at\":" AT("00") ",\"settled\":" AT(      \
		"01") ",\"via\":\"milter:x\",\"reason\":\"a\\r\\nb\"}"
#define ANSWERED(answers)                                                      \
	"{\"type\":\"answered\",\"address\":\"a@b.c\",\"answers\":[" answers   \
	"]}"

static enum err
line_read(struct op *op, const char *text, json_t **json,
	  enum transfer_kind *kind, union transfer_room *room)
{
	*json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(*json);
	return transfer_read(op, *json, kind, room);
}

/* Those that are right are read, and written again as they were. */
static void
every_kind_is_written_as_it_was_read(void **state)
{
	static const char *const rows[] = {
		/* clang-format off */
		"{\"type\":\"domain\",\"name\":\"b.c\",\"organization\":\"acme\"}",
		"{\"type\":\"mailbox\",\"address\":\"a@b.c\",\"name\":\"Ada\",\"aliases\":[\"x@b.c\",\"y@d.e\"],"
		"\"zone\":\"Europe/Berlin\",\"external\":\"known\",\"password\":\"$y$x\"}",
		"{\"type\":\"person\",\"address\":\"a@b.c\",\"source\":\"directory:office\",\"uid\":\"4711\","
		"\"login\":\"cn=ada\",\"state\":\"gone\",\"checked\":\"2026-11-22T00:00:00Z\",\"given\":[]}",
		"{\"type\":\"person\",\"address\":\"a@b.c\",\"source\":\"sql:x\",\"uid\":\"1\","
		"\"login\":\"\",\"state\":\"active\",\"checked\":\"2026-11-22T00:00:00Z\",\"given\":[\"c@b.c\"]}",
		OOF("scheduled", AT("00"), AT("01"), "a\\r\\n\\t\\u0001<b>\\\"", "de", "7"),
		OOF("disabled", "null", "null", "", "", "0"),
		PHOTO("1", "1", DIGEST, VARIANT(1)),
		PHOTO("800", "600", DIGEST, VARIANT(48) "," VARIANT(648)),
		"{\"type\":\"hidden\",\"address\":\"a@b.c\"}",
		"{\"type\":\"contacts\",\"address\":\"a@b.c\",\"origin\":\"file\",\"place\":\"\",\"token\":\"\",\"cards\":["
		CARD("\"x@y.z\",\"z@y.z\"") "]}",
		"{\"type\":\"contacts\",\"address\":null,\"origin\":\"ldap:x\",\"place\":\"p\",\"token\":\"t\",\"cards\":[]}",
		ANSWERED(""),
		ANSWERED(ANSWER("7", "zoe@x.org", "internal", "sent") "," ANSWER("0", "", "external", "unknown")),
		"{\"type\":\"owner\",\"address\":\"a@b.c\",\"account\":\"d@b.c\"}",
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum transfer_kind kind = TRANSFER_KINDS;
		union transfer_room room;
		json_t *json, *again;
		char *text;

		CHECK_ROW(rows[i],
			  line_read(op, rows[i], &json, &kind, &room) == OK);
		again = record_write(op, &transfer_type[kind], &room);
		text = json_dumps(again, JSON_COMPACT);
		CHECK_ROW(rows[i], unit_same(text, rows[i]));
		free(text);
		json_decref(again);
		json_decref(json);
	}
}

static void
what_we_would_not_write_is_refused(void **state)
{
	static const struct {
		const char *line, *said;
	} rows[] = {
		/* clang-format off */
		{ "{}", "there is no type ''" },
		{ "{\"type\":7}", "there is no type ''" },
		{ "{\"type\":\"frob\"}", "there is no type 'frob'" },
		{ "{\"type\":\"hidden\"}", "hidden: it has no address" },
		{ "{\"type\":\"hidden\",\"address\":\"a@b.c\",\"x\":1}", "'x': nobody knows it" },
		{ "{\"type\":\"hidden\",\"address\":null}", "address: it has to be a text" },
		{ "{\"type\":\"hidden\",\"address\":7}", "address: it has to be a text" },
		{ "{\"type\":\"hidden\",\"address\":\"\"}", "address: it is empty" },
		{ "{\"type\":\"hidden\",\"address\":\"x\"}", "'x' is no mail address" },
		{ "{\"type\":\"hidden\",\"address\":\"A@b.c\"}", "no mail address in small letters" },
		{ "{\"type\":\"hidden\",\"address\":\"a\\u0007@b.c\"}", "address: it has control characters" },
		{ "{\"type\":\"domain\",\"name\":\"b c\",\"organization\":\"\"}", "'b c' is no domain" },
		{ "{\"type\":\"domain\",\"name\":\"B.c\",\"organization\":\"\"}", "'B.c' is no domain" },
		{ "{\"type\":\"owner\",\"address\":\"a@b.c\",\"account\":\"x\"}", "'x' is no mail address" },
		{ "{\"type\":\"mailbox\",\"address\":\"a@b.c\",\"name\":\"\",\"aliases\":[\"x\"],\"zone\":null,"
		  "\"external\":\"all\",\"password\":null}", "'x' is no mail address" },
		{ "{\"type\":\"mailbox\",\"address\":\"a@b.c\",\"name\":\"\",\"aliases\":\"\",\"zone\":null,"
		  "\"external\":\"all\",\"password\":null}", "aliases: it has to be a list" },
		{ "{\"type\":\"mailbox\",\"address\":\"a@b.c\",\"name\":\"\",\"aliases\":[],\"zone\":\"Mars\","
		  "\"external\":\"all\",\"password\":null}", "'Mars' is no time zone" },
		{ "{\"type\":\"mailbox\",\"address\":\"a@b.c\",\"name\":\"\",\"aliases\":[],\"zone\":null,"
		  "\"external\":\"All\",\"password\":null}", "external: it is no word" },
		{ "{\"type\":\"mailbox\",\"address\":\"a@b.c\",\"name\":\"\",\"aliases\":[],\"zone\":null,"
		  "\"external\":\"all\",\"password\":\"\"}", "password: it is empty" },
		{ OOF("scheduled", "null", "null", "", "", "0"), "start and end do not fit" },
		{ OOF("enabled", AT("00"), "null", "", "", "0"), "start and end do not fit" },
		{ OOF("enabled", AT("01"), AT("01"), "", "", "0"), "start and end do not fit" },
		{ OOF("enabled", "\"2026-11-22\"", AT("01"), "", "", "0"), "start: it has to be a time" },
		{ OOF("enabled", "\"2026-11-22T00:00:00+01:00\"", AT("01"), "", "", "0"), "start: it has to be a time" },
		{ OOF("enabled", "null", "null", "", "d e", "0"), "it names no language" },
		{ OOF("enabled", "null", "null", "", "", "-1"), "period: it is from 0" },
		{ OOF("enabled", "null", "null", "", "", "1.5"), "period: it has to be a whole number" },
		{ PHOTO("0", "1", DIGEST, VARIANT(1)), "width: it is from 1" },
		{ PHOTO("8000", "8001", DIGEST, VARIANT(1)), "more than 64000000 pixels" },
		{ PHOTO("1", "1", "00", VARIANT(1)), "source: it has to be 64 digits" },
		{ PHOTO("1", "1", DIGEST, ""), "it has no variants" },
		{ PHOTO("1", "1", DIGEST, VARIANT(48) "," VARIANT(48)), "its variants do not rise" },
		{ PHOTO("1", "1", DIGEST, VARIANT(649)), "edge: it is from 1 to 648" },
		{ PHOTO("1", "1", DIGEST, "{\"edge\":1,\"jpeg\":\"*\"}"), "jpeg: it has to be base64" },
		{ PHOTO("1", "1", DIGEST, "{\"edge\":1,\"jpeg\":\"\"}"), "jpeg: it is empty" },
		{ PHOTO("1", "1", DIGEST, "{\"edge\":1,\"jpeg\":\"AAAAAAAA\"}"), "a variant is no JPEG" },
		{ PHOTO("1", "1", DIGEST, "7"), "it is no object" },
		{ ANSWERED(ANSWER("-1", "z", "internal", "sent")), "period: it is from 0" },
		{ ANSWERED(ANSWER("1", "z\\n", "internal", "waiting")), "state: it is no word" },
		{ ANSWERED(ANSWER("1", "z\\u0007", "internal", "sent")), "sender: it has control characters" },
		{ ANSWERED(ANSWER("1", "z", "both", "sent")), "text: it is no word" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum transfer_kind kind;
		union transfer_room room;
		json_t *json;
		enum err err = line_read(op, rows[i].line, &json, &kind, &room);

		CHECK_ROW(rows[i].line, err == ERR_INVALID || err == ERR_LIMIT);
		CHECK_ROW(rows[i].line,
			  strstr(op->reason, rows[i].said) != NULL);
		json_decref(json);
	}
}

static void
a_text_has_so_many_bytes(void **state)
{
	struct op *op = *state;
	char *text = op_alloc(op, OOF_MESSAGE_MAX + 2);

	memset(text, 'a', OOF_MESSAGE_MAX);
	for (int over = 0; over < 2; over++) {
		enum transfer_kind kind;
		union transfer_room room;
		json_t *json = json_pack(
			"{s:s,s:s,s:s,s:s,s:n,s:n,s:s,s:s,s:s,s:s,s:i,s:s}",
			"type", "oof", "address", "a@b.c", "state", "enabled",
			"audience", "all", "start", "end", "internal", text,
			"internal_lang", "", "external", "", "external_lang",
			"", "period", 1, "changed", "2026-11-22T00:00:00Z");

		assert_int_equal(transfer_read(op, json, &kind, &room),
				 over ? ERR_LIMIT : OK);
		json_decref(json);
		text[OOF_MESSAGE_MAX] = 'a';
	}
}

/* What is on its way goes out as of unknown end; the oldest goes first. */
static void
answers_go_out_and_come_in(void **state)
{
	static const struct answered rows[] = {
		{ .id = 9,
		  .sender = "new",
		  .state = ANSWERED_WAITING,
		  .at = 9 },
		{ .id = 8,
		  .sender = "mid",
		  .state = ANSWERED_SENDING,
		  .at = 8 },
		{ .id = 7,
		  .sender = "old",
		  .state = ANSWERED_FAILED,
		  .at = 7,
		  .settled = 70,
		  .internal = true,
		  .period = 3,
		  .to = "to",
		  .message_id = "id",
		  .via = "via",
		  .reason = "full" },
	};
	const struct answered_list in = { COUNT(rows), rows };
	struct transfer_answered line = { .address = "a@b.c" };
	struct answered_list out;
	struct op *op = *state;

	transfer_answered_of(op, &in, &line);
	out = transfer_answered_list(op, &line);
	assert_int_equal(out.n, 3);
	assert_string_equal(out.row[0].sender, "old");
	assert_string_equal(out.row[0].reason, "full");
	assert_string_equal(out.row[0].to, "to");
	assert_string_equal(out.row[0].message_id, "id");
	assert_string_equal(out.row[0].via, "via");
	assert_int_equal(out.row[0].state, ANSWERED_FAILED);
	assert_int_equal(out.row[0].settled, 70);
	assert_int_equal(out.row[0].period, 3);
	assert_true(out.row[0].internal);
	assert_string_equal(out.row[1].sender, "mid");
	assert_int_equal(out.row[1].state, ANSWERED_UNKNOWN);
	assert_string_equal(out.row[2].sender, "new");
	assert_int_equal(out.row[2].state, ANSWERED_UNKNOWN);
	assert_int_equal(out.row[2].at, 9);
	assert_non_null(strstr(out.row[2].reason, "on its way"));
	assert_false(out.row[2].internal);
}

/* ---- whole files ---- */

static enum err
scan(struct op *op, const char *text, size_t n, struct transfer_scan *out)
{
	const char *path = unit_path(op, "scan");
	enum err err;
	int fd;

	unit_file(path, text, n);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	err = transfer_scan_file(op, fd, out);
	for (size_t i = 0; err == OK && i < out->n; i++) {
		union transfer_room room;

		assert_int_equal(
			transfer_line_read(op, fd, &out->line[i], &room), OK);
	}
	(void)close(fd);
	return err;
}

static void
a_file_is_put_into_the_order_in_which_it_is_done(void **state)
{
	static const char text[] = FIRST HIDDEN MAILBOX("d@b.c")
		MAILBOX("a@b.c") DOMAIN LAST(1, 2, 1);
	struct op *op = *state;
	struct transfer_scan out;

	assert_int_equal(scan(op, text, strlen(text), &out), OK);
	assert_int_equal(out.n, 4);
	assert_int_equal(out.line[0].line, 5);
	assert_int_equal(out.line[1].line, 3);
	assert_int_equal(out.line[2].line, 4);
	assert_int_equal(out.line[3].line, 2);
	assert_ptr_equal(transfer_scan_domain(&out, "b.c"), &out.line[0]);
	assert_ptr_equal(transfer_scan_mailbox(&out, "a@b.c"), &out.line[2]);
	assert_ptr_equal(transfer_scan_mailbox(&out, "d@b.c"), &out.line[1]);
	assert_null(transfer_scan_mailbox(&out, "b.c"));
	assert_null(transfer_scan_domain(&out, "a@b.c"));
}

static void
a_file_that_is_not_whole_is_refused_with_the_line(void **state)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
		/* clang-format off */
		{ "", "line 1: it ends before its last line: it was cut off" },
		{ FIRST, "line 2: it ends before its last line" },
		{ FIRST DOMAIN, "line 3: it ends before its last line" },
		{ FIRST DOMAIN "{\"type\":\"end\"", "line 3: it has no end" },
		{ "{\"type\":\"end\"}\n", "line 1: it does not begin as a file" },
		{ DOMAIN, "line 1: it does not begin as a file" },
		{ "{\"type\":\"frontdesk\",\"format\":2}\n", "line 1: it is of format 2" },
		{ "{\"type\":\"frontdesk\",\"format\":1,\"x\":1}\n", "line 1: it has more" },
		{ FIRST "\n" LAST(0, 0, 0), "line 2: it is no JSON" },
		{ FIRST "[]\n" LAST(0, 0, 0), "line 2: it is no object" },
		{ FIRST "{\"type\":\"hidden\",\"type\":\"hidden\"}\n" LAST(0, 0, 0), "line 2: it is no JSON" },
		{ FIRST "{\"type\":\"hidden\",\"address\":\"\xff@b.c\"}\n" LAST(0, 0, 0), "line 2: it is no JSON" },
		{ FIRST FIRST LAST(0, 0, 0), "line 2: there is no type 'frontdesk'" },
		{ FIRST DOMAIN LAST(0, 0, 0), "line 3: it counts otherwise than there is: 1 of domain" },
		{ FIRST LAST(1, 0, 0), "line 2: it counts otherwise" },
		{ FIRST "{\"type\":\"end\",\"domain\":0}\n", "line 2: it counts otherwise" },
		{ FIRST ANSWERED("") "\n" LAST(0, 0, 0), "line 3: it counts otherwise than there is: 1 of answered" },
		{ FIRST LAST(0, 0, 0) LAST(0, 0, 0), "line 3: something follows the last line" },
		{ FIRST LAST(0, 0, 0) "\n", "line 3: something follows the last line" },
		{ FIRST MAILBOX("a@b.c") MAILBOX("a@b.c") LAST(0, 2, 0), "a@b.c is there twice" },
		{ FIRST DOMAIN DOMAIN LAST(2, 0, 0), "b.c is there twice" },
		/* clang-format on */
	};
	struct op *op = *state;
	struct transfer_scan out;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].text,
			  scan(op, rows[i].text, strlen(rows[i].text), &out) ==
				  ERR_INVALID);
		CHECK_ROW(rows[i].text,
			  strstr(op->reason, rows[i].said) != NULL);
	}
	assert_int_equal(scan(op, FIRST LAST(0, 0, 0) "",
			      strlen(FIRST LAST(0, 0, 0)), &out),
			 OK);
	assert_int_equal(out.n, 0);
}

/* Cut at every byte, it is never taken for whole. */
static void
a_file_that_was_cut_anywhere_is_refused(void **state)
{
	static const char text[] =
		FIRST DOMAIN MAILBOX("a@b.c") HIDDEN LAST(1, 1, 1);
	struct transfer_scan out;

	for (size_t n = 0; n < strlen(text); n++)
		assert_int_equal(scan(*state, text, n, &out), ERR_INVALID);
	assert_int_equal(scan(*state, text, strlen(text), &out), OK);
}

static void
a_line_has_so_many_bytes(void **state)
{
	struct op *op = *state;
	size_t n = TRANSFER_LINE_MAX + strlen(FIRST);
	char *text = malloc(n + 64);
	struct transfer_scan out;

	assert_non_null(text);
	memset(text, ' ', n + 64);
	memcpy(text, FIRST, strlen(FIRST));
	/* JSON may have spaces around it, up to the limit of the line. */
	memcpy(text + n - 2, "{}\n", 3);
	assert_int_equal(scan(op, text, n + 1, &out), ERR_INVALID);
	assert_non_null(strstr(op->reason, "there is no type"));
	memcpy(text + n - 2, " {}\n", 4);
	assert_int_equal(scan(op, text, n + 2, &out), ERR_LIMIT);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(every_kind_is_written_as_it_was_read),
		UNIT_TEST(what_we_would_not_write_is_refused),
		UNIT_TEST(a_text_has_so_many_bytes),
		UNIT_TEST(answers_go_out_and_come_in),
		UNIT_TEST(a_file_is_put_into_the_order_in_which_it_is_done),
		UNIT_TEST(a_file_that_is_not_whole_is_refused_with_the_line),
		UNIT_TEST(a_file_that_was_cut_anywhere_is_refused),
		UNIT_TEST(a_line_has_so_many_bytes),
	};

	return cmocka_run_group_tests(tests, unit_folder_make,
				      unit_folder_remove);
}
