/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/backend/managesieve_link.h"

#include "base/buf.h"
#include "base/secret.h"
#include "base/text.h"
#include "wire/line_link.h"

#include <stdlib.h>
#include <string.h>

#define LINES_MAX 4096      /* of data, in an answer */
#define LOGIN_MAX (8 * KIB) /* bytes of the command, with the password */

void
ms_link_init(struct ms_link *l, const struct backend_section *section)
{
	*l = (struct ms_link){ .section = section };
}

void
ms_link_done(struct ms_link *l)
{
	line_link_close(&l->line);
	free(l->user);
	l->user = NULL;
}

/* ---- answers ---- */

/* More than the conversation itself can be a literal: a script. */
static enum err
line_read(struct op *op, struct ms_link *l, struct ms_line *out)
{
	struct bytes line;
	struct buf all;
	size_t missing;

	TRY(line_link_line(op, l->line, &line));
	buf_init(&all, op, line.n + 1, MS_SCRIPT_MAX + LINE_LINK_MAX);
	for (int i = 0; i <= MS_LITERALS_MAX; i++) {
		char *to;

		buf_add(&all, line.p, line.n);
		buf_putc(&all, '\n');
		if (ms_line_read(op, buf_bytes(&all), out, &missing) != OK)
			return FAIL(op, ERR_DOWN, "%s: %s", l->section->server,
				    op->reason);
		if (missing == MS_WHOLE)
			return OK;
		to = buf_take(&all, missing);
		if (to == NULL)
			break;
		TRY(line_link_read(op, l->line, to, missing));
		TRY(line_link_line(op, l->line, &line));
	}
	return FAIL(op, ERR_DOWN, "%s: an answer of more than %zu MiB",
		    l->section->server, (size_t)(MS_SCRIPT_MAX / MIB));
}

struct meaning {
	const char *code;
	enum err err;
	const char *remedy; /* NULL: it says itself what to do */
};

static const struct meaning *
meaning_of(const char *code)
{
	static const struct meaning rows[] = {
		/* clang-format off */
		{ "QUOTA",              ERR_LIMIT,     NULL },
		{ "QUOTA/MAXSCRIPTS",   ERR_LIMIT,     "this user has as many scripts as are allowed" },
		{ "QUOTA/MAXSIZE",      ERR_LIMIT,     NULL },
		{ "TRYLATER",           ERR_DOWN,      NULL },
		{ "NONEXISTENT",        ERR_NOT_FOUND, NULL },
		{ "ACTIVE",             ERR_DOWN,      NULL }, /* the user was faster: */
		{ "ALREADYEXISTS",      ERR_DOWN,      NULL }, /* look anew, later */
		{ "REFERRAL",           ERR_DENIED,    "it sends us to another server: name that one" },
		{ "ENCRYPT-NEEDED",     ERR_DENIED,    "set starttls = yes" },
		{ "AUTH-TOO-WEAK",      ERR_DENIED,    "let it take PLAIN" },
		{ "TRANSITION-NEEDED",  ERR_DENIED,    "let who signs in there set a new password" },
		/* clang-format on */
	};

	for (size_t i = 0; code != NULL && i < COUNT(rows); i++) {
		if (strcmp(rows[i].code, code) == 0)
			return &rows[i];
	}
	return NULL;
}

/* A NO or BYE as an error. */
static enum err
refused(struct op *op, const struct ms_link *l, const struct ms_ask *ask,
	const struct ms_line *line)
{
	const struct meaning *m = meaning_of(line->code);
	const char *text = line->text == NULL ? "" : line->text;
	enum err err = line->kind == MS_BYE ? ERR_DOWN : ask->no;

	return FAIL(op, m == NULL ? err : m->err, "%s: %s: %s%s%s%s%s%s%s%s",
		    l->section->server, ask->what,
		    line->kind == MS_BYE ? "BYE" : "NO",
		    line->code == NULL ? "" : " ",
		    line->code == NULL ? "" : line->code,
		    line->code_text == NULL ? "" : " ",
		    line->code_text == NULL ? "" : line->code_text,
		    *text == '\0' ? "" : ": ", text,
		    m == NULL || m->remedy == NULL
			    ? ""
			    : op_print(op, "; %s", m->remedy));
}

/* Up to OK, NO or BYE. */
static enum err
answer_read(struct op *op, struct ms_link *l, const struct ms_ask *ask,
	    struct ms_line *out)
{
	for (int i = 0; i < LINES_MAX; i++) {
		TRY(line_read(op, l, out));
		if (out->kind != MS_DATA)
			return OK;
		if (ask->found == NULL)
			return FAIL(op, ERR_DOWN,
				    "%s answers with what was not asked for",
				    l->section->server);
		TRY(ask->found(ask->arg, op, out));
	}
	return FAIL(op, ERR_DOWN, "%s: an answer of more than %d lines",
		    l->section->server, LINES_MAX);
}

enum err
ms_ask(struct op *op, struct ms_link *l, const struct ms_ask *ask)
{
	struct ms_line line;
	enum err err;

	if (l->line == NULL)
		return FAIL(op, ERR_DOWN, "%s: there is no connection",
			    l->section->server);
	err = line_link_send(op, l->line, ask->bytes);
	if (err == OK)
		err = answer_read(op, l, ask, &line);
	if (err != OK) {
		ms_link_done(l);
		return FAIL(op, err, "%s: %s", ask->what, op->reason);
	}
	if (ask->said != NULL)
		*ask->said = line;
	if (line.kind == MS_OK)
		return OK;
	err = refused(op, l, ask, &line);
	if (line.kind == MS_BYE)
		ms_link_done(l);
	return err;
}

/* ---- what it can ---- */

static bool
has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	while (*words != '\0') {
		size_t end = strcspn(words, " ");

		if (end == n && text_case_starts(words, word))
			return true;
		words += end + (words[end] == ' ');
	}
	return false;
}

static enum err
capability_found(void *arg, struct op *op, const struct ms_line *line)
{
	struct ms_link *l = arg;
	const char *name = (const char *)line->word[0].p;
	const char *value = line->n < 2 ? "" : (const char *)line->word[1].p;

	(void)op;
	if (text_case_equal(name, "IMPLEMENTATION"))
		l->can.dovecot = has_word(value, "Pigeonhole");
	else if (text_case_equal(name, "STARTTLS"))
		l->can.starttls = true;
	else if (text_case_equal(name, "UNAUTHENTICATE"))
		l->can.unauthenticate = true;
	else if (text_case_equal(name, "SASL"))
		l->can.plain = has_word(value, "PLAIN");
	else if (text_case_equal(name, "SIEVE") &&
		 strlen(value) < sizeof(l->can.sieve) &&
		 text_utf8(bytes_of(value)))
		memcpy(l->can.sieve, value, strlen(value) + 1);
	return OK;
}

/* With command "": it says so by itself. */
static enum err
capabilities_read(struct op *op, struct ms_link *l, const char *command)
{
	const struct ms_ask ask = {
		.what = *command == '\0' ? "its greeting" : "CAPABILITY",
		.bytes = bytes_of(command),
		.no = ERR_DOWN,
		.found = capability_found,
		.arg = l,
	};

	memset(&l->can, 0, sizeof(l->can));
	return ms_ask(op, l, &ask);
}

bool
ms_link_can(const struct ms_link *l, const char *extension)
{
	return has_word(l->can.sieve, extension);
}

/* ---- beginning ---- */

enum err
ms_link_connect(struct op *op, struct ms_link *l)
{
	const struct line_place place = { l->section->server, l->section->ca,
					  l->section->timeout_ms };

	ms_link_done(l);
	TRY(line_link_open(op, &place, &l->line));
	return capabilities_read(op, l, "");
}

enum err
ms_link_secure(struct op *op, struct ms_link *l)
{
	const struct ms_ask ask = { "STARTTLS", bytes_of("STARTTLS\r\n"),
				    ERR_DENIED, NULL,
				    NULL,       NULL };
	const char *server = l->section->server;
	enum err err = OK;

	if (!l->section->starttls && !line_link_is_here(l->line))
		err = FAIL(op, ERR_DENIED,
			   "%s is not this machine: without TLS the password "
			   "would be readable on the way; set starttls = yes",
			   server);
	else if (l->section->starttls && !l->can.starttls)
		err = FAIL(op, ERR_DENIED,
			   "%s does not offer STARTTLS: give it a certificate",
			   server);
	if (err == OK && l->section->starttls) {
		TRY(ms_ask(op, l, &ask));
		err = line_link_tls(op, l->line);
		if (err == OK) /* what was said in clear does not count */
			return capabilities_read(op, l, "");
	}
	if (err != OK)
		ms_link_done(l);
	return err;
}

/* user NUL master NUL password, in base64: RFC 4616. */
static enum err
login_of(struct op *op, const struct ms_link *l, const char *user,
	 struct bytes *out)
{
	const char *password;
	struct buf plain, to;

	TRY(secret_read(op, l->section->password_file, &password));
	buf_init(&plain, op, KIB, LOGIN_MAX / 2);
	buf_add(&plain, user, strlen(user) + 1);
	buf_add(&plain, l->section->master, strlen(l->section->master) + 1);
	buf_puts(&plain, password);
	TRY(buf_err(&plain));
	buf_init(&to, op, KIB, LOGIN_MAX);
	buf_puts(&to, "AUTHENTICATE \"PLAIN\" ");
	ms_string(&to, bytes_of(text_base64(op, buf_bytes(&plain))));
	buf_puts(&to, "\r\n");
	TRY(buf_err(&to));
	*out = buf_bytes(&to);
	return OK;
}

enum err
ms_link_sign_in(struct op *op, struct ms_link *l, const char *user)
{
	struct ms_ask ask = {
		.what = op_print(op, "signing in as %s for %s",
				 l->section->master, user),
		.no = ERR_DENIED,
	};
	enum err err;

	if (!l->can.plain) {
		ms_link_done(l);
		return FAIL(op, ERR_DENIED,
			    "%s does not take PLAIN: allow it there",
			    l->section->server);
	}
	err = login_of(op, l, user, &ask.bytes);
	if (err == OK)
		err = ms_ask(op, l, &ask);
	if (err == OK) {
		l->user = strdup(user);
		if (l->user == NULL)
			err = FAIL(op, ERR_DOWN, "no memory for a name");
	}
	if (err != OK) {
		ms_link_done(l);
		return err;
	}
	return capabilities_read(op, l, "CAPABILITY\r\n");
}

/* Is the connection of before still good, for this user? */
static bool
still_there(struct op *op, struct ms_link *l, const char *user)
{
	static const struct ms_ask ask = { "UNAUTHENTICATE",
					   { (const uint8_t *)"UNAUTHENTICATE"
							      "\r\n",
					     16 },
					   ERR_DENIED,
					   NULL,
					   NULL,
					   NULL };

	if (l->line == NULL || l->user == NULL)
		return false;
	if (strcmp(l->user, user) == 0)
		return capabilities_read(op, l, "CAPABILITY\r\n") == OK;
	if (!l->can.unauthenticate || ms_ask(op, l, &ask) != OK)
		return false;
	free(l->user);
	l->user = NULL;
	return capabilities_read(op, l, "CAPABILITY\r\n") == OK &&
	       ms_link_sign_in(op, l, user) == OK;
}

enum err
ms_link_for(struct op *op, struct ms_link *l, const char *user)
{
	if (still_there(op, l, user))
		return OK;
	TRY(ms_link_connect(op, l));
	TRY(ms_link_secure(op, l));
	return ms_link_sign_in(op, l, user);
}
