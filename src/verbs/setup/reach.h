/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* May the account that delivers mail come to what we write for it? */
#include "verbs/setup/plan.h"

/* Rows for the folder of each section with scripts as files. */
void reach_folders(struct plan *plan, const struct settings *s,
		   const struct found *found);

/* Rows for the database of each section with scripts as rows: is it there, and
 * may Dovecot's dict read it? */
void reach_databases(struct plan *plan, const struct settings *s,
		     const struct found *found);

/* Why the account of Postfix (mail_owner) may not connect to the socket of
 * milter.listen; NULL: it may, it is none, or it is not there yet. */
const char *reach_socket(struct op *op, const struct settings *s,
			 const char *mail_owner);
