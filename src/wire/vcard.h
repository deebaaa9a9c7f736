/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Cards of people (vCard 3.0, RFC 2426; 4.0, RFC 6350; and what phones still
 * write by 2.1): their names and mail addresses, and nothing else of them. A
 * broken card is passed over and told; the others are read.
 */
#include "base/op.h"

#define VCARD_FILE_MAX (64 * MIB)
#define VCARD_CARDS_MAX 50000     /* of a file */
#define VCARD_EMAILS_MAX 100      /* of a card */
#define VCARD_VALUE_MAX (4 * KIB) /* bytes of a line that is read, unfolded */
#define VCARD_FAULTS_MAX 1000     /* that are told; more are counted */

struct vcard_email {
	unsigned line;
	const char *address; /* as it is there, without mailto: */
};

struct vcard {
	unsigned line;    /* where it begins, from 1 */
	const char *name; /* FN, else made of N; "" */
	size_t n;
	const struct vcard_email *email;
};

struct vcard_fault {
	unsigned line;
	const char *why; /* half a sentence: "the card has no end" */
};

struct vcard_list {
	size_t n;
	const struct vcard *card;
	size_t fault_n; /* all that were found; VCARD_FAULTS_MAX are there */
	const struct vcard_fault *fault;
};

/*
 * ERR_INVALID: it is no text, or there is no card in it. ERR_LIMIT: over the
 * limits of a file.
 */
enum err vcard_read(struct op *op, struct bytes file, struct vcard_list *out);
