/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A password, asked of Dovecot: people sign in as for mail. Dovecot may know a
 * login under another name, its canonical one; then that says whose mailbox it
 * is.
 */
#include "base/net.h"
#include "base/template.h"
#include "base/text.h"
#include "model/settings.h"
#include "wing/auth/core.h"
#include "wire/dovecot_auth.h"

#include <arpa/inet.h>
#include <string.h>

/* As typed; but what is no address by itself (a name alone, DOMAIN\user) is
 * the mailbox's, or the address that it means. */
static const char *
login_name(struct auth *a, struct op *op, const struct password_attempt *try)
{
	const char *address;

	if (strchr(try->name, '@') != NULL)
		return try->name;
	if (try->mailbox != NULL)
		return try->mailbox->address;
	if (directory_login_address(a->directory, op, try->name, &address) !=
	    OK)
		return try->name;
	return address;
}

/* The client's address; NULL: it came over a socket without one. */
static const char *
source_text(struct op *op, const struct source *source)
{
	static const struct source none;
	char text[INET6_ADDRSTRLEN];
	bool v4 = net_is_v4(source->address);
	const uint8_t *from =
		v4 ? source->address + NET_ADDRESS_SIZE - 4 : source->address;

	if (memcmp(source, &none, sizeof(none)) == 0)
		return NULL;
	return op_dup(op, inet_ntop(v4 ? AF_INET : AF_INET6, from, text,
				    sizeof(text)));
}

/* Is it the name that we sent, perhaps without its domain, which a site may
 * have Dovecot take away? */
static bool
name_is_ours(const char *canonical, const char *sent)
{
	size_t n = strcspn(sent, "@");

	if (strlen(canonical) > n)
		n = strlen(sent);
	return strlen(canonical) == n && text_case_starts(sent, canonical);
}

/* A Dovecot that takes domains away has not looked at the one that was typed:
 * nobody gets a new mailbox in it, but in that which his name alone means. */
static bool
domain_was_dropped(const char *canonical, const char *typed)
{
	size_t n = strcspn(typed, "@");

	return typed[n] == '@' && strlen(canonical) == n &&
	       text_case_starts(typed, canonical);
}

/* Whose mailbox it is, when Dovecot knows him by another name. */
static enum err
mailbox_follow(struct auth *a, struct op *op, const char *canonical,
	       struct password_attempt *try)
{
	enum err err =
		directory_login(a->directory, op, canonical, &try->mailbox);

	if (err == ERR_NOT_FOUND)
		try->mailbox = NULL;
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err
dovecot_check(struct auth *a, struct op *op, struct password_attempt *try)
{
	const struct settings *s = op->settings;
	struct dovecot_query query = { .password = try->password,
				       .rip = source_text(op, try->source) };
	struct dovecot_answer answer = { .word = DOVECOT_OTHER };

	if (template_fill(op, s->dovecot_user, login_name(a, op, try), NULL,
			  &query.user) != OK)
		return FAIL(op, ERR_AUTH, "a long name");
	TRY(dovecot_ask(op, s->dovecot_socket, &query, &answer));
	TRY(dovecot_verdict(op, &answer));
	if (answer.user == NULL || s->dovecot_mailbox_of_login)
		return OK;
	if (name_is_ours(answer.user, query.user)) {
		if (domain_was_dropped(answer.user, try->name))
			try->canonical = answer.user;
		return OK;
	}
	try->canonical = answer.user;
	return mailbox_follow(a, op, answer.user, try);
}

static enum err
dovecot_ping(struct op *op)
{
	return dovecot_greet(op, op->settings->dovecot_socket);
}

const struct password_source password_dovecot = {
	.name = "dovecot",
	.pool = POOL_DIRECTORY,
	.remember_s = password_remember_other_s,
	.check = dovecot_check,
	.ping = dovecot_ping,
};
