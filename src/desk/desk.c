/* SPDX-License-Identifier: Apache-2.0 */
/* The routes: who may come in, with how much, and who answers. */
#include "desk/desk.h"

#include "base/text.h"
#include "desk/dev.h"
#include "desk/ews.h"
#include "desk/health.h"
#include "desk/metrics.h"
#include "desk/wsdl.h"
#include "discover/discover.h"
#include "model/settings.h"
#include "photo/avatar.h"
#include "photo/photo_service.h"

#include <inttypes.h>
#include <string.h>

/* bytes of a path, when tidied: the longest with an address behind it */
#define ROUTE_PATH_MAX (64 + ADDRESS_MAX)
#define REQUEST_ID_MAX 128 /* bytes of a client-request-id */
#define RETRY_AFTER "30"   /* seconds */

#define FRONT LISTENER_FRONT
#define BACK LISTENER_BACK

/* BOTH: a user, or an application without one, which has to say as whom it
 * acts (ews_header.c) or sees those whom it may act for (discover/). */
enum access { OPEN = 1, USER, BOTH };

enum {
	BELOW = 1,     /* what lies below the path is this route's as well */
	DISCOVERY = 2, /* clients look for the headers of discovery_put */
	AVATARS = 4,   /* it is there if some domain shows avatars */
};

typedef enum err handler(struct house *house, struct op *op,
			 const struct request *req, struct response *res);

struct route {
	enum listener listener;
	const char *path;        /* in lower case; a row for each method */
	enum http_method method; /* GET stands for HEAD as well */
	enum access access;
	size_t body_max;
	const char *operation; /* until the handler knows better */
	const char *cache;     /* Cache-Control, unless the handler says */
	handler *handle;
	unsigned marks;
};

static const struct route routes[] = {
	/* clang-format off */
	{ FRONT, "/ews/exchange.asmx/s/getuserphoto",      METHOD_GET,  USER, 0,                 "GetUserPhoto",      "no-store", photo_get, 0 },
	{ FRONT, "/ews/exchange.asmx",                     METHOD_POST, BOTH, EWS_BODY_MAX,      "Exchange.asmx",     "private",  ews_post, 0 },
	{ FRONT, "/ews/services.wsdl",                     METHOD_GET,  OPEN, 0,                 "services.wsdl",     "no-cache", wsdl_get, 0 },
	{ FRONT, "/ews/messages.xsd",                      METHOD_GET,  OPEN, 0,                 "messages.xsd",      "no-cache", wsdl_get, 0 },
	{ FRONT, "/ews/types.xsd",                         METHOD_GET,  OPEN, 0,                 "types.xsd",         "no-cache", wsdl_get, 0 },
	{ FRONT, "/autodiscover/autodiscover.svc",         METHOD_POST, BOTH, DISCOVER_BODY_MAX, "Autodiscover.SOAP", "private",  discover_soap_post, DISCOVERY },
	{ FRONT, "/autodiscover/autodiscover.xml",         METHOD_POST, BOTH, DISCOVER_BODY_MAX, "Autodiscover.POX",  "private",  discover_pox_post, DISCOVERY },
	{ FRONT, "/autodiscover/autodiscover.xml",         METHOD_GET,  BOTH, 0,                 "Autodiscover.POX",  "private",  discover_pox_get, DISCOVERY },
	{ FRONT, "/autodiscover/autodiscover.json",        METHOD_GET,  OPEN, 0,                 "Autodiscover.JSON", "no-store", discover_json_get, 0 },
	{ FRONT, "/autodiscover/autodiscover.json/v1.0",   METHOD_GET,  OPEN, 0,                 "Autodiscover.JSON", "no-store", discover_json_get, BELOW },
	{ FRONT, "/avatar",                                METHOD_GET,  OPEN, 0,                 "Avatar",            "no-store", avatar_get, BELOW | AVATARS },
	{ FRONT, "/photo",                                 METHOD_GET,  USER, 0,                 "Photo",             "no-store", photo_path_get, BELOW },
	{ BACK,  "/healthz",                               METHOD_GET,  OPEN, 0,                 "healthz",           "no-store", health_get, 0 },
	{ BACK,  "/readyz",                                METHOD_GET,  OPEN, 0,                 "readyz",            "no-store", ready_get, 0 },
	{ BACK,  "/metrics",                               METHOD_GET,  OPEN, 0,                 "metrics",           "no-store", metrics_get, 0 },
	/* clang-format on */
};

static enum err
nothing_get(struct house *house, struct op *op, const struct request *req,
	    struct response *res)
{
	(void)house;
	(void)req;
	(void)res;
	return FAIL(op, ERR_NOT_FOUND, "no such path");
}

/* The route of a request that has none, or none any more. */
static const struct route nowhere = {
	.cache = "no-store",
	.handle = nothing_get,
};

/* The status of an answer whose handler named none. */
static const int status_of[ERR_COUNT] = {
	/* clang-format off */
	[OK] = 200,           [ERR_AUTH] = 401,
	[ERR_DENIED] = 403,   [ERR_NOT_FOUND] = 404,
	[ERR_INVALID] = 400,  [ERR_LIMIT] = 413,
	[ERR_CONFLICT] = 503, [ERR_DOWN] = 503,
	[ERR_UNKNOWN] = 503,  [ERR_WAIT] = 503,
	[ERR_INTERNAL] = 503,
	/* clang-format on */
};

/* What a status is called where the handler gave no result, and whether nobody
 * may keep such an answer, whatever its route says. */
struct status {
	const char *result;
	int status;
	bool no_store;
};

static const struct status statuses[] = {
	/* clang-format off */
	{ "200", 200, false }, { "304", 304, false }, { "400", 400, true },
	{ "401", 401, true },  { "403", 403, true },  { "404", 404, true },
	{ "405", 405, true },  { "413", 413, true },  { "415", 415, true },
	{ "429", 429, true },  { "500", 500, false }, { "503", 503, true },
	{ "other", 0, true }, /* any other */
	/* clang-format on */
};

/*
 * A path in one spelling: lower case, single slashes, none at the end, and a
 * repeated /s once: clients join the service's URL with "/s/..." or "//s/...",
 * also when it ends in /s already. False when it is too long for any route.
 */
static bool
path_tidy(const char *path, char out[ROUTE_PATH_MAX])
{
	size_t n = 0;

	while (*path != '\0') {
		size_t slashes = strspn(path, "/");
		size_t start = n;

		path += slashes;
		if (slashes > 0)
			out[n++] = '/';
		while (*path != '/' && *path != '\0') {
			if (n + 2 >= ROUTE_PATH_MAX)
				return false;
			out[n++] = text_lower(*path++);
		}
		if (n - start == 1 && out[start] == '/')
			n = start; /* the last slash */
		if (n - start == 2 && start >= 2 &&
		    memcmp(out + start - 2, "/s/s", 4) == 0)
			n = start;
	}
	out[n] = '\0';
	return true;
}

static bool
route_has_path(const struct route *route, const char *path)
{
	size_t n = strlen(route->path);

	if (!(route->marks & BELOW))
		return strcmp(route->path, path) == 0;
	return strncmp(route->path, path, n) == 0 &&
	       (path[n] == '\0' || path[n] == '/');
}

static bool
route_has_method(const struct route *route, const struct request *req)
{
	bool head = req->method == METHOD_HEAD;

	return route->method == (head ? METHOD_GET : req->method);
}

/* Off means off: not even the method is told. */
static bool
route_is_there(const struct op *op, const struct route *route)
{
	const char *const *domains = op->settings->avatar_domains;

	return !(route->marks & AVATARS) ||
	       (domains != NULL && domains[0] != NULL);
}

/* The path's row for the method, or its first one. */
static const struct route *
route_find(const struct op *op, const struct request *req)
{
	const struct route *found = &nowhere;
	char path[ROUTE_PATH_MAX];

	if (!path_tidy(req->path, path))
		return &nowhere;
	for (size_t i = 0; i < COUNT(routes); i++) {
		const struct route *route = &routes[i];

		if (route->listener != req->listener ||
		    !route_has_path(route, path) || !route_is_there(op, route))
			continue;
		if (route_has_method(route, req))
			return route;
		if (found == &nowhere)
			found = route;
	}
	return found;
}

/* Who is asking; an op that desk_admit has let in knows already. */
static enum err
caller_find(struct house *house, struct op *op, const struct request *req,
	    struct response *res)
{
	enum err err;

	if (op->caller != NULL)
		return OK;
	err = auth_check(house->auth, op, req, res);
	if (err == ERR_LIMIT && res->status == 0)
		res->status = 429;
	return err;
}

/* What the rows of the route's path allow. */
static const char *
route_methods(const struct route *route)
{
	bool get = false, post = false;

	for (size_t i = 0; i < COUNT(routes); i++) {
		if (strcmp(routes[i].path, route->path) != 0)
			continue;
		get = get || routes[i].method == METHOD_GET;
		post = post || routes[i].method == METHOD_POST;
	}
	return !post ? "GET, HEAD" : get ? "GET, HEAD, POST" : "POST";
}

static enum err
method_check(struct op *op, const struct route *route,
	     const struct request *req, struct response *res)
{
	if (route_has_method(route, req))
		return OK;
	res->status = 405;
	response_header(res, "Allow", route_methods(route));
	return FAIL(op, ERR_INVALID, "not a method of this path");
}

/* The order of refusal: path 404, login 401, method 405, body 413. `body`:
 * its bytes; negative: not known yet. */
static enum err
enter(struct house *house, struct op *op, const struct request *req,
      int64_t body, struct response *res, const struct route **out)
{
	const struct route *route = route_find(op, req);

	*out = route;
	if (route == &nowhere)
		return route->handle(house, op, req, res);
	op->operation = route->operation;
	if (route->access != OPEN)
		TRY(caller_find(house, op, req, res));
	if (route->access == USER && op->caller->mailbox == NULL)
		return FAIL(op, ERR_DENIED, "an application without a user");
	TRY(method_check(op, route, req, res));
	if (body > (int64_t)route->body_max)
		return FAIL(op, ERR_LIMIT, "a body of %" PRId64 " bytes", body);
	return OK;
}

static const struct status *
status_find(int status)
{
	const struct status *s = statuses;

	while (s->status != status && s->status != 0)
		s++;
	return s;
}

static bool
has_header(const struct response *res, const char *name)
{
	for (size_t i = 0; i < res->headers_n; i++) {
		if (text_case_equal(res->headers[i].name, name))
			return true;
	}
	return false;
}

/* A client that sends its own id for a request may want it back, to find the
 * pair in its log. Only what is printable, for it goes into a header. */
static void
request_id_put(struct op *op, const struct request *req, struct response *res)
{
	const char *want = req->headers.return_client_request_id;
	const char *from = req->headers.client_request_id;
	char *id;
	size_t n = 0;

	if (want == NULL || from == NULL || !text_case_equal(want, "true"))
		return;
	id = op_alloc(op, REQUEST_ID_MAX + 1);
	for (; *from != '\0' && n < REQUEST_ID_MAX; from++) {
		if (*from >= ' ' && *from <= '~')
			id[n++] = *from;
	}
	if (n > 0)
		response_header(res, "client-request-id", id);
}

/* Clients look for them on the refusal of a request without credentials, to
 * choose a dialect and a way to log in. */
static void
discovery_put(struct house *house, struct op *op, struct response *res)
{
	response_header(res, "X-SOAP-Enabled", "True");
	if (auth_offers(house->auth, op, "Bearer"))
		response_header(res, "X-OAuth-Enabled", "True");
}

/* The headers that do not depend on what was asked. */
static void
headers_put(struct op *op, const struct request *req, const struct route *route,
	    const struct status *status, struct response *res)
{
	if (!has_header(res, "Cache-Control"))
		response_header(res, "Cache-Control",
				status->no_store ? "no-store" : route->cache);
	if (res->status == 503 && !has_header(res, "Retry-After"))
		response_header(res, "Retry-After", RETRY_AFTER);
	if (res->status != 304)
		response_header(res, "X-Content-Type-Options", "nosniff");
	if (op->proof != NULL)
		response_header(res, "WWW-Authenticate", op->proof);
	request_id_put(op, req, res);
}

/* The one way out: completes the answer, and tells the outcome to the access
 * line and the counters. */
static void
finish(struct house *house, struct op *op, const struct request *req,
       const struct route *route, enum err err, struct response *res)
{
	const struct status *status;

	if (res->status == 0)
		res->status = status_of[err];
	status = status_find(res->status);
	headers_put(op, req, route, status, res);
	if (route->marks & DISCOVERY)
		discovery_put(house, op, res);
	if (err != OK || op->result == NULL)
		op->result = status->result;
	metrics_count(house->metrics, op->operation, op->result,
		      op_clock_us() - op->began_us);
	if (dev_is_on(op) && req->listener == FRONT)
		dev_tell(op, req, res);
}

/* The route's own answer; under frontdesk dev perhaps an error in its place. */
static enum err
route_answer(struct house *house, struct op *op, const struct request *req,
	     const struct route *route, struct response *res)
{
	bool answered = false;
	enum err err;

	if (!dev_is_on(op) || route->access == OPEN)
		return route->handle(house, op, req, res);
	TRY(dev_before(house, op, req, res, &answered));
	if (answered)
		return OK;
	err = route->handle(house, op, req, res);
	dev_behind(op, res);
	return err;
}

enum err
desk_admit(struct house *house, struct op *op, const struct request *req,
	   struct response *res, size_t *body_max)
{
	const struct route *route;
	enum err err;

	*res = (struct response){ 0 };
	err = enter(house, op, req, req->body_length, res, &route);
	if (err == OK)
		*body_max = route->body_max;
	else if (err != ERR_WAIT)
		finish(house, op, req, route, err, res);
	return err;
}

enum err
desk_answer(struct house *house, struct op *op, const struct request *req,
	    struct response *res)
{
	const struct route *route;
	enum err err;

	*res = (struct response){ 0 };
	err = enter(house, op, req, (int64_t)req->body.n, res, &route);
	if (err == OK) {
		err = route_answer(house, op, req, route, res);
		if (err != OK) /* what a failed handler left is no answer */
			*res = (struct response){ 0 };
	}
	if (err == ERR_WAIT)
		return err;
	finish(house, op, req, route, err, res);
	return OK;
}

void
desk_refuse(struct house *house, struct op *op, const struct request *req,
	    struct response *res, enum err err)
{
	*res = (struct response){ 0 };
	if (op->reason == NULL)
		(void)FAIL(op, err, "the body did not come as it should");
	finish(house, op, req, &nowhere, err, res);
}
