/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The run folder of a server: nginx's configuration, the generation that
 * workers watch, and asking whether all is up. */
#include "main/user.h"
#include "serve/serve_conf.h"

/* Makes the folder and what nginx wants to find in it. */
enum err serve_run_make(struct op *op, const struct settings *s);

/* Maps run/generation, made if need be; never NULL on success. Raising it
 * makes every worker read its settings again. */
enum err serve_run_generation(struct op *op, const struct settings *s,
			      uint64_t **out);

/*
 * Copies the configuration into the run folder and reads that copy, so that
 * what is checked is what the parts will take. It is for nobody but `user`
 * (NULL: who we are), as the file may be. serve_run_accept puts it in force.
 */
enum err serve_run_copy(struct op *op, const struct settings *s,
			const struct user *user, struct settings **out);
enum err serve_run_accept(struct op *op, const struct settings *s);

/*
 * The folders of backends that are missing, for the user who serves (NULL: who
 * we are). Whose group may read there is the administrator's to say: those that
 * exist stay as they are. One that cannot be made is told in the log, and in
 * the effect of absences.
 */
void serve_run_folders(struct op *op, const struct settings *s,
		       const struct user *user);

/* Writes run/NAME from the settings. */
enum err serve_run_conf(struct op *op, const struct settings *s,
			const struct serve_machine *m, const char *name);

/* nginx's arguments, for run/NAME; more (NULL: none) are put behind. */
const char *const *serve_run_argv(struct op *op, const struct settings *s,
				  const char *nginx, const char *name,
				  const char *more);

/* Does the status listener answer /healthz? Asks once, waits a second. */
bool serve_run_answers(const struct settings *s);

/* Tells systemd (sd_notify(3)); without $NOTIFY_SOCKET nobody. */
void serve_notify(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
