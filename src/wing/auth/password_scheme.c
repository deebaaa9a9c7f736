/* SPDX-License-Identifier: Apache-2.0 */

/* Dovecot's password schemes: a table of what it makes of them. Not among them
 * is what keeps no hash of the password itself (OTP, NTLM, DIGEST-MD5). */
#include "wing/auth/password_scheme.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/text.h"
#include "wing/auth/password_store.h"

#include <argon2.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define NAME_MAX_SHOWN 32 /* bytes of a scheme in the log */
#define PBKDF2_SIZE 20    /* bytes, of SHA-1 */
#define COST_FIELD_MAX 10 /* digits */
#define DES_SIZE 13       /* characters of the oldest hashes */

/* How what is behind the scheme is written. */
enum coding { CODING_NONE, CODING_BASE64, CODING_HEX };

/* A hash: the bytes that it is, which are a text for most. */
struct stored {
	struct bytes bytes;
	const char *text;
};

struct scheme {
	const char *name;
	enum err (*check)(struct op *op, const struct scheme *scheme,
			  const char *password, const struct stored *in);
	const char *digest; /* as OpenSSL names it */
	enum coding coding; /* unless it is said */
	bool fixed;         /* the digest and nothing else: its size tells the
			       coding apart */
};

static enum err
unknown(struct op *op, const char *what)
{
	return FAIL(op, ERR_INTERNAL,
		    "the password cannot be checked: %s of its hash", what);
}

static enum err
wrong(struct op *op)
{
	return FAIL(op, ERR_AUTH, "wrong password");
}

static enum err
verdict(struct op *op, struct bytes a, struct bytes b)
{
	if (a.n != b.n || !digest_equal(a.p, b.p, a.n))
		return wrong(op);
	return OK;
}

/* ---- how it is written ---- */

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == '\0' ? NULL : strchr(digits, text_lower(c));

	return at == NULL ? -1 : (int)(at - digits);
}

static enum err
hex_decode(struct op *op, const char *text, struct bytes *out)
{
	size_t n = strlen(text) / 2;
	uint8_t *p = op_alloc(op, n + 1); /* and a NUL */

	for (size_t i = 0; i < n; i++) {
		int high = hex_digit(text[2 * i]);
		int low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return ERR_INVALID;
		p[i] = (uint8_t)(high << 4 | low);
	}
	*out = (struct bytes){ p, n };
	return strlen(text) % 2 == 0 ? OK : ERR_INVALID;
}

/* ---- how each is checked ---- */

static enum err
text_check(struct op *op, const struct scheme *scheme, const char *password,
	   const struct stored *in)
{
	(void)scheme;
	return verdict(op, bytes_of(password), in->bytes);
}

/* crypt(5): how a letter of its costs counts. */
static unsigned
crypt_digit(char c)
{
	static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz";
	const char *at = memchr(digits, c, sizeof(digits) - 1);

	return at == NULL ? (unsigned)sizeof(digits) : (unsigned)(at - digits);
}

/* The number behind `mark`, if there is one, is within the limit. */
static bool
number_is_fit(struct op *op, const char *hash, const char *mark, int64_t max)
{
	const char *at = strstr(hash, mark);
	const char *p = at == NULL ? NULL : at + strlen(mark);
	size_t digits = p == NULL ? 0 : strspn(p, "0123456789");
	int64_t n;

	return digits == 0 || (digits <= COST_FIELD_MAX &&
			       text_number(op_text(op, p, digits), 0, max, &n));
}

/* "j9T$...": as crypt_gensalt makes them, with N = 4096 and r = 32 here. */
static bool
yescrypt_is_fit(const char *costs)
{
	return costs[0] == 'j' &&
	       crypt_digit(costs[1]) <= SCHEME_YESCRYPT_MAX &&
	       crypt_digit(costs[2]) <= crypt_digit('T') && costs[3] == '$';
}

/* crypt(3) itself would go on for days, if a hash says so. */
static bool
crypt_is_fit(struct op *op, const char *hash)
{
	if (strncmp(hash, "$2", 2) == 0) /* $2y$10$... */
		return hash[2] != '\0' &&
		       number_is_fit(op, hash + 3, "$", SCHEME_BCRYPT_MAX);
	if (strncmp(hash, "$y$", 3) == 0)
		return yescrypt_is_fit(hash + 3);
	if (strncmp(hash, "$gy$", 4) == 0)
		return yescrypt_is_fit(hash + 4);
	if (strncmp(hash, "$7$", 3) == 0) /* N, then r = 32, p = 1 */
		return crypt_digit(hash[3]) <= SCHEME_YESCRYPT_MAX + 1 &&
		       strncmp(hash + 4, "U..../....", 10) == 0;
	if (strncmp(hash, "$sha1$", 6) == 0)
		return number_is_fit(op, hash, "$sha1$", SCHEME_ROUNDS_MAX);
	return number_is_fit(op, hash, "rounds=", SCHEME_ROUNDS_MAX);
}

static enum err
crypt_check(struct op *op, const struct scheme *scheme, const char *password,
	    const struct stored *in)
{
	const char *hash = in->text;

	(void)scheme;
	/* crypt(3) takes the first two letters of anything for a salt. */
	if (hash[0] != '$' && hash[0] != '_' && strlen(hash) != DES_SIZE)
		return unknown(op, "the form");
	if (!crypt_is_fit(op, hash))
		return unknown(op, "the cost");
	return password_check(op, password, hash, NULL);
}

/* The digest of the password and of the salt behind it, if there is one. */
static enum err
digest_check(struct op *op, const struct scheme *scheme, const char *password,
	     const struct stored *in)
{
	const EVP_MD *md = EVP_get_digestbyname(scheme->digest);
	size_t n = (size_t)EVP_MD_get_size(md);
	size_t salt_n = in->bytes.n < n ? 0 : in->bytes.n - n;
	size_t password_n = strlen(password);
	uint8_t made[EVP_MAX_MD_SIZE];
	struct buf all;
	int done;

	if (in->bytes.n < n || scheme->fixed != (salt_n == 0))
		return unknown(op, "the size");
	buf_init(&all, op, password_n + salt_n + 1, password_n + salt_n + 1);
	buf_add(&all, password, password_n);
	buf_add(&all, in->bytes.p + n, salt_n);
	done = EVP_Digest(all.p, all.n, made, NULL, md, NULL);
	explicit_bzero(all.p, all.n);
	if (done != 1)
		return FAIL(op, ERR_DOWN, "no memory to check a password");
	return verdict(op, (struct bytes){ made, n },
		       (struct bytes){ in->bytes.p, n });
}

/* Two things have had this name. */
static enum err
md5_check(struct op *op, const struct scheme *scheme, const char *password,
	  const struct stored *in)
{
	static const struct scheme once = { .digest = "MD5", .fixed = true };
	struct stored plain = *in;

	if (in->text[0] == '$')
		return crypt_check(op, scheme, password, in);
	if (hex_decode(op, in->text, &plain.bytes) != OK)
		return unknown(op, "the form");
	return digest_check(op, &once, password, &plain);
}

static enum err
pbkdf2(struct op *op, const char *password, struct bytes salt, int64_t rounds,
       const EVP_MD *md, uint8_t *out)
{
	if (PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt.p,
			      (int)salt.n, (int)rounds, md, EVP_MD_get_size(md),
			      out) != 1)
		return FAIL(op, ERR_DOWN, "no memory to check a password");
	return OK;
}

/* The part up to `end`, and behind it; NULL: there is no such end. */
static const char *
part_take(struct op *op, const char **p, char end)
{
	const char *at = strchr(*p, end), *part;

	if (at == NULL)
		return NULL;
	part = op_text(op, *p, (size_t)(at - *p));
	*p = at + 1;
	return part;
}

/* $1$salt$rounds$hex */
static enum err
pbkdf2_check(struct op *op, const struct scheme *scheme, const char *password,
	     const struct stored *in)
{
	uint8_t made[EVP_MAX_MD_SIZE];
	const char *p = in->text, *salt, *rounds;
	int64_t n;

	if (strncmp(p, "$1$", 3) != 0)
		return unknown(op, "the form");
	p += 3;
	salt = part_take(op, &p, '$');
	rounds = salt == NULL ? NULL : part_take(op, &p, '$');
	if (rounds == NULL || !text_number(rounds, 1, SCHEME_ROUNDS_MAX, &n))
		return unknown(op, "the form or cost");
	TRY(pbkdf2(op, password, bytes_of(salt), n,
		   EVP_get_digestbyname(scheme->digest), made));
	return verdict(
		op, bytes_of(text_hex(op, (struct bytes){ made, PBKDF2_SIZE })),
		bytes_of(text_fold(op, p)));
}

/* rounds,salt,StoredKey,ServerKey; RFC 5802 3. */
static enum err
scram_check(struct op *op, const struct scheme *scheme, const char *password,
	    const struct stored *in)
{
	static const char name[] = "Client Key";
	const EVP_MD *md = EVP_get_digestbyname(scheme->digest);
	uint8_t salted[EVP_MAX_MD_SIZE], key[EVP_MAX_MD_SIZE];
	size_t n = (size_t)EVP_MD_get_size(md);
	const char *p = in->text;
	const char *rounds = part_take(op, &p, ',');
	const char *salt = rounds == NULL ? NULL : part_take(op, &p, ',');
	const char *stored = salt == NULL ? NULL : part_take(op, &p, ',');
	struct bytes salt_bytes, stored_bytes;
	int64_t count;

	if (stored == NULL ||
	    !text_number(rounds, 1, SCHEME_ROUNDS_MAX, &count) ||
	    text_base64_decode(op, salt, strlen(salt), &salt_bytes) != OK ||
	    text_base64_decode(op, stored, strlen(stored), &stored_bytes) != OK)
		return unknown(op, "the form or cost");
	TRY(pbkdf2(op, password, salt_bytes, count, md, salted));
	if (HMAC(md, salted, (int)n, (const uint8_t *)name, sizeof(name) - 1,
		 key, NULL) == NULL ||
	    EVP_Digest(key, n, salted, NULL, md, NULL) != 1)
		return FAIL(op, ERR_DOWN, "no memory to check a password");
	return verdict(op, (struct bytes){ salted, n }, stored_bytes);
}

/* "m=65536,t=3,p=1": is it within what a check may cost? */
static bool
argon2_is_fit(struct op *op, const char *hash)
{
	static const struct {
		const char *name;
		int64_t max;
	} costs[] = { { "$m=", SCHEME_MEMORY_MAX },
		      { ",t=", SCHEME_ROUNDS_MAX },
		      { ",p=", SCHEME_LANES_MAX } };
	int64_t product = 1, n;

	for (size_t i = 0; i < COUNT(costs); i++) {
		const char *p = strstr(hash, costs[i].name);
		size_t digits = p == NULL ? 0 : strspn(p + 3, "0123456789");

		if (digits == 0 || digits > COST_FIELD_MAX ||
		    !text_number(op_text(op, p + 3, digits), 1, costs[i].max,
				 &n))
			return false;
		product *= i < 2 ? n : 1;
	}
	/* All passes over all memory. */
	return product <= (int64_t)SCHEME_MEMORY_MAX * 16;
}

static enum err
argon2_check(struct op *op, const struct scheme *scheme, const char *password,
	     const struct stored *in)
{
	const char *text = in->text;
	argon2_type type = Argon2_i;

	(void)scheme;
	if (strncmp(text, "$argon2id$", 10) == 0)
		type = Argon2_id;
	else if (strncmp(text, "$argon2i$", 9) != 0)
		return unknown(op, "the form");
	if (!argon2_is_fit(op, text))
		return unknown(op, "the cost");
	switch (argon2_verify(text, password, strlen(password), type)) {
	case ARGON2_OK:
		return OK;
	case ARGON2_VERIFY_MISMATCH:
		return wrong(op);
	case ARGON2_MEMORY_ALLOCATION_ERROR:
	case ARGON2_THREAD_FAIL:
		return FAIL(op, ERR_DOWN, "no memory to check a password");
	default:
		return unknown(op, "the form");
	}
}

/* ---- all of them ---- */

static const struct scheme schemes[] = {
	/* clang-format off */
	{ "CRYPT",         crypt_check,  NULL,     CODING_NONE,   false },
	{ "BLF-CRYPT",     crypt_check,  NULL,     CODING_NONE,   false },
	{ "SHA256-CRYPT",  crypt_check,  NULL,     CODING_NONE,   false },
	{ "SHA512-CRYPT",  crypt_check,  NULL,     CODING_NONE,   false },
	{ "MD5-CRYPT",     crypt_check,  NULL,     CODING_NONE,   false },
	{ "DES-CRYPT",     crypt_check,  NULL,     CODING_NONE,   false },
	{ "MD5",           md5_check,    NULL,     CODING_NONE,   false },
	{ "ARGON2I",       argon2_check, NULL,     CODING_NONE,   false },
	{ "ARGON2ID",      argon2_check, NULL,     CODING_NONE,   false },
	{ "PBKDF2",        pbkdf2_check, "SHA1",   CODING_NONE,   false },
	{ "SCRAM-SHA-1",   scram_check,  "SHA1",   CODING_NONE,   false },
	{ "SCRAM-SHA-256", scram_check,  "SHA256", CODING_NONE,   false },
	{ "SSHA",          digest_check, "SHA1",   CODING_BASE64, false },
	{ "SSHA256",       digest_check, "SHA256", CODING_BASE64, false },
	{ "SSHA512",       digest_check, "SHA512", CODING_BASE64, false },
	{ "SMD5",          digest_check, "MD5",    CODING_BASE64, false },
	{ "SHA",           digest_check, "SHA1",   CODING_BASE64, true },
	{ "SHA1",          digest_check, "SHA1",   CODING_BASE64, true },
	{ "SHA256",        digest_check, "SHA256", CODING_BASE64, true },
	{ "SHA512",        digest_check, "SHA512", CODING_BASE64, true },
	{ "LDAP-MD5",      digest_check, "MD5",    CODING_BASE64, true },
	{ "PLAIN-MD5",     digest_check, "MD5",    CODING_HEX,    true },
	{ "PLAIN",         text_check,   NULL,     CODING_NONE,   false },
	{ "CLEAR",         text_check,   NULL,     CODING_NONE,   false },
	{ "CLEARTEXT",     text_check,   NULL,     CODING_NONE,   false },
	/* clang-format on */
};

/* NULL: there is none of that name. */
static const struct scheme *
scheme_find(const char *name, size_t n)
{
	for (size_t i = 0; i < COUNT(schemes); i++) {
		if (strlen(schemes[i].name) == n &&
		    strncasecmp(schemes[i].name, name, n) == 0)
			return &schemes[i];
	}
	return NULL;
}

/* Behind the dot; CODING_NONE: nothing that we know. */
static enum coding
coding_find(const char *name, size_t n)
{
	static const struct {
		const char *name;
		enum coding coding;
	} codings[] = { { "B64", CODING_BASE64 },
			{ "BASE64", CODING_BASE64 },
			{ "HEX", CODING_HEX } };

	for (size_t i = 0; i < COUNT(codings); i++) {
		if (strlen(codings[i].name) == n &&
		    strncasecmp(codings[i].name, name, n) == 0)
			return codings[i].coding;
	}
	return CODING_NONE;
}

/* Where nobody said how it is written, the size of a digest tells. */
static enum coding
coding_guess(const struct scheme *scheme, const char *text)
{
	const EVP_MD *md;

	if (!scheme->fixed)
		return scheme->coding;
	md = EVP_get_digestbyname(scheme->digest);
	return strlen(text) == 2 * (size_t)EVP_MD_get_size(md) ? CODING_HEX
							       : CODING_BASE64;
}

static enum err
stored_read(struct op *op, const char *text, enum coding coding,
	    struct stored *out)
{
	enum err err = OK;

	out->bytes = bytes_of(text);
	if (coding == CODING_HEX)
		err = hex_decode(op, text, &out->bytes);
	if (coding == CODING_BASE64)
		err = text_base64_decode(op, text, strlen(text), &out->bytes);
	if (err != OK)
		return unknown(op, "the writing");
	out->text = op_text(op, (const char *)out->bytes.p, out->bytes.n);
	return OK;
}

enum err
scheme_check(struct op *op, const char *password, const char *hash)
{
	const char *end = hash[0] == '{' ? strchr(hash, '}') : NULL;
	size_t n, name_n;
	const struct scheme *scheme;
	enum coding coding;
	struct stored in;

	if (end == NULL) {
		in = (struct stored){ bytes_of(hash), hash };
		return strncmp(hash, "$argon2", 7) == 0
			       ? argon2_check(op, NULL, password, &in)
			       : crypt_check(op, NULL, password, &in);
	}
	n = (size_t)(end - hash) - 1;
	name_n = strcspn(hash + 1, ".}");
	scheme = scheme_find(hash + 1, name_n);
	coding = name_n < n ? coding_find(hash + 2 + name_n, n - name_n - 1)
			    : CODING_NONE;
	if (scheme == NULL || (name_n < n && coding == CODING_NONE))
		return FAIL(op, ERR_INTERNAL,
			    "the password cannot be checked: its hash is of "
			    "the scheme %s, which is not known",
			    text_head(op, op_text(op, hash + 1, n),
				      NAME_MAX_SHOWN));
	if (name_n == n)
		coding = coding_guess(scheme, end + 1);
	TRY(stored_read(op, end + 1, coding, &in));
	return scheme->check(op, scheme, password, &in);
}
