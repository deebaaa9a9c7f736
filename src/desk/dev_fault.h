/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An error that `frontdesk dev` has an operation answer with, as a word:
 * "ErrorServerBusy", "503", "delay:2.5", "cut". */
#include "base/op.h"

enum dev_kind {
	DEV_NONE = 1, /* this operation is answered as ever */
	DEV_CODE,     /* m:ResponseCodeType, as the protocol carries it */
	DEV_STATUS,   /* of HTTP, without a body */
	DEV_DELAY,    /* answered, but late */
	DEV_CUT,      /* answered, but not to the end */
};

#define DEV_WORD_MAX 120    /* bytes */
#define DEV_DELAY_MAX_S 600 /* what a client may wait for */

struct dev_fault {
	enum dev_kind kind;
	const char *word;
	int status;
	unsigned delay_ms;
	bool delayed; /* the time is over */
};

/* ERR_INVALID: the reason lists what there is. "" is DEV_NONE. */
enum err dev_fault_read(struct op *op, const char *word, struct dev_fault *out);
