/* SPDX-License-Identifier: Apache-2.0 */
#include "oof/oof_robot.h"

#include <string.h>

/* People are called Bounce too, and Jeno Reply: a row wants a whole word. */
const struct oof_robot oof_robots[] = {
	/* clang-format off */
	{ OOF_ROBOT,   "mailer-daemon" },
	{ OOF_ROBOT,   "listserv" },
	{ OOF_ROBOT,   "majordomo" },
	{ OOF_ROBOT,   "owner-*" },
	{ OOF_ROBOT,   "*-request" },
	{ OOF_NOREPLY, "*noreply*" },
	{ OOF_NOREPLY, "*donotreply*" },
	{ OOF_NOREPLY, "*do-not-reply*" },
	{ OOF_NOREPLY, "*do_not_reply*" },
	{ OOF_NOREPLY, "*do.not.reply*" },
	{ OOF_NOREPLY, "no-reply*" },
	{ OOF_NOREPLY, "no_reply*" },
	{ OOF_NOREPLY, "no.reply*" },
	{ OOF_NOREPLY, "*-no-reply*" },
	{ OOF_NOREPLY, "*.no-reply*" },
	{ OOF_NOREPLY, "*_no-reply*" },
	{ OOF_NOREPLY, "*+no-reply*" },
	{ OOF_NOREPLY, "*-no_reply*" },
	{ OOF_NOREPLY, "*.no_reply*" },
	{ OOF_NOREPLY, "*_no_reply*" },
	{ OOF_NOREPLY, "*.no.reply*" },
	{ OOF_NOREPLY, "*-no.reply*" },
	{ OOF_NOREPLY, "bounce" },
	{ OOF_NOREPLY, "bounces" },
	{ OOF_NOREPLY, "bounce-*" },
	{ OOF_NOREPLY, "bounces-*" },
	{ OOF_NOREPLY, "bounce+*" },
	{ OOF_NOREPLY, "bounces+*" },
	{ OOF_NOREPLY, "bounce=*" },
	{ OOF_NOREPLY, "bounces=*" },
	{ OOF_NOREPLY, "bounce_*" },
	{ OOF_NOREPLY, "bounces_*" },
	{ OOF_NOREPLY, "bounces.*" },
	{ OOF_NOREPLY, "*-bounce" },
	{ OOF_NOREPLY, "*-bounces" },
	{ OOF_NOREPLY, "*-bounces+*" },
	/* clang-format on */
};
const size_t oof_robots_n = sizeof(oof_robots) / sizeof(oof_robots[0]);

/* Of a text that ends at `end`. Of the globs above each part between two *
 * may be taken where it first fits, and the last one at the end. */
static bool
is_like(const char *glob, const char *text, const char *end)
{
	while (*glob != '\0' && *glob != '*') {
		if (text == end || *text++ != *glob++)
			return false;
	}
	if (*glob == '\0')
		return text == end;
	glob++;
	for (; text <= end; text++) {
		if (is_like(glob, text, end))
			return true;
	}
	return *glob == '\0';
}

const struct oof_robot *
oof_robot_find(const char *address, enum oof_robot_kind kind)
{
	const char *end = strrchr(address, '@');

	if (end == NULL)
		end = address + strlen(address);
	for (size_t i = 0; i < oof_robots_n; i++) {
		if (oof_robots[i].kind == kind &&
		    is_like(oof_robots[i].glob, address, end))
			return &oof_robots[i];
	}
	return NULL;
}
