/* SPDX-License-Identifier: Apache-2.0 */
#include "client/verdict.h"

#include <string.h>

#define OWNER                                                                  \
	"sign in as the owner of the mailbox, or be given the right to act "   \
	"for it"
#define LATER "try again later"
#define LOOK "get the settings, and look"

/* ---- codes of Exchange Web Services ---- */

static const struct code_row {
	const char *code;
	enum ewsc_result read, write; /* of an operation that ... */
	const char *advice;
} codes[] = {
	/* clang-format off */
	{ "ErrorAccessDenied",                 EWSC_DENIED,    EWSC_DENIED,    OWNER },
	{ "ErrorImpersonateUserDenied",        EWSC_DENIED,    EWSC_DENIED,    OWNER },
	{ "ErrorImpersonationDenied",          EWSC_DENIED,    EWSC_DENIED,    OWNER },
	{ "ErrorImpersonationFailed",          EWSC_DENIED,    EWSC_DENIED,    OWNER },
	{ "ErrorInvalidExchangeImpersonationHeaderData", EWSC_REFUSED, EWSC_REFUSED, NULL },
	{ "ErrorAccountDisabled",              EWSC_DENIED,    EWSC_DENIED,    NULL },
	{ "ErrorPasswordExpired",              EWSC_LOGIN,     EWSC_LOGIN,     "set a new password" },
	{ "ErrorPasswordChangeRequired",       EWSC_LOGIN,     EWSC_LOGIN,     "set a new password" },
	{ "ErrorNonExistentMailbox",           EWSC_NOT_FOUND, EWSC_NOT_FOUND, "check the address" },
	{ "ErrorNonPrimarySmtpAddress",        EWSC_NOT_FOUND, EWSC_NOT_FOUND, "give the mailbox's first address" },
	{ "ErrorMissingEmailAddress",          EWSC_NOT_FOUND, EWSC_NOT_FOUND, "check the address" },
	{ "ErrorItemNotFound",                 EWSC_NOT_FOUND, EWSC_NOT_FOUND, NULL },
	{ "ErrorInvalidScheduledOofDuration",  EWSC_REFUSED,   EWSC_REFUSED,
		"end it after it starts, and in the future" },
	{ "ErrorInvalidUserOofSettings",       EWSC_REFUSED,   EWSC_REFUSED,
		"give both replies, of at most 128000 bytes" },
	{ "ErrorInvalidOofParameter",          EWSC_REFUSED,   EWSC_REFUSED,   NULL },
	{ "ErrorInvalidPhotoSize",             EWSC_REFUSED,   EWSC_REFUSED,   "ask for another size" },
	{ "ErrorInvalidArgument",              EWSC_REFUSED,   EWSC_REFUSED,   NULL },
	{ "ErrorSchemaValidation",             EWSC_REFUSED,   EWSC_REFUSED,   NULL },
	{ "ErrorInvalidRequest",               EWSC_REFUSED,   EWSC_REFUSED,   NULL },
	{ "ErrorInvalidOperation",             EWSC_REFUSED,   EWSC_REFUSED,
		"this server does not have the operation" },
	{ "ErrorInvalidServerVersion",         EWSC_REFUSED,   EWSC_REFUSED,
		"this server is too old for the operation" },
	{ "ErrorServerBusy",                   EWSC_BUSY,      EWSC_BUSY,      LATER },
	{ "ErrorMailboxStoreUnavailable",      EWSC_BUSY,      EWSC_BUSY,      LATER },
	{ "ErrorMailboxMoveInProgress",        EWSC_BUSY,      EWSC_BUSY,      LATER },
	{ "ErrorADUnavailable",                EWSC_BUSY,      EWSC_BUSY,      LATER },
	{ "ErrorConnectionFailed",             EWSC_BUSY,      EWSC_BUSY,      LATER },
	{ "ErrorInsufficientResources",        EWSC_BUSY,      EWSC_BUSY,      LATER },
	{ "ErrorInternalServerTransientError", EWSC_BUSY,      EWSC_UNKNOWN,   LOOK },
	{ "ErrorTimeoutExpired",               EWSC_BUSY,      EWSC_UNKNOWN,   LOOK },
	{ "",                                  EWSC_FAILED,    EWSC_FAILED,
		"ask those who run the server" }, /* any other */
	/* clang-format on */
};

enum err
verdict_code(struct ewsc *c, const char *url, const struct verdict *said)
{
	const struct code_row *row = codes;
	const char *code = said->code == NULL ? "" : said->code;

	while (row->code[0] != '\0' && strcmp(row->code, code) != 0)
		row++;
	c->error.url = url;
	c->error.code = said->code;
	c->error.retry_s = said->retry_s;
	return client_fail(c, said->write ? row->write : row->read, row->advice,
			   "%s%s%s%s",
			   said->text == NULL ? "the server says no reason"
					      : said->text,
			   said->code == NULL ? "" : " (", code,
			   said->code == NULL ? "" : ")");
}

/* ---- statuses of HTTP ---- */

static const struct status_row {
	int from, to;
	enum ewsc_result read, write;
	const char *text, *advice;
} statuses[] = {
	/* clang-format off */
	{ 200, 299, EWSC_NO_EWS, EWSC_NO_EWS, "what answers there does not speak "
		"Exchange Web Services", "check the URL" },
	{ 300, 399, EWSC_NO_EWS, EWSC_NO_EWS, "it leads elsewhere",
		"give the URL where the service is" },
	{ 400, 400, EWSC_REFUSED, EWSC_REFUSED, "the server does not take the request", NULL },
	{ 401, 401, EWSC_LOGIN, EWSC_LOGIN, "the login is not taken",
		"check user and password, token or ticket" },
	{ 403, 403, EWSC_DENIED, EWSC_DENIED, "this account may not use the service", OWNER },
	{ 404, 404, EWSC_NO_EWS, EWSC_NO_EWS, "there is nothing", "check the URL" },
	{ 405, 405, EWSC_NO_EWS, EWSC_NO_EWS, "it takes no such request", "check the URL" },
	{ 407, 407, EWSC_UNREACHABLE, EWSC_UNREACHABLE, "a proxy wants a login",
		"check the proxy in the environment" },
	{ 413, 413, EWSC_REFUSED, EWSC_REFUSED, "it is too large for the server", "send less" },
	{ 429, 429, EWSC_BUSY, EWSC_BUSY, "the server is asked too often", LATER },
	{ 502, 502, EWSC_BUSY, EWSC_UNKNOWN, "a proxy got no answer from the server", LATER },
	{ 503, 503, EWSC_BUSY, EWSC_BUSY, "the server has no time now", LATER },
	{ 504, 504, EWSC_BUSY, EWSC_UNKNOWN, "a proxy got no answer from the server", LATER },
	{ 0, 999, EWSC_FAILED, EWSC_FAILED, "the server failed",
		"ask those who run the server" }, /* any other */
	/* clang-format on */
};

/* What the server would take instead, where it says so. */
static const char *
hint(struct ewsc *c, const struct answer *answer)
{
	if (answer->status == 401 && answer->challenges != NULL)
		return op_print(&c->op, "; it offers: %s", answer->challenges);
	if (answer->status >= 300 && answer->status < 400 &&
	    answer->location != NULL)
		return op_print(&c->op, ": %s", answer->location);
	return "";
}

enum err
verdict_status(struct ewsc *c, const char *url, const struct answer *answer,
	       bool write)
{
	const struct status_row *row = statuses;

	while (answer->status < row->from || answer->status > row->to)
		row++;
	c->error.url = url;
	c->error.retry_s = answer->retry_s;
	if (answer->status == 401 && !call_has_login(c))
		return client_fail(c, EWSC_LOGIN, "give a login",
				   "%s: it wants a login%s", url,
				   hint(c, answer));
	return client_fail(c, write ? row->write : row->read, row->advice,
			   "%s: %s%s (HTTP %d)", url, row->text,
			   hint(c, answer), answer->status);
}
