/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* --help, made from the tables of the verbs. */
#include "base/buf.h"
#include "cli/cli.h"

#define HELP_MAX (256 * KIB) /* bytes of any help or manual */

/* All verbs; group "mailbox": only those whose name begins so. NULL: all. */
void help_verbs(struct buf *buf, const char *group);

void help_verb(struct buf *buf, const struct verb *verb);

/* "usage: frontdesk NAME [options] OPERANDS" */
void help_usage(struct buf *buf, const struct verb *verb);
