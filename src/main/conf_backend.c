/* SPDX-License-Identifier: Apache-2.0 */

/* What the settings of backend sections, the milter and the outbox have to be.
 */
#include "main/conf_backend.h"

#include "base/net.h"
#include "base/text.h"
#include "main/conf_check.h"
#include "model/backend.h"

#include <stdlib.h>
#include <string.h>

#define SCRIPT_MAX_BYTES 120 /* RFC 5804 1.6: 128, with -active behind */
#define NAME_MAX_BYTES 255   /* of a file, a host, a user, a script */
#define PORT_MAX 65535

const char *
backend_is_kind(const char *value)
{
	static const char *const kinds[] = { BACKEND_SIEVE_FILE,
					     BACKEND_SIEVE_SQL,
					     BACKEND_MANAGESIEVE,
					     BACKEND_MILTER };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (strcmp(value, kinds[i]) == 0)
			return NULL;
	}
	return "sieve-file, sieve-sql, managesieve or milter";
}

/* One name inside of the folder, whatever the user is called. */
const char *
backend_is_file(const char *value)
{
	static const char want[] =
		"%u, or %n and %d, with letters, digits and . _ - + @, "
		"like %u.sieve";
	static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQR"
				  "STUVWXYZ0123456789._-+@%";
	bool whole =
		strstr(value, "%u") != NULL ||
		(strstr(value, "%n") != NULL && strstr(value, "%d") != NULL);

	return whole && *value != '.' && strlen(value) <= NAME_MAX_BYTES &&
			       strspn(value, fit) == strlen(value)
		       ? NULL
		       : want;
}

/* "mail.example.com:4190", "[::1]:4190" */
const char *
backend_is_server(const char *value)
{
	static const char want[] =
		"a host and a port, like mail.example.com:4190";
	static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQR"
				  "STUVWXYZ0123456789.-_:[]";
	const char *colon = strrchr(value, ':');
	char *end;
	long port;

	if (colon == NULL || colon == value || strlen(value) > NAME_MAX_BYTES ||
	    strspn(value, fit) != strlen(value))
		return want;
	if (memchr(value, ':', (size_t)(colon - value)) != NULL &&
	    (value[0] != '[' || colon[-1] != ']'))
		return want;
	if (colon[1] < '0' || colon[1] > '9')
		return want;
	port = strtol(colon + 1, &end, 10);
	return *end == '\0' && port >= 1 && port <= PORT_MAX ? NULL : want;
}

const char *
backend_is_master(const char *value)
{
	return *value != '\0' && strlen(value) <= NAME_MAX_BYTES &&
			       text_clean(value)
		       ? NULL
		       : "a user's name of at most 255 bytes";
}

const char *
backend_is_script(const char *value)
{
	static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQR"
				  "STUVWXYZ0123456789._-";

	/* Stalwart keeps that name for a script of its own. */
	if (text_case_equal(value, "vacation"))
		return "another name, like frontdesk: a server may have this "
		       "one itself";
	return *value != '\0' && *value != '.' &&
			       strlen(value) <= SCRIPT_MAX_BYTES &&
			       strspn(value, fit) == strlen(value)
		       ? NULL
		       : "letters, digits and . _ -, like frontdesk";
}

const char *
backend_is_milter(const char *value)
{
	struct net net;
	unsigned port;

	if (strncmp(value, "unix:", 5) == 0 && value[5] != '\0')
		return conf_is_socket(value + 5);
	return net_parse_listen(value, &net, &port) && net_is_loopback(&net)
		       ? NULL
		       : "unix: and a path, or an address of this machine and "
			 "a port, like 127.0.0.1:8891";
}

/* ---- whole sections ---- */

static bool
has_domain(const struct backend_section *b, const char *domain)
{
	const char *const *d = b->domains;

	for (; d != NULL && *d != NULL; d++) {
		if (text_case_equal(*d, domain))
			return true;
	}
	return false;
}

static bool
is_for_the_rest(const struct backend_section *b)
{
	return b->domains == NULL || *b->domains == NULL;
}

/* Where its scripts lie on this machine; NULL: elsewhere. */
static const char *
place_of(const struct backend_section *b)
{
	if (strcmp(b->kind, BACKEND_SIEVE_FILE) == 0)
		return b->folder;
	return strcmp(b->kind, BACKEND_SIEVE_SQL) == 0 ? b->database : NULL;
}

/* What is of nobody is taken away: to each, all of the other would be so. */
static const char *
place_wrong(struct op *op, const struct backend_section *a,
	    const struct backend_section *b)
{
	const char *one = place_of(a), *other = place_of(b);

	if (one == NULL || other == NULL || strcmp(one, other) != 0)
		return NULL;
	return op_print(op,
			"and backend \"%s\" have their scripts in one place, "
			"%s; give each its own",
			b->title, one);
}

/* A domain that two of them serve. */
static const char *
shared_wrong(struct op *op, const struct backend_section *a,
	     const struct backend_section *b)
{
	const char *const *d = a->domains;

	if (is_for_the_rest(a) && is_for_the_rest(b))
		return op_print(op,
				"and backend \"%s\" are both for all other "
				"domains; name those of one",
				b->title);
	for (; d != NULL && *d != NULL; d++) {
		if (has_domain(b, *d))
			return op_print(op,
					"and backend \"%s\" both name %s; "
					"remove one",
					b->title, *d);
	}
	return NULL;
}

/* Are two people of different domains the same one there? */
static bool
is_ambiguous(const struct backend_section *b)
{
	const char *const *d = b->domains;

	if (strstr(b->user, "%u") != NULL || strstr(b->user, "%d") != NULL)
		return false;
	return is_for_the_rest(b) || d[1] != NULL;
}

static const char *
section_wrong(const struct settings *s, const struct backend_section *b)
{
	if (strcmp(b->kind, BACKEND_MILTER) != 0 && is_ambiguous(b))
		return "has a user that is the same in every domain; name the "
		       "one domain that it is for in domains";
	if (strcmp(b->kind, BACKEND_MILTER) == 0 && s->milter_listen == NULL)
		return "is a milter, but milter.listen is not set";
	if (strcmp(b->kind, BACKEND_MANAGESIEVE) != 0)
		return NULL;
	if (b->server == NULL)
		return "has no server; name one";
	if (b->master == NULL || b->password_file == NULL)
		return "has to have both of master and password_file";
	return NULL;
}

static enum err
section_check(struct op *op, const struct settings *s, size_t i)
{
	const struct backend_section *b = &s->backends[i];
	const char *wrong = section_wrong(s, b);

	for (size_t k = 0; k < i && wrong == NULL; k++) {
		wrong = shared_wrong(op, b, &s->backends[k]);
		if (wrong == NULL)
			wrong = place_wrong(op, b, &s->backends[k]);
	}
	return wrong == NULL ? OK
			     : FAIL(op, ERR_INVALID, "%s:%u: backend \"%s\" %s",
				    s->file, b->line, b->title, wrong);
}

enum err
backend_check(struct op *op, const struct settings *s)
{
	for (size_t i = 0; i < s->backends_n; i++)
		TRY(section_check(op, s, i));
	if ((s->outbox_user == NULL) != (s->outbox_password_file == NULL))
		return FAIL(op, ERR_INVALID,
			    "%s:1: the section outbox has to have both of user "
			    "and password_file, or none",
			    s->file);
	return OK;
}
