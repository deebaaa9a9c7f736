/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * SQLite recovers its log up to the first frame whose sum is wrong and takes
 * that for its end: right after a crash, but a loss of commits without a word
 * after damage in the midst of it. This tells the two apart.
 */
#include "base/op.h"

/*
 * Looks at "<database>-wal", if there is one; before it is opened, also while
 * others use it. ERR_INTERNAL: whole commits lie behind a damaged place. Of
 * the last commit nobody can say whether it was torn or damaged.
 */
enum err log_check(struct op *op, const char *database);
