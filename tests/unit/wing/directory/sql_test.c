/* SPDX-License-Identifier: Apache-2.0 */
/* People in SQL, in a real SQLite file; PostgreSQL and MariaDB have the same
 * tests, and more, in tests/e2e/sql_test.py. */
#include "unit.h"

#include "base/text.h"
#include "model/settings.h"
#include "wing/directory/source.h"
#include "wing/directory/sql_link.h"
#include "wing/directory/sql_people.h"

#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

static const char tables[] =
	"CREATE TABLE people (id INTEGER PRIMARY KEY, mail TEXT, label TEXT,"
	" hash TEXT, active INTEGER, why TEXT);"
	"CREATE TABLE also (mail TEXT, id INTEGER);"
	"INSERT INTO people VALUES"
	" (1, 'ada@example.com', 'Ada', '{SSHA}x', 1, NULL),"
	" (2, 'Bob@Example.com', ' Bob ', NULL, 1, NULL),"
	" (3, 'off@example.com', 'Off', 'h', 0, NULL),"
	" (4, 'late@example.com', 'Late', 'h', 1, 'has expired'),"
	" (5, 'o''neil@example.com', 'x'';DROP TABLE also;--', 'h', 1, NULL),"
	" (6, 'twice@example.com', '', 'h', 1, NULL),"
	" (7, 'twice@example.com', '', 'h', 1, NULL),"
	" (8, 'not an address', '', 'h', 1, NULL);"
	"INSERT INTO also VALUES ('countess@example.com', 1),"
	" ('@example.com', 1), ('', 1), ('Lace@Example.COM', 1),"
	" ('countess@example.com', 1);";

static char file[] = "/tmp/frontdesk-sql-XXXXXX";

static const char person[] =
	"SELECT id AS uid, mail AS address, label AS name, hash AS password,"
	" active, why AS refused FROM people"
	" WHERE lower(mail) = :address OR id = CAST(:uid AS INTEGER)"
	" OR id IN (SELECT a.id FROM also a WHERE lower(a.mail) = :address)";

static struct sql_section section;
static struct settings settings;

static void
file_do(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static int
group_setup(void **state)
{
	(void)state;
	close(mkstemp(file));
	file_do(tables);
	return 0;
}

static int
group_teardown(void **state)
{
	(void)state;
	return unlink(file);
}

static struct source
source_of(struct op *op)
{
	struct source source;

	section.driver = "sqlite";
	section.title = "mail";
	section.connect = file;
	section.person_query = person;
	section.alias_query =
		"SELECT mail AS address FROM also WHERE id = :uid";
	section.list_query = NULL;
	section.login = true;
	section.timeout_ms = 5000;
	settings = (struct settings){ .dir = "/tmp",
				      .sqls = &section,
				      .sqls_n = 1 };
	op->settings = &settings;
	assert_int_equal(source_sql.count(&settings), 1);
	source_sql.fill(op, &settings, 0, &source);
	assert_string_equal(source.name, "sql:mail");
	assert_true(source.passwords);
	assert_false(source.pictures);
	return source;
}

static enum err
find(struct op *op, const struct source *source, const char *address,
     const char *uid, struct person *out)
{
	const struct source_query query = { .address = address,
					    .uid = uid,
					    .want = PERSON_WANT_PASSWORD };

	return source_sql.find(op, source, &query, out);
}

static void
somebody_is_found_by_any_of_his_addresses_and_by_his_uid(void **state)
{
	static const char *const addresses[] = { "ada@example.com",
						 "countess@example.com",
						 "lace@example.com", NULL };
	struct op *op = *state;
	struct source source = source_of(op);
	struct person p;

	for (size_t i = 0; i < COUNT(addresses); i++) {
		assert_int_equal(find(op, &source, addresses[i],
				      addresses[i] == NULL ? "1" : NULL, &p),
				 OK);
		assert_string_equal(p.address, "ada@example.com");
		assert_string_equal(p.uid, "1");
		assert_string_equal(p.name, "Ada");
		assert_string_equal(p.source, "sql:mail");
		assert_string_equal(p.login, "ada@example.com");
		assert_string_equal(p.password, "{SSHA}x");
		assert_false(p.disabled);
		assert_string_equal(p.aliases[0], "countess@example.com");
		assert_string_equal(p.aliases[1], "lace@example.com");
		assert_null(p.aliases[2]);
	}
	assert_int_equal(find(op, &source, "bob@example.com", NULL, &p), OK);
	assert_string_equal(p.address, "bob@example.com");
	assert_string_equal(p.name, "Bob");
	assert_null(p.password);
	assert_int_equal(find(op, &source, "off@example.com", NULL, &p), OK);
	assert_true(p.disabled);
}

/* Whatever stands in a value is a value. */
static void
who_is_nobody_is_not_found(void **state)
{
	static const char *const nobodies[] = {
		"nobody@example.com",
		"x' or '1'='1@example.com",
		"x\" or 1=1 --@example.com",
		"%@example.com",
		"_da@example.com",
		"ada@example.com'--@example.com",
		":address@example.com",
		"?@example.com",
		"not an address",
		"",
	};
	struct op *op = *state;
	struct source source = source_of(op);
	struct person p;

	for (size_t i = 0; i < COUNT(nobodies); i++)
		CHECK_ROW(nobodies[i],
			  find(op, &source, nobodies[i], NULL, &p) != OK);
	assert_int_equal(find(op, &source, NULL, "99", &p), ERR_NOT_FOUND);
	assert_int_equal(find(op, &source, "o'neil@example.com", NULL, &p), OK);
	assert_string_equal(p.name, "x';DROP TABLE also;--");
	assert_int_equal(find(op, &source, "twice@example.com", NULL, &p),
			 ERR_CONFLICT);
}

/* A database that takes one letter for another does not give somebody an
 * address that he does not say is his. */
static void
an_address_that_is_not_among_his_is_not_his(void **state)
{
	struct op *op = *state;
	struct source source = source_of(op);
	struct person p;

	section.person_query = "SELECT mail AS address FROM people WHERE id = 1"
			       " AND :address IS NOT NULL";
	section.alias_query = NULL;
	assert_int_equal(find(op, &source, "ada@example.com", NULL, &p), OK);
	assert_int_equal(find(op, &source,
			      "\xc3\xa1"
			      "da@example.com",
			      NULL, &p),
			 ERR_NOT_FOUND);
	assert_non_null(strstr(op->reason, "alias_query"));
}

static void
without_a_uid_the_address_is_it(void **state)
{
	struct op *op = *state;
	struct source source = source_of(op);
	struct person p;

	section.person_query =
		"SELECT mail AS address, 'a@x.example b@x.example,"
		"c@x.example;;d@x.example' AS aliases, 'x.example,y.example' AS"
		" domains, :local || '/' || :domain AS name FROM people"
		" WHERE lower(mail) = :address";
	section.alias_query = NULL;
	assert_int_equal(find(op, &source, NULL, "ada@example.com", &p), OK);
	assert_string_equal(p.uid, "ada@example.com");
	assert_string_equal(p.name, "ada/example.com");
	assert_string_equal(p.aliases[0], "a@x.example");
	assert_string_equal(p.aliases[3], "d@x.example");
	assert_string_equal(p.aliases[4], "ada@x.example");
	assert_string_equal(p.aliases[5], "ada@y.example");
	assert_null(p.aliases[6]);
	/* a uid of its own, by which it cannot be asked */
	section.person_query = "SELECT mail AS address, id AS uid FROM people"
			       " WHERE lower(mail) = :address";
	assert_int_equal(find(op, &source, NULL, "ada@example.com", &p),
			 ERR_INVALID);
	assert_non_null(strstr(op->reason, ":uid"));
}

static void
what_a_query_may_not_do_is_refused_and_told(void **state)
{
	static const struct {
		const char *query;
		enum err err;
		const char *why;
	} rows[] = {
		{ "DELETE FROM people", ERR_INVALID, "changes something" },
		{ "UPDATE people SET label = '' RETURNING mail AS address",
		  ERR_INVALID, "changes something" },
		{ "ATTACH '/tmp/x' AS x", ERR_INVALID, "columns" },
		{ "PRAGMA query_only = 0", ERR_INVALID, "columns" },
		{ "SELECT load_extension('x') AS address", ERR_INVALID,
		  "sqlite" },
		{ "SELECT 1; SELECT 2", ERR_INVALID, "one statement" },
		{ "SELECT mail FROM people", ERR_INVALID, "no column address" },
		{ "SELECT 'x' AS address", ERR_INVALID, "is none" },
		{ "SELECT nothing FROM people", ERR_INVALID, "nothing" },
		{ "SELECT a FROM no_table", ERR_INVALID, "no_table" },
		{ "", ERR_INVALID, "one statement" },
		{ "SELECT x'ff' AS address", ERR_INVALID, "UTF-8" },
		{ "SELECT 'a@b.example' AS address, printf('%.*c', 65537, 'x')"
		  " AS name",
		  ERR_INVALID, "larger" },
		{ "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM"
		  " n WHERE i < 10001) SELECT 'a@b.example' AS address FROM n",
		  ERR_INVALID, "rows" },
		{ "SELECT 'a@b.example' AS address, printf('%.*c', 256, 'u') AS"
		  " uid",
		  ERR_INVALID, "too long" },
		{ "SELECT 'a@b.example' AS address, printf('%.*c', 512, 'u') AS"
		  " password",
		  ERR_INVALID, "too long" },
		{ "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM"
		  " n) SELECT count(*) AS address FROM n",
		  ERR_DOWN, "in time" },
	};
	struct op *op = *state;
	struct source source = source_of(op);
	struct person p;

	section.timeout_ms = 300;
	for (size_t i = 0; i < COUNT(rows); i++) {
		section.person_query = rows[i].query;
		CHECK_ROW(rows[i].query, find(op, &source, "a@b.example", NULL,
					      &p) == rows[i].err);
		CHECK_ROW(rows[i].query,
			  strstr(op->reason, rows[i].why) != NULL);
		CHECK_ROW(rows[i].query,
			  strstr(op->reason, "person_query") != NULL ||
				  strstr(op->reason, "addr") != NULL ||
				  strstr(op->reason, "long") != NULL);
	}
}

static void
as_much_as_may_be_is_taken(void **state)
{
	struct op *op = *state;
	struct source source = source_of(op);
	struct person p;

	section.alias_query = NULL;
	section.person_query =
		"SELECT 'a@b.example' AS address, printf('%.*c', 65536, 'x') AS"
		" name, printf('%.*c', 255, 'u') AS uid, printf('%.*c', 511,"
		" 'p') AS password";
	assert_int_equal(find(op, &source, "a@b.example", NULL, &p), OK);
	assert_int_equal(strlen(p.name), PERSON_NAME_MAX);
	assert_int_equal(strlen(p.uid), PERSON_UID_MAX);
	assert_int_equal(strlen(p.password), PERSON_PASSWORD_MAX);
	section.person_query =
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
		" WHERE i < 10000) SELECT 'a@b.example' AS address FROM n";
	assert_int_equal(find(op, &source, "a@b.example", NULL, &p), OK);
	section.person_query =
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
		" WHERE i < 1200) SELECT 'a@b.example' AS address, i ||"
		" '@b.example' AS aliases FROM n";
	assert_int_equal(find(op, &source, "a@b.example", NULL, &p), OK);
	assert_string_equal(p.aliases[PERSON_ALIASES_MAX - 1],
			    "1200@b.example");
	assert_null(p.aliases[PERSON_ALIASES_MAX]);
	section.person_query =
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
		" WHERE i < 1201) SELECT 'a@b.example' AS address, i ||"
		" '@b.example' AS aliases FROM n";
	assert_int_equal(find(op, &source, "a@b.example", NULL, &p),
			 ERR_INVALID);
}

static void
a_password_is_a_hash_to_be_checked(void **state)
{
	struct op *op = *state;
	struct source source = source_of(op);
	static const struct {
		const char *uid;
		enum err err;
		const char *said;
	} rows[] = {
		{ "1", OK, "{SSHA}x" },
		{ "2", ERR_AUTH, "no password is set" },
		{ "3", ERR_AUTH, "not active" },
		{ "4", ERR_AUTH, "has expired" },
		{ "99", ERR_AUTH, "no longer there" },
		{ "20", ERR_AUTH, "is locked" },
		{ "21", ERR_AUTH, "is locked" },
		{ "22", ERR_AUTH, "is locked" },
		{ "23", OK, "{PLAIN}!" },
		{ "24", OK, "h" },
	};
	const char *hash = NULL;

	file_do("INSERT INTO people VALUES"
		" (20, 'u20@example.com', '', '!', 1, NULL),"
		" (21, 'u21@example.com', '', '*$6$a$b', 1, NULL),"
		" (22, 'u22@example.com', '', '{Sha512-Crypt}!$6$', 1, NULL),"
		" (23, 'u23@example.com', '', '{PLAIN}!', 1, NULL),"
		" (24, 'u24@example.com', '', 'h', 1, NULL);");
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct person_link link = { .uid = rows[i].uid };
		enum err err;

		hash = NULL;
		err = source_sql.check(op, &source, &link, "pw", &hash);
		CHECK_ROW(rows[i].uid, hash != NULL); /* for the time alone */

		CHECK_ROW(rows[i].uid, err == rows[i].err);
		CHECK_ROW(rows[i].uid, strstr(err == OK ? hash : op->reason,
					      rows[i].said) != NULL);
	}
	file_do("DELETE FROM people WHERE id >= 20");
	/* nobody's costs what somebody's did */
	assert_int_equal(source_sql.check(op, &source, NULL, "pw", &hash), OK);
	assert_string_equal(hash, "h"); /* the last one's */
	section.title = "other";
	source_sql.fill(op, &settings, 0, &source);
	assert_int_equal(source_sql.check(op, &source, NULL, "pw", &hash), OK);
	assert_memory_equal(hash, "{SHA512-CRYPT}$6$", 17);
}

struct told {
	char text[1000];
	size_t n;
	enum err err;
};

static enum err
on_person(struct op *op, void *arg, const struct person *p)
{
	struct told *t = arg;

	(void)op;
	t->n += (size_t)snprintf(t->text + t->n, sizeof(t->text) - t->n,
				 "%s%s%s ", p->address,
				 p->aliases[0] == NULL ? "" : "+",
				 p->password == NULL ? "" : "!");
	return t->err;
}

static void
everybody_is_told_page_by_page(void **state)
{
	struct op *op = *state;
	struct source source = source_of(op);
	static const char all[] =
		"bob@example.com ada@example.com+ late@example.com "
		"o'neil@example.com off@example.com twice@example.com "
		"twice@example.com ";
	static const char *const lists[] = {
		"SELECT id AS uid, mail AS address, hash AS password FROM"
		" people ORDER BY mail",
		"SELECT id AS uid, mail AS address FROM people WHERE mail >"
		" :after ORDER BY mail LIMIT 4",
		"SELECT id AS uid, mail AS address FROM people WHERE mail >"
		" :after ORDER BY mail LIMIT 100",
	};

	for (size_t i = 0; i < COUNT(lists); i++) {
		struct told t = { .err = OK };

		section.list_query = lists[i];
		assert_int_equal(source_sql.walk(op, &source, on_person, &t),
				 OK);
		assert_string_equal(t.text, all);
	}
}

static void
a_walk_that_cannot_be_ends(void **state)
{
	struct op *op = *state;
	struct source source = source_of(op);
	struct told t = { .err = OK };

	assert_int_equal(source_sql.walk(op, &source, on_person, &t),
			 ERR_NOT_FOUND);
	section.list_query = "SELECT 'a@b.example' AS address WHERE :after"
			     " IS NOT NULL";
	assert_int_equal(source_sql.walk(op, &source, on_person, &t),
			 ERR_INVALID);
	assert_non_null(strstr(op->reason, "does not go on"));
	section.list_query = "SELECT mail AS address FROM people";
	t = (struct told){ .err = ERR_DOWN };
	assert_int_equal(source_sql.walk(op, &source, on_person, &t), ERR_DOWN);
	assert_string_equal(t.text, "ada@example.com ");
}

static void
a_file_that_is_not_there_is_down_not_empty(void **state)
{
	struct op *op = *state;
	struct source source = source_of(op);
	struct person p;

	assert_int_equal(source_sql.ping(op, &source), OK);
	section.connect = "no/such.db"; /* from the folder of the settings */
	assert_int_equal(find(op, &source, "ada@example.com", NULL, &p),
			 ERR_DOWN);
	assert_non_null(strstr(op->reason, "/tmp/no/such.db"));
	assert_int_equal(source_sql.ping(op, &source), ERR_DOWN);
	section.connect = file + sizeof("/tmp/") - 1;
	assert_int_equal(source_sql.ping(op, &source), OK);
	section.alias_query = "SELECT x FROM also";
	assert_int_equal(source_sql.ping(op, &source), ERR_INVALID);
}

static void
connect_is_read_as_postgresql_has_it(void **state)
{
	static const struct {
		const char *connect;
		enum err err;
		bool far;
	} rows[] = {
		{ "", OK, false },
		{ "dbname=x", OK, false },
		{ "host=/run/postgresql", OK, false },
		{ "host=localhost", OK, false },
		{ "host='127.0.0.1' port=5433", OK, false },
		{ "host=localhost,db.example.com", OK, true },
		{ "host=db.example.com", OK, true },
		{ "host=localhost.example.com", OK, true },
		{ "hostaddr=192.0.2.1", OK, true },
		{ "service=mail", OK, true },
		{ "postgresql://frontdesk@db.example.com/mail", OK, true },
		{ "host", ERR_INVALID, false },
		{ "hosst=x", ERR_INVALID, false },
	};
	struct op *op = *state;
	struct sql_connect c;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].connect, sql_connect_read(op, rows[i].connect,
							    &c) == rows[i].err);
		CHECK_ROW(rows[i].connect, c.far == rows[i].far);
	}
	assert_int_equal(sql_connect_read(op,
					  "host=h user='u v' dbname=d port=1 "
					  "sslmode=require options=-x",
					  &c),
			 OK);
	assert_string_equal(c.user, "u v");
	assert_string_equal(c.sslmode, "require");
	assert_string_equal(c.other, "options");
}

static void
a_password_file_is_its_first_line(void **state)
{
	struct op *op = *state;
	char path[] = "/tmp/frontdesk-pw-XXXXXX";
	struct sql_section s = { .password_file = path };
	const char *out = "";
	char most[1024 + 2];

	(void)close(mkstemp(path));
	memset(most, 'x', sizeof(most));
	for (size_t n = 1024; n <= 1025; n++) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		(void)fwrite(most, 1, n, f);
		(void)fputs("\r\nmore\n", f);
		(void)fclose(f);
		assert_int_equal(sql_password(op, &s, &out),
				 n == 1024 ? OK : ERR_INVALID);
		if (n == 1024)
			assert_int_equal(strlen(out), 1024);
	}
	(void)unlink(path);
	assert_int_equal(sql_password(op, &s, &out), ERR_DOWN);
	s.password_file = NULL;
	assert_int_equal(sql_password(op, &s, &out), OK);
	assert_null(out);
}

static void
truths_are_read_in_any_spelling(void **state)
{
	static const struct {
		const char *columns;
		bool disabled;
	} rows[] = {
		{ "1 AS active", false },
		{ "0 AS active", true },
		{ "'t' AS active", false },
		{ "'f' AS active", true },
		{ "2 AS active", false },
		{ "NULL AS active", true },
		{ "'' AS active", true },
		{ "'No' AS active", true },
		{ "'FALSE' AS active", true },
		{ "1 AS disabled", true },
		{ "0 AS DISABLED", false },
		{ "NULL AS disabled", false },
		{ "1 AS active, 1 AS disabled", true },
		{ "1 AS other", false },
	};
	struct op *op = *state;
	struct source source = source_of(op);
	struct person p;

	section.alias_query = NULL;
	for (size_t i = 0; i < COUNT(rows); i++) {
		section.person_query =
			op_print(op, "SELECT 'a@b.example' AS address, %s",
				 rows[i].columns);
		CHECK_ROW(rows[i].columns,
			  find(op, &source, "a@b.example", NULL, &p) == OK);
		CHECK_ROW(rows[i].columns, p.disabled == rows[i].disabled);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(
			somebody_is_found_by_any_of_his_addresses_and_by_his_uid),
		UNIT_TEST(who_is_nobody_is_not_found),
		UNIT_TEST(an_address_that_is_not_among_his_is_not_his),
		UNIT_TEST(without_a_uid_the_address_is_it),
		UNIT_TEST(what_a_query_may_not_do_is_refused_and_told),
		UNIT_TEST(as_much_as_may_be_is_taken),
		UNIT_TEST(a_password_is_a_hash_to_be_checked),
		UNIT_TEST(everybody_is_told_page_by_page),
		UNIT_TEST(a_walk_that_cannot_be_ends),
		UNIT_TEST(a_file_that_is_not_there_is_down_not_empty),
		UNIT_TEST(connect_is_read_as_postgresql_has_it),
		UNIT_TEST(a_password_file_is_its_first_line),
		UNIT_TEST(truths_are_read_in_any_spelling),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
