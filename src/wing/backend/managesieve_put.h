/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Our script among those of its owner. Nothing of his is changed or lost, and
 * whenever it breaks off, what was active is active, or what runs both is:
 *   nothing active      ours is put, and made active
 *   his "main" active   ours is put, then one that runs both, which is made
 *                       active; when ours goes, "main" is made active again
 *   his includes ours   ours is put
 * Two things of Dovecot's look like nothing, or like his, and are neither: an
 * active script that is a file and not a link to one, and its sieve_default.
 */
#include "wing/backend/managesieve_call.h"

/* By connection of that user. script.p NULL: there is to be none. */
enum err ms_publish(struct op *op, struct ms_link *l, struct bytes script);

/* As struct backend_ops' get; where it lies and is not run: no bytes. */
enum err ms_published(struct op *op, struct ms_link *l, struct bytes *out);
