/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One mail as the mail server shows it: envelope and header, bounded. The
 * connection's thread fills it in; from post_seal on nobody changes it, and
 * who works on it may outlive the connection.
 */
#include "wire/mail.h"

#include <pthread.h>
#include <stdatomic.h>

#define POST_RECIPIENTS_MAX                                                    \
	1000                 /* that are looked at; as Postfix's own limit     \
			      */
#define POST_SENDER_MAX 1000 /* bytes; RFC 5321 has 256 for all of a path */

enum post_work {
	POST_LOOK,   /* is anybody of them absent? */
	POST_DECIDE, /* is he to be answered? */
	POST_WORKS,
};

/* Some work on it, in the crew's queue or on one of its threads. */
struct post_task {
	struct post *post;
	enum post_work what;
	struct post_task *next; /* in the queue */
	size_t bytes;           /* that it keeps there */
	int64_t until_us;       /* nobody wants it later; 0: for ever */
	bool done;
};

struct post {
	struct op op; /* its memory */
	atomic_uint users;
	pthread_cond_t changed; /* a task is done */
	struct post_task task[POST_WORKS];

	const char *sender; /* "": null */
	const char *client; /* its address, as text; "": not known */
	bool authenticated;
	size_t recipients_n;
	const char **recipient;
	bool recipients_cut; /* there were more */
	struct mail_header header;
	struct mail_field *field; /* of the header */
	size_t bytes;             /* of all fields */

	/* What the looking found. */
	bool wanted;
	bool failed; /* it could not be found out */
};

struct post *post_open(void);
struct post *post_keep(struct post *post);
/* Takes NULL. The last one frees it. */
void post_drop(struct post *post);

/* `path`: of MAIL or RCPT, as sent, with its brackets or without. */
void post_sender(struct post *post, const char *path);
void post_recipient(struct post *post, const char *path);

/* One field of the header, folded or not. */
void post_field(struct post *post, const char *name, const char *value);

/* Bytes that it holds. */
size_t post_held(const struct post *post);
