/* SPDX-License-Identifier: Apache-2.0 */

/* What a Negotiate token carries, and whose a Kerberos principal is. */
#include "wing/auth/negotiate_name.h"

#include "base/text.h"

#include <string.h>

/* ---- NTLM ---- */

/* The first bytes of each of its messages ([MS-NLMP] 2.2.1). */
static const uint8_t signature[] = "NTLMSSP"; /* with its NUL */

/* Object identifiers in DER, with tag and length. */
static const uint8_t oid_ntlm[] = { 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04,
				    0x01, 0x82, 0x37, 0x02, 0x02, 0x0a };
static const uint8_t oid_krb5[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
				    0xf7, 0x12, 0x01, 0x02, 0x02 };
/* The same, as Windows 2000 had it by mistake and all have kept it. */
static const uint8_t oid_krb5_ms[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x82,
				       0xf7, 0x12, 0x01, 0x02, 0x02 };

static bool
has(struct bytes in, const void *what, size_t n)
{
	return in.p != NULL && in.n >= n && memmem(in.p, in.n, what, n) != NULL;
}

bool
negotiate_is_ntlm(struct bytes token)
{
	if (has(token, signature, sizeof(signature)))
		return true;
	return has(token, oid_ntlm, sizeof(oid_ntlm)) &&
	       !has(token, oid_krb5, sizeof(oid_krb5)) &&
	       !has(token, oid_krb5_ms, sizeof(oid_krb5_ms));
}

/* ---- principals ---- */

/* user@REALM: its two parts. False: something else. A backslash would quote
 * what follows, and nobody's name has one. */
static bool
principal_split(struct op *op, struct bytes principal, const char **user,
		const char **realm)
{
	const char *p = (const char *)principal.p;
	const char *at;

	if (p == NULL || principal.n == 0 ||
	    memchr(p, '\0', principal.n) != NULL ||
	    memchr(p, '\\', principal.n) != NULL)
		return false;
	at = memrchr(p, '@', principal.n);
	if (at == NULL || memchr(p, '@', principal.n) != at)
		return false;
	*user = op_text(op, p, (size_t)(at - p));
	*realm = op_text(op, at + 1, principal.n - (size_t)(at - p) - 1);
	return **user != '\0' && **realm != '\0';
}

/* NULL: it does not count. Realms have case (RFC 4120 6.1), domains have not.
 */
static const char *
realm_domain(const char *realm, const char *const *realms)
{
	size_t n = strlen(realm);

	if (realms == NULL || *realms == NULL)
		return realm;
	for (; *realms != NULL; realms++) {
		const char *p = *realms;

		if (strcspn(p, "=") == n && strncmp(p, realm, n) == 0)
			return p[n] == '=' ? p + n + 1 : realm;
	}
	return NULL;
}

enum err
negotiate_address(struct op *op, struct bytes principal,
		  const char *const *realms, const char **out)
{
	const char *user, *realm, *domain;

	if (!principal_split(op, principal, &user, &realm))
		return FAIL(op, ERR_AUTH,
			    "a ticket of a name that is nobody's");
	if (strpbrk(user, "/$") != NULL)
		return FAIL(op, ERR_AUTH,
			    "a ticket of a service or machine, %s@%s", user,
			    realm);
	domain = realm_domain(realm, realms);
	if (domain == NULL)
		return FAIL(op, ERR_AUTH, "a ticket of the realm %s", realm);
	*out = op_print(op, "%s@%s", user, domain);
	return OK;
}

bool
negotiate_is_service(struct op *op, struct bytes principal, const char *service)
{
	const char *user, *realm;

	if (!principal_split(op, principal, &user, &realm))
		return false;
	if (service == NULL)
		return text_case_starts(user, "HTTP/");
	if (strchr(service, '@') == NULL)
		return text_case_equal(user, service);
	return text_case_equal(op_print(op, "%s@%s", user, realm), service);
}
