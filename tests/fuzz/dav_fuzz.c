/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of CardDAV servers: what is read is text, within its limits, and no
 * href leads to another server. */
#include "fuzz.h"

#include "base/text.h"
#include "wing/contacts/dav.h"
#include "wing/contacts/dav_wire.h"

#include <string.h>

#define BASE "https://dav.example.com/a/"
#define SERVER "https://dav.example.com/"

static void
check_text(const char *text)
{
	assert(text == NULL || text_utf8(bytes_of(text)));
}

static void
check_href(struct op *op, const char *href)
{
	const char *url = dav_resolve(op, BASE, href);

	if (url == NULL)
		return;
	assert(text_case_starts(url, SERVER));
	assert(dav_path(url)[0] == '/');
	/* as it is read, so it stays: it is what cards are known by */
	assert(strcmp(dav_resolve(op, BASE, url), url) == 0);
}

static void
check_response(struct op *op, const struct dav_response *r)
{
	assert(r->href != NULL && r->href[0] != '\0');
	assert(r->status == 0 || (r->status >= 100 && r->status <= 599));
	assert(r->home_n <= DAV_HOMES_MAX);
	check_text(r->tag);
	check_text(r->token);
	check_text(r->principal);
	check_text(r->card);
	check_href(op, r->href);
	for (size_t i = 0; i < r->home_n; i++)
		check_href(op, r->home[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes body = { data, size };
	struct op *op = fuzz_op();
	struct dav_answer answer;

	(void)dav_is_old_token(op, body);
	if (dav_read(op, body, &answer) != OK)
		return 0;
	assert(answer.n <= DAV_RESPONSES_MAX);
	check_text(answer.token);
	for (size_t i = 0; i < answer.n; i++)
		check_response(op, &answer.response[i]);
	return 0;
}
