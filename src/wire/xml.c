/* SPDX-License-Identifier: Apache-2.0 */
/* From expat's calls to a tree in the op's memory; the questions to a tree. */
#include "wire/xml.h"

#include "base/digest.h"

#include <expat.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

/* Between the URI and the local name in what expat tells; no document can
 * have it. */
#define SEPARATOR '\x01'
#define TEXT_ROOM_MIN 32           /* bytes */
#define DOCUMENT_MAX (INT_MAX / 2) /* bytes: expat counts in int */
#define PIECE (16 * KIB)           /* of a document, given to expat at once */
#define KEEP_MAX (128 * KIB)       /* a parser that read more is not kept */

/* ---- namespaces ---- */

struct ns_row {
	const char *prefix;
	const char *uri;
	size_t uri_n;
};

#define EXCHANGE "http://schemas.microsoft.com/exchange/"
#define SERVICES EXCHANGE "services/2006/"
#define DISCOVER EXCHANGE "autodiscover/"
#define ROW(prefix, uri)                                                       \
	{                                                                      \
		prefix, uri, sizeof(uri) - 1                                   \
	}

static const struct ns_row ns_rows[NS_COUNT] = {
	[NS_SOAP11] = ROW("s", "http://schemas.xmlsoap.org/soap/envelope/"),
	[NS_SOAP12] = ROW("s12", "http://www.w3.org/2003/05/soap-envelope"),
	[NS_M] = ROW("m", SERVICES "messages"),
	[NS_T] = ROW("t", SERVICES "types"),
	[NS_E] = ROW("e", SERVICES "errors"),
	[NS_WSA] = ROW("wsa", "http://www.w3.org/2005/08/addressing"),
	[NS_XML] = ROW("xml", "http://www.w3.org/XML/1998/namespace"),
	[NS_XSI] = ROW("i", "http://www.w3.org/2001/XMLSchema-instance"),
	[NS_A] = ROW("a", EXCHANGE "2010/Autodiscover"),
	[NS_POX_REQUEST] = ROW("xq", DISCOVER "outlook/requestschema/2006"),
	[NS_POX_MOBILE] = ROW("xm", DISCOVER "mobilesync/requestschema/2006"),
	[NS_POX] = ROW("x", DISCOVER "responseschema/2006"),
	[NS_POX_OUTLOOK] = ROW("xo", DISCOVER "outlook/responseschema/2006a"),
	[NS_DAV] = ROW("d", "DAV:"),
	[NS_CARDDAV] = ROW("card", "urn:ietf:params:xml:ns:carddav"),
};

const char *
xml_ns_prefix(enum xml_ns ns)
{
	return ns_rows[ns].prefix;
}

const char *
xml_ns_uri(enum xml_ns ns)
{
	return ns_rows[ns].uri;
}

/* Takes "URI SEPARATOR local" apart. */
static enum xml_ns
name_split(const char *name, const char **local)
{
	const char *end = strchr(name, SEPARATOR);
	size_t n;

	*local = end == NULL ? name : end + 1;
	if (end == NULL)
		return NS_NONE;
	n = (size_t)(end - name);
	for (unsigned ns = NS_SOAP11; ns < NS_COUNT; ns++) {
		if (ns_rows[ns].uri_n == n &&
		    memcmp(ns_rows[ns].uri, name, n) == 0)
			return (enum xml_ns)ns;
	}
	return NS_OTHER;
}

/* ---- the reader ---- */

/* An element that is open. */
struct level {
	struct xml_node *node;
	struct xml_node *last; /* child */
	char *text;            /* grows by doubling; NULL: none yet */
	size_t n, room;
};

struct reader {
	XML_Parser parser;
	struct op *op;
	const struct xml_node *root;
	struct xml_fault *fault;
	enum err err; /* what a handler found; all others do nothing then */
	unsigned depth, elements, elements_max;
	unsigned declarations; /* of the element that is about to start */
	size_t size;           /* of the document */
	struct level levels[XML_DEPTH_MAX];
};

static void
place(struct reader *r)
{
	r->fault->line = (unsigned)XML_GetCurrentLineNumber(r->parser);
	r->fault->column = (unsigned)XML_GetCurrentColumnNumber(r->parser) + 1;
}

static void
stop(struct reader *r, enum err err, const char *violation)
{
	if (r->err != OK)
		return;
	r->err = err;
	r->fault->violation = violation;
	place(r);
	(void)XML_StopParser(r->parser, XML_FALSE);
}

static void XMLCALL
on_doctype(void *arg, const XML_Char *name, const XML_Char *sysid,
	   const XML_Char *pubid, int has_internal_subset)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)has_internal_subset;
	stop(arg, ERR_INVALID, "A document type declaration is not allowed.");
}

static void XMLCALL
on_declaration(void *arg, const XML_Char *prefix, const XML_Char *uri)
{
	struct reader *r = arg;

	(void)prefix;
	if (uri != NULL && strlen(uri) > XML_URI_MAX)
		stop(r, ERR_LIMIT, "The name of a namespace is too long.");
	if (++r->declarations > XML_ATTRIBUTES_MAX)
		stop(r, ERR_LIMIT, "An element has too many attributes.");
}

/* A local name as the op's own; NULL: too long. */
static const char *
name_copy(struct reader *r, const char *local)
{
	size_t n = strlen(local);

	if (n > XML_NAME_MAX) {
		stop(r, ERR_LIMIT, "A name is too long.");
		return NULL;
	}
	return op_text(r->op, local, n);
}

/* Pairs of name and value, ended by NULL. */
static const struct xml_attribute *
attributes_copy(struct reader *r, const XML_Char **pairs)
{
	const struct xml_attribute *first = NULL, **end = &first;
	unsigned n = r->declarations;

	for (; *pairs != NULL; pairs += 2) {
		struct xml_attribute *a = op_alloc(r->op, sizeof(*a));
		const char *local;

		if (++n > XML_ATTRIBUTES_MAX) {
			stop(r, ERR_LIMIT,
			     "An element has too many attributes.");
			break;
		}
		a->ns = name_split(pairs[0], &local);
		a->name = name_copy(r, local);
		if (a->name == NULL)
			break;
		a->value = op_dup(r->op, pairs[1]);
		*end = a;
		end = &a->next;
	}
	return first;
}

static void
node_hang(struct reader *r, struct xml_node *node)
{
	struct level *parent;

	if (r->depth == 0) {
		r->root = node;
		return;
	}
	parent = &r->levels[r->depth - 1];
	if (parent->last == NULL)
		parent->node->first = node;
	else
		parent->last->next = node;
	parent->last = node;
}

static void XMLCALL
on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *r = arg;
	struct xml_node *node;
	const char *local;

	if (r->err != OK)
		return;
	if (r->depth == XML_DEPTH_MAX) {
		stop(r, ERR_LIMIT, "Elements are nested too deeply.");
		return;
	}
	if (++r->elements > r->elements_max) {
		stop(r, ERR_LIMIT, "There are too many elements.");
		return;
	}
	if (XML_GetCurrentByteCount(r->parser) > (int)XML_TAG_MAX) {
		stop(r, ERR_LIMIT, "A tag is too long.");
		return;
	}
	node = op_alloc(r->op, sizeof(*node));
	node->ns = name_split(name, &local);
	node->name = name_copy(r, local);
	node->text = "";
	node->line = (unsigned)XML_GetCurrentLineNumber(r->parser);
	node->column = (unsigned)XML_GetCurrentColumnNumber(r->parser) + 1;
	node->attributes = attributes_copy(r, attributes);
	r->declarations = 0;
	node_hang(r, node);
	r->levels[r->depth++] = (struct level){ .node = node };
}

static void XMLCALL
on_end(void *arg, const XML_Char *name)
{
	struct reader *r = arg;
	struct level *l;

	(void)name;
	if (r->err != OK)
		return;
	l = &r->levels[--r->depth];
	if (l->text == NULL)
		return;
	l->text[l->n] = '\0';
	l->node->text = l->text;
}

/* Comes once for each line, reference and CDATA section. */
static void XMLCALL
on_text(void *arg, const XML_Char *text, int length)
{
	struct reader *r = arg;
	size_t n = (size_t)length;
	struct level *l;

	if (r->err != OK || r->depth == 0)
		return;
	l = &r->levels[r->depth - 1];
	if (n >= l->room - l->n) { /* and a NUL */
		size_t room = 2 * (l->n + n) + 1;
		char *p;

		room = room < TEXT_ROOM_MIN ? TEXT_ROOM_MIN : room;
		/* In UTF-8 no text is longer than its document. */
		if (room > r->size && l->n + n < r->size)
			room = r->size;
		p = arena_alloc_raw(r->op->arena, room);
		if (l->n > 0)
			memcpy(p, l->text, l->n);
		l->text = p;
		l->room = room;
	}
	memcpy(l->text + l->n, text, n);
	l->n += n;
}

/* ---- one parser kept per thread ---- */

static pthread_key_t parser_key;
static pthread_once_t parser_once = PTHREAD_ONCE_INIT;
static bool parser_key_made;
static unsigned long parser_salt; /* of expat's hash tables */

static void
parser_free(void *p)
{
	XML_ParserFree(p);
}

static void
parser_prepare(void)
{
	parser_key_made = pthread_key_create(&parser_key, parser_free) == 0;
	digest_random(&parser_salt, sizeof(parser_salt));
}

/* Takes the thread's parser, or a new one; NULL: no memory. */
static XML_Parser
parser_take(void)
{
	XML_Parser p;

	(void)pthread_once(&parser_once, parser_prepare);
	p = parser_key_made ? pthread_getspecific(parser_key) : NULL;
	if (p == NULL)
		p = XML_ParserCreateNS(NULL, SEPARATOR);
	else
		(void)pthread_setspecific(parser_key, NULL);
	return p;
}

/* Keeps it for the thread's next document. One that saw a fault, or has grown
 * with a large document, is not worth that. */
static void
parser_give_back(XML_Parser p, bool worth)
{
	if (!worth || !parser_key_made ||
	    XML_ParserReset(p, NULL) != XML_TRUE ||
	    pthread_setspecific(parser_key, p) != 0)
		XML_ParserFree(p);
}

/* A reset took away all of this. */
static void
parser_set_up(XML_Parser p, struct reader *r)
{
	/* without a salt expat asks the system for one each time */
	(void)XML_SetHashSalt(p, parser_salt);
	XML_SetUserData(p, r);
	XML_SetElementHandler(p, on_start, on_end);
	XML_SetCharacterDataHandler(p, on_text);
	XML_SetStartDoctypeDeclHandler(p, on_doctype);
	XML_SetStartNamespaceDeclHandler(p, on_declaration);
}

/* What expat itself did not like. */
static enum err
refuse(struct reader *r)
{
	enum XML_Error code = XML_GetErrorCode(r->parser);

	if (code == XML_ERROR_NO_MEMORY)
		return FAIL(r->op, ERR_DOWN, "expat has no memory");
	place(r);
	r->fault->violation =
		op_print(r->op, "The document is not well-formed: %s.",
			 XML_ErrorString(code));
	return ERR_INVALID;
}

/* Is what expat has looked at in vain, at the end of its first n bytes, too
 * much for a tag? It looks when it has twice as much as the last time: -1 says
 * that it did not. */
static bool
tag_is_too_long(const struct reader *r, size_t n)
{
	XML_Index done = XML_GetCurrentByteIndex(r->parser);

	return done >= 0 && n - (size_t)done > XML_TAG_MAX;
}

/*
 * In pieces: expat tells of a start tag when it is done with all of it, and
 * its work on one grows with the length of a namespace's name times the number
 * of attributes that are in it.
 */
static enum err
parse_pieces(struct reader *r, struct bytes document)
{
	const char *at = document.n == 0 ? "" : (const char *)document.p;
	size_t n = 0;
	bool last;

	do {
		last = document.n - n <= PIECE;
		size_t size = last ? document.n - n : PIECE;

		if (XML_Parse(r->parser, at + n, (int)size, last) !=
		    XML_STATUS_OK)
			return r->err != OK ? r->err : refuse(r);
		n += size;
		if (!last && tag_is_too_long(r, n)) {
			stop(r, ERR_LIMIT, "A tag or a comment is too long.");
			return r->err;
		}
	} while (!last);
	return OK;
}

enum err
xml_parse(struct op *op, struct bytes document, const struct xml_node **root,
	  struct xml_fault *fault)
{
	return xml_parse_many(op, document, XML_ELEMENTS_MAX, root, fault);
}

enum err
xml_parse_many(struct op *op, struct bytes document, unsigned elements_max,
	       const struct xml_node **root, struct xml_fault *fault)
{
	struct reader r = { .op = op,
			    .fault = fault,
			    .size = document.n,
			    .elements_max = elements_max };
	enum err err;

	*fault = (struct xml_fault){ 0 };
	if (document.n > DOCUMENT_MAX)
		return FAIL(op, ERR_LIMIT, "a document of %zu bytes",
			    document.n);
	r.parser = parser_take();
	if (r.parser == NULL)
		return FAIL(op, ERR_DOWN, "expat has no memory");
	parser_set_up(r.parser, &r);
	err = parse_pieces(&r, document);
	parser_give_back(r.parser, err == OK && document.n <= KEEP_MAX);
	if (err == ERR_INVALID || err == ERR_LIMIT)
		return FAIL(op, err, "XML, line %u, column %u: %s", fault->line,
			    fault->column, fault->violation);
	*root = r.root;
	return err;
}

/* ---- questions to a tree ---- */

static bool
is_named(enum xml_ns ns, const char *local, const char *name)
{
	const char *prefix = ns_rows[ns].prefix;
	size_t n;

	if (prefix == NULL)
		return ns == NS_NONE && strcmp(name, local) == 0;
	n = strlen(prefix);
	return strncmp(name, prefix, n) == 0 && name[n] == ':' &&
	       strcmp(name + n + 1, local) == 0;
}

bool
xml_is(const struct xml_node *node, const char *name)
{
	return is_named(node->ns, node->name, name);
}

const struct xml_node *
xml_child(const struct xml_node *node, const char *name)
{
	const struct xml_node *c = node->first;

	while (c != NULL && !xml_is(c, name))
		c = c->next;
	return c;
}

const char *
xml_attribute(const struct xml_node *node, const char *name)
{
	for (const struct xml_attribute *a = node->attributes; a != NULL;
	     a = a->next) {
		if (is_named(a->ns, a->name, name))
			return a->value;
	}
	return NULL;
}
