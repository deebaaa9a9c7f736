/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The parts of `frontdesk setup`: what a mail server is, is told, and does. */
#include "cli/cli.h"
#include "verbs/setup/plan.h"

#include <jansson.h>

struct setup {
	struct cli *c;
	struct plan plan;
	struct found found;
	const char *programs[2]; /* a folder of them, NULL behind; or NULL */
	const char *conf;        /* Dovecot's file, Postfix's folder */
	struct dovecot_place dovecot;
	struct postfix_place postfix;
};

/* Reads the server's settings and makes the plan. What cannot be found is a
 * row of it. */
enum err setup_dovecot_look(struct setup *s);
enum err setup_postfix_look(struct setup *s);

/* The plan as it is printed: rows, then the lines, file by file. */
const char *setup_text(struct setup *s, const char *then);
json_t *setup_json(struct setup *s, const char *program);

/* A row of a test that is under way. */
void setup_tell(struct setup *s, const struct plan_row *row);

/* Does it work? Tells each step; ERR_DOWN: one failed. */
enum err setup_dovecot_try(struct setup *s, const char *address);
enum err setup_postfix_try(struct setup *s, const char *address);
