/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The settings of a mail server, as its own program prints them: doveconf -n,
 * postconf. Pure: text in, settings out.
 */
#include "base/op.h"

#define FOUND_MAX 20000   /* settings of one server */
#define FOUND_DEPTH_MAX 8 /* blocks in each other */

struct found_setting {
	const char *block; /* "service dict/unix_listener dict"; "": none */
	unsigned number;   /* of the block, for there may be many of a name */
	const char *key, *value;
};

struct found {
	const char *version; /* "2.3.19.1"; NULL: it says none */
	const char *sieve;   /* Pigeonhole's version; NULL: it is not there */
	size_t n;
	struct found_setting *setting;
};

/* What doveconf -n prints. ERR_INVALID: it is nothing of that kind. */
enum err found_dovecot(struct op *op, struct bytes said, struct found *out);

/* Lines "name = value", as postconf prints them, added to what is there. */
enum err found_postfix(struct op *op, struct bytes said, struct found *out);

/* The value of a setting in a block; NULL: it is not set there. */
const char *found_get(const struct found *found, const char *block,
		      const char *key);

/* Is it a word of a list, with spaces or commas between? */
bool found_word(const char *list, const char *word);

/* "2.3.19.1" -> 2, 3; false: it is no version. */
bool found_version(const char *text, unsigned *major, unsigned *minor);
