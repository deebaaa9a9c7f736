/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the kinds of backends have in common. */
#include "model/backend.h"

#define BACKEND_USER_MAX 255   /* bytes of a user's name */
#define BACKEND_FILE_MODE 0640 /* who delivers reads by the folder's group */

/* The folder that Dovecot reads, where it is not there yet. What is made in it
 * gets its group (setgid), whatever our umask. */
enum err backend_folder_make(struct op *op, const char *folder);

/* From errno: ERR_DENIED or ERR_DOWN. */
enum err backend_failed(struct op *op, const char *path);

/* Tells how a step of a test went, and passes its result on. */
enum err backend_step(struct op *op, backend_tell *tell, void *arg,
		      const char *name, enum err err);

/* Who may read what lies in the folder, and that nobody else writes there. */
void backend_tell_rights(struct op *op, backend_tell *tell, void *arg,
			 const char *folder);
