/* SPDX-License-Identifier: Apache-2.0 */

/* The checks that ask others: the store, directories, Dovecot, issuers. */
#include "verbs/check/check.h"

#include "base/idn.h"
#include "cli/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum check_state
check_passwords(struct cli *c, const char **detail)
{
	const struct settings *s = c->settings;

	*detail =
		op_print(&c->op, "passwords are asked of the %s", s->passwords);
	if (strcmp(s->passwords, "dovecot") != 0)
		return CHECK_FINE;
	*detail = op_print(&c->op, "Dovecot answers at %s", s->dovecot_socket);
	if (auth_ping(&c->op) == OK)
		return CHECK_FINE;
	*detail = op_print(&c->op,
			   "%s; Dovecot's configuration needs: service auth { "
			   "unix_listener %s { mode = 0600 user = %s } }",
			   c->op.reason, s->dovecot_socket, s->user);
	return CHECK_FAILED;
}

struct sources {
	struct cli *c;
	size_t n, bad;
};

static void
source_tell(void *arg, const char *name, const char *found)
{
	struct sources *s = arg;
	bool answers = strcmp(found, "answers") == 0;

	s->n++;
	s->bad += !answers;
	check_tell(s->c, name, answers ? CHECK_FINE : CHECK_FAILED, found);
}

/* A line for each: is it there, and does it let us in? */
enum check_state
check_sources(struct cli *c, const char **detail)
{
	struct sources s = { .c = c };

	*detail = "not asked: the store cannot be read";
	if (c->wings.house.directory == NULL)
		return CHECK_UNASKED;
	if (directory_ping(c->wings.house.directory, &c->op, source_tell, &s) !=
		    OK &&
	    s.bad == 0)
		return check_failed(c, detail);
	*detail = s.n == 0 ? "none is set: mailboxes are our own"
			   : op_print(&c->op, "%zu of %zu answer", s.n - s.bad,
				      s.n);
	return s.bad == 0 ? CHECK_FINE : CHECK_FAILED;
}

/* As the one who serves: after the store. */
enum check_state
check_keytab(struct cli *c, const char **detail)
{
	const char *path = c->settings->negotiate_keytab;
	struct stat st;

	*detail = "none is set: Negotiate is not offered";
	if (path == NULL)
		return CHECK_FINE;
	if (stat(path, &st) != 0) {
		(void)file_fail(&c->op, errno, path, "opening");
		return check_failed(c, detail);
	}
	if (auth_keytab_check(&c->op) != OK)
		return check_failed(c, detail);
	*detail = path;
	if ((st.st_mode & S_IRWXO) == 0)
		return CHECK_FINE;
	*detail = op_print(&c->op, "%s may be read by everybody: chmod 600 %s",
			   path, path);
	return CHECK_FAILED;
}

/* One line for each issuer; the worst of them is what is told of all. */
enum check_state
check_issuers(struct cli *c, const char **detail)
{
	const struct settings *s = c->settings;
	size_t bad = 0;

	for (size_t i = 0; i < s->issuers_n; i++) {
		const char *name =
			op_print(&c->op, "issuer %s", s->issuers[i].title);
		const char *found = "";
		enum check_state state = CHECK_FINE;
		bool stale = false;

		if (auth_keys_check(&c->op, &s->issuers[i], &found, &stale) !=
		    OK)
			state = check_failed(c, &found);
		else if (stale)
			state = CHECK_WARNING;
		bad += state == CHECK_FAILED;
		check_tell(c, name, state, found);
	}
	*detail = s->issuers_n == 0
			  ? "none is set: access tokens are not taken"
			  : op_print(&c->op,
				     "%zu; the keys of %zu cannot be read",
				     s->issuers_n, bad);
	return bad == 0 ? CHECK_FINE : CHECK_FAILED;
}

/* What it names that is not here; NULL: nothing. */
static enum err
account_lacks(struct cli *c, const struct service_account *account,
	      const char **out)
{
	struct store *store = c->wings.house.store;
	const char *const own[] = { account->title, NULL };
	const char *const *const lists[] = {
		account->client_id == NULL ? own : own + 1, /* whoever it is */
		account->addresses,
	};
	const struct mailbox *mailbox;
	struct domain domain;
	enum err err = OK;

	*out = NULL;
	for (size_t i = 0; i < COUNT(lists); i++)
		for (size_t j = 0; err == OK && lists[i][j] != NULL; j++) {
			*out = lists[i][j];
			err = store_mailbox_find(store, &c->op,
						 idn_fold(&c->op, *out),
						 &mailbox);
		}
	for (size_t i = 0; err == OK && account->domains[i] != NULL; i++) {
		*out = account->domains[i];
		err = store_domain_find(store, &c->op, idn_fold(&c->op, *out),
					&domain);
	}
	if (err == OK)
		*out = NULL;
	return err == ERR_NOT_FOUND ? OK : err;
}

/* A line for each that cannot do all that it may, by a typing error perhaps. */
enum check_state
check_accounts(struct cli *c, const char **detail)
{
	const struct settings *s = c->settings;
	size_t bad = 0;

	*detail = "not asked: the store cannot be read";
	if (c->wings.house.store == NULL)
		return CHECK_UNASKED;
	for (size_t i = 0; i < s->service_accounts_n; i++) {
		const struct service_account *account = &s->service_accounts[i];
		const char *lacks;

		if (account_lacks(c, account, &lacks) != OK)
			return check_failed(c, detail);
		if (lacks == NULL)
			continue;
		bad++;
		check_tell(
			c,
			op_print(&c->op, "service account %s", account->title),
			CHECK_WARNING,
			op_print(&c->op,
				 "%s:%u: there is no %s here: correct it, or "
				 "add "
				 "that %s",
				 c->config, account->line, lacks,
				 strchr(lacks, '@') == NULL ? "domain"
							    : "mailbox"));
	}
	*detail = s->service_accounts_n == 0
			  ? "none is set: nobody may act for others"
			  : op_print(&c->op,
				     "%zu; %zu of them name what is not here",
				     s->service_accounts_n, bad);
	return bad == 0 ? CHECK_FINE : CHECK_WARNING;
}

/* A domain that is not ours, by a typing error perhaps, shows nobody. */
enum check_state
check_avatars(struct cli *c, const char **detail)
{
	const char *const *named = c->settings->avatar_domains;
	size_t n = 0;

	*detail = "not asked: the store cannot be read";
	if (c->wings.house.store == NULL)
		return CHECK_UNASKED;
	for (; named != NULL && named[n] != NULL; n++) {
		struct domain domain;
		enum err err =
			store_domain_find(c->wings.house.store, &c->op,
					  idn_fold(&c->op, named[n]), &domain);

		if (err == OK)
			continue;
		if (err != ERR_NOT_FOUND)
			return check_failed(c, detail);
		*detail = op_print(&c->op,
				   "%s of avatar.domains is no accepted "
				   "domain: correct it, or add that domain",
				   named[n]);
		return CHECK_WARNING;
	}
	*detail = n == 0 ? "no domain shows them"
			 : op_print(&c->op, "domains that show them: %zu", n);
	return CHECK_FINE;
}
