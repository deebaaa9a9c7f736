/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who is Known to a mailbox ([MS-OXWOOF] 2.2.2.1): whoever is among its
 * contacts. They come from files (vCard), from the site's LDAP, and from
 * CardDAV; the store keeps their addresses, and nobody else is asked when it
 * matters.
 */
#include "model/directory.h"
#include "model/store.h"

#define CONTACTS_FILE "file" /* the origin of what was imported */

/*
 * Is the address, as somebody wrote it, among the mailbox's contacts, or among
 * those that its domain shares? ERR_NOT_FOUND: no.
 */
enum err contacts_has(struct store *store, struct op *op,
		      const struct mailbox *mailbox, const char *address);

/* Have its contacts been read from anywhere? ERR_NOT_FOUND: no, and Known acts
 * as None. */
enum err contacts_source(struct store *store, struct op *op,
			 const struct mailbox *mailbox);

/* All of them that contacts_has would find, sorted, each once. */
enum err contacts_all(struct store *store, struct op *op,
		      const struct mailbox *mailbox, struct text_list *out);

/* ---- files ---- */

struct contacts_fault {
	unsigned line;
	const char *why; /* half a sentence */
};

struct contacts_import {
	size_t cards;     /* that were read */
	size_t addresses; /* different ones, in them */
	struct contact_done done;
	size_t fault_n; /* all; the first of them are there */
	size_t told_n;
	const struct contacts_fault *fault;
};

/*
 * The cards of a file become contacts of the mailbox. Who is one already stays
 * one; replace: whoever is not in the file is forgotten, of those that came
 * from files. ERR_INVALID: no card of it can be read; ERR_LIMIT: too many.
 * Nothing is changed then.
 */
enum err contacts_import(struct store *store, struct op *op, int64_t mailbox,
			 struct bytes file, bool replace,
			 struct contacts_import *out);

/* ---- servers ---- */

struct contacts;

/* For one thread; it keeps a connection, and how far a round has come. */
enum err contacts_open(struct op *op, struct store *store,
		       struct directory *directory, struct contacts **out);
void contacts_close(struct contacts *c);

/* What came of asking one origin for the contacts of one mailbox. */
struct contacts_result {
	const struct mailbox *mailbox; /* NULL: what its domain shares */
	const char *origin;
	const char *reason; /* NULL: all went well */
	struct contact_done done;
};
typedef void contacts_told(void *arg, const struct contacts_result *result);

/* Asks all origins for the contacts of a mailbox, or (NULL) of everybody, due
 * or not. *failed counts what went wrong; each is told, and kept. */
enum err contacts_sync(struct contacts *c, struct op *op,
		       const struct mailbox *mailbox, contacts_told *told,
		       void *arg, size_t *failed);

/* The clerk's: asks for what is due, for some seconds at most, and goes on
 * where it was the next time. What fails is due again later and later. */
enum err contacts_follow(struct contacts *c, struct op *op);
