/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GetUserPhoto and SetUserPhoto over SOAP, as libraries ask for pictures. What
 * a request gets wrong is told in `out`, with OK; everything else is an error,
 * and a fault on the wire.
 */
#include "model/house.h"
#include "photo/photo_wire.h"
#include "wire/soap.h"

/*
 * `res` gets the headers of a picture, and 404 where there is none: no
 * picture, no such mailbox, or one of another organization, all alike.
 * An unchanged one is 200 with HasChanged false: 304 is for a GET alone.
 */
enum err photo_soap_get(struct house *house, struct op *op,
			const struct request_headers *headers,
			const struct photo_get_request *in,
			struct photo_get_response *out, struct response *res);

/*
 * ERR_DENIED: not the owner, and nothing about whether there is such a
 * mailbox; ERR_NOT_FOUND: no such mailbox, where the address book is public;
 * ERR_DOWN: with *fault when the image worker is. The old picture stays in all
 * of these cases.
 */
enum err photo_soap_set(struct house *house, struct op *op,
			const struct photo_set_request *in,
			struct photo_set_response *out,
			struct soap_fault *fault);
