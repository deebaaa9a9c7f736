/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * libjpeg's way to fail, made ours. `run` is called; when libjpeg gives up
 * inside, everything below is left behind at once and fault_guard returns the
 * reason. What `run` needs to know stands in a struct around the fault, so no
 * variable is half in a register.
 */
#include "base/op.h"

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

struct fault {
	struct jpeg_error_mgr mgr; /* first: libjpeg hands it back */
	struct op *op;
	const char *what; /* "the JPEG is damaged" */
	enum err err;
	bool odd; /* there is more in the file than the picture */
	jmp_buf escape;
};

struct jpeg_error_mgr *fault_init(struct fault *fault, struct op *op,
				  const char *what);

enum err fault_guard(struct fault *fault, enum err (*run)(void *self),
		     void *self);

/* Gives up from inside of libjpeg with what a FAIL returned. */
_Noreturn void fault_escape(struct fault *fault, enum err err);
