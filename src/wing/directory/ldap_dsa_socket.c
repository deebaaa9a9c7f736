/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The socket of a connection is ours, and so is what reads and writes it: each
 * ends when the server's time is over, also in the middle of a handshake, or of
 * a message that comes a byte at a time.
 */
#include "base/text.h"
#include "base/uri.h"
#include "wing/directory/ldap_dsa.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openldap.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PORT "389"
#define PORT_TLS "636"
#define KEEPALIVE_IDLE_S 60
#define KEEPALIVE_INTERVAL_S 10
#define KEEPALIVE_PROBES 3
#define MS 1000 /* microseconds */
#define SOCKET_URI "ldapi://"
#define SOCKET_PATH "/var/run/slapd/ldapi" /* where Debian's listens */

static int
left_ms(const struct dsa *dsa)
{
	int64_t left = (dsa->until_us - op_clock_us()) / MS;

	return left > 0 ? (int)left : 0;
}

/* Until it is ready. 0, or what is wrong. */
static int
socket_wait(const struct dsa *dsa, int fd, short events)
{
	struct pollfd wait = { .fd = fd, .events = events };
	int ready;

	do {
		ready = poll(&wait, 1, left_ms(dsa));
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return errno;
	return ready == 0 ? ETIMEDOUT : 0;
}

/* ---- connecting ---- */

/* Until it is connected, or there is no more time. */
static int
socket_connect(const struct dsa *dsa, const struct sockaddr *to, socklen_t n)
{
	socklen_t size = sizeof(int);
	int error = 0, waited;

	if (connect(dsa->fd, to, n) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	waited = socket_wait(dsa, dsa->fd, POLLOUT);
	if (waited != 0)
		return waited;
	if (getsockopt(dsa->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
		return errno;
	return error;
}

/* 0, or what is wrong; then there is none. */
static int
socket_open(struct dsa *dsa, int family, const struct sockaddr *to, socklen_t n)
{
	int error;

	dsa->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (dsa->fd < 0)
		return errno;
	error = socket_connect(dsa, to, n);
	if (error == 0)
		return 0;
	(void)close(dsa->fd);
	dsa->fd = -1;
	return error;
}

static void
socket_set_up(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S },
		{ IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES },
	};

	for (size_t i = 0; i < COUNT(options); i++)
		(void)setsockopt(fd, options[i].level, options[i].name,
				 &options[i].value, sizeof(options[i].value));
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
connect_any(struct dsa *dsa, const struct addrinfo *list)
{
	int64_t end_us = dsa->until_us;
	int error = EADDRNOTAVAIL, n = 0;

	for (const struct addrinfo *a = list; a != NULL; a = a->ai_next)
		n++;
	for (const struct addrinfo *a = list; a != NULL && error != 0;
	     a = a->ai_next) {
		int64_t now_us = op_clock_us();

		dsa->until_us = now_us + (end_us - now_us) / n--;
		error = socket_open(dsa, a->ai_family, a->ai_addr,
				    a->ai_addrlen);
	}
	dsa->until_us = end_us;
	return error;
}

static enum err
connect_host(struct op *op, struct dsa *dsa)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
					.ai_flags = AI_ADDRCONFIG |
						    AI_NUMERICSERV };
	CLEANUP(addresses_drop) struct addrinfo *list = NULL;
	const char *host, *port;
	struct uri uri;
	int error;

	if (!uri_parse(dsa->uri, &uri))
		return FAIL(op, ERR_DOWN, "%s: where is that?", dsa->uri);
	host = op_text(op, (const char *)uri.host.p, uri.host.n);
	port = uri_is(&uri, "ldaps") ? PORT_TLS : PORT;
	if (uri.port != 0)
		port = op_print(op, "%u", uri.port);
	error = getaddrinfo(host, port, &hints, &list);
	if (error != 0)
		return FAIL(op, ERR_DOWN, "%s: %s", dsa->uri,
			    gai_strerror(error));
	error = connect_any(dsa, list);
	if (error != 0)
		return FAIL(op, ERR_DOWN, "%s: %s", dsa->uri, strerror(error));
	socket_set_up(dsa->fd);
	return OK;
}

/* "ldapi://%2Frun%2Fslapd": the path; false: it is too long, or none. */
static bool
path_of(const char *uri, char *out, size_t room)
{
	const char *p = uri + sizeof(SOCKET_URI) - 1;
	size_t n = 0;

	if (*p == '\0')
		p = SOCKET_PATH;
	while (*p != '\0' && n + 1 < room) {
		char hex[3] = "", *end = hex;

		if (*p == '%') {
			(void)strncpy(hex, p + 1, 2);
			out[n++] = (char)strtoul(hex, &end, 16);
			if (end != hex + 2)
				return false;
			p += 3;
		} else {
			out[n++] = *p++;
		}
	}
	out[n] = '\0';
	return *p == '\0' && strlen(out) == n;
}

static enum err
connect_socket(struct op *op, struct dsa *dsa)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int error;

	if (!path_of(dsa->uri, to.sun_path, sizeof(to.sun_path)))
		return FAIL(op, ERR_DOWN, "%s: not the path of a socket",
			    dsa->uri);
	error = socket_open(dsa, AF_UNIX, (const struct sockaddr *)&to,
			    sizeof(to));
	return error == 0 ? OK
			  : FAIL(op, ERR_DOWN, "%s: %s", dsa->uri,
				 strerror(error));
}

/* ---- reading and writing, beneath TLS and SASL ---- */

static int
io_setup(Sockbuf_IO_Desc *io, void *arg)
{
	io->sbiod_pvt = arg;
	return 0;
}

static int
io_remove(Sockbuf_IO_Desc *io)
{
	(void)io;
	return 0;
}

static int
io_ctrl(Sockbuf_IO_Desc *io, int option, void *arg)
{
	(void)io;
	(void)option;
	(void)arg;
	return 0;
}

/* Never EAGAIN: what is above would ask again without an end. */
static ber_slen_t
io_read(Sockbuf_IO_Desc *io, void *to, ber_len_t n)
{
	const struct dsa *dsa = io->sbiod_pvt;

	for (;;) {
		ssize_t got = recv(dsa->fd, to, n, MSG_DONTWAIT);
		int error = got < 0 ? errno : 0;

		if (error == EAGAIN || error == EWOULDBLOCK)
			error = socket_wait(dsa, dsa->fd, POLLIN);
		else if (error != EINTR)
			return got;
		if (error != 0 && error != EINTR) {
			errno = error;
			return -1;
		}
	}
}

static ber_slen_t
io_write(Sockbuf_IO_Desc *io, void *from, ber_len_t n)
{
	const struct dsa *dsa = io->sbiod_pvt;

	for (;;) {
		ssize_t put =
			send(dsa->fd, from, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		int error = put < 0 ? errno : 0;

		if (error == EAGAIN || error == EWOULDBLOCK)
			error = socket_wait(dsa, dsa->fd, POLLOUT);
		else if (error != EINTR)
			return put;
		if (error != 0 && error != EINTR) {
			errno = error;
			return -1;
		}
	}
}

static int
io_close(Sockbuf_IO_Desc *io)
{
	struct dsa *dsa = io->sbiod_pvt;

	if (dsa->fd >= 0)
		(void)close(dsa->fd);
	dsa->fd = -1;
	return 0;
}

static Sockbuf_IO socket_io = {
	.sbi_setup = io_setup,
	.sbi_remove = io_remove,
	.sbi_ctrl = io_ctrl,
	.sbi_read = io_read,
	.sbi_write = io_write,
	.sbi_close = io_close,
};

/* ---- both ---- */

bool
dsa_is_socket(const char *uri)
{
	return text_case_starts(uri, SOCKET_URI);
}

enum err
dsa_connect(struct op *op, struct dsa *dsa)
{
	void *buffer = NULL;
	int result;

	if (dsa_is_socket(dsa->uri))
		TRY(connect_socket(op, dsa));
	else
		TRY(connect_host(op, dsa));
	result = ldap_init_fd(dsa->fd, LDAP_PROTO_EXT, dsa->uri, &dsa->ld);
	if (result == LDAP_SUCCESS)
		result = ldap_get_option(dsa->ld, LDAP_OPT_SOCKBUF, &buffer);
	if (result == LDAP_SUCCESS &&
	    ber_sockbuf_add_io(buffer, &socket_io, LBER_SBIOD_LEVEL_PROVIDER,
			       dsa) != 0)
		result = LDAP_LOCAL_ERROR;
	if (result != LDAP_SUCCESS)
		return FAIL(op, ERR_DOWN, "%s: %s", dsa->uri,
			    ldap_err2string(result));
	return OK;
}
