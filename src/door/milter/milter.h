/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The door of mails: a mail server shows us each mail by the milter protocol,
 * and we let every one of them pass as it is, whatever happens here.
 */
#include "model/milter.h"

#define MILTER_THREADS 4 /* that read in the house */
#define MILTER_CONNECTIONS_MAX                                                 \
	1000                 /* at once; those above it are let through unseen \
			      */
#define MILTER_DRAIN_MS 5000 /* for what was begun, when it ends */

/*
 * Listens at `listen`, "unix:PATH" or "ADDRESS:PORT", and serves on threads of
 * its own from then on; once in a process. A socket of one that died is taken
 * away. Signals are the caller's, who has HUP, INT and TERM open in his thread.
 */
enum err milter_open(struct op *op, struct milter_house *house,
		     const char *listen, struct milter_counts *counts);

/* Has it ended by itself? */
bool milter_ended(void);

/* Takes no more mails, and ends what was begun. False: something of it is
 * still at work, so that the process has to end without closing the house. */
bool milter_close(void);
