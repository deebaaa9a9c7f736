/* SPDX-License-Identifier: Apache-2.0 */

/* What Dovecot has to be told. Version 2.4 has other names for nearly all of
 * it than 2.3, and other defaults. */
#include "base/text.h"
#include "model/backend.h"
#include "verbs/setup/plan_look.h"

#include <string.h>

#define DAY 86400
#define PERIOD_S (INT64_C(366) * DAY) /* that our scripts remember a sender */
#define SIZE_DEFAULT MIB
#define MAX_PERIOD_DEFAULT_24 "60d"
#define MAX_PERIOD_24 "366d" /* there, 0 is an error */
#define PROTOCOLS_DEFAULT "imap pop3 lmtp"

/* ---- what both versions have ---- */

static void
row(struct look *l, const struct plan_row *r)
{
	struct plan_row with = *r;

	if (with.lines != NULL && with.file == NULL)
		with.file = l->dovecot->lines;
	plan_add(l->plan, &with);
}

/* A setting of Pigeonhole's: in 2.3 they stand in a block. */
static const char *
sieve_get(struct look *l, const char *key)
{
	return found_get(l->found, l->is_24 ? "" : "plugin", key);
}

static void
version_look(struct look *l)
{
	const char *version = l->found->version;
	unsigned major = 0, minor = 0;
	bool known;

	(void)found_version(version, &major, &minor);
	known = major == 2 && (minor == 3 || minor == 4);
	l->is_24 = major > 2 || (major == 2 && minor >= 4);
	row(l, &(struct plan_row){
		       .check = "version",
		       .state = known ? PLAN_FINE : PLAN_WARNING,
		       .subject = l->dovecot->conf,
		       .detail = op_print(l->op, "Dovecot %s", version),
		       .remedy = known ? NULL
				       : op_print(l->op,
						  "it is not known here; the "
						  "lines are those for %s: "
						  "compare them with its own "
						  "manual",
						  l->is_24 ? "2.4" : "2.3"),
	       });
}

static void
pigeonhole_look(struct look *l)
{
	const char *version = l->found->sieve;

	row(l,
	    &(struct plan_row){
		    .check = "sieve",
		    .state = version == NULL ? PLAN_FAILED : PLAN_FINE,
		    .subject = "Pigeonhole",
		    .detail = version == NULL
				      ? "it is not installed"
				      : op_print(l->op, "version %s", version),
		    .remedy = version == NULL ? "install dovecot-sieve" : NULL,
	    });
}

/* What delivers has to load Pigeonhole. */
static bool
loads_sieve(struct look *l, const char *protocol)
{
	const char *block = op_print(l->op, "protocol %s", protocol);
	const char *own = found_get(l->found, block, "mail_plugins");
	const char *inner = op_print(l->op, "%s/mail_plugins", block);
	const char *all = found_get(l->found, "", "mail_plugins");
	const char *yes = found_get(l->found, inner, "sieve");

	if (yes == NULL)
		yes = found_get(l->found, "mail_plugins", "sieve");
	if (yes != NULL)
		return strcmp(yes, "yes") == 0;
	return found_word(own == NULL ? all : own, "sieve");
}

static const char *
plugin_lines(struct look *l, const char *protocol)
{
	const char *block = op_print(l->op, "protocol %s", protocol);
	const char *own = found_get(l->found, block, "mail_plugins");

	if (l->is_24)
		return "mail_plugins {\n  sieve = yes\n}\n";
	if (own == NULL)
		return "mail_plugins = $mail_plugins sieve\n";
	return op_print(l->op, "mail_plugins = %s sieve\n", own);
}

bool
look_protocol(struct look *l, const char *name)
{
	const char *list = found_get(l->found, "", "protocols");
	const char *yes = found_get(l->found, "protocols", name);

	if (yes != NULL)
		return strcmp(yes, "yes") == 0;
	return found_word(list == NULL ? PROTOCOLS_DEFAULT : list, name);
}

static void
plugin_look(struct look *l, const char *protocol, bool needed)
{
	bool there = loads_sieve(l, protocol);
	struct plan_row r = {
		.check = "sieve plugin",
		.state = there ? PLAN_FINE : PLAN_MISSING,
		.subject = op_print(l->op, "protocol %s", protocol),
		.detail = there ? "mail_plugins has sieve"
				: "mail_plugins has no sieve",
	};

	if (!there && needed) {
		r.block = r.subject;
		r.lines = plugin_lines(l, protocol);
	} else if (!there) {
		r.state = PLAN_SKIPPED;
		r.detail = "without sieve, which matters only where it "
			   "delivers";
	}
	row(l, &r);
}

/* ---- settings of its own ---- */

static void
number_row(struct look *l, const char *key, bool fits, const char *found,
	   const char *wanted)
{
	struct plan_row r = {
		.check = "setting",
		.state = fits ? PLAN_FINE : PLAN_MISSING,
		.subject = key,
		.detail = op_print(l->op, "it is %s", found),
	};

	if (!fits) {
		r.block = l->is_24 ? NULL : "plugin";
		r.lines = op_print(l->op, "%s = %s\n", key, wanted);
	}
	row(l, &r);
}

static void
size_look(struct look *l)
{
	static const char key[] = "sieve_max_script_size";
	const char *text = sieve_get(l, key);
	uint64_t size = SIZE_DEFAULT, wanted = 0;

	for (size_t i = 0; i < l->settings->backends_n; i++) {
		const struct backend_section *b = &l->settings->backends[i];

		if (look_is_sieve(b) && b->size_max > wanted)
			wanted = b->size_max;
	}
	if (text != NULL && !look_size(text, &size))
		size = 0;
	number_row(l, key, size == 0 || size >= wanted,
		   text == NULL ? "1M, by default" : text,
		   op_print(l->op, "%llu", (unsigned long long)wanted));
}

static void
period_look(struct look *l)
{
	static const char most[] = "sieve_vacation_max_period",
			  least[] = "sieve_vacation_min_period";
	const char *text = sieve_get(l, most), *low = sieve_get(l, least);
	int64_t seconds;

	if (text == NULL)
		text = l->is_24 ? MAX_PERIOD_DEFAULT_24 : "0";
	if (!look_period(text, &seconds))
		seconds = 0;
	number_row(l, most, seconds == 0 || seconds >= PERIOD_S,
		   op_print(l->op, "%s%s", text,
			    seconds == 0 ? ", unlimited" : ""),
		   l->is_24 ? MAX_PERIOD_24 : "0");
	if (low == NULL)
		low = "1d";
	if (!look_period(low, &seconds))
		seconds = 0;
	number_row(l, least, seconds <= PERIOD_S, low, "1d");
}

/* How long senders that a forwarder rewrote are known by their first name. */
static void
rewritten_look(struct look *l)
{
	static const char key[] = "sieve_duplicate_max_period";
	const char *text = sieve_get(l, key);
	int64_t seconds;

	if (text == NULL)
		text = "2d, by default";
	if (!look_period(text, &seconds))
		seconds = 0;
	number_row(l, key, seconds >= PERIOD_S, text, "366d");
}

static void
envelope_look(struct look *l)
{
	static const char key[] = "sieve_vacation_send_from_recipient";
	bool wanted = l->settings->reply_from_recipient;
	const char *text = sieve_get(l, key);
	bool is = text != NULL && (text_case_equal(text, "yes") ||
				   text_case_equal(text, "true"));

	number_row(l, key, is == wanted,
		   op_print(l->op, "%s, and reply.envelope_sender wants %s",
			    is ? "yes" : "no", wanted ? "yes" : "no"),
		   wanted ? "yes" : "no");
}

/* What our scripts require, when a site says what they may. */
static void
extensions_look(struct look *l)
{
	static const char *const wanted[] = {
		"envelope",   "vacation", "variables", "regex",
		"relational", "date",     "duplicate", "encoded-character"
	};
	static const char key[] = "sieve_extensions";
	const char *text = sieve_get(l, key);
	bool whole = text == NULL || strpbrk(text, "+-") != NULL;
	const char *lacks = NULL;

	for (size_t i = 0; text != NULL && i < COUNT(wanted); i++) {
		const char *less = op_print(l->op, "-%s", wanted[i]);

		if (found_word(text, less) ||
		    (!whole && !found_word(text, wanted[i])))
			lacks = wanted[i];
	}
	row(l, &(struct plan_row){
		       .check = "setting",
		       .state = lacks == NULL ? PLAN_FINE : PLAN_FAILED,
		       .subject = key,
		       .detail = lacks == NULL ? "it has what our scripts need"
					       : op_print(l->op, "it lacks %s",
							  lacks),
		       .remedy = lacks == NULL
					 ? NULL
					 : op_print(l->op, "allow %s", lacks),
	       });
}

/* Replies go out by SMTP, to where the site signs; else by a program. */
static void
submission_look(struct look *l)
{
	static const char key[] = "submission_host";
	const char *text = found_get(l->found, "", key);
	struct plan_row r = { .check = "setting", .subject = key };

	if (text != NULL && *text != '\0') {
		r.state = PLAN_FINE;
		r.detail = op_print(l->op, "replies go to %s", text);
	} else {
		r.state = l->dovecot->sendmail ? PLAN_WARNING : PLAN_MISSING;
		r.detail = l->dovecot->sendmail
				   ? "replies go to the program sendmail, past "
				     "what signs mails that come by SMTP"
				   : "there is no program sendmail, so that no "
				     "reply can go out";
		r.lines = op_print(l->op, "%s = %s\n", key,
				   l->settings->outbox_server);
	}
	row(l, &r);
}

static void
delimiter_look(struct look *l)
{
	static const char key[] = "recipient_delimiter";
	const char *ours = look_delimiter(l->settings);
	const char *text = found_get(l->found, "", key);
	bool same;

	if (text == NULL)
		text = "+";
	same = strcmp(text, ours) == 0;
	row(l,
	    &(struct plan_row){
		    .check = "setting",
		    .state = same ? PLAN_FINE : PLAN_FAILED,
		    .subject = key,
		    .detail = op_print(l->op,
				       "it is '%s', and reply.delimiter "
				       "'%s'",
				       text, ours),
		    .remedy = same ? NULL : "change either: they have to agree",
		    .lines = same ? NULL
				  : op_print(l->op, "%s = %s\n", key, ours),
	    });
}

/* ---- all of it ---- */

static void
common_look(struct look *l)
{
	bool lmtp = look_protocol(l, "lmtp");

	plugin_look(l, "lmtp", lmtp);
	plugin_look(l, "lda", !lmtp);
	extensions_look(l);
	size_look(l);
	period_look(l);
	rewritten_look(l);
	envelope_look(l);
	submission_look(l);
	delimiter_look(l);
}

static void
nothing_row(struct look *l)
{
	bool any = l->settings->backends_n > 0;

	row(l, &(struct plan_row){
		       .check = "backends",
		       .state = any ? PLAN_SKIPPED : PLAN_FAILED,
		       .subject = l->settings->file,
		       .detail = any ? "replies are sent by the milter"
				     : "it has no section backend",
		       .remedy = any ? "see: frontdesk setup postfix"
				     : "add backend \"office\" { kind = "
				       "\"sieve-file\" }",
	       });
}

void
plan_dovecot(struct plan *plan, const struct settings *s,
	     const struct found *found, const struct dovecot_place *place)
{
	struct look l = {
		.op = plan->op,
		.plan = plan,
		.settings = s,
		.found = found,
		.dovecot = place,
		.before = 1,
	};
	bool any = false;

	version_look(&l);
	for (size_t i = 0; i < s->backends_n; i++)
		any = any || look_is_sieve(&s->backends[i]);
	if (!any) {
		nothing_row(&l);
		return;
	}
	pigeonhole_look(&l);
	for (size_t i = 0; i < s->backends_n; i++)
		look_section(&l, &s->backends[i]);
	common_look(&l);
}
