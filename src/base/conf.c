/* SPDX-License-Identifier: Apache-2.0 */

/* libconfuse, driven by a table. It only takes the file apart: every value is
 * text to it, and is read and checked here by its row. */
#include "base/conf.h"

#include "base/conf_scan.h"
#include "base/conf_section.h"

#include <confuse.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRONG_MAX 256 /* bytes of a complaint of libconfuse's */

struct reading {
	struct conf_place to;
	const struct conf_table *table;
	unsigned *line;
	const cfg_t *root;
	const cfg_t *inside; /* of a section with a title; NULL: of none */
	const char *wrong;   /* the first thing */
	unsigned wrong_line;
};

/*
 * The lexer of libconfuse has one state for the whole process, and its
 * callbacks have no argument of ours: one file is read at a time.
 */
static pthread_mutex_t lexer_lock = PTHREAD_MUTEX_INITIALIZER;
static struct reading *lexer_reading; /* under the lock */

static void
reading_wrong(struct reading *r, unsigned line, const char *wrong)
{
	if (r->wrong == NULL) {
		r->wrong = wrong;
		r->wrong_line = line;
	}
}

/* ---- libconfuse's callbacks ---- */

static void __attribute__((format(printf, 2, 0)))
lexer_wrong(cfg_t *cfg, const char *format, va_list ap)
{
	struct reading *r = lexer_reading;
	char text[WRONG_MAX];

	(void)vsnprintf(text, sizeof(text), format, ap);
	reading_wrong(r, (unsigned)cfg->line,
		      op_print(r->to.op,
			       "%s; frontdesk.conf(5) lists the "
			       "settings and their sections",
			       text));
}

/* Is it this option of this section? */
static bool
row_is(const struct conf_row *row, const char *section, const char *name)
{
	size_t n = strlen(section);

	if (strcmp(section, "root") == 0)
		return strcmp(row->name, name) == 0;
	return strncmp(row->name, section, n) == 0 && row->name[n] == '.' &&
	       strcmp(row->name + n + 1, name) == 0;
}

static size_t
row_find(const struct conf_table *table, const char *section, const char *name)
{
	size_t i = 0;

	while (i < table->n && !row_is(&table->rows[i], section, name))
		i++;
	return i; /* libconfuse has it from the table: it is there */
}

/* Marks a setting as found; 0: go on. */
static int
lexer_once(cfg_t *cfg, unsigned *line, const char *name)
{
	struct reading *r = lexer_reading;
	unsigned before = *line;

	*line = (unsigned)cfg->line;
	if (before == 0)
		return 0;
	reading_wrong(r, *line,
		      op_print(r->to.op,
			       "%s is there twice, also in line %u; "
			       "remove one",
			       name, before));
	return -1;
}

/* ---- sections with a title ---- */

/* Lines are told of each section anew. */
static int
item_begin(struct reading *r, const struct conf_section *section,
	   const cfg_t *cfg)
{
	/* Meanwhile the line of what is outside stays where it begins. */
	unsigned line = (unsigned)r->root->line;
	const char *wrong =
		conf_item_add(&r->to, r->table, section, cfg->title, line);

	for (size_t i = 0; i < r->table->n; i++) {
		if (conf_section_has(section, &r->table->rows[i]))
			r->line[i] = 0;
	}
	r->inside = cfg;
	if (wrong == NULL)
		return 0;
	reading_wrong(r, line, wrong);
	return -1;
}

/* The section that has just ended: nothing else has come as far. */
static const cfg_t *
section_ended(cfg_opt_t *opt)
{
	const cfg_t *last = opt->values[0]->section;

	for (unsigned i = 1; i < opt->nvalues; i++) {
		if (opt->values[i]->section->line >= last->line)
			last = opt->values[i]->section;
	}
	return last;
}

/* Called at the end of each section with a title, also of an empty one. */
static int
lexer_section(cfg_t *cfg, cfg_opt_t *opt)
{
	struct reading *r = lexer_reading;
	const struct conf_section *section =
		conf_section_find(r->table, opt->name);
	const char *wrong;
	unsigned line;

	(void)cfg;
	if (r->inside == NULL &&
	    item_begin(r, section, section_ended(opt)) != 0)
		return -1;
	r->inside = NULL;
	wrong = conf_item_end(&r->to, r->table, section, r->line);
	if (wrong == NULL)
		return 0;
	(void)conf_item_last(&r->to, section, &line);
	reading_wrong(r, line, wrong);
	return -1;
}

/* ---- values ---- */

/* Called for each value. What libconfuse keeps is not looked at again. */
static int
lexer_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct reading *r = lexer_reading;
	size_t i = row_find(r->table, cfg->name, opt->name);
	const struct conf_row *row = &r->table->rows[i];
	const struct conf_section *section = conf_titled(r->table, row);
	size_t nth = cfg_opt_size(opt) - 1; /* counted already */
	struct conf_place to = r->to;
	const char *wrong;
	unsigned line;

	*(const char **)result = value;
	if (section != NULL && r->inside == NULL &&
	    item_begin(r, section, cfg) != 0)
		return -1;
	if (section != NULL)
		to.out = conf_item_last(&r->to, section, &line);
	if (nth == 0 && lexer_once(cfg, &r->line[i], row->name) != 0)
		return -1;
	wrong = conf_value_put(&to, row, nth, value);
	if (wrong == NULL)
		return 0;
	reading_wrong(r, (unsigned)cfg->line,
		      op_print(r->to.op, "%s %s", row->name, wrong));
	return -1;
}

/* ---- the table, as libconfuse wants it ---- */

static cfg_opt_t
option_make(const struct conf_row *row, const char *name)
{
	cfg_opt_t text = CFG_STR(name, NULL, CFGF_NODEFAULT);
	cfg_opt_t list = CFG_STR_LIST(name, NULL, CFGF_NODEFAULT);
	cfg_opt_t out = row->type == CONF_LIST ? list : text;

	out.parsecb = lexer_value;
	return out;
}

/* The rows from `first` that are in its section; *next is behind them. */
static cfg_opt_t
section_make(struct op *op, const struct conf_table *table, size_t first,
	     size_t *next)
{
	const char *dot = strchr(table->rows[first].name, '.');
	size_t n = (size_t)(dot - table->rows[first].name) + 1, i;
	cfg_opt_t *inside = op_alloc(op, (table->n + 1) * sizeof(*inside));
	const char *name = op_text(op, table->rows[first].name, n - 1);
	bool titled = conf_section_find(table, name) != NULL;
	cfg_opt_t out = CFG_SEC(name, inside,
				titled ? CFGF_MULTI | CFGF_TITLE : CFGF_NONE);

	for (i = first; i < table->n; i++) {
		const struct conf_row *row = &table->rows[i];

		if (strncmp(row->name, table->rows[first].name, n) != 0)
			break;
		inside[i - first] = option_make(row, row->name + n);
	}
	inside[i - first] = (cfg_opt_t)CFG_END();
	if (titled)
		out.validcb = lexer_section;
	*next = i;
	return out;
}

static cfg_opt_t *
options_make(struct op *op, const struct conf_table *table)
{
	cfg_opt_t *out = op_alloc(op, (table->n + 1) * sizeof(*out));
	size_t n = 0;

	for (size_t i = 0; i < table->n;) {
		const struct conf_row *row = &table->rows[i];

		if (strchr(row->name, '.') != NULL) {
			out[n++] = section_make(op, table, i, &i);
		} else {
			out[n++] = option_make(row, row->name);
			i++;
		}
	}
	out[n] = (cfg_opt_t)CFG_END();
	return out;
}

static void
reading_parse(struct reading *r, const char *text)
{
	cfg_t *cfg;

	(void)pthread_mutex_lock(&lexer_lock);
	lexer_reading = r;
	cfg = cfg_init(options_make(r->to.op, r->table), CFGF_NONE);
	if (cfg != NULL)
		(void)cfg_set_error_function(cfg, lexer_wrong);
	r->root = cfg;
	if (cfg == NULL || cfg_parse_buf(cfg, text) != CFG_SUCCESS)
		reading_wrong(r, 1, "cannot be read; try again");
	(void)cfg_free(cfg);
	lexer_reading = NULL;
	(void)pthread_mutex_unlock(&lexer_lock);
}

/* ---- the file ---- */

static void
file_done(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static enum err
file_read(struct op *op, const char *file, char **out, size_t *out_n)
{
	CLEANUP(file_done) int fd = open(file, O_RDONLY | O_CLOEXEC);
	char *text = op_alloc(op, CONF_FILE_MAX + 2);
	size_t n = 0;
	ssize_t got = 1;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return FAIL(op, ERR_NOT_FOUND,
			    "%s: there is no such file; `frontdesk init` makes "
			    "one",
			    file);
	while (fd >= 0 && got > 0 && n <= CONF_FILE_MAX) {
		got = read(fd, text + n, CONF_FILE_MAX + 1 - n);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got > 0)
			n += (size_t)got;
	}
	if (got < 0 && errno == EISDIR)
		return FAIL(op, ERR_DOWN,
			    "%s: is a folder; name the configuration in it, "
			    "like %s/frontdesk.conf",
			    file, file);
	if (fd < 0 || got < 0)
		return FAIL(op, ERR_DOWN, "%s: %s", file, strerror(errno));
	if (n > CONF_FILE_MAX)
		return FAIL(op, ERR_INVALID,
			    "%s:1: is larger than 256 KiB; shorten it", file);
	*out = text;
	*out_n = n;
	return OK;
}

enum err
conf_read(struct op *op, const char *file, const struct conf_table *table,
	  struct arena *keep, void *out, unsigned *line)
{
	const struct conf_copy itself = { file, file };

	return conf_read_copy(op, &itself, table, keep, out, line);
}

enum err
conf_read_copy(struct op *op, const struct conf_copy *from,
	       const struct conf_table *table, struct arena *keep, void *out,
	       unsigned *line)
{
	struct reading r = { .to = { op, from->file, keep, out },
			     .table = table,
			     .line = line };
	const char *wrong = NULL;
	char *text = NULL;
	size_t n = 0;

	TRY(file_read(op, from->copy, &text, &n));
	r.wrong = conf_scan(text, n, &r.wrong_line);
	memset(line, 0, table->n * sizeof(*line));
	for (size_t i = 0; i < table->n && wrong == NULL; i++) {
		if (conf_titled(table, &table->rows[i]) == NULL)
			wrong = conf_value_preset(&r.to, &table->rows[i]);
	}
	if (wrong != NULL)
		return FAIL(op, ERR_INTERNAL, "a preset %s", wrong);
	if (r.wrong == NULL)
		reading_parse(&r, text);
	if (r.wrong != NULL)
		return FAIL(op, ERR_INVALID, "%s:%u: %s", from->file,
			    r.wrong_line, r.wrong);
	return OK;
}
