/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/remote/remote.h"

#include "base/text.h"
#include "cli/ask.h"
#include "cli/file.h"
#include "cli/out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MAX_S 3600
#define MS 1000

/* ---- failures ---- */

static const enum err err_of[] = {
	/* clang-format off */
	[EWSC_OK] = OK,                      [EWSC_UNCHANGED] = OK,
	[EWSC_INVALID] = ERR_INVALID,        [EWSC_NO_SERVICE] = ERR_NOT_FOUND,
	[EWSC_UNREACHABLE] = ERR_DOWN,       [EWSC_UNTRUSTED] = ERR_DENIED,
	[EWSC_LOGIN] = ERR_AUTH,             [EWSC_DENIED] = ERR_DENIED,
	[EWSC_NOT_FOUND] = ERR_NOT_FOUND,    [EWSC_REFUSED] = ERR_INVALID,
	[EWSC_BUSY] = ERR_DOWN,              [EWSC_UNKNOWN] = ERR_UNKNOWN,
	[EWSC_FAILED] = ERR_INTERNAL,        [EWSC_NO_EWS] = ERR_INTERNAL,
	/* clang-format on */
};

enum err
remote_err(enum ewsc_result result)
{
	return (size_t)result < COUNT(err_of) ? err_of[result] : ERR_INTERNAL;
}

enum err
remote_fail(struct cli *c, const struct ewsc *client)
{
	const struct ewsc_error *e = ewsc_error(client);
	const char *later = "";

	if (e->retry_s > 0)
		later = op_print(&c->op, " in %u s", e->retry_s);
	return FAIL(&c->op, remote_err(e->result), "%s%s%s%s",
		    e->text == NULL ? ewsc_result_name(e->result) : e->text,
		    e->advice == NULL ? "" : "; ",
		    e->advice == NULL ? "" : e->advice, later);
}

/* ---- the options ---- */

static enum err
usage(struct cli *c, const char *why)
{
	c->exit = EXIT_USAGE;
	return FAIL(&c->op, ERR_INVALID, "%s; see: frontdesk %s --help", why,
		    c->verb->name);
}

static enum err
token_read(struct cli *c, const char *file, const char **out)
{
	if (file == NULL)
		return file_line(&c->op, REMOTE_SECRET_MAX, out);
	TRY(file_text(&c->op, file, REMOTE_SECRET_MAX, out));
	*out = text_trim(&c->op, *out);
	return OK;
}

static enum err
password_read(struct cli *c, const char *user, const char **out)
{
	if (cli_option(c, "password-stdin") != NULL)
		return file_line(&c->op, REMOTE_SECRET_MAX, out);
	if (ask_possible())
		return ask_secret(&c->op,
				  op_print(&c->op, "Password of %s: ", user),
				  out);
	return usage(c, "a user signs in with a password: add "
			"--password-stdin");
}

/* One way of signing in, or none. */
static enum err
login_read(struct cli *c, const char *address, struct ewsc_options *o)
{
	const char *file = cli_option(c, "bearer-file");
	bool token = file != NULL || cli_option(c, "bearer-stdin") != NULL;
	bool password = cli_option(c, "password-stdin") != NULL ||
			cli_option(c, "user") != NULL;

	o->negotiate = cli_option(c, "negotiate") != NULL;
	if (token + password + o->negotiate > 1 ||
	    (file != NULL && cli_option(c, "bearer-stdin") != NULL))
		return usage(c, "sign in by a password, by a token or by "
				"--negotiate: by one of them");
	if (token)
		return token_read(c, file, &o->token);
	if (!password)
		return OK;
	o->user = cli_option(c, "user");
	if (o->user == NULL)
		o->user = address;
	if (o->user == NULL)
		return usage(c, "a password is somebody's: add --user");
	return password_read(c, o->user, &o->password);
}

static enum err
timeout_read(struct cli *c, unsigned *out)
{
	const char *text = cli_option(c, "timeout");
	int64_t seconds = 0;

	if (text != NULL && !text_number(text, 1, TIMEOUT_MAX_S, &seconds))
		return FAIL(&c->op, ERR_INVALID,
			    "--timeout '%s': give seconds, 1 to %d", text,
			    TIMEOUT_MAX_S);
	*out = (unsigned)seconds * MS;
	return OK;
}

/* libcurl would tell a file that is not there from none at all by a number. */
static enum err
ca_check(struct cli *c, const char *file)
{
	struct bytes pem;

	return file == NULL ? OK : file_read(&c->op, file, MIB, &pem);
}

/* The way is shown to the one who asked, and followed. */
static int
on_redirect(void *arg, const char *from, const char *to)
{
	char *a = out_cell(OUT_TABLE, from), *b = out_cell(OUT_TABLE, to);

	(void)arg;
	(void)fprintf(stderr, "frontdesk: %s leads to %s\n", a, b);
	free(a);
	free(b);
	return 1;
}

enum err
remote_open(struct cli *c, const char *address, struct ewsc **out)
{
	struct ewsc_options o = {
		.size = sizeof(o),
		.url = cli_option(c, "url"),
		.act_as = cli_option(c, "act-as"),
		.ca_file = cli_option(c, "ca"),
		.connect_to = cli_options(c, "connect-to"),
		.dns_server = cli_option(c, "dns-server"),
		.on_redirect = on_redirect,
	};

	*out = NULL;
	TRY(ca_check(c, o.ca_file));
	TRY(timeout_read(c, &o.timeout_ms));
	TRY(login_read(c, address, &o));
	if (ewsc_open(&o, out) != EWSC_OK)
		return remote_fail(c, *out);
	return OK;
}

void
remote_close(struct ewsc **client)
{
	ewsc_close(*client);
}
