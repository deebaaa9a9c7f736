/* SPDX-License-Identifier: Apache-2.0 */

/* What `frontdesk setup` prints. */
#include "base/buf.h"
#include "base/text.h"
#include "cli/out.h"
#include "verbs/setup/setup.h"

#include <string.h>

#define TEXT_MAX (1 * MIB)
#define ROW "%-8s %-12s "
#define ROW_WIDTH 22 /* columns of it */

/* ---- the lines, file by file ---- */

static bool
same(const char *a, const char *b)
{
	return a == NULL ? b == NULL : b != NULL && strcmp(a, b) == 0;
}

/* Is this row the first of its file, or (with block) of its block there? */
static bool
is_first(const struct plan *plan, size_t i, bool block)
{
	const struct plan_row *r = &plan->row[i];

	for (size_t k = 0; k < i; k++) {
		const struct plan_row *before = &plan->row[k];

		if (before->lines != NULL && same(before->file, r->file) &&
		    (!block || same(before->block, r->block)))
			return false;
	}
	return r->lines != NULL;
}

static void
lines_write(struct buf *out, const char *lines, bool inside)
{
	while (*lines != '\0') {
		size_t n = strcspn(lines, "\n");

		buf_printf(out, "%s%.*s\n", inside ? "  " : "", (int)n, lines);
		lines += lines[n] == '\0' ? n : n + 1;
	}
}

/* All rows of one block of one file. */
static void
block_write(const struct plan *plan, size_t first, struct buf *out)
{
	const struct plan_row *of = &plan->row[first];

	if (of->block != NULL)
		buf_printf(out, "%s {\n", of->block);
	for (size_t i = first; i < plan->n; i++) {
		const struct plan_row *r = &plan->row[i];

		if (r->lines != NULL && same(r->file, of->file) &&
		    same(r->block, of->block))
			lines_write(out, r->lines, of->block != NULL);
	}
	if (of->block != NULL)
		buf_puts(out, "}\n");
}

/* All blocks of the file of a row. */
static const char *
file_text(struct plan *plan, size_t first)
{
	struct buf out;

	buf_init(&out, plan->op, 1024, TEXT_MAX);
	for (size_t i = first; i < plan->n; i++) {
		if (is_first(plan, i, true) &&
		    same(plan->row[i].file, plan->row[first].file))
			block_write(plan, i, &out);
	}
	return buf_text(&out);
}

/* ---- for people ---- */

static void
row_write(struct buf *out, const struct plan_row *r)
{
	buf_printf(out, ROW "%s%s%s\n", plan_state_name(r->state), r->check,
		   r->subject == NULL ? "" : r->subject,
		   r->subject == NULL || r->detail == NULL ? "" : ": ",
		   r->detail == NULL ? "" : r->detail);
	if (r->remedy != NULL)
		buf_printf(out, "%*s%s\n", ROW_WIDTH, "", r->remedy);
}

const char *
setup_text(struct setup *s, const char *then)
{
	struct plan *plan = &s->plan;
	struct buf out;
	bool any = false;

	buf_init(&out, plan->op, 4096, TEXT_MAX);
	for (size_t i = 0; i < plan->n; i++)
		row_write(&out, &plan->row[i]);
	for (size_t i = 0; i < plan->n; i++) {
		if (!is_first(plan, i, false))
			continue;
		any = true;
		buf_printf(&out, "\nAdd to %s:\n\n%s", plan->row[i].file,
			   file_text(plan, i));
	}
	if (any)
		buf_printf(&out, "\nThen: %s\n", then);
	return buf_text(&out);
}

/* ---- for programs ---- */

static json_t *
row_json(const struct plan_row *r)
{
	return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "check", r->check,
			 "state", plan_state_name(r->state), "subject",
			 out_text(r->subject), "detail", out_text(r->detail),
			 "remedy", out_text(r->remedy), "file",
			 out_text(r->file), "block", out_text(r->block),
			 "lines", out_text(r->lines));
}

json_t *
setup_json(struct setup *s, const char *program)
{
	struct plan *plan = &s->plan;
	json_t *rows = json_array(), *add = json_array();

	for (size_t i = 0; i < plan->n; i++) {
		json_array_append_new(rows, row_json(&plan->row[i]));
		if (is_first(plan, i, false))
			json_array_append_new(
				add,
				json_pack("{s:o,s:o}", "file",
					  out_text(plan->row[i].file), "text",
					  out_text(file_text(plan, i))));
	}
	return json_pack("{s:s,s:o,s:o,s:o,s:o}", "program", program, "version",
			 out_text(s->found.version), "configuration",
			 out_text(s->conf), "rows", rows, "add", add);
}

void
setup_tell(struct setup *s, const struct plan_row *r)
{
	plan_add(&s->plan, r);
	out_row(s->c->out,
		json_pack("{s:s,s:s,s:o,s:o,s:o}", "check", r->check, "state",
			  plan_state_name(r->state), "subject",
			  out_text(r->subject), "detail", out_text(r->detail),
			  "remedy", out_text(r->remedy)));
}
