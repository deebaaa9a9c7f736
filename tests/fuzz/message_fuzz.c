/* SPDX-License-Identifier: Apache-2.0 */
/* A mail of anybody's: what is read of it is text within its limits, every
 * rule has a word to say, and the reply to it is a mail of one sender. */
#include "fuzz.h"

#include "base/text.h"
#include "oof/oof_guard.h"
#include "reply/reply.h"

#include <string.h>

static enum err
side(struct oof_asks *asks, struct op *op, const char *domain,
     enum oof_side *out)
{
	(void)asks;
	assert(text_is_domain(domain) &&
	       strcmp(text_fold(op, domain), domain) == 0);
	*out = strcmp(domain, "example.com") == 0 ? OOF_SIDE_OWN
						  : OOF_SIDE_OUTSIDE;
	return OK;
}

static enum err
contact(struct oof_asks *asks, struct op *op, const char *address)
{
	(void)asks;
	(void)op;
	assert(text_is_address(address));
	return ERR_NOT_FOUND;
}

static enum err
answered(struct oof_asks *asks, struct op *op, const char *sender,
	 int64_t period)
{
	(void)asks;
	(void)op;
	(void)period;
	assert(text_is_address(sender));
	return ERR_NOT_FOUND;
}

static enum err
brake(struct oof_asks *asks, struct op *op)
{
	(void)asks;
	(void)op;
	return OK;
}

static const struct oof_asks_ops ops = { side, contact, answered, brake };
static struct oof_reply text = { "<p>Away</p>", "de" };
static const struct mailbox ada = { .address = "ada@example.com",
				    .name = "Ada",
				    .policy = AUDIENCE_ALL };
static const struct oof_stored stored = { .settings = { .state = OOF_ENABLED,
							.audience =
								AUDIENCE_ALL,
							.internal = &text,
							.external = &text } };
static const struct oof_options options = { .delimiters = "+",
					    .authserv_id = "mx",
					    .external_proved = true };

static void
check_header(const struct mail_header *h)
{
	assert(h->n <= MAIL_FIELDS_MAX);
	for (size_t i = 0; i < h->n; i++) {
		assert(*h->field[i].name != '\0');
		assert(strlen(h->field[i].name) <= MAIL_NAME_MAX);
		assert(text_clean(h->field[i].value));
		assert(strpbrk(h->field[i].value, "\t\r\n") == NULL);
	}
}

static size_t
count(const struct mail_header *h, const char *name)
{
	size_t at = 0, n = 0;

	while (mail_next(h, name, &at) != NULL)
		n++;
	return n;
}

static void
check_reply(struct op *op, const struct mail_header *header,
	    const struct oof_answer *a)
{
	const struct reply_wish wish = { .text = a->reply->message,
					 .lang = a->reply->lang,
					 .name = ada.name,
					 .from = a->from,
					 .to = a->to,
					 .header = header,
					 .now = FUZZ_NOW,
					 .unique = "u1" };
	struct mail_header h;
	struct reply r;

	assert(reply_write(op, &wish, &r) == OK);
	mail_read(op, r.mail, &h);
	assert(count(&h, "From") == 1 && count(&h, "To") == 1);
	assert(count(&h, "Subject") == 1 && count(&h, "Bcc") == 0);
	assert(strcmp(mail_find(&h, "Auto-Submitted"), "auto-replied") == 0);
	assert(h.n <= 14);
}

/* The first line is the sender of the envelope. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op *op = fuzz_op();
	const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
	size_t line = end == NULL ? 0 : (size_t)(end - data) + 1;
	struct oof_asks asks = { .ops = &ops, .remembers = true };
	struct mail_header header;
	struct oof_arrival in = { .mailbox = &ada,
				  .stored = &stored,
				  .recipient = "ada@example.com",
				  .header = &header,
				  .options = &options,
				  .asks = &asks,
				  .all = true };
	struct oof_answer a;

	in.sender = line == 0 ? "bob@x.org"
			      : mail_value(op, (struct bytes){ data, line });
	mail_read(op, (struct bytes){ data + line, size - line }, &header);
	check_header(&header);
	assert(oof_guard(op, &in, &a) == OK);
	assert(a.told_n == oof_rules_n && a.rule != NULL);
	for (size_t i = 0; i < a.told_n; i++)
		assert(a.told[i].outcome != 0 &&
		       (a.told[i].note == NULL ||
			text_utf8(bytes_of(a.told[i].note))));
	if (a.replies)
		check_reply(op, &header, &a);
	return 0;
}
