/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Another server, as a client sees it: the options of all verbs that ask one,
 * and what its failures mean. Secrets come by standard input or by a file. */
#include "cli/cli.h"
#include "client/frontdesk/client.h"

#define REMOTE_SECRET_MAX 16384 /* bytes of a password or a token */

/* Rows of their tables. */
#define REMOTE_OPTIONS                                                         \
	{ 0, "url", "URL",                                                     \
	  "the service, https://HOST/EWS/Exchange.asmx; without it it is "     \
	  "found from the address" },                                          \
		{ 0, "user", "NAME",                                           \
		  "sign in as this user; without it as ADDRESS" },             \
		{ 0, "password-stdin", NULL,                                   \
		  "the password is the first line of standard input; a "       \
		  "terminal is "                                               \
		  "asked" },                                                   \
		{ 0, "bearer-stdin", NULL,                                     \
		  "sign in by a token, the first line of standard input" },    \
		{ 0, "bearer-file", "FILE", "sign in by a token in a file" },  \
		{ 0, "negotiate", NULL,                                        \
		  "sign in by Kerberos, with your ticket" },                   \
		{ 0, "act-as", "ADDRESS",                                      \
		  "impersonate this mailbox, as a service account may" },      \
		{ 0, "ca", "FILE",                                             \
		  "trust these authorities, in PEM, and no others" },          \
		{ 0, "connect-to", "HOST:PORT:HOST:PORT",                      \
		  "connect to the second for the first; may be repeated" },    \
		{ 0, "dns-server", "IP[:PORT]",                                \
		  "ask this server for all names" },                           \
	{                                                                      \
		0, "timeout", "SECONDS",                                       \
			"give up after so long; without it 60"                 \
	}

/* Reads those options and opens a client; what the user named is read as the
 * user. `address`: who signs in unless told; NULL: nobody does. */
enum err remote_open(struct cli *c, const char *address, struct ewsc **out);

/* For CLEANUP. */
void remote_close(struct ewsc **client);

/* The failure of a call of the client's, with what to do. */
enum err remote_fail(struct cli *c, const struct ewsc *client);

/* The same of its parts, and whether the server said it. */
enum err remote_err(enum ewsc_result result);
