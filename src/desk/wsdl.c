/* SPDX-License-Identifier: Apache-2.0 */
#include "desk/wsdl.h"

#include "base/buf.h"
#include "base/text.h"
#include "desk/ews_operation.h"

#include <string.h>

#define DOCUMENT_HINT (24 * KIB)
#define DOCUMENT_MAX (128 * KIB)

#define MESSAGES "http://schemas.microsoft.com/exchange/services/2006/messages"
#define TYPES "http://schemas.microsoft.com/exchange/services/2006/types"

/* ---- the schemas ---- */

static const struct xsd_global headers[] = {
	{ "t:ServerVersionInfo", &soap_server_type },
	{ "t:RequestServerVersion", &soap_client_type },
	{ "t:ExchangeImpersonation", &soap_impersonation_type },
};

static const struct xsd_schema types = {
	.ns = NS_T,
	.name = "types",
	.head = "",
};

static const struct xsd_schema messages = {
	.ns = NS_M,
	.name = "messages",
	.head = "  <xs:import namespace=\"" TYPES
		"\" schemaLocation=\"types.xsd\"/>\n"
		"  <xs:complexType name=\"BaseRequestType\" "
		"abstract=\"true\"/>\n",
};

/* What the operations' own tables hold. */
static void
schema_write(struct buf *buf, const struct xsd_schema *of)
{
	size_t n = 0;
	struct xsd_global *roots =
		op_alloc(buf->op, (COUNT(headers) + 2 * ews_operations_n) *
					  sizeof(*roots));
	struct xsd_schema schema = *of;

	for (size_t i = 0; i < COUNT(headers); i++)
		roots[n++] = headers[i];
	for (size_t i = 0; i < ews_operations_n; i++) {
		const struct ews_operation *o = &ews_operations[i];

		roots[n++] = (struct xsd_global){ o->request, o->request_type };
		roots[n++] =
			(struct xsd_global){ o->response, o->response_type };
	}
	xsd_collect(buf->op, roots, n, &schema);
	xsd_schema_write(buf, &schema);
}

/* ---- the service ---- */

/* clang-format off */
static const char wsdl_head[] =
"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
"<wsdl:definitions targetNamespace=\"" MESSAGES "\"\n"
"    xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\"\n"
"    xmlns:soap=\"http://schemas.xmlsoap.org/wsdl/soap/\"\n"
"    xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"\n"
"    xmlns:tns=\"" MESSAGES "\"\n"
"    xmlns:t=\"" TYPES "\">\n"
"  <wsdl:types>\n"
"    <xs:schema>\n"
"      <xs:import namespace=\"" MESSAGES "\" schemaLocation=\"messages.xsd\"/>\n"
"      <xs:import namespace=\"" TYPES "\" schemaLocation=\"types.xsd\"/>\n"
"    </xs:schema>\n"
"  </wsdl:types>\n";

/* Each is written for every operation: $ is its name, ? the element of its
 * request, ! that of its response. */
static const char wsdl_message[] =
"  <wsdl:message name=\"$SoapIn\">\n"
"    <wsdl:part name=\"$Request\" element=\"tns:?\"/>\n"
"    <wsdl:part name=\"Impersonation\" element=\"t:ExchangeImpersonation\"/>\n"
"    <wsdl:part name=\"RequestVersion\" element=\"t:RequestServerVersion\"/>\n"
"  </wsdl:message>\n"
"  <wsdl:message name=\"$SoapOut\">\n"
"    <wsdl:part name=\"$Result\" element=\"tns:!\"/>\n"
"    <wsdl:part name=\"ServerVersion\" element=\"t:ServerVersionInfo\"/>\n"
"  </wsdl:message>\n";

static const char wsdl_port_type[] =
"    <wsdl:operation name=\"$\">\n"
"      <wsdl:input message=\"tns:$SoapIn\"/>\n"
"      <wsdl:output message=\"tns:$SoapOut\"/>\n"
"    </wsdl:operation>\n";

static const char wsdl_binding[] =
"    <wsdl:operation name=\"$\">\n"
"      <soap:operation soapAction=\"" MESSAGES "/$\"/>\n"
"      <wsdl:input>\n"
"        <soap:header message=\"tns:$SoapIn\" part=\"Impersonation\" use=\"literal\"/>\n"
"        <soap:header message=\"tns:$SoapIn\" part=\"RequestVersion\" use=\"literal\"/>\n"
"        <soap:body parts=\"$Request\" use=\"literal\"/>\n"
"      </wsdl:input>\n"
"      <wsdl:output>\n"
"        <soap:body parts=\"$Result\" use=\"literal\"/>\n"
"        <soap:header message=\"tns:$SoapOut\" part=\"ServerVersion\" use=\"literal\"/>\n"
"      </wsdl:output>\n"
"    </wsdl:operation>\n";
/* clang-format on */

static void
operation_write(struct buf *buf, const struct ews_operation *o,
		const char *template)
{
	for (const char *p = template; *p != '\0'; p++) {
		if (*p == '$')
			buf_puts(buf, o->name);
		else if (*p == '?')
			buf_puts(buf, xsd_local_name(o->request));
		else if (*p == '!')
			buf_puts(buf, xsd_local_name(o->response));
		else
			buf_putc(buf, *p);
	}
}

static void
each_operation(struct buf *buf, const char *template)
{
	for (size_t i = 0; i < ews_operations_n; i++)
		operation_write(buf, &ews_operations[i], template);
}

static void
wsdl_write(struct buf *buf, const char *public_url)
{
	buf_puts(buf, wsdl_head);
	each_operation(buf, wsdl_message);
	buf_puts(buf, "  <wsdl:portType name=\"ExchangeServicePortType\">\n");
	each_operation(buf, wsdl_port_type);
	buf_puts(buf, "  </wsdl:portType>\n"
		      "  <wsdl:binding name=\"ExchangeServiceBinding\" "
		      "type=\"tns:ExchangeServicePortType\">\n"
		      "    <soap:binding style=\"document\" "
		      "transport=\"http://schemas.xmlsoap.org/soap/http\"/>\n");
	each_operation(buf, wsdl_binding);
	/* node-ews looks for these very bytes. */
	buf_puts(buf, "  </wsdl:binding>\n"
		      "  <wsdl:service name=\"ExchangeServices\">\n"
		      "    <wsdl:port name=\"ExchangeServicePort\" "
		      "binding=\"tns:ExchangeServiceBinding\">\n"
		      "      <soap:address location=\"");
	xml_write_value(buf, public_url);
	buf_puts(buf, "/EWS/Exchange.asmx\"/>\n"
		      "    </wsdl:port>\n"
		      "  </wsdl:service>\n"
		      "</wsdl:definitions>\n");
}

static bool
ends_with(const char *path, const char *end)
{
	size_t n = strlen(path), m = strlen(end);

	return n >= m && text_case_equal(path + n - m, end);
}

enum err
wsdl_get(struct house *house, struct op *op, const struct request *req,
	 struct response *res)
{
	struct buf buf;

	(void)house;
	buf_init(&buf, op, DOCUMENT_HINT, DOCUMENT_MAX);
	if (ends_with(req->path, "types.xsd"))
		schema_write(&buf, &types);
	else if (ends_with(req->path, "messages.xsd"))
		schema_write(&buf, &messages);
	else
		wsdl_write(&buf, op->settings->public_url);
	TRY(buf_err(&buf));
	res->content_type = "text/xml; charset=utf-8";
	res->body = buf_bytes(&buf);
	return OK;
}
