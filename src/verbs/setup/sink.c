/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/setup/sink.h"

#include "base/net.h"
#include "base/text.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BACKLOG 8
#define READ_MS 60000 /* that a client may be silent */
#define SAY_MAX 200   /* bytes of an answer */
#define V4_OFFSET 12  /* bytes before an IPv4 address in its mapped form */
#define NS_PER_MS 1000000

struct taken {
	char from[ADDRESS_MAX + 1], to[ADDRESS_MAX + 1];
	char *mail; /* malloc */
	size_t n;
};

struct sink {
	int fd;   /* listens */
	int wake; /* ours, of a pair: closed, the thread ends */
	int ends; /* the thread's */
	bool runs;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t came;
	size_t n, given; /* mails that came, and of these those taken */
	struct taken mail[SINK_MAILS_MAX];
};

struct session {
	struct sink *sink;
	int fd;
	char line[SINK_LINE_MAX];
	size_t n, next; /* bytes in it; of these, those of the line before */
	struct taken mail;
	bool over; /* this mail is too long */
};

/* ---- lines ---- */

/* False: nothing more is to be read, or the sink ends. */
static bool
wait_for(const struct sink *sink, int fd, int ms)
{
	struct pollfd p[] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = sink->ends, .events = POLLIN },
	};
	int n;

	do
		n = poll(p, COUNT(p), ms);
	while (n < 0 && errno == EINTR);
	return n > 0 && p[1].revents == 0;
}

/* The next line without its end; NULL: there is none. */
static char *
line_read(struct session *s)
{
	char *end;

	memmove(s->line, s->line + s->next, s->n - s->next);
	s->n -= s->next;
	s->next = 0;
	while ((end = memchr(s->line, '\n', s->n)) == NULL) {
		ssize_t n;

		if (s->n == sizeof(s->line) ||
		    !wait_for(s->sink, s->fd, READ_MS))
			return NULL;
		n = recv(s->fd, s->line + s->n, sizeof(s->line) - s->n, 0);
		if (n <= 0)
			return NULL;
		s->n += (size_t)n;
	}
	s->next = (size_t)(end - s->line) + 1;
	if (end > s->line && end[-1] == '\r')
		end--;
	*end = '\0';
	return s->line;
}

static bool
say(struct session *s, const char *text)
{
	char answer[SAY_MAX];
	int n = snprintf(answer, sizeof(answer), "%s\r\n", text);

	return send(s->fd, answer, (size_t)n, MSG_NOSIGNAL) == n;
}

/* ---- a mail ---- */

static void
taken_free(struct taken *t)
{
	free(t->mail);
	*t = (struct taken){ 0 };
}

/* "MAIL FROM:<ada@example.com> BODY=8BITMIME" */
static void
path_read(const char *line, char *out)
{
	const char *open = strchr(line, '<');
	size_t n = open == NULL ? 0 : strcspn(open + 1, ">");

	if (n > ADDRESS_MAX)
		n = ADDRESS_MAX;
	if (n > 0)
		memcpy(out, open + 1, n);
	out[n] = '\0';
}

static void
body_add(struct session *s, struct bytes line)
{
	char *more;

	if (line.n > 0 && line.p[0] == '.') {
		line.p++;
		line.n--;
	}
	s->over = s->over || line.n + 2 > SINK_MAIL_MAX - s->mail.n;
	more = s->over ? NULL : realloc(s->mail.mail, s->mail.n + line.n + 2);
	if (more == NULL) {
		s->over = true;
		return;
	}
	memcpy(more + s->mail.n, line.p, line.n);
	more[s->mail.n + line.n] = '\r';
	more[s->mail.n + line.n + 1] = '\n';
	s->mail.mail = more;
	s->mail.n += line.n + 2;
}

static bool
keep(struct session *s)
{
	struct sink *sink = s->sink;
	bool room;

	if (s->over || s->mail.mail == NULL)
		return false;
	(void)pthread_mutex_lock(&sink->lock);
	room = sink->n < SINK_MAILS_MAX;
	if (room) {
		sink->mail[sink->n++] = s->mail;
		s->mail = (struct taken){ 0 };
		(void)pthread_cond_signal(&sink->came);
	}
	(void)pthread_mutex_unlock(&sink->lock);
	return room;
}

static bool
on_data(struct session *s)
{
	const char *line;

	s->over = false;
	if (!say(s, "354 end with a dot"))
		return false;
	while ((line = line_read(s)) != NULL && strcmp(line, ".") != 0)
		body_add(s, bytes_of(line));
	if (line == NULL)
		return false;
	if (keep(s))
		return say(s, "250 it is here");
	taken_free(&s->mail);
	return say(s, "552 there is no room for it");
}

/* False: the connection is over. */
static bool
command(struct session *s, const char *line)
{
	if (text_case_starts(line, "EHLO"))
		return say(s, "250-sink.frontdesk.invalid") &&
		       say(s, "250-8BITMIME") && say(s, "250-SMTPUTF8") &&
		       say(s, "250 DSN");
	if (text_case_starts(line, "MAIL")) {
		taken_free(&s->mail);
		path_read(line, s->mail.from);
	} else if (text_case_starts(line, "RCPT")) {
		if (s->mail.to[0] == '\0')
			path_read(line, s->mail.to);
	} else if (text_case_starts(line, "RSET")) {
		taken_free(&s->mail);
	} else if (text_case_starts(line, "DATA")) {
		return on_data(s);
	} else if (text_case_starts(line, "QUIT")) {
		(void)say(s, "221 bye");
		return false;
	} else if (!text_case_starts(line, "HELO") &&
		   !text_case_starts(line, "NOOP")) {
		return say(s, "502 not here");
	}
	return say(s, "250 ok");
}

static void
serve(struct sink *sink, int fd)
{
	struct session s = { .sink = sink, .fd = fd };
	const char *line;

	if (say(&s, "220 sink.frontdesk.invalid ESMTP")) {
		while ((line = line_read(&s)) != NULL && command(&s, line))
			;
	}
	taken_free(&s.mail);
}

static void *
run(void *arg)
{
	struct sink *sink = arg;

	while (wait_for(sink, sink->fd, -1)) {
		int fd = accept4(sink->fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			continue;
		serve(sink, fd);
		(void)close(fd);
	}
	return NULL;
}

/* ---- from outside ---- */

static enum err
listen_at(struct op *op, const char *place, int *out)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };
	const char *colon = strrchr(place, ':');
	/* net_parse_listen knows no port 0. */
	bool any = colon != NULL && strcmp(colon, ":0") == 0;
	const char *whole =
		any ? op_print(op, "%.*s:1", (int)(colon - place), place)
		    : place;
	struct net net;
	unsigned port;
	bool v4;
	int fd;

	if (!net_parse_listen(whole, &net, &port))
		return FAIL(op, ERR_INVALID,
			    "%s: give an address of this machine and a port, "
			    "like 127.0.0.1:10026",
			    place);
	v4 = net_is_v4(net.address);
	six.sin6_port = four.sin_port = htons((uint16_t)(any ? 0 : port));
	memcpy(&six.sin6_addr, net.address, sizeof(six.sin6_addr));
	memcpy(&four.sin_addr, net.address + V4_OFFSET, sizeof(four.sin_addr));
	fd = socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    bind(fd, v4 ? (struct sockaddr *)&four : (struct sockaddr *)&six,
		 v4 ? sizeof(four) : sizeof(six)) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		(void)FAIL(op, ERR_DOWN, "%s: %s", place, strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return ERR_DOWN;
	}
	*out = fd;
	return OK;
}

enum err
sink_open(struct op *op, const char *listen, struct sink **out)
{
	struct sink *sink = calloc(1, sizeof(*sink));
	int pair[2] = { -1, -1 };
	enum err err;

	*out = sink;
	if (sink == NULL)
		return FAIL(op, ERR_DOWN, "no memory");
	sink->fd = sink->wake = sink->ends = -1;
	(void)pthread_mutex_init(&sink->lock, NULL);
	(void)pthread_cond_init(&sink->came, NULL);
	err = listen_at(op, listen, &sink->fd);
	if (err == OK &&
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		err = FAIL(op, ERR_DOWN, "socketpair: %s", strerror(errno));
	sink->wake = pair[0];
	sink->ends = pair[1];
	if (err == OK && pthread_create(&sink->thread, NULL, run, sink) != 0)
		err = FAIL(op, ERR_DOWN, "no thread for the sink");
	sink->runs = err == OK;
	if (err != OK)
		sink_close(out);
	return err;
}

void
sink_close(struct sink **sinkp)
{
	struct sink *sink = *sinkp;

	if (sink == NULL)
		return;
	if (sink->wake >= 0)
		(void)close(sink->wake);
	if (sink->runs)
		(void)pthread_join(sink->thread, NULL);
	if (sink->ends >= 0)
		(void)close(sink->ends);
	if (sink->fd >= 0)
		(void)close(sink->fd);
	for (size_t i = 0; i < sink->n; i++)
		taken_free(&sink->mail[i]);
	(void)pthread_cond_destroy(&sink->came);
	(void)pthread_mutex_destroy(&sink->lock);
	free(sink);
	*sinkp = NULL;
}

const char *
sink_place(const struct sink *sink, struct op *op)
{
	struct sockaddr_storage at = { 0 };
	socklen_t n = sizeof(at);
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (getsockname(sink->fd, (struct sockaddr *)&at, &n) != 0 ||
	    getnameinfo((struct sockaddr *)&at, n, host, sizeof(host), port,
			sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return "";
	return op_print(op, at.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s",
			host, port);
}

/* In the caller's clock: what pthread_cond_timedwait wants. */
static struct timespec
until(unsigned ms)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_REALTIME, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += (long)(ms % 1000) * NS_PER_MS;
	if (at.tv_nsec >= 1000L * NS_PER_MS) {
		at.tv_sec++;
		at.tv_nsec -= 1000L * NS_PER_MS;
	}
	return at;
}

enum err
sink_take(struct sink *sink, struct op *op, unsigned wait_ms,
	  struct sink_mail *out)
{
	const struct timespec at = until(wait_ms);
	const struct taken *mail = NULL;
	int why = 0;

	(void)pthread_mutex_lock(&sink->lock);
	while (sink->given == sink->n && why == 0)
		why = pthread_cond_timedwait(&sink->came, &sink->lock, &at);
	if (sink->given < sink->n)
		mail = &sink->mail[sink->given++];
	(void)pthread_mutex_unlock(&sink->lock);
	if (mail == NULL)
		return FAIL(op, ERR_NOT_FOUND, "no mail came");
	/* A mail that is there is not changed any more. */
	out->from = op_dup(op, mail->from);
	out->to = op_dup(op, mail->to);
	out->mail = op_bytes(
		op, (struct bytes){ (const uint8_t *)mail->mail, mail->n });
	return OK;
}
