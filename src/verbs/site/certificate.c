/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/site/certificate.h"
#include "base/buf.h"
#include "base/idn.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#define SERIAL_BITS 159  /* RFC 5280 4.1.2.2: at most 20 octets, positive */
#define BACKDATE_S 3600L /* clocks of clients may be behind ours */
#define DAY_S 86400L
#define COMMON_NAME_MAX 64 /* X.520: characters of a common name */

static void
bio_close(BIO **bio)
{
	BIO_free_all(*bio);
}

static void
key_close(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void
x509_close(X509 **x)
{
	X509_free(*x);
}

static void
number_close(BIGNUM **n)
{
	BN_free(*n);
}

static void
extension_close(X509_EXTENSION **extension)
{
	X509_EXTENSION_free(*extension);
}

static void
alternatives_close(GENERAL_NAMES **names)
{
	GENERAL_NAMES_free(*names);
}

static enum err
crypto_fail(struct op *op, const char *doing)
{
	unsigned long code = ERR_get_error();
	const char *why = code == 0 ? NULL : ERR_reason_error_string(code);

	ERR_clear_error();
	return FAIL(op, ERR_INTERNAL, "%s: %s", doing,
		    why == NULL ? "OpenSSL says no more" : why);
}

/* ---- PEM ---- */

static BIO *
bio_of(struct bytes bytes)
{
	return BIO_new_mem_buf(bytes.p, (int)bytes.n);
}

static struct bytes
bio_bytes(struct op *op, BIO *bio)
{
	char *at = NULL;
	long n = BIO_get_mem_data(bio, &at);

	return op_bytes(op, (struct bytes){ (uint8_t *)at, (size_t)n });
}

/* No passphrase is ever asked for: a server has to start by itself. */
static int
no_passphrase(char *to, /* NOLINT(readability-non-const-parameter): OpenSSL's */
	      int size, int writing, void *arg)
{
	(void)to;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static X509 *
x509_of(struct bytes pem)
{
	CLEANUP(bio_close) BIO *bio = bio_of(pem);

	return PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
}

static EVP_PKEY *
key_of(struct bytes pem)
{
	CLEANUP(bio_close) BIO *bio = bio_of(pem);

	return PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
}

static enum err
pair_write(struct op *op, X509 *x, EVP_PKEY *key, struct certificate_pair *out)
{
	CLEANUP(bio_close) BIO *cert_bio = BIO_new(BIO_s_mem());
	CLEANUP(bio_close) BIO *key_bio = BIO_new(BIO_s_mem());

	if (PEM_write_bio_X509(cert_bio, x) != 1 ||
	    PEM_write_bio_PKCS8PrivateKey(key_bio, key, NULL, NULL, 0, NULL,
					  NULL) != 1)
		return crypto_fail(op, "writing a certificate");
	out->certificate = bio_bytes(op, cert_bio);
	out->key = bio_bytes(op, key_bio);
	return OK;
}

/* ---- names ---- */

static size_t
name_find(const struct certificate_names *names, const char *name)
{
	size_t i = 0;

	while (i < names->n && !text_case_equal(names->name[i], name))
		i++;
	return i;
}

enum err
certificate_name_add(struct op *op, struct certificate_names *names,
		     const char *name)
{
	name = idn_fold(op, name);
	if (name_find(names, name) < names->n)
		return OK;
	if (names->n == CERTIFICATE_NAMES_MAX)
		return FAIL(op, ERR_LIMIT,
			    "%s: a certificate holds at most %d names; use one "
			    "of your own for more domains",
			    name, CERTIFICATE_NAMES_MAX);
	if (names->name == NULL)
		names->name = op_alloc(op, CERTIFICATE_NAMES_MAX *
						   sizeof(*names->name));
	names->name[names->n++] = name;
	return OK;
}

void
certificate_name_remove(struct certificate_names *names, const char *name)
{
	size_t i = name_find(names, name);

	if (i == names->n)
		return;
	names->n--;
	memmove(&names->name[i], &names->name[i + 1],
		(names->n - i) * sizeof(*names->name));
}

static const char *
ip_text(struct op *op, const ASN1_OCTET_STRING *ip)
{
	char text[INET6_ADDRSTRLEN];
	int n = ASN1_STRING_length(ip);

	if (n != 4 && n != 16)
		return "";
	inet_ntop(n == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(ip), text,
		  sizeof(text));
	return op_dup(op, text);
}

static enum err
names_read(struct op *op, X509 *x, struct certificate_names *out)
{
	CLEANUP(alternatives_close)
	GENERAL_NAMES *all =
		X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);

	*out = (struct certificate_names){ 0 };
	for (int i = 0; i < sk_GENERAL_NAME_num(all); i++) {
		const GENERAL_NAME *one = sk_GENERAL_NAME_value(all, i);

		if (one->type == GEN_IPADD)
			TRY(certificate_name_add(
				op, out, ip_text(op, one->d.iPAddress)));
		else if (one->type == GEN_DNS)
			TRY(certificate_name_add(
				op, out,
				op_text(op,
					(const char *)ASN1_STRING_get0_data(
						one->d.dNSName),
					(size_t)ASN1_STRING_length(
						one->d.dNSName))));
	}
	return OK;
}

/* "DNS:localhost,IP:127.0.0.1": the form that OpenSSL reads. The names are
 * checked before they come here, so none holds a comma. */
static enum err
names_write(struct op *op, const struct certificate_names *names,
	    const char **out)
{
	uint8_t address[sizeof(struct in6_addr)];
	struct buf buf;

	buf_init(&buf, op, KIB, 512 * KIB);
	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->name[i];
		bool ip = inet_pton(AF_INET, name, address) == 1 ||
			  inet_pton(AF_INET6, name, address) == 1;

		if (!ip && !text_is_domain(name))
			return FAIL(op, ERR_INVALID,
				    "'%s' is neither a host name nor an IP "
				    "address",
				    name);
		buf_printf(&buf, "%s%s:%s", i == 0 ? "" : ",",
			   ip ? "IP" : "DNS", name);
	}
	*out = buf_text(&buf);
	return buf_err(&buf);
}

/* ---- making ---- */

struct extension {
	int nid;
	const char *value;
};

static const struct extension ca_extensions[] = {
	{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
	{ NID_key_usage, "critical,keyCertSign,cRLSign" },
	{ NID_subject_key_identifier, "hash" },
	{ 0, NULL },
};

static const struct extension server_extensions[] = {
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_key_usage, "critical,digitalSignature" },
	{ NID_ext_key_usage, "serverAuth" },
	{ NID_subject_key_identifier, "hash" },
	{ NID_authority_key_identifier, "keyid:always" },
	{ 0, NULL },
};

static bool
extension_add(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
	X509V3_set_ctx_nodb(&context);

	CLEANUP(extension_close)
	X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, &context, nid, value);

	return made != NULL && X509_add_ext(x, made, -1) == 1;
}

static bool
serial_set(X509 *x)
{
	CLEANUP(number_close) BIGNUM *serial = BN_new();

	return serial != NULL &&
	       BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE,
		       BN_RAND_BOTTOM_ANY) == 1 &&
	       BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(x)) != NULL;
}

static bool
subject_set(X509 *x, const char *common)
{
	X509_NAME *name = X509_get_subject_name(x);

	return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
					  (const unsigned char *)"Frontdesk",
					  -1, -1, 0) == 1 &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
					  (const unsigned char *)common, -1, -1,
					  0) == 1;
}

/* A certificate but for its extensions and its signature. */
static bool
x509_fill(X509 *x, const char *common, long days, EVP_PKEY *key, int64_t now)
{
	time_t from = (time_t)now - BACKDATE_S;

	return X509_set_version(x, X509_VERSION_3) == 1 && serial_set(x) &&
	       subject_set(x, common) &&
	       X509_time_adj(X509_getm_notBefore(x), 0, &from) != NULL &&
	       X509_time_adj(X509_getm_notAfter(x), days * DAY_S - 1, &from) !=
		       NULL &&
	       X509_set_pubkey(x, key) == 1;
}

static bool
extensions_set(X509 *x, X509 *issuer, const struct extension *rows)
{
	for (; rows->value != NULL; rows++)
		if (!extension_add(x, issuer, rows->nid, rows->value))
			return false;
	return true;
}

enum err
certificate_ca(struct op *op, const char *who, struct certificate_pair *out)
{
	CLEANUP(key_close) EVP_PKEY *key = EVP_EC_gen("P-256");
	CLEANUP(x509_close) X509 *x = X509_new();
	const char *common =
		op_print(op, "Frontdesk CA of %.*s", COMMON_NAME_MAX - 16, who);

	if (key == NULL || x == NULL ||
	    !x509_fill(x, common, CERTIFICATE_CA_DAYS, key, op->now) ||
	    X509_set_issuer_name(x, X509_get_subject_name(x)) != 1 ||
	    !extensions_set(x, x, ca_extensions) ||
	    X509_sign(x, key, EVP_sha256()) == 0)
		return crypto_fail(op, "making an authority");
	return pair_write(op, x, key, out);
}

/* The first name that fits into a common name, which nobody checks but people
 * read. */
static const char *
common_name(const struct certificate_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		if (strlen(names->name[i]) <= COMMON_NAME_MAX)
			return names->name[i];
	return "frontdesk";
}

enum err
certificate_server(struct op *op, const struct certificate_pair *ca,
		   const struct certificate_names *names,
		   const struct bytes *kept_key, struct certificate_pair *out)
{
	CLEANUP(x509_close) X509 *issuer = x509_of(ca->certificate);
	CLEANUP(key_close) EVP_PKEY *ca_key = key_of(ca->key);
	CLEANUP(key_close)
	EVP_PKEY *key =
		kept_key == NULL ? EVP_EC_gen("P-256") : key_of(*kept_key);
	CLEANUP(x509_close) X509 *x = X509_new();
	const char *alternatives;

	TRY(names_write(op, names, &alternatives));
	if (issuer == NULL || ca_key == NULL || key == NULL || x == NULL)
		return crypto_fail(op, "reading the authority or a key");
	if (!x509_fill(x, common_name(names), CERTIFICATE_SERVER_DAYS, key,
		       op->now) ||
	    X509_set_issuer_name(x, X509_get_subject_name(issuer)) != 1 ||
	    !extensions_set(x, issuer, server_extensions) ||
	    !extension_add(x, issuer, NID_subject_alt_name, alternatives) ||
	    X509_sign(x, ca_key, EVP_sha256()) == 0)
		return crypto_fail(op, "making a certificate");
	return pair_write(op, x, key, out);
}

/* ---- reading ---- */

static int64_t
instant_of(const ASN1_TIME *time)
{
	struct tm tm;

	return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static const char *
name_text(struct op *op, const X509_NAME *name)
{
	CLEANUP(bio_close) BIO *bio = BIO_new(BIO_s_mem());
	struct bytes text;

	(void)X509_NAME_print_ex(bio, name, 0,
				 XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
	text = bio_bytes(op, bio);
	return op_text(op, (const char *)text.p, text.n);
}

static enum err
not_pem(struct op *op)
{
	ERR_clear_error();
	return FAIL(op, ERR_INVALID, "no certificate in PEM form");
}

enum err
certificate_read(struct op *op, struct bytes pem, struct certificate_facts *out)
{
	CLEANUP(x509_close) X509 *x = x509_of(pem);

	if (x == NULL)
		return not_pem(op);
	out->subject = name_text(op, X509_get_subject_name(x));
	out->issuer = name_text(op, X509_get_issuer_name(x));
	out->from = instant_of(X509_get0_notBefore(x));
	out->until = instant_of(X509_get0_notAfter(x));
	return names_read(op, x, &out->names);
}

enum err
certificate_signed_by(struct op *op, struct bytes pem, struct bytes ca)
{
	CLEANUP(x509_close) X509 *x = x509_of(pem);
	CLEANUP(x509_close) X509 *issuer = x509_of(ca);

	if (x == NULL || issuer == NULL)
		return not_pem(op);
	if (X509_check_issued(issuer, x) == X509_V_OK &&
	    X509_verify(x, X509_get0_pubkey(issuer)) == 1)
		return OK;
	ERR_clear_error();
	return FAIL(op, ERR_NOT_FOUND, "another authority signed it");
}

enum err
certificate_fits(struct op *op, struct bytes pem, struct bytes key)
{
	CLEANUP(x509_close) X509 *x = x509_of(pem);
	CLEANUP(key_close) EVP_PKEY *private = key_of(key);

	if (x == NULL)
		return not_pem(op);
	if (private != NULL && X509_check_private_key(x, private) == 1)
		return OK;
	ERR_clear_error();
	return FAIL(op, ERR_INVALID, "%s",
		    private == NULL ? "the key cannot be read"
				    : "the key is not the certificate's");
}

bool
certificate_covers(struct bytes pem, const char *name)
{
	CLEANUP(x509_close) X509 *x = x509_of(pem);
	uint8_t address[sizeof(struct in6_addr)];
	bool ip = inet_pton(AF_INET, name, address) == 1 ||
		  inet_pton(AF_INET6, name, address) == 1;

	if (x == NULL) {
		ERR_clear_error();
		return false;
	}
	if (ip)
		return X509_check_ip_asc(x, name, 0) == 1;
	return X509_check_host(x, name, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
			       NULL) == 1;
}
