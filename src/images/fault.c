/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libjpeg only warns where a picture is damaged, and paints grey. Here each
 * warning ends the work but those that many sound files cause.
 */
#include "images/fault.h"

#include <jerror.h>

/* Of what sound pictures in use are guilty. */
/* clang-format off */
static const struct {
	int code;
	bool odd; /* bytes lie in it that are nobody's */
} harmless[] = {
	{ JWRN_ADOBE_XFORM,     false }, /* an unknown colour transform code */
	{ JWRN_BOGUS_ICC,       false }, /* the profile is then not used */
	{ JWRN_EXTRANEOUS_DATA, true },  /* filling between two segments */
	{ JWRN_JFIF_MAJOR,      false }, /* a newer JFIF than the library's */
	{ JWRN_NOT_SEQUENTIAL,  false }, /* odd numbers in a baseline scan's header */
	{ JWRN_TOO_MUCH_DATA,   true },  /* more than the picture needs */
};
/* clang-format on */

static _Noreturn void
on_error(j_common_ptr common)
{
	struct fault *fault = (struct fault *)common->err;
	char text[JMSG_LENGTH_MAX];

	if (common->err->msg_code == JERR_OUT_OF_MEMORY)
		fault_escape(fault, FAIL(fault->op, ERR_LIMIT,
					 "the picture needs more memory than "
					 "is given to one"));
	common->err->format_message(common, text);
	fault_escape(fault,
		     FAIL(fault->op, ERR_INVALID, "%s: %s", fault->what, text));
}

static void
on_message(j_common_ptr common, int level)
{
	struct fault *fault = (struct fault *)common->err;

	if (level >= 0)
		return; /* a trace */
	for (size_t i = 0; i < COUNT(harmless); i++) {
		if (common->err->msg_code != harmless[i].code)
			continue;
		fault->odd = fault->odd || harmless[i].odd;
		return;
	}
	on_error(common);
}

struct jpeg_error_mgr *
fault_init(struct fault *fault, struct op *op, const char *what)
{
	*fault = (struct fault){ .op = op, .what = what };
	(void)jpeg_std_error(&fault->mgr);
	fault->mgr.error_exit = on_error;
	fault->mgr.emit_message = on_message;
	return &fault->mgr;
}

enum err
fault_guard(struct fault *fault, enum err (*run)(void *self), void *self)
{
	if (setjmp(fault->escape) != 0) /* NOLINT(cert-err52-cpp) */
		return fault->err;
	return run(self);
}

_Noreturn void
fault_escape(struct fault *fault, enum err err)
{
	fault->err = err;
	longjmp(fault->escape, 1); /* NOLINT(cert-err52-cpp) */
}
