/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "wing/directory/ldap_entry.h"

#include "base/text.h"

#define GUID "\x01\xab\xff\x00\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"

static const char *const own[] = { "example.com", NULL };
static const char *const no_list[] = { NULL };

static struct directory_section ad = {
	.title = "office",
	.base = "dc=example,dc=com",
	.preset = "ad",
	.domains = own,
	.alias_attributes = no_list,
	.photo_attributes = no_list,
};
static struct directory_section openldap = {
	.title = "office",
	.base = "dc=example,dc=com",
	.preset = "openldap",
	.domains = own,
	.alias_attributes = no_list,
	.photo_attributes = no_list,
};

/* An entry, attribute by attribute. */
struct making {
	struct op *op;
	struct entry_attribute all[ENTRY_ATTRIBUTES_MAX];
	struct entry entry;
	unsigned steps; /* told */
};

static void
count_step(void *arg, const char *what, const char *found)
{
	struct making *m = arg;

	assert_non_null(what);
	assert_non_null(found);
	m->steps++;
}

static void
begin(struct making *m, struct op *op)
{
	*m = (struct making){ .op = op };
	m->entry = (struct entry){ .dn = "cn=ada,dc=example,dc=com",
				   .attribute = m->all };
}

static struct bytes *
add(struct making *m, const char *name, size_t n)
{
	struct bytes *values = op_alloc(m->op, (n + 1) * sizeof(*values));

	m->all[m->entry.n++] = (struct entry_attribute){ name, n, values };
	return values;
}

static void
text(struct making *m, const char *name, const char *value)
{
	*add(m, name, 1) = bytes_of(value);
}

static void
texts(struct making *m, const char *name, const char *const *list)
{
	size_t n = 0;
	struct bytes *values;

	while (list[n] != NULL)
		n++;
	values = add(m, name, n);
	for (size_t i = 0; i < n; i++)
		values[i] = bytes_of(list[i]);
}

static enum err
make(struct making *m, const struct directory_section *section, unsigned want,
     struct person *out)
{
	const struct source source = { .name = "directory:office",
				       .section = section,
				       .domains = section->domains };
	const struct source_query query = { .want = want,
					    .step = count_step,
					    .arg = m };
	struct shape shape;

	m->op->reason = NULL;
	shape_of(section, &shape);
	return entry_person(m->op, &shape, &source, &m->entry, &query, out);
}

static size_t
aliases_of(const struct person *p)
{
	size_t n = 0;

	while (p->aliases[n] != NULL)
		n++;
	return n;
}

static void
a_person_of_ad_is_read(void **state)
{
	static const char *const proxies[] = {
		"smtp:Countess@example.com",  "SMTP:ada.l@example.com",
		"SIP:ada@example.com",        "X500:/o=Example/cn=Ada",
		"smtp:ada@elsewhere.example", NULL
	};
	struct making m;
	struct person p;

	begin(&m, *state);
	*add(&m, "objectGUID", 1) =
		(struct bytes){ (const uint8_t *)GUID, sizeof(GUID) - 1 };
	text(&m, "mail", "ada@example.com");
	texts(&m, "proxyAddresses", proxies);
	text(&m, "userPrincipalName", "ada@example.com");
	text(&m, "displayName", "Ada Lovelace");
	text(&m, "userAccountControl", "512");
	assert_int_equal(make(&m, &ad, 0, &p), OK);
	assert_string_equal(p.source, "directory:office");
	assert_string_equal(p.uid, "01abff000405060708090a0b0c0d0e0f");
	assert_string_equal(p.address, "ada.l@example.com");
	assert_int_equal(aliases_of(&p), 3);
	assert_string_equal(p.aliases[0], "ada@example.com");
	assert_string_equal(p.aliases[1], "countess@example.com");
	assert_string_equal(p.aliases[2], "ada@elsewhere.example");
	assert_string_equal(p.name, "Ada Lovelace");
	assert_string_equal(p.login, m.entry.dn);
	assert_false(p.disabled);
	assert_int_equal(p.asked, 0);
	assert_int_equal(m.steps, 0);
}

static void
the_primary_address_is_in_a_domain_of_ours(void **state)
{
	static const char *const mails[] = { "ada@elsewhere.example",
					     "ADA@Example.COM",
					     "second@example.com", NULL };
	static const char *const foreign[] = { "ada@elsewhere.example", NULL };
	struct making m;
	struct person p;

	begin(&m, *state);
	text(&m, "entryUUID", "u-1");
	texts(&m, "mail", mails);
	assert_int_equal(make(&m, &openldap, 0, &p), OK);
	assert_string_equal(p.address, "ada@example.com");
	assert_string_equal(p.aliases[0], "ada@elsewhere.example");
	assert_string_equal(p.aliases[1], "second@example.com");
	assert_string_equal(p.name, "");

	begin(&m, *state);
	text(&m, "entryUUID", "u-1");
	texts(&m, "mail", foreign);
	assert_int_equal(make(&m, &openldap, 0, &p), OK);
	assert_string_equal(p.address, "ada@elsewhere.example");
	assert_int_equal(aliases_of(&p), 0);
}

static void
who_is_disabled_is_marked(void **state)
{
	static const struct {
		const struct directory_section *section;
		const char *name, *value;
		bool disabled;
	} rows[] = {
		/* clang-format off */
		{ &ad, "userAccountControl", "512", false },
		{ &ad, "userAccountControl", "514", true },
		{ &ad, "userAccountControl", "66050", true },
		{ &ad, "userAccountControl", "-2147483646", true },
		{ &ad, "userAccountControl", "-2147483648", false },
		{ &ad, "userAccountControl", "x2", false },
		{ &ad, "pwdAccountLockedTime", "000001010000Z", false },
		{ &openldap, "pwdAccountLockedTime", "000001010000Z", true },
		{ &openldap, "pwdAccountLockedTime", "20261122080000Z", false },
		{ &openldap, "userAccountControl", "514", false },
		/* clang-format on */
	};
	struct making m;
	struct person p;

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin(&m, *state);
		text(&m, "entryUUID", "u-1");
		text(&m, "objectGUID", "0123456789abcdef");
		text(&m, "mail", "ada@example.com");
		text(&m, rows[i].name, rows[i].value);
		CHECK_ROW(rows[i].value,
			  make(&m, rows[i].section, 0, &p) == OK);
		CHECK_ROW(rows[i].value, p.disabled == rows[i].disabled);
	}
}

static void
what_makes_no_person_is_told(void **state)
{
	struct making m;
	struct person p;

	begin(&m, *state);
	text(&m, "mail", "ada@example.com");
	assert_int_equal(make(&m, &openldap, 0, &p), ERR_INVALID);
	assert_non_null(strstr(m.op->reason, "entryUUID"));

	begin(&m, *state);
	text(&m, "entryUUID", "u-1");
	assert_int_equal(make(&m, &openldap, 0, &p), ERR_NOT_FOUND);
	text(&m, "mail", "no address");
	assert_int_equal(make(&m, &openldap, 0, &p), ERR_NOT_FOUND);
	assert_int_equal(m.steps, 1);

	begin(&m, *state);
	texts(&m, "entryUUID", (const char *const[]){ "u-1", "u-2", NULL });
	text(&m, "mail", "ada@example.com");
	assert_int_equal(make(&m, &openldap, 0, &p), ERR_INVALID);
}

static void
identifiers_have_a_limit(void **state)
{
	struct op *op = *state;
	char *long_one = op_alloc(op, PERSON_UID_MAX + 2);
	struct making m;
	struct person p;
	struct bytes *uid;

	memset(long_one, 'u', PERSON_UID_MAX);
	begin(&m, op);
	text(&m, "mail", "ada@example.com");
	text(&m, "entryUUID", long_one);
	assert_int_equal(make(&m, &openldap, 0, &p), OK);
	uid = add(&m, "objectGUID", 1);
	*uid = (struct bytes){ (const uint8_t *)long_one, PERSON_UID_MAX / 2 };
	assert_int_equal(make(&m, &ad, 0, &p), OK);
	assert_int_equal(strlen(p.uid), PERSON_UID_MAX - 1);
	uid->n++;
	assert_int_equal(make(&m, &ad, 0, &p), ERR_INVALID);

	begin(&m, op);
	long_one[PERSON_UID_MAX] = 'u';
	text(&m, "mail", "ada@example.com");
	text(&m, "entryUUID", long_one);
	assert_int_equal(make(&m, &openldap, 0, &p), ERR_INVALID);
	assert_true(m.steps > 0);
}

static void
a_name_is_cut_between_characters(void **state)
{
	struct op *op = *state;
	char *name = op_alloc(op, PERSON_NAME_MAX + 3);
	struct making m;
	struct person p;

	memset(name, 'n', PERSON_NAME_MAX - 1);
	memcpy(name + PERSON_NAME_MAX - 1, "\xc3\xbc", 2);
	begin(&m, op);
	text(&m, "entryUUID", "u-1");
	text(&m, "mail", "ada@example.com");
	text(&m, "displayName", name);
	assert_int_equal(make(&m, &openldap, 0, &p), OK);
	assert_int_equal(strlen(p.name), PERSON_NAME_MAX - 1);

	begin(&m, op);
	text(&m, "entryUUID", "u-1");
	text(&m, "mail", "ada@example.com");
	text(&m, "displayName", "\xff\xfe");
	text(&m, "cn", "  Ada  ");
	assert_int_equal(make(&m, &openldap, 0, &p), OK);
	assert_string_equal(p.name, "Ada");
	assert_int_equal(m.steps, 1);
}

static void
more_addresses_than_a_person_may_have_are_left_out(void **state)
{
	struct op *op = *state;
	size_t n = PERSON_ALIASES_MAX + 3;
	struct making m;
	struct person p;
	struct bytes *values;

	begin(&m, op);
	text(&m, "entryUUID", "u-1");
	values = add(&m, "mail", n);
	for (size_t i = 0; i < n; i++)
		values[i] = bytes_of(op_print(op, "a%zu@example.com", i));
	assert_int_equal(make(&m, &openldap, 0, &p), OK);
	assert_int_equal(aliases_of(&p), PERSON_ALIASES_MAX);
	assert_string_equal(
		p.aliases[PERSON_ALIASES_MAX - 1],
		op_print(op, "a%d@example.com", PERSON_ALIASES_MAX));
	assert_int_equal(m.steps, 1);
}

static void
pictures_are_by_rank_and_bounded(void **state)
{
	static const uint8_t byte[1];
	struct making m;
	struct person p;
	struct bytes *values;

	begin(&m, *state);
	text(&m, "entryUUID", "u-1");
	text(&m, "mail", "ada@example.com");
	text(&m, "thumbnailPhoto", "small");
	values = add(&m, "jpegPhoto;binary", 3);
	values[0] = bytes_of("one");
	values[1] = (struct bytes){ byte, PERSON_PICTURE_MAX + 1 };
	values[2] = bytes_of("");
	assert_int_equal(make(&m, &openldap, 0, &p), OK);
	assert_int_equal(p.pictures_n, 0);
	assert_int_equal(make(&m, &openldap, PERSON_WANT_PICTURES, &p), OK);
	assert_int_equal(p.asked, PERSON_WANT_PICTURES);
	assert_int_equal(p.pictures_n, 2);
	assert_int_equal(p.picture[0].rank, 0);
	assert_memory_equal(p.picture[0].bytes.p, "one", 3);
	assert_int_equal(p.picture[1].rank, 1);
	assert_int_equal(p.picture[1].bytes.n, 5);
	values[1].n--;
	assert_int_equal(make(&m, &openldap, PERSON_WANT_PICTURES, &p), OK);
	assert_int_equal(p.pictures_n, 3);
	assert_int_equal(p.picture[1].bytes.n, PERSON_PICTURE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_person_of_ad_is_read),
		UNIT_TEST(the_primary_address_is_in_a_domain_of_ours),
		UNIT_TEST(who_is_disabled_is_marked),
		UNIT_TEST(what_makes_no_person_is_told),
		UNIT_TEST(identifiers_have_a_limit),
		UNIT_TEST(a_name_is_cut_between_characters),
		UNIT_TEST(more_addresses_than_a_person_may_have_are_left_out),
		UNIT_TEST(pictures_are_by_rank_and_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
