/* SPDX-License-Identifier: Apache-2.0 */
#include "../oof/world.h"

#include "desk/wsdl.h"
#include "model/settings.h"

static const struct settings settings = {
	.public_url = "https://mail.frontdesk.example:8443?a&b",
};

static const char *
document(struct op *op, const char *path)
{
	const struct request req = { .path = path };
	struct response res = { 0 };

	op->settings = &settings;
	assert_int_equal(wsdl_get(NULL, op, &req, &res), OK);
	assert_string_equal(res.content_type, "text/xml; charset=utf-8");
	(void)message_tree(op, res.body); /* it is XML */
	return op_text(op, (const char *)res.body.p, res.body.n);
}

static size_t
times(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what)) != NULL) {
		text += strlen(what);
		n++;
	}
	return n;
}

static void
each_path_has_its_document(void **state)
{
	static const struct {
		const char *path, *holds;
		size_t times;
	} rows[] = {
		/* clang-format off */
		{ "/ews/services.wsdl", "<wsdl:service name=\"ExchangeServices\">", 1 },
		{ "/EWS/Services.WSDL", "<wsdl:service name=\"ExchangeServices\">", 1 },
		{ "/ews/services.wsdl", "location=\"https://mail.frontdesk.example:8443?a&amp;b/EWS/Exchange.asmx\"", 1 },
		{ "/ews/services.wsdl", "<wsdl:portType ", 1 },
		{ "/ews/services.wsdl", "<wsdl:operation name=\"GetUserOofSettings\">", 2 },
		{ "/ews/services.wsdl", "<wsdl:operation name=\"SetUserOofSettings\">", 2 },
		{ "/ews/services.wsdl", "soapAction=\"http://schemas.microsoft.com/exchange/services/2006/messages/GetUserOofSettings\"", 1 },
		{ "/ews/services.wsdl", "element=\"tns:SetUserOofSettingsRequest\"", 1 },
		{ "/ews/services.wsdl", "element=\"tns:GetUserPhoto\"", 1 },
		{ "/ews/services.wsdl", "element=\"tns:GetUserPhotoResponse\"", 1 },
		{ "/ews/services.wsdl", "<wsdl:operation name=\"GetUserAvailability\">", 2 },
		{ "/ews/services.wsdl", "element=\"t:ServerVersionInfo\"", 10 },
		{ "/ews/services.wsdl", "schemaLocation=\"messages.xsd\"", 1 },
		{ "/ews/services.wsdl", "schemaLocation=\"types.xsd\"", 1 },
		{ "/ews/services.wsdl", "schemaLocation=", 2 }, /* no fourth file */
		{ "/ews/services.wsdl", "$", 0 },
		{ "/ews/messages.xsd", "schemaLocation=", 1 },
		{ "/ews/messages.xsd", "<xs:element name=\"GetUserOofSettingsRequest\"", 1 },
		{ "/ews/messages.xsd", "<xs:element name=\"SetUserOofSettingsResponse\"", 1 },
		{ "/ews/messages.xsd", "<xs:enumeration value=\"Error", 12 },
		{ "/ews/messages.xsd", "<xs:simpleType name=\"ResponseCodeType\">", 1 },
		{ "/ews/messages.xsd", "name=\"PictureData\" type=\"xs:base64Binary\"", 1 },
		{ "/ews/messages.xsd", "ref=\"t:OofSettings\"", 1 },
		{ "/ews/messages.xsd", "<xs:extension base=\"m:BaseRequestType\">", 10 },
		{ "/ews/types.xsd", "schemaLocation=", 0 },
		{ "/ews/types.xsd", "<xs:import", 0 },
		{ "/ews/types.xsd", "<xs:complexType name=\"EmailAddress\">", 1 },
		{ "/ews/types.xsd", "<xs:complexType name=\"EmailAddressType\">", 1 },
		{ "/ews/types.xsd", "<xs:complexType name=\"ReplyBody\">", 1 },
		{ "/ews/types.xsd", "<xs:element name=\"Mailbox\" type=\"t:EmailAddress\"/>", 1 },
		{ "/ews/types.xsd", "name=\"OofState\" type=\"t:OofState\"", 1 },
		{ "/ews/types.xsd", "<xs:element name=\"OofSettings\" type=\"t:UserOofSettings\"/>", 1 },
		{ "/ews/types.xsd", "<xs:simpleType name=\"ResponseClassType\">", 1 },
		{ "/ews/types.xsd", "<xs:enumeration value=\"OwaId\"/>", 1 },
		/* clang-format on */
	};
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_ROW(rows[i].holds, times(document(op, rows[i].path),
					       rows[i].holds) == rows[i].times);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(each_path_has_its_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
