/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Brings what lies at a backend to what is stored: the absence, names, aliases,
 * contacts and domains of now. One at a time for each mailbox, in all
 * processes, so that what was read earlier is never put later.
 */
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "delivery/delivery_own.h"
#include "sieve/sieve.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOCK_FILE "publish.lock" /* of data/: a byte for each mailbox */
#define LOCK_POLL_MS 2
#define LOCK_WAIT_MS 2000    /* for whoever is at the same mailbox */
#define ROUNDS_MAX 5         /* when it changes while it is published */
#define RETRY_MIN_S 2        /* after a failure; doubles, ... */
#define RETRY_MAX_S 300      /* ... up to this */
#define REFUSED_RETRY_S 3600 /* it will not take it: until somebody acts */

/* ---- one at a time ---- */

static void
lock_drop(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* ERR_CONFLICT: somebody else is at it, for long. Ends with its descriptor,
 * and so with its process. */
static enum err
lock_take(struct op *op, int64_t mailbox, int *out)
{
	const char *path = op_print(op, "%s/" LOCK_FILE, op->settings->data);
	struct flock lock = { .l_type = F_WRLCK,
			      .l_whence = SEEK_SET,
			      .l_start = mailbox,
			      .l_len = 1 };
	const struct timespec pause = { .tv_nsec = LOCK_POLL_MS * 1000000L };

	*out = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*out < 0)
		return FAIL(op, ERR_DOWN, "%s: %s", path, strerror(errno));
	for (int ms = 0; ms < LOCK_WAIT_MS; ms += LOCK_POLL_MS) {
		if (fcntl(*out, F_OFD_SETLK, &lock) == 0)
			return OK;
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return FAIL(op, ERR_DOWN, "%s: %s", path,
				    strerror(errno));
		(void)nanosleep(&pause, NULL);
	}
	return FAIL(op, ERR_CONFLICT, "it is being published");
}

/* ---- what lies there, and what is to ---- */

/* One mailbox on its way. */
struct work {
	struct delivery *d;
	enum publish_how how;
	struct publication row;        /* as read, then as it is to be kept */
	const struct mailbox *mailbox; /* NULL: it was removed */
	const struct backend_section *section; /* NULL: none takes scripts */
	const char *user;
	struct published did;
};

/* Was it of that kind before, and has perhaps lost the settings of it? */
static bool
is_past(const struct op *op, const struct backend_section *section)
{
	return section_titled(op->settings, section->title) != section;
}

/* Takes away what lies where nothing of it is to be any more. */
static enum err
withdraw(struct work *w, struct op *op, const struct backend_section *section)
{
	CLEANUP(backend_close) struct backend *b = NULL;
	enum err err;

	if (section == NULL || section_ops(section) == NULL) {
		log_warning("backend \"%s\" is not configured any more: a "
			    "script of %s may still lie there",
			    w->row.backend, w->row.user);
		w->row.there = false;
		return OK;
	}
	err = backend_open(op, section, &b);
	if (err == OK)
		err = b->ops->put(b, op, w->row.user, (struct bytes){ 0 });
	if (err != OK && !is_past(op, section))
		return err;
	if (err != OK)
		log_warning("%s: a script of %s may still lie there: %s",
			    w->row.backend, w->row.user, op->reason);
	w->row.there = false;
	w->did.removed = err == OK;
	return OK;
}

/* Where it lay before, if that is elsewhere now. */
static enum err
leave_old_place(struct work *w, struct op *op)
{
	if (!w->row.there)
		return OK;
	if (w->section != NULL && section_is_at(w->section, w->row.backend) &&
	    strcmp(w->user, w->row.user) == 0)
		return OK;
	return withdraw(w, op, section_as(op, w->row.backend));
}

static enum err
lies_there(struct work *w, struct op *op, struct backend *b,
	   const struct sieve_script *script, bool *out)
{
	struct bytes text;

	*out = w->how != PUBLISH_AGAIN && w->row.there &&
	       memcmp(w->row.digest, script->digest, DIGEST_SIZE) == 0;
	if (!*out || w->how != PUBLISH_COMPARE)
		return OK;
	TRY(b->ops->get(b, op, w->user, &text));
	*out = text.p != NULL && text.n == script->text.n &&
	       memcmp(text.p, script->text.p, text.n) == 0;
	return OK;
}

/* Kept before it is put: whoever finds it there is to know whose it is, though
 * its row is not done yet. */
static enum err
place_note(struct work *w, struct op *op)
{
	if (section_is_at(w->section, w->row.backend) &&
	    strcmp(w->row.user, w->user) == 0)
		return OK;
	w->row.backend = section_via(op, w->section);
	w->row.user = w->user;
	return store_publication_put(w->d->store, op, &w->row);
}

/* What lies there is another than the row says, or may be: if this try fails,
 * the next one is not to go by the row, and is to come. */
static void
distrust(struct work *w)
{
	memset(w->row.digest, 0, DIGEST_SIZE);
	if (w->row.done == w->row.wanted)
		w->row.done--;
}

static enum err
put_script(struct work *w, struct op *op, struct backend *b,
	   const struct sieve_script *script)
{
	bool there;

	TRY(lies_there(w, op, b, script, &there));
	if (there)
		return OK;
	distrust(w);
	TRY(place_note(w, op));
	TRY(b->ops->put(b, op, w->user, script->text));
	w->row.there = true;
	memcpy(w->row.digest, script->digest, DIGEST_SIZE);
	w->row.since = op->now;
	w->did.put = true;
	return OK;
}

static enum err
put_none(struct work *w, struct op *op, struct backend *b)
{
	struct bytes text = { 0 };

	if (!w->row.there && w->how == PUBLISH_COMPARE)
		TRY(b->ops->get(b, op, w->user, &text));
	if (!w->row.there && text.p == NULL && w->how != PUBLISH_AGAIN)
		return OK;
	if (text.p != NULL) { /* the row knows nothing of it */
		w->row.there = true;
		w->row.backend = section_via(op, w->section);
		w->row.user = w->user;
	}
	distrust(w);
	TRY(b->ops->put(b, op, w->user, (struct bytes){ 0 }));
	w->did.removed = w->row.there;
	w->row.there = false;
	return OK;
}

/* A script that the backend will never take: the one from before is of other
 * texts and times, and answering with those would be worse than silence. */
static enum err
put_refused(struct work *w, struct op *op, struct backend *b, enum err err)
{
	const char *reason = op->reason;

	if (err != ERR_LIMIT && err != ERR_INVALID)
		return err;
	if (w->row.there)
		TRY(put_none(w, op, b));
	op->reason = reason;
	return err;
}

static enum err
bring_script(struct work *w, struct op *op, struct backend *b)
{
	struct backend_limits limits = { 0 };
	struct sieve_script script;

	/* where nobody is to be answered, the server is not asked */
	TRY(script_make(w->d, op, w->mailbox, NULL, &script));
	if (script.text.p == NULL)
		return put_none(w, op, b);
	TRY(b->ops->limit(b, op, w->user, &limits));
	TRY(script_make(w->d, op, w->mailbox, &limits, &script));
	if (script.text.p == NULL) /* without what does not fit it is empty */
		TRY(put_none(w, op, b));
	else
		TRY(put_script(w, op, b, &script));
	w->row.reason = script.note == NULL ? "" : script.note;
	return OK;
}

static enum err
bring(struct work *w, struct op *op)
{
	CLEANUP(backend_close) struct backend *b = NULL;
	enum err err;

	w->row.reason = "";
	if (w->how == PUBLISH_AGAIN)
		distrust(w);
	TRY(leave_old_place(w, op));
	if (w->section == NULL)
		return OK;
	TRY(gate_pass(&w->d->gates, op, w->section));
	TRY(backend_open(op, w->section, &b));
	err = bring_script(w, op, b);
	if (!b->ops->prompt)
		gate_tell(&w->d->gates, op, w->section, err);
	return err == OK ? OK : put_refused(w, op, b, err);
}

/* ---- the row ---- */

static enum err
work_read(struct work *w, struct op *op, int64_t mailbox)
{
	enum err err;

	TRY(store_publication_get(w->d->store, op, mailbox, &w->row));
	err = store_mailbox_get(w->d->store, op, mailbox, &w->mailbox);
	if (err == ERR_NOT_FOUND) {
		w->mailbox = NULL;
		w->section = NULL;
		return OK;
	}
	TRY(err);
	w->section = section_of(op, w->mailbox);
	if (w->section != NULL && section_is_milter(w->section))
		w->section = NULL;
	return w->section == NULL
		       ? OK
		       : section_user(op, w->section, w->mailbox, &w->user);
}

/* Does it wait for no other machine? */
static bool
is_prompt(const struct work *w, struct op *op)
{
	const struct backend_section *old =
		w->row.there ? section_as(op, w->row.backend) : NULL;
	const struct backend_ops *leave = old == NULL ? NULL : section_ops(old);

	return (w->section == NULL || section_ops(w->section)->prompt) &&
	       (leave == NULL || leave->prompt);
}

/* Is it ours to do now? */
static bool
is_wanted(const struct work *w, struct op *op)
{
	switch (w->how) {
	case PUBLISH_PROMPT:
		return w->row.wanted != w->row.done && is_prompt(w, op);
	case PUBLISH_DUE:
		return w->row.wanted != w->row.done && w->row.due <= op->now;
	default:
		return true;
	}
}

/* Later and later; what is refused for what it is can wait longer. */
static void
work_failed(struct work *w, struct op *op, enum err err)
{
	bool refused = err == ERR_LIMIT || err == ERR_INVALID;
	int64_t pause = RETRY_MIN_S;

	for (unsigned i = 0; i < w->row.tries && pause < RETRY_MAX_S; i++)
		pause *= 2;
	if (pause > RETRY_MAX_S)
		pause = RETRY_MAX_S;
	w->row.tries++;
	w->row.due = op->now + (refused ? REFUSED_RETRY_S : pause);
	w->row.reason = op->reason == NULL ? err_name(err)
					   : text_head(op, op->reason,
						       PUBLICATION_TEXT_MAX);
}

static void
work_done(struct work *w, struct op *op)
{
	if (w->row.done != w->row.wanted && w->row.since == 0)
		w->row.since = op->now;
	if (!w->row.there) { /* for whom that was found out */
		w->row.backend =
			w->section == NULL ? "" : section_via(op, w->section);
		w->row.user = w->section == NULL ? "" : w->user;
	}
	w->row.done = w->row.wanted;
	w->row.tries = 0;
	w->row.due = op->now;
}

/* ERR_CONFLICT: it has changed meanwhile. */
static enum err
work_once(struct work *w, struct op *op, int64_t mailbox)
{
	struct publication before;
	enum err err, kept;

	TRY(work_read(w, op, mailbox));
	if (!is_wanted(w, op))
		return OK;
	before = w->row;
	err = bring(w, op);
	if (err == OK)
		work_done(w, op);
	else
		work_failed(w, op, err);
	if (err == OK && before.done == before.wanted && !w->did.put &&
	    !w->did.removed && strcmp(before.reason, w->row.reason) == 0 &&
	    strcmp(before.backend, w->row.backend) == 0)
		return OK; /* it was so before */
	kept = store_publication_put(w->d->store, op, &w->row);
	return kept != OK ? kept : err;
}

static enum err
work_all(struct work *w, struct op *op, int64_t mailbox)
{
	CLEANUP(lock_drop) int fd = -1;
	enum err err = ERR_CONFLICT;

	if (w->how == PUBLISH_PROMPT) { /* the clerk may be at it, for long */
		TRY(work_read(w, op, mailbox));
		if (!is_wanted(w, op))
			return OK;
	}
	TRY(lock_take(op, mailbox, &fd));
	for (int i = 0; i < ROUNDS_MAX && err == ERR_CONFLICT; i++)
		err = work_once(w, op, mailbox);
	return err;
}

/* What is read after the row has to be as new as the row is. */
enum err
publish(struct delivery *d, struct op *op, int64_t mailbox,
	enum publish_how how, struct published *out)
{
	struct work w = { .d = d, .how = how };
	bool one_view = op->one_view;
	enum err err;

	op->one_view = false;
	err = work_all(&w, op, mailbox);
	op->one_view = one_view;
	*out = w.did;
	return err;
}

void
delivery_publish(struct delivery *d, struct op *op, int64_t mailbox)
{
	const char *reason = op->reason;
	struct published did;
	enum err err;

	if (d == NULL || op->settings->backends_n == 0)
		return;
	err = publish(d, op, mailbox, PUBLISH_PROMPT, &did);
	if (err != OK && err != ERR_NOT_FOUND)
		log_warning("publishing mailbox %" PRId64 ": %s", mailbox,
			    op->reason == NULL ? err_name(err) : op->reason);
	op->reason = reason;
}
