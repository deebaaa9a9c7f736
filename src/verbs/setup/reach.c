/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/setup/reach.h"

#include "base/text.h"
#include "model/backend.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#define GROUPS_MAX 64
#define UNIX "unix:"
#define DOVECOT_INTERNAL "dovecot" /* its default_internal_user and _group */

struct account {
	const char *name; /* NULL: it is not known */
	uid_t uid;
	int groups_n;
	gid_t group[GROUPS_MAX];
};

/* A name or a number, as the mail server's settings have it. */
static void
group_add(struct account *a, const char *name)
{
	int64_t number;
	const struct group *of = getgrnam(name);

	if (of == NULL && text_number(name, 0, UINT32_MAX - 1, &number))
		of = getgrgid((gid_t)number);
	if (of == NULL)
		return;
	if (a->groups_n == GROUPS_MAX)
		a->groups_n--;
	a->group[a->groups_n++] = of->gr_gid;
}

static void
account_find(const char *user, const char *group, struct account *out)
{
	int64_t number;
	const struct passwd *who = user == NULL ? NULL : getpwnam(user);

	*out = (struct account){ .uid = (uid_t)-1 };
	if (who == NULL && user != NULL &&
	    text_number(user, 0, UINT32_MAX - 1, &number)) {
		out->uid = (uid_t)number;
		who = getpwuid(out->uid);
	}
	if (who != NULL) {
		out->uid = who->pw_uid;
		out->groups_n = GROUPS_MAX;
		if (getgrouplist(who->pw_name, who->pw_gid, out->group,
				 &out->groups_n) < 0)
			out->groups_n = GROUPS_MAX;
	}
	if (group != NULL)
		group_add(out, group);
	out->name = user != NULL ? user : group;
}

/* right: one of the bits S_IROTH, S_IWOTH, S_IXOTH. */
static bool
may(const struct account *a, const struct stat *st, mode_t right)
{
	if (a->uid == 0)
		return true;
	if (a->uid == st->st_uid)
		return (st->st_mode & (right << 6)) != 0;
	for (int i = 0; i < a->groups_n; i++) {
		if (a->group[i] == st->st_gid)
			return (st->st_mode & (right << 3)) != 0;
	}
	return (st->st_mode & right) != 0;
}

/* The first folder on the way to a path that the account may not enter; NULL:
 * there is none. */
static const char *
bars(struct op *op, const struct account *a, const char *path)
{
	for (const char *p = strchr(path + 1, '/');; p = strchr(p + 1, '/')) {
		size_t n = p == NULL ? strlen(path) : (size_t)(p - path);
		const char *folder = op_text(op, path, n);
		struct stat st;

		if (stat(folder, &st) != 0)
			return NULL; /* not there, or not for us to see */
		if (S_ISDIR(st.st_mode) && !may(a, &st, S_IXOTH))
			return folder;
		if (p == NULL)
			return NULL;
	}
}

static void
folder_row(struct plan *plan, const struct account *a,
	   const struct backend_section *b)
{
	struct op *op = plan->op;
	const char *barred = bars(op, a, b->folder);
	struct plan_row r = {
		.check = "folder",
		.state = PLAN_FINE,
		.subject = b->folder,
		.detail = op_print(op, "%s may enter it",
				   a->name == NULL ? "everybody" : a->name),
	};
	struct stat st;

	if (barred != NULL) {
		r.state = a->name == NULL ? PLAN_WARNING : PLAN_FAILED;
		r.detail = op_print(op, "%s may not enter %s",
				    a->name == NULL ? "not everybody" : a->name,
				    barred);
		r.remedy = strcmp(barred, b->folder) == 0
				   ? op_print(op,
					      "give it the group of who "
					      "delivers: chgrp -R GROUP %s; "
					      "chmod 2750 %s",
					      barred, barred)
				   : op_print(op, "chmod o+x %s", barred);
		if (a->name == NULL)
			r.detail = op_print(op,
					    "not everybody may enter %s; who "
					    "delivers has to",
					    barred);
	} else if (stat(b->folder, &st) != 0 && errno == ENOENT) {
		r.state = PLAN_WARNING;
		r.detail = "it is not there yet: frontdesk serve makes it, "
			   "with our own group";
		r.remedy = op_print(op,
				    "make it for the group of who delivers: "
				    "install -d -o (who serves) -g (that "
				    "group) -m 2750 %s",
				    b->folder);
	}
	plan_add(plan, &r);
}

void
reach_folders(struct plan *plan, const struct settings *s,
	      const struct found *found)
{
	struct account a;

	account_find(found_get(found, "", "mail_uid"),
		     found_get(found, "", "mail_gid"), &a);
	for (size_t i = 0; i < s->backends_n; i++) {
		if (strcmp(s->backends[i].kind, BACKEND_SIEVE_FILE) == 0)
			folder_row(plan, &a, &s->backends[i]);
	}
}

/* ---- the database of Dovecot's dict ---- */

/* $default_internal_user and the like: a setting of that name. */
static const char *
expanded(const struct found *found, const char *value, const char *otherwise)
{
	if (value == NULL)
		value = otherwise;
	if (value != NULL && value[0] == '$') {
		value = found_get(found, "", value + 1);
		return value == NULL ? DOVECOT_INTERNAL : value;
	}
	return value == NULL || *value == '\0' ? NULL : value;
}

static const char *
database_remedy(struct op *op, const char *barred, const char *folder)
{
	size_t n = barred == NULL ? 0 : strlen(barred);

	if (barred != NULL && strncmp(barred, folder, n) == 0 &&
	    folder[n] == '/')
		return op_print(op, "chmod o+x %s", barred);
	return op_print(op,
			"give all of it a group of that account: chgrp -R "
			"GROUP %s; chmod 2750 %s",
			folder, folder);
}

/* Where it is not there, or closed, Dovecot has all mail wait. */
static void
database_row(struct plan *plan, const struct account *a,
	     const struct backend_section *b)
{
	struct op *op = plan->op;
	size_t n = (size_t)(strrchr(b->database, '/') - b->database);
	const char *folder = n == 0 ? "/" : op_text(op, b->database, n);
	const char *barred = bars(op, a, folder);
	struct plan_row r = {
		.check = "database",
		.state = PLAN_FAILED,
		.subject = b->database,
	};
	struct stat st;
	int error = stat(b->database, &st) == 0 ? 0 : errno;

	if (barred != NULL) {
		r.detail = op_print(op,
				    "Dovecot's dict (%s) may not enter %s, and "
				    "so has all mail wait",
				    a->name, barred);
		r.remedy = database_remedy(op, barred, folder);
	} else if (error == ENOENT) {
		r.detail = "it is not there yet: with the lines below Dovecot "
			   "would have all mail wait";
		r.remedy = "start frontdesk serve first, which makes it";
	} else if (error != 0) {
		r.state = PLAN_WARNING;
		r.detail =
			op_print(op, "it cannot be seen: %s", strerror(error));
		r.remedy = "run this as root";
	} else if (!may(a, &st, S_IROTH)) {
		r.detail = op_print(op,
				    "Dovecot's dict (%s) may not read it, and "
				    "so has all mail wait",
				    a->name);
		r.remedy = database_remedy(op, NULL, folder);
	} else {
		r.state = PLAN_FINE;
		r.detail = op_print(op, "Dovecot's dict (%s) may read it",
				    a->name);
	}
	plan_add(plan, &r);
}

void
reach_databases(struct plan *plan, const struct settings *s,
		const struct found *found)
{
	static const char dict[] = "service dict";
	const char *more = found_get(found, dict, "extra_groups");
	struct account a;

	account_find(expanded(found, found_get(found, dict, "user"),
			      "$default_internal_user"),
		     expanded(found, found_get(found, dict, "group"), NULL),
		     &a);
	for (; more != NULL && *(more += strspn(more, ", ")) != '\0';
	     more += strcspn(more, ", "))
		group_add(&a,
			  expanded(found,
				   op_text(plan->op, more, strcspn(more, ", ")),
				   NULL));
	if (a.name == NULL)
		a.name = "root";
	if (strcmp(a.name, "root") == 0)
		a.uid = 0;
	for (size_t i = 0; i < s->backends_n; i++) {
		if (strcmp(s->backends[i].kind, BACKEND_SIEVE_SQL) == 0)
			database_row(plan, &a, &s->backends[i]);
	}
}

/* ---- the milter's socket ---- */

const char *
reach_socket(struct op *op, const struct settings *s, const char *mail_owner)
{
	struct account a;
	const char *path, *barred;
	struct stat st;

	if (s->milter_listen == NULL ||
	    strncmp(s->milter_listen, UNIX, strlen(UNIX)) != 0)
		return NULL;
	path = s->milter_listen + strlen(UNIX);
	account_find(mail_owner, NULL, &a);
	barred = bars(op, &a, path);
	if (barred != NULL)
		return op_print(op, "%s may not enter %s", mail_owner, barred);
	if (stat(path, &st) == 0 && !may(&a, &st, S_IWOTH))
		return op_print(op, "%s may not write to it (its mode is %04o)",
				mail_owner, (unsigned)st.st_mode & 07777);
	return NULL;
}
