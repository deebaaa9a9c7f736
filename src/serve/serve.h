/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* `frontdesk serve`, while it runs; shared by serve.c (its life),
 * serve_start.c and serve_reload.c. */
#include "base/digest.h"
#include "base/lock.h"
#include "cli/cli.h"
#include "serve/serve_conf.h"
#include "serve/serve_part.h"

enum serve_part {
	SERVE_LOG, /* carries the access log to standard error */
	SERVE_IMAGE,
	SERVE_CLERK,
	SERVE_MILTER, /* where milter.listen is set */
	SERVE_NGINX,  /* vital: when it ends, all does */
	SERVE_PARTS,
};

enum serve_state { SERVE_STARTING, SERVE_RUNNING, SERVE_STOPPING };

struct serve {
	struct cli *c;
	struct settings *settings; /* in force */
	struct settings *reloaded; /* the same, when it is ours to close */
	bool web;
	bool root;                        /* then the parts run as: */
	struct user user;                 /* else this is who we are */
	const char *self, *image, *nginx; /* programs */
	struct serve_machine machine;
	uint8_t tls[DIGEST_SIZE]; /* certificate and key that nginx has */
	uint64_t *generation;
	struct lock *lock;
	int log_pipe[2]; /* -1: the access log does not go through us */
	struct part part[SERVE_PARTS];
	enum serve_state state;
	int64_t since_us;  /* when the state began */
	unsigned harder;   /* steps taken to make nginx end */
	bool reload_asked; /* while it was starting */
};

/* ---- serve_start.c ---- */

/* Everything that can be wrong is found here, before anything is started.
 * c->exit is set on failure. */
enum err serve_prepare(struct serve *s);

/* What nginx's configuration needs to know for these settings. */
void serve_machine_fill(struct serve *s, const struct settings *settings);

/* Starts one part; a failure counts as its end. */
void serve_start(struct serve *s, enum serve_part which);

/* nginx's environment besides ours, ended by NULL. $FRONTDESK_NGINX_PRELOAD
 * names libraries that it loads first: the sanitizers', for tests. */
const char *const *serve_nginx_env(struct op *op);

const char *serve_part_name(enum serve_part which);

/* ---- serve_reload.c ---- */

/* SIGHUP: takes the configuration and the certificates as they are now, or
 * says in the log why the old ones stay. */
void serve_reload(struct serve *s);
