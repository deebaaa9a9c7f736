/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The two operations of [MS-OXWOOF] 3.1.4. What is wrong with the settings is
 * told in `out`, with OK; everything else is an error, and a fault on the
 * wire: *fault gets what the error alone does not say.
 *   ERR_DENIED     not the owner, and nothing about whether there is such a
 *                  mailbox
 *   ERR_NOT_FOUND  no such mailbox, where the address book is public
 *   ERR_INVALID    a time that no year between 1 and 9999 has
 * and those of model/store.h.
 */
#include "model/house.h"
#include "oof/oof_wire.h"
#include "wire/soap.h"

enum err oof_get(struct house *house, struct op *op,
		 const struct oof_get_request *in, struct oof_get_response *out,
		 struct soap_fault *fault);

enum err oof_set(struct house *house, struct op *op,
		 const struct oof_set_request *in, struct oof_set_response *out,
		 struct soap_fault *fault);
