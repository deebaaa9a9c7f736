/* SPDX-License-Identifier: Apache-2.0 */
/* Routes, the order of refusal, and what every answer carries. The protocols
 * and wings behind the desk are stand-ins that say what a row wants. */
#include "unit.h"

#include "desk/desk.h"
#include "desk/ews.h"
#include "desk/metrics.h"
#include "desk/wsdl.h"
#include "discover/discover.h"
#include "model/answered.h"
#include "model/publication.h"
#include "model/settings.h"
#include "photo/avatar.h"
#include "photo/photo_service.h"

static struct {
	enum err auth, store, image; /* what the wings say */
	enum err handler;            /* what the protocols say ... */
	int status;                  /* ... and with which status */
	bool messy;                  /* a handler fails half-way through */
	bool bearer;                 /* tokens are taken */
	const char *handled;         /* who answered */
	unsigned logins;
} scene;

/* ---- stand-ins ---- */

enum err
auth_check(struct auth *a, struct op *op, const struct request *req,
	   struct response *res)
{
	static const struct mailbox mailbox = { .id = 1 };
	static const struct caller caller = { .mailbox = &mailbox };

	(void)a;
	scene.logins++;
	if (scene.auth == ERR_LIMIT)
		response_header(res, "Retry-After", "7");
	if (scene.auth != OK)
		return FAIL(op, scene.auth, "the wing says so");
	if (req->headers.authorization == NULL) {
		response_header(res, "WWW-Authenticate", "Basic realm=\"x\"");
		return FAIL(op, ERR_AUTH, "no credentials");
	}
	op->caller = &caller;
	return OK;
}

enum err
directory_stats(struct directory *d, struct op *op,
		struct directory_stats_list *out)
{
	(void)d, (void)out;
	return FAIL(op, ERR_DOWN, "the disk is gone");
}

enum err
store_publication_count(struct store *s, struct op *op,
			struct publication_count *out)
{
	(void)s, (void)op;
	*out = (struct publication_count){ 3, 2, 1 };
	return OK;
}

enum err
store_outbox_count(struct store *s, struct op *op, struct outbox_count *out)
{
	(void)s, (void)op;
	*out = (struct outbox_count){ .waiting = 4, .sent = 5 };
	return OK;
}

enum err
milter_counts_read(struct op *op, struct milter_counts *out)
{
	(void)op;
	*out = (struct milter_counts){ .mails = 7, .asked = 1234567 };
	return OK;
}

void
auth_counts(const struct auth *a, struct auth_counts *out)
{
	(void)a;
	*out = (struct auth_counts){ .remembered = 42 };
}

bool
auth_offers(const struct auth *a, const struct op *o, const char *scheme)
{
	(void)a;
	(void)o;
	assert_string_equal(scheme, "Bearer");
	return scene.bearer;
}

enum err
store_ping(struct store *s, struct op *op)
{
	(void)s;
	return scene.store == OK ? OK : FAIL(op, scene.store, "disk\nis gone");
}

enum err
image_ping(struct image *i, struct op *op)
{
	(void)i;
	return scene.image == OK ? OK : FAIL(op, scene.image, "no worker");
}

static enum err
handled(const char *who, struct op *op, struct response *res)
{
	scene.handled = who;
	res->status = scene.status;
	if (scene.messy) {
		response_header(res, "ETag", "\"half\"");
		res->content_type = "image/jpeg";
		res->body = bytes_of("half");
		op->result = "NoError";
	}
	return scene.handler;
}

enum err
photo_get(struct house *house, struct op *op, const struct request *req,
	  struct response *res)
{
	(void)house;
	(void)req;
	if (scene.status == 200 || scene.status == 304)
		response_header(res, "Cache-Control", "private, max-age=300");
	return handled("photo", op, res);
}

enum err
ews_post(struct house *house, struct op *op, const struct request *req,
	 struct response *res)
{
	(void)house;
	(void)req;
	op->operation = "SetUserOofSettings";
	op->result = "NoError";
	return handled("ews", op, res);
}

enum err
wsdl_get(struct house *house, struct op *op, const struct request *req,
	 struct response *res)
{
	(void)house;
	(void)req;
	return handled("wsdl", op, res);
}

#define DISCOVER(function, who)                                                \
	enum err function(struct house *h, struct op *o,                       \
			  const struct request *req, struct response *r)       \
	{                                                                      \
		(void)h;                                                       \
		(void)req;                                                     \
		return handled(who, o, r);                                     \
	}

DISCOVER(avatar_get, "avatar")
DISCOVER(photo_path_get, "photo of a path")
DISCOVER(discover_soap_post, "soap")
DISCOVER(discover_pox_post, "pox")
DISCOVER(discover_pox_get, "pox get")
DISCOVER(discover_json_get, "json")

/* ---- an op and its answer ---- */

static const char *const domains[] = { "example.com", NULL };
static struct settings settings;
static struct op op;
static struct house house;
static struct response res;

static int
setup(void **state)
{
	*state = arena_open(KIB);
	settings = (struct settings){ .avatar_domains = domains };
	op_init(&op, *state, &settings, 1000);
	memset(&scene, 0, sizeof(scene));
	house = (struct house){
		.metrics = calloc(1, metrics_size()),
		/* never looked into; there, so that it is asked */
		.image = (struct image *)&scene,
	};
	assert_non_null(house.metrics);
	return 0;
}

static int
teardown(void **state)
{
	free(house.metrics);
	arena_close(*state);
	return 0;
}

static struct request
request_of(enum http_method method, const char *path)
{
	return (struct request){ .method = method, .path = path };
}

static const char *
header(const char *name)
{
	const char *value = "none";

	for (size_t i = 0; i < res.headers_n; i++) {
		if (strcmp(res.headers[i].name, name) != 0)
			continue;
		assert_string_equal(value, "none"); /* once only */
		value = res.headers[i].value;
	}
	return value;
}

static const char *
body_text(void)
{
	return op_text(&op, (const char *)res.body.p, res.body.n);
}

/* As the door does: may the body be read, then the answer. */
static int
ask(struct request req)
{
	size_t body_max = SIZE_MAX;
	enum err err;

	op.caller = NULL;
	op.operation = op.result = op.reason = NULL;
	scene.handled = "nobody";
	err = desk_admit(&house, &op, &req, &res, &body_max);
	assert_int_not_equal(err, ERR_WAIT);
	if (err == OK) {
		assert_true(req.body.n <= body_max);
		assert_int_equal(desk_answer(&house, &op, &req, &res), OK);
	}
	return res.status;
}

#define G METHOD_GET
#define H METHOD_HEAD
#define P METHOD_POST
#define X METHOD_OTHER
#define PHOTO "/ews/Exchange.asmx/s/GetUserPhoto"
#define EWS "/EWS/Exchange.asmx"
#define SVC "/autodiscover/autodiscover.svc"
#define POX "/Autodiscover/Autodiscover.xml"
#define JSON "/autodiscover/autodiscover.json"

static void
paths_lead_to_their_handlers_in_every_spelling(void **state)
{
	static const struct {
		enum http_method method;
		const char *path;
		const char *handled, *operation;
	} rows[] = {
		/* clang-format off */
		{ G, PHOTO,                                   "photo", "GetUserPhoto" },
		{ H, PHOTO,                                   "photo", "GetUserPhoto" },
		{ G, "/EWS/EXCHANGE.ASMX/S/GETUSERPHOTO",     "photo", "GetUserPhoto" },
		{ G, "/ews/exchange.asmx//s/s/getuserphoto",  "photo", "GetUserPhoto" },
		{ G, "//ews///Exchange.asmx/s/S/s//GetUserPhoto", "photo", "GetUserPhoto" },
		{ G, PHOTO "/",                               "photo", "GetUserPhoto" },
		{ G, PHOTO "//",                              "photo", "GetUserPhoto" },
		{ G, "/photo/Ada@Example.com",                "photo of a path", "Photo" },
		{ H, "//Photo//a/b@example.com",              "photo of a path", "Photo" },
		{ G, "/avatar/00",                            "avatar", "Avatar" },
		{ H, "/AVATAR",                               "avatar", "Avatar" },
		{ P, EWS,                                     "ews",   "SetUserOofSettings" },
		{ P, "/ews/exchange.asmx/",                   "ews",   "SetUserOofSettings" },
		{ G, "/ews/services.wsdl",                    "wsdl",  "services.wsdl" },
		{ H, "/EWS/Services.wsdl",                    "wsdl",  "services.wsdl" },
		{ G, "/ews/messages.xsd",                     "wsdl",  "messages.xsd" },
		{ G, "/ews/types.xsd",                        "wsdl",  "types.xsd" },
		{ P, SVC,                                     "soap",  "Autodiscover.SOAP" },
		{ P, "//autodiscover/AUTODISCOVER.svc/",      "soap",  "Autodiscover.SOAP" },
		{ P, POX,                                     "pox",   "Autodiscover.POX" },
		{ G, POX,                                     "pox get", "Autodiscover.POX" },
		{ H, "/AutoDiscover/autodiscover.xml",        "pox get", "Autodiscover.POX" },
		{ G, JSON,                                    "json",  "Autodiscover.JSON" },
		{ H, JSON "/",                                "json",  "Autodiscover.JSON" },
		{ G, JSON "/v1.0",                            "json",  "Autodiscover.JSON" },
		{ G, "/AUTODISCOVER/autodiscover.JSON/V1.0/A/b@Example.com", "json", "Autodiscover.JSON" },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct request req = request_of(rows[i].method, rows[i].path);

		req.headers.authorization = "Basic x";
		if (ask(req) != 200)
			fail_msg("%s: %d", rows[i].path, res.status);
		assert_string_equal(scene.handled, rows[i].handled);
		assert_string_equal(op.operation, rows[i].operation);
	}
}

static void
any_other_path_is_404_before_anything_else(void **state)
{
	static const char *const rows[] = {
		"",
		"/",
		"//",
		"*",
		"ews/services.wsdl",
		"/ews",
		"/ews/",
		"/ews/Exchange.asmx/s",
		"/ews/Exchange.asmx/s/",
		"/ews/Exchange.asmx/s/NoSuchThing",
		PHOTO "x",
		PHOTO "/x",
		"/ews/Exchange.asmx/t/GetUserPhoto",
		"/ews/Exchange.asmx/ss/GetUserPhoto",
		"/ews/ews/Exchange.asmx",
		"/ews/Exchange.asmx/..",
		"/ews/Exchange.asmx/..;/s/GetUserPhoto",
		"/GetUserPhoto",
		"/s/ews/services.wsdl",
		"/autodiscover",
		"/autodiscover/",
		POX "/x",
		SVC "/GetUserSettings",
		JSON "/ada@example.com",
		JSON "/v2.0/ada@example.com",
		JSON "/v1.0x",
		"/ews/exchange\xc2\xad"
		"asmx",
		/* of the other listener */
		"/healthz",
		"/readyz",
		"/metrics",
		/* longer than any route, with and without an end in sight */
		"/ews/exchange.asmx/s/getuserphoto/ews/exchange.asmx/s/"
		"getuserph",
		"/ews/exchange.asmx/s/getuserphoto/ews/exchange.asmx/s/"
		"getuserphoto/ews/exchange.asmx/s/getuserphoto//////////",
		"/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"/"
		"/////",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct request req = request_of(G, rows[i]);

		if (ask(req) != 404)
			fail_msg("%s: %d", rows[i], res.status);
		assert_string_equal(scene.handled, "nobody");
		assert_int_equal(res.body.n, 0);
		assert_string_equal(header("Cache-Control"), "no-store");
		assert_string_equal(op.result, "404");
	}
	assert_int_equal(scene.logins, 0);
}

static void
avatars_are_nowhere_unless_some_domain_shows_them(void **state)
{
	static const char *const none[] = { NULL };
	static const char *const *const rows[] = { NULL, none };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		settings.avatar_domains = rows[i];
		assert_int_equal(ask(request_of(G, "/avatar/00")), 404);
		assert_int_equal(ask(request_of(P, "/avatar/00")), 404);
		assert_string_equal(scene.handled, "nobody");
		assert_string_equal(header("Allow"), "none");
	}
}

static void
paths_of_every_length_stay_in_bounds(void **state)
{
	char path[400]; /* longer than any path with an address */

	(void)state;
	for (size_t n = 1; n < sizeof(path); n++) {
		memset(path, 'a', n);
		for (size_t slash = 0; slash <= n; slash++) {
			path[slash < n ? slash : 0] = '/';
			path[n] = '\0';
			assert_int_equal(ask(request_of(G, path)), 404);
			path[slash < n ? slash : 0] = 's';
		}
	}
}

static void
refusals_come_in_their_order(void **state)
{
	static const struct {
		enum http_method method;
		const char *path;
		bool login;
		int64_t length;
		int status;
		const char *allow;
	} rows[] = {
		/* clang-format off */
		/* each row has every fault that the next ones still have */
		{ X, "/ews/none", false, 99999999, 404, "none" },
		{ X, EWS,         false, 99999999, 401, "none" },
		{ X, EWS,         true,  99999999, 405, "POST" },
		{ P, EWS,         true,  99999999, 413, "none" },
		{ P, EWS,         true,  (int64_t)EWS_BODY_MAX,    200, "none" },
		{ P, EWS,         true,  (int64_t)EWS_BODY_MAX + 1, 413, "none" },
		{ P, EWS,         true,  -1,      200, "none" }, /* chunked */
		{ G, EWS,         false, 0,       401, "none" }, /* DavMail */
		{ H, EWS,         false, 0,       401, "none" },
		{ G, EWS,         true,  0,       405, "POST" },
		{ H, EWS,         true,  0,       405, "POST" },
		{ P, PHOTO,       false, 0,       401, "none" },
		{ P, PHOTO,       true,  0,       405, "GET, HEAD" },
		{ X, PHOTO,       true,  0,       405, "GET, HEAD" },
		{ G, PHOTO,       true,  1,       413, "none" },
		{ P, "/ews/services.wsdl", false, 0, 405, "GET, HEAD" },
		{ P, "/avatar/00", false, 0, 405, "GET, HEAD" },
		{ G, "/avatar/00", false, 1, 413, "none" },
		{ G, "/photo/a@b", false, 1, 401, "none" },
		{ P, "/photo/a@b", true,  1, 405, "GET, HEAD" },
		{ X, POX,         false, 999999, 401, "none" },
		{ X, POX,         true,  999999, 405, "GET, HEAD, POST" },
		{ P, POX,         true,  999999, 413, "none" },
		{ P, POX,         true,  64 * 1024,     200, "none" },
		{ P, POX,         true,  64 * 1024 + 1, 413, "none" },
		{ G, POX,         true,  1,      413, "none" },
		{ G, POX,         true,  0,      200, "none" },
		{ G, SVC,         true,  0,      405, "POST" },
		{ P, SVC,         true,  64 * 1024,     200, "none" },
		{ P, SVC,         true,  64 * 1024 + 1, 413, "none" },
		{ P, JSON,        false, 0,      405, "GET, HEAD" },
		{ P, JSON "/v1.0/a@b", false, 0, 405, "GET, HEAD" },
		{ G, JSON,        false, 0,      200, "none" },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct request req = request_of(rows[i].method, rows[i].path);

		req.headers.authorization = rows[i].login ? "Basic x" : NULL;
		req.body_length = rows[i].length;
		if (ask(req) != rows[i].status)
			fail_msg("row %zu: %d", i, res.status);
		assert_string_equal(header("Allow"), rows[i].allow);
		assert_int_equal(strcmp(header("WWW-Authenticate"), "none") !=
					 0,
				 rows[i].status == 401);
		if (rows[i].status == 200)
			continue;
		assert_string_equal(header("Cache-Control"), "no-store");
		assert_string_equal(scene.handled, "nobody");
		assert_int_equal(res.body.n, 0);
		assert_non_null(op.reason);
	}
}

static void
an_answer_without_admission_refuses_as_well(void **state)
{
	struct request req = request_of(P, EWS);

	(void)state;
	assert_int_equal(desk_answer(&house, &op, &req, &res), OK);
	assert_int_equal(res.status, 401);
	req.headers.authorization = "Basic x";
	req.body.n = EWS_BODY_MAX + 1;
	assert_int_equal(desk_answer(&house, &op, &req, &res), OK);
	assert_int_equal(res.status, 413);
	assert_null(scene.handled);
}

static void
errors_have_one_status_each(void **state)
{
	static const struct {
		enum err auth, handler;
		int status;
		const char *retry;
	} rows[] = {
		{ OK, OK, 200, "none" },
		{ OK, ERR_AUTH, 401, "none" },
		{ OK, ERR_DENIED, 403, "none" },
		{ OK, ERR_NOT_FOUND, 404, "none" },
		{ OK, ERR_INVALID, 400, "none" },
		{ OK, ERR_LIMIT, 413, "none" },
		{ OK, ERR_CONFLICT, 503, "30" },
		{ OK, ERR_DOWN, 503, "30" },
		{ OK, ERR_UNKNOWN, 503, "30" },
		{ OK, ERR_INTERNAL, 503, "30" },
		/* nobody could find out who it is: no failed login */
		{ ERR_DOWN, OK, 503, "30" },
		{ ERR_INTERNAL, OK, 503, "30" },
		{ ERR_LIMIT, OK, 429, "7" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct request req = request_of(G, PHOTO);

		req.headers.authorization = "Basic x";
		scene.auth = rows[i].auth;
		scene.handler = rows[i].handler;
		if (ask(req) != rows[i].status)
			fail_msg("row %zu: %d", i, res.status);
		assert_string_equal(header("Retry-After"), rows[i].retry);
		assert_string_equal(header("Cache-Control"), "no-store");
		assert_int_equal(strtol(op.result, NULL, 10), rows[i].status);
	}
}

static void
a_failed_handler_leaves_nothing_behind(void **state)
{
	struct request req = request_of(G, PHOTO);

	(void)state;
	req.headers.authorization = "Basic x";
	scene.messy = true;
	scene.status = 200;
	scene.handler = ERR_INTERNAL;
	assert_int_equal(ask(req), 503);
	assert_string_equal(header("ETag"), "none");
	assert_string_equal(header("Cache-Control"), "no-store");
	assert_null(res.content_type);
	assert_int_equal(res.body.n, 0);
	assert_string_equal(op.result, "503");
}

static void
answers_say_who_may_keep_them(void **state)
{
	static const struct {
		enum http_method method;
		const char *path;
		int status;
		const char *cache, *nosniff;
	} rows[] = {
		{ G, PHOTO, 200, "private, max-age=300", "nosniff" },
		{ G, PHOTO, 304, "private, max-age=300", "none" },
		{ P, EWS, 200, "private", "nosniff" },
		{ P, EWS, 500, "private", "nosniff" },
		{ P, EWS, 503, "no-store", "nosniff" },
		{ P, EWS, 299, "no-store", "nosniff" },
		{ G, "/ews/types.xsd", 200, "no-cache", "nosniff" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct request req = request_of(rows[i].method, rows[i].path);

		req.headers.authorization = "Basic x";
		scene.status = rows[i].status;
		assert_int_equal(ask(req), rows[i].status);
		assert_string_equal(header("Cache-Control"), rows[i].cache);
		assert_string_equal(header("X-Content-Type-Options"),
				    rows[i].nosniff);
	}
}

static void
discovery_says_what_it_speaks_even_when_it_refuses(void **state)
{
	static const struct {
		enum http_method method;
		const char *path;
		bool login, bearer;
		const char *soap, *oauth;
	} rows[] = {
		{ G, POX, false, false, "True", "none" },
		{ P, POX, false, false, "True", "none" },
		{ P, POX, true, false, "True", "none" },
		{ G, POX, true, true, "True", "True" },
		{ P, SVC, false, true, "True", "True" },
		{ P, SVC, true, false, "True", "none" },
		{ X, SVC, true, false, "True", "none" },
		{ G, JSON, false, true, "none", "none" },
		{ P, EWS, true, true, "none", "none" },
		{ G, "/none", true, true, "none", "none" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct request req = request_of(rows[i].method, rows[i].path);

		req.headers.authorization = rows[i].login ? "Basic x" : NULL;
		scene.bearer = rows[i].bearer;
		(void)ask(req);
		assert_string_equal(header("X-SOAP-Enabled"), rows[i].soap);
		assert_string_equal(header("X-OAuth-Enabled"), rows[i].oauth);
	}
}

static void
a_request_id_comes_back_clean_when_wanted(void **state)
{
	char longest[130];
	const struct {
		const char *want, *id, *back;
	} rows[] = {
		{ "true", "abc-1", "abc-1" },
		{ "TRUE", "{a b}~", "{a b}~" },
		{ "true", "a\x01\x7f\xc3\xa4\tb", "ab" },
		{ "true", "\x80", "none" },
		{ "true", "", "none" },
		{ "true", NULL, "none" },
		{ "false", "abc", "none" },
		{ NULL, "abc", "none" },
		{ "true", longest, longest + 1 }, /* 129 bytes, 128 back */
		{ "true", longest + 1, longest + 1 },
	};

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct request req = request_of(G, "/none");

		req.headers.client_request_id = rows[i].id;
		req.headers.return_client_request_id = rows[i].want;
		assert_int_equal(ask(req), 404);
		assert_string_equal(header("client-request-id"), rows[i].back);
	}
}

static void
waiting_is_neither_answered_nor_counted(void **state)
{
	struct request req = request_of(P, EWS);
	size_t body_max;

	(void)state;
	scene.auth = ERR_WAIT;
	assert_int_equal(desk_admit(&house, &op, &req, &res, &body_max),
			 ERR_WAIT);
	assert_int_equal(desk_answer(&house, &op, &req, &res), ERR_WAIT);
	scene.auth = OK;
	scene.handler = ERR_WAIT;
	req.headers.authorization = "Basic x";
	assert_int_equal(desk_answer(&house, &op, &req, &res), ERR_WAIT);

	req = request_of(G, "/metrics");
	req.listener = LISTENER_BACK;
	assert_int_equal(ask(req), 200);
	assert_null(strstr(body_text(), "_count{"));
}

static void
one_login_serves_both_halves_of_a_request(void **state)
{
	struct request req = request_of(G, PHOTO);

	(void)state;
	req.headers.authorization = "Basic x";
	assert_int_equal(ask(req), 200);
	assert_int_equal(scene.logins, 1);
}

static void
a_body_that_broke_off_is_refused_and_counted(void **state)
{
	static const struct {
		enum err err;
		int status;
	} rows[] = {
		{ ERR_LIMIT, 413 },
		{ ERR_INVALID, 400 },
		{ ERR_DOWN, 503 },
	};
	struct request req = request_of(P, EWS);
	size_t body_max = 0;

	(void)state;
	req.headers.authorization = "Basic x";
	for (size_t i = 0; i < COUNT(rows); i++) {
		op.reason = NULL;
		assert_int_equal(desk_admit(&house, &op, &req, &res, &body_max),
				 OK);
		assert_int_equal(body_max, EWS_BODY_MAX);
		desk_refuse(&house, &op, &req, &res, rows[i].err);
		assert_int_equal(res.status, rows[i].status);
		assert_string_equal(header("Cache-Control"), "no-store");
		assert_non_null(op.reason);
		assert_string_equal(op.operation, "Exchange.asmx");
	}
	req = request_of(G, "/metrics");
	req.listener = LISTENER_BACK;
	assert_int_equal(ask(req), 200);
	assert_non_null(strstr(
		body_text(), "operation=\"Exchange.asmx\",result=\"413\"} 1"));
}

/* ---- health.c ---- */

static void
health_tells_each_wing(void **state)
{
	static const struct {
		const char *path;
		enum err store, image;
		bool no_image;
		int status;
		const char *body;
	} rows[] = {
		/* clang-format off */
		{ "/healthz", ERR_DOWN, ERR_DOWN, false, 200, "ok\n" },
		{ "/readyz",  OK,       OK,       false, 200, "store ok\nimage ok\n" },
		{ "/readyz",  OK,       ERR_DOWN, false, 200, "store ok\nimage down: no worker\n" },
		{ "/readyz",  OK,       OK,       true,  200, "store ok\nimage down: not configured\n" },
		{ "/readyz",  ERR_DOWN, OK,       false, 503, "store down: disk is gone\nimage ok\n" },
		{ "/READYZ/", ERR_INTERNAL, ERR_DOWN, false, 503, "store down: disk is gone\nimage down: no worker\n" },
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct request req = request_of(G, rows[i].path);

		req.listener = LISTENER_BACK;
		scene.store = rows[i].store;
		scene.image = rows[i].image;
		house.image = rows[i].no_image ? NULL : (void *)&scene;
		assert_int_equal(ask(req), rows[i].status);
		assert_int_equal(res.body.n, strlen(rows[i].body));
		assert_memory_equal(res.body.p, rows[i].body, res.body.n);
		assert_string_equal(header("Cache-Control"), "no-store");
		assert_string_equal(res.content_type,
				    "text/plain; charset=utf-8");
	}
	assert_int_equal(scene.logins, 0);
}

static void
the_back_listener_knows_nothing_of_the_services(void **state)
{
	static const char *const rows[] = { PHOTO, EWS, "/ews/services.wsdl" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct request req = request_of(G, rows[i]);

		req.listener = LISTENER_BACK;
		assert_int_equal(ask(req), 404);
	}
}

/* Whether somebody has its lock is looked up in the folder. */
static void
a_milter_is_told_of_where_there_is_to_be_one(void **state)
{
	static const struct {
		const char *path, *text;
	} rows[] = {
		{ "/readyz", "image ok\nmilter down: none runs\n" },
		{ "/metrics", "frontdesk_milter_up 0\n" },
		{ "/metrics", "frontdesk_milter_asked_seconds 1234567\n" },
		{ "/metrics",
		  "frontdesk_milter_mails_total{result=\"seen\"} 7\n" },
	};

	(void)state;
	settings.data = "/nonexistent";
	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		struct request req = request_of(G, rows[i / 2].path);

		req.listener = LISTENER_BACK;
		settings.milter_listen = i % 2 == 0 ? NULL : "unix:/x";
		assert_int_equal(ask(req), 200);
		assert_int_equal(memmem(res.body.p, res.body.n,
					rows[i / 2].text,
					strlen(rows[i / 2].text)) != NULL,
				 i % 2);
	}
}

static void
readiness_waits_where_it_may(void **state)
{
	struct request req = request_of(G, "/readyz");

	(void)state;
	req.listener = LISTENER_BACK;
	scene.image = ERR_WAIT;
	assert_int_equal(desk_answer(&house, &op, &req, &res), ERR_WAIT);
	scene.store = ERR_WAIT;
	assert_int_equal(desk_answer(&house, &op, &req, &res), ERR_WAIT);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(paths_lead_to_their_handlers_in_every_spelling),
		ROW(any_other_path_is_404_before_anything_else),
		ROW(avatars_are_nowhere_unless_some_domain_shows_them),
		ROW(paths_of_every_length_stay_in_bounds),
		ROW(refusals_come_in_their_order),
		ROW(an_answer_without_admission_refuses_as_well),
		ROW(errors_have_one_status_each),
		ROW(a_failed_handler_leaves_nothing_behind),
		ROW(answers_say_who_may_keep_them),
		ROW(discovery_says_what_it_speaks_even_when_it_refuses),
		ROW(a_request_id_comes_back_clean_when_wanted),
		ROW(waiting_is_neither_answered_nor_counted),
		ROW(one_login_serves_both_halves_of_a_request),
		ROW(a_body_that_broke_off_is_refused_and_counted),
		ROW(health_tells_each_wing),
		ROW(the_back_listener_knows_nothing_of_the_services),
		ROW(a_milter_is_told_of_where_there_is_to_be_one),
		ROW(readiness_waits_where_it_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
