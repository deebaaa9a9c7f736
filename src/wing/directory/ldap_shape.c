/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/directory/ldap_shape.h"

#include "base/text.h"

#include <string.h>

#define NONE "none"
#define BINARY_OPTION ";binary"

static const char *const nothing[] = { NULL };

static const struct preset {
	const char *word, *filter, *uid, *mail, *barred;
	const char *aliases[3], *names[SHAPE_NAMES_MAX], *photos[3];
} presets[] = {
	{
		.word = "openldap",
		.filter = "(objectClass=inetOrgPerson)",
		.uid = "entryUUID",
		.mail = "mail",
		.barred = "pwdAccountLockedTime",
		.names = { "displayName", "cn" },
		.photos = { "jpegPhoto", "thumbnailPhoto" },
	},
	{
		.word = "ad",
		.filter = "(&(objectCategory=person)(objectClass=user))",
		.uid = "objectGUID",
		.mail = "mail",
		.barred = "userAccountControl",
		.aliases = { "proxyAddresses", "userPrincipalName" },
		.names = { "displayName", "cn" },
		.photos = { "thumbnailPhoto", "jpegPhoto" },
	},
};

/* Identifiers that are bytes, whatever they look like. */
static const char *const binary_uids[] = { "objectGUID", "objectSid",
					   "mS-DS-ConsistencyGuid", "GUID" };

static bool
is_binary(const char *uid)
{
	for (size_t i = 0; i < COUNT(binary_uids); i++) {
		if (text_case_equal(uid, binary_uids[i]))
			return true;
	}
	return false;
}

static const char *
either(const char *set, const char *preset)
{
	return set != NULL ? set : preset;
}

static const char *const *
list_of(const char *const *set, const char *const *preset)
{
	if (set == NULL || set[0] == NULL)
		return preset;
	return text_case_equal(set[0], NONE) ? nothing : set;
}

void
shape_of(const struct directory_section *section, struct shape *out)
{
	bool ad = strcmp(section->preset, presets[1].word) == 0;
	const struct preset *p = &presets[ad];

	*out = (struct shape){
		.section = section,
		.ad = ad,
		.filter = either(section->filter, p->filter),
		.uid = either(section->uid_attribute, p->uid),
		.mail = either(section->mail_attribute, p->mail),
		.aliases = list_of(section->alias_attributes, p->aliases),
		.names = { p->names[0], p->names[1] },
		.photos = list_of(section->photo_attributes, p->photos),
		.barred = p->barred,
	};
	out->uid_is_binary = is_binary(out->uid);
	if (section->name_attribute != NULL) {
		out->names[0] = section->name_attribute;
		out->names[1] = NULL;
	}
}

static size_t
list_size(const char *const *list)
{
	size_t n = 0;

	while (list[n] != NULL)
		n++;
	return n;
}

static void
list_add(const char **out, size_t *n, const char *const *list)
{
	for (; *list != NULL; list++)
		out[(*n)++] = *list;
}

/*
 * Some servers have the option ;binary on pictures and give them only to who
 * names it, others give them only to who does not: both are named, so that one
 * search is enough.
 */
static void
photos_add(struct op *op, const char **out, size_t *n, const char *const *list)
{
	list_add(out, n, list);
	for (; *list != NULL; list++) {
		if (strchr(*list, ';') == NULL)
			out[(*n)++] =
				op_print(op, "%s%s", *list, BINARY_OPTION);
	}
}

const char **
shape_attributes(struct op *op, const struct shape *shape, bool photos)
{
	const char *const fixed[] = { shape->uid, shape->mail, shape->barred,
				      NULL };
	size_t room = COUNT(fixed) + SHAPE_NAMES_MAX +
		      list_size(shape->aliases) + 2 * list_size(shape->photos);
	const char **out = op_alloc(op, (room + 1) * sizeof(*out));
	size_t n = 0;

	list_add(out, &n, fixed);
	list_add(out, &n, shape->aliases);
	list_add(out, &n, shape->names);
	if (photos && !shape->ad)
		photos_add(op, out, &n, shape->photos);
	else if (photos)
		list_add(out, &n, shape->photos);
	return out;
}
