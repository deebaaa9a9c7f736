/* SPDX-License-Identifier: Apache-2.0 */
/* What an SMTP server says: it is bounded, clean, and means something. And what
 * we send: no text can end a mail, or be more than one. */
#include "fuzz.h"

#include "base/text.h"
#include "wire/smtp.h"

#include <string.h>

/* The first reply of what is there. */
static void
read_reply(struct op *op, const uint8_t *data, size_t size)
{
	struct smtp_reply r = { 0 };
	const uint8_t *end;

	while (!r.whole && (end = memchr(data, '\n', size)) != NULL) {
		struct bytes line = { data, (size_t)(end - data) };

		if (smtp_reply_line(op, line, &r) != OK) {
			assert(text_clean(op->reason));
			return;
		}
		size -= line.n + 1;
		data = end + 1;
		assert(r.code >= 200 && r.code <= 599);
		assert(r.lines >= 1 && r.lines <= SMTP_LINES_MAX);
		assert(r.n <= SMTP_REASON_MAX && strlen(r.said) == r.n);
		assert(text_clean(r.said) && strpbrk(r.said, "\r\n\t") == 0);
	}
	if (r.lines == 0)
		return;
	for (unsigned step = SMTP_GREETING; step <= SMTP_DOT; step++) {
		enum smtp_class class = smtp_reply_class(step, r.code);

		assert(class >= SMTP_GOOD && class <= SMTP_UNKNOWN);
		/* nothing but its last step leaves us in doubt */
		assert(class != SMTP_UNKNOWN || step == SMTP_DOT);
		assert(class != SMTP_GOOD || r.code < 400);
	}
}

static void
stuff(struct op *op, const uint8_t *data, size_t size)
{
	struct bytes out = smtp_stuff(op, (struct bytes){ data, size });
	bool begins = true;

	assert(out.n >= 2 || out.n == 0);
	for (size_t i = 0; i < out.n; i++) {
		if (begins && out.p[i] == '.')
			assert(i + 1 < out.n && out.p[i + 1] != '\r');
		begins = out.p[i] == '\n';
		if (out.p[i] == '\r')
			assert(i + 1 < out.n && out.p[i + 1] == '\n');
		if (out.p[i] == '\n')
			assert(i > 0 && out.p[i - 1] == '\r');
	}
	assert(begins); /* its last line has an end */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct op *op = fuzz_op();

	read_reply(op, data, size);
	stuff(op, data, size);
	return 0;
}
