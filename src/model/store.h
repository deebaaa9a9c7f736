/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Everything that is kept: organizations, domains, mailboxes, absences and
 * pictures. Each call is one transaction. What comes back is the op's.
 *   ERR_NOT_FOUND  there is no such row
 *   ERR_CONFLICT   the name is taken, or the row is no longer what was read
 *   ERR_DOWN       nothing was written; the same call may succeed later
 *   ERR_UNKNOWN    a write's commit broke: it may or may not have happened
 *   ERR_INTERNAL   what lies in the store is not what was stored
 *   ERR_WAIT       a write on a thread that may not wait (POOL_WRITE)
 * Every address and domain given here is folded to lower case already.
 */
#include "base/text.h"
#include "model/mailbox.h"
#include "model/oof.h"
#include "model/person.h"
#include "model/photo.h"

struct store;

/* What a migration did. */
struct store_migration {
	size_t from, to;    /* versions of the schema; equal: nothing */
	const char *backup; /* the op's; NULL: none was made */
};

struct store_options {
	const char *dir; /* the folder of the database files */
	bool create;     /* make a new store in an empty folder */
	bool migrate;    /* bring an older store up to date, after a
			    backup beside it */
	struct store_migration *migration; /* filled in; may be NULL */
	uint64_t photo_cache_bytes;        /* 0: keep no pictures in memory */
	unsigned mailbox_cache;            /* entries; 0: none */
	unsigned cache_readers; /* threads that keep a cache (the first ones
				   that read); others read from the file */
};

/*
 * Opens, never repairs: a missing, foreign, damaged, newer or older store is
 * an error with a reason that says what to do. Thread-safe from then on.
 */
enum err store_open(struct op *op, const struct store_options *options,
		    struct store **out);

/* Ends the writer after its last commit. Takes NULL. */
void store_close(struct store *s);

/* Is the store there and readable now? For /readyz. */
enum err store_ping(struct store *s, struct op *op);

/* ---- organizations and domains ---- */

struct domain {
	const char *name;
	int64_t organization;
	const char *organization_name; /* "": the default one */
};

struct domain_list {
	size_t n;
	const struct domain *domain;
};

/* organization NULL or "": the default one; a new name makes it. */
enum err store_domain_add(struct store *s, struct op *op, const char *domain,
			  const char *organization);
/* ERR_CONFLICT while mailboxes use it. */
enum err store_domain_remove(struct store *s, struct op *op,
			     const char *domain);
enum err store_domain_find(struct store *s, struct op *op, const char *domain,
			   struct domain *out);
enum err store_domain_list(struct store *s, struct op *op,
			   struct domain_list *out);
/* Those whose first label is `label`, folded, by name; NULL: of any. */
enum err store_domain_begin(struct store *s, struct op *op, const char *label,
			    size_t most, struct domain_list *out);
/* Those of one organization, by name. */
enum err store_domain_list_of(struct store *s, struct op *op,
			      int64_t organization, size_t most,
			      struct domain_list *out);

/* ---- mailboxes ---- */

struct mailbox_list {
	size_t n;
	const struct mailbox *mailbox;
};

/* By primary address or alias. */
enum err store_mailbox_find(struct store *s, struct op *op, const char *address,
			    const struct mailbox **out);
enum err store_mailbox_get(struct store *s, struct op *op, int64_t id,
			   const struct mailbox **out);

/* Fills in in->id and in->organization. ERR_NOT_FOUND: not an accepted
 * domain; ERR_CONFLICT: an address is taken, or an alias is of another
 * organization. aliases: NULL-ended, or NULL. */
enum err store_mailbox_add(struct store *s, struct op *op, struct mailbox *in,
			   const char *const *aliases);

/* Changes name, zone, policy and password; another password text gets a new
 * password_version, and so does a mailbox that loses an alias. */
enum err store_mailbox_change(struct store *s, struct op *op,
			      const struct mailbox *in);

/* Erases texts, pictures, aliases and owners with it, whom it answered, and
 * replies on their way. The audit keeps who did what when, without its details;
 * what lies at a backend is wanted away. */
enum err store_mailbox_remove(struct store *s, struct op *op, int64_t id);

/* No list gives more than 10,000 at once, whatever `most` says.
 * Up to `most` in the order of their addresses, behind `after` ("": from the
 * start); domain NULL: all. */
enum err store_mailbox_list(struct store *s, struct op *op, const char *domain,
			    const char *after, size_t most,
			    struct mailbox_list *out);

/*
 * Who is meant by the start of a name, of any word of it, or of an address, in
 * the order of addresses; without regard to case and accents. Nobody for "".
 */
enum err store_book_find(struct store *s, struct op *op, int64_t organization,
			 const char *start, size_t most,
			 struct mailbox_list *out);

struct text_list {
	size_t n;
	const char *const *text;
};

enum err store_alias_add(struct store *s, struct op *op, int64_t mailbox,
			 const char *alias);
enum err store_alias_remove(struct store *s, struct op *op, int64_t mailbox,
			    const char *alias);
enum err store_alias_list(struct store *s, struct op *op, int64_t mailbox,
			  struct text_list *out);

/* Owners of a shared mailbox besides its own account, of the same
 * organization (else ERR_CONFLICT). */
enum err store_owner_add(struct store *s, struct op *op, int64_t mailbox,
			 int64_t account);
enum err store_owner_remove(struct store *s, struct op *op, int64_t mailbox,
			    int64_t account);
enum err store_owner_list(struct store *s, struct op *op, int64_t mailbox,
			  struct mailbox_list *out);
/* What the account owns besides itself. */
enum err store_owned_list(struct store *s, struct op *op, int64_t account,
			  struct mailbox_list *out);
/* OK when `account` is one, else ERR_NOT_FOUND. */
enum err store_owner_find(struct store *s, struct op *op, int64_t mailbox,
			  int64_t account);

/* The address, primary or alias, of which this is the MD5 or the SHA-256.
 * ERR_INVALID: it has the size of neither. */
enum err store_avatar_find(struct store *s, struct op *op, struct bytes digest,
			   const char **out);

/* ---- people whom another system knows ---- */

/* The tie of a mailbox. ERR_NOT_FOUND: it is all our own. */
enum err store_person_get(struct store *s, struct op *op, int64_t mailbox,
			  struct person_link *out);

/* By source and uid. */
enum err store_person_find(struct store *s, struct op *op, const char *source,
			   const char *uid, struct person_link *out);

/*
 * Makes the mailbox what the source says now, or makes one, or ties one of our
 * own with that primary address that nobody works with: one without a password
 * and without owners. Addresses of domains that are not ours, and aliases that
 * are another's, are left out and told in the log. ERR_NOT_FOUND: none of its
 * addresses is of an accepted domain; ERR_CONFLICT: its primary address is
 * another's. When nothing but `checked` has changed, it is a small write that
 * makes no cache forget the mailbox.
 */
enum err store_person_put(struct store *s, struct op *op,
			  const struct person *in, const struct mailbox **out);

/* What became of one of many. */
struct person_item {
	const struct person *person;
	enum err err;                  /* as of store_person_put, ... */
	const char *reason;            /* ... and why */
	const struct mailbox *mailbox; /* if it went well, ... */
	bool made, changed;            /* ... and what was done */
};

/* The same of many at once, in one transaction. Of whom nothing has changed,
 * nothing is written, not even `checked`. */
enum err store_person_put_all(struct store *s, struct op *op,
			      struct person_item *item, size_t n);

/* The source says no more of him, or bars him. Also renews `checked`. Who is
 * remembered as an active one has to prove it again. */
enum err store_person_state(struct store *s, struct op *op, int64_t mailbox,
			    enum person_state state);

struct person_list {
	size_t n;
	const struct person_link *link;
};

/* In the order of mailbox ids, behind `after`; source NULL: of all. */
enum err store_person_list(struct store *s, struct op *op, const char *source,
			   int64_t after, size_t most, struct person_list *out);

/* How far a source was followed and swept. */
struct source_mark {
	const char *mark;        /* the source's own; "": none yet */
	int64_t followed, swept; /* when that last went well; 0: never */
};

/* Of one that never was: zeros, and no mark. */
enum err store_source_get(struct store *s, struct op *op, const char *source,
			  struct source_mark *out);
enum err store_source_put(struct store *s, struct op *op, const char *source,
			  const struct source_mark *in);

/* ---- absences ---- */

/* Never stored: OK, with version 0 and everything else zero. ERR_NOT_FOUND:
 * there is no such mailbox. */
enum err store_oof_get(struct store *s, struct op *op, int64_t mailbox,
		       struct oof_stored *out);

/*
 * Makes the row that is to be stored from the one that is: pure, on the op's
 * memory, perhaps on another thread, perhaps more than once. Its failure
 * leaves the row as it was and is handed on.
 */
typedef enum err oof_change(struct op *op, const struct oof_stored *old,
			    void *arg, struct oof_stored *out);

/* Reads, changes and stores in one step: nobody comes in between. */
enum err store_oof_put(struct store *s, struct op *op, int64_t mailbox,
		       oof_change *change, void *arg);

/* Stored absences, in the order of mailbox ids, behind `after`. */
struct oof_item {
	const struct mailbox *mailbox;
	struct oof_stored stored;
};

struct oof_list {
	size_t n;
	const struct oof_item *item;
};

enum err store_oof_list(struct store *s, struct op *op, int64_t after,
			size_t most, struct oof_list *out);

/* ---- pictures ---- */

/*
 * The variant with the largest edge up to `edge`; when all are larger, the
 * smallest. edge 0: the largest. want: enum photo_want. Hidden ones are given
 * too.
 */
enum err store_photo_get(struct store *s, struct op *op, int64_t mailbox,
			 unsigned edge, unsigned want, struct photo *out);

/* Of a mailbox of which nothing is known, or which does not exist: zeros. */
enum err store_photo_state(struct store *s, struct op *op, int64_t mailbox,
			   struct photo_state *out);

/* An uploaded picture; it is not hidden any more. */
enum err store_photo_put(struct store *s, struct op *op, int64_t mailbox,
			 const struct photo_set *in);
/* The uploaded picture. OK also when there was none. */
enum err store_photo_remove(struct store *s, struct op *op, int64_t mailbox);

/* Hides whatever there is, or will be in the directory; or ends that. */
enum err store_photo_hide(struct store *s, struct op *op, int64_t mailbox,
			  bool hidden);

/*
 * The directory was asked. When nothing but the time has changed, it is a
 * small write, and the picture keeps its version and its time. ERR_CONFLICT:
 * `in` says it is the one that is stored, and it is another one by now.
 */
enum err store_photo_told(struct store *s, struct op *op, int64_t mailbox,
			  const struct photo_told *in);

struct photo_item {
	const struct mailbox *mailbox;
	unsigned layer; /* enum photo_layer; 0: only that it is hidden */
	bool hidden;
	int64_t changed;
	unsigned width, height; /* of the source */
	uint64_t bytes;         /* of all variants */
};

struct photo_list {
	size_t n;
	const struct photo_item *item;
};

/* Uploaded pictures, in the order of mailbox ids, behind `after`. */
enum err store_photo_list(struct store *s, struct op *op, int64_t after,
			  size_t most, struct photo_list *out);

/* The same of all mailboxes that have a picture or are hidden: what would be
 * shown of each. */
enum err store_photo_list_all(struct store *s, struct op *op, int64_t after,
			      size_t most, struct photo_list *out);

/* ---- copies of uploaded pictures in directories ---- */

/* ERR_NOT_FOUND: there is none, and none is wanted. */
enum err store_write_back_get(struct store *s, struct op *op, int64_t mailbox,
			      struct write_back *out);

struct write_back_list {
	size_t n;
	const struct write_back *row;
};

/* Those that are due by the op's clock, the longest waiting first. */
enum err store_write_back_list(struct store *s, struct op *op, size_t most,
			       struct write_back_list *out);

/* How far it came. Nothing wanted and nothing there: it is forgotten.
 * ERR_CONFLICT: something else is wanted by now. */
enum err store_write_back_put(struct store *s, struct op *op,
			      const struct write_back *in);

/* ---- contacts: who is Known to a mailbox ([MS-OXWOOF] 2.2.2.1) ---- */

#define CONTACTS_MAX 20000        /* addresses that a mailbox has in all */
#define CONTACT_ADDRESSES_MAX 100 /* of one card */
#define CONTACT_ORIGIN_MAX 255    /* bytes */
#define CONTACT_TEXT_MAX 2048     /* bytes of a place, a token, a card, a tag */
#define CONTACT_NAME_MAX 255      /* bytes; what is longer is cut */

/* In the place of a mailbox: what many share, and is kept once. */
#define CONTACT_SHARED 0

/* One person there: by what the origin knows him, and his addresses. */
struct contact_card {
	const char *card; /* alone of its name in its place */
	const char *tag;  /* another one when the card is; "": none */
	const char *name; /* ""; for lists only */
	size_t n;         /* may be 0: then only the tag is kept */
	const char *const *address;
};

/* What becomes of the contacts from one place, in one transaction. */
struct contact_change {
	int64_t mailbox;    /* or CONTACT_SHARED */
	const char *origin; /* "file", "ldap:office", "carddav:office" */
	const char *place;  /* of several at the origin; "": there is but one */
	const char *token;  /* how far it was read; "" */
	bool all;           /* cards that are not named here are forgotten */
	size_t n;           /* each replaces the one of its name */
	const struct contact_card *card;
	size_t gone_n; /* cards that are no more */
	const char *const *gone;
};

struct contact_done {
	size_t added, changed, removed; /* cards */
	size_t addresses;               /* from that place, afterwards */
};

/* ERR_NOT_FOUND: no such mailbox. ERR_LIMIT: more than CONTACTS_MAX, or a text
 * that is too long; nothing is changed then. */
enum err store_contact_put(struct store *s, struct op *op,
			   const struct contact_change *in,
			   struct contact_done *out);

/* Forgets what came from a place, from an origin (place NULL), or all (origin
 * NULL); *n addresses. */
enum err store_contact_clear(struct store *s, struct op *op, int64_t mailbox,
			     const char *origin, const char *place, size_t *n);

/* OK when the address is among the contacts, of any origin or of this one; else
 * ERR_NOT_FOUND. */
enum err store_contact_find(struct store *s, struct op *op, int64_t mailbox,
			    const char *origin, const char *address);

struct contact {
	const char *address, *name, *origin;
};

struct contact_list {
	size_t n;
	const struct contact *contact;
};

/* Where a list stands; zeros: at its start. */
struct contact_search {
	char address[ADDRESS_MAX + 1];
	int64_t seq;
};

/* Up to `most` in the order of addresses, going on behind the last it gave. */
enum err store_contact_list(struct store *s, struct op *op, int64_t mailbox,
			    struct contact_search *search, size_t most,
			    struct contact_list *out);

/* All cards of a place, by name, without their addresses. */
struct contact_card_list {
	size_t n;
	const struct contact_card *card;
};
enum err store_contact_cards(struct store *s, struct op *op, int64_t mailbox,
			     const char *origin, const char *place,
			     struct contact_card_list *out);

/* A place that contacts came from, or were to come from. */
struct contact_source {
	int64_t seq, mailbox;
	const char *origin, *place, *token;
	int64_t changed;    /* last read in full; 0: never yet */
	int64_t tried;      /* last asked for */
	unsigned failures;  /* since it last went well */
	const char *reason; /* of the last one; "" */
};

struct contact_source_list {
	size_t n;
	const struct contact_source *source;
};

/* Those of a mailbox, by origin and place. */
enum err store_contact_sources(struct store *s, struct op *op, int64_t mailbox,
			       struct contact_source_list *out);

/* Of all, in the order of `seq`, behind `after`. */
enum err store_contact_source_list(struct store *s, struct op *op,
				   int64_t after, size_t most,
				   struct contact_source_list *out);

/* It was asked, and all was read (reason NULL) or why not. It need not have
 * been known before. */
enum err store_contact_note(struct store *s, struct op *op, int64_t mailbox,
			    const char *origin, const char *reason);

/* ---- the audit ---- */

/*
 * Who did what to whose mailbox: a row of the same commit as the change, by
 * whatever call of the above made it, when op->actor says who. The numbers are
 * on the disk: never changed.
 */
enum audit_what {
	AUDIT_MAILBOX_ADD = 1,
	AUDIT_MAILBOX_SET = 2,
	AUDIT_MAILBOX_REMOVE = 3,
	AUDIT_PASSWD = 4,
	AUDIT_ALIAS_ADD = 5,
	AUDIT_ALIAS_REMOVE = 6,
	AUDIT_OWNER_ADD = 7,
	AUDIT_OWNER_REMOVE = 8,
	AUDIT_OOF_SET = 9,
	AUDIT_PHOTO_SET = 10,
	AUDIT_PHOTO_REMOVE = 11,
	AUDIT_DOMAIN_ADD = 12,
	AUDIT_DOMAIN_REMOVE = 13,
	AUDIT_CONTACTS_SET = 14,
	AUDIT_CONTACTS_CLEAR = 15,
	AUDIT_PHOTO_HIDE = 16,
	AUDIT_PHOTO_UNHIDE = 17,
};

#define AUDIT_WHO_MAX 640    /* bytes; what is longer is cut */
#define AUDIT_DETAIL_MAX 640 /* bytes; likewise */

/* "owner-add"; NULL: there is no such. */
const char *store_audit_word(unsigned what);

struct audit_row {
	int64_t at;
	unsigned what;
	const char *who;
	const char *address; /* the mailbox's, at that time; or a domain */
	const char *detail;  /* "": none, or erased with the mailbox */
};

struct audit_list {
	size_t n;
	const struct audit_row *row;
};

/* Which rows; zeros: all. It goes on behind the last that it gave. */
struct audit_search {
	int64_t since;
	int64_t mailbox;     /* of it, or done by it */
	const char *address; /* of who had it, also if removed since */
	int64_t after[2];    /* where it stands */
};

/* Up to `most`, the oldest first; none: that was all. */
enum err store_audit_list(struct store *s, struct op *op,
			  struct audit_search *search, size_t most,
			  struct audit_list *out);

/* ---- as it was elsewhere: for export and import ---- */

/* What is stored, with its period and the time of its change, but for the
 * version. */
enum err store_oof_restore(struct store *s, struct op *op, int64_t mailbox,
			   const struct oof_stored *in);

struct answered_list;

/* Whom it answered, the oldest first, with new numbers; those that it has
 * already stay. ERR_INVALID: one is not settled. ERR_LIMIT: they are more than
 * ANSWERED_MAX, or a text is too long. */
enum err store_answered_restore(struct store *s, struct op *op, int64_t mailbox,
				const struct answered_list *in);

/* All of an uploaded picture. ERR_NOT_FOUND: there is none. */
enum err store_photo_all(struct store *s, struct op *op, int64_t mailbox,
			 struct photo_set *out, int64_t *changed);
/* As store_photo_put, stored at that time; a hidden one stays hidden. */
enum err store_photo_restore(struct store *s, struct op *op, int64_t mailbox,
			     const struct photo_set *in, int64_t changed);

/* Those of its aliases that a source told of: they go when it does no more. */
enum err store_alias_given(struct store *s, struct op *op, int64_t mailbox,
			   struct text_list *out);

/* The tie in the place of what there was, and which of the mailbox's aliases
 * are given ones. ERR_CONFLICT: another mailbox is tied to that person. */
enum err store_person_restore(struct store *s, struct op *op,
			      const struct person_link *in,
			      const struct text_list *given);

/* As store_contact_cards, with their addresses. */
enum err store_contact_all(struct store *s, struct op *op, int64_t mailbox,
			   const char *origin, const char *place,
			   struct contact_card_list *out);

/* ---- the store as a whole ---- */

/* Told of each thing found; text is one line. */
typedef void store_finding(void *arg, const char *text);

/* Both files, every checksum, every reference. ERR_INTERNAL when something
 * was found; a text that begins with "note:" is none. told may be NULL. Runs
 * beside a server. */
enum err store_check(struct store *s, struct op *op, store_finding *told,
		     void *arg);

/* A consistent copy of everything in one new file (0600); online. */
enum err store_backup(struct store *s, struct op *op, const char *file);

/* Makes a store in options->dir from a backup. Refuses a folder that holds
 * one, unless `replace`, which keeps the old files beside. Nobody may have it
 * open: the caller holds the lock. */
enum err store_restore(struct op *op, const struct store_options *options,
		       const char *file, bool replace);

/* How long what is kept, in days. */
struct store_keep {
	unsigned changes;
	unsigned audit;
	unsigned answers; /* behind the end of their period */
};

/* Background work: forget old rows of the change log, of the audit and of
 * answered senders, reap pictures of removed mailboxes, checkpoint. */
enum err store_maintain(struct store *s, struct op *op,
			const struct store_keep *keep);
