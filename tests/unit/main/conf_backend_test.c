/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "main/conf_backend.h"

typedef const char *check_one(const char *value);

static void
values_are_taken_or_refused(void **state)
{
	static const struct {
		const char *value;
		check_one *check;
		bool right;
	} rows[] = {
		/* clang-format off */
		{ "sieve-file", backend_is_kind, true },
		{ "sieve-sql", backend_is_kind, true },
		{ "managesieve", backend_is_kind, true },
		{ "milter", backend_is_kind, true },
		{ "sieve", backend_is_kind, false },
		{ "", backend_is_kind, false },

		{ "%u.sieve", backend_is_file, true },
		{ "%d-%n.sieve", backend_is_file, true },
		{ "%u", backend_is_file, true },
		{ "%n.sieve", backend_is_file, false },
		{ "%d.sieve", backend_is_file, false },
		{ "x.sieve", backend_is_file, false },
		{ "%d/%u.sieve", backend_is_file, false },
		{ ".%u", backend_is_file, false },
		{ "%u .sieve", backend_is_file, false },
		{ "", backend_is_file, false },

		{ "mail.example.com:4190", backend_is_server, true },
		{ "127.0.0.1:1", backend_is_server, true },
		{ "[::1]:65535", backend_is_server, true },
		{ "mail.example.com", backend_is_server, false },
		{ "mail.example.com:0", backend_is_server, false },
		{ "mail.example.com:65536", backend_is_server, false },
		{ "mail.example.com: 25", backend_is_server, false },
		{ "mail.example.com:+25", backend_is_server, false },
		{ "::1:25", backend_is_server, false },
		{ ":25", backend_is_server, false },
		{ "a b:25", backend_is_server, false },
		{ "a/b:25", backend_is_server, false },
		{ "", backend_is_server, false },

		{ "frontdesk", backend_is_master, true },
		{ "front desk", backend_is_master, true },
		{ "a\001b", backend_is_master, false },
		{ "", backend_is_master, false },

		{ "frontdesk", backend_is_script, true },
		{ "front.desk_2-a", backend_is_script, true },
		{ ".dovecot", backend_is_script, false },
		{ "Vacation", backend_is_script, false },
		{ "vacation2", backend_is_script, true },
		{ "a/b", backend_is_script, false },
		{ "a\"b", backend_is_script, false },
		{ "", backend_is_script, false },

		{ "unix:/run/milter.sock", backend_is_milter, true },
		{ "unix:run/milter.sock", backend_is_milter, true },
		{ "127.0.0.1:8891", backend_is_milter, true },
		{ "[::1]:8891", backend_is_milter, true },
		{ "192.0.2.1:8891", backend_is_milter, false },
		{ "*:8891", backend_is_milter, false },
		{ "127.0.0.1", backend_is_milter, false },
		{ "unix:", backend_is_milter, false },
		{ "", backend_is_milter, false },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].value, (rows[i].check(rows[i].value) ==
					  NULL) == rows[i].right);
}

static void
lengths_have_an_end(void **state)
{
	static const struct {
		const char *name;
		check_one *check;
		const char *start;
		const char *end;
		size_t most;
	} rows[] = {
		{ "file", backend_is_file, "%u", "", 255 },
		{ "server", backend_is_server, "", ":25", 255 },
		{ "master", backend_is_master, "", "", 255 },
		{ "script", backend_is_script, "", "", 120 },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = rows[i].most - strlen(rows[i].start) -
			   strlen(rows[i].end);
		char *middle = op_alloc(op, n + 2);

		memset(middle, 'x', n);
		CHECK_ROW(rows[i].name,
			  rows[i].check(op_print(op, "%s%s%s", rows[i].start,
						 middle, rows[i].end)) == NULL);
		middle[n] = 'x';
		CHECK_ROW(rows[i].name,
			  rows[i].check(op_print(op, "%s%s%s", rows[i].start,
						 middle, rows[i].end)) != NULL);
	}
}

/* ---- whole sections ---- */

static enum err
sections_check(struct op *op, const char *milter,
	       const struct backend_section *b, size_t n)
{
	const struct settings settings = { .file = "frontdesk.conf",
					   .milter_listen = milter,
					   .backends = b,
					   .backends_n = n };

	return backend_check(op, &settings);
}

static void
sections_agree_or_are_refused(void **state)
{
	static const char *const one[] = { "example.com", NULL };
	static const char *const same[] = { "example.net", "Example.COM",
					    NULL };
	static const char *const other[] = { "example.net", NULL };
	static const struct {
		const char *name;
		struct backend_section a, b;
		const char *milter;
		const char *said; /* NULL: they are taken */
	} rows[] = {
		/* clang-format off */
		{ "one for all", { .kind = "sieve-file" }, { NULL }, NULL, NULL },
		{ "one and the rest", { .kind = "sieve-file", .domains = one }, { .kind = "sieve-sql" }, NULL, NULL },
		{ "two domains", { .kind = "sieve-file", .domains = one }, { .kind = "sieve-sql", .domains = other }, NULL, NULL },
		{ "two for the rest", { .kind = "sieve-file" }, { .kind = "sieve-sql" }, NULL, "both for all other domains" },
		{ "one domain twice", { .kind = "sieve-file", .domains = one }, { .kind = "sieve-sql", .domains = same }, NULL, "both name Example.COM" },
		{ "two folders", { .kind = "sieve-file", .domains = one, .folder = "/a" }, { .kind = "sieve-file", .folder = "/b", .database = "/a" }, NULL, NULL },
		{ "one folder twice", { .kind = "sieve-file", .domains = one, .folder = "/a" }, { .kind = "sieve-file", .folder = "/a" }, NULL, "in one place, /a" },
		{ "one database twice", { .kind = "sieve-sql", .domains = one, .database = "/a" }, { .kind = "sieve-sql", .database = "/a" }, NULL, "in one place, /a" },
		{ "a folder that another kind does not use", { .kind = "sieve-file", .domains = one, .folder = "/a" }, { .kind = "sieve-sql", .folder = "/a", .database = "/a/b" }, NULL, NULL },
		{ "a milter", { .kind = "milter" }, { NULL }, "127.0.0.1:8891", NULL },
		{ "a milter that is nowhere", { .kind = "milter" }, { NULL }, NULL, "milter.listen is not set" },
		{ "a server", { .kind = "managesieve", .server = "a:1", .master = "m", .password_file = "p" }, { NULL }, NULL, NULL },
		{ "no server", { .kind = "managesieve", .master = "m", .password_file = "p" }, { NULL }, NULL, "has no server" },
		{ "no password", { .kind = "managesieve", .server = "a:1", .master = "m" }, { NULL }, NULL, "both of master and password_file" },
		{ "a name of one domain", { .kind = "sieve-file", .user = "%n", .domains = other }, { NULL }, NULL, NULL },
		{ "a name of two domains", { .kind = "sieve-file", .user = "%n", .domains = same }, { NULL }, NULL, "the same in every domain" },
		{ "a name of any domain", { .kind = "sieve-file", .user = "%n" }, { NULL }, NULL, "the same in every domain" },
		{ "a name with its domain", { .kind = "sieve-file", .user = "%d/%n" }, { NULL }, NULL, NULL },
		{ "a name that nobody is asked by", { .kind = "milter", .user = "%n" }, { NULL }, "127.0.0.1:8891", NULL },
		{ "nobody to sign in", { .kind = "managesieve", .server = "a:1", .password_file = "p" }, { NULL }, NULL, "both of master and password_file" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct backend_section both[] = { rows[i].a, rows[i].b };
		enum err err;

		for (size_t k = 0; k < 2; k++) {
			if (both[k].user == NULL)
				both[k].user = "%u";
		}
		both[0].title = "a";
		both[0].line = 7;
		both[1].title = "b";
		both[1].line = 8;
		err = sections_check(op, rows[i].milter, both,
				     rows[i].b.kind == NULL ? 1 : 2);
		CHECK_ROW(rows[i].name,
			  err == (rows[i].said == NULL ? OK : ERR_INVALID));
		CHECK_ROW(rows[i].name,
			  rows[i].said == NULL ||
				  strstr(op->reason, rows[i].said) != NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(values_are_taken_or_refused),
		UNIT_TEST(lengths_have_an_end),
		UNIT_TEST(sections_agree_or_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
