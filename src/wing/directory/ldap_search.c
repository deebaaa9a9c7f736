/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/directory/ldap_search.h"

#include <sys/time.h>

#define MS 1000 /* microseconds, of a second milliseconds */

enum err
search_send(struct op *op, struct dsa *dsa, const struct search *search,
	    int *id)
{
	struct timeval limit = { search->timeout_ms / MS,
				 (suseconds_t)(search->timeout_ms % MS) * MS };
	size_t n = 0;
	char **attributes;
	int result;

	while (search->attributes[n] != NULL)
		n++;
	attributes = op_alloc(op, (n + 1) * sizeof(*attributes));
	for (size_t i = 0; i < n; i++) /* the library wants no const */
		attributes[i] = op_dup(op, search->attributes[i]);
	result = ldap_search_ext(
		dsa->ld, search->base,
		search->base_only ? LDAP_SCOPE_BASE : LDAP_SCOPE_SUBTREE,
		search->filter, attributes, 0, search->controls, NULL, &limit,
		search->most, id);
	return result == LDAP_SUCCESS ? OK
				      : dsa_fail(op, dsa, result, "searching");
}

/* One entry, a reference elsewhere that is passed over, or the end. */
static enum err
take(struct op *op, struct dsa *dsa, LDAPMessage *message,
     struct search_found *out)
{
	if (ldap_msgtype(message) != LDAP_RES_SEARCH_ENTRY)
		return OK;
	if (out->n < COUNT(out->entry))
		TRY(entry_read(op, dsa->ld, message, &out->entry[out->n]));
	out->n += out->n < COUNT(out->entry);
	return OK;
}

enum err
search_few(struct op *op, struct dsa *dsa, const struct search *search,
	   struct search_found *out)
{
	int id, type = 0, result = LDAP_SUCCESS;

	*out = (struct search_found){ 0 };
	TRY(search_send(op, dsa, search, &id));
	while (type != LDAP_RES_SEARCH_RESULT) {
		CLEANUP(dsa_message_drop) LDAPMessage *message = NULL;
		enum err err;

		TRY(dsa_wait(op, dsa, id, false, &message));
		type = ldap_msgtype(message);
		if (type == LDAP_RES_SEARCH_RESULT) {
			TRY(dsa_outcome(op, dsa, message, &result));
			break;
		}
		err = take(op, dsa, message, out);
		if (err != OK) {
			dsa->dead = true; /* the rest is still to come */
			return err;
		}
	}
	if (result == LDAP_SUCCESS ||
	    (result == LDAP_SIZELIMIT_EXCEEDED && out->n == COUNT(out->entry)))
		return OK;
	return dsa_fail(op, dsa, result,
			op_print(op, "searching %s", search->base));
}
