/* SPDX-License-Identifier: Apache-2.0 */
/* One write a line, so that lines of several processes never mix. */
#include "base/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048 /* a longer line is cut */

static struct {
	const char *part;
	enum log_level level;
	bool journal; /* standard error leads to systemd's journal */
} log_state = { "", LOG_LEVEL_NOTICE, false };

static const struct {
	const char *priority; /* sd-daemon(3) */
	const char *word;
} levels[] = {
	[LOG_LEVEL_ERROR] = { "<3>", "error: " },
	[LOG_LEVEL_WARNING] = { "<4>", "warning: " },
	[LOG_LEVEL_NOTICE] = { "<5>", "" },
	[LOG_LEVEL_DEBUG] = { "<7>", "debug: " },
};

/* Is standard error the stream that systemd named (systemd.exec(5))? */
static bool
is_journal(void)
{
	const char *named = getenv("JOURNAL_STREAM");
	char found[64]; /* two numbers of 64 bits */
	struct stat st;

	if (named == NULL || fstat(STDERR_FILENO, &st) != 0)
		return false;
	(void)snprintf(found, sizeof(found), "%llu:%llu",
		       (unsigned long long)st.st_dev,
		       (unsigned long long)st.st_ino);
	return strcmp(named, found) == 0;
}

void
log_open(const char *part, enum log_level level)
{
	log_state.part = part;
	log_state.level = level;
	log_state.journal = is_journal();
}

/* What stands before the text; returns its length. */
static size_t
line_begin(char *line, size_t room, enum log_level level)
{
	char when[32] = "";
	time_t now = time(NULL);
	struct tm tm;
	int n;

	if (!log_state.journal && gmtime_r(&now, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ ", &tm);
	n = snprintf(line, room, "%s%sfrontdesk%s%s: %s",
		     log_state.journal ? levels[level].priority : "", when,
		     log_state.part[0] == '\0' ? "" : " ", log_state.part,
		     levels[level].word);
	return n < 0 ? 0 : (size_t)n;
}

static void __attribute__((format(printf, 2, 0)))
line_write(enum log_level level, const char *format, va_list args)
{
	char line[LINE_MAX_BYTES + 1];
	size_t begin, n;

	if (level > log_state.level)
		return;
	begin = line_begin(line, LINE_MAX_BYTES, level);
	if (begin >= LINE_MAX_BYTES)
		return; /* a part of 2 KB: our own mistake */
	if (vsnprintf(line + begin, LINE_MAX_BYTES - begin, format, args) < 0)
		return;
	n = begin + strlen(line + begin);
	/* Nothing from outside starts a line of its own or moves a cursor. */
	for (size_t i = begin; i < n; i++) {
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = ' ';
	}
	line[n++] = '\n';
	/* Nobody is left to be told when this fails. */
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}

#define DEFINE_LOG(name, level)                                                \
	void name(const char *format, ...)                                     \
	{                                                                      \
		va_list args;                                                  \
                                                                               \
		va_start(args, format);                                        \
		line_write(level, format, args);                               \
		va_end(args);                                                  \
	}

DEFINE_LOG(log_error, LOG_LEVEL_ERROR)
DEFINE_LOG(log_warning, LOG_LEVEL_WARNING)
DEFINE_LOG(log_notice, LOG_LEVEL_NOTICE)
DEFINE_LOG(log_debug, LOG_LEVEL_DEBUG)
