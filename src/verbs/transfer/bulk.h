/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Work on many things: by several threads, told in its order whatever is done
 * first, with a progress bar on a terminal, and an end by Ctrl-C that leaves
 * nothing half done.
 */
#include "cli/cli.h"

#include <jansson.h>

#define BULK_ITEMS_MAX 4000000 /* of one run */
#define BULK_THREADS_MAX 64    /* those that wait for the disk, too */
#define BULK_JOBS_MAX 64       /* that compute at once */
#define BULK_ITEM_MS 300000    /* for one of them, the disk included */
#define BULK_REASON_MAX 1024   /* bytes of a reason; what is longer is cut */

/* What became of one; their names are the words of `bulk_word`. */
enum bulk_result {
	BULK_LEFT, /* nothing: the run was ended before */
	BULK_ADDED,
	BULK_SET,
	BULK_UPDATED,
	BULK_UNCHANGED,
	BULK_SKIPPED,
	BULK_FAILED,
	BULK_RESULTS,
};

const char *bulk_word(enum bulk_result result);

struct bulk_item {
	enum bulk_result result;
	const char *reason; /* the run's; NULL: none */
	bool settled;       /* before the run already: it is only told */
	bool done;          /* under the lock */
};

struct bulk;

/*
 * Does one of them, on some thread, with an op of its own, and says what came
 * of it. A failure's reason is told.
 */
typedef enum err bulk_work(struct bulk *b, struct op *op, size_t i,
			   enum bulk_result *out);

/* What is told of one besides result and reason: a new object. */
typedef json_t *bulk_row(const struct bulk *b, size_t i);

/* Called when this one and all before it are done, in their order. */
typedef void bulk_passed(struct bulk *b, size_t i);

struct bulk_plan {
	const char *what;                 /* "photo import" */
	const struct out_column *columns; /* of the rows, also when JSON */
	const char *rows;                 /* their key in JSON: "files" */
	bulk_work *work;
	bulk_row *row;
	bulk_passed *passed; /* or NULL */
	/* The results that the summary names, ended by BULK_LEFT. */
	const enum bulk_result *results;
	bool every; /* JSON has a row of those, too, that went well */
};

struct bulk_crew;

struct bulk {
	struct cli *c;
	const struct bulk_plan *plan;
	void *arg; /* the verb's own */
	bool dry;  /* nothing is to be changed */
	unsigned threads;
	const size_t *wall; /* numbers of items that are not begun until all */
	size_t walls_n;     /* before them are done */
	size_t n;
	struct bulk_item *item; /* the op's; see bulk_init */
	size_t count[BULK_RESULTS];
	struct arena *keep;     /* of reasons; under the lock */
	json_t *told;           /* the rows, for JSON */
	struct bulk_crew *crew; /* while it runs */
};

void bulk_init(struct bulk *b, struct cli *c, const struct bulk_plan *plan,
	       size_t n);

/* One that needs no work any more. reason: lives as long as the run, or
 * NULL. */
void bulk_settle(struct bulk *b, size_t i, enum bulk_result result,
		 const char *reason);

/* Has all of them done and told. False: it was ended by a signal, and what is
 * left is BULK_LEFT. */
bool bulk_run(struct bulk *b);

/* The summary, and the verb's exit status. advice: what the summary says when
 * something is left to be done, or NULL. Frees what belongs to the run. */
enum err bulk_end(struct bulk *b, const char *advice);

/* Has somebody asked for the end? Between two steps of a long one. */
bool bulk_stopped(void);

/* How many may compute at once: the processors we may use; or --jobs. */
unsigned bulk_processors(void);
enum err bulk_jobs(struct cli *c, unsigned *out);

/* ---- a few at once ---- */

struct bulk_gate;
struct bulk_gate *bulk_gate_open(unsigned places);
void bulk_gate_close(struct bulk_gate *gate); /* takes NULL */
void bulk_gate_enter(struct bulk_gate *gate);
void bulk_gate_leave(struct bulk_gate *gate);
