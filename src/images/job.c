/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a child of the worker does. It trusts its caller little: whoever can
 * connect may ask, and asks for variants, never for more.
 */
#include "images/job.h"

#include "images/picture.h"
#include "model/image_wire.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool
read_exactly(int caller, void *to, size_t n)
{
	uint8_t *p = to;

	while (n > 0) {
		ssize_t got = read(caller, p, n);

		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

static bool
write_exactly(int caller, const void *from, size_t n)
{
	const uint8_t *p = from;

	while (n > 0) {
		ssize_t put = write(caller, p, n);

		if (put <= 0)
			return false;
		p += put;
		n -= (size_t)put;
	}
	return true;
}

static enum err
check_request(struct op *op, const struct image_wire_request *r)
{
	if (r->magic != IMAGE_WIRE_MAGIC)
		return FAIL(
			op, ERR_DOWN,
			"frontdesk and frontdesk-image are of two versions");
	if (r->mode != IMAGE_SQUARE && r->mode != IMAGE_WHOLE)
		return FAIL(op, ERR_DOWN, "a request of kind %u", r->mode);
	if (r->edges_n == 0 || r->edges_n >= PHOTO_VARIANTS_MAX)
		return FAIL(op, ERR_DOWN, "a request for %u sizes", r->edges_n);
	for (unsigned i = 0; i < r->edges_n; i++) {
		if (r->edges[i] == 0 || r->edges[i] > PHOTO_EDGE_MAX ||
		    (i > 0 && r->edges[i] <= r->edges[i - 1]))
			return FAIL(op, ERR_DOWN, "a request for edge %u",
				    r->edges[i]);
	}
	if (r->file_n > PHOTO_FILE_MAX)
		return FAIL(op, ERR_LIMIT, "the file is larger than %zu MiB",
			    PHOTO_FILE_MAX / MIB);
	return OK;
}

/* ERR_UNKNOWN: the caller went away. */
static enum err
read_request(struct op *op, int caller, struct image_wire_request *request,
	     struct bytes *file)
{
	uint8_t *p;

	if (!read_exactly(caller, request, sizeof(*request)))
		return ERR_UNKNOWN;
	TRY(check_request(op, request));
	p = arena_alloc_raw(op->arena, request->file_n);
	if (!read_exactly(caller, p, request->file_n))
		return ERR_UNKNOWN;
	*file = (struct bytes){ p, request->file_n };
	return OK;
}

static enum err
serve(struct op *op, int caller, struct photo_set *out)
{
	struct image_wire_request request = { 0 };
	struct bytes file = { 0 };

	TRY(read_request(op, caller, &request, &file));
	return picture_variants(op, request.mode, file, request.edges,
				request.edges_n, out);
}

static bool
answer(int caller, const struct photo_set *set)
{
	struct image_wire_answer head = {
		.magic = IMAGE_WIRE_MAGIC,
		.err = OK,
		.variants_n = (uint32_t)set->n,
		.width = set->width,
		.height = set->height,
	};
	struct image_wire_variant rows[PHOTO_VARIANTS_MAX] = { 0 };
	bool good;

	for (size_t i = 0; i < set->n; i++) {
		rows[i].edge = set->variant[i].edge;
		rows[i].n = (uint32_t)set->variant[i].jpeg.n;
	}
	good = write_exactly(caller, &head, sizeof(head)) &&
	       write_exactly(caller, rows, set->n * sizeof(rows[0]));
	for (size_t i = 0; good && i < set->n; i++)
		good = write_exactly(caller, set->variant[i].jpeg.p,
				     set->variant[i].jpeg.n);
	return good;
}

/* An error's answer in one piece. */
struct error_answer {
	struct image_wire_answer head;
	char reason[IMAGE_WIRE_REASON_MAX];
};

static size_t
error_answer_init(struct error_answer *a, enum err err, const char *reason)
{
	size_t n = strnlen(reason, sizeof(a->reason));

	*a = (struct error_answer){ .head = {
					    .magic = IMAGE_WIRE_MAGIC,
					    .err = err,
					    .reason_n = (uint32_t)n,
				    } };
	memcpy(a->reason, reason, n);
	return sizeof(a->head) + n;
}

void
job_answer_error(int caller, enum err err, const char *reason)
{
	struct error_answer a;
	size_t n = error_answer_init(&a, err, reason);

	(void)send(caller, &a, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool
job_serve(struct op *op, int caller)
{
	struct photo_set set = { 0 };
	struct error_answer a;
	enum err err = serve(op, caller, &set);

	if (err == ERR_UNKNOWN)
		return false;
	if (err == OK)
		return answer(caller, &set);
	return write_exactly(caller, &a,
			     error_answer_init(&a, err, op->reason));
}
