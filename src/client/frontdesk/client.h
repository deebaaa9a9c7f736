/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FRONTDESK_CLIENT_H
#define FRONTDESK_CLIENT_H

/*
 * The client side of [MS-OXWOOF] 3.2 and [MS-OXWSPHOTO] 3.2: absences and
 * photos of any server that speaks Exchange Web Services. It passes through:
 * nothing is kept but connections, and the service that was found.
 *
 * Texts are UTF-8. What a call gives belongs to the client and stays until the
 * next call on it has returned, so that what was got may be set again. One
 * client is used by one thread at a time. frontdesk-client(3) tells more.
 */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EWSC_API __attribute__((visibility("default")))

struct ewsc;

enum ewsc_result {
	EWSC_OK = 0,
	EWSC_UNCHANGED,   /* a photo: it still is the one of that tag */
	EWSC_INVALID,     /* an argument breaks a rule; nothing was sent */
	EWSC_NO_SERVICE,  /* no service was found for the address */
	EWSC_UNREACHABLE, /* no answer, and nothing happened */
	EWSC_UNTRUSTED,   /* its certificate does not hold; nothing was sent */
	EWSC_LOGIN,       /* it does not take this login */
	EWSC_DENIED,      /* this account may not do that */
	EWSC_NOT_FOUND,   /* no such mailbox, or no photo */
	EWSC_REFUSED,     /* the server does not take what was sent */
	EWSC_BUSY,        /* not now: the same may succeed later */
	EWSC_UNKNOWN,     /* it may or may not have been set: get, and look */
	EWSC_FAILED,      /* the server failed */
	EWSC_NO_EWS,      /* what answered does not speak it, or without end */
};

/* Zero it, set `size`, and what is needed. Copied by ewsc_open. */
struct ewsc_options {
	size_t size;     /* sizeof(struct ewsc_options) */
	const char *url; /* "https://HOST/EWS/Exchange.asmx"; NULL: the
			    service is found from each mailbox's address */

	/* Login: one of the three. */
	const char *user, *password; /* Basic */
	const char *token;           /* Bearer */
	int negotiate;               /* Kerberos, with the tickets at hand */
	const char *act_as; /* the address of a mailbox that this account may
			       impersonate; NULL: none */

	const char *ca_file; /* PEM; NULL: the authorities of the system */
	/* Where to connect instead, "HOST:PORT:HOST:PORT", NULL behind. */
	const char *const *connect_to;
	const char *dns_server;      /* "192.0.2.1" or "192.0.2.1:53"; NULL: the
					system's */
	unsigned connect_timeout_ms; /* of each connection; 0: 10 s */
	unsigned timeout_ms;         /* of a whole call; 0: 60 s */

	/* Discovery leads to another host: follow it? NULL: when it stays
	 * within the domain, or when a host whose certificate held says so. */
	int (*on_redirect)(void *arg, const char *from, const char *to);
	void *arg;
};

/* What became of the last call. */
struct ewsc_error {
	enum ewsc_result result;
	int http_status;    /* 0: nothing answered */
	const char *code;   /* the server's, "ErrorAccessDenied"; or NULL */
	const char *text;   /* what happened, in the server's words, or NULL */
	const char *advice; /* what to do, or NULL */
	const char *url;    /* what was asked, or NULL */
	unsigned retry_s;   /* EWSC_BUSY: when to ask again; 0: not told */
};

/* Fails with EWSC_INVALID only; *out says why, and is to be closed. */
EWSC_API enum ewsc_result ewsc_open(const struct ewsc_options *options,
				    struct ewsc **out);
EWSC_API void ewsc_close(struct ewsc *client); /* takes NULL */

EWSC_API const struct ewsc_error *ewsc_error(const struct ewsc *client);
EWSC_API const char *ewsc_result_name(enum ewsc_result result);

/* ---- discovery ---- */

struct ewsc_service {
	const char *address;      /* as the server calls the mailbox */
	const char *name;         /* of the person; NULL: not told */
	const char *ews_url;      /* https */
	const char *photo_url;    /* https; "?email=...&size=..." follows */
	const char *dialect;      /* "SOAP", "POX" or "JSON" */
	const char *discover_url; /* what answered */
};

EWSC_API enum ewsc_result ewsc_discover(struct ewsc *client,
					const char *address,
					const struct ewsc_service **out);

/* The service of the last call, found or told; NULL: none yet. */
EWSC_API const char *ewsc_url(const struct ewsc *client);

/* A step of the last discovery, that found something or not. */
struct ewsc_attempt {
	const char *dialect; /* "SOAP", "POX", "JSON", "HTTP" or "SRV" */
	const char *url;
	enum ewsc_result result;
	int http_status;
	const char *text; /* what came of it */
};

EWSC_API const struct ewsc_attempt *ewsc_attempts(const struct ewsc *client,
						  size_t *n);

/* ---- absences ---- */

enum ewsc_state {
	EWSC_DISABLED = 1,
	EWSC_ENABLED,
	EWSC_SCHEDULED, /* enabled from start until end */
};

enum ewsc_audience { EWSC_NONE = 1, EWSC_KNOWN, EWSC_ALL };

struct ewsc_reply {
	const char *text; /* HTML; NULL: got: none; set: not sent */
	const char *lang; /* "de"; NULL: not told */
};

struct ewsc_oof {
	enum ewsc_state state;
	enum ewsc_audience audience; /* who outside gets the external reply */
	int has_duration;
	int64_t start, end; /* seconds since 1970, UTC; sent as such */
	int unzoned;        /* got: without a zone, and taken for UTC */
	struct ewsc_reply internal, external;
	enum ewsc_audience allowed; /* got: what the server permits; 0: not
				       told */
};

EWSC_API enum ewsc_result ewsc_oof_get(struct ewsc *client, const char *address,
				       const struct ewsc_oof **out);

EWSC_API enum ewsc_result ewsc_oof_set(struct ewsc *client, const char *address,
				       const struct ewsc_oof *in);

/* ---- photos ---- */

struct ewsc_photo_query {
	const char *address;
	unsigned edge;   /* pixels: 48, 64, 96, 120, 240, 360, 432, 504, 648;
			    0: the largest */
	const char *tag; /* of the photo at hand, as got; NULL: none is */
	int soap;        /* the SOAP operation instead of a GET */
};

struct ewsc_photo {
	const void *data;
	size_t n;
	const char *type; /* "image/jpeg" */
	const char *tag;  /* with its quotes; NULL: not told */
};

/* EWSC_UNCHANGED: the photo has that tag still; out->n is 0. */
EWSC_API enum ewsc_result ewsc_photo_get(struct ewsc *client,
					 const struct ewsc_photo_query *query,
					 const struct ewsc_photo **out);

/* data: a picture as a file, mostly JPEG. */
EWSC_API enum ewsc_result ewsc_photo_set(struct ewsc *client,
					 const char *address, const void *data,
					 size_t n);

#ifdef __cplusplus
}
#endif

#endif
