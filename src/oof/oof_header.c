/* SPDX-License-Identifier: Apache-2.0 */

/* The rules about a mail's header. A field that comes more than once is looked
 * at each time: somebody else may have added the other. */
#include "base/idn.h"
#include "base/text.h"
#include "oof/oof_field.h"
#include "oof/oof_rule.h"

#include <string.h>

enum err
rule_limit(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	if (!g->in->header->cut)
		return rule_passes(out);
	return rule_says(op, out, OOF_STOPPED,
			 "more than %d fields or %zu bytes", MAIL_FIELDS_MAX,
			 MAIL_HEADER_MAX);
}

/* ---- to whom: E-4, E-15 ---- */

/* The own address in a list; the envelope's recipient before any other. */
static const char *
own_in(struct op *op, const struct oof_arrival *in, const char *list)
{
	const char *rest = mail_bare(op, list), *address, *found = NULL;
	const char *recipient =
		in->recipient == NULL ? NULL : idn_fold(op, in->recipient);

	while ((address = mail_address(op, &rest)) != NULL) {
		if (recipient != NULL && strcmp(address, recipient) == 0)
			return address;
		if (found == NULL && rule_is_own(op, in, address))
			found = address;
	}
	return found;
}

enum err
rule_addressed(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	for (const char *const *name = oof_recipient_fields; *name != NULL;
	     name++) {
		size_t at = 0;
		const char *list, *own;

		while ((list = mail_next(g->in->header, *name, &at)) != NULL) {
			own = own_in(op, g->in, list);
			if (own == NULL)
				continue;
			g->out->from = own;
			return rule_says(op, out, OOF_PASSED, "%s: %s", *name,
					 own);
		}
	}
	return rule_says(op, out, OOF_STOPPED,
			 "no own address in To, Cc, Bcc or Resent-");
}

enum err
rule_group(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	if (g->out->from != NULL)
		return rule_passes(out);
	return rule_says(op, out, OOF_STOPPED, "only others are named");
}

/* ---- robots: E-9 to E-12 ---- */

enum err
rule_list(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	for (const char *const *name = oof_list_fields; *name != NULL; name++) {
		if (mail_find(g->in->header, *name) != NULL)
			return rule_says(op, out, OOF_STOPPED, "%s", *name);
	}
	return rule_passes(out);
}

enum err
rule_auto_submitted(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	const char *value;
	size_t at = 0;

	while ((value = mail_next(g->in->header, "Auto-Submitted", &at)) !=
	       NULL) {
		if (strcmp(mail_word(op, value), "no") != 0)
			return rule_says(op, out, OOF_STOPPED,
					 "Auto-Submitted: %s",
					 rule_quote(op, value));
	}
	return rule_passes(out);
}

static bool
is_word_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strcmp(word, *words) == 0)
			return true;
	}
	return false;
}

enum err
rule_precedence(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	const char *value;
	size_t at = 0;

	while ((value = mail_next(g->in->header, "Precedence", &at)) != NULL) {
		if (is_word_of(mail_word(op, value), oof_precedence_words))
			return rule_says(op, out, OOF_STOPPED, "Precedence: %s",
					 rule_quote(op, value));
	}
	return rule_passes(out);
}

/* AutoReply, DR, NDR, RN and NRN suppress other things than this. */
static bool
is_suppressed(struct op *op, const char *value)
{
	const char *at = text_fold(op, mail_bare(op, value));

	while (*at != '\0') {
		size_t n;

		at += strspn(at, " ,;");
		n = strcspn(at, " ,;");
		if (is_word_of(op_text(op, at, n), oof_suppress_words))
			return true;
		at += n;
	}
	return false;
}

enum err
rule_suppress(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	static const char name[] = "X-Auto-Response-Suppress";
	const char *value;
	size_t at = 0;

	while ((value = mail_next(g->in->header, name, &at)) != NULL) {
		if (is_suppressed(op, value))
			return rule_says(op, out, OOF_STOPPED, "%s: %s", name,
					 rule_quote(op, value));
	}
	return rule_passes(out);
}

/* ---- spam: E-13 ---- */

/* "default: True [15.10 / 15.00]; ...", as rspamd has it. */
static bool
is_spam_result(struct op *op, const char *value)
{
	const char *colon = strchr(value, ':');

	return colon != NULL && strcmp(mail_word(op, colon + 1), "true") == 0;
}

enum err
rule_spam(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	const char *value;
	size_t at = 0;

	for (size_t i = 0; i < oof_spam_fields_n; i++) {
		const char *name = oof_spam_fields[i].name;

		for (at = 0;
		     (value = mail_next(g->in->header, name, &at)) != NULL;) {
			if (is_word_of(mail_word(op, value),
				       oof_spam_fields[i].words))
				return rule_says(op, out, OOF_STOPPED, "%s: %s",
						 name, rule_quote(op, value));
		}
	}
	at = 0;
	while ((value = mail_next(g->in->header, "X-Spamd-Result", &at)) !=
	       NULL) {
		if (is_spam_result(op, value))
			return rule_says(op, out, OOF_STOPPED,
					 "X-Spamd-Result: %s",
					 rule_quote(op, value));
	}
	return rule_passes(out);
}

/* ---- what programs send for people: E-16 ---- */

static bool
is_report(struct op *op, const char *type)
{
	const char *word = mail_word(op, type), *method;

	if (is_word_of(word, oof_report_types))
		return true;
	method = mail_parameter(op, type, "method");
	return strcmp(word, "text/calendar") == 0 && method != NULL &&
	       text_case_equal(method, "REPLY");
}

enum err
rule_report(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	const char *type;
	size_t at = 0;

	while ((type = mail_next(g->in->header, "Content-Type", &at)) != NULL) {
		if (is_report(op, type))
			return rule_says(op, out, OOF_STOPPED,
					 "Content-Type: %s",
					 rule_quote(op, type));
	}
	if (mail_find(g->in->header, "X-Failed-Recipients") != NULL)
		return rule_says(op, out, OOF_STOPPED, "X-Failed-Recipients");
	return rule_passes(out);
}

/* ---- who says whose it is: E-14 ---- */

/* Of "id; spf=pass smtp.mailfrom=x; dmarc=fail": is one of the two pass? */
static bool
has_passed(struct op *op, const char *results)
{
	while (*results != '\0') {
		size_t n = strcspn(results, ";");
		const char *one = op_text(op, results, n);
		const char *method = mail_word(op, one);
		const char *equals = strchr(one, '=');

		if (equals != NULL &&
		    (strcmp(method, "spf") == 0 ||
		     strcmp(method, "dmarc") == 0) &&
		    strcmp(mail_word(op, equals + 1), "pass") == 0)
			return true;
		results += n + (results[n] == ';');
	}
	return false;
}

/* Only the topmost of our own counts: what is below it came with the mail. */
static bool
is_proved(struct op *op, const struct oof_arrival *in)
{
	const char *id = in->options->authserv_id, *value;
	size_t at = 0;

	while ((value = mail_next(in->header, "Authentication-Results", &at)) !=
	       NULL) {
		const char *bare = mail_bare(op, value);

		if (text_case_equal(mail_word(op, bare), id))
			return has_passed(op, bare + strcspn(bare, ";"));
	}
	return false;
}

enum err
rule_external_proved(struct oof_guard *g, struct op *op, struct oof_told *out)
{
	const struct oof_options *o = g->in->options;

	if (!o->external_proved)
		return rule_says(op, out, OOF_UNUSED, "it is switched off");
	if (g->out->internal)
		return rule_passes(out);
	if (o->authserv_id != NULL && is_proved(op, g->in))
		return rule_passes(out);
	return rule_says(op, out, OOF_STOPPED,
			 "neither spf=pass nor dmarc=pass of %s",
			 o->authserv_id == NULL ? "a server that we trust"
						: o->authserv_id);
}
