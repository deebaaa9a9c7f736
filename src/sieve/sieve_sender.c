/* SPDX-License-Identifier: Apache-2.0 */

/* Who wrote, and to which address of ours: oof_sender.c and rule_is_own. */
#include "base/text.h"
#include "oof/oof_field.h"
#include "sieve/sieve_draft.h"

#include <string.h>

/* ---- own addresses: E-4, E-6 ---- */

/* Characters that a regular expression, in brackets, and a pattern of
 * :matches take as they are; the settings know no others. */
#define DELIMITERS "+_=#~!%/-"

/* Each once, and - last, as brackets want it. */
static const char *
delimiters_of(struct op *op, const char *all)
{
	char *out = op_dup(op, all);
	size_t n = 0;

	for (const char *c = DELIMITERS; *c != '\0'; c++) {
		if (strchr(all, *c) != NULL)
			out[n++] = *c;
	}
	out[n] = '\0';
	return out;
}

static const char *
delimiters(const struct draft *d)
{
	return delimiters_of(d->op, d->in->options->delimiters);
}

/* "ada@example.com", and "ada+*@example.com" for each delimiter. */
static enum err
own_put(struct draft *d, const char *address)
{
	const char *domain = text_domain(address);
	size_t local;

	if (!text_is_address(address))
		return FAIL(d->op, ERR_INVALID, "%s: no address",
			    text_head(d->op, address, ADDRESS_MAX));
	local = (size_t)(domain - address) - 1;
	draft_puts(d, "\"");
	draft_glob(d, address, strlen(address));
	for (const char *c = delimiters(d); *c != '\0'; c++) {
		draft_puts(d, "\", \"");
		draft_glob(d, address, local);
		draft_printf(d, "%c*@%s", *c, domain);
	}
	draft_puts(d, "\",\n\t");
	return OK;
}

/* The envelope's recipient, and what is left of it without a tag. */
static void
recipient_put(struct draft *d)
{
	const char *all = delimiters(d);

	draft_puts(d, "\"${local}@${at}\"");
	for (const char *c = all; *c != '\0'; c++)
		draft_printf(d, ", \"${local}%c*@${at}\"", *c);
	if (*all != '\0')
		draft_puts(d, ", \"${base}@${at}\"");
	for (const char *c = all; *c != '\0'; c++)
		draft_printf(d, ", \"${base}%c*@${at}\"", *c);
}

enum err
draft_own(struct draft *d)
{
	const struct sieve_wish *in = d->in;
	const char *all = in->options->delimiters;
	struct buf script = d->out;

	if (strspn(all, DELIMITERS) != strlen(all))
		return FAIL(d->op, ERR_INVALID,
			    "reply.delimiter: a script cannot have it");
	buf_init(&d->out, d->op, 1024, script.limit);
	draft_puts(d, "[");
	TRY(own_put(d, in->mailbox->address));
	for (size_t i = 0; i < in->aliases_n; i++)
		TRY(own_put(d, in->alias[i]));
	recipient_put(d);
	draft_puts(d, "]");
	TRY(buf_err(&d->out));
	d->own = buf_text(&d->out);
	d->out = script;
	return OK;
}

/* ---- who wrote: E-5, E-25 ---- */

#define RE_HASH "[a-z0-9+/._-]{1,32}"
#define RE_SRS "^srs[01][=+-]"
/* Of an SRS0, or of the one in an SRS1: domain and local part. */
#define RE_SRS_WHOLE                                                           \
	"^srs(0[=+-]|1[=+-]" RE_HASH "=[^=]+=[=+-])" RE_HASH                   \
	"=[a-z0-9]{2}=([^=]*)=(.+)@"
#define RE_BATV "^prvs=[a-z0-9]{4,32}=(.+)$"

void
draft_sender_tests(struct draft *d)
{
	draft_puts(d, "\t# E-5\n"
		      "\tenvelope :regex \"from\" \"^[^@]{1,64}@\",\n"
		      "\tenvelope :regex \"from\" \"" RE_ADDRESS "\"\n");
}

/* A condition on a variable; the expression is ours, without quotes in it. */
static void
is_like(struct draft *d, const char *variable, const char *expression)
{
	draft_printf(d, "string :regex \"${%s}\" \"%s\"", variable, expression);
}

void
draft_sender(struct draft *d)
{
	draft_puts(d, "\tset :lower \"raw\" \"${0}\";\n"
		      "\tset \"sender\" \"${raw}\";\n"
		      "\tset \"how\" \"plain\";\n"
		      "\t# E-25\n"
		      "\tif ");
	is_like(d, "raw", RE_SRS);
	draft_puts(d, " {\n\t\tset \"how\" \"lost\";\n\t\tif ");
	is_like(d, "raw", RE_SRS_WHOLE);
	draft_puts(d,
		   " {\n\t\t\tset \"inner\" \"${3}@${2}\";\n\t\t\tif allof (");
	is_like(d, "inner", RE_ADDRESS);
	draft_puts(d, ", not ");
	is_like(d, "inner", RE_SRS);
	draft_puts(d, ") {\n"
		      "\t\t\t\tset \"sender\" \"${inner}\";\n"
		      "\t\t\t\tset \"how\" \"decoded\";\n"
		      "\t\t\t}\n\t\t}\n\t}\n"
		      "\tif allof (not string \"${how}\" \"lost\", ");
	is_like(d, "sender", RE_BATV);
	draft_puts(d, ") {\n\t\tset \"inner\" \"${1}\";\n\t\tif ");
	is_like(d, "inner", RE_SRS);
	draft_puts(d, " {\n"
		      "\t\t\tset \"sender\" \"${raw}\";\n"
		      "\t\t\tset \"how\" \"lost\";\n"
		      "\t\t} elsif ");
	is_like(d, "inner", RE_ADDRESS);
	draft_puts(d, " {\n"
		      "\t\t\tset \"sender\" \"${inner}\";\n"
		      "\t\t\tset \"how\" \"decoded\";\n"
		      "\t\t}\n\t}\n"
		      "\tif string :matches \"${sender}\" \"*@*\" "
		      "{ set \"domain\" \"${2}\"; }\n"
		      "\tif string :matches \"${raw}\" \"*@*\" "
		      "{ set \"rawdomain\" \"${2}\"; }\n");
}

/* ---- to which address: E-4, E-31 ---- */

/* The recipient's parts, with what :matches takes for a pattern escaped. */
static void
recipient_read(struct draft *d)
{
	const char *all = delimiters(d);

	draft_puts(d, "\tif envelope :regex \"to\" \"" RE_ADDRESS "\" "
		      "{ set :lower \"to\" \"${0}\"; }\n"
		      "\tif string :matches \"${to}\" \"*@*\" {\n"
		      "\t\tset :quotewildcard \"local\" \"${1}\";\n"
		      "\t\tset \"at\" \"${2}\";\n\t}\n");
	if (*all == '\0')
		return;
	draft_puts(d, "\tset \"base\" \"${local}\";\n\tif ");
	is_like(d, "to", op_print(d->op, "^(.[^@%s]*)[%s].*@", all, all));
	draft_puts(d, " { set :quotewildcard \"base\" \"${1}\"; }\n");
}

/* The first own address; or the envelope's recipient, if that stands in the
 * same field. */
void
draft_recipient(struct draft *d)
{
	const char *const *field = oof_recipient_fields;
	size_t n = 0;

	while (field[n] != NULL)
		n++;
	recipient_read(d);
	draft_puts(d, "\t# E-4\n\tif address :matches ");
	draft_list(d, field, n);
	draft_printf(d, "\n\t\t");
	draft_puts(d, d->own);
	draft_puts(d, " { set :lower \"own\" \"${0}\"; }\n");
	for (; *field != NULL; field++)
		draft_printf(d,
			     "\t%s address \"%s\" \"${own}\" { if address "
			     "\"%s\" \"${to}\" { set \"own\" \"${to}\"; } }\n",
			     field == oof_recipient_fields ? "if" : "elsif",
			     *field, *field);
}
