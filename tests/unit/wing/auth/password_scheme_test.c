/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes as `doveadm pw` of Dovecot 2.3 makes them, of one password. */
#include "unit.h"

#include "wing/auth/password_scheme.h"

static const char password[] = "s\xc3\xa9"
			       "cret";

static void
the_password_of_a_hash_is_right_and_no_other(void **state)
{
	static const char *const hashes[] = {
		"{CRYPT}$2y$05$sXbUdHgwk2fpI3hgXpeQnOSXVKKB6OCufEC4SlIv7u2/"
		"jb1KCqvSS",
		"{BLF-CRYPT}$2y$05$nkbtlRScOXoZmLUZy7upOOAXKoR/"
		"02Gm1dYD8LXM4OmiF3WlctWLS",
		"{SHA256-CRYPT}$5$jFl2mvj5fwunKOUW$"
		"t6Hgc6FdBGr9iCWodFaUYv0g7Qo2NdCx71EuTTO4Zg2",
		"{SHA512-CRYPT}$6$OT65x/"
		"HfrDM7OtZs$"
		"vyAkvL2BZUjT2OYXvvqeV1WeSi2tNb1SxQNnb3TJXNVHkEFv069Y9AK2c/"
		"XJ3aTFAXuZupz4g1w8yS7ZPXXeu/",
		"{MD5-CRYPT}$1$WyQbOGP4$mqEn2lu6JQkCGt.EB8nww/",
		"{DES-CRYPT}1KZEuqyHYFWh.",
		"{PBKDF2}$1$mb0h1f56FscYJ/"
		"xr$5000$c588c6a01ea3cb22f4e6398bef294e2e10e55d67",
		"{SCRAM-SHA-1}4096,t6Jn+weOawhFhgk+yHbNhQ==,"
		"mJk4PqqtjLljk4tFA8vf+tx9LqM=,RJpZMxlUqrY6mlTiwEfXsgOoINA=",
		"{SCRAM-SHA-256}4096,p2zG7XpOL0MRu4ieXyk3kg==,"
		"3BtX5wxleenAqE5gPTPBkoumsZci+KWnPTkFTYC66nk=,"
		"omYCA2NcasSOCxIwe4d9/MtJNC+vFxkllBMh93GgheQ=",
		"{SSHA}VPQSUvjd9i5ckv77F6tpg/Thi5T+KKto",
		"{SSHA256}564RcsJA83A3FQ4HqhuZ0txAtap1V9DXnaOk/jL9pbHnl5Lx",
		"{SSHA512}8Dg5xNwiqA80AqOedemjcVycYq8XG7ktAGssmZsiB6gDbx/"
		"EYehnojvHg5nOIf5K0NnGMB7j6xzZUGwX55LZswlUbYg=",
		"{SMD5}rFVlrkjRpWbDaFTTzyd3+WK45xA=",
		"{SHA}4NPDM/3N1xhO4z/lGdXdb9NzViA=",
		"{SHA1}4NPDM/3N1xhO4z/lGdXdb9NzViA=",
		"{SHA256}llkpd1qkbxBf3iG/ue1tc/8BPDCeAZJOPeNJSsv2NNQ=",
		"{SHA512}oEMGAZ++NNVVtXqk7aZy59nyknw+"
		"nvtjMrtlgEbrM78DKoj8fZ3BUMGTd7X9eVQPBQgyUqI4K7fg226MclNYuA==",
		"{LDAP-MD5}5qDV3WjIythtK13v/PkU3g==",
		"{PLAIN-MD5}e6a0d5dd68c8cad86d2b5deffcf914de",
		"{PLAIN}s\xc3\xa9"
		"cret",
		"{CLEAR}s\xc3\xa9"
		"cret",
		"{CLEARTEXT}s\xc3\xa9"
		"cret",
		"{MD5}$1$XM/us/Ka$CLQjKUce/v9uMzPVceg2v/",
		"{SHA256.HEX}"
		"965929775aa46f105fde21bfb9ed6d73ff013c309e01924e3de3494acbf634"
		"d4",
		"{SSHA512.HEX}"
		"b3f3f594180f27bc18659a14578aa44c5edd93298a939d99355aa88ec858a4"
		"218a7a1d3e0c487865fd2326e15dc56396f6d6e275944b50e198998d45142b"
		"6c511a6b0e80",
		"{SSHA.B64}qq/QOLePAZLFDwD4dIvW2HX4oRvRcvHT",
		"{SHA512-CRYPT.B64}"
		"JDYkSnZBNGNjWmZySUc1VXYzYyRVdnlxR3EyaEV1eGtROUZtdWFHWGhVbGdCUk"
		"QzcXFjVUY0MkpPcEt6SVgyZHlMbTNXcjk0VTVzeHY1dnFJYk1uRXlTbGpuNGF0"
		"WjZvR3ltZUJ5b2xwLw==",
		"{PLAIN.BASE64}c8OpY3JldA==",
		"{ARGON2ID}$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$"
		"kAc51r1dHpKqyvJUPYXaqI3X4yj7QVNMJ03PsSjNf38",
		"{ARGON2I}$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$"
		"nqXlUoJA5HnyHkDhJ/XwG2xsQfBPqupBbpdap18EOQw",
		"$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$"
		"kAc51r1dHpKqyvJUPYXaqI3X4yj7QVNMJ03PsSjNf38",
		"$6$OT65x/"
		"HfrDM7OtZs$"
		"vyAkvL2BZUjT2OYXvvqeV1WeSi2tNb1SxQNnb3TJXNVHkEFv069Y9AK2c/"
		"XJ3aTFAXuZupz4g1w8yS7ZPXXeu/",
		"$y$j75$saltsalt$.rckh49.sy3Oepunf.w3I3n942V7d94lrHHYMn8KvR5",
		"{MD5}e6a0d5dd68c8cad86d2b5deffcf914de",
		"{ssha256}564RcsJA83A3FQ4HqhuZ0txAtap1V9DXnaOk/jL9pbHnl5Lx",
		"{SHA256}"
		"965929775aa46f105fde21bfb9ed6d73ff013c309e01924e3de3494acbf634"
		"d4",
		"{SHA256.hex}"
		"965929775AA46F105FDE21BFB9ED6D73FF013C309E01924E3DE3494ACBF634"
		"D4",
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(hashes); i++) {
		CHECK_ROW(hashes[i],
			  scheme_check(op, password, hashes[i]) == OK);
		CHECK_ROW(hashes[i],
			  scheme_check(op, "secret", hashes[i]) == ERR_AUTH);
		CHECK_ROW(hashes[i],
			  scheme_check(op, "", hashes[i]) == ERR_AUTH);
		CHECK_ROW(hashes[i],
			  scheme_check(op, hashes[i], hashes[i]) == ERR_AUTH);
	}
}

static void
what_cannot_be_checked_is_no_wrong_password(void **state)
{
	static const char *const hashes[] = {
		"",
		"secret",
		"{}",
		"{NTLM}A4F49C406510BDCAB6824EE7C30FD852",
		"{NO-SUCH-SCHEME}x",
		"{SSHA256.B32}x",
		"{SSHA256.}x",
		"{SSHA",
		"{SSHA}",
		"{SSHA}4NPDM/3N1xhO4z/lGdXdb9NzViA=",    /* no salt */
		"{SHA}+AhYp+L+z9QU/+DIgstsHudrmGa/Mkhf", /* too long */
		"{SHA}4NPDM/3N1xhO4z/lGdXd",
		"{SHA256}not base64!",
		"{SHA256.HEX}zz",
		"{SHA256.HEX}965929775aa46f105fde21bfb9ed6d73ff013c309e01924e",
		"{BLF-CRYPT}",
		"{BLF-CRYPT}$2y$05$x",
		"{BLF-CRYPT}$2y$17$abcdefghijklmnopqrstuuu",
		"{BLF-CRYPT}$2y$31$abcdefghijklmnopqrstuuu",
		"{SHA512-CRYPT}$6$rounds=10000001$saltsalt$x",
		"{SHA256-CRYPT}$5$rounds=99999999999$saltsalt$x",
		"$y$jET$saltsaltsaltsalt$x",
		"$y$j9zzz$saltsaltsaltsalt$x",
		"$y$/9T$saltsaltsaltsalt$x",
		"$gy$jFT$saltsaltsaltsalt$x",
		"$7$FU..../....saltsaltsalt$x",
		"$7$CUzzzz/....saltsaltsalt$x",
		"$sha1$4294967295$saltsalt$x",
		"{CRYPT}e6a0d5dd68c8cad86d2b5deffcf914de",
		"e6a0d5dd68c8cad86d2b5deffcf914de",
		"{MD5}zz",
		"{PBKDF2}$2$salt$5000$00",
		"{PBKDF2}$1$salt$5000",
		"{PBKDF2}$1$salt$0$00",
		"{PBKDF2}$1$salt$10000001$00",
		"{SCRAM-SHA-256}4096,x",
		"{SCRAM-SHA-256}10000001,c2FsdA==,c2FsdA==,c2FsdA==",
		"{SCRAM-SHA-256}4096,*,c2FsdA==,c2FsdA==",
		"{ARGON2ID}",
		"{ARGON2ID}$argon2id$v=19$m=8,t=1,p=1$x",
		"{ARGON2ID}$argon2d$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$eHg",
		"{ARGON2ID}$argon2id$v=19$m=262145,t=1,p=1$c2FsdHNhbHQ$eHh4eA",
		"{ARGON2ID}$argon2id$v=19$m=262144,t=17,p=1$c2FsdHNhbHQ$eHh4eA",
		"{ARGON2ID}$argon2id$v=19$m=999,t=1,p=17$c2FsdHNhbHQ$eHh4eA",
		"{ARGON2ID}$argon2id$v=19$m=99999999999,t=1,p=1$c2Fsd$eHh4",
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(hashes); i++) {
		CHECK_ROW(hashes[i], scheme_check(op, password, hashes[i]) ==
					     ERR_INTERNAL);
		CHECK_ROW(hashes[i], op->reason != NULL);
	}
	(void)scheme_check(op, password, "{NTLM}A4F49C406510BDCAB6824EE7C30F");
	assert_non_null(strstr(op->reason, "NTLM"));
	assert_null(strstr(op->reason, "A4F4"));
}

/* As much as a check may cost is done. */
static void
dear_hashes_within_the_limits_are_checked(void **state)
{
	struct op *op = *state;

	assert_int_equal(scheme_check(op, password,
				      "{ARGON2ID}$argon2id$v=19$m=128,t=1,p=16$"
				      "c2FsdHNhbHQ$eHh4eHh4eHg"),
			 ERR_AUTH);
	assert_int_equal(
		scheme_check(op, password,
			     "{PBKDF2}$1$salt$20000$"
			     "0123456789012345678901234567890123456789"),
		ERR_AUTH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(the_password_of_a_hash_is_right_and_no_other),
		UNIT_TEST(what_cannot_be_checked_is_no_wrong_password),
		UNIT_TEST(dear_hashes_within_the_limits_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
