/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/line_socket.h"

#include "base/net.h"
#include "base/uri.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define US_PER_MS 1000
#define WAIT_MAX_US (INT64_C(60) * 1000 * US_PER_MS) /* then it waits again */
#define UNIX_PREFIX "unix:"
#define V4_OFFSET 12 /* bytes before an IPv4 address in its mapped form */

/* ---- waiting ---- */

/* Until it is ready. 0, or what is wrong. */
static int
socket_wait(const struct line_socket *s, short events)
{
	struct pollfd wait = { .fd = s->fd, .events = events };
	int ready;

	do {
		int64_t left_us = s->until_us - op_clock_us();

		if (left_us <= 0)
			return ETIMEDOUT;
		if (left_us > WAIT_MAX_US)
			left_us = WAIT_MAX_US;
		ready = poll(&wait, 1, (int)(left_us / US_PER_MS) + 1);
	} while (ready == 0 || (ready < 0 && errno == EINTR));
	return ready < 0 ? errno : 0;
}

static enum err
socket_failed(struct op *op, const struct line_socket *s, int error)
{
	if (error == ETIMEDOUT)
		return FAIL(op, ERR_DOWN, "%s does not answer in time",
			    s->server);
	return FAIL(op, ERR_DOWN, "%s: %s", s->server, strerror(error));
}

/* ---- connecting ---- */

/* Until it is connected, or there is no more time. */
static int
socket_connect(const struct line_socket *s, const struct sockaddr *to,
	       socklen_t n)
{
	socklen_t size = sizeof(int);
	int error = 0, waited;

	if (connect(s->fd, to, n) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	waited = socket_wait(s, POLLOUT);
	if (waited != 0)
		return waited;
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		return errno;
	return error;
}

/* 0, or what is wrong; then there is none. */
static int
socket_try(struct line_socket *s, const struct sockaddr *to, socklen_t n)
{
	int error;

	s->fd = socket(to->sa_family,
		       SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return errno;
	error = socket_connect(s, to, n);
	if (error != 0)
		line_socket_close(s);
	return error;
}

static void
addresses_drop(struct addrinfo **list)
{
	if (*list != NULL)
		freeaddrinfo(*list);
}

/* One address after the other; each has its share of the time, for one of them
 * may be of a machine that is off. */
static int
connect_any(struct line_socket *s, const struct addrinfo *list)
{
	int64_t end_us = s->until_us;
	int error = EADDRNOTAVAIL, n = 0;

	for (const struct addrinfo *a = list; a != NULL; a = a->ai_next)
		n++;
	for (const struct addrinfo *a = list; a != NULL && error != 0;
	     a = a->ai_next) {
		int64_t now_us = op_clock_us();

		s->until_us = now_us + (end_us - now_us) / n--;
		error = socket_try(s, a->ai_addr, a->ai_addrlen);
	}
	s->until_us = end_us;
	return error;
}

/* By the address that it is connected with: a name may lead anywhere. */
static bool
peer_is_here(int fd)
{
	static const uint8_t mapped[V4_OFFSET] = { [10] = 0xff, [11] = 0xff };
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_storage room;
	} peer;
	socklen_t n = sizeof(peer);
	struct net net = { .bits = 8 * NET_ADDRESS_SIZE };

	memset(&peer, 0, sizeof(peer));
	if (getpeername(fd, &peer.any, &n) != 0)
		return false;
	if (peer.any.sa_family == AF_INET6) {
		memcpy(net.address, &peer.v6.sin6_addr, NET_ADDRESS_SIZE);
	} else {
		memcpy(net.address, mapped, V4_OFFSET);
		memcpy(net.address + V4_OFFSET, &peer.v4.sin_addr,
		       NET_ADDRESS_SIZE - V4_OFFSET);
	}
	return peer.any.sa_family == AF_UNIX || net_is_loopback(&net);
}

static enum err
connect_host(struct op *op, struct line_socket *s)
{
	static const int on = 1;
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
					.ai_flags = AI_NUMERICSERV };
	CLEANUP(addresses_drop) struct addrinfo *list = NULL;
	struct uri uri;
	int error;

	if (!uri_parse(op_print(op, "tcp://%s", s->server), &uri) ||
	    uri.port == 0)
		return FAIL(op, ERR_DOWN,
			    "%s: where is that? a host and its port are needed",
			    s->server);
	memcpy(s->host, uri.host.p, uri.host.n);
	s->host[uri.host.n] = '\0';
	error = getaddrinfo(s->host, op_print(op, "%u", uri.port), &hints,
			    &list);
	if (error != 0)
		return FAIL(op, ERR_DOWN, "%s: %s", s->server,
			    gai_strerror(error));
	error = connect_any(s, list);
	if (error != 0)
		return socket_failed(op, s, error);
	(void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return OK;
}

static enum err
connect_path(struct op *op, struct line_socket *s, const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = strlen(path);
	int error;

	if (n == 0 || n >= sizeof(to.sun_path))
		return FAIL(op, ERR_DOWN,
			    "%s: a socket's path has 1 to %zu bytes", s->server,
			    sizeof(to.sun_path) - 1);
	memcpy(to.sun_path, path, n + 1);
	memcpy(s->host, "localhost", sizeof("localhost"));
	error = socket_try(s, (const struct sockaddr *)&to, sizeof(to));
	return error == 0 ? OK : socket_failed(op, s, error);
}

enum err
line_socket_open(struct op *op, struct line_socket *s, const char *server)
{
	const size_t prefix = sizeof(UNIX_PREFIX) - 1;

	s->fd = -1;
	if (strlen(server) >= sizeof(s->server))
		return FAIL(op, ERR_DOWN,
			    "a server's name has at most %zu bytes",
			    sizeof(s->server) - 1);
	memcpy(s->server, server, strlen(server) + 1);
	if (strncmp(server, UNIX_PREFIX, prefix) == 0)
		TRY(connect_path(op, s, server + prefix));
	else
		TRY(connect_host(op, s));
	s->here = peer_is_here(s->fd);
	return OK;
}

void
line_socket_close(struct line_socket *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}

/* ---- bytes ---- */

enum err
line_socket_send(struct op *op, struct line_socket *s, struct bytes all)
{
	while (all.n > 0) {
		ssize_t n = send(s->fd, all.p, all.n, MSG_NOSIGNAL);
		int error = n < 0 ? errno : 0;

		if (error == EAGAIN || error == EWOULDBLOCK)
			error = socket_wait(s, POLLOUT);
		if (error != 0 && error != EINTR)
			return socket_failed(op, s, error);
		if (n > 0)
			all = (struct bytes){ all.p + n, all.n - (size_t)n };
	}
	return OK;
}

void
line_socket_part(struct line_socket *s, struct bytes all)
{
	if (s->fd >= 0)
		(void)send(s->fd, all.p, all.n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

enum err
line_socket_receive(struct op *op, struct line_socket *s, void *to, size_t room,
		    size_t *out)
{
	for (;;) {
		ssize_t n = recv(s->fd, to, room, 0);
		int error = n < 0 ? errno : 0;

		if (n == 0)
			return FAIL(op, ERR_DOWN, "%s closed the connection",
				    s->server);
		*out = n > 0 ? (size_t)n : 0;
		if (n > 0 && op_clock_us() >= s->until_us)
			return socket_failed(op, s, ETIMEDOUT);
		if (n > 0)
			return OK;
		if (error == EAGAIN || error == EWOULDBLOCK)
			error = socket_wait(s, POLLIN);
		if (error != 0 && error != EINTR)
			return socket_failed(op, s, error);
	}
}

bool
line_socket_is_quiet(const struct line_socket *s)
{
	struct pollfd look = { .fd = s->fd, .events = POLLIN };

	return poll(&look, 1, 0) == 0;
}
