/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "oof/oof_robot.h"
#include "oof/oof_sender.h"

static void
rewritten_senders_are_who_they_were(void **state)
{
	static const struct {
		const char *sender, *original;
		enum oof_rewriting how;
	} rows[] = {
		/* clang-format off */
		{ "bob@x.org",                         NULL, OOF_PLAIN },
		{ "srs0=ab1c=xy=x.org=bob@f.org",      "bob@x.org", OOF_DECODED },
		{ "srs0+ab1c=xy=x.org=bob@f.org",      "bob@x.org", OOF_DECODED },
		{ "srs0-ab1c=xy=x.org=bob@f.org",      "bob@x.org", OOF_DECODED },
		{ "srs0=a/+1=xy=x.org=bob@f.org",      "bob@x.org", OOF_DECODED },
		{ "srs0=ab1c=xy=x.org=b=o=b@f.org",    "b=o=b@x.org", OOF_DECODED },
		{ "srs0=ab1c=xy=x.org=bob+t@f.org",    "bob+t@x.org", OOF_DECODED },
		{ "srs0.ab1c=xy=x.org=bob@f.org",      NULL, OOF_PLAIN },
		{ "srs0@f.org",                        NULL, OOF_PLAIN },
		{ "srs01=ab1c=xy=x.org=bob@f.org",     NULL, OOF_PLAIN },
		{ "srs2=ab1c=xy=x.org=bob@f.org",      NULL, OOF_PLAIN },
		{ "xsrs0=ab1c=xy=x.org=bob@f.org",     NULL, OOF_PLAIN },
		{ "srs0=@f.org",                       NULL, OOF_UNDECODABLE },
		{ "srs0=ab1c@f.org",                   NULL, OOF_UNDECODABLE },
		{ "srs0=ab1c=xy@f.org",                NULL, OOF_UNDECODABLE },
		{ "srs0=ab1c=xy=x.org@f.org",          NULL, OOF_UNDECODABLE },
		{ "srs0=ab1c=xy=x.org=@f.org",         NULL, OOF_UNDECODABLE },
		{ "srs0=ab1c=xy==bob@f.org",           NULL, OOF_UNDECODABLE },
		{ "srs0=ab1c=x=x.org=bob@f.org",       NULL, OOF_UNDECODABLE },
		{ "srs0=ab1c=xyz=x.org=bob@f.org",     NULL, OOF_UNDECODABLE },
		{ "srs0==xy=x.org=bob@f.org",          NULL, OOF_UNDECODABLE },
		{ "srs0=ab1c=xy=-x=bob@f.org",         NULL, OOF_UNDECODABLE },
		{ "srs0=ab1c=xy=f.org=srs0=cd=xy=x.org=bob@g.org", NULL, OOF_UNDECODABLE },
		{ "srs1=cd2e=f.org==ab1c=xy=x.org=bob@g.org", "bob@x.org", OOF_DECODED },
		{ "srs1+cd2e=f.org=+ab1c=xy=x.org=bob@g.org", "bob@x.org", OOF_DECODED },
		{ "srs1-cd2e=f.org=-ab1c=xy=x.org=bob@g.org", "bob@x.org", OOF_DECODED },
		{ "srs1=cd2e=f.org=ab1c=xy=x.org=bob@g.org",  NULL, OOF_UNDECODABLE },
		{ "srs1=cd2e==ab1c=xy=x.org=bob@g.org", NULL, OOF_UNDECODABLE },
		{ "srs1=cd2e=f.org@g.org",             NULL, OOF_UNDECODABLE },
		{ "prvs=0123abcdef=bob@x.org",         "bob@x.org", OOF_DECODED },
		{ "prvs=0123=bob@x.org",               "bob@x.org", OOF_DECODED },
		{ "prvs=012=bob@x.org",                NULL, OOF_PLAIN },
		{ "prvs=0123abcdef@x.org",             NULL, OOF_PLAIN },
		{ "prvs=0123abcdef=@x.org",            NULL, OOF_PLAIN },
		{ "prvs=01-3abcdef=bob@x.org",         NULL, OOF_PLAIN },
		{ "prvs+0123abcdef=bob@x.org",         NULL, OOF_PLAIN },
		{ "srs0=ab1c=xy=x.org=prvs=0123abcdef=bob@f.org", "bob@x.org", OOF_DECODED },
		{ "prvs=0123abcdef=srs0=ab1c=xy=x.org=bob@f.org", NULL, OOF_UNDECODABLE },
		{ "prvs=0123abcdef=srs1=rubbish@f.org", NULL, OOF_UNDECODABLE },
		{ "srs0=ab1c=xy=f.org=prvs=0123abcdef=srs0=ab1c=xy=x.org=bob@f.org", NULL, OOF_UNDECODABLE },
		{ "prvs=0123abcdef=srs0bob@f.org",     "srs0bob@f.org", OOF_DECODED },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *want = rows[i].original != NULL ? rows[i].original
							    : rows[i].sender;
		const char *out;

		CHECK_ROW(rows[i].sender,
			  oof_sender_decode(*state, rows[i].sender, &out) ==
				  rows[i].how);
		CHECK_ROW(rows[i].sender, unit_same(out, want));
	}
}

static void
a_hash_and_a_tag_have_an_end(void **state)
{
	static const struct {
		bool srs;
		int length;
		bool decoded;
	} rows[] = {
		{ true, 1, true },    { true, 32, true },  { true, 33, false },
		{ false, 4, true },   { false, 3, false }, { false, 32, true },
		{ false, 33, false },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *field = op_print(op, "%0*d", rows[i].length, 0);
		const char *sender =
			rows[i].srs ? op_print(op, "srs0=%s=xy=x.org=b@f.org",
					       field)
				    : op_print(op, "prvs=%s=b@f.org", field);
		const char *out;

		CHECK_ROW(sender, (oof_sender_decode(op, sender, &out) ==
				   OOF_DECODED) == rows[i].decoded);
	}
}

static void
names_that_no_person_has(void **state)
{
	static const struct {
		const char *local;
		unsigned kind; /* 0: a person */
	} rows[] = {
		/* clang-format off */
		{ "mailer-daemon", OOF_ROBOT }, { "mailer-daemons", 0 }, { "mailer", 0 },
		{ "listserv", OOF_ROBOT }, { "listserver", 0 }, { "my-listserv", 0 },
		{ "majordomo", OOF_ROBOT }, { "majordomo2", 0 },
		{ "owner-staff", OOF_ROBOT }, { "owner-", OOF_ROBOT }, { "owner", 0 }, { "owners-x", 0 }, { "homeowner-x", 0 },
		{ "staff-request", OOF_ROBOT }, { "-request", OOF_ROBOT }, { "request", 0 }, { "staff-requests", 0 }, { "requester", 0 },
		{ "postmaster", 0 }, { "webmaster", 0 }, { "info", 0 }, { "news", 0 }, { "root", 0 },
		{ "noreply", OOF_NOREPLY }, { "noreply+x", OOF_NOREPLY }, { "x-noreply", OOF_NOREPLY }, { "reply", 0 }, { "norep", 0 },
		{ "no-reply", OOF_NOREPLY }, { "no-reply-shop", OOF_NOREPLY }, { "shop.no-reply", OOF_NOREPLY }, { "casano-reply", 0 },
		{ "no_reply", OOF_NOREPLY }, { "no.reply", OOF_NOREPLY }, { "jeno.reply", 0 }, { "nora.reply", 0 },
		{ "donotreply", OOF_NOREPLY }, { "do-not-reply", OOF_NOREPLY }, { "do_not_reply", OOF_NOREPLY }, { "do.not.reply", OOF_NOREPLY },
		{ "please-donotreply-1", OOF_NOREPLY }, { "donot", 0 }, { "do-reply", 0 },
		{ "bounce", OOF_NOREPLY }, { "bounces", OOF_NOREPLY }, { "bounce+1=x.org", OOF_NOREPLY }, { "bounces-7", OOF_NOREPLY },
		{ "list-bounces", OOF_NOREPLY }, { "list-bounces+ada=x.org", OOF_NOREPLY }, { "bouncer", 0 }, { "jill.bounce", 0 }, { "bounce.jones", 0 },
		/* clang-format on */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *address =
			op_print(*state, "%s@example.org", rows[i].local);
		const struct oof_robot *robot =
			oof_robot_find(address, OOF_ROBOT);
		const struct oof_robot *noreply =
			oof_robot_find(address, OOF_NOREPLY);

		CHECK_ROW(rows[i].local,
			  (robot != NULL) == (rows[i].kind == OOF_ROBOT));
		CHECK_ROW(rows[i].local,
			  (noreply != NULL) == (rows[i].kind == OOF_NOREPLY));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(rewritten_senders_are_who_they_were),
		UNIT_TEST(a_hash_and_a_tag_have_an_end),
		UNIT_TEST(names_that_no_person_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
