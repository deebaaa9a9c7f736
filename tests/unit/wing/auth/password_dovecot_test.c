/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A password, asked of a Dovecot that says what a test wants: whatever it
 * says, slowly, in pieces, or not at all. The directory is a stand-in.
 */
#include "unit.h"

#include "base/text.h"
#include "model/settings.h"
#include "wing/auth/core.h"
#include "wire/dovecot_auth.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HELLO "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t1\nDONE\n"
#define SHORT_MS 300 /* of an op that nobody answers */

static const struct mailbox ada = { .id = 1, .address = "ada@x.example" };
static const struct mailbox bob = { .id = 2, .address = "bob@x.example" };

enum err
directory_login(struct directory *d, struct op *op, const char *name,
		const struct mailbox **out)
{
	(void)d;
	if (text_case_equal(name, "down"))
		return FAIL(op, ERR_DOWN, "the disk is gone");
	if (text_case_equal(name, bob.address) || text_case_equal(name, "bob"))
		*out = &bob;
	else if (text_case_equal(name, ada.address))
		*out = &ada;
	else
		return FAIL(op, ERR_NOT_FOUND, "nobody");
	return OK;
}

enum err
directory_login_address(struct directory *d, struct op *op, const char *name,
			const char **out)
{
	(void)d;
	if (strcmp(name, "who") == 0)
		return FAIL(op, ERR_NOT_FOUND, "no domain fits");
	*out = op_print(op, "%s@x.example", name);
	return OK;
}

/* Another source of passwords, which is linked with this one. */
enum err
directory_password(struct directory *d, struct op *op,
		   const struct mailbox *mailbox, const char *name,
		   const char *password, const char **hash)
{
	(void)d, (void)mailbox, (void)name, (void)password, (void)hash;
	return FAIL(op, ERR_NOT_FOUND, "our own");
}

/* ---- a Dovecot of one connection ---- */

struct server {
	char dir[32], path[64];
	int listener;
	pthread_t thread;
	const char *greeting; /* NULL: it hangs up at once */
	const char *answer;   /* after a question; NULL: it hangs up */
	bool piecewise;
	bool silent; /* it hangs up only when the client does */
	char asked[DOVECOT_LINE_MAX];
	uint32_t client;
};

static void
say(int fd, const char *text, bool piecewise)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i += piecewise ? 1 : n)
		if (send(fd, text + i, piecewise ? 1 : n, MSG_NOSIGNAL) < 0)
			return;
}

/* A line of the client's, or what there is when it goes. */
static void
hear(int fd, char *line, size_t room)
{
	size_t n = 0;

	while (n + 1 < room && recv(fd, line + n, 1, 0) == 1)
		if (line[n++] == '\n')
			break;
	line[n] = '\0';
}

static void *
serve(void *arg)
{
	struct server *s = arg;
	char line[DOVECOT_LINE_MAX];
	int fd = accept(s->listener, NULL, NULL);

	if (fd >= 0 && s->greeting != NULL) {
		hear(fd, line, sizeof(line));
		hear(fd, line, sizeof(line));
		(void)sscanf(line, "CPID\t%u\n", &s->client);
		say(fd, s->greeting, s->piecewise);
		if (s->silent || strstr(s->greeting, "DONE\n") != NULL)
			hear(fd, s->asked, sizeof(s->asked));
		if (s->answer != NULL)
			say(fd, s->answer, s->piecewise);
		if (s->silent)
			hear(fd, line, sizeof(line));
	}
	if (fd >= 0)
		(void)close(fd);
	return NULL;
}

static void
server_start(struct server *s)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	(void)snprintf(s->dir, sizeof(s->dir), "/tmp/frontdesk-dc-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	(void)snprintf(s->path, sizeof(s->path), "%s/auth", s->dir);
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", s->path);
	s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
		bind(s->listener, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(s->listener, 1), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void
server_stop(struct server *s)
{
	(void)shutdown(s->listener, SHUT_RDWR);
	(void)pthread_join(s->thread, NULL);
	(void)close(s->listener);
	(void)unlink(s->path);
	(void)rmdir(s->dir);
}

static const struct source nowhere;

static enum err
ask(struct op *op, const char *path, struct dovecot_answer *out)
{
	struct dovecot_query query = { .user = "ada@x.example",
				       .password = "pw" };

	return dovecot_ask(op, path, &query, out);
}

/* ---- the connection ---- */

static void
an_answer_is_taken_however_it_comes(void **state)
{
	static const struct {
		const char *row, *greeting, *answer;
		enum dovecot_word word;
	} rows[] = {
		/* clang-format off */
		{ "yes", HELLO, "OK\t1\tuser=ada@x.example\n", DOVECOT_OK },
		{ "no", HELLO, "FAIL\t1\tuser=ada@x.example\n", DOVECOT_FAIL },
		{ "more", HELLO, "CONT\t1\t\n", DOVECOT_CONT },
		{ "behind others", HELLO, "MECH\tX\nWHAT\t9\n\nOK\t1\n", DOVECOT_OK },
		{ "version 1.99", "VERSION\t1\t99\nMECH\tX\nMECH\tPLAIN\nDONE\n", "OK\t1\n", DOVECOT_OK },
		{ "and more than was asked", HELLO, "OK\t1\nOK\t1\nFAIL\t1\n", DOVECOT_OK },
		/* clang-format on */
	};

	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		size_t row = i / 2;
		struct server s = { .greeting = rows[row].greeting,
				    .answer = rows[row].answer,
				    .piecewise = i % 2 == 1 };
		struct dovecot_answer got;

		server_start(&s);
		CHECK_ROW(rows[row].row, ask(*state, s.path, &got) == OK);
		CHECK_ROW(rows[row].row, got.word == rows[row].word);
		server_stop(&s);
		CHECK_ROW(rows[row].row,
			  strncmp(s.asked, "AUTH\t1\tPLAIN\t", 13) == 0);
		/* no process has such a number */
		CHECK_ROW(rows[row].row, s.client > 4194304);
	}
}

static void
what_is_no_answer_is_nobodys_failure(void **state)
{
	static const struct {
		const char *row, *greeting, *answer, *why;
	} rows[] = {
		/* clang-format off */
		{ "hangs up", NULL, NULL, "Dovecot" },
		{ "an empty greeting", "", NULL, "closed" },
		{ "half a greeting", "VERSION\t1\t1\nMECH\tPLA", NULL, "closed" },
		{ "hangs up when asked", HELLO, NULL, "closed" },
		{ "half an answer", HELLO, "OK\t1", "closed" },
		{ "another version", "VERSION\t2\t0\nMECH\tPLAIN\nDONE\n", NULL, "version 2" },
		{ "no version", "VERSION\nDONE\n", NULL, "version" },
		{ "no PLAIN", "VERSION\t1\t1\nMECH\tCRAM-MD5\nDONE\n", NULL, "auth_mechanisms" },
		{ "another protocol", "220 mail.example ESMTP\r\nOK\n", NULL, "number" },
		{ "bytes", "\xff\xfe\xfd\n", NULL, "UTF-8" },
		{ "of another question", HELLO, "OK\t2\tuser=ada\n", "nobody had asked" },
		{ "of none", HELLO, "OK\tuser=ada\n", "number" },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct server s = { .greeting = rows[i].greeting,
				    .answer = rows[i].answer };
		struct op *op = *state;
		struct dovecot_answer got;

		server_start(&s);
		CHECK_ROW(rows[i].row, ask(op, s.path, &got) == ERR_DOWN);
		CHECK_ROW(rows[i].row, strstr(op->reason, rows[i].why) != NULL);
		server_stop(&s);
	}
}

/* `line`, so often. */
static char *
repeated(struct op *op, const char *before, const char *line, size_t times)
{
	size_t n = strlen(line), at = strlen(before);
	char *all = op_alloc(op, at + n * times + 1);

	memcpy(all, before, at);
	for (size_t i = 0; i < times; i++)
		memcpy(all + at + i * n, line, n);
	return all;
}

static void
nothing_has_no_end(void **state)
{
	struct op *op = *state;
	const char *const answers[] = {
		repeated(op, "", "x", DOVECOT_LINE_MAX),
		repeated(op, "OK\t1\tuser=", "x", DOVECOT_LINE_MAX),
		repeated(op, "", "WHAT\t1\n", 200),
	};
	struct dovecot_answer got;

	for (size_t i = 0; i < 2 * COUNT(answers); i++) {
		const char *much = answers[i / 2];
		struct server s = { .greeting = i % 2 == 0 ? HELLO : much,
				    .answer = i % 2 == 0 ? much : NULL,
				    .silent = true };

		server_start(&s);
		assert_int_equal(ask(op, s.path, &got), ERR_DOWN);
		assert_null(strstr(op->reason, "in time"));
		server_stop(&s);
	}
	{
		struct server s = { .greeting = HELLO,
				    .answer = repeated(op, "", "W\t1\n", 199) };

		s.answer = op_print(op, "%sOK\t1\n", s.answer);
		server_start(&s);
		assert_int_equal(ask(op, s.path, &got), OK);
		server_stop(&s);
	}
}

static void
nobody_is_waited_for_longer_than_the_op_may(void **state)
{
	static const char *const greetings[] = { "", "VERSION\t1\t1\n", HELLO };

	for (size_t i = 0; i < COUNT(greetings); i++) {
		struct server s = { .greeting = greetings[i], .silent = true };
		struct op *op = *state;
		struct op brief;
		struct dovecot_answer got;

		op_init(&brief, op->arena, NULL, SHORT_MS);
		server_start(&s);
		assert_int_equal(ask(&brief, s.path, &got), ERR_DOWN);
		assert_non_null(strstr(brief.reason, "in time"));
		assert_int_equal(op_left_ms(&brief), 0);
		server_stop(&s);
	}
}

static void
a_socket_that_cannot_be_reached_is_named(void **state)
{
	struct op *op = *state;
	char *path = op_alloc(op, 200);
	struct dovecot_answer got;

	assert_int_equal(ask(op, "/tmp/frontdesk-no/such", &got), ERR_DOWN);
	assert_non_null(strstr(op->reason, "/tmp/frontdesk-no/such"));
	assert_int_equal(dovecot_greet(op, "/dev/null"), ERR_DOWN);
	memset(path, 'x', 108);
	path[0] = '/';
	assert_int_equal(dovecot_greet(op, path), ERR_DOWN);
	assert_non_null(strstr(op->reason, "at most 107"));
	path[107] = '\0';
	assert_int_equal(dovecot_greet(op, path), ERR_DOWN);
	assert_non_null(strstr(op->reason, "No such file"));
}

/* ---- names ---- */

/* The name in what was asked. */
static const char *
name_asked(struct op *op, const struct server *s)
{
	const char *resp = strstr(s->asked, "\tresp=");
	struct bytes plain;

	assert_non_null(resp);
	resp += strlen("\tresp=");
	assert_int_equal(
		text_base64_decode(op, resp, strcspn(resp, "\n"), &plain), OK);
	return (const char *)plain.p + 1;
}

static void
names_go_there_and_come_back(void **state)
{
	static const struct {
		const char *pattern, *name;
		const struct mailbox *mailbox; /* by that name */
		const char *asked, *answered;
		bool of_login;
		const struct mailbox *wanted;
	} rows[] = {
		/* clang-format off */
		{ "%u", "ada@x.example",   &ada, "ada@x.example", "ada@x.example", false, &ada },
		{ "%u", "ADA@X.Example",   &ada, "ADA@X.Example", "ada@x.example", false, &ada },
		{ "%u", "ada@x.example",   &ada, "ada@x.example", "ada",           false, &ada },
		{ "%u", "ada@x.example",   &ada, "ada@x.example", NULL,            false, &ada },
		{ "%u", "ada",             &ada, "ada@x.example", "ada@x.example", false, &ada },
		{ "%u", "X\\ada",          &ada, "ada@x.example", "ada@x.example", false, &ada },
		{ "%u", "who",             NULL, "who",           "who",           false, NULL },
		{ "%u", "new",             NULL, "new@x.example", "new@x.example", false, NULL },
		{ "%u", "alias@x.example", NULL, "alias@x.example", "bob@x.example", false, &bob },
		{ "%u", "ada@x.example",   &ada, "ada@x.example", "bob@x.example", false, &bob },
		{ "%u", "ada@x.example",   &ada, "ada@x.example", "bob",           false, &bob },
		{ "%u", "ada@x.example",   &ada, "ada@x.example", "ad",            false, NULL },
		{ "%u", "ada@x.example",   &ada, "ada@x.example", "ada@x.exampl",  false, NULL },
		{ "%u", "ada@x.example",   &ada, "ada@x.example", "",              false, NULL },
		{ "%u", "ada@x.example",   &ada, "ada@x.example", "u1234",         false, NULL },
		{ "%u", "ada@x.example",   &ada, "ada@x.example", "u1234",         true,  &ada },
		{ "%u", "alias@x.example", NULL, "alias@x.example", "bob@x.example", true, NULL },
		{ "%u", "new@y.example",   NULL, "new@y.example", "new",           false, NULL },
		{ "%n", "new@y.example",   NULL, "new",           "new",           false, NULL },
		{ "%n", "ada@x.example",   &ada, "ada",           "ada",           false, &ada },
		{ "%n", "a@b@x.example",   NULL, "a@b",           "a@b",           false, NULL },
		{ "%d\\%n", "ada@x.example", &ada, "x.example\\ada", "x.example\\ada", false, &ada },
		{ "%d+%n", "who",          NULL, "+who",          "+who",          false, NULL },
		{ "%u%", "who",            NULL, "who%",          "who%",          false, NULL },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct server s = { .greeting = HELLO };
		const struct settings settings = {
			.dovecot_socket = s.path,
			.dovecot_user = rows[i].pattern,
			.dovecot_mailbox_of_login = rows[i].of_login,
		};
		struct password_attempt try = { rows[i].name, "pw", &nowhere,
						rows[i].mailbox, NULL };
		struct op *op = *state;
		struct auth a = { .directory = NULL };
		const char *row = op_print(op, "%s %s %s", rows[i].pattern,
					   rows[i].name, rows[i].answered);

		s.answer = rows[i].answered == NULL
				   ? "OK\t1\n"
				   : op_print(op, "OK\t1\tuser=%s\n",
					      rows[i].answered);
		op->settings = &settings;
		server_start(&s);
		CHECK_ROW(row, password_dovecot.check(&a, op, &try) == OK);
		server_stop(&s);
		CHECK_ROW(row, try.mailbox == rows[i].wanted);
		CHECK_ROW(row, strcmp(name_asked(op, &s), rows[i].asked) == 0);
	}
}

/* What is made for him is by the name that Dovecot has looked at. */
static void
a_domain_that_was_dropped_gets_no_mailbox(void **state)
{
	static const struct {
		const char *name, *answered, *canonical;
	} rows[] = {
		{ "new@y.example", "new", "new" },
		{ "New@y.example", "new", "new" },
		{ "new@y.example", "new@y.example", NULL },
		{ "new", "new", NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct server s = { .greeting = HELLO };
		const struct settings settings = { .dovecot_socket = s.path,
						   .dovecot_user = "%u" };
		struct password_attempt try = { rows[i].name, "pw", &nowhere,
						NULL, NULL };
		struct op *op = *state;
		struct auth a = { .directory = NULL };

		s.answer = op_print(op, "OK\t1\tuser=%s\n", rows[i].answered);
		op->settings = &settings;
		server_start(&s);
		CHECK_ROW(rows[i].name,
			  password_dovecot.check(&a, op, &try) == OK);
		server_stop(&s);
		if (rows[i].canonical == NULL)
			assert_null(try.canonical);
		else
			assert_string_equal(try.canonical, rows[i].canonical);
	}
}

static void
a_directory_that_is_down_is_nobodys_failure(void **state)
{
	struct server s = { .greeting = HELLO, .answer = "OK\t1\tuser=down\n" };
	const struct settings settings = { .dovecot_socket = s.path,
					   .dovecot_user = "%u" };
	struct password_attempt try = { "ada@x.example", "pw", &nowhere, &ada,
					NULL };
	struct auth a = { .directory = NULL };
	struct op *op = *state;

	op->settings = &settings;
	server_start(&s);
	assert_int_equal(password_dovecot.check(&a, op, &try), ERR_DOWN);
	server_stop(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(an_answer_is_taken_however_it_comes),
		UNIT_TEST(what_is_no_answer_is_nobodys_failure),
		UNIT_TEST(nothing_has_no_end),
		UNIT_TEST(nobody_is_waited_for_longer_than_the_op_may),
		UNIT_TEST(a_socket_that_cannot_be_reached_is_named),
		UNIT_TEST(names_go_there_and_come_back),
		UNIT_TEST(a_domain_that_was_dropped_gets_no_mailbox),
		UNIT_TEST(a_directory_that_is_down_is_nobodys_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
