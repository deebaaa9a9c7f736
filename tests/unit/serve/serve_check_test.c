/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "main/conf_table.h"
#include "main/open.h"
#include "serve/serve_check.h"
#include "serve/serve_run.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char dir[] = "/tmp/frontdesk-check-XXXXXX";

static int
make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

/* A listener of another server; fills in where it listens, as a setting. */
static int
occupy(struct op *op, const char *on, const char **listen_on)
{
	struct sockaddr_storage to;
	socklen_t n = serve_check_address(on, &to);
	int fd = socket(to.ss_family, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	if (to.ss_family == AF_INET)
		((struct sockaddr_in *)(void *)&to)->sin_port = 0;
	assert_int_equal(bind(fd, (struct sockaddr *)&to, n), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&to, &n), 0);
	*listen_on = on;
	if (to.ss_family == AF_INET)
		*listen_on = op_print(
			op, "127.0.0.1:%u",
			ntohs(((struct sockaddr_in *)(void *)&to)->sin_port));
	return fd;
}

static void
a_setting_becomes_an_address(void **state)
{
	static const struct {
		const char *listen, *is;
	} rows[] = {
		{ "127.0.0.1:8443", "127.0.0.1 8443" },
		{ "192.0.2.1:1", "192.0.2.1 1" },
		{ "*:443", "0.0.0.0 443" },
		{ "[::1]:65535", "::1 65535" },
		{ "[2001:db8::7]:443", "2001:db8::7 443" },
		{ "unix:/run/x", "/run/x" },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sockaddr_storage to;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un local;
		char text[INET6_ADDRSTRLEN] = "";
		const char *is = "";

		(void)serve_check_address(rows[i].listen, &to);
		memcpy(&v4, &to, sizeof(v4));
		memcpy(&v6, &to, sizeof(v6));
		memcpy(&local, &to, sizeof(local));
		if (to.ss_family == AF_INET)
			is = op_print(op, "%s %u",
				      inet_ntop(AF_INET, &v4.sin_addr, text,
						sizeof(text)),
				      ntohs(v4.sin_port));
		else if (to.ss_family == AF_INET6)
			is = op_print(op, "%s %u",
				      inet_ntop(AF_INET6, &v6.sin6_addr, text,
						sizeof(text)),
				      ntohs(v6.sin6_port));
		else
			is = op_dup(op, local.sun_path);
		CHECK_ROW(rows[i].listen, strcmp(is, rows[i].is) == 0);
	}
}

static void
an_address_in_use_is_told_with_its_port(void **state)
{
	struct op *op = *state;
	const char *taken;
	int fd = occupy(op, "127.0.0.1:1", &taken);
	struct settings s = { .listen = taken }, old = { .listen = taken };

	s.status_listen = op_print(op, "unix:%s/status", dir);
	assert_int_equal(serve_check_listen(op, &s, NULL), ERR_CONFLICT);
	assert_non_null(strstr(op->reason, taken));
	/* Our own of before the reload is no obstacle. */
	old.status_listen = s.status_listen;
	assert_int_equal(serve_check_listen(op, &s, &old), OK);
	close(fd);
	assert_int_equal(serve_check_listen(op, &s, NULL), OK);
	/* Nothing listens afterwards. */
	assert_int_equal(serve_check_listen(op, &s, NULL), OK);
}

static void
a_socket_that_nobody_listens_on_is_removed(void **state)
{
	struct op *op = *state;
	const char *path = op_print(op, "%s/status", dir), *taken;
	const char *listen_on = op_print(op, "unix:%s", path);
	const struct settings s = { .status_listen = listen_on };
	int fd = occupy(op, listen_on, &taken);

	assert_int_equal(serve_check_listen(op, &s, NULL), ERR_CONFLICT);
	assert_int_equal(access(path, F_OK), 0);
	close(fd);
	assert_int_equal(serve_check_listen(op, &s, NULL), OK);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(serve_check_listen(op, &s, NULL), OK);
}

static void
a_file_that_is_no_socket_is_left_alone(void **state)
{
	struct op *op = *state;
	const char *path = op_print(op, "%s/file", dir);
	const struct settings s = { .status_listen =
					    op_print(op, "unix:%s", path) };
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(serve_check_listen(op, &s, NULL), ERR_DOWN);
	assert_non_null(strstr(op->reason, path));
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(unlink(path), 0);
}

static void
a_port_for_root_needs_a_privilege(void **state)
{
	const struct settings s = { .listen = "127.0.0.1:1" };
	struct op *op = *state;

	if (geteuid() == 0)
		skip();
	assert_int_equal(serve_check_listen(op, &s, NULL), ERR_DENIED);
	assert_non_null(strstr(op->reason, "CAP_NET_BIND_SERVICE"));
}

/* sun_path has 108 bytes, one for the NUL; "/image.sock" takes eleven. */
static void
a_socket_has_a_short_path(void **state)
{
	static const struct {
		const char *row;
		size_t run_n, status_n; /* bytes; 0: no socket */
		enum err err;
	} rows[] = {
		{ "run, just short", 96, 0, OK },
		{ "run, just long", 97, 0, ERR_INVALID },
		{ "status, just short", 10, 107, OK },
		{ "status, just long", 10, 108, ERR_INVALID },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char *run = op_alloc(op, rows[i].run_n + 1);
		char *status = op_alloc(op, rows[i].status_n + 6);
		struct settings s = { .run = run };

		memset(run, 'r', rows[i].run_n);
		memcpy(status, "unix:", 5);
		memset(status + 5, 's', rows[i].status_n);
		s.status_listen =
			rows[i].status_n > 0 ? status : "127.0.0.1:8444";
		CHECK_ROW(rows[i].row,
			  serve_check_paths(op, &s) == rows[i].err);
	}
}

/* ---- is it up? ---- */

/* Answers one connection with what it is given. */
struct answerer {
	int fd;
	const char *says;
};

static void *
answer_once(void *arg)
{
	const struct answerer *a = arg;
	int fd = accept(a->fd, NULL, NULL);
	char ask[256];

	if (fd >= 0 && recv(fd, ask, sizeof(ask), 0) > 0)
		(void)send(fd, a->says, strlen(a->says), MSG_NOSIGNAL);
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void
a_server_is_up_when_it_says_200(void **state)
{
	static const struct {
		const char *says;
		bool up;
	} rows[] = {
		{ "HTTP/1.1 200 OK\r\n\r\n", true },
		{ "HTTP/1.1 200", true },
		{ "HTTP/1.1 503 Service Unavailable\r\n\r\n", false },
		{ "HTTP/1.1 20", false },
		{ "", false },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct settings s = { 0 };
		struct answerer a = { .says = rows[i].says };
		pthread_t thread;

		a.fd = occupy(op, "127.0.0.1:1", &s.status_listen);
		assert_int_equal(pthread_create(&thread, NULL, answer_once, &a),
				 0);
		CHECK_ROW(rows[i].says, serve_run_answers(&s) == rows[i].up);
		assert_int_equal(pthread_join(thread, NULL), 0);
		close(a.fd);
		CHECK_ROW(rows[i].says, !serve_run_answers(&s));
	}
}

static void
the_generation_is_kept_and_can_be_raised(void **state)
{
	struct op *op = *state;
	const struct settings s = { .run = op_print(op, "%s/run", dir) };
	uint64_t *one, *again;

	assert_int_equal(serve_run_generation(op, &s, &one), ERR_DOWN);
	assert_int_equal(serve_run_make(op, &s), OK);
	assert_int_equal(serve_run_make(op, &s), OK);
	assert_int_equal(serve_run_generation(op, &s, &one), OK);
	assert_int_equal(*one, 0);
	++*one;
	assert_int_equal(serve_run_generation(op, &s, &again), OK);
	assert_int_equal(*again, 1);
	++*again;
	assert_int_equal(*one, 2);
	assert_int_equal(unlink(op_print(op, "%s/generation", s.run)), 0);
	assert_int_equal(rmdir(op_print(op, "%s/tmp", s.run)), 0);
	assert_int_equal(rmdir(s.run), 0);
}

static void
write_conf(const struct settings *s, const char *text)
{
	FILE *f = fopen(s->file, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* What a part reads is what was accepted last, with its paths as in the file's
 * own folder; a file that is wrong, or gone, changes nothing. */
static void
a_copy_counts_when_it_is_accepted(void **state)
{
	static const char *const wrong[] = { "listen = 5\n", "photo {\n",
					     NULL };
	struct op *op = *state;
	struct settings s = { .run = op_print(op, "%s/run", dir),
			      .file = op_print(op, "%s/x.conf", dir) };
	const char *copy = op_print(op, "%s/" SETTINGS_FILE, s.run);
	struct settings *got;
	struct stat st;

	assert_int_equal(serve_run_make(op, &s), OK);
	write_conf(&s, "photo { max_age_s = 7 }\n");
	assert_int_equal(serve_run_copy(op, &s, NULL, &got), OK);
	assert_int_equal(got->photo_max_age_s, 7);
	settings_close(got);
	assert_int_equal(access(copy, F_OK), -1);
	assert_int_equal(serve_run_accept(op, &s), OK);
	assert_int_equal(serve_run_accept(op, &s), ERR_DOWN); /* none waits */
	assert_int_equal(stat(copy, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	for (size_t i = 0; i < COUNT(wrong); i++) {
		if (wrong[i] != NULL)
			write_conf(&s, wrong[i]);
		else
			assert_int_equal(unlink(s.file), 0);
		assert_int_not_equal(serve_run_copy(op, &s, NULL, &got), OK);
		assert_non_null(strstr(op->reason, "x.conf"));
		assert_int_equal(settings_open_copy(op, s.file, copy, &got),
				 OK);
		assert_int_equal(got->photo_max_age_s, 7);
		assert_string_equal(got->file, s.file);
		assert_string_equal(got->data, op_print(op, "%s/data", dir));
		settings_close(got);
	}
	assert_int_equal(unlink(op_print(op, "%s.next", copy)), 0);
	assert_int_equal(unlink(copy), 0);
	assert_int_equal(rmdir(op_print(op, "%s/tmp", s.run)), 0);
	assert_int_equal(rmdir(s.run), 0);
}

static void
systemd_is_told_on_its_socket(void **state)
{
	struct op *op = *state;
	const char *path = op_print(op, "%s/notify", dir);
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	char got[64] = "";
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	unsetenv("NOTIFY_SOCKET");
	serve_notify("LOST=1"); /* there is nobody */
	setenv("NOTIFY_SOCKET", "relative", 1);
	serve_notify("LOST=2"); /* no socket's name */
	setenv("NOTIFY_SOCKET", path, 1);
	serve_notify("READY=%d\nSTATUS=%s", 1, "well");
	assert_int_equal(recv(fd, got, sizeof(got) - 1, 0), 19);
	assert_string_equal(got, "READY=1\nSTATUS=well");
	unsetenv("NOTIFY_SOCKET");
	close(fd);
	assert_int_equal(unlink(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_setting_becomes_an_address),
		UNIT_TEST(an_address_in_use_is_told_with_its_port),
		UNIT_TEST(a_socket_that_nobody_listens_on_is_removed),
		UNIT_TEST(a_file_that_is_no_socket_is_left_alone),
		UNIT_TEST(a_port_for_root_needs_a_privilege),
		UNIT_TEST(a_socket_has_a_short_path),
		UNIT_TEST(a_server_is_up_when_it_says_200),
		UNIT_TEST(the_generation_is_kept_and_can_be_raised),
		UNIT_TEST(a_copy_counts_when_it_is_accepted),
		UNIT_TEST(systemd_is_told_on_its_socket),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
