/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The tables of PostfixAdmin 3.0 to 4.0, of mailcow (mailbox.attributes is
 * JSON there) and of iRedMail 1.0 and later. They have no identifier but the
 * address, so who is renamed there is somebody new here.
 *
 * What goes to exactly one mailbox is an alias of that one; what goes to more,
 * or elsewhere, is a list. Aliases of whole domains (alias_domain) count.
 */
#include "wing/directory/sql_preset.h"

#include "base/bytes.h"

#include <string.h>

/* ---- PostfixAdmin: goto is a list with commas ---- */

#define POSTFIXADMIN_PERSON                                                    \
	"SELECT m.username AS address, m.name, m.password, "                   \
	"CASE WHEN m.active AND d.active THEN 1 ELSE 0 END AS active "         \
	"FROM mailbox m JOIN domain d ON d.domain = m.domain "

static const char postfixadmin_person[] =
	POSTFIXADMIN_PERSON "WHERE m.username = :address "
			    "OR m.username IN (SELECT a.goto FROM alias a "
			    "WHERE a.address = :address AND a.active) "
			    "OR (m.local_part = :local AND m.domain IN "
			    "(SELECT x.target_domain FROM alias_domain x "
			    "WHERE x.alias_domain = :domain AND x.active))";

static const char postfixadmin_alias[] =
	"SELECT a.address AS address, NULL AS domains FROM alias a "
	"WHERE a.goto = :address AND a.active AND a.address <> :address "
	"UNION ALL SELECT NULL, x.alias_domain FROM alias_domain x "
	"WHERE x.target_domain = :domain AND x.active";

static const char postfixadmin_list[] = POSTFIXADMIN_PERSON
	"WHERE m.username > :after ORDER BY m.username LIMIT 1000";

/* ---- mailcow: active 2 is somebody who gets mail but may not log in ---- */

#define MAILCOW_PERSON                                                         \
	"SELECT m.username AS address, m.name, m.password, "                   \
	"m.active > 0 AND d.active > 0 AS active, "                            \
	"CASE WHEN m.active = 2 THEN 'logins are switched off' "               \
	"WHEN JSON_UNQUOTE(JSON_EXTRACT(m.attributes, "                        \
	"'$.force_pw_update')) = '1' "                                         \
	"THEN 'the password has to be changed' END AS refused "                \
	"FROM mailbox m JOIN domain d ON d.domain = m.domain "

static const char mailcow_person[] =
	MAILCOW_PERSON "WHERE m.username = :address "
		       "OR m.username IN (SELECT a.goto FROM alias a "
		       "WHERE a.address = :address AND a.active > 0) "
		       "OR (m.local_part = :local AND m.domain IN "
		       "(SELECT x.target_domain FROM alias_domain x "
		       "WHERE x.alias_domain = :domain AND x.active > 0))";

static const char mailcow_alias[] =
	"SELECT a.address AS address, NULL AS domains FROM alias a "
	"WHERE a.goto = :address AND a.active > 0 AND a.address <> :address "
	"UNION ALL SELECT NULL, x.alias_domain FROM alias_domain x "
	"WHERE x.target_domain = :domain AND x.active > 0";

static const char mailcow_list[] = MAILCOW_PERSON
	"WHERE m.username > :after ORDER BY m.username LIMIT 1000";

/* ---- iRedMail: a row of forwardings for each address that one goes to ---- */

#define IREDMAIL_PERSON                                                        \
	"SELECT m.username AS address, m.name, m.password, "                   \
	"CASE WHEN m.active = 1 AND d.active = 1 THEN 1 ELSE 0 END AS "        \
	"active, "                                                             \
	"CASE WHEN m.expired < CURRENT_TIMESTAMP "                             \
	"THEN 'the account has expired' "                                      \
	"WHEN m.enableimap = 0 THEN 'logins are switched off' END AS refused " \
	"FROM mailbox m JOIN domain d ON d.domain = m.domain "

/* What one address goes to, if that is one other. */
#define IREDMAIL_ALIAS                                                         \
	"f.active = 1 AND f.is_forwarding = 0 AND f.is_maillist = 0 "          \
	"AND f.address <> f.forwarding "                                       \
	"AND NOT EXISTS (SELECT 1 FROM forwardings g "                         \
	"WHERE g.address = f.address AND g.active = 1 "                        \
	"AND g.forwarding <> f.forwarding)"

static const char iredmail_person[] = IREDMAIL_PERSON
	"WHERE m.username = :address "
	"OR m.username IN (SELECT f.forwarding FROM forwardings f "
	"WHERE f.address = :address AND " IREDMAIL_ALIAS ") "
	"OR m.username IN (SELECT CONCAT(COALESCE(:local, ''), '@', "
	"x.target_domain) FROM alias_domain x "
	"WHERE x.alias_domain = :domain AND x.active = 1)";

static const char iredmail_alias[] =
	"SELECT f.address AS address, NULL AS domains FROM forwardings f "
	"WHERE f.forwarding = :address AND " IREDMAIL_ALIAS " "
	"UNION ALL SELECT NULL, x.alias_domain FROM alias_domain x "
	"WHERE x.target_domain = :domain AND x.active = 1";

static const char iredmail_list[] = IREDMAIL_PERSON
	"WHERE m.username > :after ORDER BY m.username LIMIT 1000";

/* ---- all of them ---- */

static const struct {
	const char *preset;
	const char *drivers;
	struct sql_queries queries;
} presets[] = {
	{ "postfixadmin",
	  "sqlite postgresql mysql",
	  { postfixadmin_person, postfixadmin_alias, postfixadmin_list } },
	{ "mailcow", "mysql", { mailcow_person, mailcow_alias, mailcow_list } },
	{ "iredmail",
	  "postgresql mysql",
	  { iredmail_person, iredmail_alias, iredmail_list } },
};

static size_t
preset_find(const char *preset)
{
	size_t i = 0;

	while (i < COUNT(presets) && strcmp(presets[i].preset, preset) != 0)
		i++;
	return i;
}

bool
sql_preset_is(const char *preset)
{
	return preset_find(preset) < COUNT(presets);
}

bool
sql_preset_has(const char *preset, const char *driver)
{
	size_t i = preset_find(preset);

	return i < COUNT(presets) && strstr(presets[i].drivers, driver) != NULL;
}

void
sql_queries(const struct sql_section *section, struct sql_queries *out)
{
	size_t i = section->preset == NULL ? COUNT(presets)
					   : preset_find(section->preset);

	*out = i < COUNT(presets) ? presets[i].queries
				  : (struct sql_queries){ 0 };
	if (section->person_query != NULL)
		out->person = section->person_query;
	if (section->alias_query != NULL)
		out->alias = section->alias_query;
	if (section->list_query != NULL)
		out->list = section->list_query;
}
