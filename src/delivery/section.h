/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which section backend serves a mailbox, and how it knows it. */
#include "model/backend.h"
#include "model/mailbox.h"

/* By the domain of its primary address; NULL: none. */
const struct backend_section *section_of(struct op *op,
					 const struct mailbox *mailbox);
const struct backend_section *section_titled(const struct settings *s,
					     const char *title);
/* The kind's row; NULL: the milter. */
const struct backend_ops *section_ops(const struct backend_section *section);
bool section_is_milter(const struct backend_section *section);

/* "sieve-file:office" */
const char *section_via(struct op *op, const struct backend_section *section);

/* Under which name a mailbox is known there. */
enum err section_user(struct op *op, const struct backend_section *section,
		      const struct mailbox *mailbox, const char **out);
