/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Words of the command line for what the specification enumerates, times and
 * texts: the same in options, tables and JSON. */
#include "base/op.h"

#include <jansson.h>

/* none, known, all. ERR_INVALID names the option. */
enum err words_audience(struct op *op, const char *option, const char *text,
			unsigned *out);
const char *words_audience_name(unsigned audience);

/* disabled, enabled, scheduled; a state that was never set is disabled. */
const char *words_state_name(unsigned state);

/* yyyy-mm-ddThh:mm:ssZ */
json_t *words_time(struct op *op, int64_t instant);

/* A name or a reply's text from the command line: UTF-8 that XML can carry.
 * ERR_INVALID names the option; ERR_LIMIT: over `most` bytes. */
enum err words_text(struct op *op, const char *option, const char *text,
		    size_t most);

/* An IANA zone. ERR_INVALID names the option. */
enum err words_zone(struct op *op, const char *option, const char *text);
