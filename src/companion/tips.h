/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GetMailTips: what a sender would like to know beforehand. The one that we
 * can tell is the automatic reply, and it is the very one that the sender's
 * mail would get.
 */
#include "companion/recipient.h"
#include "model/house.h"
#include "oof/oof_wire.h"
#include "wire/outcome.h"

#define TIPS_MAX 50             /* recipients of one request, as Exchange */
#define TIPS_REQUESTED_MAX 1024 /* bytes; the names of all take 200 */
/* Bytes of replies in one answer; whose reply is beyond that is pending: the
 * client asks for it again. */
#define TIPS_TEXT_MAX (512 * KIB)

struct tips_recipients {
	struct recipient *recipient;
	size_t recipient_n;
};
struct tips_request {
	struct recipient sending_as;
	struct tips_recipients recipients;
	const char *requested; /* words with spaces between them */
};

struct tips_absence {
	struct oof_reply reply;
	struct oof_duration *duration;
};
struct tips_of {
	struct recipient recipient;
	const char *pending;
	struct tips_absence *absence; /* NULL: not asked for */
	/* What is the same for everybody, where it was asked for. */
	bool full, custom, total, external, size, restricted, moderated,
		invalid;
};
struct tips_message {
	struct outcome outcome;
	struct tips_of tips;
};
struct tips_messages {
	struct tips_message *message;
	size_t message_n;
};
struct tips_response {
	struct outcome outcome;
	struct tips_messages messages;
};

extern const struct xsd_type tips_request_type, tips_response_type;

/* An address of nobody's is answered as somebody's who is not absent. */
enum err tips_get(struct house *house, struct op *op,
		  const struct tips_request *in, struct tips_response *out);
