/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Kerberos, with a keytab of ours: a ticket is fetched into a cache in memory,
 * one for each keytab and principal, which this thread's GSSAPI is told of
 * while SASL binds; nothing comes from the environment.
 */
#include "base/digest.h"
#include "base/text.h"
#include "wing/directory/ldap_dsa.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <pthread.h>
#include <sasl/sasl.h>
#include <string.h>
#include <time.h>

#define REASON_MAX 200                  /* bytes of what the library says */
#define SPARE_S 60                      /* before a ticket's end */
#define LIFE_MAX_S (INT64_C(24) * 3600) /* of a connection */
#define SECOND_US INT64_C(1000000)

/* Without TLS it seals; a server of AD refuses to do both. */
#define SEALED "noanonymous,noplain,minssf=56"
#define BY_TLS "noanonymous,noplain,minssf=0,maxssf=0"

/* SASL's library begins at the first of them, and while a KDC does not answer,
 * which takes as long as krb5.conf says, one thread is enough to wait. */
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;

static void
cred_drop(gss_cred_id_t *cred)
{
	OM_uint32 minor;

	(void)gss_release_cred(&minor, cred);
}

static void
name_drop(gss_name_t *name)
{
	OM_uint32 minor;

	(void)gss_release_name(&minor, name);
}

static void
buffer_drop(gss_buffer_desc *buffer)
{
	OM_uint32 minor;

	(void)gss_release_buffer(&minor, buffer);
}

static enum err
gss_failed(struct op *op, const struct directory_section *section,
	   OM_uint32 major, OM_uint32 minor)
{
	CLEANUP(buffer_drop) gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	OM_uint32 ignored, more = 0;

	if (gss_display_status(&ignored, minor != 0 ? minor : major,
			       minor != 0 ? GSS_C_MECH_CODE : GSS_C_GSS_CODE,
			       GSS_C_NO_OID, &more, &text) != GSS_S_COMPLETE)
		return FAIL(op, ERR_DENIED, "%s: no ticket", section->keytab);
	return FAIL(op, ERR_DENIED, "a ticket with %s: %.*s", section->keytab,
		    (int)(text.length < REASON_MAX ? text.length : REASON_MAX),
		    (const char *)text.value);
}

/* "MEMORY:" and what tells it from others. */
static const char *
cache_name(struct op *op, const struct directory_section *section)
{
	const char *all =
		op_print(op, "%s %s", section->keytab,
			 section->principal == NULL ? "" : section->principal);
	uint8_t sum[DIGEST_SIZE];

	digest_sha256(bytes_of(all), sum);
	return op_print(op, "MEMORY:frontdesk-%s",
			text_hex(op, (struct bytes){ sum, sizeof(sum) }));
}

static enum err
principal_read(struct op *op, const struct directory_section *section,
	       gss_name_t *out)
{
	gss_buffer_desc text = { 0, NULL };
	OM_uint32 major, minor;

	if (section->principal == NULL)
		return OK;
	text.length = strlen(section->principal);
	text.value = op_dup(op, section->principal);
	major = gss_import_name(&minor, &text, GSS_KRB5_NT_PRINCIPAL_NAME, out);
	return GSS_ERROR(major) ? gss_failed(op, section, major, minor) : OK;
}

/* The cache has a good ticket afterwards; a new one if need be. */
static enum err
ticket_get(struct op *op, const struct directory_section *section,
	   const char *cache, int64_t *left_s)
{
	gss_key_value_element_desc elements[] = {
		{ "client_keytab", op_print(op, "FILE:%s", section->keytab) },
		{ "ccache", cache },
	};
	const gss_key_value_set_desc where = { COUNT(elements), elements };
	CLEANUP(cred_drop) gss_cred_id_t cred = GSS_C_NO_CREDENTIAL;
	CLEANUP(name_drop) gss_name_t name = GSS_C_NO_NAME;
	OM_uint32 major, minor, life = 0;

	TRY(principal_read(op, section, &name));
	major = gss_acquire_cred_from(&minor, name, GSS_C_INDEFINITE,
				      GSS_C_NO_OID_SET, GSS_C_INITIATE, &where,
				      &cred, NULL, NULL);
	if (GSS_ERROR(major))
		return gss_failed(op, section, major, minor);
	major = gss_inquire_cred(&minor, cred, NULL, &life, NULL, NULL);
	if (GSS_ERROR(major))
		return gss_failed(op, section, major, minor);
	*left_s = life < LIFE_MAX_S ? (int64_t)life : LIFE_MAX_S;
	return OK;
}

/* SASL asks for names; who we are is in the ticket. */
static int
interact(LDAP *ld, unsigned flags, void *arg, void *prompts)
{
	sasl_interact_t *p = prompts;

	(void)ld;
	(void)flags;
	(void)arg;
	for (; p->id != SASL_CB_LIST_END; p++) {
		p->result = "";
		p->len = 0;
	}
	return LDAP_SUCCESS;
}

static enum err
sasl_bind(struct op *op, struct dsa *dsa)
{
	LDAPMessage *message = NULL;
	const char *mechanism = NULL;
	int id = 0, result;

	for (;;) {
		result = ldap_sasl_interactive_bind(
			dsa->ld, NULL, "GSSAPI", NULL, NULL, LDAP_SASL_QUIET,
			interact, NULL, message, &mechanism, &id);
		dsa_message_drop(&message);
		if (result != LDAP_SASL_BIND_IN_PROGRESS)
			break;
		TRY(dsa_wait(op, dsa, id, true, &message));
	}
	if (result == LDAP_SUCCESS)
		return OK;
	(void)dsa_fail(op, dsa, result, "by Kerberos");
	return result < 0 && result != LDAP_LOCAL_ERROR &&
			       result != LDAP_AUTH_UNKNOWN
		       ? ERR_DOWN
		       : ERR_DENIED;
}

static enum err
bind_alone(struct op *op, struct dsa *dsa,
	   const struct directory_section *section)
{
	const char *cache = cache_name(op, section);
	OM_uint32 minor;
	int64_t left_s = 0;
	enum err err;

	TRY(ticket_get(op, section, cache, &left_s));
	dsa->end_us = op_clock_us() + (left_s - SPARE_S) * SECOND_US;
	if (ldap_set_option(dsa->ld, LDAP_OPT_X_SASL_SECPROPS,
			    dsa->tls ? BY_TLS : SEALED) != LDAP_SUCCESS)
		return FAIL(op, ERR_DENIED, "SASL cannot be set up");
	if (GSS_ERROR(gss_krb5_ccache_name(&minor, cache, NULL)))
		return FAIL(op, ERR_DENIED, "the ticket cannot be used");
	err = sasl_bind(op, dsa);
	(void)gss_krb5_ccache_name(&minor, NULL, NULL);
	return err;
}

enum err
dsa_bind_kerberos(struct op *op, struct dsa *dsa,
		  const struct directory_section *section)
{
	unsigned left = op_left_ms(op);
	struct timespec until;
	enum err err;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += left / 1000 + 1;
	if (pthread_mutex_clocklock(&one, CLOCK_MONOTONIC, &until) != 0)
		return FAIL(op, ERR_DOWN,
			    "%s: another thread waits for a ticket too",
			    dsa->uri);
	err = bind_alone(op, dsa, section);
	(void)pthread_mutex_unlock(&one);
	return err;
}
