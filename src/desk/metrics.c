/* SPDX-License-Identifier: Apache-2.0 */
/* What Prometheus is told. */
#include "desk/metrics.h"

#include "base/buf.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

#define OTHER "other" /* the last of both tables */

/* A new operation is a row here as well; until then it counts as "other". */
static const char *const operations[] = {
	"GetUserPhoto",
	"Avatar",
	"Photo",
	"GetUserOofSettings",
	"SetUserOofSettings",
	"SetUserPhoto",
	"ConvertId",
	"ResolveNames",
	"GetFolder",
	"GetMailTips",
	"GetServiceConfiguration",
	"GetUserAvailability",
	"Exchange.asmx",
	"Autodiscover.GetUserSettings",
	"Autodiscover.GetDomainSettings",
	"Autodiscover.GetFederationInformation",
	"Autodiscover.GetOrganizationRelationshipSettings",
	"Autodiscover.SOAP",
	"Autodiscover.POX",
	"Autodiscover.JSON",
	"services.wsdl",
	"messages.xsd",
	"types.xsd",
	"healthz",
	"readyz",
	"metrics",
	OTHER,
};

/* Statuses, then the wire's codes. */
static const char *const results[] = {
	/* clang-format off */
	"200", "304", "NoError", "401", "404", "400", "403", "405", "413", "415", "429", "500", "503",
	"ErrorAccessDenied",
	"ErrorFreeBusyGenerationFailed",
	"ErrorImpersonateUserDenied",
	"ErrorInternalServerError",
	"ErrorInternalServerTransientError",
	"ErrorInvalidArgument",
	"ErrorInvalidExchangeImpersonationHeaderData",
	"ErrorInvalidIdMalformed",
	"ErrorInvalidOperation",
	"ErrorInvalidPhotoSize",
	"ErrorInvalidRequest",
	"ErrorInvalidScheduledOofDuration",
	"ErrorInvalidServerVersion",
	"ErrorInvalidUserOofSettings",
	"ErrorItemNotFound",
	"ErrorMailboxStoreUnavailable",
	"ErrorMoreThanOneAccessModeSpecified",
	"ErrorNameResolutionMultipleResults",
	"ErrorNameResolutionNoResults",
	"ErrorNonExistentMailbox",
	"ErrorSchemaValidation",
	"ErrorServerBusy",
	"InvalidRequest",
	"InvalidUser",
	"NotFederated",
	"501",
	"600",
	"601",
	"603",
	OTHER,
	/* clang-format on */
};

/* Upper bounds; one more bucket holds what took longer. */
static const struct {
	int64_t us;
	const char *le; /* in seconds */
} bounds[] = {
	{ 50, "0.00005" }, { 100, "0.0001" },  { 250, "0.00025" },
	{ 500, "0.0005" }, { 1000, "0.001" },  { 2500, "0.0025" },
	{ 5000, "0.005" }, { 10000, "0.01" },  { 25000, "0.025" },
	{ 50000, "0.05" }, { 100000, "0.1" },  { 250000, "0.25" },
	{ 500000, "0.5" }, { 1000000, "1" },   { 2500000, "2.5" },
	{ 5000000, "5" },  { 10000000, "10" },
};

#define BUCKETS (COUNT(bounds) + 1)
#define US_PER_S 1000000

struct cell {
	_Atomic uint64_t sum_us;
	_Atomic uint64_t bucket[BUCKETS]; /* each op in one of them */
};

struct metrics {
	int64_t started;
	struct cell cell[COUNT(operations)][COUNT(results)];
};

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "shared between processes");

size_t
metrics_size(void)
{
	return sizeof(struct metrics);
}

void
metrics_init(void *shared, int64_t now)
{
	struct metrics *m = shared;

	m->started = now;
}

/* The row of that name; the last one when there is none. */
static size_t
row_find(const char *const *names, size_t n, const char *name)
{
	size_t i = 0;

	if (name == NULL)
		return n - 1;
	while (i < n - 1 && strcmp(names[i], name) != 0)
		i++;
	return i;
}

static size_t
bucket_find(int64_t took_us)
{
	size_t i = 0;

	while (i < COUNT(bounds) && took_us > bounds[i].us)
		i++;
	return i;
}

void
metrics_count(struct metrics *m, const char *operation, const char *result,
	      int64_t took_us)
{
	size_t o = row_find(operations, COUNT(operations), operation);
	size_t r = row_find(results, COUNT(results), result);
	struct cell *cell = &m->cell[o][r];

	if (took_us < 0)
		took_us = 0;
	atomic_fetch_add_explicit(&cell->bucket[bucket_find(took_us)], 1,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&cell->sum_us, (uint64_t)took_us,
				  memory_order_relaxed);
}

/* ---- exposition ---- */

/* A cell as it was at one moment, so that its lines agree with each other. */
struct snapshot {
	const char *operation, *result;
	uint64_t sum_us, count;
	uint64_t bucket[BUCKETS]; /* this one and all below */
};

static bool
snapshot_take(const struct metrics *m, size_t o, size_t r, struct snapshot *out)
{
	const struct cell *cell = &m->cell[o][r];

	out->operation = operations[o];
	out->result = results[r];
	out->count = 0;
	for (size_t i = 0; i < BUCKETS; i++) {
		out->count += atomic_load_explicit(&cell->bucket[i],
						   memory_order_relaxed);
		out->bucket[i] = out->count;
	}
	out->sum_us = atomic_load_explicit(&cell->sum_us, memory_order_relaxed);
	return out->count > 0;
}

typedef void cell_write(const struct snapshot *s, struct buf *buf);

/* Cells in which nothing was counted yet are left out. */
static void
cells_write(const struct metrics *m, cell_write *write, struct buf *buf)
{
	for (size_t o = 0; o < COUNT(operations); o++) {
		for (size_t r = 0; r < COUNT(results); r++) {
			struct snapshot s;

			if (snapshot_take(m, o, r, &s))
				write(&s, buf);
		}
	}
}

static void
head_write(struct buf *buf, const char *name, const char *type,
	   const char *help)
{
	buf_printf(buf, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
total_write(const struct snapshot *s, struct buf *buf)
{
	buf_printf(buf,
		   "frontdesk_requests_total{operation=\"%s\",result=\"%s\"} "
		   "%" PRIu64 "\n",
		   s->operation, s->result, s->count);
}

#define SECONDS "frontdesk_request_seconds"

static void
histogram_write(const struct snapshot *s, struct buf *buf)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		buf_printf(buf,
			   SECONDS "_bucket{operation=\"%s\",result=\"%s\","
				   "le=\"%s\"} %" PRIu64 "\n",
			   s->operation, s->result,
			   i < COUNT(bounds) ? bounds[i].le : "+Inf",
			   s->bucket[i]);
	}
	buf_printf(buf,
		   SECONDS "_sum{operation=\"%s\",result=\"%s\"} "
			   "%" PRIu64 ".%06" PRIu64 "\n",
		   s->operation, s->result, s->sum_us / US_PER_S,
		   s->sum_us % US_PER_S);
	buf_printf(buf,
		   SECONDS "_count{operation=\"%s\",result=\"%s\"} "
			   "%" PRIu64 "\n",
		   s->operation, s->result, s->count);
}

static void
logins_write(const struct auth_counts *logins, struct buf *buf)
{
	const struct {
		const char *outcome;
		uint64_t n;
	} rows[] = {
		{ "remembered", logins->remembered },
		{ "hashed", logins->hashed },
		{ "failed", logins->failed },
		{ "delayed", logins->delayed },
		{ "joined", logins->joined },
	};

	head_write(buf, "frontdesk_logins_total", "counter",
		   "Logins, by how they were found out.");
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_printf(buf,
			   "frontdesk_logins_total{outcome=\"%s\"} %" PRIu64
			   "\n",
			   rows[i].outcome, rows[i].n);
	}
}

void
metrics_write(const struct metrics *m, const struct auth_counts *logins,
	      struct buf *buf)
{
	head_write(buf, "frontdesk_build_info", "gauge",
		   "1, with the version that serves.");
	buf_puts(buf,
		 "frontdesk_build_info{version=\"" FRONTDESK_VERSION "\"} 1\n");
	head_write(buf, "frontdesk_start_time_seconds", "gauge",
		   "Since when is counted, in seconds since 1970.");
	buf_printf(buf, "frontdesk_start_time_seconds %" PRId64 "\n",
		   m->started);
	head_write(buf, "frontdesk_requests_total", "counter",
		   "Requests answered, by operation and result.");
	cells_write(m, total_write, buf);
	head_write(buf, SECONDS, "histogram",
		   "From the request's arrival to its answer, in seconds.");
	cells_write(m, histogram_write, buf);
	logins_write(logins, buf);
}

/* ---- sources of people ---- */

/* A label's value, which is the title of a section: whatever somebody wrote. */
static void
label_write(struct buf *buf, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			buf_puts(buf, "\\n");
			continue;
		}
		if (*text == '"' || *text == '\\')
			buf_putc(buf, '\\');
		buf_putc(buf, *text);
	}
}

/* NAME{source="..."; the rest is the caller's. */
static void
source_begin(struct buf *buf, const char *name,
	     const struct directory_stats *stats)
{
	buf_printf(buf, "%s{source=\"", name);
	label_write(buf, stats->source);
	buf_puts(buf, "\"");
}

static void
searches_write(const struct directory_stats *s, struct buf *buf)
{
	static const char name[] = "frontdesk_directory_searches_total";
	const struct {
		const char *outcome;
		uint64_t n;
	} rows[] = {
		{ "found", s->found },
		{ "nobody", s->nobody },
		{ "down", s->down },
		{ "other", s->other },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		source_begin(buf, name, s);
		buf_printf(buf, ",outcome=\"%s\"} %" PRIu64 "\n",
			   rows[i].outcome, rows[i].n);
	}
}

static void
seconds_write(const struct directory_stats *s, struct buf *buf)
{
	source_begin(buf, "frontdesk_directory_search_seconds_total", s);
	buf_printf(buf, "} %" PRIu64 ".%06" PRIu64 "\n", s->took_us / US_PER_S,
		   s->took_us % US_PER_S);
}

static void
followed_write(const struct directory_stats *s, struct buf *buf)
{
	source_begin(buf, "frontdesk_directory_followed_seconds", s);
	buf_printf(buf, "} %" PRId64 "\n", s->followed);
}

static void
swept_write(const struct directory_stats *s, struct buf *buf)
{
	source_begin(buf, "frontdesk_directory_swept_seconds", s);
	buf_printf(buf, "} %" PRId64 "\n", s->swept);
}

void
metrics_write_sources(const struct directory_stats_list *sources,
		      struct buf *buf)
{
	static const struct {
		const char *name, *type, *help;
		void (*write)(const struct directory_stats *s, struct buf *buf);
	} families[] = {
		{ "frontdesk_directory_searches_total", "counter",
		  "Questions to each source of people, by outcome.",
		  searches_write },
		{ "frontdesk_directory_search_seconds_total", "counter",
		  "How long those took, in seconds.", seconds_write },
		{ "frontdesk_directory_followed_seconds", "gauge",
		  "When its changes were last read, in seconds since 1970; 0: "
		  "never.",
		  followed_write },
		{ "frontdesk_directory_swept_seconds", "gauge",
		  "When all its people were last gone through; 0: never.",
		  swept_write },
	};

	for (size_t f = 0; sources->n > 0 && f < COUNT(families); f++) {
		head_write(buf, families[f].name, families[f].type,
			   families[f].help);
		for (size_t i = 0; i < sources->n; i++)
			families[f].write(&sources->stats[i], buf);
	}
}

void
metrics_write_milter(const struct milter_counts *n, bool up, struct buf *buf)
{
	static const char name[] = "frontdesk_milter_mails_total";
	const struct {
		const char *result;
		uint64_t n;
	} rows[] = {
		{ "seen", n->mails },    { "wanted", n->wanted },
		{ "reply", n->replies }, { "none", n->none },
		{ "failed", n->failed }, { "skipped", n->skipped },
	};

	head_write(buf, "frontdesk_milter_up", "gauge",
		   "1 when a milter runs, 0 when none does.");
	buf_printf(buf, "frontdesk_milter_up %d\n", up);
	head_write(buf, "frontdesk_milter_asked_seconds", "gauge",
		   "When a mail server last connected to it, in seconds since "
		   "1970; 0: not since it began.");
	buf_printf(buf, "frontdesk_milter_asked_seconds %" PRId64 "\n",
		   n->asked);
	head_write(buf, name, "counter",
		   "Mails seen, and of those for somebody absent (wanted) what "
		   "was decided of each mailbox; skipped: let through unseen. "
		   "Since the milter began.");
	for (size_t i = 0; i < COUNT(rows); i++)
		buf_printf(buf, "%s{result=\"%s\"} %" PRIu64 "\n", name,
			   rows[i].result, rows[i].n);
}

void
metrics_write_scripts(const struct publication_count *n, struct buf *buf)
{
	static const char name[] = "frontdesk_scripts";
	const struct {
		const char *state;
		uint64_t n;
	} rows[] = {
		{ "in_force", n->in_force },
		{ "waiting", n->waiting },
		{ "failing", n->failing },
	};

	head_write(buf, name, "gauge",
		   "Scripts that answer mails: lying at a backend as they are "
		   "to, on the way, and tried in vain.");
	for (size_t i = 0; i < COUNT(rows); i++)
		buf_printf(buf, "%s{state=\"%s\"} %" PRIu64 "\n", name,
			   rows[i].state, rows[i].n);
}

void
metrics_write_outbox(const struct outbox_count *n, int64_t now, struct buf *buf)
{
	static const char replies[] = "frontdesk_replies";
	static const char waiting[] = "frontdesk_outbox_waiting";
	static const char oldest[] = "frontdesk_outbox_oldest_seconds";
	int64_t age_s = n->oldest == 0 || n->oldest > now ? 0 : now - n->oldest;
	const struct {
		const char *state;
		uint64_t n;
	} rows[] = {
		{ "sent", n->sent },
		{ "failed", n->failed },
		{ "unknown", n->unknown },
	};

	head_write(buf, waiting, "gauge", "Replies that are on their way.");
	buf_printf(buf, "%s %" PRIu64 "\n", waiting, n->waiting);
	head_write(buf, oldest, "gauge",
		   "How long ago the oldest of them was decided; 0: there is "
		   "none.");
	buf_printf(buf, "%s %" PRId64 "\n", oldest, age_s);
	head_write(buf, replies, "gauge",
		   "Answers that are remembered, by what became of them.");
	for (size_t i = 0; i < COUNT(rows); i++)
		buf_printf(buf, "%s{state=\"%s\"} %" PRIu64 "\n", replies,
			   rows[i].state, rows[i].n);
}
