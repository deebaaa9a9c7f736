/* SPDX-License-Identifier: Apache-2.0 */

/* libconfuse, driven by a table. It only takes the file apart: every value is
 * text to it, and is read and checked here by its row. */
#include "base/conf.h"

#include "base/conf_scan.h"
#include "base/text.h"

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
	struct op *op;
	const char *file;
	const struct conf_table *table;
	struct arena *keep;
	char *out;
	unsigned *line;
	const char *wrong; /* the first thing */
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

/* ---- values ---- */

/* Which of the words between spaces is it? -1: none. */
static int
word_index(const char *words, const char *value)
{
	size_t n = strlen(value);
	int i = 0;

	while (words != NULL && *words != '\0') {
		size_t word = strcspn(words, " ");

		if (word == n && memcmp(words, value, n) == 0)
			return i;
		words += word + (words[word] == ' ');
		i++;
	}
	return -1;
}

static const char *
put_text(struct reading *r, const struct conf_row *row, const char *value,
	 void *to)
{
	(void)row;
	if (*value == '\0')
		return "is empty; give a value, or remove the line";
	*(const char **)to = arena_text(r->keep, value);
	return NULL;
}

static const char *
put_path(struct reading *r, const struct conf_row *row, const char *value,
	 void *to)
{
	size_t dir = (size_t)(strrchr(r->file, '/') - r->file);

	if (*value == '\0' || *value == '/' ||
	    word_index(row->words, value) >= 0)
		return put_text(r, row, value, to);
	value = op_print(r->op, "%.*s/%s", (int)dir, r->file, value);
	*(const char **)to = arena_text(r->keep, value);
	return NULL;
}

static const char *
put_bool(struct reading *r, const struct conf_row *row, const char *value,
	 void *to)
{
	const char *words = row->words == NULL ? "yes no" : row->words;
	int i = word_index(words, value);
	size_t first = strcspn(words, " ");

	if (row->words == NULL && i < 0)
		i = word_index("true false", value);
	if (row->words == NULL && i < 0)
		i = word_index("on off", value);
	if (i < 0)
		return op_print(r->op, "is \"%s\"; write %.*s or %s", value,
				(int)first, words, words + first + 1);
	*(bool *)to = i == 0;
	return NULL;
}

static const char *
put_number(struct reading *r, const struct conf_row *row, const char *value,
	   void *to)
{
	int64_t number;

	if (!text_number(value, row->min, row->max, &number))
		return op_print(
			r->op, "is \"%s\"; write a number from %lld to %lld",
			value, (long long)row->min, (long long)row->max);
	*(unsigned *)to = (unsigned)number;
	return NULL;
}

static const struct size_unit {
	const char *name;
	unsigned shift;
} size_units[] = { { "KiB", 10 }, { "MiB", 20 }, { "GiB", 30 }, { "", 0 } };

/* What a number of bytes is best written as. */
static const char *
size_print(struct op *op, int64_t bytes)
{
	const struct size_unit *best = &size_units[COUNT(size_units) - 1];

	for (size_t i = 0; i < COUNT(size_units) - 1; i++) {
		if (bytes != 0 &&
		    bytes % (INT64_C(1) << size_units[i].shift) == 0)
			best = &size_units[i];
	}
	return op_print(op, "%lld%s", (long long)(bytes >> best->shift),
			best->name);
}

static const char *
put_size(struct reading *r, const struct conf_row *row, const char *value,
	 void *to)
{
	size_t digits = strspn(value, "0123456789");
	const char *number = op_text(r->op, value, digits);

	for (size_t i = 0; i < COUNT(size_units); i++) {
		int64_t scale = INT64_C(1) << size_units[i].shift, n;

		if (strcmp(value + digits, size_units[i].name) != 0 ||
		    !text_number(number, 0, row->max / scale, &n) ||
		    n * scale < row->min)
			continue;
		*(uint64_t *)to = (uint64_t)(n * scale);
		return NULL;
	}
	return op_print(r->op,
			"is \"%s\"; write a size from %s to %s, like 64KiB",
			value, size_print(r->op, row->min),
			size_print(r->op, row->max));
}

typedef const char *put_function(struct reading *r, const struct conf_row *row,
				 const char *value, void *to);

static put_function *const put_value[] = {
	[CONF_TEXT] = put_text, [CONF_PATH] = put_path,
	[CONF_BOOL] = put_bool, [CONF_NUMBER] = put_number,
	[CONF_SIZE] = put_size, [CONF_LIST] = put_text,
};

/* Reads one value; NULL, or what is wrong with it. */
static const char *
value_put(struct reading *r, const struct conf_row *row, const char *value,
	  void *to)
{
	const char *wrong;

	if (strlen(value) > CONF_VALUE_MAX)
		return "is longer than 4096 bytes; shorten it";
	wrong = row->check == NULL || *value == '\0' ? NULL : row->check(value);
	if (wrong != NULL)
		return op_print(r->op, "is \"%s\"; it has to be %s", value,
				wrong);
	return put_value[row->type](r, row, value, to);
}

/* The i-th value of a row, of one that is no list the only one. */
static const char *
row_put(struct reading *r, const struct conf_row *row, size_t i,
	const char *value)
{
	const char **list;

	if (row->type != CONF_LIST)
		return value_put(r, row, value, r->out + row->at);
	if (i >= CONF_LIST_MAX)
		return "has more than 256 values; use networks, like "
		       "10.0.0.0/8";
	if (i == 0) {
		list = arena_alloc(r->keep,
				   (CONF_LIST_MAX + 1) * sizeof(*list));
		memcpy(r->out + row->at, &list, sizeof(list));
	}
	memcpy(&list, r->out + row->at, sizeof(list));
	return value_put(r, row, value, &list[i]);
}

/* The preset of a row; a list's is taken apart at its spaces. */
static const char *
row_put_preset(struct reading *r, const struct conf_row *row)
{
	static const char *const none[] = { NULL };
	const char *const *list = none;
	const char *p = row->preset, *wrong = NULL;

	if (row->type == CONF_LIST)
		memcpy(r->out + row->at, &list, sizeof(list));
	else if (p != NULL)
		return row_put(r, row, 0, p);
	for (size_t i = 0; p != NULL && *p != '\0' && wrong == NULL; i++) {
		size_t n = strcspn(p, " ");

		wrong = row_put(r, row, i, op_text(r->op, p, n));
		p += n + (p[n] == ' ');
	}
	return wrong;
}

/* ---- libconfuse's callbacks ---- */

static void __attribute__((format(printf, 2, 0)))
lexer_wrong(cfg_t *cfg, const char *format, va_list ap)
{
	struct reading *r = lexer_reading;
	char text[WRONG_MAX];

	(void)vsnprintf(text, sizeof(text), format, ap);
	reading_wrong(r, (unsigned)cfg->line,
		      op_print(r->op,
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
		      op_print(r->op,
			       "%s is there twice, also in line %u; "
			       "remove one",
			       name, before));
	return -1;
}

/* Called for each value. What libconfuse keeps is not looked at again. */
static int
lexer_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct reading *r = lexer_reading;
	size_t i = row_find(r->table, cfg->name, opt->name);
	const struct conf_row *row = &r->table->rows[i];
	size_t nth = cfg_opt_size(opt) - 1; /* counted already */
	const char *wrong;

	*(const char **)result = value;
	if (nth == 0 && lexer_once(cfg, &r->line[i], row->name) != 0)
		return -1;
	wrong = row_put(r, row, nth, value);
	if (wrong == NULL)
		return 0;
	reading_wrong(r, (unsigned)cfg->line,
		      op_print(r->op, "%s %s", row->name, wrong));
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
	cfg_opt_t out = CFG_SEC(name, inside, CFGF_NONE);

	for (i = first; i < table->n; i++) {
		const struct conf_row *row = &table->rows[i];

		if (strncmp(row->name, table->rows[first].name, n) != 0)
			break;
		inside[i - first] = option_make(row, row->name + n);
	}
	inside[i - first] = (cfg_opt_t)CFG_END();
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
	cfg = cfg_init(options_make(r->op, r->table), CFGF_NONE);
	if (cfg != NULL)
		(void)cfg_set_error_function(cfg, lexer_wrong);
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
	struct reading r = { .op = op,
			     .file = file,
			     .table = table,
			     .keep = keep,
			     .out = out,
			     .line = line };
	const char *wrong = NULL;
	char *text = NULL;
	size_t n = 0;

	TRY(file_read(op, file, &text, &n));
	r.wrong = conf_scan(text, n, &r.wrong_line);
	memset(line, 0, table->n * sizeof(*line));
	for (size_t i = 0; i < table->n && wrong == NULL; i++)
		wrong = row_put_preset(&r, &table->rows[i]);
	if (wrong != NULL)
		return FAIL(op, ERR_INTERNAL, "a preset %s", wrong);
	if (r.wrong == NULL)
		reading_parse(&r, text);
	if (r.wrong != NULL)
		return FAIL(op, ERR_INVALID, "%s:%u: %s", file, r.wrong_line,
			    r.wrong);
	return OK;
}

static bool
text_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
conf_same(const struct conf_row *row, const void *a, const void *b)
{
	const char *pa = (const char *)a + row->at;
	const char *pb = (const char *)b + row->at;
	const char *const *la, *const *lb;

	switch (row->type) {
	case CONF_BOOL:
		return *(const bool *)pa == *(const bool *)pb;
	case CONF_NUMBER:
		return memcmp(pa, pb, sizeof(unsigned)) == 0;
	case CONF_SIZE:
		return memcmp(pa, pb, sizeof(uint64_t)) == 0;
	case CONF_LIST:
		memcpy(&la, pa, sizeof(la));
		memcpy(&lb, pb, sizeof(lb));
		for (; *la != NULL && text_same(*la, *lb); la++)
			lb++;
		return *la == NULL && *lb == NULL;
	case CONF_TEXT:
	case CONF_PATH:
		break;
	}
	memcpy(&la, pa, sizeof(la));
	memcpy(&lb, pb, sizeof(lb));
	return text_same((const char *)la, (const char *)lb);
}
