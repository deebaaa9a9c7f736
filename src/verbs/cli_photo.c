/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk photo: pictures of people. */
#include "base/text.h"
#include "cli/cli.h"
#include "cli/file.h"
#include "cli/identity.h"
#include "cli/out.h"
#include "cli/words.h"

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
	TRY(store_photo_put(c->wings.house.store, &c->op, mailbox->id, set));
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

static enum err
photo_find(struct cli *c, unsigned edge, const struct mailbox **mailbox,
	   struct photo *out)
{
	enum err err;

	TRY(cli_enter(c, NEEDS_STORE));
	TRY(cli_mailbox(c, c->operand[0], mailbox));
	err = store_photo_get(c->wings.house.store, &c->op, (*mailbox)->id,
			      edge, true, out);
	if (err == ERR_NOT_FOUND)
		return FAIL(&c->op, err,
			    "%s has no photo; store one with frontdesk photo "
			    "set",
			    (*mailbox)->address);
	return err;
}

static const struct out_column get_lines[] = {
	{ "address", "Photo of" }, { "file", "File" },
	{ "edge", "Pixels" },      { "bytes", "Bytes" },
	{ "changed", "Changed" },  { NULL, NULL },
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
	err = photo_find(c, edge, &mailbox, &photo);
	cli_leave(c);
	identity_return(&identity);
	TRY(err);
	TRY(file_write(&c->op, file, photo.jpeg));
	if (file[0] == '-' && file[1] == '\0')
		return OK;
	out_object(c->out, get_lines,
		   json_pack("{s:o,s:o,s:i,s:I,s:o}", "address",
			     out_text(mailbox->address), "file", out_text(file),
			     "edge", (int)photo.edge, "bytes",
			     (json_int_t)photo.jpeg.n, "changed",
			     words_time(&c->op, photo.changed)));
	return OK;
}

/* ---- remove, list ---- */

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

static const struct out_column list_columns[] = {
	{ "address", "ADDRESS" }, { "width", "WIDTH" },
	{ "height", "HEIGHT" },   { "bytes", "BYTES" },
	{ "changed", "CHANGED" }, { NULL, NULL },
};

static enum err
cli_photo_list(struct cli *c)
{
	struct photo_list page = { .n = PAGE };
	int64_t after = 0;

	out_list(c->out, list_columns);
	while (page.n == PAGE) {
		struct op *op = cli_page(c);
		enum err err = store_photo_list(c->wings.house.store, op, after,
						PAGE, &page);

		if (err != OK)
			return FAIL(&c->op, err, "%s", op->reason);
		for (size_t i = 0; i < page.n; i++) {
			const struct photo_item *item = &page.item[i];

			after = item->mailbox->id;
			out_row(c->out,
				json_pack("{s:o,s:i,s:i,s:I,s:o}", "address",
					  out_text(item->mailbox->address),
					  "width", (int)item->width, "height",
					  (int)item->height, "bytes",
					  (json_int_t)item->bytes, "changed",
					  words_time(op, item->changed)));
		}
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
	{ "edge", "of the photo, in pixels" },
	{ "bytes", "its length" },
	{ "changed", "when it was stored, in UTC with Z" },
	{ NULL, NULL },
};

static const struct cli_key remove_keys[] = {
	{ "removed", "the mailbox" },
	{ NULL, NULL },
};

static const struct cli_key list_keys[] = {
	{ "address", "the mailbox" },
	{ "width", "of the picture that was given, in pixels" },
	{ "height", "likewise" },
	{ "bytes", "what its sizes take together" },
	{ "changed", "when it was stored, in UTC with Z" },
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
	{ "frontdesk photo remove ada@example.com", "clients get none then" },
	{ NULL, NULL },
};

static const struct cli_example list_examples[] = {
	{ "frontdesk photo list", "who has one" },
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
			"refused leaves the old one.",
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
		.text = "",
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
		.summary = "remove a photo",
		.text = "Done, too, when there was none.",
		.keys = remove_keys,
		.examples = remove_examples,
		.run = cli_photo_remove,
	},
	{
		.name = "photo list",
		.operands = "",
		.needs = NEEDS_CONFIG | NEEDS_OWNER | NEEDS_STORE,
		.summary = "list who has a photo",
		.text = "",
		.keys = list_keys,
		.examples = list_examples,
		.run = cli_photo_list,
	},
	{ 0 },
};
