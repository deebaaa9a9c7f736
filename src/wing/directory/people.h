/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the files of this wing share.
 *   directory.c      model/directory.h for requests: names, logins, owners
 *   people.c         from what a source says to a mailbox, if it is asked
 *   people_asked.c   who was asked a moment ago, and who does not answer
 *   people_count.c   how often, for /metrics
 *   people_sweep.c   everybody at once
 *   people_follow.c  who changed
 *   trace.c          each step of a look-up, for who administers it
 *   sources.c        the kinds of sources
 */
#include "model/directory.h"
#include "model/store.h"
#include "wing/directory/people_asked.h"
#include "wing/directory/source.h"

struct directory {
	struct store *store;
	struct asked *asked;
	struct people_counts *counts; /* NULL: nobody counts */
};

/* A mailbox, and whose it is. */
struct tie {
	const struct mailbox *mailbox;
	const struct source *source; /* NULL: our own */
	struct person_link link;
};

/* Also OK when it is our own, or of a section that is no more. */
enum err tie_get(struct directory *d, struct op *op,
		 const struct mailbox *mailbox, struct tie *out);

/*
 * Makes sure that a mailbox that was found is as its source says, by now.
 * *again: it may be another's meanwhile: find it once more. ERR_NOT_FOUND: he
 * is barred there, or gone. While the source is down all stays as it was.
 */
enum err people_settle(struct directory *d, struct op *op,
		       const struct mailbox *mailbox, bool *again);

/* An address that is nobody's: some source's? */
enum err people_find(struct directory *d, struct op *op, const char *address,
		     int64_t organization, const struct mailbox **out);

/* Leaves him those of his addresses that are of the source's domains: it is not
 * to speak for others. ERR_NOT_FOUND: none. */
enum err people_narrow(struct op *op, const struct source *source,
		       struct person *person);

/* A copy in the op, without pictures and password. */
struct person people_copy(struct op *op, const struct person *in);

/* Asks one source, and counts. */
enum err people_ask(struct directory *d, struct op *op,
		    const struct source *source,
		    const struct source_query *query, struct person *out);

/* As directory_password (link NULL: of nobody's), and as directory_pictures. */
enum err people_check(struct directory *d, struct op *op,
		      const struct source *source,
		      const struct person_link *link, const char *password,
		      const char **hash);
enum err people_pictures(struct directory *d, struct op *op,
			 const struct tie *tie, const struct person **out);

/* What a source says becomes a mailbox. Who has his address only because he
 * was not asked for since gives it back. */
enum err people_put(struct directory *d, struct op *op,
		    const struct source_list *sources, const struct person *in,
		    const struct mailbox **out);

/* A source was asked: counted (people_count.c). */
void people_count(struct directory *d, const struct source *source,
		  enum err err, int64_t took_us);
