/* SPDX-License-Identifier: Apache-2.0 */

/* What Dovecot's ManageSieve has to be told, so that we may put scripts. */
#include "verbs/setup/plan_look.h"

#include <string.h>

#define MANAGESIEVE_PORT "4190"

static bool
has_masters(struct look *l)
{
	const struct found *f = l->found;

	for (size_t i = 0; i < f->n; i++) {
		const struct found_setting *s = &f->setting[i];

		if (strncmp(s->block, "passdb", 6) == 0 &&
		    (strcmp(s->key, "master") == 0 ||
		     strcmp(s->key, "passdb_master") == 0) &&
		    strcmp(s->value, "yes") == 0)
			return true;
	}
	return false;
}

static void
master_look(struct look *l, const struct backend_section *b)
{
	bool there = has_masters(l);
	const char *file = look_beside(l, "frontdesk-masters");
	const char *user = op_print(
		l->op,
		"# one line: %s: and what `doveadm pw -s SHA512-CRYPT` prints "
		"for the password in %s\n",
		b->master, b->password_file);

	plan_add(
		l->plan,
		&(struct plan_row){
			.check = "master user",
			.state = there ? PLAN_FINE : PLAN_MISSING,
			.subject = op_print(l->op, "backend \"%s\"", b->title),
			.detail = there ? op_print(l->op,
						   "there are master users; "
						   "%s has to be one",
						   b->master)
					: "nobody may act for all users",
			.file = there ? NULL : l->dovecot->lines,
			.block = there      ? NULL
				 : l->is_24 ? "passdb frontdesk-masters"
					    : "passdb",
			.lines = there ? NULL
				       : op_print(l->op,
						  "driver = passwd-file\n%s = "
						  "%s\n"
						  "master = yes\n"
						  "result_success = continue\n",
						  l->is_24 ? "passwd_file_path"
							   : "args",
						  file),
		});
	if (!there)
		plan_add(l->plan, &(struct plan_row){
					  .check = "master user",
					  .state = PLAN_MISSING,
					  .subject = file,
					  .detail = "it says who they are",
					  .file = file,
					  .lines = user,
				  });
}

void
look_managesieve(struct look *l, const struct backend_section *b)
{
	static const char block[] =
		"service managesieve-login/inet_listener sieve";
	bool serves = look_protocol(l, "sieve");
	const char *port = found_get(l->found, block, "port");
	const char *ours = strrchr(b->server, ':') + 1;

	if (port == NULL)
		port = MANAGESIEVE_PORT;
	plan_add(l->plan,
		 &(struct plan_row){
			 .check = "managesieve",
			 .state = serves ? PLAN_FINE : PLAN_MISSING,
			 .subject = "protocols",
			 .detail = serves ? "ManageSieve is served"
					  : "ManageSieve is not served",
			 .remedy = serves ? NULL
					  : "install dovecot-managesieved, too",
			 .file = serves ? NULL : l->dovecot->lines,
			 .lines = serves     ? NULL
				  : l->is_24 ? "protocols {\n  sieve = yes\n}\n"
					     : "protocols = $protocols sieve\n",
		 });
	if (strcmp(port, ours) != 0)
		plan_add(l->plan,
			 &(struct plan_row){
				 .check = "managesieve",
				 .state = look_is_here(b->server)
						  ? PLAN_FAILED
						  : PLAN_WARNING,
				 .subject = op_print(l->op, "backend \"%s\"",
						     b->title),
				 .detail = op_print(l->op,
						    "it goes to %s, and this "
						    "Dovecot listens at port "
						    "%s",
						    b->server, port),
				 .remedy = "correct backend.server",
			 });
	master_look(l, b);
}
