/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the verbs about mailboxes, aliases and owners ask alike. */
#include "cli/cli.h"

#define MAILBOX_NAME_MAX 256      /* bytes of a person's name */
#define MAILBOX_PASSWORD_MAX 4096 /* bytes read; auth_hash takes fewer */

/* Folded; ERR_INVALID when it is no mail address. */
enum err mailbox_address(struct cli *c, const char *word, const char **out);

/* ERR_NOT_FOUND with advice when its domain is not accepted. */
enum err mailbox_domain(struct cli *c, const char *address);

/* The ERR_CONFLICT of an address that somebody has. */
enum err mailbox_taken(struct cli *c, const char *address,
		       const struct mailbox *by);
