/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/directory/ldap_write.h"

#include "base/digest.h"
#include "wing/directory/ldap_filter.h"
#include "wing/directory/ldap_search.h"

#include <string.h>

struct writing {
	const struct directory_section *section;
	const char *attribute; /* the first choice of all */
	const char *filter;    /* by his uid: his name may be another by now */
	const struct picture_write *in;
};

/* May nobody but an administrator do something about it? */
static bool
is_refusal(int result)
{
	return result == LDAP_INSUFFICIENT_ACCESS ||
	       result == LDAP_CONSTRAINT_VIOLATION ||
	       result == LDAP_OBJECT_CLASS_VIOLATION ||
	       result == LDAP_UNDEFINED_TYPE ||
	       result == LDAP_UNWILLING_TO_PERFORM;
}

/* No value: the attribute goes. */
static enum err
modify(struct op *op, struct dsa *dsa, const char *dn, const char *attribute,
       struct bytes value)
{
	CLEANUP(dsa_message_drop) LDAPMessage *message = NULL;
	struct berval berval = { .bv_len = value.n };
	struct berval *values[] = { value.p == NULL ? NULL : &berval, NULL };
	LDAPMod mod = {
		.mod_op = LDAP_MOD_REPLACE | LDAP_MOD_BVALUES,
		.mod_type = op_dup(op, attribute),
		.mod_vals = { .modv_bvals = values },
	};
	LDAPMod *mods[] = { &mod, NULL };
	int id, result;
	const char *what = op_print(op, "writing %s of %s", attribute, dn);

	if (value.p != NULL) /* the library wants no const */
		berval.bv_val = op_text(op, (const char *)value.p, value.n);
	result = ldap_modify_ext(dsa->ld, dn, mods, NULL, NULL, &id);
	if (result != LDAP_SUCCESS)
		return dsa_fail(op, dsa, result, what);
	TRY(dsa_wait(op, dsa, id, true, &message));
	TRY(dsa_outcome(op, dsa, message, &result));
	if (is_refusal(result))
		return FAIL(op, ERR_DENIED, "%s: %s: %s", dsa->uri, what,
			    ldap_err2string(result));
	return result == LDAP_SUCCESS ? OK : dsa_fail(op, dsa, result, what);
}

/* One value, and one of ours: with others beside it, somebody else has been
 * there. */
static bool
is_ours(const struct entry_attribute *a, const struct picture_write *in)
{
	uint8_t digest[DIGEST_SIZE];

	if (a == NULL || a->n != 1)
		return false;
	digest_sha256(a->value[0], digest);
	for (size_t i = 0; i < in->ours_n; i++) {
		if (memcmp(digest, in->ours + i * sizeof(digest),
			   sizeof(digest)) == 0)
			return true;
	}
	return false;
}

static enum err
write_on(struct op *op, struct dsa *dsa, void *arg)
{
	const struct writing *w = arg;
	const char *attributes[] = { w->attribute, NULL };
	const struct search search = {
		.base = w->section->base,
		.filter = w->filter,
		.attributes = attributes,
		.most = 2,
		.timeout_ms = w->section->timeout_ms,
	};
	struct search_found found;

	TRY(search_few(op, dsa, &search, &found));
	if (found.n > 1)
		return FAIL(op, ERR_CONFLICT, "%s: two of one uid", dsa->uri);
	if (found.n == 0) /* he is gone, and his picture with him */
		return OK;
	if (w->in->jpeg.p == NULL &&
	    !is_ours(entry_find(&found.entry[0], w->attribute), w->in))
		return OK;
	return modify(op, dsa, found.entry[0].dn, w->attribute, w->in->jpeg);
}

enum err
write_picture(struct op *op, const struct source *source,
	      const struct person_link *link, const struct picture_write *in)
{
	const struct dsa_wish wish = { .source = source, .as = DSA_READER };
	struct writing w = { .section = source->section, .in = in };
	struct shape shape;

	shape_of(w.section, &shape);
	w.attribute = shape.photos[0];
	TRY(filter_by_uid(op, &shape, link->uid, &w.filter));
	TRY(op_wait(op, POOL_DIRECTORY));
	return dsa_run(op, &wish, write_on, &w);
}
