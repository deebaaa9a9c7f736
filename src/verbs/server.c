/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/server.h"
#include "base/lock.h"
#include "model/settings.h"

#include <signal.h>

bool
server_reload(struct op *op)
{
	pid_t holder = lock_holder(op, op->settings->data, LOCK_SERVE);

	return holder > 0 && kill(holder, SIGHUP) == 0;
}
