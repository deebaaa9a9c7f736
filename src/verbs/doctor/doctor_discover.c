/* SPDX-License-Identifier: Apache-2.0 */

/* Discovery as clients do it, but every dialect is asked, and each thing that
 * they would stumble over has its row. */
#include "base/text.h"
#include "client/finder.h"
#include "client/place.h"
#include "verbs/doctor/doctor.h"
#include "verbs/site/dns_zone.h"

#include <string.h>

#define DIALECTS_MAX 8
#define TTL_S 3600 /* of the records that are proposed */

/* How one dialect went at a place. */
struct trial {
	const struct finder_dialect *dialect;
	struct ewsc_attempt how;
	const char *ews_url; /* NULL: not found */
};

static struct trial
trial_make(struct doctor *d, struct finder *f,
	   const struct finder_dialect *dialect, const char *base)
{
	struct ewsc *client = d->client;
	struct finder_answer answer;
	struct trial t = { .dialect = dialect };

	if (finder_ask(client, f, dialect, base, &answer) == OK &&
	    answer.outcome == FINDER_FOUND)
		t.ews_url = op_dup(&d->c->op, answer.ews_url);
	client_forgive(client);
	if (client->attempts_n > 0)
		t.how = client->attempts[client->attempts_n - 1];
	return t;
}

/* One that fails is worse where others show that this is the place. */
static enum doctor_state
trial_state(const struct doctor *d, const struct trial *t, bool is_place)
{
	if (t->ews_url != NULL)
		return DOCTOR_FINE;
	if (t->how.result == EWSC_LOGIN)
		return d->login ? DOCTOR_FAILED : DOCTOR_SKIPPED;
	if (t->how.result == EWSC_NOT_FOUND || t->how.result == EWSC_DENIED)
		return DOCTOR_FAILED;
	return is_place ? DOCTOR_WARNING : DOCTOR_SKIPPED;
}

static const char *
trial_remedy(const struct trial *t, enum doctor_state state)
{
	switch (state) {
	case DOCTOR_FAILED:
		return t->how.result == EWSC_LOGIN ? "check user and password"
						   : "check the address";
	case DOCTOR_WARNING:
		return "let the server answer it, for some clients ask in no "
		       "other way";
	case DOCTOR_FINE:
	case DOCTOR_SKIPPED:
		break;
	}
	return NULL;
}

/* All dialects at a place; true: it is one of Autodiscover. */
static bool
dialects_look(struct doctor *d, struct finder *f, const char *base)
{
	struct trial trials[DIALECTS_MAX];
	bool is_place = false;
	size_t n = 0;

	for (; n < DIALECTS_MAX && finder_dialects[n] != NULL; n++) {
		trials[n] = trial_make(d, f, finder_dialects[n], base);
		if (trials[n].ews_url == NULL)
			continue;
		is_place = true;
		if (d->url == NULL)
			d->url = trials[n].ews_url;
	}
	for (size_t i = 0; i < n; i++) {
		enum doctor_state state = trial_state(d, &trials[i], is_place);
		struct doctor_finding found = {
			.subject = trials[i].how.url,
			.detail = trials[i].how.text,
			.remedy = trial_remedy(&trials[i], state),
		};

		if (trials[i].ews_url != NULL &&
		    !text_case_equal(trials[i].ews_url, d->url)) {
			state = DOCTOR_WARNING;
			found.remedy = "let all dialects name one service";
		}
		doctor_tell(d, trials[i].dialect->name, state, &found);
	}
	return is_place;
}

/* A place: its name, its certificate, its dialects. True: it is one. What
 * fails at the domain itself, where often only the web site is, does not
 * count as long as another place answers. */
static bool
place_look(struct doctor *d, struct finder *f, const struct finder_place *p)
{
	struct doctor_finding found = { .subject = p->via };
	const char *base = NULL;
	enum doctor_state state;
	bool first = p == finder_places;

	if (p->base(d->client, f, &base) != OK) {
		const struct ewsc_attempt *last =
			&d->client->attempts[d->client->attempts_n - 1];

		found.detail = last->text;
		client_forgive(d->client);
		doctor_tell(d, "place", DOCTOR_SKIPPED, &found);
		return false;
	}
	state = doctor_name(d, base, &found);
	client_forgive(d->client);
	if (state == DOCTOR_FAILED) {
		found.remedy = NULL; /* another place may do */
		doctor_tell(d, "dns", DOCTOR_SKIPPED, &found);
		return false;
	}
	doctor_tell(d, "dns", state, &found);
	found = (struct doctor_finding){ 0 };
	state = doctor_certificate(d, base, &found);
	if (state == DOCTOR_FAILED &&
	    ewsc_error(d->client)->result != EWSC_OK) {
		client_forgive(d->client);
		found.remedy = NULL;
		doctor_tell(d, "connection", DOCTOR_SKIPPED, &found);
		return false;
	}
	if (state == DOCTOR_FAILED && first) {
		doctor_tell(d, "certificate", DOCTOR_WARNING, &found);
		return false;
	}
	doctor_tell(d, "certificate", state, &found);
	return state != DOCTOR_FAILED && dialects_look(d, f, base);
}

/* What would have to be in the DNS, as `frontdesk dns` prints it. */
static const char *
records(struct doctor *d)
{
	const char *all = "add to the DNS:";
	struct op *op = &d->c->op;
	struct dns_zone zone;

	if (d->expected == NULL)
		return "let those who run the server add what frontdesk dns "
		       "prints to the DNS";
	if (dns_zone_make(op, d->c->settings->public_url,
			  text_domain(d->address), &zone) != OK)
		return "add a name of the domain that the DNS can have";
	for (size_t i = 0; i < zone.records_n; i++)
		all = op_print(op, "%s %s", all,
			       dns_record_line(op, &zone.record[i], TTL_S));
	return all;
}

void
doctor_discover(struct doctor *d)
{
	struct doctor_finding f = { .subject = text_domain(d->address) };
	const struct finder_place *p = finder_places;
	struct finder finder;

	client_begin(d->client);
	if (finder_begin(d->client, d->address, &finder) != OK) {
		doctor_tell(d, "autodiscover",
			    doctor_failed(d, DOCTOR_FAILED,
					  ewsc_error(d->client), &f),
			    &f);
		return;
	}
	while (p->via != NULL && !place_look(d, &finder, p))
		p++;
	if (p->via != NULL) {
		f.detail =
			op_print(&d->c->op, "found by %s: %s", p->via, d->url);
		doctor_tell(d, "autodiscover", DOCTOR_FINE, &f);
	} else {
		f.detail = "no place that clients look at answers for it";
		f.remedy = records(d);
		doctor_tell(d, "autodiscover", DOCTOR_FAILED, &f);
	}
	(void)client_end(d->client, OK);
}
