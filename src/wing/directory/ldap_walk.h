/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Everybody in a directory, and who of them has changed: as source_kind has
 * it. A page at a time is asked for, and an entry at a time is in memory. */
#include "wing/directory/source.h"

enum err walk_all(struct op *op, const struct source *source, source_told *told,
		  void *arg);

enum err walk_changes(struct op *op, const struct source *source,
		      const char *mark, const char **next, source_told *told,
		      void *arg);

/* ---- marks: how far changes were followed. Pure ---- */

#define WALK_MARK_MAX 1024 /* bytes */

/* AD numbers its changes, each server its own: "usn NUMBER SERVER". */
struct walk_usn {
	int64_t number;
	const char *server; /* who it is, and which life of its */
};
bool walk_usn_read(struct op *op, const char *mark, struct walk_usn *out);
const char *walk_usn_write(struct op *op, const struct walk_usn *in);

/*
 * Others have the time of an entry's last change: "time LATEST SEEN". Both in
 * seconds since 1970: the latest time of the server's that an entry had, and
 * when, by our clock, it was first seen.
 */
struct walk_time {
	int64_t latest, seen;
};
bool walk_time_read(const char *mark, struct walk_time *out);
const char *walk_time_write(struct op *op, const struct walk_time *in);

/* From which time on entries are of interest: that of a second which may not
 * be over counts again, as do those that came late. */
int64_t walk_time_from(const struct walk_time *mark, int64_t now);

/* "20261122081500Z", with or without a fraction. */
bool walk_time_parse(struct op *op, struct bytes text, int64_t *out);
const char *walk_time_print(struct op *op, int64_t instant);
