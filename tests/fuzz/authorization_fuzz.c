/* SPDX-License-Identifier: Apache-2.0 */
/* The Authorization header: what is read has a name and a password within
 * their limits, and is read the same from how we write it. */
#include "fuzz.h"

#include "base/text.h"
#include "wing/auth/basic.h"

#include <string.h>

static void
check_text(const char *text, size_t most)
{
	assert(strlen(text) > 0 && strlen(text) <= most);
	assert(text_utf8(bytes_of(text)) && text_clean(text));
	assert(strpbrk(text, "\t\r\n\x7f") == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op *op = fuzz_op();
	struct basic first, again;
	const char *both;
	enum err err = basic_parse(op, fuzz_text(op, data, size), &first);

	assert(err == OK || err == ERR_AUTH);
	if (err != OK) {
		/* the same bytes, as credentials */
		both = text_base64(op, (struct bytes){ data, size });
		err = basic_parse(op, op_print(op, "basic %s", both), &first);
		assert(err == OK || err == ERR_AUTH);
	}
	if (err != OK)
		return 0;
	check_text(first.name, BASIC_NAME_MAX);
	check_text(first.password, BASIC_PASSWORD_MAX);
	assert(strchr(first.name, ':') == NULL);
	both = op_print(op, "%s:%s", first.name, first.password);
	both = op_print(op, "Basic %s", text_base64(op, bytes_of(both)));
	assert(basic_parse(op, both, &again) == OK);
	assert(strcmp(first.name, again.name) == 0);
	assert(strcmp(first.password, again.password) == 0);
	return 0;
}
