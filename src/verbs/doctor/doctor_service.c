/* SPDX-License-Identifier: Apache-2.0 */

/* The service itself, from its name to a photo: each check a row. */
#include "base/clock.h"
#include "base/text.h"
#include "cli/words.h"
#include "client/call.h"
#include "verbs/doctor/doctor.h"

#include <string.h>

#define ANSWER_MAX (64 * KIB) /* bytes of an answer without a login */

/* ---- who is there ---- */

static enum doctor_state
step_url(struct doctor *d, struct doctor_finding *f)
{
	f->subject = d->url;
	if (d->expected == NULL) {
		f->detail = "this is what clients ask";
		return DOCTOR_FINE;
	}
	f->detail =
		op_print(&d->c->op, "the configuration says %s", d->expected);
	if (text_case_equal(d->url, d->expected))
		return DOCTOR_FINE;
	f->remedy = "correct public_url, or what leads clients there";
	return DOCTOR_FAILED;
}

static enum doctor_state
step_name(struct doctor *d, struct doctor_finding *f)
{
	enum doctor_state state;

	client_begin(d->client);
	state = doctor_name(d, d->url, f);
	(void)client_end(d->client, OK);
	return state;
}

static enum doctor_state
step_certificate(struct doctor *d, struct doctor_finding *f)
{
	enum doctor_state state;

	client_begin(d->client);
	state = doctor_certificate(d, d->url, f);
	d->trusted = state != DOCTOR_FAILED;
	(void)client_end(d->client, OK);
	return state;
}

/* Without a login it must ask for one, and say which. */
static enum doctor_state
challenge_look(struct doctor *d, struct doctor_finding *f)
{
	const struct call call = { .url = d->url, .answer_max = ANSWER_MAX };
	struct answer answer;

	f->subject = d->url;
	if (call_run(d->client, &call, &answer) != OK)
		return doctor_failed(d, DOCTOR_FAILED, ewsc_error(d->client),
				     f);
	if (answer.status == 401 && answer.challenges != NULL) {
		f->detail =
			op_print(&d->c->op, "it offers %s", answer.challenges);
		return DOCTOR_FINE;
	}
	f->detail = op_print(
		&d->c->op, "without a login it answers %d%s", answer.status,
		answer.status == 401 ? ", and names no scheme" : ", not 401");
	f->remedy = answer.status == 404
			    ? "check the URL; the service is not there"
			    : "let the server ask for a login";
	return DOCTOR_FAILED;
}

static enum doctor_state
step_challenge(struct doctor *d, struct doctor_finding *f)
{
	enum doctor_state state;

	client_begin(d->client);
	state = challenge_look(d, f);
	(void)client_end(d->client, OK);
	return state;
}

/* ---- absences ---- */

static const char *
copy(struct doctor *d, const char *text)
{
	return text == NULL ? NULL : op_dup(&d->c->op, text);
}

static void
oof_keep(struct doctor *d, const struct ewsc_oof *got)
{
	struct ewsc_oof *to = &d->oof;

	*to = *got;
	to->internal.text = copy(d, got->internal.text);
	to->internal.lang = copy(d, got->internal.lang);
	to->external.text = copy(d, got->external.text);
	to->external.lang = copy(d, got->external.lang);
}

/* The first request with the login: asks for the absence, too. */
static enum doctor_state
step_login(struct doctor *d, struct doctor_finding *f)
{
	const struct ewsc_oof *oof;
	struct ewsc_error *e = &d->oof_error;

	f->subject = d->client->options.user != NULL ? d->client->options.user
						     : d->address;
	if (ewsc_oof_get(d->client, d->address, &oof) == EWSC_OK)
		oof_keep(d, oof);
	*e = *ewsc_error(d->client);
	e->text = copy(d, e->text);
	d->in = e->result != EWSC_LOGIN && e->result != EWSC_UNREACHABLE &&
		e->result != EWSC_NO_EWS;
	if (!d->in)
		return doctor_failed(d, DOCTOR_FAILED, e, f);
	if (e->result == EWSC_BUSY || e->result == EWSC_FAILED) {
		f->detail = "the service failed before it told";
		f->remedy = "see what is said of the absence";
		return DOCTOR_WARNING;
	}
	f->detail = "the login is taken";
	return DOCTOR_FINE;
}

static enum doctor_state
step_oof_get(struct doctor *d, struct doctor_finding *f)
{
	const struct ewsc_oof *o = &d->oof;

	f->subject = d->address;
	if (d->oof_error.result != EWSC_OK)
		return doctor_failed(d, DOCTOR_FAILED, &d->oof_error, f);
	f->detail = op_print(&d->c->op, "%s, external audience %s",
			     words_state_name(o->state),
			     words_audience_name(o->audience));
	if (!o->unzoned)
		return DOCTOR_FINE;
	f->detail =
		op_print(&d->c->op, "%s; its times have no zone", f->detail);
	f->remedy = "let the server send times in UTC, with Z";
	return DOCTOR_WARNING;
}

static bool
same_text(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b) == 0;
}

static bool
same_oof(const struct ewsc_oof *a, const struct ewsc_oof *b)
{
	return a->state == b->state && a->audience == b->audience &&
	       same_text(a->internal.text, b->internal.text) &&
	       same_text(a->external.text, b->external.text) &&
	       (a->state != EWSC_SCHEDULED ||
		(a->start == b->start && a->end == b->end));
}

/* The same values again: nothing changes. */
static enum doctor_state
step_oof_set(struct doctor *d, struct doctor_finding *f)
{
	const struct ewsc_oof *after;
	struct ewsc_oof same = d->oof;

	f->subject = d->address;
	if (d->oof_error.result != EWSC_OK || !d->write) {
		f->detail = d->write ? "not tried: it could not be got"
				     : "not tried: --write sets the same "
				       "values again";
		return DOCTOR_SKIPPED;
	}
	if (same.state == EWSC_SCHEDULED && same.end <= d->c->op.now) {
		f->detail = "not tried: its schedule is over, and no server "
			    "takes that again";
		return DOCTOR_SKIPPED;
	}
	same.internal.text =
		same.internal.text == NULL ? "" : same.internal.text;
	same.external.text =
		same.external.text == NULL ? "" : same.external.text;
	if (ewsc_oof_set(d->client, d->address, &same) != EWSC_OK ||
	    ewsc_oof_get(d->client, d->address, &after) != EWSC_OK)
		return doctor_failed(d, DOCTOR_FAILED, ewsc_error(d->client),
				     f);
	if (!same_oof(&same, after)) {
		f->detail = "what was set is not what is got";
		f->remedy = "ask those who run the server";
		return DOCTOR_FAILED;
	}
	f->detail = "the same values were set again";
	return DOCTOR_FINE;
}

/* ---- photos ---- */

/* One that is not there is no fault of the service. */
static enum doctor_state
photo_look(struct doctor *d, bool soap, struct doctor_finding *f)
{
	const struct ewsc_photo_query query = {
		.address = d->address,
		.edge = 96,
		.soap = soap,
	};
	const struct ewsc_photo *photo;
	const struct ewsc_error *e = ewsc_error(d->client);

	f->subject = d->address;
	if (ewsc_photo_get(d->client, &query, &photo) == EWSC_OK) {
		if (!soap)
			d->tag = copy(d, photo->tag);
		f->detail = op_print(&d->c->op, "%s, %zu bytes", photo->type,
				     photo->n);
		return DOCTOR_FINE;
	}
	if (e->result == EWSC_NOT_FOUND) {
		f->detail = "there is none";
		f->remedy = "set one, by frontdesk photo set";
		return DOCTOR_WARNING;
	}
	return doctor_failed(
		d, e->result == EWSC_REFUSED ? DOCTOR_WARNING : DOCTOR_FAILED,
		e, f);
}

static enum doctor_state
step_photo(struct doctor *d, struct doctor_finding *f)
{
	return photo_look(d, false, f);
}

static enum doctor_state
step_photo_soap(struct doctor *d, struct doctor_finding *f)
{
	return photo_look(d, true, f);
}

static enum doctor_state
step_tag(struct doctor *d, struct doctor_finding *f)
{
	const struct ewsc_photo_query query = {
		.address = d->address,
		.edge = 96,
		.tag = d->tag,
	};
	const struct ewsc_photo *photo;

	f->subject = d->address;
	if (d->tag == NULL) {
		f->detail = "not tried: no photo with an entity tag was got";
		return DOCTOR_SKIPPED;
	}
	if (ewsc_photo_get(d->client, &query, &photo) == EWSC_UNCHANGED) {
		f->detail = "an unchanged photo is not sent again";
		return DOCTOR_FINE;
	}
	f->detail = "a photo that has not changed is sent again";
	f->remedy = "let the server answer If-None-Match with 304";
	return DOCTOR_WARNING;
}

/* ---- all of them ---- */

/* What must have gone well before. */
enum { TRUST = 1, LOGIN = 2, IN = 4 };

static const struct step {
	const char *name;
	unsigned needs;
	enum doctor_state (*run)(struct doctor *d, struct doctor_finding *f);
} steps[] = {
	/* clang-format off */
	{ "service",       0,                  step_url },
	{ "dns",           0,                  step_name },
	{ "certificate",   0,                  step_certificate },
	{ "challenge",     TRUST,              step_challenge },
	{ "login",         TRUST | LOGIN,      step_login },
	{ "absence",       TRUST | LOGIN | IN, step_oof_get },
	{ "absence set",   TRUST | LOGIN | IN, step_oof_set },
	{ "photo",         TRUST | LOGIN | IN, step_photo },
	{ "photo again",   TRUST | LOGIN | IN, step_tag },
	{ "photo by SOAP", TRUST | LOGIN | IN, step_photo_soap },
	/* clang-format on */
};

/* Why a step cannot be made; NULL: it can. */
static const char *
obstacle(const struct doctor *d, unsigned needs)
{
	if ((needs & TRUST) && !d->trusted)
		return "not tried: no login goes to this host";
	if ((needs & LOGIN) && !d->login)
		return "not tried: give a login, as by --password-stdin";
	if ((needs & IN) && !d->in)
		return "not tried: the login failed";
	return NULL;
}

void
doctor_service(struct doctor *d)
{
	for (size_t i = 0; i < COUNT(steps); i++) {
		struct doctor_finding f = {
			.subject = d->url,
			.detail = obstacle(d, steps[i].needs),
		};
		enum doctor_state state = DOCTOR_SKIPPED;

		if (f.detail == NULL)
			state = steps[i].run(d, &f);
		doctor_tell(d, steps[i].name, state, &f);
	}
}
