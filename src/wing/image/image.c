/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image wing: asks a worker, and believes nothing of its answer, for that
 * was written by a process which had a stranger's file in its hands.
 */
#include "model/image.h"

#include "base/digest.h"
#include "base/text.h"
#include "model/image_wire.h"
#include "wing/image/link.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM_FD_MIN 4 /* above what the worker is given */

struct image {
	char *socket;  /* NULL: none */
	char *program; /* NULL: none */
	int program_fd;
};

static char *
copy(const char *text)
{
	return text == NULL ? NULL : strdup(text);
}

/* As who we are now, who may be somebody else when it is started. */
static int
program_open(const char *program)
{
	int low = program == NULL ? -1 : open(program, O_PATH | O_CLOEXEC);
	int high;

	if (low < 0)
		return -1;
	high = fcntl(low, F_DUPFD_CLOEXEC, PROGRAM_FD_MIN);
	(void)close(low);
	return high;
}

enum err
image_open(struct op *op, const char *socket, const char *program,
	   struct image **out)
{
	struct image *i = calloc(1, sizeof(*i));

	if (i == NULL)
		return FAIL(op, ERR_DOWN, "image worker: no memory");
	i->socket = copy(socket);
	i->program = copy(program);
	i->program_fd = program_open(program);
	if ((socket != NULL && i->socket == NULL) ||
	    (program != NULL && i->program == NULL)) {
		image_close(i);
		return FAIL(op, ERR_DOWN, "image worker: no memory");
	}
	*out = i;
	return OK;
}

void
image_close(struct image *i)
{
	if (i == NULL)
		return;
	if (i->program_fd >= 0)
		(void)close(i->program_fd);
	free(i->socket);
	free(i->program);
	free(i);
}

static enum err
senseless(struct op *op, const char *what)
{
	return FAIL(op, ERR_DOWN, "image worker: senseless answer: %s", what);
}

/* May a worker say this? Other results are not a picture's fault. */
static bool
is_verdict(uint32_t err)
{
	return err == ERR_INVALID || err == ERR_LIMIT || err == ERR_DOWN ||
	       err == ERR_INTERNAL;
}

static enum err
read_reason(struct link *link, struct op *op,
	    const struct image_wire_answer *head)
{
	char text[IMAGE_WIRE_REASON_MAX];
	const char *reason;

	if (!is_verdict(head->err))
		return senseless(op, "its result");
	if (head->reason_n > sizeof(text))
		return senseless(op, "its reason");
	TRY(link_read(link, op, text, head->reason_n));
	if (!text_utf8((struct bytes){ (uint8_t *)text, head->reason_n }))
		return senseless(op, "its reason");
	reason = op_text(op, text, head->reason_n);
	if (!text_clean(reason))
		return senseless(op, "its reason");
	return FAIL(op, (enum err)head->err, "%s", reason);
}

/* Is the edge one that was asked for, or the picture's own? */
static bool
edge_is_ours(const struct image_wire_request *r, unsigned most, unsigned edge)
{
	for (unsigned i = 0; i < r->edges_n; i++) {
		if (r->edges[i] == edge)
			return edge <= most;
	}
	return edge == most && edge < r->edges[r->edges_n - 1];
}

static enum err
check_head(struct op *op, const struct image_wire_answer *head)
{
	if (head->width == 0 || head->height == 0 ||
	    (uint64_t)head->width * head->height > PHOTO_PIXELS_MAX)
		return senseless(op, "its size");
	if (head->variants_n == 0 || head->variants_n > PHOTO_VARIANTS_MAX)
		return senseless(op, "its number of variants");
	return OK;
}

static enum err
read_rows(struct link *link, struct op *op, const struct image_wire_request *r,
	  struct photo_set *out)
{
	struct image_wire_variant rows[PHOTO_VARIANTS_MAX];
	const bool by_width =
		(out->width < out->height) == (r->mode == IMAGE_SQUARE);
	const unsigned most = by_width ? out->width : out->height;

	TRY(link_read(link, op, rows, out->n * sizeof(rows[0])));
	for (size_t i = 0; i < out->n; i++) {
		struct photo_variant *v = &out->variant[i];

		if (!edge_is_ours(r, most, rows[i].edge) ||
		    (i > 0 && rows[i].edge <= rows[i - 1].edge))
			return senseless(op, "an edge");
		if (rows[i].n == 0 || rows[i].n > IMAGE_WIRE_JPEG_MAX)
			return senseless(op, "the length of a variant");
		v->edge = rows[i].edge;
		v->jpeg.n = rows[i].n;
	}
	return OK;
}

/* Does it begin and end as a JPEG does? */
static bool
is_jpeg(struct bytes b)
{
	return b.n > 4 && b.p[0] == 0xff && b.p[1] == 0xd8 && b.p[2] == 0xff &&
	       b.p[b.n - 2] == 0xff && b.p[b.n - 1] == 0xd9;
}

static enum err
read_answer(struct link *link, struct op *op,
	    const struct image_wire_request *r, struct photo_set *out)
{
	struct image_wire_answer head;

	TRY(link_read(link, op, &head, sizeof(head)));
	if (head.magic != IMAGE_WIRE_MAGIC)
		return senseless(op, "it is of another version");
	if (head.err != OK)
		return read_reason(link, op, &head);
	TRY(check_head(op, &head));
	out->width = head.width;
	out->height = head.height;
	out->n = head.variants_n;
	TRY(read_rows(link, op, r, out));
	for (size_t i = 0; i < out->n; i++) {
		struct bytes *jpeg = &out->variant[i].jpeg;
		uint8_t *p = arena_alloc_raw(op->arena, jpeg->n);

		TRY(link_read(link, op, p, jpeg->n));
		jpeg->p = p;
		if (!is_jpeg(*jpeg))
			return senseless(op, "a variant is no JPEG");
	}
	return OK;
}

static struct image_wire_request
make_request(enum image_mode mode, struct bytes file)
{
	struct image_wire_request r = { .magic = IMAGE_WIRE_MAGIC,
					.mode = mode,
					.file_n = file.n };

	while (r.edges_n < PHOTO_VARIANTS_MAX - 1 &&
	       photo_edges[r.edges_n] != 0) {
		r.edges[r.edges_n] = photo_edges[r.edges_n];
		r.edges_n++;
	}
	return r;
}

static enum err
send_request(struct link *link, struct op *op,
	     const struct image_wire_request *request, struct bytes file)
{
	TRY(link_write(link, op, request, sizeof(*request)));
	return link_write(link, op, file.p, file.n);
}

static enum err
ask(struct image *i, struct op *op, enum image_mode mode, struct bytes file,
    struct photo_set *out)
{
	CLEANUP(link_close) struct link link = LINK_NONE;
	struct image_wire_request request = make_request(mode, file);
	const struct link_program program = { i->program, i->program_fd };
	enum err sent, told;

	TRY(link_open(op, i->socket, &program, &link));
	sent = send_request(&link, op, &request, file);
	/* It may have refused before it had read all of the file. */
	told = read_answer(&link, op, &request, out);
	return told == OK ? sent : told;
}

enum err
image_square(struct image *i, struct op *op, struct bytes file,
	     struct photo_set *out)
{
	if (file.n == 0)
		return FAIL(op, ERR_INVALID, "the file is empty");
	if (file.n > PHOTO_FILE_MAX)
		return FAIL(op, ERR_LIMIT, "the file is larger than %zu MiB",
			    PHOTO_FILE_MAX / MIB);
	TRY(op_wait(op, POOL_IMAGE));
	*out = (struct photo_set){ 0 };
	TRY(ask(i, op, IMAGE_SQUARE, file, out));
	digest_sha256(file, out->source);
	return OK;
}

/* The one with more pixels; of two that have as many always the same one,
 * whatever order they came in. */
static bool
is_better(const struct photo_set *a, const struct photo_set *b)
{
	uint64_t a_n = (uint64_t)a->width * a->height;
	uint64_t b_n = (uint64_t)b->width * b->height;

	if (a_n != b_n)
		return a_n > b_n;
	return memcmp(a->source, b->source, sizeof(a->source)) < 0;
}

/* Each has a process of its own: what one does to its decoder is no harm to
 * the others. */
enum err
image_whole(struct image *i, struct op *op, const struct person_picture *of,
	    size_t n, struct photo_set *out)
{
	unsigned rank = 0;
	bool found = false;

	TRY(op_wait(op, POOL_IMAGE));
	op->reason = "the directory has no picture";
	for (size_t k = 0; k < n && !(found && of[k].rank > rank); k++) {
		struct bytes file = of[k].bytes;
		struct photo_set one = { 0 };
		enum err err;

		if (file.n == 0 || file.n > PERSON_PICTURE_MAX)
			continue;
		err = ask(i, op, IMAGE_WHOLE, file, &one);
		if (err == ERR_INVALID || err == ERR_LIMIT)
			continue;
		TRY(err);
		digest_sha256(file, one.source);
		if (!found || is_better(&one, out))
			*out = one;
		found = true;
		rank = of[k].rank;
	}
	return found ? OK : ERR_INVALID;
}

enum err
image_ping(struct image *i, struct op *op)
{
	if (i->socket != NULL && link_listens(i->socket))
		return OK;
	if (i->program != NULL && access(i->program, X_OK) == 0)
		return OK;
	return FAIL(op, ERR_DOWN, "no image worker runs%s%s",
		    i->socket == NULL ? "" : " at ",
		    i->socket == NULL ? "" : i->socket);
}
