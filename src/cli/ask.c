/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/ask.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define ANSWER_MAX 4096 /* bytes of a line; auth_hash has its own limit */

bool
ask_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

static enum err
answer(struct op *op, const char *prompt, const char **out)
{
	char *line = op_alloc(op, ANSWER_MAX);

	(void)fputs(prompt, stderr);
	(void)fflush(stderr);
	if (fgets(line, ANSWER_MAX, stdin) == NULL)
		return FAIL(op, ERR_INVALID, "nothing was entered");
	line[strcspn(line, "\r\n")] = '\0';
	*out = line;
	return OK;
}

/* The terminal shows again what is typed, however the questions end; a
 * terminal that is interrupted is set right by its shell. */
static void
echo_restore(const struct termios *terminal)
{
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, terminal);
}

/* Each question once, its answer not shown. */
static enum err
ask_hidden(struct op *op, const char *const *prompts, size_t n,
	   const char **out)
{
	struct termios before;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return FAIL(op, ERR_DOWN, "the terminal cannot be asked");
	CLEANUP(echo_restore) struct termios terminal = before;
	struct termios quiet = terminal;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	for (size_t i = 0; i < n; i++) {
		TRY(answer(op, prompts[i], &out[i]));
		(void)fputc('\n', stderr);
	}
	return OK;
}

enum err
ask_secret(struct op *op, const char *prompt, const char **out)
{
	return ask_hidden(op, &prompt, 1, out);
}

enum err
ask_password(struct op *op, const char *address, const char **out)
{
	const char *prompts[] = {
		op_print(op, "New password of %s: ", address),
		"Once more: ",
	};
	const char *said[COUNT(prompts)];

	TRY(ask_hidden(op, prompts, COUNT(prompts), said));
	*out = said[0];
	if (strcmp(said[0], said[1]) != 0)
		return FAIL(op, ERR_INVALID,
			    "the two passwords differ; nothing was changed");
	if (!text_utf8(bytes_of(*out)))
		return FAIL(op, ERR_INVALID, "the password is not UTF-8");
	return OK;
}

enum err
ask_sure(struct op *op, const char *question)
{
	const char *said;

	if (!ask_possible())
		return FAIL(op, ERR_DENIED,
			    "nobody can be asked here; add --yes when you are "
			    "sure");
	TRY(answer(op, op_print(op, "%s [y/N] ", question), &said));
	if (!text_case_equal(said, "y") && !text_case_equal(said, "yes"))
		return FAIL(op, ERR_DENIED, "nothing was changed");
	return OK;
}
