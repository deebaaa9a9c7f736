/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The parts of `frontdesk doctor`: what is walked through, and how a step
 * tells what it found. */
#include "client/client.h"
#include "verbs/remote/remote.h"

#define DOCTOR_EXPIRY_DAYS 14 /* left of a certificate: then it warns */

enum doctor_state {
	DOCTOR_FINE,
	DOCTOR_SKIPPED, /* not looked at, or not needed */
	DOCTOR_WARNING,
	DOCTOR_FAILED,
};

/* What a step found; texts in the command's op. */
struct doctor_finding {
	const char *subject; /* a host, a URL, a mailbox */
	const char *detail;
	const char *remedy; /* NULL: none is needed */
};

struct doctor {
	struct cli *c;
	struct ewsc *client;
	const char *address;
	bool login;           /* there is one */
	bool write;           /* --write */
	const char *expected; /* the service, by the configuration; NULL */
	const char *url;      /* as told or found; NULL: not found */
	bool trusted;         /* its certificate holds */
	bool in;              /* the login was taken */
	struct ewsc_oof oof;  /* as got, when there is a login, ... */
	struct ewsc_error oof_error; /* ... and how it went */
	const char *tag;             /* of the photo */
	unsigned rows, failed;
};

/* A row of what is printed. */
void doctor_tell(struct doctor *d, const char *check, enum doctor_state state,
		 const struct doctor_finding *f);

/* The failure of a call of the client's as a finding. */
enum doctor_state doctor_failed(struct doctor *d, enum doctor_state state,
				const struct ewsc_error *error,
				struct doctor_finding *f);

/* Name and certificate of the host of a URL, as findings. The call of the
 * client's that they are part of is under way. */
enum doctor_state doctor_name(struct doctor *d, const char *url,
			      struct doctor_finding *f);
enum doctor_state doctor_certificate(struct doctor *d, const char *url,
				     struct doctor_finding *f);

/* Discovery, place by place: tells a row for each thing that it looks at, and
 * sets d->url. */
void doctor_discover(struct doctor *d);

/* The service at d->url, from its name to a photo. */
void doctor_service(struct doctor *d);
