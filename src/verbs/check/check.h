/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the checks of an installation share (cli_check.c), and those that ask
 * others than the files and programs of this machine (check_asks.c). */
#include "cli/cli.h"

/* UNASKED: what bars the way is told by another row, with its status. */
enum check_state { CHECK_FINE, CHECK_WARNING, CHECK_FAILED, CHECK_UNASKED };

/* One line: what was looked at, and what was found. */
void check_tell(struct cli *c, const char *name, enum check_state state,
		const char *detail);

/* The op's reason as a detail. */
enum check_state check_failed(struct cli *c, const char **detail);

/* Each is a row: *detail is what was found, or what is wrong and what to do. */
enum check_state check_passwords(struct cli *c, const char **detail);
enum check_state check_sources(struct cli *c, const char **detail);
enum check_state check_keytab(struct cli *c, const char **detail);
enum check_state check_issuers(struct cli *c, const char **detail);
enum check_state check_accounts(struct cli *c, const char **detail);
enum check_state check_avatars(struct cli *c, const char **detail);
