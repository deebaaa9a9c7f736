/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promises of model/delivery.h, with a real store and folders of scripts.
 */
#include "store_fixture.h"

#include "delivery/delivery_own.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "scripts"
#define OTHER "others"
#define THREADS 8
#define ROUNDS 25

/* ---- an installation ---- */

struct site {
	struct fixture *f;
	struct settings settings;
	struct backend_section section[2];
	struct delivery *delivery;
};

static struct op *
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

static void
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

static void
site_close(struct site *s)
{
	delivery_close(s->delivery);
	for (size_t i = 0; i < 2; i++) {
		char *folder = (char *)(uintptr_t)s->section[i].folder;

		fixture_remove(folder);
		free(folder);
	}
}

/* Switches an absence on with that text, or off (NULL). */
struct wish {
	const char *text;
	unsigned audience;
	bool outside; /* there is no text for those inside */
};

static enum err
change(struct op *op, const struct oof_stored *old, void *arg,
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

static void
store_only(struct site *s, int64_t mailbox, const char *text)
{
	struct wish wish = { text, AUDIENCE_ALL, false };
	struct op *op = site_op(s);

	FINE(op, store_oof_put(s->f->store, op, mailbox, change, &wish));
}

static void
set(struct site *s, int64_t mailbox, const char *text)
{
	store_only(s, mailbox, text);
	delivery_publish(s->delivery, site_op(s), mailbox);
}

/* The file of a user; "": there is none. */
static const char *
script(struct site *s, size_t section, const char *user)
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

static void
write_file(struct site *s, const char *name, const char *text)
{
	struct op *op = site_op(s);
	FILE *f = fopen(op_print(op, "%s/%s", s->section[0].folder, name), "w");

	assert_non_null(f);
	(void)fputs(text, f);
	(void)fclose(f);
}

static struct effect
effect(struct site *s, int64_t mailbox)
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

static void
effect_is(struct site *s, int64_t mailbox, enum effect_status status,
	  const char *reason)
{
	struct effect e = effect(s, mailbox);

	if (e.status != status)
		print_error("status %u, reason %s\n", e.status,
			    e.reason == NULL ? "none" : e.reason);
	assert_int_equal(e.status, status);
	if (reason == NULL)
		assert_null(e.reason);
	else if (e.reason == NULL || strstr(e.reason, reason) == NULL)
		fail_msg("the reason is %s, not %s", e.reason, reason);
}

static bool
is_there(struct site *s, const char *user)
{
	return *script(s, 0, user) != '\0';
}

/* ---- tests ---- */

static void
a_set_is_in_force_when_it_is_answered(void **state)
{
	struct site s;
	int64_t ada;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	effect_is(&s, ada, EFFECT_NONE, NULL);
	set(&s, ada, "I am away.");
	assert_non_null(strstr(script(&s, 0, "ada@example.com"), "vacation"));
	effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	assert_string_equal(effect(&s, ada).via, "sieve-file:mail");
	set(&s, ada, NULL);
	assert_false(is_there(&s, "ada@example.com"));
	effect_is(&s, ada, EFFECT_OFF, "switched off");
	site_close(&s);
}

static void
nothing_is_wanted_without_a_backend(void **state)
{
	struct publication row;
	struct site s;
	int64_t ada;

	site_open(*state, &s);
	s.settings.backends_n = 0;
	ada = fixture_mailbox(*state, "ada");
	set(&s, ada, "I am away.");
	GIVES(ERR_NOT_FOUND, site_op(&s),
	      store_publication_get(s.f->store, site_op(&s), ada, &row));
	effect_is(&s, ada, EFFECT_STORED, "no section backend serves");
	/* it comes with the next sweep once there is one */
	s.settings.backends_n = 1;
	FINE(site_op(&s), delivery_sweep(s.delivery, site_op(&s)));
	assert_true(is_there(&s, "ada@example.com"));
	effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	site_close(&s);
}

static void
what_fails_is_told_and_tried_again(void **state)
{
	struct site s;
	struct op *op;
	int64_t ada;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	/* where the folder is to be */
	assert_int_equal(close(creat(s.section[0].folder, 0600)), 0);
	set(&s, ada, "I am away.");
	effect_is(&s, ada, EFFECT_STORED, "Not a directory");
	assert_int_equal(unlink(s.section[0].folder), 0);
	op = site_op(&s);
	FINE(op, delivery_follow(s.delivery, op)); /* not due yet */
	assert_false(is_there(&s, "ada@example.com"));
	op = site_op(&s);
	op->now += 3600;
	FINE(op, delivery_follow(s.delivery, op));
	assert_true(is_there(&s, "ada@example.com"));
	effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	site_close(&s);
}

static void
a_script_that_is_too_long_is_refused_and_the_old_one_goes(void **state)
{
	struct site s;
	int64_t ada;
	char *text;

	site_open(*state, &s);
	s.section[0].size_max = 32768;
	ada = fixture_mailbox(*state, "ada");
	set(&s, ada, "short");
	effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	text = op_alloc(&s.f->op, 100001);
	memset(text, 'x', 100000);
	set(&s, ada, text);
	effect_is(&s, ada, EFFECT_STORED, "exceeds the server's 32,");
	assert_false(is_there(&s, "ada@example.com"));
	set(&s, ada, "short again");
	effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	site_close(&s);
}

static void
a_file_of_somebody_else_is_left_alone(void **state)
{
	static const char theirs[] = "keep;\n";
	struct site s;
	int64_t ada;

	site_open(*state, &s);
	assert_int_equal(mkdir(s.section[0].folder, 0700), 0);
	ada = fixture_mailbox(*state, "ada");
	write_file(&s, "ada@example.com.sieve", theirs);
	set(&s, ada, "I am away.");
	effect_is(&s, ada, EFFECT_STORED, "is not ours");
	assert_string_equal(script(&s, 0, "ada@example.com"), theirs);
	FINE(site_op(&s), delivery_sweep(s.delivery, site_op(&s)));
	assert_string_equal(script(&s, 0, "ada@example.com"), theirs);
	site_close(&s);
}

/* By a name without a domain, of a site that has two: nobody's texts are sent
 * for somebody else, nor taken away by him. */
static void
a_file_of_another_user_is_left_alone(void **state)
{
	struct mailbox other = { .address = "ada@other.example",
				 .policy = AUDIENCE_ALL };
	struct resync_count n;
	struct site s;
	struct op *op;
	int64_t ada;

	site_open(*state, &s);
	s.section[0].file = "%n.sieve";
	ada = fixture_mailbox(*state, "ada");
	op = site_op(&s);
	FINE(op, store_domain_add(s.f->store, op, "other.example", "Other"));
	FINE(op, store_mailbox_add(s.f->store, op, &other, NULL));
	set(&s, ada, "I am away.");
	set(&s, other.id, "Me too.");
	assert_non_null(strstr(script(&s, 0, "ada"), "of ada@example.com"));
	effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	effect_is(&s, other.id, EFFECT_STORED, "is of another user");
	set(&s, other.id, NULL);
	FINE(op, delivery_resync(s.delivery, site_op(&s), NULL, NULL, &n));
	assert_int_equal(n.failed, 0);
	assert_non_null(strstr(script(&s, 0, "ada"), "of ada@example.com"));
	set(&s, ada, NULL);
	set(&s, other.id, "Me too.");
	assert_non_null(strstr(script(&s, 0, "ada"), "of ada@other.example"));
	site_close(&s);
}

static void
a_sweep_mends_what_others_did(void **state)
{
	struct resync_count n;
	struct site s;
	const char *right;
	int64_t ada, bob;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	bob = fixture_mailbox(*state, "bob");
	set(&s, ada, "I am away.");
	set(&s, bob, "Me too.");
	right = script(&s, 0, "ada@example.com");
	write_file(&s, "ada@example.com.sieve",
		   "# frontdesk script of ada@example.com\nkeep;\n");
	write_file(&s, "eve@example.com.sieve",
		   "# frontdesk script of eve@example.com\nkeep;\n");
	write_file(&s, "notes", "of somebody\n");
	assert_int_equal(unlink(op_print(&s.f->op, "%s/bob@example.com.sieve",
					 s.section[0].folder)),
			 0);
	FINE(site_op(&s), delivery_sweep(s.delivery, site_op(&s)));
	assert_string_equal(script(&s, 0, "ada@example.com"), right);
	assert_true(is_there(&s, "bob@example.com"));
	assert_false(is_there(&s, "eve@example.com"));
	assert_int_equal(
		access(op_print(&s.f->op, "%s/notes", s.section[0].folder),
		       F_OK),
		0);
	FINE(site_op(&s),
	     delivery_resync(s.delivery, site_op(&s), "mail", NULL, &n));
	assert_int_equal(n.put, 2);
	assert_int_equal(n.failed, 0);
	GIVES(ERR_NOT_FOUND, site_op(&s),
	      delivery_resync(s.delivery, site_op(&s), "none", NULL, &n));
	site_close(&s);
}

static int64_t
wanted_of(struct site *s, int64_t mailbox)
{
	struct op *op = site_op(s);
	struct publication row;

	FINE(op, store_publication_get(s->f->store, op, mailbox, &row));
	return row.wanted;
}

static void
one_that_is_put_again_concerns_nobody_else(void **state)
{
	const struct mailbox *found;
	struct resync_count n;
	struct site s;
	struct op *op;
	int64_t ada, bob, wanted;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	bob = fixture_mailbox(*state, "bob");
	set(&s, ada, "I am away.");
	set(&s, bob, "Me too.");
	wanted = wanted_of(&s, bob);
	write_file(&s, "ada@example.com.sieve", "");
	op = site_op(&s);
	FINE(op, store_mailbox_get(s.f->store, op, ada, &found));
	FINE(op, delivery_resync(s.delivery, op, NULL, found, &n));
	assert_int_equal(n.put, 1);
	assert_true(is_there(&s, "ada@example.com"));
	effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	assert_int_equal(wanted_of(&s, bob), wanted);
	effect_is(&s, bob, EFFECT_IN_FORCE, NULL);
	site_close(&s);
}

#define NEXT 86401 /* seconds from one sweep to the next */

/* Folders in the way of what is to be written first. */
static void
block(struct site *s, const char *user, bool on)
{
	const char *new = op_print(&s->f->op, "%s/%s.sieve.new",
				   s->section[0].folder, user);

	assert_int_equal(on ? mkdir(new, 0700) : rmdir(new), 0);
}

/* What a sweep cannot mend is not said to be in force, and tried again. */
static void
a_sweep_that_fails_is_tried_again(void **state)
{
	struct site s;
	struct op *op;
	int64_t ada, bob;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	bob = fixture_mailbox(*state, "bob");
	set(&s, ada, "I am away.");
	set(&s, bob, NULL);
	FINE(site_op(&s), delivery_sweep(s.delivery, site_op(&s)));
	write_file(&s, "ada@example.com.sieve", "");
	write_file(&s, "bob@example.com.sieve",
		   "# frontdesk script of bob@example.com\nkeep;\n");
	block(&s, "ada@example.com", true);
	block(&s, "bob@example.com", true);
	op = site_op(&s);
	op->now += NEXT;
	FINE(op, delivery_sweep(s.delivery, op));
	effect_is(&s, ada, EFFECT_STORED, "Is a directory");
	effect_is(&s, bob, EFFECT_STORED, "Is a directory");
	block(&s, "ada@example.com", false);
	block(&s, "bob@example.com", false);
	op = site_op(&s);
	op->now += 2 * NEXT;
	FINE(op, delivery_follow(s.delivery, op));
	assert_non_null(strstr(script(&s, 0, "ada@example.com"), "vacation"));
	effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	assert_false(is_there(&s, "bob@example.com"));
	effect_is(&s, bob, EFFECT_OFF, "switched off");
	site_close(&s);
}

static void
another_backend_takes_over(void **state)
{
	static const char *const domains[] = { "example.com", NULL };
	struct site s;
	int64_t ada;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	set(&s, ada, "I am away.");
	s.settings.backends_n = 2;
	s.settings.replies_sum[0] = 1;
	s.section[1].domains = domains;
	FINE(site_op(&s), delivery_sweep(s.delivery, site_op(&s)));
	assert_false(is_there(&s, "ada@example.com"));
	assert_string_not_equal(script(&s, 1, "ada@example.com"), "");
	assert_string_equal(effect(&s, ada).via, "sieve-file:other");
	effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	site_close(&s);
}

/* Of another kind under the same title: what lay there is not forgotten. */
static void
a_backend_of_another_kind_takes_over(void **state)
{
	struct site s;
	int64_t ada;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	set(&s, ada, "I am away.");
	s.section[0].kind = BACKEND_MILTER;
	s.settings.replies_sum[0] = 1;
	FINE(site_op(&s), delivery_sweep(s.delivery, site_op(&s)));
	assert_false(is_there(&s, "ada@example.com"));
	assert_string_equal(effect(&s, ada).via, "milter:mail");
	site_close(&s);
}

/* The command knows the new configuration before the server does. */
static void
what_was_published_for_another_configuration_is_told(void **state)
{
	struct site s;
	int64_t ada;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	set(&s, ada, "I am away.");
	s.section[0].title = "new";
	effect_is(&s, ada, EFFECT_STORED, "the configuration has changed");
	s.settings.replies_sum[0] = 1;
	FINE(site_op(&s), delivery_sweep(s.delivery, site_op(&s)));
	effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	site_close(&s);
}

static void
a_removed_mailbox_takes_its_script_along(void **state)
{
	struct publication row;
	struct site s;
	struct op *op;
	int64_t ada;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	set(&s, ada, "I am away.");
	op = site_op(&s);
	FINE(op, store_mailbox_remove(s.f->store, op, ada));
	op = site_op(&s);
	FINE(op, delivery_follow(s.delivery, op));
	assert_false(is_there(&s, "ada@example.com"));
	GIVES(ERR_NOT_FOUND, op,
	      store_publication_get(s.f->store, op, ada, &row));
	site_close(&s);
}

static void
aliases_and_names_are_published_too(void **state)
{
	const struct mailbox *found;
	struct mailbox renamed;
	struct site s;
	struct op *op;
	int64_t ada;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	set(&s, ada, "I am away.");
	op = site_op(&s);
	FINE(op, store_alias_add(s.f->store, op, ada, "lady@example.com"));
	FINE(op, delivery_follow(s.delivery, op));
	assert_non_null(
		strstr(script(&s, 0, "ada@example.com"), "lady@example.com"));
	op = site_op(&s);
	FINE(op, store_mailbox_get(s.f->store, op, ada, &found));
	renamed = *found;
	renamed.name = "Countess";
	FINE(op, store_mailbox_change(s.f->store, op, &renamed));
	FINE(op, delivery_follow(s.delivery, op));
	assert_non_null(strstr(script(&s, 0, "ada@example.com"), "Countess"));
	site_close(&s);
}

#define CARDS 20 /* for whom a small script has no room */
#define EACH 100 /* addresses */

static void
contacts_add(struct site *s, int64_t mailbox)
{
	struct op *op = site_op(s);
	struct contact_card card[CARDS];
	const struct contact_change in = { .mailbox = mailbox,
					   .origin = "file",
					   .place = "",
					   .token = "",
					   .n = CARDS,
					   .card = card };
	struct contact_done done;

	for (size_t i = 0; i < CARDS; i++) {
		const char **address = op_alloc(op, EACH * sizeof(*address));

		for (size_t k = 0; k < EACH; k++)
			address[k] =
				op_print(op, "a%zu.%zu@friends.example", i, k);
		card[i] = (struct contact_card){ .card = op_print(op, "%zu", i),
						 .tag = "",
						 .name = "",
						 .n = EACH,
						 .address = address };
	}
	FINE(op, store_contact_put(s->f->store, op, &in, &done));
}

/* A script for contacts alone, of whom none fits, is none. */
static void
a_script_of_which_nothing_is_left_is_none(void **state)
{
	struct wish wish = { "I am away.", AUDIENCE_KNOWN, true };
	struct publication row;
	struct site s;
	struct op *op;
	int64_t ada;

	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	contacts_add(&s, ada);
	op = site_op(&s);
	FINE(op, store_oof_put(s.f->store, op, ada, change, &wish));
	delivery_publish(s.delivery, site_op(&s), ada);
	assert_true(is_there(&s, "ada@example.com"));
	s.section[0].size_max = 32768;
	op = site_op(&s);
	FINE(op, store_oof_put(s.f->store, op, ada, change, &wish));
	delivery_publish(s.delivery, site_op(&s), ada);
	assert_false(is_there(&s, "ada@example.com"));
	effect_is(&s, ada, EFFECT_IN_FORCE, "do not fit");
	FINE(op, store_publication_get(s.f->store, op, ada, &row));
	assert_false(row.there);
	site_close(&s);
}

/* ---- what a Set does not wait for ---- */

/* Nobody listens there. */
static void
section_far(struct site *s)
{
	s->section[1].kind = BACKEND_MANAGESIEVE;
	s->section[1].server = "127.0.0.1:1";
	s->section[1].script = "frontdesk";
	s->section[1].master = "boss";
	s->section[1].timeout_ms = 1000;
}

/* A script lies at another server still: to take it away is the clerk's. */
static void
a_set_waits_for_no_server(void **state)
{
	struct publication row;
	struct site s;
	struct op *op;
	int64_t ada;

	site_open(*state, &s);
	section_far(&s);
	s.settings.backends_n = 2;
	ada = fixture_mailbox(*state, "ada");
	store_only(&s, ada, "I am away.");
	op = site_op(&s);
	FINE(op, store_publication_get(s.f->store, op, ada, &row));
	row.backend = "managesieve:other";
	row.user = "ada@example.com";
	row.there = true;
	FINE(op, store_publication_put(s.f->store, op, &row));
	delivery_publish(s.delivery, site_op(&s), ada);
	op = site_op(&s);
	FINE(op, store_publication_get(s.f->store, op, ada, &row));
	assert_int_equal(row.tries, 0);
	FINE(op, delivery_follow(s.delivery, op));
	FINE(op, store_publication_get(s.f->store, op, ada, &row));
	assert_int_equal(row.tries, 1);
	site_close(&s);
}

/* Somebody is at that mailbox, until it is closed. */
static int
hold(struct fixture *f, int64_t mailbox)
{
	struct flock lock = { .l_type = F_WRLCK,
			      .l_whence = SEEK_SET,
			      .l_start = mailbox,
			      .l_len = 1 };
	int fd = open(fixture_path(f, "publish.lock"), O_RDWR | O_CREAT, 0600);

	assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
	return fd;
}

/* Nor for the clerk, who may be at a slow one with that mailbox. */
static void
a_set_that_is_the_clerks_waits_for_nobody(void **state)
{
	static const char *const domains[] = { "example.com", NULL };
	struct site s;
	int64_t ada, began_us;
	int fd;

	site_open(*state, &s);
	section_far(&s);
	s.section[1].domains = domains;
	s.settings.backends_n = 2;
	ada = fixture_mailbox(*state, "ada");
	fd = hold(*state, ada);
	store_only(&s, ada, "I am away.");
	began_us = op_clock_us();
	delivery_publish(s.delivery, site_op(&s), ada);
	assert_true(op_clock_us() - began_us < 1000000);
	assert_int_equal(close(fd), 0);
	site_close(&s);
}

/* ---- many at once ---- */

struct racer {
	struct site *s;
	int64_t mailbox;
	unsigned number;
};

static void *
race(void *arg)
{
	const struct racer *r = arg;
	struct arena *arena = arena_open(0);

	for (unsigned i = 0; i < ROUNDS; i++) {
		char text[64];
		struct wish wish = { text, AUDIENCE_ALL, false };
		struct op op;

		(void)snprintf(text, sizeof(text), "text %u of %u", i,
			       r->number);
		arena_reset(arena);
		op_init(&op, arena, &r->s->settings, 60000);
		op.may_wait = op.one_view = true; /* as a request has it */
		if (store_oof_put(r->s->f->store, &op, r->mailbox, change,
				  &wish) == OK)
			delivery_publish(r->s->delivery, &op, r->mailbox);
	}
	arena_close(arena);
	return NULL;
}

/* Each thread keeps what it has read, as those that serve requests do. */
static void
cached(struct fixture *f)
{
	f->options.mailbox_cache = 100;
	f->options.cache_readers = 2 * THREADS;
	fixture_reopen(f);
}

/* Whoever is last in the store is last in the folder. */
static void
what_lies_there_is_what_was_stored_last(void **state)
{
	struct racer racer[THREADS];
	pthread_t thread[THREADS];
	const char *now;
	struct site s;
	int64_t ada;

	cached(*state);
	site_open(*state, &s);
	ada = fixture_mailbox(*state, "ada");
	for (unsigned i = 0; i < THREADS; i++) {
		racer[i] = (struct racer){ &s, ada, i };
		assert_int_equal(
			pthread_create(&thread[i], NULL, race, &racer[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		(void)pthread_join(thread[i], NULL);
	FINE(site_op(&s), delivery_follow(s.delivery, site_op(&s)));
	effect_is(&s, ada, EFFECT_IN_FORCE, NULL);
	now = script(&s, 0, "ada@example.com");
	FINE(site_op(&s), delivery_sweep(s.delivery, site_op(&s)));
	assert_string_equal(script(&s, 0, "ada@example.com"), now);
	site_close(&s);
}

#define WAITS_US 200000 /* so long somebody is held up */

static void *
publish_late(void *arg)
{
	const struct racer *r = arg;
	struct arena *arena = arena_open(0);
	struct wish wish = { "I am away.", AUDIENCE_ALL, false };
	struct op op;

	op_init(&op, arena, &r->s->settings, 60000);
	op.may_wait = op.one_view = true;
	if (store_oof_put(r->s->f->store, &op, r->mailbox, change, &wish) == OK)
		delivery_publish(r->s->delivery, &op, r->mailbox);
	arena_close(arena);
	return NULL;
}

/* Who had to wait puts what is stored by then, not what he saw before. */
static void
who_waited_puts_what_is_stored_by_then(void **state)
{
	struct racer racer = { .number = 0 };
	const struct mailbox *found;
	struct mailbox renamed;
	pthread_t thread;
	struct site s;
	struct op *op;
	int fd;

	cached(*state);
	site_open(*state, &s);
	racer.s = &s;
	racer.mailbox = fixture_mailbox(*state, "ada");
	fd = hold(*state, racer.mailbox);
	assert_int_equal(pthread_create(&thread, NULL, publish_late, &racer),
			 0);
	(void)usleep(WAITS_US);
	op = site_op(&s);
	FINE(op, store_mailbox_get(s.f->store, op, racer.mailbox, &found));
	renamed = *found;
	renamed.name = "Countess";
	FINE(op, store_mailbox_change(s.f->store, op, &renamed));
	assert_int_equal(close(fd), 0);
	(void)pthread_join(thread, NULL);
	effect_is(&s, racer.mailbox, EFFECT_IN_FORCE, NULL);
	assert_non_null(strstr(script(&s, 0, "ada@example.com"), "Countess"));
	site_close(&s);
}

/* Whatever sweeps, looks through the folder while others are published. */
struct sweeper {
	struct site *s;
	bool ends;
};

static void *
sweep(void *arg)
{
	struct sweeper *w = arg;
	struct arena *arena = arena_open(0);
	struct op op;

	for (int64_t i = 1; !__atomic_load_n(&w->ends, __ATOMIC_RELAXED); i++) {
		arena_reset(arena);
		op_init(&op, arena, &w->s->settings, 60000);
		op.may_wait = true;
		op.now += i * 86400;
		(void)delivery_sweep(w->s->delivery, &op);
	}
	arena_close(arena);
	return NULL;
}

#define NEW_ONES 150

static void
who_is_new_is_not_taken_for_nobody(void **state)
{
	struct sweeper w = { .ends = false };
	pthread_t thread;
	size_t gone = 0;
	struct site s;

	site_open(*state, &s);
	w.s = &s;
	assert_int_equal(pthread_create(&thread, NULL, sweep, &w), 0);
	for (unsigned i = 0; i < NEW_ONES; i++) {
		const char *name = op_print(&s.f->op, "new%u", i);
		int64_t mailbox = fixture_mailbox(*state, name);
		const char *user = op_print(&s.f->op, "%s@example.com", name);

		set(&s, mailbox, "I am away.");
		for (unsigned k = 0; k < 5; k++) {
			gone += !is_there(&s, user);
			(void)usleep(500);
		}
	}
	__atomic_store_n(&w.ends, true, __ATOMIC_RELAXED);
	(void)pthread_join(thread, NULL);
	assert_int_equal(gone, 0);
	site_close(&s);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_set_is_in_force_when_it_is_answered),
		TEST(nothing_is_wanted_without_a_backend),
		TEST(what_fails_is_told_and_tried_again),
		TEST(a_script_that_is_too_long_is_refused_and_the_old_one_goes),
		TEST(a_file_of_somebody_else_is_left_alone),
		TEST(a_file_of_another_user_is_left_alone),
		TEST(a_sweep_mends_what_others_did),
		TEST(one_that_is_put_again_concerns_nobody_else),
		TEST(a_sweep_that_fails_is_tried_again),
		TEST(another_backend_takes_over),
		TEST(a_backend_of_another_kind_takes_over),
		TEST(what_was_published_for_another_configuration_is_told),
		TEST(a_removed_mailbox_takes_its_script_along),
		TEST(aliases_and_names_are_published_too),
		TEST(a_script_of_which_nothing_is_left_is_none),
		TEST(a_set_waits_for_no_server),
		TEST(a_set_that_is_the_clerks_waits_for_nobody),
		TEST(what_lies_there_is_what_was_stored_last),
		TEST(who_waited_puts_what_is_stored_by_then),
		TEST(who_is_new_is_not_taken_for_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
