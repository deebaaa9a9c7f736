/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk remote: absences and photos of any server that speaks Exchange Web
 * Services, as its clients set them. No configuration is needed. */
#include "base/text.h"
#include "cli/file.h"
#include "cli/out.h"
#include "cli/words.h"
#include "cli/zone.h"
#include "verbs/remote/remote.h"
#include "verbs/wish.h"

#include <string.h>

#define PICTURE_MAX (32 * MIB) /* bytes of a photo that is sent */

/* ---- absences ---- */

static const struct out_column oof_lines[] = {
	{ "address", "Mailbox" },
	{ "state", "State" },
	{ "audience", "External audience" },
	{ "start", "Start" },
	{ "end", "End" },
	{ "internal.text", "Internal reply" },
	{ "internal.lang", "Its language" },
	{ "external.text", "External reply" },
	{ "external.lang", "Its language" },
	{ "allowed", "Allowed outside" },
	{ "url", "Service" },
	{ NULL, NULL },
};

static json_t *
reply_json(const struct ewsc_reply *r)
{
	return json_pack("{s:o,s:o}", "text",
			 out_text(r->text == NULL ? "" : r->text), "lang",
			 out_text(r->lang));
}

/* As `oof show` gives it. What becomes of it only its server knows. */
static json_t *
oof_json(struct op *op, const char *address, const char *url,
	 const struct ewsc_oof *o)
{
	json_t *all = json_pack(
		"{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "address",
		out_text(address), "state",
		out_text(words_state_name(o->state)), "audience",
		out_text(words_audience_name(o->audience)), "start",
		o->has_duration ? words_time(op, o->start) : json_null(), "end",
		o->has_duration ? words_time(op, o->end) : json_null(),
		"internal", reply_json(&o->internal), "external",
		reply_json(&o->external), "allowed",
		out_text(words_audience_name(o->allowed)), "url",
		out_text(url));

	json_object_set_new(
		all, "effect",
		json_pack("{s:s,s:n,s:n,s:s}", "status", "stored", "via",
			  "since", "reason",
			  "whether it is in force, only its server knows"));
	return all;
}

static enum err
oof_show(struct cli *c, struct ewsc *client, const char *address)
{
	const struct ewsc_oof *oof;
	const char *url;

	if (ewsc_oof_get(client, address, &oof) != EWSC_OK)
		return remote_fail(c, client);
	url = ewsc_url(client);
	out_object(c->out, oof_lines, oof_json(&c->op, address, url, oof));
	return OK;
}

static enum err
cli_remote_oof_get(struct cli *c)
{
	CLEANUP(remote_close) struct ewsc *client = NULL;

	TRY(remote_open(c, c->operand[0], &client));
	return oof_show(c, client, c->operand[0]);
}

static void
reply_merge(const char *wished, const char *lang, struct ewsc_reply *r)
{
	if (wished != NULL)
		*r = (struct ewsc_reply){ .text = wished, .lang = lang };
	/* Some servers want both, always. */
	if (r->text == NULL)
		r->text = "";
}

/* What was there, with what is wished. */
static struct ewsc_oof
oof_merge(const struct ewsc_oof *old, const struct absence_wish *wish)
{
	struct ewsc_oof new = *old;

	if (wish->state != 0)
		new.state = (enum ewsc_state)wish->state;
	if (wish->audience != 0)
		new.audience = (enum ewsc_audience)wish->audience;
	if (wish->duration != NULL) {
		new.has_duration = 1;
		new.start = wish->duration->start;
		new.end = wish->duration->end;
	}
	reply_merge(wish->internal, wish->lang, &new.internal);
	reply_merge(wish->external, wish->lang, &new.external);
	return new;
}

static enum err
oof_wish(struct cli *c, struct absence_wish *out)
{
	if (cli_option(c, "off") != NULL &&
	    (cli_option(c, "to") != NULL || cli_option(c, "keep") != NULL)) {
		c->exit = EXIT_USAGE;
		return FAIL(&c->op, ERR_INVALID,
			    "--off switches it off, whatever the schedule; "
			    "see: frontdesk remote oof set --help");
	}
	TRY(wish_read(c, out));
	TRY(wish_schedule(c, zone_local(&c->op), out));
	if (cli_option(c, "off") != NULL)
		out->state = OOF_DISABLED;
	return OK;
}

static enum err
cli_remote_oof_set(struct cli *c)
{
	CLEANUP(remote_close) struct ewsc *client = NULL;
	const char *address = c->operand[0];
	struct absence_wish wish = { 0 };
	const struct ewsc_oof *old;
	struct ewsc_oof new;

	TRY(remote_open(c, address, &client)); /* reads the first line */
	TRY(oof_wish(c, &wish));
	if (ewsc_oof_get(client, address, &old) != EWSC_OK)
		return remote_fail(c, client);
	new = oof_merge(old, &wish);
	if (ewsc_oof_set(client, address, &new) != EWSC_OK)
		return remote_fail(c, client);
	return oof_show(c, client, address);
}

/* ---- photos ---- */

static const struct out_column get_lines[] = {
	{ "address", "Photo of" },
	{ "file", "File" },
	{ "type", "Type" },
	{ "bytes", "Bytes" },
	{ "tag", "Entity tag" },
	{ "unchanged", "Unchanged" },
	{ NULL, NULL },
};

static enum err
query_read(struct cli *c, struct ewsc_photo_query *out)
{
	const char *size = cli_option(c, "size");
	int64_t edge = 0;

	if (cli_option(c, "output") == NULL) {
		c->exit = EXIT_USAGE;
		return FAIL(&c->op, ERR_INVALID,
			    "where to? Give -o FILE, or -o - for standard "
			    "output");
	}
	if (size != NULL && !text_number(size, 1, PHOTO_EDGE_MAX, &edge))
		return FAIL(&c->op, ERR_INVALID,
			    "--size '%s': give 48, 64, 96, 120, 240, 360, "
			    "432, 504 or 648",
			    size);
	*out = (struct ewsc_photo_query){
		.address = c->operand[0],
		.edge = (unsigned)edge,
		.tag = cli_option(c, "tag"),
		.soap = cli_option(c, "soap") != NULL,
	};
	return OK;
}

static enum err
cli_remote_photo_get(struct cli *c)
{
	CLEANUP(remote_close) struct ewsc *client = NULL;
	const char *file = cli_option(c, "output");
	struct ewsc_photo_query query;
	const struct ewsc_photo *photo;
	enum ewsc_result result;

	TRY(query_read(c, &query));
	TRY(remote_open(c, query.address, &client));
	result = ewsc_photo_get(client, &query, &photo);
	if (result != EWSC_OK && result != EWSC_UNCHANGED)
		return remote_fail(c, client);
	if (result == EWSC_OK)
		TRY(file_write(&c->op, file,
			       (struct bytes){ photo->data, photo->n }));
	if (result == EWSC_OK && strcmp(file, "-") == 0)
		return OK;
	out_object(c->out, get_lines,
		   json_pack("{s:o,s:o,s:o,s:I,s:o,s:b}", "address",
			     out_text(query.address), "file",
			     result == EWSC_OK ? out_text(file) : json_null(),
			     "type", out_text(photo->type), "bytes",
			     (json_int_t)photo->n, "tag", out_text(photo->tag),
			     "unchanged", result == EWSC_UNCHANGED));
	return OK;
}

static const struct out_column set_lines[] = {
	{ "address", "Photo of" },
	{ "bytes", "Bytes" },
	{ "url", "Service" },
	{ NULL, NULL },
};

static enum err
cli_remote_photo_set(struct cli *c)
{
	CLEANUP(remote_close) struct ewsc *client = NULL;
	const char *address = c->operand[0];
	struct bytes picture;

	TRY(remote_open(c, address, &client));
	TRY(file_read(&c->op, c->operand[1], PICTURE_MAX, &picture));
	if (ewsc_photo_set(client, address, picture.p, picture.n) != EWSC_OK)
		return remote_fail(c, client);
	out_object(c->out, set_lines,
		   json_pack("{s:o,s:I,s:o}", "address", out_text(address),
			     "bytes", (json_int_t)picture.n, "url",
			     out_text(ewsc_url(client))));
	return OK;
}

/* ---- the rows ---- */

static const struct cli_option plain_options[] = {
	REMOTE_OPTIONS,
	{ 0 },
};

static const struct cli_option set_options[] = {
	WISH_TIMES,
	{ 0, "tz", "ZONE",
	  "the time zone of --from and --to; without it: this machine's" },
	WISH_TEXTS,
	{ 0, "off", NULL, "switch it off; the texts stay" },
	REMOTE_OPTIONS,
	{ 0 },
};

static const struct cli_option get_options[] = {
	{ 0, "size", "PIXELS",
	  "48, 64, 96, 120, 240, 360, 432, 504 or 648; without it the "
	  "largest" },
	{ 'o', "output", "FILE", "where to write it; - is standard output" },
	{ 0, "tag", "TAG", "write nothing if the photo still has this tag" },
	{ 0, "soap", NULL, "ask by the SOAP operation instead of a GET" },
	REMOTE_OPTIONS,
	{ 0 },
};

static const struct cli_key oof_keys[] = {
	{ "address", "the mailbox" },
	{ "state", "disabled, enabled or scheduled" },
	{ "audience", "who outside gets a reply: none, known or all" },
	{ "start", "when it begins, in UTC with Z; null: not told" },
	{ "end", "when it ends, likewise" },
	{ "internal", "an object: text, and lang or null" },
	{ "external", "an object: text, and lang or null" },
	{ "effect", "an object as of oof show, but only its server knows "
		    "whether it is in force" },
	{ "allowed", "whom the server lets it reply to outside, or null" },
	{ "url", "the service that answered" },
	{ NULL, NULL },
};

static const struct cli_key get_keys[] = {
	{ "address", "the mailbox" },
	{ "file", "the file that was written, or null" },
	{ "type", "image/jpeg and the like" },
	{ "bytes", "its length" },
	{ "tag", "for --tag; null: the server has none" },
	{ "unchanged", "true: it still has the tag that was given" },
	{ NULL, NULL },
};

static const struct cli_key set_keys[] = {
	{ "address", "the mailbox" },
	{ "bytes", "what was sent" },
	{ "url", "the service that took it" },
	{ NULL, NULL },
};

static const struct cli_example oof_get_examples[] = {
	{ "frontdesk remote oof get ada@example.com --password-stdin --json "
	  "<password.txt",
	  "of any server that the domain leads to" },
	{ NULL, NULL },
};

static const struct cli_example oof_set_examples[] = {
	{ "frontdesk remote oof set ada@example.com --to +2d --internal 'I am "
	  "ill.' --url https://mail.example.com/EWS/Exchange.asmx "
	  "--bearer-file token",
	  "two days from now, with a token" },
	{ NULL, NULL },
};

static const struct cli_example photo_get_examples[] = {
	{ "frontdesk remote photo get ada@example.com --size 96 -o ada.jpg "
	  "--negotiate",
	  "by Kerberos, after kinit" },
	{ NULL, NULL },
};

static const struct cli_example photo_set_examples[] = {
	{ "frontdesk remote photo set ada@example.com ada.jpg "
	  "--password-stdin <password.txt",
	  "as Outlook's users do" },
	{ NULL, NULL },
};

const struct verb cli_remote_verbs[] = {
	{
		.name = "remote oof get",
		.operands = "ADDRESS",
		.operands_min = 1,
		.operands_max = 1,
		.summary = "show an absence that another server keeps",
		.text = "It asks any server that speaks Exchange Web "
			"Services, as a client does, and needs no "
			"configuration. Without --url the service is found "
			"by Autodiscover, in SOAP, POX and JSON, at the "
			"domain, its autodiscover name, where that leads "
			"over http, and at the SRV record; a way to another "
			"host is told on standard error. A login goes over "
			"https only, to a host whose certificate holds.",
		.options = plain_options,
		.keys = oof_keys,
		.examples = oof_get_examples,
		.run = cli_remote_oof_get,
	},
	{
		.name = "remote oof set",
		.operands = "ADDRESS",
		.operands_min = 1,
		.operands_max = 1,
		.summary = "set an absence on another server",
		.text = "What is not given stays as it is there: the settings "
			"are got, changed, set, and got again to be shown. "
			"The options for the absence are those of oof set, "
			"those for the server those of remote oof get. "
			"Standard input may hold the password in its first "
			"line and a text behind it.",
		.options = set_options,
		.keys = oof_keys,
		.examples = oof_set_examples,
		.run = cli_remote_oof_set,
	},
	{
		.name = "remote photo get",
		.operands = "ADDRESS",
		.operands_min = 1,
		.operands_max = 1,
		.summary = "write a photo that another server keeps to a file",
		.text = "",
		.options = get_options,
		.keys = get_keys,
		.examples = photo_get_examples,
		.run = cli_remote_photo_get,
	},
	{
		.name = "remote photo set",
		.operands = "ADDRESS FILE",
		.operands_min = 2,
		.operands_max = 2,
		.summary = "set a photo on another server",
		.text = "By the SOAP operation SetUserPhoto, which Exchange "
			"has since 2016. FILE goes out as it is; - is "
			"standard input, behind the line of a password.",
		.options = plain_options,
		.keys = set_keys,
		.examples = photo_set_examples,
		.run = cli_remote_photo_set,
	},
	{ 0 },
};
