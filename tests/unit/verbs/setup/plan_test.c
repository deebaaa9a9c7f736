/* SPDX-License-Identifier: Apache-2.0 */

/* Rows of what a server says, and what is then to be added. */
#include "unit.h"

#include "model/backend.h"
#include "verbs/setup/plan_look.h"

#define V23                                                                    \
	"# 2.3.21 (x): /etc/dovecot/dovecot.conf\n# Pigeonhole version "       \
	"0.5.21 (x)\n"
#define V24                                                                    \
	"# 2.4.2 (x): /etc/dovecot/dovecot.conf\n# Pigeonhole version 2.4.2 "  \
	"(x)\n"
#define FOLDER "/srv/scripts"

static struct backend_section section = {
	.title = "office",
	.kind = BACKEND_SIEVE_FILE,
	.user = "%u",
	.size_max = 1 * MIB,
	.folder = FOLDER,
	.file = "%u.sieve",
	.database = "/srv/sieve.db",
	.server = "127.0.0.1:4190",
	.master = "frontdesk",
	.password_file = "/srv/password",
};

static struct settings settings = {
	.file = "/srv/frontdesk.conf",
	.backends = &section,
	.backends_n = 1,
	.reply_delimiter = "+",
	.outbox_server = "127.0.0.1:10025",
};

/* The lines of all rows of a state, one after the other; NULL: none is so. */
static const char *
lines_of(const struct plan *plan, enum plan_state state, const char *check)
{
	const char *all = NULL;

	for (size_t i = 0; i < plan->n; i++) {
		const struct plan_row *r = &plan->row[i];

		if (r->state == state && strcmp(r->check, check) == 0)
			all = op_print(plan->op, "%s%s {%s}",
				       all == NULL ? "" : all,
				       r->block == NULL ? "" : r->block,
				       r->lines == NULL ? "" : r->lines);
	}
	return all;
}

static struct plan *
dovecot_plan(struct op *op, const char *said)
{
	static const struct dovecot_place place = {
		.conf = "/etc/dovecot/dovecot.conf",
		.lines = "/etc/dovecot/conf.d/99-frontdesk.conf",
		.sendmail = true,
	};
	struct plan *plan = op_alloc(op, sizeof(*plan));
	struct found found;

	plan->op = op;
	assert_int_equal(found_dovecot(op, bytes_of(said), &found), OK);
	plan_dovecot(plan, &settings, &found, &place);
	return plan;
}

static void
dovecot_is_told_in_the_words_of_its_version(void **state)
{
	static const struct {
		const char *kind, *said;
		enum plan_state state;
		const char *check, *lines;
	} rows[] = {
		/* clang-format off */
		{ BACKEND_SIEVE_FILE, V23, PLAN_MISSING, "scripts",
		  "plugin {sieve_before = file:/srv/scripts/%u.sieve;bindir=~/.frontdesk-sieve\n}" },
		{ BACKEND_SIEVE_FILE, V23 "plugin {\nsieve_before = /x\nsieve_before2 = /y\n}\n", PLAN_MISSING, "scripts",
		  "plugin {sieve_before3 = file:/srv/scripts/%u.sieve;bindir=~/.frontdesk-sieve\n}" },
		{ BACKEND_SIEVE_FILE, V24, PLAN_MISSING, "scripts",
		  "sieve_script frontdesk-1 {type = before\ndriver = file\n"
		  "path = /srv/scripts/%{user}.sieve\nbin_path = ~/.frontdesk-sieve\n}" },
		{ BACKEND_SIEVE_SQL, V23, PLAN_MISSING, "dict",
		  "dict {frontdesk = sqlite:/etc/dovecot/frontdesk-dict.conf.ext\n}" },
		{ BACKEND_SIEVE_SQL, V24, PLAN_MISSING, "scripts",
		  "sieve_script frontdesk-1 {type = before\ndriver = dict\nname = oof\n"
		  "bin_path = ~/.frontdesk-sieve\ndict proxy {\n  name = frontdesk\n}\n}" },
		{ BACKEND_SIEVE_FILE, V23, PLAN_MISSING, "sieve plugin",
		  "protocol lmtp {mail_plugins = $mail_plugins sieve\n}" },
		{ BACKEND_SIEVE_FILE, V23 "protocol lmtp {\nmail_plugins = quota\n}\n", PLAN_MISSING, "sieve plugin",
		  "protocol lmtp {mail_plugins = quota sieve\n}" },
		{ BACKEND_SIEVE_FILE, V23 "protocol lmtp {\nmail_plugins = quota sieve\n}\n", PLAN_MISSING, "sieve plugin", NULL },
		{ BACKEND_SIEVE_FILE, V24, PLAN_MISSING, "sieve plugin",
		  "protocol lmtp {mail_plugins {\n  sieve = yes\n}\n}" },
		{ BACKEND_SIEVE_FILE, V24 "protocol lmtp {\nmail_plugins {\nsieve = yes\n}\n}\n", PLAN_MISSING, "sieve plugin", NULL },
		{ BACKEND_MANAGESIEVE, V23, PLAN_MISSING, "managesieve", " {protocols = $protocols sieve\n}" },
		{ BACKEND_MANAGESIEVE, V24, PLAN_MISSING, "managesieve", " {protocols {\n  sieve = yes\n}\n}" },
		{ BACKEND_MANAGESIEVE, V23 "protocols = lmtp sieve\n", PLAN_MISSING, "managesieve", NULL },
		{ BACKEND_MANAGESIEVE, V23 "service managesieve-login {\ninet_listener sieve {\nport = 2000\n}\n}\n", PLAN_FAILED, "managesieve", " {}" },
		{ BACKEND_MANAGESIEVE, V23 "passdb {\nmaster = yes\n}\n", PLAN_MISSING, "master user", NULL },
		{ BACKEND_MILTER, V23, PLAN_SKIPPED, "backends", " {}" },
		{ BACKEND_SIEVE_FILE, "# 2.3.21 (x): /c\n", PLAN_FAILED, "sieve", " {}" },
		{ BACKEND_SIEVE_FILE, "# 2.2.36 (x): /c\n", PLAN_WARNING, "version", " {}" },
		{ BACKEND_SIEVE_FILE, "# 2.5.0 (x): /c\n", PLAN_WARNING, "version", " {}" },
		{ BACKEND_SIEVE_FILE, V23, PLAN_WARNING, "version", NULL },
		{ BACKEND_SIEVE_FILE, V24, PLAN_WARNING, "version", NULL },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *lines;

		section.kind = rows[i].kind;
		lines = lines_of(dovecot_plan(*state, rows[i].said),
				 rows[i].state, rows[i].check);
		if (!unit_same(lines, rows[i].lines))
			print_error("%s\n", lines == NULL ? "none" : lines);
		CHECK_ROW(rows[i].said, unit_same(lines, rows[i].lines));
	}
	section.kind = BACKEND_SIEVE_FILE;
}

static void
a_place_of_scripts_is_ours_or_not(void **state)
{
	static const struct {
		const char *said;
		enum plan_state state;
	} rows[] = {
		/* clang-format off */
		{ V23 "plugin {\nsieve_before = file:/srv/scripts/%u.sieve;bindir=~/x\n}\n", PLAN_FINE },
		{ V23 "plugin {\nsieve_before2 = /srv/scripts/%u.sieve;bindir=~/x\n}\n", PLAN_FINE },
		{ V23 "plugin {\nsieve_before = file:/srv/scripts/%u.sieve\n}\n", PLAN_WARNING },
		{ V23 "plugin {\nsieve_before = file:/srv/scripts/%n.sieve\n}\n", PLAN_FAILED },
		{ V23 "plugin {\nsieve_before = /srv/scripts\n}\n", PLAN_FAILED },
		{ V23 "plugin {\nsieve_before = /srv/scripts-of-others/%u.sieve\n}\n", PLAN_MISSING },
		{ V23 "plugin {\nsieve_after = /srv/scripts/%u.sieve\n}\n", PLAN_MISSING },
		{ V24 "sieve_script mine {\ntype = before\npath = /srv/scripts/%{user}.sieve\nbin_path = ~/x\n}\n", PLAN_FINE },
		{ V24 "sieve_script mine {\ntype = before\npath = /srv/scripts/%{user}.sieve\n}\n", PLAN_WARNING },
		{ V24 "sieve_script mine {\ntype = before\npath = /srv/scripts\n}\n", PLAN_FAILED },
		{ V24 "sieve_script mine {\ntype = after\npath = /srv/scripts/%{user}.sieve\n}\n", PLAN_MISSING },
		{ V24 "sieve_script mine {\nsieve_script_type = before\nsieve_script_path = /srv/scripts/%{user}.sieve\nbin_path = ~/x\n}\n", PLAN_FINE },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].said,
			  lines_of(dovecot_plan(*state, rows[i].said),
				   rows[i].state, "scripts") != NULL);
}

static void
settings_of_sieve_fit_or_not(void **state)
{
	static const struct {
		const char *said, *subject;
		enum plan_state state;
	} rows[] = {
		/* clang-format off */
		{ V23, "sieve_max_script_size", PLAN_FINE },
		{ V23 "plugin {\nsieve_max_script_size = 1048575\n}\n", "sieve_max_script_size", PLAN_MISSING },
		{ V23 "plugin {\nsieve_max_script_size = 1M\n}\n", "sieve_max_script_size", PLAN_FINE },
		{ V23 "plugin {\nsieve_max_script_size = 0\n}\n", "sieve_max_script_size", PLAN_FINE },
		{ V24 "sieve_max_script_size = 512 k\n", "sieve_max_script_size", PLAN_MISSING },
		{ V23, "sieve_vacation_max_period", PLAN_FINE },
		{ V24, "sieve_vacation_max_period", PLAN_MISSING },
		{ V24 "sieve_vacation_max_period = 365 days\n", "sieve_vacation_max_period", PLAN_MISSING },
		{ V24 "sieve_vacation_max_period = 366 days\n", "sieve_vacation_max_period", PLAN_FINE },
		{ V23 "plugin {\nsieve_vacation_max_period = 8w\n}\n", "sieve_vacation_max_period", PLAN_MISSING },
		{ V23 "plugin {\nsieve_vacation_min_period = 367d\n}\n", "sieve_vacation_min_period", PLAN_MISSING },
		{ V23, "submission_host", PLAN_WARNING },
		{ V23 "submission_host = mail:25\n", "submission_host", PLAN_FINE },
		{ V23, "recipient_delimiter", PLAN_FINE },
		{ V23 "recipient_delimiter = \n", "recipient_delimiter", PLAN_FAILED },
		{ V23 "plugin {\nsieve_extensions = +extlists\n}\n", "sieve_extensions", PLAN_FINE },
		{ V23 "plugin {\nsieve_extensions = -date\n}\n", "sieve_extensions", PLAN_FAILED },
		{ V23 "plugin {\nsieve_extensions = fileinto vacation\n}\n", "sieve_extensions", PLAN_FAILED },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct plan *plan = dovecot_plan(*state, rows[i].said);
		unsigned is = 0;

		for (size_t k = 0; k < plan->n; k++) {
			if (strcmp(plan->row[k].subject, rows[i].subject) == 0)
				is = plan->row[k].state;
		}
		CHECK_ROW(rows[i].said, is == rows[i].state);
	}
}

/* ---- Postfix ---- */

#define MAIN                                                                   \
	"mail_version = 3.7.11\nqueue_directory = /var/spool/postfix\n"        \
	"compatibility_level = 3.6\nrecipient_delimiter = +\n"                 \
	"smtp/inet/command = smtpd\ncleanup/unix/chroot = n\n"
#define FREE MAIN "smtp/inet/chroot = n\n"
#define JAIL MAIN "smtp/inet/chroot = y\n"

static void
postfix_is_told_what_it_lacks(void **state)
{
	static const struct {
		const char *listen, *said;
		enum plan_state state;
		const char *check, *subject, *lines;
	} rows[] = {
		/* clang-format off */
		{ "127.0.0.1:8891", FREE, PLAN_MISSING, "milter", "smtpd_milters", "smtpd_milters = inet:127.0.0.1:8891\n" },
		{ "unix:/srv/m", FREE, PLAN_MISSING, "milter", "smtpd_milters", "smtpd_milters = unix:/srv/m\n" },
		{ "unix:/var/spool/postfix/f/m", FREE, PLAN_MISSING, "milter", "smtpd_milters", "smtpd_milters = unix:f/m\n" },
		{ "unix:/var/spool/postfix/f/m", JAIL, PLAN_MISSING, "milter", "smtpd_milters", "smtpd_milters = unix:f/m\n" },
		{ "unix:/srv/m", JAIL, PLAN_FAILED, "chroot", "smtp/inet", NULL },
		{ "unix:/srv/m", MAIN "smtp/inet/chroot = -\n", PLAN_MISSING, "milter", "smtpd_milters", "smtpd_milters = unix:/srv/m\n" },
		{ "127.0.0.1:8891", FREE "smtpd_milters = unix:spam, inet:localhost:8891\nmilter_default_action = accept\n", PLAN_FINE, "milter", "smtpd_milters", NULL },
		{ "unix:/srv/m", FREE "smtpd_milters = unix:/srv/m\n", PLAN_FINE, "milter", "smtpd_milters", NULL },
		{ "unix:/srv/m", JAIL "smtpd_milters = unix:/srv/m\n", PLAN_FAILED, "chroot", "smtp/inet", NULL },
		{ "unix:/var/spool/postfix/srv/m", JAIL "smtpd_milters = unix:/srv/m\n", PLAN_FINE, "milter", "smtpd_milters", NULL },
		{ "127.0.0.1:8891", FREE "smtpd_milters = unix:spam\nmilter_default_action = accept\n", PLAN_MISSING, "milter", "smtpd_milters",
		  "smtpd_milters = unix:spam, inet:127.0.0.1:8891\n" },
		{ "127.0.0.1:8891", FREE "smtpd_milters = unix:spam\nmilter_default_action = tempfail\n", PLAN_MISSING, "milter", "smtpd_milters",
		  "smtpd_milters = unix:spam, { inet:127.0.0.1:8891, default_action=accept }\n" },
		{ "127.0.0.1:8891", FREE "milter_default_action = tempfail\n", PLAN_MISSING, "milter", "milter_default_action", "milter_default_action = accept\n" },
		{ "127.0.0.1:8891", FREE "smtpd_milters = inet:127.0.0.1:8891\nmilter_default_action = tempfail\n", PLAN_FAILED, "milter", "milter_default_action",
		  "milter_default_action = accept\n" },
		{ "127.0.0.1:8891", FREE "smtpd_milters = { inet:127.0.0.1:8891, default_action=accept }\nmilter_default_action = tempfail\n",
		  PLAN_FINE, "milter", "milter_default_action", NULL },
		{ "127.0.0.1:8891", FREE "smtp/inet/smtpd_milters = unix:spam\nsmtpd_milters = inet:127.0.0.1:8891\n", PLAN_WARNING, "milter", "smtp/inet", NULL },
		{ "127.0.0.1:8891", FREE, PLAN_MISSING, "outbox", "127.0.0.1:10025", "" },
		{ "127.0.0.1:8891", FREE "milter_protocol = 5\n", PLAN_MISSING, "milter", "milter_protocol", "milter_protocol = 6\n" },
		{ "127.0.0.1:8891", FREE "milter_protocol = 6\n", PLAN_FINE, "milter", "milter_protocol", NULL },
		{ "127.0.0.1:8891", FREE "sender_canonical_maps = tcp:localhost:10001\n", PLAN_WARNING, "setting", "sender_canonical_maps", NULL },
		{ "127.0.0.1:8891", FREE "sender_canonical_maps = hash:/etc/x\n", 0, "setting", "sender_canonical_maps", NULL },
		{ NULL, FREE, PLAN_SKIPPED, "milter", "/srv/frontdesk.conf", NULL },
		{ NULL, FREE, PLAN_FINE, "setting", "recipient_delimiter", NULL },
		/* clang-format on */
	};
	static const struct postfix_place place = { .folder = "/etc/postfix" };
	struct op *op = *state;

	section.kind = BACKEND_MILTER;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct plan *plan = op_alloc(op, sizeof(*plan));
		const struct plan_row *r = NULL;
		struct found found = { 0 };

		plan->op = op;
		settings.milter_listen = rows[i].listen;
		assert_int_equal(
			found_postfix(op, bytes_of(rows[i].said), &found), OK);
		plan_postfix(plan, &settings, &found, &place);
		for (size_t k = 0; k < plan->n; k++) {
			if (strcmp(plan->row[k].check, rows[i].check) == 0 &&
			    strcmp(plan->row[k].subject, rows[i].subject) == 0)
				r = &plan->row[k];
		}
		CHECK_ROW(rows[i].said,
			  (r == NULL ? 0 : r->state) == rows[i].state);
		if (rows[i].lines != NULL && *rows[i].lines != '\0')
			CHECK_ROW(rows[i].said,
				  unit_same(r->lines, rows[i].lines));
	}
	section.kind = BACKEND_SIEVE_FILE;
}

/* ---- numbers ---- */

static void
measures_have_units(void **state)
{
	static const struct {
		const char *text;
		int64_t size, period; /* -1: it is none */
	} rows[] = {
		{ "0", 0, 0 },
		{ "12", 12, 12 },
		{ "2M", 2 * 1024 * 1024, 120 },
		{ "1 k", 1024, -1 },
		{ "60 days", -1, INT64_C(60) * 86400 },
		{ "1w", -1, 604800 },
		{ "", -1, -1 },
		{ "-1", -1, -1 },
		{ "x", -1, -1 },
		{ "1000000000000", INT64_C(1000000000000),
		  INT64_C(1000000000000) },
		{ "1000000000001", -1, -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t size = 0;
		int64_t period = 0;

		CHECK_ROW(rows[i].text, look_size(rows[i].text, &size) ==
						(rows[i].size >= 0));
		CHECK_ROW(rows[i].text, look_period(rows[i].text, &period) ==
						(rows[i].period >= 0));
		if (rows[i].size >= 0)
			CHECK_ROW(rows[i].text, size == (uint64_t)rows[i].size);
		if (rows[i].period >= 0)
			CHECK_ROW(rows[i].text, period == rows[i].period);
	}
}

static void
a_server_is_here_or_not(void **state)
{
	static const struct {
		const char *server;
		bool here;
	} rows[] = {
		{ "127.0.0.1:25", true },
		{ "localhost:25", true },
		{ "[::1]:25", true },
		{ "localhost", true },
		{ "localhost.example.com:25", false },
		{ "mail.example.com:25", false },
		{ "192.0.2.127:25", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].server,
			  look_is_here(rows[i].server) == rows[i].here);
}

static void
rows_have_a_limit(void **state)
{
	struct plan *plan = op_alloc(*state, sizeof(*plan));
	const struct plan_row row = { .check = "x", .state = PLAN_MISSING };

	for (size_t i = 0; i < PLAN_ROWS_MAX + 1; i++)
		plan_add(plan, &row);
	assert_int_equal(plan->n, PLAN_ROWS_MAX);
	assert_int_equal(plan_count(plan, PLAN_MISSING), PLAN_ROWS_MAX);
	assert_int_equal(plan_count(plan, PLAN_FINE), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(dovecot_is_told_in_the_words_of_its_version),
		UNIT_TEST(a_place_of_scripts_is_ours_or_not),
		UNIT_TEST(settings_of_sieve_fit_or_not),
		UNIT_TEST(postfix_is_told_what_it_lacks),
		cmocka_unit_test(measures_have_units),
		cmocka_unit_test(a_server_is_here_or_not),
		UNIT_TEST(rows_have_a_limit),
	};

	return cmocka_run_group_tests_name("verbs/setup/plan", tests, NULL,
					   NULL);
}
