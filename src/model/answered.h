/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whom a mailbox answered, and the replies that are on their way; kept by the
 * store, with its errors (model/store.h). */
#include "model/store.h"

#define ANSWERED_MAX 10000        /* of a mailbox; the oldest go first */
#define ANSWERED_TEXT_MAX 1024    /* bytes of an address, an id, a reason */
#define OUTBOX_MAIL_MAX (4 * MIB) /* bytes of a mail */

enum answered_state {
	ANSWERED_WAITING = 1, /* its mail is in the outbox */
	ANSWERED_SENDING,     /* it is being sent right now */
	ANSWERED_SENT,
	ANSWERED_FAILED,  /* refused for good, or given up */
	ANSWERED_UNKNOWN, /* it may have been sent, and is not sent again */
};

/* Who was answered, and how that went. */
struct answered {
	int64_t id;
	int64_t mailbox, period;
	const char *sender;     /* who counts as answered: folded, decoded */
	const char *to;         /* where the reply goes */
	const char *message_id; /* of the reply */
	bool internal;          /* which text */
	unsigned state;         /* enum answered_state */
	int64_t at;             /* when it was decided */
	int64_t settled;        /* when `state` came about */
	const char *via;        /* the title of the backend section */
	const char *reason;     /* "" */
};

/* Its mail, until it is settled. */
struct outbox_mail {
	int64_t id; /* of the answer */
	int64_t mailbox;
	const char *from; /* of the envelope; "": null */
	const char *to;
	bool utf8; /* needs SMTPUTF8 */
	struct bytes mail;
	int64_t due;
	unsigned tries;
	int64_t at; /* of the answer */
};

struct answered_limits {
	unsigned mailbox_per_minute, site_per_minute; /* 0: none */
};

/*
 * Remembers the answer and lays its mail into the outbox; fills in both ids,
 * and state and time. ERR_CONFLICT: that sender was answered in that period
 * already; ERR_LIMIT: too many a moment ago, or a text or the mail is too long;
 * ERR_INVALID: a text has control characters; ERR_NOT_FOUND: no such mailbox.
 * Nothing is kept then.
 */
enum err store_answered_begin(struct store *s, struct op *op,
			      struct answered *in, struct outbox_mail *mail,
			      const struct answered_limits *limits);

/* Was this sender answered in this period? ERR_NOT_FOUND: no. */
enum err store_answered_find(struct store *s, struct op *op, int64_t mailbox,
			     int64_t period, const char *sender);
/* ERR_LIMIT: too many in the last minute. */
enum err store_answered_brake(struct store *s, struct op *op, int64_t mailbox,
			      const struct answered_limits *limits);

struct outbox_list {
	size_t n;
	const struct outbox_mail *mail;
};
/* Those that wait and are due by the op's clock, the longest due first, with
 * all their bytes. What is damaged is left out while there is anything else;
 * store_check tells it. */
enum err store_outbox_due(struct store *s, struct op *op, size_t most,
			  struct outbox_list *out);

/* Each step of a reply is a commit. ERR_CONFLICT: it is settled, or its mailbox
 * was removed. */

/* Before the end of it is sent. ERR_CONFLICT also: somebody else is at
 * it. */
enum err store_outbox_take(struct store *s, struct op *op, int64_t id);
/* It did not go: again at that time (by ANSWERED_WAITING). */
enum err store_outbox_later(struct store *s, struct op *op, int64_t id,
			    int64_t due, const char *reason);
/* Its end: ANSWERED_SENT, _FAILED or _UNKNOWN; the mail itself is forgotten. */
enum err store_outbox_settle(struct store *s, struct op *op, int64_t id,
			     enum answered_state state, const char *reason);
/* Of a sender that is gone: what was being sent becomes ANSWERED_UNKNOWN; *n.
 */
enum err store_outbox_recover(struct store *s, struct op *op, size_t *n);

struct answered_list {
	size_t n;
	const struct answered *row;
};
/* The newest first, those older than `before` (an id; 0: from the newest). */
enum err store_answered_list(struct store *s, struct op *op, int64_t mailbox,
			     int64_t before, size_t most,
			     struct answered_list *out);

struct outbox_count {
	uint64_t waiting;
	int64_t oldest; /* when the oldest was decided; 0: none */
	uint64_t sent, failed, unknown; /* that are remembered */
};
enum err store_outbox_count(struct store *s, struct op *op,
			    struct outbox_count *out);
