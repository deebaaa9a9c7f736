/* SPDX-License-Identifier: Apache-2.0 */

/*
 * People whom Dovecot knows: userdb "title" { ... }. Its userdb tells who
 * exists, perhaps with a name; its passdb, by the socket of login.dovecot_...,
 * whether a password is right. Somebody's uid is his address there: Dovecot has
 * nothing that would stay when that changes.
 *
 * Each question has a connection of its own: one that is kept would keep the
 * auth process alive that Dovecot has replaced.
 */
#include "base/idn.h"
#include "base/template.h"
#include "base/text.h"
#include "wing/directory/source.h"
#include "wing/directory/userdb_wire.h"
#include "wire/dovecot_auth.h"

#include <string.h>

#define KIND "userdb"
#define LINES_MAX 200 /* passed over before an answer */
#define PEOPLE_MAX 10000000
#define REASON_MAX 200 /* bytes of Dovecot's, in our log */
#define WALK_KEEP (64 * KIB)
#define NOBODY "nobody@frontdesk.invalid" /* RFC 6761 6.4 */

static size_t
sections_count(const struct settings *s)
{
	return s->userdbs_n;
}

static void
section_fill(struct op *op, const struct settings *s, size_t i,
	     struct source *out)
{
	const struct userdb_section *section = &s->userdbs[i];

	*out = (struct source){
		.kind = &source_userdb,
		.section = section,
		.name = op_print(op, KIND ":%s", section->title),
		.domains = section->domains,
		.refresh_s = section->refresh_s,
		.passwords = true,
	};
}

/* ---- asking ---- */

/* The op, with the section's own patience. */
static struct op
op_brief(const struct op *op, const struct userdb_section *section)
{
	int64_t until_us = op_clock_us() + (int64_t)section->timeout_ms * 1000;
	struct op brief = *op;

	if (until_us < brief.deadline_us)
		brief.deadline_us = until_us;
	return brief;
}

static enum err
version_check(struct op *op, const struct userdb_answer *said)
{
	if (said->word == USERDB_VERSION && strcmp(said->first, "1") != 0)
		return FAIL(op, ERR_DOWN,
			    "Dovecot speaks version %s of its protocol, not 1",
			    text_clean(said->first) ? said->first : "?");
	return OK;
}

/* The next line that answers the question. */
static enum err
answer_take(struct op *op, struct dovecot_link *link, const char *field,
	    struct userdb_answer *out)
{
	for (unsigned i = 0; i < LINES_MAX; i++) {
		struct bytes line;

		TRY(dovecot_link_line(op, link, &line));
		TRY(userdb_read(op, line, field, out));
		TRY(version_check(op, out));
		if (out->word > USERDB_VERSION && out->ours)
			return OK;
		if (out->word > USERDB_VERSION)
			return FAIL(op, ERR_DOWN,
				    "Dovecot answered what nobody had asked");
	}
	return FAIL(op, ERR_DOWN, "Dovecot said too much");
}

static enum err
question_ask(struct op *op, const struct userdb_section *section,
	     const char *user, struct userdb_answer *out)
{
	CLEANUP(dovecot_link_close) struct dovecot_link *link = NULL;
	struct bytes question;

	TRY(userdb_query(op, user, &question));
	TRY(dovecot_link_open(op, section->socket, &link));
	TRY(dovecot_link_send(op, link, userdb_hello()));
	TRY(dovecot_link_send(op, link, question));
	return answer_take(op, link, section->name_field, out);
}

/* Dovecot's words, if they are fit for one line of a log. */
static const char *
reason_of(struct op *op, const struct userdb_answer *said)
{
	if (said->reason == NULL || !text_clean(said->reason) ||
	    strpbrk(said->reason, "\t\r\n") != NULL)
		return "";
	return op_print(op, ": %s", text_head(op, said->reason, REASON_MAX));
}

static enum err
verdict(struct op *op, const struct source *source,
	const struct userdb_answer *said)
{
	if (said->word == USERDB_NOTFOUND)
		return FAIL(op, ERR_NOT_FOUND, "%s: nobody", source->name);
	if (said->word == USERDB_USER && said->user[0] != '\0')
		return OK;
	return FAIL(op, ERR_DOWN, "%s: it cannot tell now%s", source->name,
		    reason_of(op, said));
}

/* What Dovecot is asked for, and what it says. */
static enum err
user_ask(struct op *op, const struct source *source, const char *address,
	 const char **user, struct userdb_answer *out)
{
	const struct userdb_section *section = source->section;
	struct op brief = op_brief(op, section);
	enum err err;

	if (template_fill(op, section->user, address, NULL, user) != OK)
		return FAIL(op, ERR_NOT_FOUND, "%s: a long name", source->name);
	err = question_ask(&brief, section, *user, out);
	if (err != OK)
		return FAIL(op, err, "%s: %s", source->name, brief.reason);
	return verdict(op, source, out);
}

/* ---- somebody ---- */

static const char *const no_aliases[] = { NULL };

static const char *
name_of(struct op *op, const char *name)
{
	return name == NULL || !text_clean(name)
		       ? ""
		       : text_head(op, text_trim(op, name), PERSON_NAME_MAX);
}

/* Dovecot's own name of him is his address, where it is one; the one that was
 * asked for is his, too. */
static void
person_make(struct op *op, const struct source *source, const char *address,
	    const struct userdb_answer *said, struct person *out)
{
	const char *canonical = said->user;
	const char **alias;

	*out = (struct person){
		.source = source->name,
		.address = address,
		.aliases = no_aliases,
		.name = name_of(op, said->name),
		.login = canonical,
	};
	if (text_is_address(canonical) &&
	    strcmp(idn_fold(op, canonical), address) != 0) {
		out->address = idn_fold(op, canonical);
		alias = op_alloc(op, 2 * sizeof(*alias));
		alias[0] = address;
		out->aliases = alias;
	}
	out->uid = out->address;
}

static enum err
userdb_find(struct op *op, const struct source *source,
	    const struct source_query *query, struct person *out)
{
	const char *address =
		query->address != NULL ? query->address : query->uid;
	struct userdb_answer said;
	const char *user = "";
	enum err err = user_ask(op, source, address, &user, &said);

	if (query->step != NULL)
		query->step(query->arg, op_print(op, "USER %s", user),
			    err == OK ? said.user : op->reason);
	TRY(err);
	person_make(op, source, address, &said, out);
	out->asked = query->want;
	if (strlen(out->uid) > PERSON_UID_MAX ||
	    strlen(out->login) > PERSON_LOGIN_MAX)
		return FAIL(op, ERR_INVALID, "%s: %s is too long", source->name,
			    out->address);
	return OK;
}

/* Dovecot itself takes its time for nobody as for a wrong password. */
static enum err
userdb_check(struct op *op, const struct source *source,
	     const struct person_link *link, const char *password,
	     const char **hash)
{
	struct dovecot_query query = {
		.user = link == NULL ? NOBODY : link->login,
		.password = password,
	};
	struct dovecot_answer answer;

	*hash = NULL;
	TRY(dovecot_ask(op, op->settings->dovecot_socket, &query, &answer));
	TRY(dovecot_verdict(op, &answer));
	if (link == NULL)
		return FAIL(op, ERR_AUTH, "%s: nobody", source->name);
	return OK;
}

/* ---- everybody ---- */

static enum err
one_tell(struct op *op, const struct source *source, const char *user,
	 source_told *told, void *arg)
{
	struct userdb_answer said = { .user = user };
	struct person p;

	if (!text_is_address(user)) /* a name without a domain: of whom? */
		return OK;
	said.user = idn_fold(op, user);
	person_make(op, source, said.user, &said, &p);
	p.login = user;
	return told(op, arg, &p);
}

/* Each line is read, and told, in memory of its own. */
static enum err
list_read(struct op *op, const struct source *source, struct dovecot_link *link,
	  source_told *told, void *arg)
{
	struct userdb_answer said;

	for (unsigned i = 0; i < PEOPLE_MAX; i++) {
		arena_reset(op->arena);
		TRY(answer_take(op, link, NULL, &said));
		if (said.word == USERDB_DONE && !said.failed)
			return OK;
		if (said.word == USERDB_DONE)
			return FAIL(op, ERR_NOT_FOUND,
				    "Dovecot's userdb cannot list its users");
		if (said.word != USERDB_LIST)
			return FAIL(op, ERR_DOWN, "it cannot tell now%s",
				    reason_of(op, &said));
		TRY(one_tell(op, source, op_dup(op, said.user), told, arg));
	}
	return FAIL(op, ERR_DOWN, "Dovecot's list has no end");
}

/* Without a name_field alone: the list has no names, and would take away those
 * that are known. */
static enum err
userdb_walk(struct op *op, const struct source *source, source_told *told,
	    void *arg)
{
	const struct userdb_section *section = source->section;
	CLEANUP(dovecot_link_close) struct dovecot_link *link = NULL;
	struct op one = *op;
	enum err err;

	if (section->name_field != NULL || strcmp(section->user, "%u") != 0)
		return FAIL(op, ERR_NOT_FOUND,
			    "%s: the list tells neither names nor addresses",
			    source->name);
	TRY(dovecot_link_open(op, section->socket, &link));
	TRY(dovecot_link_send(op, link, userdb_hello()));
	TRY(dovecot_link_send(op, link, userdb_list()));
	one.arena = arena_open(WALK_KEEP);
	one.reason = NULL;
	err = list_read(&one, source, link, told, arg);
	if (err != OK)
		(void)FAIL(op, err, "%s: %s", source->name,
			   one.reason == NULL ? "" : one.reason);
	arena_close(one.arena);
	return err;
}

static enum err
userdb_ping(struct op *op, const struct source *source)
{
	struct userdb_answer said;
	const char *user;
	enum err err = user_ask(op, source, NOBODY, &user, &said);

	return err == ERR_NOT_FOUND ? OK : err;
}

const struct source_kind source_userdb = {
	.word = KIND,
	.count = sections_count,
	.fill = section_fill,
	.find = userdb_find,
	.check = userdb_check,
	.walk = userdb_walk,
	.ping = userdb_ping,
};
