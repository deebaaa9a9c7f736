/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GET on services.wsdl, messages.xsd and types.xsd: appendix A of [MS-OXWOOF],
 * corrected so that tools can read it, with every operation that is answered.
 * The schemas come from the tables that read and write.
 */
#include "model/house.h"

enum err wsdl_get(struct house *house, struct op *op, const struct request *req,
		  struct response *res);
