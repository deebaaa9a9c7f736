/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What somebody wishes an absence to be: the options of the verbs that set
 * one. */
#include "cli/cli.h"
#include "verbs/absence.h"

/* Rows of their tables. */
#define WISH_TIMES                                                             \
	{ 0, "from", "TIME",                                                   \
	  "when it begins: 2026-12-23, '2026-12-23 12:00', "                   \
	  "2026-12-23T12:00:00Z, +2d; without it: now" },                      \
	{                                                                      \
		0, "to", "TIME",                                               \
			"when it ends, likewise; without it: until it is "     \
			"switched off"                                         \
	}
#define WISH_TEXTS                                                             \
	{ 0, "internal", "TEXT", "the reply to people of the organization" },  \
		{ 0, "internal-file", "FILE",                                  \
		  "the same, from a file; - is standard input" },              \
		{ 0, "external", "TEXT", "the reply to everybody else" },      \
		{ 0, "external-file", "FILE",                                  \
		  "the same, from a file; - is standard input" },              \
		{ 0, "audience", "WHO",                                        \
		  "who of them gets it: none, known (in the contacts) or "     \
		  "all" },                                                     \
		{ 0, "lang", "TAG",                                            \
		  "the language of the texts given, like de or en-GB" },       \
	{                                                                      \
		0, "keep", NULL,                                               \
			"leave it on, off or scheduled as it is: only texts "  \
			"and audience change"                                  \
	}

/* What can be told without the mailbox, and before root is given up: the files
 * are the caller's. */
enum err wish_read(struct cli *c, struct absence_wish *out);

/* State and duration; `zone` is for times without one, where --tz is not
 * given. */
enum err wish_schedule(struct cli *c, const char *zone,
		       struct absence_wish *out);
