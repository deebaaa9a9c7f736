/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of gsoap_test.py, on the code that soapcpp2 makes from the served
 * WSDL. The endpoint is the WSDL's own. */
#include "ExchangeServiceBinding.nsmap"
#include "soapH.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT                                                                   \
	"<p>Gr\u00fc\u00dfe &amp; \u65e5\u672c\u8a9e \U0001f469</p> ]]> & <b>"
#define START 4076035200 /* 2099-03-01T08:00:00Z */
#define END (START + 7 * 86400)

typedef struct ewstype__UserOofSettings settings;

static const char *ca, *user, *password, *other;
static char wrong[1000]; /* of this row; empty: all is well */

static int
check(struct soap *soap, int holds, const char *what)
{
	if (!holds && wrong[0] == '\0') {
		snprintf(wrong, sizeof(wrong), "%s; ", what);
		if (soap->error)
			soap_sprint_fault(soap, wrong + strlen(wrong),
					  sizeof(wrong) - strlen(wrong));
	}
	return holds;
}

static struct soap *
client(soap_mode mode)
{
	struct soap *soap = soap_new1(SOAP_C_UTFSTRING | mode);

	soap->connect_timeout = soap->recv_timeout = soap->send_timeout = 20;
	if (soap_ssl_client_context(soap, SOAP_SSL_DEFAULT, NULL, NULL, ca,
				    NULL, NULL))
		check(soap, 0, "TLS");
	return soap;
}

static void
done(struct soap *soap)
{
	soap_destroy(soap);
	soap_end(soap);
	soap_free(soap);
}

/* gSOAP forgets them after each call. */
static void
credentials(struct soap *soap)
{
	soap->userid = user;
	soap->passwd = password;
}

/* What is stored, or NULL after a failure. */
static settings *
get(struct soap *soap, const char *address)
{
	struct ewstype__EmailAddress who = { .Address = (char *)address };
	struct ewsmsg__GetUserOofSettingsRequest ask = { .ewstype__Mailbox =
								 &who };
	struct __ewsmsg__GetUserOofSettingsResponse got = { NULL };

	credentials(soap);
	if (soap_call___ewsmsg__GetUserOofSettings(soap, NULL, NULL, &ask,
						   &got))
		return NULL;
	return got.ewsmsg__GetUserOofSettingsResponse->ewstype__OofSettings;
}

/* The code in the answer; -1: there is none. */
static int
set(struct soap *soap, settings *s)
{
	struct ewstype__EmailAddress who = { .Address = (char *)user };
	struct ewsmsg__SetUserOofSettingsRequest ask = {
		.ewstype__Mailbox = &who, .ewstype__UserOofSettings = s
	};
	struct __ewsmsg__SetUserOofSettingsResponse got = { NULL };

	credentials(soap);
	if (soap_call___ewsmsg__SetUserOofSettings(soap, NULL, NULL, &ask,
						   &got))
		return -1;
	return (int)*got.ewsmsg__SetUserOofSettingsResponse->ResponseMessage
		->ResponseCode;
}

static void
written_by(struct soap *soap)
{
	struct ewstype__ReplyBody in = { .Message = TEXT },
				  out = { .Message = "" };
	struct ewstype__Duration when = { START, END };

	for (int i = 0; i < 9; i++) {
		settings sent = { i / 3, i % 3, &when, &in, &out }, *got;

		if (!check(soap,
			   set(soap, &sent) ==
				   ewsmsg__ResponseCodeType__NoError,
			   "set"))
			return;
		got = get(soap, user);
		if (!check(soap, got != NULL, "get"))
			return;
		check(soap, got->OofState == sent.OofState, "state");
		check(soap, got->ExternalAudience == sent.ExternalAudience,
		      "audience");
		check(soap, got->Duration->StartTime == START, "start");
		check(soap, got->Duration->EndTime == END, "end");
		check(soap, strcmp(got->InternalReply->Message, TEXT) == 0,
		      "text");
	}
}

static void
with_mode(soap_mode mode)
{
	struct soap *soap = client(mode);

	written_by(soap);
	done(soap);
}

/* ---- the rows ---- */

static void
plain(void)
{
	with_mode(SOAP_IO_DEFAULT);
}

static void
keep_alive(void)
{
	with_mode(SOAP_IO_KEEPALIVE);
}

static void
chunked(void)
{
	with_mode(SOAP_IO_CHUNK);
}

static void
gzipped(void)
{
	with_mode(SOAP_IO_CHUNK | SOAP_ENC_ZLIB);
}

static void
versions(void)
{
	struct soap *soap = client(SOAP_IO_KEEPALIVE);

	check(soap, get(soap, user) != NULL, "get");
	check(soap,
	      soap->header && soap->header->ewstype__ServerVersionInfo &&
		      *soap->header->ewstype__ServerVersionInfo->MajorVersion ==
			      15,
	      "version");
	/* gSOAP sends the header of the last answer with the next request */
	check(soap, get(soap, user) != NULL, "get again");
	done(soap);
}

static void
photo(void)
{
	struct soap *soap = client(SOAP_IO_DEFAULT);
	struct ewsmsg__GetUserPhotoType ask = { .Email = (char *)user,
						.SizeRequested = "HR96x96" };
	struct __ewsmsg__GetUserPhotoResponse got = { NULL };
	struct ewsmsg__GetUserPhotoResponseMessageType *answer;

	credentials(soap);
	if (check(soap,
		  soap_call___ewsmsg__GetUserPhoto(soap, NULL, NULL, &ask,
						   &got) == SOAP_OK,
		  "call")) {
		answer = got.ewsmsg__GetUserPhotoResponse;
		check(soap, answer->HasChanged, "HasChanged");
		check(soap, strcmp(answer->ContentType, "image/jpeg") == 0,
		      "type");
		check(soap,
		      answer->PictureData.__size > 1000 &&
			      answer->PictureData.__ptr[0] == 0xff,
		      "picture");
	}
	done(soap);
}

static void
refused(void)
{
	struct soap *soap = client(SOAP_IO_DEFAULT);
	struct ewstype__Duration when = { END, START };
	settings sent = { ewstype__OofState__Scheduled,
			  ewstype__ExternalAudience__All, &when, NULL, NULL };

	check(soap,
	      set(soap, &sent) ==
		      ewsmsg__ResponseCodeType__ErrorInvalidScheduledOofDuration,
	      "code");
	done(soap);
}

static void
colleague(void)
{
	struct soap *soap = client(SOAP_IO_DEFAULT);

	check(soap, get(soap, other) == NULL, "a fault");
	check(soap, soap->error == SOAP_FAULT || soap->error == SOAP_CLI_FAULT,
	      "its kind");
	check(soap,
	      soap_fault_string(soap) &&
		      strstr(soap_fault_string(soap), "not mailbox owner"),
	      "its words");
	done(soap);
}

static void
bad_password(void)
{
	struct soap *soap = client(SOAP_IO_DEFAULT);
	const char *right = password;

	password = "wrong";
	check(soap, get(soap, user) == NULL && soap->error == 401, "401");
	password = right;
	done(soap);
}

static const struct {
	const char *name;
	void (*run)(void);
} rows[] = {
	{ "plain", plain },
	{ "keep_alive", keep_alive },
	{ "chunked", chunked },
	{ "gzipped", gzipped },
	{ "versions", versions },
	{ "photo", photo },
	{ "refused", refused },
	{ "colleague", colleague },
	{ "bad_password", bad_password },
};

int
main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	ca = argv[1], user = argv[2], password = argv[3], other = argv[4];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		wrong[0] = '\0';
		rows[i].run();
		for (char *c = wrong; *c; c++)
			*c = *c < ' ' ? ' ' : *c;
		printf("%s\t%s\n", rows[i].name, wrong[0] ? wrong : "fine");
		fflush(stdout);
	}
	return 0;
}
