/* SPDX-License-Identifier: Apache-2.0 */

/* frontdesk check: is this installation right? Each check is a row. */
#include "base/clock.h"
#include "base/idn.h"
#include "base/lock.h"
#include "cli/cli.h"
#include "cli/file.h"
#include "cli/out.h"
#include "main/parts.h"
#include "main/user.h"
#include "serve/serve_check.h"
#include "verbs/check/check.h"
#include "verbs/check/check_parts.h"
#include "verbs/site/certificate.h"
#include "verbs/site/tls.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEM_MAX (1 * MIB)
#define EXPIRY_WARN_DAYS 30
#define DAY_S INT64_C(86400)
#define NAMES_TOLD 5 /* of those that a certificate lacks */

struct check {
	const char *name;
	int exit; /* when it failed */
	/* *detail: what was found, or what is wrong and what to do. */
	enum check_state (*run)(struct cli *c, const char **detail);
};

static const struct out_column check_columns[] = {
	{ "check", "CHECK" },
	{ "state", "STATE" },
	{ "detail", "DETAIL" },
	{ NULL, NULL },
};

void
check_tell(struct cli *c, const char *name, enum check_state state,
	   const char *detail)
{
	static const char *const states[] = {
		[CHECK_FINE] = "ok",
		[CHECK_WARNING] = "warning",
		[CHECK_FAILED] = "failed",
		[CHECK_UNASKED] = "failed",
	};

	out_row(c->out, json_pack("{s:s,s:s,s:o}", "check", name, "state",
				  states[state], "detail", out_text(detail)));
}

enum check_state
check_failed(struct cli *c, const char **detail)
{
	*detail = c->op.reason;
	return CHECK_FAILED;
}

/* ---- configuration and folders ---- */

static enum check_state
check_configuration(struct cli *c, const char **detail)
{
	*detail = c->config; /* it was read before we came here */
	return serve_check_paths(&c->op, c->settings) == OK &&
			       serve_check_dev(&c->op, c->settings) == OK
		       ? CHECK_FINE
		       : check_failed(c, detail);
}

static enum check_state
check_user(struct cli *c, const char **detail)
{
	struct user user;

	if (geteuid() != 0)
		user_self(&c->op, &user);
	else if (user_find(&c->op, c->settings->user, &user) != OK ||
		 serve_check_reach(&c->op, c->settings, &user) != OK)
		return check_failed(c, detail);
	*detail = op_print(&c->op, "%s serves", user.name);
	return CHECK_FINE;
}

static enum check_state
folder_check(struct cli *c, const char *path, const char **detail)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		(void)file_fail(&c->op, errno, path, "opening");
		return check_failed(c, detail);
	}
	*detail = path;
	if (!S_ISDIR(st.st_mode))
		*detail = op_print(&c->op, "%s is no folder", path);
	else if (geteuid() != 0 && access(path, R_OK | W_OK | X_OK) != 0)
		*detail = op_print(&c->op,
				   "%s may not be written by this user: "
				   "give it to the one who serves",
				   path);
	else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		*detail = op_print(&c->op,
				   "%s may be entered by others: chmod 700 %s",
				   path, path);
	return *detail == path ? CHECK_FINE : CHECK_FAILED;
}

static enum check_state
check_data(struct cli *c, const char **detail)
{
	return folder_check(c, c->settings->data, detail);
}

/* It may lie on a file system that is empty after a start of the machine. */
static enum check_state
check_run(struct cli *c, const char **detail)
{
	struct stat st;

	*detail = op_print(&c->op, "%s is made by frontdesk serve",
			   c->settings->run);
	if (stat(c->settings->run, &st) != 0 && errno == ENOENT)
		return CHECK_FINE;
	return folder_check(c, c->settings->run, detail);
}

/* ---- TLS ---- */

static enum check_state
check_certificate(struct cli *c, const char **detail)
{
	const struct settings *s = c->settings;
	struct certificate_facts facts;
	struct bytes pem, key;
	int64_t left;

	if (file_read(&c->op, s->tls_certificate, PEM_MAX, &pem) != OK ||
	    file_read(&c->op, s->tls_key, PEM_MAX, &key) != OK)
		return check_failed(c, detail);
	if (certificate_read(&c->op, pem, &facts) != OK ||
	    certificate_fits(&c->op, pem, key) != OK) {
		*detail = op_print(&c->op, "%s, %s: %s", s->tls_certificate,
				   s->tls_key, c->op.reason);
		return CHECK_FAILED;
	}
	left = facts.until - c->op.now;
	*detail = op_print(&c->op, "%s: valid until %s%s", s->tls_certificate,
			   clock_xml(&c->op, facts.until),
			   left < EXPIRY_WARN_DAYS * DAY_S
				   ? ": renew it, by frontdesk domain "
				     "certificate if frontdesk init made it"
				   : "");
	if (left < 0 || facts.from > c->op.now)
		return CHECK_FAILED;
	return left < EXPIRY_WARN_DAYS * DAY_S ? CHECK_WARNING : CHECK_FINE;
}

static enum check_state
check_key(struct cli *c, const char **detail)
{
	const char *path = c->settings->tls_key;
	struct stat st;

	if (stat(path, &st) != 0) {
		(void)file_fail(&c->op, errno, path, "opening");
		return check_failed(c, detail);
	}
	*detail = path;
	if ((st.st_mode & S_IRWXO) == 0)
		return CHECK_FINE;
	*detail = op_print(&c->op, "%s may be read by everybody: chmod 600 %s",
			   path, path);
	return CHECK_FAILED;
}

/* ---- the parts ---- */

static enum check_state
check_nginx(struct cli *c, const char **detail)
{
	const char *nginx, *module;

	if (part_nginx(&c->op, &nginx) != OK ||
	    part_module(&c->op, c->settings->modules, &module) != OK ||
	    check_module(&c->op, nginx, module, c->settings->dir) != OK)
		return check_failed(c, detail);
	*detail = op_print(&c->op, "%s loads %s", nginx, module);
	return CHECK_FINE;
}

static enum check_state
check_image(struct cli *c, const char **detail)
{
	if (part_image(&c->op, detail) != OK)
		return check_failed(c, detail);
	if (access(*detail, X_OK) == 0)
		return CHECK_FINE;
	*detail = op_print(&c->op, "%s: %s: install Frontdesk again", *detail,
			   strerror(errno));
	return CHECK_FAILED;
}

static enum check_state
check_server(struct cli *c, const char **detail)
{
	pid_t holder = lock_holder(&c->op, c->settings->data, LOCK_SERVE);

	*detail = holder == 0 ? "it does not run"
			      : op_print(&c->op, "it runs as process %ld",
					 (long)holder);
	return CHECK_FINE;
}

/* ---- the store; from here on as its owner ---- */

struct findings {
	struct cli *c;
	size_t n;
};

static void
finding_tell(void *arg, const char *text)
{
	struct findings *f = arg;

	f->n++;
	check_tell(f->c, "store", CHECK_FAILED, text);
}

/* May the one who serves not come to the store? As root only: who is barred
 * himself has not come here. The folder itself is set right by serve. */
static bool
store_is_barred(struct cli *c)
{
	struct user user;

	return geteuid() == 0 &&
	       user_find(&c->op, c->settings->user, &user) == OK &&
	       user_reach(&c->op, &user,
			  op_print(&c->op, "%s/..", c->settings->data)) ==
		       ERR_DENIED;
}

static enum check_state
check_store(struct cli *c, const char **detail)
{
	struct findings f = { .c = c };

	if (store_is_barred(c)) {
		*detail = op_print(&c->op, "not looked at: %s", c->op.reason);
		return CHECK_UNASKED;
	}
	if (cli_enter(c, NEEDS_OWNER | NEEDS_STORE) != OK)
		return check_failed(c, detail);
	if (store_check(c->wings.house.store, &c->op, finding_tell, &f) != OK) {
		*detail = f.n == 0 ? c->op.reason
				   : op_print(&c->op,
					      "%s: %zu findings: restore a "
					      "backup",
					      c->settings->data, f.n);
		return CHECK_FAILED;
	}
	*detail = op_print(&c->op, "%s: every checksum is right",
			   c->settings->data);
	return CHECK_FINE;
}

static const char *
names_told(struct op *op, const struct certificate_names *names)
{
	const char *told = "";

	for (size_t i = 0; i < names->n && i < NAMES_TOLD; i++)
		told = op_print(op, "%s%s%s", told, i == 0 ? "" : ", ",
				names->name[i]);
	if (names->n > NAMES_TOLD)
		told = op_print(op, "%s and %zu more", told,
				names->n - NAMES_TOLD);
	return told;
}

/* "https://HOST:PORT" -> HOST, an IPv6 address without its brackets. */
static const char *
url_host(struct op *op, const char *url)
{
	const char *host = strstr(url, "://") + 3;

	if (host[0] == '[')
		return op_text(op, host + 1, strcspn(host + 1, "]"));
	return op_text(op, host, strcspn(host, ":/"));
}

static enum check_state
check_names(struct cli *c, const char **detail)
{
	const struct settings *s = c->settings;
	const char *host = url_host(&c->op, s->public_url);
	struct certificate_names all = { 0 }, missing = { 0 };
	struct domain_list domains;
	struct bytes pem;

	*detail = "not asked: the store cannot be read";
	if (c->wings.house.store == NULL)
		return CHECK_UNASKED;
	if (store_domain_list(c->wings.house.store, &c->op, &domains) != OK ||
	    file_read(&c->op, s->tls_certificate, PEM_MAX, &pem) != OK ||
	    certificate_name_add(&c->op, &all, host) != OK)
		return check_failed(c, detail);
	for (size_t i = 0; i < domains.n; i++)
		if (tls_domain_names(&c->op, domains.domain[i].name, &all) !=
		    OK)
			return check_failed(c, detail);
	for (size_t i = 0; i < all.n; i++)
		if (!certificate_covers(pem, all.name[i]))
			(void)certificate_name_add(&c->op, &missing,
						   all.name[i]);
	*detail = op_print(&c->op, "%zu names are in the certificate", all.n);
	if (missing.n == 0)
		return CHECK_FINE;
	*detail = op_print(&c->op,
			   "%s lacks %s: clients that use these names will "
			   "refuse it; see: frontdesk domain certificate",
			   s->tls_certificate, names_told(&c->op, &missing));
	return CHECK_WARNING;
}

/* ---- the verb ---- */

static const struct check checks[] = {
	/* clang-format off */
	{ "configuration", EXIT_CONFIG, check_configuration },
	{ "user",          EXIT_CONFIG, check_user },
	{ "data",          EXIT_CONFIG, check_data },
	{ "run",           EXIT_CONFIG, check_run },
	{ "certificate",   EXIT_CONFIG, check_certificate },
	{ "key",           EXIT_CONFIG, check_key },
	{ "nginx",         EXIT_CONFIG, check_nginx },
	{ "image worker",  EXIT_CONFIG, check_image },
	{ "server",        EXIT_CONFIG, check_server },
	{ "store",         EXIT_FAILED, check_store },
	{ "names",         EXIT_CONFIG, check_names },
	{ "issuers",       EXIT_CONFIG, check_issuers },
	{ "accounts",      EXIT_CONFIG, check_accounts },
	{ "avatars",       EXIT_CONFIG, check_avatars },
	{ "sources",       EXIT_CONFIG, check_sources },
	{ "passwords",     EXIT_CONFIG, check_passwords },
	{ "keytab",        EXIT_CONFIG, check_keytab },
	/* clang-format on */
};

static enum err
cli_check(struct cli *c)
{
	unsigned bad = 0;

	out_list(c->out, check_columns);
	for (size_t i = 0; i < COUNT(checks); i++) {
		const char *detail = "";
		enum check_state state = checks[i].run(c, &detail);

		check_tell(c, checks[i].name, state, detail);
		if (state == CHECK_FINE || state == CHECK_WARNING)
			continue;
		bad++;
		if (c->exit != EXIT_FAILED) /* damage is told before the rest */
			c->exit = state == CHECK_UNASKED ? EXIT_CONFIG
							 : checks[i].exit;
	}
	if (bad == 0)
		return OK;
	return FAIL(&c->op, ERR_INTERNAL, "%s: %u of %zu checks failed",
		    c->config, bad, COUNT(checks));
}

static const struct cli_key check_keys[] = {
	{ "check", "what was looked at" },
	{ "state", "ok, warning or failed" },
	{ "detail", "what was found; else what is wrong and what to do" },
	{ NULL, NULL },
};

static const struct cli_example check_examples[] = {
	{ "frontdesk check -c /srv/frontdesk/frontdesk.conf",
	  "after a change, before a reload" },
	{ NULL, NULL },
};

const struct verb cli_check_verbs[] = {
	{
		.name = "check",
		.operands = "",
		.needs = NEEDS_CONFIG | NEEDS_LONG,
		.summary = "check an installation",
		.text = "The configuration, the folders and who may enter "
			"them, the certificate with its key, its names and "
			"its end, whether nginx loads the module, every "
			"checksum of the store, the keys of issuers, whether "
			"directories and other sources of people answer, what "
			"service accounts may act for, and who is asked for "
			"passwords, a line each. The server may run "
			"meanwhile.\n\n"
			"The status is 0 when nothing failed, 1 when the "
			"store is damaged or cannot be read, and 78 when "
			"something else is wrong.",
		.keys = check_keys,
		.examples = check_examples,
		.run = cli_check,
	},
	{ 0 },
};
