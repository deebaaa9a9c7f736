/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The certificates of an installation: an authority of its own, made by init,
 * and the server's, made again when the names change. All in PEM.
 */
#include "base/op.h"

#define CERTIFICATE_CA_DAYS 3650    /* ten years */
#define CERTIFICATE_SERVER_DAYS 397 /* the most that clients take */
#define CERTIFICATE_NAMES_MAX 1000  /* names in a server's certificate */

struct certificate_pair {
	struct bytes certificate;
	struct bytes key;
};

/* Names and IP addresses, in the order in which they stand. */
struct certificate_names {
	size_t n;
	const char **name;
};

/* Adds a name that is not there yet, whatever its case. ERR_LIMIT. */
enum err certificate_name_add(struct op *op, struct certificate_names *names,
			      const char *name);
void certificate_name_remove(struct certificate_names *names, const char *name);

/* `who`: for whom, as a person reads it in a certificate store. */
enum err certificate_ca(struct op *op, const char *who,
			struct certificate_pair *out);

/* A server's certificate, signed by `ca`, for kept_key; NULL: a new key is
 * made. */
enum err certificate_server(struct op *op, const struct certificate_pair *ca,
			    const struct certificate_names *names,
			    const struct bytes *kept_key,
			    struct certificate_pair *out);

/* What a certificate says. */
struct certificate_facts {
	const char *subject, *issuer;
	int64_t from, until;
	struct certificate_names names;
};

/* The first certificate of a file. ERR_INVALID: it holds none. */
enum err certificate_read(struct op *op, struct bytes pem,
			  struct certificate_facts *out);

/* Was it signed by the first certificate of `ca`? ERR_NOT_FOUND: by another. */
enum err certificate_signed_by(struct op *op, struct bytes pem,
			       struct bytes ca);

/* Is this the certificate's key? ERR_INVALID: it is not, or no key at all. */
enum err certificate_fits(struct op *op, struct bytes pem, struct bytes key);

/* Does it hold for this host name or IP address? */
bool certificate_covers(struct bytes pem, const char *name);
