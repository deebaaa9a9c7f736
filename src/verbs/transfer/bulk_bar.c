/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/transfer/bulk_bar.h"
#include "base/op.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WIDTH 30        /* columns between the brackets */
#define KNOWN_S 3       /* a run's first seconds tell nothing of its end */
#define MINUTE 60       /* seconds */
#define MANY_MINUTES 90 /* from here on in hours */

static const char clear[] = "\r\x1b[K";

void
bulk_bar_begin(struct bulk_bar *bar, size_t of, int fd)
{
	*bar = (struct bulk_bar){ .fd = isatty(fd) ? fd : -1,
				  .of = of,
				  .began_us = op_clock_us() };
}

bool
bulk_bar_shown(const struct bulk_bar *bar)
{
	return bar->shown;
}

static void
left_text(int64_t left_s, char *out, size_t room)
{
	int64_t minutes = (left_s + MINUTE - 1) / MINUTE;

	if (left_s < 0)
		out[0] = '\0';
	else if (left_s < MINUTE)
		(void)snprintf(out, room, ", %" PRId64 " s left", left_s);
	else if (minutes < MANY_MINUTES)
		(void)snprintf(out, room, ", %" PRId64 " min left", minutes);
	else
		(void)snprintf(out, room, ", %" PRId64 " h left",
			       (minutes + MINUTE - 1) / MINUTE);
}

void
bulk_bar_text(size_t done, size_t of, size_t failed, int64_t left_s,
	      char out[BULK_BAR_MAX])
{
	size_t full = of == 0 ? WIDTH : done * WIDTH / of;
	char bar[WIDTH + 1], bad[40] = "", left[40];

	memset(bar, ' ', WIDTH);
	memset(bar, '=', full < WIDTH ? full : WIDTH);
	bar[WIDTH] = '\0';
	if (failed > 0)
		(void)snprintf(bad, sizeof(bad), ", %zu failed", failed);
	left_text(left_s, left, sizeof(left));
	(void)snprintf(out, BULK_BAR_MAX, "[%s] %zu of %zu%s%s", bar, done, of,
		       bad, left);
}

static void
put(int fd, const char *text)
{
	/* Nobody is worse off when it cannot be shown. */
	if (write(fd, text, strlen(text)) < 0)
		return;
}

void
bulk_bar_show(struct bulk_bar *bar, size_t done, size_t failed)
{
	int64_t for_s = (op_clock_us() - bar->began_us) / 1000000;
	char text[BULK_BAR_MAX];
	int64_t left_s = -1;

	if (bar->fd < 0)
		return;
	if (done > 0 && for_s >= KNOWN_S)
		left_s = for_s * (int64_t)(bar->of - done) / (int64_t)done;
	bulk_bar_text(done, bar->of, failed, left_s, text);
	put(bar->fd, clear);
	put(bar->fd, text);
	bar->shown = true;
}

void
bulk_bar_hide(struct bulk_bar *bar)
{
	if (bar->shown)
		put(bar->fd, clear);
	bar->shown = false;
}

void
bulk_bar_line(int fd, const char *text)
{
	put(fd, text);
	put(fd, "\n");
}
