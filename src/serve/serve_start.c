/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/serve.h"

#include "base/log.h"
#include "main/open.h"
#include "main/parts.h"
#include "serve/serve_check.h"
#include "serve/serve_run.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STORE_TIMEOUT_MS 600000 /* for opening it, with a migration */
#define RELAY_BUFFER (64 * KIB) /* what a pipe holds */

/* ---- who and where ---- */

static unsigned
processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return CPU_COUNT(&set) > 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

/* As many descriptors as the system gives us; all our parts inherit it. */
static unsigned
descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 1024;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_max < UINT32_MAX ? (unsigned)limit.rlim_max
					   : UINT32_MAX;
}

static bool
ipv6_is_there(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

void
serve_machine_fill(struct serve *s, const struct settings *settings)
{
	struct serve_machine *m = &s->machine;

	m->log = settings->access_log;
	m->log_is_pipe = m->log != NULL && strcmp(m->log, "stderr") == 0;
	if (m->log_is_pipe)
		m->log = "/proc/self/fd/3"; /* PART_FD */
	else if (m->log != NULL && strcmp(m->log, "off") == 0)
		m->log = NULL;
	m->user = s->root ? s->user.name : NULL;
	m->group = s->root ? s->user.group : NULL;
	m->processors = processors();
	m->ipv6 = ipv6_is_there();
}

static enum err
find_programs(struct serve *s, struct op *op)
{
	TRY(part_self(op, &s->self));
	TRY(part_image(op, &s->image));
	if (!s->web)
		return OK;
	TRY(part_nginx(op, &s->nginx));
	return part_module(op, s->settings->modules, &s->machine.module);
}

static enum err
find_user(struct serve *s, struct op *op)
{
	s->root = geteuid() == 0;
	if (!s->root) {
		user_self(op, &s->user);
		return OK;
	}
	TRY(user_find(op, s->settings->user, &s->user));
	return serve_check_reach(op, s->settings, &s->user);
}

static enum err
check_configuration(struct serve *s, struct op *op)
{
	TRY(find_user(s, op));
	TRY(serve_check_paths(op, s->settings));
	TRY(serve_check_dev(op, s->settings));
	if (s->web)
		TRY(serve_check_tls(op, s->settings, s->tls));
	return OK;
}

/* ---- the data ---- */

static enum err
take_data(struct serve *s, struct op *op)
{
	const struct settings *set = s->settings;
	struct stat st;
	enum err err;

	if (stat(set->data, &st) != 0)
		return FAIL(op, ERR_NOT_FOUND,
			    "%s: %s; frontdesk init makes an installation",
			    set->data, strerror(errno));
	TRY(serve_run_make(op, set));
	err = lock_open(op, set->data, LOCK_SERVE, &s->lock);
	if (err == ERR_CONFLICT)
		return FAIL(op, err, "a server runs on this data already: %s",
			    op_dup(op, op->reason));
	TRY(err);
	if (!s->root)
		return OK;
	TRY(user_own(op, &s->user, set->data));
	return user_own(op, &s->user, set->run);
}

static const struct settings *store_settings; /* of the process below */

/* In a process of its own, as the user who serves: what it makes is his. */
static int
store_prepare(int fd)
{
	struct arena *arena = arena_open(0);
	const struct store_options options = { .dir = store_settings->data,
					       .migrate = true };
	struct store *store = NULL;
	struct op op;

	(void)fd;
	op_init(&op, arena, store_settings, STORE_TIMEOUT_MS);
	op.may_wait = true;
	if (store_open(&op, &options, &store) != OK ||
	    store_ping(store, &op) != OK) {
		log_error("%s", op.reason);
		store_close(store);
		return EXIT_FAILED;
	}
	store_close(store);
	return EXIT_DONE;
}

static enum err
check_store(struct serve *s, struct op *op)
{
	const struct part_start start = {
		.run = store_prepare,
		.user = s->root ? &s->user : NULL,
		.fd = -1,
	};
	pid_t pid;

	store_settings = s->settings;
	TRY(part_spawn(op, &start, &pid));
	if (part_wait(pid, STORE_TIMEOUT_MS) != EXIT_DONE)
		return FAIL(op, ERR_DOWN,
			    "%s: the store cannot be opened; the line before "
			    "says why",
			    s->settings->data);
	return OK;
}

/* From here on the copy counts, for all parts; what was found out before has
 * to hold for it. */
static enum err
take_settings(struct serve *s, struct op *op)
{
	const struct user *user = s->root ? &s->user : NULL;

	TRY(serve_run_copy(op, s->settings, user, &s->reloaded));
	TRY(serve_check_fixed(op, s->settings, s->reloaded));
	s->settings = s->reloaded;
	op->settings = s->settings;
	return serve_run_accept(op, s->settings);
}

/* What workers find in the run folder, and what nginx is told. */
static enum err
fill_run(struct serve *s, struct op *op)
{
	TRY(serve_run_generation(op, s->settings, &s->generation));
	/* A site's own nginx may have read the file long before. */
	__atomic_add_fetch(s->generation, 1, __ATOMIC_RELEASE);
	s->machine.descriptors_max = descriptors_raise();
	if (s->root) /* the file may be new */
		TRY(user_own(op, &s->user, s->settings->run));
	serve_machine_fill(s, s->settings);
	if (!s->web)
		return OK;
	return serve_run_conf(op, s->settings, &s->machine, "nginx.conf");
}

static enum err
prepare(struct serve *s, struct op *op)
{
	s->c->exit = EXIT_FAILED;
	TRY(find_programs(s, op));
	s->c->exit = EXIT_CONFIG;
	TRY(check_configuration(s, op));
	s->c->exit = EXIT_FAILED;
	TRY(take_data(s, op));
	s->c->exit = EXIT_CONFIG;
	TRY(take_settings(s, op));
	s->c->exit = EXIT_FAILED;
	serve_run_folders(op, s->settings, s->root ? &s->user : NULL);
	TRY(check_store(s, op));
	if (s->web)
		TRY(serve_check_listen(op, s->settings, NULL));
	TRY(fill_run(s, op));
	s->c->exit = EXIT_DONE;
	return OK;
}

enum err
serve_prepare(struct serve *s)
{
	umask(077);
	s->log_pipe[0] = s->log_pipe[1] = -1;
	return prepare(s, &s->c->op);
}

/* ---- parts ---- */

/*
 * Carries the access log from nginx's pipe to standard error, which may be a
 * socket of the journal that nginx cannot open. When nobody reads there any
 * more it goes on reading, so that nginx never waits.
 */
static int
relay(int fd)
{
	static char buffer[RELAY_BUFFER];
	ssize_t n;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN); /* the last lines come after it */
	(void)prctl(PR_SET_NAME, "frontdesk-log");
	while ((n = read(fd, buffer, sizeof(buffer))) != 0) {
		ssize_t done = 0, more = 1;

		if (n < 0 && errno != EINTR)
			return EXIT_FAILED;
		while (done < n && more > 0) {
			more = write(STDERR_FILENO, buffer + done,
				     (size_t)(n - done));
			done += more;
		}
	}
	return EXIT_DONE;
}

static enum err
start_log(struct serve *s, struct op *op, pid_t *out)
{
	struct part_start start = { .run = relay };

	if (s->log_pipe[0] < 0 && pipe2(s->log_pipe, O_CLOEXEC) != 0)
		return FAIL(op, ERR_DOWN, "pipe: %s", strerror(errno));
	start.fd = s->log_pipe[0];
	start.close_fd = s->log_pipe[1];
	start.user = s->root ? &s->user : NULL;
	return part_spawn(op, &start, out);
}

static enum err
start_image(struct serve *s, struct op *op, pid_t *out)
{
	const char *const argv[] = {
		s->image, "--listen",
		op_print(op, "%s/%s", s->settings->run, IMAGE_SOCKET), NULL
	};
	const struct part_start start = {
		.program = s->image,
		.argv = argv,
		.user = s->root ? &s->user : NULL,
		.fd = -1,
	};

	return part_spawn(op, &start, out);
}

static const char *
settings_env(struct op *op)
{
	return op_print(op, SETTINGS_ENV "=%s/" SETTINGS_FILE,
			op->settings->run);
}

/* One of our own verbs, as a process of its own. */
static enum err
start_verb(struct serve *s, struct op *op, const char *verb, pid_t *out)
{
	const char *const argv[] = { s->self, verb, "-c", s->settings->file,
				     NULL };
	const char *const env[] = { settings_env(op), NULL };
	const struct part_start start = {
		.program = s->self,
		.argv = argv,
		.env = env,
		.user = s->root ? &s->user : NULL,
		.fd = -1,
	};

	return part_spawn(op, &start, out);
}

static enum err
start_clerk(struct serve *s, struct op *op, pid_t *out)
{
	return start_verb(s, op, "clerk", out);
}

static enum err
start_milter(struct serve *s, struct op *op, pid_t *out)
{
	return start_verb(s, op, "milter", out);
}

const char *const *
serve_nginx_env(struct op *op)
{
	const char *preload = getenv("FRONTDESK_NGINX_PRELOAD");
	const char **env = op_alloc(op, 4 * sizeof(*env));

	env[0] = settings_env(op);
	env[1] = "MALLOC_ARENA_MAX=2"; /* many threads, little memory */
	if (preload != NULL)
		env[2] = op_print(op, "LD_PRELOAD=%s", preload);
	return env;
}

/* Stays root where we are, for ports and keys; its workers do not. */
static enum err
start_nginx(struct serve *s, struct op *op, pid_t *out)
{
	const struct part_start start = {
		.program = s->nginx,
		.argv = serve_run_argv(op, s->settings, s->nginx, "nginx.conf",
				       NULL),
		.env = serve_nginx_env(op),
		.fd = s->log_pipe[1],
	};

	return part_spawn(op, &start, out);
}

static const struct {
	const char *name;
	enum err (*start)(struct serve *s, struct op *op, pid_t *out);
} parts[SERVE_PARTS] = {
	[SERVE_LOG] = { "the log's relay", start_log },
	[SERVE_IMAGE] = { "the image worker", start_image },
	[SERVE_CLERK] = { "the clerk", start_clerk },
	[SERVE_MILTER] = { "the milter", start_milter },
	[SERVE_NGINX] = { "nginx", start_nginx },
};

const char *
serve_part_name(enum serve_part which)
{
	return parts[which].name;
}

void
serve_start(struct serve *s, enum serve_part which)
{
	struct part *part = &s->part[which];
	struct arena *arena = arena_open(0);
	struct op op;

	op_init(&op, arena, s->settings, 0);
	part->started_us = op_clock_us();
	part->again_us = 0;
	if (parts[which].start(s, &op, &part->pid) != OK) {
		log_error("%s cannot be started: %s", parts[which].name,
			  op.reason);
		part_ended(part, op_clock_us());
	}
	arena_close(arena);
}
