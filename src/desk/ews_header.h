/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the SOAP header of a request says: its version, and whom to act as. */
#include "model/house.h"
#include "wire/soap.h"

/*
 * OK: go on; op->caller is then whom the request acts as, by
 * ExchangeImpersonation perhaps another than who signed in. ERR_INVALID,
 * ERR_DENIED: fault->code says why; others: it could not be found out. Headers
 * that no row knows are passed over.
 */
enum err ews_header_check(struct house *house, struct op *op,
			  const struct soap_request *request,
			  struct soap_fault *fault);
