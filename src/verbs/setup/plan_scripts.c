/* SPDX-License-Identifier: Apache-2.0 */

/* How Dovecot comes to the scripts of a backend section, by its kind. */
#include "base/buf.h"
#include "base/text.h"
#include "model/backend.h"
#include "verbs/setup/plan_look.h"

#include <string.h>

#define BEFORE "sieve_before"
#define BINARIES "~/.frontdesk-sieve" /* compiled scripts, of each user */
#define SCRIPT "oof"                  /* the name that the dict is asked for */
#define DICT "frontdesk"
#define PLACE_MAX (8 * KIB) /* bytes of a place of scripts */

const char *
look_beside(struct look *l, const char *name)
{
	const char *conf = l->dovecot->conf, *slash = strrchr(conf, '/');

	return op_print(l->op, "%.*s/%s",
			slash == NULL ? 0 : (int)(slash - conf), conf, name);
}

/* ---- names of a user, in each syntax ---- */

/* A path of ours: nothing in it stands for anything else. */
static void
path_put(struct buf *out, const char *path)
{
	for (; *path != '\0'; path++) {
		if (*path == '%')
			buf_putc(out, '%');
		buf_putc(out, *path);
	}
}

/* backend.file, as Dovecot writes it. */
static void
name_put(struct look *l, struct buf *out, const char *name)
{
	static const char *const words[] = {
		['u'] = "%{user}",
		['n'] = "%{user | username}",
		['d'] = "%{user | domain}",
	};

	for (; *name != '\0'; name++) {
		unsigned char next = (unsigned char)name[1];

		if (l->is_24 && *name == '%' && next < COUNT(words) &&
		    words[next] != NULL) {
			buf_puts(out, words[next]);
			name++;
		} else {
			buf_putc(out, *name);
		}
	}
}

static const char *
scripts_path(struct look *l, const struct backend_section *b)
{
	struct buf out;

	buf_init(&out, l->op, 256, PLACE_MAX);
	path_put(&out, b->folder);
	buf_putc(&out, '/');
	name_put(l, &out, b->file);
	return buf_text(&out);
}

/* ---- what runs before people's own scripts ---- */

/* A place that Dovecot knows already. */
struct before {
	const char *setting; /* its name there */
	const char *place;   /* a path; "proxy:..." of a dict */
	bool dict, compiled;
};

/* "file:/x/%u.sieve;bindir=~/y", of 2.3 */
static void
before_split(struct look *l, const char *value, struct before *out)
{
	const char *options;

	out->dict = strncmp(value, "dict:", 5) == 0;
	if (out->dict || strncmp(value, "file:", 5) == 0)
		value += 5;
	options = strchr(value, ';');
	out->place = options == NULL
			     ? value
			     : op_text(l->op, value, (size_t)(options - value));
	out->compiled = options != NULL && strstr(options, "bindir=") != NULL;
}

static const char *
block_get(struct look *l, size_t of, const char *key, const char *full)
{
	const struct found *f = l->found;
	const char *value = NULL;

	for (size_t i = 0; i < f->n; i++) {
		const struct found_setting *s = &f->setting[i];

		if (s->number == f->setting[of].number &&
		    (strcmp(s->key, key) == 0 || strcmp(s->key, full) == 0))
			value = s->value;
	}
	return value;
}

/* The setting with number i, if it is such a place; a block of 2.4 is told by
 * its type. */
static bool
before_at(struct look *l, size_t i, struct before *out)
{
	static const char block[] = "sieve_script ";
	const struct found_setting *s = &l->found->setting[i];
	const char *driver;

	*out = (struct before){ 0 };
	if (!l->is_24) {
		if (strcmp(s->block, "plugin") != 0 ||
		    strncmp(s->key, BEFORE, strlen(BEFORE)) != 0 ||
		    strspn(s->key + strlen(BEFORE), "0123456789") !=
			    strlen(s->key + strlen(BEFORE)))
			return false;
		out->setting = s->key;
		before_split(l, s->value, out);
		return true;
	}
	if (strncmp(s->block, block, strlen(block)) != 0 ||
	    strchr(s->block, '/') != NULL ||
	    (strcmp(s->key, "type") != 0 &&
	     strcmp(s->key, "sieve_script_type") != 0) ||
	    strcmp(s->value, "before") != 0)
		return false;
	driver = block_get(l, i, "driver", "sieve_script_driver");
	out->setting = s->block;
	out->dict = driver != NULL && strcmp(driver, "dict") == 0;
	out->place = block_get(l, i, out->dict ? "name" : "path",
			       out->dict ? "sieve_script_name"
					 : "sieve_script_path");
	out->compiled =
		block_get(l, i, "bin_path", "sieve_script_bin_path") != NULL;
	return out->place != NULL;
}

/* sieve_before, sieve_before2, ...: the next that nobody has. */
static const char *
before_free(struct look *l)
{
	for (;; l->before++) {
		const char *key = l->before == 1 ? BEFORE
						 : op_print(l->op, BEFORE "%u",
							    l->before);

		if (found_get(l->found, "plugin", key) == NULL) {
			l->before++;
			return key;
		}
	}
}

static void
before_missing(struct look *l, const struct backend_section *b,
	       const char *detail, const char *lines_23, const char *lines_24)
{
	plan_add(
		l->plan,
		&(struct plan_row){
			.check = "scripts",
			.state = PLAN_MISSING,
			.subject = op_print(l->op, "backend \"%s\"", b->title),
			.detail = detail,
			.file = l->dovecot->lines,
			.block = l->is_24
					 ? op_print(l->op,
						    "sieve_script frontdesk-%u",
						    l->before++)
					 : "plugin",
			.lines = l->is_24 ? lines_24
					  : op_print(l->op, "%s = %s\n",
						     before_free(l), lines_23),
		});
}

static void
before_fine(struct look *l, const struct backend_section *b,
	    const struct before *before)
{
	plan_add(l->plan,
		 &(struct plan_row){
			 .check = "scripts",
			 .state = before->compiled ? PLAN_FINE : PLAN_WARNING,
			 .subject = op_print(l->op, "backend \"%s\"", b->title),
			 .detail = op_print(l->op, "%s reads %s",
					    before->setting, before->place),
			 .remedy = before->compiled
					   ? NULL
					   : "each mail compiles its script "
					     "anew: give it a folder for what "
					     "is compiled (" BINARIES ")",
		 });
}

static void
before_wrong(struct look *l, const struct backend_section *b,
	     const struct before *before, const char *wanted)
{
	bool all = strcmp(before->place, b->folder) == 0;

	plan_add(l->plan,
		 &(struct plan_row){
			 .check = "scripts",
			 .state = PLAN_FAILED,
			 .subject = op_print(l->op, "backend \"%s\"", b->title),
			 .detail = op_print(l->op, "%s reads %s%s",
					    before->setting, before->place,
					    all ? ": everybody's scripts are "
						  "run for everybody"
						: ", and we write others"),
			 .remedy = op_print(l->op, "it has to be %s", wanted),
		 });
}

/* ---- by kind ---- */

static void
file_look(struct look *l, const struct backend_section *b)
{
	const char *wanted = scripts_path(l, b);
	size_t folder = strlen(b->folder);
	struct before before;

	if (strpbrk(b->folder, " \t;\"'#{}") != NULL) {
		before = (struct before){ "no setting", b->folder, 0, 0 };
		before_wrong(l, b, &before,
			     "a folder without spaces and marks in its name");
		return;
	}
	for (size_t i = 0; i < l->found->n; i++) {
		if (!before_at(l, i, &before) || before.dict)
			continue;
		if (strcmp(before.place, wanted) == 0) {
			before_fine(l, b, &before);
			return;
		}
		if (strncmp(before.place, b->folder, folder) == 0 &&
		    (before.place[folder] == '/' ||
		     before.place[folder] == '\0')) {
			before_wrong(l, b, &before, wanted);
			return;
		}
	}
	before_missing(l, b, "nothing reads its scripts",
		       op_print(l->op, "file:%s;bindir=" BINARIES, wanted),
		       op_print(l->op,
				"type = before\ndriver = file\npath = %s\n"
				"bin_path = " BINARIES "\n",
				wanted));
}

/* How the dict's SQL is told where what lies (wing/backend/sieve_sql.c). */
static const char *
map_lines(struct look *l, const struct backend_section *b)
{
	return op_print(l->op,
			"connect = %s\n"
			"map {\n"
			"  pattern = priv/sieve/name/$name\n"
			"  table = sieve_name\n"
			"  username_field = username\n"
			"  value_field = id\n"
			"  fields {\n"
			"    name = $name\n"
			"  }\n"
			"}\n"
			"map {\n"
			"  pattern = priv/sieve/data/$id\n"
			"  table = sieve_data\n"
			"  username_field = username\n"
			"  value_field = data\n"
			"  fields {\n"
			"    id = $id\n"
			"  }\n"
			"}\n",
			b->database);
}

static const char *
server_lines(struct look *l, const struct backend_section *b)
{
	return op_print(l->op,
			"dict " DICT " {\n"
			"  driver = sql\n"
			"  sql_driver = sqlite\n"
			"  sqlite_path = %s\n"
			"  sqlite_journal_mode = delete\n"
			"  sqlite_readonly = yes\n"
			"  dict_map priv/sieve/name/$name {\n"
			"    sql_table = sieve_name\n"
			"    username_field = username\n"
			"    value_field id {\n"
			"    }\n"
			"    key_field name {\n"
			"      value = $name\n"
			"    }\n"
			"  }\n"
			"  dict_map priv/sieve/data/$id {\n"
			"    sql_table = sieve_data\n"
			"    username_field = username\n"
			"    value_field data {\n"
			"    }\n"
			"    key_field id {\n"
			"      value = $id\n"
			"    }\n"
			"  }\n"
			"}\n",
			b->database);
}

static void
map_row(struct look *l, enum plan_state state, const char *detail,
	const char *file, const char *lines)
{
	plan_add(l->plan, &(struct plan_row){
				  .check = "dict map",
				  .state = state,
				  .subject = file,
				  .detail = detail,
				  .file = lines == NULL ? NULL : file,
				  .lines = lines,
			  });
}

/* In 2.3 the dict has a file of its own; in 2.4 all stands in one place. */
static void
dict_look(struct look *l, const struct backend_section *b)
{
	static const char sqlite[] = "sqlite:";
	const char *value = found_get(l->found, "dict", DICT);
	const char *map = look_beside(l, "frontdesk-dict.conf.ext");
	const char *text = l->dovecot->map;
	struct plan_row r = {
		.check = "dict",
		.state = PLAN_FINE,
		.subject = DICT,
		.detail = value,
	};

	if (l->is_24)
		value = found_get(l->found, "dict_server/dict " DICT, "driver");
	if (value == NULL) {
		r.state = PLAN_MISSING;
		r.detail = "there is no such dict";
		r.file = l->dovecot->lines;
		r.block = l->is_24 ? "dict_server" : "dict";
		r.lines = l->is_24
				  ? server_lines(l, b)
				  : op_print(l->op, DICT " = sqlite:%s\n", map);
	} else if (!l->is_24 && strncmp(value, sqlite, strlen(sqlite)) != 0) {
		r.state = PLAN_FAILED;
		r.remedy = op_print(l->op, "it has to be sqlite:%s", map);
	} else {
		r.detail = value;
	}
	plan_add(l->plan, &r);
	if (l->is_24)
		return;
	if (value != NULL && r.state == PLAN_FINE)
		map = value + strlen(sqlite);
	if (text != NULL && strstr(text, b->database) != NULL)
		map_row(l, PLAN_FINE, "it names our database", map, NULL);
	else
		map_row(l, PLAN_MISSING,
			text == NULL ? "there is no such file"
				     : "it does not name our database",
			map, map_lines(l, b));
}

/* Who delivers has to be let in at the dict's socket. */
static void
socket_look(struct look *l)
{
	static const char block[] = "service dict/unix_listener dict";
	const char *mode = found_get(l->found, block, "mode"),
		   *group = found_get(l->found, block, "group"),
		   *user = found_get(l->found, block, "user"),
		   *who = found_get(l->found, "", "mail_gid");
	bool told = mode != NULL || group != NULL || user != NULL;

	/* A group that is not there would keep Dovecot from starting. */
	who = who == NULL ? "# group = GROUP (whose members deliver mail)"
			  : op_print(l->op, "group = %s", who);
	plan_add(l->plan,
		 &(struct plan_row){
			 .check = "dict",
			 .state = told ? PLAN_FINE : PLAN_WARNING,
			 .subject = block,
			 .detail = told ? "it says who may ask"
					: "it says of nobody that he may ask",
			 .remedy = told ? NULL
					: "whose group delivers mail has to be "
					  "named",
			 .file = told ? NULL : l->dovecot->lines,
			 .block = told ? NULL : "service dict",
			 .lines = told ? NULL
				       : op_print(l->op,
						  "unix_listener dict {\n"
						  "  mode = 0660\n"
						  "  %s\n"
						  "}\n",
						  who),
		 });
}

/* In its first releases 2.4 takes a script that the dict does not have for a
 * failure: whoever has no absence would get no mail. */
static bool
dict_breaks(struct look *l, const struct backend_section *b)
{
	const char *version = l->found->version;
	bool breaks = strncmp(version, "2.4.", 4) == 0 &&
		      (version[4] == '0' || version[4] == '1') &&
		      (version[5] < '0' || version[5] > '9');

	if (breaks)
		plan_add(l->plan,
			 &(struct plan_row){
				 .check = "scripts",
				 .state = PLAN_FAILED,
				 .subject = op_print(l->op, "backend \"%s\"",
						     b->title),
				 .detail = op_print(l->op,
						    "Dovecot %s has all mail "
						    "wait for whom its dict "
						    "has no script",
						    version),
				 .remedy = "kind = sieve-file, or Dovecot "
					   "2.4.2",
			 });
	return breaks;
}

static void
sql_look(struct look *l, const struct backend_section *b)
{
	struct before before;
	bool there = false;

	if (dict_breaks(l, b))
		return;
	for (size_t i = 0; i < l->found->n && !there; i++) {
		if (!before_at(l, i, &before) || !before.dict)
			continue;
		there = l->is_24 ? strcmp(before.place, SCRIPT) == 0
				 : strcmp(before.place, "proxy::" DICT) == 0;
	}
	if (there)
		before_fine(l, b, &before);
	else
		before_missing(l, b, "nothing reads its scripts",
			       "dict:proxy::" DICT ";name=" SCRIPT
			       ";bindir=" BINARIES,
			       "type = before\ndriver = dict\nname = " SCRIPT
			       "\nbin_path = " BINARIES
			       "\ndict proxy {\n  name = " DICT "\n}\n");
	dict_look(l, b);
	socket_look(l);
}

/* ---- all of it ---- */

void
look_section(struct look *l, const struct backend_section *b)
{
	static const struct {
		const char *kind;
		void (*look)(struct look *l, const struct backend_section *b);
	} kinds[] = {
		{ BACKEND_SIEVE_FILE, file_look },
		{ BACKEND_SIEVE_SQL, sql_look },
		{ BACKEND_MANAGESIEVE, look_managesieve },
	};

	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (strcmp(kinds[i].kind, b->kind) == 0)
			kinds[i].look(l, b);
	}
}
