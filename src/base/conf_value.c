/* SPDX-License-Identifier: Apache-2.0 */

/* One value: what each type of row takes. */
#include "base/conf_value.h"

#include "base/text.h"

#include <string.h>

int
conf_word(const char *words, const char *value)
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
put_text(const struct conf_place *to, const struct conf_row *row,
	 const char *value, void *at)
{
	(void)row;
	if (*value == '\0')
		return "is empty; give a value, or remove the line";
	*(const char **)at = arena_text(to->keep, value);
	return NULL;
}

/* One of the words, or, as "https:*" has it, something that begins so. */
static bool
is_no_path(const char *words, const char *value)
{
	while (words != NULL && *words != '\0') {
		size_t n = strcspn(words, " ");

		if (n > 0 && words[n - 1] == '*'
			    ? strncmp(words, value, n - 1) == 0
			    : strlen(value) == n &&
				      memcmp(words, value, n) == 0)
			return true;
		words += n + (words[n] == ' ');
	}
	return false;
}

static const char *
put_path(const struct conf_place *to, const struct conf_row *row,
	 const char *value, void *at)
{
	size_t dir = (size_t)(strrchr(to->file, '/') - to->file);

	if (*value == '\0' || *value == '/' || is_no_path(row->words, value))
		return put_text(to, row, value, at);
	value = op_print(to->op, "%.*s/%s", (int)dir, to->file, value);
	*(const char **)at = arena_text(to->keep, value);
	return NULL;
}

static const char *
put_bool(const struct conf_place *to, const struct conf_row *row,
	 const char *value, void *at)
{
	const char *words = row->words == NULL ? "yes no" : row->words;
	int i = conf_word(words, value);
	size_t first = strcspn(words, " ");

	if (row->words == NULL && i < 0)
		i = conf_word("true false", value);
	if (row->words == NULL && i < 0)
		i = conf_word("on off", value);
	if (i < 0)
		return op_print(to->op, "is \"%s\"; write %.*s or %s", value,
				(int)first, words, words + first + 1);
	*(bool *)at = i == 0;
	return NULL;
}

static const char *
put_number(const struct conf_place *to, const struct conf_row *row,
	   const char *value, void *at)
{
	int64_t number;

	if (!text_number(value, row->min, row->max, &number))
		return op_print(
			to->op, "is \"%s\"; write a number from %lld to %lld",
			value, (long long)row->min, (long long)row->max);
	*(unsigned *)at = (unsigned)number;
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
put_size(const struct conf_place *to, const struct conf_row *row,
	 const char *value, void *at)
{
	size_t digits = strspn(value, "0123456789");
	const char *number = op_text(to->op, value, digits);

	for (size_t i = 0; i < COUNT(size_units); i++) {
		int64_t scale = INT64_C(1) << size_units[i].shift, n;

		if (strcmp(value + digits, size_units[i].name) != 0 ||
		    !text_number(number, 0, row->max / scale, &n) ||
		    n * scale < row->min)
			continue;
		*(uint64_t *)at = (uint64_t)(n * scale);
		return NULL;
	}
	return op_print(to->op,
			"is \"%s\"; write a size from %s to %s, like 64KiB",
			value, size_print(to->op, row->min),
			size_print(to->op, row->max));
}

typedef const char *put_function(const struct conf_place *to,
				 const struct conf_row *row, const char *value,
				 void *at);

static put_function *const put_value[] = {
	[CONF_TEXT] = put_text, [CONF_PATH] = put_path,
	[CONF_BOOL] = put_bool, [CONF_NUMBER] = put_number,
	[CONF_SIZE] = put_size, [CONF_LIST] = put_text,
};

/* Reads one value; NULL, or what is wrong with it. */
static const char *
value_put(const struct conf_place *to, const struct conf_row *row,
	  const char *value, void *at)
{
	const char *wrong;

	if (strlen(value) > CONF_VALUE_MAX)
		return "is longer than 4096 bytes; shorten it";
	wrong = row->check == NULL || *value == '\0' ? NULL : row->check(value);
	if (wrong != NULL)
		return op_print(to->op, "is \"%s\"; it has to be %s", value,
				wrong);
	return put_value[row->type](to, row, value, at);
}

const char *
conf_value_put(const struct conf_place *to, const struct conf_row *row,
	       size_t nth, const char *value)
{
	const char **list;

	if (row->type != CONF_LIST)
		return value_put(to, row, value, to->out + row->at);
	if (nth >= CONF_LIST_MAX)
		return "has more than 256 values; shorten the list";
	if (nth == 0) {
		list = arena_alloc(to->keep,
				   (CONF_LIST_MAX + 1) * sizeof(*list));
		memcpy(to->out + row->at, &list, sizeof(list));
	}
	memcpy(&list, to->out + row->at, sizeof(list));
	return value_put(to, row, value, &list[nth]);
}

const char *
conf_value_preset(const struct conf_place *to, const struct conf_row *row)
{
	static const char *const none[] = { NULL };
	const char *const *list = none;
	const char *p = row->preset, *wrong = NULL;

	if (row->type == CONF_LIST)
		memcpy(to->out + row->at, &list, sizeof(list));
	else if (p != NULL)
		return conf_value_put(to, row, 0, p);
	for (size_t i = 0; p != NULL && *p != '\0' && wrong == NULL; i++) {
		size_t n = strcspn(p, " ");

		wrong = conf_value_put(to, row, i, op_text(to->op, p, n));
		p += n + (p[n] == ' ');
	}
	return wrong;
}

static bool
text_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
conf_value_same(const struct conf_row *row, const void *a, const void *b)
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

static void
print_text(struct buf *buf, const char *text)
{
	if (text == NULL)
		buf_puts(buf, "-;");
	else
		buf_printf(buf, "%zu:%s;", strlen(text), text);
}

void
conf_value_print(struct buf *buf, const struct conf_row *row, const void *in)
{
	const char *p = (const char *)in + row->at;
	const char *const *list;
	unsigned number;
	uint64_t size;

	switch (row->type) {
	case CONF_BOOL:
		buf_puts(buf, *(const bool *)p ? "1;" : "0;");
		return;
	case CONF_NUMBER:
		memcpy(&number, p, sizeof(number));
		buf_printf(buf, "%u;", number);
		return;
	case CONF_SIZE:
		memcpy(&size, p, sizeof(size));
		buf_printf(buf, "%llu;", (unsigned long long)size);
		return;
	case CONF_LIST:
		memcpy(&list, p, sizeof(list));
		for (; *list != NULL; list++)
			print_text(buf, *list);
		print_text(buf, NULL);
		return;
	case CONF_TEXT:
	case CONF_PATH:
		break;
	}
	memcpy(&list, p, sizeof(list));
	print_text(buf, (const char *)list);
}
