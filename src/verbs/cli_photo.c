/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk photo: pictures of people. */
#include "base/text.h"
#include "cli/cli.h"
#include "cli/file.h"
#include "cli/identity.h"
#include "cli/out.h"
#include "cli/words.h"
#include "photo/photo_find.h"
#include "photo/photo_keep.h"
#include "verbs/photo_words.h"

#define PAGE 500 /* photos of a list, which has no pictures */

/* ---- set ---- */

static const struct out_column set_lines[] = {
	{ "address", "Photo of" }, { "width", "Width" }, { "height", "Height" },
	{ "sizes", "Sizes" },      { "bytes", "Bytes" }, { NULL, NULL },
};

static void
set_tell(struct cli *c, const struct mailbox *mailbox,
	 const struct photo_set *set)
{
	json_t *sizes = json_array();
	json_int_t bytes = 0;

	for (size_t i = 0; i < set->n; i++) {
		json_array_append_new(sizes,
				      json_integer(set->variant[i].edge));
		bytes += (json_int_t)set->variant[i].jpeg.n;
	}
	out_object(c->out, set_lines,
		   json_pack("{s:o,s:i,s:i,s:o,s:I}", "address",
			     out_text(mailbox->address), "width",
			     (int)set->width, "height", (int)set->height,
			     "sizes", sizes, "bytes", bytes));
}

static enum err
cli_photo_set(struct cli *c)
{
	const char *path = c->operand[1];
	const struct mailbox *mailbox;
	struct photo_set *set = op_alloc(&c->op, sizeof(*set));
	struct bytes file;
	enum err err;

	TRY(file_read(&c->op, path, PHOTO_FILE_MAX, &file));
	TRY(cli_enter(c, NEEDS_OWNER | NEEDS_STORE | NEEDS_IMAGE));
	TRY(cli_mailbox(c, c->operand[0], &mailbox));
	err = image_square(c->wings.house.image, &c->op, file, set);
	if (err != OK)
		return FAIL(&c->op, err, "%s: %s", path, c->op.reason);
	TRY(photo_keep(&c->wings.house, &c->op, mailbox->id, set));
	set_tell(c, mailbox, set);
	return OK;
}

/* ---- get ---- */

static enum err
size_read(struct cli *c, unsigned *out)
{
	const char *text = cli_option(c, "size");
	int64_t edge = 0;

	if (text != NULL && !text_number(text, 1, PHOTO_EDGE_MAX, &edge))
		return FAIL(&c->op, ERR_INVALID,
			    "--size '%s': give the pixels of an edge, 1 to %d",
			    text, PHOTO_EDGE_MAX);
	*out = (unsigned)edge;
	return OK;
}

/* As a client gets it: the directory is asked, too. */
static enum err
photo_read(struct cli *c, unsigned edge, const struct mailbox **mailbox,
	   struct photo *out)
{
	struct photo_state state;
	enum err err;

	TRY(cli_enter(c, NEEDS_STORE | NEEDS_IMAGE));
	c->op.want |= PERSON_WANT_PICTURES;
	TRY(cli_mailbox(c, c->operand[0], mailbox));
	err = photo_find(&c->wings.house, &c->op, (*mailbox)->id, edge, true,
			 out);
	if (err != ERR_NOT_FOUND)
		return err;
	TRY(store_photo_state(c->wings.house.store, &c->op, (*mailbox)->id,
			      &state));
	if (state.hidden)
		return FAIL(&c->op, err,
			    "the photo of %s is hidden; frontdesk photo "
			    "unhide ends that",
			    (*mailbox)->address);
	return FAIL(&c->op, err,
		    "%s has no photo; store one with frontdesk photo set",
		    (*mailbox)->address);
}

static const struct out_column get_lines[] = {
	{ "address", "Photo of" },
	{ "file", "File" },
	{ "edge", "Pixels" },
	{ "bytes", "Bytes" },
	{ "changed", "Changed" },
	{ "from", "From" },
	{ NULL, NULL },
};

/* The file is of the one who started us; the store is of its owner. */
static enum err
cli_photo_get(struct cli *c)
{
	const char *file = cli_option(c, "output");
	struct identity identity;
	const struct mailbox *mailbox;
	struct photo photo;
	unsigned edge;
	enum err err;

	if (file == NULL) {
		c->exit = EXIT_USAGE;
		return FAIL(&c->op, ERR_INVALID,
			    "where to? Give -o FILE, or -o - for standard "
			    "output");
	}
	TRY(size_read(c, &edge));
	TRY(identity_take(&c->op, c->settings->data, &identity));
	err = photo_read(c, edge, &mailbox, &photo);
	cli_leave(c);
	identity_return(&identity);
	TRY(err);
	TRY(file_write(&c->op, file, photo.jpeg));
	if (file[0] == '-' && file[1] == '\0')
		return OK;
	out_object(c->out, get_lines,
		   json_pack("{s:o,s:o,s:i,s:I,s:o,s:o}", "address",
			     out_text(mailbox->address), "file", out_text(file),
			     "edge", (int)photo.edge, "bytes",
			     (json_int_t)photo.jpeg.n, "changed",
			     words_time(&c->op, photo.changed), "from",
			     out_text(photo_layer_word(photo.layer))));
	return OK;
}

/* ---- remove, hide, list ---- */

static const struct out_column removed_lines[] = {
	{ "removed", "Removed the photo of" },
	{ NULL, NULL },
};

static enum err
cli_photo_remove(struct cli *c)
{
	const struct mailbox *mailbox;

	TRY(cli_mailbox(c, c->operand[0], &mailbox));
	TRY(store_photo_remove(c->wings.house.store, &c->op, mailbox->id));
	out_object(c->out, removed_lines,
		   json_pack("{s:o}", "removed", out_text(mailbox->address)));
	return OK;
}

static const struct out_column hidden_lines[] = {
	{ "address", "Photo of" },
	{ "hidden", "Hidden" },
	{ NULL, NULL },
};

static enum err
photo_hide(struct cli *c, bool hidden)
{
	const struct mailbox *mailbox;

	TRY(cli_mailbox(c, c->operand[0], &mailbox));
	TRY(store_photo_hide(c->wings.house.store, &c->op, mailbox->id,
			     hidden));
	out_object(c->out, hidden_lines,
		   json_pack("{s:o,s:b}", "address", out_text(mailbox->address),
			     "hidden", hidden));
	return OK;
}

static enum err
cli_photo_hide(struct cli *c)
{
	return photo_hide(c, true);
}

static enum err
cli_photo_unhide(struct cli *c)
{
	return photo_hide(c, false);
}

static const struct out_column list_columns[] = {
	{ "address", "ADDRESS" }, { "from", "FROM" },
	{ "width", "WIDTH" },     { "height", "HEIGHT" },
	{ "bytes", "BYTES" },     { "changed", "CHANGED" },
	{ "hidden", "HIDDEN" },   { "copy", "COPY" },
	{ NULL, NULL },
};

static enum err
list_row(struct cli *c, struct op *op, const struct photo_item *item)
{
	bool any = item->layer != 0;
	json_t *row, *copy;

	TRY(photo_copy_json(c->wings.house.store, op, item->mailbox->id,
			    &copy));
	row = json_pack("{s:o,s:o,s:i,s:i,s:I,s:o,s:b,s:o}", "address",
			out_text(item->mailbox->address), "from",
			out_text(photo_layer_word(item->layer)), "width",
			(int)item->width, "height", (int)item->height, "bytes",
			(json_int_t)item->bytes, "changed",
			any ? words_time(op, item->changed) : json_null(),
			"hidden", item->hidden, "copy", copy);
	out_row(c->out, row);
	return OK;
}

static enum err
cli_photo_list(struct cli *c)
{
	struct photo_list page = { .n = PAGE };
	int64_t after = 0;

	out_list(c->out, list_columns);
	while (page.n == PAGE) {
		struct op *op = cli_page(c);
		enum err err = store_photo_list_all(c->wings.house.store, op,
						    after, PAGE, &page);

		for (size_t i = 0; err == OK && i < page.n; i++) {
			after = page.item[i].mailbox->id;
			err = list_row(c, op, &page.item[i]);
		}
		if (err != OK)
			return FAIL(&c->op, err, "%s", op->reason);
	}
	return OK;
}

/* ---- the rows ---- */

static const struct cli_option get_options[] = {
	{ 0, "size", "PIXELS",
	  "the largest stored size up to this edge, else the smallest; without "
	  "it the largest" },
	{ 'o', "output", "FILE", "where to write it; - is standard output" },
	{ 0 },
};

static const struct cli_key set_keys[] = {
	{ "address", "the mailbox" },
	{ "width", "of the picture that was given, in pixels" },
	{ "height", "likewise" },
	{ "sizes", "an array of the edges that were made" },
	{ "bytes", "what they take together" },
	{ NULL, NULL },
};

static const struct cli_key get_keys[] = {
	{ "address", "the mailbox" },
	{ "file", "the file that was written" },
	{ "edge", "of the photo, in pixels; the longer one" },
	{ "bytes", "its length" },
	{ "changed", "when it was stored, in UTC with Z" },
	{ "from", "upload or directory" },
	{ NULL, NULL },
};

static const struct cli_key remove_keys[] = {
	{ "removed", "the mailbox" },
	{ NULL, NULL },
};

static const struct cli_key hide_keys[] = {
	{ "address", "the mailbox" },
	{ "hidden", "true or false, from now on" },
	{ NULL, NULL },
};

static const struct cli_key list_keys[] = {
	{ "address", "the mailbox" },
	{ "from",
	  "upload or directory; null: there is none, and it is hidden" },
	{ "width", "of the picture that was given, in pixels" },
	{ "height", "likewise" },
	{ "bytes", "what its sizes take together" },
	{ "changed", "when it was stored, in UTC with Z" },
	{ "hidden", "true: nobody gets to see it" },
	{ "copy",
	  "of an uploaded one in the directory: there, to do, to erase, or "
	  "why it failed; null: none is to be there" },
	{ NULL, NULL },
};

static const struct cli_example set_examples[] = {
	{ "frontdesk photo set ada@example.com ada.jpg", "JPEG, PNG or WebP" },
	{ NULL, NULL },
};

static const struct cli_example get_examples[] = {
	{ "frontdesk photo get ada@example.com --size 240 -o small.jpg",
	  "as clients get it" },
	{ NULL, NULL },
};

static const struct cli_example remove_examples[] = {
	{ "frontdesk photo remove ada@example.com",
	  "clients get the directory's then, or none" },
	{ NULL, NULL },
};

static const struct cli_example hide_examples[] = {
	{ "frontdesk photo hide ada@example.com", "clients get none" },
	{ NULL, NULL },
};

static const struct cli_example unhide_examples[] = {
	{ "frontdesk photo unhide ada@example.com", "as before" },
	{ NULL, NULL },
};

static const struct cli_example list_examples[] = {
	{ "frontdesk photo list", "who has one, and from where" },
	{ NULL, NULL },
};

const struct verb cli_photo_verbs[] = {
	{
		.name = "photo set",
		.operands = "ADDRESS FILE",
		.operands_min = 2,
		.operands_max = 2,
		.needs = NEEDS_CONFIG,
		.summary = "store a photo",
		.text = "FILE is a JPEG, PNG or WebP picture of at most 64 "
			"megapixels; - is standard input. It is turned "
			"upright, cut to its centre square and made into the "
			"nine sizes of the protocol, without its metadata; "
			"the running server has it at once. A picture that is "
			"refused leaves the old one. It comes before the "
			"directory's, and ends what photo hide began.",
		.keys = set_keys,
		.examples = set_examples,
		.run = cli_photo_set,
	},
	{
		.name = "photo get",
		.operands = "ADDRESS",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG,
		.summary = "write a photo to a file",
		.text = "The one that a client gets: the uploaded one, else "
			"the "
			"directory's, which is asked if what is known of it is "
			"too old.",
		.options = get_options,
		.keys = get_keys,
		.examples = get_examples,
		.run = cli_photo_get,
	},
	{
		.name = "photo remove",
		.operands = "ADDRESS",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "remove an uploaded photo",
		.text = "Done, too, when there was none. Clients get the "
			"directory's then, if it has one; photo hide keeps "
			"that back.",
		.keys = remove_keys,
		.examples = remove_examples,
		.run = cli_photo_remove,
	},
	{
		.name = "photo hide",
		.operands = "ADDRESS",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "show nobody a photo",
		.text = "Whatever was uploaded, and whatever the directory has "
			"or will have, clients get none, until photo unhide, "
			"or "
			"until another photo is uploaded. Nothing is erased.",
		.keys = hide_keys,
		.examples = hide_examples,
		.run = cli_photo_hide,
	},
	{
		.name = "photo unhide",
		.operands = "ADDRESS",
		.operands_min = 1,
		.operands_max = 1,
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "end what photo hide began",
		.text = "",
		.keys = hide_keys,
		.examples = unhide_examples,
		.run = cli_photo_unhide,
	},
	{
		.name = "photo list",
		.operands = "",
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "list who has a photo",
		.text = "The directory's are in it as far as somebody has "
			"asked for "
			"them.",
		.keys = list_keys,
		.examples = list_examples,
		.run = cli_photo_list,
	},
	{ 0 },
};
