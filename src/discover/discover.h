/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Autodiscover: how a client that knows an address alone finds the services.
 * Three dialects, one file each; every answer is made from the configuration
 * and the mailbox, whatever host was asked.
 */
#include "model/house.h"

#define DISCOVER_BODY_MAX (64 * KIB) /* as sent, and without its coding */

/* POST on autodiscover.svc: a SOAP request. OK: `res` has an answer or a
 * fault. ERR_INVALID, ERR_LIMIT: a damaged content coding, or too much. */
enum err discover_soap_post(struct house *house, struct op *op,
			    const struct request *req, struct response *res);

/* POST on autodiscover.xml, as above. GET has nothing to ask with and is
 * answered that the request is invalid: clients look at its headers only. */
enum err discover_pox_post(struct house *house, struct op *op,
			   const struct request *req, struct response *res);
enum err discover_pox_get(struct house *house, struct op *op,
			  const struct request *req, struct response *res);

/* GET on autodiscover.json, by anybody: the same for every address of a
 * domain. */
enum err discover_json_get(struct house *house, struct op *op,
			   const struct request *req, struct response *res);

/* ---- what the first two share: discover_caller.c ---- */

struct discover_place;

/* Where we are, and the caller's organization, which nobody sees beyond. */
enum err discover_place_find(struct house *house, struct op *op,
			     struct discover_place *out);

/* Somebody of that organization; an application finds those that it may act
 * for. ERR_NOT_FOUND: everybody else. */
enum err discover_mailbox_find(struct house *house, struct op *op,
			       const struct discover_place *place,
			       const char *address, const struct mailbox **out);

/* The body without its coding. OK with *out NULL: a coding that is not read
 * here; `res` is complete (415). */
enum err discover_body(struct op *op, const struct request *req,
		       struct bytes *out, struct response *res);
