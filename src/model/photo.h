/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Pictures, as [MS-OXWSPHOTO] serves them: JPEGs, squares of those that were
 * uploaded, whole ones of those that come from a directory.
 */
#include "base/op.h"

#define PHOTO_EDGE_MAX 648    /* pixels: the largest of the nine codes */
#define PHOTO_VARIANTS_MAX 10 /* nine codes and the picture's own size */
#define PHOTO_TAG_MAX 64      /* bytes of an entity tag without quotes, B.2 */
#define PHOTO_FILE_MAX (64 * MIB)
#define PHOTO_PIXELS_MAX 64000000

/* The nine edges of 3.1.5.1.1, rising, ended by 0. */
extern const unsigned photo_edges[];

struct photo_variant {
	unsigned edge;     /* pixels; of a whole picture the longer one */
	struct bytes jpeg; /* no metadata but an sRGB or no profile */
};

/* All variants of one picture, largest last: made once, stored together. */
struct photo_set {
	unsigned width, height; /* of the source, after its orientation */
	uint8_t source[32];     /* SHA-256 of the bytes it was made from */
	bool write_back; /* a copy is to go into the mailbox's directory */
	size_t n;
	struct photo_variant variant[PHOTO_VARIANTS_MAX];
};

/* Whose picture it is that is shown. */
enum photo_layer {
	PHOTO_UPLOADED = 1,
	PHOTO_OF_DIRECTORY = 2,
};

/* One variant, as found. */
struct photo {
	unsigned layer;     /* enum photo_layer */
	int64_t version;    /* rises with each replacement */
	int64_t changed;    /* when it was stored */
	uint8_t source[32]; /* SHA-256: the base of every entity tag */
	unsigned edge;
	struct bytes jpeg; /* NULL p when only the facts were asked for */
};

/* What of a picture is wanted: of the uploaded one, unless it is said. */
enum photo_want {
	PHOTO_FACTS = 0,
	PHOTO_JPEG = 1,
	PHOTO_DIRECTORY = 2, /* the one that the directory has */
};

/* What a directory had when it was asked. On the disk: never renumbered. */
enum photo_found {
	PHOTO_NOT_ASKED = 0,
	PHOTO_FOUND = 1,
	PHOTO_NONE = 2,
	PHOTO_UNDECODABLE = 3, /* bytes, but no picture in them */
};

/* What is known of a mailbox before a picture is read. */
struct photo_state {
	bool hidden;        /* whatever there is, nobody is to see it */
	bool uploaded;      /* there is such a picture */
	unsigned found;     /* enum photo_found */
	int64_t checked;    /* when the directory was asked; 0: never */
	uint8_t digest[32]; /* of all that it gave */
};

/* What a directory says of somebody's picture, now. */
struct photo_told {
	unsigned found; /* enum photo_found, not PHOTO_NOT_ASKED */
	uint8_t digest[32];
	const struct photo_set *set; /* PHOTO_FOUND; NULL: the one that is
					stored, for the digest is the same */
};

/* What is to become of the copy in a directory. On the disk. */
enum write_back_want {
	WRITE_BACK_NOTHING = 0, /* it is there */
	WRITE_BACK_COPY = 1,
	WRITE_BACK_ERASE = 2, /* if what is there is ours */
};

#define WRITE_BACK_DIGESTS_MAX 4

struct write_back {
	int64_t mailbox;
	int64_t version;  /* of the change that wants it */
	unsigned wanted;  /* enum write_back_want */
	unsigned tries;   /* that failed */
	int64_t due;      /* when to try again */
	size_t digests_n; /* SHA-256 of what may be there and is ours: the
			     last are the newest */
	uint8_t digest[WRITE_BACK_DIGESTS_MAX][32];
	const char *reason; /* of the last failure; "": none */
};
