/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Internationalized domains (RFC 5890): the one form in which domains and mail
 * addresses are kept and compared, whichever way they were written.
 */
#include "base/op.h"

/*
 * A-Z made a-z, and the domain of an address (all of a text without @) in the
 * form that DNS has: "Ann@München.example" is "ann@xn--mnchen-3ya.example".
 * Only what IDNA 2008 (RFC 5891) allows as it is written is taken so; nothing
 * is mapped: letters that look like others, or have another case outside of
 * ASCII, stay what they are, and so a name of nobody's.
 */
const char *idn_fold(struct op *op, const char *text);

/* Is a folded domain one that DNS can have? */
bool idn_is_name(const char *folded);
