/* SPDX-License-Identifier: Apache-2.0 */

/* The sources of passwords, one row each. */
#include "wing/auth/password.h"

#include "base/text.h"
#include "model/settings.h"

#include <string.h>

static const struct password_source *const sources[] = {
	&password_store, /* the first is what is meant when none is set */
	&password_dovecot,
	&password_directory,
};

const struct password_source *
password_source(const struct op *op)
{
	const char *name = op->settings->passwords;

	for (size_t i = 0; name != NULL && i < COUNT(sources); i++) {
		if (strcmp(sources[i]->name, name) == 0)
			return sources[i];
	}
	return sources[0];
}

int64_t
password_remember_other_s(const struct op *op)
{
	return op->settings->remember_other_s;
}

enum err
auth_ping(struct op *op)
{
	const struct password_source *source = password_source(op);

	return source->ping == NULL ? OK : source->ping(op);
}

enum err
password_sources_open(struct auth *a, struct op *op)
{
	for (size_t i = 0; i < COUNT(sources); i++) {
		if (sources[i]->open != NULL)
			TRY(sources[i]->open(a, op));
	}
	return OK;
}

void
password_sources_close(struct auth *a)
{
	for (size_t i = 0; i < COUNT(sources); i++) {
		if (sources[i]->close != NULL)
			sources[i]->close(a);
	}
}
