/* SPDX-License-Identifier: Apache-2.0 */
/* What a Negotiate token carries, and whose a principal is: rows. */
#include "unit.h"

#include "base/text.h"
#include "wing/auth/negotiate_name.h"

#define KRB5 "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"
#define KRB5_MS "\x06\x09\x2a\x86\x48\x82\xf7\x12\x01\x02\x02"
#define NTLM "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"
#define MESSAGE "NTLMSSP\0\x01\0\0\0"

#define BYTES(text)                                                            \
	{                                                                      \
		(const uint8_t *)(text), sizeof(text) - 1                      \
	}

static void
ntlm_is_told_from_kerberos(void **state)
{
	static const struct {
		const char *row;
		struct bytes token;
		bool ntlm;
	} rows[] = {
		{ "nothing", BYTES(""), false },
		{ "bare", BYTES(MESSAGE), true },
		{ "half a signature", BYTES("NTLMSSP"), false },
		{ "another protocol's name", BYTES("NTLMSSPX"), false },
		{ "wrapped", BYTES("\x60\x40" NTLM "\xa2\x10" MESSAGE), true },
		{ "offered alone", BYTES("\x60\x10" NTLM), true },
		{ "its name cut short", BYTES("\x06\x0a\x2b\x06\x01\x04\x01"),
		  false },
		{ "offered behind Kerberos", BYTES("\x60" KRB5 NTLM), false },
		{ "... by the name that Windows has", BYTES(KRB5_MS NTLM),
		  false },
		{ "offered before Kerberos, and sent", BYTES(NTLM KRB5 MESSAGE),
		  true },
		{ "Kerberos alone", BYTES("\x60" KRB5 "\x6e\x82"), false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].row,
			  negotiate_is_ntlm(rows[i].token) == rows[i].ntlm);
}

static void
a_principal_is_the_address_that_its_realm_says(void **state)
{
	static const char *const none[] = { NULL };
	static const char *const some[] = { "EXAMPLE.COM",
					    "AD.EXAMPLE.COM=example.com",
					    "A=b.example", NULL };
	static const struct {
		const char *row;
		struct bytes principal;
		const char *const *realms;
		const char *address;
	} rows[] = {
		/* clang-format off */
		{ "no list", BYTES("anna@EXAMPLE.COM"), NULL, "anna@EXAMPLE.COM" },
		{ "an empty list", BYTES("anna@EXAMPLE.COM"), none, "anna@EXAMPLE.COM" },
		{ "a realm by its name", BYTES("anna@EXAMPLE.COM"), some, "anna@EXAMPLE.COM" },
		{ "a realm of another name", BYTES("anna@AD.EXAMPLE.COM"), some, "anna@example.com" },
		{ "one that begins another", BYTES("anna@A"), some, "anna@b.example" },
		{ "one begun by another", BYTES("anna@AD.EXAMPLE.COM.EVIL"), some, NULL },
		{ "cut short", BYTES("anna@EXAMPLE"), some, NULL },
		{ "with its domain", BYTES("anna@A=b.example"), some, NULL },
		{ "in other letters", BYTES("anna@example.com"), some, NULL },
		{ "not in the list", BYTES("anna@OTHER.EXAMPLE"), some, NULL },
		{ "an instance", BYTES("anna/admin@EXAMPLE.COM"), some, NULL },
		{ "a service", BYTES("HTTP/mail@EXAMPLE.COM"), none, NULL },
		{ "a machine", BYTES("PC1$@EXAMPLE.COM"), some, NULL },
		{ "an enterprise name", BYTES("anna\\@x.org@EXAMPLE.COM"), some, NULL },
		{ "two realms", BYTES("anna@x.org@EXAMPLE.COM"), some, NULL },
		{ "no realm", BYTES("anna"), none, NULL },
		{ "an empty realm", BYTES("anna@"), none, NULL },
		{ "nobody", BYTES("@EXAMPLE.COM"), some, NULL },
		{ "nothing", BYTES(""), none, NULL },
		{ "a NUL", BYTES("anna\0@EXAMPLE.COM"), some, NULL },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *address = NULL;
		enum err err = negotiate_address(op, rows[i].principal,
						 rows[i].realms, &address);

		CHECK_ROW(rows[i].row,
			  err == (rows[i].address == NULL ? ERR_AUTH : OK));
		CHECK_ROW(rows[i].row, unit_same(address, rows[i].address));
	}
}

static void
a_ticket_is_for_the_service_that_is_set(void **state)
{
	static const struct {
		struct bytes principal;
		const char *service;
		bool ours;
	} rows[] = {
		/* clang-format off */
		{ BYTES("HTTP/mail.example.com@EXAMPLE.COM"), NULL, true },
		{ BYTES("http/mail@EXAMPLE.COM"), NULL, true },
		{ BYTES("HTTPS/mail@EXAMPLE.COM"), NULL, false },
		{ BYTES("HTTP@EXAMPLE.COM"), NULL, false },
		{ BYTES("host/mail@EXAMPLE.COM"), NULL, false },
		{ BYTES("HTTP/mail"), NULL, false },
		{ BYTES("HTTP/mail@EXAMPLE.COM"), "HTTP/mail", true },
		{ BYTES("HTTP/MAIL@OTHER.EXAMPLE"), "HTTP/mail", true },
		{ BYTES("HTTP/mail2@EXAMPLE.COM"), "HTTP/mail", false },
		{ BYTES("HTTP/mail@EXAMPLE.COM"), "HTTP/mail@EXAMPLE.COM", true },
		{ BYTES("HTTP/mail@OTHER.EXAMPLE"), "HTTP/mail@EXAMPLE.COM", false },
		{ BYTES("host/mail@EXAMPLE.COM"), "host/mail", true },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW((const char *)rows[i].principal.p,
			  negotiate_is_service(op, rows[i].principal,
					       rows[i].service) ==
				  rows[i].ours);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ntlm_is_told_from_kerberos),
		UNIT_TEST(a_principal_is_the_address_that_its_realm_says),
		UNIT_TEST(a_ticket_is_for_the_service_that_is_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
