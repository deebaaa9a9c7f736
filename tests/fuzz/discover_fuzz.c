/* SPDX-License-Identifier: Apache-2.0 */
/* Autodiscover's dialects: whatever comes is answered, in the dialect's own
 * form, and nothing of another organization is in it. */
#include "fuzz.h"

#include "base/text.h"
#include "discover/discover.h"
#include "discover/discover_service.h"
#include "wire/xml.h"

#include <string.h>

#define ADA "ada@example.com"
#define SECRET "Nobody Shall See"

static const struct mailbox ada = {
	.id = 1,
	.organization = 1,
	.address = ADA,
	.name = "Ada <&>",
};
static const struct mailbox eve = {
	.id = 2,
	.organization = 2,
	.address = "eve@example.org",
	.name = SECRET,
};

enum err
directory_resolve(struct directory *d, struct op *op, const char *address,
		  int64_t organization, const struct mailbox **out)
{
	(void)d;
	*out = text_case_equal(address, eve.address) ? &eve : &ada;
	if (!text_case_equal(address, (*out)->address) ||
	    (organization != 0 && (*out)->organization != organization))
		return FAIL(op, ERR_NOT_FOUND, "nobody's");
	return OK;
}

enum err
store_domain_find(struct store *s, struct op *op, const char *domain,
		  struct domain *out)
{
	(void)s;
	if (strcmp(domain, "example.com") != 0)
		return FAIL(op, ERR_NOT_FOUND, "none of ours");
	*out = (struct domain){ domain, 1, "Caf\xc3\xa9/1" };
	return OK;
}

enum err
store_owner_find(struct store *s, struct op *op, int64_t mailbox,
		 int64_t account)
{
	(void)s;
	if (mailbox != account)
		return FAIL(op, ERR_NOT_FOUND, "not the owner");
	return OK;
}

static bool
has(struct bytes in, const char *text)
{
	return in.n > 0 && memmem(in.p, in.n, text, strlen(text)) != NULL;
}

/* A whole answer has more elements than a request may have. */
static void
check_xml(struct op *op, const struct response *res)
{
	struct xml_fault fault = { 0 };
	const struct xml_node *root = NULL;
	enum err err = xml_parse(op, res->body, &root, &fault);

	assert(err == OK ||
	       (err == ERR_LIMIT && has(res->body, "UserSetting")));
	assert(res->body.n > 5 && memcmp(res->body.p, "<?xml", 5) == 0);
	/* what was sent comes back elsewhere only, and escaped */
	assert(!has(res->body, "<Value>" SECRET));
	assert(!has(res->body, "<DisplayName>" SECRET));
}

static void
check_json(const struct response *res)
{
	assert(res->status == 200 || res->status == 400 || res->status == 404);
	assert(res->body.p[0] == '{' && res->body.p[res->body.n - 1] == '}');
	for (size_t i = 0; i < res->body.n; i++)
		assert(res->body.p[i] >= ' ' && res->body.p[i] != 0x7f);
}

/* What is taken as the DN of a user is made of an address again. */
static void
try_dn(struct op *op, const char *text)
{
	const struct discover_place place = {
		.url = "https://a",
		.organization = "Caf\xc3\xa9/1",
	};
	const char *address = discover_dn_address(op, &place, text);

	if (address != NULL)
		assert(text_case_equal(discover_user_dn(op, &place, address),
				       text));
	if (text_utf8(bytes_of(text)) && text_is_address(text))
		assert(strcmp(discover_dn_address(
				      op, &place,
				      discover_user_dn(op, &place, text)),
			      text) == 0);
}

/* Path and query, parted by the first ?. */
static enum err
try_json(struct op *op, const char *text, struct response *res)
{
	const char *query = strchr(text, '?');
	const struct request req = {
		.method = METHOD_GET,
		.path = query == NULL
				? text
				: op_text(op, text, (size_t)(query - text)),
		.query = query == NULL ? NULL : query + 1,
	};

	if (!text_utf8(bytes_of(req.path)) || !text_clean(req.path) ||
	    strpbrk(req.path, "\t\r\n") != NULL)
		return ERR_INVALID; /* the door lets no such path in */
	TRY(discover_json_get(&(struct house){ 0 }, op, &req, res));
	check_json(res);
	return OK;
}

/* The first byte chooses: s, p, j, d. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct settings settings = {
		.public_url = "https://mail.example.com",
	};
	static const struct caller caller = { .mailbox = &ada };
	struct house house = { 0 };
	struct op *op = fuzz_op();
	struct request req = { .method = METHOD_POST };
	struct response res = { 0 };
	enum err err = OK;

	if (size == 0)
		return 0;
	op->settings = &settings;
	op->caller = &caller;
	req.body = (struct bytes){ data + 1, size - 1 };
	if (data[0] == 's' || data[0] == 'p') {
		err = data[0] == 's'
			      ? discover_soap_post(&house, op, &req, &res)
			      : discover_pox_post(&house, op, &req, &res);
		if (err == OK && res.status != 415)
			check_xml(op, &res);
	} else if (data[0] == 'j') {
		err = try_json(op, fuzz_text(op, data + 1, size - 1), &res);
	} else {
		try_dn(op, fuzz_text(op, data + 1, size - 1));
		return 0;
	}
	assert(err == OK || err == ERR_INVALID || err == ERR_LIMIT);
	assert(err != OK || op->result != NULL || res.status >= 200);
	assert(err != OK || res.body.n == 0 || text_utf8(res.body));
	return 0;
}
