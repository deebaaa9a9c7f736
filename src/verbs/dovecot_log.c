/* SPDX-License-Identifier: Apache-2.0 */
#include "verbs/dovecot_log.h"

#include "base/clock.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define AHEAD_S 86400 /* that a clock of another machine may be fast */
#define STAMP_SIZE 15 /* "Nov 22 11:09:43" */
#define SIEVE "sieve: msgid="

/* ---- times ---- */

/* "Nov 22 11:09:43", without a year: the last one that is not to come. */
static bool
time_short(struct op *op, const char *line, const char *zone, int64_t *out)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const char *month = strstr(months, op_text(op, line, strnlen(line, 3)));
	int64_t wall, year;
	char *rest;
	long day;

	if (strlen(line) < STAMP_SIZE || line[3] != ' ' || month == NULL ||
	    (month - months) % 3 != 0)
		return false;
	day = strtol(line + 4, &rest, 10);
	if (day < 1 || day > 31 || *rest != ' ')
		return false;
	if (clock_wall(op, op->now, zone, &wall) != OK ||
	    !text_number(op_text(op, clock_xml(op, wall), 4), 1, 9999, &year))
		return false;
	for (int back = 0; back < 2; back++) {
		const char *text =
			op_print(op, "%04d-%02d-%02ldT%.*sZ", (int)year - back,
				 (int)(month - months) / 3 + 1, day,
				 (int)strcspn(rest + 1, " "), rest + 1);

		if (clock_read_xml(op, text, &wall, NULL) == OK &&
		    clock_local(op, wall, zone, out) == OK &&
		    *out <= op->now + AHEAD_S)
			return true;
	}
	return false;
}

/* "2026-11-22T11:09:43.1+01:00", "2026-11-22 11:09:43" */
static bool
time_long(struct op *op, const char *line, const char *zone, int64_t *out)
{
	char *text = op_text(op, line, strcspn(line, " "));
	bool zoned;
	int64_t wall;

	if (strlen(text) == 10 && line[10] == ' ')
		text = op_print(op, "%sT%.*s", text,
				(int)strcspn(line + 11, " "), line + 11);
	if (clock_read_xml(op, text, out, &zoned) != OK)
		return false;
	wall = *out;
	return zoned || clock_local(op, wall, zone, out) == OK;
}

/* ---- a line ---- */

/* "<13413><t/ysFHfN>: Info: ", or less of it, and nothing more. */
static bool
is_front(const char *at, const char *end)
{
	static const char *const level[] = { "Info: ", "Error: " };

	while (*at == '<') {
		at += strcspn(at, "> ");
		if (*at++ != '>')
			return false;
	}
	if (strncmp(at, ": ", 2) != 0)
		return false;
	at += 2;
	for (size_t i = 0; i < COUNT(level) && at < end; i++) {
		if (strncmp(at, level[i], strlen(level[i])) == 0)
			at += strlen(level[i]);
	}
	return at == end;
}

/*
 * "lmtp(ada@example.com)<13413><t/ysFHfN>: Info: ": who it is about. It begins
 * the line, behind its time, or what one program says: a mail server that
 * writes to the same log tells of a Message-ID that may look like all of it.
 */
static const char *
user_find(struct op *op, const char *line, const char *end)
{
	const char *open = memchr(line, '(', (size_t)(end - line));
	const char *said = strstr(line, ": "), *service = open, *close;

	if (open == NULL || said == NULL)
		return NULL;
	while (service > line && service[-1] != ' ')
		service--;
	if (said < open && said + 2 != service)
		return NULL;
	close = memchr(open, ')', (size_t)(end - open));
	if (close == NULL || !is_front(close + 1, end))
		return NULL;
	return op_text(op, open + 1, (size_t)(close - open) - 1);
}

/* The text behind the last `mark` of a line; NULL: it has none. A sender may
 * write it into his Message-ID, which stands in front. */
static const char *
behind_last(const char *line, const char *mark)
{
	const char *found = NULL, *at = line;

	while ((at = strstr(at, mark)) != NULL) {
		at += strlen(mark);
		found = at;
	}
	return found;
}

/* "<bob@far.example>", or "bob@far.example" where it failed, and how it goes
 * on. */
static const char *
address_read(struct op *op, const char *text, bool bare, const char **rest)
{
	size_t n;

	if (text == NULL)
		return NULL;
	if (bare && *text != '<') {
		n = strcspn(text, "<>: \t");
		*rest = text + n;
		return op_text(op, text, n);
	}
	if (*text != '<')
		return NULL;
	n = strcspn(text + 1, "<> \t");
	if (text[1 + n] != '>')
		return NULL;
	*rest = text + n + 2;
	return op_text(op, text + 1, n);
}

/* What was said of the reply, and to whom. */
static bool
outcome_read(struct op *op, const char *said, struct dovecot_sent *out)
{
	static const struct {
		const char *mark;
		bool sent;
	} marks[] = {
		{ ": sent vacation response to ", true },
		{ ": failed to send vacation response to ", false },
	};

	for (size_t i = 0; i < COUNT(marks); i++) {
		const char *rest, *at = behind_last(said, marks[i].mark);

		out->to = address_read(op, at, !marks[i].sent, &rest);
		out->sent = marks[i].sent;
		/* Of one that was sent, nothing more is said. */
		if (out->to != NULL &&
		    (*rest == '\0' || (!marks[i].sent && *rest == ':')))
			return text_is_address(out->to);
	}
	return false;
}

bool
dovecot_log_line(struct op *op, const char *line, const char *zone,
		 struct dovecot_sent *out)
{
	const char *sieve = strstr(line, SIEVE), *id;
	size_t n;

	*out = (struct dovecot_sent){ 0 };
	if (sieve == NULL || !outcome_read(op, sieve, out))
		return false;
	out->user = user_find(op, line, sieve);
	if (out->user == NULL)
		return false;
	id = sieve + strlen(SIEVE);
	n = strcspn(id, "> ");
	if (*id == '<' && id[n] == '>' && strncmp(id + n, ">: ", 3) == 0)
		out->message_id = op_text(op, id, n + 1);
	if (!time_long(op, line, zone, &out->at) &&
	    !time_short(op, line, zone, &out->at))
		out->at = 0;
	return true;
}

/* ---- a file ---- */

static enum err
tail_read(struct op *op, int fd, struct bytes *out, bool *cut)
{
	struct stat st;
	off_t from;
	uint8_t *at;
	size_t n = 0;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return FAIL(op, ERR_INVALID, "it is no file");
	from = st.st_size > (off_t)DOVECOT_LOG_MAX
		       ? st.st_size - (off_t)DOVECOT_LOG_MAX
		       : 0;
	at = op_alloc(op, (size_t)(st.st_size - from) + 1);
	while (n < (size_t)(st.st_size - from)) {
		ssize_t got = pread(fd, at + n, (size_t)(st.st_size - from) - n,
				    from + (off_t)n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return FAIL(op, ERR_DOWN, "%s", strerror(errno));
		if (got == 0)
			break; /* it was cut meanwhile */
		n += (size_t)got;
	}
	*out = (struct bytes){ at, n };
	*cut = from > 0;
	return OK;
}

/* Only a line that may tell of a reply becomes a text. */
static const char *
line_text(struct op *op, struct bytes line)
{
	static const char mark[] = "vacation response to ";

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (line.n > DOVECOT_LOG_LINE_MAX ||
	    memmem(line.p, line.n, mark, strlen(mark)) == NULL ||
	    !text_utf8(line))
		return NULL;
	return op_text(op, (const char *)line.p, line.n);
}

static void
row_add(struct op *op, struct dovecot_log *log, size_t *room,
	const struct dovecot_sent *row)
{
	if (log->n == DOVECOT_LOG_ROWS_MAX) {
		/* The older half goes. */
		log->n /= 2;
		log->cut = true;
		memmove(log->row, log->row + log->n,
			log->n * sizeof(*log->row));
	}
	if (log->n == *room) {
		struct dovecot_sent *more;

		*room = *room == 0 ? 64 : 2 * *room;
		more = op_alloc(op, *room * sizeof(*more));
		if (log->n > 0)
			memcpy(more, log->row, log->n * sizeof(*more));
		log->row = more;
	}
	log->row[log->n++] = *row;
}

enum err
dovecot_log_read(struct op *op, int fd, const char *user, const char *zone,
		 struct dovecot_log *out)
{
	struct dovecot_sent row;
	struct bytes all;
	size_t room = 0;

	*out = (struct dovecot_log){ 0 };
	TRY(tail_read(op, fd, &all, &out->cut));
	while (all.n > 0) {
		const uint8_t *end = memchr(all.p, '\n', all.n);
		struct bytes line = { all.p, end == NULL
						     ? all.n
						     : (size_t)(end - all.p) };
		const char *text = line_text(op, line);

		if (text != NULL && dovecot_log_line(op, text, zone, &row) &&
		    text_case_equal(row.user, user))
			row_add(op, out, &room, &row);
		all.p += line.n + (end != NULL);
		all.n -= line.n + (end != NULL);
	}
	return OK;
}
