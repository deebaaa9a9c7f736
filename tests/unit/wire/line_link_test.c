/* SPDX-License-Identifier: Apache-2.0 */
/* A connection that speaks lines, with a real server
 * (tests/lib/line_server.py): what it reads, when it gives up, and whom it
 * believes. */
#include "unit.h"

#include "wire/line_link.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVER "/usr/bin/python3 -W ignore tests/lib/line_server.py"
#define BRIEF_MS 100

static FILE *server;  /* what it prints */
static int server_in; /* it ends when this is closed */
static pid_t server_pid;
static unsigned port;
static char folder[200];

static int
server_start(void **state)
{
	int in[2], out[2];

	(void)state;
	if (pipe(in) != 0 || pipe(out) != 0)
		return -1;
	server_pid = fork();
	if (server_pid == 0) {
		(void)dup2(in[0], 0);
		(void)dup2(out[1], 1);
		(void)close(in[1]);
		(void)execl("/bin/sh", "sh", "-c", "exec " SERVER, NULL);
		_exit(127);
	}
	(void)close(in[0]);
	(void)close(out[1]);
	server_in = in[1];
	server = fdopen(out[0], "r");
	return server != NULL && fscanf(server, "%u %199s", &port, folder) == 2
		       ? 0
		       : -1;
}

static int
server_stop(void **state)
{
	(void)state;
	(void)close(server_in);
	(void)fclose(server);
	return waitpid(server_pid, NULL, 0) == server_pid ? 0 : -1;
}

/* ---- one connection ---- */

static const char *
in_folder(struct op *op, const char *name)
{
	return name == NULL ? NULL : op_print(op, "%s/%s", folder, name);
}

static enum err
say(struct op *op, struct line_link *l, const char *text)
{
	return line_link_send(op, l, bytes_of(text));
}

/* Connected, by the name `host`, and told what is to come. */
static struct line_link *
linked(struct op *op, const char *host, const char *ca, unsigned timeout_ms,
       const char *what)
{
	const struct line_place place = {
		.server = strncmp(host, "unix:", 5) == 0
				  ? host
				  : op_print(op, "%s:%u", host, port),
		.ca = in_folder(op, ca),
		.timeout_ms = timeout_ms,
	};
	struct line_link *l;

	assert_int_equal(line_link_open(op, &place, &l), OK);
	assert_int_equal(say(op, l, op_print(op, "%s\n", what)), OK);
	return l;
}

static const char *
line_of(struct op *op, struct line_link *l)
{
	struct bytes line;

	if (line_link_line(op, l, &line) != OK)
		return NULL;
	return op_text(op, (const char *)line.p, line.n);
}

static bool
reason_has(const struct op *op, const char *words)
{
	if (words != NULL && op->reason != NULL &&
	    strstr(op->reason, words) != NULL)
		return true;
	print_error("the reason: %s\n", op->reason);
	return false;
}

/* ---- where ---- */

static void
a_server_is_found_by_any_of_its_names(void **state)
{
	struct op *op = *state;
	const char *const rows[] = {
		"127.0.0.1",
		"localhost", /* which may be ::1 first, where nobody is */
		op_print(op, "unix:%s/socket", folder),
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		CLEANUP(line_link_close)
		struct line_link *l = linked(op, rows[i], NULL, 0, "echo");

		CHECK_ROW(rows[i], line_link_is_here(l));
		CHECK_ROW(rows[i], !line_link_is_tls(l));
		CHECK_ROW(rows[i], say(op, l, "hello\r\n") == OK);
		CHECK_ROW(rows[i], unit_same(line_of(op, l), "hello"));
	}
}

static void
who_is_not_there_is_told_with_the_server(void **state)
{
	struct op *op = *state;
	char *long_name = op_alloc(op, 400);
	const struct {
		const char *server, *reason;
	} rows[] = {
		{ "127.0.0.1:1", "127.0.0.1:1: Connection refused" },
		{ "localhost:1", "localhost:1: Connection refused" },
		{ "nowhere.invalid:25", "nowhere.invalid:25: " },
		{ "localhost", "a host and its port are needed" },
		{ "localhost:0", "a host and its port are needed" },
		{ "localhost:65536", "a host and its port are needed" },
		{ "", "a host and its port are needed" },
		{ "a b:25", "a host and its port are needed" },
		{ "unix:/nowhere/socket",
		  "unix:/nowhere/socket: No such file" },
		{ "unix:", "a socket's path has 1 to" },
		{ long_name, "at most" },
		{ op_print(op, "unix:/%0110d", 1), "a socket's path has 1 to" },
	};

	memset(long_name, 'x', 399);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct line_place place = { rows[i].server, NULL, 0 };
		struct line_link *l;

		CHECK_ROW(rows[i].server,
			  line_link_open(op, &place, &l) == ERR_DOWN);
		CHECK_ROW(rows[i].server, l == NULL);
		CHECK_ROW(rows[i].server, reason_has(op, rows[i].reason));
	}
}

/* ---- lines ---- */

static void
lines_come_whole_and_without_their_ends(void **state)
{
	static const char *const want[] = { "first", "second", "", "\r" };
	struct op *op = *state;
	CLEANUP(line_link_close)
	struct line_link *l = linked(op, "127.0.0.1", NULL, 0, "pieces");

	for (size_t i = 0; i < COUNT(want); i++)
		CHECK_ROW(want[i], unit_same(line_of(op, l), want[i]));
	assert_null(line_of(op, l)); /* it has no end */
	assert_true(reason_has(op, "closed the connection"));
}

static void
a_line_has_a_limit(void **state)
{
	struct op *op = *state;

	for (size_t more = 0; more < 2; more++) {
		size_t n = LINE_LINK_MAX - 2 + more;
		CLEANUP(line_link_close)
		struct line_link *l = linked(op, "127.0.0.1", NULL, 0,
					     op_print(op, "line %zu", n));
		const char *got = line_of(op, l);

		if (more == 0) {
			assert_int_equal(strlen(got), n);
			assert_string_equal(line_of(op, l), "next");
		} else {
			assert_null(got);
			assert_true(reason_has(op, "its line has no end"));
		}
	}
}

static void
bytes_are_read_to_the_last_and_no_further(void **state)
{
	static const size_t rows[] = {
		0, 1, 1000, LINE_LINK_MAX, LINE_LINK_MAX + 1, 1000000
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = rows[i];
		CLEANUP(line_link_close)
		struct line_link *l = linked(op, "127.0.0.1", NULL, 0,
					     op_print(op, "literal %zu", n));
		uint8_t *got = op_alloc(op, n + 1);

		assert_string_equal(line_of(op, l), op_print(op, "{%zu}", n));
		assert_int_equal(line_link_read(op, l, got, n), OK);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(got[k], k % 256);
		assert_int_equal(got[n], 0);
		assert_string_equal(line_of(op, l), "");
		assert_string_equal(line_of(op, l), "after");
		assert_int_equal(line_link_read(op, l, got, 1), ERR_DOWN);
	}
}

/* ---- patience ---- */

static void
nobody_is_waited_for_longer_than_the_limit(void **state)
{
	static const char *const rows[] = { "silent", "drip" };
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CLEANUP(line_link_close)
		struct line_link *l =
			linked(op, "127.0.0.1", NULL, BRIEF_MS, rows[i]);

		CHECK_ROW(rows[i], line_of(op, l) == NULL);
		CHECK_ROW(rows[i], reason_has(op, "does not answer in time"));
	}
}

static void
the_deadline_of_the_op_comes_first(void **state)
{
	struct op *op = *state;
	CLEANUP(line_link_close)
	struct line_link *l = linked(op, "127.0.0.1", NULL, 60000, "silent");

	op->deadline_us = op_clock_us() + INT64_C(1000) * BRIEF_MS;
	assert_null(line_of(op, l));
	assert_true(reason_has(op, "does not answer in time"));
	assert_int_equal(say(op, l, "more\r\n"), OK); /* it does not wait */
}

static void
who_reads_nothing_is_not_waited_for_either(void **state)
{
	struct op *op = *state;
	size_t n = 64 * MIB;
	uint8_t *all = op_alloc(op, n);
	CLEANUP(line_link_close)
	struct line_link *l = linked(op, "127.0.0.1", NULL, BRIEF_MS, "silent");

	assert_int_equal(line_link_send(op, l, (struct bytes){ all, n }),
			 ERR_DOWN);
	assert_true(reason_has(op, "does not answer in time"));
}

static void
to_speak_to_who_has_gone_is_an_error_and_no_signal(void **state)
{
	struct op *op = *state;
	CLEANUP(line_link_close)
	struct line_link *l = linked(op, "127.0.0.1", NULL, 0, "close");
	enum err err = OK;

	(void)signal(SIGPIPE, SIG_DFL);
	assert_null(line_of(op, l));
	for (int i = 0; i < 1000 && err == OK; i++)
		err = say(op, l, "hello?\r\n");
	assert_int_equal(err, ERR_DOWN);
}

/* ---- TLS ---- */

static void
only_the_right_server_is_believed(void **state)
{
	static const struct {
		const char *row, *host, *ca, *what;
		enum err err;
		const char *reason;
	} rows[] = {
		/* clang-format off */
		{ "by name", "localhost", "ca.pem", "tls localhost", OK, NULL },
		{ "by address", "127.0.0.1", "ca.pem", "tls localhost", OK, NULL },
		{ "TLS 1.2", "localhost", "ca.pem", "tls localhost TLSv1_2", OK, NULL },
		{ "TLS 1.3", "localhost", "ca.pem", "tls localhost TLSv1_3 TLSv1_3", OK, NULL },
		{ "TLS 1.1", "localhost", "ca.pem", "tls localhost TLSv1_1 TLSv1_1", ERR_DOWN, "TLS: " },
		{ "an address that is not named", "127.0.0.1", "ca.pem", "tls named", ERR_DENIED,
		  "name the server as its certificate does" },
		{ "another name", "localhost", "ca.pem", "tls other", ERR_DENIED,
		  "name the server as its certificate does" },
		{ "names of all kinds", "localhost", "ca.pem", "tls wildcard", ERR_DENIED,
		  "its certificate for localhost is not right" },
		{ "over", "localhost", "ca.pem", "tls expired", ERR_DENIED, "renew it" },
		{ "another authority", "localhost", "stranger.pem", "tls localhost", ERR_DENIED,
		  "name its authority's certificate with ca" },
		{ "the system's authorities", "localhost", NULL, "tls localhost", ERR_DENIED,
		  "name its authority's certificate with ca" },
		{ "no such file", "localhost", "none.pem", "tls localhost", ERR_DOWN,
		  "none.pem: no certificates can be read there" },
		{ "something behind the agreement", "localhost", "ca.pem", "inject", ERR_DENIED,
		  "somebody may be in between" },
		{ "no TLS", "localhost", "ca.pem", "plain", ERR_DOWN, "TLS: " },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CLEANUP(line_link_close)
		struct line_link *l =
			linked(op, rows[i].host, rows[i].ca, 0, rows[i].what);
		enum err err;

		CHECK_ROW(rows[i].row, unit_same(line_of(op, l), "go"));
		err = line_link_tls(op, l);
		CHECK_ROW(rows[i].row, err == rows[i].err);
		if (err != OK) {
			CHECK_ROW(rows[i].row, reason_has(op, rows[i].reason));
			continue;
		}
		CHECK_ROW(rows[i].row, line_link_is_tls(l));
		CHECK_ROW(rows[i].row, say(op, l, "hello\r\n") == OK);
		CHECK_ROW(rows[i].row, unit_same(line_of(op, l), "hello"));
	}
}

static void
by_tls_go_lines_of_any_number(void **state)
{
	struct op *op = *state;
	size_t n = 2 * MIB; /* more than both sides keep for each other */
	char *all = op_alloc(op, n);
	CLEANUP(line_link_close)
	struct line_link *l =
		linked(op, "localhost", "ca.pem", 0, "tls localhost");

	assert_string_equal(line_of(op, l), "go");
	assert_int_equal(line_link_tls(op, l), OK);
	for (size_t at = 0; at < n; at += LINE_LINK_MAX / 2) {
		size_t size = LINE_LINK_MAX / 2;
		char *back = op_alloc(op, size);

		memset(all, 'a' + (int)(at / size % 26), size - 1);
		all[size - 1] = '\n';
		assert_int_equal(
			line_link_send(op, l,
				       (struct bytes){ (uint8_t *)all, size }),
			OK);
		assert_int_equal(line_link_read(op, l, back, size), OK);
		assert_memory_equal(all, back, size);
	}
}

static void
tls_has_the_same_limits(void **state)
{
	struct op *op = *state;
	CLEANUP(line_link_close)
	struct line_link *l =
		linked(op, "localhost", "ca.pem", BRIEF_MS, "silent");

	assert_int_equal(line_link_tls(op, l), ERR_DOWN);
	assert_true(reason_has(op, "does not answer in time"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_server_is_found_by_any_of_its_names),
		UNIT_TEST(who_is_not_there_is_told_with_the_server),
		UNIT_TEST(lines_come_whole_and_without_their_ends),
		UNIT_TEST(a_line_has_a_limit),
		UNIT_TEST(bytes_are_read_to_the_last_and_no_further),
		UNIT_TEST(nobody_is_waited_for_longer_than_the_limit),
		UNIT_TEST(the_deadline_of_the_op_comes_first),
		UNIT_TEST(who_reads_nothing_is_not_waited_for_either),
		UNIT_TEST(to_speak_to_who_has_gone_is_an_error_and_no_signal),
		UNIT_TEST(only_the_right_server_is_believed),
		UNIT_TEST(by_tls_go_lines_of_any_number),
		UNIT_TEST(tls_has_the_same_limits),
	};

	return cmocka_run_group_tests(tests, server_start, server_stop);
}
