/* SPDX-License-Identifier: Apache-2.0 */

/* Every setting: one row. The file, its checks, the example and the manual
 * come from here. */
#include "main/conf_table.h"

#include "base/clock.h"
#include "base/conf.h"
#include "base/net.h"
#include "base/text.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#define ACCOUNT_MAX 32          /* bytes of a system account's name */
#define ACCOUNT_ROOM (16 * KIB) /* for getpwnam_r */
#define PORT_MAX 65535
#define UNIX_PREFIX "unix:"
#define HTTPS_PORT 443
#define KEEP_SIZE (8 * KIB)

#define ACCOUNT "frontdesk" /* who serves, if there is such an account */
#define ACCOUNT_OTHERWISE "nobody"

/* ---- what a value has to be; NULL: it is ---- */

static const char *
is_listen(const char *value)
{
	struct net net;
	unsigned port;

	if (net_parse_listen(value, &net, &port))
		return NULL;
	return "an address and a port, like 127.0.0.1:8443, [::1]:8443 or "
	       "*:443";
}

static bool
path_is_fit(const char *value)
{
	/* They go into nginx's configuration, which gives these a meaning. */
	return strpbrk(value, "\"'\\$;{}") == NULL;
}

static const char *
is_loopback(const char *value)
{
	static const char want[] =
		"an address of this machine alone with a port, like "
		"127.0.0.1:8444, or unix: and a path";
	struct net net;
	unsigned port;

	if (text_case_starts(value, UNIX_PREFIX))
		return value[sizeof(UNIX_PREFIX) - 1] != '\0' &&
				       path_is_fit(value)
			       ? NULL
			       : want;
	if (net_parse_listen(value, &net, &port) && net_is_loopback(&net))
		return NULL;
	return want;
}

static const char *
is_network(const char *value)
{
	struct net net;

	return net_parse(value, &net) ? NULL
				      : "an address or a network, like "
					"192.0.2.1 or 10.0.0.0/8";
}

/* A peer on a Unix socket has no address; nginx calls it "unix:". */
static const char *
is_peer(const char *value)
{
	return strcmp(value, "unix:") == 0 ? NULL : is_network(value);
}

static const char *
is_path(const char *value)
{
	return path_is_fit(value) ? NULL : "a path without \" ' \\ $ ; { and }";
}

static const char *
is_url(const char *value)
{
	static const char start[] = "https://";
	const char *host = value + sizeof(start) - 1, *port;
	int64_t number;

	if (strncmp(value, start, sizeof(start) - 1) != 0)
		return "https://, a host and perhaps a port";
	port = strrchr(host, ':');
	if (port == NULL || strchr(port, ']') != NULL)
		port = host + strlen(host);
	else if (!text_number(port + 1, 1, PORT_MAX, &number))
		return "https://, a host and a port from 1 to 65535";
	if (port == host ||
	    strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789.-[]:") < (size_t)(port - host))
		return "https://, a host and perhaps a port, without a path "
		       "and without a / at its end";
	return NULL;
}

static const char *
is_account(const char *value)
{
	size_t n = strlen(value);

	if (n <= ACCOUNT_MAX && *value != '-' &&
	    strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			  "0123456789_.-") == n)
		return NULL;
	return "the name of an account of this system";
}

static const char *
is_realm(const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value < ' ' || *value > '~' || *value == '"' ||
		    *value == '\\')
			return "ASCII letters, without \" and \\";
	}
	return NULL;
}

static const char *
is_password_source(const char *value)
{
	return strcmp(value, "store") == 0 ? NULL : "store";
}

static const char *
is_zone(const char *value)
{
	return clock_is_zone(value)
		       ? NULL
		       : "a time zone, like Europe/Berlin, America/New_York or "
			 "UTC";
}

/* ---- the table ---- */

enum { PART_OURS, PART_NGINX };

#define AT(member, want) CONF_AT(struct settings, member, want)
#define TEXT(member) CONF_TEXT, AT(member, const char *)
#define PATH(member) CONF_PATH, AT(member, const char *)
#define BOOL(member) CONF_BOOL, AT(member, bool)
#define NUMBER(member) CONF_NUMBER, AT(member, unsigned)
#define SIZE(member) CONF_SIZE, AT(member, uint64_t)
#define LIST(member) CONF_LIST, AT(member, const char *const *)

#define NGINX PART_NGINX
#define OURS PART_OURS

/* name, part, type and member, preset, min, max, words, check, manual,
 * example */
static const struct conf_row rows[] = {
	/* clang-format off */
	{ "listen", NGINX, TEXT(listen), "127.0.0.1:8443", 0, 0, NULL, is_listen,
	  "Where the services are offered, over TLS: an address and a port; *:443 "
	  "is every address of the machine.", NULL },
	{ "status_listen", NGINX, TEXT(status_listen), NULL, 0, 0, NULL, is_loopback,
	  "Where /healthz, /readyz and /metrics are offered, without TLS and "
	  "login: an address of this machine alone, or unix: and a path. Without "
	  "it: 127.0.0.1 and the port after that of listen.", "127.0.0.1:8444" },
	{ "public_url", NGINX, TEXT(public_url), NULL, 0, 0, NULL, is_url,
	  "How clients reach the services; every URL in an answer begins with it. "
	  "Without it: https://localhost and the port of listen.",
	  "https://mail.example.com" },
	{ "user", NGINX, TEXT(user), NULL, 0, 0, NULL, is_account,
	  "The account that serves when the server is started as root. Without "
	  "it: frontdesk if there is such an account, else nobody.", "frontdesk" },
	{ "workers", NGINX, NUMBER(workers), "0", 0, 256, NULL, NULL,
	  "Processes that serve; 0 is one for each processor.", NULL },
	{ "data", NGINX, PATH(data), "data", 0, 0, NULL, is_path,
	  "The folder of everything that is kept.", NULL },
	{ "run", NGINX, PATH(run), "run", 0, 0, NULL, is_path,
	  "The folder for files and sockets of the running server.", NULL },
	{ "modules", NGINX, PATH(modules), NULL, 0, 0, NULL, is_path,
	  "The folder of ngx_http_frontdesk_module.so. Without it: where it was "
	  "installed or built.", "/usr/lib/nginx/modules" },
	{ "zone", OURS, TEXT(zone), "UTC", 0, 0, NULL, is_zone,
	  "The time zone of mailboxes without one of their own.", NULL },
	{ "address_book", OURS, BOOL(address_book_public), "private", 0, 0, "public private", NULL,
	  "May a caller learn which addresses exist? With private, a mailbox that "
	  "is not the caller's is refused as one that does not exist.", NULL },
	{ "op_timeout_ms", OURS, NUMBER(op_timeout_ms), "20000", 100, 600000, NULL, NULL,
	  "How long one request may work before it is given up, in milliseconds.", NULL },

	{ "tls.certificate", NGINX, PATH(tls_certificate), "tls/server.pem", 0, 0, NULL, is_path,
	  "The certificate with those of its issuers behind it, in PEM.", NULL },
	{ "tls.key", NGINX, PATH(tls_key), "tls/server.key", 0, 0, NULL, is_path,
	  "The key of the certificate, in PEM; only root needs to be able to read "
	  "it when root starts the server.", NULL },

	{ "proxy.listen", NGINX, TEXT(proxy_listen), NULL, 0, 0, NULL, is_loopback,
	  "A second place, without TLS, for a proxy in front that has it: an "
	  "address of this machine alone, or unix: and a path.", "127.0.0.1:8080" },
	{ "proxy.trusted", NGINX, LIST(proxy_trusted), "127.0.0.1 ::1 unix:", 0, 0, NULL, is_peer,
	  "Which peers on proxy.listen are believed what they say about the "
	  "client's address: addresses, networks, or unix: for a socket.", NULL },
	{ "proxy.protocol", NGINX, BOOL(proxy_protocol), "no", 0, 0, NULL, NULL,
	  "With yes the proxy tells the client's address with the PROXY protocol, "
	  "with no in X-Forwarded-For.", NULL },

	{ "limits.connections", NGINX, NUMBER(connections_max), "10240", 64, 1000000, NULL, NULL,
	  "Connections that one worker holds at most.", NULL },
	{ "limits.connections_per_source", NGINX, NUMBER(connections_per_source_max), "10000", 0, 1000000, NULL, NULL,
	  "Connections that one client address may have at most; 0 is no limit.", NULL },
	{ "limits.body_memory", OURS, SIZE(body_memory), "256MiB", 2 * MIB, INT64_C(1) << 40, NULL, NULL,
	  "Memory of each worker for the bodies of requests, while they come; "
	  "above it they are refused with 503.", NULL },
	{ "limits.header_timeout_s", NGINX, NUMBER(header_timeout_s), "35", 1, 3600, NULL, NULL,
	  "Seconds in which a new connection's handshake and the header of its "
	  "first request have to be there, and later each header.", NULL },
	{ "limits.body_timeout_s", NGINX, NUMBER(body_timeout_s), "30", 1, 3600, NULL, NULL,
	  "Seconds in which the whole body of a request has to be there.", NULL },
	{ "limits.send_timeout_s", NGINX, NUMBER(send_timeout_s), "30", 1, 3600, NULL, NULL,
	  "Seconds in which a client has to take the whole of an answer.", NULL },
	{ "limits.keepalive_timeout_s", NGINX, NUMBER(keepalive_timeout_s), "35", 0, 86400, NULL, NULL,
	  "Seconds that an idle connection is kept.", NULL },

	{ "threads.write", NGINX, NUMBER(write_threads), "32", 1, 256, NULL, NULL,
	  "Threads of each worker that wait for the disk; changes that wait "
	  "together are written together.", NULL },
	{ "threads.hash", NGINX, NUMBER(hash_threads), "0", 0, 256, NULL, NULL,
	  "Threads of each worker that check passwords; 0 is one for each "
	  "processor.", NULL },
	{ "threads.directory", NGINX, NUMBER(directory_threads), "4", 1, 256, NULL, NULL,
	  "Threads of each worker that wait for another directory.", NULL },
	{ "threads.image", NGINX, NUMBER(image_threads), "4", 1, 256, NULL, NULL,
	  "Threads of each worker that wait for a picture to be made.", NULL },

	{ "login.realm", OURS, TEXT(realm), NULL, 0, 0, NULL, is_realm,
	  "The realm that clients show beside the request for a password. Without "
	  "it: the host of public_url.", "example.com" },
	{ "login.remember_h", OURS, NUMBER(remember_max_h), "12", 0, 12, NULL, NULL,
	  "Hours for which a caller whose password was right is known without "
	  "checking it again. A changed password ends that at once. 0: every "
	  "request is checked, which takes about 30 ms of a processor.", NULL },
	{ "login.passwords", OURS, TEXT(passwords), "store", 0, 0, NULL, is_password_source,
	  "Who knows whether a password is right: store is what frontdesk mailbox "
	  "passwd sets.", NULL },
	{ "login.remember_other_s", OURS, NUMBER(remember_other_s), "60", 0, 900, NULL, NULL,
	  "The same in seconds, for passwords that are not our own: a change of "
	  "one elsewhere is not known here before.", NULL },
	{ "login.penalty_exempt", OURS, LIST(penalty_exempt), NULL, 0, 0, NULL, is_network,
	  "Addresses and networks that are never made to wait after wrong "
	  "passwords: a proxy that cannot tell its clients' addresses, or your own "
	  "monitoring.", "192.0.2.10 10.1.0.0/16" },

	{ "oof.strict_replies", OURS, BOOL(strict_replies), "no", 0, 0, NULL, NULL,
	  "With yes, an absence without both of its replies is refused, as by "
	  "later Exchange; with no, a reply that is not sent stays as it was.", NULL },
	{ "oof.unzoned", OURS, BOOL(unzoned_is_mailbox_zone), "utc", 0, 0, "mailbox utc", NULL,
	  "What a time without a zone means: utc, as Exchange has it, or the zone "
	  "of the mailbox.", NULL },

	{ "photo.max_age_s", OURS, NUMBER(photo_max_age_s), "300", 0, 31536000, NULL, NULL,
	  "Seconds for which a client may show a photo without asking again.", NULL },
	{ "photo.epoch", OURS, NUMBER(photo_epoch), "0", 0, 1000000000, NULL, NULL,
	  "A number to change once when all clients have to fetch all photos "
	  "again.", NULL },
	{ "photo.unlisted_size", OURS, BOOL(photo_unlisted_size_largest), "largest", 0, 0, "largest 400", NULL,
	  "What a size like HR50x50, none of the nine, gets: the largest photo, or "
	  "the status 400.", NULL },
	{ "photo.cache", NGINX, SIZE(photo_cache_bytes), "6MiB", 0, INT64_C(1) << 40, NULL, NULL,
	  "Memory of each worker for photos.", NULL },

	{ "store.mailbox_cache", NGINX, NUMBER(mailbox_cache), "4096", 0, 10000000, NULL, NULL,
	  "Mailboxes that each worker keeps in memory.", NULL },
	{ "store.change_log_days", OURS, NUMBER(change_log_days), "30", 1, 3650, NULL, NULL,
	  "Days for which is kept what changed when.", NULL },
	{ "store.audit_days", OURS, NUMBER(audit_days), "366", 1, 3650, NULL, NULL,
	  "Days for which is kept who changed what of another's mailbox: what "
	  "frontdesk audit lists.", NULL },

	{ "log.access", NGINX, PATH(access_log), "stderr", 0, 0, "stderr off", is_path,
	  "Where each request is told, one line of JSON each: a file, stderr, or "
	  "off.", NULL },
	{ "log.hash_targets", OURS, BOOL(log_hash_targets), "no", 0, 0, NULL, NULL,
	  "With yes, that log names mailboxes by a hash.", NULL },
	/* clang-format on */
};

static const struct conf_table table = { .rows = rows, .n = COUNT(rows) };

/* ---- reading ---- */

struct settings_kept {
	struct settings settings; /* first: what the caller holds */
	struct arena *arena;
};

/* The row of a setting that is known to be there. */
static size_t
row_of(const char *name)
{
	size_t i = 0;

	while (strcmp(rows[i].name, name) != 0)
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

/* What follows from other settings when it is not set. */
static void
settings_derive(struct op *op, struct settings_kept *kept)
{
	struct settings *s = &kept->settings;
	unsigned port = listen_port(s);
	unsigned status = port < PORT_MAX ? port + 1 : port - 1;

	s->status_listen = place_resolve(op, kept, s->status_listen);
	s->proxy_listen = place_resolve(op, kept, s->proxy_listen);
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
	if (!path_is_fit(s->dir))
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
	unsigned line[COUNT(rows)];

	TRY(file_find(op, kept, file));
	from.file = kept->settings.file;
	if (copy == NULL)
		from.copy = from.file;
	TRY(conf_read_copy(op, &from, &table, kept->arena, &kept->settings,
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
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].part == PART_NGINX &&
		    !conf_same(&table, &rows[i], a, b))
			return false;
	}
	return true;
}

void
settings_write(struct buf *buf, const struct conf_value *given, size_t n)
{
	conf_write(buf, &table, given, n);
}

void
settings_example(struct buf *buf)
{
	conf_write(buf, &table, NULL, 0);
}

void
settings_manual(struct buf *buf)
{
	conf_manual(buf, &table);
}
