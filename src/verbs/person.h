/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A mailbox and what belongs to it, as JSON: for show, list and export. */
#include "cli/cli.h"

#include <jansson.h>

/* A line of a list. */
json_t *person_row(const struct mailbox *mailbox);

/* Adds the keys source and state: who outside knows him, and how it stands. */
enum err person_source_add(struct cli *c, struct op *op,
			   const struct mailbox *mailbox, json_t *to);

/* One of whom it knows. */
json_t *person_contact(const struct contact *contact);

/* All facts but texts and pictures. */
enum err person_facts(struct cli *c, const struct mailbox *mailbox,
		      json_t **out);

/* Everything that is kept of a person; the picture in base64. */
enum err person_export(struct cli *c, const struct mailbox *mailbox,
		       json_t **out);
