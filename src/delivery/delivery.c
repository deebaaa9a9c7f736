/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery/delivery_own.h"

#include <stdlib.h>

enum err
delivery_open(struct op *op, struct store *store, struct delivery **out)
{
	struct delivery *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return FAIL(op, ERR_DOWN, "no memory for the delivery");
	d->store = store;
	gates_init(&d->gates);
	*out = d;
	return OK;
}

void
delivery_close(struct delivery *d)
{
	if (d != NULL)
		gates_done(&d->gates);
	free(d);
}
