/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * People's names, as they are looked for. For finding only: what is folded
 * says nothing about who somebody is (addresses fold ASCII alone, text.h).
 */
#include "base/op.h"

/*
 * Without case, accents and compatibility forms; whatever is no letter or
 * digit is one space between words, and none around them. "Müller-Nagy,
 * Éva" is "muller nagy eva". Of a text that is no UTF-8: "".
 */
const char *fold_name(struct op *op, const char *text);
