/* SPDX-License-Identifier: Apache-2.0 */

/* The settings, read from a file by their rows (conf_rows.c), and checked as a
 * whole. */
#include "main/conf_table.h"

#include "base/conf.h"
#include "base/digest.h"
#include "base/net.h"
#include "base/text.h"
#include "main/conf_backend.h"
#include "main/conf_check.h"
#include "main/conf_directory.h"
#include "main/conf_login.h"
#include "main/conf_rows.h"
#include "main/conf_sql.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#define ACCOUNT_ROOM (16 * KIB) /* for getpwnam_r */
#define PORT_MAX 65535
#define UNIX_PREFIX "unix:"
#define HTTPS_PORT 443
#define KEEP_SIZE (8 * KIB)

#define ACCOUNT "frontdesk" /* who serves, if there is such an account */
#define ACCOUNT_OTHERWISE "nobody"

struct settings_kept {
	struct settings settings; /* first: what the caller holds */
	struct arena *arena;
};

/* The row of a setting that is known to be there. */
static size_t
row_of(const char *name)
{
	size_t i = 0;

	while (strcmp(conf_rows.rows[i].name, name) != 0)
		i++;
	return i;
}

static unsigned
listen_port(const struct settings *s)
{
	struct net net;
	unsigned port = 0;

	(void)net_parse_listen(s->listen, &net, &port);
	return port;
}

static const char *
account_preset(struct op *op)
{
	char *room = op_alloc(op, ACCOUNT_ROOM);
	struct passwd entry, *found = NULL;

	(void)getpwnam_r(ACCOUNT, &entry, room, ACCOUNT_ROOM, &found);
	return found != NULL ? ACCOUNT : ACCOUNT_OTHERWISE;
}

/* A socket's path begins in the file's folder, as every path does. */
static const char *
place_resolve(struct op *op, struct settings_kept *kept, const char *listen)
{
	if (listen == NULL || !text_case_starts(listen, UNIX_PREFIX))
		return listen;
	listen += sizeof(UNIX_PREFIX) - 1;
	return arena_text(kept->arena,
			  op_print(op, UNIX_PREFIX "%s%s%s",
				   listen[0] == '/' ? "" : kept->settings.dir,
				   listen[0] == '/' ? "" : "/", listen));
}

/* Of the settings whose names begin with one of these. */
static void
settings_sum(struct op *op, const struct settings *s, const char *const *starts,
	     uint8_t sum[static DIGEST_SIZE])
{
	struct buf buf;

	buf_init(&buf, op, KEEP_SIZE, CONF_FILE_MAX * 4);
	for (size_t i = 0; i < conf_rows.n; i++) {
		const struct conf_row *row = &conf_rows.rows[i];

		for (const char *const *p = starts; *p != NULL; p++) {
			if (text_case_starts(row->name, *p))
				conf_print(&buf, &conf_rows, row, s);
		}
	}
	digest_sha256(buf_bytes(&buf), sum);
}

/* What is remembered of logins, and who is connected to other servers, holds
 * as long as these are the same. */
static void
settings_sums(struct op *op, struct settings *s)
{
	static const char *const logins[] = {
		"login.",     "issuer.", "service_account.",
		"directory.", "userdb.", "sql.",
		NULL
	};
	static const char *const sources[] = { "directory.", "userdb.", "sql.",
					       NULL };
	static const char *const replies[] = { "backend.", "organization.",
					       "reply.", NULL };

	settings_sum(op, s, logins, s->login_sum);
	settings_sum(op, s, sources, s->sources_sum);
	settings_sum(op, s, replies, s->replies_sum);
}

/* What follows from other settings when it is not set. */
static void
settings_derive(struct op *op, struct settings_kept *kept)
{
	struct settings *s = &kept->settings;
	unsigned port = listen_port(s);
	unsigned status = port < PORT_MAX ? port + 1 : port - 1;

	s->status_listen = place_resolve(op, kept, s->status_listen);
	s->proxy_listen = place_resolve(op, kept, s->proxy_listen);
	s->milter_listen = place_resolve(op, kept, s->milter_listen);
	if (s->status_listen == NULL)
		s->status_listen = arena_text(
			kept->arena, op_print(op, "127.0.0.1:%u", status));
	if (s->public_url == NULL && port == HTTPS_PORT)
		s->public_url = "https://localhost";
	if (s->public_url == NULL)
		s->public_url =
			arena_text(kept->arena,
				   op_print(op, "https://localhost:%u", port));
	if (s->user == NULL)
		s->user = account_preset(op);
	settings_sums(op, s);
}

/* Do two listeners want the same port on overlapping addresses? */
static bool
listen_clashes(const char *a, const char *b)
{
	struct net na, nb;
	unsigned pa, pb;

	if (a == NULL || b == NULL)
		return false;
	if (!net_parse_listen(a, &na, &pa) || !net_parse_listen(b, &nb, &pb))
		return strcmp(a, b) == 0; /* unix: */
	return pa == pb &&
	       (net_has(&na, nb.address) || net_has(&nb, na.address));
}

/* It shows whole exchanges: nobody but this machine may come in. */
static enum err
dev_check(struct op *op, const struct settings *s, const unsigned *line)
{
	struct net net;
	unsigned port;

	if (s->dev_socket == NULL ||
	    (net_parse_listen(s->listen, &net, &port) && s->listen[0] != '*' &&
	     net_is_loopback(&net)))
		return OK;
	return FAIL(op, ERR_INVALID,
		    "%s:%u: the section dev is of frontdesk dev, which listens "
		    "on a loopback address only: remove it",
		    s->file, line[row_of("dev.socket")]);
}

/* What no row can tell alone. */
static enum err
settings_check(struct op *op, const struct settings *s, const unsigned *line)
{
	static const char clash[] =
		"%s:%u: %s is the same place as %s; choose another port";
	size_t listen = row_of("listen");
	size_t status = row_of("status_listen");
	size_t proxy = row_of("proxy.listen");

	if (listen_clashes(s->listen, s->status_listen))
		return FAIL(op, ERR_INVALID, clash, s->file,
			    line[status] != 0 ? line[status] : line[listen],
			    "status_listen", "listen");
	if (listen_clashes(s->listen, s->proxy_listen))
		return FAIL(op, ERR_INVALID, clash, s->file, line[proxy],
			    "proxy.listen", "listen");
	if (listen_clashes(s->status_listen, s->proxy_listen))
		return FAIL(op, ERR_INVALID, clash, s->file, line[proxy],
			    "proxy.listen", "status_listen");
	TRY(login_check(op, s));
	TRY(directory_sections_check(op, s));
	TRY(sql_check(op, s));
	TRY(backend_check(op, s));
	TRY(dev_check(op, s, line));
	if (!conf_path_is_fit(s->dir))
		return FAIL(
			op, ERR_INVALID,
			"%s:1: the folder has one of \" ' \\ $ ; { } in its "
			"name; move it",
			s->file);
	return OK;
}

/*
 * The file by its absolute path: its folder without symbolic links, so that
 * the working directory may change, and its own name as it was given.
 */
static enum err
file_find(struct op *op, struct settings_kept *kept, const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *name = slash == NULL ? file : slash + 1;
	const char *dir =
		slash == NULL ? "." : op_text(op, file, (size_t)(name - file));
	char *real = realpath(dir, NULL);

	if (real == NULL && (errno == ENOENT || errno == ENOTDIR))
		return FAIL(op, ERR_NOT_FOUND, "%s: there is no such folder",
			    dir);
	if (real == NULL)
		return FAIL(op, ERR_DOWN, "%s: %s", dir, strerror(errno));
	kept->settings.dir = arena_text(kept->arena, real);
	free(real);
	kept->settings.file = arena_text(
		kept->arena, op_print(op, "%s/%s",
				      strcmp(kept->settings.dir, "/") == 0
					      ? ""
					      : kept->settings.dir,
				      name));
	return OK;
}

static enum err
settings_fill(struct op *op, struct settings_kept *kept, const char *file,
	      const char *copy)
{
	struct conf_copy from = { NULL, copy };
	unsigned *line = op_alloc(op, conf_rows.n * sizeof(*line));

	TRY(file_find(op, kept, file));
	from.file = kept->settings.file;
	if (copy == NULL)
		from.copy = from.file;
	TRY(conf_read_copy(op, &from, &conf_rows, kept->arena, &kept->settings,
			   line));
	settings_derive(op, kept);
	return settings_check(op, &kept->settings, line);
}

enum err
settings_open(struct op *op, const char *file, struct settings **out)
{
	return settings_open_copy(op, file, NULL, out);
}

enum err
settings_open_copy(struct op *op, const char *file, const char *copy,
		   struct settings **out)
{
	struct arena *arena = arena_open(KEEP_SIZE);
	struct settings_kept *kept = arena_alloc(arena, sizeof(*kept));
	enum err err;

	kept->arena = arena;
	err = settings_fill(op, kept, file, copy);
	if (err != OK)
		settings_close(&kept->settings);
	else
		*out = &kept->settings;
	return err;
}

void
settings_close(struct settings *s)
{
	if (s != NULL)
		arena_close(((struct settings_kept *)s)->arena);
}

bool
settings_same_nginx(const struct settings *a, const struct settings *b)
{
	for (size_t i = 0; i < conf_rows.n; i++) {
		if (conf_rows.rows[i].part == PART_NGINX &&
		    !conf_same(&conf_rows, &conf_rows.rows[i], a, b))
			return false;
	}
	return true;
}

void
settings_write(struct buf *buf, const struct conf_value *given, size_t n)
{
	conf_write(buf, &conf_rows, given, n);
}

void
settings_example(struct buf *buf)
{
	conf_write(buf, &conf_rows, NULL, 0);
}

void
settings_manual(struct buf *buf)
{
	conf_manual(buf, &conf_rows);
}
