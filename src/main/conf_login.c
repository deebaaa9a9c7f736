/* SPDX-License-Identifier: Apache-2.0 */

/* What the settings of tokens and service accounts have to be. */
#include "main/conf_login.h"

#include "base/text.h"

#include <string.h>

#define WORD_MAX 256 /* bytes of the name of a claim, a scope, a role */

/* ---- one value ---- */

/* Printable ASCII, none of the characters in `without`. */
static bool
is_made_of(const char *value, const char *without)
{
	for (; *value != '\0'; value++) {
		if (*value < ' ' || *value > '~' ||
		    strchr(without, *value) != NULL)
			return false;
	}
	return true;
}

const char *
login_is_jwks(const char *value)
{
	static const char start[] = "https://";

	if (strncmp(value, start, sizeof(start) - 1) == 0)
		return is_made_of(value, " \"\\") &&
				       strcspn(value + sizeof(start) - 1,
					       ":/?#@") > 0
			       ? NULL
			       : "https:// and the rest of a URL";
	return strstr(value, "://") == NULL
		       ? NULL
		       : "a path, or a URL that begins with https://";
}

const char *
login_is_algorithm(const char *value)
{
	return strcmp(value, "RS256") == 0 || strcmp(value, "ES256") == 0
		       ? NULL
		       : "RS256 or ES256";
}

const char *
login_is_word(const char *value)
{
	return is_made_of(value, " \"\\") && strlen(value) <= WORD_MAX
		       ? NULL
		       : "at most 256 letters of ASCII, without spaces, \" and "
			 "\\";
}

const char *
login_is_quotable(const char *value)
{
	return is_made_of(value, "\"\\") ? NULL
					 : "ASCII letters, without \" and \\";
}

const char *
login_is_domain(const char *value)
{
	return text_is_domain(value) ? NULL : "a domain, like example.com";
}

const char *
login_is_address(const char *value)
{
	return text_is_address(value) ? NULL
				      : "an address, like robot@example.com";
}

/* Kerberos knows more characters, and ways to quote them: nobody uses them. */
static bool
is_principal(const char *value, size_t n)
{
	return n > 0 &&
	       strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
			     "XYZ0123456789._-") >= n;
}

const char *
login_is_service(const char *value)
{
	static const char want[] =
		"a service and a host, like HTTP/mail.example.com, and perhaps "
		"@ and the realm";
	size_t service = strcspn(value, "/");
	const char *host = value + service + (value[service] == '/');
	size_t n = strcspn(host, "@");

	if (!is_principal(value, service) || !is_principal(host, n))
		return want;
	if (host[n] == '@' && !is_principal(host + n + 1, strlen(host + n + 1)))
		return want;
	return NULL;
}

const char *
login_is_realm(const char *value)
{
	size_t n = strcspn(value, "=");

	if (!is_principal(value, n) ||
	    (value[n] == '=' && login_is_domain(value + n + 1) != NULL))
		return "a realm, like EXAMPLE.COM, or with a domain behind it, "
		       "like AD.EXAMPLE.COM=example.com";
	return NULL;
}

/* ---- all of them ---- */

static bool
issuer_is_known(const struct settings *s, const char *title)
{
	for (size_t i = 0; i < s->issuers_n; i++) {
		if (strcmp(s->issuers[i].title, title) == 0)
			return true;
	}
	return false;
}

/* Two with the same name would leave open which keys count. */
static enum err
issuers_check(struct op *op, const struct settings *s)
{
	for (size_t i = 0; i < s->issuers_n; i++) {
		const struct issuer *a = &s->issuers[i];

		for (size_t k = 0; k < i; k++) {
			const struct issuer *b = &s->issuers[k];

			if (strcmp(a->issuer, b->issuer) == 0)
				return FAIL(op, ERR_INVALID,
					    "%s:%u: issuer \"%s\" is the same "
					    "as in line %u; remove one",
					    s->file, a->line, a->issuer,
					    b->line);
		}
	}
	return OK;
}

/* NULL, or what is wrong with it. */
static const char *
service_wrong(struct op *op, const struct settings *s,
	      const struct service_account *a)
{
	if (a->domains[0] == NULL && a->addresses[0] == NULL)
		return "may act for nobody; add domains or addresses";
	if ((a->client_id == NULL) != (a->issuer == NULL))
		return "has to have both of client_id and issuer, or none";
	if (a->client_id == NULL && !text_is_address(a->title))
		return "has to be an address, like robot@example.com, or to "
		       "have client_id and issuer";
	if (a->issuer != NULL && !issuer_is_known(s, a->issuer))
		return op_print(op,
				"names the issuer \"%s\", which is no section",
				a->issuer);
	return NULL;
}

static bool
service_same(const struct service_account *a, const struct service_account *b)
{
	return a->client_id != NULL && b->client_id != NULL &&
	       strcmp(a->client_id, b->client_id) == 0 &&
	       strcmp(a->issuer, b->issuer) == 0;
}

static enum err
services_check(struct op *op, const struct settings *s)
{
	for (size_t i = 0; i < s->service_accounts_n; i++) {
		const struct service_account *a = &s->service_accounts[i];
		const char *wrong = service_wrong(op, s, a);

		for (size_t k = 0; k < i && wrong == NULL; k++) {
			if (service_same(a, &s->service_accounts[k]))
				wrong = op_print(op,
						 "has the client_id of line %u",
						 s->service_accounts[k].line);
		}
		if (wrong != NULL)
			return FAIL(op, ERR_INVALID,
				    "%s:%u: service_account \"%s\" %s", s->file,
				    a->line, a->title, wrong);
	}
	return OK;
}

enum err
login_check(struct op *op, const struct settings *s)
{
	TRY(issuers_check(op, s));
	return services_check(op, s);
}
