/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who is behind an address: a mailbox of the store, which is asked first, or a
 * person that a source outside knows (sections directory, userdb and sql), who
 * becomes one when he is first asked for.
 *   ERR_WAIT  a source has to be asked (POOL_DIRECTORY)
 *   ERR_DOWN  it had to be, and does not answer
 */
#include "model/mailbox.h"
#include "model/person.h"

struct directory;
struct store;

/* Bytes of memory, zeros at first, in which all workers count together. */
size_t directory_shared_size(void);

/* shared NULL: nobody counts. It stays the caller's and must outlive it. */
enum err directory_open(struct op *op, struct store *store, void *shared,
			struct directory **out);
void directory_close(struct directory *d);

/*
 * The mailbox behind an address as somebody wrote it: any case, primary or
 * alias. ERR_NOT_FOUND: nobody's, not an address, or of another organization
 * than `organization` (0: any).
 */
enum err directory_resolve(struct directory *d, struct op *op,
			   const char *address, int64_t organization,
			   const struct mailbox **out);

/*
 * The mailbox behind an address, if the op's caller owns it: its own,
 * or one that it was made an owner of. ERR_DENIED: another's; ERR_NOT_FOUND:
 * as above.
 */
enum err directory_owned(struct directory *d, struct op *op,
			 const char *address, const struct mailbox **out);

/*
 * The mailbox behind a login name: an address, or a name alone or with
 * DOMAIN\ before it, where exactly one accepted domain fits.
 */
enum err directory_login(struct directory *d, struct op *op, const char *name,
			 const struct mailbox **out);

/* The address that a login name means, whether it is somebody's or not.
 * ERR_NOT_FOUND: none. */
enum err directory_login_address(struct directory *d, struct op *op,
				 const char *name, const char **out);

/*
 * What his source says of his pictures, asked for now, or by an earlier
 * look-up of this op (op->want). ERR_NOT_FOUND: a mailbox of our own, or a
 * source that has none.
 */
enum err directory_pictures(struct directory *d, struct op *op,
			    const struct mailbox *mailbox,
			    const struct person **out);

/*
 * Are copies of the pictures that he uploads to go into his source? And a copy
 * on its way there. ERR_NOT_FOUND: they are not.
 */
enum err directory_writes_back(struct directory *d, struct op *op,
			       const struct mailbox *mailbox);

struct picture_write {
	struct bytes jpeg;   /* p NULL: what is there is to go, ... */
	size_t ours_n;       /* ... if its SHA-256 is one of these, ... */
	const uint8_t *ours; /* ... which follow each other */
};
enum err directory_picture_write(struct directory *d, struct op *op,
				 const struct mailbox *mailbox,
				 const struct picture_write *in);

/* Whether and how his source has pictures. ERR_NOT_FOUND as above. */
struct directory_age {
	unsigned refresh_s;   /* how old one may become, ... */
	unsigned stale_max_s; /* ... and while the source is down */
};
enum err directory_picture_age(struct directory *d, struct op *op,
			       const struct mailbox *mailbox,
			       struct directory_age *out);

/*
 * Is this his password, as his source says? OK, with *hash NULL: yes; else: if
 * it is that hash's, which may be of any of Dovecot's schemes. ERR_AUTH: no,
 * and the op's reason says why; a *hash that came is checked for the time that
 * it takes. ERR_NOT_FOUND: it is for our own store to say.
 * mailbox NULL: `name`, as it was sent, is nobody's. The source that serves its
 * domain is asked all the same, so that this takes as long: never OK with
 * *hash NULL, and no password is right for a hash.
 */
enum err directory_password(struct directory *d, struct op *op,
			    const struct mailbox *mailbox, const char *name,
			    const char *password, const char **hash);

/* Somebody has proved elsewhere that this address is his: his mailbox, made if
 * need be. ERR_NOT_FOUND: not of an accepted domain, barred by his source, or
 * mailboxes are not made so. */
enum err directory_admit(struct directory *d, struct op *op,
			 const char *address, const struct mailbox **out);

/* The same by a login name, as directory_login has it. */
enum err directory_admit_login(struct directory *d, struct op *op,
			       const char *name, const struct mailbox **out);

/*
 * The contacts that a section has: those of the person with that address, by
 * its templates, or (address "") those that are for all. `told` gets each
 * address as it is there, and a name or ""; its error ends it. May wait.
 * ERR_DOWN: not all of them came.
 */
struct directory_section;
typedef enum err directory_contact(void *arg, const char *address,
				   const char *name);
enum err directory_contacts(struct directory *d, struct op *op,
			    const struct directory_section *section,
			    const char *address, directory_contact *told,
			    void *arg);

/* ---- for the clerk and who administers it ---- */

/* "active", "disabled", "gone"; of enum person_state. */
const char *person_state_word(unsigned state);

/* Told of a person with pictures that may be other ones than before. */
typedef void directory_seen(struct op *op, void *arg,
			    const struct mailbox *mailbox,
			    const struct person *person);

/* What changed at the sources since the last time; does what is due only. A
 * source that is down is told in the log and left for the next time. */
enum err directory_follow(struct directory *d, struct op *op,
			  directory_seen *seen, void *arg);

/* Everybody of every source, or of the one named; counts whom. */
struct directory_count {
	uint64_t seen, made, changed, gone, refused;
};
enum err directory_sweep(struct directory *d, struct op *op, const char *name,
			 struct directory_count *out);

/* How each source was asked and followed, for /metrics. */
struct directory_stats {
	const char *source;
	uint64_t found, nobody, down, other; /* how often with which outcome */
	uint64_t took_us;                    /* in all */
	int64_t followed, swept;             /* when last; 0: never */
	bool sweeps;                         /* it can tell everybody */
};
struct directory_stats_list {
	size_t n;
	const struct directory_stats *stats;
};
enum err directory_stats(struct directory *d, struct op *op,
			 struct directory_stats_list *out);

/* Each source: is it there? `told` gets its name and what was found. */
typedef void directory_step(void *arg, const char *what, const char *found);
enum err directory_ping(struct directory *d, struct op *op,
			directory_step *told, void *arg);

/* A look-up as directory_resolve does it, from scratch: each step is told. */
enum err directory_trace(struct directory *d, struct op *op,
			 const char *address, directory_step *told, void *arg);
