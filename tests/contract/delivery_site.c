/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery_site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "scripts"
#define OTHER "others"

struct op *
site_op(struct site *s)
{
	struct op *op = fixture_op(s->f);

	op->settings = &s->settings;
	return op;
}

static struct backend_section
folder_section(const char *title, const char *folder)
{
	return (struct backend_section){ .title = title,
					 .kind = BACKEND_SIEVE_FILE,
					 .user = "%u",
					 .file = "%u.sieve",
					 .folder = strdup(folder),
					 .size_max = MIB };
}

void
site_open(struct fixture *f, struct site *s)
{
	*s = (struct site){ .f = f };
	s->section[0] = folder_section("mail", fixture_path(f, FOLDER));
	s->section[1] = folder_section("other", fixture_path(f, OTHER));
	s->settings = (struct settings){ .data = f->dir,
					 .dir = f->dir,
					 .zone = "UTC",
					 .reply_delimiter = "+",
					 .backends = s->section,
					 .backends_n = 1 };
	FINE(&f->op, delivery_open(&f->op, f->store, &s->delivery));
}

void
site_close(struct site *s)
{
	delivery_close(s->delivery);
	for (size_t i = 0; i < 2; i++) {
		char *folder = (char *)(uintptr_t)s->section[i].folder;

		fixture_remove(folder);
		free(folder);
	}
}

enum err
site_change(struct op *op, const struct oof_stored *old, void *arg,
	    struct oof_stored *out)
{
	const struct wish *wish = arg;
	struct oof_reply *reply = op_alloc(op, sizeof(*reply));

	*out = *old;
	out->settings.state = wish->text == NULL ? OOF_DISABLED : OOF_ENABLED;
	out->settings.audience = wish->audience;
	out->period = old->period + 1;
	reply->message = wish->text == NULL ? "" : wish->text;
	reply->lang = "";
	out->settings.internal = wish->outside ? NULL : reply;
	out->settings.external = reply;
	return OK;
}

void
site_store(struct site *s, int64_t mailbox, const char *text)
{
	struct wish wish = { text, AUDIENCE_ALL, false };
	struct op *op = site_op(s);

	FINE(op, store_oof_put(s->f->store, op, mailbox, site_change, &wish));
}

void
site_set(struct site *s, int64_t mailbox, const char *text)
{
	site_store(s, mailbox, text);
	delivery_publish(s->delivery, site_op(s), mailbox);
}

const char *
site_script(struct site *s, size_t section, const char *user)
{
	struct op *op = site_op(s);
	const char *path =
		op_print(op, "%s/%s.sieve", s->section[section].folder, user);
	char *text = op_alloc(op, MIB);
	FILE *f = fopen(path, "r");

	if (f != NULL) {
		(void)fread(text, 1, MIB - 1, f);
		(void)fclose(f);
	}
	return text;
}

void
site_write(struct site *s, const char *name, const char *text)
{
	struct op *op = site_op(s);
	FILE *f = fopen(op_print(op, "%s/%s", s->section[0].folder, name), "w");

	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

struct effect
site_effect(struct site *s, int64_t mailbox)
{
	struct op *op = site_op(s);
	const struct mailbox *m;
	struct oof_stored stored;
	struct effect out;

	FINE(op, store_mailbox_get(s->f->store, op, mailbox, &m));
	FINE(op, store_oof_get(s->f->store, op, mailbox, &stored));
	FINE(op, delivery_effect(s->delivery, op, m, &stored, &out));
	return out;
}

void
site_effect_is(struct site *s, int64_t mailbox, enum effect_status status,
	       const char *reason)
{
	struct effect e = site_effect(s, mailbox);

	if (e.status != status)
		print_error("status %u, reason %s\n", e.status,
			    e.reason == NULL ? "none" : e.reason);
	assert_int_equal(e.status, status);
	if (reason == NULL)
		assert_null(e.reason);
	else if (e.reason == NULL || strstr(e.reason, reason) == NULL)
		fail_msg("the reason is %s, not %s", e.reason, reason);
}

bool
site_has(struct site *s, const char *user)
{
	return *site_script(s, 0, user) != '\0';
}
