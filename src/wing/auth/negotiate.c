/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Negotiate (RFC 4559) with Kerberos, by GSSAPI. One token is one login, of one
 * request: nothing is kept for the connection, so a proxy that shares its
 * connections among clients cannot mix them up, and nothing that would need
 * that, like NTLM, is accepted.
 */
#include "base/net.h"
#include "base/text.h"
#include "model/settings.h"
#include "wing/auth/core.h"
#include "wing/auth/negotiate_name.h"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <string.h>

#define TOKEN_MAX (16 * KIB) /* bytes; with Windows' groups, 12,000 */
#define CREDENTIALS_MAX (sizeof("Negotiate ") + (TOKEN_MAX + 2) / 3 * 4)
#define REASON_MAX 200 /* bytes of what the library says */

/* Where the tokens of the last minutes are kept, to refuse them when they come
 * again: one file for all workers, locked by the library. */
#define REPLAYS "krb5-replays"

/* Object identifiers in DER, without tag and length. Nobody writes there, but
 * GSSAPI knows no const. */
static uint8_t krb5[] = {
	0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02
};
static uint8_t spnego[] = { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x02 };

/* ---- foreign handles ---- */

static void
cred_drop(gss_cred_id_t *cred)
{
	OM_uint32 minor;

	(void)gss_release_cred(&minor, cred);
}

static void
context_drop(gss_ctx_id_t *context)
{
	OM_uint32 minor;

	(void)gss_delete_sec_context(&minor, context, GSS_C_NO_BUFFER);
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

static struct bytes
buffer_bytes(const gss_buffer_desc *buffer)
{
	return (struct bytes){ buffer->value, buffer->length };
}

/* What the library says of a failure: for the log. */
static const char *
status_text(struct op *op, OM_uint32 major, OM_uint32 minor)
{
	CLEANUP(buffer_drop) gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	OM_uint32 ignored, more = 0;
	int kind = minor != 0 ? GSS_C_MECH_CODE : GSS_C_GSS_CODE;

	if (gss_display_status(&ignored, minor != 0 ? minor : major, kind,
			       GSS_C_NO_OID, &more, &text) != GSS_S_COMPLETE)
		return "for a reason without a name";
	return op_text(op, text.value,
		       text.length < REASON_MAX ? text.length : REASON_MAX);
}

/* ---- the ticket ---- */

/*
 * The keys are read anew for each token: a keytab that was renewed counts at
 * once. They are named here, and never taken from the environment.
 */
static enum err
keys_get(struct op *op, gss_cred_id_t *out)
{
	const struct settings *s = op->settings;
	gss_key_value_element_desc elements[] = {
		{ "keytab", op_print(op, "FILE:%s", s->negotiate_keytab) },
		{ "rcache", op_print(op, "file2:%s/%s", s->run, REPLAYS) },
	};
	const gss_key_value_set_desc where = { COUNT(elements), elements };
	gss_OID_desc mechanisms[] = { { sizeof(spnego), spnego },
				      { sizeof(krb5), krb5 } };
	gss_OID_set_desc wanted = { COUNT(mechanisms), mechanisms };
	gss_OID_set_desc inside = { 1, &mechanisms[1] };
	OM_uint32 major, minor, ignored;

	major = gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE,
				      &wanted, GSS_C_ACCEPT, &where, out, NULL,
				      NULL);
	if (GSS_ERROR(major))
		return FAIL(op, ERR_DOWN, "the keys of %s: %s",
			    s->negotiate_keytab, status_text(op, major, minor));
	if (GSS_ERROR(gss_set_neg_mechs(&ignored, *out, &inside)))
		return FAIL(op, ERR_DOWN, "Kerberos alone cannot be asked for");
	return OK;
}

static enum err
name_text(struct op *op, gss_name_t name, struct bytes *out)
{
	CLEANUP(buffer_drop) gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
	OM_uint32 major, minor;

	major = gss_display_name(&minor, name, &text, NULL);
	if (GSS_ERROR(major))
		return FAIL(op, ERR_AUTH, "a name: %s",
			    status_text(op, major, minor));
	*out = op_bytes(op, buffer_bytes(&text));
	return OK;
}

struct ticket {
	struct bytes client, service; /* principals */
	struct bytes answer;          /* what proves to the client who we are */
};

static enum err
context_read(struct op *op, gss_ctx_id_t context, struct ticket *out)
{
	CLEANUP(name_drop) gss_name_t client = GSS_C_NO_NAME;
	CLEANUP(name_drop) gss_name_t service = GSS_C_NO_NAME;
	OM_uint32 major, minor;

	major = gss_inquire_context(&minor, context, &client, &service, NULL,
				    NULL, NULL, NULL, NULL);
	if (GSS_ERROR(major))
		return FAIL(op, ERR_AUTH, "the ticket: %s",
			    status_text(op, major, minor));
	TRY(name_text(op, client, &out->client));
	return name_text(op, service, &out->service);
}

/* Once for each token: a second time it would be a replay. */
static enum err
ticket_accept(struct op *op, struct bytes token, struct ticket *out)
{
	CLEANUP(cred_drop) gss_cred_id_t keys = GSS_C_NO_CREDENTIAL;
	CLEANUP(context_drop) gss_ctx_id_t context = GSS_C_NO_CONTEXT;
	CLEANUP(buffer_drop) gss_buffer_desc answer = GSS_C_EMPTY_BUFFER;
	gss_buffer_desc in = { token.n,
			       op_text(op, (const char *)token.p, token.n) };
	OM_uint32 major, minor;

	TRY(keys_get(op, &keys));
	major = gss_accept_sec_context(&minor, &context, keys, &in,
				       GSS_C_NO_CHANNEL_BINDINGS, NULL, NULL,
				       &answer, NULL, NULL, NULL);
	if (GSS_ERROR(major))
		return FAIL(op, ERR_AUTH, "a ticket that is refused: %s",
			    status_text(op, major, minor));
	if (major & GSS_S_CONTINUE_NEEDED)
		return FAIL(op, ERR_AUTH,
			    "a token that needs another one behind it");
	out->answer = op_bytes(op, buffer_bytes(&answer));
	return context_read(op, context, out);
}

enum err
auth_keytab_check(struct op *op)
{
	CLEANUP(cred_drop) gss_cred_id_t keys = GSS_C_NO_CREDENTIAL;

	return keys_get(op, &keys);
}

/* ---- whose it is ---- */

static enum err
ticket_caller(struct auth *a, struct op *op, const struct ticket *ticket)
{
	const struct settings *s = op->settings;
	const struct mailbox *m;
	const char *address, *login;
	enum err err;

	if (!negotiate_is_service(op, ticket->service, s->negotiate_service))
		return FAIL(op, ERR_AUTH, "a ticket for another service, %.*s",
			    (int)ticket->service.n,
			    (const char *)ticket->service.p);
	TRY(negotiate_address(op, ticket->client, s->negotiate_realms,
			      &address));
	err = directory_admit(a->directory, op, address, &m);
	if (err == ERR_NOT_FOUND)
		return FAIL(op, ERR_AUTH, "a good ticket, but no mailbox %s",
			    address);
	TRY(err);
	login = op_text(op, (const char *)ticket->client.p, ticket->client.n);
	TRY(auth_caller(op, m, login, false));
	return OK;
}

static enum err
negotiate_refuse(struct auth *a, struct op *op, struct response *res)
{
	auth_count(a, COUNT_FAILED);
	return auth_challenge(a, op, res, op->reason);
}

/* Many tokens at once wait fairly: each source has its share. */
static void
negotiate_share(struct op *op, const struct source *source)
{
	size_t at =
		net_is_v4(source->address) ? sizeof(source->address) / 2 : 0;

	memcpy(&op->who.source, source->address + at, sizeof(op->who.source));
	op->who.user = 0;
	op->who.rank = RANK_NEW;
}

static enum err
negotiate_check(struct auth *a, struct op *op, const struct request *req,
		struct response *res, struct login *login)
{
	const char *text = auth_credentials(op, req);
	struct ticket ticket = { .answer = { NULL, 0 } };
	struct bytes token;
	enum err err;

	(void)login;
	if (text_base64_decode(op, text, strlen(text), &token) != OK ||
	    token.n == 0 || token.n > TOKEN_MAX)
		return auth_challenge(a, op, res, "not a token of Negotiate");
	/* A client that sends NTLM would only do so again. */
	if (negotiate_is_ntlm(token)) {
		auth_count(a, COUNT_FAILED);
		return auth_challenge_of(a, op, res, &negotiate_scheme, NULL,
					 "NTLM, which is not accepted");
	}
	negotiate_share(op, &req->source);
	TRY(op_wait(op, POOL_DIRECTORY));
	err = ticket_accept(op, token, &ticket);
	if (err == OK)
		err = ticket_caller(a, op, &ticket);
	if (err == ERR_AUTH)
		return negotiate_refuse(a, op, res);
	TRY(err);
	if (ticket.answer.n > 0)
		op->proof = op_print(op, "Negotiate %s",
				     text_base64(op, ticket.answer));
	return OK;
}

static bool
negotiate_works(const struct auth *a, const struct op *op)
{
	(void)a;
	return op->settings->negotiate_keytab != NULL;
}

const struct auth_scheme negotiate_scheme = {
	.name = "Negotiate",
	.credentials_max = CREDENTIALS_MAX,
	.works = negotiate_works,
	.check = negotiate_check,
};
