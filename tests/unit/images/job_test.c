/* SPDX-License-Identifier: Apache-2.0 */
/* A job without its jail, so that sanitizers can watch it. */
#include "images/job.h"

#include "images.h"
#include "model/image_wire.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM (64 * KIB) /* a request and an answer fit into the sockets */

/* Sends the request, serves it, takes what came back. */
static bool
serve(struct op *op, const struct image_wire_request *r, size_t r_n,
      struct bytes file, struct bytes *out)
{
	int ends[2];
	uint8_t *p = op_alloc(op, ROOM);
	ssize_t n;
	bool good;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(write(ends[0], r, r_n), r_n);
	assert_int_equal(write(ends[0], file.p, file.n), file.n);
	(void)shutdown(ends[0], SHUT_WR);
	good = job_serve(op, ends[1]);
	(void)close(ends[1]);
	n = recv(ends[0], p, ROOM, MSG_WAITALL);
	*out = (struct bytes){ p, n > 0 ? (size_t)n : 0 };
	(void)close(ends[0]);
	return good;
}

static void
a_picture_is_answered_by_its_squares(void **state)
{
	struct op *op = *state;
	struct bytes file = images_file(op, "png-rgb.png"), out;
	const struct image_wire_request r = { .magic = IMAGE_WIRE_MAGIC,
					      .mode = IMAGE_SQUARE,
					      .edges_n = 2,
					      .edges = { 10, 48 },
					      .file_n = file.n };
	struct image_wire_answer head;
	struct image_wire_variant rows[2];
	size_t at = sizeof(head) + sizeof(rows);

	assert_true(serve(op, &r, sizeof(r), file, &out));
	assert_true(out.n > at);
	memcpy(&head, out.p, sizeof(head));
	memcpy(rows, out.p + sizeof(head), sizeof(rows));
	assert_int_equal(head.magic, IMAGE_WIRE_MAGIC);
	assert_int_equal(head.err, OK);
	assert_int_equal(head.variants_n, 2);
	assert_int_equal(head.width, 96);
	assert_int_equal(head.height, 64);
	for (unsigned i = 0; i < 2; i++) {
		struct bytes jpeg = { out.p + at, rows[i].n };

		assert_int_equal(rows[i].edge, r.edges[i]);
		assert_int_equal(images_decode(op, jpeg).width, r.edges[i]);
		at += rows[i].n;
	}
	assert_int_equal(at, out.n);
}

static void
a_refusal_is_answered_by_its_reason(void **state)
{
#define M IMAGE_WIRE_MAGIC
#define S IMAGE_SQUARE
	/* clang-format off */
	static const struct {
		const char *name;
		struct image_wire_request request;
		enum err err;
		const char *why;
	} rows[] = {
		{ "no picture", { M, S, 1, { 48 }, 1 }, ERR_INVALID, "not a picture" },
		{ "another version", { M + 1, S, 1, { 48 }, 1 }, ERR_DOWN, "two versions" },
		{ "no mode", { M, 0, 1, { 48 }, 1 }, ERR_DOWN, "kind 0" },
		{ "the last mode", { M, IMAGE_WHOLE, 1, { 48 }, 1 }, ERR_INVALID, "not a picture" },
		{ "a mode too many", { M, IMAGE_WHOLE + 1, 1, { 48 }, 1 }, ERR_DOWN, "kind 3" },
		{ "no edges", { M, S, 0, { 0 }, 1 }, ERR_DOWN, "0 sizes" },
		{ "as many edges as may be", { M, S, 9, { 1, 2, 3, 4, 5, 6, 7, 8, 648 }, 1 }, ERR_INVALID, "not a picture" },
		{ "too many edges", { M, S, PHOTO_VARIANTS_MAX, { 1 }, 1 }, ERR_DOWN, "10 sizes" },
		{ "millions of edges", { M, S, UINT32_MAX, { 1 }, 1 }, ERR_DOWN, "sizes" },
		{ "an edge too long", { M, S, 1, { 649 }, 1 }, ERR_DOWN, "edge 649" },
		{ "edges that do not rise", { M, S, 2, { 9, 9 }, 1 }, ERR_DOWN, "edge 9" },
		{ "a file too large", { M, S, 1, { 48 }, PHOTO_FILE_MAX + 1 }, ERR_LIMIT, "larger than 64 MiB" },
		{ "a file of nothing", { M, S, 1, { 48 }, 0 }, ERR_INVALID, "empty" },
	};
	/* clang-format on */
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes file = { (const uint8_t *)"?",
				      rows[i].request.file_n == 1 ? 1 : 0 };
		struct image_wire_answer head;
		struct bytes out;
		const char *reason;

		CHECK_ROW(rows[i].name,
			  serve(op, &rows[i].request, sizeof(rows[i].request),
				file, &out));
		CHECK_ROW(rows[i].name, out.n > sizeof(head));
		memcpy(&head, out.p, sizeof(head));
		reason = op_text(op, (const char *)out.p + sizeof(head),
				 out.n - sizeof(head));
		CHECK_ROW(rows[i].name, head.err == (uint32_t)rows[i].err);
		CHECK_ROW(rows[i].name, head.reason_n == strlen(reason));
		CHECK_ROW(rows[i].name, strstr(reason, rows[i].why) != NULL);
	}
}

static void
a_caller_who_stops_short_gets_no_answer(void **state)
{
	const struct image_wire_request r = { M, S, 1, { 48 }, 10 };
	struct op *op = *state;
	struct bytes part = { (const uint8_t *)"123456789", 9 }, out;

	assert_false(serve(op, &r, sizeof(r), part, &out));
	assert_int_equal(out.n, 0);
	part.n = 0;
	assert_false(serve(op, &r, sizeof(r) - 1, part, &out));
	assert_int_equal(out.n, 0);
}

static void
a_caller_who_does_not_listen_is_left(void **state)
{
	const struct image_wire_request r = { M, S, 1, { 48 }, 1 };
	struct op *op = *state;
	int ends[2];

	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(write(ends[0], &r, sizeof(r)), sizeof(r));
	assert_int_equal(write(ends[0], "?", 1), 1);
	(void)close(ends[0]);
	assert_false(job_serve(op, ends[1]));
	job_answer_error(ends[1], ERR_DOWN, "nobody hears it");
	(void)close(ends[1]);
}

static void
a_reason_is_cut_to_its_length(void **state)
{
	struct op *op = *state;
	char *reason = op_alloc(op, 1000);
	struct image_wire_answer head;
	int ends[2];

	memset(reason, 'x', 999);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	job_answer_error(ends[1], ERR_LIMIT, reason);
	assert_int_equal(recv(ends[0], &head, sizeof(head), 0), sizeof(head));
	assert_int_equal(head.err, ERR_LIMIT);
	assert_int_equal(head.reason_n, IMAGE_WIRE_REASON_MAX);
	assert_int_equal(recv(ends[0], reason, 1000, 0), IMAGE_WIRE_REASON_MAX);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_picture_is_answered_by_its_squares),
		UNIT_TEST(a_refusal_is_answered_by_its_reason),
		UNIT_TEST(a_caller_who_stops_short_gets_no_answer),
		UNIT_TEST(a_caller_who_does_not_listen_is_left),
		UNIT_TEST(a_reason_is_cut_to_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
