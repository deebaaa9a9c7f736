/* SPDX-License-Identifier: Apache-2.0 */

/* Tries backends for the administrator. */
#include "base/lock.h"
#include "delivery/delivery_own.h"

#include <string.h>

#define PROBE "frontdesk-probe" /* a user's name, in front of @ */

/* Whose place is tried: a name of the form that the section's users have. */
static enum err
probe_user(struct op *op, const struct backend_section *section,
	   const char **out)
{
	const char *domain = section->domains == NULL || !*section->domains
				     ? "localhost"
				     : *section->domains;
	const struct mailbox probe = {
		.address = op_print(op, PROBE "@%s", domain),
	};

	return section_user(op, section, &probe, out);
}

static enum err
milter_test(struct op *op, backend_tell *tell, void *arg)
{
	long pid = (long)lock_holder(op, op->settings->data, LOCK_MILTER);
	struct backend_told told = { .step = "find the milter" };

	told.good = pid != 0;
	told.note = pid != 0 ? op_print(op, "process %ld", pid)
			     : "none runs: set milter.listen and start "
			       "frontdesk serve";
	tell(arg, &told);
	TRY(outbox_test(op, tell, arg));
	return told.good ? OK : FAIL(op, ERR_DOWN, "no milter runs");
}

static enum err
section_test(struct op *op, const struct backend_section *section,
	     const char *user, backend_tell *tell, void *arg)
{
	const struct backend_told told = {
		.step = op_print(op, "backend \"%s\"", section->title),
		.good = true,
		.note = section->kind,
	};
	CLEANUP(backend_close) struct backend *b = NULL;

	tell(arg, &told);
	if (section_is_milter(section))
		return milter_test(op, tell, arg);
	if (user == NULL)
		TRY(probe_user(op, section, &user));
	TRY(backend_open(op, section, &b));
	return b->ops->test(b, op, user, tell, arg);
}

enum err
delivery_test(struct delivery *d, struct op *op, const char *title,
	      const char *user, backend_tell *tell, void *arg)
{
	const struct settings *s = op->settings;
	enum err err = OK;

	(void)d;
	if (title != NULL && section_titled(s, title) == NULL)
		return FAIL(op, ERR_NOT_FOUND,
			    "there is no section backend \"%s\"", title);
	for (size_t i = 0; i < s->backends_n; i++) {
		enum err one;

		if (title != NULL && strcmp(title, s->backends[i].title) != 0)
			continue;
		one = section_test(op, &s->backends[i], user, tell, arg);
		err = err == OK ? one : err;
	}
	return err;
}
