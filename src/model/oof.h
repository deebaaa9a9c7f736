/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The nouns of [MS-OXWOOF] 2.2. 0 is never a listed value: it means "not
 * sent", as NULL does, so presence needs no flags. */
#include "base/op.h"

#define OOF_MESSAGE_MAX 128000 /* bytes of UTF-8, 2.2.3.7 */
#define OOF_LANG_MAX 64        /* bytes, R-9 */

enum oof_state { OOF_DISABLED = 1, OOF_ENABLED, OOF_SCHEDULED }; /* 2.2.2.2 */
enum oof_audience {
	AUDIENCE_NONE = 1,
	AUDIENCE_KNOWN,
	AUDIENCE_ALL
}; /* 2.2.2.1 */

struct oof_duration { /* 2.2.3.2 */
	int64_t start, end;
	bool start_unzoned, end_unzoned; /* as read from a request; the store
					    does not keep them */
};

struct oof_reply {           /* 2.2.3.7 */
	const char *message; /* NULL: no Message element */
	const char *lang;    /* xml:lang; NULL or "": none */
};

struct oof_settings {      /* 2.2.3.12 */
	unsigned state;    /* enum oof_state */
	unsigned audience; /* enum oof_audience */
	struct oof_duration *duration;
	struct oof_reply *internal;
	struct oof_reply *external;
};

/* A row of the store. */
struct oof_stored {
	struct oof_settings settings; /* replies and messages never NULL */
	int64_t version;              /* 0: never stored */
	int64_t period;  /* rises when an absence begins anew, effect E-2 */
	int64_t changed; /* when, by the op's clock */
};
