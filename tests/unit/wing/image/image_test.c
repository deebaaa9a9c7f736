/* SPDX-License-Identifier: Apache-2.0 */
/* The wing against workers that were taken over: nothing they say is believed
 * that was not asked for. */
#include "worker.h"

#include <pthread.h>
#include <stddef.h>

#define EDGES_MAX 9 /* codes of a picture of 700 x 900 */

/* What a worker would say of a picture of 700 x 900, to be spoilt. */
struct answer {
	struct image_wire_answer head;
	struct image_wire_variant rows[PHOTO_VARIANTS_MAX + 1];
	const char *reason;
	size_t keep; /* bytes sent; 0: all */
	bool no_jpeg;
};

#define SMALL_JPEG "\xff\xd8\xff\xdb\xff\xd9"
#define SMALL_JPEG_N 6

static struct answer
good_answer(void)
{
	struct answer a = { .head = { .magic = IMAGE_WIRE_MAGIC,
				      .variants_n = EDGES_MAX,
				      .width = 700,
				      .height = 900 } };

	for (unsigned i = 0; i < EDGES_MAX; i++)
		a.rows[i] = (struct image_wire_variant){ photo_edges[i],
							 SMALL_JPEG_N };
	return a;
}

static struct answer
refusal(void)
{
	static const char reason[] = "it is too blue";

	return (struct answer){ .head = { .magic = IMAGE_WIRE_MAGIC,
					  .err = ERR_INVALID,
					  .reason_n = sizeof(reason) - 1 },
				.reason = reason };
}

/* The answer as bytes. */
static size_t
answer_bytes(const struct answer *a, uint8_t *to)
{
	size_t n = sizeof(a->head);

	memcpy(to, &a->head, n);
	if (a->reason != NULL) {
		memcpy(to + n, a->reason, a->head.reason_n);
		n += a->head.reason_n;
	}
	if (a->head.err == OK && a->head.variants_n <= PHOTO_VARIANTS_MAX + 1) {
		memcpy(to + n, a->rows,
		       a->head.variants_n * sizeof(a->rows[0]));
		n += a->head.variants_n * sizeof(a->rows[0]);
		for (unsigned i = 0; i < a->head.variants_n; i++) {
			size_t jpeg_n = a->rows[i].n;

			if (jpeg_n < SMALL_JPEG_N ||
			    jpeg_n > IMAGE_WIRE_JPEG_MAX)
				continue;
			memset(to + n, 0, jpeg_n);
			memcpy(to + n, SMALL_JPEG, 4);
			memcpy(to + n + jpeg_n - 2, "\xff\xd9", 2);
			if (a->no_jpeg)
				to[n + jpeg_n - 1] = 0;
			n += jpeg_n;
		}
	}
	return a->keep > 0 ? a->keep : n;
}

/* ---- a worker that was taken over: takes one request, says its answer ---- */

struct impostor {
	int listener;
	uint8_t *bytes;
	size_t n;
};

static void *
impostor_run(void *self)
{
	struct impostor *m = self;
	int fd = accept(m->listener, NULL, NULL);
	uint8_t request[sizeof(struct image_wire_request) + 4];

	(void)recv(fd, request, sizeof(request), MSG_WAITALL);
	(void)send(fd, m->bytes, m->n, MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
	(void)close(fd);
	return NULL;
}

/* What the wing makes of this answer. */
static enum err
ask(struct op *op, const struct answer *answer, struct photo_set *out)
{
	const struct bytes file = { (const uint8_t *)"file", 4 };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct impostor impostor;
	struct image *image;
	struct worker w;
	pthread_t thread;
	enum err err;

	worker_folder(&w);
	impostor.bytes = op_alloc(op, 2 * IMAGE_WIRE_JPEG_MAX);
	impostor.n = answer_bytes(answer, impostor.bytes);
	impostor.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", w.socket);
	assert_int_equal(
		bind(impostor.listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(impostor.listener, 1), 0);
	assert_int_equal(pthread_create(&thread, NULL, impostor_run, &impostor),
			 0);
	assert_int_equal(image_open(op, w.socket, NULL, &image), OK);
	err = image_square(image, op, file, out);
	assert_int_equal(pthread_join(thread, NULL), 0);
	image_close(image);
	(void)close(impostor.listener);
	worker_done(&w);
	return err;
}

/* ---- the ways to lie ---- */

enum field { MAGIC, ERR, REASON_N, VARIANTS, WIDTH, HEIGHT };

/* clang-format off */
static const struct {
	const char *name;
	enum field field;
	uint32_t value;
	enum err err;
} heads[] = {
	{ "as it should be", ERR, OK, OK },
	{ "another version", MAGIC, IMAGE_WIRE_MAGIC + 1, ERR_DOWN },
	{ "no such result", ERR, 99, ERR_DOWN },
	{ "a result that makes no sense", ERR, ERR_WAIT, ERR_DOWN },
	{ "not found, of a picture", ERR, ERR_NOT_FOUND, ERR_DOWN },
	{ "no variants", VARIANTS, 0, ERR_DOWN },
	{ "too many variants", VARIANTS, PHOTO_VARIANTS_MAX + 1, ERR_DOWN },
	{ "millions of variants", VARIANTS, UINT32_MAX, ERR_DOWN },
	{ "no width", WIDTH, 0, ERR_DOWN },
	{ "no height", HEIGHT, 0, ERR_DOWN },
	{ "more pixels than may be", HEIGHT, UINT32_MAX, ERR_DOWN },
	{ "less height than the largest variant", HEIGHT, 647, ERR_DOWN },
	{ "the least height", HEIGHT, 648, OK },
};

static const struct {
	const char *name;
	unsigned row;
	uint32_t edge, n;
	enum err err;
} variants[] = {
	{ "an edge that nobody asked for", 1, 65, SMALL_JPEG_N, ERR_DOWN },
	{ "an edge of nothing", 0, 0, SMALL_JPEG_N, ERR_DOWN },
	{ "an edge twice", 1, 48, SMALL_JPEG_N, ERR_DOWN },
	{ "edges that fall", 8, 120, SMALL_JPEG_N, ERR_DOWN },
	{ "its own edge beyond the last", 8, 700, SMALL_JPEG_N, ERR_DOWN },
	{ "no bytes", 3, 120, 0, ERR_DOWN },
	{ "the most bytes", 8, 648, IMAGE_WIRE_JPEG_MAX, OK },
	{ "a byte more", 8, 648, IMAGE_WIRE_JPEG_MAX + 1, ERR_DOWN },
};

static const struct {
	const char *name;
	const char *reason;
	uint32_t n;
	enum err said, err;
} reasons[] = {
	{ "a sound reason", "it is too blue", 14, ERR_INVALID, ERR_INVALID },
	{ "a limit", "it is too large", 15, ERR_LIMIT, ERR_LIMIT },
	{ "the worker is down", "no memory", 9, ERR_DOWN, ERR_DOWN },
	{ "no reason", "", 0, ERR_INVALID, ERR_INVALID },
	{ "not UTF-8", "it is \xff", 7, ERR_INVALID, ERR_DOWN },
	{ "a line of a log", "x\n{\"faked\"}\x1b[2J", 15, ERR_INVALID, ERR_DOWN },
	{ "NUL inside", "it\0is", 5, ERR_INVALID, ERR_DOWN },
};
/* clang-format on */

static void
a_head_is_checked_number_by_number(void **state)
{
	static const size_t at[] = {
		[MAGIC] = offsetof(struct image_wire_answer, magic),
		[ERR] = offsetof(struct image_wire_answer, err),
		[REASON_N] = offsetof(struct image_wire_answer, reason_n),
		[VARIANTS] = offsetof(struct image_wire_answer, variants_n),
		[WIDTH] = offsetof(struct image_wire_answer, width),
		[HEIGHT] = offsetof(struct image_wire_answer, height),
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(heads); i++) {
		struct answer a = good_answer();
		struct photo_set set;

		memcpy((uint8_t *)&a.head + at[heads[i].field], &heads[i].value,
		       sizeof(heads[i].value));
		CHECK_ROW(heads[i].name, ask(op, &a, &set) == heads[i].err);
	}
}

static void
variants_are_those_that_were_asked_for(void **state)
{
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(variants); i++) {
		struct answer a = good_answer();
		struct photo_set set;

		a.rows[variants[i].row] =
			(struct image_wire_variant){ variants[i].edge,
						     variants[i].n };
		CHECK_ROW(variants[i].name,
			  ask(op, &a, &set) == variants[i].err);
	}
}

static void
a_small_picture_may_come_in_its_own_size(void **state)
{
	struct op *op = *state;
	struct answer a = good_answer();
	struct photo_set set;

	a.head.width = 100;
	a.head.variants_n = 2;
	a.rows[1].edge = 100;
	assert_int_equal(ask(op, &a, &set), OK);
	assert_int_equal(set.n, 2);
	assert_int_equal(set.variant[1].edge, 100);
	a.rows[1].edge = 99; /* neither a code nor its own */
	assert_int_equal(ask(op, &a, &set), ERR_DOWN);
	a.rows[1].edge = 120; /* a code, but larger than the picture */
	assert_int_equal(ask(op, &a, &set), ERR_DOWN);
}

static void
reasons_are_shown_only_when_they_are_text(void **state)
{
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(reasons); i++) {
		struct answer a = refusal();
		struct photo_set set;

		a.head.err = reasons[i].said;
		a.head.reason_n = reasons[i].n;
		a.reason = reasons[i].reason;
		CHECK_ROW(reasons[i].name, ask(op, &a, &set) == reasons[i].err);
		CHECK_ROW(reasons[i].name,
			  reasons[i].err == ERR_DOWN ||
				  strcmp(op->reason, reasons[i].reason) == 0);
	}
}

static void
a_reason_has_a_length(void **state)
{
	struct op *op = *state;
	struct answer a = refusal();
	struct photo_set set;
	char text[IMAGE_WIRE_REASON_MAX + 1];

	memset(text, 'x', sizeof(text));
	a.reason = text;
	a.head.reason_n = IMAGE_WIRE_REASON_MAX;
	assert_int_equal(ask(op, &a, &set), ERR_INVALID);
	a.head.reason_n++;
	assert_int_equal(ask(op, &a, &set), ERR_DOWN);
}

static void
what_is_no_jpeg_is_not_taken_for_one(void **state)
{
	struct op *op = *state;
	struct answer a = good_answer();
	struct photo_set set;

	a.no_jpeg = true;
	assert_int_equal(ask(op, &a, &set), ERR_DOWN);
	assert_non_null(strstr(op->reason, "no JPEG"));
}

/* Cut anywhere, also before its first byte. */
static void
an_answer_that_stops_short_is_none(void **state)
{
	struct op *op = *state;
	struct answer a = good_answer();
	struct photo_set set;
	uint8_t whole[1024];
	size_t n = answer_bytes(&a, whole);

	for (a.keep = 1; a.keep < n; a.keep += 13)
		assert_int_equal(ask(op, &a, &set), ERR_DOWN);
	assert_non_null(strstr(op->reason, "ended without an answer"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_head_is_checked_number_by_number),
		UNIT_TEST(variants_are_those_that_were_asked_for),
		UNIT_TEST(a_small_picture_may_come_in_its_own_size),
		UNIT_TEST(reasons_are_shown_only_when_they_are_text),
		UNIT_TEST(a_reason_has_a_length),
		UNIT_TEST(what_is_no_jpeg_is_not_taken_for_one),
		UNIT_TEST(an_answer_that_stops_short_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
