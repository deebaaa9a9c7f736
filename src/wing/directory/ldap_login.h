/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Is it his password? Asked by a bind as himself; as source_kind's check. */
#include "wing/directory/source.h"

enum err login_try(struct op *op, const struct source *source,
		   const struct person_link *link, const char *password,
		   const char **hash);

/* What AD means by "... data 52e, ..." in what it says; NULL: nothing. */
const char *login_reason(const char *said);
