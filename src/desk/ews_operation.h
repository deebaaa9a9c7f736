/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The SOAP operations that are answered, one row each. The table dispatches
 * requests (ews.c) and makes the served description (wsdl.c), so these two are
 * never of different minds.
 */
#include "model/house.h"
#include "wire/soap.h"

/* What an operation is given beside its message. */
struct ews_turn {
	const struct request *req;
	struct response *res; /* for headers, and a status that is not 200 */
	struct soap_fault fault;
	size_t answer_hint; /* bytes that the answer will take, if it is large
			     */
};

typedef enum err ews_runner(struct house *house, struct op *op, const void *in,
			    void *out, struct ews_turn *turn);

struct ews_operation {
	const char *request; /* the element in Body */
	const struct xsd_type *request_type;
	const char *response;
	const struct xsd_type *response_type;
	const char *name; /* for the access line and the WSDL */
	enum soap_shape shape;
	size_t document_max; /* bytes of the request, without its coding */
	ews_runner *run;
};

extern const struct ews_operation ews_operations[];
extern const size_t ews_operations_n;

/* The row of an element in Body; NULL: none of ours. */
const struct ews_operation *ews_operation_find(const struct xml_node *el);
