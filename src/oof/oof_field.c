/* SPDX-License-Identifier: Apache-2.0 */
#include "oof/oof_field.h"

const char *const oof_recipient_fields[] = {
	"To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc", NULL
};

const char *const oof_list_fields[] = {
	"List-Id",          "List-Help",   "List-Subscribe",
	"List-Unsubscribe", "List-Post",   "List-Owner",
	"List-Archive",     "Feedback-ID", NULL,
};

const char *const oof_precedence_words[] = { "bulk", "list", "junk", NULL };

/* AutoReply, DR, NDR, RN and NRN suppress other things than this. */
const char *const oof_suppress_words[] = { "oof", "all", NULL };

/* In which filters say it, and the first words that mean yes. */
const struct oof_spam_field oof_spam_fields[] = {
	{ "X-Spam-Flag", { "yes", "true" } },
	{ "X-Spam", { "yes", "true" } },
	{ "X-Spam-Status", { "yes" } },
	{ "X-Rspamd-Action", { "reject", "add", "rewrite", "quarantine" } },
	{ "X-Bogosity", { "spam", "yes" } },
	{ "X-DSPAM-Result", { "spam" } },
};
const size_t oof_spam_fields_n =
	sizeof(oof_spam_fields) / sizeof(oof_spam_fields[0]);

const char *const oof_report_types[] = { "multipart/report",
					 "message/delivery-status",
					 "message/disposition-notification",
					 NULL };
