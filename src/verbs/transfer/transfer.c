/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/transfer/transfer.h"
#include "base/clock.h"
#include "base/idn.h"
#include "base/text.h"
#include "model/image_wire.h"
#include "verbs/absence.h"
#include "verbs/mailbox.h"

#include <string.h>

#define HASH_MAX 511         /* bytes of a password's */
#define ORGANIZATION_MAX 255 /* bytes */
#define ZONE_MAX 64          /* bytes */
#define JPEG_MIN 4           /* bytes */
#define EDGE_LONGEST 65500   /* pixels of a JPEG */

/* ---- the tables ---- */

static const char *const audiences[] = { "none", "known", "all", NULL };
static const char *const states[] = { "disabled", "enabled", "scheduled",
				      NULL };
static const char *const side_words[] = { "internal", "external", NULL };
static const char *const settled_words[] = { "sent", "failed", "unknown",
					     NULL };
static const char *const persons[] = { "active", "disabled", "gone", NULL };

#define AT(type, member) offsetof(struct transfer_##type, member)
#define ADDRESS(type)                                                          \
	{                                                                      \
		.key = "address", .kind = RECORD_TEXT,                         \
		.at = AT(type, address), .min = 1, .max = ADDRESS_MAX          \
	}
#define TEXT(type, member, least, most)                                        \
	{                                                                      \
		.key = #member, .kind = RECORD_TEXT, .at = AT(type, member),   \
		.min = (least), .max = (most)                                  \
	}
#define OR_NULL(type, member, least, most)                                     \
	{                                                                      \
		.key = #member, .kind = RECORD_TEXT_NULL,                      \
		.at = AT(type, member), .min = (least), .max = (most)          \
	}
#define LINES(type, member, most)                                              \
	{                                                                      \
		.key = #member, .kind = RECORD_LINES, .at = AT(type, member),  \
		.max = (most)                                                  \
	}
#define NUMBER(type, member, least, most)                                      \
	{                                                                      \
		.key = #member, .kind = RECORD_NUMBER, .at = AT(type, member), \
		.min = (least), .max = (most)                                  \
	}
#define TIME(type, member, how)                                                \
	{                                                                      \
		.key = #member, .kind = (how), .at = AT(type, member)          \
	}
#define WORD(type, member, list)                                               \
	{                                                                      \
		.key = #member, .kind = RECORD_WORD, .at = AT(type, member),   \
		.words = (list)                                                \
	}
#define TEXTS(type, member, most, many)                                        \
	{                                                                      \
		.key = #member, .kind = RECORD_TEXTS, .at = AT(type, member),  \
		.min = 1, .max = (most), .count = (many)                       \
	}
#define LIST(type, member, many, what)                                         \
	{                                                                      \
		.key = #member, .kind = RECORD_LIST, .at = AT(type, member),   \
		.count = (many), .of = (what)                                  \
	}
#define END                                                                    \
	{                                                                      \
		.key = NULL                                                    \
	}

static const struct record_field domain_fields[] = {
	TEXT(domain, name, 1, DOMAIN_MAX),
	TEXT(domain, organization, 0, ORGANIZATION_MAX),
	END,
};

static const struct record_field mailbox_fields[] = {
	ADDRESS(mailbox),
	TEXT(mailbox, name, 0, MAILBOX_NAME_MAX),
	TEXTS(mailbox, aliases, ADDRESS_MAX, TRANSFER_ALIASES_MAX),
	OR_NULL(mailbox, zone, 1, ZONE_MAX),
	WORD(mailbox, external, audiences),
	OR_NULL(mailbox, password, 1, HASH_MAX),
	END,
};

static const struct record_field person_fields[] = {
	ADDRESS(person),
	TEXT(person, source, 1, PERSON_UID_MAX),
	TEXT(person, uid, 1, PERSON_UID_MAX),
	TEXT(person, login, 0, PERSON_LOGIN_MAX),
	WORD(person, state, persons),
	TIME(person, checked, RECORD_TIME),
	TEXTS(person, given, ADDRESS_MAX, TRANSFER_ALIASES_MAX),
	END,
};

static const struct record_field oof_fields[] = {
	ADDRESS(oof),
	WORD(oof, state, states),
	WORD(oof, audience, audiences),
	TIME(oof, start, RECORD_TIME_NULL),
	TIME(oof, end, RECORD_TIME_NULL),
	LINES(oof, internal, OOF_MESSAGE_MAX),
	TEXT(oof, internal_lang, 0, OOF_LANG_MAX),
	LINES(oof, external, OOF_MESSAGE_MAX),
	TEXT(oof, external_lang, 0, OOF_LANG_MAX),
	NUMBER(oof, period, 0, INT64_MAX - 1),
	TIME(oof, changed, RECORD_TIME),
	END,
};

static const struct record_field variant_fields[] = {
	NUMBER(variant, edge, 1, PHOTO_EDGE_MAX),
	{ .key = "jpeg",
	  .kind = RECORD_BYTES,
	  .at = AT(variant, jpeg),
	  .min = JPEG_MIN,
	  .max = IMAGE_WIRE_JPEG_MAX },
	END,
};

static const struct record_type variant_type = {
	.size = sizeof(struct transfer_variant),
	.field = variant_fields,
};

static const struct record_field photo_fields[] = {
	ADDRESS(photo),
	NUMBER(photo, width, 1, EDGE_LONGEST),
	NUMBER(photo, height, 1, EDGE_LONGEST),
	TIME(photo, changed, RECORD_TIME),
	{ .key = "source", .kind = RECORD_DIGEST, .at = AT(photo, source) },
	LIST(photo, variants, PHOTO_VARIANTS_MAX, &variant_type),
	END,
};

static const struct record_field hidden_fields[] = {
	ADDRESS(hidden),
	END,
};

static const struct record_field card_fields[] = {
	TEXT(card, card, 0, CONTACT_TEXT_MAX),
	TEXT(card, tag, 0, CONTACT_TEXT_MAX),
	TEXT(card, name, 0, CONTACT_NAME_MAX),
	TEXTS(card, addresses, ADDRESS_MAX, CONTACT_ADDRESSES_MAX),
	END,
};

static const struct record_type card_type = {
	.size = sizeof(struct transfer_card),
	.field = card_fields,
};

static const struct record_field contacts_fields[] = {
	OR_NULL(contacts, address, 1, ADDRESS_MAX),
	TEXT(contacts, origin, 1, CONTACT_ORIGIN_MAX),
	TEXT(contacts, place, 0, CONTACT_TEXT_MAX),
	TEXT(contacts, token, 0, CONTACT_TEXT_MAX),
	LIST(contacts, cards, CONTACTS_MAX, &card_type),
	END,
};

static const struct record_field answer_fields[] = {
	NUMBER(answer, period, 0, INT64_MAX - 1),
	TEXT(answer, sender, 0, ANSWERED_TEXT_MAX),
	TEXT(answer, to, 0, ANSWERED_TEXT_MAX),
	TEXT(answer, message_id, 0, ANSWERED_TEXT_MAX),
	WORD(answer, text, side_words),
	WORD(answer, state, settled_words),
	TIME(answer, at, RECORD_TIME),
	TIME(answer, settled, RECORD_TIME),
	TEXT(answer, via, 0, ANSWERED_TEXT_MAX),
	LINES(answer, reason, ANSWERED_TEXT_MAX),
	END,
};

static const struct record_type answer_type = {
	.size = sizeof(struct transfer_answer),
	.field = answer_fields,
};

static const struct record_field answered_fields[] = {
	ADDRESS(answered),
	LIST(answered, answers, ANSWERED_MAX, &answer_type),
	END,
};

static const struct record_field owner_fields[] = {
	ADDRESS(owner),
	TEXT(owner, account, 1, ADDRESS_MAX),
	END,
};

#define TYPE(word)                                                             \
	{                                                                      \
		.name = #word, .size = sizeof(struct transfer_##word),         \
		.field = word##_fields                                         \
	}

const struct record_type transfer_type[TRANSFER_KINDS] = {
	[TRANSFER_DOMAIN] = TYPE(domain),
	[TRANSFER_MAILBOX] = TYPE(mailbox),
	[TRANSFER_PERSON] = TYPE(person),
	[TRANSFER_OOF] = TYPE(oof),
	[TRANSFER_PHOTO] = TYPE(photo),
	[TRANSFER_HIDDEN] = TYPE(hidden),
	[TRANSFER_CONTACTS] = TYPE(contacts),
	[TRANSFER_ANSWERED] = TYPE(answered),
	[TRANSFER_OWNER] = TYPE(owner),
};

/* ---- the first and the last line ---- */

static const char first_word[] = "frontdesk", last_word[] = "end";

static bool
is_of_type(const json_t *line, const char *type)
{
	const char *word = json_string_value(json_object_get(line, "type"));

	return word != NULL && strcmp(word, type) == 0;
}

json_t *
transfer_first(void)
{
	return json_pack("{s:s,s:i}", "type", first_word, "format",
			 TRANSFER_FORMAT);
}

enum err
transfer_first_read(struct op *op, const json_t *line)
{
	const json_t *format = json_object_get(line, "format");

	if (!is_of_type(line, first_word) || !json_is_integer(format))
		return FAIL(op, ERR_INVALID,
			    "it does not begin as a file of frontdesk export");
	if (json_integer_value(format) != TRANSFER_FORMAT)
		return FAIL(op, ERR_INVALID,
			    "it is of format %" JSON_INTEGER_FORMAT
			    ", and this program knows %d",
			    json_integer_value(format), TRANSFER_FORMAT);
	if (json_object_size(line) != 2)
		return FAIL(op, ERR_INVALID, "it has more than that");
	return OK;
}

json_t *
transfer_last(const size_t count[TRANSFER_KINDS])
{
	json_t *line = json_pack("{s:s}", "type", last_word);

	for (size_t i = 0; i < TRANSFER_KINDS; i++)
		(void)json_object_set_new(line, transfer_type[i].name,
					  json_integer((json_int_t)count[i]));
	return line;
}

bool
transfer_is_last(const json_t *line)
{
	return is_of_type(line, last_word);
}

enum err
transfer_last_read(struct op *op, const json_t *line,
		   const size_t count[TRANSFER_KINDS])
{
	size_t known = 1; /* its type */

	for (size_t i = 0; i < TRANSFER_KINDS; i++) {
		const json_t *n = json_object_get(line, transfer_type[i].name);

		known += n != NULL;
		if (n == NULL && count[i] == 0 && i == TRANSFER_ANSWERED)
			continue; /* older programs know none */
		if (!json_is_integer(n) ||
		    json_integer_value(n) != (json_int_t)count[i])
			return FAIL(op, ERR_INVALID,
				    "it counts otherwise than there is: "
				    "%zu of %s",
				    count[i], transfer_type[i].name);
	}
	if (json_object_size(line) != known)
		return FAIL(op, ERR_INVALID, "it has more than counts");
	return OK;
}

/* ---- what belongs together ---- */

static enum err
address_check(struct op *op, const char *address)
{
	if (text_is_address(address) &&
	    strcmp(idn_fold(op, address), address) == 0 &&
	    idn_is_name(text_domain(address)))
		return OK;
	return FAIL(op, ERR_INVALID, "'%s' is no mail address in small letters",
		    address);
}

static enum err
domain_check(struct op *op, const struct transfer_domain *in)
{
	if (text_is_domain(in->name) && idn_is_name(in->name) &&
	    strcmp(idn_fold(op, in->name), in->name) == 0)
		return OK;
	return FAIL(op, ERR_INVALID, "'%s' is no domain", in->name);
}

static enum err
addresses_check(struct op *op, const struct text_list *in)
{
	for (size_t i = 0; i < in->n; i++)
		TRY(address_check(op, in->text[i]));
	return OK;
}

static enum err
mailbox_check(struct op *op, const struct transfer_mailbox *in)
{
	TRY(addresses_check(op, &in->aliases));
	if (in->zone != NULL && !clock_is_zone(in->zone))
		return FAIL(op, ERR_INVALID, "'%s' is no time zone", in->zone);
	return OK;
}

static enum err
oof_check_line(struct op *op, const struct transfer_oof *in)
{
	bool starts = in->start != RECORD_NO_TIME;
	bool ends = in->end != RECORD_NO_TIME;

	if (starts != ends || (starts && in->start >= in->end) ||
	    (in->state == OOF_SCHEDULED && !starts))
		return FAIL(op, ERR_INVALID, "start and end do not fit");
	if ((*in->internal_lang != '\0' &&
	     !absence_is_lang(in->internal_lang)) ||
	    (*in->external_lang != '\0' && !absence_is_lang(in->external_lang)))
		return FAIL(op, ERR_INVALID, "it names no language");
	return OK;
}

/* Does it begin and end as a JPEG does? Nobody decodes it again. */
static bool
is_jpeg(struct bytes b)
{
	return b.n >= JPEG_MIN && b.p[0] == 0xff && b.p[1] == 0xd8 &&
	       b.p[2] == 0xff && b.p[b.n - 2] == 0xff && b.p[b.n - 1] == 0xd9;
}

static enum err
photo_check(struct op *op, const struct transfer_photo *in)
{
	const struct transfer_variant *variant = in->variants.item;
	int64_t last = 0;

	if (in->width * in->height > PHOTO_PIXELS_MAX)
		return FAIL(op, ERR_LIMIT, "more than %d pixels",
			    PHOTO_PIXELS_MAX);
	if (in->variants.n == 0)
		return FAIL(op, ERR_INVALID, "it has no variants");
	for (size_t i = 0; i < in->variants.n; i++) {
		if (variant[i].edge <= last)
			return FAIL(op, ERR_INVALID,
				    "its variants do not rise");
		if (!is_jpeg(variant[i].jpeg))
			return FAIL(op, ERR_INVALID, "a variant is no JPEG");
		last = variant[i].edge;
	}
	return OK;
}

static enum err
together_check(struct op *op, enum transfer_kind kind,
	       const union transfer_room *in)
{
	switch (kind) {
	case TRANSFER_DOMAIN:
		return domain_check(op, &in->domain);
	case TRANSFER_MAILBOX:
		return mailbox_check(op, &in->mailbox);
	case TRANSFER_PERSON:
		return addresses_check(op, &in->person.given);
	case TRANSFER_OOF:
		return oof_check_line(op, &in->oof);
	case TRANSFER_PHOTO:
		return photo_check(op, &in->photo);
	case TRANSFER_OWNER:
		return address_check(op, in->owner.account);
	default:
		return OK;
	}
}

const char *
transfer_address(enum transfer_kind kind, const union transfer_room *room)
{
	switch (kind) {
	case TRANSFER_MAILBOX:
		return room->mailbox.address;
	case TRANSFER_PERSON:
		return room->person.address;
	case TRANSFER_OOF:
		return room->oof.address;
	case TRANSFER_PHOTO:
		return room->photo.address;
	case TRANSFER_HIDDEN:
		return room->hidden.address;
	case TRANSFER_CONTACTS:
		return room->contacts.address;
	case TRANSFER_ANSWERED:
		return room->answered.address;
	case TRANSFER_OWNER:
		return room->owner.address;
	default:
		return NULL;
	}
}

static enum err
kind_read(struct op *op, const json_t *line, enum transfer_kind *out)
{
	const char *word = json_string_value(json_object_get(line, "type"));

	for (size_t i = 0; i < TRANSFER_KINDS; i++)
		if (is_of_type(line, transfer_type[i].name)) {
			*out = (enum transfer_kind)i;
			return OK;
		}
	return FAIL(op, ERR_INVALID, "there is no type '%.60s'",
		    word == NULL ? "" : word);
}

enum err
transfer_read(struct op *op, json_t *line, enum transfer_kind *kind,
	      union transfer_room *out)
{
	const char *address;
	enum err err;

	TRY(kind_read(op, line, kind));
	memset(out, 0, sizeof(*out));
	err = record_read(op, &transfer_type[*kind], line, out);
	if (err == OK) {
		address = transfer_address(*kind, out);
		if (address != NULL)
			err = address_check(op, address);
	}
	if (err == OK)
		err = together_check(op, *kind, out);
	if (err != OK)
		return FAIL(op, err, "%s: %s", transfer_type[*kind].name,
			    op->reason);
	return OK;
}
