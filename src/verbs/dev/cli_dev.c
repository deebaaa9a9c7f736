/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk dev: a server to test clients of EWS against. */
#include "base/digest.h"
#include "base/idn.h"
#include "base/net.h"
#include "base/text.h"
#include "cli/cli.h"
#include "desk/dev_fault.h"
#include "desk/dev_link.h"
#include "main/parts.h"
#include "serve/serve_check.h"
#include "serve/serve_part.h"
#include "verbs/dev/dev_queue.h"
#include "verbs/dev/dev_site.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PRESET_LISTEN "127.0.0.1:8443"
#define PASSWORD_BYTES 6 /* of chance, in a password that is made */
#define LINE_MAX_BYTES 256
#define BACKLOG 64
#define STOP_TIMEOUT_MS 32000 /* serve promises 30 s */

struct dev {
	struct cli *c;
	struct dev_site site;
	int socket, signals, ready; /* descriptors; -1: closed */
	pid_t server;
	int status; /* of the server, when it has ended */
	bool stopping;
	bool stdin_open;
	char line[LINE_MAX_BYTES]; /* typed so far */
	size_t line_n;
	struct dev_queue queue;
};

/* ---- messages ---- */

/* Ours, the server's, or root's. */
static bool
peer_is_ours(const struct dev *d, int fd)
{
	struct ucred who;
	socklen_t n = sizeof(who);
	struct stat st;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0)
		return false;
	if (who.uid == geteuid() || who.uid == 0)
		return true;
	return stat(op_print(&d->c->page, "%s/site/data", d->site.dir), &st) ==
		       0 &&
	       st.st_uid == who.uid;
}

static void
message_do(struct dev *d, struct op *op, int fd, char *text, size_t n)
{
	const char *answer = NULL;

	text[n] = '\0';
	switch ((enum dev_message)text[0]) {
	case DEV_ASK:
		answer = dev_queue_next(&d->queue, op);
		break;
	case DEV_QUEUE:
		answer = dev_queue_put(&d->queue, op, text + 1);
		answer = answer == NULL ? "" : answer;
		break;
	case DEV_TELL:
		(void)fwrite(text + 1, 1, n - 1, stdout);
		(void)fflush(stdout);
		break;
	}
	if (answer != NULL)
		(void)send(fd, answer, strlen(answer), MSG_NOSIGNAL);
}

static void
on_message(struct dev *d)
{
	struct op *op = cli_page(d->c);
	char *text = op_alloc(op, DEV_MESSAGE_MAX + 1);
	int fd = accept4(d->socket, NULL, NULL, SOCK_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return;
	if (peer_is_ours(d, fd)) {
		n = recv(fd, text, DEV_MESSAGE_MAX, 0);
		if (n > 0)
			message_do(d, op, fd, text, (size_t)n);
	}
	(void)close(fd);
}

/* ---- what is typed ---- */

static void
on_line(struct dev *d, const char *line)
{
	struct op *op = cli_page(d->c);
	const char *word = text_trim(op, line);
	const char *why = text_utf8(bytes_of(word))
				  ? dev_queue_put(&d->queue, op, word)
				  : "this is not UTF-8";

	if (why != NULL)
		(void)fprintf(stderr, "frontdesk: %s\n", why);
	else if (*word != '\0')
		(void)printf("next: %s (%zu queued)\n", word, d->queue.n);
	(void)fflush(stdout);
}

static void
on_typed(struct dev *d)
{
	char got[LINE_MAX_BYTES];
	ssize_t n = read(STDIN_FILENO, got, sizeof(got));

	d->stdin_open = n > 0;
	for (ssize_t i = 0; i < n; i++) {
		if (got[i] != '\n') { /* too long: its end is lost */
			if (d->line_n < sizeof(d->line) - 1)
				d->line[d->line_n++] = got[i];
			continue;
		}
		d->line[d->line_n] = '\0';
		d->line_n = 0;
		on_line(d, d->line);
	}
}

/* ---- the server ---- */

static const char *
url_of(struct op *op, const char *listen)
{
	const char *port = strrchr(listen, ':');

	return op_print(op, "https://localhost%s", port);
}

static void
say_hello(struct dev *d)
{
	const struct dev_site *s = &d->site;
	struct op *op = &d->c->op;
	const char *url = url_of(op, s->listen), *who = s->users[0].address;
	const char *login =
		op_print(op, "-u '%s:%s'", who, s->users[0].password);

	(void)printf("ready %s\n\n", url);
	(void)printf("  EWS           %s/EWS/Exchange.asmx\n", url);
	(void)printf("  Autodiscover  %s/autodiscover/autodiscover.svc .xml "
		     ".json\n",
		     url);
	(void)printf("  authority     %s\n", s->ca);
	for (size_t i = 0; i < s->users_n; i++)
		(void)printf("  user          %s  %s%s\n", s->users[i].address,
			     s->users[i].password,
			     i == 0 ? "  (with a photo)" : "");
	(void)printf("  commands      frontdesk ... -c %s\n\n", s->conf);
	(void)printf("curl --cacert %s %s -H 'Content-Type: text/xml' "
		     "--data-binary @%s/get.xml %s/EWS/Exchange.asmx\n",
		     s->ca, login, s->dir, url);
	(void)printf("curl --cacert %s %s -H 'Content-Type: text/xml' "
		     "--data-binary @%s/set.xml %s/EWS/Exchange.asmx\n",
		     s->ca, login, s->dir, url);
	(void)printf("curl --cacert %s %s -o photo.jpg "
		     "'%s/ews/Exchange.asmx/s/GetUserPhoto?email=%s&"
		     "size=HR240x240'\n\n",
		     s->ca, login, url, who);
	(void)printf("Every exchange is shown. A fault for the next operation: "
		     "type one (ErrorServerBusy, 503, delay:5, cut), or:\n"
		     "frontdesk dev fault --listen %s ErrorServerBusy\n",
		     s->listen);
	(void)fflush(stdout);
}

/* The line by which serve says that it accepts. */
static void
on_ready(struct dev *d)
{
	char line[LINE_MAX_BYTES];

	if (read(d->ready, line, sizeof(line)) > 0)
		say_hello(d);
	(void)close(d->ready);
	d->ready = -1;
}

static void
on_signal(struct dev *d)
{
	struct signalfd_siginfo info;
	int status;

	if (read(d->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo != SIGCHLD) {
		d->stopping = true;
	} else if (d->server > 0 &&
		   waitpid(d->server, &status, WNOHANG) == d->server) {
		d->server = 0;
		d->status =
			WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
	}
}

static void
live(struct dev *d)
{
	while (!d->stopping && d->server > 0) {
		struct pollfd on[] = {
			{ .fd = d->signals, .events = POLLIN },
			{ .fd = d->socket, .events = POLLIN },
			{ .fd = d->ready, .events = POLLIN },
			{ .fd = d->stdin_open ? STDIN_FILENO : -1,
			  .events = POLLIN },
		};

		if (poll(on, COUNT(on), -1) < 0)
			continue;
		if (on[0].revents != 0)
			on_signal(d);
		if (on[1].revents != 0)
			on_message(d);
		if (on[2].revents != 0)
			on_ready(d);
		if (on[3].revents != 0)
			on_typed(d);
	}
}

/* Requests in flight may still have something to tell: it is not waited for,
 * and their operations go on without. */
static void
stop(struct dev *d)
{
	if (d->socket >= 0)
		(void)close(d->socket);
	if (d->ready >= 0)
		(void)close(d->ready);
	if (d->server > 0) {
		(void)kill(d->server, SIGTERM);
		d->status = part_wait(d->server, STOP_TIMEOUT_MS);
	}
	dev_site_remove(&d->site);
	dev_queue_done(&d->queue);
}

/* ---- how it begins ---- */

static const char *
socket_name(struct op *op, const char *listen)
{
	return op_print(op, "@frontdesk-dev-%s", strrchr(listen, ':') + 1);
}

static enum err
listen_option(struct cli *c, const char **out)
{
	const char *listen = cli_option(c, "listen");
	struct net net;
	unsigned port;

	*out = listen == NULL ? PRESET_LISTEN : listen;
	if (!net_parse_listen(*out, &net, &port) || (*out)[0] == '*' ||
	    !net_is_loopback(&net))
		return FAIL(&c->op, ERR_INVALID,
			    "--listen '%s': give an address of this machine "
			    "alone with a port, like 127.0.0.1:8443",
			    *out);
	return OK;
}

static enum err
socket_open(struct dev *d)
{
	struct op *op = &d->c->op;
	struct sockaddr_un at;
	socklen_t n;

	d->site.socket = socket_name(op, d->site.listen);
	n = dev_address(d->site.socket, &at);
	d->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (d->socket < 0 ||
	    bind(d->socket, (const struct sockaddr *)&at, n) != 0 ||
	    listen(d->socket, BACKLOG) != 0)
		return FAIL(op, ERR_DOWN,
			    errno == EADDRINUSE
				    ? "another frontdesk dev runs on the port "
				      "of %s: choose another by --listen"
				    : "%s: no socket",
			    d->site.listen);
	return OK;
}

/* ADDRESS:PASSWORD, in which the password may have more of them. */
static enum err
user_read(struct op *op, const char *word, struct dev_user *out)
{
	size_t n = strcspn(word, ":");

	out->address = idn_fold(op, op_text(op, word, n));
	out->password = word[n] == ':' ? word + n + 1 : "";
	if (!text_is_address(out->address) || out->password[0] == '\0')
		return FAIL(op, ERR_INVALID,
			    "--user '%s': give an address, a colon and a "
			    "password",
			    word);
	return OK;
}

static enum err
users_read(struct dev *d)
{
	static const char *const preset[] = { "alice@example.com",
					      "bob@example.com" };
	struct op *op = &d->c->op;
	const char *const *words = cli_options(d->c, "user");
	struct dev_site *s = &d->site;
	uint8_t chance[PASSWORD_BYTES];

	for (; words[s->users_n] != NULL; s->users_n++) {
		if (s->users_n == DEV_USERS_MAX)
			return FAIL(op, ERR_LIMIT, "more than %d users",
				    DEV_USERS_MAX);
		TRY(user_read(op, words[s->users_n], &s->users[s->users_n]));
	}
	for (size_t i = 0; s->users_n < COUNT(preset) && words[0] == NULL;
	     i++) {
		digest_random(chance, sizeof(chance));
		s->users[s->users_n++] = (struct dev_user){
			preset[i],
			text_hex(op, (struct bytes){ chance, sizeof(chance) })
		};
	}
	return OK;
}

static enum err
faults_read(struct dev *d)
{
	const char *const *words = cli_options(d->c, "fault");
	const char *every = cli_option(d->c, "fault-every");
	struct op *op = &d->c->op;

	for (size_t i = 0; words[i] != NULL; i++) {
		const char *why = dev_queue_put(&d->queue, op, words[i]);

		if (why != NULL)
			return FAIL(op, ERR_INVALID, "--fault: %s", why);
	}
	return every == NULL ? OK : dev_queue_every(&d->queue, op, every);
}

static enum err
signals_open(struct dev *d)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	d->signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (d->signals < 0)
		return FAIL(&d->c->op, ERR_DOWN, "signalfd: %s",
			    strerror(errno));
	return OK;
}

static enum err
server_start(struct dev *d)
{
	const char *const words[] = { "serve", "-c", d->site.conf, NULL };
	int pair[2];
	enum err err;

	if (pipe2(pair, O_CLOEXEC) != 0)
		return FAIL(&d->c->op, ERR_DOWN, "pipe: %s", strerror(errno));
	err = dev_site_spawn(&d->c->op, &d->site, words, -1, pair[1],
			     &d->server);
	(void)close(pair[1]);
	d->ready = pair[0];
	return err;
}

static enum err
begin(struct dev *d)
{
	struct op *op = &d->c->op;

	TRY(listen_option(d->c, &d->site.listen));
	TRY(users_read(d));
	TRY(faults_read(d));
	TRY(part_self(op, &d->site.self));
	TRY(socket_open(d));
	TRY(signals_open(d));
	(void)setenv(SERVE_DEV_ENV, "1", 1);
	TRY(dev_site_make(op, &d->site));
	return server_start(d);
}

static enum err
cli_dev(struct cli *c)
{
	struct dev d = {
		.c = c, .socket = -1, .ready = -1, .stdin_open = true
	};
	enum err err = begin(&d);

	if (err == OK)
		live(&d);
	stop(&d);
	if (err == OK && !d.stopping && d.status != 0) {
		c->exit = d.status;
		return FAIL(&c->op, ERR_DOWN, "the server has ended");
	}
	return err;
}

static enum err
cli_dev_fault(struct cli *c)
{
	const char *listen, *why = "";
	struct dev_fault fault;

	TRY(listen_option(c, &listen));
	for (unsigned i = 0; i < c->operands_n; i++)
		TRY(dev_fault_read(&c->op, c->operand[i], &fault));
	for (unsigned i = 0; i < c->operands_n; i++) {
		if (dev_send(&c->op, socket_name(&c->op, listen), DEV_QUEUE,
			     bytes_of(c->operand[i]), &why) != OK)
			return FAIL(&c->op, ERR_NOT_FOUND,
				    "no frontdesk dev runs on the port of %s",
				    listen);
		if (*why != '\0')
			return FAIL(&c->op, ERR_LIMIT, "%s", why);
	}
	return OK;
}

/* ---- the rows ---- */

#define LISTEN_ROW                                                             \
	{                                                                      \
		0, "listen", "ADDRESS:PORT",                                   \
			"a loopback address, 127.0.0.1:8443 by default"        \
	}

static const struct cli_option dev_options[] = {
	LISTEN_ROW,
	{ 0, "user", "ADDRESS:PASSWORD",
	  "a user, in place of alice and bob; may be repeated" },
	{ 0, "fault", "FAULT",
	  "what the next operation answers with; may be repeated, in order" },
	{ 0, "fault-every", "[N:]FAULT",
	  "what each operation answers with, or each N-th, when no other fault "
	  "waits" },
	{ 0 },
};

static const struct cli_option fault_options[] = {
	LISTEN_ROW,
	{ 0 },
};

static const struct cli_example dev_examples[] = {
	{ "frontdesk dev", "a server to point a client at" },
	{ "frontdesk dev --fault ErrorServerBusy --fault delay:40 --fault cut",
	  "its first three operations go wrong" },
	{ "frontdesk dev --user me@example.org:secret --fault-every 5:503",
	  "another user; every fifth operation finds nobody" },
	{ 0 },
};

static const struct cli_example fault_examples[] = {
	{ "frontdesk dev fault 401 ErrorNonExistentMailbox",
	  "the next two operations of a running one" },
	{ 0 },
};

const struct verb cli_dev_verbs[] = {
	{
		.name = "dev fault",
		.operands = "FAULT...",
		.operands_min = 1,
		.operands_max = DEV_QUEUE_MAX,
		.summary = "queue errors for the operations of frontdesk dev",
		.text = "A FAULT is as frontdesk dev has it.",
		.options = fault_options,
		.examples = fault_examples,
		.run = cli_dev_fault,
	},
	{
		.name = "dev",
		.operands = "",
		.needs = NEEDS_LONG,
		.summary = "run a server to test clients against",
		.text = "The real server on a loopback address, with an "
			"installation of its own in a temporary folder that "
			"is removed at the end: TLS, two users of which one "
			"has a photo. It needs neither root nor a "
			"configuration. It prints the addresses, the "
			"authority to trust, the users with their passwords "
			"and lines for curl, then every exchange, readably; "
			"of what proves who somebody is only the scheme and "
			"the user.\n"
			"\n"
			"A fault is an error for the next operation that is "
			"let in: a ResponseCode of EWS, like ErrorServerBusy, "
			"as a SOAP fault or inside an answer, as that code "
			"really comes (over REST: the status that stands for "
			"it); a status (400, 401, 403, 404, 429, 500, 502, "
			"503, 504) without a body; delay:SECONDS, an answer "
			"that is late; cut, a connection that ends in the "
			"middle of an answer. Faults are queued by --fault, "
			"by lines on standard input, and by frontdesk dev "
			"fault.\n"
			"\n"
			"SIGTERM and SIGINT end it.",
		.options = dev_options,
		.examples = dev_examples,
		.run = cli_dev,
	},
	{ 0 },
};
