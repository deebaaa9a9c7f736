/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/serve_check.h"

#include "base/log.h"
#include "base/net.h"
#include "cli/file.h"
#include "main/open.h"
#include "verbs/site/certificate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PEM_MAX MIB
#define EXPIRY_WARN_DAYS 14
#define DAY_S INT64_C(86400)
#define DYING_MS 2000 /* how long a killed server may hold its address */
#define TRY_MS 50     /* between two tries */
#define UNIX_PREFIX "unix:"
#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

/* ---- TLS ---- */

static void
warn_of_expiry(struct op *op, const char *path, struct bytes pem)
{
	struct certificate_facts facts;

	if (certificate_read(op, pem, &facts) != OK)
		return;
	if (facts.until < op->now)
		log_warning("%s has expired: clients refuse it", path);
	else if (facts.until < op->now + EXPIRY_WARN_DAYS * DAY_S)
		log_warning("%s expires in %lld days", path,
			    (long long)(facts.until - op->now) / DAY_S);
}

enum err
serve_check_tls(struct op *op, const struct settings *s,
		uint8_t seen[DIGEST_SIZE])
{
	uint8_t both[2 * DIGEST_SIZE];
	struct bytes pem, key;

	TRY(file_read(op, s->tls_certificate, PEM_MAX, &pem));
	TRY(file_read(op, s->tls_key, PEM_MAX, &key));
	if (certificate_fits(op, pem, key) != OK)
		return FAIL(op, ERR_INVALID, "%s and %s: %s",
			    s->tls_certificate, s->tls_key,
			    op_dup(op, op->reason));
	warn_of_expiry(op, s->tls_certificate, pem);
	digest_sha256(pem, both);
	digest_sha256(key, both + DIGEST_SIZE);
	digest_sha256((struct bytes){ both, sizeof(both) }, seen);
	return OK;
}

/* ---- addresses ---- */

static bool
is_local(const char *listen)
{
	return strncmp(listen, UNIX_PREFIX, sizeof(UNIX_PREFIX) - 1) == 0;
}

static socklen_t
local_address(const char *path, struct sockaddr_storage *out)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	(void)strncpy(to.sun_path, path, SOCKET_PATH_MAX);
	memcpy(out, &to, sizeof(to));
	return sizeof(to);
}

static socklen_t
v4_address(const uint8_t address[4], unsigned port,
	   struct sockaddr_storage *out)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port) };

	memcpy(&to.sin_addr, address, sizeof(to.sin_addr));
	memcpy(out, &to, sizeof(to));
	return sizeof(to);
}

static socklen_t
v6_address(const uint8_t address[16], unsigned port,
	   struct sockaddr_storage *out)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
				   .sin6_port = htons((uint16_t)port) };

	memcpy(&to.sin6_addr, address, sizeof(to.sin6_addr));
	memcpy(out, &to, sizeof(to));
	return sizeof(to);
}

socklen_t
serve_check_address(const char *listen, struct sockaddr_storage *out)
{
	struct net net = { .bits = 0 };
	unsigned port = 0;

	memset(out, 0, sizeof(*out));
	if (is_local(listen))
		return local_address(listen + sizeof(UNIX_PREFIX) - 1, out);
	/* The settings' check has seen to it that this can be read. */
	(void)net_parse_listen(listen, &net, &port);
	if (listen[0] == '*' || net_is_v4(net.address))
		return v4_address(net.address + 12, port, out);
	return v6_address(net.address, port, out);
}

/* 0, or why it cannot be listened on. Nothing listens when this returns. */
static int
address_try(const struct sockaddr_storage *to, socklen_t n)
{
	int fd = socket(to->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1, error = 0;

	if (fd < 0)
		return errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (to->ss_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
				 sizeof(on));
	if (bind(fd, (const struct sockaddr *)to, n) != 0 || listen(fd, 1) != 0)
		error = errno;
	close(fd);
	return error;
}

/* A socket's file outlives a server that was killed. One that does not take us
 * at once (EAGAIN) is there all the same; what is no socket stays. */
static int
local_try(const char *path, const struct sockaddr_storage *to, socklen_t n)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;
	int error = 0;

	if (fd < 0)
		return errno;
	if (connect(fd, (const struct sockaddr *)to, n) == 0 || errno == EAGAIN)
		error = EADDRINUSE;
	else if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode))
		error = EEXIST;
	else if (errno == ECONNREFUSED)
		(void)unlink(path);
	close(fd);
	return error;
}

static enum err
listen_check(struct op *op, const char *listen)
{
	const struct timespec pause = { .tv_nsec = TRY_MS * 1000000L };
	int64_t until = op_clock_us() + DYING_MS * INT64_C(1000);
	struct sockaddr_storage to;
	socklen_t n = serve_check_address(listen, &to);
	int error;

	do {
		error = is_local(listen)
				? local_try(listen + sizeof(UNIX_PREFIX) - 1,
					    &to, n)
				: address_try(&to, n);
		if (error != EADDRINUSE)
			break;
		(void)nanosleep(&pause, NULL);
	} while (op_clock_us() < until);
	if (error == 0)
		return OK;
	if (error == EADDRINUSE)
		return FAIL(op, ERR_CONFLICT,
			    "%s is in use already, by another server: stop "
			    "it, or choose another port",
			    listen);
	if (error == EACCES)
		return FAIL(op, ERR_DENIED,
			    "%s: ports below 1024 need root or "
			    "CAP_NET_BIND_SERVICE",
			    listen);
	return FAIL(op, ERR_DOWN, "%s cannot be listened on: %s", listen,
		    strerror(error));
}

/* The address as it is listened on now stays as it is. */
static enum err
listen_check_new(struct op *op, const char *listen, const char *old)
{
	if (listen == NULL || (old != NULL && strcmp(listen, old) == 0))
		return OK;
	return listen_check(op, listen);
}

enum err
serve_check_listen(struct op *op, const struct settings *s,
		   const struct settings *old)
{
	static const struct settings none;

	if (old == NULL)
		old = &none;
	TRY(listen_check_new(op, s->listen, old->listen));
	TRY(listen_check_new(op, s->status_listen, old->status_listen));
	return listen_check_new(op, s->proxy_listen, old->proxy_listen);
}

static enum err
socket_path_check(struct op *op, const char *path)
{
	if (strlen(path) <= SOCKET_PATH_MAX)
		return OK;
	return FAIL(op, ERR_INVALID,
		    "%s: a socket's path has at most %zu bytes: set `run` to "
		    "a shorter folder",
		    path, SOCKET_PATH_MAX);
}

/* The folder above; data/ itself is given to the user by serve. */
static enum err
reach_above(struct op *op, const char *path, const struct user *user)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == path ? 1 : (size_t)(slash - path);
	const char *above = op_text(op, path, n);

	return access(above, F_OK) == 0 ? user_reach(op, user, above) : OK;
}

enum err
serve_check_reach(struct op *op, const struct settings *s,
		  const struct user *user)
{
	TRY(user_reach(op, user, s->file));
	TRY(reach_above(op, s->data, user));
	return reach_above(op, s->run, user);
}

enum err
serve_check_paths(struct op *op, const struct settings *s)
{
	const char *const listen[] = { s->status_listen, s->proxy_listen };

	TRY(socket_path_check(op, op_print(op, "%s/%s", s->run, IMAGE_SOCKET)));
	for (size_t i = 0; i < COUNT(listen); i++) {
		if (listen[i] != NULL && is_local(listen[i]))
			TRY(socket_path_check(
				op, listen[i] + sizeof(UNIX_PREFIX) - 1));
	}
	return OK;
}

enum err
serve_check_fixed(struct op *op, const struct settings *old,
		  const struct settings *fresh)
{
	const struct {
		const char *name, *old, *fresh;
	} fixed[] = {
		{ "data", old->data, fresh->data },
		{ "run", old->run, fresh->run },
		{ "user", old->user, fresh->user },
	};

	for (size_t i = 0; i < COUNT(fixed); i++) {
		if (strcmp(fixed[i].old, fixed[i].fresh) != 0)
			return FAIL(op, ERR_INVALID,
				    "%s: a change of `%s` needs a restart",
				    fresh->file, fixed[i].name);
	}
	return OK;
}

enum err
serve_check_dev(struct op *op, const struct settings *s)
{
	if (s->dev_socket == NULL || getenv(SERVE_DEV_ENV) != NULL)
		return OK;
	return FAIL(op, ERR_INVALID,
		    "%s: the section dev is for the server that frontdesk dev "
		    "makes, and for no other: remove it",
		    s->file);
}
