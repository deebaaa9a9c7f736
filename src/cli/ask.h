/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Questions to the person at the terminal. */
#include "base/op.h"

/* Is somebody there to be asked? */
bool ask_possible(void);

/* A new password, asked for twice and not shown. ERR_INVALID: they differ. */
enum err ask_password(struct op *op, const char *address, const char **out);

/* A password of somebody else's, asked for once and not shown. */
enum err ask_secret(struct op *op, const char *prompt, const char **out);

/* ERR_DENIED unless the answer is yes; where nobody can be asked, the reason
 * says to use --yes. */
enum err ask_sure(struct op *op, const char *question);
