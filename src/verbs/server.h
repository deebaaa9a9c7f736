/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A server that runs on this installation. */
#include "base/op.h"

/* Tells it to read its configuration and certificates again. False: none runs,
 * or it is not ours to tell. */
bool server_reload(struct op *op);
