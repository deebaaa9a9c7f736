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

/* "sieve-file:office": how a place is named, to people and in the store, so
 * that a section that became of another kind is another place. */
const char *section_via(struct op *op, const struct backend_section *section);
bool section_is_at(const struct backend_section *section, const char *via);
/* The section as it was when it was of that kind; NULL: it is no more. */
const struct backend_section *section_as(struct op *op, const char *via);

/* Under which name a mailbox is known there. */
enum err section_user(struct op *op, const struct backend_section *section,
		      const struct mailbox *mailbox, const char **out);
