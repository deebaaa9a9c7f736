/* SPDX-License-Identifier: Apache-2.0 */
/* The whole life of a child of the worker. */
#include "images/job.h"

#include "images/jail.h"
#include "images/picture.h"
#include "model/image_wire.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CALLER STDIN_FILENO

static bool
read_exactly(void *to, size_t n)
{
	uint8_t *p = to;

	while (n > 0) {
		ssize_t got = read(CALLER, p, n);

		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

static bool
write_exactly(const void *from, size_t n)
{
	const uint8_t *p = from;

	while (n > 0) {
		ssize_t put = write(CALLER, p, n);

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

static enum err
serve(struct op *op, struct photo_set *out)
{
	struct image_wire_request request = { 0 };
	struct bytes file;
	uint8_t *p;

	if (!read_exactly(&request, sizeof(request)))
		_exit(JOB_NO_CALLER);
	TRY(check_request(op, &request));
	p = arena_alloc_raw(op->arena, request.file_n);
	if (!read_exactly(p, request.file_n))
		_exit(JOB_NO_CALLER);
	file = (struct bytes){ p, request.file_n };
	return picture_squares(op, file, request.edges, request.edges_n, out);
}

static bool
answer(const struct photo_set *set)
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
	good = write_exactly(&head, sizeof(head)) &&
	       write_exactly(rows, set->n * sizeof(rows[0]));
	for (size_t i = 0; good && i < set->n; i++)
		good = write_exactly(set->variant[i].jpeg.p,
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
job_answer_error(int fd, enum err err, const char *reason)
{
	struct error_answer a;
	size_t n = error_answer_init(&a, err, reason);

	(void)send(fd, &a, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

_Noreturn void
job_run(void)
{
	struct photo_set set = { 0 };
	struct error_answer a;
	struct arena *arena;
	struct op op;
	enum err err;
	bool good;

	if (!jail_enter())
		_exit(JOB_NO_JAIL);
	arena = arena_open(0);
	op_init(&op, arena, NULL, JAIL_WALL_S_MAX * 1000);
	err = serve(&op, &set);
	good = err == OK ? answer(&set)
			 : write_exactly(&a,
					 error_answer_init(&a, err, op.reason));
	_exit(good ? JOB_ANSWERED : JOB_NO_CALLER);
}
