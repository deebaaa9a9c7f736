/* SPDX-License-Identifier: Apache-2.0 */
#include "backend_fixture.h"

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OP_TIMEOUT_MS 60000
#define BACKEND_TIMEOUT_MS 20000
#define NOBODY 65534
#define FOLDER_MODE 02750
#define USERS_MAX 16
#define TREE_DEPTH 8
#define NO_SERVER "127.0.0.1:1"
#define SERVER_SLACK 1024 /* bytes: a line of ours is not of one length */

const char *fixture_kind_name;
static bool in_child;

void
expect(const struct op *op, enum err got, enum err wanted, const char *call,
       const char *file, int line)
{
	if (got != wanted)
		print_error("%s:%d: %s: %s (%s)\n", file, line, call,
			    err_name(got),
			    op->reason == NULL ? "no reason" : op->reason);
	if (got != wanted && in_child)
		_exit(1);
	_assert_true(got == wanted, call, file, line);
}

const struct backend_ops *
fixture_kind(const char *name)
{
	for (size_t i = 0; backend_kinds[i] != NULL; i++) {
		if (strcmp(backend_kinds[i]->name, name) == 0)
			return backend_kinds[i];
	}
	return NULL;
}

static bool
is_server(const struct fixture *f)
{
	return strcmp(f->section.kind, BACKEND_MANAGESIEVE) == 0;
}

/* With a server, only what needs one. */
bool
fixture_possible(void)
{
	return (strcmp(fixture_kind_name, BACKEND_MANAGESIEVE) == 0) ==
	       (getenv("BACKEND_SERVER") != NULL);
}

struct op *
fixture_op(struct fixture *f)
{
	op_init(&f->op, f->arena, NULL, OP_TIMEOUT_MS);
	f->op.may_wait = true;
	return &f->op;
}

void
fixture_reopen(struct fixture *f)
{
	struct op *op = fixture_op(f);

	if (f->b != NULL)
		f->b->ops->close(f->b);
	f->b = NULL;
	FINE(op, fixture_kind(f->section.kind)->open(op, &f->section, &f->b));
}

static const char *
path(struct fixture *f, const char *name)
{
	return op_print(&f->op, "%s/%s", f->dir, name);
}

static void
section_fill(struct fixture *f)
{
	f->section = (struct backend_section){
		.title = "tested",
		.kind = fixture_kind_name,
		.user = "%u",
		.size_max = 100 * KIB,
		.folder = path(f, "site/sieve"),
		.file = "%u.sieve",
		.database = path(f, "site/sieve/sieve.db"),
		.server = getenv("BACKEND_SERVER"),
		.starttls = true,
		.ca = getenv("BACKEND_CA"),
		.master = getenv("BACKEND_MASTER"),
		.password_file = getenv("BACKEND_PASSWORD_FILE"),
		.script = "frontdesk",
		.timeout_ms = BACKEND_TIMEOUT_MS,
	};
}

int
fixture_open(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->arena = arena_open(0);
	(void)fixture_op(f);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/frontdesk-backend-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_int_equal(mkdir(path(f, "site"), 0700), 0);
	section_fill(f);
	fixture_reopen(f);
	if (is_server(f)) {
		put(f, "ada@example.com", NULL);
		put(f, "bob@example.com", NULL);
	}
	*state = f;
	return 0;
}

static int
entry_remove(const char *name, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(name);
}

int
fixture_close(void **state)
{
	struct fixture *f = *state;

	f->b->ops->close(f->b);
	assert_int_equal(
		nftw(f->dir, entry_remove, TREE_DEPTH, FTW_DEPTH | FTW_PHYS),
		0);
	arena_close(f->arena);
	free(f);
	return 0;
}

void
fixture_break(struct fixture *f)
{
	f->section.server = NO_SERVER;
	assert_int_equal(rename(path(f, "site"), path(f, "away")), 0);
	fixture_reopen(f);
}

void
fixture_mend(struct fixture *f)
{
	f->section.server = getenv("BACKEND_SERVER");
	assert_int_equal(rename(path(f, "away"), path(f, "site")), 0);
	fixture_reopen(f);
}

void
fixture_bar(struct fixture *f)
{
	if (getuid() == 0) {
		assert_int_equal(setgid(NOBODY), 0);
		assert_int_equal(setuid(NOBODY), 0);
	} else {
		assert_int_equal(chmod(f->section.folder, 0), 0);
	}
}

void
fixture_admit(struct fixture *f)
{
	assert_int_equal(chmod(f->section.folder, FOLDER_MODE), 0);
}

pid_t
fixture_fork(void)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		in_child = true;
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	}
	return child;
}

void
fixture_wait(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

size_t
fixture_slack(const struct fixture *f)
{
	return is_server(f) ? SERVER_SLACK : 1;
}

void
skip_unless_any_user(const struct fixture *f)
{
	if (is_server(f))
		skip();
}

void
skip_unless_listing(const struct fixture *f)
{
	if (is_server(f))
		skip();
}

void
put(struct fixture *f, const char *user, const char *text)
{
	struct op *op = fixture_op(f);
	struct bytes script = { 0 };

	if (text != NULL)
		script = bytes_of(text);
	FINE(op, f->b->ops->put(f->b, op, user, script));
}

void
lies(struct fixture *f, const char *user, const char *text)
{
	struct op *op = fixture_op(f);
	struct bytes script;

	FINE(op, f->b->ops->get(f->b, op, user, &script));
	CHECK_ROW(user, (script.p == NULL) == (text == NULL));
	if (text == NULL)
		return;
	CHECK_ROW(user, script.n == strlen(text));
	CHECK_ROW(user, memcmp(script.p, text, script.n) == 0);
}

/* ---- list ---- */

struct users {
	const char *name[USERS_MAX];
	size_t n;
};

static enum err
user_add(void *arg, struct op *op, const char *user)
{
	struct users *users = arg;

	assert_true(users->n < USERS_MAX);
	users->name[users->n++] = op_dup(op, user);
	return OK;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void
listed_are(struct fixture *f, const char *users)
{
	struct op *op = fixture_op(f);
	struct users found = { .n = 0 };
	const char *text = "";

	FINE(op, f->b->ops->list(f->b, op, user_add, &found));
	if (found.n > 0)
		qsort(found.name, found.n, sizeof(found.name[0]), by_name);
	for (size_t i = 0; i < found.n; i++)
		text = op_print(op, "%s%s ", text, found.name[i]);
	assert_string_equal(text, users);
}
