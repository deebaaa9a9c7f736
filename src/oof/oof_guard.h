/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Is this mail answered, and with which text? Every rule is a row with its
 * number, tried in order; the first that says no decides. Pure: what only a
 * store knows is asked through struct oof_asks. Everything that sends, and
 * `frontdesk oof explain`, decides here and nowhere else.
 */
#include "model/mailbox.h"
#include "wire/mail.h"

/* ---- what is asked of others ---- */

enum oof_side {
	OOF_SIDE_OWN = 1, /* a domain of the mailbox's organization */
	OOF_SIDE_TRUSTED, /* one that it trusts */
	OOF_SIDE_WALLED,  /* of another organization here, not trusted */
	OOF_SIDE_OUTSIDE,
};

struct oof_asks;

struct oof_asks_ops {
	/* Whose is the domain, folded? */
	enum err (*side)(struct oof_asks *asks, struct op *op,
			 const char *domain, enum oof_side *out);
	/* OK: the folded address is among the mailbox's contacts; else
	 * ERR_NOT_FOUND. */
	enum err (*contact)(struct oof_asks *asks, struct op *op,
			    const char *address);
	/* ERR_NOT_FOUND: this sender was not answered in that period yet; OK:
	 * he was. ERR_WAIT is handed on; anything else stops the reply. */
	enum err (*answered)(struct oof_asks *asks, struct op *op,
			     const char *sender, int64_t period);
	/* OK: the mailbox and the site may send one more now; ERR_LIMIT. */
	enum err (*brake)(struct oof_asks *asks, struct op *op);
};

/* The first member of whatever answers. */
struct oof_asks {
	const struct oof_asks_ops *ops;
	bool remembers; /* false: answered and brake are not asked, for who
			   delivers keeps a memory of its own */
};

/* ---- the mail ---- */

/* What only a milter sees of it. */
struct oof_proof {
	bool authenticated; /* its client signed in */
	bool near;          /* its client is a host of the site */
};

struct oof_options {
	const char *delimiters;  /* of ada+tag@...; "": none */
	const char *authserv_id; /* whose Authentication-Results count */
	bool external_proved;    /* E-14 */
	bool internal_proved;    /* E-23 */
};

struct oof_arrival {
	const struct mailbox *mailbox;
	const struct oof_stored *stored;
	size_t aliases_n;
	const char *const *alias; /* folded */
	const char *sender;       /* of the envelope, as sent; "": null */
	const char *recipient;    /* likewise; NULL: not known */
	const struct mail_header *header;
	const struct oof_proof *proof; /* NULL: nobody saw it */
	const struct oof_options *options;
	struct oof_asks *asks;
	bool all; /* every rule is tried, also behind the one that decided */
};

/* ---- the rules ---- */

enum oof_where {
	OOF_IN_SIEVE = 1,
	OOF_IN_MILTER = 2,
	OOF_EVERYWHERE = OOF_IN_SIEVE | OOF_IN_MILTER
};

enum oof_outcome {
	OOF_PASSED = 1,
	OOF_STOPPED, /* it says no reply */
	OOF_NOTED,   /* it says what counts, and not whether */
	OOF_UNUSED,  /* an option that is off, or nobody saw what it needs */
	OOF_LATER,   /* who delivers asks a memory of its own */
};
const char *oof_outcome_name(enum oof_outcome outcome);

struct oof_guard; /* one run over the rules */

struct oof_told {
	const struct oof_rule *rule;
	enum oof_outcome outcome;
	const char *note; /* what it found; NULL: nothing to say */
};

struct oof_rule {
	const char *number; /* "E-7" */
	unsigned where;     /* enum oof_where */
	const char *text;   /* a sentence, for people */
	enum err (*run)(struct oof_guard *g, struct op *op,
			struct oof_told *out);
};

extern const struct oof_rule oof_rules[]; /* in the order they are tried */
extern const size_t oof_rules_n;

struct oof_answer {
	bool replies;
	bool internal;                 /* which side the sender is on */
	const struct oof_rule *rule;   /* why not; or what chose the text */
	const char *note;              /* of that rule */
	const struct oof_reply *reply; /* with replies; of the settings */
	const char *to;     /* the envelope's sender: where a reply goes */
	const char *sender; /* folded and decoded: who counts as answered */
	const char *from;   /* the own address that was written to; NULL */
	size_t told_n;
	const struct oof_told *told;
};

/* ERR_WAIT, ERR_DOWN and the like when something had to be asked and could
 * not be; OK otherwise, whatever the answer is. */
enum err oof_guard(struct op *op, const struct oof_arrival *in,
		   struct oof_answer *out);

/* The folded address that is left without the tag at the first of the
 * delimiters; itself when it has none. */
const char *oof_untagged(struct op *op, const char *address,
			 const char *delimiters);
