/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A folder for a test, and the program run as a user would. */
#include "unit.h"

#include "cli/cli.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a folder ---- */

static char unit_folder[64];

static inline int
unit_folder_make(void **state)
{
	(void)state;
	(void)snprintf(unit_folder, sizeof(unit_folder),
		       "/tmp/frontdesk-cli-XXXXXX");
	/* Others have to come in: started as root, another user serves. */
	return mkdtemp(unit_folder) == NULL ? -1 : chmod(unit_folder, 0755);
}

static inline int
unit_folder_visit(const char *path, const struct stat *st, int kind,
		  struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static inline int
unit_folder_remove(void **state)
{
	(void)state;
	return nftw(unit_folder, unit_folder_visit, 8, FTW_DEPTH | FTW_PHYS);
}

static inline const char *
unit_path(struct op *op, const char *name)
{
	return op_print(op, "%s/%s", unit_folder, name);
}

static inline void
unit_file(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static inline bool
unit_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* ---- the program ---- */

#define UNIT_WORDS_MAX 64

/* Words parted by single spaces, behind the name of the program. */
static inline char **
unit_argv(struct op *op, const char *words, int *argc)
{
	char **argv = op_alloc(op, (UNIT_WORDS_MAX + 2) * sizeof(*argv));
	char *rest = op_dup(op, words);

	*argc = 0;
	argv[(*argc)++] = op_dup(op, "frontdesk");
	for (char *w = strtok_r(rest, " ", &rest); w != NULL;
	     w = strtok_r(NULL, " ", &rest)) {
		assert_true(*argc <= UNIT_WORDS_MAX);
		argv[(*argc)++] = w;
	}
	return argv;
}

#define UNIT_SAID_MAX (256 * KIB)

struct unit_run {
	int status;
	const char *out, *err;
};

static inline const char *
unit_said(struct op *op, const char *path)
{
	char *said = op_alloc(op, UNIT_SAID_MAX);
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	(void)fread(said, 1, UNIT_SAID_MAX - 1, f);
	(void)fclose(f);
	return said;
}

/* Standard input is empty. A process of its
 * own, for a verb may give its identity up. */
static inline struct unit_run
unit_frontdesk(struct op *op, const char *words)
{
	const char *out = unit_path(op, "stdout");
	const char *err = unit_path(op, "stderr");
	int argc, status;
	char **argv = unit_argv(op, words, &argc);
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (freopen("/dev/null", "r", stdin) == NULL ||
		    freopen(out, "w", stdout) == NULL ||
		    freopen(err, "w", stderr) == NULL)
			_exit(120);
		status = cli_main(argc, argv);
		(void)fflush(NULL);
		_exit(status);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (struct unit_run){ WEXITSTATUS(status), unit_said(op, out),
				  unit_said(op, err) };
}

/* ---- an installation ---- */

static inline const char *
site(struct op *op, const char *name)
{
	return op_print(op, "%s/site%s", unit_folder, name);
}

/* A verb on the installation. */
static inline struct unit_run
on_site(struct op *op, const char *words)
{
	return unit_frontdesk(op, op_print(op, "%s -c %s", words,
					   site(op, "/frontdesk.conf")));
}

static inline int
site_make(void **state)
{
	struct op *op;

	if (unit_folder_make(state) != 0 || unit_setup(state) != 0)
		return -1;
	op = *state;
	return unit_frontdesk(op, op_print(op, "init %s --domain example.com",
					   site(op, "")))
		.status;
}

static inline int
site_remove(void **state)
{
	return unit_teardown(state) + unit_folder_remove(state);
}
