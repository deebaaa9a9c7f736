/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

#include "base/buf.h"
#include "wire/soap.h"

#define S11 "http://schemas.xmlsoap.org/soap/envelope/"
#define S12 "http://www.w3.org/2003/05/soap-envelope"
#define T_URI "http://schemas.microsoft.com/exchange/services/2006/types"
#define M_URI "http://schemas.microsoft.com/exchange/services/2006/messages"
#define ACTOR "https://mail.frontdesk.example/EWS/Exchange.asmx"

#define DECLARE " xmlns:t='" T_URI "' xmlns:m='" M_URI "' xmlns:x='urn:x'"
#define E11(inside)                                                            \
	"<s:Envelope xmlns:s='" S11 "'" DECLARE ">" inside "</s:Envelope>"
#define E12(inside)                                                            \
	"<s:Envelope xmlns:s='" S12 "'" DECLARE ">" inside "</s:Envelope>"
#define BODY "<s:Body><m:Do/></s:Body>"
#define MUST "s:mustUnderstand='1'"
#define NEXT11 "http://schemas.xmlsoap.org/soap/actor/next"
#define ROLE "http://www.w3.org/2003/05/soap-envelope/role/"

static void
envelopes_are_taken_apart(void **state)
{
	static const struct {
		const char *document;
		enum soap_version version;
		enum soap_code code; /* 0: taken */
	} rows[] = {
		/* clang-format off */
		{ E11(BODY), SOAP_11, 0 },
		{ E12(BODY), SOAP_12, 0 },
		{ E11("<s:Header/>" BODY), SOAP_11, 0 },
		{ E11("<s:Header><t:A/><x:B/></s:Header>\n" BODY "\n"), SOAP_11, 0 },
		{ "<?xml version=\"1.0\"?>" E11(BODY), SOAP_11, 0 },
		{ "\xef\xbb\xbf" E11(BODY), SOAP_11, 0 },
		/* the envelope */
		{ "<s:Envelope xmlns:s='urn:x'>" BODY "</s:Envelope>", SOAP_11, SOAP_SCHEMA_VALIDATION }, /* m: is not declared */
		{ "<Envelope xmlns='urn:x'><Body/></Envelope>", SOAP_11, SOAP_VERSION_MISMATCH },
		{ "<Envelope><Body/></Envelope>", SOAP_11, SOAP_VERSION_MISMATCH },
		{ "<html/>", SOAP_11, SOAP_SCHEMA_VALIDATION },
		{ "<s:Body xmlns:s='" S11 "'/>", SOAP_11, SOAP_SCHEMA_VALIDATION },
		{ "", SOAP_11, SOAP_SCHEMA_VALIDATION },
		{ "not xml", SOAP_11, SOAP_SCHEMA_VALIDATION },
		{ "<!DOCTYPE x><x/>", SOAP_11, SOAP_SCHEMA_VALIDATION },
		{ "<a>\xff</a>", SOAP_11, SOAP_SCHEMA_VALIDATION },
		/* its parts */
		{ E11(""), SOAP_11, SOAP_SCHEMA_VALIDATION },
		{ E11("<s:Header/>"), SOAP_11, SOAP_SCHEMA_VALIDATION },
		{ E11("<s:Header/><s:Header/>" BODY), SOAP_11, SOAP_SCHEMA_VALIDATION },
		{ E11(BODY "<s:Header/>"), SOAP_11, SOAP_SCHEMA_VALIDATION },
		{ E11(BODY BODY), SOAP_11, SOAP_SCHEMA_VALIDATION },
		{ E11("<x:Odd/>" BODY), SOAP_11, SOAP_SCHEMA_VALIDATION },
		{ E11("text" BODY), SOAP_11, SOAP_SCHEMA_VALIDATION },
		{ E11("<s:Body>text<m:Do/></s:Body>"), SOAP_11, SOAP_SCHEMA_VALIDATION },
		{ E12("<Body xmlns='" S11 "'><m:Do/></Body>"), SOAP_12, SOAP_SCHEMA_VALIDATION },
		/* one operation */
		{ E11("<s:Body/>"), SOAP_11, SOAP_INVALID_REQUEST },
		{ E11("<s:Body> \n </s:Body>"), SOAP_11, SOAP_INVALID_REQUEST },
		{ E11("<s:Body><t:RequestServerVersion/></s:Body>"), SOAP_11, SOAP_INVALID_REQUEST },
		{ E11("<s:Body><m:Do/><t:RequestServerVersion/></s:Body>"), SOAP_11, 0 },
		{ E11("<s:Body><t:RequestServerVersion/><m:Do/></s:Body>"), SOAP_11, 0 },
		{ E11("<s:Body><m:Do/><m:Do/></s:Body>"), SOAP_11, SOAP_SCHEMA_VALIDATION },
		{ E11("<s:Body><m:Do/><x:Odd/></s:Body>"), SOAP_11, SOAP_SCHEMA_VALIDATION },
		/* what must be understood */
		{ E11("<s:Header><x:A " MUST "/></s:Header>" BODY), SOAP_11, SOAP_MUST_UNDERSTAND },
		{ E11("<s:Header><A " MUST "/></s:Header>" BODY), SOAP_11, SOAP_MUST_UNDERSTAND },
		{ E11("<s:Header><x:A s:mustUnderstand='true'/></s:Header>" BODY), SOAP_11, SOAP_MUST_UNDERSTAND },
		{ E11("<s:Header><x:A s:mustUnderstand='0'/></s:Header>" BODY), SOAP_11, 0 },
		{ E11("<s:Header><x:A mustUnderstand='1'/></s:Header>" BODY), SOAP_11, 0 },
		{ E11("<s:Header><x:A " MUST " s:actor=''/></s:Header>" BODY), SOAP_11, SOAP_MUST_UNDERSTAND },
		{ E11("<s:Header><x:A " MUST " s:actor='" NEXT11 "'/></s:Header>" BODY), SOAP_11, SOAP_MUST_UNDERSTAND },
		{ E11("<s:Header><x:A " MUST " s:actor='urn:other'/></s:Header>" BODY), SOAP_11, 0 },
		{ E11("<s:Header><t:A " MUST "/><m:B " MUST "/></s:Header>" BODY), SOAP_11, 0 },
		{ E11("<s:Header><w:Action xmlns:w='http://www.w3.org/2005/08/addressing' " MUST "/></s:Header>" BODY), SOAP_11, 0 },
		{ E12("<s:Header><x:A " MUST "/></s:Header>" BODY), SOAP_12, SOAP_MUST_UNDERSTAND },
		{ E12("<s:Header><x:A " MUST " s:role='" ROLE "next'/></s:Header>" BODY), SOAP_12, SOAP_MUST_UNDERSTAND },
		{ E12("<s:Header><x:A " MUST " s:role='" ROLE "ultimateReceiver'/></s:Header>" BODY), SOAP_12, SOAP_MUST_UNDERSTAND },
		{ E12("<s:Header><x:A " MUST " s:role='" ROLE "none'/></s:Header>" BODY), SOAP_12, 0 },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct soap_request r;
		struct soap_fault fault;
		enum err err =
			soap_read(op, bytes_of(rows[i].document), &r, &fault);

		CHECK_ROW(rows[i].document, fault.code == rows[i].code);
		CHECK_ROW(rows[i].document, (err == OK) == (fault.code == 0));
		CHECK_ROW(rows[i].document, r.version == rows[i].version);
		if (err == OK)
			CHECK_ROW(rows[i].document,
				  xml_is(r.operation, "m:Do"));
		if (fault.code == SOAP_SCHEMA_VALIDATION)
			CHECK_ROW(rows[i].document,
				  fault.at.violation != NULL &&
					  fault.at.line > 0);
	}
}

static void
the_operation_is_known_even_when_something_is_wrong(void **state)
{
	static const char *const rows[] = {
		E11("<s:Body><m:Do/><m:Do/></s:Body>"),
		E11("<s:Header><x:A " MUST "/></s:Header>" BODY),
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct soap_request r;
		struct soap_fault fault;

		CHECK_ROW(rows[i], soap_read(*state, bytes_of(rows[i]), &r,
					     &fault) == ERR_INVALID);
		CHECK_ROW(rows[i],
			  r.operation != NULL && xml_is(r.operation, "m:Do"));
	}
}

/* ---- faults ---- */

static const struct xml_node *
fault_tree(struct op *op, enum soap_version version, enum soap_shape shape,
	   const struct soap_fault *fault)
{
	struct buf buf;

	buf_init(&buf, op, 0, MIB);
	soap_fault_write(&buf, version, shape, ACTOR, fault);
	assert_int_equal(buf_err(&buf), OK);
	assert_memory_equal(buf_text(&buf),
			    "<?xml version=\"1.0\" encoding=\"utf-8\"?><", 39);
	return message_tree(op, buf_bytes(&buf));
}

static void
faults_are_those_of_the_vectors(void **state)
{
	static const struct {
		const char *vector;
		enum soap_shape shape;
		struct soap_fault fault;
	} rows[] = {
		/* clang-format off */
		{ "fault.impersonation-denied.xml", SOAP_SHAPE_2010, { .code = SOAP_IMPERSONATE_USER_DENIED } },
		{ "fault.invalid-server-version.xml", SOAP_SHAPE_2010, { .code = SOAP_INVALID_SERVER_VERSION } },
		{ "fault.nonexistent-mailbox.xml", SOAP_SHAPE_2010, { .code = SOAP_NONEXISTENT_MAILBOX,
			.value_name = "SmtpAddress", .value = "nobody@frontdesk.example" } },
		{ "fault.schema-validation.xml", SOAP_SHAPE_2010, { .code = SOAP_SCHEMA_VALIDATION,
			.at = { 12, 23, "The 'OofState' element has the invalid value 'OutToLunch'." } } },
		{ "fault.server-busy.xml", SOAP_SHAPE_2010, { .code = SOAP_SERVER_BUSY,
			.value_name = "BackOffMilliseconds", .value = "30000" } },
		{ "fault.unknown-operation.xml", SOAP_SHAPE_2010, { .code = SOAP_INVALID_OPERATION } },
		{ "oof.fault.impersonation-denied.xml", SOAP_SHAPE_OOF, { .code = SOAP_IMPERSONATE_USER_DENIED } },
		{ "oof.fault.schema-validation.xml", SOAP_SHAPE_OOF, { .code = SOAP_SCHEMA_VALIDATION,
			.at = { 12, 23, "The 'OofState' element has the invalid value 'OutToLunch'." } } },
		{ "oof.fault.server-busy.xml", SOAP_SHAPE_OOF, { .code = SOAP_SERVER_BUSY,
			.value_name = "BackOffMilliseconds", .value = "30000" } },
		{ "oof.fault.not-owner.xml", SOAP_SHAPE_OOF, { .code = SOAP_ACCESS_DENIED,
			.exception = "Microsoft.Exchange.Data.Storage.AccessDeniedException: User is not mailbox owner. "
				"User = mallory@frontdesk.example, MailboxGuid = ada@frontdesk.example ---> User is not mailbox owner.",
			.exception_code = "-2146233088" } },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = op_print(op, "vectors/%s", rows[i].vector);
		const char *differs = message_differs(
			op,
			fault_tree(op, SOAP_11, rows[i].shape, &rows[i].fault),
			message_tree(op, message_file(op, name)), NULL);

		if (differs != NULL)
			print_error("%s\n", differs);
		CHECK_ROW(rows[i].vector, differs == NULL);
	}
}

static void
every_code_makes_a_fault_that_clients_can_read(void **state)
{
	struct op *op = *state;

	for (unsigned code = 1; code < SOAP_CODE_COUNT; code++) {
		const struct soap_fault fault = { .code = code };

		for (unsigned i = 0; i < 4; i++) {
			enum soap_version version = i % 2 ? SOAP_11 : SOAP_12;
			enum soap_shape shape =
				i < 2 ? SOAP_SHAPE_OOF : SOAP_SHAPE_2010;
			const struct xml_node *tree =
				fault_tree(op, version, shape, &fault);
			const char *name = soap_code_name(code);

			CHECK_ROW(name, strncmp(name, "Error", 5) == 0);
			CHECK_ROW(name, soap_code_status(code) == 500);
			CHECK_ROW(
				name,
				unit_same(message_text(tree, "e:ResponseCode"),
					  name));
			CHECK_ROW(name,
				  message_text(tree, "e:Message")[0] != '\0');
			CHECK_ROW(name,
				  message_find(tree, "t:ServerVersionInfo") !=
					  NULL);
			CHECK_ROW(name, (message_find(tree, "m:ErrorCode") !=
					 NULL) == (shape == SOAP_SHAPE_OOF));
		}
	}
}

static void
soap_12_has_its_own_codes(void **state)
{
	static const struct {
		enum soap_code code;
		const char *value;
	} rows[] = {
		{ SOAP_SCHEMA_VALIDATION, "s:Sender" },
		{ SOAP_ACCESS_DENIED, "s:Sender" },
		{ SOAP_SERVER_BUSY, "s:Receiver" },
		{ SOAP_INTERNAL_SERVER_ERROR, "s:Receiver" },
		{ SOAP_MUST_UNDERSTAND, "s:MustUnderstand" },
		{ SOAP_VERSION_MISMATCH, "s:VersionMismatch" },
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct soap_fault fault = { .code = rows[i].code };
		const struct xml_node *tree =
			fault_tree(op, SOAP_12, SOAP_SHAPE_OOF, &fault);

		CHECK_ROW(rows[i].value, xml_is(tree, "s12:Envelope"));
		CHECK_ROW(rows[i].value,
			  unit_same(message_text(tree, "s12:Value"),
				    rows[i].value));
		CHECK_ROW(rows[i].value,
			  unit_same(message_text(tree, "s12:Node"), ACTOR));
		CHECK_ROW(
			rows[i].value,
			unit_same(xml_attribute(message_find(tree, "s12:Text"),
						"xml:lang"),
				  "en-US"));
		CHECK_ROW(rows[i].value,
			  message_find(tree, "s12:Detail") != NULL);
	}
}

static void
soaps_own_codes_come_before_ours(void **state)
{
	static const struct {
		enum soap_code code;
		enum soap_shape shape;
		const char *faultcode;
	} rows[] = {
		/* clang-format off */
		{ SOAP_MUST_UNDERSTAND,  SOAP_SHAPE_2010, "s:MustUnderstand" },
		{ SOAP_MUST_UNDERSTAND,  SOAP_SHAPE_OOF,  "s:MustUnderstand" },
		{ SOAP_VERSION_MISMATCH, SOAP_SHAPE_2010, "s:VersionMismatch" },
		{ SOAP_INVALID_REQUEST,  SOAP_SHAPE_2010, "a:ErrorInvalidRequest" },
		{ SOAP_INVALID_REQUEST,  SOAP_SHAPE_OOF,  "s:Client" },
		{ SOAP_INTERNAL_SERVER_ERROR, SOAP_SHAPE_OOF, "s:Client" }, /* 2.2.4: always */
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct soap_fault fault = { .code = rows[i].code };
		const struct xml_node *tree = message_find(
			fault_tree(op, SOAP_11, rows[i].shape, &fault),
			"s:Fault");

		CHECK_ROW(rows[i].faultcode,
			  unit_same(tree->first->text, rows[i].faultcode));
	}
}

static void
what_a_client_sent_is_escaped_in_a_fault(void **state)
{
	const struct soap_fault fault = {
		.code = SOAP_SCHEMA_VALIDATION,
		.at = { 1, 2, "<&\"]]>" },
		.value_name = "SmtpAddress",
		.value = "</t:Value>&",
	};
	const struct xml_node *tree =
		fault_tree(*state, SOAP_11, SOAP_SHAPE_2010, &fault);

	assert_string_equal(message_text(tree, "t:Violation"), "<&\"]]>");
	assert_string_equal(message_text(tree, "t:Value"), "</t:Value>&");
	assert_string_equal(message_text(tree, "t:LineNumber"), "1");
	assert_string_equal(message_text(tree, "t:LinePosition"), "2");
}

static void
a_violation_without_a_place_has_no_line(void **state)
{
	const struct soap_fault fault = { .code = SOAP_SCHEMA_VALIDATION,
					  .at = { .violation = "So." } };
	const struct xml_node *tree =
		fault_tree(*state, SOAP_11, SOAP_SHAPE_OOF, &fault);

	assert_null(message_find(tree, "t:LineNumber"));
	assert_string_equal(message_text(tree, "t:Violation"), "So.");
}

static void
the_version_is_written_as_five_attributes(void **state)
{
	struct op *op = *state;
	const struct xml_node *tree, *info;
	struct buf buf;

	buf_init(&buf, op, 0, MIB);
	soap_begin(&buf, SOAP_11, SOAP_PREFIX);
	soap_end(&buf, SOAP_PREFIX);
	tree = message_tree(op, buf_bytes(&buf));
	info = message_find(tree, "t:ServerVersionInfo");
	assert_string_equal(xml_attribute(info, "MajorVersion"), "15");
	assert_string_equal(xml_attribute(info, "MinorVersion"), "0");
	assert_string_equal(xml_attribute(info, "MajorBuildNumber"), "1497");
	assert_string_equal(xml_attribute(info, "MinorBuildNumber"), "2");
	assert_string_equal(xml_attribute(info, "Version"), "Exchange2013_SP1");
	assert_string_equal(soap_content_type(SOAP_11),
			    "text/xml; charset=utf-8");
	assert_string_equal(soap_content_type(SOAP_12),
			    "application/soap+xml; charset=utf-8");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(envelopes_are_taken_apart),
		UNIT_TEST(the_operation_is_known_even_when_something_is_wrong),
		UNIT_TEST(faults_are_those_of_the_vectors),
		UNIT_TEST(every_code_makes_a_fault_that_clients_can_read),
		UNIT_TEST(soap_12_has_its_own_codes),
		UNIT_TEST(soaps_own_codes_come_before_ours),
		UNIT_TEST(what_a_client_sent_is_escaped_in_a_fault),
		UNIT_TEST(a_violation_without_a_place_has_no_line),
		UNIT_TEST(the_version_is_written_as_five_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
