/* SPDX-License-Identifier: Apache-2.0 */
#include "door/milter/post.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RECIPIENTS_FIRST 8 /* for whom there is room at once */

struct post *
post_open(void)
{
	struct post *post = calloc(1, sizeof(*post));
	pthread_condattr_t attr;

	if (post == NULL)
		abort();
	op_init(&post->op, arena_open(0), NULL, 0);
	atomic_init(&post->users, 1);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&post->changed, &attr);
	(void)pthread_condattr_destroy(&attr);
	post->sender = post->client = "";
	for (size_t i = 0; i < POST_WORKS; i++) {
		post->task[i].post = post;
		post->task[i].what = (enum post_work)i;
	}
	return post;
}

struct post *
post_keep(struct post *post)
{
	(void)atomic_fetch_add(&post->users, 1);
	return post;
}

void
post_drop(struct post *post)
{
	if (post == NULL || atomic_fetch_sub(&post->users, 1) > 1)
		return;
	arena_close(post->op.arena);
	(void)pthread_cond_destroy(&post->changed);
	free(post);
}

size_t
post_held(const struct post *post)
{
	return arena_held(post->op.arena);
}

/* ---- the envelope ---- */

/* "ann"@x.org is ann@x.org (RFC 5321 4.1.2); what needs its quotes keeps them,
 * and is an address of nobody. */
static const char *
unquoted(struct op *op, const char *address)
{
	const char *at = address + 1;
	char *out, *end;

	if (*address != '"')
		return address;
	out = end = op_dup(op, address);
	while (*at != '"' && *at != '\0') {
		if (*at == '\\' && at[1] != '\0')
			at++;
		*end++ = *at++;
	}
	if (at[0] != '"' || at[1] != '@')
		return address;
	(void)stpcpy(end, at + 1);
	return text_is_address(out) ? out : address;
}

/* What is inside of the brackets, behind the route that RFC 5321 has nobody
 * write any more. What is no text, or too long, is an address of nobody: "@".
 */
static const char *
path_address(struct post *post, const char *path)
{
	size_t n = strlen(path);
	const char *colon;

	if (n >= 2 && path[0] == '<' && path[n - 1] == '>') {
		path++;
		n -= 2;
	}
	if (*path == '@' && (colon = memchr(path, ':', n)) != NULL) {
		n -= (size_t)(colon + 1 - path);
		path = colon + 1;
	}
	if (n > POST_SENDER_MAX ||
	    !text_utf8((struct bytes){ (const uint8_t *)path, n }))
		return "@";
	return unquoted(&post->op, op_text(&post->op, path, n));
}

void
post_sender(struct post *post, const char *path)
{
	post->sender = path_address(post, path);
}

/* Twice the room, for another one. */
static void
recipients_grow(struct post *post)
{
	size_t n = post->recipients_n;
	size_t room = n == 0 ? RECIPIENTS_FIRST : 2 * n;
	const char **more = op_alloc(&post->op, room * sizeof(*more));

	if (n > 0)
		memcpy(more, post->recipient, n * sizeof(*more));
	post->recipient = more;
}

static bool
is_full(size_t n)
{
	return n == 0 || (n >= RECIPIENTS_FIRST && (n & (n - 1)) == 0);
}

void
post_recipient(struct post *post, const char *path)
{
	if (post->recipients_n == POST_RECIPIENTS_MAX) {
		post->recipients_cut = true;
		return;
	}
	if (is_full(post->recipients_n))
		recipients_grow(post);
	post->recipient[post->recipients_n++] = path_address(post, path);
}

/* ---- the header ---- */

/* As wire/mail.h reads names. */
static bool
is_name(const char *name)
{
	size_t n = 0;

	while (name[n] > ' ' && name[n] < 0x7f && name[n] != ':')
		n++;
	return n > 0 && n <= MAIL_NAME_MAX && name[n] == '\0';
}

void
post_field(struct post *post, const char *name, const char *value)
{
	struct mail_header *h = &post->header;

	if (h->cut)
		return;
	post->bytes += strlen(name) + strlen(value) + sizeof(": \r\n") - 1;
	if (h->n == MAIL_FIELDS_MAX || post->bytes > MAIL_HEADER_MAX) {
		h->cut = true;
		return;
	}
	if (!is_name(name)) /* what comes behind may have one */
		return;
	if (post->field == NULL)
		h->field = post->field = op_alloc(
			&post->op, MAIL_FIELDS_MAX * sizeof(*post->field));
	post->field[h->n++] = (struct mail_field){
		.name = op_dup(&post->op, name),
		.value = mail_value(&post->op, bytes_of(value)),
	};
}
