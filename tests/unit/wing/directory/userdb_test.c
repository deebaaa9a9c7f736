/* SPDX-License-Identifier: Apache-2.0 */
/* People of Dovecot's userdb: what is asked and understood, with a Dovecot that
 * says what a test wants; the real one is in tests/e2e/userdb_test.py. */
#include "unit.h"

#include "model/settings.h"
#include "wing/directory/source.h"
#include "wing/directory/userdb_wire.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HELLO "VERSION\t1\t2\nSPID\t77\n"
#define HEARD_MAX 1000
#define SHORT_MS 300 /* of a section that nobody answers */

/* ---- a Dovecot of one connection ---- */

struct server {
	char dir[32], path[64];
	int listener;
	pthread_t thread;
	const char *says; /* once it was asked; NULL: nothing, and it stays */
	char heard[HEARD_MAX];
};

static void *
serve(void *arg)
{
	struct server *s = arg;
	int fd = accept(s->listener, NULL, NULL);
	size_t n = 0;
	unsigned lines = 0;
	char more;

	while (fd >= 0 && lines < 2 && n + 1 < sizeof(s->heard) &&
	       recv(fd, s->heard + n, 1, 0) == 1)
		lines += s->heard[n++] == '\n';
	s->heard[n] = '\0';
	if (fd >= 0 && s->says != NULL)
		(void)send(fd, s->says, strlen(s->says), MSG_NOSIGNAL);
	else if (fd >= 0)
		(void)recv(fd, &more, 1, 0);
	if (fd >= 0)
		(void)close(fd);
	return NULL;
}

static void
server_start(struct server *s)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	(void)snprintf(s->dir, sizeof(s->dir), "/tmp/frontdesk-ud-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	(void)snprintf(s->path, sizeof(s->path), "%s/userdb", s->dir);
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

static struct userdb_section section;
static struct settings settings;

static struct source
source_of(struct op *op, const struct server *s)
{
	struct source source;

	section.title = "mail";
	section.socket = s->path;
	section.user = "%u";
	section.name_field = "displayname";
	section.timeout_ms = 5000;
	settings = (struct settings){ .userdbs = &section, .userdbs_n = 1 };
	op->settings = &settings;
	assert_int_equal(source_userdb.count(&settings), 1);
	source_userdb.fill(op, &settings, 0, &source);
	assert_string_equal(source.name, "userdb:mail");
	return source;
}

/* ---- one ---- */

static void
somebody_is_who_dovecot_says(void **state)
{
	static const struct {
		const char *says, *address, *name, *login, *alias;
	} rows[] = {
		/* clang-format off */
		{ "USER\t1\tada@x.example\tuid=5\tdisplayname=Ada L\thome=/h\n", "ada@x.example", "Ada L", "ada@x.example", NULL },
		{ "USER\t1\tada@x.example\n", "ada@x.example", "", "ada@x.example", NULL },
		{ "USER\t1\tAda@X.example\n", "ada@x.example", "", "Ada@X.example", NULL },
		{ "USER\t1\tada\tdisplayname=A\001tB\n", "ada@x.example", "A\tB", "ada", NULL },
		{ "USER\t1\tada@y.example\n", "ada@y.example", "", "ada@y.example", "ada@x.example" },
		{ "USER\t1\tada\tdisplayname=1\tdisplayname=2\n", "ada@x.example", "1", "ada", NULL },
		{ "USER\t1\tada\tdisplaynames=1\tname=2\n", "ada@x.example", "", "ada", NULL },
		{ "USER\t1\tada\tdisplayname=\xff\n", NULL, NULL, NULL, NULL },
		/* clang-format on */
	};
	const struct source_query query = { .address = "ada@x.example" };
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct server s = { .says = op_print(op, HELLO "%s",
						     rows[i].says) };
		struct source source;
		struct person p;
		enum err err;

		server_start(&s);
		source = source_of(op, &s);
		err = source_userdb.find(op, &source, &query, &p);
		server_stop(&s);
		CHECK_ROW(rows[i].says,
			  strcmp(s.heard, "VERSION\t1\t0\nUSER\t1\t"
					  "ada@x.example\tservice="
					  "frontdesk\n") == 0);
		CHECK_ROW(rows[i].says,
			  err == (rows[i].address == NULL ? ERR_DOWN : OK));
		if (err != OK)
			continue;
		CHECK_ROW(rows[i].says, unit_same(p.address, rows[i].address));
		CHECK_ROW(rows[i].says, unit_same(p.uid, rows[i].address));
		CHECK_ROW(rows[i].says, unit_same(p.name, rows[i].name));
		CHECK_ROW(rows[i].says, unit_same(p.login, rows[i].login));
		CHECK_ROW(rows[i].says, unit_same(p.aliases[0], rows[i].alias));
	}
}

static void
what_is_no_person_is_told_apart(void **state)
{
	static const struct {
		const char *says;
		enum err err;
		const char *why;
	} rows[] = {
		/* clang-format off */
		{ HELLO "NOTFOUND\t1\n", ERR_NOT_FOUND, "nobody" },
		{ HELLO "FAIL\t1\treason=the disk\n", ERR_DOWN, "the disk" },
		{ HELLO "FAIL\t1\treason=two\001nlines\n", ERR_DOWN, "cannot tell" },
		{ HELLO "FAIL\t1\n", ERR_DOWN, "cannot tell" },
		{ HELLO "USER\t1\n", ERR_DOWN, "cannot tell" },
		{ HELLO "USER\t2\tada\n", ERR_DOWN, "nobody had asked" },
		{ HELLO "NOTFOUND\n", ERR_DOWN, "nobody had asked" },
		{ "VERSION\t2\t0\n", ERR_DOWN, "version 2" },
		{ "VERSION\n", ERR_DOWN, "version" },
		{ HELLO, ERR_DOWN, "closed" },
		{ HELLO "USER\t1\tada", ERR_DOWN, "closed" },
		{ "", ERR_DOWN, "closed" },
		{ NULL, ERR_DOWN, "in time" },
		/* clang-format on */
	};
	const struct source_query query = { .address = "ada@x.example" };
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct server s = { .says = rows[i].says };
		struct source source;
		struct person p;
		enum err err;

		server_start(&s);
		source = source_of(op, &s);
		if (rows[i].says == NULL)
			section.timeout_ms = SHORT_MS;
		err = source_userdb.find(op, &source, &query, &p);
		server_stop(&s);
		CHECK_ROW(rows[i].why, err == rows[i].err);
		CHECK_ROW(rows[i].why, strstr(op->reason, rows[i].why) != NULL);
		CHECK_ROW(rows[i].why,
			  strstr(op->reason, "userdb:mail") != NULL);
	}
}

static void
lines_have_limits(void **state)
{
	struct op *op = *state;
	char *line = op_alloc(op, DOVECOT_LINE_MAX + 1);
	struct userdb_answer said;
	struct bytes out;

	memset(line, 'x', DOVECOT_LINE_MAX);
	memcpy(line, "USER\t1\t", 7);
	assert_int_equal(userdb_read(op,
				     (struct bytes){ (const uint8_t *)line,
						     DOVECOT_LINE_MAX - 1 },
				     NULL, &said),
			 OK);
	assert_int_equal(userdb_read(op,
				     (struct bytes){ (const uint8_t *)line,
						     DOVECOT_LINE_MAX },
				     NULL, &said),
			 ERR_DOWN);
	assert_int_equal(userdb_query(op, line, &out), ERR_NOT_FOUND);
	assert_int_equal(userdb_query(op, "a\nb", &out), ERR_NOT_FOUND);
	assert_int_equal(userdb_query(op, "a\001tb", &out), ERR_NOT_FOUND);
	line[DOVECOT_LINE_MAX - 40] = '\0';
	memset(line, 'x', 7);
	assert_int_equal(userdb_query(op, line, &out), OK);
	assert_int_equal(out.n, DOVECOT_LINE_MAX - 40 + 26);
}

static void
a_template_says_who_is_asked_for(void **state)
{
	const struct source_query query = { .uid = "ada@x.example" };
	struct op *op = *state;
	struct server s = { .says = HELLO "USER\t1\tx\\ada\n" };
	struct source source;
	struct person p;

	server_start(&s);
	source = source_of(op, &s);
	section.user = "%d\\%n";
	assert_int_equal(source_userdb.find(op, &source, &query, &p), OK);
	server_stop(&s);
	assert_non_null(strstr(s.heard, "\tx.example\\ada\t"));
	assert_string_equal(p.address, "ada@x.example");
	assert_string_equal(p.login, "x\\ada");
}

/* ---- everybody ---- */

struct told {
	char text[200];
};

static enum err
on_person(struct op *op, void *arg, const struct person *p)
{
	struct told *t = arg;

	(void)op;
	(void)strncat(t->text, p->address, sizeof(t->text) / 4);
	(void)strcat(t->text, " ");
	return OK;
}

static void
everybody_is_told_if_the_list_is_whole(void **state)
{
	static const struct {
		const char *says;
		enum err err;
		const char *people;
	} rows[] = {
		/* clang-format off */
		{ HELLO "LIST\t1\tada@x.example\nLIST\t1\thome\nLIST\t1\tBob@X.example\nDONE\t1\n",
		  OK, "ada@x.example bob@x.example " },
		{ HELLO "DONE\t1\n", OK, "" },
		{ HELLO "LIST\t1\tada@x.example\nDONE\t1\tfail\n", ERR_NOT_FOUND, "ada@x.example " },
		{ HELLO "LIST\t1\tada@x.example\n", ERR_DOWN, "ada@x.example " },
		{ HELLO "LIST\t1\tada@x.example\nFAIL\t1\treason=x\n", ERR_DOWN, "ada@x.example " },
		{ HELLO "LIST\t2\tada@x.example\nDONE\t1\n", ERR_DOWN, "" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct server s = { .says = rows[i].says };
		struct told t = { "" };
		struct source source;
		enum err err;

		server_start(&s);
		source = source_of(op, &s);
		section.name_field = NULL;
		err = source_userdb.walk(op, &source, on_person, &t);
		server_stop(&s);
		CHECK_ROW(rows[i].says, err == rows[i].err);
		CHECK_ROW(rows[i].says, strcmp(t.text, rows[i].people) == 0);
		CHECK_ROW(rows[i].says, strstr(s.heard, "LIST\t1\t") != NULL);
	}
}

static void
a_list_that_says_too_little_is_not_asked_for(void **state)
{
	struct op *op = *state;
	struct server nobody = { .path = "/nowhere" };
	struct source source = source_of(op, &nobody);
	struct told t = { "" };

	assert_int_equal(source_userdb.walk(op, &source, on_person, &t),
			 ERR_NOT_FOUND);
	section.name_field = NULL;
	section.user = "%n";
	assert_int_equal(source_userdb.walk(op, &source, on_person, &t),
			 ERR_NOT_FOUND);
	section.user = "%u";
	assert_int_equal(source_userdb.walk(op, &source, on_person, &t),
			 ERR_DOWN);
	assert_int_equal(source_userdb.ping(op, &source), ERR_DOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(somebody_is_who_dovecot_says),
		UNIT_TEST(what_is_no_person_is_told_apart),
		UNIT_TEST(lines_have_limits),
		UNIT_TEST(a_template_says_who_is_asked_for),
		UNIT_TEST(everybody_is_told_if_the_list_is_whole),
		UNIT_TEST(a_list_that_says_too_little_is_not_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
