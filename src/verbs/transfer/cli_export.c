/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk export: all that the store holds, as lines of JSON. */
#include "cli/cli.h"
#include "cli/file.h"
#include "cli/out.h"
#include "verbs/transfer/porter.h"
#include "verbs/transfer/transfer.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE 500       /* mailboxes */
#define FILE_MODE 0600 /* it has all texts and password hashes in it */
#define PART_MS 60000  /* for what belongs to one mailbox */
#define PART_KEEP (4 * MIB)

struct export
{
	struct cli *c;
	struct store *store;
	FILE *to;
	const char *name; /* of the file, for reasons */
	struct op op;     /* for one mailbox */
	size_t count[TRANSFER_KINDS];
	int64_t *mailbox; /* those written, in their order */
	size_t mailboxes_n, mailboxes_room;
};

/* ---- lines ---- */

static enum err
line_put(struct export *ex, struct op *op, json_t *line)
{
	int rc = json_dumpf(line, ex->to, JSON_COMPACT);

	json_decref(line);
	if (rc != 0 || fputc('\n', ex->to) == EOF)
		return file_fail(op, errno, ex->name, "writing");
	return OK;
}

static enum err
thing_put(struct export *ex, struct op *op, enum transfer_kind kind,
	  const void *in)
{
	ex->count[kind]++;
	return line_put(ex, op, record_write(op, &transfer_type[kind], in));
}

/* ---- what belongs to a mailbox ---- */

static enum err
mailbox_put(struct export *ex, struct op *op, const struct mailbox *m)
{
	struct transfer_mailbox line = {
		.address = m->address,
		.name = m->name,
		.zone = m->zone,
		.password = m->password,
		.external = m->policy,
	};

	TRY(store_alias_list(ex->store, op, m->id, &line.aliases));
	return thing_put(ex, op, TRANSFER_MAILBOX, &line);
}

static enum err
person_put(struct export *ex, struct op *op, const struct mailbox *m)
{
	struct person_link link;
	struct text_list given;

	TRY(store_person_get(ex->store, op, m->id, &link));
	TRY(store_alias_given(ex->store, op, m->id, &given));
	return thing_put(ex, op, TRANSFER_PERSON,
			 &(struct transfer_person){
				 .address = m->address,
				 .source = link.source,
				 .uid = link.uid,
				 .login = link.login,
				 .state = link.state,
				 .checked = link.checked,
				 .given = given,
			 });
}

static enum err
oof_put(struct export *ex, struct op *op, const struct mailbox *m)
{
	struct oof_stored stored;
	const struct oof_settings *s = &stored.settings;

	TRY(store_oof_get(ex->store, op, m->id, &stored));
	if (stored.version == 0)
		return OK;
	return thing_put(ex, op, TRANSFER_OOF,
			 &(struct transfer_oof){
				 .address = m->address,
				 .state = s->state,
				 .audience = s->audience,
				 .start = s->duration == NULL
						  ? RECORD_NO_TIME
						  : s->duration->start,
				 .end = s->duration == NULL ? RECORD_NO_TIME
							    : s->duration->end,
				 .internal = s->internal->message,
				 .internal_lang = s->internal->lang,
				 .external = s->external->message,
				 .external_lang = s->external->lang,
				 .period = stored.period,
				 .changed = stored.changed,
			 });
}

static enum err
photo_put(struct export *ex, struct op *op, const struct mailbox *m)
{
	struct transfer_variant variant[PHOTO_VARIANTS_MAX];
	struct transfer_photo line = { .address = m->address };
	struct photo_set set;

	TRY(store_photo_all(ex->store, op, m->id, &set, &line.changed));
	for (size_t i = 0; i < set.n; i++)
		variant[i] =
			(struct transfer_variant){ (int64_t)set.variant[i].edge,
						   set.variant[i].jpeg };
	line.width = set.width;
	line.height = set.height;
	line.variants = (struct record_list){ set.n, variant };
	memcpy(line.source, set.source, sizeof(line.source));
	return thing_put(ex, op, TRANSFER_PHOTO, &line);
}

static enum err
hidden_put(struct export *ex, struct op *op, const struct mailbox *m)
{
	struct photo_state state;

	TRY(store_photo_state(ex->store, op, m->id, &state));
	if (!state.hidden)
		return OK;
	return thing_put(ex, op, TRANSFER_HIDDEN,
			 &(struct transfer_hidden){ m->address });
}

static enum err
place_put(struct export *ex, struct op *op, const char *address,
	  const struct contact_source *source)
{
	struct transfer_contacts line = { .address = address,
					  .origin = source->origin,
					  .place = source->place,
					  .token = source->token };
	struct contact_card_list all;
	struct transfer_card *card;

	TRY(store_contact_all(ex->store, op, source->mailbox, source->origin,
			      source->place, &all));
	card = op_alloc(op, (all.n + 1) * sizeof(*card));
	for (size_t i = 0; i < all.n; i++)
		card[i] = (struct transfer_card){
			.card = all.card[i].card,
			.tag = all.card[i].tag,
			.name = all.card[i].name,
			.addresses = { all.card[i].n, all.card[i].address },
		};
	line.cards = (struct record_list){ all.n, card };
	return thing_put(ex, op, TRANSFER_CONTACTS, &line);
}

/* address NULL: what many share. */
static enum err
contacts_put(struct export *ex, struct op *op, int64_t mailbox,
	     const char *address)
{
	struct contact_source_list all;

	TRY(store_contact_sources(ex->store, op, mailbox, &all));
	for (size_t i = 0; i < all.n; i++)
		TRY(place_put(ex, op, address, &all.source[i]));
	return OK;
}

static enum err
own_contacts_put(struct export *ex, struct op *op, const struct mailbox *m)
{
	return contacts_put(ex, op, m->id, m->address);
}

static enum err
answered_put(struct export *ex, struct op *op, const struct mailbox *m)
{
	struct transfer_answered line = { .address = m->address };
	struct answered_list all;

	TRY(store_answered_list(ex->store, op, m->id, 0, ANSWERED_MAX, &all));
	if (all.n == 0)
		return OK;
	transfer_answered_of(op, &all, &line);
	return thing_put(ex, op, TRANSFER_ANSWERED, &line);
}

typedef enum err part_put(struct export *ex, struct op *op,
			  const struct mailbox *m);

/* In the order of their lines. ERR_NOT_FOUND: it has none of that, or was
 * removed meanwhile. */
static part_put *const parts[] = {
	mailbox_put, person_put,       oof_put,      photo_put,
	hidden_put,  own_contacts_put, answered_put,
};

/* ---- all of them ---- */

static struct op *
op_fresh(struct export *ex)
{
	arena_reset(ex->op.arena);
	op_init(&ex->op, ex->op.arena, ex->c->settings, PART_MS);
	ex->op.may_wait = true;
	return &ex->op;
}

static enum err
handed_on(struct export *ex, enum err err)
{
	if (err != OK)
		return FAIL(&ex->c->op, err, "%s",
			    ex->op.reason == NULL ? err_name(err)
						  : ex->op.reason);
	return OK;
}

static void
mailbox_note(struct export *ex, int64_t id)
{
	if (ex->mailboxes_n == ex->mailboxes_room) {
		size_t room =
			ex->mailboxes_room == 0 ? PAGE : 2 * ex->mailboxes_room;
		int64_t *more = op_alloc(&ex->c->op, room * sizeof(*more));

		if (ex->mailboxes_n > 0)
			memcpy(more, ex->mailbox,
			       ex->mailboxes_n * sizeof(*more));
		ex->mailbox = more;
		ex->mailboxes_room = room;
	}
	ex->mailbox[ex->mailboxes_n++] = id;
}

static enum err
mailbox_all(struct export *ex, const struct mailbox *m)
{
	for (size_t i = 0; i < COUNT(parts); i++) {
		enum err err = parts[i](ex, op_fresh(ex), m);

		if (err != ERR_NOT_FOUND)
			TRY(handed_on(ex, err));
	}
	mailbox_note(ex, m->id);
	return OK;
}

static enum err
mailboxes_put(struct export *ex)
{
	struct mailbox_list page = { .n = PAGE };
	char after[ADDRESS_MAX + 1] = "";

	while (page.n == PAGE) {
		struct op *op = cli_page(ex->c);
		enum err err = store_mailbox_list(ex->store, op, NULL, after,
						  PAGE, &page);

		if (err != OK)
			return FAIL(&ex->c->op, err, "%s", op->reason);
		for (size_t i = 0; i < page.n; i++) {
			TRY(mailbox_all(ex, &page.mailbox[i]));
			(void)snprintf(after, sizeof(after), "%s",
				       page.mailbox[i].address);
		}
	}
	return OK;
}

static enum err
domains_put(struct export *ex)
{
	struct op *op = op_fresh(ex);
	struct domain_list all;

	TRY(handed_on(ex, store_domain_list(ex->store, op, &all)));
	for (size_t i = 0; i < all.n; i++) {
		const struct transfer_domain line = {
			all.domain[i].name, all.domain[i].organization_name
		};

		TRY(handed_on(ex, thing_put(ex, op, TRANSFER_DOMAIN, &line)));
	}
	return OK;
}

static int
id_order(const void *a, const void *b)
{
	const int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;

	return one < other ? -1 : one > other;
}

/* sorted: what is in the file; an account made meanwhile is not. */
static enum err
owners_of(struct export *ex, struct op *op, int64_t id, const int64_t *sorted)
{
	const struct mailbox *m;
	struct mailbox_list all;

	TRY(store_mailbox_get(ex->store, op, id, &m));
	TRY(store_owner_list(ex->store, op, id, &all));
	for (size_t i = 0; i < all.n; i++) {
		const struct transfer_owner line = { m->address,
						     all.mailbox[i].address };

		if (bsearch(&all.mailbox[i].id, sorted, ex->mailboxes_n,
			    sizeof(*sorted), id_order) != NULL)
			TRY(thing_put(ex, op, TRANSFER_OWNER, &line));
	}
	return OK;
}

/* Behind all mailboxes, so that both are known when a line is read. */
static enum err
owners_put(struct export *ex)
{
	size_t n = ex->mailboxes_n;
	int64_t *sorted = op_alloc(&ex->c->op, (n + 1) * sizeof(*sorted));

	if (n == 0)
		return OK;
	memcpy(sorted, ex->mailbox, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), id_order);
	for (size_t i = 0; i < n; i++) {
		enum err err =
			owners_of(ex, op_fresh(ex), ex->mailbox[i], sorted);

		if (err != ERR_NOT_FOUND)
			TRY(handed_on(ex, err));
	}
	return OK;
}

static enum err
all_put(struct export *ex)
{
	TRY(line_put(ex, &ex->c->op, transfer_first()));
	TRY(domains_put(ex));
	TRY(mailboxes_put(ex));
	TRY(handed_on(ex,
		      contacts_put(ex, op_fresh(ex), CONTACT_SHARED, NULL)));
	TRY(owners_put(ex));
	TRY(line_put(ex, &ex->c->op, transfer_last(ex->count)));
	if (fflush(ex->to) != 0 ||
	    (fsync(fileno(ex->to)) != 0 && errno != EINVAL && errno != EROFS))
		return file_fail(&ex->c->op, errno, ex->name, "writing");
	return OK;
}

static enum err
export_to(struct cli *c, FILE *to, const char *name,
	  size_t count[TRANSFER_KINDS])
{
	struct export ex = { .c = c, .to = to, .name = name };
	enum err err;

	TRY(cli_enter(c, NEEDS_OWNER | NEEDS_STORE));
	ex.store = c->wings.house.store;
	ex.op.arena = arena_open(PART_KEEP);
	err = all_put(&ex);
	arena_close(ex.op.arena);
	memcpy(count, ex.count, sizeof(ex.count));
	return err;
}

/* ---- where to ---- */

static enum err
to_standard(struct cli *c)
{
	size_t count[TRANSFER_KINDS];

	if (isatty(STDOUT_FILENO)) {
		c->exit = EXIT_USAGE;
		return FAIL(&c->op, ERR_INVALID,
			    "it has password hashes and everybody's texts in "
			    "it: name a FILE, or pipe it to a program");
	}
	return export_to(c, stdout, "standard output", count);
}

static void
tell(struct cli *c, const char *path, const size_t count[TRANSFER_KINDS])
{
	static const struct out_column lines[] = {
		{ "file", "Export" },
		{ "domain", "Domains" },
		{ "mailbox", "Mailboxes" },
		{ "person", "From directories" },
		{ "oof", "Absences" },
		{ "photo", "Photos" },
		{ "hidden", "Hidden" },
		{ "contacts", "Sets of contacts" },
		{ "answered", "Answered" },
		{ "owner", "Owners" },
		{ NULL, NULL },
	};
	json_t *object = json_pack("{s:o}", "file", out_text(path));

	for (size_t i = 0; i < TRANSFER_KINDS; i++)
		(void)json_object_set_new(object, transfer_type[i].name,
					  json_integer((json_int_t)count[i]));
	out_object(c->out, lines, object);
}

static void
porter_done(struct porter **porter)
{
	porter_close(*porter);
}

/* A file that did not become whole is taken away. */
static enum err
to_file(struct cli *c, const char *path)
{
	CLEANUP(porter_done) struct porter *porter = NULL;
	const char *folder = dirname(op_dup(&c->op, path));
	const char *name = basename(op_dup(&c->op, path));
	size_t count[TRANSFER_KINDS] = { 0 };
	enum err err;
	FILE *to;
	int fd;

	TRY(porter_open(&c->op, folder, false, &porter));
	err = porter_make(porter, &c->op, name, FILE_MODE, &fd);
	if (err == ERR_CONFLICT)
		return FAIL(&c->op, err,
			    "%s is there already and is not overwritten: name "
			    "another file, or remove it",
			    path);
	TRY(err);
	to = fdopen(fd, "w");
	if (to == NULL)
		abort(); /* no memory */
	err = export_to(c, to, path, count);
	if (fclose(to) != 0 && err == OK)
		err = file_fail(&c->op, errno, path, "writing");
	if (err == OK) {
		tell(c, path, count);
	} else {
		const char *why = c->op.reason;

		(void)porter_remove(porter, &c->op, name);
		c->op.reason = why;
	}
	return err;
}

static enum err
cli_export(struct cli *c)
{
	const char *path = c->operands_n == 0 ? "-" : c->operand[0];

	return strcmp(path, "-") == 0 ? to_standard(c) : to_file(c, path);
}

/* ---- the row ---- */

static const struct cli_key keys[] = {
	{ "file", "the file that was written; nothing is printed of an export "
		  "to standard output" },
	{ "domain", "how many of them are in it" },
	{ "mailbox", "likewise" },
	{ "person", "likewise: ties to people of directories" },
	{ "oof", "likewise: absences" },
	{ "photo", "likewise: uploaded photos" },
	{ "hidden", "likewise: mailboxes whose photo is hidden" },
	{ "contacts", "likewise: places that contacts came from" },
	{ "answered", "likewise: mailboxes that answered anybody" },
	{ "owner", "likewise" },
	{ NULL, NULL },
};

static const struct cli_example examples[] = {
	{ "frontdesk export all.ndjson", "for another installation" },
	{ "frontdesk export | gzip >all.ndjson.gz", "the same, small" },
	{ NULL, NULL },
};

const struct verb cli_export_verbs[] = {
	{
		.name = "export",
		.operands = "[FILE]",
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_LONG,
		.summary = "write all that is stored as lines of JSON",
		.text = "For another installation, or another program; "
			"frontdesk import reads it. The server may run "
			"meanwhile. FILE must not be there yet; it is for its "
			"owner alone (0600). Without FILE it goes to standard "
			"output, but not to a terminal.\n\n"
			"The first line names the format, the last one counts "
			"the others; each has its type. In this order: "
			"domain (name, organization); for each mailbox "
			"mailbox (address, name, aliases, zone, external, "
			"password: its hash), person (its tie to a directory: "
			"source, uid, login, state, checked, given: the "
			"aliases that are its), oof (state, "
			"audience, start, end, both texts with their "
			"languages, period, changed), photo (width, height, "
			"changed, source: the SHA-256 that its entity tags "
			"are made of, variants: edge and jpeg in base64), "
			"hidden (its photo is), contacts (of each place that "
			"they came from: origin, place, token, cards), "
			"answered (answers: whom it answered in which period, "
			"when, and what became of it, so that nobody is "
			"answered twice elsewhere); at the "
			"end owner (address, account). Not in it are the "
			"audit, the pictures that come from directories, "
			"replies that are on their way (they are told as of "
			"unknown end) and what lies at backends: for there, "
			"everything is put anew. See "
			"frontdesk backup for an exact copy.",
		.keys = keys,
		.examples = examples,
		.run = cli_export,
	},
	{ 0 },
};
