/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/site/tls.h"
#include "base/text.h"
#include "cli/file.h"
#include "model/settings.h"

#include <string.h>

#define PEM_MAX (1 * MIB) /* bytes of a certificate's or a key's file */
#define KEY_MODE 0600
#define CERTIFICATE_MODE 0644 /* clients are given ca.pem */
#define DAY_S INT64_C(86400)

static enum err
pair_put(struct op *op, const char *dir, const char *name,
	 const struct certificate_pair *pair)
{
	TRY(file_put(op, op_print(op, "%s/tls/%s.key", dir, name), KEY_MODE,
		     pair->key));
	return file_put(op, op_print(op, "%s/tls/%s.pem", dir, name),
			CERTIFICATE_MODE, pair->certificate);
}

enum err
tls_make(struct op *op, const char *dir, const char *who,
	 const struct certificate_names *names)
{
	struct certificate_pair ca, server;

	TRY(certificate_ca(op, who, &ca));
	TRY(certificate_server(op, &ca, names, NULL, &server));
	TRY(pair_put(op, dir, "ca", &ca));
	return pair_put(op, dir, "server", &server);
}

/* DNS names are ASCII. A domain that is not would need its A-label, which
 * mail clients that can do so put into their Autodiscover request. */
static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

enum err
tls_domain_names(struct op *op, const char *domain,
		 struct certificate_names *names)
{
	if (!is_ascii(domain))
		return OK;
	TRY(certificate_name_add(op, names, domain));
	return certificate_name_add(op, names,
				    op_print(op, "autodiscover.%s", domain));
}

/* ---- making it again ---- */

struct tls_files {
	const char *certificate_path;
	struct bytes certificate, key;
	struct certificate_pair ca;
};

/* Our authority lies beside the certificate, or nowhere. */
static const char *
beside(struct op *op, const char *name)
{
	const char *path = op->settings->tls_certificate;
	const char *slash = strrchr(path, '/');
	const char *dir =
		slash == NULL ? "." : op_text(op, path, (size_t)(slash - path));

	return op_print(op, "%s/%s", dir, name);
}

/* ERR_NOT_FOUND: it is no certificate of ours. */
static enum err
certificates_read(struct op *op, struct tls_files *out)
{
	TRY(file_read(op, beside(op, "ca.pem"), PEM_MAX, &out->ca.certificate));
	return certificate_signed_by(op, out->certificate,
				     out->ca.certificate) == OK
		       ? OK
		       : ERR_NOT_FOUND;
}

/* Likewise. A key that may not be read is another matter. */
static enum err
keys_read(struct op *op, struct tls_files *out)
{
	TRY(file_read(op, op->settings->tls_key, PEM_MAX, &out->key));
	TRY(file_read(op, beside(op, "ca.key"), PEM_MAX, &out->ca.key));
	return certificate_fits(op, out->ca.certificate, out->ca.key) == OK &&
			       certificate_fits(op, out->certificate,
						out->key) == OK
		       ? OK
		       : ERR_NOT_FOUND;
}

/* The names it has, and those of all domains, without the removed one's. */
static enum err
names_wished(struct op *op, const struct tls_wish *wish,
	     const struct certificate_names *have,
	     struct certificate_names *out)
{
	*out = (struct certificate_names){ 0 };
	for (size_t i = 0; i < have->n; i++)
		TRY(certificate_name_add(op, out, have->name[i]));
	if (wish->removed != NULL) {
		certificate_name_remove(out, wish->removed);
		certificate_name_remove(
			out, op_print(op, "autodiscover.%s", wish->removed));
	}
	for (size_t i = 0; i < wish->domains->n; i++)
		TRY(tls_domain_names(op, wish->domains->domain[i].name, out));
	return OK;
}

static enum err
names_missing(struct op *op, const struct tls_wish *wish, struct bytes pem,
	      struct certificate_names *out)
{
	struct certificate_names all = { 0 };

	for (size_t i = 0; i < wish->domains->n; i++)
		TRY(tls_domain_names(op, wish->domains->domain[i].name, &all));
	for (size_t i = 0; i < all.n; i++)
		if (!certificate_covers(pem, all.name[i]))
			TRY(certificate_name_add(op, out, all.name[i]));
	return OK;
}

static bool
same_names(const struct certificate_names *a, const struct certificate_names *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->name[i], b->name[i]) != 0)
			return false;
	return true;
}

/* The server's key is kept: one file changes, in one step. */
static enum err
renew(struct op *op, const struct tls_files *files,
      const struct certificate_names *names)
{
	struct certificate_pair made;

	TRY(certificate_server(op, &files->ca, names, &files->key, &made));
	return file_put(op, files->certificate_path, CERTIFICATE_MODE,
			made.certificate);
}

/* One of ours; ERR_NOT_FOUND: it is none, after all. */
static enum err
change_ours(struct op *op, const struct tls_wish *wish, struct tls_files *files,
	    struct tls_result *out)
{
	struct certificate_facts facts;
	struct certificate_names names;

	TRY(certificates_read(op, files));
	TRY(certificate_read(op, files->certificate, &facts));
	TRY(names_wished(op, wish, &facts.names, &names));
	if (same_names(&facts.names, &names) &&
	    facts.until > op->now + TLS_RENEW_DAYS * DAY_S) {
		out->outcome = TLS_UNCHANGED;
		return OK;
	}
	TRY(keys_read(op, files));
	out->outcome = TLS_RENEWED;
	return renew(op, files, &names);
}

enum err
tls_change(struct op *op, const struct tls_wish *wish, struct tls_result *out)
{
	struct tls_files files = {
		.certificate_path = op->settings->tls_certificate,
	};
	enum err err;

	*out = (struct tls_result){ .outcome = TLS_FOREIGN };
	TRY(file_read(op, files.certificate_path, PEM_MAX, &files.certificate));
	err = change_ours(op, wish, &files, out);
	if (err == ERR_NOT_FOUND && out->outcome == TLS_FOREIGN)
		return names_missing(op, wish, files.certificate,
				     &out->missing);
	return err;
}

const char *
tls_outcome_name(enum tls_outcome outcome)
{
	static const char *const names[] = {
		[TLS_UNCHANGED] = "unchanged",
		[TLS_RENEWED] = "renewed",
		[TLS_FOREIGN] = "foreign",
	};

	return names[outcome];
}
