/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What has to be right before anything is started or reloaded; each reason
 * says what to do. */
#include "base/digest.h"
#include "base/op.h"
#include "main/user.h"
#include "model/settings.h"

#include <sys/socket.h>

/*
 * Certificate and key are there and belong together. *seen is a digest of
 * both files: nginx has to reload when it changes. A certificate that ends
 * soon is only told in the log.
 */
enum err serve_check_tls(struct op *op, const struct settings *s,
			 uint8_t seen[DIGEST_SIZE]);

/*
 * Every address that is listened on is free; those that `old` (may be NULL)
 * listens on already are not asked. Waits a moment for a server that is just
 * dying. Removes a Unix socket that nobody listens on any more.
 */
enum err serve_check_listen(struct op *op, const struct settings *s,
			    const struct settings *old);

/* The address behind a setting like "[::1]:8443", "*:443", "unix:/run/x". */
socklen_t serve_check_address(const char *listen, struct sockaddr_storage *out);

/*
 * The account that serves may read the configuration and come to data and run.
 * ERR_DENIED: the reason names what bars it.
 */
enum err serve_check_reach(struct op *op, const struct settings *s,
			   const struct user *user);

/* `fresh` changes nothing that a running server cannot change. */
enum err serve_check_fixed(struct op *op, const struct settings *old,
			   const struct settings *fresh);

/* The section dev is there only under frontdesk dev itself, which says so in
 * the environment. */
#define SERVE_DEV_ENV "FRONTDESK_DEV"
enum err serve_check_dev(struct op *op, const struct settings *s);

/* Paths of sockets fit into what the system takes. */
enum err serve_check_paths(struct op *op, const struct settings *s);
