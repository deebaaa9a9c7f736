/* SPDX-License-Identifier: Apache-2.0 */
#include "reply/reply.h"

#include "base/buf.h"
#include "base/idn.h"
#include "base/text.h"
#include "model/oof.h"
#include "reply/subject.h"
#include "wire/html.h"
#include "wire/html_value.h"
#include "wire/xsd.h"

#include <gmime/gmime.h>
#include <pthread.h>
#include <string.h>

#define ORIGINAL_MAX 2000 /* bytes of an encoded subject that is looked at */

/* ---- texts ---- */

static enum err
texts_make(struct op *op, const struct reply_wish *in, struct reply *out)
{
	size_t n = strlen(in->text);
	struct buf html, plain;

	if (n > OOF_MESSAGE_MAX)
		return FAIL(op, ERR_LIMIT, "a text of %zu bytes", n);
	buf_init(&html, op, n + 512, HTML_SAFE_MAX(n));
	buf_init(&plain, op, n + 512, HTML_PLAIN_MAX(n));
	html_safe(&html, in->text, in->lang);
	html_plain(&plain, in->text);
	TRY(buf_err(&html));
	TRY(buf_err(&plain));
	out->html = buf_text(&html);
	out->plain = buf_text(&plain);
	return OK;
}

/* Ends of lines in Unicode's eyes, and what changes the direction of writing
 * for the rest of a line that is not only its author's. */
static bool
is_line_breaking(uint32_t code)
{
	return code == 0x2028 || code == 0x2029 ||
	       (code >= 0x202a && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

/* A text for a header: one line, without what no header shows. */
static const char *
line_of(struct op *op, const char *text)
{
	struct bytes rest = bytes_of(mail_value(op, bytes_of(text)));
	struct buf out;

	buf_init(&out, op, rest.n + 1, rest.n + 1);
	while (rest.n > 0) {
		uint32_t code = html_literal(&rest);

		if (!is_line_breaking(code))
			html_put(&out, code);
	}
	return buf_text(&out);
}

/* The subject that is answered, decoded (RFC 2047). */
static const char *
original_subject(struct op *op, const struct mail_header *header)
{
	const char *raw = mail_find(header, "Subject");
	char *decoded;

	if (raw == NULL)
		return "";
	decoded = g_mime_utils_header_decode_text(
		NULL, text_head(op, raw, ORIGINAL_MAX));
	if (decoded == NULL)
		return "";
	raw = line_of(op, decoded);
	g_free(decoded);
	return raw;
}

/* ---- threading: E-33 ---- */

/* Old References, or the one id of In-Reply-To (RFC 5322 3.6.4). */
static size_t
ids_before(struct op *op, const struct mail_header *header,
	   const char *ids[REPLY_REFERENCES_MAX])
{
	const char *old = mail_find(header, "References"), *id;
	bool one = old == NULL;
	size_t n = 0;

	if (one)
		old = mail_find(header, "In-Reply-To");
	if (old == NULL)
		return 0;
	old = mail_bare(op, old);
	while ((id = mail_id(op, &old)) != NULL) {
		/* the first one stays, for it is whose thread it is */
		if (n == REPLY_REFERENCES_MAX) {
			memmove(ids + 1, ids + 2, (n - 2) * sizeof(*ids));
			n--;
		}
		ids[n++] = id;
	}
	return one && n > 1 ? 0 : n;
}

static const char *
answered_id(struct op *op, const struct mail_header *header)
{
	const char *value = mail_find(header, "Message-ID");

	if (value == NULL)
		return NULL;
	value = mail_bare(op, value);
	return mail_id(op, &value);
}

static void
thread_write(struct op *op, const struct mail_header *header, GMimeObject *mail)
{
	const char *id = answered_id(op, header);
	const char *ids[REPLY_REFERENCES_MAX];
	size_t n = ids_before(op, header, ids);
	struct buf list;

	if (id == NULL)
		return;
	buf_init(&list, op, 256,
		 (REPLY_REFERENCES_MAX + 1) * (size_t)(MAIL_ID_MAX + 1));
	for (size_t i = 0; i < n; i++)
		buf_printf(&list, "%s ", ids[i]);
	buf_puts(&list, id);
	g_mime_object_set_header(mail, "In-Reply-To", id, "utf-8");
	g_mime_object_set_header(mail, "References", buf_text(&list), "utf-8");
}

/* ---- the mail ---- */

static GMimeObject *
part_make(const char *subtype, const char *text, const char *lang)
{
	GMimePart *part = g_mime_part_new_with_type("text", subtype);
	GMimeStream *stream =
		g_mime_stream_mem_new_with_buffer(text, strlen(text));
	GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(
		stream, GMIME_CONTENT_ENCODING_DEFAULT);

	g_object_unref(stream);
	g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset",
						 "utf-8");
	g_mime_part_set_content(part, content);
	g_object_unref(content);
	g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64);
	if (lang != NULL && *lang != '\0')
		g_mime_object_set_header(GMIME_OBJECT(part), "Content-Language",
					 lang, "utf-8");
	return GMIME_OBJECT(part);
}

/* Lines of base64 content end as mail's do. */
static const char *
crlf(struct op *op, const char *text)
{
	size_t n = strlen(text);
	struct buf out;

	buf_init(&out, op, n + n / 16 + 16, 2 * n + 16);
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			buf_putc(&out, '\r');
		buf_putc(&out, *text);
	}
	return buf_text(&out);
}

static GMimeObject *
body_make(struct op *op, const struct reply_wish *in, const struct reply *texts)
{
	GMimeMultipart *body = g_mime_multipart_new_with_subtype("alternative");
	GMimeObject *plain =
		part_make("plain", crlf(op, texts->plain), in->lang);
	GMimeObject *html = part_make("html", crlf(op, texts->html), in->lang);

	g_mime_multipart_set_boundary(body, op_print(op, "=_%s", in->unique));
	g_mime_multipart_add(body, plain);
	g_mime_multipart_add(body, html);
	g_object_unref(plain);
	g_object_unref(html);
	return GMIME_OBJECT(body);
}

/* With its domain in the form of DNS. Nothing of it needs quotes: an address
 * of ours has atoms and dots alone (text_is_address). */
static const char *
address_written(struct op *op, const char *address)
{
	const char *domain = text_domain(address);

	return op_print(op, "%.*s@%s", (int)(domain - address) - 1, address,
			idn_fold(op, domain));
}

/* E-34; Precedence is for responders older than Auto-Submitted. */
static const struct {
	const char *name, *value;
} marks[] = {
	{ "Auto-Submitted", "auto-replied" },
	{ "X-Auto-Response-Suppress", "All" },
	{ "Precedence", "bulk" },
};

static void
header_write(struct op *op, const struct reply_wish *in,
	     const struct reply *texts, GMimeMessage *mail)
{
	const char *name = text_head(op, line_of(op, in->name), REPLY_NAME_MAX);
	GDateTime *date = g_date_time_new_from_unix_utc(in->now);

	g_mime_message_add_mailbox(mail, GMIME_ADDRESS_TYPE_FROM,
				   *name == '\0' ? NULL : name,
				   address_written(op, in->from));
	g_mime_message_add_mailbox(mail, GMIME_ADDRESS_TYPE_TO, NULL,
				   address_written(op, in->to));
	g_mime_message_set_subject(mail, texts->subject, "utf-8");
	g_mime_message_set_date(mail, date);
	g_date_time_unref(date);
	g_mime_message_set_message_id(mail, texts->message_id);
	thread_write(op, in->header, GMIME_OBJECT(mail));
	for (size_t i = 0; i < COUNT(marks); i++)
		g_mime_object_set_header(GMIME_OBJECT(mail), marks[i].name,
					 marks[i].value, "utf-8");
}

static struct bytes
object_bytes(struct op *op, GMimeObject *object, GMimeNewLineFormat newline)
{
	GMimeFormatOptions *options = g_mime_format_options_new();
	GMimeStream *stream = g_mime_stream_mem_new();
	const GByteArray *bytes;
	struct bytes out;

	g_mime_format_options_set_newline_format(options, newline);
	g_mime_object_write_to_stream(object, options, stream);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	out = op_bytes(op, (struct bytes){ bytes->data, bytes->len });
	g_object_unref(stream);
	g_mime_format_options_free(options);
	return out;
}

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text >= 0x80)
			return false;
	}
	return true;
}

static bool
is_unique(const char *text)
{
	size_t n = strspn(text, "0123456789abcdefghijklmnopqrstuvwxyz");

	return n > 0 && n <= REPLY_UNIQUE_MAX && text[n] == '\0';
}

static enum err
body_check(struct op *op, const struct reply_wish *in)
{
	if (!is_unique(in->unique))
		return FAIL(op, ERR_INVALID, "its id is none");
	if (in->lang != NULL && *in->lang != '\0' && !xsd_is_language(in->lang))
		return FAIL(op, ERR_INVALID, "its language is none");
	return OK;
}

static enum err
wish_check(struct op *op, const struct reply_wish *in)
{
	if (!text_is_address(in->from) || !text_is_address(in->to))
		return FAIL(op, ERR_INVALID, "an address of it is none");
	return body_check(op, in);
}

static void
library_begin(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, g_mime_init);
}

enum err
reply_write(struct op *op, const struct reply_wish *in, struct reply *out)
{
	GMimeMessage *mail;
	GMimeObject *body;

	*out = (struct reply){ 0 };
	TRY(wish_check(op, in));
	TRY(texts_make(op, in, out));
	library_begin();
	out->subject =
		subject_fill(op, subject_template(in->subjects, in->lang),
			     original_subject(op, in->header));
	out->utf8 = !is_ascii(idn_fold(op, in->from)) ||
		    !is_ascii(idn_fold(op, in->to));
	out->message_id = op_print(op, "oof.%s@%s", in->unique,
				   text_domain(idn_fold(op, in->from)));
	mail = g_mime_message_new(TRUE);
	header_write(op, in, out, mail);
	body = body_make(op, in, out);
	g_mime_message_set_mime_part(mail, body);
	g_object_unref(body);
	out->mail =
		object_bytes(op, GMIME_OBJECT(mail), GMIME_NEWLINE_FORMAT_DOS);
	g_object_unref(mail);
	return OK;
}

/* ---- parts of it, for who writes the rest by himself ---- */

enum err
reply_entity(struct op *op, const struct reply_wish *in, bool plain,
	     struct bytes *out)
{
	struct reply texts = { 0 };
	GMimeObject *body;

	TRY(body_check(op, in));
	TRY(texts_make(op, in, &texts));
	library_begin();
	body = plain ? body_make(op, in, &texts)
		     : part_make("html", crlf(op, texts.html), in->lang);
	*out = object_bytes(op, body, GMIME_NEWLINE_FORMAT_UNIX);
	g_object_unref(body);
	return OK;
}

const char *
reply_phrase(struct op *op, const char *name)
{
	static const char behind[] = " <x@y.z>";
	InternetAddress *one;
	const char *out;
	char *whole;

	name = text_head(op, line_of(op, name), REPLY_NAME_MAX);
	if (*name == '\0')
		return "";
	library_begin();
	one = internet_address_mailbox_new(name, "x@y.z");
	whole = internet_address_to_string(one, NULL, TRUE);
	out = line_of(op, op_text(op, whole, strlen(whole) - strlen(behind)));
	g_free(whole);
	g_object_unref(one);
	return out;
}
