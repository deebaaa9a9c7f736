/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who knows people besides our store: sections of the configuration, each of a
 * kind. To add a kind: a file with its struct source_kind, its row in
 * sources.c, and its section in main/conf_rows.c. Every function may wait: it
 * is called on a thread of POOL_DIRECTORY, in a command or in the clerk.
 */
#include "model/directory.h"
#include "model/person.h"
#include "model/settings.h"

struct source_kind;

/* One section. It lives as long as the op, as does the op's settings. */
struct source {
	const struct source_kind *kind;
	const void *section; /* struct directory_section, ... */
	const char *name;    /* "directory:office": what a link is kept by */
	const char *const *domains; /* whose people it knows; none: of every
				       accepted domain */
	unsigned refresh_s;         /* how old what it said may become */
	unsigned stale_max_s; /* and how old a picture, while it is down */
	unsigned poll_s;      /* how often it is asked for changes; 0: never */
	bool pictures;        /* has them */
	bool write_back;      /* and takes copies of those that are uploaded */
	bool passwords;       /* can tell whether one is right */
};

/* Each step of a look-up, for who administers it: what was done and what came
 * of it, one line each. */
typedef void source_step(void *arg, const char *what, const char *found);

/* Whom: by exactly one of address and uid. */
struct source_query {
	const char *address; /* folded */
	const char *uid;
	unsigned want;     /* enum person_want */
	source_step *step; /* NULL: nobody wants to know */
	void *arg;
};

/* Told of each person of a walk. What it is given is gone with `op`'s arena,
 * which is emptied between two of them. An error ends the walk. */
typedef enum err source_told(struct op *op, void *arg,
			     const struct person *person);

/* The errors of all: ERR_DOWN: it does not answer, or refuses us. ERR_INVALID:
 * it answers what cannot be; the reason says what the section lacks. */
struct source_kind {
	const char *word; /* of the section: "directory" */

	size_t (*count)(const struct settings *s);
	void (*fill)(struct op *op, const struct settings *s, size_t i,
		     struct source *out);

	/* ERR_NOT_FOUND: nobody. ERR_CONFLICT: more than one. A disabled one
	 * is found, and marked. */
	enum err (*find)(struct op *op, const struct source *source,
			 const struct source_query *query, struct person *out);

	/*
	 * Is it his password? OK, with *hash NULL: yes; else: if it is that
	 * hash's. ERR_AUTH: no, and the op's reason says why; with a *hash,
	 * that is checked all the same, for the time that it takes. link NULL:
	 * nobody's; the same work is done, and what comes is ERR_AUTH, or a
	 * hash as its people have them. NULL: it has no passwords.
	 */
	enum err (*check)(struct op *op, const struct source *source,
			  const struct person_link *link, const char *password,
			  const char **hash);

	/* Everybody, without pictures. ERR_NOT_FOUND: this section cannot
	 * tell. NULL: none can. */
	enum err (*walk)(struct op *op, const struct source *source,
			 source_told *told, void *arg);

	/*
	 * Who changed since `mark`, pictures too. *next: the mark for the next
	 * time, the op's. mark NULL: nobody is told, *next is set. NULL: it
	 * cannot.
	 */
	enum err (*changes)(struct op *op, const struct source *source,
			    const char *mark, const char **next,
			    source_told *told, void *arg);

	/*
	 * Puts a picture where its people look for theirs first, or takes it
	 * away, as model/directory.h says. ERR_DENIED: it does not let us.
	 * NULL: it cannot.
	 */
	enum err (*write_picture)(struct op *op, const struct source *source,
				  const struct person_link *link,
				  const struct picture_write *in);

	/* Is it there, and does it let us in? */
	enum err (*ping)(struct op *op, const struct source *source);
};

extern const struct source_kind source_ldap;   /* directory "x" { ... } */
extern const struct source_kind source_userdb; /* userdb "x" { ... } */
extern const struct source_kind source_sql;    /* sql "x" { ... } */

struct source_list {
	size_t n;
	const struct source *source;
};

/* Are there any in the op's settings? */
bool sources_any(const struct op *op);

/* Those of the op's settings, in the order of kinds and of the file. */
enum err sources_list(struct op *op, struct source_list *out);

/* By "directory:office"; NULL: there is no such section any more. */
const struct source *sources_find(const struct source_list *list,
				  const char *name);

/* Does it know people of that domain? */
bool source_serves(struct op *op, const struct source *source,
		   const char *domain);
