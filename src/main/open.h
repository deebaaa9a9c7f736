/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The wings a configuration names, bound into a house, for commands. */
#include "model/house.h"
#include "model/settings.h"

/* Files in the run folder. */
#define IMAGE_SOCKET "image.sock"
#define GENERATION_FILE "generation"   /* 8 bytes: raised by each reload */
#define SETTINGS_FILE "frontdesk.conf" /* a copy: the settings in force */

/* In the environment of what `frontdesk serve` starts: the path of that copy.
 * A part that is started again, or told to read its settings again, takes what
 * was accepted, whatever has become of the file since. */
#define SETTINGS_ENV "FRONTDESK_SUPERVISED"

enum {
	OPEN_STORE = 1,
	OPEN_DIRECTORY = 2, /* needs the store */
	OPEN_IMAGE = 4,
};

struct wings {
	struct house house;
};

/*
 * Opens what `which` names for a command, by op->settings, beside what is open
 * in `out` already (at first: all zero). A command never migrates a store. On
 * failure everything is closed again and the op's reason says what to do.
 */
enum err wings_open(struct op *op, unsigned which, struct wings *out);
void wings_close(struct wings *w);
