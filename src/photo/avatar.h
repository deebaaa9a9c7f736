/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Pictures for everybody, as Gravatar and Libravatar have them: /avatar/ and
 * the MD5 or SHA-256 of an address in lower case, without a login; of the
 * addresses in those domains alone that avatar.domains names.
 */
#include "model/house.h"

/*
 * OK: `res` says all. Nobody of that digest, a domain that is not named, a
 * mailbox without a picture: all alike. Nothing leads to another site,
 * whatever the client would like to have instead of a picture.
 */
enum err avatar_get(struct house *house, struct op *op,
		    const struct request *req, struct response *res);

/* Is the domain, folded, one of avatar.domains? */
bool avatar_has_domain(struct op *op, const char *domain);
