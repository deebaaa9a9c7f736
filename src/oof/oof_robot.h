/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Names in front of the @ that no person has: rows, for the decision and for
 * whatever has to say the same in another language. */
#include <stdbool.h>
#include <stddef.h>

enum oof_robot_kind {
	OOF_ROBOT = 1, /* RFC 5230 4.6, E-7; postmaster is a person */
	OOF_NOREPLY,   /* E-8: says itself that it is not to be answered */
};

struct oof_robot {
	enum oof_robot_kind kind;
	const char *glob; /* * is any text; in lower case */
};

extern const struct oof_robot oof_robots[];
extern const size_t oof_robots_n;

/* The row that a folded address's local part is like; NULL: none. */
const struct oof_robot *oof_robot_find(const char *address,
				       enum oof_robot_kind kind);
