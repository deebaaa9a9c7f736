/* SPDX-License-Identifier: Apache-2.0 */
/* Is every wing there? */
#include "desk/health.h"

#include "base/buf.h"
#include "base/lock.h"
#include "desk/metrics.h"

#define READY_TEXT_MAX (4 * KIB)

static void
answer_text(struct response *res, int status, struct bytes body)
{
	res->status = status;
	res->content_type = "text/plain; charset=utf-8";
	res->body = body;
}

enum err
health_get(struct house *house, struct op *op, const struct request *req,
	   struct response *res)
{
	(void)house;
	(void)op;
	(void)req;
	answer_text(res, 200, bytes_of("ok\n"));
	return OK;
}

/* One line of the answer: "store ok", "image down: no worker". */
static void
wing_write(struct buf *buf, const struct op *op, const char *wing, enum err err)
{
	const char *why = op->reason == NULL ? err_name(err) : op->reason;

	buf_puts(buf, wing);
	if (err == OK) {
		buf_puts(buf, " ok\n");
		return;
	}
	buf_puts(buf, " down: ");
	for (; *why != '\0'; why++) {
		bool control = (unsigned char)*why < ' ';

		buf_putc(buf, (char)(control ? ' ' : *why));
	}
	buf_putc(buf, '\n');
}

static enum err
image_state(struct house *house, struct op *op)
{
	if (house->image == NULL)
		return FAIL(op, ERR_DOWN, "not configured");
	return image_ping(house->image, op);
}

/* Mail flows without it, so that it is told and nothing more. */
static enum err
milter_state(struct op *op)
{
	if (lock_holder(op, op->settings->data, LOCK_MILTER) != 0)
		return OK;
	return FAIL(op, ERR_DOWN, "none runs");
}

enum err
ready_get(struct house *house, struct op *op, const struct request *req,
	  struct response *res)
{
	struct buf buf;
	enum err store;
	enum err image;

	(void)req;
	buf_init(&buf, op, 256, READY_TEXT_MAX);
	store = store_ping(house->store, op);
	if (store == ERR_WAIT)
		return store;
	wing_write(&buf, op, "store", store);
	image = image_state(house, op);
	if (image == ERR_WAIT)
		return image;
	wing_write(&buf, op, "image", image);
	if (op->settings->milter_listen != NULL)
		wing_write(&buf, op, "milter", milter_state(op));
	TRY(buf_err(&buf));
	answer_text(res, store == OK ? 200 : 503, buf_bytes(&buf));
	return OK;
}

enum err
metrics_get(struct house *house, struct op *op, const struct request *req,
	    struct response *res)
{
	struct directory_stats_list sources;
	struct publication_count scripts;
	struct milter_counts mails;
	struct outbox_count outbox;
	struct auth_counts logins;
	struct buf buf;

	(void)req;
	auth_counts(house->auth, &logins);
	buf_init(&buf, op, 16 * KIB, METRICS_TEXT_MAX);
	metrics_write(house->metrics, &logins, &buf);
	/* The rest is worth having also while the store cannot be read. */
	if (directory_stats(house->directory, op, &sources) == OK)
		metrics_write_sources(&sources, &buf);
	if (op->settings->milter_listen != NULL &&
	    milter_counts_read(op, &mails) == OK)
		metrics_write_milter(&mails, milter_state(op) == OK, &buf);
	if (op->settings->backends_n > 0 &&
	    store_publication_count(house->store, op, &scripts) == OK)
		metrics_write_scripts(&scripts, &buf);
	if (store_outbox_count(house->store, op, &outbox) == OK &&
	    op->settings->backends_n + outbox.waiting + outbox.sent +
			    outbox.failed + outbox.unknown >
		    0)
		metrics_write_outbox(&outbox, op->now, &buf);
	if (buf_err(&buf) != OK)
		return FAIL(op, ERR_INTERNAL, "the counters do not fit");
	res->status = 200;
	res->content_type = "text/plain; version=0.0.4; charset=utf-8";
	res->body = buf_bytes(&buf);
	return OK;
}
