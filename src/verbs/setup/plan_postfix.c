/* SPDX-License-Identifier: Apache-2.0 */

/* What Postfix has to be told. Milters are named in main.cf, and a service of
 * master.cf may have others. */
#include "base/buf.h"
#include "base/text.h"
#include "model/backend.h"
#include "verbs/setup/plan_look.h"

#include <stdlib.h>
#include <string.h>

#define UNIX "unix:"
#define INET "inet:"
#define BETWEEN " \t,"
#define LIST_MAX_BYTES (16 * KIB)
#define PROTOCOL 6 /* of milters: what Postfix 2.6 and later speak */
#define COMMAND "/command"

/* ---- what is there ---- */

static const char *
get(struct look *l, const char *key)
{
	const char *value = found_get(l->found, "", key);

	return value == NULL ? "" : value;
}

static void
row(struct look *l, const struct plan_row *r)
{
	struct plan_row with = *r;

	if (with.lines != NULL && with.file == NULL)
		with.file = op_print(l->op, "%s/main.cf", l->postfix->folder);
	plan_add(l->plan, &with);
}

/* "smtp/inet" of a row "smtp/inet/command = smtpd ..."; NULL: another one. */
static const char *
service_of(struct look *l, const struct found_setting *s, const char *program)
{
	size_t n = strlen(s->key), end = strlen(COMMAND);

	if (n <= end || strcmp(s->key + n - end, COMMAND) != 0 ||
	    strncmp(s->value, program, strlen(program)) != 0 ||
	    strchr(" \t", s->value[strlen(program)]) == NULL)
		return NULL;
	return op_text(l->op, s->key, n - end);
}

static bool
is_chrooted(struct look *l, const char *service)
{
	const char *value = get(l, op_print(l->op, "%s/chroot", service));

	/* "-": it depends on how old the configuration is. */
	if (strcmp(value, "-") == 0)
		return strtod(get(l, "compatibility_level"), NULL) < 1;
	return strcmp(value, "y") == 0;
}

/* ---- a list of milters ---- */

/* The next one, with what stands in its braces; NULL: there is no other. */
static const char *
next_milter(struct look *l, const char **rest)
{
	const char *at = *rest + strspn(*rest, BETWEEN), *end;

	if (*at == '\0')
		return NULL;
	if (*at == '{') {
		end = strchr(at, '}');
		end = end == NULL ? at + strlen(at) : end + 1;
	} else {
		end = at + strcspn(at, BETWEEN);
	}
	*rest = end;
	return op_text(l->op, at, (size_t)(end - at));
}

/* Where it listens, without braces. */
static const char *
milter_place(struct look *l, const char *milter)
{
	milter += strspn(milter, "{" BETWEEN);
	return op_text(l->op, milter, strcspn(milter, "}" BETWEEN));
}

/* The path that a program of Postfix's opens. */
static const char *
socket_path(struct look *l, const char *path, bool chrooted)
{
	const char *queue = get(l, "queue_directory");

	if (path[0] != '/')
		return op_print(l->op, "%s/%s", queue, path);
	return chrooted ? op_print(l->op, "%s%s", queue, path) : path;
}

static bool
is_ours(struct look *l, const char *milter, bool chrooted)
{
	const char *ours = l->settings->milter_listen;
	const char *place = milter_place(l, milter);
	const char *port, *port_ours;

	if (strncmp(ours, UNIX, strlen(UNIX)) == 0)
		return strncmp(place, UNIX, strlen(UNIX)) == 0 &&
		       strcmp(socket_path(l, place + strlen(UNIX), chrooted),
			      ours + strlen(UNIX)) == 0;
	if (strncmp(place, INET, strlen(INET)) != 0)
		return false;
	port = strrchr(place, ':');
	port_ours = strrchr(ours, ':');
	return strcmp(port, port_ours) == 0 &&
	       look_is_here(place + strlen(INET));
}

/* Ours in a list; NULL: it is not in it. */
static const char *
find_ours(struct look *l, const char *list, bool chrooted)
{
	const char *milter;

	while ((milter = next_milter(l, &list)) != NULL) {
		if (is_ours(l, milter, chrooted))
			return milter;
	}
	return NULL;
}

/* The list without ours. */
static const char *
others(struct look *l, const char *list)
{
	struct buf out;
	const char *milter;

	buf_init(&out, l->op, 256, LIST_MAX_BYTES);
	while ((milter = next_milter(l, &list)) != NULL) {
		if (is_ours(l, milter, false) || is_ours(l, milter, true))
			continue;
		buf_printf(&out, "%s%s", out.n == 0 ? "" : ", ", milter);
	}
	return buf_text(&out);
}

/* Ours, as a list names it: below the queue it is found from inside of a
 * chroot, too. */
static const char *
ours_named(struct look *l)
{
	const char *ours = l->settings->milter_listen;
	const char *queue = get(l, "queue_directory");
	size_t n = strlen(queue);

	if (strncmp(ours, UNIX, strlen(UNIX)) != 0)
		return op_print(l->op, INET "%s", ours);
	if (strncmp(ours + strlen(UNIX), queue, n) == 0 &&
	    ours[strlen(UNIX) + n] == '/')
		return op_print(l->op, UNIX "%s", ours + strlen(UNIX) + n + 1);
	return ours;
}

static bool
is_reachable(struct look *l, bool chrooted)
{
	return !chrooted || strncmp(ours_named(l), INET, strlen(INET)) == 0 ||
	       ours_named(l)[strlen(UNIX)] != '/';
}

/* ---- the lists that ours has to be in ---- */

static void
chroot_row(struct look *l, const char *service)
{
	const char *queue = get(l, "queue_directory");

	row(l,
	    &(struct plan_row){
		    .check = "chroot",
		    .state = PLAN_FAILED,
		    .subject = service,
		    .detail = op_print(l->op,
				       "it sees nothing outside %s, and so "
				       "not %s",
				       queue, l->settings->milter_listen),
		    .remedy = op_print(l->op,
				       "set milter.listen to unix:%s/frontdesk/"
				       "milter.sock or 127.0.0.1:8891",
				       queue),
	    });
}

/* ", default_action": with others in the list, theirs is not changed. */
static const char *
with_ours(struct look *l, const char *list)
{
	const char *rest = others(l, list), *ours = ours_named(l);
	bool accepts = strcmp(get(l, "milter_default_action"), "accept") == 0;

	if (*rest == '\0')
		return ours;
	return accepts ? op_print(l->op, "%s, %s", rest, ours)
		       : op_print(l->op, "%s, { %s, default_action=accept }",
				  rest, ours);
}

static void
list_missing(struct look *l, const char *key)
{
	row(l, &(struct plan_row){
		       .check = "milter",
		       .state = PLAN_MISSING,
		       .subject = key,
		       .detail = op_print(l->op, "it does not name %s",
					  l->settings->milter_listen),
		       .lines = op_print(l->op, "%s = %s\n", key,
					 with_ours(l, get(l, key))),
	       });
}

/* Mail is to flow while we are away. */
static void
action_look(struct look *l, const char *milter)
{
	static const char key[] = "milter_default_action";
	const char *own = strstr(milter, "default_action");
	const char *action = get(l, key);

	if (own != NULL) {
		own += strlen("default_action");
		own += strspn(own, " =");
		action = op_text(l->op, own, strcspn(own, BETWEEN "}"));
	}
	if (strcmp(action, "accept") == 0) {
		row(l, &(struct plan_row){ .check = "milter",
					   .state = PLAN_FINE,
					   .subject = key,
					   .detail = "mail flows without us" });
		return;
	}
	row(l,
	    &(struct plan_row){
		    .check = "milter",
		    .state = PLAN_FAILED,
		    .subject = key,
		    .detail = op_print(l->op,
				       "it is %s: no mail is taken while we "
				       "are away",
				       *action == '\0' ? "tempfail" : action),
		    .remedy = "change it, or write the milter as "
			      "{ PLACE, default_action=accept }",
		    .lines = "milter_default_action = accept\n",
	    });
}

/* The action for a list that does not have ours yet. */
static void
action_missing(struct look *l)
{
	static const char key[] = "milter_default_action";

	if (strcmp(get(l, key), "accept") == 0 ||
	    *others(l, get(l, "smtpd_milters")) != '\0')
		return; /* it is said with the milter itself */
	row(l, &(struct plan_row){
		       .check = "milter",
		       .state = PLAN_MISSING,
		       .subject = key,
		       .detail = op_print(l->op,
					  "it is %s: no mail would be taken "
					  "while we are away",
					  get(l, key)),
		       .lines = "milter_default_action = accept\n",
	       });
}

struct services {
	unsigned all, with;  /* smtpd's; those that ask us */
	const char *barred;  /* one whose chroot hides our socket */
	const char *milter;  /* ours, as one names it */
	const char *without; /* one that has a list of its own without ours */
};

/* Where replies are handed in nobody has to be asked. */
static bool
is_outbox(struct look *l, const char *service)
{
	const char *port = strrchr(l->settings->outbox_server, ':') + 1;
	const char *slash = strchr(service, '/'), *colon;
	const char *name = op_text(l->op, service,
				   slash == NULL ? strlen(service)
						 : (size_t)(slash - service));

	colon = strrchr(name, ':');
	return strcmp(colon == NULL ? name : colon + 1, port) == 0;
}

static void
service_look(struct look *l, const char *service, struct services *out)
{
	const char *own = found_get(
		l->found, "", op_print(l->op, "%s/smtpd_milters", service));
	bool chrooted = is_chrooted(l, service);
	const char *milter = find_ours(
		l, own == NULL ? get(l, "smtpd_milters") : own, chrooted);

	if (milter == NULL && is_outbox(l, service))
		return;
	out->all++;
	if (milter != NULL) {
		out->with++;
		out->milter = milter;
	} else if (own != NULL) {
		out->without = service;
	}
	if (milter == NULL && own == NULL && !is_reachable(l, chrooted))
		out->barred = service;
}

static void
smtpd_look(struct look *l)
{
	struct services found = { 0 };

	for (size_t i = 0; i < l->found->n; i++) {
		const char *service =
			service_of(l, &l->found->setting[i], "smtpd");

		if (service != NULL)
			service_look(l, service, &found);
	}
	if (found.barred != NULL)
		chroot_row(l, found.barred);
	else if (found.with == 0)
		list_missing(l, "smtpd_milters");
	else
		row(l,
		    &(struct plan_row){
			    .check = "milter",
			    .state = PLAN_FINE,
			    .subject = "smtpd_milters",
			    .detail = op_print(
				    l->op, "%u of %u services of smtpd ask us",
				    found.with, found.all),
		    });
	if (found.without != NULL)
		row(l, &(struct plan_row){
			       .check = "milter",
			       .state = PLAN_WARNING,
			       .subject = found.without,
			       .detail = "master.cf gives it milters of its "
					 "own, without ours: mails that come "
					 "there are not answered",
			       .remedy = "add it there, if they ought to be",
		       });
	if (found.milter != NULL)
		action_look(l, found.milter);
	else
		action_missing(l);
}

/* Mail that programs of this machine hand in by sendmail. */
static void
non_smtpd_look(struct look *l)
{
	static const char key[] = "non_smtpd_milters";
	bool chrooted = is_chrooted(l, "cleanup/unix");

	if (find_ours(l, get(l, key), chrooted) != NULL)
		row(l, &(struct plan_row){
			       .check = "milter",
			       .state = PLAN_FINE,
			       .subject = key,
			       .detail = "mail by the program sendmail is "
					 "answered, too",
		       });
	else if (!is_reachable(l, chrooted))
		chroot_row(l, "cleanup/unix");
	else
		list_missing(l, key);
}

static void
protocol_look(struct look *l)
{
	static const char key[] = "milter_protocol";
	const char *text = get(l, key);
	bool fits = *text == '\0' || strtol(text, NULL, 10) >= PROTOCOL;

	row(l,
	    &(struct plan_row){
		    .check = "milter",
		    .state = fits ? PLAN_FINE : PLAN_MISSING,
		    .subject = key,
		    .detail = op_print(l->op, "it is %s",
				       *text == '\0' ? "6, by default" : text),
		    .lines = fits ? NULL : "milter_protocol = 6\n",
	    });
}

static void
socket_look(struct look *l)
{
	const char *why = l->postfix->socket;

	if (why != NULL)
		row(l, &(struct plan_row){
			       .check = "socket",
			       .state = PLAN_FAILED,
			       .subject = l->settings->milter_listen,
			       .detail = why,
			       .remedy = "let Postfix's account write to it, "
					 "or set milter.listen to "
					 "127.0.0.1:8891",
		       });
}

/* ---- where replies are handed in ---- */

static const char *
listener_lines(struct look *l)
{
	const char *signers = others(l, get(l, "smtpd_milters"));

	return op_print(
		l->op,
		"%s inet n - n - - smtpd\n"
		"  -o syslog_name=postfix/frontdesk\n"
		"  -o mynetworks=127.0.0.0/8,[::1]/128\n"
		"  -o smtpd_client_restrictions=permit_mynetworks,reject\n"
		"  -o smtpd_recipient_restrictions=permit_mynetworks,reject\n"
		"%s%s%s",
		l->settings->outbox_server,
		*signers == '\0' ? "  -o smtpd_milters="
				 : "  -o { smtpd_milters = ",
		signers, *signers == '\0' ? "\n" : " }\n");
}

static void
outbox_look(struct look *l)
{
	const char *server = l->settings->outbox_server;
	struct plan_row r = { .check = "outbox", .subject = server };

	if (l->postfix->listens) {
		r.state = PLAN_FINE;
		r.detail = "somebody listens there";
	} else if (!look_is_here(server)) {
		r.state = PLAN_FAILED;
		r.detail = "nobody answers there, on another machine";
		r.remedy = "correct outbox.server, or that machine";
	} else {
		r.state = PLAN_MISSING;
		r.detail = "nobody listens there";
		r.file = op_print(l->op, "%s/master.cf", l->postfix->folder);
		r.lines = listener_lines(l);
	}
	row(l, &r);
}

/* ---- what scripts need, too ---- */

static void
delimiter_look(struct look *l)
{
	static const char key[] = "recipient_delimiter";
	const char *ours = look_delimiter(l->settings), *text = get(l, key);
	bool same = strcmp(text, ours) == 0;

	row(l,
	    &(struct plan_row){
		    .check = "setting",
		    .state = same            ? PLAN_FINE
			     : *text == '\0' ? PLAN_WARNING
					     : PLAN_FAILED,
		    .subject = key,
		    .detail = op_print(l->op,
				       "it is '%s', and reply.delimiter "
				       "'%s'",
				       text, ours),
		    .remedy = same ? NULL : "change either: they have to agree",
		    .lines = same ? NULL
				  : op_print(l->op, "%s = %s\n", key, ours),
	    });
}

static bool
has_srs(struct look *l, const char *maps)
{
	return strstr(text_fold(l->op, maps), "srs") != NULL ||
	       strstr(maps, ":10001") != NULL; /* postsrsd's port */
}

static void
srs_look(struct look *l)
{
	static const char key[] = "sender_canonical_maps";

	if (has_srs(l, get(l, key)))
		row(l, &(struct plan_row){
			       .check = "setting",
			       .state = PLAN_WARNING,
			       .subject = key,
			       .detail = "senders are rewritten (SRS), also of "
					 "mail that stays here: a script sees "
					 "SRS0=... of a domain of yours",
			       .remedy = "rule E-25 reads the sender out of "
					 "it; better have SRS only for mail "
					 "that is forwarded",
		       });
}

/* ---- all of it ---- */

static void
version_look(struct look *l)
{
	const char *version = get(l, "mail_version");
	unsigned major = 0, minor = 0;
	bool known = found_version(version, &major, &minor) && major >= 3;

	row(l, &(struct plan_row){
		       .check = "version",
		       .state = known ? PLAN_FINE : PLAN_WARNING,
		       .subject = l->postfix->folder,
		       .detail = op_print(l->op, "Postfix %s", version),
		       .remedy = known ? NULL
				       : "it is not known here: compare the "
					 "lines with its own manual",
	       });
}

static bool
has_milter(const struct settings *s)
{
	for (size_t i = 0; i < s->backends_n; i++) {
		if (strcmp(s->backends[i].kind, BACKEND_MILTER) == 0)
			return s->milter_listen != NULL;
	}
	return false;
}

void
plan_postfix(struct plan *plan, const struct settings *s,
	     const struct found *found, const struct postfix_place *place)
{
	struct look l = {
		.op = plan->op,
		.plan = plan,
		.settings = s,
		.found = found,
		.postfix = place,
	};

	version_look(&l);
	if (has_milter(s)) {
		smtpd_look(&l);
		non_smtpd_look(&l);
		protocol_look(&l);
		socket_look(&l);
		outbox_look(&l);
	} else {
		row(&l, &(struct plan_row){
				.check = "milter",
				.state = PLAN_SKIPPED,
				.subject = s->file,
				.detail = "no section backend is a milter",
			});
	}
	delimiter_look(&l);
	srs_look(&l);
}
