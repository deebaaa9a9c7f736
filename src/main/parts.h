/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where the parts of this installation lie: beside the running program when
 * they are there (a build folder, a copied tree), else where `meson install`
 * put them.
 */
#include "base/op.h"

#define PART_MODULE "ngx_http_frontdesk_module.so"
#define PART_IMAGE "frontdesk-image"

/* The absolute path of this program. */
enum err part_self(struct op *op, const char **out);

/* The module; `modules` is the setting, NULL or "": look for it. */
enum err part_module(struct op *op, const char *modules, const char **out);

/* The program of the image worker. */
enum err part_image(struct op *op, const char **out);

/* nginx itself: $FRONTDESK_NGINX, else on PATH, else in /usr/sbin. */
enum err part_nginx(struct op *op, const char **out);
