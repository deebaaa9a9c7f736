/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "main/conf_table.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/frontdesk-settings-XXXXXX";
static char file[sizeof(folder) + 32];

static int
folder_make(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(file, sizeof(file), "%s/frontdesk.conf", folder);
	return 0;
}

static int
folder_remove(void **state)
{
	(void)state;
	(void)unlink(file);
	return rmdir(folder);
}

static enum err
open_text(struct op *op, const char *text, struct settings **out)
{
	FILE *f = fopen(file, "w");

	*out = NULL;
	assert_non_null(f);
	assert_int_equal(fputs(text, f) < 0, 0);
	assert_int_equal(fclose(f), 0);
	return settings_open(op, file, out);
}

static void
an_empty_file_is_a_whole_configuration(void **state)
{
	struct op *op = *state;
	struct settings *s;

	assert_int_equal(open_text(op, "", &s), OK);
	assert_string_equal(s->file, file);
	assert_string_equal(s->dir, folder);
	assert_string_equal(s->listen, "127.0.0.1:8443");
	assert_string_equal(s->status_listen, "127.0.0.1:8444");
	assert_string_equal(s->public_url, "https://localhost:8443");
	assert_true(strcmp(s->user, "frontdesk") == 0 ||
		    strcmp(s->user, "nobody") == 0);
	assert_string_equal(s->tls_certificate,
			    op_print(op, "%s/tls/server.pem", folder));
	assert_string_equal(s->data, op_print(op, "%s/data", folder));
	assert_string_equal(s->access_log, "stderr");
	assert_null(s->proxy_listen);
	assert_null(s->realm);
	assert_null(s->modules);
	assert_string_equal(s->proxy_trusted[2], "unix:");
	assert_null(s->penalty_exempt[0]);
	assert_int_equal(s->remember_max_h, 12);
	assert_int_equal(s->photo_max_age_s, 300);
	assert_true(s->photo_unlisted_size_largest);
	assert_false(s->address_book_public);
	assert_false(s->unzoned_is_mailbox_zone);
	/* slow clients are gone within 75 s */
	assert_true(s->header_timeout_s + s->body_timeout_s < 75);
	assert_true(s->send_timeout_s < 75);
	/* 10,000 connections may come from one place */
	assert_true(s->connections_max >= 10000);
	assert_true(s->connections_per_source_max >= 10000);
	settings_close(s);
	settings_close(NULL);
}

static void
what_is_not_set_follows_from_the_port(void **state)
{
	static const struct {
		const char *text, *status, *url;
	} rows[] = {
		/* clang-format off */
		{ "listen = \"*:443\"", "127.0.0.1:444", "https://localhost" },
		{ "listen = 0.0.0.0:9000", "127.0.0.1:9001", "https://localhost:9000" },
		{ "listen = \"[::1]:65535\"", "127.0.0.1:65534", "https://localhost:65535" },
		{ "status_listen = unix:/run/x", "unix:/run/x", "https://localhost:8443" },
		{ "public_url = https://mail.example.com", "127.0.0.1:8444", "https://mail.example.com" },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct settings *s;

		CHECK_ROW(rows[i].text, open_text(op, rows[i].text, &s) == OK);
		CHECK_ROW(rows[i].text,
			  unit_same(s->status_listen, rows[i].status));
		CHECK_ROW(rows[i].text, unit_same(s->public_url, rows[i].url));
		settings_close(s);
	}
}

#define ISSUER_WITH(more)                                                      \
	"issuer a { issuer = i audiences = b jwks = k " more "}"

/* With the / before it as many bytes as a socket's path may have. */
#define TEN "xxxxxxxxxx"
#define SOCKET_NAME_MAX TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "xxxxxx"

static void
a_value_that_would_not_do_is_refused(void **state)
{
	static const char *const rows[] = {
		"listen = 8443",
		"listen = unix:/run/x",
		"listen = localhost:8443",
		"listen = 127.0.0.1:0",
		"status_listen = 0.0.0.0:8444",
		"status_listen = \"*:8444\"",
		"status_listen = unix:",
		"status_listen = 'unix:/a b;'",
		"status_listen = 127.0.0.1:8443",
		"proxy { listen = 192.0.2.1:8080 }",
		"proxy { listen = \"[::]:8080\" }",
		"proxy { listen = 127.0.0.1:8443 }",
		"proxy { listen = 127.0.0.1:8444 }",
		"proxy { listen = unix:/x }\nstatus_listen = unix:/x",
		"listen = \"*:9000\"\nproxy { listen = 127.0.0.1:9000 }",
		"proxy { trusted = example.com }",
		"proxy { trusted = 192.0.2.0/33 }",
		"public_url = http://x.example",
		"public_url = https://",
		"public_url = https://x.example/",
		"public_url = https://x.example/EWS",
		"public_url = 'https://x.example:0'",
		"public_url = 'https://x.example:65536'",
		"public_url = 'https://x y'",
		"public_url = 'https://x\"y'",
		"user = \"a b\"",
		"user = -x",
		"user = a;b",
		"zone = Mars/Olympus",
		"zone = \"../../etc/passwd\"",
		"data = \"a;b\"",
		"tls { key = \"a$b\" }",
		"tls { certificate = \"a\\\"b\" }",
		"login { realm = \"a\\\"b\" }",
		"login { realm = \"caf\xc3\xa9\" }",
		"login { remember_h = 169 }",
		"login { penalty_exempt = unix: }",
		"login { remember_h = 13 }",
		"login { passwords = ldap }",
		"login { passwords = \"\" }",
		"login { remember_other_s = 901 }",
		"login { dovecot_user = \"%\" }",
		"login { dovecot_user = \"%x\" }",
		"login { dovecot_user = \"%d\" }",
		"login { dovecot_user = ada }",
		"login { dovecot_mailbox = both }",
		"login { dovecot_socket = '/a b;' }",
		"login { dovecot_socket = \"/" SOCKET_NAME_MAX "x\" }",
		"store { audit_days = 0 }",
		"store { audit_days = 3651 }",
		"limits { connections = 63 }",
		"limits { header_timeout_s = 0 }",
		"photo { unlisted_size = smallest }",
		"photo { cache = 1099511627777 }",
		"photo { max_age_s = 31536001 }",
		"workers = 257",
		"negotiate { keytab = 'a;b' }",
		"negotiate { service = HTTP }",
		"negotiate { service = HTTP/ }",
		"negotiate { service = /mail }",
		"negotiate { service = HTTP/a/b }",
		"negotiate { service = HTTP/mail@ }",
		"negotiate { service = HTTP/mail@A@B }",
		"negotiate { realms = '' }",
		"negotiate { realms = '=example.com' }",
		"negotiate { realms = 'A B' }",
		"negotiate { realms = 'A=' }",
		"negotiate { realms = 'A=a@b' }",
		"negotiate { realms = 'A=b=c' }",
		"issuer a { }",
		"issuer a { issuer = i audiences = b }",
		"issuer a { issuer = i jwks = b }",
		"issuer a { audiences = i jwks = b }",
		ISSUER_WITH("clock_skew_s = 301"),
		ISSUER_WITH("algorithms = HS256"),
		ISSUER_WITH("algorithms = none"),
		ISSUER_WITH("algorithms = { RS256, PS256 }"),
		ISSUER_WITH("user_claim = 'a b'"),
		ISSUER_WITH("domains = a@b"),
		ISSUER_WITH("jwks_ca = 'a;b'"),
		"issuer a { issuer = i audiences = b jwks = http://x/y }",
		"issuer a { issuer = i audiences = b jwks = https:// }",
		"issuer a { issuer = i audiences = b jwks = 'https://x /' }",
		ISSUER_WITH(
			"") "issuer b { issuer = i audiences = b jwks = k }",
		"service_account a@b.example { }",
		"service_account robot { domains = b.example }",
		"service_account a@b.example { addresses = b.example }",
		"service_account a@b.example { domains = a@b.example }",
		"service_account r { client_id = c domains = b.example }",
		"service_account r { client_id = c issuer = a domains = x.y }",
		ISSUER_WITH("") "service_account r { client_id = c issuer = a "
				"domains = x.y } service_account s { client_id "
				"= c issuer = a domains = x.y }",
	};
	struct op *op = *state;
	struct settings *s;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i], open_text(op, rows[i], &s) == ERR_INVALID);
		CHECK_ROW(rows[i],
			  strncmp(op->reason, file, strlen(file)) == 0);
		CHECK_ROW(rows[i], s == NULL);
	}
}

static void
a_value_that_does_is_taken(void **state)
{
	static const char *const rows[] = {
		"listen = \"[2001:db8::1]:443\"",
		"status_listen = 127.1.2.3:8443\nlisten = 127.0.0.1:8443",
		"status_listen = \"[::1]:8443\"",
		"login { remember_h = 12 }",
		"login { passwords = dovecot remember_other_s = 900 }",
		"login { dovecot_user = \"%n\" dovecot_mailbox = login }",
		"login { dovecot_user = \"%d/%u\" dovecot_mailbox = answer }",
		"login { dovecot_socket = \"/" SOCKET_NAME_MAX "\" }",
		"store { audit_days = 1 }",
		"proxy { listen = unix:run/front }",
		"proxy { trusted = { unix:, 10.0.0.0/8, \"::1\" } }",
		"public_url = https://x.example:8443",
		"public_url = \"https://[2001:db8::1]:8443\"",
		"public_url = \"https://[::1]\"",
		"user = www-data",
		"zone = America/Argentina/Buenos_Aires",
		"data = \"a folder\"",
		"login { realm = \"Our mail\" remember_h = 0 }",
		"limits { connections = 64 connections_per_source = 0 }",
		"workers = 256",
		"photo { cache = 1024GiB }",
		"negotiate { keytab = http.keytab }",
		"negotiate { service = HTTP/mail.example.com }",
		"negotiate { service = 'HTTP/mail.example.com@EXAMPLE.COM' }",
		"negotiate { realms = { 'EXAMPLE.COM', 'A=b.example' } }",
		ISSUER_WITH("clock_skew_s = 300 algorithms = ES256"),
		ISSUER_WITH("domains = { a.example, b.example }"),
		"issuer a { issuer = i audiences = b jwks = 'https://x/y?z=$1' "
		"}",
		ISSUER_WITH(
			"") "issuer b { issuer = I audiences = b jwks = k }",
		"service_account a@b.example { domains = b.example }",
		"service_account a@b.example { addresses = c@b.example }",
		ISSUER_WITH("") "service_account r { client_id = c issuer = a "
				"domains = x.y }",
	};
	struct op *op = *state;
	struct settings *s;

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (open_text(op, rows[i], &s) != OK)
			fail_msg("%s: %s", rows[i], op->reason);
		settings_close(s);
	}
}

static void
paths_begin_in_the_file_s_real_folder(void **state)
{
	struct op *op = *state;
	struct settings *s;
	char *before = getcwd(NULL, 0);
	char link[] = "/tmp/frontdesk-link-XXXXXX";

	assert_int_equal(open_text(op, "log { access = x.log }", &s), OK);
	assert_string_equal(s->access_log, op_print(op, "%s/x.log", folder));
	settings_close(s);

	assert_int_equal(open_text(op,
				   "status_listen = unix:run/s\n"
				   "proxy { listen = unix:/run/p }",
				   &s),
			 OK);
	assert_string_equal(s->status_listen,
			    op_print(op, "unix:%s/run/s", folder));
	assert_string_equal(s->proxy_listen, "unix:/run/p");
	settings_close(s);

	assert_int_equal(chdir(folder), 0);
	assert_int_equal(settings_open(op, "frontdesk.conf", &s), OK);
	assert_string_equal(s->file, file);
	settings_close(s);
	assert_int_equal(chdir(before), 0);
	free(before);

	assert_non_null(mkdtemp(link));
	assert_int_equal(rmdir(link), 0);
	assert_int_equal(symlink(folder, link), 0);
	assert_int_equal(
		settings_open(op, op_print(op, "%s/frontdesk.conf", link), &s),
		OK);
	assert_string_equal(s->dir, folder);
	settings_close(s);
	assert_int_equal(unlink(link), 0);
}

static void
a_file_that_is_not_there_is_not_found(void **state)
{
	struct op *op = *state;
	struct settings *s;

	assert_int_equal(settings_open(op, "/nonexistent/x.conf", &s),
			 ERR_NOT_FOUND);
	assert_int_equal(settings_open(op, op_print(op, "%s/none", folder), &s),
			 ERR_NOT_FOUND);
	assert_int_equal(settings_open(op, folder, &s), ERR_DOWN);
}

static void
nginx_hears_of_its_own_part_alone(void **state)
{
	static const struct {
		const char *text;
		bool same;
	} rows[] = {
		/* clang-format off */
		{ "", true },
		{ "listen = 127.0.0.1:8443", true },
		{ "listen = 127.0.0.1:9443", false },
		{ "tls { key = other }", false },
		{ "limits { body_timeout_s = 31 }", false },
		{ "proxy { trusted = 10.0.0.0/8 }", false },
		{ "threads { hash = 3 }", false },
		{ "photo { cache = 1MiB }", false },
		{ "photo { max_age_s = 1 unlisted_size = 400 }", true },
		{ "login { realm = x remember_h = 1 penalty_exempt = ::1 }", true },
		{ "zone = Europe/Berlin\naddress_book = public", true },
		{ "oof { strict_replies = yes unzoned = mailbox }", true },
		{ "log { hash_targets = yes }", true },
		{ "log { access = off }", false },
		/* clang-format on */
	};
	struct op *op = *state;
	struct settings *plain, *s;

	assert_int_equal(open_text(op, "", &plain), OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].text, open_text(op, rows[i].text, &s) == OK);
		CHECK_ROW(rows[i].text,
			  settings_same_nginx(plain, s) == rows[i].same);
		settings_close(s);
	}
	settings_close(plain);
}

static void
what_is_remembered_of_logins_knows_its_settings(void **state)
{
	static const struct {
		const char *text;
		bool same;
	} rows[] = {
		/* clang-format off */
		{ "zone = Europe/Berlin\n\n" ISSUER_WITH(""), true },
		{ ISSUER_WITH("clock_skew_s = 60"), true },
		{ ISSUER_WITH("clock_skew_s = 61"), false },
		{ ISSUER_WITH("scope = x"), false },
		{ "issuer b { issuer = i audiences = b jwks = k }", false },
		{ "issuer a { issuer = i audiences = { b, c } jwks = k }", false },
		{ ISSUER_WITH("") "service_account a@b.c { domains = b.c }", false },
		{ ISSUER_WITH("") "login { remember_h = 1 }", false },
		{ "", false },
		/* clang-format on */
	};
	struct op *op = *state;
	struct settings *plain, *s;

	assert_int_equal(open_text(op, ISSUER_WITH(""), &plain), OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_ROW(rows[i].text, open_text(op, rows[i].text, &s) == OK);
		CHECK_ROW(rows[i].text,
			  (memcmp(s->login_sum, plain->login_sum,
				  sizeof(s->login_sum)) == 0) == rows[i].same);
		CHECK_ROW(rows[i].text, settings_same_nginx(plain, s));
		settings_close(s);
	}
	settings_close(plain);
}

/* Takes the mark away from what is a setting, not a sentence. */
static char *
uncomment(struct op *op, const char *text)
{
	char *out = op_dup(op, text), *to = out;

	while (*text != '\0') {
		size_t n = strcspn(text, "\n") + 1, tab = *text == '\t';
		size_t word =
			strspn(text + tab + 2, "abcdefghijklmnopqrstuvwxyz_");

		if (text[tab] == '#' &&
		    ((word > 0 &&
		      (strncmp(text + tab + 2 + word, " = ", 3) == 0 ||
		       strncmp(text + n - 3, " {", 2) == 0)) ||
		     strncmp(text, "# }\n", 4) == 0))
			text += tab + 2, n -= tab + 2;
		memmove(to, text, n);
		to += n;
		text += n;
	}
	*to = '\0';
	return out;
}

static void
the_example_holds_every_setting(void **state)
{
	struct op *op = *state;
	struct settings *plain, *s;
	const char *text;
	struct buf buf;

	buf_init(&buf, op, 4096, 64 * KIB);
	settings_example(&buf);
	text = buf_text(&buf);
	assert_int_equal(open_text(op, "", &plain), OK);
	if (open_text(op, text, &s) != OK)
		fail_msg("the example: %s", op->reason);
	assert_true(settings_same_nginx(plain, s));
	settings_close(s);
	if (open_text(op, uncomment(op, text), &s) != OK)
		fail_msg("without its marks: %s", op->reason);
	assert_string_equal(s->public_url, "https://mail.example.com");
	assert_string_equal(s->penalty_exempt[1], "10.1.0.0/16");
	assert_int_equal(s->photo_cache_bytes, plain->photo_cache_bytes);
	assert_int_equal(plain->issuers_n, 0);
	assert_int_equal(s->issuers_n, 1);
	assert_string_equal(s->issuers[0].user_claim, "upn");
	assert_int_equal(s->service_accounts_n, 1);
	assert_string_equal(s->service_accounts[0].domains[1], "example.org");
	settings_close(s);
	settings_close(plain);
}

static void
what_init_writes_is_read(void **state)
{
	static const struct conf_value given[] = {
		{ "listen", "127.0.0.1:9443" },
		{ "public_url", "https://mail.example.com:9443" },
	};
	struct op *op = *state;
	struct settings *s;
	struct buf buf;

	buf_init(&buf, op, 4096, 64 * KIB);
	settings_write(&buf, given, COUNT(given));
	assert_int_equal(open_text(op, buf_text(&buf), &s), OK);
	assert_string_equal(s->listen, "127.0.0.1:9443");
	assert_string_equal(s->status_listen, "127.0.0.1:9444");
	assert_string_equal(s->public_url, "https://mail.example.com:9443");
	settings_close(s);
}

/* FRONTDESK_UPDATE=1 writes the file anew. */
static void
the_example_in_the_tree_is_up_to_date(void **state)
{
	struct op *op = *state;
	static const char path[] = "conf/frontdesk.conf"; /* tests run there */
	const char *wanted;
	char *got = op_alloc(op, 64 * KIB);
	struct buf buf;
	FILE *f;

	buf_init(&buf, op, 4096, 64 * KIB);
	settings_example(&buf);
	wanted = buf_text(&buf);
	if (getenv("FRONTDESK_UPDATE") != NULL) {
		f = fopen(path, "w");
		assert_non_null(f);
		assert_true(fputs(wanted, f) >= 0);
		assert_int_equal(fclose(f), 0);
	}
	f = fopen(path, "r");
	assert_non_null(f);
	(void)fread(got, 1, 64 * KIB - 1, f);
	assert_int_equal(fclose(f), 0);
	assert_string_equal(got, wanted);
}

static void
the_manual_is_made(void **state)
{
	struct op *op = *state;
	const char *text;
	struct buf buf;

	buf_init(&buf, op, 4096, 64 * KIB);
	settings_manual(&buf);
	assert_int_equal(buf_err(&buf), OK);
	text = buf_text(&buf);
	assert_non_null(strstr(text, ".It Ic listen\n"));
	assert_non_null(strstr(text, ".Ss Section login\n"));
	assert_non_null(strstr(text, ".It Ic hash_targets\n"));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(an_empty_file_is_a_whole_configuration),
		UNIT_TEST(what_is_not_set_follows_from_the_port),
		UNIT_TEST(a_value_that_would_not_do_is_refused),
		UNIT_TEST(a_value_that_does_is_taken),
		UNIT_TEST(paths_begin_in_the_file_s_real_folder),
		UNIT_TEST(a_file_that_is_not_there_is_not_found),
		UNIT_TEST(nginx_hears_of_its_own_part_alone),
		UNIT_TEST(what_is_remembered_of_logins_knows_its_settings),
		UNIT_TEST(the_example_holds_every_setting),
		UNIT_TEST(what_init_writes_is_read),
		UNIT_TEST(the_example_in_the_tree_is_up_to_date),
		UNIT_TEST(the_manual_is_made),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
