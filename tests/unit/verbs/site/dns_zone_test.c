/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "verbs/site/dns_zone.h"

static void
records_lead_to_the_public_url(void **state)
{
	static const struct {
		const char *url, *domain;
		const char *lines[DNS_RECORDS_MAX];
		const char *names[2];
		const char *notes[DNS_NOTES_MAX]; /* words of each */
	} rows[] = {
		/* clang-format off */
		{ "https://mail.example.com", "example.com",
		  { "autodiscover.example.com. 60 IN CNAME mail.example.com.",
		    "_autodiscover._tcp.example.com. 60 IN SRV 0 0 443 mail.example.com." },
		  { "mail.example.com", "autodiscover.example.com" },
		  { "mail.example.com needs an A" } },
		{ "https://mail.example.com:8443", "other.example",
		  { "autodiscover.other.example. 60 IN CNAME mail.example.com.",
		    "_autodiscover._tcp.other.example. 60 IN SRV 0 0 8443 mail.example.com." },
		  { "mail.example.com", "autodiscover.other.example" },
		  { "mail.example.com needs an A", "autodiscover.other.example at port 443, and this server is at 8443" } },
		{ "https://Autodiscover.example.com", "example.com",
		  { "_autodiscover._tcp.example.com. 60 IN SRV 0 0 443 Autodiscover.example.com." },
		  { "autodiscover.example.com" },
		  { "Autodiscover.example.com needs an A" } },
		{ "https://192.0.2.1", "example.com",
		  { "autodiscover.example.com. 60 IN A 192.0.2.1",
		    "_autodiscover._tcp.example.com. 60 IN SRV 0 0 443 autodiscover.example.com." },
		  { "192.0.2.1", "autodiscover.example.com" }, { NULL } },
		{ "https://[2001:db8::1]:444", "example.com",
		  { "autodiscover.example.com. 60 IN AAAA 2001:db8::1",
		    "_autodiscover._tcp.example.com. 60 IN SRV 0 0 444 autodiscover.example.com." },
		  { "2001:db8::1", "autodiscover.example.com" },
		  { "autodiscover.example.com at port 443, and this server is at 444" } },
		{ "https://localhost:8443", "example.com",
		  { "autodiscover.example.com. 60 IN CNAME localhost.",
		    "_autodiscover._tcp.example.com. 60 IN SRV 0 0 8443 localhost." },
		  { "localhost", "autodiscover.example.com" },
		  { "set public_url", "port 443" } },
		{ "https://mail.example.com", "b\xc3\xbc" "cher.example",
		  { "autodiscover.xn--bcher-kva.example. 60 IN CNAME mail.example.com.",
		    "_autodiscover._tcp.xn--bcher-kva.example. 60 IN SRV 0 0 443 mail.example.com." },
		  { "mail.example.com", "autodiscover.xn--bcher-kva.example" },
		  { "mail.example.com needs an A" } },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *row =
			op_print(op, "%s %s", rows[i].url, rows[i].domain);
		struct dns_zone zone;

		CHECK_ROW(row, dns_zone_make(op, rows[i].url, rows[i].domain,
					     &zone) == OK);
		for (size_t j = 0; j < DNS_RECORDS_MAX; j++)
			CHECK_ROW(
				row,
				unit_same(j < zone.records_n
						  ? dns_record_line(
							    op, &zone.record[j],
							    60)
						  : NULL,
					  rows[i].lines[j]));
		for (size_t j = 0; j < 2; j++)
			CHECK_ROW(row, unit_same(j < zone.names.n
							 ? zone.names.name[j]
							 : NULL,
						 rows[i].names[j]));
		for (size_t j = 0; j < DNS_NOTES_MAX; j++) {
			const char *words = rows[i].notes[j];

			CHECK_ROW(row, (words != NULL) == (j < zone.notes_n));
			CHECK_ROW(row, words == NULL || strstr(zone.note[j],
							       words) != NULL);
		}
	}
}

static void
avatars_are_found_at_the_same_host(void **state)
{
	static const struct {
		const char *url, *line;
	} rows[] = {
		/* clang-format off */
		{ "https://mail.example.com:8443", "_avatars-sec._tcp.example.com. 60 IN SRV 0 0 8443 mail.example.com." },
		{ "https://192.0.2.1",             "_avatars-sec._tcp.example.com. 60 IN SRV 0 0 443 autodiscover.example.com." },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct dns_zone zone;

		assert_int_equal(dns_zone_make(*state, rows[i].url,
					       "example.com", &zone),
				 OK);
		dns_zone_add_avatars(*state, rows[i].url, &zone);
		assert_int_equal(zone.records_n, 3);
		assert_string_equal(
			dns_record_line(*state, &zone.record[2], 60),
			rows[i].line);
	}
}

static void
a_domain_that_dns_cannot_have_is_refused(void **state)
{
	struct dns_zone zone;

	assert_int_equal(dns_zone_make(*state, "https://a.example",
				       "\xef\xbf\xbd.example", &zone),
			 ERR_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(records_lead_to_the_public_url),
		UNIT_TEST(avatars_are_found_at_the_same_host),
		UNIT_TEST(a_domain_that_dns_cannot_have_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
