/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Pictures in the store. A mailbox may have two, the uploaded one and the
 * directory's: two layers in tables of the same columns, so each statement is
 * written once and neither is in the other's way. What the directory said is a
 * row of its own, small, because it is renewed more often than pictures change.
 */
#include "wing/store/core.h"

#define PHOTO_COLUMNS_OF(t)                                                    \
	t ".mailbox, " t ".version, " t ".changed, " t ".width, " t            \
	  ".height, " t ".source, " t ".edges, " t ".bytes, " t ".sum"
#define PHOTO_COLUMNS PHOTO_COLUMNS_OF("p")
#define PHOTO_COLUMNS_N 9
#define VARIANT_COLUMNS "v.slot, v.version, v.jpeg, v.sum"
#define VARIANT_COLUMNS_N 4
#define PHOTO_STATE_COLUMNS                                                    \
	"s.mailbox, s.hidden, s.found, s.checked, s.digest, s.sum"
#define PHOTO_STATE_COLUMNS_N 6
#define WRITE_BACK_COLUMNS                                                     \
	"w.mailbox, w.version, w.wanted, w.tries, w.due, w.written, "          \
	"w.reason, w.sum"
#define WRITE_BACK_COLUMNS_N 8

enum layer { LAYER_UPLOADED, LAYER_DIRECTORY, LAYERS };

/* One statement for each layer. */
#define OF_LAYERS(statement)                                                   \
	{                                                                      \
		statement("photo", "photo_variant"),                           \
			statement("directory_photo",                           \
				  "directory_photo_variant")                   \
	}

/* What decides which variant is served: plain data, kept as it is. */
struct photo_facts {
	int64_t version; /* 0: no picture */
	int64_t changed;
	uint8_t source[32];
	uint16_t n;
	uint16_t edge[PHOTO_VARIANTS_MAX]; /* rising */
};

enum err photo_facts_of_row(struct op *op, const struct db_value *row,
			    struct photo_facts *out);

/* A row of photo_state; without one (NULL) all is zero. */
enum err photo_state_of_row(struct op *op, const struct db_value *row,
			    struct photo_state *out);

/* ---- in a transaction (store_photo_put.c, store_write_back.c) ---- */

/* Writes to the change log. Its number is the version: it rises also when a
 * picture was removed in between. */
enum err photo_version_next(struct db *db, struct op *op, int64_t mailbox,
			    int64_t *out);

/* Replaces what there is. */
enum err photo_layer_put(struct db *db, struct op *op, enum layer layer,
			 int64_t mailbox, int64_t version,
			 const struct photo_set *in);

/* *erased: there was a picture. */
enum err photo_layer_erase(struct db *db, struct op *op, enum layer layer,
			   int64_t mailbox, bool *erased);

enum err photo_state_read(struct db *db, struct op *op, int64_t mailbox,
			  struct photo_state *out);
enum err photo_state_put(struct db *db, struct op *op, int64_t mailbox,
			 const struct photo_state *in);

/* Rising edges, none twice: what reads rely on. */
enum err photo_set_check(struct op *op, const struct photo_set *in);

enum err photo_audit(struct db *db, struct op *op, enum audit_what what,
		     const struct mailbox *m);

/* The uploaded picture is another one, of this version; or is gone. */
enum err write_back_copy(struct db *db, struct op *op, int64_t mailbox,
			 int64_t version, bool wanted);
enum err write_back_erase(struct db *db, struct op *op, int64_t mailbox,
			  int64_t version);

/* Is that picture a copy of ours which is about to be erased? */
enum err write_back_owns(struct db *db, struct op *op, int64_t mailbox,
			 const uint8_t source[32], bool *out);

enum err write_back_forget(struct db *db, struct op *op, int64_t mailbox);
