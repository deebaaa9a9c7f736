/* SPDX-License-Identifier: Apache-2.0 */
#include "oof/oof_service.h"

#include "base/clock.h"
#include "base/text.h"
#include "model/service.h"
#include "oof/oof_check.h"

#include <string.h>

#define DAY (INT64_C(24) * 60 * 60) /* seconds */

/* What 4.5 puts into MessageXml: a name for people, and a number. */
static const struct {
	enum oof_code code;
	const char *type;
	int number;
} exceptions[] = {
	/* clang-format off */
	{ OOF_ERROR_INVALID_SCHEDULED_OOF_DURATION, "Frontdesk.Oof.InvalidScheduledOofDuration", 158 },
	{ OOF_ERROR_INVALID_USER_OOF_SETTINGS,      "Frontdesk.Oof.InvalidUserOofSettings",      159 },
	/* clang-format on */
};

/* ---- whose mailbox ---- */

/* The fault of 2.2.4, word for word the same whether the mailbox exists or not
 * (R-2). */
static enum err
not_owner(struct op *op, struct soap_fault *fault)
{
	fault->exception = op_print(
		op,
		"Microsoft.Exchange.Data.Storage.AccessDeniedException: User "
		"is not mailbox owner. User = %s, MailboxGuid = %s ---> User "
		"is not mailbox owner.",
		op->caller->mailbox->address, op->target);
	fault->exception_code = "-2146233088"; /* 0x80131500 */
	return FAIL(op, ERR_DENIED, "not the owner, or no such mailbox");
}

static enum err
not_found(struct op *op, struct soap_fault *fault)
{
	if (!op->settings->address_book_public &&
	    !service_covers(op, service_of(op), op->target))
		return not_owner(op, fault);
	fault->value_name = "SmtpAddress";
	fault->value = op->target;
	return FAIL(op, ERR_NOT_FOUND, "no such mailbox");
}

static enum err
mailbox_find(struct house *house, struct op *op, const struct oof_mailbox *in,
	     const struct mailbox **out, struct soap_fault *fault)
{
	const char *routing = in->routing;
	enum err err;

	op->target = text_head(op, in->address, ADDRESS_MAX);
	if (routing != NULL && *routing != '\0' &&
	    !text_case_equal(routing, "SMTP"))
		return not_owner(op, fault);
	if (!text_is_address(in->address))
		return not_owner(op, fault);
	err = directory_owned(house->directory, op, in->address, out);
	if (err == ERR_DENIED)
		return not_owner(op, fault);
	return err == ERR_NOT_FOUND ? not_found(op, fault) : err;
}

/* ---- what is answered ---- */

static void
succeed(struct op *op, struct oof_response_message *out)
{
	*out = (struct oof_response_message){
		.class = OOF_SUCCESS,
		.code = OOF_NO_ERROR,
	};
	op->result = xsd_word(&oof_codes, OOF_NO_ERROR);
	op->reason = NULL; /* of a look that found nothing on the way */
}

/* A refusal inside an ordinary answer, as in 4.5. */
static void
refuse(struct op *op, enum oof_code code, const char *why,
       struct oof_response_message *out)
{
	*out = (struct oof_response_message){
		.class = OOF_ERROR,
		.text = why,
		.code = code,
		.link_key = true,
	};
	for (size_t i = 0; i < COUNT(exceptions); i++) {
		if (exceptions[i].code == code) {
			out->xml = op_alloc(op, sizeof(*out->xml));
			out->xml->exception_type = exceptions[i].type;
			out->xml->exception_code = exceptions[i].number;
		}
	}
	op->result = xsd_word(&oof_codes, code);
	op->reason = why;
}

/* Clients want a Duration always. Where none was stored it is the day of the
 * mailbox: the same all day long. */
static struct oof_duration *
duration_default(struct op *op, const struct mailbox *mailbox)
{
	struct oof_duration *out = op_alloc(op, sizeof(*out));
	int64_t start;

	if (clock_midnight(op, op->now, mailbox_zone(op, mailbox), &start) !=
	    OK)
		start = op->now - op->now % DAY; /* a zone that is no more */
	out->start = start;
	out->end = start + DAY;
	return out;
}

/* Clients want both replies too, and a Message in each. */
static struct oof_reply *
reply_shown(struct op *op, const struct oof_reply *stored)
{
	struct oof_reply *out = op_alloc(op, sizeof(*out));

	if (stored != NULL)
		*out = *stored;
	if (out->message == NULL)
		out->message = "";
	return out;
}

enum err
oof_get(struct house *house, struct op *op, const struct oof_get_request *in,
	struct oof_get_response *out, struct soap_fault *fault)
{
	const struct mailbox *mailbox;
	struct oof_settings *shown = op_alloc(op, sizeof(*shown));
	struct oof_stored stored;
	enum err err;

	TRY(mailbox_find(house, op, &in->mailbox, &mailbox, fault));
	err = store_oof_get(house->store, op, mailbox->id, &stored);
	if (err == ERR_NOT_FOUND) /* removed a moment ago */
		return not_found(op, fault);
	TRY(err);
	*shown = stored.settings;
	if (stored.version == 0) {
		shown->state = OOF_DISABLED;
		shown->audience = AUDIENCE_ALL;
	}
	if (shown->duration == NULL)
		shown->duration = duration_default(op, mailbox);
	shown->internal = reply_shown(op, shown->internal);
	shown->external = reply_shown(op, shown->external);
	out->settings = shown;
	out->allow_external = mailbox->policy;
	succeed(op, &out->message);
	return OK;
}

/* ---- what is stored ---- */

/* What was sent, and what became of it; for store_oof_put. */
struct change {
	const struct oof_settings *in;
	bool strict;
	enum oof_code code;
	const char *why;
};

static enum err
settings_change(struct op *op, const struct oof_stored *old, void *arg,
		struct oof_stored *out)
{
	struct change *c = arg;

	if (c->strict) {
		c->code = oof_check_strict(c->in, old, &c->why);
		if (c->code != OOF_NO_ERROR)
			return FAIL(op, ERR_INVALID, "%s", c->why);
	}
	oof_merge(op, c->in, old, out);
	return OK;
}

/* A time without a zone is UTC, unless the site reads it as the mailbox's. */
static enum err
time_place(struct op *op, const struct mailbox *mailbox, bool unzoned,
	   int64_t *at, struct soap_fault *fault)
{
	if (!unzoned || !op->settings->unzoned_is_mailbox_zone)
		return OK;
	if (clock_local(op, *at, mailbox_zone(op, mailbox), at) == OK)
		return OK;
	fault->at.violation = "A time of the element 'Duration' lies outside "
			      "of the years 0001 to 9999.";
	return FAIL(op, ERR_INVALID, "%s", fault->at.violation);
}

static enum err
duration_place(struct op *op, const struct mailbox *mailbox,
	       struct oof_settings *settings, struct soap_fault *fault)
{
	struct oof_duration *d;

	if (settings->duration == NULL)
		return OK;
	d = op_alloc(op, sizeof(*d));
	*d = *settings->duration;
	TRY(time_place(op, mailbox, d->start_unzoned, &d->start, fault));
	TRY(time_place(op, mailbox, d->end_unzoned, &d->end, fault));
	settings->duration = d;
	return OK;
}

/* Everything that can be told without the store is told before it is asked. */
enum err
oof_set(struct house *house, struct op *op, const struct oof_set_request *in,
	struct oof_set_response *out, struct soap_fault *fault)
{
	struct oof_settings settings = in->settings;
	struct change change = { .in = &settings,
				 .strict = op->settings->strict_replies,
				 .code = OOF_NO_ERROR };
	const struct mailbox *mailbox;
	enum err err = OK;

	TRY(mailbox_find(house, op, &in->mailbox, &mailbox, fault));
	TRY(duration_place(op, mailbox, &settings, fault));
	change.code = oof_check(&settings, op->now, &change.why);
	actor_note(op, mailbox,
		   text_fold(op, xsd_word(&oof_states, settings.state)));
	if (change.code == OOF_NO_ERROR)
		err = store_oof_put(house->store, op, mailbox->id,
				    settings_change, &change);
	if (change.code != OOF_NO_ERROR) {
		refuse(op, change.code, change.why, &out->message);
		return OK;
	}
	if (err == ERR_NOT_FOUND) /* removed a moment ago */
		return not_found(op, fault);
	TRY(err);
	delivery_publish(house->delivery, op, mailbox->id);
	succeed(op, &out->message);
	return OK;
}
