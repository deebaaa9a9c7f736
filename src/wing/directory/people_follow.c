/* SPDX-License-Identifier: Apache-2.0 */

/* Who changed at each source since it was last asked that. */
#include "wing/directory/people.h"

#include "base/log.h"

struct follow {
	struct directory *d;
	const struct source *source;
	const struct source_list *sources;
	directory_seen *seen;
	void *arg;
};

/* One who cannot be a mailbox holds up nobody: the sweep tells of him. */
static enum err
changed(struct op *op, void *arg, const struct person *person)
{
	const struct follow *f = arg;
	struct person narrow = *person;
	const struct mailbox *m;
	enum err err = people_narrow(op, f->source, &narrow);

	if (err == OK)
		err = people_put(f->d, op, f->sources, &narrow, &m);
	if (err == OK && f->seen != NULL && !narrow.disabled &&
	    (narrow.asked & PERSON_WANT_PICTURES) != 0)
		f->seen(op, f->arg, m, &narrow);
	return err == ERR_DOWN || err == ERR_UNKNOWN ? err : OK;
}

/* A source without a mark is read from now on; who changed before is the
 * sweep's, which comes after. */
static enum err
source_follow(struct follow *f, struct op *op, const struct source_mark *was)
{
	const struct source *source = f->source;
	struct source_mark mark = *was;

	TRY(source->kind->changes(op, source,
				  *was->mark == '\0' ? NULL : was->mark,
				  &mark.mark, changed, f));
	mark.followed = op->now;
	return store_source_put(f->d->store, op, source->name, &mark);
}

/* Told when it goes and when it comes, not each time. */
static void
outcome_tell(struct directory *d, struct op *op, const struct source *source,
	     enum err err)
{
	const struct asked_key key = asked_key(d->asked, source->name, 'u', "");
	bool was = asked_was_down(d->asked, key);

	if (err != OK && !was)
		log_warning("%s: %s", source->name,
			    op->reason == NULL ? err_name(err) : op->reason);
	if (err == OK && was)
		log_notice("%s answers again", source->name);
	asked_end(d->asked, key, err == OK ? OK : ERR_DOWN);
}

static bool
is_due(const struct op *op, const struct source *source,
       const struct source_mark *mark)
{
	return op->now - mark->followed >= source->poll_s ||
	       mark->followed > op->now;
}

enum err
directory_follow(struct directory *d, struct op *op, directory_seen *seen,
		 void *arg)
{
	struct source_list list;
	struct follow f = {
		.d = d, .sources = &list, .seen = seen, .arg = arg
	};

	if (!sources_any(op))
		return OK;
	TRY(sources_list(op, &list));
	for (size_t i = 0; i < list.n; i++) {
		const struct source *source = &list.source[i];
		struct source_mark mark;
		enum err err;

		if (source->kind->changes == NULL || source->poll_s == 0)
			continue;
		TRY(store_source_get(d->store, op, source->name, &mark));
		if (!is_due(op, source, &mark))
			continue;
		f.source = source;
		op->reason = NULL;
		err = source_follow(&f, op, &mark);
		outcome_tell(d, op, source, err);
	}
	return OK;
}
