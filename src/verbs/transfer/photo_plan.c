/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/transfer/photo_plan.h"
#include "base/text.h"
#include "verbs/transfer/photo_name.h"
#include "wire/csv.h"

#include <stdlib.h>
#include <string.h>

#define NO_COLUMN CSV_FIELDS_MAX
#define ROOM_FIRST 1024 /* entries */

/* ---- by names ---- */

static const char *
shown(struct op *op, const char *file)
{
	return text_utf8(bytes_of(file)) ? file
					 : text_latin1(op, bytes_of(file));
}

static void
entry_of_name(struct op *op, const char *file, struct photo_entry *out)
{
	*out = (struct photo_entry){ .file = file, .shown = shown(op, file) };
	if (!photo_name_is_picture(file)) {
		out->skipped = true;
		out->reason = "its name does not end like a picture's: .jpg, "
			      ".jpeg, .png, .webp";
	} else if (photo_name_read(op, file, &out->address) != OK) {
		out->address = NULL;
		out->reason = op->reason;
	}
}

void
photo_plan_names(struct op *op, const struct walk_list *files,
		 struct photo_plan *out)
{
	*out = (struct photo_plan){
		.n = files->n,
		.entry = op_alloc(op, (files->n + 1) * sizeof(*out->entry)),
	};
	for (size_t i = 0; i < files->n; i++)
		entry_of_name(op, files->path[i], &out->entry[i]);
}

/* ---- by a map ---- */

struct map {
	struct photo_plan plan;
	size_t room;
	size_t file, address; /* columns */
};

static struct photo_entry *
map_add(struct op *op, struct map *map)
{
	struct photo_plan *plan = &map->plan;

	if (plan->n == map->room) {
		size_t room = map->room == 0 ? ROOM_FIRST : 2 * map->room;
		struct photo_entry *more = op_alloc(op, room * sizeof(*more));

		if (plan->n > 0)
			memcpy(more, plan->entry, plan->n * sizeof(*more));
		plan->entry = more;
		map->room = room;
	}
	return &plan->entry[plan->n++];
}

static size_t
column(const struct csv_row *row, const char *name)
{
	for (size_t i = 0; i < row->n; i++)
		if (text_case_equal(row->field[i], name))
			return i;
	return NO_COLUMN;
}

/* Is it a header? Then it says which column is which. */
static bool
header_read(const struct csv_row *row, struct map *map)
{
	size_t file = column(row, "file"), address = column(row, "address");

	if (file == NO_COLUMN || address == NO_COLUMN)
		return false;
	map->file = file;
	map->address = address;
	return true;
}

static enum err
row_read(struct op *op, const struct csv_row *row, struct map *map)
{
	struct photo_entry *entry;
	const char *file;

	if (map->plan.n == WALK_FILES_MAX)
		return FAIL(op, ERR_LIMIT, "more than %d lines",
			    WALK_FILES_MAX);
	if (row->n <= map->file || row->n <= map->address)
		return FAIL(op, ERR_INVALID,
			    "line %zu: it needs a file and an address",
			    row->line);
	file = row->field[map->file];
	while (strncmp(file, "./", 2) == 0)
		file += 2;
	entry = map_add(op, map);
	*entry = (struct photo_entry){
		.file = file,
		.shown = file,
		.address = text_trim(op, row->field[map->address]),
	};
	if (file[0] == '\0' || strlen(file) > WALK_PATH_MAX)
		return FAIL(op, ERR_INVALID,
			    "line %zu: that is no name of a file", row->line);
	return OK;
}

static int
entry_order(const void *a, const void *b)
{
	const struct photo_entry *one = a, *other = b;
	int order = strcmp(one->file, other->file);

	if (order != 0)
		return order;
	return strcmp(one->address == NULL ? "" : one->address,
		      other->address == NULL ? "" : other->address);
}

static void
plan_sort(struct photo_plan *plan)
{
	if (plan->n > 0)
		qsort(plan->entry, plan->n, sizeof(*plan->entry), entry_order);
}

static int
file_order(const void *key, const void *entry)
{
	return strcmp(key, ((const struct photo_entry *)entry)->file);
}

/* The files that the map forgot. */
static void
map_rest(struct op *op, const struct walk_list *files, struct map *map)
{
	size_t mapped = map->plan.n;

	for (size_t i = 0; i < files->n; i++) {
		const char *file = files->path[i];
		struct photo_entry *entry;

		if (mapped > 0 && bsearch(file, map->plan.entry, mapped,
					  sizeof(*entry), file_order) != NULL)
			continue;
		entry = map_add(op, map);
		*entry = (struct photo_entry){
			.file = file,
			.shown = shown(op, file),
			.skipped = true,
			.reason = "the map does not name it",
		};
	}
}

enum err
photo_plan_map(struct op *op, const char *map, const struct walk_list *files,
	       struct photo_plan *out)
{
	struct map all = { .file = 0, .address = 1 };
	struct csv_row row;
	struct csv csv;
	bool first = true;

	csv_init(&csv, map);
	for (;; first = false) {
		TRY(csv_next(&csv, op, &row));
		if (row.n == 0)
			break;
		if (!first || !header_read(&row, &all))
			TRY(row_read(op, &row, &all));
	}
	plan_sort(&all.plan);
	map_rest(op, files, &all);
	plan_sort(&all.plan);
	*out = all.plan;
	return OK;
}

/* ---- whose ---- */

static enum err
entry_find(struct cli *c, struct photo_entry *entry)
{
	const struct mailbox *mailbox;
	enum err err = cli_mailbox(c, entry->address, &mailbox);

	if (err == OK) {
		entry->mailbox = mailbox->id;
		entry->primary = mailbox->address;
		return OK;
	}
	if (err != ERR_NOT_FOUND && err != ERR_INVALID)
		return err;
	entry->reason = c->op.reason;
	return OK;
}

static int
mailbox_order(const void *a, const void *b)
{
	const struct photo_entry *one = *(struct photo_entry *const *)a;
	const struct photo_entry *other = *(struct photo_entry *const *)b;

	if (one->mailbox != other->mailbox)
		return one->mailbox < other->mailbox ? -1 : 1;
	return one < other ? -1 : one > other;
}

/* Otherwise it would be chance whose picture stays. */
static void
twice_refuse(struct op *op, struct photo_plan *plan)
{
	struct photo_entry **by =
		op_alloc(op, (plan->n + 1) * sizeof(struct photo_entry *));

	for (size_t i = 0; i < plan->n; i++)
		by[i] = &plan->entry[i];
	if (plan->n > 0)
		qsort(by, plan->n, sizeof(struct photo_entry *), mailbox_order);
	for (size_t i = 1, first = 0; i < plan->n; i++) {
		if (by[i]->mailbox != by[first]->mailbox)
			first = i;
		else if (by[i]->mailbox != 0)
			by[i]->reason =
				op_print(op, "%s has a photo here already: %s",
					 by[i]->primary, by[first]->shown);
	}
}

enum err
photo_plan_find(struct cli *c, struct photo_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->entry[i].reason == NULL)
			TRY(entry_find(c, &plan->entry[i]));
	twice_refuse(&c->op, plan);
	return OK;
}
