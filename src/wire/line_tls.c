/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/line_tls.h"

#include "base/net.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#define CHUNK (16 * KIB) /* bytes that are taken from the socket at once */

struct line_tls {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out; /* the ssl's: what came, and what is to go */
};

/* ---- what is wrong ---- */

/* The newest of OpenSSL's own words. */
static const char *
ssl_words(void)
{
	unsigned long error = ERR_peek_last_error();
	const char *words = ERR_reason_error_string(error);

	return words == NULL ? "it breaks off" : words;
}

/* What the administrator can do about a certificate. */
static const char *
certificate_remedy(long verdict)
{
	static const struct {
		long verdict;
		const char *remedy;
	} rows[] = {
		{ X509_V_ERR_HOSTNAME_MISMATCH,
		  "name the server as its certificate does" },
		{ X509_V_ERR_IP_ADDRESS_MISMATCH,
		  "name the server as its certificate does" },
		{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
		  "name its authority's certificate with ca" },
		{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
		  "name its authority's certificate with ca" },
		{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
		  "name its authority's certificate with ca" },
		{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
		  "name its authority's certificate with ca" },
		{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
		  "name that certificate itself with ca" },
		{ X509_V_ERR_CERT_HAS_EXPIRED, "renew it" },
		{ X509_V_ERR_CERT_NOT_YET_VALID, "look at both clocks" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].verdict == verdict)
			return rows[i].remedy;
	}
	return "replace it";
}

static enum err
ssl_failed(struct op *op, const struct line_tls *t, const struct line_socket *s)
{
	long verdict = SSL_get_verify_result(t->ssl);

	if (!SSL_is_init_finished(t->ssl) && verdict != X509_V_OK)
		return FAIL(op, ERR_DENIED,
			    "%s: its certificate for %s is not right: %s; %s",
			    s->server, s->host,
			    X509_verify_cert_error_string(verdict),
			    certificate_remedy(verdict));
	return FAIL(op, ERR_DOWN, "%s: TLS: %s", s->server, ssl_words());
}

/* ---- between OpenSSL and the socket ---- */

static enum err
tls_flush(struct op *op, struct line_tls *t, struct line_socket *s)
{
	char *p;
	long n = BIO_get_mem_data(t->out, &p);
	enum err err;

	if (n <= 0)
		return OK;
	err = line_socket_send(op, s,
			       (struct bytes){ (const uint8_t *)p, (size_t)n });
	(void)BIO_reset(t->out);
	return err;
}

/* After a call of OpenSSL's that gave `result`: what it waits for. OK: it is to
 * be called again. */
static enum err
tls_step(struct op *op, struct line_tls *t, struct line_socket *s, int result)
{
	int what = SSL_get_error(t->ssl, result);
	uint8_t chunk[CHUNK];
	enum err sent;
	size_t n;

	/* An alert goes out, too; what it is about matters more than whether
	 * it can. */
	sent = tls_flush(op, t, s);
	if (what == SSL_ERROR_ZERO_RETURN)
		return FAIL(op, ERR_DOWN, "%s closed the connection",
			    s->server);
	if (what != SSL_ERROR_WANT_READ)
		return ssl_failed(op, t, s);
	TRY(sent);
	TRY(line_socket_receive(op, s, chunk, sizeof(chunk), &n));
	if (BIO_write(t->in, chunk, (int)n) != (int)n)
		return FAIL(op, ERR_DOWN, "%s: no memory for TLS", s->server);
	return OK;
}

enum err
line_tls_send(struct op *op, struct line_tls *t, struct line_socket *s,
	      struct bytes all)
{
	while (all.n > 0) {
		size_t most = all.n < CHUNK ? all.n : CHUNK, n = 0;
		int result;

		ERR_clear_error();
		result = SSL_write_ex(t->ssl, all.p, most, &n);
		if (result != 1) {
			TRY(tls_step(op, t, s, result));
			continue;
		}
		TRY(tls_flush(op, t, s));
		all = (struct bytes){ all.p + n, all.n - n };
	}
	return OK;
}

enum err
line_tls_receive(struct op *op, struct line_tls *t, struct line_socket *s,
		 void *to, size_t room, size_t *out)
{
	for (;;) {
		int result;

		ERR_clear_error();
		result = SSL_read_ex(t->ssl, to, room, out);
		if (result == 1)
			return OK;
		TRY(tls_step(op, t, s, result));
	}
}

/* ---- agreeing ---- */

/* Whose certificates count. */
static enum err
trust(struct op *op, struct line_tls *t, const struct line_socket *s,
      const char *ca)
{
	t->context = SSL_CTX_new(TLS_client_method());
	if (t->context == NULL ||
	    SSL_CTX_set_min_proto_version(t->context, TLS1_2_VERSION) != 1)
		return FAIL(op, ERR_DOWN, "%s: no TLS: %s", s->server,
			    ssl_words());
	SSL_CTX_set_verify(t->context, SSL_VERIFY_PEER, NULL);
	if (ca == NULL && SSL_CTX_set_default_verify_paths(t->context) != 1)
		return FAIL(op, ERR_DOWN, "the system's authorities: %s",
			    ssl_words());
	if (ca != NULL && SSL_CTX_load_verify_file(t->context, ca) != 1)
		return FAIL(op, ERR_DOWN,
			    "%s: no certificates can be read there: %s", ca,
			    ssl_words());
	return OK;
}

/* Whom the certificate has to name. OpenSSL's macro takes no const. */
static bool
expect(SSL *ssl, char *host)
{
	struct net net;

	if (net_parse(host, &net))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl),
						     host) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, host) == 1 &&
	       SSL_set_tlsext_host_name(ssl, host) == 1;
}

static enum err
prepare(struct op *op, struct line_tls *t, struct line_socket *s)
{
	t->ssl = SSL_new(t->context);
	t->in = BIO_new(BIO_s_mem());
	t->out = BIO_new(BIO_s_mem());
	if (t->ssl == NULL || t->in == NULL || t->out == NULL) {
		(void)BIO_free(t->in);
		(void)BIO_free(t->out);
		return FAIL(op, ERR_DOWN, "%s: no memory for TLS", s->server);
	}
	SSL_set_bio(t->ssl, t->in, t->out); /* they are the ssl's now */
	if (!expect(t->ssl, s->host))
		return FAIL(op, ERR_DOWN, "%s: no name for a certificate: %s",
			    s->server, ssl_words());
	return OK;
}

enum err
line_tls_open(struct op *op, struct line_socket *s, const char *ca,
	      struct line_tls **out)
{
	struct line_tls *t = calloc(1, sizeof(*t));
	int result;

	*out = t;
	if (t == NULL)
		return FAIL(op, ERR_DOWN, "%s: no memory for TLS", s->server);
	ERR_clear_error();
	TRY(trust(op, t, s, ca));
	TRY(prepare(op, t, s));
	while ((ERR_clear_error(), result = SSL_connect(t->ssl)) != 1)
		TRY(tls_step(op, t, s, result));
	return tls_flush(op, t, s);
}

void
line_tls_close(struct line_tls *t, struct line_socket *s)
{
	char *p;
	long n;

	if (t == NULL)
		return;
	if (t->ssl != NULL && SSL_is_init_finished(t->ssl)) {
		ERR_clear_error();
		(void)SSL_shutdown(t->ssl);
		n = BIO_get_mem_data(t->out, &p);
		if (n > 0)
			line_socket_part(s, (struct bytes){ (const uint8_t *)p,
							    (size_t)n });
	}
	SSL_free(t->ssl);
	SSL_CTX_free(t->context);
	free(t);
}
