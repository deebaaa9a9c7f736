/* SPDX-License-Identifier: Apache-2.0 */

/* A password against its crypt(5) hash: our own store's. */
#include "wing/auth/password_store.h"

#include "base/digest.h"
#include "model/settings.h"
#include "wing/auth/core.h"

#include <crypt.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const char method[] = "$y$"; /* yescrypt, of its default cost */

_Static_assert(PASSWORD_SETTING_MAX >= CRYPT_GENSALT_OUTPUT_SIZE,
	       "a setting fits");

static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;

static void
scratch_key_make(void)
{
	(void)pthread_key_create(&scratch_key, free);
}

/* 32 KiB that crypt_r works in, too much for a stack: one for each thread. */
static struct crypt_data *
scratch(void)
{
	struct crypt_data *data;

	(void)pthread_once(&scratch_once, scratch_key_make);
	data = pthread_getspecific(scratch_key);
	if (data == NULL) {
		data = calloc(1, sizeof(*data));
		(void)pthread_setspecific(scratch_key, data);
	}
	return data;
}

/* The hash as the setting says, in the op; nothing of it stays elsewhere. */
static enum err
password_hash(struct op *op, const char *password, const char *setting,
	      const char **out)
{
	struct crypt_data *data = scratch();
	const char *made;

	if (data == NULL)
		return FAIL(op, ERR_DOWN, "no memory to check a password");
	errno = 0;
	made = crypt_r(password, setting, data);
	if (made == NULL || *made == '*') {
		if (errno == ENOMEM)
			return FAIL(op, ERR_DOWN,
				    "no memory to check a password");
		return FAIL(op, ERR_INTERNAL,
			    "the stored hash of the password is damaged, or of "
			    "an unknown kind");
	}
	*out = op_dup(op, made);
	explicit_bzero(data, sizeof(*data));
	return OK;
}

enum err
password_setting(struct op *op, char out[PASSWORD_SETTING_MAX])
{
	if (crypt_gensalt_rn(method, 0, NULL, 0, out, PASSWORD_SETTING_MAX) ==
	    NULL)
		return FAIL(op, ERR_DOWN, "no salt for a password: %s",
			    strerror(errno));
	return OK;
}

enum err
password_make(struct op *op, const char *password, const char **out)
{
	char setting[PASSWORD_SETTING_MAX];

	TRY(password_setting(op, setting));
	return password_hash(op, password, setting, out);
}

enum err
password_check(struct op *op, const char *password, const char *hash,
	       const char *setting)
{
	const char *made = "";
	size_t n;

	TRY(password_hash(op, password, hash == NULL ? setting : hash, &made));
	n = strlen(made);
	if (hash == NULL || n != strlen(hash) || !digest_equal(made, hash, n))
		return FAIL(op, ERR_AUTH, "wrong password");
	return OK;
}

/* Kinds of crypt(5), and how long their hashes are behind the last dollar
 * sign: one that was cut on its way, or a password in clear, lets nobody in. */
static const struct {
	const char *kind;
	size_t n;
} kinds[] = {
	{ "$y$", 43 },  { "$gy$", 43 }, { "$7$", 43 },
	{ "$2b$", 53 }, { "$2y$", 53 }, { "$2a$", 53 },
	{ "$6$", 86 },  { "$5$", 43 },  { "$1$", 22 },
};

static bool
is_hash_text(const char *hash)
{
	static const char alphabet[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz$,=";

	return hash[strspn(hash, alphabet)] == '\0';
}

enum err
auth_hash_check(struct op *op, const char *hash)
{
	size_t i = 0;

	while (i < COUNT(kinds) &&
	       strncmp(hash, kinds[i].kind, strlen(kinds[i].kind)) != 0)
		i++;
	if (i < COUNT(kinds) && is_hash_text(hash) &&
	    strlen(strrchr(hash, '$') + 1) == kinds[i].n &&
	    strlen(hash) < CRYPT_OUTPUT_SIZE)
		return OK;
	return FAIL(op, ERR_INVALID,
		    "the hash of the password is not one of crypt(5), or not "
		    "all of it");
}

static enum err
hash_open(struct auth *a, struct op *op)
{
	return password_setting(op, a->setting);
}

static int64_t
hash_remember_s(const struct op *op)
{
	return (int64_t)op->settings->remember_max_h * 3600;
}

static enum err
hash_check(struct auth *a, struct op *op, struct password_attempt *try)
{
	const struct mailbox *m = try->mailbox;
	const char *hash = m == NULL ? NULL : m->password;
	enum err err = password_check(op, try->password, hash, a->setting);

	if (err == ERR_AUTH && m == NULL)
		return FAIL(op, ERR_AUTH, "unknown user");
	if (err == ERR_AUTH && hash == NULL)
		return FAIL(op, ERR_AUTH, "no password is set");
	return err;
}

const struct password_source password_store = {
	.name = "store",
	.pool = POOL_HASH,
	.open = hash_open,
	.remember_s = hash_remember_s,
	.check = hash_check,
};
