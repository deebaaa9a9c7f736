/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Envelope, header and fault of SOAP 1.1 and 1.2, as Exchange's clients know
 * them. The version that came in goes out.
 */
#include "wire/xsd.h"

enum soap_version { SOAP_11 = 1, SOAP_12 };

/* How the faults of an operation look. */
enum soap_shape {
	SOAP_SHAPE_2010 = 1, /* every operation but the two of [MS-OXWOOF] */
	SOAP_SHAPE_OOF,      /* theirs: 2.2.4 */
	SOAP_SHAPE_DISCOVER, /* Autodiscover's: as 2010, under its own header */
};

/* What a fault says: a row of the table in soap_fault.c. */
enum soap_code {
	SOAP_ACCESS_DENIED = 1,
	SOAP_IMPERSONATE_USER_DENIED,
	SOAP_INTERNAL_SERVER_ERROR,
	SOAP_INTERNAL_SERVER_TRANSIENT_ERROR,
	SOAP_INVALID_IMPERSONATION_HEADER,
	SOAP_INVALID_OPERATION,
	SOAP_INVALID_REQUEST,
	SOAP_INVALID_SERVER_VERSION,
	SOAP_MAILBOX_STORE_UNAVAILABLE,
	SOAP_MISSING_SERVER_VERSION,
	SOAP_MORE_THAN_ONE_ACCESS_MODE,
	SOAP_MUST_UNDERSTAND,
	SOAP_NONEXISTENT_MAILBOX,
	SOAP_SCHEMA_VALIDATION,
	SOAP_SERVER_BUSY,
	SOAP_VERSION_MISMATCH,
	SOAP_CODE_COUNT,
};

struct soap_fault {
	enum soap_code code;
	struct xml_fault at; /* SCHEMA_VALIDATION: what and where */
	/* One named value for programs: BackOffMilliseconds, SmtpAddress. */
	const char *value_name, *value;
	/* An exception's text as the specification prints it, and its number,
	 * in place of the row's; only in SOAP_SHAPE_OOF. NULL: the row's. */
	const char *exception, *exception_code;
	const char *relates; /* MessageID of the request; only in
				SOAP_SHAPE_DISCOVER. NULL: none */
};

/* The code as clients know it, "ErrorAccessDenied". */
const char *soap_code_name(enum soap_code code);
int soap_code_status(enum soap_code code); /* of HTTP */

struct soap_request {
	enum soap_version version;
	const struct xml_node *header;    /* NULL: none */
	const struct xml_node *operation; /* in Body */
	const struct xml_node *beside;    /* a RequestServerVersion beside it,
					     as zeep sends it; NULL: none */
};

/*
 * Takes an envelope apart. ERR_INVALID, ERR_LIMIT: *fault says why; *out holds
 * what was found until then, its version always.
 */
enum err soap_read(struct op *op, struct bytes document,
		   struct soap_request *out, struct soap_fault *fault);

/* The answer around its body: declaration, ServerVersionInfo, <Body>. */
#define SOAP_PREFIX "s" /* of an envelope of ours, where it does not matter */
void soap_begin(struct buf *buf, enum soap_version version, const char *prefix);
void soap_end(struct buf *buf, const char *prefix);

/* The same with Autodiscover's header: WS-Addressing and a ServerVersionInfo
 * of child elements. relates: the MessageID of the request; NULL: none. */
void soap_begin_discover(struct buf *buf, enum soap_version version,
			 const char *action, const char *relates);

/* A whole answer that is a fault. actor: the service's public URL. */
void soap_fault_write(struct buf *buf, enum soap_version version,
		      enum soap_shape shape, const char *actor,
		      const struct soap_fault *fault);

/* With its charset, as the answer's Content-Type. */
const char *soap_content_type(enum soap_version version);

/* ---- what Exchange puts into the header: soap_header.c ---- */

/* The numbers of ServerVersionInfo, one by one and together. */
#define SOAP_SERVER_MAJOR "15"
#define SOAP_SERVER_MINOR "0"
#define SOAP_SERVER_BUILD "1497"
#define SOAP_SERVER_BUILD_MINOR "2"
#define SOAP_SERVER_NAME "Exchange2013_SP1"
#define SOAP_SERVER_DOTTED                                                     \
	SOAP_SERVER_MAJOR                                                      \
	"." SOAP_SERVER_MINOR "." SOAP_SERVER_BUILD "." SOAP_SERVER_BUILD_MINOR

struct soap_server { /* t:ServerVersionInfo, 2.2.3.9: on every answer */
	bool sent;
};

/* Was this version ever published, or will it be? Clients begin with the
 * newest that they know. */
bool soap_is_version(const char *version);

struct soap_client { /* t:RequestServerVersion */
	const char *version;
};

struct soap_account { /* t:ConnectingSID: one of them */
	const char *principal, *sid, *primary, *smtp;
};

struct soap_impersonation { /* t:ExchangeImpersonation */
	struct soap_account account;
};

extern const struct xsd_type soap_server_type, soap_server_discover_type,
	soap_client_type, soap_account_type, soap_impersonation_type;
