/* SPDX-License-Identifier: Apache-2.0 */
/* A ManageSieve server's answers, and the scripts of people: what is read of a
 * line is text on one line, what is missing comes, and no script is taken for
 * ours that is not. */
#include "fuzz.h"

#include "base/buf.h"
#include "base/text.h"
#include "wing/backend/managesieve_line.h"
#include "wing/backend/managesieve_script.h"

#include <string.h>

static void
check_text(const char *text)
{
	if (text != NULL)
		assert(text_clean(text) && strpbrk(text, "\r\n") == NULL);
}

/* A word that was read is read again when it is sent. */
static void
check_word(struct op *op, struct bytes word)
{
	struct ms_line back;
	size_t missing;
	struct buf to;

	assert(word.p[word.n] == '\0');
	buf_init(&to, op, 0, 2 * word.n + KIB);
	ms_string(&to, word);
	if (buf_bytes(&to).p[0] != '"')
		return; /* a client's literal: its lines end in CR LF */
	buf_putc(&to, '\n');
	assert(ms_line_read(op, buf_bytes(&to), &back, &missing) == OK);
	assert(missing == MS_WHOLE && back.n == 1 && back.word[0].n == word.n);
	assert(memcmp(back.word[0].p, word.p, word.n) == 0);
}

static void
check_line(struct op *op, struct bytes all)
{
	struct ms_line got;
	size_t missing;

	if (ms_line_read(op, all, &got, &missing) != OK || missing != MS_WHOLE)
		return;
	assert(got.kind >= MS_DATA && got.kind <= MS_BYE);
	assert((got.kind == MS_DATA) == (got.n > 0));
	check_text(got.code);
	check_text(got.code_text);
	check_text(got.text);
	for (size_t i = 0; i < got.n; i++)
		check_word(op, got.word[i]);
}

static void
check_script(struct op *op, struct bytes all)
{
	struct bytes script, back;
	struct ms_peek peek;
	const char *before;

	ms_peek(op, all, &peek);
	assert(peek.n <= MS_INCLUDES_MAX);
	for (size_t i = 0; i < peek.n; i++)
		assert(ms_is_name(bytes_of(peek.include[i])));
	if (ms_owner(op, all, &script) == MS_THEIRS)
		assert(script.n == all.n);
	assert(ms_owner(op, ms_stamp(op, all), &back) == MS_OURS);
	assert(back.n == all.n);
	before = ms_wrapper_before(op, script);
	if (before != NULL)
		assert(ms_is_name(bytes_of(before)));
	if (!ms_is_name(all))
		return;
	before = op_text(op, (const char *)all.p, all.n);
	assert(ms_owner(op, ms_wrapper(op, "frontdesk", before, before),
			&script) == MS_OURS);
	ms_peek(op, script, &peek);
	assert(peek.n == 2 && !peek.answers);
	assert(strlen(peek.include[1]) == all.n &&
	       memcmp(peek.include[1], all.p, all.n) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op *op = fuzz_op();
	struct bytes all = op_bytes(op, (struct bytes){ data, size });

	if (all.p == NULL)
		return 0;
	check_line(op, all);
	check_script(op, all);
	return 0;
}
