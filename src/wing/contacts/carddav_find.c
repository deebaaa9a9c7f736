/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/contacts/carddav_find.h"

#include "wing/contacts/dav_wire.h"

#include <string.h>

#define WELL_KNOWN "/.well-known/carddav"

struct finding {
	struct dav *dav;
	struct op *op;
	const struct dav_login *login;
	struct carddav_books *out;
};

/* What the server says of a place, or (depth 1) also of what is in it. */
static enum err
look(const struct finding *f, const char *url, unsigned depth,
     struct dav_reply *reply, struct dav_answer *out)
{
	const struct dav_request request = {
		.method = "PROPFIND",
		.url = url,
		.depth = depth,
		.body = dav_find_body(),
	};

	TRY(dav_ask(f->dav, f->op, f->login, &request, reply));
	if (reply->status != 207)
		return FAIL(f->op, ERR_INVALID,
			    "%s is no place of WebDAV: the answer is status %u",
			    reply->url, reply->status);
	if (dav_read(f->op, reply->body, out) != OK)
		return FAIL(f->op, ERR_INVALID, "%s: %s", reply->url,
			    op_dup(f->op, f->op->reason));
	return OK;
}

/* Of a place that the answer from `base` names. */
static enum err
look_from(const struct finding *f, const char *base, const char *href,
	  unsigned depth, struct dav_reply *reply, struct dav_answer *out)
{
	const char *url = dav_resolve(f->op, base, href);

	if (url == NULL)
		return FAIL(f->op, ERR_INVALID,
			    "%s: it leads to another server, %s", base, href);
	return look(f, url, depth, reply, out);
}

static enum err
book_add(const struct finding *f, const char *base,
	 const struct dav_response *r)
{
	const char *url = dav_resolve(f->op, base, r->href);
	struct carddav_books *out = f->out;

	if (url == NULL)
		return OK;
	for (size_t i = 0; i < out->n; i++) /* of two homes that are one */
		if (strcmp(out->book[i].url, url) == 0)
			return OK;
	if (out->n == CARDDAV_BOOKS_MAX)
		return FAIL(f->op, ERR_LIMIT, "%s: more than %d address books",
			    base, CARDDAV_BOOKS_MAX);
	out->book[out->n++] = (struct carddav_book){
		.url = url,
		.token = r->token != NULL && r->token[0] != '\0' ? r->token
								 : NULL,
	};
	return OK;
}

static enum err
home_look(const struct finding *f, const char *base, const char *href)
{
	struct dav_answer answer;
	struct dav_reply reply;

	TRY(look_from(f, base, href, 1, &reply, &answer));
	for (size_t i = 0; i < answer.n; i++)
		if (answer.response[i].addressbook)
			TRY(book_add(f, reply.url, &answer.response[i]));
	return OK;
}

static enum err
homes_look(const struct finding *f, const char *base,
	   const struct dav_response *r)
{
	for (size_t i = 0; i < r->home_n; i++)
		TRY(home_look(f, base, r->home[i]));
	return OK;
}

static enum err
principal_look(const struct finding *f, const char *base, const char *href)
{
	struct dav_answer answer;
	struct dav_reply reply;

	TRY(look_from(f, base, href, 0, &reply, &answer));
	for (size_t i = 0; i < answer.n; i++)
		TRY(homes_look(f, reply.url, &answer.response[i]));
	return OK;
}

/* An address book itself, a home of some, or a place that knows whose home it
 * would be. */
static enum err
place_look(const struct finding *f, const char *url)
{
	const struct dav_response *r;
	struct dav_answer answer;
	struct dav_reply reply;

	TRY(look(f, url, 0, &reply, &answer));
	if (answer.n == 0)
		return OK;
	r = &answer.response[0];
	if (r->addressbook)
		return book_add(f, reply.url, r);
	TRY(homes_look(f, reply.url, r));
	if (f->out->n == 0 && r->principal != NULL)
		TRY(principal_look(f, reply.url, r->principal));
	if (f->out->n == 0 && r->collection)
		TRY(home_look(f, reply.url, r->href));
	return OK;
}

enum err
carddav_find(struct dav *dav, struct op *op, const struct dav_login *login,
	     const char *url, struct carddav_books *out)
{
	const struct finding f = { dav, op, login, out };
	enum err err;

	out->n = 0;
	err = place_look(&f, url);
	/* a server alone was named: it may tell where to begin */
	if (out->n == 0 &&
	    (err == OK || err == ERR_NOT_FOUND || err == ERR_INVALID) &&
	    strcmp(dav_path(url), "/") == 0)
		err = place_look(&f, dav_resolve(op, url, WELL_KNOWN));
	TRY(err);
	if (out->n == 0)
		return FAIL(op, ERR_NOT_FOUND, "%s: there is no address book",
			    url);
	return OK;
}
