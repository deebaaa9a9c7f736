/* SPDX-License-Identifier: Apache-2.0 */

/* The server that replies are handed to. */
#include "base/buf.h"
#include "base/net.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/uri.h"
#include "delivery/delivery_own.h"
#include "wire/smtp.h"

#include <string.h>

/* By what name we greet it: ours in public_url. */
static const char *
own_name(struct op *op)
{
	const char *url = op->settings->public_url;
	struct uri uri;
	struct net net;
	const char *host;

	if (url == NULL || !uri_parse(url, &uri))
		return "localhost";
	host = op_text(op, (const char *)uri.host.p, uri.host.n);
	if (net_parse(host, &net))
		return op_print(
			op, strchr(host, ':') == NULL ? "[%s]" : "[IPv6:%s]",
			host);
	return text_is_domain(host) ? host : "localhost";
}

enum err
outbox_connect(struct op *op, struct smtp **out)
{
	const struct settings *s = op->settings;
	struct smtp_place place = {
		.server = s->outbox_server,
		.ca = s->outbox_ca,
		.timeout_ms = s->outbox_timeout_ms,
		.name = own_name(op),
		.starttls = s->outbox_starttls,
		.user = s->outbox_user,
	};

	*out = NULL;
	if (place.user != NULL)
		TRY(secret_read(op, s->outbox_password_file, &place.password));
	return smtp_open(op, &place, out);
}

/* What a reply may want of it, and it does not have. */
static const char *
lacks(struct op *op, const struct smtp_offers *offers)
{
	struct buf buf;

	buf_init(&buf, op, 128, KIB);
	buf_puts(&buf, "it answers");
	if (!offers->dsn)
		buf_puts(&buf, "; without DSN it may send a report of a reply "
			       "that does not arrive");
	if (!offers->utf8)
		buf_puts(&buf, "; without SMTPUTF8 addresses outside ASCII get "
			       "no reply");
	return buf_text(&buf);
}

enum err
outbox_test(struct op *op, backend_tell *tell, void *arg)
{
	struct backend_told told = {
		.step = op_print(op, "hand replies to %s%s%s",
				 op->settings->outbox_server,
				 op->settings->outbox_user == NULL ? ""
								   : " as ",
				 op->settings->outbox_user == NULL
					 ? ""
					 : op->settings->outbox_user),
	};
	struct smtp *smtp;
	enum err err = outbox_connect(op, &smtp);

	told.good = err == OK;
	told.note = err == OK ? lacks(op, smtp_offered(smtp)) : op->reason;
	tell(arg, &told);
	smtp_quit(op, &smtp);
	return err;
}
