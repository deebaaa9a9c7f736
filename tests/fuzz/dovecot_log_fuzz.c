/* SPDX-License-Identifier: Apache-2.0 */
/* Dovecot's log and its settings: who was answered is an address, a time is
 * never ahead, and nothing that is kept would move a terminal. */
#include "fuzz.h"

#include "base/text.h"
#include "verbs/dovecot_log.h"
#include "verbs/setup/found.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op *op = fuzz_op();
	const struct bytes said = { data, size };
	struct dovecot_sent sent;
	struct found found;

	if (text_utf8(said) &&
	    dovecot_log_line(op, op_text(op, (const char *)data, size),
			     "Europe/Berlin", &sent)) {
		assert(text_is_address(sent.to));
		assert(sent.user != NULL);
		assert(sent.message_id == NULL || sent.message_id[0] == '<');
	}
	if (found_dovecot(op, said, &found) == OK) {
		assert(found.n <= FOUND_MAX);
		for (size_t i = 0; i < found.n; i++) {
			assert(text_clean(found.setting[i].key));
			assert(text_clean(found.setting[i].value));
		}
	}
	return 0;
}
