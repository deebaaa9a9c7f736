/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_unit.h"

#include "cli/file.h"
#include "verbs/site/tls.h"

#define DAY_S INT64_C(86400)

static struct settings settings;

static void
names_add(struct op *op, struct certificate_names *names, const char *name)
{
	assert_int_equal(certificate_name_add(op, names, name), OK);
}

/* A tls folder as init makes it, for localhost and one domain. */
static void
make(struct op *op)
{
	struct certificate_names names = { 0 };
	const char *tls = unit_path(op, "tls");

	(void)mkdir(tls, 0755);
	names_add(op, &names, "mail.example.com");
	names_add(op, &names, "localhost");
	assert_int_equal(tls_domain_names(op, "example.com", &names), OK);
	assert_int_equal(tls_make(op, unit_folder, "x", &names), OK);
	settings.tls_certificate = unit_path(op, "tls/server.pem");
	settings.tls_key = unit_path(op, "tls/server.key");
	op->settings = &settings;
}

static struct bytes
content(struct op *op, const char *name)
{
	struct bytes out;

	assert_int_equal(file_read(op, unit_path(op, name), MIB, &out), OK);
	return out;
}

static bool
same(struct bytes a, struct bytes b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static enum tls_outcome
change(struct op *op, const char *const *domains, const char *removed,
       struct tls_result *out)
{
	struct domain list[4] = { 0 };
	struct domain_list all = { .domain = list };
	const struct tls_wish wish = { .domains = &all, .removed = removed };

	while (domains[all.n] != NULL) {
		list[all.n].name = domains[all.n];
		all.n++;
	}
	assert_int_equal(tls_change(op, &wish, out), OK);
	return out->outcome;
}

static const char *const first[] = { "example.com", NULL };
static const char *const both[] = { "example.com", "new.example", NULL };

static void
keys_are_for_their_owner_alone(void **state)
{
	static const struct {
		const char *name;
		mode_t mode;
	} rows[] = {
		{ "tls/ca.pem", 0644 },
		{ "tls/ca.key", 0600 },
		{ "tls/server.pem", 0644 },
		{ "tls/server.key", 0600 },
	};

	make(*state);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct stat st;

		CHECK_ROW(rows[i].name,
			  stat(unit_path(*state, rows[i].name), &st) == 0);
		CHECK_ROW(rows[i].name, (st.st_mode & 07777) == rows[i].mode);
	}
}

static void
a_new_domain_changes_the_certificate_alone(void **state)
{
	struct op *op = *state;
	struct tls_result result;
	struct bytes key, ca, pem;

	make(op);
	key = content(op, "tls/server.key");
	ca = content(op, "tls/ca.pem");
	assert_int_equal(change(op, both, NULL, &result), TLS_RENEWED);
	pem = content(op, "tls/server.pem");
	assert_true(certificate_covers(pem, "new.example"));
	assert_true(certificate_covers(pem, "autodiscover.new.example"));
	assert_true(certificate_covers(pem, "mail.example.com"));
	assert_true(certificate_covers(pem, "localhost"));
	assert_int_equal(certificate_signed_by(op, pem, ca), OK);
	assert_true(same(key, content(op, "tls/server.key")));
	assert_true(same(ca, content(op, "tls/ca.pem")));
	assert_int_equal(change(op, both, NULL, &result), TLS_UNCHANGED);
	assert_true(same(pem, content(op, "tls/server.pem")));
}

static void
a_removed_domain_leaves_the_certificate(void **state)
{
	struct op *op = *state;
	struct tls_result result;
	struct bytes pem;

	make(op);
	(void)change(op, both, NULL, &result);
	assert_int_equal(change(op, first, "new.example", &result),
			 TLS_RENEWED);
	pem = content(op, "tls/server.pem");
	assert_false(certificate_covers(pem, "new.example"));
	assert_false(certificate_covers(pem, "autodiscover.new.example"));
	assert_true(certificate_covers(pem, "example.com"));
	assert_true(certificate_covers(pem, "mail.example.com"));
}

static void
it_is_renewed_when_sixty_days_are_left(void **state)
{
	struct op *op = *state;
	const int64_t days = (CERTIFICATE_SERVER_DAYS - TLS_RENEW_DAYS) * DAY_S;
	const int64_t now = op->now;
	struct tls_result result;
	struct certificate_facts facts;

	make(op);
	op->now = now + days - 2 * 3600;
	assert_int_equal(change(op, first, NULL, &result), TLS_UNCHANGED);
	op->now = now + days;
	assert_int_equal(change(op, first, NULL, &result), TLS_RENEWED);
	assert_int_equal(
		certificate_read(op, content(op, "tls/server.pem"), &facts),
		OK);
	assert_true(facts.until >
		    op->now + (CERTIFICATE_SERVER_DAYS - 1) * DAY_S);
}

/* Somebody's own: signed by another, without our authority beside, or with
 * another authority's key. */
static void
a_foreign_certificate_is_left_alone(void **state)
{
	static const char *const rows[] = { "another authority", "no authority",
					    "another authority's key" };
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct certificate_pair other;
		struct tls_result result;
		struct bytes pem;

		make(op);
		pem = content(op, "tls/server.pem");
		assert_int_equal(certificate_ca(op, "other", &other), OK);
		if (i == 0)
			unit_file(unit_path(op, "tls/ca.pem"),
				  other.certificate.p, other.certificate.n);
		else if (i == 1)
			assert_int_equal(unlink(unit_path(op, "tls/ca.key")),
					 0);
		else
			unit_file(unit_path(op, "tls/ca.key"), other.key.p,
				  other.key.n);
		CHECK_ROW(rows[i],
			  change(op, both, NULL, &result) == TLS_FOREIGN);
		CHECK_ROW(rows[i], result.missing.n == 2);
		CHECK_ROW(rows[i],
			  unit_same(result.missing.name[0], "new.example"));
		CHECK_ROW(rows[i], same(pem, content(op, "tls/server.pem")));
	}
}

static void
a_certificate_that_is_not_there_is_an_error(void **state)
{
	struct op *op = *state;
	const struct domain_list none = { 0 };
	const struct tls_wish wish = { .domains = &none };
	struct tls_result result;

	make(op);
	assert_int_equal(unlink(unit_path(op, "tls/server.pem")), 0);
	assert_int_equal(tls_change(op, &wish, &result), ERR_NOT_FOUND);
	assert_non_null(strstr(op->reason, "server.pem"));
}

static void
a_domain_that_is_not_ascii_has_no_names(void **state)
{
	struct certificate_names names = { 0 };

	assert_int_equal(tls_domain_names(*state,
					  "b\xc3\xbc"
					  "cher.example",
					  &names),
			 OK);
	assert_int_equal(names.n, 0);
	assert_int_equal(tls_domain_names(*state, "x.example", &names), OK);
	assert_int_equal(names.n, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(keys_are_for_their_owner_alone),
		UNIT_TEST(a_new_domain_changes_the_certificate_alone),
		UNIT_TEST(a_removed_domain_leaves_the_certificate),
		UNIT_TEST(it_is_renewed_when_sixty_days_are_left),
		UNIT_TEST(a_foreign_certificate_is_left_alone),
		UNIT_TEST(a_certificate_that_is_not_there_is_an_error),
		UNIT_TEST(a_domain_that_is_not_ascii_has_no_names),
	};

	return cmocka_run_group_tests(tests, unit_folder_make,
				      unit_folder_remove);
}
