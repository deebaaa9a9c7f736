/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * All that a store holds as lines of JSON (NDJSON): a first line with the
 * format, a line for each thing, a last line that counts them. The structs are
 * the lines; their tables are in transfer.c.
 */
#include "model/answered.h"
#include "verbs/transfer/record.h"

#define TRANSFER_FORMAT 1
#define TRANSFER_LINE_MAX (32 * MIB) /* a picture in all its sizes fits */
#define TRANSFER_LINES_MAX 4000000
#define TRANSFER_ALIASES_MAX 1200

enum transfer_kind {
	TRANSFER_DOMAIN,
	TRANSFER_MAILBOX,
	TRANSFER_PERSON,
	TRANSFER_OOF,
	TRANSFER_PHOTO,
	TRANSFER_HIDDEN,
	TRANSFER_CONTACTS,
	TRANSFER_ANSWERED,
	TRANSFER_OWNER,
	TRANSFER_KINDS,
};

extern const struct record_type transfer_type[TRANSFER_KINDS];

struct transfer_domain {
	const char *name, *organization;
};

struct transfer_mailbox {
	const char *address, *name, *zone, *password;
	unsigned external; /* enum oof_audience */
	struct text_list aliases;
};

struct transfer_person {
	const char *address, *source, *uid, *login;
	unsigned state; /* enum person_state */
	int64_t checked;
	struct text_list given; /* aliases that the source told of */
};

struct transfer_oof {
	const char *address;
	unsigned state;    /* enum oof_state */
	unsigned audience; /* enum oof_audience */
	int64_t start, end;
	const char *internal, *internal_lang, *external, *external_lang;
	int64_t period, changed;
};

struct transfer_variant {
	int64_t edge;
	struct bytes jpeg;
};

struct transfer_photo {
	const char *address;
	int64_t width, height, changed;
	uint8_t source[32];
	struct record_list variants; /* struct transfer_variant */
};

struct transfer_hidden {
	const char *address;
};

struct transfer_card {
	const char *card, *tag, *name;
	struct text_list addresses;
};

struct transfer_contacts {
	const char *address; /* NULL: what many share */
	const char *origin, *place, *token;
	struct record_list cards; /* struct transfer_card */
};

struct transfer_answer {
	const char *sender, *to, *message_id, *via, *reason;
	int64_t period, at, settled;
	unsigned text;  /* 1: internal, 2: external */
	unsigned state; /* behind enum answered_state: from 1 on */
};

struct transfer_answered {
	const char *address;
	struct record_list answers; /* struct transfer_answer, oldest first */
};

struct transfer_owner {
	const char *address, *account;
};

/* Room for any of them. */
union transfer_room {
	struct transfer_domain domain;
	struct transfer_mailbox mailbox;
	struct transfer_person person;
	struct transfer_oof oof;
	struct transfer_photo photo;
	struct transfer_hidden hidden;
	struct transfer_contacts contacts;
	struct transfer_answered answered;
	struct transfer_owner owner;
};

/* The first and the last line, made and read. */
json_t *transfer_first(void);
json_t *transfer_last(const size_t count[TRANSFER_KINDS]);

/* ERR_INVALID: it is no such line, of another format, or counts otherwise. */
enum err transfer_first_read(struct op *op, const json_t *line);
enum err transfer_last_read(struct op *op, const json_t *line,
			    const size_t count[TRANSFER_KINDS]);
bool transfer_is_last(const json_t *line);

/* Any other line, with what belongs together in it checked, too. */
enum err transfer_read(struct op *op, json_t *line, enum transfer_kind *kind,
		       union transfer_room *out);

/* Whom a mailbox answered, as a line and back. What is on its way goes out as
 * ANSWERED_UNKNOWN: elsewhere nobody will know what became of it. */
void transfer_answered_of(struct op *op, const struct answered_list *in,
			  struct transfer_answered *out);
struct answered_list transfer_answered_list(struct op *op,
					    const struct transfer_answered *in);

/* Whose it is: the address of each struct but a domain's; NULL: nobody's. */
const char *transfer_address(enum transfer_kind kind,
			     const union transfer_room *room);
