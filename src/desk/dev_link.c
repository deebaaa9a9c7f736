/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/dev_link.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#define WAIT_S 5        /* for the other side to take a message, or answer */
#define ANSWER_MAX 1024 /* bytes */

socklen_t
dev_address(const char *name, struct sockaddr_un *out)
{
	size_t n = strnlen(name, sizeof(out->sun_path) - 1);

	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(out->sun_path, name, n);
	out->sun_path[0] = '\0'; /* in no folder; gone with its owner */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

static void
close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

enum err
dev_send(struct op *op, const char *name, enum dev_message what,
	 struct bytes text, const char **answer)
{
	const struct timeval wait = { .tv_sec = WAIT_S };
	CLEANUP(close_fd)
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	uint8_t kind = (uint8_t)what, *copy = op_alloc(op, text.n + 1);
	struct iovec parts[] = { { &kind, 1 }, { copy, text.n } };
	const struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	char got[ANSWER_MAX];
	struct sockaddr_un to;
	socklen_t n = dev_address(name, &to);
	ssize_t size = 0;

	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) != 0 ||
	    connect(fd, (const struct sockaddr *)&to, n) != 0 ||
	    sendmsg(fd, &message, MSG_NOSIGNAL) < 0)
		return FAIL(op, ERR_DOWN, "frontdesk dev: %s", strerror(errno));
	if (answer == NULL)
		return OK;
	size = recv(fd, got, sizeof(got), 0);
	if (size < 0)
		return FAIL(op, ERR_DOWN, "frontdesk dev: %s", strerror(errno));
	*answer = op_text(op, got, (size_t)size);
	return OK;
}
