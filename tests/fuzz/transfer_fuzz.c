/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of an export: what is let in is written again as an equal line. */
#include "fuzz.h"

#include "verbs/transfer/transfer.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t none[TRANSFER_KINDS];
	json_t *line = json_loadb((const char *)data, size,
				  JSON_REJECT_DUPLICATES, NULL);
	struct op *op = fuzz_op();
	enum transfer_kind kind;
	union transfer_room room;

	if (line == NULL)
		return 0;
	(void)transfer_first_read(op, line);
	if (transfer_is_last(line))
		(void)transfer_last_read(op, line, none);
	else if (transfer_read(op, line, &kind, &room) == OK) {
		json_t *again = record_write(op, &transfer_type[kind], &room);

		assert(json_equal(line, again));
		json_decref(again);
	}
	json_decref(line);
	return 0;
}
