/* SPDX-License-Identifier: Apache-2.0 */
#include "door/milter/decide.h"

#include "base/digest.h"
#include "base/idn.h"
#include "base/log.h"
#include "base/net.h"
#include "base/text.h"
#include "model/settings.h"

#include <inttypes.h>
#include <string.h>

#define TARGET_HASH_BYTES 8 /* of the digest, when targets are hidden */
#define IPV6 "IPv6:"        /* before such an address, RFC 5321 4.1.3 */

struct milter_counts *decide_counts;

void
decide_count(uint64_t *count) /* NOLINT(readability-non-const-parameter) */
{
	__atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
}

/* ---- is anybody absent? ---- */

void
decide_look(struct milter_house *house, struct op *op, struct post *post)
{
	struct delivery *d = milter_house_delivery(house);
	int64_t mailbox;

	op->one_view = true;
	for (size_t i = 0; i < post->recipients_n; i++) {
		enum err err =
			delivery_wants(d, op, post->recipient[i], &mailbox);

		post->wanted = err == OK;
		post->failed = err != OK && err != ERR_NOT_FOUND;
		if (post->wanted || post->failed)
			return;
	}
}

/* ---- is he to be answered? ---- */

/* Is the client a host of the site? */
static bool
is_near(const struct op *op, const char *client)
{
	const char *const *network = op->settings->milter_networks;
	struct net one, net;

	if (text_case_starts(client, IPV6))
		client += sizeof(IPV6) - 1;
	if (!net_parse(client, &one))
		return false;
	for (; network != NULL && *network != NULL; network++) {
		if (net_parse(*network, &net) && net_has(&net, one.address))
			return true;
	}
	return false;
}

static const char *
logged(struct op *op, const char *address)
{
	uint8_t digest[DIGEST_SIZE];

	if (!op->settings->log_hash_targets)
		return address;
	digest_sha256(bytes_of(idn_fold(op, address)), digest);
	return text_hex(op, (struct bytes){ digest, TARGET_HASH_BYTES });
}

/* The one line of a mailbox that was written to: never a text of anybody's. */
static void
tell(struct op *op, const struct arrival_result *r, int64_t took_us)
{
	decide_count(r->replies ? &decide_counts->replies
				: &decide_counts->none);
	log_notice("mail target=%s side=%s rule=%s result=%s ms=%" PRId64,
		   logged(op, r->address),
		   r->internal ? "internal" : "external", r->rule,
		   r->replies ? "reply" : "none", took_us / 1000);
}

static void
tell_failed(struct op *op, const char *recipient, enum err err)
{
	decide_count(&decide_counts->failed);
	log_error("mail target=%s result=failed: %s", logged(op, recipient),
		  op->reason == NULL ? err_name(err) : op->reason);
}

/* Was this mailbox met before, under another address? Else it is noted. */
static bool
is_met(int64_t *met, size_t *n, int64_t mailbox)
{
	for (size_t i = 0; i < *n; i++) {
		if (met[i] == mailbox)
			return true;
	}
	met[(*n)++] = mailbox;
	return false;
}

static enum err
decide_one(struct delivery *d, struct op *op, const struct arrival *in)
{
	int64_t began_us = op_clock_us();
	struct arrival_result result;

	TRY(delivery_mail(d, op, in, &result));
	tell(op, &result, op_clock_us() - began_us);
	return OK;
}

void
decide_post(struct milter_house *house, struct op *op, struct post *post)
{
	struct delivery *d = milter_house_delivery(house);
	struct arrival in = {
		.sender = post->sender,
		.authenticated = post->authenticated,
		.near = is_near(op, post->client),
		.header = &post->header,
	};
	int64_t *met = op_alloc(op, (post->recipients_n + 1) * sizeof(*met));
	int64_t mailbox;
	size_t met_n = 0;
	enum err err;

	for (size_t i = 0; i < post->recipients_n; i++) {
		in.recipient = post->recipient[i];
		err = delivery_wants(d, op, in.recipient, &mailbox);
		if (err == OK && !is_met(met, &met_n, mailbox))
			err = decide_one(d, op, &in);
		if (err != OK && err != ERR_NOT_FOUND)
			tell_failed(op, in.recipient, err);
	}
	if (met_n > 0)
		decide_count(&decide_counts->wanted);
}
