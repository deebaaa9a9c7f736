/* SPDX-License-Identifier: Apache-2.0 */
/* Dovecot's answers of both sockets: what is read is text, and only an OK
 * without a but lets anybody in. */
#include "fuzz.h"

#include "base/text.h"
#include "wing/directory/userdb_wire.h"
#include "wire/dovecot_auth.h"

#include <string.h>

static void
check_text(const char *text)
{
	if (text != NULL)
		assert(text_utf8(bytes_of(text)));
}

static void
check_userdb(struct op *op, struct bytes line)
{
	struct userdb_answer said;

	if (userdb_read(op, line, "name", &said) != OK)
		return;
	check_text(said.first);
	check_text(said.user);
	check_text(said.name);
	check_text(said.reason);
	assert(said.user[0] == '\0' || said.word == USERDB_USER ||
	       said.word == USERDB_LIST);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op *op = fuzz_op();
	const uint8_t *end = memchr(data, '\n', size);
	size_t n = end == NULL ? size : (size_t)(end - data);
	struct dovecot_answer got;
	enum err err;

	check_userdb(op, (struct bytes){ data, n });
	if (dovecot_read(op, (struct bytes){ data, n }, &got) != OK)
		return 0;
	assert(n < DOVECOT_LINE_MAX);
	check_text(got.first);
	check_text(got.user);
	check_text(got.reason);
	check_text(got.code);
	check_text(got.master);
	err = dovecot_verdict(op, &got);
	assert(err == OK || err == ERR_AUTH || err == ERR_DOWN);
	if (err == OK)
		assert(got.word == DOVECOT_OK && got.id != 0 &&
		       got.master == NULL && !got.nologin && !got.proxied);
	else
		assert(text_clean(op->reason) && strchr(op->reason, '\n') == 0);
	return 0;
}
