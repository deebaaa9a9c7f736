/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Every mail passes as it is: no callback says anything else. What nobody has
 * to know is negotiated away: bodies above all, and answers to what only tells.
 */
#include "door/milter/session.h"

#include "base/log.h"
#include "base/net.h"
#include "door/milter/decide.h"
#include "door/milter/milter.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TOLD_EVERY_S 10 /* between two lines about mails let through unseen */

/* What a mail server need not show us, ... */
#define NOT_SHOWN (SMFIP_NOHELO | SMFIP_NOEOH | SMFIP_NOBODY | SMFIP_NOUNKNOWN)
/* ... and what of it we would not answer. */
#define NOT_ANSWERED                                                           \
	(SMFIP_NR_CONN | SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR)
/* For a connection too many. */
#define NOTHING_SHOWN                                                          \
	(NOT_SHOWN | SMFIP_NOCONNECT | SMFIP_NOMAIL | SMFIP_NORCPT |           \
	 SMFIP_NOHDRS | SMFIP_NODATA)

struct session {
	unsigned long steps; /* negotiated */
	char client[INET6_ADDRSTRLEN];
	struct post *post; /* the mail that is being shown; or NULL */
	bool looked;
};

struct crew *session_crew;
static atomic_uint sessions;

/* ---- what is told when there is too much to do ---- */

/* Not each one: there are many of them then. */
static void
tell_unseen(const char *why)
{
	static _Atomic time_t told;
	time_t last = atomic_load(&told), now = time(NULL);

	decide_count(&decide_counts->skipped);
	if (now - last >= TOLD_EVERY_S &&
	    atomic_compare_exchange_strong(&told, &last, now))
		log_error("mails pass without a look: %s", why);
}

/* ---- connections ---- */

/* Macros instead of the connection itself: one message less. */
static unsigned long
ask_macros(SMFICTX *ctx, unsigned long actions)
{
	char macros[] = "{auth_authen} {client_addr}";

	if ((actions & SMFIF_SETSYMLIST) == 0 ||
	    smfi_setsymlist(ctx, SMFIM_ENVFROM, macros) != MI_SUCCESS)
		return 0;
	return SMFIF_SETSYMLIST;
}

/* NOLINTBEGIN(readability-function-size): libmilter's own type */
static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long f0, unsigned long f1, unsigned long f2,
	     unsigned long f3, unsigned long *pf0, unsigned long *pf1,
	     unsigned long *pf2, unsigned long *pf3)
{
	struct session *s = NULL;

	(void)f2;
	(void)f3;
	*pf0 = *pf2 = *pf3 = 0;
	*pf1 = f1 & NOTHING_SHOWN;
	__atomic_store_n(&decide_counts->asked, (int64_t)time(NULL),
			 __ATOMIC_RELAXED);
	if (atomic_fetch_add(&sessions, 1) >= MILTER_CONNECTIONS_MAX) {
		(void)atomic_fetch_sub(&sessions, 1);
		tell_unseen("too many connections");
		return SMFIS_CONTINUE;
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		abort();
	*pf0 = ask_macros(ctx, f0);
	*pf1 = s->steps = f1 & (NOT_SHOWN | NOT_ANSWERED |
				(*pf0 != 0 ? SMFIP_NOCONNECT : 0));
	(void)smfi_setpriv(ctx, s);
	return SMFIS_CONTINUE;
}
/* NOLINTEND(readability-function-size) */

static sfsistat
on_close(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	if (s == NULL)
		return SMFIS_CONTINUE;
	(void)smfi_setpriv(ctx, NULL);
	post_drop(s->post);
	free(s);
	(void)atomic_fetch_sub(&sessions, 1);
	return SMFIS_CONTINUE;
}

/* What to say of what only tells. */
static sfsistat
go_on(const struct session *s, unsigned long step)
{
	return s != NULL && (s->steps & step) != 0 ? SMFIS_NOREPLY
						   : SMFIS_CONTINUE;
}

/* NOLINTBEGIN(readability-non-const-parameter): libmilter's own type */
static sfsistat
on_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	struct session *s = smfi_getpriv(ctx);
	struct sockaddr_storage from = { 0 };

	(void)name;
	if (s == NULL || address == NULL)
		return go_on(s, SMFIP_NR_CONN);
	if (address->sa_family == AF_INET)
		memcpy(&from, address, sizeof(struct sockaddr_in));
	else if (address->sa_family == AF_INET6)
		memcpy(&from, address, sizeof(struct sockaddr_in6));
	if (from.ss_family == AF_INET)
		(void)inet_ntop(AF_INET,
				&((struct sockaddr_in *)&from)->sin_addr,
				s->client, sizeof(s->client));
	else if (from.ss_family == AF_INET6)
		(void)inet_ntop(AF_INET6,
				&((struct sockaddr_in6 *)&from)->sin6_addr,
				s->client, sizeof(s->client));
	return go_on(s, SMFIP_NR_CONN);
}
/* NOLINTEND(readability-non-const-parameter) */

/* ---- a mail ---- */

static void
forget(struct session *s)
{
	post_drop(s->post);
	s->post = NULL;
	s->looked = false;
}

/* "": there is none. */
static const char *
macro(SMFICTX *ctx, const char *name)
{
	char copy[32];
	const char *value;

	(void)strncpy(copy, name, sizeof(copy) - 1);
	copy[sizeof(copy) - 1] = '\0';
	value = smfi_getsymval(ctx, copy);
	return value == NULL ? "" : value;
}

static sfsistat
on_mail(SMFICTX *ctx, char **argv)
{
	struct session *s = smfi_getpriv(ctx);
	const char *client;

	if (s == NULL)
		return SMFIS_ACCEPT;
	forget(s);
	s->post = post_open();
	client = macro(ctx, "{client_addr}");
	post_sender(s->post, argv[0]);
	s->post->authenticated = *macro(ctx, "{auth_authen}") != '\0';
	s->post->client =
		op_dup(&s->post->op, *client == '\0' ? s->client : client);
	return go_on(s, SMFIP_NR_MAIL);
}

static sfsistat
on_recipient(SMFICTX *ctx, char **argv)
{
	struct session *s = smfi_getpriv(ctx);

	if (s == NULL)
		return SMFIS_ACCEPT;
	if (s->post != NULL && !s->looked)
		post_recipient(s->post, argv[0]);
	return go_on(s, SMFIP_NR_RCPT);
}

/* Does anybody have to see more of this mail? When that cannot be told in
 * time, it is collected, and decided about when it can. */
static bool
look(struct session *s)
{
	if (s->looked)
		return s->post != NULL;
	s->looked = true;
	if (s->post == NULL)
		return false;
	decide_count(&decide_counts->mails);
	if (crew_do(session_crew, s->post, POST_LOOK) == CREW_DONE &&
	    !s->post->wanted && !s->post->failed)
		forget(s);
	return s->post != NULL;
}

static sfsistat
on_data(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	return s != NULL && look(s) ? SMFIS_CONTINUE : SMFIS_ACCEPT;
}

/* A mail server that has an older protocol does not tell of DATA. */
static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
	struct session *s = smfi_getpriv(ctx);

	if (s == NULL)
		return SMFIS_ACCEPT;
	if (look(s))
		post_field(s->post, name, value);
	return go_on(s, SMFIP_NR_HDR);
}

static sfsistat
on_end(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	if (s == NULL || !look(s))
		return SMFIS_ACCEPT;
	if (crew_do(session_crew, s->post, POST_DECIDE) == CREW_REFUSED)
		tell_unseen("too many of them wait for a slow store");
	forget(s);
	return SMFIS_ACCEPT;
}

static sfsistat
on_abort(SMFICTX *ctx)
{
	struct session *s = smfi_getpriv(ctx);

	if (s != NULL)
		forget(s);
	return SMFIS_CONTINUE;
}

static char name[] = "frontdesk";

const struct smfiDesc session_callbacks = {
	.xxfi_name = name,
	.xxfi_version = SMFI_VERSION,
	.xxfi_flags = SMFIF_SETSYMLIST,
	.xxfi_connect = on_connect,
	.xxfi_envfrom = on_mail,
	.xxfi_envrcpt = on_recipient,
	.xxfi_header = on_header,
	.xxfi_eom = on_end,
	.xxfi_abort = on_abort,
	.xxfi_close = on_close,
	.xxfi_data = on_data,
	.xxfi_negotiate = on_negotiate,
};
