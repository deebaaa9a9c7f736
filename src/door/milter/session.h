/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One connection of a mail server: libmilter's callbacks. */
#include "door/milter/crew.h"

#include <libmilter/mfapi.h>

extern const struct smfiDesc session_callbacks;

/* Who looks and decides for all of them; set before there is a connection. */
extern struct crew *session_crew;
