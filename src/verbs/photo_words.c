/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/photo_words.h"

#include "cli/out.h"

const char *
photo_layer_word(unsigned layer)
{
	switch ((enum photo_layer)layer) {
	case PHOTO_UPLOADED:
		return "upload";
	case PHOTO_OF_DIRECTORY:
		return "directory";
	}
	return NULL;
}

static const char *
copy_text(struct op *op, const struct write_back *row)
{
	static const char *const wanted[] = {
		[WRITE_BACK_NOTHING] = "there",
		[WRITE_BACK_COPY] = "to do",
		[WRITE_BACK_ERASE] = "to erase",
	};
	const char *word =
		row->wanted < COUNT(wanted) ? wanted[row->wanted] : "unknown";

	return *row->reason == '\0'
		       ? word
		       : op_print(op, "%s; failed: %s", word, row->reason);
}

enum err
photo_copy_json(struct store *store, struct op *op, int64_t mailbox,
		json_t **out)
{
	const char *reason = op->reason;
	struct write_back row;
	enum err err = store_write_back_get(store, op, mailbox, &row);

	*out = NULL;
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	op->reason = reason;
	*out = err == OK ? out_text(copy_text(op, &row)) : json_null();
	return OK;
}
