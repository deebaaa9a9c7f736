/* SPDX-License-Identifier: Apache-2.0 */
/* Cards: what is read is text within its limits, and the lines that are told
 * are lines of the file. */
#include "fuzz.h"

#include "base/text.h"
#include "wire/vcard.h"

#include <string.h>

static unsigned
lines_of(const uint8_t *data, size_t size)
{
	unsigned n = 1;

	for (size_t i = 0; i < size; i++)
		n += data[i] == '\n';
	return n;
}

static void
check_text(const char *text)
{
	assert(text_utf8(bytes_of(text)));
	assert(strpbrk(text, "\t\r\n") == NULL);
	assert(strlen(text) <= 2 * VCARD_VALUE_MAX);
}

static void
check_card(const struct vcard *card, unsigned lines)
{
	assert(card->line >= 1 && card->line <= lines);
	assert(card->n <= VCARD_EMAILS_MAX);
	check_text(card->name);
	for (size_t i = 0; i < card->n; i++) {
		check_text(card->email[i].address);
		assert(card->email[i].address[0] != '\0');
		assert(card->email[i].line > card->line);
		assert(card->email[i].line <= lines);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned lines = lines_of(data, size);
	struct op *op = fuzz_op();
	struct vcard_list list;

	if (vcard_read(op, (struct bytes){ data, size }, &list) != OK)
		return 0;
	assert(list.n + list.fault_n > 0);
	for (size_t i = 0; i < list.n; i++)
		check_card(&list.card[i], lines);
	for (size_t i = 0; i < list.fault_n && i < VCARD_FAULTS_MAX; i++) {
		assert(list.fault[i].line >= 1 && list.fault[i].line <= lines);
		assert(list.fault[i].why[0] != '\0');
	}
	return 0;
}
