/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "verbs/site/certificate.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define DAY_S 86400

static void
names_of(struct op *op, const char *const *list, size_t n,
	 struct certificate_names *out)
{
	*out = (struct certificate_names){ 0 };
	for (size_t i = 0; i < n; i++)
		assert_int_equal(certificate_name_add(op, out, list[i]), OK);
}

static const char *const some[] = { "localhost", "127.0.0.1", "::1",
				    "Example.COM" };

static void
make(struct op *op, struct certificate_pair *ca,
     struct certificate_pair *server)
{
	struct certificate_names names;

	names_of(op, some, COUNT(some), &names);
	assert_int_equal(certificate_ca(op, "the house", ca), OK);
	assert_int_equal(certificate_server(op, ca, &names, NULL, server), OK);
}

static X509 *
x509(struct bytes pem)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	assert_non_null(x);
	return x;
}

/* X509_V_OK, or what OpenSSL says of the chain at that time. */
static int
verify(struct bytes ca, struct bytes server, const char *host, int64_t at)
{
	X509 *root = x509(ca), *leaf = x509(server);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int error;

	assert_int_equal(X509_STORE_add_cert(store, root), 1);
	assert_int_equal(X509_STORE_CTX_init(context, store, leaf, NULL), 1);
	param = X509_STORE_CTX_get0_param(context);
	X509_VERIFY_PARAM_set_time(param, (time_t)at);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
	X509_VERIFY_PARAM_set_hostflags(param,
					X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	X509_VERIFY_PARAM_set1_host(param, host, 0);
	(void)X509_verify_cert(context);
	error = X509_STORE_CTX_get_error(context);
	X509_STORE_CTX_free(context);
	X509_STORE_free(store);
	X509_free(root);
	X509_free(leaf);
	return error;
}

static void
openssl_verifies_the_chain_while_it_is_valid(void **state)
{
	struct op *op = *state;
	const int64_t days = INT64_C(397) * DAY_S;
	const struct {
		const char *name;
		int64_t at;
		const char *host;
		int error;
	} rows[] = {
		/* clang-format off */
		{ "now", op->now, "example.com", X509_V_OK },
		{ "localhost", op->now, "localhost", X509_V_OK },
		{ "another name", op->now, "example.org", X509_V_ERR_HOSTNAME_MISMATCH },
		{ "a clock that is slow", op->now - 3000, "localhost", X509_V_OK },
		{ "too early", op->now - 3700, "localhost", X509_V_ERR_CERT_NOT_YET_VALID },
		{ "the last hour", op->now + days - 3700, "localhost", X509_V_OK },
		{ "over", op->now + days, "localhost", X509_V_ERR_CERT_HAS_EXPIRED },
		/* clang-format on */
	};
	struct certificate_pair ca, server;

	make(op, &ca, &server);
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].name,
			  verify(ca.certificate, server.certificate,
				 rows[i].host, rows[i].at) == rows[i].error);
}

static void
another_authority_does_not_verify_it(void **state)
{
	struct op *op = *state;
	struct certificate_pair ca, server, other;

	make(op, &ca, &server);
	assert_int_equal(certificate_ca(op, "the house", &other), OK);
	assert_int_not_equal(verify(other.certificate, server.certificate,
				    "localhost", op->now),
			     X509_V_OK);
	assert_int_equal(
		certificate_signed_by(op, server.certificate, ca.certificate),
		OK);
	assert_int_equal(certificate_signed_by(op, server.certificate,
					       other.certificate),
			 ERR_NOT_FOUND);
	assert_int_equal(certificate_signed_by(op, server.certificate,
					       bytes_of("no certificate")),
			 ERR_INVALID);
}

static void
the_authority_lives_ten_years_and_signs_only_servers(void **state)
{
	struct op *op = *state;
	struct certificate_pair ca, server;
	struct certificate_facts facts;
	X509 *x;

	make(op, &ca, &server);
	assert_int_equal(certificate_read(op, ca.certificate, &facts), OK);
	assert_string_equal(facts.subject, facts.issuer);
	assert_non_null(strstr(facts.subject, "Frontdesk CA of the house"));
	assert_int_equal((facts.until - facts.from + 1) / DAY_S,
			 CERTIFICATE_CA_DAYS);
	x = x509(ca.certificate);
	assert_int_equal(X509_check_ca(x), 1);
	assert_int_equal(X509_get_pathlen(x), 0);
	X509_free(x);
	x = x509(server.certificate);
	assert_int_equal(X509_check_ca(x), 0);
	assert_int_equal(X509_get_extended_key_usage(x), XKU_SSL_SERVER);
	X509_free(x);
}

static void
it_holds_the_names_that_were_given(void **state)
{
	static const struct {
		const char *name;
		bool covered;
	} rows[] = {
		{ "localhost", true },
		{ "LOCALHOST", true },
		{ "127.0.0.1", true },
		{ "::1", true },
		{ "0:0:0:0:0:0:0:1", true },
		{ "example.com", true },
		{ "www.example.com", false },
		{ "127.0.0.2", false },
		{ "", false },
	};
	struct op *op = *state;
	struct certificate_pair ca, server;
	struct certificate_facts facts;

	make(op, &ca, &server);
	assert_int_equal(certificate_read(op, server.certificate, &facts), OK);
	assert_int_equal(facts.names.n, COUNT(some));
	assert_string_equal(facts.names.name[0], "localhost");
	assert_string_equal(facts.names.name[1], "127.0.0.1");
	assert_string_equal(facts.names.name[2], "::1");
	assert_string_equal(facts.names.name[3], "example.com");
	assert_int_equal((facts.until - facts.from + 1) / DAY_S,
			 CERTIFICATE_SERVER_DAYS);
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].name,
			  certificate_covers(server.certificate,
					     rows[i].name) == rows[i].covered);
	assert_false(certificate_covers(bytes_of("nothing"), "localhost"));
}

static void
what_is_no_name_is_refused(void **state)
{
	static const char *const rows[] = {
		"",     "a,DNS:b",   "a b",           "-a",
		"a..b", "1.2.3.4/8", "*.example.com",
	};
	struct op *op = *state;
	struct certificate_pair ca, made;

	assert_int_equal(certificate_ca(op, "x", &ca), OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct certificate_names names;

		names_of(op, &rows[i], 1, &names);
		CHECK_ROW(rows[i], certificate_server(op, &ca, &names, NULL,
						      &made) == ERR_INVALID);
	}
}

static void
a_certificate_has_at_most_so_many_names(void **state)
{
	struct op *op = *state;
	struct certificate_names names = { 0 };
	struct certificate_pair ca, server;

	for (int i = 0; i < CERTIFICATE_NAMES_MAX; i++)
		assert_int_equal(
			certificate_name_add(
				op, &names, op_print(op, "h%d.example.com", i)),
			OK);
	assert_int_equal(certificate_name_add(op, &names, "H7.example.com"),
			 OK); /* it is there already */
	assert_int_equal(certificate_name_add(op, &names, "more.example.com"),
			 ERR_LIMIT);
	assert_int_equal(names.n, CERTIFICATE_NAMES_MAX);
	assert_int_equal(certificate_ca(op, "x", &ca), OK);
	assert_int_equal(certificate_server(op, &ca, &names, NULL, &server),
			 OK);
	assert_true(certificate_covers(server.certificate, "h999.example.com"));
}

static void
a_name_can_be_taken_out(void **state)
{
	struct op *op = *state;
	struct certificate_names names;

	names_of(op, some, COUNT(some), &names);
	certificate_name_remove(&names, "127.0.0.1");
	certificate_name_remove(&names, "EXAMPLE.com");
	certificate_name_remove(&names, "never.there");
	assert_int_equal(names.n, 2);
	assert_string_equal(names.name[0], "localhost");
	assert_string_equal(names.name[1], "::1");
}

static void
long_names_leave_the_common_name_short(void **state)
{
	struct op *op = *state;
	char label[64] = { 0 };
	struct certificate_names names = { 0 };
	struct certificate_pair ca, server;
	const char *name;

	memset(label, 'a', sizeof(label) - 1);
	name = op_print(op, "%s.%s.example.com", label, label);
	assert_int_equal(certificate_ca(op, name, &ca), OK);
	assert_int_equal(certificate_name_add(op, &names, name), OK);
	assert_int_equal(certificate_server(op, &ca, &names, NULL, &server),
			 OK);
	assert_true(certificate_covers(server.certificate, name));
	assert_int_equal(
		verify(ca.certificate, server.certificate, name, op->now),
		X509_V_OK);
}

static void
a_kept_key_stays_the_same(void **state)
{
	struct op *op = *state;
	struct certificate_pair ca, server, again;
	struct certificate_names names;

	make(op, &ca, &server);
	names_of(op, some, 1, &names);
	assert_int_equal(
		certificate_server(op, &ca, &names, &server.key, &again), OK);
	assert_int_equal(certificate_fits(op, again.certificate, server.key),
			 OK);
	assert_int_equal(certificate_fits(op, again.certificate, ca.key),
			 ERR_INVALID);
	assert_int_equal(
		certificate_fits(op, again.certificate, bytes_of("no key")),
		ERR_INVALID);
	assert_int_equal(certificate_fits(op, bytes_of(""), server.key),
			 ERR_INVALID);
}

static void
serial_numbers_differ(void **state)
{
	struct op *op = *state;
	struct certificate_pair ca, first, second;
	struct certificate_names names;
	X509 *a, *b;

	make(op, &ca, &first);
	names_of(op, some, 1, &names);
	assert_int_equal(
		certificate_server(op, &ca, &names, &first.key, &second), OK);
	a = x509(first.certificate);
	b = x509(second.certificate);
	assert_int_not_equal(ASN1_INTEGER_cmp(X509_get0_serialNumber(a),
					      X509_get0_serialNumber(b)),
			     0);
	X509_free(a);
	X509_free(b);
}

static void
a_key_with_a_passphrase_is_not_asked_for(void **state)
{
	struct op *op = *state;
	struct certificate_pair ca, server;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long n;

	make(op, &ca, &server);
	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key,
						       EVP_aes_128_cbc(),
						       "secret", 6, NULL, NULL),
			 1);
	n = BIO_get_mem_data(bio, &text);
	assert_int_equal(
		certificate_fits(op, server.certificate,
				 (struct bytes){ (uint8_t *)text, (size_t)n }),
		ERR_INVALID);
	assert_string_equal(op->reason, "the key cannot be read");
	BIO_free(bio);
	EVP_PKEY_free(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(openssl_verifies_the_chain_while_it_is_valid),
		UNIT_TEST(another_authority_does_not_verify_it),
		UNIT_TEST(the_authority_lives_ten_years_and_signs_only_servers),
		UNIT_TEST(it_holds_the_names_that_were_given),
		UNIT_TEST(what_is_no_name_is_refused),
		UNIT_TEST(a_certificate_has_at_most_so_many_names),
		UNIT_TEST(a_name_can_be_taken_out),
		UNIT_TEST(long_names_leave_the_common_name_short),
		UNIT_TEST(a_kept_key_stays_the_same),
		UNIT_TEST(serial_numbers_differ),
		UNIT_TEST(a_key_with_a_passphrase_is_not_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
