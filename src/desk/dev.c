/* SPDX-License-Identifier: Apache-2.0 */
/* Errors on command, as each protocol would really carry them. */
#include "desk/dev.h"

#include "base/buf.h"
#include "base/text.h"
#include "desk/dev_fault.h"
#include "desk/dev_link.h"
#include "desk/ews.h"
#include "wire/coding.h"
#include "wire/soap.h"

#include <string.h>
#include <time.h>

#define RETRY_AFTER_S "30"
#define BACK_OFF_MS "30000"
#define ANSWER_MAX (64 * KIB)
#define TEXT "This error was asked of frontdesk dev."

/* Codes that Exchange throws before it looks at what is asked: a SOAP fault,
 * as are those that we know from soap.h. All others stand in an answer. */
static const char *const thrown[] = {
	"ErrorClientDisconnected",
	"ErrorConnectionFailed",
	"ErrorExceededConnectionCount",
	"ErrorExceededFindCountLimit",
	"ErrorImpersonationFailed",
	"ErrorInsufficientResources",
	"ErrorInvalidClientSecurityContext",
	"ErrorMailboxMoveInProgress",
	"ErrorNonPrimarySmtpAddress",
	"ErrorNoRespondingCASInDestinationSite",
	"ErrorServiceUnavailable",
	"ErrorTimeoutExpired",
	"ErrorTokenSerializationDenied",
	"ErrorTooManyObjectsOpened",
};

/* Where the ResponseClass stands: %s is the operation. */
struct shape {
	const char *operation; /* NULL: any other */
	const char *before, *behind;
};

#define CLASS " ResponseClass=\"Error\">"
#define M                                                                      \
	" xmlns=\"http://schemas.microsoft.com/exchange/services/2006/"        \
	"messages\""

static const struct shape shapes[] = {
	/* clang-format off */
	{ "GetUserOofSettings", "<%sResponse" M "><ResponseMessage" CLASS, "</ResponseMessage></%sResponse>" },
	{ "SetUserOofSettings", "<%sResponse" M "><ResponseMessage" CLASS, "</ResponseMessage></%sResponse>" },
	{ "GetUserPhoto", "<%sResponse" M CLASS, "</%sResponse>" },
	{ "SetUserPhoto", "<%sResponse" M CLASS, "</%sResponse>" },
	{ "GetMailTips", "<%sResponse" M CLASS, "</%sResponse>" },
	{ "GetServiceConfiguration", "<%sResponse" M CLASS, "</%sResponse>" },
	{ "GetUserAvailability", "<%sResponse" M "><FreeBusyResponseArray><FreeBusyResponse><ResponseMessage" CLASS,
	  "</ResponseMessage></FreeBusyResponse></FreeBusyResponseArray></%sResponse>" },
	{ NULL, "<%1$sResponse" M "><ResponseMessages><%1$sResponseMessage" CLASS,
	  "</%1$sResponseMessage></ResponseMessages></%1$sResponse>" },
	/* clang-format on */
};

/* ---- asking ---- */

/* Once an op, however often it is run. When nobody answers nothing happens. */
static struct dev_fault *
fault_of(struct op *op)
{
	struct dev_fault *fault = op->fault;
	const char *word = "";

	if (fault != NULL)
		return fault;
	fault = op_alloc(op, sizeof(*fault));
	if (dev_send(op, op->settings->dev_socket, DEV_ASK,
		     bytes_of(op->operation), &word) != OK ||
	    dev_fault_read(op, word, fault) != OK)
		*fault = (struct dev_fault){ .kind = DEV_NONE, .word = "" };
	op->fault = fault;
	return fault;
}

/* ---- statuses ---- */

static enum err
status_answer(struct house *house, struct op *op, const struct request *req,
	      int status, struct response *res)
{
	const struct caller *caller = op->caller;
	struct request anonymous = *req;

	if (status == 401) { /* with its challenges */
		anonymous.headers.authorization = NULL;
		(void)auth_check(house->auth, op, &anonymous, res);
		op->caller = caller;
	}
	if (status == 429)
		response_header(res, "Retry-After", RETRY_AFTER_S);
	res->status = status;
	return OK;
}

/* GetUserPhoto over REST, and the dialects of Autodiscover that have no codes
 * of EWS: what is left of one. */
static int
status_of_code(const char *code)
{
	static const struct {
		const char *code;
		int status;
	} rows[] = {
		{ "ErrorItemNotFound", 404 },
		{ "ErrorNonExistentMailbox", 404 },
		{ "ErrorInvalidPhotoSize", 400 },
		{ "ErrorAccessDenied", 403 },
		{ "ErrorInternalServerError", 500 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		if (strcmp(rows[i].code, code) == 0)
			return rows[i].status;
	}
	return 503;
}

/* ---- codes ---- */

/* 0: it stands in no fault. */
static enum soap_code
fault_code(const char *word)
{
	for (enum soap_code c = 1; c < SOAP_CODE_COUNT; c++) {
		if (strcmp(soap_code_name(c), word) == 0)
			return c;
	}
	for (size_t i = 0; i < COUNT(thrown); i++) {
		if (strcmp(thrown[i], word) == 0)
			return SOAP_INTERNAL_SERVER_ERROR;
	}
	return 0;
}

/* Writes a fault, in which `word` takes the place of the code's own name. */
static void
fault_put(struct op *op, const struct soap_request *soap, enum soap_shape shape,
	  enum soap_code code, const char *word, struct response *res)
{
	struct soap_fault fault = { .code = code };
	const char *name = soap_code_name(code), *from, *at;
	struct buf written, buf;

	if (code == SOAP_SERVER_BUSY) {
		fault.value_name = "BackOffMilliseconds";
		fault.value = BACK_OFF_MS;
		response_header(res, "Retry-After", RETRY_AFTER_S);
	}
	buf_init(&written, op, KIB, ANSWER_MAX);
	soap_fault_write(
		&written, soap->version, shape,
		op_print(op, "%s/EWS/Exchange.asmx", op->settings->public_url),
		&fault);
	buf_init(&buf, op, KIB, ANSWER_MAX);
	from = buf_text(&written);
	while ((at = strstr(from, name)) != NULL) {
		buf_add(&buf, from, (size_t)(at - from));
		buf_puts(&buf, word);
		from = at + strlen(name);
	}
	buf_puts(&buf, from);
	res->status = soap_code_status(code);
	res->body = buf_bytes(&buf);
}

/* Of a format in the table above, which alone has %s and %1$s. */
static void
put_shape(struct buf *buf, const char *format, const char *operation)
{
	for (; *format != '\0'; format++) {
		if (*format != '%') {
			buf_putc(buf, *format);
			continue;
		}
		buf_puts(buf, operation);
		format = strchr(format, 's');
	}
}

static void
answer_put(struct op *op, const struct soap_request *soap,
	   const char *operation, const char *word, struct response *res)
{
	const struct shape *s = shapes;
	struct buf buf;

	while (s->operation != NULL && strcmp(s->operation, operation) != 0)
		s++;
	buf_init(&buf, op, KIB, ANSWER_MAX);
	soap_begin(&buf, soap->version, SOAP_PREFIX);
	put_shape(&buf, s->before, operation);
	buf_printf(&buf,
		   "<MessageText>" TEXT "</MessageText><ResponseCode>%s"
		   "</ResponseCode><DescriptiveLinkKey>0</DescriptiveLinkKey>",
		   word);
	put_shape(&buf, s->behind, operation);
	soap_end(&buf, SOAP_PREFIX);
	res->status = 200;
	if (strcmp(operation, "GetUserPhoto") == 0 &&
	    strcmp(word, "ErrorItemNotFound") == 0)
		res->status = 404;
	res->body = buf_bytes(&buf);
}

/* "m:SetUserOofSettingsRequest" is the operation SetUserOofSettings. */
static const char *
operation_of(struct op *op, const char *element)
{
	static const char tail[] = "OofSettingsRequest";
	size_t n = strlen(element), drop = strlen("Request");

	if (n > sizeof(tail) &&
	    strcmp(element + n - (sizeof(tail) - 1), tail) == 0)
		return op_text(op, element, n - drop);
	return element;
}

/* False: what came is no SOAP; it gets the answer that it deserves. */
static bool
soap_answer(struct op *op, const struct request *req, bool discovery,
	    const char *word, struct response *res)
{
	enum coding coding = coding_find(req->headers.content_encoding);
	enum soap_code code = fault_code(word);
	struct soap_request soap = { .version = SOAP_11 };
	struct soap_fault ignored = { 0 };
	enum soap_shape shape = SOAP_SHAPE_2010;
	struct bytes document;
	const char *operation;

	if (coding == CODING_UNKNOWN ||
	    coding_decode(op, coding, req->body, EWS_BODY_MAX, &document) !=
		    OK ||
	    soap_read(op, document, &soap, &ignored) != OK)
		return false;
	operation = operation_of(op, soap.operation->name);
	res->content_type = soap_content_type(soap.version);
	op->result = word;
	if (!discovery)
		op->operation = operation;
	if (strcmp(operation, soap.operation->name) != 0)
		shape = SOAP_SHAPE_OOF;
	if (discovery) {
		shape = SOAP_SHAPE_DISCOVER;
		code = code == 0 ? SOAP_INTERNAL_SERVER_ERROR : code;
	}
	if (code != 0)
		fault_put(op, &soap, shape, code, word, res);
	else
		answer_put(op, &soap, operation, word, res);
	return true;
}

static enum err
code_answer(struct house *house, struct op *op, const struct request *req,
	    const char *word, struct response *res, bool *answered)
{
	static const char discovery[] = "Autodiscover.SOAP";
	bool svc = strcmp(op->operation, discovery) == 0;

	*answered = true;
	if (svc || strcmp(op->operation, "Exchange.asmx") == 0) {
		*answered = soap_answer(op, req, svc, word, res);
		return OK;
	}
	return status_answer(house, op, req, status_of_code(word), res);
}

/* ---- delays ---- */

static enum err
delay(struct op *op, struct dev_fault *fault)
{
	const struct timespec time = {
		.tv_sec = fault->delay_ms / 1000,
		.tv_nsec = (long)(fault->delay_ms % 1000) * 1000000,
	};

	if (fault->delayed)
		return OK;
	fault->delayed = true;
	op->deadline_us += (int64_t)fault->delay_ms * 1000;
	if (op->may_wait) { /* a thread of a pool */
		(void)nanosleep(&time, NULL);
		return OK;
	}
	TRY(op_wait(op, POOL_DIRECTORY) == ERR_WAIT ? OK : ERR_INTERNAL);
	op->delay_ms = fault->delay_ms;
	return ERR_WAIT;
}

/* ---- for the desk ---- */

enum err
dev_before(struct house *house, struct op *op, const struct request *req,
	   struct response *res, bool *answered)
{
	struct dev_fault *fault = fault_of(op);

	*answered = false;
	switch (fault->kind) {
	case DEV_CODE:
		return code_answer(house, op, req, fault->word, res, answered);
	case DEV_STATUS:
		*answered = true;
		return status_answer(house, op, req, fault->status, res);
	case DEV_DELAY:
		return delay(op, fault);
	case DEV_NONE:
	case DEV_CUT:
		break;
	}
	return OK;
}

void
dev_behind(const struct op *op, struct response *res)
{
	const struct dev_fault *fault = op->fault;

	res->cut = fault != NULL && fault->kind == DEV_CUT;
}
