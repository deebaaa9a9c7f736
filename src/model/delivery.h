/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How an absence that is stored takes effect: what has to lie at a backend is
 * put there, mails that a door brings are answered, and everybody can see
 * whether and why (the effect). Implemented in delivery/.
 */
#include "model/store.h"

struct delivery;

/* Opens nothing outside yet. store must outlive it. */
enum err delivery_open(struct op *op, struct store *store,
		       struct delivery **out);
/* Takes NULL. */
void delivery_close(struct delivery *d);

/* ---- settings in force ---- */

/*
 * Brings what is stored of a mailbox into force, where its backend can do that
 * at once: called after a change was committed, by an op that may wait. What
 * does not work is no error: the change is stored, a row of the same commit
 * wants it published, the clerk tries again, and the effect says why.
 */
void delivery_publish(struct delivery *d, struct op *op, int64_t mailbox);

/* The clerk's: everything that is due, of every kind of backend, for some
 * seconds at most. */
enum err delivery_follow(struct delivery *d, struct op *op);

/*
 * The clerk's: when settings, domains or backends are others than at the last
 * time, when it starts, and daily, everybody's script is compared with what
 * ought to lie there, and what is of nobody is taken away.
 */
enum err delivery_sweep(struct delivery *d, struct op *op);

/* ---- the effect ---- */

enum effect_status {
	EFFECT_NONE = 1, /* never set */
	EFFECT_OFF,      /* switched off or over, and nothing is sent */
	EFFECT_IN_FORCE, /* what is stored is what is done */
	EFFECT_STORED,   /* stored, not in force: the reason says why */
};

struct effect {
	unsigned status;    /* enum effect_status */
	const char *via;    /* "sieve-file:office"; NULL: nothing */
	int64_t since;      /* when that came about; 0: not known */
	const char *reason; /* NULL: nothing to say. With EFFECT_IN_FORCE what
			       it does not do: "Known acts as None: ..." */
};

enum err delivery_effect(struct delivery *d, struct op *op,
			 const struct mailbox *mailbox,
			 const struct oof_stored *stored, struct effect *out);

/* ---- a mail that came (the milter) ---- */

struct mail_header;

struct arrival {
	const char *sender;    /* of the envelope, as sent; "": null */
	const char *recipient; /* of the envelope, as sent */
	bool authenticated;    /* its client signed in */
	bool near;             /* its client is a host of the site */
	const struct mail_header *header;
};

/*
 * Has anybody to be asked about mails to this recipient: is it a mailbox of
 * ours (*mailbox: its id) that a milter answers for, and absent now?
 * ERR_NOT_FOUND: no. Cheap, for every recipient of every mail: the store alone
 * is asked, for whoever is absent is in it, and no mail waits for a directory.
 */
enum err delivery_wants(struct delivery *d, struct op *op,
			const char *recipient, int64_t *mailbox);

struct arrival_result {
	const char *address; /* the mailbox's */
	bool replies;        /* a reply lies in the outbox */
	bool internal;       /* which side the sender is on */
	const char *rule;    /* the number of the rule that decided */
	const char *note;
};

/* Decides, and puts a reply into the outbox with the record that this sender
 * was answered, in one transaction. ERR_NOT_FOUND as above. */
enum err delivery_mail(struct delivery *d, struct op *op,
		       const struct arrival *in, struct arrival_result *out);

/* The clerk's: sends what is due in the outbox, for some seconds at most. */
enum err delivery_send(struct delivery *d, struct op *op);

/* ---- for the administrator ---- */

struct backend_told {
	const char *step; /* "sign in as dovemaster" */
	bool good;
	const char *note; /* what was found, or the remedy; NULL */
};
typedef void backend_tell(void *arg, const struct backend_told *told);

/* Tries a backend, or all (title NULL), step by step, with a script that
 * answers nobody, which is taken away again. ERR_NOT_FOUND: no such section;
 * ERR_DOWN: a step failed. user NULL: the name of a probe. */
enum err delivery_test(struct delivery *d, struct op *op, const char *title,
		       const char *user, backend_tell *tell, void *arg);

/* What lies at a backend, or ought to. */
struct backend_count {
	uint64_t in_force; /* scripts that lie there as they are to */
	uint64_t waiting;  /* something is to be done, at once or again */
	uint64_t failing;  /* of these: it was tried in vain */
};
enum err delivery_count(struct delivery *d, struct op *op, const char *title,
			struct backend_count *out);

/*
 * The script of a mailbox as it would be put into a backend that takes
 * size_max bytes (0: any number): p NULL: none, for nobody is to be answered.
 * note: what had to be left out; NULL. ERR_LIMIT, ERR_INVALID: there can be
 * none.
 */
enum err delivery_script(struct delivery *d, struct op *op,
			 const struct mailbox *mailbox, uint64_t size_max,
			 struct bytes *out, const char **note);

struct resync_count {
	size_t looked, put, removed, failed;
};

/* Everything of a backend, or of all (title NULL), is put again whether it
 * seems to lie there or not; mailbox NULL: of everybody. */
enum err delivery_resync(struct delivery *d, struct op *op, const char *title,
			 const struct mailbox *mailbox,
			 struct resync_count *out);
