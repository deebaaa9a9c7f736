/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the administrator's listener answers: is it well, what did it do. */
#include "model/house.h"

/* /healthz: the process answers; that is all it says. */
enum err health_get(struct house *house, struct op *op,
		    const struct request *req, struct response *res);

/* /readyz: 503 while the store is not there. A line for each wing; without the
 * image worker the stored pictures and absences still work. */
enum err ready_get(struct house *house, struct op *op,
		   const struct request *req, struct response *res);

/* /metrics */
enum err metrics_get(struct house *house, struct op *op,
		     const struct request *req, struct response *res);
