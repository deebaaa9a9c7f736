/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk init: a folder that holds a whole installation. */
#include "base/idn.h"
#include "base/net.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/file.h"
#include "cli/out.h"
#include "main/conf_table.h"
#include "main/user.h"
#include "verbs/site/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PRESET_LISTEN "127.0.0.1:8443"
#define HTTPS_PORT 443
#define CONF "frontdesk.conf"
#define CONF_PART "frontdesk.conf.new" /* of file_put */
#define CONF_SIZE_MAX (256 * KIB)
/* While it is there and locked init is at work; there and not locked: an init
 * that was cut off, and all of ours in the folder may go. */
#define UNFINISHED ".frontdesk-init"
#define NFTW_DESCRIPTORS 16

struct init {
	struct op *op;
	const char *dir;
	const char *const *domains; /* folded */
	const char *const *hosts;
	const char *listen;
	struct certificate_names names;
	bool made_dir;
	int marker; /* the lock; -1: none */
};

/* ---- what was asked for ---- */

static bool
is_ip(const char *text)
{
	uint8_t address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, address) == 1 ||
	       inet_pton(AF_INET6, text, address) == 1;
}

/* The address that is listened on is a name that clients may use, if it is
 * one address. */
static enum err
listen_name(struct init *in)
{
	struct net net;
	unsigned port;
	size_t n = strcspn(in->listen, "]");
	const char *text;

	if (!net_parse_listen(in->listen, &net, &port))
		return FAIL(in->op, ERR_INVALID,
			    "--listen '%s': give an address and a port, like "
			    "127.0.0.1:8443, [::1]:8443 or *:443",
			    in->listen);
	if (in->listen[0] == '[')
		text = op_text(in->op, in->listen + 1, n - 1);
	else
		text = op_text(in->op, in->listen, strcspn(in->listen, ":"));
	if (!is_ip(text) || strcmp(text, "0.0.0.0") == 0 ||
	    strcmp(text, "::") == 0)
		return OK;
	return certificate_name_add(in->op, &in->names, text);
}

static enum err
names_collect(struct init *in)
{
	static const char *const own[] = { "localhost", "127.0.0.1", "::1" };

	for (size_t i = 0; in->hosts[i] != NULL; i++) {
		if (!is_ip(in->hosts[i]) && !idn_is_name(in->hosts[i]))
			return FAIL(in->op, ERR_INVALID,
				    "--host '%s' is neither a host name nor an "
				    "IP address",
				    in->hosts[i]);
		TRY(certificate_name_add(in->op, &in->names, in->hosts[i]));
	}
	for (size_t i = 0; i < COUNT(own); i++)
		TRY(certificate_name_add(in->op, &in->names, own[i]));
	for (size_t i = 0; in->domains[i] != NULL; i++) {
		if (!idn_is_name(in->domains[i]))
			return FAIL(in->op, ERR_INVALID,
				    "--domain '%s' is no mail domain; give it "
				    "as example.com",
				    in->domains[i]);
		TRY(tls_domain_names(in->op, in->domains[i], &in->names));
	}
	return listen_name(in);
}

static const char *const *
folded(struct op *op, const char *const *texts)
{
	size_t n = 0;
	const char **out;

	while (texts[n] != NULL)
		n++;
	out = op_alloc(op, (n + 1) * sizeof(*out));
	for (size_t i = 0; i < n; i++)
		out[i] = idn_fold(op, texts[i]);
	return out;
}

/* ---- the folder ---- */

static const char *
inside(const struct init *in, const char *name)
{
	return op_print(in->op, "%s/%s", in->dir, name);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

/* Takes away what init makes, which is all that can be there. */
static void
clear(const struct init *in)
{
	static const char *const ours[] = { CONF, CONF_PART, "data", "tls",
					    "run" };

	for (size_t i = 0; i < COUNT(ours); i++)
		(void)nftw(inside(in, ours[i]), remove_one, NFTW_DESCRIPTORS,
			   FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static enum err
refuse_used(const struct init *in)
{
	static const char *const ours[] = { CONF, "data", "tls", "run" };
	struct stat st;

	for (size_t i = 0; i < COUNT(ours); i++) {
		if (lstat(inside(in, ours[i]), &st) != 0)
			continue;
		return FAIL(in->op, ERR_CONFLICT,
			    "%s already has %s in it: name another folder, or "
			    "change that installation with frontdesk domain "
			    "and its %s",
			    in->dir, ours[i], CONF);
	}
	return OK;
}

/* Holds the marker; whoever comes second is told so, whoever comes after one
 * that was cut off begins anew. */
static enum err
marker_take(struct init *in)
{
	const char *path = inside(in, UNFINISHED);
	struct stat st;
	bool begun = lstat(path, &st) == 0;

	if (!begun)
		TRY(refuse_used(in));
	in->marker =
		open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (in->marker < 0)
		return file_fail(in->op, errno, in->dir, "writing");
	if (flock(in->marker, LOCK_EX | LOCK_NB) != 0) {
		(void)close(in->marker);
		in->marker = -1;
		return FAIL(in->op, ERR_CONFLICT,
			    "%s: another frontdesk init is at work there",
			    in->dir);
	}
	if (begun)
		clear(in);
	return OK;
}

static enum err
dir_open(struct init *in, const char *dir)
{
	char *real;

	/* Root's umask must not bar the one who serves. */
	if (mkdir(dir, 0755) == 0)
		in->made_dir = geteuid() != 0 || chmod(dir, 0755) == 0;
	else if (errno != EEXIST)
		return file_fail(in->op, errno, dir, "making the folder");
	real = realpath(dir, NULL);
	if (real == NULL)
		return file_fail(in->op, errno, dir, "opening");
	in->dir = op_dup(in->op, real);
	free(real);
	return marker_take(in);
}

/* failed: nothing of it stays. */
static void
dir_close(struct init *in, bool failed)
{
	if (in->dir == NULL || in->marker < 0) {
		if (in->made_dir && in->dir != NULL)
			(void)rmdir(in->dir);
		return;
	}
	if (failed)
		clear(in);
	(void)unlink(inside(in, UNFINISHED));
	(void)close(in->marker);
	if (failed && in->made_dir)
		(void)rmdir(in->dir);
}

/* ---- its parts ---- */

static enum err
parts_folders(const struct init *in)
{
	static const struct {
		const char *name;
		mode_t mode;
	} folders[] = { { "data", 0700 }, { "tls", 0755 }, { "run", 0700 } };

	for (size_t i = 0; i < COUNT(folders); i++) {
		const char *path = inside(in, folders[i].name);

		/* The mode is what is said here, whatever the umask. */
		if (mkdir(path, 0700) != 0 || chmod(path, folders[i].mode) != 0)
			return file_fail(in->op, errno, path,
					 "making the folder");
	}
	return OK;
}

/* "https://HOST:PORT" of the first host; NULL without one. */
static const char *
url_of(const struct init *in)
{
	const char *host = in->hosts[0];
	struct net net;
	unsigned port = 0;
	bool v6;

	if (host == NULL || !net_parse_listen(in->listen, &net, &port))
		return NULL;
	v6 = strchr(host, ':') != NULL;
	return op_print(
		in->op, "https://%s%s%s%s", v6 ? "[" : "", host, v6 ? "]" : "",
		port == HTTPS_PORT ? "" : op_print(in->op, ":%u", port));
}

static enum err
parts_conf(const struct init *in)
{
	struct conf_value given[2];
	const char *url = url_of(in);
	struct buf buf;
	size_t n = 0;

	if (strcmp(in->listen, PRESET_LISTEN) != 0)
		given[n++] = (struct conf_value){ "listen", in->listen };
	if (url != NULL)
		given[n++] = (struct conf_value){ "public_url", url };
	buf_init(&buf, in->op, 8 * KIB, CONF_SIZE_MAX);
	settings_write(&buf, given, n);
	TRY(buf_err(&buf));
	return file_put(in->op, inside(in, CONF), 0640, buf_bytes(&buf));
}

static void
store_done(struct store **store)
{
	store_close(*store);
}

static enum err
parts_store(const struct init *in)
{
	const struct store_options options = { .dir = inside(in, "data"),
					       .create = true };
	CLEANUP(store_done) struct store *store = NULL;

	TRY(store_open(in->op, &options, &store));
	for (size_t i = 0; in->domains[i] != NULL; i++) {
		enum err err =
			store_domain_add(store, in->op, in->domains[i], NULL);

		if (err != OK && err != ERR_CONFLICT) /* named twice */
			return err;
	}
	return OK;
}

/* Started as root: what serves is another, who owns what changes and may read
 * what does not. */
static enum err
parts_own(const struct init *in, const struct user *user)
{
	if (geteuid() != 0)
		return OK;
	if (chown(inside(in, CONF), 0, user->gid) != 0)
		return file_fail(in->op, errno, inside(in, CONF),
				 "changing its group");
	TRY(user_own(in->op, user, inside(in, "data")));
	return user_own(in->op, user, inside(in, "run"));
}

/* ---- the verb ---- */

static enum err
server_user(struct op *op, struct user *out)
{
	if (geteuid() == 0)
		return user_find(op, NULL, out);
	user_self(op, out);
	return OK;
}

static enum err
make(struct cli *c, struct init *in, struct user *user)
{
	TRY(server_user(in->op, user));
	TRY(dir_open(in, c->operand[0]));
	if (geteuid() == 0 && user_reach(in->op, user, in->dir) != OK) {
		c->exit = EXIT_CONFIG;
		return ERR_DENIED;
	}
	TRY(parts_folders(in));
	TRY(tls_make(in->op, in->dir, in->names.name[0], &in->names));
	TRY(parts_conf(in));
	TRY(settings_open(in->op, inside(in, CONF), &c->settings));
	in->op->settings = c->settings;
	TRY(parts_store(in));
	return parts_own(in, user);
}

static const struct out_column init_lines[] = {
	{ "dir", "Installation" },
	{ "configuration", "Configuration" },
	{ "url", "Address" },
	{ "user", "Served by" },
	{ "ca", "Authority" },
	{ "domains", "Domains" },
	{ NULL, NULL },
};

static enum err
tell(struct cli *c, const struct init *in, const struct user *user)
{
	json_t *domains = json_array();
	const char *conf = inside(in, CONF);

	for (size_t i = 0; in->domains[i] != NULL; i++)
		json_array_append_new(domains, out_text(in->domains[i]));
	out_object(c->out, init_lines,
		   json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "dir",
			     out_text(in->dir), "configuration", out_text(conf),
			     "url", out_text(c->settings->public_url), "user",
			     out_text(user->name), "ca",
			     out_text(inside(in, "tls/ca.pem")), "domains",
			     domains));
	out_note(c->out, "\nNext:");
	if (in->domains[0] == NULL)
		out_note(c->out, "  frontdesk domain add example.com -c %s",
			 conf);
	out_note(c->out, "  frontdesk mailbox add you@%s -c %s",
		 in->domains[0] == NULL ? "example.com" : in->domains[0], conf);
	out_note(c->out, "  frontdesk serve -c %s", conf);
	out_note(c->out,
		 "Clients trust it when they have %s, or when a "
		 "certificate of your own stands in %s.",
		 inside(in, "tls/ca.pem"), inside(in, "tls/server.pem"));
	return OK;
}

static enum err
cli_init(struct cli *c)
{
	const char *listen = cli_option(c, "listen");
	struct init in = {
		.op = &c->op,
		.domains = folded(&c->op, cli_options(c, "domain")),
		.hosts = folded(&c->op, cli_options(c, "host")),
		.listen = listen == NULL ? PRESET_LISTEN : listen,
		.marker = -1,
	};
	struct user user;
	enum err err;

	TRY(names_collect(&in));
	err = make(c, &in, &user);
	dir_close(&in, err != OK);
	return err == OK ? tell(c, &in, &user) : err;
}

static const struct cli_option init_options[] = {
	{ 0, "domain", "DOMAIN",
	  "a mail domain whose mailboxes it serves; may be repeated" },
	{ 0, "host", "NAME",
	  "a host name or IP address under which clients reach it; may be "
	  "repeated, the first one is in the URLs it tells" },
	{ 0, "listen", "ADDRESS:PORT",
	  "where it is to listen, 127.0.0.1:8443 by default; *:443 is every "
	  "address of the machine" },
	{ 0 },
};

static const struct cli_key init_keys[] = {
	{ "dir", "the folder, without symbolic links" },
	{ "configuration", "the configuration file" },
	{ "url", "how clients reach it" },
	{ "user", "the account that will serve" },
	{ "ca", "the certificate of its authority, for clients" },
	{ "domains", "an array of its mail domains" },
	{ NULL, NULL },
};

static const struct cli_example init_examples[] = {
	{ "frontdesk init /tmp/desk --domain example.com",
	  "to try it out, without root" },
	{ "frontdesk init /srv/frontdesk --domain example.com --host "
	  "mail.example.com --listen '*:443'",
	  "for a site" },
	{ NULL, NULL },
};

const struct verb cli_init_verbs[] = {
	{
		.name = "init",
		.operands = "DIR",
		.operands_min = 1,
		.operands_max = 1,
		.summary = "make a new installation in a folder",
		.text = "Makes DIR with its configuration, an authority and a "
			"certificate, and an empty store. Nothing outside DIR "
			"is touched. A folder that has an installation "
			"already is refused; one whose init was cut off is "
			"made anew; a failure leaves nothing behind.\n\n"
			"Started as root, the account that will serve "
			"(frontdesk if there is one, else nobody) is given "
			"data and run; when a folder above DIR bars it, that "
			"one is named and the status is 78.",
		.options = init_options,
		.keys = init_keys,
		.examples = init_examples,
		.run = cli_init,
	},
	{ 0 },
};
