/* SPDX-License-Identifier: Apache-2.0 */
#include "companion/tips.h"

#include "base/text.h"
#include "model/contacts.h"
#include "oof/oof_decide.h"

#include <string.h>

#define NO_LIMIT "2147483647" /* nobody told us of one */

/* clang-format off */
#define T struct tips_recipients
static const struct xsd_field recipients_fields[] = {
	XSD_LIST("t:Mailbox", OPTIONAL, T, recipient, recipient, TIPS_MAX),
	XSD_END,
};
static XSD_TYPE(tips_recipients, "t:ArrayOfRecipientsType", recipients_fields);
#undef T

/* exchangelib 4.9 writes the names of the tips into the request itself, where no
 * text may be, and leaves out the element for them. */
#define T struct tips_request
static const struct xsd_field request_fields[] = {
	XSD_INSIDE("m:SendingAs",         REQUIRED, T, sending_as, recipient),
	XSD_INSIDE("m:Recipients",        REQUIRED, T, recipients, tips_recipients),
	XSD_TOKEN ("m:MailTipsRequested", OPTIONAL, T, requested),
	XSD_END,
};
XSD_TYPE_WITH(tips_request, "m:GetMailTipsType", request_fields, .base = "m:BaseRequestType",
	      .lax = true);
#undef T

#define T struct tips_absence
static const struct xsd_field absence_fields[] = {
	XSD_INSIDE("t:ReplyBody", REQUIRED, T, reply, oof_reply),
	XSD_BEHIND("t:Duration",  OPTIONAL, T, duration, oof_duration),
	XSD_END,
};
static XSD_TYPE(tips_absence, "t:OutOfOfficeMailTip", absence_fields);
#undef T

/* Empty and zero: nothing of this is known here, so nobody is to be warned. */
#define T struct tips_of
static const struct xsd_field of_fields[] = {
	XSD_INSIDE("t:RecipientAddress",    REQUIRED, T, recipient, recipient),
	XSD_TEXT  ("t:PendingMailTips",     REQUIRED, T, pending),
	XSD_BEHIND("t:OutOfOffice",         OPTIONAL, T, absence, tips_absence),
	XSD_CONST ("t:MailboxFull",         OPTIONAL, T, full, "xs:boolean", "false"),
	XSD_CONST ("t:CustomMailTip",       OPTIONAL, T, custom, "xs:string", ""),
	XSD_CONST ("t:TotalMemberCount",    OPTIONAL, T, total, "xs:int", "1"),
	XSD_CONST ("t:ExternalMemberCount", OPTIONAL, T, external, "xs:int", "0"),
	XSD_CONST ("t:MaxMessageSize",      OPTIONAL, T, size, "xs:int", NO_LIMIT),
	XSD_CONST ("t:DeliveryRestricted",  OPTIONAL, T, restricted, "xs:boolean", "false"),
	XSD_CONST ("t:IsModerated",         OPTIONAL, T, moderated, "xs:boolean", "false"),
	XSD_CONST ("t:InvalidRecipient",    OPTIONAL, T, invalid, "xs:boolean", "false"),
	XSD_END,
};
static XSD_TYPE(tips_of, "t:MailTips", of_fields);
#undef T

#define T struct tips_message
static const struct xsd_field message_fields[] = {
	OUTCOME_ROWS(T, outcome),
	XSD_INSIDE("m:MailTips", OPTIONAL, T, tips, tips_of),
	XSD_END,
};
static XSD_TYPE(tips_message, "m:MailTipsResponseMessageType", message_fields);
#undef T

#define T struct tips_messages
static const struct xsd_field messages_fields[] = {
	XSD_LIST("m:MailTipsResponseMessageType", OPTIONAL, T, message, tips_message, TIPS_MAX),
	XSD_END,
};
static XSD_TYPE(tips_messages, "m:ArrayOfMailTipsResponseMessageType", messages_fields);
#undef T

#define T struct tips_response
static const struct xsd_field response_fields[] = {
	OUTCOME_ROWS(T, outcome),
	XSD_INSIDE("m:ResponseMessages", OPTIONAL, T, messages, tips_messages),
	XSD_END,
};
XSD_TYPE(tips_response, "m:GetMailTipsResponseMessageType", response_fields);
#undef T
/* clang-format on */

#define ABSENCE "OutOfOfficeMessage"

/* Is the word among those that were asked for? */
static bool
is_requested(const char *requested, const char *word)
{
	size_t n = strlen(word);

	while (*requested != '\0') {
		size_t length = strcspn(requested, " \t\r\n");

		if ((length == n && memcmp(requested, word, n) == 0) ||
		    (length == 3 && memcmp(requested, "All", 3) == 0))
			return true;
		requested += length;
		requested += strspn(requested, " \t\r\n");
	}
	return false;
}

/* One answer on its way. */
struct work {
	struct house *house;
	struct op *op;
	const char *requested;
	size_t text_left; /* bytes of TIPS_TEXT_MAX */
};

/* How the caller stands to a mailbox; contacts are looked at where that makes
 * a difference. */
static enum err
stand(const struct work *w, const struct mailbox *mailbox,
      const struct oof_settings *settings, enum oof_sender *out)
{
	const struct mailbox *caller = w->op->caller->mailbox;
	enum err err;

	*out = OOF_INSIDE;
	if (mailbox->organization == caller->organization)
		return OK;
	*out = OOF_STRANGER;
	if (oof_audience_within(settings, mailbox->policy) != AUDIENCE_KNOWN)
		return OK;
	err = contacts_has(w->house->store, w->op, mailbox, caller->address);
	if (err == OK)
		*out = OOF_KNOWN;
	return err == ERR_NOT_FOUND ? OK : err;
}

/*
 * What the caller's mail to that address would be answered. Somebody of
 * another organization stands outside, as any stranger does, and learns of a
 * mailbox what a mail to it would tell.
 */
static enum err
decide(const struct work *w, const char *address, struct oof_decision *out)
{
	struct oof_stored *stored = op_alloc(w->op, sizeof(*stored));
	const struct mailbox *mailbox;
	enum oof_sender sender;
	enum err err = directory_resolve(w->house->directory, w->op, address, 0,
					 &mailbox);

	*out = (struct oof_decision){ .verdict = OOF_IS_OFF };
	if (err == OK)
		err = store_oof_get(w->house->store, w->op, mailbox->id,
				    stored);
	if (err == ERR_NOT_FOUND)
		return OK;
	TRY(err);
	TRY(stand(w, mailbox, &stored->settings, &sender));
	oof_decide(&stored->settings, mailbox->policy, sender, w->op->now, out);
	return OK;
}

/* An empty text says that no reply would come. */
static enum err
absence_tell(struct work *w, const char *address, struct tips_of *out)
{
	struct tips_absence *absence = op_alloc(w->op, sizeof(*absence));
	struct oof_decision d;
	size_t n;

	TRY(decide(w, address, &d));
	absence->reply = (struct oof_reply){ .message = "" };
	out->absence = absence;
	if (d.verdict != OOF_REPLIES)
		return OK;
	n = strlen(d.reply->message);
	if (n > w->text_left) {
		out->absence = NULL;
		out->pending = ABSENCE;
		return OK;
	}
	w->text_left -= n;
	absence->reply = *d.reply;
	if (d.duration != NULL) {
		absence->duration = op_alloc(w->op, sizeof(*d.duration));
		*absence->duration = *d.duration;
	}
	return OK;
}

static bool
is_smtp(const struct recipient *r)
{
	return r->address != NULL &&
	       (r->routing == NULL || *r->routing == '\0' ||
		text_case_equal(r->routing, "SMTP"));
}

static enum err
tips_make(struct work *w, const struct recipient *recipient,
	  struct tips_of *out)
{
	const char *address = is_smtp(recipient) ? recipient->address : "";

	out->recipient = *recipient;
	out->pending = "";
	out->full = is_requested(w->requested, "MailboxFullStatus");
	out->custom = is_requested(w->requested, "CustomMailTip");
	out->total = is_requested(w->requested, "TotalMemberCount");
	out->external = is_requested(w->requested, "ExternalMemberCount");
	out->size = is_requested(w->requested, "MaxMessageSize");
	out->restricted = is_requested(w->requested, "DeliveryRestriction");
	out->moderated = is_requested(w->requested, "ModerationStatus");
	out->invalid = is_requested(w->requested, "InvalidRecipient");
	if (is_requested(w->requested, ABSENCE))
		return absence_tell(w, address, out);
	return OK;
}

enum err
tips_get(struct house *house, struct op *op, const struct tips_request *in,
	 struct tips_response *out)
{
	struct tips_messages *messages = &out->messages;
	size_t n = in->recipients.recipient_n;
	struct work w = { house, op,
			  in->requested != NULL ? in->requested : "All",
			  TIPS_TEXT_MAX };

	if (strlen(w.requested) > TIPS_REQUESTED_MAX)
		return FAIL(op, ERR_INVALID, "too long a list of tips");
	messages->message = op_alloc(op, n * sizeof(*messages->message));
	messages->message_n = n;
	for (size_t i = 0; i < n; i++) {
		struct tips_message *m = &messages->message[i];

		TRY(tips_make(&w, &in->recipients.recipient[i], &m->tips));
		outcome_set(op, OUTCOME_NO_ERROR, NULL, &m->outcome);
	}
	outcome_set(op, OUTCOME_NO_ERROR, NULL, &out->outcome);
	return OK;
}
