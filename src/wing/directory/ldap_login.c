/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/directory/ldap_login.h"

#include "base/digest.h"
#include "base/text.h"
#include "wing/directory/ldap_dsa.h"
#include "wing/directory/ldap_filter.h"

#include <stdlib.h>
#include <string.h>

#define PASSWORD_MAX 1024 /* bytes: what is longer is nobody's */
#define NOBODY_SIZE 16    /* bytes of a uid that nobody has */

/* ---- why ---- */

/* System error codes of Windows, in hexadecimal. */
static const struct {
	unsigned code;
	const char *reason;
} reasons[] = {
	{ 0x525, "there is no such user" },
	{ 0x52e, "a wrong password" },
	{ 0x52f, "the account is restricted" },
	{ 0x530, "no logins at this time of day" },
	{ 0x531, "no logins from this machine" },
	{ 0x532, "the password has expired" },
	{ 0x533, "the account is disabled" },
	{ 0x568, "it has too many groups" },
	{ 0x701, "the account has expired" },
	{ 0x773, "the password has to be changed" },
	{ 0x775, "the account is locked" },
};

const char *
login_reason(const char *said)
{
	static const char mark[] = ", data ";
	const char *at = strstr(said, mark);
	unsigned long code =
		at == NULL ? 0 : strtoul(at + sizeof(mark) - 1, NULL, 16);

	for (size_t i = 0; i < COUNT(reasons); i++) {
		if (reasons[i].code == code)
			return reasons[i].reason;
	}
	return NULL;
}

/* ---- the bind ---- */

struct trying {
	const struct source *source;
	const char *dn, *password;
	const char *barred; /* why it is no, whatever the password; or NULL */
};

/* These say something of him; all others, of the server or of us. */
static bool
is_refusal(int result)
{
	static const int refusals[] = {
		LDAP_INVALID_CREDENTIALS, LDAP_NO_SUCH_OBJECT,
		LDAP_INAPPROPRIATE_AUTH,  LDAP_UNWILLING_TO_PERFORM,
		LDAP_INVALID_DN_SYNTAX,   LDAP_CONSTRAINT_VIOLATION,
		LDAP_INSUFFICIENT_ACCESS,
	};

	for (size_t i = 0; i < COUNT(refusals); i++) {
		if (refusals[i] == result)
			return true;
	}
	return false;
}

static void
controls_drop(LDAPControl ***controls)
{
	if (*controls != NULL)
		ldap_controls_free(*controls);
}

/* What OpenLDAP's password policy says; NULL: nothing. */
static const char *
policy_reason(struct dsa *dsa, LDAPControl **controls)
{
	LDAPPasswordPolicyError error = PP_noError;
	LDAPControl *control = ldap_control_find(
		LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, NULL);

	if (control == NULL ||
	    ldap_parse_passwordpolicy_control(dsa->ld, control, NULL, NULL,
					      &error) != LDAP_SUCCESS)
		return NULL;
	switch (error) {
	case PP_passwordExpired:
		return "the password has expired";
	case PP_accountLocked:
		return "the account is locked";
	case PP_changeAfterReset:
		return "the password has to be changed";
	default:
		return NULL;
	}
}

/* A password that has to be changed first is none, although the bind went
 * well. */
static enum err
bind_verdict(struct op *op, struct dsa *dsa, const struct trying *t,
	     LDAPMessage *message)
{
	CLEANUP(controls_drop) LDAPControl **controls = NULL;
	int result = LDAP_OTHER;
	int parsed = ldap_parse_result(dsa->ld, message, &result, NULL, NULL,
				       NULL, &controls, 0);
	const char *why, *name = t->source->name;

	if (parsed != LDAP_SUCCESS)
		return dsa_fail(op, dsa, parsed, "trying a password");
	why = policy_reason(dsa, controls);
	if (t->barred != NULL && is_refusal(result))
		result = LDAP_SUCCESS;
	if (t->barred != NULL && result == LDAP_SUCCESS)
		why = t->barred;
	if (result == LDAP_SUCCESS && why == NULL)
		return OK;
	if (result != LDAP_SUCCESS && !is_refusal(result))
		return dsa_fail(op, dsa, result, "trying a password");
	if (why == NULL)
		why = login_reason(dsa_said(op, dsa));
	if (why == NULL)
		why = result == LDAP_INVALID_CREDENTIALS
			      ? "a wrong password"
			      : ldap_err2string(result);
	return FAIL(op, ERR_AUTH, "%s: %s", name, why);
}

static void
control_drop(LDAPControl **control)
{
	if (*control != NULL)
		ldap_control_free(*control);
}

static enum err
bind_on(struct op *op, struct dsa *dsa, void *arg)
{
	const struct trying *t = arg;
	struct berval secret = { strlen(t->password), op_dup(op, t->password) };
	CLEANUP(control_drop) LDAPControl *policy = NULL;
	CLEANUP(dsa_message_drop) LDAPMessage *message = NULL;
	LDAPControl *controls[] = { NULL, NULL };
	int id, result;

	/* The check of the configuration says so too. */
	if (!dsa->sealed)
		return FAIL(op, ERR_DOWN,
			    "%s: no password is sent there in clear text: "
			    "write ldaps:// or starttls = yes",
			    dsa->uri);
	result = ldap_create_passwordpolicy_control(dsa->ld, &policy);
	if (result == LDAP_SUCCESS) {
		controls[0] = policy;
		result = ldap_sasl_bind(dsa->ld, t->dn, LDAP_SASL_SIMPLE,
					&secret, controls, NULL, &id);
	}
	if (result != LDAP_SUCCESS)
		return dsa_fail(op, dsa, result, "trying a password");
	TRY(dsa_wait(op, dsa, id, true, &message));
	return bind_verdict(op, dsa, t, message);
}

/* ---- who ---- */

/* Where he is now: his entry may have been moved. Whoever is nobody is looked
 * for all the same, by a uid that nobody has, which takes as long. */
static enum err
find_now(struct op *op, const struct source *source,
	 const struct person_link *link, struct trying *out)
{
	struct source_query query = { .uid = link == NULL ? NULL : link->uid };
	uint8_t nobody[NOBODY_SIZE];
	struct person person;
	enum err err;

	if (link == NULL) {
		digest_random(nobody, sizeof(nobody));
		query.uid =
			text_hex(op, (struct bytes){ nobody, sizeof(nobody) });
	}
	err = source->kind->find(op, source, &query, &person);
	if (err == OK) {
		out->dn = person.login;
		out->barred =
			person.disabled ? "the account is disabled" : NULL;
		return OK;
	}
	if (err != ERR_NOT_FOUND)
		return err;
	out->dn = op_print(
		op, "cn=%s,%s", query.uid,
		((const struct directory_section *)source->section)->base);
	out->barred = "there is no such user"; /* whatever the server says */
	return OK;
}

enum err
login_try(struct op *op, const struct source *source,
	  const struct person_link *link, const char *password,
	  const char **hash)
{
	struct trying t = { .source = source, .password = password };
	const struct dsa_wish wish = { .source = source, .as = DSA_LOGIN };

	*hash = NULL;
	/* a server takes a name without a password for nobody's login, and
	 * says that it went well */
	if (password[0] == '\0' || strlen(password) > PASSWORD_MAX)
		return FAIL(op, ERR_AUTH, "%s: no password, or too long a one",
			    source->name);
	TRY(find_now(op, source, link, &t));
	return dsa_run(op, &wish, bind_on, &t);
}
