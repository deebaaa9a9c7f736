/* SPDX-License-Identifier: Apache-2.0 */

/* What the desk found out about a request, as variables for the access line.
 * Never a password, a token or a reply's text. */
#include "base/digest.h"
#include "base/idn.h"
#include "base/text.h"
#include "door/nginx/door.h"
#include "model/mailbox.h"
#include "model/settings.h"

#include <stdio.h>
#include <string.h>

#define PATH_MAX_LOGGED 512 /* bytes */
#define TARGET_HASH_BYTES 8 /* of the digest, when targets are hidden */

static const char *
caller_of(struct door *d)
{
	const struct caller *caller = d->op->caller;

	if (caller == NULL)
		return NULL;
	if (caller->service != NULL)
		return caller->service;
	return caller->mailbox == NULL ? caller->login
				       : caller->mailbox->address;
}

static const char *
address_logged(struct door *d, const char *address)
{
	uint8_t digest[DIGEST_SIZE];

	if (address == NULL || !d->op->settings->log_hash_targets)
		return address;
	digest_sha256(bytes_of(idn_fold(d->op, address)), digest);
	return text_hex(d->op, (struct bytes){ digest, TARGET_HASH_BYTES });
}

static const char *
target_of(struct door *d)
{
	return address_logged(d, d->op->target);
}

/* As whom the caller acts, who is a service account then. */
static const char *
acting_for_of(struct door *d)
{
	const struct caller *caller = d->op->caller;

	if (caller == NULL || caller->service == NULL)
		return NULL;
	return address_logged(d, caller->mailbox->address);
}

static const char *
operation_of(struct door *d)
{
	return d->op->operation;
}

/* Until the desk was asked, only nginx knows. */
static const char *
result_of(struct door *d)
{
	if (d->op->result != NULL)
		return d->op->result;
	return op_print(d->op, "%u", (unsigned)d->r->headers_out.status);
}

static const char *
reason_of(struct door *d)
{
	return d->op->reason;
}

static const char *
microseconds_of(struct door *d)
{
	return op_print(d->op, "%lld",
			(long long)(op_clock_us() - d->op->began_us));
}

static const struct variable {
	ngx_str_t name;
	const char *(*get)(struct door *d); /* NULL: nothing to tell */
} variables[] = {
	/* clang-format off */
	[FACT_CALLER] =     { ngx_string("frontdesk_caller"),     caller_of },
	[FACT_ACTING_FOR] = { ngx_string("frontdesk_acting_for"), acting_for_of },
	[FACT_TARGET] =     { ngx_string("frontdesk_target"),     target_of },
	[FACT_OPERATION] =  { ngx_string("frontdesk_operation"),  operation_of },
	[FACT_RESULT] =     { ngx_string("frontdesk_result"),     result_of },
	[FACT_REASON] =     { ngx_string("frontdesk_reason"),     reason_of },
	[FACT_US] =         { ngx_string("frontdesk_us"),         microseconds_of },
	/* clang-format on */
};

/* Does a line of text end or start over here, for some program that reads it?
 * Controls of ASCII are nginx's to escape; these are NEL and the other C1
 * controls, LS and PS. */
static bool
breaks_line(const char *p)
{
	const u_char c = (u_char)p[1];

	if ((u_char)p[0] == 0xc2)
		return c < 0xa0;
	return (u_char)p[0] == 0xe2 && c == 0x80 &&
	       ((u_char)p[2] == 0xa8 || (u_char)p[2] == 0xa9);
}

/* Valid UTF-8 in, the same out, but for what breaks lines. */
static const char *
one_line(struct door *d, const char *text)
{
	char *copy = NULL;

	if (text == NULL)
		return NULL;
	for (size_t i = 0; text[i] != '\0'; i++) {
		if ((u_char)text[i] < 0xc2 || !breaks_line(text + i))
			continue;
		if (copy == NULL)
			copy = op_dup(d->op, text);
		memset(copy + i, '?', (u_char)text[i] == 0xc2 ? 2 : 3);
	}
	return copy == NULL ? text : copy;
}

static void
value_set(ngx_http_variable_value_t *v, const char *text)
{
	v->valid = 1;
	v->no_cacheable = 0;
	v->not_found = text == NULL;
	v->data = door_unconst(text == NULL ? "" : text);
	v->len = strlen((const char *)v->data) & 0x0fffffff;
}

const char *
fact_text(struct door *d, enum fact fact)
{
	return d == NULL ? NULL : one_line(d, variables[fact].get(d));
}

static ngx_int_t
variable_get(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t row)
{
	value_set(v, fact_text(door_of(r), (enum fact)row));
	return NGX_OK;
}

ngx_str_t
path_text(ngx_http_request_t *r)
{
	size_t n = r->uri.len < PATH_MAX_LOGGED ? r->uri.len : PATH_MAX_LOGGED;
	size_t ascii = 0;
	u_char *out = r->uri.data;

	while (ascii < n && out[ascii] >= ' ' && out[ascii] < 0x7f)
		ascii++;
	if (ascii == n)
		return (ngx_str_t){ n, out };
	out = ngx_pnalloc(r->pool, n);
	if (out == NULL)
		return (ngx_str_t){ ascii, r->uri.data };
	for (size_t i = 0; i < n; i++) {
		u_char c = r->uri.data[i];

		out[i] = c >= ' ' && c < 0x7f ? c : '?';
	}
	return (ngx_str_t){ n, out };
}

static ngx_int_t
path_get(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
	ngx_str_t path = path_text(r);

	(void)data;
	v->valid = 1;
	v->no_cacheable = 0;
	v->not_found = 0;
	v->data = path.data;
	v->len = path.len & 0x0fffffff;
	return NGX_OK;
}

static bool
variable_add(ngx_conf_t *cf, const ngx_str_t *name,
	     ngx_http_get_variable_pt get, uintptr_t data)
{
	ngx_str_t copy = *name;
	ngx_http_variable_t *v =
		ngx_http_add_variable(cf, &copy, NGX_HTTP_VAR_NOCACHEABLE);

	if (v == NULL)
		return false;
	v->get_handler = get;
	v->data = data;
	return true;
}

ngx_int_t
variables_configure(ngx_conf_t *cf)
{
	static const ngx_str_t path = ngx_string("frontdesk_path");
	static const ngx_str_t line = ngx_string("frontdesk_line");

	for (size_t i = 0; i < COUNT(variables); i++) {
		if (!variable_add(cf, &variables[i].name, variable_get, i))
			return NGX_ERROR;
	}
	return variable_add(cf, &path, path_get, 0) &&
			       variable_add(cf, &line, line_get, 0)
		       ? NGX_OK
		       : NGX_ERROR;
}
