/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A server on loopback that says and wants to hear what a script has, a line
 * each: "S text" is said (~ for an end of line), "N text" without its end;
 * "C text" has to be heard, "C*text" begins what has to be heard; "H" waits
 * until the client has gone; "A" calls `act`; "X" closes and waits for the
 * next client. At the end it closes.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define SCRIPTED_LINE 2048 /* bytes */

struct scripted {
	const char *script;
	void (*act)(void);
	int fd;
	FILE *stream; /* of the client that is there */
	char address[32];
	pthread_t thread;
	char wrong[SCRIPTED_LINE]; /* "": all was as the script has it */
};

static inline void
scripted_hear(struct scripted *s, const char *line)
{
	char heard[SCRIPTED_LINE] = "";
	bool begins = line[1] == '*';
	const char *want = line + 2;

	if (fgets(heard, sizeof(heard), s->stream) == NULL)
		(void)snprintf(heard, sizeof(heard), "(the end)");
	heard[strcspn(heard, "\r\n")] = '\0';
	if (begins ? strncmp(heard, want, strlen(want)) != 0
		   : strcmp(heard, want) != 0)
		(void)snprintf(s->wrong, sizeof(s->wrong),
			       "heard \"%.200s\", not \"%.200s\"", heard, want);
}

static inline void
scripted_say(struct scripted *s, const char *line)
{
	for (const char *c = line + 2; *c != '\0'; c++)
		(void)fputs(*c == '~' ? "\r\n" : (char[]){ *c, 0 }, s->stream);
	(void)fputs(line[0] == 'S' ? "\r\n" : "", s->stream);
	(void)fflush(s->stream);
}

static inline void
scripted_accept(struct scripted *s)
{
	if (s->stream != NULL)
		(void)fclose(s->stream);
	s->stream = fdopen(accept(s->fd, NULL, NULL), "r+");
}

static inline void
scripted_do(struct scripted *s, const char *line)
{
	char heard[SCRIPTED_LINE];

	switch (line[0]) {
	case 'C':
		scripted_hear(s, line);
		break;
	case 'H':
		while (fgets(heard, sizeof(heard), s->stream) != NULL)
			continue;
		break;
	case 'A':
		s->act();
		break;
	case 'X':
		scripted_accept(s);
		break;
	default:
		scripted_say(s, line);
	}
}

static inline void *
scripted_run(void *arg)
{
	struct scripted *s = arg;
	char line[SCRIPTED_LINE];

	scripted_accept(s);
	for (const char *p = s->script; *p != '\0' && s->wrong[0] == '\0';) {
		size_t n = strcspn(p, "\n");

		(void)snprintf(line, sizeof(line), "%.*s", (int)n, p);
		scripted_do(s, line);
		p += n + 1;
	}
	(void)fclose(s->stream);
	return NULL;
}

/* In the caller's memory, which may not move; act may be set before. */
static inline void
scripted_open(struct scripted *s, const char *script)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof(at);

	s->script = script;
	s->stream = NULL;
	s->wrong[0] = '\0';
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(listen(s->fd, 1), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &n), 0);
	(void)snprintf(s->address, sizeof(s->address), "127.0.0.1:%u",
		       ntohs(at.sin_port));
	assert_int_equal(pthread_create(&s->thread, NULL, scripted_run, s), 0);
}

/* When its script is done. */
static inline void
scripted_close(struct scripted *s)
{
	(void)pthread_join(s->thread, NULL);
	(void)close(s->fd);
}
