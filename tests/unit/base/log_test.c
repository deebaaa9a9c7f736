/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "base/log.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Runs `speak` with standard error in a file; returns what is in it. With
 * `journal` the file is said to be systemd's. */
static const char *
said(struct op *op, bool journal, void (*speak)(void))
{
	FILE *file = tmpfile();
	int old = dup(STDERR_FILENO);
	char *text = op_alloc(op, 16 * KIB);
	struct stat st;

	assert_non_null(file);
	assert_int_equal(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	if (journal)
		setenv("JOURNAL_STREAM",
		       op_print(op, "%llu:%llu", (unsigned long long)st.st_dev,
				(unsigned long long)st.st_ino),
		       1);
	else
		setenv("JOURNAL_STREAM", "0:0", 1);
	speak();
	(void)dup2(old, STDERR_FILENO);
	(void)close(old);
	rewind(file);
	text[fread(text, 1, 16 * KIB - 1, file)] = '\0';
	(void)fclose(file);
	return text;
}

static void
speak_at_every_level(void)
{
	log_open("serve", LOG_LEVEL_WARNING);
	log_error("an %s", "e");
	log_warning("a %s", "w");
	log_notice("a %s", "n");
	log_debug("a %s", "d");
}

static void
speak_all(void)
{
	log_open("clerk", LOG_LEVEL_DEBUG);
	log_error("e");
	log_warning("w");
	log_notice("n");
	log_debug("d");
}

static void
speak_of_two_lines(void)
{
	log_open("serve", LOG_LEVEL_NOTICE);
	log_notice("one\ntwo\r\x1b[31mred\x7f");
}

static void
speak_at_length(void)
{
	static char text[5000];

	memset(text, 'x', sizeof(text) - 1);
	log_open("serve", LOG_LEVEL_NOTICE);
	log_notice("%s", text);
	log_notice("the next");
}

static void
only_what_the_level_allows_is_written(void **state)
{
	const char *text = said(*state, false, speak_at_every_level);

	assert_non_null(strstr(text, "Z frontdesk serve: error: an e\n"));
	assert_non_null(strstr(text, "Z frontdesk serve: warning: a w\n"));
	assert_null(strstr(text, "a n"));
	assert_null(strstr(text, "a d"));
}

static void
under_systemd_each_line_has_its_priority(void **state)
{
	assert_string_equal(said(*state, true, speak_all),
			    "<3>frontdesk clerk: error: e\n"
			    "<4>frontdesk clerk: warning: w\n"
			    "<5>frontdesk clerk: n\n"
			    "<7>frontdesk clerk: debug: d\n");
}

static void
a_message_stays_on_one_line(void **state)
{
	assert_string_equal(said(*state, true, speak_of_two_lines),
			    "<5>frontdesk serve: one two  [31mred \n");
}

static void
a_long_message_is_cut_and_still_one_line(void **state)
{
	const char *text = said(*state, true, speak_at_length);
	const char *end = strchr(text, '\n');

	assert_non_null(end);
	assert_true(end - text > 2000 && end - text <= 2048);
	assert_string_equal(end, "\n<5>frontdesk serve: the next\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(only_what_the_level_allows_is_written),
		UNIT_TEST(under_systemd_each_line_has_its_priority),
		UNIT_TEST(a_message_stays_on_one_line),
		UNIT_TEST(a_long_message_is_cut_and_still_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
