/* SPDX-License-Identifier: Apache-2.0 */
/* The wing and the real worker, both ways, and what may befall them. */
#include "worker.h"

#include "base/digest.h"

static struct image *
image_of(struct op *op, const char *socket, const char *program)
{
	struct image *i;

	assert_int_equal(image_open(op, socket, program, &i), OK);
	return i;
}

static enum err
square(struct op *op, const struct worker *w, struct bytes file,
       struct photo_set *out)
{
	struct image *i = image_of(op, w->socket, NULL);
	enum err err = image_square(i, op, file, out);

	image_close(i);
	return err;
}

static bool
serves(struct op *op, const struct worker *w)
{
	struct photo_set set;

	if (square(op, w, worker_file(op, "png-rgb.png"), &set) == OK)
		return set.n == 2;
	print_error("not served: %s\n", op->reason);
	return false;
}

static void
check_portrait(struct op *op, enum err err, struct bytes file,
	       const struct photo_set *set)
{
	uint8_t sum[DIGEST_SIZE];

	if (err != OK)
		fail_msg("%s", op->reason);
	digest_sha256(file, sum);
	assert_memory_equal(set->source, sum, sizeof(sum));
	assert_int_equal(set->width, 1600);
	assert_int_equal(set->height, 2000);
	assert_int_equal(set->n, 9);
	for (size_t i = 0; i < set->n; i++)
		assert_int_equal(set->variant[i].edge, photo_edges[i]);
}

static void
a_listening_worker_makes_nine_squares(void **state)
{
	struct op *op = *state;
	struct bytes file = worker_file(op, "photo-1600.jpg");
	struct photo_set set;
	struct worker w;
	struct stat st;
	enum err err;

	worker_folder(&w);
	worker_start(&w, "2");
	assert_int_equal(stat(w.socket, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	err = square(op, &w, file, &set);
	check_portrait(op, err, file, &set);
	assert_int_equal(worker_stop(&w), 0);
	worker_done(&w);
}

static void
without_one_a_worker_is_started_for_the_picture(void **state)
{
	struct op *op = *state;
	struct bytes file = worker_file(op, "photo-1600.jpg");
	struct image *alone = image_of(op, NULL, WORKER);
	struct image *orphan = image_of(op, "/nowhere/socket", WORKER);
	struct photo_set set;

	check_portrait(op, image_square(alone, op, file, &set), file, &set);
	check_portrait(op, image_square(orphan, op, file, &set), file, &set);
	assert_int_equal(
		image_square(alone, op, worker_file(op, "refused.heic"), &set),
		ERR_INVALID);
	assert_non_null(strstr(op->reason, "HEIC pictures are not supported"));
	image_close(alone);
	image_close(orphan);
}

static void
without_any_worker_the_wing_is_down(void **state)
{
	/* clang-format off */
	static const struct { const char *socket, *program; } rows[] = {
		{ NULL, NULL },
		{ "/nowhere/socket", NULL },
		{ NULL, "/nowhere/frontdesk-image" },
		{ "/nowhere/socket", "/nowhere/frontdesk-image" },
		{ "/a/name/that/is/longer/than/the/one/hundred/and/seven/bytes/that/a/"
		  "socket/may/have/for/its/name/on/this/system/here", NULL },
	};
	/* clang-format on */
	struct op *op = *state;
	struct bytes file = worker_file(op, "png-rgb.png");

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct image *image =
			image_of(op, rows[i].socket, rows[i].program);
		struct photo_set set;

		assert_int_equal(image_square(image, op, file, &set), ERR_DOWN);
		assert_int_equal(image_ping(image, op), ERR_DOWN);
		image_close(image);
	}
}

static void
a_program_that_is_no_worker_is_down(void **state)
{
	struct op *op = *state;
	struct image *image = image_of(op, NULL, "/bin/true");
	struct photo_set set;

	assert_int_equal(image_square(image, op,
				      worker_file(op, "photo-1600.jpg"), &set),
			 ERR_DOWN);
	image_close(image);
}

static void
ping_tells_if_somebody_is_there(void **state)
{
	struct op *op = *state;
	struct image *i;
	struct worker w;

	worker_folder(&w);
	i = image_of(op, w.socket, NULL);
	op->may_wait = false; /* it never waits */
	assert_int_equal(image_ping(i, op), ERR_DOWN);
	worker_start(&w, "1");
	assert_int_equal(image_ping(i, op), OK);
	assert_int_equal(worker_stop(&w), 0);
	assert_int_equal(image_ping(i, op), ERR_DOWN);
	image_close(i);
	i = image_of(op, NULL, WORKER);
	assert_int_equal(image_ping(i, op), OK);
	image_close(i);
	worker_done(&w);
}

/* ---- bad files ---- */

/* A PNG of zeros, of 400 megapixels; its data would inflate for ever. */
static struct bytes
png_bomb(struct op *op)
{
	static const uint8_t size[] = { 0, 0, 0x4e, 0x20, 0, 0, 0x4e, 0x20 };
	struct bytes file = worker_file(op, "png-rgb.png");
	uint8_t *p = op_alloc(op, file.n);
	uint32_t sum;

	memcpy(p, file.p, file.n);
	memcpy(p + 16, size, sizeof(size));
	sum = digest_crc(0, (struct bytes){ p + 12, 17 });
	for (unsigned i = 0; i < 4; i++)
		p[29 + i] = (uint8_t)(sum >> (24 - 8 * i));
	return (struct bytes){ p, file.n };
}

static struct bytes
jpeg_bomb(struct op *op)
{
	struct bytes file = worker_file(op, "jpeg-baseline.jpg");
	uint8_t *p = op_alloc(op, file.n), *sof;

	memcpy(p, file.p, file.n);
	sof = memmem(p, file.n, "\xff\xc0", 2);
	assert_non_null(sof);
	memset(sof + 5, 0xff, 4);
	return (struct bytes){ p, file.n };
}

/* The file's last scan, over and over again. */
static struct bytes
scan_bomb(struct op *op)
{
	struct bytes file = worker_file(op, "jpeg-progressive.jpg");
	const uint8_t *last = file.p + file.n;
	uint8_t *p = op_alloc(op, MIB);
	size_t n, head;

	while (last[0] != 0xff || last[1] != 0xda)
		last--;
	n = file.n - 2 - (size_t)(last - file.p);
	head = file.n - 2;
	memcpy(p, file.p, head);
	while (head + n < MIB - 2) {
		memcpy(p + head, last, n);
		head += n;
	}
	memcpy(p + head, "\xff\xd9", 2);
	return (struct bytes){ p, head + 2 };
}

static struct bytes
half(struct op *op)
{
	struct bytes file = worker_file(op, "photo-1600.jpg");

	file.n /= 2;
	return file;
}

static struct bytes
archive_too(struct op *op)
{
	struct bytes file = worker_file(op, "jpeg-baseline.jpg");
	uint8_t *p = op_alloc(op, file.n + 22);

	memcpy(p, file.p, file.n);
	memcpy(p + file.n, "PK\5\6", 4);
	return (struct bytes){ p, file.n + 22 };
}

/* As large as a file may be, and no picture. */
static struct bytes
largest(struct op *op)
{
	static uint8_t file[PHOTO_FILE_MAX];

	(void)op;
	return (struct bytes){ file, sizeof(file) };
}

static struct bytes
largest_and_one(struct op *op)
{
	struct bytes file = largest(op);

	file.n++; /* never read */
	return file;
}

static struct bytes
nothing(struct op *op)
{
	(void)op;
	return (struct bytes){ (const uint8_t *)"", 0 };
}

/* clang-format off */
static const struct {
	const char *name;
	struct bytes (*make)(struct op *op);
	enum err err;
	const char *why;
} bad_files[] = {
	{ "a PNG of 20,000 x 20,000", png_bomb, ERR_LIMIT, "64 megapixels" },
	{ "a JPEG of 65,535 x 65,535", jpeg_bomb, ERR_INVALID, "65500" },
	{ "thousands of scans", scan_bomb, ERR_INVALID, "progression" },
	{ "half of a file", half, ERR_INVALID, "damaged" },
	{ "an archive too", archive_too, ERR_INVALID, "an archive in one" },
	{ "as large as may be", largest, ERR_INVALID, "not a picture" },
	{ "a byte more", largest_and_one, ERR_LIMIT, "larger than 64 MiB" },
	{ "nothing", nothing, ERR_INVALID, "empty" },
};
/* clang-format on */

static void
bad_files_are_refused_and_the_next_is_served(void **state)
{
	struct op *op = *state;
	struct worker w;

	worker_folder(&w);
	worker_start(&w, "1");
	for (size_t i = 0; i < COUNT(bad_files); i++) {
		const char *name = bad_files[i].name;
		struct photo_set set;
		enum err err = square(op, &w, bad_files[i].make(op), &set);

		CHECK_ROW(name, err == bad_files[i].err);
		CHECK_ROW(name, strstr(op->reason, bad_files[i].why) != NULL);
		CHECK_ROW(name, serves(op, &w));
	}
	assert_int_equal(worker_stop(&w), 0);
	worker_done(&w);
}

static void
waiting_is_left_to_the_pool_but_not_refusing(void **state)
{
	struct op *op = *state;
	struct image *i = image_of(op, NULL, WORKER);
	struct photo_set set;

	op->may_wait = false;
	assert_int_equal(
		image_square(i, op, worker_file(op, "png-rgb.png"), &set),
		ERR_WAIT);
	assert_int_equal(op->wait_for, POOL_IMAGE);
	assert_int_equal(image_square(i, op, largest_and_one(op), &set),
			 ERR_LIMIT);
	assert_int_equal(image_square(i, op, nothing(op), &set), ERR_INVALID);
	image_close(i);
}

/* ---- what befalls the worker ---- */

/* A caller who begins a request and does not end it: its place is taken. */
static int
stall(struct worker *w)
{
	const struct image_wire_request r = { .magic = IMAGE_WIRE_MAGIC,
					      .mode = IMAGE_SQUARE,
					      .edges_n = 1,
					      .edges = { 48 },
					      .file_n = 10 };
	int fd = worker_connect(w);

	assert_int_equal(write(fd, &r, sizeof(r)), sizeof(r));
	assert_true(worker_await(worker_has_child, w));
	return fd;
}

/* What a caller is told at last; ERR_UNKNOWN: the connection was closed. */
static enum err
told(int fd)
{
	struct image_wire_answer a;
	ssize_t n = recv(fd, &a, sizeof(a), MSG_WAITALL);

	(void)close(fd);
	if (n != sizeof(a))
		return ERR_UNKNOWN;
	assert_int_equal(a.magic, IMAGE_WIRE_MAGIC);
	return (enum err)a.err;
}

static void
a_killed_picture_is_answered_for_and_disturbs_nobody(void **state)
{
	/* clang-format off */
	static const struct { const char *name; int signal; enum err err; } rows[] = {
		{ "kill -9", SIGKILL, ERR_DOWN },
		{ "kill", SIGTERM, ERR_DOWN },
		{ "too much work", SIGXCPU, ERR_LIMIT },
		{ "too much time", SIGALRM, ERR_LIMIT },
		{ "a forbidden call", SIGSYS, ERR_INVALID },
		{ "a wild pointer", SIGSEGV, ERR_INVALID },
		{ "no memory for an op", SIGABRT, ERR_INVALID },
	};
	/* clang-format on */
	struct op *op = *state;
	struct worker w;

	worker_folder(&w);
	worker_start(&w, "2");
	for (size_t i = 0; i < COUNT(rows); i++) {
		int fd = stall(&w);
		pid_t child = worker_child(&w);

		CHECK_ROW(rows[i].name, serves(op, &w)); /* beside it */
		assert_true(worker_await(worker_has_child, &w));
		assert_int_equal(kill(child, rows[i].signal), 0);
		CHECK_ROW(rows[i].name, told(fd) == rows[i].err);
		CHECK_ROW(rows[i].name, serves(op, &w)); /* after it */
		assert_true(worker_await(worker_has_no_child, &w));
	}
	assert_int_equal(worker_stop(&w), 0);
	worker_done(&w);
}

static void
callers_wait_while_all_places_are_taken(void **state)
{
	struct op *op = *state;
	struct op hurried = *op;
	struct photo_set set;
	struct worker w;
	int fd;

	worker_folder(&w);
	worker_start(&w, "1");
	fd = stall(&w);
	op_init(&hurried, op->arena, NULL, 200);
	hurried.may_wait = true;
	assert_int_equal(
		square(&hurried, &w, worker_file(op, "png-rgb.png"), &set),
		ERR_DOWN);
	assert_non_null(strstr(hurried.reason, "no answer in time"));
	(void)close(fd);
	assert_true(serves(op, &w));
	assert_int_equal(worker_stop(&w), 0);
	worker_done(&w);
}

static void
sigterm_lets_a_picture_at_work_be_finished(void **state)
{
	struct worker w;
	int fd, status;

	(void)state;
	worker_folder(&w);
	worker_start(&w, "2");
	fd = stall(&w);
	assert_int_equal(kill(w.pid, SIGTERM), 0);
	assert_true(worker_await(worker_is_silent, &w));
	assert_int_equal(waitpid(w.pid, &status, WNOHANG), 0);
	assert_int_equal(write(fd, "no picture", 10), 10);
	assert_int_equal(told(fd), ERR_INVALID);
	assert_int_equal(waitpid(w.pid, &status, 0), w.pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	w.pid = 0;
	worker_done(&w);
}

static void
a_killed_worker_takes_its_pictures_with_it(void **state)
{
	struct op *op = *state;
	struct worker w;
	int fd;

	worker_folder(&w);
	worker_start(&w, "2");
	fd = stall(&w);
	assert_int_equal(kill(w.pid, SIGKILL), 0);
	assert_int_equal(waitpid(w.pid, NULL, 0), w.pid);
	assert_int_equal(told(fd), ERR_UNKNOWN); /* the last end is closed */
	worker_start(&w, "2"); /* at once, over the old socket */
	assert_true(serves(op, &w));
	assert_int_equal(worker_stop(&w), 0);
	worker_done(&w);
}

static void
a_worker_dies_with_whoever_started_it(void **state)
{
	const char *argv[] = { "frontdesk-image", "--listen", NULL, NULL };
	struct worker w;
	pid_t parent;

	(void)state;
	worker_folder(&w);
	argv[2] = w.socket;
	parent = fork();
	assert_true(parent >= 0);
	if (parent == 0) {
		(void)worker_spawn(argv);
		for (;;)
			(void)pause();
	}
	assert_true(worker_await(worker_answers, &w));
	assert_int_equal(kill(parent, SIGKILL), 0);
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	assert_true(worker_await(worker_is_silent, &w));
	worker_done(&w);
}

/* ---- what the worker is asked ---- */

static void
senseless_requests_are_refused(void **state)
{
#define M IMAGE_WIRE_MAGIC
#define S IMAGE_SQUARE
	/* clang-format off */
	static const struct {
		const char *name;
		struct image_wire_request request;
		enum err err;
	} rows[] = {
		{ "another version", { M + 1, S, 1, { 48 }, 1 }, ERR_DOWN },
		{ "no mode", { M, 0, 1, { 48 }, 1 }, ERR_DOWN },
		{ "no edges", { M, S, 0, { 0 }, 1 }, ERR_DOWN },
		{ "too many edges", { M, S, PHOTO_VARIANTS_MAX, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, 1 }, ERR_DOWN },
		{ "as many edges as may be", { M, S, 9, { 1, 2, 3, 4, 5, 6, 7, 8, 648 }, 1 }, ERR_INVALID },
		{ "an edge of nothing", { M, S, 1, { 0 }, 1 }, ERR_DOWN },
		{ "an edge too long", { M, S, 1, { 649 }, 1 }, ERR_DOWN },
		{ "edges that fall", { M, S, 2, { 9, 8 }, 1 }, ERR_DOWN },
		{ "an edge twice", { M, S, 2, { 9, 9 }, 1 }, ERR_DOWN },
		{ "a file too large", { M, S, 1, { 48 }, PHOTO_FILE_MAX + 1 }, ERR_LIMIT },
		{ "a file of nothing", { M, S, 1, { 48 }, 0 }, ERR_INVALID },
	};
	/* clang-format on */
	struct op *op = *state;
	struct worker w;

	worker_folder(&w);
	worker_start(&w, "1");
	for (size_t i = 0; i < COUNT(rows); i++) {
		int fd = worker_connect(&w);

		assert_int_equal(
			write(fd, &rows[i].request, sizeof(rows[i].request)),
			sizeof(rows[i].request));
		if (rows[i].request.file_n == 1)
			(void)send(fd, "?", 1, MSG_NOSIGNAL);
		CHECK_ROW(rows[i].name, told(fd) == rows[i].err);
		CHECK_ROW(rows[i].name, serves(op, &w));
	}
	assert_int_equal(worker_stop(&w), 0);
	worker_done(&w);
}

static void
callers_who_go_away_harm_nothing(void **state)
{
	struct op *op = *state;
	struct bytes file = worker_file(op, "photo-1600.jpg");
	struct image_wire_request r = { .magic = IMAGE_WIRE_MAGIC,
					.mode = IMAGE_WHOLE,
					.edges_n = 1,
					.edges = { 648 },
					.file_n = file.n };
	struct worker w;
	int fd;

	worker_folder(&w);
	worker_start(&w, "1");
	(void)close(worker_connect(&w)); /* before a word */
	fd = worker_connect(&w);         /* in the head */
	assert_int_equal(write(fd, &r, 5), 5);
	(void)close(fd);
	fd = worker_connect(&w); /* in the file */
	assert_int_equal(write(fd, &r, sizeof(r)), sizeof(r));
	assert_int_equal(write(fd, file.p, 1000), 1000);
	(void)close(fd);
	fd = worker_connect(&w); /* before the answer */
	assert_int_equal(write(fd, &r, sizeof(r)), sizeof(r));
	assert_int_equal(write(fd, file.p, file.n), file.n);
	(void)close(fd);
	assert_true(serves(op, &w));
	assert_int_equal(worker_stop(&w), 0);
	worker_done(&w);
}

static void
the_program_says_how_it_is_used(void **state)
{
	/* clang-format off */
	static const struct { const char *name, *argv[5]; int status; } rows[] = {
		{ "nothing", { "frontdesk-image" }, 2 },
		{ "help", { "frontdesk-image", "--help" }, 0 },
		{ "both forms", { "frontdesk-image", "--once", "--listen", "/tmp/x" }, 2 },
		{ "no jobs", { "frontdesk-image", "--once", "--jobs", "0" }, 2 },
		{ "most jobs, and nobody there", { "frontdesk-image", "--once", "--jobs", "64" }, 0 },
		{ "too many jobs", { "frontdesk-image", "--once", "--jobs", "65" }, 2 },
		{ "a word too many", { "frontdesk-image", "--once", "x" }, 2 },
		{ "a folder that is not there", { "frontdesk-image", "--listen", "/nowhere/x" }, 1 },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) { /* its words are not for the test's log */
			int none = open("/dev/null", O_RDWR);

			if (dup2(none, 0) == 0 && dup2(none, 1) == 1 &&
			    dup2(none, 2) == 2)
				(void)execv(
					WORKER,
					(char *const *)(uintptr_t)rows[i].argv);
			_exit(99);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		CHECK_ROW(rows[i].name, WIFEXITED(status));
		CHECK_ROW(rows[i].name, WEXITSTATUS(status) == rows[i].status);
	}
}

/* ---- the best of several ---- */

static struct bytes
noise(struct op *op)
{
	uint8_t *p = op_alloc(op, 100 * KIB);

	memset(p, 0x5a, 100 * KIB);
	memcpy(p, "\xff\xd8\xff\xe0\0\x10JFIF", 10);
	return (struct bytes){ p, 100 * KIB };
}

static struct bytes
too_long(struct op *op)
{
	struct bytes sound = worker_file(op, "jpeg-baseline.jpg");
	uint8_t *p = op_alloc(op, PERSON_PICTURE_MAX + 1);

	memcpy(p, sound.p, sound.n);
	return (struct bytes){ p, PERSON_PICTURE_MAX + 1 };
}

static struct bytes
as_long_as_may_be(struct op *op)
{
	return (struct bytes){ too_long(op).p, PERSON_PICTURE_MAX };
}

static void
the_largest_of_the_first_rank_that_has_any_is_taken(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		struct { unsigned rank; const char *file; } of[4]; /* file NULL: made */
		struct bytes (*make)(struct op *op);
		size_t n;
		enum err err;
		unsigned best;
	} rows[] = {
		{ "none", { { 0 } }, NULL, 0, ERR_INVALID, 0 },
		{ "one", { { 0, "jpeg-baseline.jpg" } }, NULL, 1, OK, 0 },
		{ "the larger of one attribute", { { 0, "jpeg-baseline.jpg" }, { 0, "jpeg-large.jpg" }, { 0, "png-rgb.png" } }, NULL, 3, OK, 1 },
		{ "the first attribute, though it is smaller", { { 0, "jpeg-baseline.jpg" }, { 1, "jpeg-large.jpg" } }, NULL, 2, OK, 0 },
		{ "the second, for the first has noise", { { 0, NULL }, { 1, "jpeg-grey.jpg" }, { 2, "jpeg-large.jpg" } }, noise, 3, OK, 1 },
		{ "what is sound beside noise", { { 0, NULL }, { 0, "jpeg-grey.jpg" } }, noise, 2, OK, 1 },
		{ "noise alone", { { 0, NULL }, { 1, "refused.gif" } }, noise, 2, ERR_INVALID, 0 },
		{ "one that is too long", { { 0, NULL } }, too_long, 1, ERR_INVALID, 0 },
		{ "one as long as may be", { { 0, NULL } }, as_long_as_may_be, 1, OK, 0 },
	};
	/* clang-format on */
	struct op *op = *state;
	struct image *image = image_of(op, NULL, WORKER);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct person_picture of[4];
		uint8_t sum[DIGEST_SIZE];
		struct photo_set set;

		for (size_t k = 0; k < rows[i].n; k++) {
			const char *file = rows[i].of[k].file;

			of[k].rank = rows[i].of[k].rank;
			of[k].bytes = file == NULL ? rows[i].make(op)
						   : worker_file(op, file);
		}
		CHECK_ROW(rows[i].name, image_whole(image, op, of, rows[i].n,
						    &set) == rows[i].err);
		if (rows[i].err != OK)
			continue;
		digest_sha256(of[rows[i].best].bytes, sum);
		CHECK_ROW(rows[i].name,
			  memcmp(set.source, sum, sizeof(sum)) == 0);
	}
	image_close(image);
}

/* A directory gives its values in any order. */
static void
of_two_as_large_it_is_always_the_same(void **state)
{
	struct op *op = *state;
	struct image *image = image_of(op, NULL, WORKER);
	struct person_picture one[] = {
		{ 0, worker_file(op, "jpeg-baseline.jpg") },
		{ 0, worker_file(op, "jpeg-progressive.jpg") },
	};
	struct person_picture other[] = { one[1], one[0] };
	struct photo_set a, b;

	assert_int_equal(image_whole(image, op, one, 2, &a), OK);
	assert_int_equal(image_whole(image, op, other, 2, &b), OK);
	assert_memory_equal(a.source, b.source, sizeof(a.source));
	assert_int_equal(a.n, 3);
	assert_int_equal(a.variant[2].edge, 96);
	op->may_wait = false;
	assert_int_equal(image_whole(image, op, one, 2, &a), ERR_WAIT);
	assert_int_equal(op->wait_for, POOL_IMAGE);
	image_close(image);
	op->may_wait = true;
	image = image_of(op, "/nowhere/socket", NULL);
	assert_int_equal(image_whole(image, op, one, 2, &a), ERR_DOWN);
	image_close(image);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_listening_worker_makes_nine_squares),
		UNIT_TEST(without_one_a_worker_is_started_for_the_picture),
		UNIT_TEST(without_any_worker_the_wing_is_down),
		UNIT_TEST(a_program_that_is_no_worker_is_down),
		UNIT_TEST(ping_tells_if_somebody_is_there),
		UNIT_TEST(bad_files_are_refused_and_the_next_is_served),
		UNIT_TEST(waiting_is_left_to_the_pool_but_not_refusing),
		UNIT_TEST(a_killed_picture_is_answered_for_and_disturbs_nobody),
		UNIT_TEST(callers_wait_while_all_places_are_taken),
		UNIT_TEST(sigterm_lets_a_picture_at_work_be_finished),
		UNIT_TEST(a_killed_worker_takes_its_pictures_with_it),
		UNIT_TEST(a_worker_dies_with_whoever_started_it),
		UNIT_TEST(senseless_requests_are_refused),
		UNIT_TEST(callers_who_go_away_harm_nothing),
		UNIT_TEST(the_program_says_how_it_is_used),
		UNIT_TEST(the_largest_of_the_first_rank_that_has_any_is_taken),
		UNIT_TEST(of_two_as_large_it_is_always_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
