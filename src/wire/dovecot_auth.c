/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/dovecot_auth.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/text.h"

#include <assert.h>
#include <string.h>

#define LINES_MAX 200 /* of a greeting, or passed over before an answer */
#define QUERY_ID 1    /* the only one on its connection */
/* Two connections may not have the same number, and those of programs are
 * their process numbers, which are below. */
#define CLIENT_MIN (UINT32_C(1) << 22)
#define VERSION_MAJOR "1"
#define VERSION_MINOR "1"
#define SERVICE "frontdesk" /* what Dovecot's passdbs may tell us by */
#define REASON_MAX 200      /* bytes of Dovecot's, in our log */

/* ---- what we say ---- */

struct bytes
dovecot_hello(struct op *op, uint32_t client)
{
	return bytes_of(op_print(
		op, "VERSION\t" VERSION_MAJOR "\t" VERSION_MINOR "\nCPID\t%u\n",
		client));
}

/* RFC 4616: nobody to act for, NUL, name, NUL, password. */
static const char *
plain_text(struct op *op, const struct dovecot_query *in)
{
	size_t user_n = strlen(in->user), password_n = strlen(in->password);
	size_t n = 1 + user_n + 1 + password_n;
	uint8_t *plain = op_alloc(op, n);
	const char *text;

	memcpy(plain + 1, in->user, user_n);
	memcpy(plain + 1 + user_n + 1, in->password, password_n);
	text = text_base64(op, (struct bytes){ plain, n });
	explicit_bzero(plain, n);
	return text;
}

/*
 * no-penalty: guessing is slowed by us, and a mail client behind the same
 * address has nothing to do with it. nologin: nobody will ask for the user's
 * data afterwards. What the client chose is in the base64 alone: no tab or
 * line end of it gets into the line.
 */
enum err
dovecot_query(struct op *op, const struct dovecot_query *in, struct bytes *out)
{
	struct buf buf;

	assert(in->id != 0);
	buf_init(&buf, op, KIB, DOVECOT_LINE_MAX);
	buf_printf(&buf,
		   "AUTH\t%u\tPLAIN\tservice=" SERVICE
		   "\tnologin\tsecured\tno-penalty",
		   in->id);
	if (in->rip != NULL)
		buf_printf(&buf, "\trip=%s", in->rip);
	buf_printf(&buf, "\tresp=%s\n", plain_text(op, in));
	TRY(buf_err(&buf));
	*out = buf_bytes(&buf);
	return OK;
}

/* ---- what Dovecot says ---- */

static const struct {
	const char *word;
	enum dovecot_word meaning;
	bool numbered; /* its first parameter is the number of a check */
} words[] = {
	/* clang-format off */
	{ "VERSION", DOVECOT_VERSION, false },
	{ "MECH",    DOVECOT_MECH,    false },
	{ "DONE",    DOVECOT_DONE,    false },
	{ "OK",      DOVECOT_OK,      true },
	{ "FAIL",    DOVECOT_FAIL,    true },
	{ "CONT",    DOVECOT_CONT,    true },
	/* clang-format on */
};

/* Parameters that matter; what is not listed is passed over. */
#define MEMBER(m) offsetof(struct dovecot_answer, m)
static const struct {
	const char *name;
	bool text; /* "name=value" into a text; else its mere presence counts */
	size_t member;
} parameters[] = {
	/* clang-format off */
	{ "user",          true,  MEMBER(user) },
	{ "reason",        true,  MEMBER(reason) },
	{ "code",          true,  MEMBER(code) },
	{ "auth_user",     true,  MEMBER(master) },
	{ "temp",          false, MEMBER(temporary) },
	{ "user_disabled", false, MEMBER(disabled) },
	{ "pass_expired",  false, MEMBER(expired) },
	{ "authz",         false, MEMBER(refused) },
	{ "nologin",       false, MEMBER(nologin) },
	{ "proxy",         false, MEMBER(proxied) },
	/* clang-format on */
};
#undef MEMBER

/* "name=value" or "name". Of what comes twice the first counts. */
static void
parameter_keep(struct op *op, const char *word, struct dovecot_answer *out)
{
	size_t n = strcspn(word, "=");

	for (size_t i = 0; i < COUNT(parameters); i++) {
		char *member = (char *)out + parameters[i].member;

		if (strlen(parameters[i].name) != n ||
		    memcmp(word, parameters[i].name, n) != 0)
			continue;
		if (!parameters[i].text)
			*(bool *)member = true;
		else if (word[n] == '=' && *(const char **)member == NULL)
			*(const char **)member = op_dup(op, word + n + 1);
	}
}

enum err
dovecot_read(struct op *op, struct bytes line, struct dovecot_answer *out)
{
	struct bytes rest = line;
	const char *word = "";
	bool numbered = false;
	int64_t id = 0;

	*out = (struct dovecot_answer){ .first = "" };
	if (line.n >= DOVECOT_LINE_MAX)
		return FAIL(op, ERR_DOWN, "Dovecot said too much");
	if (line.n == 0)
		return OK;
	TRY(dovecot_word(op, &rest, &word));
	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcmp(words[i].word, word) != 0)
			continue;
		out->word = words[i].meaning;
		numbered = words[i].numbered;
	}
	if (rest.p != NULL)
		TRY(dovecot_word(op, &rest, &out->first));
	if (text_number(out->first, 1, UINT32_MAX, &id))
		out->id = (uint32_t)id;
	if (numbered && out->id == 0)
		return FAIL(op, ERR_DOWN, "Dovecot answered without a number");
	while (numbered && rest.p != NULL) {
		TRY(dovecot_word(op, &rest, &word));
		parameter_keep(op, word, out);
	}
	return OK;
}

/* ---- what it means ---- */

/* As codes since Dovecot 2.3, beside the parameters of before. */
static const struct {
	const char *code;
	enum err err;
	const char *why;
} codes[] = {
	/* clang-format off */
	{ "temp_fail",     ERR_DOWN, "it cannot tell now" },
	{ "user_disabled", ERR_AUTH, "the user is disabled" },
	{ "pass_expired",  ERR_AUTH, "the password has expired" },
	{ "authz_fail",    ERR_AUTH, "the user may not log in" },
	/* clang-format on */
};

/* Before there were codes; temporary or not is what matters most. */
static const char *
code_of(const struct dovecot_answer *answer)
{
	if (answer->code != NULL)
		return answer->code;
	if (answer->temporary)
		return "temp_fail";
	if (answer->disabled)
		return "user_disabled";
	if (answer->expired)
		return "pass_expired";
	return answer->refused ? "authz_fail" : "";
}

/* Dovecot's words, if they are fit for one line of a log. */
static const char *
reason_of(struct op *op, const struct dovecot_answer *answer)
{
	if (answer->reason == NULL || !text_clean(answer->reason) ||
	    strpbrk(answer->reason, "\t\r\n") != NULL)
		return "";
	return op_print(op, ": %s", text_head(op, answer->reason, REASON_MAX));
}

static enum err
verdict_of_failure(struct op *op, const struct dovecot_answer *answer)
{
	const char *code = code_of(answer);
	const char *reason = reason_of(op, answer);

	for (size_t i = 0; i < COUNT(codes); i++) {
		if (strcmp(codes[i].code, code) == 0)
			return FAIL(op, codes[i].err, "Dovecot: %s%s",
				    codes[i].why, reason);
	}
	return FAIL(op, ERR_AUTH,
		    "Dovecot: an unknown user or a wrong password%s", reason);
}

enum err
dovecot_verdict(struct op *op, const struct dovecot_answer *answer)
{
	if (answer->word == DOVECOT_FAIL)
		return verdict_of_failure(op, answer);
	if (answer->word != DOVECOT_OK)
		return FAIL(op, ERR_DOWN,
			    "Dovecot asks for more than a name and a password");
	/* A proxy may take any password, for the next server to check. */
	if (answer->proxied)
		return FAIL(op, ERR_DOWN,
			    "Dovecot is a proxy for this user, and may not "
			    "have checked the password");
	if (answer->nologin)
		return FAIL(op, ERR_AUTH, "Dovecot: the user may not log in");
	/* R-3 does not know him: acting for others is for service accounts. */
	if (answer->master != NULL)
		return FAIL(op, ERR_AUTH,
			    "Dovecot: a master user's login; that is not taken "
			    "here");
	return OK;
}

/* ---- asking ---- */

static enum err
link_read(struct op *op, struct dovecot_link *l, struct dovecot_answer *out)
{
	struct bytes line;

	TRY(dovecot_link_line(op, l, &line));
	return dovecot_read(op, line, out);
}

/* Both greet; Dovecot ends with DONE. */
static enum err
link_greet(struct op *op, struct dovecot_link *l)
{
	struct dovecot_answer said = { .word = DOVECOT_OTHER };
	bool plain = false;
	uint32_t client;

	digest_random(&client, sizeof(client));
	client = CLIENT_MIN + client % (INT32_MAX - CLIENT_MIN);
	TRY(dovecot_link_send(op, l, dovecot_hello(op, client)));
	for (unsigned i = 0; said.word != DOVECOT_DONE; i++) {
		if (i == LINES_MAX)
			return FAIL(op, ERR_DOWN,
				    "Dovecot's greeting has no end");
		TRY(link_read(op, l, &said));
		if (said.word == DOVECOT_VERSION && said.id != 1)
			return FAIL(op, ERR_DOWN,
				    "Dovecot speaks version %s of its "
				    "protocol, not 1",
				    said.first);
		if (said.word == DOVECOT_MECH)
			plain = plain || strcmp(said.first, "PLAIN") == 0;
	}
	if (!plain)
		return FAIL(op, ERR_DOWN,
			    "Dovecot does not take PLAIN: add it to "
			    "auth_mechanisms");
	return OK;
}

static enum err
link_open(struct op *op, const char *path, struct dovecot_link **out)
{
	TRY(dovecot_link_open(op, path, out));
	return link_greet(op, *out);
}

enum err
dovecot_ask(struct op *op, const char *socket, struct dovecot_query *in,
	    struct dovecot_answer *out)
{
	CLEANUP(dovecot_link_close) struct dovecot_link *l = NULL;
	struct bytes line;

	in->id = QUERY_ID;
	TRY(dovecot_query(op, in, &line));
	TRY(link_open(op, socket, &l));
	TRY(dovecot_link_send(op, l, line));
	for (unsigned i = 0; i < LINES_MAX; i++) {
		TRY(link_read(op, l, out));
		if (out->word != DOVECOT_OK && out->word != DOVECOT_FAIL &&
		    out->word != DOVECOT_CONT)
			continue;
		if (out->id == in->id)
			return OK;
		return FAIL(op, ERR_DOWN,
			    "Dovecot answered what nobody had asked");
	}
	return FAIL(op, ERR_DOWN, "Dovecot said too much");
}

enum err
dovecot_greet(struct op *op, const char *socket)
{
	CLEANUP(dovecot_link_close) struct dovecot_link *l = NULL;

	return link_open(op, socket, &l);
}
