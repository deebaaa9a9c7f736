/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/backend/managesieve_call.h"

#include "base/buf.h"
#include "base/text.h"
#include "wing/backend/managesieve_script.h"

#include <inttypes.h>
#include <string.h>

#define COMMAND_MAX (2 * KIB) /* bytes, without a script */
#define NAMES_FIRST 16

/* ---- commands ---- */

/* VERB "name" */
static enum err
call_name(struct op *op, struct ms_link *l, const char *verb, const char *name,
	  enum err no)
{
	struct ms_ask ask = {
		.what = op_print(op, "%s \"%s\"", verb, name),
		.no = no,
	};
	struct buf to;

	buf_init(&to, op, 0, COMMAND_MAX);
	buf_printf(&to, "%s ", verb);
	ms_string(&to, bytes_of(name));
	buf_puts(&to, "\r\n");
	TRY(buf_err(&to));
	ask.bytes = buf_bytes(&to);
	return ms_ask(op, l, &ask);
}

enum err
ms_activate(struct op *op, struct ms_link *l, const char *name)
{
	return call_name(op, l, "SETACTIVE", name, ERR_INVALID);
}

enum err
ms_delete(struct op *op, struct ms_link *l, const char *name)
{
	enum err err = call_name(op, l, "DELETESCRIPT", name, ERR_DOWN);

	return err == ERR_NOT_FOUND ? OK : err;
}

/* A script as a literal that does not wait for a go-ahead. */
static enum err
call_script(struct op *op, struct ms_link *l, const struct ms_ask *in,
	    struct bytes head, struct bytes script)
{
	struct ms_ask ask = *in;
	size_t room = head.n + script.n + COMMAND_MAX;
	struct buf to;

	buf_init(&to, op, room, room);
	buf_add(&to, head.p, head.n);
	buf_printf(&to, " {%zu+}\r\n", script.n);
	buf_add(&to, script.p, script.n);
	buf_puts(&to, "\r\n");
	TRY(buf_err(&to));
	ask.bytes = buf_bytes(&to);
	return ms_ask(op, l, &ask);
}

enum err
ms_put(struct op *op, struct ms_link *l, const char *name, struct bytes script)
{
	struct ms_ask ask = { .no = ERR_INVALID };
	struct buf head;

	buf_init(&head, op, 0, COMMAND_MAX);
	buf_puts(&head, "PUTSCRIPT ");
	ms_string(&head, bytes_of(name));
	TRY(buf_err(&head));
	ask.what = op_print(op, "PUTSCRIPT \"%s\"", name);
	return call_script(op, l, &ask, buf_bytes(&head), script);
}

enum err
ms_check(struct op *op, struct ms_link *l, struct bytes script,
	 struct ms_line *said)
{
	const struct ms_ask ask = { .what = "CHECKSCRIPT",
				    .no = ERR_INVALID,
				    .said = said };

	return call_script(op, l, &ask, bytes_of("CHECKSCRIPT"), script);
}

enum err
ms_space(struct op *op, struct ms_link *l, const char *name, uint64_t size)
{
	struct ms_ask ask = {
		.what = op_print(op, "HAVESPACE \"%s\" %" PRIu64, name, size),
		.no = ERR_LIMIT,
	};
	struct buf to;

	buf_init(&to, op, 0, COMMAND_MAX);
	buf_puts(&to, "HAVESPACE ");
	ms_string(&to, bytes_of(name));
	buf_printf(&to, " %" PRIu64 "\r\n", size);
	TRY(buf_err(&to));
	ask.bytes = buf_bytes(&to);
	return ms_ask(op, l, &ask);
}

/* ---- questions ---- */

static enum err
script_found(void *arg, struct op *op, const struct ms_line *line)
{
	struct bytes *out = arg;

	(void)op;
	*out = line->word[0];
	return OK;
}

enum err
ms_get(struct op *op, struct ms_link *l, const char *name, struct bytes *out)
{
	struct ms_ask ask = {
		.what = op_print(op, "GETSCRIPT \"%s\"", name),
		.no = ERR_DOWN,
		.found = script_found,
		.arg = out,
	};
	struct buf to;
	enum err err;

	*out = (struct bytes){ 0 };
	buf_init(&to, op, 0, COMMAND_MAX);
	buf_puts(&to, "GETSCRIPT ");
	ms_string(&to, bytes_of(name));
	buf_puts(&to, "\r\n");
	TRY(buf_err(&to));
	ask.bytes = buf_bytes(&to);
	err = ms_ask(op, l, &ask);
	return err == ERR_NOT_FOUND ? OK : err;
}

static void
scripts_add(struct op *op, struct ms_scripts *to, const char *name)
{
	if (to->n == to->room) {
		size_t room = to->room == 0 ? NAMES_FIRST : 2 * to->room;
		const char **more = op_alloc(op, room * sizeof(*more));

		if (to->n > 0)
			memcpy(more, to->name, to->n * sizeof(*more));
		to->name = more;
		to->room = room;
	}
	to->name[to->n++] = name;
}

/* A name that cannot be written matters only if it is the active one's. */
static enum err
name_found(void *arg, struct op *op, const struct ms_line *line)
{
	struct ms_scripts *out = arg;
	const char *name = (const char *)line->word[0].p;
	bool active = line->n > 1 &&
		      text_case_equal((const char *)line->word[1].p, "ACTIVE");

	if (!ms_is_name(line->word[0])) {
		out->odd = out->odd || active;
		return OK;
	}
	scripts_add(op, out, name);
	if (active)
		out->active = name;
	return OK;
}

enum err
ms_list(struct op *op, struct ms_link *l, struct ms_scripts *out)
{
	const struct ms_ask ask = { "LISTSCRIPTS", bytes_of("LISTSCRIPTS\r\n"),
				    ERR_DOWN,      name_found,
				    out,           NULL };

	*out = (struct ms_scripts){ 0 };
	return ms_ask(op, l, &ask);
}

bool
ms_has(const struct ms_scripts *scripts, const char *name)
{
	for (size_t i = 0; i < scripts->n; i++) {
		if (strcmp(scripts->name[i], name) == 0)
			return true;
	}
	return false;
}
