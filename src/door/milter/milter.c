/* SPDX-License-Identifier: Apache-2.0 */
#include "door/milter/milter.h"

#include "base/log.h"
#include "base/net.h"
#include "door/milter/decide.h"
#include "door/milter/session.h"

#include <errno.h>
#include <libmilter/mfapi.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes of one field that a mail server shows; it is cut by post_field. With
 * libmilter's own 64 KiB a longer one would end the connection. */
#define FIELD_MAX (4 * MAIL_HEADER_MAX)
#define BACKLOG 512      /* connections that wait to be taken */
#define SOCKET_MASK 0117 /* owner and group may connect: 0660 */
#define UNIX "unix:"

_Static_assert(MILTER_THREADS == CREW_THREADS, "each reads");

static struct {
	struct crew *crew;
	char *path; /* of its socket; NULL: it has none */
	atomic_bool ended;
} milter;

/* ---- where it listens ---- */

static bool
is_unix(const char *listen)
{
	return strncmp(listen, UNIX, sizeof(UNIX) - 1) == 0;
}

/* As libmilter writes it. */
static const char *
connection_text(struct op *op, const char *listen)
{
	const char *colon = strrchr(listen, ':');

	if (is_unix(listen))
		return listen;
	return op_print(op, "%s:%s@%.*s", *listen == '[' ? "inet6" : "inet",
			colon + 1, (int)(colon - listen), listen);
}

/* Nothing but a socket is ever taken away. */
static enum err
place_check(struct op *op, const char *listen)
{
	const char *path = listen + sizeof(UNIX) - 1;
	struct stat st;

	if (!is_unix(listen) || lstat(path, &st) != 0 || S_ISSOCK(st.st_mode))
		return OK;
	return FAIL(op, ERR_CONFLICT,
		    "milter.listen: %s is there, and no socket", path);
}

static enum err
place_open(struct op *op, const char *listen)
{
	const char *text = connection_text(op, listen);
	mode_t mask;
	int rc;

	TRY(place_check(op, listen));
	if (smfi_setconn(op_dup(op, text)) != MI_SUCCESS)
		return FAIL(op, ERR_INVALID, "milter.listen: %s", listen);
	errno = 0;
	mask = umask(SOCKET_MASK);
	rc = smfi_opensocket(true);
	(void)umask(mask);
	if (rc != MI_SUCCESS)
		return FAIL(op, ERR_DOWN,
			    "milter.listen: nothing can listen at %s%s%s",
			    listen, errno == 0 ? "" : ": ",
			    errno == 0 ? "" : strerror(errno));
	return OK;
}

/* ---- its life ---- */

static void *
library_main(void *arg)
{
	(void)arg;
	if (smfi_main() != MI_SUCCESS)
		log_error("libmilter has ended");
	atomic_store(&milter.ended, true);
	return NULL;
}

enum err
milter_open(struct op *op, struct milter_house *house, const char *listen,
	    struct milter_counts *counts)
{
	static crew_work *const work[POST_WORKS] = {
		[POST_LOOK] = decide_look,
		[POST_DECIDE] = decide_post,
	};

	pthread_t thread;

	decide_counts = counts;
	if (smfi_register(session_callbacks) != MI_SUCCESS)
		return FAIL(op, ERR_INTERNAL, "libmilter is another one");
	(void)smfi_setbacklog(BACKLOG);
	(void)smfi_setmaxdatasize(FIELD_MAX);
	TRY(place_open(op, listen));
	TRY(crew_open(op, house, work, &milter.crew));
	session_crew = milter.crew;
	if (is_unix(listen) &&
	    (milter.path = strdup(listen + sizeof(UNIX) - 1)) == NULL)
		abort();
	if (pthread_create(&thread, NULL, library_main, NULL) != 0)
		return FAIL(op, ERR_DOWN, "no thread for the milter");
	(void)pthread_detach(thread);
	return OK;
}

bool
milter_ended(void)
{
	return atomic_load(&milter.ended);
}

/* libmilter looks up from its waiting now and then only, and is not waited for:
 * its threads do nothing in the house. Nor does it take its socket away then.
 */
bool
milter_close(void)
{
	size_t left;
	bool ended;

	ended = crew_close(milter.crew, MILTER_DRAIN_MS, &left);
	if (left > 0)
		log_warning("%zu mails are left without a decision", left);
	if (milter.path != NULL)
		(void)unlink(milter.path);
	return ended;
}
