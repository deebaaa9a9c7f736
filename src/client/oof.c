/* SPDX-License-Identifier: Apache-2.0 */
/* The two operations of [MS-OXWOOF] 3.1.4, from the client's side. */
#include "client/envelope.h"
#include "oof/oof_wire.h"

#include "base/clock.h"
#include "base/text.h"

#include <string.h>

_Static_assert((int)EWSC_DISABLED == (int)OOF_DISABLED &&
		       (int)EWSC_ENABLED == (int)OOF_ENABLED &&
		       (int)EWSC_SCHEDULED == (int)OOF_SCHEDULED,
	       "the states have the same values");
_Static_assert((int)EWSC_NONE == (int)AUDIENCE_NONE &&
		       (int)EWSC_KNOWN == (int)AUDIENCE_KNOWN &&
		       (int)EWSC_ALL == (int)AUDIENCE_ALL,
	       "the audiences have the same values");

/*
 * The answers as servers send them: codes of all later schemas, messages
 * without a class, elements that came later. What is in the settings is read
 * by the tables that our own server uses.
 */
struct get_reply {
	struct envelope_message message;
	struct oof_settings *settings;
	unsigned allowed;
};

struct set_reply {
	struct envelope_message message;
};

/* clang-format off */
#define T struct get_reply
static const struct xsd_field get_reply_fields[] = {
	XSD_INSIDE("m:ResponseMessage",  OPTIONAL, T, message, envelope_message),
	XSD_BEHIND("t:OofSettings",      OPTIONAL, T, settings, oof_settings),
	XSD_ENUM  ("m:AllowExternalOof", OPTIONAL, T, allowed, oof_audiences),
	XSD_END,
};
static XSD_TYPE_WITH(get_reply, NULL, get_reply_fields, .lax = true);
#undef T

#define T struct set_reply
static const struct xsd_field set_reply_fields[] = {
	XSD_INSIDE("m:ResponseMessage",  OPTIONAL, T, message, envelope_message),
	XSD_END,
};
static XSD_TYPE_WITH(set_reply, NULL, set_reply_fields, .lax = true);
#undef T
/* clang-format on */

static const struct envelope_operation get_operation = {
	.request = "m:GetUserOofSettingsRequest",
	.request_type = &oof_get_request_type,
	.response = "m:GetUserOofSettingsResponse",
	.version = "Exchange2007_SP1",
	.answer_max = CALL_ANSWER_MAX,
};

static const struct envelope_operation set_operation = {
	.request = "m:SetUserOofSettingsRequest",
	.request_type = &oof_set_request_type,
	.response = "m:SetUserOofSettingsResponse",
	.version = "Exchange2007_SP1",
	.write = true,
	.answer_max = CALL_ANSWER_MAX,
};

/* ---- get ---- */

static struct ewsc_reply
reply_told(const struct oof_reply *r)
{
	if (r == NULL)
		return (struct ewsc_reply){ 0 };
	return (struct ewsc_reply){
		.text = r->message == NULL ? "" : r->message,
		.lang = r->lang == NULL || *r->lang == '\0' ? NULL : r->lang,
	};
}

static void
oof_tell(const struct get_reply *in, struct ewsc_oof *out)
{
	const struct oof_settings *s = in->settings;

	*out = (struct ewsc_oof){
		.state = (enum ewsc_state)s->state,
		.audience = (enum ewsc_audience)s->audience,
		.internal = reply_told(s->internal),
		.external = reply_told(s->external),
		.allowed = (enum ewsc_audience)in->allowed,
	};
	if (s->duration == NULL)
		return;
	out->has_duration = 1;
	out->start = s->duration->start;
	out->end = s->duration->end;
	out->unzoned = s->duration->start_unzoned || s->duration->end_unzoned;
}

static enum err
settings_get(struct ewsc *c, const char *address, struct ewsc_oof *out)
{
	const struct oof_get_request request = {
		.mailbox = { .address = address },
	};
	struct get_reply reply = { 0 };
	const struct ewsc_service *service;
	struct envelope answer;

	TRY(client_address(c, address));
	TRY(client_service(c, address, &service));
	TRY(envelope_run(
		c, &(struct envelope_call){ service->ews_url, address, NULL },
		&get_operation, &request, &answer));
	TRY(envelope_read(c, &get_reply_type, answer.response, &reply));
	TRY(envelope_check(c, service->ews_url, &reply.message, false));
	if (reply.settings == NULL)
		return client_fail(
			c, EWSC_NO_EWS, "ask those who run the server",
			"%s: the answer holds no settings", service->ews_url);
	oof_tell(&reply, out);
	return OK;
}

enum ewsc_result
ewsc_oof_get(struct ewsc *c, const char *address, const struct ewsc_oof **out)
{
	struct ewsc_oof *oof;
	enum err err;

	client_begin(c);
	oof = op_alloc(&c->op, sizeof(*oof));
	err = settings_get(c, address, oof);
	*out = err == OK ? oof : NULL;
	return client_end(c, err);
}

/* ---- set ---- */

static enum err
reply_check(struct ewsc *c, const char *which, const struct ewsc_reply *r)
{
	if (r->text == NULL)
		return OK;
	if (strlen(r->text) > OOF_MESSAGE_MAX)
		return client_fail(c, EWSC_INVALID, "send less",
				   "the %s reply is longer than %d bytes",
				   which, OOF_MESSAGE_MAX);
	if (!text_clean(r->text))
		return client_fail(c, EWSC_INVALID, NULL,
				   "the %s reply is no UTF-8 text that XML can "
				   "carry",
				   which);
	if (r->lang != NULL && !xsd_is_language(r->lang))
		return client_fail(c, EWSC_INVALID, "give one like de or en-GB",
				   "the %s reply's language is no language tag",
				   which);
	return OK;
}

static enum err
set_check(struct ewsc *c, const struct ewsc_oof *in)
{
	if (xsd_word(&oof_states, (unsigned)in->state) == NULL)
		return client_fail(c, EWSC_INVALID, NULL,
				   "%d is no state of an absence", in->state);
	if (xsd_word(&oof_audiences, (unsigned)in->audience) == NULL)
		return client_fail(c, EWSC_INVALID, NULL,
				   "%d is no audience of an absence",
				   in->audience);
	if (in->has_duration && (in->start < CLOCK_MIN || in->end > CLOCK_MAX ||
				 in->start > CLOCK_MAX || in->end < CLOCK_MIN))
		return client_fail(c, EWSC_INVALID, NULL,
				   "a time that no year from 1 to 9999 has");
	if (in->state == EWSC_SCHEDULED &&
	    (!in->has_duration || in->start >= in->end))
		return client_fail(c, EWSC_INVALID,
				   "end it after it starts, and in the future",
				   "an absence by schedule needs its times");
	TRY(reply_check(c, "internal", &in->internal));
	return reply_check(c, "external", &in->external);
}

static struct oof_reply *
reply_wanted(struct op *op, const struct ewsc_reply *in)
{
	struct oof_reply *r;

	if (in->text == NULL)
		return NULL;
	r = op_alloc(op, sizeof(*r));
	r->message = in->text;
	r->lang = in->lang;
	return r;
}

/* A duration whose end is not behind its start goes only where it counts for
 * nothing, and some servers look at it even then: it stays here. */
static struct oof_duration *
duration_wanted(struct op *op, const struct ewsc_oof *in)
{
	struct oof_duration *d;

	if (!in->has_duration || in->start >= in->end)
		return NULL;
	d = op_alloc(op, sizeof(*d));
	d->start = in->start;
	d->end = in->end;
	return d;
}

static enum err
settings_set(struct ewsc *c, const char *address, const struct ewsc_oof *in)
{
	struct oof_set_request request = { .mailbox = { .address = address } };
	struct set_reply reply = { 0 };
	const struct ewsc_service *service;
	struct envelope answer;

	TRY(client_address(c, address));
	TRY(set_check(c, in));
	TRY(client_service(c, address, &service));
	request.settings = (struct oof_settings){
		.state = (unsigned)in->state,
		.audience = (unsigned)in->audience,
		.duration = duration_wanted(&c->op, in),
		.internal = reply_wanted(&c->op, &in->internal),
		.external = reply_wanted(&c->op, &in->external),
	};
	TRY(envelope_run(
		c, &(struct envelope_call){ service->ews_url, address, NULL },
		&set_operation, &request, &answer));
	TRY(envelope_read(c, &set_reply_type, answer.response, &reply));
	return envelope_check(c, service->ews_url, &reply.message, true);
}

enum ewsc_result
ewsc_oof_set(struct ewsc *c, const char *address, const struct ewsc_oof *in)
{
	client_begin(c);
	return client_end(c, settings_set(c, address, in));
}
