/* SPDX-License-Identifier: Apache-2.0 */
#include "client/chain.h"

#include "client/call.h"

#include <string.h>

#define CERT "Cert:"

/* Connects, and no more. */
static CURLcode
connect_only(struct ewsc *c, bool verified)
{
	CURL *h = c->curl;

	(void)curl_easy_setopt(h, CURLOPT_CONNECT_ONLY, 1L);
	(void)curl_easy_setopt(h, CURLOPT_CERTINFO, 1L);
	(void)curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, 1L);
	(void)curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, verified ? 1L : 0L);
	(void)curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, verified ? 2L : 0L);
	return curl_easy_perform(h);
}

static void
pem_take(struct ewsc *c, struct chain *out)
{
	struct curl_certinfo *info = NULL;
	size_t all = 0;

	(void)curl_easy_getinfo(c->curl, CURLINFO_CERTINFO, &info);
	for (int i = 0;
	     info != NULL && i < info->num_of_certs && out->n < CHAIN_MAX;
	     i++) {
		for (const struct curl_slist *row = info->certinfo[i];
		     row != NULL; row = row->next) {
			const char *pem = row->data + strlen(CERT);

			if (strncmp(row->data, CERT, strlen(CERT)) != 0)
				continue;
			all += strlen(pem);
			if (all > CHAIN_PEM_MAX)
				return;
			out->pem[out->n++] = op_dup(&c->op, pem);
			break;
		}
	}
}

enum err
chain_get(struct ewsc *c, const char *url, struct chain *out)
{
	CURLcode code;

	*out = (struct chain){ 0 };
	TRY(call_prepare(c, url, 0));
	code = connect_only(c, true);
	if (code == CURLE_PEER_FAILED_VERIFICATION) {
		out->wrong = client_said(&c->op, c->said, strlen(c->said));
		TRY(call_prepare(c, url, 0));
		code = connect_only(c, false);
	}
	if (code != CURLE_OK)
		return call_fail(c, url, code, false);
	pem_take(c, out);
	return OK;
}
