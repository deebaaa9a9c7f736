/* SPDX-License-Identifier: Apache-2.0 */
#include "store_fixture.h"

#include "wing/store/db.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATHS 8
#define PATH_SIZE 512
#define OP_TIMEOUT_MS 60000
#define VARIANTS 3

static const unsigned edges[VARIANTS] = { 48, 64, 96 };

void
expect(struct op *op, enum err got, enum err wanted, const char *call,
       const char *file, int line)
{
	if (got != wanted)
		print_error("%s:%d: %s: %s (%s)\n", file, line, call,
			    err_name(got),
			    op->reason == NULL ? "no reason" : op->reason);
	_assert_true(got == wanted, call, file, line);
}

struct op *
fixture_op(struct fixture *f)
{
	op_init(&f->op, f->arena, NULL, OP_TIMEOUT_MS);
	f->op.may_wait = true;
	return &f->op;
}

const char *
fixture_path(const struct fixture *f, const char *name)
{
	static char path[PATHS][PATH_SIZE];
	static unsigned at;
	char *out = path[at++ % PATHS];

	(void)snprintf(out, PATH_SIZE, "%s/%s", f->dir, name);
	return out;
}

int
fixture_open(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct op *op;

	assert_non_null(f);
	f->arena = arena_open(0);
	op = fixture_op(f);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/frontdesk-store-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->options = (struct store_options){
		.dir = f->dir,
		.create = true,
		.photo_cache_bytes = MIB,
		.mailbox_cache = 1000,
		.cache_readers = 64,
	};
	FINE(op, store_open(op, &f->options, &f->store));
	f->options.create = false;
	FINE(op, store_domain_add(f->store, op, "example.com", NULL));
	*state = f;
	return 0;
}

void
fixture_remove(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	char path[PATH_SIZE];

	while (d != NULL && (e = readdir(d)) != NULL) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		(void)unlink(path);
	}
	if (d != NULL)
		(void)closedir(d);
	(void)rmdir(dir);
}

int
fixture_close(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	fixture_remove(f->dir);
	arena_close(f->arena);
	free(f);
	return 0;
}

void
fixture_reopen(struct fixture *f)
{
	struct op *op = fixture_op(f);

	store_close(f->store);
	f->store = NULL;
	FINE(op, store_open(op, &f->options, &f->store));
}

int64_t
fixture_mailbox(struct fixture *f, const char *local)
{
	struct op *op = fixture_op(f);
	struct mailbox m = {
		.address = op_print(op, "%s@example.com", local),
		.name = local,
		.password = "$y$hash",
		.policy = AUDIENCE_ALL,
	};

	FINE(op, store_mailbox_add(f->store, op, &m, NULL));
	return m.id;
}

static void
told(void *arg, const char *text)
{
	(void)arg;
	print_error("found: %s\n", text);
}

void
fixture_sound(struct fixture *f)
{
	struct op *op = fixture_op(f);

	FINE(op, store_check(f->store, op, told, NULL));
}

void
fixture_sql(struct fixture *f, const char *sql)
{
	const struct db_options options = {
		.path = fixture_path(f, "frontdesk.db"),
		.write = true,
		.cache_kib = 512,
	};
	struct op *op = fixture_op(f);
	struct db *db = NULL;

	FINE(op, db_open(op, &options, &db));
	FINE(op, db_begin(db, op));
	FINE(op, db_script(db, op, sql));
	FINE(op, db_commit(db, op));
	db_close(db);
}

enum err
fixture_message(struct op *op, const struct oof_stored *old, void *arg,
		struct oof_stored *out)
{
	struct oof_reply *reply = op_alloc(op, 2 * sizeof(*reply));
	size_t n = strlen(arg);
	char *back = op_dup(op, arg);

	for (size_t i = 0; i < n; i++)
		back[i] = ((const char *)arg)[n - 1 - i];
	reply[0] = (struct oof_reply){ .message = arg, .lang = "en" };
	reply[1] = (struct oof_reply){ .message = back, .lang = "" };
	*out = *old;
	out->settings = (struct oof_settings){
		.state = OOF_ENABLED,
		.audience = AUDIENCE_ALL,
		.internal = &reply[0],
		.external = &reply[1],
	};
	return OK;
}

enum err
fixture_put(struct store *s, struct op *op, int64_t mailbox, const char *text)
{
	return store_oof_put(s, op, mailbox, fixture_message, op_dup(op, text));
}

/* The first bytes hold the seed, so that a mixture of two is told. */
void
fixture_picture(struct op *op, unsigned seed, struct photo_set *out)
{
	*out = (struct photo_set){ .width = 640, .height = 480, .n = VARIANTS };
	memset(out->source, (int)seed, sizeof(out->source));
	for (size_t i = 0; i < VARIANTS; i++) {
		size_t n = edges[i] * 50 + seed % 1000;
		uint8_t *p = op_alloc(op, n);

		for (size_t b = 0; b < n; b++)
			p[b] = (uint8_t)(b * 7 + seed);
		out->variant[i] = (struct photo_variant){ edges[i], { p, n } };
	}
}

int
fixture_seed(const struct photo *photo)
{
	unsigned seed = photo->jpeg.p[0];
	size_t base = photo->edge * 50;

	if (photo->jpeg.n < base || (photo->jpeg.n - base) % 256 != seed ||
	    photo->source[0] != seed || photo->source[31] != seed)
		return -1;
	for (size_t b = 0; b < photo->jpeg.n; b++)
		if (photo->jpeg.p[b] != (uint8_t)(b * 7 + seed))
			return -1;
	return (int)seed;
}
