/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The messages of Autodiscover as tables: GetUserSettings of [MS-OXWSADISC],
 * and the older form without an envelope, which is called POX.
 */
#include "wire/xsd.h"

#define DISCOVER_USERS_MAX 100    /* of one request */
#define DISCOVER_SETTINGS_MAX 100 /* of one request */

enum discover_code { /* a:ErrorCode */
		     DISCOVER_NO_ERROR = 1,
		     DISCOVER_INVALID_REQUEST,
		     DISCOVER_INVALID_SETTING,
		     DISCOVER_INVALID_USER,
		     DISCOVER_NOT_AVAILABLE,
		     DISCOVER_NOT_FEDERATED,
};

/* ---- the header of a request ---- */

struct discover_text { /* an element that is nothing but its text */
	const char *text;
};

/* ---- GetUserSettings: what is asked ---- */

struct discover_user {
	const char *mailbox;
};

struct discover_users {
	struct discover_user *user;
	size_t user_n;
};

struct discover_names {
	struct discover_text *setting;
	size_t setting_n;
};

struct discover_request {
	struct discover_users users;
	struct discover_names names;
};

struct discover_message {
	struct discover_request request;
};

/* ---- what is answered, in the order of a serializer ---- */

struct discover_nil {
	bool nil;
};

struct discover_setting {
	bool string; /* the only type that we send */
	const char *name, *value;
};

struct discover_setting_error {
	unsigned code; /* enum discover_code */
	const char *message, *name;
};

struct discover_settings {
	struct discover_setting *setting;
	size_t setting_n;
};

struct discover_setting_errors {
	struct discover_setting_error *error;
	size_t error_n;
};

struct discover_user_response {
	unsigned code; /* enum discover_code */
	const char *message;
	struct discover_nil redirect;
	struct discover_setting_errors errors;
	struct discover_settings settings;
};

struct discover_user_responses {
	struct discover_user_response *user;
	size_t user_n;
};

struct discover_response {
	bool declared; /* the prefix i, once for all inside */
	unsigned code; /* enum discover_code */
	const char *message;
	struct discover_user_responses *users; /* NULL: refused */
};

struct discover_answer {
	struct discover_response response;
};

/* ---- POX ---- */

struct pox_query {
	const char *address, *dn; /* one of them */
	const char *schema;       /* of the answer that is wanted */
};

struct pox_request {
	struct pox_query query;
};

struct pox_error {
	const char *time, *id;
	int code;
	const char *message;
	bool debug; /* an empty DebugData */
};

struct pox_failure {
	struct pox_error error;
};

struct pox_refusal {
	struct pox_failure response;
};

struct pox_user {
	const char *name, *address;
};

struct pox_protocol {
	const char *type, *server, *ssl, *auth; /* NULL: not sent */
	const char *as_url, *oof_url, *ews_url;
};

struct pox_account {
	bool email, settings;
	struct pox_protocol *protocol;
	size_t protocol_n;
};

struct pox_found {
	struct pox_user user;
	struct pox_account account;
};

struct pox_answer {
	struct pox_found response;
};

extern const struct xsd_words discover_codes;
extern const struct xsd_type discover_text_type, discover_message_type,
	discover_answer_type, pox_request_type, pox_refusal_type,
	pox_answer_type;
