/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/directory/ldap_page.h"

static void
control_drop(LDAPControl **control)
{
	if (*control != NULL)
		ldap_control_free(*control);
}

static void
controls_drop(LDAPControl ***controls)
{
	if (*controls != NULL)
		ldap_controls_free(*controls);
}

void
page_drop(struct berval *cookie)
{
	ldap_memfree(cookie->bv_val);
	*cookie = (struct berval){ 0, NULL };
}

enum err
page_end(struct op *op, struct dsa *dsa, LDAPMessage *message,
	 struct berval *cookie)
{
	CLEANUP(controls_drop) LDAPControl **controls = NULL;
	LDAPControl *control;
	int result = LDAP_SUCCESS, parsed;
	ber_int_t estimate;

	page_drop(cookie);
	parsed = ldap_parse_result(dsa->ld, message, &result, NULL, NULL, NULL,
				   &controls, 0);
	if (parsed != LDAP_SUCCESS)
		return dsa_fail(op, dsa, parsed, "reading a page");
	if (result != LDAP_SUCCESS)
		return dsa_fail(op, dsa, result, "reading everybody");
	control = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
	if (control == NULL) /* it knows no pages, and gave all at once */
		return OK;
	parsed = ldap_parse_pageresponse_control(dsa->ld, control, &estimate,
						 cookie);
	return parsed == LDAP_SUCCESS
		       ? OK
		       : dsa_fail(op, dsa, parsed, "reading a page's end");
}

enum err
page_send(struct op *op, struct dsa *dsa, const struct search *search,
	  unsigned size, struct berval *cookie, int *id)
{
	CLEANUP(control_drop) LDAPControl *page = NULL;
	LDAPControl *controls[] = { NULL, NULL };
	struct search paged = *search;
	int result = ldap_create_page_control(dsa->ld, (ber_int_t)size, cookie,
					      0, &page);

	if (result != LDAP_SUCCESS)
		return dsa_fail(op, dsa, result, "asking for a page");
	controls[0] = page;
	paged.controls = controls;
	return search_send(op, dsa, &paged, id);
}
