/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The tls folder of an installation: ca.pem, ca.key, server.pem, server.key.
 * The server's certificate is ours to make again as long as our authority
 * signed it; one that somebody else put there is left alone.
 */
#include "model/store.h"
#include "verbs/site/certificate.h"

#define TLS_RENEW_DAYS                                                         \
	60 /* left: then it is made again when there is cause                  \
	    */

/* Makes all four files in DIR/tls, which exists and is empty. */
enum err tls_make(struct op *op, const char *dir, const char *who,
		  const struct certificate_names *names);

/* The names of a domain: itself and its autodiscover name; none for one that
 * is not ASCII. */
enum err tls_domain_names(struct op *op, const char *domain,
			  struct certificate_names *names);

struct tls_wish {
	const struct domain_list *domains; /* these are to be in it */
	const char *removed;               /* this one not; NULL: none */
};

enum tls_outcome {
	TLS_UNCHANGED = 1, /* it was right already */
	TLS_RENEWED,
	TLS_FOREIGN, /* not ours; `missing` tells what it lacks */
};

struct tls_result {
	enum tls_outcome outcome;
	struct certificate_names missing;
};

/* Makes the certificate of op->settings what it is wished to be: with the
 * names of all domains, and with more than TLS_RENEW_DAYS left. */
enum err tls_change(struct op *op, const struct tls_wish *wish,
		    struct tls_result *out);

const char *tls_outcome_name(enum tls_outcome outcome);
