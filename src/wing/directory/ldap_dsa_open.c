/* SPDX-License-Identifier: Apache-2.0 */

/* A new connection. Everything that ldap.conf or the environment could have
 * said is said anew, on the handle. */
#include "wing/directory/ldap_dsa.h"

#include "base/text.h"
#include "base/uri.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PASSWORD_FILE_MAX 1024 /* bytes */
#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"

struct opening {
	struct op *op;
	const struct directory_section *section;
	const struct dsa_wish *wish;
	struct dsa *dsa;
	struct uri uri;
};

static void
tell(const struct opening *o, const char *found)
{
	dsa_tell(o->wish, o->dsa->uri, found);
}

/* ---- the handle ---- */

/* Everything that a file or the environment of the machine may have set. */
static int
handle_set_up(LDAP *ld)
{
	static const int version = LDAP_VERSION3;
	static const int deref = LDAP_DEREF_NEVER;
	ber_len_t incoming = DSA_MESSAGE_MAX;
	void *buffer = NULL;
	const struct {
		int name;
		const void *value;
	} options[] = {
		{ LDAP_OPT_PROTOCOL_VERSION, &version },
		{ LDAP_OPT_DEREF, &deref },
		{ LDAP_OPT_REFERRALS, LDAP_OPT_OFF },
		{ LDAP_OPT_RESTART, LDAP_OPT_ON },
		{ LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON },
	};
	int result = LDAP_SUCCESS;

	for (size_t i = 0; i < COUNT(options) && result == LDAP_SUCCESS; i++)
		result = ldap_set_option(ld, options[i].name, options[i].value);
	if (result == LDAP_SUCCESS)
		result = ldap_get_option(ld, LDAP_OPT_SOCKBUF, &buffer);
	if (result == LDAP_SUCCESS &&
	    ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &incoming) <
		    0)
		result = LDAP_LOCAL_ERROR;
	return result;
}

static enum err
handle_open(struct opening *o)
{
	int result;

	TRY(dsa_connect(o->op, o->dsa));
	result = handle_set_up(o->dsa->ld);
	if (result != LDAP_SUCCESS)
		return FAIL(o->op, ERR_DOWN, "%s: setting it up: %s",
			    o->dsa->uri, ldap_err2string(result));
	return OK;
}

/* ---- TLS ---- */

static const char *
ca_of(const struct opening *o)
{
	return o->section->ca != NULL ? o->section->ca : SYSTEM_CA;
}

/* A context of the handle's own, which knows our authorities alone. */
static int
tls_set_up(const struct opening *o)
{
	static const int demand = LDAP_OPT_X_TLS_DEMAND;
	static const int try = LDAP_OPT_X_TLS_TRY;
	static const int least = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
	static const int client = 0;
	const char *ca = ca_of(o);
	const struct {
		int name;
		const void *value;
	} options[] = {
		{ LDAP_OPT_X_TLS_CACERTFILE, ca },
		{ LDAP_OPT_X_TLS_CACERTDIR, NULL },
		{ LDAP_OPT_X_TLS_CERTFILE, NULL },
		{ LDAP_OPT_X_TLS_KEYFILE, NULL },
		{ LDAP_OPT_X_TLS_CRLFILE, NULL },
		/* libldap on GnuTLS would lose memory with any other */
		{ LDAP_OPT_X_TLS_CIPHER_SUITE, NULL },
		{ LDAP_OPT_X_TLS_REQUIRE_CERT, &demand },
		/* a certificate without names of hosts may have a common one */
		{ LDAP_OPT_X_TLS_REQUIRE_SAN, &try },
		{ LDAP_OPT_X_TLS_PROTOCOL_MIN, &least },
		{ LDAP_OPT_X_TLS_NEWCTX, &client },
	};
	int result = LDAP_SUCCESS;

	for (size_t i = 0; i < COUNT(options) && result == LDAP_SUCCESS; i++)
		result = ldap_set_option(o->dsa->ld, options[i].name,
					 options[i].value);
	return result;
}

/* libldap has no words for a certificate that it refuses, on GnuTLS. */
#define CERTIFICATE_REFUSED "(unknown error code)"

static enum err
tls_failed(const struct opening *o, const char *what, int result)
{
	const char *said = dsa_said(o->op, o->dsa);

	/* the last part of a millisecond is not waited for */
	if (op_clock_us() + 1000 > o->dsa->until_us)
		return FAIL(o->op, ERR_DOWN, "%s: it did not answer in time",
			    o->dsa->uri);
	if (strcmp(said, CERTIFICATE_REFUSED) == 0)
		said = "its certificate is refused: none of the authorities in "
		       "ca has signed it, or it has ended, or it is for "
		       "another name than that in uri";
	return FAIL(o->op, ERR_DOWN, "%s: %s: %s%s%s", o->dsa->uri, what,
		    ldap_err2string(result), *said == '\0' ? "" : ": ", said);
}

/* Asks whether it may. */
static enum err
tls_ask(const struct opening *o)
{
	CLEANUP(dsa_message_drop) LDAPMessage *message = NULL;
	int id, result = ldap_start_tls(o->dsa->ld, NULL, NULL, &id);

	if (result != LDAP_SUCCESS)
		return tls_failed(o, "StartTLS", result);
	TRY(dsa_wait(o->op, o->dsa, id, true, &message));
	TRY(dsa_outcome(o->op, o->dsa, message, &result));
	if (result != LDAP_SUCCESS)
		return tls_failed(o, "StartTLS", result);
	return OK;
}

/* The least version is a wish that libldap on GnuTLS does not hear: so it is
 * looked at, before anything is said. */
static enum err
tls_check(const struct opening *o)
{
	char *version = NULL, *cipher = NULL;
	const char *is;

	(void)ldap_get_option(o->dsa->ld, LDAP_OPT_X_TLS_VERSION, &version);
	(void)ldap_get_option(o->dsa->ld, LDAP_OPT_X_TLS_CIPHER, &cipher);
	is = op_dup(o->op, version == NULL ? "?" : version);
	tell(o, op_print(o->op, "%s %s; the certificate is right", is,
			 cipher == NULL ? "" : cipher));
	ldap_memfree(version);
	ldap_memfree(cipher);
	if (strstr(is, "1.2") != NULL || strstr(is, "1.3") != NULL)
		return OK;
	return FAIL(o->op, ERR_DOWN, "%s: %s is too old: TLS 1.2 is the least",
		    o->dsa->uri, is);
}

static enum err
tls_start(const struct opening *o)
{
	int result;

	if (!uri_is(&o->uri, "ldaps"))
		TRY(tls_ask(o));
	result = tls_set_up(o);
	if (result != LDAP_SUCCESS)
		return FAIL(o->op, ERR_DOWN,
			    "%s: the certificates in %s cannot be read",
			    o->dsa->uri, ca_of(o));
	result = ldap_install_tls(o->dsa->ld);
	if (result != LDAP_SUCCESS)
		return tls_failed(o,
				  op_print(o->op,
					   "TLS, with a certificate for that "
					   "host by an authority in %s",
					   ca_of(o)),
				  result);
	return tls_check(o);
}

/* ---- as whom ---- */

static void
file_drop(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* The first line of the file; the caller wipes it. */
static enum err
password_read(const struct opening *o, char out[static PASSWORD_FILE_MAX + 1])
{
	const char *path = o->section->password_file;
	CLEANUP(file_drop) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, PASSWORD_FILE_MAX + 1);

	if (n < 0)
		return FAIL(o->op, ERR_DENIED, "%s: %s", path, strerror(errno));
	if (n > PASSWORD_FILE_MAX)
		return FAIL(o->op, ERR_DENIED, "%s: it has more than %d bytes",
			    path, PASSWORD_FILE_MAX);
	out[n] = '\0';
	out[strcspn(out, "\r\n")] = '\0';
	/* a name without a password is nobody's login, and would go well */
	if (out[0] == '\0')
		return FAIL(o->op, ERR_DENIED, "%s: its first line is empty",
			    path);
	return OK;
}

static enum err
bind_simple(const struct opening *o)
{
	const char *dn = o->section->bind_dn;
	char password[PASSWORD_FILE_MAX + 2];
	CLEANUP(dsa_message_drop) LDAPMessage *message = NULL;
	struct berval secret = { 0, password };
	enum err err = password_read(o, password);
	int id, result = LDAP_SUCCESS;

	if (err == OK) {
		secret.bv_len = strlen(password);
		result = ldap_sasl_bind(o->dsa->ld, dn, LDAP_SASL_SIMPLE,
					&secret, NULL, NULL, &id);
	}
	OPENSSL_cleanse(password, sizeof(password));
	TRY(err);
	if (result != LDAP_SUCCESS)
		return dsa_fail(o->op, o->dsa, result, "binding");
	TRY(dsa_wait(o->op, o->dsa, id, true, &message));
	TRY(dsa_outcome(o->op, o->dsa, message, &result));
	if (result == LDAP_SUCCESS) {
		tell(o, op_print(o->op, "bound as %s", dn));
		return OK;
	}
	(void)dsa_fail(o->op, o->dsa, result, op_print(o->op, "as %s", dn));
	return o->dsa->dead ? ERR_DOWN : ERR_DENIED;
}

static enum err
bind_reader(const struct opening *o)
{
	if (o->section->keytab != NULL) {
		TRY(dsa_bind_kerberos(o->op, o->dsa, o->section));
		tell(o, "bound by Kerberos");
		return OK;
	}
	/* The check of the configuration says so too. */
	if (!o->dsa->sealed)
		return FAIL(o->op, ERR_DENIED,
			    "%s: nothing is asked in clear text of another "
			    "machine: write ldaps:// or starttls = yes",
			    o->dsa->uri);
	if (o->section->bind_dn != NULL)
		return bind_simple(o);
	tell(o, "asked as nobody");
	return OK;
}

/* ---- all of it ---- */

static void
dsa_drop(struct dsa **dsa)
{
	dsa_close(*dsa);
}

void
dsa_close(struct dsa *dsa)
{
	if (dsa == NULL)
		return;
	if (dsa->ld != NULL)
		(void)ldap_unbind_ext(dsa->ld, NULL, NULL);
	if (dsa->fd >= 0)
		(void)close(dsa->fd);
	free(dsa);
}

enum err
dsa_open(struct op *op, const struct directory_section *section,
	 const char *uri, const struct dsa_wish *wish, struct dsa **out)
{
	CLEANUP(dsa_drop) struct dsa *dsa = calloc(1, sizeof(*dsa));
	struct opening o = {
		.op = op, .section = section, .wish = wish, .dsa = dsa
	};

	if (dsa == NULL)
		return FAIL(op, ERR_DOWN, "no memory to ask a directory");
	dsa->fd = -1;
	dsa->uri = uri;
	dsa->as = wish->as;
	dsa_begin(op, dsa, section);
	if (!dsa_is_socket(uri) && !uri_parse(uri, &o.uri))
		return FAIL(op, ERR_DOWN, "%s: where is that?", uri);
	TRY(handle_open(&o));
	tell(&o, "connected");
	if (!dsa_is_socket(uri) &&
	    (uri_is(&o.uri, "ldaps") || section->starttls)) {
		TRY(tls_start(&o));
		dsa->tls = true;
	}
	dsa->sealed = dsa->tls || dsa_is_socket(uri) || uri_is_here(&o.uri);
	if (wish->as == DSA_READER)
		TRY(bind_reader(&o));
	*out = dsa;
	dsa = NULL;
	return OK;
}
