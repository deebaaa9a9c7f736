/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/transfer/record.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "cli/words.h"

#include <inttypes.h>
#include <string.h>

/* ---- write ---- */

static json_t *
text_write(const char *text)
{
	return text == NULL ? json_null() : json_string(text);
}

static json_t *
texts_write(const struct text_list *list)
{
	json_t *out = json_array();

	for (size_t i = 0; i < list->n; i++)
		(void)json_array_append_new(out, json_string(list->text[i]));
	return out;
}

static json_t *
list_write(struct op *op, const struct record_field *field,
	   const struct record_list *list)
{
	json_t *out = json_array();

	for (size_t i = 0; i < list->n; i++)
		(void)json_array_append_new(
			out, record_write(op, field->of,
					  (const char *)list->item +
						  i * field->of->size));
	return out;
}

static json_t *
time_write(struct op *op, int64_t instant)
{
	return instant == RECORD_NO_TIME ? json_null()
					 : words_time(op, instant);
}

static json_t *
field_write(struct op *op, const struct record_field *field, const void *at)
{
	switch (field->kind) {
	case RECORD_TEXT:
	case RECORD_TEXT_NULL:
	case RECORD_LINES:
		return text_write(*(const char *const *)at);
	case RECORD_NUMBER:
		return json_integer(*(const int64_t *)at);
	case RECORD_TIME:
	case RECORD_TIME_NULL:
		return time_write(op, *(const int64_t *)at);
	case RECORD_WORD:
		return json_string(field->words[*(const unsigned *)at - 1]);
	case RECORD_TEXTS:
		return texts_write(at);
	case RECORD_DIGEST:
		return json_string(
			text_hex(op, (struct bytes){ at, DIGEST_SIZE }));
	case RECORD_BYTES:
		return json_string(text_base64(op, *(const struct bytes *)at));
	case RECORD_LIST:
		return list_write(op, field, at);
	}
	return NULL;
}

json_t *
record_write(struct op *op, const struct record_type *type, const void *in)
{
	json_t *out = json_object();

	if (type->name != NULL)
		(void)json_object_set_new(out, "type", json_string(type->name));
	for (const struct record_field *f = type->field; f->key != NULL; f++)
		(void)json_object_set_new(
			out, f->key,
			field_write(op, f, (const char *)in + f->at));
	return out;
}

/* ---- read ---- */

static enum err
wrong(struct op *op, const char *key, const char *what)
{
	return FAIL(op, ERR_INVALID, "%s: it has to be %s", key, what);
}

static enum err
length_check(struct op *op, const struct record_field *field, size_t n)
{
	if (n > (size_t)field->max)
		return FAIL(op, ERR_LIMIT, "%s: longer than %" PRId64 " bytes",
			    field->key, field->max);
	if (n < (size_t)field->min)
		return FAIL(op, ERR_INVALID, "%s: it is empty", field->key);
	return OK;
}

/* jansson has let UTF-8 through only, and no NUL. */
static enum err
text_read(struct op *op, const struct record_field *field, const json_t *from,
	  const char **out)
{
	if (!json_is_string(from))
		return wrong(op, field->key, "a text");
	TRY(length_check(op, field, json_string_length(from)));
	*out = op_dup(op, json_string_value(from));
	if (field->kind == RECORD_LINES || text_clean(*out))
		return OK;
	return FAIL(op, ERR_INVALID, "%s: it has control characters",
		    field->key);
}

static enum err
number_read(struct op *op, const struct record_field *field, const json_t *from,
	    int64_t *out)
{
	if (!json_is_integer(from))
		return wrong(op, field->key, "a whole number");
	*out = json_integer_value(from);
	if (*out >= field->min && *out <= field->max)
		return OK;
	return FAIL(op, ERR_LIMIT, "%s: it is from %" PRId64 " to %" PRId64,
		    field->key, field->min, field->max);
}

/* Only as we write it. */
static enum err
time_read(struct op *op, const struct record_field *field, const json_t *from,
	  int64_t *out)
{
	const char *text = json_string_value(from);

	if (text == NULL || strlen(text) > CLOCK_XML_MAX ||
	    clock_read_xml(op, text, out, NULL) != OK ||
	    strcmp(clock_xml(op, *out), text) != 0)
		return wrong(op, field->key,
			     "a time like 2026-11-22T00:00:00Z");
	return OK;
}

static enum err
word_read(struct op *op, const struct record_field *field, const json_t *from,
	  unsigned *out)
{
	const char *text = json_string_value(from);

	for (unsigned i = 0; text != NULL && field->words[i] != NULL; i++) {
		if (strcmp(text, field->words[i]) != 0)
			continue;
		*out = i + 1;
		return OK;
	}
	return FAIL(op, ERR_INVALID, "%s: it is no word that may stand there",
		    field->key);
}

static enum err
array_check(struct op *op, const struct record_field *field, const json_t *from)
{
	if (!json_is_array(from))
		return wrong(op, field->key, "a list");
	if (json_array_size(from) > field->count)
		return FAIL(op, ERR_LIMIT, "%s: more than %zu", field->key,
			    field->count);
	return OK;
}

static enum err
texts_read(struct op *op, const struct record_field *field, const json_t *from,
	   struct text_list *out)
{
	const char **text;

	TRY(array_check(op, field, from));
	out->n = json_array_size(from);
	text = op_alloc(op, (out->n + 1) * sizeof(*text));
	for (size_t i = 0; i < out->n; i++)
		TRY(text_read(op, field, json_array_get(from, i), &text[i]));
	out->text = text;
	return OK;
}

static enum err
list_read(struct op *op, const struct record_field *field, const json_t *from,
	  struct record_list *out)
{
	TRY(array_check(op, field, from));
	out->n = json_array_size(from);
	out->item = op_alloc(op, (out->n + 1) * field->of->size);
	for (size_t i = 0; i < out->n; i++)
		TRY(record_read(op, field->of, json_array_get(from, i),
				(char *)out->item + i * field->of->size));
	return OK;
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c == '\0' ? NULL : strchr(digits, c);

	return found == NULL ? -1 : (int)(found - digits);
}

static enum err
digest_read(struct op *op, const struct record_field *field, const json_t *from,
	    uint8_t *out)
{
	const char *text = json_string_value(from);

	if (text == NULL || strlen(text) != 2 * (size_t)DIGEST_SIZE)
		return wrong(op, field->key, "64 digits of a SHA-256");
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		int high = hex_digit(text[2 * i]);
		int low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return wrong(op, field->key, "64 digits of a SHA-256");
		out[i] = (uint8_t)(high << 4 | low);
	}
	return OK;
}

static enum err
bytes_read(struct op *op, const struct record_field *field, const json_t *from,
	   struct bytes *out)
{
	if (!json_is_string(from) ||
	    text_base64_decode(op, json_string_value(from),
			       json_string_length(from), out) != OK)
		return wrong(op, field->key, "base64");
	return length_check(op, field, out->n);
}

static bool
is_null(const struct record_field *field, const json_t *from)
{
	return json_is_null(from) && (field->kind == RECORD_TEXT_NULL ||
				      field->kind == RECORD_TIME_NULL);
}

static void
null_read(const struct record_field *field, void *at)
{
	if (field->kind == RECORD_TEXT_NULL)
		*(const char **)at = NULL;
	else
		*(int64_t *)at = RECORD_NO_TIME;
}

static enum err
field_read(struct op *op, const struct record_field *field, const json_t *from,
	   void *at)
{
	switch (field->kind) {
	case RECORD_TEXT:
	case RECORD_TEXT_NULL:
	case RECORD_LINES:
		return text_read(op, field, from, at);
	case RECORD_NUMBER:
		return number_read(op, field, from, at);
	case RECORD_TIME:
	case RECORD_TIME_NULL:
		return time_read(op, field, from, at);
	case RECORD_WORD:
		return word_read(op, field, from, at);
	case RECORD_TEXTS:
		return texts_read(op, field, from, at);
	case RECORD_DIGEST:
		return digest_read(op, field, from, at);
	case RECORD_BYTES:
		return bytes_read(op, field, from, at);
	case RECORD_LIST:
		return list_read(op, field, from, at);
	}
	return FAIL(op, ERR_INTERNAL, "%s: of no kind", field->key);
}

static bool
is_known(const struct record_type *type, const char *key)
{
	if (type->name != NULL && strcmp(key, "type") == 0)
		return true;
	for (const struct record_field *f = type->field; f->key != NULL; f++)
		if (strcmp(f->key, key) == 0)
			return true;
	return false;
}

static enum err
keys_check(struct op *op, const struct record_type *type, json_t *from)
{
	void *at = json_object_iter(from);

	for (; at != NULL; at = json_object_iter_next(from, at))
		if (!is_known(type, json_object_iter_key(at)))
			return FAIL(op, ERR_INVALID, "'%.60s': nobody knows it",
				    json_object_iter_key(at));
	return OK;
}

enum err
record_read(struct op *op, const struct record_type *type, json_t *from,
	    void *out)
{
	if (!json_is_object(from))
		return FAIL(op, ERR_INVALID, "it is no object");
	TRY(keys_check(op, type, from));
	for (const struct record_field *f = type->field; f->key != NULL; f++) {
		json_t *value = json_object_get(from, f->key);
		void *at = (char *)out + f->at;

		if (value == NULL)
			return FAIL(op, ERR_INVALID, "it has no %s", f->key);
		if (is_null(f, value))
			null_read(f, at);
		else
			TRY(field_read(op, f, value, at));
	}
	return OK;
}
