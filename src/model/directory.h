/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Who is behind an address. */
#include "model/mailbox.h"

struct directory;
struct store;

enum err directory_open(struct op *op, struct store *store,
			struct directory **out);
void directory_close(struct directory *d);

/*
 * The mailbox behind an address as somebody wrote it: any case, primary or
 * alias. ERR_NOT_FOUND: nobody's, not an address, or of another organization
 * than `organization` (0: any).
 */
enum err directory_resolve(struct directory *d, struct op *op,
			   const char *address, int64_t organization,
			   const struct mailbox **out);

/*
 * The mailbox behind an address, if the op's caller owns it: its own,
 * or one that it was made an owner of. ERR_DENIED: another's; ERR_NOT_FOUND:
 * as above.
 */
enum err directory_owned(struct directory *d, struct op *op,
			 const char *address, const struct mailbox **out);

/*
 * The mailbox behind a login name: an address, or a name alone or with
 * DOMAIN\ before it, where exactly one accepted domain fits.
 */
enum err directory_login(struct directory *d, struct op *op, const char *name,
			 const struct mailbox **out);
