/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of other servers, as the client reads them: the first byte chooses
 * the dialect of Autodiscover, or the words of a fault. */
#include "fuzz.h"

#include "client/envelope.h"
#include "client/finder.h"
#include "client/place.h"

static struct ewsc *client;

static void
opened(void)
{
	struct ewsc_options o = { .size = sizeof(o) };

	assert(ewsc_open(&o, &client) == EWSC_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct finder_answer out = { 0 };
	struct answer answer = { .status = 200 };
	size_t dialect;

	if (client == NULL)
		opened();
	if (n == 0)
		return 0;
	dialect = data[0] % 4;
	answer.body = (struct bytes){ data + 1, n - 1 };
	client_begin(client);
	if (dialect == 3) {
		(void)client_said(&client->op, (const char *)data + 1, n - 1);
		return 0;
	}
	if (finder_dialects[dialect]->read(client, "https://x/", &answer,
					   &out) != OK) {
		assert(ewsc_error(client)->text != NULL);
		return 0;
	}
	/* What may be followed is checked by the finder; what is found, here.
	 */
	assert(out.ews_url == NULL || place_is_https(out.ews_url));
	assert(out.photo_url == NULL || place_is_https(out.photo_url));
	return 0;
}
