/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * People whom another system knows: what it says of one, and the tie between
 * one and a mailbox of ours. Plain data; what comes back is the op's.
 */
#include "base/op.h"

#define PERSON_ALIASES_MAX 1200 /* AD's proxyAddresses hold 1123 */
#define PERSON_UID_MAX 255      /* bytes */
#define PERSON_NAME_MAX 255     /* bytes; what is longer is cut */
#define PERSON_LOGIN_MAX 2047   /* bytes: a DN */
#define PERSON_PASSWORD_MAX 511 /* bytes of a hash */
#define PERSON_PICTURES_MAX 8   /* values that are looked at */
#define PERSON_PICTURE_MAX (8 * MIB)

/* The numbers are on the disk: never changed. */
enum person_state {
	PERSON_ACTIVE = 1,
	PERSON_DISABLED = 2, /* known there, but barred */
	PERSON_GONE = 3,     /* no longer known there; what is his is kept */
};

/* What is asked for besides who he is. */
enum person_want {
	PERSON_WANT_PICTURES = 1,
	PERSON_WANT_PASSWORD = 2,
};

struct person_picture {
	unsigned rank; /* of the attribute it was in: 0 is the first choice */
	struct bytes bytes; /* whatever was in there */
};

/* As a source tells of him. Addresses are folded and well formed; those of
 * domains that are not ours are among them. */
struct person {
	const char *source;         /* "directory:office": a kind and a title */
	const char *uid;            /* stays when everything else changes */
	const char *address;        /* primary */
	const char *const *aliases; /* ended by NULL; never NULL itself */
	const char *name;           /* "" when it says none */
	const char *login; /* by which the source knows him: a DN, a name */
	bool disabled;
	const char *password; /* a hash with its scheme; NULL: none, or not
				 asked for */
	unsigned asked;       /* enum person_want: what was asked for */
	size_t pictures_n;
	const struct person_picture *picture; /* by rank */
};

/* The tie, as the store keeps it. */
struct person_link {
	int64_t mailbox;
	const char *source, *uid, *login;
	unsigned state;  /* enum person_state */
	int64_t checked; /* when the source was last asked */
};
