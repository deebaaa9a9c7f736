/* SPDX-License-Identifier: Apache-2.0 */
#include "client/finder.h"

#include "base/text.h"
#include "client/lookup.h"
#include "client/place.h"
#include "client/verdict.h"

#include <string.h>

#define SHARE 4 /* one exchange takes at most such a part of the time */

const struct finder_dialect *const finder_dialects[] = {
	&finder_soap,
	&finder_pox,
	&finder_json,
	NULL,
};

/* ---- what is told about the way ---- */

/* How much a failure says about why nothing is found. */
static unsigned
attempt_rank(const char *dialect, const struct ewsc_error *e)
{
	static const enum ewsc_result ranks[] = {
		EWSC_OK,        EWSC_OK, /* for what is only not there */
		EWSC_NO_EWS,    EWSC_NO_SERVICE, EWSC_BUSY,  EWSC_NOT_FOUND,
		EWSC_UNTRUSTED, EWSC_DENIED,     EWSC_LOGIN,
	};
	unsigned rank = COUNT(ranks) - 1;

	if (e->result == EWSC_OK)
		return 0;
	if (e->http_status == 404 || e->result == EWSC_UNREACHABLE ||
	    (e->result == EWSC_NO_SERVICE &&
	     (strcmp(dialect, "HTTP") == 0 || strcmp(dialect, "SRV") == 0)))
		return 1;
	while (rank > 1 && ranks[rank] != e->result)
		rank--;
	return rank;
}

/* Keeps a step, and forgives it: the next one may do better. The failure that
 * says most about why nothing was found is remembered. */
static void
attempt_keep(struct ewsc *c, struct finder *f, const char *dialect,
	     const char *url, const char *text)
{
	const struct ewsc_error *e = &c->error;
	unsigned rank = attempt_rank(dialect, e);

	if (c->attempts_n < CLIENT_ATTEMPTS_MAX)
		c->attempts[c->attempts_n++] = (struct ewsc_attempt){
			.dialect = dialect,
			.url = url,
			.result = e->result,
			.http_status = e->http_status,
			.text = e->result == EWSC_OK ? text : e->text,
		};
	if (rank > f->worst_rank) {
		f->worst_rank = rank;
		f->worst = e->result;
		f->worst_text = e->text;
		f->worst_advice = e->advice;
		f->worst_url = e->url;
		f->worst_status = e->http_status;
	}
	client_forgive(c);
}

static enum err
nothing_found(struct ewsc *c, const struct finder *f)
{
	static const char advice[] =
		"give the URL of the service; for those who run it: frontdesk "
		"dns tells the records that lead to it";

	if (f->worst != EWSC_LOGIN && f->worst != EWSC_UNTRUSTED &&
	    f->worst != EWSC_DENIED && f->worst != EWSC_NOT_FOUND)
		return client_fail(c, EWSC_NO_SERVICE, advice,
				   "%s: no Autodiscover service was found%s%s",
				   f->domain, f->worst_text == NULL ? "" : ": ",
				   f->worst_text == NULL ? "" : f->worst_text);
	c->error.url = f->worst_url;
	c->error.http_status = f->worst_status;
	return client_fail(c, f->worst, f->worst_advice, "%s", f->worst_text);
}

/* ---- redirects ---- */

static enum err
redirect_count(struct ewsc *c, struct finder *f)
{
	if (f->redirects++ < FINDER_REDIRECTS_MAX)
		return OK;
	return client_fail(c, EWSC_NO_EWS, "ask those who run the server",
			   "%s: discovery leads on and on: more than %d "
			   "redirects",
			   f->domain, FINDER_REDIRECTS_MAX);
}

/* May it go from here to there? Only to https; `sure`: the one who says so
 * was verified. The caller of the library sees it. */
static enum err
redirect_check(struct ewsc *c, struct finder *f, const char *from,
	       const char *to, bool sure)
{
	const char *host;
	bool may;

	TRY(redirect_count(c, f));
	if (to == NULL || !place_is_https(to))
		return client_fail(c, EWSC_NO_EWS,
				   "ask those who run the server",
				   "%s: it leads to what is no https URL: %s",
				   from, to == NULL ? "" : to);
	host = place_host(&c->op, to);
	may = sure || place_within(host, f->domain);
	if (c->options.on_redirect != NULL)
		may = c->options.on_redirect(c->options.arg, from, to) != 0;
	if (may)
		return OK;
	return client_fail(c, EWSC_NO_SERVICE,
			   "give the URL of the service, if it is the right "
			   "one",
			   "%s: it leads to %s, and was not followed", from,
			   to);
}

static bool
is_redirect(const struct answer *answer)
{
	return answer->location != NULL &&
	       (answer->status == 301 || answer->status == 302 ||
		answer->status == 303 || answer->status == 307 ||
		answer->status == 308);
}

/* ---- one dialect at one place ---- */

/* Asks without, then, when it is asked for, with the login. */
static enum err
exchange(struct ewsc *c, struct finder *f, const struct finder_dialect *d,
	 const char *url, struct answer *out)
{
	const char *asked = d->ask(&c->op, url, f->address);
	const char *host = place_host(&c->op, url);
	struct call call = {
		.url = d->content_type == NULL ? asked : url,
		.content_type = d->content_type,
		.answer_max = FINDER_ANSWER_MAX,
		.timeout_ms = op_left_ms(&c->op) / SHARE,
	};

	if (d->content_type != NULL)
		call.body = bytes_of(asked);
	TRY(call_run(c, &call, out));
	if (out->status != 401 || !d->login)
		return OK;
	if (!call_has_login(c) || !call_is_offered(c, out->challenges) ||
	    (f->no_login_for != NULL && text_case_equal(f->no_login_for, host)))
		return verdict_status(c, url, out, false);
	call.login = true;
	TRY(call_run(c, &call, out));
	if (out->status != 401)
		return OK;
	/* One refusal is enough: more of them would lock the account. */
	f->no_login_for = host;
	return verdict_status(c, url, out, false);
}

/* The answer of one URL: what was found, or where to go on. */
static enum err
step(struct ewsc *c, struct finder *f, const struct finder_dialect *d,
     const char *url, struct finder_answer *out)
{
	struct answer answer;

	TRY(exchange(c, f, d, url, &answer));
	*out = (struct finder_answer){ 0 };
	if (is_redirect(&answer)) {
		out->outcome = FINDER_URL;
		out->to = place_join(&c->op, url, answer.location);
		return redirect_check(c, f, url, out->to, true);
	}
	TRY(d->read(c, url, &answer, out));
	if (out->outcome == FINDER_URL)
		return redirect_check(c, f, url, out->to, true);
	if (out->outcome == FINDER_ADDRESS) {
		if (!text_is_address(out->to))
			return client_fail(c, EWSC_NO_EWS, NULL,
					   "%s: it leads to what is no mail "
					   "address",
					   url);
		return redirect_count(c, f);
	}
	if (out->ews_url == NULL || !place_is_https(out->ews_url))
		return client_fail(
			c, EWSC_NO_SERVICE, "ask those who run the server",
			"%s: it names no https URL of the service", url);
	return OK;
}

/* What came of a step that went well. */
static const char *
trail(const struct finder_answer *a, struct op *op)
{
	if (a->outcome == FINDER_FOUND)
		return op_print(op, "the service is %s", a->ews_url);
	return op_print(op, "it leads to %s", a->to);
}

enum err
finder_ask(struct ewsc *c, struct finder *f, const struct finder_dialect *d,
	   const char *base, struct finder_answer *out)
{
	const char *url = op_print(&c->op, "%s%s", base, d->path);

	for (;;) {
		enum err err = step(c, f, d, url, out);

		attempt_keep(c, f, d->name, url,
			     err == OK ? trail(out, &c->op) : NULL);
		if (err != OK)
			return err;
		if (out->outcome != FINDER_URL)
			break;
		url = out->to;
	}
	out->to = out->outcome == FINDER_FOUND ? url : out->to;
	return OK;
}

/* ---- the places ---- */

static enum err
place_domain(struct ewsc *c, struct finder *f, const char **out)
{
	*out = op_print(&c->op, "https://%s", text_domain(f->address));
	return OK;
}

static enum err
place_autodiscover(struct ewsc *c, struct finder *f, const char **out)
{
	*out = op_print(&c->op, "https://autodiscover.%s",
			text_domain(f->address));
	return OK;
}

/* For hosted domains without a certificate of their own: one question over
 * http, without any login, whose answer is taken for no more than a hint. */
static enum err
redirect_ask(struct ewsc *c, struct finder *f, const char *url,
	     const char **out)
{
	const struct call call = {
		.url = url,
		.open = true,
		.answer_max = FINDER_ANSWER_MAX,
		.timeout_ms = op_left_ms(&c->op) / SHARE,
	};
	struct answer answer;
	const char *to;

	TRY(call_run(c, &call, &answer));
	if (!is_redirect(&answer))
		return client_fail(c, EWSC_NO_SERVICE, NULL,
				   "%s: it leads nowhere (HTTP %d)", url,
				   answer.status);
	to = place_join(&c->op, url, answer.location);
	TRY(redirect_check(c, f, url, to, false));
	*out = place_base(&c->op, to);
	return OK;
}

static enum err
place_redirect(struct ewsc *c, struct finder *f, const char **out)
{
	const char *url = op_print(&c->op, "http://autodiscover.%s%s",
				   text_domain(f->address), finder_pox.path);
	enum err err = redirect_ask(c, f, url, out);

	attempt_keep(c, f, "HTTP", url,
		     err == OK ? op_print(&c->op, "it leads to %s", *out)
			       : NULL);
	return err;
}

static enum err
record_ask(struct ewsc *c, struct finder *f, const char *name, const char **out)
{
	struct lookup_service service;

	TRY(lookup_service(c, text_domain(f->address), &service));
	*out = service.port == 443
		       ? op_print(&c->op, "https://%s", service.host)
		       : op_print(&c->op, "https://%s:%u", service.host,
				  service.port);
	return redirect_check(c, f, name, *out, false);
}

static enum err
place_record(struct ewsc *c, struct finder *f, const char **out)
{
	const char *name = op_print(&c->op, "_autodiscover._tcp.%s",
				    text_domain(f->address));
	enum err err = record_ask(c, f, name, out);

	attempt_keep(c, f, "SRV", name,
		     err == OK ? op_print(&c->op, "it leads to %s", *out)
			       : NULL);
	return err;
}

const struct finder_place finder_places[] = {
	{ "the domain itself", place_domain },
	{ "the autodiscover name", place_autodiscover },
	{ "a redirect over http", place_redirect },
	{ "the SRV record", place_record },
	{ NULL, NULL },
};

/* ---- a whole discovery ---- */

enum err
finder_begin(struct ewsc *c, const char *address, struct finder *f)
{
	*f = (struct finder){
		.address = address,
		.domain = text_domain(address),
	};
	c->attempts_n = 0;
	/* The host of a URL is ASCII; libcurl does not know our names. */
	if (place_is_https(op_print(&c->op, "https://%s", f->domain)))
		return OK;
	return client_fail(c, EWSC_INVALID, "give the URL of the service",
			   "'%s' is no domain that can be asked", f->domain);
}

/* Every dialect at every place, until one has an answer. ERR_NOT_FOUND: none;
 * what came of each is kept. */
static enum err
places_ask(struct ewsc *c, struct finder *f,
	   const struct finder_dialect **dialect, struct finder_answer *out)
{
	for (const struct finder_place *p = finder_places; p->via != NULL;
	     p++) {
		const char *base = NULL;

		if (p->base(c, f, &base) != OK)
			continue;
		for (size_t d = 0; finder_dialects[d] != NULL; d++) {
			*dialect = finder_dialects[d];
			if (finder_ask(c, f, *dialect, base, out) == OK)
				return OK;
		}
	}
	return ERR_NOT_FOUND;
}

enum err
finder_run(struct ewsc *c, const char *address, struct ewsc_service *out)
{
	const struct finder_dialect *dialect = NULL;
	struct finder_answer found = { 0 };
	struct finder f;

	TRY(finder_begin(c, address, &f));
	for (;;) {
		if (places_ask(c, &f, &dialect, &found) != OK)
			return nothing_found(c, &f);
		if (found.outcome == FINDER_FOUND)
			break;
		f.address = found.to;
	}
	*out = (struct ewsc_service){
		.address = found.address != NULL ? found.address : f.address,
		.name = found.name,
		.ews_url = found.ews_url,
		.dialect = dialect->name,
		.discover_url = found.to,
	};
	if (found.photo_url == NULL || !place_is_https(found.photo_url))
		found.photo_url = found.ews_url;
	return place_photo(&c->op, found.photo_url, &out->photo_url);
}
