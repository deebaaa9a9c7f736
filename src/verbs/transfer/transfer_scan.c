/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/transfer/transfer_scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK MIB
#define ROOM_FIRST 1024 /* lines */
#define PAGE_KEEP (4 * MIB)

/* ---- lines of a file ---- */

struct reader {
	int fd;
	uint8_t *room; /* what is read, and not handed out yet */
	size_t at, n, size;
	uint64_t offset; /* of room + at, in the file */
	bool ended;
};

static void
reader_done(struct reader *r)
{
	free(r->room);
}

/* More bytes behind those that are there. */
static enum err
reader_fill(struct reader *r, struct op *op)
{
	ssize_t got;

	if (r->at > 0) {
		memmove(r->room, r->room + r->at, r->n - r->at);
		r->n -= r->at;
		r->at = 0;
	}
	if (r->n == r->size) {
		r->size = r->size == 0 ? CHUNK : 2 * r->size;
		r->room = realloc(r->room, r->size);
		if (r->room == NULL)
			abort();
	}
	do
		got = read(r->fd, r->room + r->n, r->size - r->n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return FAIL(op, ERR_DOWN, "reading: %s", strerror(errno));
	r->n += (size_t)got;
	r->ended = got == 0;
	return OK;
}

/* The next line without its end, until the next call. out->p NULL: that was
 * all. */
static enum err
reader_line(struct reader *r, struct op *op, struct bytes *out)
{
	size_t seen = 0;

	for (;;) {
		const uint8_t *from = r->room + r->at;
		size_t n = r->n - r->at;
		const uint8_t *end =
			n == seen ? NULL : memchr(from + seen, '\n', n - seen);

		if (end != NULL)
			n = (size_t)(end - from);
		if (n > TRANSFER_LINE_MAX)
			return FAIL(op, ERR_LIMIT, "longer than %zu bytes",
				    TRANSFER_LINE_MAX);
		if (end != NULL) {
			*out = (struct bytes){ from, n };
			r->at += n + 1;
			r->offset += n + 1;
			return OK;
		}
		if (r->ended && n > 0)
			return FAIL(op, ERR_INVALID,
				    "it has no end: the file was cut off");
		*out = (struct bytes){ NULL, 0 };
		if (r->ended)
			return OK;
		seen = n;
		TRY(reader_fill(r, op));
	}
}

/* ---- JSON ---- */

static void
json_done(json_t **value)
{
	json_decref(*value);
}

static enum err
json_read(struct op *op, struct bytes text, json_t **out)
{
	json_error_t why;

	*out = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES,
			  &why);
	if (*out == NULL)
		return FAIL(op, ERR_INVALID, "it is no JSON: %.100s", why.text);
	if (!json_is_object(*out))
		return FAIL(op, ERR_INVALID, "it is no object");
	return OK;
}

enum err
transfer_line_read(struct op *op, int fd, const struct transfer_line *line,
		   union transfer_room *out)
{
	CLEANUP(json_done) json_t *json = NULL;
	uint8_t *text = arena_alloc_raw(op->arena, (size_t)line->n + 1);
	enum transfer_kind kind;
	size_t n = 0;

	while (n < line->n) {
		ssize_t got =
			pread(fd, text + n, line->n - n, (off_t)(line->at + n));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return FAIL(op, ERR_DOWN, "reading: %s",
				    got == 0 ? "the file has become shorter"
					     : strerror(errno));
		n += (size_t)got;
	}
	TRY(json_read(op, (struct bytes){ text, n }, &json));
	TRY(transfer_read(op, json, &kind, out));
	if (kind != line->kind)
		return FAIL(op, ERR_DOWN, "the file is another one by now");
	return OK;
}

/* ---- the whole ---- */

struct scanning {
	struct op *op;  /* for what stays */
	struct op page; /* for one line */
	struct transfer_scan out;
	size_t room;
	size_t count[TRANSFER_KINDS];
	size_t line; /* numbers from 1 */
	bool ended;  /* the last line has been there */
};

static struct transfer_line *
line_add(struct scanning *s)
{
	struct transfer_scan *out = &s->out;

	if (out->n == s->room) {
		struct transfer_line *more;

		s->room = s->room == 0 ? ROOM_FIRST : 2 * s->room;
		more = op_alloc(s->op, s->room * sizeof(*more));
		if (out->n > 0)
			memcpy(more, out->line, out->n * sizeof(*more));
		out->line = more;
	}
	return &out->line[out->n++];
}

static const char *
name_of(enum transfer_kind kind, const union transfer_room *room)
{
	if (kind == TRANSFER_DOMAIN)
		return room->domain.name;
	return kind == TRANSFER_MAILBOX ? room->mailbox.address : NULL;
}

static enum err
thing_scan(struct scanning *s, json_t *json, uint64_t at, size_t n)
{
	union transfer_room room;
	enum transfer_kind kind;
	struct transfer_line *line;
	const char *name;

	TRY(transfer_read(&s->page, json, &kind, &room));
	if (s->out.n == TRANSFER_LINES_MAX)
		return FAIL(&s->page, ERR_LIMIT, "more than %d lines",
			    TRANSFER_LINES_MAX);
	name = name_of(kind, &room);
	line = line_add(s);
	*line = (struct transfer_line){
		.at = at,
		.n = (uint32_t)n,
		.line = (uint32_t)s->line,
		.kind = kind,
		.name = name == NULL ? NULL : op_dup(s->op, name),
	};
	s->count[kind]++;
	return OK;
}

static enum err
line_scan(struct scanning *s, struct bytes text, uint64_t at)
{
	CLEANUP(json_done) json_t *json = NULL;

	if (s->ended)
		return FAIL(&s->page, ERR_INVALID,
			    "something follows the last line");
	TRY(json_read(&s->page, text, &json));
	if (s->line == 1)
		return transfer_first_read(&s->page, json);
	if (!transfer_is_last(json))
		return thing_scan(s, json, at, text.n);
	s->ended = true;
	return transfer_last_read(&s->page, json, s->count);
}

static enum err
lines_scan(struct scanning *s, struct reader *r)
{
	struct bytes text;

	for (;;) {
		uint64_t at = r->offset;

		arena_reset(s->page.arena);
		s->line++;
		TRY(reader_line(r, &s->page, &text));
		if (text.p == NULL)
			break;
		TRY(line_scan(s, text, at));
	}
	if (!s->ended)
		return FAIL(&s->page, ERR_INVALID,
			    "it ends before its last line: it was cut off");
	return OK;
}

/* ---- order ---- */

static unsigned
rank(enum transfer_kind kind)
{
	if (kind == TRANSFER_DOMAIN)
		return 0;
	return kind == TRANSFER_MAILBOX ? 1 : 2;
}

static int
line_order(const void *a, const void *b)
{
	const struct transfer_line *one = a, *other = b;
	unsigned first = rank(one->kind), second = rank(other->kind);

	if (first != second)
		return first < second ? -1 : 1;
	return one->line < other->line ? -1 : one->line > other->line;
}

static int
name_order(const void *a, const void *b)
{
	const struct transfer_line *one =
		*(const struct transfer_line *const *)a;
	const struct transfer_line *other =
		*(const struct transfer_line *const *)b;

	return strcmp(one->name, other->name);
}

/* n lines from `from` on, by name; none may be there twice. */
static enum err
index_make(struct op *op, const struct transfer_line *from, size_t n,
	   const struct transfer_line ***out)
{
	const struct transfer_line **index =
		op_alloc(op, (n + 1) * sizeof(struct transfer_line *));

	for (size_t i = 0; i < n; i++)
		index[i] = &from[i];
	if (n > 0)
		qsort(index, n, sizeof(struct transfer_line *), name_order);
	for (size_t i = 1; i < n; i++)
		if (strcmp(index[i - 1]->name, index[i]->name) == 0)
			return FAIL(op, ERR_INVALID, "%s is there twice",
				    index[i]->name);
	*out = index;
	return OK;
}

static enum err
scan_order(struct scanning *s)
{
	struct transfer_scan *out = &s->out;

	out->domains_n = s->count[TRANSFER_DOMAIN];
	out->mailboxes_n = s->count[TRANSFER_MAILBOX];
	if (out->n > 0)
		qsort(out->line, out->n, sizeof(*out->line), line_order);
	TRY(index_make(s->op, out->line, out->domains_n, &out->domain));
	return index_make(s->op, out->line + out->domains_n, out->mailboxes_n,
			  &out->mailbox);
}

static enum err
scan_all(struct scanning *s, int fd)
{
	CLEANUP(reader_done) struct reader reader = { .fd = fd };
	enum err err = lines_scan(s, &reader);

	if (err != OK)
		return FAIL(s->op, err, "line %zu: %s", s->line,
			    s->page.reason);
	return scan_order(s);
}

enum err
transfer_scan_file(struct op *op, int fd, struct transfer_scan *out)
{
	struct scanning s = { .op = op };
	enum err err;

	op_init(&s.page, arena_open(PAGE_KEEP), op->settings, UINT32_MAX);
	err = scan_all(&s, fd);
	arena_close(s.page.arena);
	*out = s.out;
	return err;
}

static const struct transfer_line *
name_find(const struct transfer_line **index, size_t n, const char *name)
{
	const struct transfer_line key = { .name = name };
	const struct transfer_line *const at = &key;
	const struct transfer_line **found =
		n == 0 ? NULL
		       : bsearch(&at, index, n, sizeof(struct transfer_line *),
				 name_order);

	return found == NULL ? NULL : *found;
}

const struct transfer_line *
transfer_scan_domain(const struct transfer_scan *scan, const char *name)
{
	return name_find(scan->domain, scan->domains_n, name);
}

const struct transfer_line *
transfer_scan_mailbox(const struct transfer_scan *scan, const char *address)
{
	return name_find(scan->mailbox, scan->mailboxes_n, address);
}
