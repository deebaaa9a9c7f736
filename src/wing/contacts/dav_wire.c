/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/contacts/dav_wire.h"

#include "base/buf.h"
#include "base/text.h"
#include "wire/xml.h"

#include <string.h>

#define HEAD "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
#define SPACES " xmlns:d=\"DAV:\" xmlns:card=\"urn:ietf:params:xml:ns:carddav\""
#define BODY_MAX MIB

/* ---- asking ---- */

struct bytes
dav_find_body(void)
{
	return bytes_of(HEAD "<d:propfind" SPACES "><d:prop>"
			     "<d:resourcetype/><d:sync-token/>"
			     "<d:current-user-principal/>"
			     "<card:addressbook-home-set/>"
			     "</d:prop></d:propfind>");
}

struct bytes
dav_tags_body(void)
{
	return bytes_of(HEAD "<d:propfind" SPACES "><d:prop>"
			     "<d:resourcetype/><d:getetag/>"
			     "</d:prop></d:propfind>");
}

struct bytes
dav_sync_body(struct op *op, const char *token)
{
	struct buf buf;

	buf_init(&buf, op, KIB, BODY_MAX);
	buf_puts(&buf, HEAD "<d:sync-collection" SPACES "><d:sync-token>");
	xml_write_text(&buf, token);
	buf_puts(&buf, "</d:sync-token><d:sync-level>1</d:sync-level>"
		       "<d:prop><d:getetag/></d:prop></d:sync-collection>");
	return buf_bytes(&buf);
}

struct bytes
dav_cards_body(struct op *op, const char *const *href, size_t n)
{
	struct buf buf;

	buf_init(&buf, op, 4 * KIB, BODY_MAX);
	buf_puts(&buf, HEAD "<card:addressbook-multiget" SPACES "><d:prop>"
			    "<d:getetag/><card:address-data>"
			    "<card:prop name=\"VERSION\"/>"
			    "<card:prop name=\"UID\"/>"
			    "<card:prop name=\"FN\"/>"
			    "<card:prop name=\"N\"/>"
			    "<card:prop name=\"EMAIL\"/>"
			    "</card:address-data></d:prop>");
	for (size_t i = 0; i < n; i++) {
		buf_puts(&buf, "<d:href>");
		xml_write_text(&buf, href[i]);
		buf_puts(&buf, "</d:href>");
	}
	buf_puts(&buf, "</card:addressbook-multiget>");
	return buf_bytes(&buf);
}

/* ---- reading ---- */

/* The href inside of an element; NULL: none. */
static const char *
href_in(struct op *op, const struct xml_node *node)
{
	const struct xml_node *href = xml_child(node, "d:href");

	return href == NULL ? NULL : text_trim(op, href->text);
}

static void
homes_read(struct op *op, const struct xml_node *node, struct dav_response *to)
{
	for (const struct xml_node *c = node->first; c != NULL; c = c->next) {
		if (xml_is(c, "d:href") && to->home_n < DAV_HOMES_MAX)
			to->home[to->home_n++] = text_trim(op, c->text);
	}
}

static void
property_read(struct op *op, const struct xml_node *p, struct dav_response *to)
{
	if (xml_is(p, "d:resourcetype")) {
		to->collection = xml_child(p, "d:collection") != NULL;
		to->addressbook = xml_child(p, "card:addressbook") != NULL;
	} else if (xml_is(p, "d:getetag")) {
		to->tag = text_trim(op, p->text);
	} else if (xml_is(p, "d:sync-token")) {
		to->token = text_trim(op, p->text);
	} else if (xml_is(p, "d:current-user-principal")) {
		to->principal = href_in(op, p);
	} else if (xml_is(p, "card:addressbook-home-set")) {
		homes_read(op, p, to);
	} else if (xml_is(p, "card:address-data")) {
		to->card = p->text;
	}
}

/* "HTTP/1.1 200 OK"; 0: it is none. */
static unsigned
status_read(struct op *op, const struct xml_node *status)
{
	const char *text = text_trim(op, status->text);
	int64_t number;

	text += strcspn(text, " ");
	text += strspn(text, " ");
	if (!text_number(op_text(op, text, strcspn(text, " ")), 100, 599,
			 &number))
		return 0;
	return (unsigned)number;
}

/* Properties count that are there: of status 200. */
static void
propstat_read(struct op *op, const struct xml_node *propstat,
	      struct dav_response *to)
{
	const struct xml_node *status = xml_child(propstat, "d:status");
	const struct xml_node *prop = xml_child(propstat, "d:prop");

	if (prop == NULL || (status != NULL && status_read(op, status) != 200))
		return;
	for (const struct xml_node *p = prop->first; p != NULL; p = p->next)
		property_read(op, p, to);
}

/* False: it names nothing. */
static bool
response_read(struct op *op, const struct xml_node *node,
	      struct dav_response *out)
{
	const struct xml_node *status = xml_child(node, "d:status");

	*out = (struct dav_response){ .status = 200 };
	out->href = href_in(op, node);
	if (status != NULL)
		out->status = status_read(op, status);
	for (const struct xml_node *c = node->first; c != NULL; c = c->next)
		if (xml_is(c, "d:propstat"))
			propstat_read(op, c, out);
	return out->href != NULL && out->href[0] != '\0';
}

static size_t
responses_count(const struct xml_node *root)
{
	size_t n = 0;

	for (const struct xml_node *c = root->first; c != NULL; c = c->next)
		n += xml_is(c, "d:response");
	return n;
}

enum err
dav_read(struct op *op, struct bytes body, struct dav_answer *out)
{
	const struct xml_node *root;
	struct dav_response *list;
	struct xml_fault fault;
	size_t n, at = 0;

	*out = (struct dav_answer){ 0 };
	TRY(xml_parse_many(op, body, DAV_ELEMENTS_MAX, &root, &fault));
	if (!xml_is(root, "d:multistatus"))
		return FAIL(op, ERR_INVALID,
			    "an answer that is no multistatus");
	n = responses_count(root);
	if (n > DAV_RESPONSES_MAX)
		return FAIL(op, ERR_LIMIT, "an answer of %zu resources", n);
	list = op_alloc(op, (n + 1) * sizeof(*list));
	for (const struct xml_node *c = root->first; c != NULL; c = c->next) {
		if (xml_is(c, "d:response"))
			at += response_read(op, c, &list[at]);
		else if (xml_is(c, "d:sync-token"))
			out->token = text_trim(op, c->text);
	}
	out->n = at;
	out->response = list;
	return OK;
}

bool
dav_is_old_token(struct op *op, struct bytes body)
{
	const struct xml_node *root;
	struct xml_fault fault;

	return xml_parse(op, body, &root, &fault) == OK &&
	       xml_is(root, "d:error") &&
	       xml_child(root, "d:valid-sync-token") != NULL;
}
