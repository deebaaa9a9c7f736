/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the door of mails (door/milter/) needs of the house, defined in
 * main/milter_house.c; and what it tells of itself to other processes, defined
 * in delivery/milter_counts.c.
 */
#include "model/delivery.h"

/* ---- for the door ---- */

struct milter_house;

/*
 * Opens the store that the configuration names, for that many threads that
 * read. copy: where its text is read instead (main/open.h, SETTINGS_FILE);
 * NULL: from the file.
 */
enum err milter_house_open(struct op *op, const char *file, const char *copy,
			   unsigned threads, struct milter_house **out);
/* Takes NULL. */
void milter_house_close(struct milter_house *h);

struct delivery *milter_house_delivery(struct milter_house *h);

/* The settings are read again before the next op. Thread-safe. */
void milter_house_reload(struct milter_house *h);

/* An op with the settings now in force (they are read again here when the
 * supervisor has raised the generation); the end gives them back. From any
 * thread. */
void milter_op_begin(struct milter_house *h, struct op *op, struct arena *arena,
		     unsigned timeout_ms);
void milter_op_end(struct milter_house *h, struct op *op);

/* ---- what it has done since it began, for the others ---- */

struct milter_counts {
	uint64_t mails;   /* that were shown to us */
	uint64_t wanted;  /* ... of which a recipient is absent */
	uint64_t replies; /* put into the outbox, ... */
	uint64_t none;    /* ... and mailboxes for which a rule said no */
	uint64_t failed;  /* mailboxes for which nothing could be decided */
	uint64_t skipped; /* mails let through unseen, for there were too many
			     at once or the store was too slow */
	int64_t began;    /* by the clock, when it started */
	int64_t asked;    /* when a mail server last connected; 0: not yet */
};

/* Zeros them for a milter that begins, and shares them. Who counts adds to
 * them atomically. */
enum err milter_counts_share(struct op *op, struct milter_counts **out);

/* ERR_NOT_FOUND: no milter has ever run here. */
enum err milter_counts_read(struct op *op, struct milter_counts *out);
