/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "verbs/dovecot_log.h"

#include <stdio.h>
#include <unistd.h>

#define NOW INT64_C(1795345800) /* 2026-11-22T11:10:00Z */
#define HEAD "Nov 22 11:09:43 lmtp(ada@example.com)<1><a/b>: Info: "
#define SENT "sieve: msgid=<1@x>: vacation action: sent vacation response to "

static void
lines_of_pigeonhole_are_read(void **state)
{
	static const struct {
		const char *line;
		const char *to, *id; /* to NULL: it tells of no reply */
		bool sent;
	} rows[] = {
		/* clang-format off */
		{ HEAD SENT "<bob@far.example>", "bob@far.example", "<1@x>", true },
		{ HEAD "sieve: msgid=<1@x>: sent vacation response to <bob@far.example>", "bob@far.example", "<1@x>", true },
		{ HEAD "sieve: msgid=unspecified: vacation action: sent vacation response to <bob@far.example>", "bob@far.example", NULL, true },
		{ HEAD "sieve: msgid=<1@x>: vacation action: failed to send vacation response to <bob@far.example>: 550 no", "bob@far.example", "<1@x>", false },
		{ HEAD "sieve: msgid=<1@x>: vacation action: failed to send vacation response to bob@far.example: <smtp(127.0.0.1:25): RCPT TO failed: Failed to connect to remote server> (temporary error)", "bob@far.example", "<1@x>", false },
		{ "Nov 22 11:09:43 lmtp(ada@example.com)<1><a/b>: Error: sieve: msgid=<1@x>: vacation action: failed to send vacation response to bob@far.example: no", "bob@far.example", "<1@x>", false },
		{ HEAD SENT "bob@far.example: no", NULL, NULL, false },
		{ HEAD "sieve: msgid=<1@x>: vacation action: discarded duplicate vacation response to <bob@far.example>", NULL, NULL, false },
		{ HEAD "sieve: msgid=<1@x>: stored mail into mailbox 'INBOX'", NULL, NULL, false },
		/* what a sender writes into his Message-ID */
		{ HEAD "sieve: msgid=<x: vacation action: sent vacation response to <m@far.example>>: stored mail into mailbox 'INBOX'", NULL, NULL, false },
		{ HEAD "sieve: msgid=<x: sent vacation response to <m@far.example>: vacation action: discarded duplicate vacation response to <b@c.example>", NULL, NULL, false },
		{ HEAD "sieve: msgid=<x: sent vacation response to <m@far.example>>: vacation action: sent vacation response to <bob@far.example>", "bob@far.example", NULL, true },
		{ HEAD SENT "<bob@far.example> and more", NULL, NULL, false },
		{ HEAD SENT "<bob far.example>", NULL, NULL, false },
		{ HEAD SENT "bob@far.example", NULL, NULL, false },
		{ HEAD SENT "<>", NULL, NULL, false },
		{ "Nov 22 11:09:43 lmtp: Info: " SENT "<bob@far.example>", NULL, NULL, false },
		{ "Nov 22 11:09:43 mail dovecot: lmtp(ada@example.com)<1><a/b:T2>: " SENT "<bob@far.example>", "bob@far.example", "<1@x>", true },
		{ "Nov 22 11:09:43 mail dovecot[7]: lda(ada@example.com): " SENT "<bob@far.example>", "bob@far.example", "<1@x>", true },
		/* what others tell of it in a log that they share */
		{ "Nov 22 11:09:43 mail postfix/cleanup[7]: 4D2: message-id=<lmtp(ada@example.com)<1><2>: " SENT "<m@far.example>", NULL, NULL, false },
		{ "Nov 22 11:09:43 mail postfix/cleanup[7]: 4D2: message-id= lmtp(ada@example.com)<1><2>: Info: " SENT "<m@far.example>", NULL, NULL, false },
		{ "Nov 22 11:09:43 lmtp(eve@example.com)<1><2>: Info: msgid=<lmtp(ada@example.com)<1><2>: Info: " SENT "<m@far.example>", NULL, NULL, false },
		{ "Nov 22 11:09:43 lmtp(ada@example.com)<1><2>: Info: msgid=<" SENT "<m@far.example>", NULL, NULL, false },
		{ "", NULL, NULL, false },
		/* clang-format on */
	};
	struct op *op = *state;
	struct dovecot_sent sent;

	op->now = NOW;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool is = dovecot_log_line(op, rows[i].line, "UTC", &sent);

		CHECK_ROW(rows[i].line, is == (rows[i].to != NULL));
		if (!is)
			continue;
		CHECK_ROW(rows[i].line, unit_same(sent.to, rows[i].to));
		CHECK_ROW(rows[i].line, unit_same(sent.message_id, rows[i].id));
		CHECK_ROW(rows[i].line, sent.sent == rows[i].sent);
		CHECK_ROW(rows[i].line,
			  unit_same(sent.user, "ada@example.com"));
		CHECK_ROW(rows[i].line, sent.at == NOW - 17);
	}
}

static void
times_are_read_as_logs_write_them(void **state)
{
	static const struct {
		const char *stamp, *zone;
		int64_t at;
	} rows[] = {
		/* clang-format off */
		{ "Nov 22 11:09:43", "UTC", NOW - 17 },
		{ "Nov 22 12:09:43", "Europe/Berlin", NOW - 17 },
		{ "Nov 23 11:09:43", "UTC", NOW - 17 + 86400 },
		{ "Nov 24 11:09:43", "UTC", NOW - 17 + 2 * 86400 - 365 * 86400 },
		{ "2026-11-22 11:09:43", "UTC", NOW - 17 },
		{ "2026-11-22 12:09:43", "Europe/Berlin", NOW - 17 },
		{ "2026-11-22T11:09:43.123456+00:00 host dovecot:", "Europe/Berlin", NOW - 17 },
		{ "2026-11-22T12:09:43+01:00 host dovecot:", "UTC", NOW - 17 },
		{ "Nov 22 11:09:43 host dovecot:", "UTC", NOW - 17 },
		{ "Nox 22 11:09:43", "UTC", 0 },
		{ "ovD 22 11:09:43", "UTC", 0 },
		{ "Nov 32 11:09:43", "UTC", 0 },
		{ "1795345800", "UTC", 0 },
		/* clang-format on */
	};
	struct op *op = *state;
	struct dovecot_sent sent;

	op->now = NOW;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *line =
			op_print(op, "%s lmtp(a)<1><b>: " SENT "<b@c.example>",
				 rows[i].stamp);

		CHECK_ROW(rows[i].stamp,
			  dovecot_log_line(op, line, rows[i].zone, &sent));
		CHECK_ROW(rows[i].stamp, sent.at == rows[i].at);
	}
}

static FILE *
file_of(const char *text, size_t pad)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	for (size_t i = 0; i < pad; i++)
		assert_int_equal(fputc(i % 80 == 79 ? '\n' : '.', f),
				 i % 80 == 79 ? '\n' : '.');
	assert_int_equal(fflush(f), 0);
	return f;
}

static void
only_the_lines_of_one_user_are_taken(void **state)
{
	static const char text[] = HEAD SENT
		"<one@far.example>\n"
		"Nov 22 11:09:43 lmtp(eve@example.com)<1><a>: Info: " SENT
		"<two@far.example>\n"
		"Nov 22 11:09:43 lmtp(ADA@example.com)<1><a>: " SENT
		"<three@far.example>\r\n" HEAD SENT "\xff\n" HEAD SENT
		"<four@far.example>";
	FILE *f = file_of(text, 0);
	struct dovecot_log log;

	assert_int_equal(dovecot_log_read(*state, fileno(f), "ada@example.com",
					  "UTC", &log),
			 OK);
	assert_int_equal(log.n, 3);
	assert_string_equal(log.row[0].to, "one@far.example");
	assert_string_equal(log.row[1].to, "three@far.example");
	assert_string_equal(log.row[2].to, "four@far.example");
	assert_false(log.cut);
	(void)fclose(f);
}

/* Just within what is read, and just before it. */
static void
a_long_log_is_read_from_its_end(void **state)
{
	static const char line[] = HEAD SENT "<one@far.example>\n";
	static const size_t pads[] = { DOVECOT_LOG_MAX - sizeof(line) + 1,
				       DOVECOT_LOG_MAX - sizeof(line) + 2 };

	for (size_t i = 0; i < COUNT(pads); i++) {
		FILE *f = file_of(line, pads[i]);
		struct dovecot_log log;

		assert_int_equal(dovecot_log_read(*state, fileno(f),
						  "ada@example.com", "UTC",
						  &log),
				 OK);
		assert_int_equal(log.cut, i == 1);
		/* One byte less of it does no harm to the rest of the line. */
		assert_int_equal(log.n, 1);
		(void)fclose(f);
	}
}

static void
what_is_no_file_is_refused(void **state)
{
	struct dovecot_log log;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dovecot_log_read(*state, ends[0], "a", "UTC", &log),
			 ERR_INVALID);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(lines_of_pigeonhole_are_read),
		UNIT_TEST(times_are_read_as_logs_write_them),
		UNIT_TEST(only_the_lines_of_one_user_are_taken),
		UNIT_TEST(a_long_log_is_read_from_its_end),
		UNIT_TEST(what_is_no_file_is_refused),
	};

	return cmocka_run_group_tests_name("verbs/dovecot_log", tests, NULL,
					   NULL);
}
