/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/dev/dev_site.h"

#include "base/buf.h"
#include "base/text.h"
#include "cli/file.h"
#include "serve/serve_part.h"
#include "verbs/dev/dev_picture.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERB_TIMEOUT_MS 60000
#define CONF_MAX (512 * KIB)
#define WORDS_MAX (8 + 2 * DEV_USERS_MAX)
#define NFTW_DESCRIPTORS 16

/* ---- verbs ---- */

/* Of the child that is being started: part_start has no room for them. */
static struct {
	const char *self;
	char *const *argv;
	int in, out;
} spawn;

static int
spawn_run(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)fd;
	if (dup2(spawn.in >= 0 ? spawn.in : null, STDIN_FILENO) < 0 ||
	    dup2(spawn.out >= 0 ? spawn.out : null, STDOUT_FILENO) < 0)
		return 1;
	(void)execv(spawn.self, spawn.argv);
	return 1;
}

enum err
dev_site_spawn(struct op *op, const struct dev_site *site,
	       const char *const *words, int in, int out, pid_t *child)
{
	const struct part_start start = { .run = spawn_run, .fd = -1 };
	char **argv = op_alloc(op, (WORDS_MAX + 2) * sizeof(*argv));

	argv[0] = op_dup(op, site->self);
	for (size_t i = 0; i < WORDS_MAX && words[i] != NULL; i++)
		argv[i + 1] = op_dup(op, words[i]);
	spawn.self = site->self;
	spawn.argv = argv;
	spawn.in = in;
	spawn.out = out;
	return part_spawn(op, &start, child);
}

/* Runs one to its end; input may be NULL. What it says of a failure is on
 * standard error already. */
static enum err
verb_run(struct op *op, const struct dev_site *site, const char *const *words,
	 const char *input)
{
	int pair[2] = { -1, -1 }, status;
	pid_t child;
	enum err err;

	if (input != NULL && pipe2(pair, O_CLOEXEC) != 0)
		return FAIL(op, ERR_DOWN, "pipe: %s", strerror(errno));
	/* shorter than what a pipe holds */
	if (input != NULL && write(pair[1], input, strlen(input)) < 0)
		return FAIL(op, ERR_DOWN, "pipe: %s", strerror(errno));
	if (input != NULL)
		(void)close(pair[1]);
	err = dev_site_spawn(op, site, words, pair[0], -1, &child);
	if (input != NULL)
		(void)close(pair[0]);
	TRY(err);
	status = part_wait(child, VERB_TIMEOUT_MS);
	if (status != 0)
		return FAIL(op, ERR_DOWN, "frontdesk %s failed with status %d",
			    words[0], status);
	return OK;
}

/* ---- its parts ---- */

static enum err
make_dir(struct op *op, struct dev_site *site)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = op_print(op, "%s/frontdesk-dev-XXXXXX",
			     tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");

	/* Started as root, another account serves from it. */
	if (mkdtemp(dir) == NULL || chmod(dir, 0755) != 0)
		return FAIL(op, ERR_DOWN, "%s: %s", dir, strerror(errno));
	site->dir = dir;
	site->conf = op_print(op, "%s/site/frontdesk.conf", dir);
	site->ca = op_print(op, "%s/site/tls/ca.pem", dir);
	return OK;
}

static enum err
make_site(struct op *op, const struct dev_site *site)
{
	const char **words = op_alloc(op, (WORDS_MAX + 1) * sizeof(*words));
	size_t n = 0;

	words[n++] = "init";
	words[n++] = op_print(op, "%s/site", site->dir);
	words[n++] = "--listen";
	words[n++] = site->listen;
	for (size_t i = 0; i < site->users_n; i++) {
		words[n++] = "--domain";
		words[n++] = text_domain(site->users[i].address);
	}
	return verb_run(op, site, words, NULL);
}

/* One worker, so that exchanges are told in their order. */
static enum err
make_conf(struct op *op, const struct dev_site *site)
{
	struct bytes text;
	struct stat st;
	struct buf buf;

	TRY(file_read(op, site->conf, CONF_MAX, &text));
	if (stat(site->conf, &st) != 0)
		return FAIL(op, ERR_DOWN, "%s: %s", site->conf,
			    strerror(errno));
	buf_init(&buf, op, text.n + KIB, CONF_MAX);
	buf_add(&buf, text.p, text.n);
	buf_printf(&buf,
		   "\nworkers = 1\nstatus_listen = unix:run/status.sock\n"
		   "log {\n\taccess = off\n}\ndev {\n\tsocket = \"%s\"\n}\n",
		   site->socket);
	TRY(buf_err(&buf));
	TRY(file_put(op, site->conf, st.st_mode & 0777, buf_bytes(&buf)));
	if (chown(site->conf, st.st_uid, st.st_gid) != 0)
		return FAIL(op, ERR_DOWN, "%s: %s", site->conf,
			    strerror(errno));
	return OK;
}

static enum err
make_user(struct op *op, const struct dev_site *site,
	  const struct dev_user *user)
{
	size_t name = strcspn(user->address, "@");
	char *title = op_text(op, user->address, name);
	const char *const words[] = { "mailbox", "add",      user->address,
				      "--name",  title,      "--password-stdin",
				      "-c",      site->conf, NULL };

	if (title[0] >= 'a' && title[0] <= 'z')
		title[0] = (char)(title[0] - 'a' + 'A');
	return verb_run(op, site, words, op_print(op, "%s\n", user->password));
}

static enum err
make_photo(struct op *op, const struct dev_site *site)
{
	const char *file = op_print(op, "%s/picture.png", site->dir);
	const char *const words[] = { "photo", "set", site->users[0].address,
				      file,    "-c",  site->conf,
				      NULL };
	struct bytes picture;

	TRY(dev_picture(op, &picture));
	TRY(file_put(op, file, 0644, picture));
	return verb_run(op, site, words, NULL);
}

#define ENVELOPE(body)                                                         \
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"                         \
	"<soap:Envelope xmlns:soap="                                           \
	"\"http://schemas.xmlsoap.org/soap/envelope/\"\n"                      \
	" xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/"      \
	"messages\"\n xmlns:t="                                                \
	"\"http://schemas.microsoft.com/exchange/services/2006/types\">\n"     \
	"<soap:Body>\n" body "</soap:Body>\n</soap:Envelope>\n"

/* Requests to send with curl: a get and a set of the first user's. */
static enum err
make_samples(struct op *op, const struct dev_site *site)
{
	static const char get[] = ENVELOPE(
		"<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>%s"
		"</t:Address></t:Mailbox></m:GetUserOofSettingsRequest>\n");
	static const char set[] = ENVELOPE(
		"<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>%s"
		"</t:Address></t:Mailbox>\n<t:UserOofSettings><t:OofState>"
		"Enabled</t:OofState><t:ExternalAudience>All"
		"</t:ExternalAudience>\n<t:InternalReply><t:Message>I am "
		"away.</t:Message></t:InternalReply>\n<t:ExternalReply>"
		"<t:Message>I am away.</t:Message></t:ExternalReply>"
		"</t:UserOofSettings></m:SetUserOofSettingsRequest>\n");
	const char *who = site->users[0].address;

	TRY(file_put(op, op_print(op, "%s/get.xml", site->dir), 0644,
		     bytes_of(op_print(op, get, who))));
	return file_put(op, op_print(op, "%s/set.xml", site->dir), 0644,
			bytes_of(op_print(op, set, who)));
}

static enum err
make_all(struct op *op, struct dev_site *site)
{
	TRY(make_dir(op, site));
	TRY(make_site(op, site));
	TRY(make_conf(op, site));
	for (size_t i = 0; i < site->users_n; i++)
		TRY(make_user(op, site, &site->users[i]));
	TRY(make_photo(op, site));
	return make_samples(op, site);
}

enum err
dev_site_make(struct op *op, struct dev_site *site)
{
	enum err err = make_all(op, site);

	if (err != OK)
		dev_site_remove(site);
	return err;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	(void)remove(path);
	return 0;
}

void
dev_site_remove(struct dev_site *site)
{
	if (site->dir != NULL)
		(void)nftw(site->dir, remove_one, NFTW_DESCRIPTORS,
			   FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	site->dir = NULL;
}
